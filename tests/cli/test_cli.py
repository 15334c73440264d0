"""The command line as its users meet it."""

import copy
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import jsonschema
import pytest

from pilotsim.base.errors import FlowError
from pilotsim.cli.schema import schema, schema_text
from pilotsim.files.reading import read_document, read_text

ROOT = Path(__file__).parent.parent.parent
ALNA = ROOT / "configs" / "alna_aktiv.yaml"
SMALL = """
flow: small
title: {nb: Liten, en: Small}
starts: 2015-01-01
lasts: 6 months
groups: {g: {starts_in: on, stock: 20}}
risks: {job: {to: work, rate: {value: 5 % per month, low: 1, high: 9, assumption: guess, label: Job}}}
stages: {on: {risks: {job: 1}}, work: {counts_as: work}}
targets:
  work: {says: {nb: alle i arbeid, en: all in work}, at_least: 90 %, measure: {share: {reached: work}, of: {groups: g}}}
"""


def run(*arguments, cwd=None, **options):
    command = [sys.executable, "-m", "pilotsim", *map(str, arguments)]
    return subprocess.run(
        command, capture_output=True, text=True, encoding="utf-8", cwd=cwd, check=False, **options
    )


@pytest.fixture
def small(tmp_path):
    file = tmp_path / "small.yaml"
    file.write_text(SMALL, encoding="utf-8")
    return file


def test_check_ends_with_0_and_names_the_verdict(small):
    done = run("check", small, "-n", "40", "--language", "en")
    assert done.returncode == 0, done.stderr
    assert "all in work" in done.stdout
    assert "unlikely" in done.stdout


@pytest.mark.parametrize(
    ("language", "word", "place"),
    [
        ("nb", "lite sannsynlig", "Side, figurer og tabeller: "),
        ("en", "unlikely", "Page, figures and tables: "),
        ("sv", "osannolikt", "Sida, figurer och tabeller: "),
    ],
)
def test_every_language_is_spoken(small, tmp_path, language, word, place):
    out = tmp_path / "out"
    done = run("check", small, "-n", "20", "--language", language, "--out", out)
    assert word in done.stdout
    assert f"{place}{out / 'index.html'}" in done.stdout
    assert f'lang="{language}"' in (out / "index.html").read_text(encoding="utf-8")


def test_strict_ends_with_3_where_a_target_falls_short(small):
    assert run("check", small, "-n", "20", "--strict").returncode == 3


def test_strict_ends_with_0_where_all_are_met(small):
    done = run("check", small, "-n", "20", "--strict", "--set", "targets.work.at_least=0 %")
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--set", "risks.jb.rate=1 % per month"], "did you mean 'job'"),
        (["--set", "risks.job.rate=1 % pr month"], "expected a rate"),
        (["--set", "nonsense"], "expected path=value"),
        (["--scenario", "nothing"], "has no scenario 'nothing'"),
        (["--replications", "0"], "Invalid value"),
        (["--langauge", "nb"], "--language"),
        (["--json", "no/such/folder/x.json"], "cannot write"),
    ],
)
def test_faults_of_the_input_end_with_2_and_no_traceback(small, arguments, message):
    done = run("check", small, *arguments, "--language", "en")
    assert done.returncode == 2
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_missing_file_names_its_neighbours(small):
    done = run("check", small.with_name("smal.yaml"))
    assert done.returncode == 2
    assert "small.yaml" in done.stderr


def test_broken_file_shows_every_fault_with_its_line(small):
    small.write_text(
        SMALL.replace("stock: 20", "stok: 20").replace("at_least: 90 %", "at_least: 190 %"),
        encoding="utf-8",
    )
    done = run("check", small, "--language", "en")
    assert done.returncode == 2
    assert "did you mean 'stock'" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 2


def test_same_seed_same_json(small, tmp_path):
    for name, jobs in (("a", 1), ("b", 2)):
        assert (
            run(
                "check", small, "-n", "45", "--jobs", jobs, "--json", tmp_path / f"{name}.json"
            ).returncode
            == 0
        )
    assert (tmp_path / "a.json").read_bytes() == (tmp_path / "b.json").read_bytes()
    found = json.loads((tmp_path / "a.json").read_text(encoding="utf-8"))
    assert (found["flow"], found["replications"], found["verdicts"][0]["target"]) == (
        "small",
        45,
        "work",
    )


def test_engines_give_the_same_json(small, tmp_path):
    for engine in ("kernel", "process"):
        assert (
            run(
                "check",
                small,
                "-n",
                "10",
                "--engine",
                engine,
                "--json",
                tmp_path / f"{engine}.json",
            ).returncode
            == 0
        )
    assert (tmp_path / "kernel.json").read_bytes() == (tmp_path / "process.json").read_bytes()


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def heeds_interrupts():
    """A process started in the background of a shell is deaf to interrupts, and so are those it starts."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


def test_interrupt_ends_with_130_and_leaves_nothing_half(tmp_path):
    command = [
        sys.executable,
        "-m",
        "pilotsim",
        "check",
        str(ALNA),
        "-n",
        "100000",
        "--jobs",
        "2",
        "--json",
        str(tmp_path / "x.json"),
    ]
    running = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=heeds_interrupts,  # noqa: PLW1509
    )
    time.sleep(12)
    os.killpg(running.pid, signal.SIGINT)
    try:
        _, errors = running.communicate(timeout=60)
    finally:
        if running.poll() is None:
            os.killpg(running.pid, signal.SIGKILL)
    assert running.returncode == 130
    assert "Traceback" not in errors
    assert not list(tmp_path.iterdir())


def test_help_starts_without_the_slow_libraries():
    code = "import sys; from pilotsim import cli; slow = {'numpy', 'scipy', 'pandas', 'matplotlib', 'numba', 'pydantic', 'rich'}; print(sorted(slow & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


KINDS_OF_FILES = [file.name.split(".")[0] for file in sorted(ROOT.glob("schema/*.schema.json"))]


def test_every_kind_of_file_has_its_schema_committed():
    kinds = next(one for one in schema.params if one.name == "kind").type.choices
    assert sorted(kinds) == KINDS_OF_FILES


@pytest.mark.parametrize("kind", KINDS_OF_FILES)
def test_committed_schema_is_that_of_the_code(kind):
    assert schema_text(kind) == (ROOT / "schema" / f"{kind}.schema.json").read_text(
        encoding="utf-8"
    )


def test_schema_is_printed():
    assert json.loads(run("schema", "--kind", "study").stdout)["title"] == "StudyFile"


@pytest.mark.parametrize(
    "file", sorted(ROOT.glob("experiments/*.yaml")), ids=lambda file: file.stem
)
def test_experiments_fit_the_schema_that_editors_use(file):
    content = read_document(file).content
    kind = next(kind for kind in ("study", "solve", "evaluation") if kind in content)
    jsonschema.validate(content, json.loads(schema_text(kind)))


@pytest.fixture(scope="module")
def flow_validator():
    """The schema of flows, itself held to that of schemas once."""
    schema = json.loads((ROOT / "schema" / "flow.schema.json").read_text(encoding="utf-8"))
    kind = jsonschema.validators.validator_for(schema)
    kind.check_schema(schema)
    return kind(schema)


@pytest.mark.parametrize("file", sorted(ROOT.glob("configs/**/*.yaml")), ids=lambda file: file.stem)
def test_configs_fit_the_schema_that_editors_use(file, flow_validator):
    flow_validator.validate(read_document(file).content)


PLAIN_FLOW = {
    "flow": "f",
    "title": "T",
    "starts": "2015-01-01",
    "lasts": "3 weeks",
    "groups": {"g": {"starts_in": "on", "stock": 5, "arrivals": "4 per month"}},
    "traits": {"young": {"share": "30 %"}},
    "resources": {"place": {"units": 3}},
    "stages": {
        "on": {"lasts": {"gamma": {"mean": "1 month", "cv": 1}}, "next": {"off": "100 %"}},
        "off": {},
    },
    "targets": {"t": {"says": "t", "at_least": 2, "measure": {"count": {"reached": "off"}}}},
}
SLIPS = [
    ("lasts", "3 weks"),
    ("lasts", {"value": "3 weeks", "low": "1 weke"}),
    ("groups.g.arrivals", "5 per moth"),
    ("groups.g.arrivals", "five per month"),
    ("traits.young.share", "30"),
    ("traits.young", {"share": "30 %", "normal": [0, 1]}),
    ("resources.place", {"units": 3, "fte": 2}),
    ("resources.place", {}),
    ("stages.on.lasts", "2 working months"),
    ("stages.on.lasts", {"gamma": {"mean": "1 month", "cv": 1}, "constant": "1 month"}),
    ("stages.on.lasts", {"gamma": {"mean": "1 moth", "cv": 1}}),
    ("stages.on.lats", "1 month"),
    ("targets.t.at_most", 3),
    ("targets.t.measure", {"count": {"reached": "off"}, "wait": "on"}),
    ("targets.t.measure", {}),
]


@pytest.mark.parametrize(("path", "slip"), SLIPS, ids=str)
def test_the_schema_that_editors_use_flags_what_the_reader_refuses(path, slip, flow_validator):
    content = copy.deepcopy(PLAIN_FLOW)
    *above, last = path.split(".")
    place = content
    for key in above:
        place = place[key]
    assert flow_validator.is_valid(content)
    read_text(json.dumps(content))
    place[last] = slip
    assert not flow_validator.is_valid(content)
    with pytest.raises(FlowError):
        read_text(json.dumps(content))


@pytest.mark.parametrize("file", sorted(ROOT.glob("configs/**/*.yaml")), ids=lambda file: file.stem)
def test_configs_name_the_schema(file):
    first = file.read_text(encoding="utf-8").splitlines()[0]
    depth = len(file.relative_to(ROOT).parts) - 1
    assert first == f"# yaml-language-server: $schema={'../' * depth}schema/flow.schema.json"


def test_without_the_compiler_the_readable_engine_takes_over_and_says_so(small):
    code = (
        "import sys; sys.modules['numba'] = None\n"
        "import pilotsim.simulation.engines as e; e.is_installed = lambda name: False\n"
        f"from pilotsim.cli import main; main(['check', {str(small)!r}, '-n', '5', '--jobs', '1', '--no-what-if', '--language', 'en'])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, encoding="utf-8", check=False
    )
    assert done.returncode == 0, done.stderr
    assert "the readable engine takes over" in done.stderr
