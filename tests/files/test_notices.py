"""What a flow says without effect is told, and what has an effect is not."""

from pathlib import Path

import pytest

from pilotsim.files.changes import apply_changes
from pilotsim.files.reading import read_document, read_flow, read_text
from pilotsim.files.yaml import parse

CONFIGS = sorted((Path(__file__).parent.parent.parent / "configs").rglob("*.yaml"))
FLOW = """
flow: a
title: A
starts: 2015-01-01
lasts: 12 months
traits:
  young: {share: 20 %}
  tall: {share: 20 %}
groups:
  g: {starts_in: on, stock: 10}
  empty: {starts_in: on, stock: 0}
resources: {place: {units: 2}, bus: {units: 1}}
risks:
  job: {to: work, rate: 2 % per month, times: {young: 2}}
  flood: {to: work, rate: 2 % per month}
shared: {strength: 1}
stages:
  on: {risks: {job: 1}}
  course: {needs: {place: 1}, opens: {every: 1 month}, lasts: 3 months, draws_from: on, next: {on: 100 %}}
  island: {lasts: 1 month, next: {isle: 100 %}}
  isle: {}
  work: {counts_as: work}
effects:
  - {after: island, on: job, times: 2}
  - {after: course, on: flood, times: 2}
targets:
  dead: {says: dead, at_least: 10 %, measure: {share: {reached: isle}, of: {groups: g}}}
  live: {says: live, at_least: 10 %, measure: {share: {reached: work}, of: {groups: g}}}
"""
DEAD = {
    "stages.island",
    "stages.isle",
    "resources.bus",
    "risks.flood",
    "traits.tall",
    "shared.strength",
    "groups.empty",
    "effects.0",
    "effects.1",
    "targets.dead",
}


def test_every_dead_part_is_told_with_its_line_and_no_other():
    notices = read_text(FLOW).notices
    assert {notice.path for notice in notices} == DEAD
    lines = FLOW.splitlines()
    island = next(notice for notice in notices if notice.path == "stages.island")
    assert lines[island.line - 1].strip().startswith("island:")
    assert "nothing leads to this stage" in island.message


@pytest.mark.parametrize(
    ("change", "mended"),
    [
        ({"stages.on.risks": {"job": 1, "flood": 1}}, {"risks.flood", "effects.1"}),
        (
            {"stages.course.next": {"island": "100 %"}},
            {"stages.island", "stages.isle", "effects.0", "targets.dead"},
        ),
        ({"stages.course.keeps": "bus"}, {"resources.bus"}),
        ({"risks.job.times": {"tall": 2, "young": 2}}, {"traits.tall"}),
    ],
)
def test_a_part_that_is_led_to_or_named_is_not_told(change, mended):
    document = parse(FLOW, "flow.yaml")
    flow = apply_changes(document, change)
    assert {notice.path for notice in flow.notices} == DEAD - mended


def test_a_group_that_is_given_clients_is_not_told_and_what_does_not_follow_them_is():
    flow = apply_changes(parse(FLOW, "flow.yaml"), {"groups.empty.stock": 3})
    told = {notice.path: notice.message for notice in flow.notices}
    assert set(told) == DEAD - {"groups.empty"} | {"groups.empty.stock"}
    assert told["groups.empty.stock"].endswith(
        "as in the file: groups.g.stock (10), resources.place.units (2), resources.bus.units (1)"
    )


def test_a_risk_that_a_stage_holds_at_0_leads_nowhere():
    never = "flow: a\ntitle: A\nstarts: 2015-01-01\nlasts: 1 year\ngroups: {g: {starts_in: on, stock: 1}}\n"
    never += "risks: {job: {to: work, rate: 1 % per month}}\n"
    never += "stages: {on: {risks: {job: RATE}}, work: {}}\n"
    assert [n.path for n in read_text(never.replace("RATE", "0")).notices] == [
        "stages.work",
        "risks.job",
    ]
    assert read_text(never.replace("RATE", "1")).notices == ()


def test_a_name_that_another_begins_with_is_named_by_no_sum():
    # The control: the sum names the value itself.
    for named, is_told in (("shared.strength_more", True), ("shared.strength", False)):
        text = FLOW.replace("shared: {strength: 1}", "shared: {strength: 1, strength_more: 2}")
        ceiling = f"targets:\n  sum: {{says: s, at_least: 1, measure: {{count: {{state: work}}}}, ceiling: {{says: s, sum: {named} * 10}}}}"
        found = {one.path for one in read_text(text.replace("targets:", ceiling)).notices}
        assert ("shared.strength" in found) is is_told


def test_what_a_scenario_names_is_meant_for_it():
    scenario = "scenarios: {ferry: {says: A ferry, set: {stages.course.next: {island: 100 %}}}}\n"
    told = {notice.path for notice in read_text(FLOW + scenario).notices}
    assert "stages.island" not in told


def test_what_is_set_aside_on_purpose_is_not_told_and_must_be_idle():
    aside = "set_aside: {stages.island: for later, stages.on: not so}\n"
    told = {notice.path: notice.message for notice in read_text(FLOW + aside).notices}
    assert "stages.island" not in told
    assert told["set_aside.stages.on"] == "'stages.on' is in use: it is not set aside"


@pytest.mark.parametrize("file", CONFIGS, ids=lambda file: file.stem)
def test_no_flow_of_ours_says_anything_without_effect(file):
    assert [str(notice) for notice in read_flow(file).notices] == []


@pytest.mark.parametrize("file", CONFIGS, ids=lambda file: file.stem)
def test_no_scenario_of_ours_is_without_effect(file):
    document = read_document(file)
    flow = read_flow(file)
    for name, scenario in flow.scenarios.items():
        assert apply_changes(document, scenario.changes).changes, name


LIVE = """
flow: a
title: A
starts: 2015-01-01
lasts: 12 months
periods: {spring: {from: 2015-03-01, until: 2015-06-01}}
traits: {young: {share: 20 %}}
groups:
  g: {starts_in: on, stock: 10, deterred: {to: work, share: 5 %}, arrivals: {value: 1 per month, assumption: x, during: {spring: 2 per month}}}
  late: {starts_in: on, intake: {every: 1 month, brings: 2, first: 2015-06-01}}
resources: {place: {units: {value: 2, assumption: x, from: {2015-06-01: 4}}}}
risks:
  job: {to: work, rate: 2 % per month, times: {young: 2}}
  limit: {to: work, after: 6 months}
stages:
  on: {risks: {job: 1, limit: 1}}
  course: {needs: {place: 1}, opens: {every: 1 month, first: 2015-02-01, admits: 5}, lasts: 3 months, draws_from: on, next: {on: 90 %, more: rest}}
  more: {lasts: {exponential: {mean: 1 month}, by: {young: 2}}, next: {on: {odds: {young: 2}, share: 50 %}, work: rest}}
  work: {counts_as: work}
effects:
  - {after: course, on: job, times: 2, starts: 1 month, for: 3 months}
costs: {course: {in: course, per_month: 100}}
targets:
  live: {says: live, at_least: 10 %, measure: {share: {started: course}, of: {groups: g}}}
"""
AFTER_THE_END = "2016-03-01"
COURSE = {"stages.course", "costs.course", "effects.0", "targets.live", "stages.more"}


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"stages.course.opens.first": AFTER_THE_END}, COURSE),
        ({"stages.course.opens.until": "2014-06-01"}, COURSE),
        ({"stages.course.opens": {"on": [AFTER_THE_END, "2014-05-01"]}}, COURSE),
        ({"stages.course.opens.admits": 0}, COURSE),
        ({"resources.place.units": 0}, COURSE | {"resources.place"}),
        ({"resources.place": {"fte": 0, "caseload": 20}}, COURSE | {"resources.place"}),
        (
            {
                "resources.place": {
                    "supply": {"every": "1 month", "units": 2, "first": AFTER_THE_END}
                }
            },
            COURSE | {"resources.place"},
        ),
        ({"stages.course.next.on": "100 %"}, {"stages.more"}),
        ({"stages.course.next": {"on": "rest", "more": "0 %"}}, {"stages.more"}),
        ({"effects.0.for": "0 months"}, {"effects.0"}),
        ({"effects.0.times": 1}, {"effects.0"}),
        ({"effects.0.starts": "14 months"}, {"effects.0"}),
        ({"risks.job.rate": "0 % per month"}, {"risks.job", "effects.0"}),
        ({"risks.job.pace": 0}, {"risks.job", "effects.0"}),
        ({"risks.limit.after": "3 years"}, {"risks.limit"}),
        ({"risks.job.times.young": 1}, {"risks.job.times.young"}),
        ({"stages.more.lasts.by.young": 1}, {"stages.more.lasts.by.young"}),
        ({"stages.more.next.on.odds.young": 1}, {"stages.more.next.on.odds.young"}),
        ({"traits.young.share": "0 %"}, {"traits.young"}),
        ({"costs.course.per_month": 0}, {"costs.course"}),
        ({"groups.late.intake.first": AFTER_THE_END}, {"groups.late"}),
        ({"groups.late.intake.brings": 0}, {"groups.late"}),
        ({"groups.g.deterred.share": "0 %"}, {"groups.g.deterred"}),
        ({"periods.spring": {"from": AFTER_THE_END}}, {"periods.spring"}),
        ({"periods.spring": {"from": "2014-01-01", "until": "2015-01-01"}}, {"periods.spring"}),
        (
            {"resources.place.units": {"value": 2, "assumption": "x", "from": {AFTER_THE_END: 4}}},
            {f"resources.place.units.from.{AFTER_THE_END}"},
        ),
    ],
    # Sets have no order of their own, and every worker must name a case alike.
    ids=lambda part: str(sorted(part)),
)
def test_what_can_never_happen_in_the_run_is_told_and_nothing_else(change, told):
    document = parse(LIVE, "flow.yaml")
    assert apply_changes(document, {}).notices == ()
    assert {notice.path for notice in apply_changes(document, change).notices} == told


@pytest.mark.parametrize(
    "change",
    [
        {"stages.course.opens.admits": {"value": 0, "low": 0, "high": 3, "assumption": "x"}},
        {"resources.place.units": {"value": 0, "assumption": "x", "from": {"2015-06-01": 4}}},
        {
            "effects.0": {
                "after": "course",
                "on": "job",
                "times": 2,
                "for": "0 months",
                "fades": "6 months",
            }
        },
        {"effects.0.times": {"value": 1, "low": 0.8, "high": 1.3, "assumption": "x"}},
        {"effects.0.by": {"young": 2}, "effects.0.times": 1},
        {"risks.job.rate": {"value": "0 % per month", "low": 0, "high": 2, "assumption": "x"}},
        {"costs.course.per_month": {"value": 0, "low": -10, "high": 0, "assumption": "x"}},
        {"stages.course.next.on": {"value": "100 %", "low": 80, "high": 100, "assumption": "x"}},
        {"traits.young": {"share": "0 %", "groups": {"late": {"stock": "0 %", "arrivals": "5 %"}}}},
        {"stages.course.opens.first": "2014-11-01"},
    ],
    ids=str,
)
def test_what_can_happen_in_some_run_or_at_some_date_is_not_told(change):
    assert apply_changes(parse(LIVE, "flow.yaml"), change).notices == ()
