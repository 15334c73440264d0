from __future__ import annotations

import copy
import random
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pilotsim.base.errors import Fault, FlowError, RequestError
from pilotsim.base.quantity import Quantity
from pilotsim.base.text import Text
from pilotsim.files.faults import keys_at
from pilotsim.files.reading import build_flow, read_flow, read_text
from pilotsim.files.yaml import YamlDocument, parse
from pilotsim.model.distributions import Duration
from pilotsim.model.fields import Factor
from pilotsim.model.flow import Flow
from pilotsim.simulation.resolved import resolve_flow
from tests.small_flows import plan_of, small_flow

SMALL = (Path(__file__).parent.parent / "cases" / "valid" / "small.yaml").read_text(
    encoding="utf-8"
)
TINY = """
flow: tiny
title: A tiny flow
starts: 2015-01-01
lasts: 12 months
groups:
  clients: {stock: 10, starts_in: on_assistance}
stages:
  on_assistance: {}
"""
MONTH = 365.25 / 12  # days


def faults_of(text):
    with pytest.raises(FlowError) as caught:
        read_text(text, "f.yaml")
    return [
        f"{fault.path}: {fault.message}" if fault.path else fault.message
        for fault in caught.value.faults
    ]


def with_lines(text, lines):
    """Put lines at the end of a flow, or in the place of a part that is there already."""
    return text + lines


# What is read.


def test_flow_is_what_the_file_says():
    flow = read_text(SMALL)
    assert (flow.flow, flow.title, flow.starts, flow.end) == (
        "small",
        Text("A small flow"),
        date(2015, 1, 1),
        date(2017, 1, 1),
    )
    assert flow.groups["clients"].arrivals == Quantity(
        8 / MONTH,
        "rate",
        "8 per month",
        low=3 / MONTH,
        high=16 / MONTH,
        assumption=Text("The plan gives none"),
    )
    assert flow.stages["mapping"].lasts == Duration(
        "gamma",
        (
            Quantity(42.0, "duration", "6 weeks", source="plan-2014 ch. 4"),
            Quantity(0.5, "number", "0.5", assumption=Text("Not known")),
        ),
    )
    routes = flow.stages["mapping"].next
    assert {name: route.share and route.share.number for name, route in routes.items()} == {
        "job_search": 0.7,
        "on_assistance": None,
    }
    assert flow.targets["attend"].at_least == Quantity(0.4, "share", "40 %")


def test_every_value_has_a_path_and_a_slot():
    values = read_text(SMALL).values
    assert list(values) == [
        "lasts",
        "traits.young.share",
        "traits.office.categories.north",
        "traits.office.categories.south",
        "groups.clients.stock",
        "groups.clients.arrivals",
        "resources.adviser.units",
        "risks.job.rate",
        "risks.job.pace",
        "stages.on_assistance.risks.job",
        "stages.mapping.needs.adviser",
        "stages.mapping.lasts.gamma.mean",
        "stages.mapping.lasts.gamma.cv",
        "stages.mapping.next.job_search",
        "stages.job_search.risks.job.waiting",
        "stages.job_search.risks.job.started",
        "effects.0.times",
        "targets.attend.at_least",
    ]
    assert [value.slot for value in values.values()] == list(range(18))


def test_file_and_text_are_read_alike(tmp_path):
    (tmp_path / "f.yaml").write_text(SMALL, encoding="utf-8")
    assert read_flow(tmp_path / "f.yaml") == read_flow(str(tmp_path / "f.yaml")) == read_text(SMALL)


def test_flow_without_sources_needs_none():
    assert read_text(TINY).groups["clients"].stock == Quantity(10.0, "count", "10")


def test_numbers_that_describe_nothing_need_no_source():
    # 0 and 1, units needed, what is asked, and the shape of a latent trait.
    more = """
  latent: {normal: [0.5, 2]}
"""
    flow = read_text(
        SMALL.replace("traits:\n", "traits:" + more, 1).replace(
            "needs: {adviser: 1}", "needs: {adviser: 2}"
        )
    )
    assert flow.traits["latent"].normal == (
        Quantity(0.5, "real", "0.5"),
        Quantity(2.0, "number", "2"),
    )


def test_factor_is_one_number_or_one_for_each_category():
    by = "    by: {young: {value: 1.5, assumption: x}, office: {north: {value: 2, assumption: x}}, group: {clients: 1}}\n"
    effect = read_text(SMALL.replace("\ntargets:", by + "\ntargets:")).effects[0]
    young = Factor(Quantity(1.5, "number", "1.5", assumption=Text("x")))
    north = Factor(None, {"north": Quantity(2.0, "number", "2", assumption=Text("x"))})
    assert effect.by == {
        "young": young,
        "office": north,
        "group": Factor(None, {"clients": Quantity(1.0, "number", "1")}),
    }


def test_what_was_changed_for_a_run_needs_no_source():
    document = parse(
        SMALL.replace("stock: {value: 155, source: plan-2014 ch. 2}", "stock: 140"), "f.yaml"
    )
    assert (
        build_flow(document, changed=[("groups", "clients", "stock")])
        .groups["clients"]
        .stock.number
        == 140
    )
    with pytest.raises(FlowError, match="140 has neither source nor assumption"):
        build_flow(document, changed=[("groups", "clients", "arrivals")])


# What is refused: see also cases/invalid.


def test_fault_says_file_line_and_column():
    with pytest.raises(FlowError) as caught:
        read_text(TINY.replace("10, starts_in", "ten, starts_in"), "tiny.yaml")
    message = "expected a whole number, 0 or more; found 'ten'"
    assert caught.value.faults == (Fault("tiny.yaml", 7, 13, "groups.clients.stock", message),)
    assert str(caught.value) == f"tiny.yaml:7:13  groups.clients.stock: {message}"


def test_names_of_faulty_parts_are_known():
    # The faulty stage is still a stage: no second fault says that it is unknown.
    assert faults_of(SMALL.replace("counts_as: work", "counts_as: wurk")) == [
        "stages.work.counts_as: expected assistance, work, other_benefit, education, unknown or not_counted; found 'wurk'; did you mean 'work'?"
    ]


def test_everything_else_is_checked_when_the_head_is_faulty():
    text = (
        SMALL.replace("starts: 2015-01-01\n", "")
        .replace("flow: small", "flow: a small flow")
        .replace("after: mapping\n", "after: maping\n")
    )
    assert faults_of(text) == [
        "the key 'starts' is missing",
        "flow: expected a name of letters A to Z, digits, - and _; found 'a small flow'",
        "effects.0.after: unknown stage 'maping'; did you mean 'mapping'?",
    ]


LINES = [
    ("calendar: 'no'", "calendar: no public holidays are known for 'no'; did you mean 'NO'?"),
    ("traits: 5", "traits: expected keys and values; found 5"),
    ("sources: 5", "sources: expected keys and values; found 5"),
    ("traits: [[1]]", "traits: expected keys and values; found [[1]]"),
    (
        "effects: {}",
        "effects: expected a list, each entry on a line that begins with '- ', or in [ ]; found {}",
    ),
    ("effects: [5]", "effects.0: expected keys and values; found 5"),
    ("currency: 5", "currency: expected words; found 5; put it in quotes if it is a name"),
    (
        "traits: {young: {}}",
        "traits.young: a trait needs exactly one of share, categories, normal, days; found none",
    ),
    (
        "traits: {young: {normal: [0]}}",
        "traits.young.normal: expected two numbers, the mean and the standard deviation, such as [0, 1]",
    ),
    (
        "traits: {young: {normal: [0, 1, 2]}}",
        "traits.young.normal: expected two numbers, the mean and the standard deviation, such as [0, 1]",
    ),
    (
        "traits: {young: {normal: 3}}",
        "traits.young.normal: expected a list, each entry on a line that begins with '- ', or in [ ]; found 3",
    ),
    (
        "traits: {young: {share: 1 %, observed: 1}}",
        "traits.young.observed: expected true or false; found 1",
    ),
    (
        "traits: {group: {share: 1 %}}",
        "traits.group: 'group' is a trait that every client has; choose another name",
    ),
    (
        "traits: {young: {share: 1 %, groups: {others: 2 %}}}",
        "traits.young.groups.others: unknown group 'others'; known: clients",
    ),
    (
        "traits: {ill: {days: {exponential: {mean: 1 week}, times: 2}}}",
        "traits.ill.days.times: only the length of a stage can be stretched by 'times'",
    ),
    (
        "traits: {ill: {days: 5 working days}}",
        "traits.ill.days: only the length of a stage and 'within' can be counted in working days; found 5 working days",
    ),
    (
        "traits: {two words: {share: 1 %}}",
        "traits.two words: expected a name of letters, digits, - and _ without spaces or dots; found 'two words'",
    ),
    (
        "resources: {desk: {units: 1, supply: {every: 1 week, units: 1}}}",
        "resources.desk: a resource needs exactly one of units, fte, supply; found units, supply",
    ),
    (
        "resources: {desk: {fte: 2, caseload: {value: 20, assumption: x, from: {2015-07-01: 25}}}}",
        "resources.desk.caseload: a value cannot change at dates here; only arrivals, units, openings, speeds, shares, and lengths (by 'times') can",
    ),
    (
        "risks: {job: {to: wrok}}",
        "risks.job.to: unknown stage 'wrok'; known: on_assistance, starts_in",
    ),
    (
        "risks: {job: {to: starts_in, rate: 1 % per month, after: 1 week}}",
        "risks.job: a risk has either a rate or a fixed limit (after)",
    ),
    ("risks: {job: {to: starts_in, used: past}}", "risks.job: 'used' needs a fixed limit (after)"),
    (
        "risks: {job: {to: starts_in, after: 1 year, used: group}}",
        "risks.job.used: expected a trait in days; 'group' is none",
    ),
    (
        "risks: {job: {to: starts_in, times: {past: {long: 2}}}}",
        "risks.job.times.past: expected one number; 'past' has no categories",
    ),
    (
        "risks: {job: {to: starts_in, times: {group: 2}}}",
        "risks.job.times.group: expected a number for each category, such as {clients: 1.5}; found 2",
    ),
    ("effects: [{after: on_assistance, on: job, times: 2}]", "effects.0.on: unknown risk 'job'"),
    (
        "effects: [{after: on_assistance, on: job, times: 2, starts: soon}]",
        "effects.0.starts: expected a length of time such as '6 weeks' or '10 working days'; found 'soon'",
    ),
    (
        "conflicts: [{says: x, sum: groups.clients.stock + adviser, stated: 5}]",
        "conflicts.0.sum: unknown kind of name 'adviser'; known: costs, groups, observed, resources, risks, shared, stages, targets, traits",
    ),
    (
        "conflicts: [{says: x, sum: groups.clients, stated: 5}]",
        "conflicts.0.sum: 'groups.clients' stands for no number of the flow; did you mean 'groups.clients.stock'?",
    ),
    (
        "conflicts: [{says: x, sum: 1 + 1, stated: 5, targets: [attend]}]",
        "conflicts.0.targets: unknown target 'attend'",
    ),
    (
        "conflicts: [{says: x, sum: 1 + 1, stated: many}]",
        "conflicts.0.stated: expected a share ('90 %'), a length of time ('14 days'), a rate ('2 per month') or a number; found 'many'",
    ),
    ("scenarios: {more: {says: x}}", "scenarios.more: the key 'set' is missing"),
    ("title2: x", "title2: unknown key 'title2'; did you mean 'title'?"),
]


@pytest.mark.parametrize(("line", "fault"), LINES)
def test_line_that_does_not_fit_is_refused_in_these_words(line, fault):
    assert faults_of(TINY + line + "\n") == [fault]


STAGES = [
    ("{priority: high}", "priority: expected a whole number from -1000 to 1000; found 'high'"),
    ("{priority: true}", "priority: expected a whole number from -1000 to 1000; found true"),
    ("{priority: 1001}", "priority: expected a whole number from -1000 to 1000; found 1001"),
    (
        "{order: oldest}",
        "order: expected longest_waiting, random, {highest: trait} or {lowest: trait}; found 'oldest'",
    ),
    (
        "{order: {highest: group}}",
        "order: expected a trait that has an order; 'group' has categories",
    ),
    ("{order: {highest: age}}", "order: unknown trait 'age'; known: group, past"),
    ("{keeps: adviser}", "keeps: unknown resource 'adviser'"),
    ("{needs: {adviser: 1}, one_of: [{adviser: 1}]}", "say either needs or one_of"),
    (
        "{limit: {waiting: 3, else: on_assistance}}",
        "limit: nobody waits for a stage without needs, one_of, opens or batch",
    ),
    (
        "{put_off: {when_waiting: 3, else: on_assistance}}",
        "put_off: nobody waits for a stage without needs, one_of, opens or batch",
    ),
    (
        "{opens: {every: 1 week}, put_off: {when_waiting: {many: 30 %}, else: on_assistance}}",
        "put_off.when_waiting: expected a whole number from 0 to 1000; found 'many'",
    ),
    (
        "{opens: {every: 1 week}, put_off: {when_waiting: some, else: on_assistance}}",
        "put_off.when_waiting: expected {number waiting: share}; found 'some'",
    ),
    (
        "{opens: {every: 1 week}, put_off: {when_waiting: 3, else: mapping}}",
        "put_off.else: expected another stage than this one",
    ),
    (
        "{needs: {adviser: 1}, interrupts: mapping}",
        "interrupts: only stages with a lower 'priority' than 0 can be interrupted; 'mapping' has 0",
    ),
    (
        "{priority: 1, interrupts: on_assistance}",
        "interrupts: 'on_assistance' holds nothing that is needed here",
    ),
    (
        "{priority: 1, interrupts: on_assistance}",
        "interrupts: say what becomes of a stay there that is interrupted: 'interrupted: goes_on' "
        "or 'interrupted: starts_again' in 'on_assistance'",
    ),
    ("{interrupted: goes_on}", "interrupted: a stay that holds no units stands in nobody's way"),
    (
        "{interrupted: goes_on, lasts: 3 working days, next: {on_assistance: 100 %}}",
        "interrupted: what is left of a stay is told in calendar days at one pace; say "
        "'starts_again', or give the length so",
    ),
    ("{order: random, urgency: {past: 2}}", "say either order or urgency"),
    (
        "{urgency: {past: 2}}",
        "urgency: nobody waits for a stage without needs, one_of, opens or batch",
    ),
    (
        "{opens: {every: 1 week}, reserves: true}",
        "units can be put aside only in a stage without 'opens' (reserves)",
    ),
    ("{reserves: true}", "reserves: nothing is needed here that could be put aside"),
    (
        "{batch: {at_least: 8, at_most: 5}}",
        "batch.at_most: expected at least as many as must wait (8); found 5",
    ),
    ("{batch: {at_most: 5}}", "batch: say how many must wait for a batch to start (at_least)"),
    (
        "{batch: 8, limit: {waiting: 3, else: on_assistance}}",
        "batch: at most 3 may wait (limit), and 8 must wait for a batch to start",
    ),
    (
        "{opens: {every: 1 week}, batch: 8}",
        "batch: with 'opens', who starts together is said there (at_least, admits); a batch says "
        "only 'ends_together: true'",
    ),
    (
        "{opens: {every: 1 week}, batch: {ends_together: false}}",
        "batch: say 'ends_together: true', or leave 'batch' out",
    ),
    (
        "{batch: 8, one_of: [{adviser: 1}]}",
        "batch: 'one_of' and 'batch' do not go together",
    ),
    (
        "{batch: {at_least: 8, ends_together: true}}",
        "batch: who ends together stays equally long: 'ends_together' needs 'lasts', without "
        "factors by trait",
    ),
    ("{batch: some}", "batch: expected a whole number, 0 or more; found 'some'"),
    (
        "{lasts: {gamma: {mean: 2 days, cv: 1}, correlated: {past: 0.5}}, next: {on_assistance: 100 %}}",
        "lasts.correlated: expected the name of a trait or of a risk; 'past' is none",
    ),
    (
        "{lasts: {gamma: {mean: 2 days, cv: 1}, correlated: {job: 1.5}}, next: {on_assistance: 100 %}}",
        "lasts.correlated.job: expected a correlation from -1 to 1; found 1.5",
    ),
    (
        "{lasts: {gamma: {mean: 2 days, cv: 1}, correlated: {}}, next: {on_assistance: 100 %}}",
        "lasts.correlated: name one trait or risk that it goes with; found 0",
    ),
    (
        "{lasts: {all_of: [1 day, 2 days], correlated: {job: 0.5}}, next: {on_assistance: 100 %}}",
        "lasts.correlated: only a length by itself can be correlated, not a list",
    ),
    (
        "{lasts: 3 days, next: {on_assistance: {lasts: 0 days}}}",
        "next.on_assistance.lasts: expected a length above 0; a way without length is a stage of "
        "its own",
    ),
    (
        "{needs: {adviser: 1}, lasts: 3 days, interrupted: drawn_anew, next: {on_assistance: {lasts: 2 days}}}",
        "next.on_assistance.lasts: a length by its way is each client's own, and is drawn once",
    ),
    ("{room: 0}", "room: expected room for at least 1; found 0"),
    (
        "{opens: {every: 1 week}, limit: {waiting: 3, else: elsewhere}}",
        "limit.else: unknown stage 'elsewhere'; known: mapping, on_assistance, starts_in",
    ),
    (
        "{opens: {every: 1 week}, limit: {waiting: 3, otherwise_: on_assistance}}",
        "limit: the key 'else' is missing",
    ),
    (
        "{opens: {every: 1 week}, draws_from: mapping}",
        "draws_from: a stage cannot draw from itself",
    ),
    (
        "{opens: {every: 1 week}, draws_from: {from: on_assistance, traits: {group: others}}}",
        "draws_from.traits.group: unknown group 'others'; known: clients",
    ),
    (
        "{opens: {every: 1 week}, draws_from: {from: on_assistance, traits: {past: NO}}}",
        "draws_from.traits.past: expected true or false; found 'NO'",
    ),
    (
        "{opens: {on: [2015-02-30]}}",
        "opens.on.0: there is no such date as 2015-02-30; that month has 28 days",
    ),
    (
        "{opens: {every: 0 weeks}}",
        "opens.every: expected a period such as '1 month', '2 weeks' or '1 working day'; found '0 weeks'",
    ),
    (
        "{next: {on_assistance: rest}}",
        "says what is next but not how long it lasts; write 'lasts: 0 days' for a stage without length",
    ),
    (
        "{lasts: 1 day, next: {on_assistance: all}}",
        "next.on_assistance: expected a share such as '30 %'; found 'all'",
    ),
    (
        "{lasts: 1 day, next: {on_assistance: {odds: {group: 2}}}}",
        "next.on_assistance.odds.group: expected a number for each category, such as {clients: 1.5}; found 2",
    ),
    ("{risks: {job: 2 % per month}}", "risks.job: unknown risk 'job'"),
    (
        "{risks: {job: {wating: 1}}}",
        "risks.job.wating: unknown key 'wating'; did you mean 'waiting'?",
    ),
]


@pytest.mark.parametrize(("stage", "fault"), STAGES)
def test_stage_that_does_not_hang_together_is_refused(stage, fault):
    prefix = (
        "stages.mapping."
        if fault[: fault.find(":")].replace(".", "").replace("_", "").isalnum()
        else "stages.mapping: "
    )
    assert prefix + fault in faults_of(TINY + f"  mapping: {stage}\n")


MEASURES = [
    (
        "{count: {reached: work}}",
        "3 weeks",
        "at_least: the measure 'count' is bounded by a number; found 3 weeks",
    ),
    (
        "{wait: mapping}",
        "14",
        "at_least: the measure 'wait' is bounded by a length of time such as '14 days'; found 14; did you mean '14 days'?",
    ),
    (
        "{wait: mapping}",
        "10 working days",
        "at_least: the measure 'wait' counts calendar days, not working days; found 10 working days",
    ),
    (
        "{use: adviser}",
        "0.8",
        "at_least: the measure 'use' is bounded by a share such as '40 %'; found 0.8; did you mean '80 %'?",
    ),
    (
        "{use: adviser, of: {groups: clients}}",
        "80 %",
        "measure.of: 'use' is a measure of resources, not of clients; leave 'of' out",
    ),
    (
        "{count: {groups: clients}, per: {groups: clients}}",
        "1",
        "measure.per: only a cost, or hours, are per client; write 'of' for the clients that count",
    ),
    (
        "{count: {groups: clients}, quantile: 50 %}",
        "1",
        "measure.quantile: only 'wait', 'time' and the length of a 'spell' have quantiles",
    ),
    ("{cost: adviser}", "1", "measure.cost: the resource 'adviser' has no price_per_month"),
    ("{wait: maping}", "1 day", "measure.wait: unknown stage 'maping'; did you mean 'mapping'?"),
    (
        "{time: {from: maping, to: wrk}}",
        "1 day",
        "measure.time.from: unknown stage 'maping'; did you mean 'mapping'?",
    ),
    (
        "{time: {from: maping, to: wrk}}",
        "1 day",
        "measure.time.to: unknown stage 'wrk'; did you mean 'work'?",
    ),
    ("{use: advisor}", "80 %", "measure.use: unknown resource 'advisor'; did you mean 'adviser'?"),
    (
        "{count: {state: working}}",
        "1",
        "measure.count.state: expected assistance, work, other_benefit, education, unknown or not_counted; found 'working'; did you mean 'work'?",
    ),
    (
        "{count: {state: work, at: never}}",
        "1",
        "measure.count.at: expected start, end, a date such as 2015-07-01, or a moment of the client's own such as '12 months after entry'; found 'never'",
    ),
    (
        "{count: {traits: {young: 3}}}",
        "1",
        "measure.count.traits.young: expected true, false or the name of a category; found 3",
    ),
    (
        "{count: {reached: work, finished: mapping}}",
        "1",
        "measure.count: expected one of reached, started, finished, left, left_by; join several by 'any'",
    ),
    (
        "{count: {any: [{reached: wrk}, {none: [{left_by: jobb}]}]}}",
        "1",
        "measure.count.any.0.reached: unknown stage 'wrk'; did you mean 'work'?",
    ),
    (
        "{count: {any: [{reached: work}, {none: [{left_by: jobb}]}]}}",
        "1",
        "measure.count.any.1.none.0.left_by: unknown risk 'jobb'; did you mean 'job'?",
    ),
    (
        "{count: {groups: others}}",
        "1",
        "measure.count.groups: unknown group 'others'; known: clients",
    ),
    (
        "{}",
        "1",
        "measure: a measure needs exactly one of share, count, change_in, mean_in, wait, time, use, months_in, calendar_months, spell, hours, cost; found none",
    ),
]


@pytest.mark.parametrize(("measure", "bound", "fault"), MEASURES)
def test_target_that_cannot_be_answered_is_refused(measure, bound, fault):
    target = f"  asked: {{says: x, source: plan-2014, measure: {measure}, at_least: {bound}}}\n"
    assert f"targets.asked.{fault}" in faults_of(SMALL + target)


def test_source_is_named_in_one_word():
    faults = faults_of(SMALL.replace("  plan-2014: The", "  the plan: x\n  plan-2014: The"))
    assert faults == [
        "sources.the plan: expected a short name without spaces, such as plan-2014; found 'the plan'"
    ]


def test_speed_of_0_needs_no_rate():
    risks = "risks: {job: {to: starts_in}}\n"
    stage = "  mapping: {risks: {job: 0}}\n"
    assert read_text(TINY + stage + risks).stages["mapping"].risks["job"].started == Quantity(
        0.0, "number", "0"
    )


@pytest.mark.parametrize("lasts", ["1 day", "100 years", "1200 months"])
def test_pilot_lasts_from_a_day_to_a_hundred_years(lasts):
    assert read_text(TINY.replace("12 months", lasts)).lasts.written == lasts


BEYOND = small_flow("60 months", starts="2099-01-01", groups={"g": {"starts_in": "s"}})


@pytest.mark.parametrize(
    "parts",
    [
        {"stages": {"s": {"lasts": "5 working days", "next": {"s": "100 %"}}}},
        {"stages": {"s": {"opens": {"every": "1 working day"}}}},
        {"stages": {"s": {"opens": {"every": "1 week", "next_working_day": True}}}},
    ],
)
def test_working_days_beyond_the_known_holidays_are_refused(parts):
    with pytest.raises(FlowError) as caught:
        plan_of({**BEYOND, **parts})
    assert (
        "lasts: working days are counted, but the public holidays of 'NO' are known only up to "
        "2100; the run ends on 2104-01-01"
    ) in str(caught.value)
    # To the last day of that year they are known.
    plan_of({**BEYOND, "lasts": "24 months", **parts})


def test_who_counts_no_working_days_may_run_beyond_the_known_holidays():
    plan = plan_of({**BEYOND, "stages": {"s": {"opens": {"every": "1 month"}}}})
    with pytest.raises(RequestError, match="known only up to 2100"):
        _ = plan.calendar.worked


@pytest.mark.parametrize("lasts", ["0 days", "101 years", "99999999 months", "1e300 years"])
def test_pilot_of_another_length_is_refused(lasts):
    assert faults_of(TINY.replace("12 months", lasts)) == [
        f"lasts: expected a length from 1 day to 100 years; found {lasts}"
    ]


def test_keys_of_every_part_are_known():
    assert keys_at(()) == list(Flow.model_fields)
    assert keys_at(("stages", "x", "limit")) == ["waiting", "else"]
    assert keys_at(("stages", "x", "draws_from")) == ["from", "groups", "traits", "again_after"]
    assert keys_at(("targets", "x", "readings", "y", "measure", "of", "any", "0"))[:2] == [
        "groups",
        "origin",
    ]
    assert keys_at(("stages", "x", "needs", "adviser")) == []
    assert keys_at(("nothing", "x")) == []


# Whatever a file says, it is read or refused.


def cut(lines, at, rng):
    del lines[at]


def double(lines, at, rng):
    lines.insert(at, lines[at])


def swap(lines, at, rng):
    other = rng.randrange(len(lines))
    lines[at], lines[other] = lines[other], lines[at]


def indent(lines, at, rng):
    lines[at] = rng.choice(["", "  ", "    ", "\t"]) + lines[at].lstrip()


def respell(lines, at, rng):
    where = rng.randrange(len(lines[at]) + 1)
    lines[at] = (
        lines[at][:where]
        + rng.choice(list(":,-{}[]'\"%#&*!|>0æ \x00"))
        + lines[at][where + rng.randrange(3) :]
    )


def replace_word(lines, at, rng):
    words = lines[at].split(" ")
    words[rng.randrange(len(words))] = rng.choice(
        [
            "NO",
            "1e999",
            "-1",
            "0 days",
            "100 %",
            "null",
            "{}",
            "[]",
            "starts_in",
            "2015-02-30",
            "rest",
        ]
    )
    lines[at] = " ".join(words)


@given(st.integers(0, 2**32))
@settings(max_examples=300)
def test_spoilt_flow_is_read_or_refused(seed):
    rng = random.Random(seed)
    lines = SMALL.splitlines()
    for _ in range(rng.randint(1, 4)):
        rng.choice([cut, double, swap, indent, respell, replace_word])(
            lines, rng.randrange(len(lines)), rng
        )
    read_or_refused(lambda: read_text("\n".join(lines) + "\n", "f.yaml"))


def read_or_refused(read):
    """A flow that is read can also be made ready to run."""
    try:
        flow = read()
    except FlowError as error:
        assert all(fault.message for fault in error.faults)
        return
    resolve_flow(flow)


CONTENT = parse(SMALL, "f.yaml").content
WORDS = st.sampled_from(
    [
        *CONTENT,
        *CONTENT["stages"],
        "job",
        "adviser",
        "young",
        "office",
        "clients",
        "past",
        "group",
        "starts_in",
        "rest",
        "0 days",
        "1 week",
    ]
    + [
        "30 %",
        "100 %",
        "5 per month",
        "2 working days",
        "2015-07-01",
        "start",
        "random",
        "value",
        "low",
        "high",
        "source",
        "assumption",
        "from",
    ]
)
ATOMS = (
    WORDS
    | st.sampled_from([None, True, False, 0, 1, 2, -1, 0.5, 1e999, float("nan")])
    | st.text(max_size=5)
)
TREES = st.recursive(
    ATOMS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(WORDS | st.text(max_size=5), inner, max_size=4)
    ),
    max_leaves=12,
)


def places(content, path=()):
    yield path
    parts = (
        content.items()
        if isinstance(content, dict)
        else enumerate(content)
        if isinstance(content, list)
        else ()
    )
    for key, inner in parts:
        yield from places(inner, (*path, key))


PLACES = [path for path in places(CONTENT) if path]


@given(
    st.lists(
        st.tuples(
            st.sampled_from(PLACES),
            TREES | st.sampled_from(PLACES).map(lambda path: at(CONTENT, path)),
        ),
        min_size=1,
        max_size=3,
    )
)
@settings(max_examples=500)
def test_flow_with_foreign_parts_is_read_or_refused(changes):
    content = copy.deepcopy(CONTENT)
    for path, part in changes:
        try:
            at(content, path[:-1])[path[-1]] = copy.deepcopy(part)
        except (KeyError, IndexError, TypeError):
            continue
    read_or_refused(lambda: build_flow(YamlDocument("f.yaml", content)))


def at(content, path):
    for key in path:
        content = content[key]
    return content


@given(TREES)
def test_any_content_is_refused(content):
    with pytest.raises(FlowError):
        build_flow(YamlDocument("f.yaml", content))
