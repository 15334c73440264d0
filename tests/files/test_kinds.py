"""A file of one kind where another is wanted: said once, with the command that takes it."""

from __future__ import annotations

from pathlib import Path

import pytest

from pilotsim.base.errors import FlowError
from pilotsim.evaluation.reading import read_evaluation
from pilotsim.evaluation.register.mapping import read_mapping
from pilotsim.experiments.optimise.reading import read_problem
from pilotsim.experiments.portfolio import read_portfolio
from pilotsim.experiments.study import read_study
from pilotsim.files.modules import module_document
from pilotsim.files.reading import read_flow
from pilotsim.files.yaml import MARKS
from pilotsim.learning.mapping import read_event_mapping
from pilotsim.monitoring.mapping import read_counts_mapping

ROOT = Path(__file__).parent.parent.parent
READERS = {
    "flow": read_flow,
    "study": read_study,
    "search": read_problem,
    "evaluation": read_evaluation,
    "mapping": read_mapping,
    "counts": read_counts_mapping,
    "event_mapping": read_event_mapping,
    "module": module_document,
    "portfolio": read_portfolio,
}
FILES = {
    "flow": ROOT / "configs" / "ips_team.yaml",
    "study": ROOT / "experiments" / "alna_116.yaml",
    "search": ROOT / "experiments" / "alna_places.yaml",
    "evaluation": ROOT / "experiments" / "alna_aktiv_evaluation.yaml",
    "counts": ROOT / "experiments" / "following" / "alna_counts.yaml",
    "module": ROOT / "modules" / "work_box.yaml",
    "portfolio": ROOT / "districts" / "oslo_four.yaml",
}


def test_every_kind_that_is_told_apart_has_a_reader():
    assert READERS.keys() == MARKS.keys()


@pytest.mark.parametrize("found", FILES)
@pytest.mark.parametrize("wanted", READERS)
def test_a_file_of_another_kind_is_one_fault_with_the_command_that_takes_it(found, wanted):
    if found == wanted:
        return
    with pytest.raises(FlowError) as refused:
        READERS[wanted](FILES[found])
    (fault,) = refused.value.faults
    assert fault.line > 0
    assert f"goes with: {MARKS[found][1]} {FILES[found].name}" in fault.message


def test_a_file_with_a_key_too_many_is_no_other_kind(tmp_path):
    """A flow in which somebody has written `study` is a flow with a fault."""
    file = tmp_path / "flow.yaml"
    file.write_text(
        "flow: a\ntitle: A\nstarts: 2015-01-01\nlasts: 1 year\nstudy: b\n"
        "groups: {g: {stock: 3, starts_in: on}}\nstages: {on: {}}\n",
        encoding="utf-8",
    )
    with pytest.raises(FlowError, match="unknown key 'study'"):
        read_flow(file)
