"""Valid files made faulty at random are read, or refused in words, within seconds.

Some of each kind here; `make verify` tries 50,000. What was found stays below as a case.
"""

from __future__ import annotations

import json

import pytest

from tests.experiments.study.small import STUDY
from tests.files.fuzz import KINDS, bomb, kinds_of_schemas, mutant, outcome

EACH = 20
# What once took longer than it may: brackets in brackets, for which the scanner looks back at each.
CASES = {
    "curly": "{" * 2000,
    "square": "[" * 2000,
    "mixed": "[{a: " * 2000,
    "lists": "- " * 2000,
    "keys": "? " * 2000,
    "bomb": bomb(9),
    "long": "a: " + "x" * 400_000,
    "commas": "[" + "," * 400_000,
}


def test_every_kind_that_has_a_schema_is_made_faulty():
    assert set(kinds_of_schemas()) <= set(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_of_each_kind_is_read_as_it_stands(tmp_path, kind):
    """The control: what is refused below is refused for what was changed."""
    found = outcome(kind, KINDS[kind][1], tmp_path)
    assert found == "read"


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_faulty_is_refused_in_words(tmp_path, kind):
    for seed in range(EACH):
        assert outcome(kind, mutant(kind, seed), tmp_path) in ("read", "refused"), seed


# Found among 50,000, by kind and number: names too long for a file, a lever without levels, a line
# that begins with % in the middle.
FOUND = (
    *(("study", 331), ("solve", 879), ("solve", 919), ("solve", 1213), ("portfolio", 1292)),
    *(("evaluation", 1583), ("portfolio", 1666)),
)


@pytest.mark.parametrize("case", CASES)
def test_what_was_once_at_fault_is_refused_in_words(tmp_path, case):
    assert outcome("flow", CASES[case], tmp_path) == "refused"


def test_brackets_in_brackets_are_refused_with_their_line(tmp_path):
    assert outcome("counts", mutant("counts", 33), tmp_path) == "refused"


@pytest.mark.parametrize(("kind", "seed"), FOUND)
def test_mutants_that_were_once_at_fault_are_refused(tmp_path, kind, seed):
    assert outcome(kind, mutant(kind, seed), tmp_path) == "refused"


@pytest.mark.parametrize("name", ["x" * 400 + ".yaml", "small.yaml/x.yaml", "a\0b.yaml"])
def test_a_file_whose_name_no_file_can_have_is_refused_in_words(tmp_path, name):
    study = STUDY.replace("small.yaml", json.dumps(name))
    assert study != STUDY
    assert outcome("study", study, tmp_path) == "refused"
