"""What lies just at a bound is within it: differences of times in days are exact to the tick.

Clients begin 0, 0.1, 0.2, ... days after the start, and each takes lengths that no sum of plain
numbers holds: 3.3 days subtracted from 4 are more than 0.7 there.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from pilotsim.measures.block import measure_block, measure_readable
from pilotsim.measures.drop_out import MET, drop_outs
from pilotsim.measures.occupancy import overlap
from pilotsim.model.targets import Measure
from pilotsim.simulation import engines
from pilotsim.simulation.journeys import Journeys
from tests.small_flows import ENGINES, run, small_flow

COUNT = 38


def flow() -> dict[str, Any]:
    """Return a flow of clients who wait for noon or midnight, are served 4.9 days, away 0.3, and back.

    The k-th stays k tenths of a day where it begins.
    """
    stages: dict[str, Any] = {
        f"in{k}": {"lasts": f"{k / 10:.1f} days", "next": {"line": "100 %"}} for k in range(COUNT)
    }
    stages |= {
        "line": {"opens": {"every": "1 day"}, "lasts": "0.1 days", "next": {"course": "100 %"}},
        "course": {"lasts": "0.7 weeks", "counts_as": "unknown", "next": {"away": "100 %"}},
        "away": {"lasts": "0.3 days", "next": {"back": "100 %"}},
        "back": {"lasts": "0.2 days", "counts_as": "unknown", "next": {"end": "100 %"}},
        "end": {},
    }
    groups = {f"g{k}": {"stock": 1, "starts_in": f"in{k}"} for k in range(COUNT)}
    return small_flow("30 days", groups=groups, stages=stages)


@pytest.fixture(scope="module", params=ENGINES)
def journeys(request: pytest.FixtureRequest) -> Journeys:
    return run(flow(), engine=request.param)


def found(journeys: Journeys, **what: Any) -> float:
    """Return a measure, the same to the bit by both ways."""
    measures = [Measure.model_validate(what)]
    readable = measure_readable(journeys, None, measures)
    if engines.compiler_is_there():
        assert measure_block(journeys, None, measures, engine=engines.KERNEL) == readable
    return float(readable.values[0, 0])


@pytest.mark.parametrize(
    ("share", "within", "less"),
    [
        ({"reached": "away", "after": "course"}, "0.7 weeks", "4.8999 days"),
        ({"reached": "away", "after": "course"}, "4.9 days", "7055 minutes"),
        ({"reached": "back", "after": "course"}, "5.2 days", "5.1999 days"),
        ({"reached": "end", "after": "course"}, "5.4 days", "5.3999 days"),
        ({"reached": "end", "after": "away"}, "0.5 days", "719 minutes"),
    ],
)
@pytest.mark.parametrize("how", [{}, {"followed": "survival"}])
def test_within_a_length_is_within_it(
    journeys: Journeys, share: dict[str, Any], within: str, less: str, how: dict[str, Any]
):
    how = {**how, "of": {"reached": "course"}}
    assert found(journeys, share={**share, "within": within}, **how) == 1.0
    assert found(journeys, share={**share, "within": less}, **how) == 0.0


@pytest.mark.parametrize("quantile", ["1 %", "50 %", "99 %"])
def test_times_are_the_same_for_all_who_take_the_same(journeys: Journeys, quantile: str):
    assert found(journeys, time={"from": "course", "to": "away"}, quantile=quantile) == 4.9
    assert found(journeys, time={"from": "course", "to": "end"}, quantile=quantile) == 5.4


@pytest.mark.parametrize(("stage", "days"), [("course", "0.7 weeks"), ("away", "0.3 days")])
def test_spells_are_as_long_as_they_are(journeys: Journeys, stage: str, days: str):
    spell = {"in_stage": stage, "began": ["2015-01-01", "2015-01-31"]}
    assert found(journeys, spell={**spell, "longer_than": days}) == 0.0
    assert found(journeys, spell={**spell, "longer_than": "431 minutes"}) == 1.0


@pytest.mark.parametrize(("days", "is_back"), [("0.3 days", True), ("431 minutes", False)])
def test_who_is_back_within_a_length_is_back(journeys: Journeys, days: str, is_back: bool):
    # Half of all spells are the first of a client, and 0.3 days before the second.
    spell = {"in_stage": ["course", "back"], "ended": ["2015-01-01", "2015-01-31"]}
    share = found(journeys, spell={**spell, "returns_within": days})
    assert share == (0.5 if is_back else 0.0)


@pytest.mark.parametrize(("gap", "length"), [("0.3 days", 5.4), ("431 minutes", 4.9)])
def test_spells_that_are_just_a_gap_apart_are_one(journeys: Journeys, gap: str, length: float):
    spell = {"in_stage": ["course", "back"], "gap": gap, "ended": ["2015-01-01", "2015-01-31"]}
    assert found(journeys, spell=spell, quantile="99 %") == length


@pytest.mark.parametrize("tenths", range(1, 10))
def test_a_wait_just_as_long_as_asked_is_as_asked(journeys: Journeys, tenths: int):
    # Who comes k tenths after midnight waits 10 - k of them, and who comes at midnight none.
    what = Measure.model_validate({"wait": "line"})
    bound = tenths / 10
    met = sum((-k) % 10 <= tenths for k in range(COUNT))
    assert drop_outs(journeys, what, bound, at_least=False)[0, MET] == met
    assert drop_outs(journeys, what, bound - 1e-7, at_least=False)[0, MET] < met
    served = {"wait": "line", "quantile": "99 %"}
    assert found(journeys, **served) == 0.9


def test_days_there_are_exact(journeys: Journeys):
    stays = np.array([4.9])
    part = journeys.visits_to(("course",))
    assert np.array_equal(np.unique(overlap(part.joined, part.until, None)), stays)
    assert np.array_equal(np.unique(overlap(part.joined, part.until, (0.0, 30.0))), stays)


def test_who_may_be_followed_just_so_long_is(journeys: Journeys):
    # The last begin the course on day 4.1, 25.9 days before the end.
    asked = {"reached": "in0", "after": "course"}
    whole = measure_readable(
        journeys, None, [Measure.model_validate({"count": {**asked, "within": "25.9 days"}})]
    )
    assert whole.left_out[0, 0] == 0
    less = measure_readable(
        journeys, None, [Measure.model_validate({"count": {**asked, "within": "25.9001 days"}})]
    )
    assert less.left_out[0, 0] > 0
