"""Looks along the way: planned beforehand, filed, refused where they were not, with one error."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from pilotsim.base.errors import FlowError, RequestError
from pilotsim.base.languages import LANGUAGES
from pilotsim.evaluation.look_analysis import analyse_look, look_of
from pilotsim.evaluation.looks_tried import LookTrials, try_looks
from pilotsim.evaluation.preanalysis_plan import PreAnalysisPlan
from pilotsim.files.faults import build_record
from pilotsim.files.yaml import parse
from pilotsim.output.views import document_of
from tests.evaluation.planted import LISTED, register
from tests.evaluation.registers import content_of
from tests.output.golden import written
from tests.output.small_results import evaluation

LOOKS = {"at": ["6 months", "12 months"], "futility": {"below": 10, "since": "12 months"}}
CLIENTS = 240
CHOSEN = {
    "rule": {"districts": {"named": ["a"]}},
    "answers": {"in_work": {"estimator": "interrupted", "inquiry": "in_work"}},
}


def content(looks=LOOKS, *, inquiries=None, **parts):
    asked = inquiries or {"in_work": {"at": "24 months", "says": "In work after 24 months"}}
    return content_of(asked, looks=looks, **parts)


def plan_of(own) -> PreAnalysisPlan:
    return build_record(parse(json.dumps(own), "plan.json", "plan"), PreAnalysisPlan)


def panel_with(effect, since=0, seed=5):
    """Half of the clients by lot, whom the programme brings to work from some month on."""
    chance = np.random.default_rng(seed)
    arm = (chance.permutation(CLIENTS) < CLIENTS // 2).astype(float)
    months = np.arange(36)
    own = 0.4 + effect * arm[:, None] * (months >= LISTED + since)
    work = (chance.uniform(size=(CLIENTS, 1)) * 0.7 + 0.3 * chance.uniform(size=own.shape)) < own
    offered = np.where(arm == 1.0, float(LISTED), np.inf)
    return register(work.astype(float), offered, traits={"assigned": arm})


def look_at(panel, months, looks=LOOKS):
    own = content(looks)
    plan = plan_of(own)
    return analyse_look(panel, plan, own, look_of(plan, months))


def test_a_look_is_asked_of_the_months_until_then_alone():
    """The same with and without the months after it, which it cannot know."""
    whole = panel_with(0.4, since=7)
    until = LISTED + 6
    early = replace(
        whole,
        months=whole.months[:until],
        **{
            name: getattr(whole, name)[:, :until]
            for name in ("status", "in_work", "on_assistance", "amount")
        },
    )
    found, entry = look_at(early, 6)
    assert found.decision == "go_on"
    assert found.analysis.findings[0].strategy.estimand.months == 6
    assert look_at(whole, 6)[0].analysis.findings[0].effect == found.analysis.findings[0].effect
    assert "looks" not in entry.content


def test_decisions_along_the_way():
    assert look_at(panel_with(0.5), 12)[0].decision == "success"
    assert look_at(panel_with(-0.35), 12)[0].decision == "harm"
    assert look_at(panel_with(-0.02), 12)[0].decision == "futility"


def test_limits_grow_as_the_error_is_spent():
    found, _ = look_at(panel_with(-0.02), None)
    assert found.decision == "not_found"
    first, second, last = found.levels
    assert 0.0 < first < second < last < 0.05
    assert found.is_end
    assert found.analysis.plan.level.number == pytest.approx(1.0 - last, abs=1e-7)


def test_several_answers_get_at_the_end_what_is_left():
    inquiries = {"in_work": {"at": "24 months"}, "early": {"at": "3 months"}}
    plan = plan_of(content(inquiries=inquiries))
    schedule = plan.schedule
    assert schedule is not None
    assert schedule.expected_levels[-1] == pytest.approx(0.05 - schedule.spent[1])


@pytest.mark.parametrize("months", [3, 18, 25])
def test_a_look_that_was_not_planned_is_refused(months):
    with pytest.raises(RequestError, match="no look after"):
        look_of(plan_of(content()), months)


def test_a_plan_without_looks_has_none():
    plan = plan_of(content_of())
    assert look_of(plan, None) is None
    with pytest.raises(RequestError, match="no look along the way"):
        look_of(plan, 6)


@pytest.mark.parametrize(
    ("looks", "parts", "said"),
    [
        ({"at": ["12 months", "6 months"]}, {}, "rise"),
        ({"at": ["24 months"]}, {}, "no look along the way"),
        ({"at": ["6 months"], "futility": {"below": 5, "since": "9 months"}}, {}, "last look"),
        ({"at": ["6 months"]}, CHOSEN, "no lots"),
        (
            {"at": ["6 months"]},
            {"inquiries": {"x": {"at": "9 months", "outcome": "education"}}},
            "success",
        ),
    ],
)
def test_looks_that_cannot_be_are_refused_in_the_plan(looks, parts, said):
    with pytest.raises(FlowError, match=said):
        plan_of(content(looks, **parts))


def test_the_page_says_which_look_it_is_and_what_the_plan_says():
    found, _ = look_at(panel_with(0.5), 12)
    document = document_of(found, "en")
    lead = next(block for block in document.sections[0].blocks)
    assert "look 2 of 3, after 12 months" in lead.text
    assert "The effect is found" in lead.text
    assert document.record["look"]["decision"] == "success"
    assert "looked at after 12 months" in "".join(
        block.text for block in document.sections[1].blocks if hasattr(block, "text")
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_plan_and_evaluation_tell_of_their_looks(language):
    told = written(document_of(plan_of(content()), language))
    assert "5 %" in told.replace("\u00a0", " ")
    result = evaluation()
    cell = [replace(one, looks=tried_of(2, draws=200)) for one in result.tried]
    why = replace(cell[0].design, no_looks="no lots")
    cell[0] = replace(cell[0], looks=None, design=why)
    told = written(document_of(replace(result, tried=tuple(cell)), language, with_figures=False))
    assert "no lots" in told
    assert "looks_tried" in told


def walks(draws, looks, drift, seed):
    """Statistics of ever more of the same information."""
    steps = np.random.default_rng(seed).normal(size=(draws, looks)).cumsum(axis=1)
    share = np.arange(1, looks + 1)
    return steps / np.sqrt(share) + drift * np.sqrt(share / looks)


def tried_of(looks, draws=4000):
    from scipy.stats import norm

    last = 24 // (looks + 1)
    at = [f"{last * (k + 1)} months" for k in range(looks)]
    inquiries = {"x": {"at": f"{last * (looks + 1)} months"}}
    schedule = plan_of(content({"at": at}, inquiries=inquiries)).schedule
    assert schedule is not None
    null, real = walks(draws, looks + 1, 0.0, 1), walks(draws, looks + 1, 2.8, 2)
    found = try_looks(
        schedule,
        LookTrials(real, np.ones_like(real), 2 * norm.sf(abs(real)), null, 2 * norm.sf(abs(null))),
    )
    assert found is not None
    return found


def test_simulated_looks_keep_their_error_and_unplanned_ones_do_not():
    """Five looks: 5 % within four standard errors (one in 16,000); the control finds 14 %."""
    found = tried_of(4)
    assert abs(found.false_positives.value - 0.05) < 4 * 0.00345
    assert abs(found.unplanned.value - 0.142) < 4 * 0.0055
    assert found.unplanned.value > 0.05 + 4 * 0.00345


def test_looks_cost_little_power_and_save_months():
    found = tried_of(4)
    assert found.power_once.value - 0.03 < found.power.value <= found.power_once.value
    assert found.months.value < 18
    assert sum(figure.value for figure in found.stops) == pytest.approx(found.power.value)
