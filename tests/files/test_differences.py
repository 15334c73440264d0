"""What stands otherwise in one flow than in another."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pilotsim.files.changes import apply_changes, scenario_changes
from pilotsim.files.differences import PartOfOne, differences
from pilotsim.files.reading import build_flow, read_document, read_flow, read_text
from pilotsim.files.yaml import parse
from pilotsim.simulation.engines import simulate
from pilotsim.simulation.fingerprint import fingerprints

CONFIGS = Path(__file__).parent.parent.parent / "configs"
FLOW = """
flow: one
title: One
starts: 2015-01-01
lasts: {value: 12 months, source: plan 1}
sources: {plan: The plan}
traits: {young: {share: {value: 30 %, source: plan 1}}}
groups: {g: {starts_in: on, stock: {value: 50, source: plan 1}, arrivals: {sum: groups.g.stock * 2 % per month, source: plan 1}}}
resources: {place: {units: {value: 5, low: 3, high: 9, assumption: guess, label: Places}}}
risks: {job: {to: work, rate: {value: 2 % per month, source: plan 1}, times: {young: {value: 1.5, source: plan 2}}}}
stages:
  on: {risks: {job: 1}}
  talk: {draws_from: on, opens: {every: 1 month, admits: {value: 4, source: plan 1}}, lasts: {value: 2 weeks, source: plan 1}, next: {help: {value: 60 %, source: plan 1}, on: rest}}
  help: {needs: {place: 1}, lasts: {value: 1 month, source: plan 1}, next: {on: 100 %}}
  work: {counts_as: work}
effects:
  - {after: talk, on: job, times: {value: 1.1, source: plan 1}}
  - {after: help, on: job, times: {value: 1.5, source: plan 1}}
targets:
  work: {says: Work, source: plan 1, at_least: 20 %, measure: {share: {state: work, at: end}, of: {groups: g}}}
"""


def paths(found):
    return {
        entry.path: (entry.file_says, entry.run_says)
        for entry in found.entries
        if not entry.follows
    }


def changed(old, new, text=FLOW):
    assert old in text
    return read_text(text.replace(old, new, 1))


def test_a_flow_differs_from_itself_in_nothing():
    for file in sorted(CONFIGS.glob("*.yaml")):
        assert differences(read_flow(file), read_flow(file)).is_nothing, file.name


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("title: One", "title: Another"),
        ("says: Work", "says: Work it is"),
        ("label: Places", "label: Seats"),
        ("assumption: guess", "assumption: measured"),
        ("{value: 50, source: plan 1}", "{value: 50, source: plan 9}"),
        ("{value: 2 weeks, source: plan 1}", "{value: 14 days, source: plan 1}"),
        ("{value: 60 %, source: plan 1}", "{value: 60.0 %, assumption: guess}"),
    ],
)
def test_words_and_ways_to_write_are_no_difference(old, new):
    assert differences(read_text(FLOW), changed(old, new)).is_nothing


@pytest.mark.parametrize(
    ("old", "new", "path"),
    [
        ("{value: 5, low: 3,", "{value: 6, low: 3,", "resources.place.units"),
        ("low: 3, high: 9", "low: 3, high: 8", "resources.place.units"),
        ("{value: 4, source: plan 1}", "{value: 5, source: plan 1}", "stages.talk.opens.admits"),
        ("every: 1 month", "every: 2 months", "stages.talk.opens.every"),
        ("risks: {job: 1}", "risks: {job: {value: 2, source: plan 1}}", "stages.on.risks.job"),
        ("{value: 1.1, source: plan 1}", "{value: 1.2, source: plan 1}", "effects.0.times"),
        ("counts_as: work", "counts_as: education", "stages.work.counts_as"),
        ("lasts: {value: 12 months", "lasts: {value: 13 months", "lasts"),
        ("starts: 2015-01-01", "starts: 2015-02-01", "starts"),
        ("at_least: 20 %", "at_least: 25 %", "targets.work.at_least"),
        ("{value: 30 %, source: plan 1}", "{value: 31 %, source: plan 1}", "traits.young.share"),
    ],
)
def test_one_number_apart_is_one_entry_at_its_path(old, new, path):
    found = differences(read_text(FLOW), changed(old, new))
    assert set(paths(found)) == {path}
    assert not found.parts


def test_what_follows_is_told_as_such():
    found = differences(read_text(FLOW), changed("{value: 50,", "{value: 60,"))
    assert [(one.path, one.follows) for one in found.entries] == [
        ("groups.g.stock", False),
        ("groups.g.arrivals", True),
    ]


def test_parts_of_one_alone_are_told_once_with_all_they_hold():
    other = changed(
        "  work: {counts_as",
        "  rest: {lasts: {value: 1 week, source: plan 1}, next: {on: 100 %}}\n  work: {counts_as",
    )
    assert differences(read_text(FLOW), other).parts == (PartOfOne("stages", "rest", True),)
    assert differences(other, read_text(FLOW)).parts == (PartOfOne("stages", "rest", False),)


def test_effects_are_known_by_what_they_do_not_by_their_place():
    first = "  - {after: talk, on: job, times: {value: 1.1, source: plan 1}}\n"
    without = changed(first, "")
    found = differences(read_text(FLOW), without)
    assert (found.entries, found.parts) == ((), (PartOfOne("effects", "0", False),))
    swapped = read_text(FLOW.replace(first, "").replace("targets:\n", first + "targets:\n"))
    assert differences(read_text(FLOW), swapped).is_nothing


def test_a_target_that_is_measured_otherwise_is_another_target():
    found = differences(read_text(FLOW), changed("at: end", "at: start"))
    assert not found.entries
    assert found.parts == (PartOfOne("targets", "work", False), PartOfOne("targets", "work", True))


@pytest.mark.parametrize("name", ["alna_aktiv", "vilkar_today", "ips_team"])
def test_a_scenario_differs_in_what_it_sets_and_in_what_follows(name):
    document = read_document(CONFIGS / f"{name}.yaml")
    flow = build_flow(document)
    for scenario in list(flow.scenarios)[:4]:
        run = apply_changes(document, scenario_changes(flow, scenario)[1])
        found = differences(flow, run)
        told = {(one.path, one.follows) for one in run.changes}
        structure = {f"{part.kind}.{part.name}" for part in found.parts}
        for one in found.entries:
            assert any(
                one.path == path
                or path.startswith(f"{one.path}.")
                or one.path.startswith(f"{path}.")
                for path, _ in told
            ), one.path
        for path, _ in told:
            assert any(
                path == one.path
                or path.startswith(f"{one.path}.")
                or one.path.startswith(f"{path}.")
                for one in found.entries
            ) or any(path.startswith(one) or one.startswith(f"{path}.") for one in structure), path


def test_changes_on_top_of_each_other_are_all_seen():
    document = parse(FLOW, "f.yaml")
    run = apply_changes(document, {"groups.g.stock": 70}, {"resources.place.units": "+2"})
    found = differences(build_flow(document), run)
    assert paths(found).keys() == {"groups.g.stock", "resources.place.units"}
    assert found.entries[1].after.number == 7


def guess(value):
    return {"value": value, "assumption": "guess"}


def in_another_order(content, path):
    """Return plain content with one mapping turned round."""
    *above, last = path.split(".")
    place = content
    for key in above:
        place = place[key]
    place[last] = dict(reversed(place[last].items()))
    return content


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("stages.talk.next", ("help, on", "on, help")),
        ("risks", ("job, leave", "leave, job")),
        ("groups", ("g, h", "h, g")),
        ("traits.side.categories", ("east, west", "west, east")),
        ("groups.h.stock_in", ("on, help", "help, on")),
        (
            "stages.talk.next.help.when",
            ("there(on) > 30, there(on) > 10", "there(on) > 10, there(on) > 30"),
        ),
    ],
)
def test_an_order_that_is_run_is_a_difference(path, says):
    content = parse(FLOW, "flow", "flow").content
    content["risks"]["leave"] = {"to": "work", "rate": guess("1 % per month")}
    content["stages"]["on"]["risks"]["leave"] = 1
    content["groups"]["h"] = {
        "starts_in": "on",
        "stock": guess(10),
        "stock_in": {"on": guess("80 %"), "help": guess("20 %")},
    }
    content["traits"]["side"] = {"categories": {"east": guess("40 %"), "west": guess("60 %")}}
    content["stages"]["talk"]["next"]["help"] = {
        "share": guess("60 %"),
        "when": {"there(on) > 30": guess("30 %"), "there(on) > 10": guess("90 %")},
    }
    first = read_text(json.dumps(content))
    second = read_text(json.dumps(in_another_order(content, path)))
    assert paths(differences(first, second)) == {path: says}
    runs = [fingerprints(simulate(flow, seed=1)) for flow in (first, second)]
    assert runs[0] != runs[1], "the order is run"


@pytest.mark.parametrize("path", ["", "resources", "stages.on", "stages.talk", "targets.work"])
def test_an_order_that_is_not_run_is_no_difference(path):
    content = parse(FLOW, "flow", "flow").content
    first = read_text(json.dumps(content))
    turned = in_another_order({"": content}, "") if not path else in_another_order(content, path)
    second = read_text(json.dumps(turned[""] if not path else turned))
    assert differences(first, second).is_nothing
    assert simulate(first, seed=1) == simulate(second, seed=1)
