"""What all tests share: property tests draw the same examples every time, and none is timed."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("fixed", derandomize=True, deadline=None, database=None)
settings.load_profile("fixed")

TESTS = Path(__file__).parent
# Folders and files that take long for what they ask: many runs, many draws, pictures, commands and
# processes that are started and killed. `make quick` leaves them out, and single tests that are marked so; `make test` runs all.
SLOW = (
    "agreement",
    "cli/test_cli.py",
    "effects/test_any_data.py",
    "effects/test_standard_errors.py",
    "effects/test_survival_properties.py",
    "experiments/optimise/test_confidence_sequences.py",
    "experiments/optimise/test_ranking_and_selection.py",
    "experiments/optimise/test_solve.py",
    "experiments/study/test_processes.py",
    "files/test_configs.py",
    "measures/test_windows.py",
    "output/test_figures.py",
    "output/test_report.py",
    "recovery",
    "reference/test_discrete_hazards.py",
    "simulation/test_compiled_cache.py",
    "simulation/test_invariants.py",
    "simulation/test_memory.py",
    "simulation/test_unaffected.py",
    "theory",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what is slow."""
    for item in items:
        place = item.path.relative_to(TESTS).as_posix()
        if any(place == slow or place.startswith(f"{slow}/") for slow in SLOW):
            item.add_marker(pytest.mark.slow)
