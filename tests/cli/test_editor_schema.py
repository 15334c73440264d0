"""Schemas with the names of a flow: what they offer, and that they flag what the reader refuses."""

import copy
import json
from pathlib import Path

import jsonschema
import pytest

from pilotsim.base.errors import FlowError
from pilotsim.cli import main
from pilotsim.cli.schema import schema_text_for
from pilotsim.experiments.optimise.reading import read_problem
from pilotsim.experiments.study.reading import read_study
from pilotsim.files.reading import read_text
from pilotsim.files.yaml import parse, read_file
from pilotsim.learning.mapping import read_event_mapping
from pilotsim.monitoring.mapping import read_counts_mapping
from tests.files.small_table import FLOW as FLOW_OF_TABLE
from tests.files.small_table import TABLE

STARTS = ("$defs", "Group", "properties", "starts_in")
NEEDS = ("$defs", "Stage", "properties", "needs", "anyOf", 0)
ROOT = Path(__file__).parent.parent.parent

FLOW = """
flow: small
title: Small
starts: 2015-01-01
lasts: 24 months
periods: {spring: {from: 2015-03-01, until: 2015-06-01}}
shared: {pull: {value: 1, low: 0.5, high: 2, assumption: Guessed}}
traits:
  young: {label: Under thirty, share: {value: 30 %, source: the plan}}
  size: {categories: {small: 50 %, large: 50 %}}
  quick: {normal: [0, 1]}
groups:
  new: {label: {nb: De nye, en: The new}, starts_in: on, stock: 50}
resources:
  place: {label: Places, units: 3, price_per_month: 10, payer: city}
risks:
  job: {to: work, rate: 2 % per month, times: {young: 1.2, size: {small: 1.1}, group: {new: 1.3}}}
stages:
  on:
    label: The programme
    needs: {place: 1}
    keeps: place
    lasts: {gamma: {mean: 2 months, cv: 1}, by: {young: 0.9}, correlated: {job: 0.2}}
    next: {off: {share: 30 %, when: {waiting(on) > 5: 50 %}, odds: {young: 1.1}}, work: rest}
    risks: {job: {started: 1, waiting: 0, to: off}}
    limit: {waiting: 9, else: off}
    put_off: {when_waiting: {4: 50 %}, else: work}
    order: {highest: quick}
  off: {}
  work: {counts_as: work}
  later:
    opens: {every: 1 month, admits: 2}
    draws_from: {from: off, groups: new, traits: {young: true, size: large}}
effects: [{after: on, on: job, times: 1.5, by: {young: 1.1}}]
costs: {meals: {per_month: 3, in: on, groups: new, payer: city}}
payers: {city: The city}
targets:
  t:
    says: t
    assumption: a
    at_least: 20 %
    measure: {share: {reached: work, after: on, groups: new, traits: {young: true}}, of: {left: on}}
  r:
    says: r
    assumption: a
    at_most: 5
    readings:
      one: {says: one, measure: {count: {left_by: job, at: 3 months after on, in_stage: off}}}
      two: {says: two, measure: {count: {reached: off}}}
  w: {says: w, assumption: a, at_most: 3 months, measure: {wait: on}}
  h: {says: h, assumption: a, at_most: 9, measure: {hours: place, in_stages: on}}
  c: {says: c, assumption: a, at_most: 9, measure: {cost: [place, meals], per_month_in_stage: on}}
  u: {says: u, assumption: a, at_least: 9 %, measure: {use: place}}
conflicts: [{says: s, sum: 1 + 1, stated: 3, targets: t}]
critical_factors: {f: {says: f, answer: a, verdicts: [t, r.one], choices: places}}
scenarios: {more: {says: More, set: {resources.place.units: 6, stages.later.opens.first: 2015-02-01}}}
choices:
  places:
    says: How many?
    options: {few: {says: Three}, many: {says: Nine, set: {resources.place.units: 9}}}
  reading: {says: Which?, readings_of: r}
surveys: {ask: {says: ask, of: shared.pull, exactly: true}}
economy:
  participants: {started: on}
  results: {jobs: {says: One more, measure: {count: {reached: work}}}}
decisions:
  d:
    says: Which?
    payers: city
    results: {jobs: 100}
    targets: {t: 5, r.one: 6}
    options: {a: {says: a}, b: {says: b, set: {resources.place.units: 9}}}
"""

# Each place that takes a name: where, and what stands there instead.
WRONG = [
    ("groups.new.starts_in", "onn"),
    ("traits.young.groups", {"nww": "3 %"}),
    ("traits.quick.correlated", {"yong": 0.1}),
    ("resources.place.payer", "town"),
    ("risks.job.to", "wrk"),
    ("risks.job.times", {"yung": 1.2}),
    ("risks.job.times", {"size": {"smal": 1.2}}),
    ("risks.job.times", {"group": {"nw": 1.2}}),
    ("stages.on.needs", {"plase": 1}),
    ("stages.on.keeps", ["plase"]),
    ("stages.on.interrupts", "of"),
    ("stages.on.next", {"of": "30 %", "work": "rest"}),
    ("stages.on.next.off.odds", {"yung": 1.2}),
    ("stages.on.next.off.when", {"waiting(onn) > 5": "50 %"}),
    ("stages.on.next.off.when", {"free(plase) > 5": "50 %"}),
    ("stages.on.risks", {"jb": 1}),
    ("stages.on.risks.job.to", "wrk"),
    ("stages.on.limit.else", "of"),
    ("stages.on.put_off.else", "of"),
    ("stages.on.order", {"highest": "quik"}),
    ("stages.on.lasts.by", {"yung": 1.2}),
    ("stages.on.lasts.correlated", {"jb": 0.2}),
    ("stages.later.draws_from.from", "of"),
    ("stages.later.draws_from.groups", "nw"),
    ("stages.later.draws_from.traits", {"yung": True}),
    ("stages.later.draws_from.traits", {"size": "lage"}),
    ("effects.0.after", "onn"),
    ("effects.0.on", "jb"),
    ("effects.0.by", {"yung": 1.2}),
    ("costs.meals.in", "onn"),
    ("costs.meals.groups", "nw"),
    ("costs.meals.payer", "town"),
    ("targets.t.measure.share.reached", "wrk"),
    ("targets.t.measure.share.after", "onn"),
    ("targets.t.measure.share.groups", ["new", "nw"]),
    ("targets.t.measure.share.traits", {"yung": True}),
    ("targets.t.measure.of.left", "onn"),
    ("targets.r.readings.one.measure.count.left_by", "jb"),
    ("targets.r.readings.one.measure.count.at", "3 months after onn"),
    ("targets.r.readings.one.measure.count.in_stage", "of"),
    ("targets.w.measure.wait", "onn"),
    ("targets.h.measure.hours", "plase"),
    ("targets.h.measure.in_stages", "onn"),
    ("targets.c.measure.cost", "meal"),
    ("targets.c.measure.per_month_in_stage", "onn"),
    ("targets.u.measure.use", "plase"),
    ("conflicts.0.targets", "tt"),
    ("critical_factors.f.verdicts", "r.on"),
    ("critical_factors.f.choices", "place"),
    ("choices.reading.readings_of", "rr"),
    ("surveys.ask.of", "shared.pul"),
    ("decisions.d.payers", "town"),
    ("decisions.d.results", {"job": 100}),
    ("decisions.d.targets", {"r": 100}),
    ("groups.new.stock", {"value": 5, "assumption": "a", "scaled_by": "pul"}),
    ("resources.place.units", {"value": 5, "assumption": "a", "during": {"sprng": 3}}),
    ("economy.participants.started", "onn"),
    # What is no name: kinds of keys of which one is wanted.
    ("stages.on.lasts", {"gamma": {"mean": "1 month", "cv": 1}, "constant": "1 month"}),
    ("stages.on.lasts", {"gamma": {"mean": "1 month"}}),
    ("stages.on.lasts", {"gamma": {"mean": "1 month", "cv": 1, "sd": "1 month"}}),
    ("stages.on.lasts", {"value": "1 month", "gamma": {"mean": "1 month", "cv": 1}}),
    ("stages.on.lasts", {"by": {"young": 1.2}}),
    ("stages.on.lasts", {"gama": {"mean": "1 month", "cv": 1}}),
    ("targets.t.at_most", "30 %"),
    ("targets.t.measure", {"count": {"reached": "off"}, "wait": "on"}),
]


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    place = tmp_path_factory.mktemp("editor") / "flow.yaml"
    place.write_text(FLOW, encoding="utf-8")
    return place


@pytest.fixture(scope="module")
def validator(file):
    return _validator(file)


def _validator(file, kind=None):
    schema = json.loads(schema_text_for(file, kind))
    found = jsonschema.validators.validator_for(schema)
    found.check_schema(schema)
    return found(schema)


def _at(schema, *path):
    """The part of a schema at keys, with what it refers to in its place."""
    found = schema
    for key in path:
        found = found[key]
        if "$ref" in found:
            found = schema["$defs"][found["$ref"].rsplit("/", 1)[-1]]
    return found


def _put(content, path, value):
    *above, last = path.split(".")
    for key in above:
        content = content[int(key) if isinstance(content, list) else key]
    content[last] = value


def test_a_flow_fits_the_schema_with_its_names(file, validator):
    read_text(FLOW)
    validator.validate(parse(read_file(file), str(file)).content)


@pytest.mark.parametrize(("path", "wrong"), WRONG, ids=str)
def test_a_wrong_name_is_flagged_as_the_reader_refuses_it(path, wrong, validator):
    content = copy.deepcopy(parse(FLOW, "flow.yaml").content)
    _put(content, path, wrong)
    assert not validator.is_valid(content)
    with pytest.raises(FlowError) as refused:
        read_text(json.dumps(content))
    assert any(
        path.startswith(one.path) or one.path.startswith(path) for one in refused.value.faults
    )


@pytest.mark.parametrize(("source", "fits"), [("plan-2014, page 3", True), ("plan-2015", False)])
def test_a_source_begins_with_the_name_of_a_document(source, fits, tmp_path):
    file = tmp_path / "flow.yaml"
    file.write_text("flow: f\nsources: {plan-2014: The plan}\n", encoding="utf-8")
    schema = json.loads(schema_text_for(file))
    own = jsonschema.validators.validator_for(schema)
    choice = schema["$defs"]["Choice"]["properties"]["source"]
    assert own({**choice, "$defs": schema["$defs"]}).is_valid(source) == fits


def test_a_path_to_an_unknown_part_is_flagged(validator):
    content = copy.deepcopy(parse(FLOW, "flow.yaml").content)
    for path, fits in (
        ("stages.on.lasts.gamma.mean", True),
        ("stages.on.opens.every", True),
        ("starts", True),
        ("stages.onn.lasts", False),
        ("stags.on.lasts", False),
    ):
        content["scenarios"]["more"]["set"] = {path: "3 weeks"}
        assert validator.is_valid(content) == fits, path


def test_names_are_told_by_their_labels(file):
    schema = json.loads(schema_text_for(file, language="nb"))
    kept = _at(schema, *STARTS)
    assert kept["enum"] == ["on", "off", "work", "later"]
    assert kept["enumDescriptions"] == ["The programme", "", "", ""]
    groups = _at(schema, "$defs", "Cost", "properties", "groups", "anyOf", 0)
    assert groups["enumDescriptions"] == ["De nye"]
    needs = _at(schema, *NEEDS)
    assert needs["properties"]["place"]["description"] == "Places"
    assert needs["additionalProperties"] is False


@pytest.mark.parametrize(
    "file",
    [*sorted(ROOT.glob("configs/**/*.yaml")), *sorted(ROOT.glob("districts/*_district*.yaml"))],
    ids=lambda file: file.stem,
)
def test_shipped_flows_fit_the_schemas_with_their_names(file):
    _validator(file).validate(parse(read_file(file), str(file)).content)


def test_a_flow_that_cannot_be_read_gives_its_names(tmp_path):
    file = tmp_path / "flow.yaml"
    file.write_text(
        "flow: f\nstages:\n  one: {lasts: 3 weks, next: {two: 100 %}}\n  two:\n"
        "resources: {place: {}}\ngroups: {g: {starts_in: on}}\n",
        encoding="utf-8",
    )
    schema = json.loads(schema_text_for(file))
    assert _at(schema, *STARTS)["enum"] == ["one", "two"]
    needs = _at(schema, *NEEDS)
    assert list(needs["properties"]) == ["place"]
    # Which numbers there are is not known for sure: any path may stand where one is asked for.
    own = _at(schema, "$defs", "Target", "properties", "own_input", "anyOf", 0)
    assert {"type": "string"} in own["anyOf"]


def test_names_of_modules_are_among_those_of_a_flow(tmp_path):
    file = tmp_path / "flow.yaml"
    shipped = ROOT / "districts" / "municipality.yaml"
    text = shipped.read_text(encoding="utf-8").replace(": districts/", f": {shipped.parent}/")
    whole = json.loads(schema_text_for(shipped))
    file.write_text(text.replace("starts:", "strats:"), encoding="utf-8")
    broken = json.loads(schema_text_for(file))
    stages = [_at(one, *STARTS)["enum"] for one in (whole, broken)]
    assert stages[0] == stages[1]
    assert any(name not in text for name in stages[0]), "none of them is a module's"


def test_what_a_module_asks_for_is_known(tmp_path):
    file = tmp_path / "flow.yaml"
    text = "flow: f\ntitle: T\nstarts: 2026-01-05\nlasts: 1 year\n"
    text += "stages: {plan: {}}\nuse: {way_in: {module: mapping}}\n"
    file.write_text(text, encoding="utf-8")
    validator = _validator(file)
    content = parse(text, "flow.yaml").content
    for said, fits in (
        ({"with": {"per_week": 5}, "joins": {"done": "plan"}}, True),
        ({"with": {"per_wek": 5}}, False),
        ({"joins": {"dne": "plan"}}, False),
    ):
        content["use"]["way_in"] = {"module": "mapping", **said}
        assert validator.is_valid(content) == fits, said
    # What is taken since is not known yet.
    content["use"] = {"later": {"module": "course", "with": {"any": 3}}}
    assert validator.is_valid(content)
    module = _at(json.loads(schema_text_for(file)), "$defs", "Use", "properties", "module")
    assert "work_box" in _at(json.loads(schema_text_for(file)), "$defs", "module")["enum"], module


def test_numbers_that_stand_in_a_table_are_not_missed(tmp_path):
    (tmp_path / "numbers.csv").write_text(TABLE, encoding="utf-8")
    file = tmp_path / "flow.yaml"
    file.write_text(FLOW_OF_TABLE, encoding="utf-8")
    validator = _validator(file)
    content = parse(FLOW_OF_TABLE, "flow.yaml").content
    validator.validate(content)
    content["stages"]["talk"]["needs"] = {"advisr": 1}
    assert not validator.is_valid(content)


def test_a_module_that_does_not_fit_leaves_its_names_open(tmp_path):
    file = tmp_path / "flow.yaml"
    file.write_text(
        "flow: f\nstages: {one: {}}\nuse: {team: {module: none_of_this_name}}\n", encoding="utf-8"
    )
    kept = _at(json.loads(schema_text_for(file)), *STARTS)
    assert kept["anyOf"][0]["enum"] == ["one"]
    assert "enum" not in kept["anyOf"][1]


def test_what_is_no_yaml_is_a_fault_and_leaves_the_schema_as_it_was(tmp_path, capsys):
    file, out = tmp_path / "flow.yaml", tmp_path / "flow.schema.json"
    file.write_text("flow: f\nstages: {one: [}\n", encoding="utf-8")
    out.write_text("kept", encoding="utf-8")
    with pytest.raises(SystemExit):
        main(["schema", "--for", str(file), "--out", str(out), "--language", "en"])
    assert "flow.yaml:2" in capsys.readouterr().err
    assert out.read_text(encoding="utf-8") == "kept"


def test_what_is_no_flow_is_refused(tmp_path, capsys):
    file = tmp_path / "flow.yaml"
    file.write_text("- one\n- two\n", encoding="utf-8")
    with pytest.raises(SystemExit):
        main(["schema", "--for", str(file), "--language", "en"])
    assert "expected the keys of a flow" in capsys.readouterr().err


def test_the_line_that_names_the_schema_is_told_until_it_is_there(file, tmp_path, capsys):
    own = tmp_path / "flow.yaml"
    own.write_text(FLOW, encoding="utf-8")
    out = tmp_path / "flow.schema.json"
    asked = ["schema", "--for", str(own), "--out", str(out), "--language", "en"]
    main(asked)
    line = "# yaml-language-server: $schema=flow.schema.json"
    assert line in capsys.readouterr().out
    own.write_text(f"{line}\n{FLOW}", encoding="utf-8")
    main(asked)
    assert capsys.readouterr().out == ""


# Files beside a flow, each sound.
STUDY = """
study: s
title: S
flow: flow.yaml
set: {resources.place.units: 4}
scenarios:
  one: {says: One, like: more}
  two: {says: Two, choose: {places: many}, set: {stages.later.opens.first: 2015-02-01}}
design:
  method: sobol_sequence
  points: 64
  over: {posts: {sets: groups.new.stock, levels: [1, 2]}, shared.pull: own_range}
responses:
  targets: [t, r.one]
  measures: {m: {measure: {wait: on}}}
replications: {at_least: 5, at_most: 8, until: {m: {mean: 1 day}, t: {chance: 3 %}}}
analysis:
  differences: {against: one}
  discovery: {misses: t}
  surrogate: m
  rules_out: {scenario: one, figures: {m: {value: 1 day, error: 1 day}, t: {low: 1 %, high: 3 %}}}
"""
SEARCH = """
solve: s
title: S
flow: flow.yaml
scenario: more
target: t
probability: 80 %
levers: {posts: {sets: resources.place.units, levels: [1, 2], price: 3}}
"""
EVALUATION = """
evaluation: e
title: E
flow: flow.yaml
population: {groups: new}
treatment: on
inquiries: {i: {at: 12 months, traits: {young: true}}}
answers: {a: {estimator: regression, inquiry: i, covariates: young}}
designs: {d: {lottery: {blocks: size}, answers: a, sees: {missing: {young: 3 %}}}}
effects: {strength: pull, inquiry: i}
"""
COUNTS = """
counts: c
columns:
  Came: {reached: on, from: off, groups: new}
  There: {in: [on, later]}
watch_for: {half: {says: Half, set: {resources.place.units: 2}}}
"""
EVENTS = """
event_mapping: m
form: events
events: {begun: {enters: on}, ended: {leaves: on, to: off, cause: job}}
stages: {word: work}
causes: {word: finished}
groups: {word: new}
values: {young: {J: 1}}
ends_in: off
"""
BESIDE = {
    "study": (
        STUDY,
        [
            ("set", {"resources.plase.units": 4}),
            ("scenarios.one.like", "mor"),
            ("scenarios.two.choose", {"plases": "many"}),
            ("scenarios.two.choose", {"places": "mny"}),
            ("scenarios.two.set", {"stages.latr.opens.first": "2015-02-01"}),
            ("design.over.posts.sets", "groups.nw.stock"),
            ("design.assumptions", "shared.pul"),
            ("responses.targets", ["t", "r.on"]),
            ("responses.measures.m.measure.wait", "onn"),
            ("replications.until", {"mm": {"mean": "1 day"}}),
            ("analysis.differences.against", "oen"),
            ("analysis.discovery.misses", "tt"),
            ("responses.observed", ["seenn"]),
            ("analysis.surrogate", ["mm"]),
            ("analysis.rules_out.figures", {"mm": {"value": "1 day", "error": "1 day"}}),
            ("analysis.rules_out.figures.m.published", "seenn"),
            ("analysis.rules_out.scenario", "oen"),
        ],
    ),
    "solve": (
        SEARCH,
        [("scenario", "mor"), ("target", "r.on"), ("levers.posts.sets", "resources.plase.units")],
    ),
    "evaluation": (
        EVALUATION,
        [
            ("population.groups", "nw"),
            ("treatment", "onn"),
            ("inquiries.i.traits", {"yung": True}),
            ("answers.a.inquiry", "j"),
            ("designs.d.answers", "b"),
            ("designs.d.sees.missing", {"yung": "3 %"}),
            ("effects.strength", "pul"),
            ("effects.inquiry", "j"),
        ],
    ),
    "counts": (
        COUNTS,
        [
            ("columns.Came.reached", "onn"),
            ("columns.Came.from", "of"),
            ("columns.Came.groups", "nw"),
            ("columns.There.in", ["on", "latr"]),
            ("watch_for.half.set", {"resources.plase.units": 2}),
        ],
    ),
    "event-mapping": (
        EVENTS,
        [
            ("events.begun.enters", "onn"),
            ("events.ended.to", "of"),
            ("events.ended.cause", "jb"),
            ("stages.word", "wrk"),
            ("causes.word", "finishd"),
            ("groups.word", "nw"),
            ("values", {"yung": {"J": 1}}),
            ("ends_in", "of"),
        ],
    ),
}


@pytest.mark.parametrize("kind", BESIDE)
def test_files_beside_a_flow_have_wrong_names_flagged(kind, file, tmp_path):
    text, wrong = BESIDE[kind]
    (tmp_path / "flow.yaml").write_text(FLOW, encoding="utf-8")
    own = tmp_path / "own.yaml"
    own.write_text(text, encoding="utf-8")
    names_flow = "flow:" in text
    validator = _validator(own if names_flow else file, None if names_flow else kind)
    sound = parse(text, "own.yaml").content
    validator.validate(sound)
    for path, name in wrong:
        content = copy.deepcopy(sound)
        _put(content, path, name)
        assert not validator.is_valid(content), path


def test_the_study_the_search_and_the_mapping_are_sound(tmp_path):
    (tmp_path / "flow.yaml").write_text(FLOW, encoding="utf-8")
    for name, text in (("study", STUDY), ("solve", SEARCH), ("events", EVENTS), ("counts", COUNTS)):
        (tmp_path / f"{name}.yaml").write_text(text, encoding="utf-8")
    read_study(tmp_path / "study.yaml")
    read_problem(tmp_path / "solve.yaml")
    read_event_mapping(tmp_path / "events.yaml")
    read_counts_mapping(tmp_path / "counts.yaml")


@pytest.mark.parametrize(
    "file",
    [*sorted(ROOT.glob("experiments/*.yaml")), ROOT / "districts" / "national.yaml"],
    ids=lambda file: file.stem,
)
def test_shipped_files_beside_flows_fit_the_schemas_with_their_names(file):
    _validator(file).validate(parse(read_file(file), str(file)).content)


def test_a_file_that_names_no_flow_asks_for_one(tmp_path, capsys):
    file = tmp_path / "counts.yaml"
    file.write_text(COUNTS, encoding="utf-8")
    with pytest.raises(SystemExit):
        main(["schema", "--for", str(file), "--language", "en"])
    assert "names no flow; give the flow with --for" in capsys.readouterr().err
