"""Checks as files and plans ask for them: found, refused, shown, and nothing given away."""

from __future__ import annotations

import pkgutil
import re
from dataclasses import replace
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

import pilotsim.effects.checks as functions
from pilotsim.base.errors import FlowError
from pilotsim.base.languages import LANGUAGES
from pilotsim.base.messages import Message
from pilotsim.cli import commands
from pilotsim.effects.checks.balance import Balance
from pilotsim.effects.checks.density import check_density
from pilotsim.effects.checks.placebo import Placebos
from pilotsim.effects.estimators.kaplan_meier import IncidenceCurves, kaplan_meier
from pilotsim.evaluation.checks import CheckRequest, find_check, known_checks, run_check
from pilotsim.evaluation.designs import DataStrategy
from pilotsim.evaluation.estimands import Estimand
from pilotsim.evaluation.estimators import make_strategy
from pilotsim.evaluation.pilot import make_worlds, run_pilot
from pilotsim.evaluation.preanalysis_plan import read_plan
from pilotsim.evaluation.register_analysis import analyse
from pilotsim.evaluation.release import LEAST
from pilotsim.evaluation.release.pictures import coarsen_evidence
from pilotsim.evaluation.release.texts import hide_small_counts
from pilotsim.language.catalogue import translate
from tests.evaluation.pilots import build, pilot_flow

ROOT = Path(__file__).parent.parent.parent
IN_WORK = Estimand("in_work", 12)
LATE = {"begins": "2015-07-01", "inquiries": {"in_work": {"at": "6 months"}}}


@pytest.fixture(scope="module")
def late_sample(tmp_path_factory):
    """One drawn pilot whose programme begins half a year into the register."""
    evaluation = build(tmp_path_factory.mktemp("pilot"), **LATE)[0]
    return run_pilot(evaluation, evaluation.designs[0], make_worlds(evaluation, 0), 0).sample


# Any share will do.
SHARE = Estimand("in_work", 12)


def request(sample, **parts) -> CheckRequest:
    own = make_strategy("a", "difference", Estimand("in_work", 6), covariates=("record",))
    usual = {"sample": sample, "strategy": own, "covariates": ("young", "record")}
    return CheckRequest(**usual | parts)


def test_every_public_check_can_be_asked_for():
    adapted = {function.__name__ for own in known_checks().values() for function in own.uses}
    public = set()
    for module in pkgutil.iter_modules(functions.__path__):
        content = vars(import_module(f"{functions.__name__}.{module.name}"))
        public |= {name for name in content if name.startswith("check_")}
    # A lottery's balance is that of `balance`; trends of any differences are those of groups.
    assert public - adapted == {"check_lottery", "check_trends"}


def test_the_documentation_lists_each_check_with_its_options():
    text = (ROOT / "docs" / "estimators.md").read_text(encoding="utf-8")
    table = text.partition("## As checks of files and plans")[2].partition("\n## ")[0]
    rows = dict(re.findall(r"^\| `(\w+)` \|.*\| ([^|]*) \|$", table, re.MULTILINE))
    assert set(rows) == set(known_checks())
    for name, options in rows.items():
        assert re.findall(r"`(\w+)`", options) == list(find_check(name).options), name


@pytest.mark.parametrize("language", [one for one in LANGUAGES if one != "en"])
def test_what_a_check_asks_is_said_in_every_language(language):
    for own in known_checks().values():
        assert translate(own.asks, language) != own.asks


@pytest.mark.parametrize("name", [name for name in known_checks() if name != "density"])
def test_each_check_has_a_verdict_on_a_pilot(name, late_sample):
    found = run_check(name, request(late_sample))
    assert found.passed is not None, found.text
    assert np.isfinite(found.statistic)
    assert isinstance(found.text, Message)


def test_the_limit_of_the_rule_is_that_of_the_density(late_sample):
    rule = DataStrategy.model_validate({"limit": {"trait": "record", "below": 0.25}})
    record = late_sample.panel.traits["record"]
    found = run_check("density", request(late_sample, rule=rule))
    assert found.statistic == check_density(record, 0.25).statistic
    assert run_check("density", request(late_sample)).passed is None


def test_placebo_dates_lie_before_the_programme_and_see_nothing_of_it(late_sample):
    """What happens from the programme's first month on changes no placebo."""
    asked = request(late_sample, options={"months": 3, "dates": 2})
    found = run_check("placebo", asked)
    assert isinstance(found.evidence, Placebos)
    assert found.evidence.names == ("2015-04", "2015-01")
    work = late_sample.panel.in_work.copy()
    work[:, late_sample.listed :] = 1.0
    other = replace(late_sample, panel=replace(late_sample.panel, in_work=work))
    again = run_check("placebo", replace(asked, sample=other))
    assert again.evidence == found.evidence


def test_a_check_that_cannot_be_made_says_why(late_sample):
    found = run_check("balance", request(late_sample, covariates=()))
    assert (found.passed, found.name) == (None, "balance")
    assert "no traits to compare" in found.text
    early = replace(late_sample, listed=0)
    assert (
        "months before the programme"
        in run_check("placebo", request(early, options={"months": 6})).text
    )


def test_a_misspelt_check_is_a_fault_of_the_file_with_its_place(tmp_path):
    with pytest.raises(FlowError, match="checks: no check 'overlaps'; did you mean 'overlap'"):
        build(tmp_path, checks=["overlaps"])
    with pytest.raises(FlowError, match="overlap: no option 'targt'; did you mean 'target'"):
        build(tmp_path, checks={"overlap": {"targt": "ATT"}})


ANSWERS = {
    "difference": {"estimator": "difference", "inquiry": "in_work", "covariates": ["young"]},
    "adjusted": {"estimator": "adjusted", "inquiry": "in_work", "covariates": ["young", "record"]},
}
DESIGNS = {"lottery": {"lottery": {}, "answers": ["difference", "adjusted"]}}


def planned(folder: Path, **parts) -> Path:
    build(folder, **LATE, answers=ANSWERS, designs=DESIGNS, **parts)
    run = CliRunner().invoke(
        commands, ["plan", str(folder / "evaluation.yaml"), "--out", str(folder / "plan")]
    )
    assert run.exit_code == 0, run.output
    return folder / "plan" / "plan.json"


def drawn_panel(folder: Path, **parts):
    evaluation = build(folder, **LATE, answers=ANSWERS, designs=DESIGNS, **parts)[0]
    sample = run_pilot(evaluation, evaluation.designs[0], make_worlds(evaluation, 0), 0).sample
    return replace(sample.panel, traits={**sample.panel.traits, "assigned": sample.arm})


def test_a_plan_carries_its_checks_and_the_analysis_shows_them_with_figures(tmp_path):
    checks = {"balance": {}, "overlap": {"least": 0.4}, "placebo": {"months": 3}, "density": {}}
    # So many that nobody could be known from a month before the programme.
    many = {"flow": pilot_flow(groups={"clients": {"stock": 1500, "starts_in": "assistance"}})}
    plan_file = planned(tmp_path, checks=checks, **many)
    plan, unchanged = read_plan(plan_file)
    assert unchanged
    assert plan.checks == checks
    assert "least: 0.4" in (plan_file.parent / "plan.md").read_text(encoding="utf-8")
    drawn_panel(tmp_path, **many).to_frame().to_csv(tmp_path / "extract.csv", index=False)
    command = ["estimate", str(tmp_path / "extract.csv"), "--plan", str(plan_file)]
    out = tmp_path / "out"
    run = CliRunner().invoke(commands, [*command, "--out", str(out), "--language", "sv"])
    assert run.exit_code == 0, run.output
    assert "Med vikter säger" in run.output
    assert "Det kunde inte kontrolleras" in " ".join(run.output.split())
    figures = {file.stem for file in out.glob("*.svg")}
    assert {"love_lottery", "love_overlap", "placebo_dates"} <= figures


def test_answers_that_go_together_are_corrected_less_by_lots_drawn_anew(tmp_path):
    """Two answers that are nearly one: Holm doubles the smaller p-value, Romano and Wolf hardly raise it."""
    plan, _ = read_plan(planned(tmp_path, correction="romano_wolf"))
    panel = drawn_panel(tmp_path)
    wolf = analyse(panel, plan)
    holm = analyse(panel, plan.model_copy(update={"correction": "holm"}))
    p = min(finding.effect.p for finding in wolf.findings)
    by_lots = min(finding.adjusted_p for finding in wolf.findings)
    assert min(finding.adjusted_p for finding in holm.findings) == pytest.approx(min(1.0, 2 * p))
    # 499 draws: a standard error of at most 0.022.
    assert p - 0.08 < by_lots < 2 * p or p > 0.5


def test_lots_cannot_be_drawn_anew_where_none_were_drawn(tmp_path):
    build(
        tmp_path,
        **LATE,
        correction="romano_wolf",
        answers={
            "weighted": {
                "estimator": "doubly_robust",
                "inquiry": "in_work",
                "covariates": ["record"],
            }
        },
        designs={"chosen": {"caseworker": {"weights": {"record": 1}}, "answers": ["weighted"]}},
    )
    run = CliRunner().invoke(
        commands, ["plan", str(tmp_path / "evaluation.yaml"), "--out", str(tmp_path / "plan")]
    )
    assert run.exit_code != 0
    assert "romano_wolf draws lots anew" in str(run.exception)


def test_small_counts_are_hidden_in_every_language():
    note = Message("{missing} of {clients} clients have no outcome", missing=3, clients=40)
    hidden = hide_small_counts(note)
    assert hidden == "fewer than 5 of 40 clients have no outcome"
    assert hide_small_counts("3 of 40 clients") == "fewer than 5 of 40 clients"
    assert hidden.template == note.template


def test_a_curve_steps_only_where_enough_have_left():
    """Exits at 1 to 12, one each: steps at 5 and 10, and the last two are not shown."""
    curve = kaplan_meier(np.arange(1.0, 13.0), np.ones(12))
    coarse = coarsen_evidence(IncidenceCurves(curve, curve), LEAST, SHARE)
    assert coarse.offered.times.tolist() == [5.0, 10.0]
    assert coarse.offered.events.tolist() == [5.0, 5.0]
    # To whole per cents: 7 and 2 of 12.
    assert coarse.offered.estimate.tolist() == [0.58, 0.17]
    few = kaplan_meier(np.arange(1.0, 5.0), np.ones(4))
    assert coarsen_evidence(IncidenceCurves(curve, few), LEAST, SHARE) is None


def test_differences_that_are_drawn_have_the_digits_that_are_said():
    balance = Balance(("a",), np.array([0.123456]), np.array([0.04]), np.array([1.0]))
    assert coarsen_evidence(balance, LEAST, SHARE).before.tolist() == [0.12]
