"""Measures within a window of dates, on runs small enough to count by hand."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given

from pilotsim.base.errors import FlowError
from pilotsim.measures.measures import measure
from pilotsim.measures.selections import select, select_visits
from pilotsim.measures.spells import find_spells
from pilotsim.model.targets import Measure, Selection
from pilotsim.simulation.journeys import Journeys
from tests.random_flows import Features, flow_of, flows
from tests.small_flows import plan_of, run, small_flow, visits

YEAR = 365


def year_flow() -> dict[str, Any]:
    """Return a year of 9 days of assistance, 20 days at a course (which counts as assistance too), a pause of 40 days, and again.

    Client 0 is there at the start, on assistance for 100 days already.
    """
    return small_flow(
        "12 months",
        groups={
            "a": {"stock": 1, "starts_in": "on", "past": "100 days"},
            "b": {
                "starts_in": "on",
                "intake": {"every": "9 months", "first": "2015-03-01", "brings": 1},
            },
        },
        resources={"adviser": {"units": 2}},
        stages={
            "on": {"lasts": "9 days", "next": {"course": "100 %"}},
            "course": {"needs": {"adviser": 1}, "lasts": "20 days", "next": {"pause": "100 %"}},
            "pause": {"counts_as": "unknown", "lasts": "40 days", "next": {"on": "100 %"}},
        },
    )


@pytest.fixture(scope="module")
def year() -> Journeys:
    return run(year_flow())


# Client 0 is on assistance on days 0-9, at the course on 9-29, in the pause on 29-69, and so on
# every 69 days. Client 1 comes on day 59 (1 March), client 2 on day 334 (1 December).


def test_the_run_that_is_measured_below(year: Journeys):
    assert [row[2] for row in visits(year, "on") if row[0] == 0] == [0, 69, 138, 207, 276, 345]
    assert [row[2] for row in visits(year, "on") if row[0] == 1] == [59, 128, 197, 266, 335]
    assert [row[2] for row in visits(year, "on") if row[0] == 2] == [334]


def chosen(journeys: Journeys, **what: Any) -> list[int]:
    return np.flatnonzero(select(journeys, Selection.model_validate(what))).tolist()


@pytest.mark.parametrize(
    ("what", "clients"),
    [
        ({"reached": "course", "between": ["2015-01-10", "2015-01-11"]}, [0]),  # day 9
        (
            {"reached": "course", "between": ["2015-01-01", "2015-01-10"]},
            [],
        ),  # up to day 9, not including it
        (
            {"left": "on", "between": ["2015-03-01", "2015-03-20"]},
            [1],
        ),  # day 68; client 0 leaves on day 78, 20 March
        ({"left": "on", "to": "course", "between": ["2015-03-10", "2015-03-11"]}, [1]),  # day 68
        ({"left": "on", "to": "pause"}, []),
        (
            {"finished": "course", "to": ["pause", "on"], "between": ["2015-01-30", "2015-01-31"]},
            [0],
        ),  # day 29
        ({"in_stage": "pause", "between": ["2015-02-01", "2015-02-02"]}, [0]),
        (
            {"in_stage": "pause", "between": ["2015-01-01", "2015-01-30"]},
            [],
        ),  # it begins on day 29, the first that is not meant
        ({"in_stage": "on", "between": ["2015-01-10", "2015-01-11"]}, []),  # it ended on day 9
        (
            {"state": "assistance", "between": ["2015-12-30", "2015-12-31"]},
            [0, 1],
        ),  # the courses end on day 374, 364 and 363
        ({"state": "assistance", "between": ["2015-12-31", "2016-01-01"]}, [0]),
        ({"state": "assistance", "at": "2016-01-01"}, [0]),  # the end
        ({"reached": "on", "after": ["course", "pause"]}, [0, 1]),
        (
            {"state": "assistance", "between": ["2015-01-01", "2015-04-01"], "months": 1},
            [1],
        ),  # March from day 59
        (
            {"state": "assistance", "between": ["2015-01-01", "2015-04-01"], "months": 2},
            [0],
        ),  # January; March, day 69-90
        ({"state": "assistance", "between": ["2015-01-01", "2015-04-01"], "months": [0, 0]}, [2]),
        (
            {"state": "assistance", "between": ["2015-01-01", "2015-04-01"], "months": [1, 12]},
            [0, 1],
        ),
        (
            {
                "state": "assistance",
                "between": ["2015-01-01", "2015-03-01"],
                "months": 1,
                "counted_on": 1,
            },
            [0],
        ),
        # On 31 January (day 30) and on 28 February (day 58), the last day there is.
        (
            {
                "state": "unknown",
                "between": ["2015-01-01", "2015-03-01"],
                "months": 2,
                "counted_on": 31,
            },
            [0],
        ),
    ],
)
def test_selections_in_a_window(year: Journeys, what: dict[str, Any], clients: list[int]):
    assert chosen(year, **what) == clients


@pytest.mark.parametrize(
    ("what", "number"),
    [
        ({"mean_in": "unknown", "between": ["2015-01-01", "2015-02-10"]}, (40 - 29) / 40),
        (
            {
                "months_in": "unknown",
                "of": {"groups": "a"},
                "between": ["2015-01-01", "2015-02-10"],
            },
            11 / 30.4375,
        ),
        ({"change_in": "assistance", "between": ["2015-01-15", "2015-02-15"]}, -1),
        ({"change_in": "assistance", "between": ["2015-02-15", "2016-01-01"]}, 1),
        ({"use": "adviser", "between": ["2015-01-01", "2015-02-01"]}, 20 / 62),
        (
            {
                "calendar_months": "assistance",
                "of": {"groups": "a"},
                "between": ["2015-01-01", "2015-04-01"],
            },
            2,
        ),
        (
            {
                "calendar_months": "unknown",
                "of": {"groups": "a"},
                "between": ["2015-01-01", "2015-04-01"],
                "counted_on": 31,
            },
            2,
        ),
        # Of seven visits to `on` that began by 1 August (day 212), three are the stock's: 0, 69,
        # 138, 207; 59, 128, 197.
        ({"count": {"reached": "on", "between": ["2015-01-01", "2015-08-01"]}, "each": "visit"}, 7),
        (
            {
                "share": {"groups": "a"},
                "of": {"reached": "on", "between": ["2015-01-01", "2015-08-01"]},
                "each": "visit",
            },
            4 / 7,
        ),
        (
            {
                "share": {"left": "on", "to": "course"},
                "of": {"left": ["on", "pause"], "between": ["2015-01-01", "2015-08-01"]},
                "each": "visit",
            },
            6 / 11,
        ),  # on: 9, 78, 147; 68, 137, 206; pause: 69, 138, 207; 128, 197
        ({"wait": "course", "between": ["2015-01-01", "2015-02-01"]}, 0),
        ({"time": {"from": "on", "to": "pause"}, "between": ["2015-01-01", "2015-02-01"]}, 29),
        # Spells of 29 days with gaps of 40; the first began 100 days before the start.
        ({"spell": {"state": "assistance", "ended": ["2015-01-01", "2015-03-01"]}}, 129),
        (
            {
                "spell": {"state": "assistance", "ended": ["2015-03-01", "2015-11-01"]},
                "quantile": "50 %",
            },
            29,
        ),
        ({"spell": {"in_stage": "on", "ended": ["2015-03-01", "2015-11-01"]}}, 9),
        (
            {
                "spell": {
                    "state": "assistance",
                    "returns_within": "40 days",
                    "ended": ["2015-01-01", "2015-09-01"],
                }
            },
            1,
        ),
        (
            {
                "spell": {
                    "state": "assistance",
                    "returns_within": "39 days",
                    "ended": ["2015-01-01", "2015-09-01"],
                }
            },
            0,
        ),
        (
            {
                "spell": {
                    "state": "assistance",
                    "longer_than": "28 days",
                    "began": ["2015-01-01", "2015-09-01"],
                }
            },
            1,
        ),
        (
            {
                "spell": {
                    "state": "assistance",
                    "longer_than": "29 days",
                    "began": ["2015-01-01", "2015-09-01"],
                }
            },
            0,
        ),
        (
            {
                "spell": {
                    "state": "assistance",
                    "gap": "40 days",
                    "longer_than": "29 days",
                    "began": ["2015-01-01", "2015-09-01"],
                }
            },
            1,
        ),
        (
            {
                "spell": {
                    "state": "assistance",
                    "gap": "39 days",
                    "longer_than": "29 days",
                    "began": ["2015-01-01", "2015-09-01"],
                }
            },
            0,
        ),
        # On the 15th: one client in January, March, June and August, one in March and May; the
        # first was counted out on 15 February.
        (
            {
                "spell": {
                    "state": "assistance",
                    "counted_on": 15,
                    "ended": ["2015-01-01", "2015-05-01"],
                }
            },
            30.4375,
        ),
        (
            {
                "spell": {
                    "state": "assistance",
                    "counted_on": 15,
                    "returns_within": "1 month",
                    "ended": ["2015-01-01", "2015-05-01"],
                }
            },
            2 / 3,
        ),
        (
            {
                "spell": {
                    "state": "assistance",
                    "counted_on": 15,
                    "longer_than": "2 months",
                    "gap": "1 month",
                    "began": ["2015-01-01", "2015-02-01"],
                }
            },
            1,
        ),
        (
            {
                "spell": {
                    "state": "assistance",
                    "counted_on": 15,
                    "longer_than": "2 months",
                    "began": ["2015-01-01", "2015-02-01"],
                }
            },
            0,
        ),
        # A course from 10 January (Saturday) to 29 January: 12-16, 19-23, 26-29 January are 14
        # working days.
        ({"hours": "adviser", "between": ["2015-01-01", "2015-02-01"]}, 14 * 7.5),
        (
            {"hours": "adviser", "between": ["2015-01-01", "2015-01-20"], "per": {"groups": "a"}},
            6 * 7.5,
        ),
        ({"hours": "adviser", "in_stages": "on"}, 0),
        ({"hours": "adviser", "of": {"groups": "b"}, "between": ["2015-01-01", "2015-02-01"]}, 0),
    ],
)
def test_measures_in_a_window(year: Journeys, what: dict[str, Any], number: float):
    assert measure(year, Measure.model_validate(what)) == pytest.approx(number)


@pytest.mark.parametrize(
    ("staff", "hours"),
    [({"fte": 1, "caseload": 30}, 142.5), ({"fte": 2, "caseload": 15}, 285), ({"units": 30}, 4275)],
)
def test_hours_of_staff_are_those_of_posts(staff: dict[str, Any], hours: float):
    """Thirty clients for four weeks from New Year: 19 working days. With a caseload of 30 they fill
    one post, with one of 15 two; thirty units are thirty of what the file calls a unit."""
    flow = small_flow(
        "28 days",
        starts="2001-01-01",
        groups={"g": {"stock": 30, "starts_in": "on"}},
        resources={"adviser": staff},
        stages={
            "on": {"needs": {"adviser": 1}, "lasts": "60 days", "next": {"out": "100 %"}},
            "out": {},
        },
    )
    asked = Measure.model_validate({"hours": "adviser"})
    assert measure(run(flow), asked) == pytest.approx(hours)


def test_spells_of_the_stock_begin_before_the_start(year: Journeys):
    spells = find_spells(
        year,
        Measure.model_validate(
            {"spell": {"state": "assistance", "ended": ["2015-01-01", "2016-01-01"]}}
        ).spell,
    )
    assert list(zip(spells.client, spells.begins, spells.ends, spells.next_begins, strict=True))[
        :3
    ] == [
        (0, -100, 29, 69),
        (0, 69, 98, 138),
        (0, 138, 167, 207),
    ]
    assert spells.ends[spells.client == 0][-1] == math.inf


@given(flows(Features()))
def test_what_happens_in_two_halves_happens_in_the_whole(plain: dict[str, Any]):
    """Windows side by side: months and unit-days add up, and no visit is lost or counted twice at the border."""
    flow = flow_of(plain)
    begins, middle, ends = flow.starts, flow.starts + (flow.end - flow.starts) // 2, flow.end
    if not begins < middle < ends:
        return
    journeys = run(plain)

    def both(**what: Any) -> list[float]:
        between = ([begins, middle], [middle, ends], [begins, ends])
        return [
            measure(journeys, Measure.model_validate({**what, "between": window}))
            for window in between
        ]

    for what in (
        {"months_in": "assistance"},
        {"change_in": "work"},
        *({"hours": name} for name in flow.resources),
    ):
        first, second, whole = both(**what)
        assert first + second == pytest.approx(whole, nan_ok=True)
    for stage in flow.stages:
        counts = [
            select_visits(
                journeys, Selection.model_validate({"left": stage, "between": window})
            ).sum()
            for window in ([begins, middle], [middle, ends], [begins, ends])
        ]
        assert counts[0] + counts[1] == counts[2]


FAULTS = [
    (
        {"count": {"between": ["2015-01-01", "2015-02-01"]}},
        "'between' needs something that happens",
    ),
    (
        {"count": {"reached": "on", "between": ["2015-02-01", "2015-01-01"]}},
        "expected the earlier date first",
    ),
    ({"count": {"reached": "on", "between": "2015"}}, "expected two dates such as"),
    (
        {"count": {"reached": "on", "between": ["2014-01-01", "2015-02-01"]}},
        "the run lasts from 2015-01-01 up to 2016-01-01",
    ),
    (
        {"count": {"state": "work", "at": "end", "between": ["2015-01-01", "2015-02-01"]}},
        "either 'at' (a moment) or 'between'",
    ),
    ({"count": {"state": "work", "months": 3}}, "'months' needs 'between'"),
    (
        {"count": {"state": "work", "between": ["2015-01-01", "2015-02-01"], "months": [3, 1]}},
        "expected a number of months",
    ),
    (
        {"count": {"state": "work", "between": ["2015-01-01", "2015-02-01"], "counted_on": 3}},
        "'counted_on' needs 'months'",
    ),
    ({"count": {"reached": "on", "to": "course"}}, "'to' needs a stage that is left"),
    ({"count": {"left": "on", "to": "cours"}}, "did you mean 'course'?"),
    ({"count": {"left": "onn"}}, "did you mean 'on'?"),
    (
        {"count": {"reached": "on"}, "between": ["2015-01-01", "2015-02-01"]},
        "say between which dates inside the selection",
    ),
    ({"mean_in": "work", "each": "visit"}, "only 'share' and 'count' can count visits"),
    ({"mean_in": "work", "counted_on": 1}, "only 'calendar_months' are counted on a day"),
    ({"use": "adviser", "in_stages": "on"}, "only 'hours' are counted in certain stages"),
    ({"hours": "advisor"}, "did you mean 'adviser'?"),
    ({"spell": {"state": "work"}}, "say in which window (ended)"),
    (
        {"spell": {"longer_than": "1 month", "began": ["2015-01-01", "2015-02-01"]}},
        "exactly one of state, in_stage",
    ),
    ({"spell": {"state": "work", "longer_than": "1 month"}}, "'longer_than' needs 'began'"),
    (
        {
            "spell": {
                "state": "work",
                "longer_than": "6 months",
                "began": ["2015-01-01", "2015-08-01"],
            }
        },
        "what became of these spells is not known by 2016-01-01",
    ),
    (
        {
            "spell": {
                "state": "work",
                "longer_than": "1 month",
                "began": ["2015-01-01", "2015-02-01"],
            },
            "quantile": "50 %",
        },
        "have quantiles",
    ),
]


@pytest.mark.parametrize(("what", "message"), FAULTS, ids=range(len(FAULTS)))
def test_fault_of_a_window_is_named(what: dict[str, Any], message: str):
    share = isinstance(what.get("spell"), dict) or "use" in what
    target = {"says": "x", "at_least": "10 %" if share else 1, "measure": what}
    with pytest.raises(FlowError) as caught:
        plan_of({**year_flow(), "targets": {"t": target}})
    assert message in str(caught.value)
