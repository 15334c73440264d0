"""What the project says of the Pythons and libraries it runs with, and what holds it to that."""

import re
import sys
from pathlib import Path

import pytest

from tests.portable.pythons import (
    interpreter_at,
    interpreters,
    lowest_of,
    project,
    requirements,
    supported,
)

ROOT = Path(__file__).parent.parent.parent


def test_every_library_has_a_lower_bound_that_can_be_tried():
    bounds = lowest_of(requirements())
    assert len(bounds) == len(requirements()) > len(project()["dependencies"])
    assert all(re.fullmatch(r"[\w.-]+==\d+(\.\d+)*", bound) for bound in bounds)


def test_a_library_without_a_lower_bound_is_named():
    with pytest.raises(ValueError, match="'rich<15' has no lower bound"):
        lowest_of(["click>=8.1", "rich<15"])


def test_the_oldest_python_that_is_tried_is_the_oldest_that_is_allowed():
    assert project()["requires-python"] == f">={supported()[0]}"
    minors = [int(version.removeprefix("3.")) for version in supported()]
    assert minors == list(range(minors[0], minors[-1] + 1))


def test_what_is_no_python_is_passed_over(tmp_path):
    (tmp_path / "python3.12").write_text("#!/bin/sh\nexit 127\n")
    (tmp_path / "python3.12").chmod(0o755)
    paths = [str(tmp_path / "python3.12"), str(tmp_path / "nothing")]
    assert [interpreter_at(path) for path in paths] == [None, None]
    own = next(one for one in interpreters(paths) if one.path == sys.executable)
    assert own.version == ".".join(map(str, sys.version_info[:3]))


def test_the_table_of_hashes_has_every_python():
    told = (ROOT / "docs" / "portable.md").read_text(encoding="utf-8")
    table = told[told.index("## Where the hashes agree") :]
    assert [version for version in supported() if f"| Python {version}." not in table] == []
