"""Recovery on simulated pilots: each design where it should find the true effect, and where the pilot itself must break it.

Bias is judged at 3.5 Monte Carlo standard errors, which chance passes once in 2,000 times. Each
failure is asserted with its size and its reason, beside the same pilot without the cause.
"""

from __future__ import annotations

import pytest

from pilotsim.evaluation.run import DesignResult, evaluate
from tests.evaluation.pilots import build, pilot_flow

DRAWS = 150


def tried(folder, flow, draws=DRAWS, **parts) -> list[DesignResult]:
    return list(evaluate(build(folder, flow, draws=draws, **parts)).tried)


def is_right(one: DesignResult) -> bool:
    return abs(one.diagnosis.bias.value) < 3.5 * one.diagnosis.bias.error


def vacancies(units: int):
    """A pilot in which a job needs a vacancy: so many come free each week, for trainees and others alike."""
    usual = pilot_flow()
    usual["risks"]["work"] |= {"to": "looking"}
    looking = {"needs": {"vacancy": 1}, "lasts": "0 days", "next": {"work": "100 %"}}
    supply = {"vacancy": {"supply": {"every": "1 week", "units": units}}}
    return usual | {
        "stages": usual["stages"] | {"looking": looking},
        "resources": usual["resources"] | supply,
    }


def test_a_lottery_finds_the_effect_where_there_are_vacancies_enough(tmp_path):
    one = tried(tmp_path, vacancies(1000))[0]
    assert is_right(one)
    assert one.diagnosis.truth.value > 0.05
    assert one.diagnosis.spillover.value == 0.0
    # 95 % of 150 intervals: a standard error of 1.8 points.
    assert one.diagnosis.coverage.value > 0.95 - 3.5 * 0.018


def test_displacement_breaks_the_lottery(tmp_path):
    """With one vacancy a week trainees take the jobs of those they are compared with, and that counts as gain."""
    one = tried(tmp_path, vacancies(1))[0]
    assert not is_right(one)
    assert one.diagnosis.spillover.value < -0.02
    assert one.diagnosis.bias.value > 0.02
    assert one.diagnosis.reason == "displacement"
    # What is over-stated is what the others lose.
    assert one.diagnosis.bias.value == pytest.approx(
        -one.diagnosis.spillover.value, abs=3.5 * one.diagnosis.bias.error
    )


MATCHED = {
    "difference": {"estimator": "difference", "inquiry": "in_work"},
    "doubly_robust": {
        "estimator": "doubly_robust",
        "inquiry": "in_work",
        "covariates": ["record", "young"],
    },
    "matching": {"estimator": "matching", "inquiry": "in_work", "covariates": ["record", "young"]},
}


def chosen_by(folder, trait: str) -> dict[str, DesignResult]:
    designs = {"caseworker": {"caseworker": {"weights": {trait: 1}}, "answers": list(MATCHED)}}
    return {
        one.strategy.name: one
        for one in tried(folder, pilot_flow(), answers=MATCHED, designs=designs)
    }


def test_creaming_on_what_a_register_shows_is_mended_by_weights_and_matching(tmp_path):
    found = chosen_by(tmp_path, "record")
    assert not is_right(found["difference"])
    assert found["difference"].diagnosis.reason == "anyway"
    assert is_right(found["doubly_robust"])
    assert is_right(found["matching"])


def test_creaming_on_what_no_register_shows_breaks_matching(tmp_path):
    found = chosen_by(tmp_path, "readiness")
    for name in MATCHED:
        assert found[name].diagnosis.bias.value > 0.05, name
        assert found[name].diagnosis.reason == "anyway", name


def lock_in():
    """A pilot with half a year in which nobody finds a job, and a much faster way to one after it."""
    usual = pilot_flow(lasts="30 months")
    training = usual["stages"]["training"] | {
        "lasts": "6 months",
        "risks": {"work": 0, "other_benefit": 1},
    }
    return usual | {
        "stages": usual["stages"] | {"training": training},
        "resources": {"place": {"units": 400}},
        "effects": [{"after": "training", "on": "work", "times": 6}],
    }


def test_lock_in_breaks_the_stepped_wedge_with_a_constant_effect_and_not_the_one_by_exposure(
    tmp_path,
):
    answers = {
        name: {
            "estimator": "stepped_wedge",
            "inquiry": "year",
            "options": {"time": name},
        }
        for name in ("exposure", "constant")
    }
    found = {
        one.strategy.name: one
        for one in tried(
            tmp_path,
            lock_in(),
            60,
            answers=answers,
            inquiries={"year": {"since_offer": "12 months"}},
            districts={name: {} for name in "abcdef"},
            designs={"wedge": {"stepped_wedge": {"every": "3 months"}, "answers": list(answers)}},
        )
    }
    assert found["constant"].diagnosis.is_biased
    assert found["constant"].diagnosis.reason == "model"
    assert abs(found["exposure"].diagnosis.bias.value) < 0.4 * abs(
        found["constant"].diagnosis.bias.value
    )


def two_districts(folder, **own) -> DesignResult:
    flow = pilot_flow(starts="2014-01-01", lasts="36 months")
    answers = {"did": {"estimator": "did", "inquiry": "in_work", "options": {"before": 12}}}
    return tried(
        folder,
        flow,
        60,
        begins="2015-01-01",
        answers=answers,
        inquiries={"in_work": {"at": "24 months"}},
        districts={"pilot": {"set": own} if own else {}, "other": {}},
        designs={"named": {"districts": {"named": "pilot"}, "answers": "did"}},
    )[0]


def test_difference_in_differences_is_right_where_both_districts_would_have_changed_alike(tmp_path):
    assert is_right(two_districts(tmp_path))


def test_differing_trends_break_difference_in_differences(tmp_path):
    """Jobs become easier to find in the pilot's district from the day that the pilot begins."""
    one = two_districts(
        tmp_path,
        **{"risks.work.pace": {"value": 1, "assumption": "Here", "from": {"2015-01-01": 1.5}}},
    )
    assert one.diagnosis.bias.value > 0.03
    assert one.diagnosis.reason == "anyway"
