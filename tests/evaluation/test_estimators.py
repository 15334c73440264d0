"""The register of estimators: everything in `effects` can be asked for, by one list of names."""

from __future__ import annotations

import json
import pkgutil
import re
from dataclasses import replace
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

import pilotsim.effects.estimators as functions
from pilotsim.base.errors import EstimationError, FlowError, RequestError
from pilotsim.base.languages import LANGUAGES
from pilotsim.cli import commands
from pilotsim.effects.estimators.competing_risks import estimate_incidence
from pilotsim.effects.estimators.cox import cox
from pilotsim.effects.estimators.gray import gray_test
from pilotsim.effects.estimators.hazard_effects import estimate_fine_gray
from pilotsim.evaluation.estimands import Estimand
from pilotsim.evaluation.estimators import (
    WITHOUT_ADAPTER,
    ask,
    find_estimator,
    known_estimators,
    make_strategy,
)
from pilotsim.evaluation.evaluation_file import EvaluationFile
from pilotsim.evaluation.pilot import make_worlds, run_pilot
from pilotsim.evaluation.register.panel import STATES
from pilotsim.evaluation.run import evaluate
from pilotsim.language.catalogue import translate
from tests.evaluation.pilots import build

ROOT = Path(__file__).parent.parent.parent
IN_WORK = Estimand("in_work", 12)


def public_estimators() -> set[str]:
    found = set()
    for module in pkgutil.iter_modules(functions.__path__):
        content = vars(import_module(f"{functions.__name__}.{module.name}"))
        found |= {name for name in content if name.startswith("estimate_")}
    return found


def test_every_public_estimator_has_an_adapter_or_a_reason():
    adapted = {function.__name__ for own in known_estimators().values() for function in own.uses}
    assert len(adapted) > 15
    assert public_estimators() - adapted == set(WITHOUT_ADAPTER)


def test_the_schema_lists_the_names_of_the_register():
    schema = EvaluationFile.model_json_schema()
    enum = schema["$defs"]["Answer"]["properties"]["estimator"]["enum"]
    assert enum == sorted(known_estimators())
    committed = json.loads((ROOT / "schema" / "evaluation.schema.json").read_text("utf-8"))
    assert committed["$defs"]["Answer"]["properties"]["estimator"]["enum"] == enum


def rows_of(heading: str) -> dict[str, list[str]]:
    """The cells of a table in the documentation of the estimators, by the name in the first."""
    text = (ROOT / "docs" / "estimators.md").read_text(encoding="utf-8")
    table = text.partition(heading)[2].partition("\n#")[0]
    rows = re.findall(r"^\| `(\w+)` \|(.*)\|$", table, re.MULTILINE)
    return {name: [cell.strip() for cell in rest.split("|")] for name, rest in rows}


def test_the_documentation_lists_each_estimator_with_its_options():
    rows = rows_of("## As answers of files and plans")
    assert set(rows) == set(known_estimators())
    for name, cells in rows.items():
        assert re.findall(r"`(\w+)`", cells[-1]) == list(find_estimator(name).options), name


def test_the_documentation_says_what_each_estimator_answers():
    rows = rows_of("### What each answers")
    assert set(rows) == set(known_estimators())
    for name, cells in rows.items():
        own = find_estimator(name).contract
        told = [tuple(re.findall(r"`(\w+)`", cell)) for cell in cells]
        assert told == [own.kinds, own.who, own.assignments], name


@pytest.mark.parametrize("language", [one for one in LANGUAGES if one != "en"])
def test_what_an_estimator_rests_on_is_said_in_every_language(language):
    for own in known_estimators().values():
        assert translate(own.rests_on, language) != own.rests_on


def test_an_unknown_name_or_option_is_refused_with_what_was_meant():
    with pytest.raises(RequestError, match="no estimator 'diference'; did you mean 'difference'"):
        make_strategy("a", "diference", IN_WORK)
    with pytest.raises(RequestError, match="ipw: no option 'targt'; did you mean 'target'"):
        make_strategy("a", "ipw", IN_WORK, options={"targt": "ATE"})


def test_a_misspelt_option_is_a_fault_of_the_file_with_its_place(tmp_path):
    answer = {"estimator": "did", "inquiry": "in_work", "options": {"befor": 6}}
    with pytest.raises(FlowError, match=r"answers\.difference: did: no option 'befor'"):
        build(tmp_path, answers={"difference": answer})


def test_a_ratio_answers_only_whether_something_was_reached():
    with pytest.raises(
        RequestError, match="cox answers an inquiry with reached, not one with 'at'"
    ):
        make_strategy("a", "cox", IN_WORK)


REACHED_WORK = {"reached_work": {"reached": "12 months"}}
COX = {"estimator": "cox", "inquiry": "reached_work", "covariates": ["young", "record"]}


def test_a_ratio_has_power_and_false_positives_but_no_bias(tmp_path):
    """It is counted in something else than the truth: neither may be subtracted from the other."""
    cells = build(
        tmp_path,
        inquiries=REACHED_WORK,
        answers={"ratio": COX},
        designs={"lottery": {"lottery": {}, "answers": ["ratio"]}},
        draws=12,
    )
    found = evaluate(cells).tried[0]
    assert found.diagnosis.worked == 12
    assert np.isnan([found.diagnosis.bias.value, found.diagnosis.coverage.value]).all()
    assert 0.0 <= found.diagnosis.power.value <= 1.0
    assert not found.is_in_points
    assert not found.diagnosis.is_biased


def test_a_hazard_ratio_is_that_of_the_spells_and_shown_as_a_ratio(tmp_path):
    """From the file to the page: the number of `cox` on spells made by hand, and no percentage points."""
    build(
        tmp_path,
        begins="2015-01-01",
        inquiries=REACHED_WORK,
        answers={"ratio": COX | {"covariates": []}},
        designs={"lottery": {"lottery": {}, "answers": ["ratio"]}},
    )
    run = CliRunner().invoke(
        commands, ["plan", str(tmp_path / "evaluation.yaml"), "--out", str(tmp_path / "plan")]
    )
    assert run.exit_code == 0, run.output
    evaluation = build(
        tmp_path,
        begins="2015-01-01",
        inquiries=REACHED_WORK,
        answers={"ratio": COX},
        designs={"lottery": {"lottery": {}, "answers": ["ratio"]}},
    )[0]
    sample = run_pilot(evaluation, evaluation.designs[0], make_worlds(evaluation, 0), 0).sample
    panel = replace(sample.panel, traits={**sample.panel.traits, "assigned": sample.arm})
    panel.to_frame().to_csv(tmp_path / "extract.csv", index=False)

    exits, events = [], []
    for months in panel.in_work[:, sample.listed : sample.listed + 12]:
        reached = np.flatnonzero(months == 1.0)
        exits.append(reached[0] + 1.0 if len(reached) else 12.0)
        events.append(len(reached) > 0)
    fit = cox(exits, events, sample.arm)

    command = [
        "estimate",
        str(tmp_path / "extract.csv"),
        "--plan",
        str(tmp_path / "plan/plan.json"),
    ]
    run = CliRunner().invoke(commands, [*command, "--language", "en"])
    assert run.exit_code == 0, run.output
    assert f"{np.exp(fit.coefficients[0]):.2f} (ratio)" in run.output


@pytest.fixture(scope="module")
def lottery_sample(tmp_path_factory):
    """The register of one drawn pilot: 100 of 200 clients drawn by lot."""
    evaluation = build(tmp_path_factory.mktemp("pilot"))[0]
    return run_pilot(evaluation, evaluation.designs[0], make_worlds(evaluation, 0), 0).sample


REACHED_12 = Estimand("reached_work", 12, kind="reached")
UNTIL_12 = Estimand("until_work", 12, kind="months_until")
SINCE_6 = Estimand("since_offer", 6, kind="since_offer")


def spells_by_hand(sample, months=12):
    """Months to the first one in work (1), the first on another benefit (2), or the end (0)."""
    other = STATES.index("other_benefit")
    exits, causes = [], []
    for work, status in zip(sample.panel.in_work, sample.panel.status, strict=True):
        exit, cause = months, 0
        for month in range(months):
            at = sample.listed + month
            if work[at] == 1.0 or status[at] == other:
                exit, cause = month + 1, 1 if work[at] == 1.0 else 2
                break
        exits.append(float(exit))
        causes.append(cause)
    return np.array(exits), np.array(causes)


def test_a_share_by_kaplan_and_meier_is_the_plain_share_where_nobody_is_lost(lottery_sample):
    own = make_strategy("a", "kaplan_meier", REACHED_12)
    found = ask(own, lottery_sample)
    reached = lottery_sample.outcome(REACHED_12)
    arm = lottery_sample.arm
    assert found.estimate == pytest.approx(reached[arm == 1].mean() - reached[arm == 0].mean())
    assert found.low < found.estimate < found.high


def test_competing_exits_end_the_wait_for_work(lottery_sample):
    exits, causes = spells_by_hand(lottery_sample)
    assert (causes == 2).sum() > 5
    arm = lottery_sample.arm
    expected = {
        "fine_gray": estimate_fine_gray(exits, causes, arm),
        "incidence": estimate_incidence(exits, causes, arm, at=12.0),
    }
    for name, effect in expected.items():
        own = make_strategy("a", name, REACHED_12, options={"exits": ["other_benefit"]})
        found = ask(own, lottery_sample)
        assert (found.estimate, found.error) == pytest.approx((effect.estimate, effect.error))


def test_months_lost_before_work_have_the_sign_of_months_until(lottery_sample):
    """Without other exits both are the same difference, by two roads."""
    lost = ask(make_strategy("a", "time_lost", UNTIL_12, options={"exits": []}), lottery_sample)
    mean = ask(make_strategy("a", "restricted_mean", UNTIL_12), lottery_sample)
    assert lost.estimate == pytest.approx(mean.estimate)
    assert lost.low < lost.estimate < lost.high


def test_a_test_has_a_p_value_and_a_side_but_no_size(lottery_sample):
    exits, causes = spells_by_hand(lottery_sample)
    ranks = gray_test(exits, causes, lottery_sample.arm)
    found = ask(make_strategy("a", "gray", REACHED_12), lottery_sample)
    assert found.p == pytest.approx(ranks.p)
    assert np.sign(found.estimate) == np.sign(ranks.observed[1] - ranks.expected[1])
    assert found.scale == "test"
    logged = ask(make_strategy("a", "log_rank", REACHED_12), lottery_sample)
    assert 0.0 < logged.p < 1.0


def test_hazards_by_whole_months_are_near_those_in_continuous_time(lottery_sample):
    """The complementary log-log estimates the same ratio: within a tenth of a standard error."""
    months = ask(make_strategy("a", "discrete_hazard", REACHED_12), lottery_sample)
    time = ask(make_strategy("a", "cox", REACHED_12), lottery_sample)
    assert months.estimate == pytest.approx(time.estimate, abs=0.1 * time.error)
    odds = make_strategy("a", "discrete_hazard", REACHED_12, options={"link": "logit"})
    assert ask(odds, lottery_sample).estimate != months.estimate


def test_participation_counts_the_wait_as_waiting(lottery_sample):
    started = replace(REACHED_12, who="treated")
    found = ask(make_strategy("a", "participation", started), lottery_sample)
    assert found.scale == "log_ratio"
    nobody = replace(
        lottery_sample, panel=replace(lottery_sample.panel, started=np.full(200, np.inf))
    )
    with pytest.raises(EstimationError, match="nobody started"):
        ask(make_strategy("a", "participation", started), nobody)


def test_an_event_study_is_the_mean_over_months_since_the_own_offer(tmp_path):
    """Of two groups that begin in months 3 and 6, by hand: the mean of its effects from 0 to 5."""
    evaluation = build(tmp_path, designs={"all": {"everyone": {}, "answers": ["difference"]}})[0]
    sample = run_pilot(evaluation, evaluation.designs[0], make_worlds(evaluation, 0), 0).sample
    arm = np.where(np.arange(200) < 100, 0.0, 1.0)
    offered = np.where(arm == 0.0, np.inf, np.where(np.arange(200) < 150, 3.0, 6.0))
    sample = replace(sample, panel=replace(sample.panel, offered=offered), arm=arm)
    own = make_strategy("a", "event_study", SINCE_6)
    found = ask(own, sample)
    path = find_estimator("event_study").evidence(sample, own)
    after = [
        effect.estimate for lag, effect in zip(path.at, path.effects, strict=True) if 0 <= lag <= 5
    ]
    assert len(after) == 6
    assert found.estimate == pytest.approx(np.mean(after))


def test_an_exit_that_is_no_state_is_refused():
    with pytest.raises(RequestError, match="did you mean 'other_benefit'"):
        make_strategy("a", "fine_gray", REACHED_12, options={"exits": ["other_benefits"]})


@pytest.mark.parametrize("name", ["aipw", "propensity_matching"])
def test_comparisons_ask_for_the_effect_on_the_treated(name, lottery_sample):
    own = make_strategy("a", name, IN_WORK, covariates=("young", "record"))
    found = ask(own, lottery_sample)
    everyone = replace(own, options={"target": "ATE"})
    assert "treated" in found.estimand
    assert ask(everyone, lottery_sample).estimand != found.estimand
    with pytest.raises(EstimationError, match="needs covariates"):
        ask(replace(own, covariates=()), lottery_sample)
