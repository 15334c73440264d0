"""Changes to a flow are checked like the flow."""

import pytest

from pilotsim.base.errors import FlowError, RequestError
from pilotsim.files.changes import apply_changes, read_change, scenario_changes
from pilotsim.files.yaml import parse
from pilotsim.language.changes import tell_changes

FLOW = """
flow: a
title: A
starts: 2015-01-01
lasts: {value: 12 months, assumption: unclear}
sources: {plan: The plan}
groups: {g: {starts_in: on, stock: {value: 155, source: plan p. 1}}}
resources: {place: {units: {value: 20, low: 10, high: 30, assumption: never stated, label: Places}}}
stages:
  on: {needs: {place: 1}, lasts: {constant: {value: 3 weeks, source: plan p. 2}}, next: {work: 100 %}}
  work: {counts_as: work}
effects: []
scenarios:
  double: {says: twice the places, set: {resources.place.units: 40}}
"""


def changed(**changes):
    return apply_changes(
        parse(FLOW, "flow.yaml"),
        {path.replace("__", "."): value for path, value in changes.items()},
    )


def test_a_number_in_the_place_of_a_value_is_an_assumption_of_this_run():
    units = changed(resources__place__units=40).values["resources.place.units"]
    assert (
        units.number,
        units.has_range,
        units.label.in_language("en"),
        units.assumption.in_language("en"),
    ) == (
        40,
        False,
        "Places",
        "set for this run",
    )


def test_a_change_needs_no_source():
    flow = changed(
        stages__on__next={"work": "60 %", "home": "40 %"}, stages__home={"counts_as": "unknown"}
    )
    assert list(flow.stages) == ["on", "work", "home"]


def test_a_change_inside_what_was_put_before_leaves_the_first_as_it_was():
    # The control is what the two come to together.
    document = parse(FLOW, "flow.yaml")
    first = {"resources.place": {"units": {"value": 30, "low": 20, "high": 40, "assumption": "x"}}}
    both = apply_changes(document, first, {"resources.place.units.high": 60})
    assert both.values["resources.place.units"].high == 60
    assert apply_changes(document, first).values["resources.place.units"].high == 40


def test_the_file_itself_is_not_changed():
    document = parse(FLOW, "flow.yaml")
    apply_changes(document, {"resources.place.units": 40})
    assert document.content["resources"]["place"]["units"]["value"] == 20


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("resources.plce.units", "resources.plce: resources has no 'plce'; did you mean 'place'?"),
        ("resources.place.unit", "resources.place.unit: unknown key 'unit'; did you mean 'units'?"),
        ("stages.on.lasts.constant.value.x", "holds no keys"),
        ("effects.3.times", "effects has no '3'"),
    ],
)
def test_a_path_that_leads_nowhere_says_what_was_meant(path, message):
    with pytest.raises(RequestError) as fault:
        apply_changes(parse(FLOW, "flow.yaml"), {path: 1})
    assert message in str(fault.value)


def test_a_changed_flow_is_checked():
    with pytest.raises(FlowError, match="expected a whole number"):
        changed(resources__place__units=2.5)


def test_change_is_read_as_yaml():
    assert read_change("resources.place.units=40") == ("resources.place.units", 40)
    assert read_change("stages.on.next={work: 100 %}") == ("stages.on.next", {"work": "100 %"})


@pytest.mark.parametrize("text", ["resources.place.units", "=4", "a.b="])
def test_change_without_value_says_the_form(text):
    with pytest.raises(RequestError, match="expected path=value"):
        read_change(text)


def test_unknown_scenario_names_the_known_ones():
    flow = changed()
    assert scenario_changes(flow, "double")[1] == {"resources.place.units": 40}
    with pytest.raises(RequestError, match="did you mean 'double'"):
        scenario_changes(flow, "doubl")


def step(text):
    """What one change of the command line makes of the small flow: old and new, as written."""
    flow = apply_changes(parse(FLOW, "flow.yaml"), dict([read_change(text)]))
    (entry,) = flow.changes
    return entry.before.written, entry.after.written


@pytest.mark.parametrize(
    ("text", "sides"),
    [
        ("resources.place.units=10", ("20", "10")),  # the control: without a sign it is the number
        ("resources.place.units=+10", ("20", "30")),
        ("resources.place.units=-5", ("20", "15")),
        ("resources.place.units=\u22125", ("20", "15")),
        ("resources.place.units+=10", ("20", "30")),
        ("resources.place.units-=10", ("20", "10")),
        ("resources.place.units==10", ("20", "10")),
        ("resources.place.units=+20 %", ("20", "24")),
        ("resources.place.units=*1.5", ("20", "30")),
        ("lasts=+12 months", ("12 months", "24 months")),
        ("lasts=-1 month", ("12 months", "11 months")),
        ("stages.on.lasts.constant=+1 week", ("3 weeks", "4 weeks")),
        ("stages.on.lasts.constant=-7 days", ("3 weeks", "2 weeks")),
        ("stages.on.lasts.constant=+50 %", ("3 weeks", "4.5 weeks")),
        ("stages.on.next.work=-0 points", ("100 %", "100 %")),
    ],
)
def test_a_sign_is_a_step_from_what_stands_in_the_file(text, sides):
    flow = apply_changes(parse(FLOW, "flow.yaml"), dict([read_change(text)]))
    if sides[0] == sides[1]:
        assert flow.changes == ()
    else:
        assert step(text) == sides


SHARE = """
flow: a
title: A
starts: 2015-01-01
lasts: 12 months
groups: {g: {starts_in: on, stock: 155, arrivals: {value: 8 per month, assumption: so, from: {2015-07-01: 9 per month}}}}
traits: {young: {share: 50 %}}
risks: {job: {to: work, rate: 2 % per month}}
stages:
  on: {risks: {job: 1}}
  work: {counts_as: work}
targets:
  fewer: {says: fewer, at_most: -116, measure: {change_in: assistance}}
"""


def shares(text):
    flow = apply_changes(parse(SHARE, "flow.yaml"), dict([read_change(text)]))
    (entry,) = flow.changes
    return entry.before, entry.after


def test_of_a_share_per_cent_have_two_meanings_and_both_are_shown():
    with pytest.raises(RequestError) as fault:
        shares("traits.young.share=+20 %")
    assert "write '+20 points' for 50 % to 70 %, or '*1.2' for 50 % to 60 %" in str(fault.value)
    with pytest.raises(RequestError, match="'-20 points' for 50 % to 30 %"):
        shares("traits.young.share=-20")
    assert shares("traits.young.share=+20 points")[1].written == "70 %"
    assert shares("traits.young.share=+20 prosentpoeng")[1].written == "70 %"
    assert shares("traits.young.share=*1.2")[1].written == "60 %"


def test_a_rate_takes_steps_in_its_unit_or_in_parts():
    assert shares("risks.job.rate=+0.5 % per month")[1].written == "2.5 % per month"
    assert shares("risks.job.rate=+25 %")[1].written == "2.5 % per month"
    assert shares("groups.g.arrivals=+2 per month")[1].written == "10 per month"
    assert shares("groups.g.arrivals=+25 %")[1].written == "10 per month"


def test_what_a_value_becomes_later_takes_the_same_step():
    before, after = shares("groups.g.arrivals=+2 per month")
    assert [later.written for _, later in before.changes] == ["9 per month"]
    assert after.written == "10 per month"
    assert [later.written for _, later in after.changes] == ["11 per month"]


def test_where_a_number_may_be_negative_a_sign_is_refused_with_both_spellings():
    with pytest.raises(RequestError, match=r"write ==-100 or -=100"):
        shares("targets.fewer.at_most=-100")
    assert shares("targets.fewer.at_most==-100")[1].number == -100
    assert shares("targets.fewer.at_most-=100")[1].number == -216
    assert shares("targets.fewer.at_most+=100")[1].number == -16
    # The number has no sign where it is above 0; and a part of a number can be a step alone.
    with pytest.raises(RequestError, match=r"write ==100 or \+=100"):
        shares("targets.fewer.at_most=+100")
    assert shares("targets.fewer.at_most=-50 %")[1].number == pytest.approx(-58)


@pytest.mark.parametrize("factor", ["*-1", "* -1.5", "*+2", "*\u22121"])
def test_a_factor_with_a_sign_is_refused_in_words(factor):
    with pytest.raises(RequestError, match="a factor has no sign"):
        step(f"resources.place.units={factor}")


@pytest.mark.parametrize(
    ("before", "change", "after"),
    [
        ("1 month", "+1 month", "2 months"),
        ("2 weeks", "-1 week", "1 week"),
        ("1 working day", "*5", "5 working days"),
        ("3 months", "*2", "6 months"),
    ],
)
def test_units_stand_in_the_number_of_their_amount(before, change, after):
    stage = f"course: {{lasts: 1 week, opens: {{every: {before}}}, next: {{work: 100 %}}}}"
    text = FLOW.replace("  work: {", f"  {stage}\n  work: {{").replace(
        "sources: {plan: The plan}\n", ""
    )
    text = text.replace("source: plan p. 1", "assumption: x").replace(
        "source: plan p. 2", "assumption: x"
    )
    flow = apply_changes(parse(text, "flow.yaml"), {"stages.course.opens.every": change})
    (entry,) = flow.changes
    assert (entry.file_says, entry.run_says) == (before, after)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("title=+10", "there is no number that could be changed by +10; found 'A'"),
        (
            "stages.work.lasts=+1 month",
            "there is no number that could be changed by +1 month; found nothing",
        ),
        ("resources.place.units=+1 måned", "found '1 måned'; did you mean '1 month'?"),
        ("lasts=+10", "expected a length of time such as '6 weeks'"),
        ("lasts=+5 working days", "mixes calendar days and working days"),
        (
            "resources.place.units=+12 %",
            "20 would become 22.4; expected a whole number, such as 22",
        ),
        ("resources.place.units=+10 stk", "did you mean 10?"),
    ],
)
def test_a_step_that_does_not_fit_is_refused(text, message):
    with pytest.raises(RequestError) as fault:
        step(text)
    assert message in str(fault.value)


def test_norwegian_spellings_are_refused_with_what_was_meant():
    with pytest.raises(FlowError, match=r"did you mean '7\.2 per month'"):
        shares("groups.g.arrivals=7,2 per måned")


def test_what_a_file_may_not_hold_the_command_line_may_not_hold_either():
    for text, message in (
        ("resources.place.units=0301", "starts with 0"),
        ("resources.place={units: 3, units: 4}", "stands twice"),
        ("resources.place.units=!!python/object/apply:os.system 3 weeks", "tags are not allowed"),
    ):
        with pytest.raises(FlowError, match=message):
            read_change(text)


def test_a_scenario_may_take_steps_and_what_is_set_comes_on_top_of_it():
    document = parse(FLOW, "flow.yaml")
    assert parse("a: +10", "a").content["a"] == 10
    flow = apply_changes(document, parse("a: {resources.place.units: +10}", "a").content["a"])
    assert flow.values["resources.place.units"].number == 30
    double = scenario_changes(changed(), "double")[1]
    both = apply_changes(document, double, {"resources.place.units": "+10"})
    assert [(e.before.written, e.after.written) for e in both.changes] == [("20", "50")]


def test_a_flow_carries_what_was_changed_from_its_file():
    flow = changed(resources__place__units=40, starts="2015-02-01", lasts="12 months")
    places, starts, lasts = flow.changes
    assert (places.path, places.before.low, places.after.low) == ("resources.place.units", 10, None)
    assert (starts.file_says, starts.run_says) == ("2015-01-01", "2015-02-01")
    assert lasts.path == "lasts"  # held now, where the file assumed it
    assert changed().changes == ()


def test_another_start_is_told_to_move_the_whole_world():
    """And the way to let the programme alone begin later is named."""
    drawn = FLOW.replace(
        "on: {needs", "on: {}\n  course: {draws_from: on, opens: {every: 1 month}, needs"
    )
    document = parse(drawn, "flow.yaml")
    moved = apply_changes(document, {"starts": "2015-02-01"})
    (told,) = [notice for notice in moved.notices if notice.path == "starts"]
    assert told.message.endswith("set stages.course.opens.first")
    later = apply_changes(document, {"stages.course.opens.first": "2015-02-01"})
    assert "starts" not in [notice.path for notice in later.notices]


# Of each kind that may be written as a number alone, one written with more.
SHORT = """
flow: a
title: A
starts: 2015-01-01
lasts: 12 months
traits: {young: {share: {stock: 10 %, arrivals: 20 %}}}
groups:
  g:
    starts_in: on
    stock: 100
    stock_in:
      home: {share: 12 %, remaining: equilibrium}
      on: rest
risks: {job: {to: work, rate: 5 % per month}}
stages:
  on:
    lasts: {constant: 3 weeks, by: {young: 1.5}}
    risks: {job: {waiting: 0.5, started: 2, to: late}}
    next:
      talk:
        share: {value: 70 %, low: 50, high: 90, assumption: guess}
        odds: {young: 1.5}
      home: rest
  talk: {draws_from: {from: idle, groups: g}, opens: {every: 1 month, admits: 5}, lasts: 1 week, next: {work: 100 %}}
  home: {lasts: {gamma: {mean: 2 months, cv: 1}, by: {young: 2}}, next: {work: 100 %}}
  idle: {}
  away: {}
  work: {counts_as: work}
  late: {counts_as: work}
effects: []
"""
PLACE, STAY, RISK, ROUTE = (
    "groups.g.stock_in.home",
    "stages.on.lasts",
    "stages.on.risks.job",
    "stages.on.next.talk",
)


def short_flow(*changes):
    return apply_changes(parse(SHORT, "flow.yaml"), dict(map(read_change, changes)))


def plain(flow):
    """What all numbers of a flow are, by their paths."""
    return {
        path: (value.number, value.low, value.high)
        for path, value in flow.values.items()
        if value.written
    }


@pytest.mark.parametrize(
    ("change", "becomes"),
    [
        (f"{PLACE}=20 %", {PLACE: 0.2}),
        (f"{PLACE}=*2", {PLACE: 0.24}),
        (f"{PLACE}=+8 points", {PLACE: 0.2}),
        (f"{ROUTE}=60 %", {ROUTE: 0.6}),
        (f"{ROUTE}.share=60 %", {ROUTE: 0.6}),
        (f"{ROUTE}=-10 points", {ROUTE: 0.6}),
        (f"{STAY}=4 weeks", {STAY: 28.0}),
        (f"{STAY}=*2", {STAY: 42.0}),
        (f"{STAY}=+1 week", {STAY: 28.0}),
        (f"{RISK}=3", {f"{RISK}.waiting": 3.0, f"{RISK}.started": 3.0}),
        (f"{RISK}=*2", {f"{RISK}.waiting": 1.0, f"{RISK}.started": 4.0}),
        (
            "traits.young.share=30 %",
            {"traits.young.share.stock": 0.3, "traits.young.share.arrivals": 0.3},
        ),
        (
            "traits.young.share=*2",
            {"traits.young.share.stock": 0.2, "traits.young.share.arrivals": 0.4},
        ),
    ],
)
def test_a_number_alone_is_put_where_it_stands_and_the_rest_is_kept(change, becomes):
    before, flow = plain(short_flow()), short_flow(change)
    after = plain(flow)
    assert after.keys() == before.keys()
    moved = {path for path in after if after[path] != before[path]}
    assert len(moved) == len(becomes)
    assert sorted(after[path][0] for path in moved) == pytest.approx(sorted(becomes.values()))
    assert {entry.path for entry in flow.changes} == moved
    assert all(entry.before and entry.after for entry in flow.changes)
    assert flow.stages["on"].next["talk"].odds["young"].value.number == 1.5
    assert flow.stages["on"].risks["job"].to == "late"


@pytest.mark.parametrize("path", [PLACE, STAY, ROUTE, RISK])
def test_a_step_by_nothing_changes_no_number(path):
    before, after = plain(short_flow()), plain(short_flow(f"{path}=*1"))
    assert {p: v[0] for p, v in after.items()} == {p: v[0] for p, v in before.items()}


def test_the_rest_keeps_what_is_not_its_share():
    flow = short_flow(f"{PLACE}=rest", "groups.g.stock_in.on=50 %")
    place = flow.groups["g"].stock_in["home"]
    assert place.share is None
    assert place.remaining is not None


def test_another_stage_to_draw_from_keeps_whom_it_draws():
    drawn = short_flow("stages.talk.draws_from=away").stages["talk"].draws_from
    assert drawn is not None
    assert (drawn.stages, drawn.groups) == (("away",), ("g",))


def test_a_length_in_the_place_of_a_family_is_another_length():
    assert short_flow("stages.home.lasts=1 month").stages["home"].lasts.family == "constant"


@pytest.mark.parametrize("path", [ROUTE, f"{ROUTE}.share"])
@pytest.mark.parametrize(
    ("language", "said"),
    [("en", "without a range"), ("nb", "uten spenn"), ("sv", "utan spann")],
)
def test_a_range_that_went_is_told_where_nothing_else_did(path, language, said):
    (told,) = tell_changes(short_flow(f"{path}=70 %"))
    line = told.line(language).replace("\N{NO-BREAK SPACE}", " ")
    assert line.endswith(f"70 % (50–90 %) → 70 %, {said}")
    (told,) = tell_changes(short_flow(f"{path}=60 %"))
    assert said not in told.line(language)


@pytest.mark.parametrize("sign", ["", "+", "*"])
def test_a_number_that_is_too_large_is_said_as_it_is_written(sign):
    document = parse(FLOW, "flow.yaml")
    with pytest.raises((FlowError, RequestError), match="found 9007199254740993, which is too"):
        apply_changes(document, dict([read_change(f"groups.g.stock={sign}9007199254740993")]))
