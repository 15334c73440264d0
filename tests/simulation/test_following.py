"""Values that follow others: in every run, whatever was drawn, set or scaled."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from pilotsim.base.errors import FlowError, RequestError
from pilotsim.files.changes import apply_changes
from pilotsim.files.reading import read_text
from pilotsim.files.yaml import parse
from pilotsim.judge.one_way_sensitivity import CAPACITY, capacities_lifted
from pilotsim.model.targets import Measure
from pilotsim.runs.batches import Variant, run_variants
from pilotsim.simulation.parameters import draw_rows_of_numbers, numbers_of, settle
from pilotsim.simulation.resolved import resolve_flow
from tests.small_flows import ENGINES, small_flow

DAYS_PER_MONTH = 365.25 / 12
engines = pytest.mark.parametrize("engine", ENGINES)


def following(**changes: Any) -> dict[str, Any]:
    """A stock with a range; arrivals, units, a speed, a length and a bound that follow it."""
    flow = small_flow(
        "60 days",
        shared={"turnover": {"value": 2, "low": 1, "high": 3, "assumption": "x"}},
        groups={
            "g": {
                "stock": {"value": 100, "low": 50, "high": 150, "assumption": "x"},
                "starts_in": "on",
                "arrivals": {"sum": "groups.g.stock * 2 % per month", "assumption": "x"},
            }
        },
        resources={
            "place": {"units": {"sum": "20 % * groups.g.stock + 1", "assumption": "x"}},
        },
        risks={
            "job": {
                "to": "work",
                "rate": {"value": "5 % per month", "assumption": "x", "scaled_by": "turnover"},
            },
            "gone": {"to": "away", "rate": {"sum": "0.5 * risks.job.rate", "assumption": "x"}},
        },
        stages={
            "on": {"risks": {"job": 1, "gone": 1}},
            "talk": {
                "draws_from": "on",
                "opens": {"every": "1 week"},
                "needs": {"place": 1},
                "lasts": {
                    "gamma": {
                        "mean": {"sum": "10 days + 2 * 2 days", "assumption": "x"},
                        "cv": {"value": 0.5, "assumption": "x"},
                    }
                },
                "next": {
                    "on": {"sum": "1 - stages.talk.next.work", "assumption": "x"},
                    "work": "30 %",
                },
            },
            "work": {"counts_as": "work"},
            "away": {},
        },
        targets={
            "t": {
                "says": "x",
                "at_most": {"sum": "-20 % * groups.g.stock", "assumption": "x"},
                "measure": {"change_in": "assistance"},
            }
        },
    )
    for path, value in changes.items():
        here: Any = flow
        *above, last = path.split(".")
        for key in above:
            here = here[key]
        here[last] = value
    return flow


def flow_of(**changes: Any) -> Any:
    return read_text(json.dumps(following(**changes)))


def test_what_follows_has_its_number_its_kind_and_its_unit_when_the_flow_is_read():
    values = flow_of().values
    found = {path: (value.kind, value.written) for path, value in values.items() if value.follows}
    assert found == {
        "groups.g.arrivals": ("rate", "2 per month"),
        "resources.place.units": ("count", "21"),
        # The speed of the other risk is 2 x 5 %: the shared value scales before sums are worked out.
        "risks.gone.rate": ("rate", "5 % per month"),
        "stages.talk.lasts.gamma.mean": ("duration", "14 days"),
        "stages.talk.next.on": ("share", "70 %"),
        "targets.t.at_most": ("real", "-20"),
    }
    assert not any(values[path].has_range for path in found)


def test_clients_who_come_are_not_told_in_per_cent():
    flow = flow_of(
        **{"groups.g.arrivals": {"sum": "10 * groups.g.stock * risks.gone.rate", "assumption": "x"}}
    )
    assert flow.values["groups.g.arrivals"].written == "50 per month"
    assert flow.values["risks.gone.rate"].written == "5 % per month"
    few = flow_of(**{"groups.g.arrivals": {"sum": "6 * risks.gone.rate", "assumption": "x"}})
    assert few.values["groups.g.arrivals"].written == "0.3 per month"


def test_a_changed_input_moves_what_follows_and_a_set_number_stands():
    document = parse(json.dumps(following()), "flow.yaml")
    for stock in (60, 155, 230, 500):
        values = apply_changes(document, {"groups.g.stock": stock}).values
        assert values["targets.t.at_most"].number == pytest.approx(-0.2 * stock)
        assert values["groups.g.arrivals"].number == pytest.approx(0.02 * stock / DAYS_PER_MONTH)
        assert values["resources.place.units"].number == np.floor(0.2 * stock + 1.5)
    set_for_the_run = apply_changes(
        document, {"groups.g.stock": 60, "groups.g.arrivals": "9 per month"}
    )
    assert set_for_the_run.values["groups.g.arrivals"].number == 9 / DAYS_PER_MONTH
    assert not set_for_the_run.values["groups.g.arrivals"].follows


def test_each_draw_is_settled_after_all_assumptions_are_drawn():
    flow = flow_of()
    slot = {path: value.slot for path, value in flow.values.items()}
    drawn = draw_rows_of_numbers(flow, 1, range(40))
    rows = settle(flow, drawn)
    stock, turnover = rows[:, slot["groups.g.stock"]], rows[:, slot["shared.turnover"]]
    assert len(set(stock)) > 20
    np.testing.assert_allclose(rows[:, slot["targets.t.at_most"]], -0.2 * stock)
    np.testing.assert_allclose(rows[:, slot["groups.g.arrivals"]], stock * 0.02 / DAYS_PER_MONTH)
    np.testing.assert_allclose(
        rows[:, slot["risks.gone.rate"]], 0.5 * turnover * 0.05 / DAYS_PER_MONTH
    )
    assert (rows[:, slot["resources.place.units"]] == np.floor(0.2 * stock + 1.5)).all()
    # One at a time or together: the same to the bit.
    one_by_one = np.array([settle(flow, row) for row in drawn])
    assert one_by_one.tobytes() == rows.tobytes()


def test_a_number_in_a_slot_moves_what_follows_it_and_stays_where_something_follows():
    flow = flow_of()
    slot = {path: value.slot for path, value in flow.values.items()}
    numbers = numbers_of(flow)
    numbers[slot["groups.g.stock"]] = 60
    numbers[slot["resources.place.units"]] = 7
    row = settle(flow, numbers)
    assert row[slot["targets.t.at_most"]] == pytest.approx(-12)
    assert row[slot["resources.place.units"]] == 7
    (lifted,) = [one for one in capacities_lifted(flow) if one.kind == CAPACITY]
    numbers = numbers_of(flow)
    numbers[list(lifted.slots)] = list(lifted.slots.values())
    assert settle(flow, numbers)[slot["resources.place.units"]] == lifted.number


@engines
def test_runs_are_those_of_a_flow_with_the_numbers_written_out(engine):
    measures = [Measure.model_validate({"mean_in": "assistance"}), Measure(use="place")]
    written = following(
        **{
            "groups.g.arrivals": "1.2 per month",
            "resources.place.units": 13,
            "risks.gone.rate": "5 % per month",
            "stages.talk.lasts": {"gamma": {"mean": "14 days", "cv": 0.5}},
            "stages.talk.next": {"on": "70 %", "work": "30 %"},
        }
    )
    written["groups"]["g"]["stock"] = 60
    followed = flow_of()
    variants = [
        Variant(
            "follows",
            followed,
            {followed.values["groups.g.stock"].slot: 60.0},
            fixed=True,
            engine=engine,
        ),
        Variant("written", read_text(json.dumps(written)), fixed=True, engine=engine),
        # The control: what is not set is another world.
        Variant("as it is", followed, fixed=True, engine=engine),
    ]
    found = run_variants(variants, measures, seed=3, replications={v.name: 5 for v in variants})
    np.testing.assert_allclose(found["follows"].values, found["written"].values, rtol=1e-12)
    assert (found["follows"].values != found["as it is"].values).any()


@pytest.mark.parametrize(
    ("path", "text", "message"),
    [
        ("groups.g.arrivals", "groups.g.stocks * 1 per month", "'groups.g.stocks' stands for no number of the flow; did you mean 'groups.g.stock'?"),
        ("groups.g.arrivals", "groups.h.stock * 1 per month", "unknown group 'h'"),
        ("groups.g.arrivals", "groups.g.stock * 5 %", "expected a rate such as '8 per month' or '2 % per month'; the sum gives a count"),
        ("groups.g.arrivals", "groups.g.stock + 6 weeks", "the sum adds or subtracts a count and a length of time"),
        ("groups.g.arrivals", "groups.g.arrivals * 2", "the value follows itself: groups.g.arrivals -> groups.g.arrivals"),
        ("groups.g.arrivals", "groups.g.stock * risks.gone.rate - 9 per month", "comes to -4 per month; expected a rate"),
        ("groups.g.arrivals", "1 per month / (groups.g.stock - 100)", "comes to no number; expected a rate"),
        ("resources.place.units", "20 % + groups.g.stock", "the sum adds or subtracts a share and a count"),
        ("resources.place.units", "20 %", "expected a whole number, 0 or more; the sum gives a share"),
        ("risks.gone.rate", "5 days", "the sum gives a length of time"),
        ("risks.gone.rate", "1 / (5 days * 5 days)", "the sum gives a length of time to the power of -2"),
        ("risks.job.rate", "2 * risks.gone.rate", "the value follows itself: risks.job.rate -> risks.gone.rate -> risks.job.rate"),
    ],
)  # fmt: skip
def test_what_cannot_follow_is_refused_with_its_place(path, text, message):
    with pytest.raises(FlowError) as caught:
        flow_of(**{path: {"sum": text, "assumption": "x"}})
    (fault,) = caught.value.faults
    assert fault.path == f"{path}.sum"
    assert message in fault.message


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("lasts", {"sum": "2 * 30 days", "assumption": "x"}),
        ("targets.t.measure", {"share": {"reached": "work", "after": "on", "within": {"sum": "2 * 1 week", "assumption": "x"}}, "of": {}}),
        ("observed", {"o": {"says": "x", "sum": "1 + 1", "value": {"sum": "2", "assumption": "x"}, "source": "x"}}),
        ("groups.g.arrivals", {"sum": "2 per month", "low": 1, "high": 3, "assumption": "x"}),
        ("groups.g.arrivals", {"sum": "2 per month", "value": "2 per month", "assumption": "x"}),
        ("groups.g.arrivals", {"sum": "2 per month"}),
    ],
)  # fmt: skip
def test_a_place_that_cannot_follow_says_so(path, value):
    with pytest.raises(FlowError):
        flow_of(**{path: value})


def test_a_draw_that_leaves_what_the_place_allows_is_an_error_with_its_path():
    flow = flow_of(
        **{
            "stages.talk.next": {
                "on": "rest",
                "work": {"sum": "groups.g.stock / 200", "assumption": "x"},
            }
        }
    )
    assert flow.values["stages.talk.next.work"].number == 0.5
    numbers = numbers_of(flow)
    numbers[flow.values["groups.g.stock"].slot] = 201
    with pytest.raises(
        RequestError, match=r"'stages\.talk\.next\.work' .* comes to 100 %|comes to"
    ):
        resolve_flow(flow, numbers)
