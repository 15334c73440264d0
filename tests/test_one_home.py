"""What has one home: chance, and intervals. A second home drifts from the first."""

import re
from pathlib import Path

SOURCE = Path(__file__).parent.parent / "src" / "pilotsim"

# Where else a quantile of the normal distribution may be asked for: where something is drawn, or a
# power is solved for, and no interval is made.
QUANTILES = {
    "base/statistics.py": {"stdtrit", "ndtri"},
    "model/distributions/special_functions.py": {"ndtri"},
    "evaluation/designs.py": {"ndtri"},
    "evaluation/detectable.py": {"ndtri"},
    "evaluation/effect_size.py": {"ndtri"},
    "evaluation/pilot.py": {"ndtri"},
}


def found_in_modules(pattern: str) -> dict[str, set[str]]:
    """What a pattern finds in each module of the program, by its place."""
    found = {}
    for file in sorted(SOURCE.rglob("*.py")):
        matches = {match[0] for match in re.finditer(pattern, file.read_text(encoding="utf-8"))}
        if matches:
            found[file.relative_to(SOURCE).as_posix()] = matches
    return found


def test_intervals_are_made_in_base_statistics():
    """No quantile that makes an interval, by name or by number, stands anywhere else."""
    found = found_in_modules(r"\b(stdtrit|ndtri)\b|\b1\.96\b|\b1\.959|norm\.ppf|\bt\.ppf")
    assert {place: words - QUANTILES.get(place, set()) for place, words in found.items()} == {
        place: set() for place in QUANTILES
    }


def test_chance_comes_from_base_randomness():
    """No module has a random number generator of its own."""
    found = found_in_modules(r"\bnp\.random\b|\bnumpy\.random\b|(?m:^)\s*(import|from) random\b")
    assert set(found) == {"base/randomness.py"}
