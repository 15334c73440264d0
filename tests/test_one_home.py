"""What has one home: chance, intervals, the writing of files. A second home drifts from the first."""

import ast
import re
from collections import Counter
from pathlib import Path

from pilotsim.base.languages import LANGUAGES
from pilotsim.model.distributions import FAMILIES
from pilotsim.model.queue_disciplines import QUEUE_DISCIPLINES

SOURCE = Path(__file__).parent.parent / "src" / "pilotsim"

# Where else a quantile of the normal distribution may be asked for: where a power is solved for, and
# no interval is made. What is drawn is drawn by `base.elementary`.
QUANTILES = {
    "base/statistics.py": {"student_reach"},
    "base/student.py": {"student_reach"},
    "evaluation/detectable.py": {"ndtri"},
    # Payoffs drawn from what is not known of them, many at once, for the bias of a maximum.
    "experiments/information/expected_value.py": {"ndtri"},
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
    found = found_in_modules(
        r"\b(student_reach|stdtrit|ndtri)\b|\b1\.96\b|\b1\.959|norm\.ppf|\bt\.ppf"
    )
    assert {place: words - QUANTILES.get(place, set()) for place, words in found.items()} == {
        place: set() for place in QUANTILES
    }


def test_means_of_what_is_known_are_taken_in_base_statistics():
    """Not once more by hand, with zeros for what is missing and a count of the rest."""
    found = found_in_modules(r"np\.where\((known|~?missing)[^)]*\)\.sum\(|np\.nanmean\(\w+, axis")
    assert set(found) == {"base/statistics.py"}


def test_chance_comes_from_base_randomness():
    """No module has a random number generator of its own."""
    found = found_in_modules(r"\bnp\.random\b|\bnumpy\.random\b|(?m:^)\s*(import|from) random\b")
    assert set(found) == {"base/randomness.py"}


def test_a_family_and_a_queue_discipline_are_named_by_their_records_alone():
    """Whoever needs to know something of one asks its record; nobody else lists them by name.

    Two words mean something else as well: an assumption may be uniform or triangular over its range.
    """
    words = {*FAMILIES, *QUEUE_DISCIPLINES} - {"uniform", "triangular", "constant", "random"}
    found = found_in_modules(rf"['\"]({'|'.join(sorted(words))})['\"]")
    homes = ("model/distributions/", "model/queue_disciplines.py")
    assert [place for place in found if not place.startswith(homes)] == []


def syntax_of_modules() -> dict[str, ast.Module]:
    """The syntax of each module, by its place."""
    return {
        file.relative_to(SOURCE).as_posix(): ast.parse(file.read_text(encoding="utf-8"))
        for file in sorted(SOURCE.rglob("*.py"))
    }


def test_no_class_name_means_two_things():
    """Those that a module keeps to itself may be alike."""
    names = Counter(
        node.name
        for tree in syntax_of_modules().values()
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_")
    )
    assert [name for name, count in names.items() if count > 1] == []


def test_every_package_says_what_it_is_for():
    packages = {
        place: tree for place, tree in syntax_of_modules().items() if place.endswith("__init__.py")
    }
    assert [place for place, tree in packages.items() if not ast.get_docstring(tree)] == []


def test_only_the_language_package_asks_which_language_it_is():
    asking = []
    for place, tree in syntax_of_modules().items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Compare):
                sides = [node.left, *node.comparators]
                names = {getattr(side, "id", getattr(side, "attr", "")) for side in sides}
                words = {side.value for side in sides if isinstance(side, ast.Constant)}
                if "language" in names and words & set(LANGUAGES):
                    asking.append(f"{place}:{node.lineno}")
    assert [one for one in asking if not one.startswith("language/")] == []


# Who else may write to the disk, and why.
WRITERS = {
    "base/files.py",
    "runs/lock.py",  # A lock is an open file, and says who holds it.
    "runs/store.py",  # Puts the folder of results together, then moves it into its place.
    "experiments/study/results.py",  # Tables too large for memory, into that folder.
}
WRITING = {
    "copy",
    "copy2",
    "copyfile",
    "move",
    "rename",
    "ParquetWriter",
    "CSVWriter",
    "write_bytes",
    "write_text",
}


def writes_to_the_disk(call: ast.Call) -> bool:
    """Whether a call writes, moves or copies a file, as far as its name and arguments tell."""
    name = getattr(call.func, "attr", "")
    # The command line's help is put together by a formatter, in memory.
    if getattr(getattr(call.func, "value", None), "id", "") == "formatter":
        return False
    if name in ("open", "replace"):
        on_a_path = isinstance(call.func, ast.Attribute)
        words = [one.value for one in call.args if isinstance(one, ast.Constant)]
        if name == "open":
            return any(str(word)[:1] in ("w", "a", "x") for word in words)
        # Texts replace a word by another, records name what is replaced.
        return on_a_path and len(call.args) == 1 and not call.keywords
    return name in WRITING and bool(call.args)


def test_files_are_written_by_base_files():
    found = set()
    for file in sorted(SOURCE.rglob("*.py")):
        calls = [
            node
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
            if isinstance(node, ast.Call)
        ]
        if any(map(writes_to_the_disk, calls)):
            found.add(file.relative_to(SOURCE).as_posix())
    assert found == WRITERS
