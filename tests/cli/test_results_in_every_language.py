"""Every command that shows a result shows it in every language, with the same numbers on screen and page."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape

import pytest
from click.testing import CliRunner

from pilotsim.base.languages import LANGUAGES
from pilotsim.cli import commands
from pilotsim.evaluation.pilot import make_worlds, run_pilot
from tests.evaluation.pilots import build
from tests.experiments.optimise.small import SOLVE, write
from tests.experiments.study.small import STUDY, write_study

# A word of each command's screen in each language that the others do not say so.
SAID = {
    "run": {"nb": "simuleringer", "en": "runs", "sv": "simuleringar"},
    "analyse": {"nb": "Hovedfunn", "en": "Main findings", "sv": "Huvudresultat"},
    "solve": {"nb": "Hva som er prøvd", "en": "What was tried", "sv": "Vad som har prövats"},
    "evaluate": {"nb": "Skjevhet", "en": "Bias", "sv": "Snedvridning"},
    "plan": {"nb": "Analyseplan", "en": "Pre-analysis plan", "sv": "Analysplan"},
    "estimate": {"nb": "Kontroller", "en": "Checks", "sv": "Kontroller"},
    "merge": {"nb": "Resultater:", "en": "Results:", "sv": "Resultat:"},
}


def said(*arguments: object) -> str:
    """What a command prints; it must end well."""
    run = CliRunner().invoke(commands, [str(one) for one in arguments])
    assert run.exit_code == 0, run.output
    return run.output


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    folder = tmp_path_factory.mktemp("study")
    text = STUDY + "analysis: {differences: {against: as_written}}\n"
    return write_study(folder, text)


@pytest.fixture(scope="module")
def parts(study):
    for part in ("1/2", "2/2"):
        place = study.parent / f"part{part[0]}"
        said("run", study, "--jobs", 1, "--shard", part, "--out", place)
    return [study.parent / "part1", study.parent / "part2"]


@pytest.fixture(scope="module")
def search(tmp_path_factory):
    text = SOLVE.replace("60000", "600").replace("frontier: 10", "frontier: 2")
    return write(tmp_path_factory.mktemp("search"), text)


@pytest.fixture(scope="module")
def register(tmp_path_factory):
    """An evaluation file, and an extract of one drawn pilot beside it."""
    folder = tmp_path_factory.mktemp("evaluation")
    evaluation = build(folder, begins="2015-01-01", draws=4)[0]
    sample = run_pilot(evaluation, evaluation.designs[0], make_worlds(evaluation, 0), 0).sample
    panel = replace(sample.panel, traits={**sample.panel.traits, "assigned": sample.arm})
    panel.to_frame().to_csv(folder / "extract.csv", index=False)
    return folder


@pytest.mark.parametrize("language", LANGUAGES)
def test_studies_speak_every_language(study, parts, language):
    out = study.parent / f"run_{language}"
    shown = said("run", study, "--jobs", 1, "--out", out, "--language", language)
    assert SAID["run"][language] in shown
    assert SAID["analyse"][language] in shown
    again = said("analyse", out, "--out", out / "again", "--language", language)
    assert SAID["analyse"][language] in again
    together = said("merge", study.parent / f"all_{language}", *parts, "--language", language)
    assert SAID["merge"][language] in together
    # Parts put together come to what the whole comes to.
    assert rows_of(together) == rows_of(shown)


def rows_of(shown: str) -> list[str]:
    return [line for line in shown.splitlines() if " · " in line]


@pytest.mark.parametrize("language", LANGUAGES)
def test_searches_speak_every_language(search, language):
    out = search.parent / language
    shown = said("solve", search, "--jobs", 1, "--out", out, "--language", language)
    assert SAID["solve"][language] in shown
    assert_page_says(shown, out)


@pytest.mark.parametrize("language", LANGUAGES)
def test_evaluations_plans_and_registers_speak_every_language(register, language):
    file, out = register / "evaluation.yaml", register / language
    command = ["evaluate", file, "--jobs", 1, "--out", out / "report", "--language", language]
    shown = said(*command)
    assert SAID["evaluate"][language] in shown
    assert_page_says(shown, out / "report")

    shown = said("plan", file, "--out", out / "plan", "--language", language)
    assert SAID["plan"][language] in shown

    plan = out / "plan" / "plan.json"
    command = ["estimate", register / "extract.csv", "--plan", plan, "--out", out / "found"]
    shown = said(*command, "--language", language)
    assert SAID["estimate"][language] in shown
    assert_page_says(shown, out / "found")


def assert_page_says(shown, out):
    """Every number that the screen shows stands on the page as well."""
    page = (out / "index.html").read_text(encoding="utf-8")
    text = unescape(re.sub(r"<[^>]*>", " ", re.sub(r'src="[^"]*"', "", page)))
    numbers = re.findall(r"\d+[.,]\d+", shown.replace(str(out), ""))
    assert numbers
    assert not [number for number in numbers if number not in text]
