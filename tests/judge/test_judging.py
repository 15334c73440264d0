"""Runs of an engine are judged by that engine's code: what is asked of the readable one, is."""

import json
from pathlib import Path

import pytest

from pilotsim.files.reading import read_flow, read_text
from pilotsim.judge.check import check_targets
from pilotsim.judge.compiled import engine as compiled
from pilotsim.simulation.engines import KERNEL, PROCESS
from tests.judge.test_choices import LENGTH, flow

TOGETHER = Path(__file__).parent.parent / "files" / "data" / "together.yaml"


@pytest.mark.parametrize(
    ("read", "what"),
    [
        (lambda: read_text(json.dumps(flow(choices={"length": LENGTH}))), "choices"),
        (lambda: read_flow(TOGETHER), "by_reading"),
    ],
    ids=["choices", "readings"],
)
def test_a_check_by_the_readable_engine_is_judged_by_readable_code(monkeypatch, read, what):
    def judge_compiled(*_):
        raise AssertionError("judged by compiled code")

    asked = {"replications": 20, "what_if_replications": 2}
    expected = check_targets(read(), engine=KERNEL, **asked)
    monkeypatch.setattr(compiled, "judge_compiled", judge_compiled)
    found = check_targets(read(), engine=PROCESS, **asked)
    assert getattr(found, what)
    assert repr(getattr(found, what)) == repr(getattr(expected, what))
    assert repr(found.verdicts) == repr(expected.verdicts)
    with pytest.raises(AssertionError, match="judged by compiled code"):
        check_targets(read(), engine=KERNEL, **asked)
