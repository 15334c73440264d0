"""Numbers that were wrong without a word, each with what is true: plans, registers, estimators."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from click.testing import CliRunner

from pilotsim.base.errors import EstimationError, FlowError, RegisterError, RequestError
from pilotsim.cli import commands
from pilotsim.evaluation.estimands import Estimand
from pilotsim.evaluation.estimators import ask, make_strategy
from pilotsim.evaluation.preanalysis_plan import PreAnalysisPlan
from pilotsim.evaluation.register.panel import ONE_DISTRICT, UNKNOWN_STATE
from pilotsim.evaluation.register_analysis import analyse, take_sample, work_out
from pilotsim.evaluation.strategy import StrategySample
from pilotsim.language.catalogue import translate
from tests.evaluation.pilots import build
from tests.evaluation.planted import (
    LISTED,
    MONTHS,
    OFFICES,
    half,
    one_answer,
    plan_of,
    register,
    uniforms,
)

LOTTERY = {"lottery": {}}
AT_24 = {"at": "24 months"}


def drawn(draw, *, size=400, effect=0.2, level=0.3, traits=None, started=None):
    """A lottery: in work with 30 %, and 20 points more for the drawn from the first month on."""
    arm = half(draw, "lot", size)
    lots = uniforms(draw, "work", size * MONTHS).reshape(size, MONTHS)
    since = (np.arange(MONTHS) >= LISTED) & (arm == 1.0)[:, None]
    gain = np.broadcast_to(np.asarray(effect), (size,))[:, None]
    panel = register(
        (lots < level + gain * since).astype(float),
        np.where(arm == 1.0, float(LISTED), np.inf),
        started=started,
        traits={"assigned": arm, **(traits or {})},
    )
    return panel, arm


def near(effect, truth, far=4.0):
    """Within 4 standard errors: further out once in 16,000 times."""
    return abs(effect.estimate - truth) < far * effect.error


def answer_of(panel, plan: PreAnalysisPlan):
    """What the first answer says, before it is made fit to be shown."""
    finding = work_out(panel, plan).findings[0]
    assert finding.effect is not None, finding.refusal
    return finding.effect


# 1. The arms in words were coded by the alphabet: +20 became -20.


@pytest.mark.parametrize("words", [("ja", "nei"), ("SANN", "USANN"), ("drawn", "waiting")])
def test_arms_in_words_are_refused(words):
    panel, arm = drawn(1)
    names = tuple(sorted(words))
    codes = np.where(arm == 1.0, names.index(words[0]), names.index(words[1])).astype(float)
    in_words = replace(
        panel, traits={"assigned": codes}, categories={**panel.categories, "assigned": names}
    )
    plan = one_answer(LOTTERY, "difference", AT_24)
    with pytest.raises(RegisterError, match="holds words"):
        analyse(in_words, plan)
    assert near(answer_of(panel, plan), 0.2)


# 2. A subgroup was answered with the number of all, and what no register shows with some number.


def test_subgroups_are_estimated_among_themselves_and_held_against_the_others():
    """38 points for the young and 1 for the others, where 15 stood for both."""
    young = (uniforms(2, "young", 4000) < 0.4).astype(float)
    effect = np.where(young == 1.0, 0.381, 0.012)
    panel, _ = drawn(2, size=4000, effect=effect, traits={"young": young})
    inquiries = {
        "young": {**AT_24, "traits": {"young": True}},
        "others": {**AT_24, "traits": {"young": False}},
    }
    answers = {name: {"estimator": "difference", "inquiry": name} for name in inquiries}
    found = work_out(panel, plan_of(LOTTERY, answers, inquiries)).findings
    assert near(found[0].effect, 0.381)
    assert near(found[1].effect, 0.012)
    assert not near(found[0].effect, 0.16)
    assert near(found[0].contrast, 0.369)
    assert found[0].contrast.p < 1e-6
    assert found[0].contrast.estimate == pytest.approx(-found[1].contrast.estimate)
    shown = analyse(panel, plan_of(LOTTERY, answers, inquiries))
    assert shown.findings[0].contrast.p <= shown.findings[0].adjusted_contrast_p + 1e-9


def test_the_others_are_not_told_where_few_of_them_have_the_outcome():
    """All but six are young: what is said beside them would tell the six."""
    young = (np.arange(400) > 5).astype(float)
    panel, _ = drawn(3, traits={"young": young})
    inquiry = {**AT_24, "traits": {"young": True}}
    plan = plan_of(LOTTERY, {"young": {"estimator": "difference", "inquiry": "a"}}, {"a": inquiry})
    assert analyse(panel, plan).findings[0].contrast is None


@pytest.mark.parametrize(
    ("inquiry", "said"),
    [
        ({"deadweight": "24 months"}, "which no register shows"),
        ({"threat": "24 months"}, "which no register shows"),
        ({"displacement": "24 months"}, "which no register shows"),
        ({**AT_24, "who": "not_offered"}, "has nobody to be compared with"),
        ({**AT_24, "who": "compliers"}, "iv would answer it"),
        ({**AT_24, "who": "everyone"}, "world: programme"),
    ],
)
def test_what_a_comparison_does_not_answer_is_refused_when_the_plan_is_read(inquiry, said):
    with pytest.raises((FlowError, RequestError), match=said):
        one_answer(LOTTERY, "difference", inquiry).strategies()


# 3. Change against change took a monthly mean from a sum, an ever and a wait.


def two_groups(draw, size=600):
    """30 % and 10 % in work in every month, and no programme that does anything."""
    arm = (np.arange(size) < size // 2).astype(float)
    lots = uniforms(draw, "groups", size * MONTHS).reshape(size, MONTHS)
    panel = register(
        (lots < np.where(arm == 1.0, 0.3, 0.1)[:, None]).astype(float),
        np.where(arm == 1.0, float(LISTED), np.inf),
        district=np.arange(size) % 4 + 4 * arm.astype(int),
        districts=OFFICES,
    )
    return panel, {"districts": {"named": list(OFFICES[4:])}}


def test_change_against_change_of_a_sum_is_nothing_where_nothing_happens():
    """2.31 months stood here. The means of 20 draws lie within 4 of their errors of nothing."""
    panels = [two_groups(draw) for draw in range(20)]
    plan = one_answer(panels[0][1], "did", {"cumulated": "12 months"})
    found = [answer_of(panel, plan).estimate for panel, _ in panels]
    assert abs(np.mean(found)) < 4.0 * np.std(found, ddof=1) / np.sqrt(20)
    month = one_answer(panels[0][1], "did", {"at": "12 months"})
    assert near(answer_of(panels[0][0], month), 0.0)


@pytest.mark.parametrize("kind", ["reached", "months_until", "since_offer"])
def test_change_against_change_of_anything_else_is_refused(kind):
    with pytest.raises(
        (FlowError, RequestError), match="did answers an inquiry with at or cumulated"
    ):
        one_answer(two_groups(0)[1], "did", {kind: "12 months"}).strategies()


# 6. The limit of the plan was 25, and 30 was used.


def test_the_limit_is_that_of_the_plan():
    size = 3000
    age = 18.0 + 20.0 * uniforms(6, "age", size)
    below = age < 25.0
    lots = uniforms(6, "work", size * MONTHS).reshape(size, MONTHS)
    chance = 0.2 + 0.01 * (age[:, None] - 25.0) / 2 + 0.3 * below[:, None]
    panel = register(
        (lots < chance).astype(float),
        np.where(below, float(LISTED), np.inf),
        traits={"age": age},
    )
    rule = {"limit": {"trait": "age", "below": 25}}
    asked = {**AT_24, "who": "at_limit"}
    found = answer_of(panel, one_answer(rule, "discontinuity", asked))
    assert near(found, 0.3)
    assert "at the limit" in " ".join(found.notes)
    with pytest.raises((FlowError, RequestError), match="no option 'limit'"):
        one_answer(rule, "discontinuity", asked, limit=30).strategies()
    with pytest.raises((FlowError, RequestError), match="needs a design with a limit"):
        one_answer(LOTTERY, "discontinuity", asked).strategies()
    # Those far below the limit are another question.
    with pytest.raises((FlowError, RequestError), match="answers for who: at_limit"):
        one_answer(rule, "discontinuity", AT_24).strategies()


# 7, 8, 9. Stepped wedges: periods, movers, the month asked for.

WEDGE = {"stepped_wedge": {"every": "3 months"}}


def wedge(draw, size=600, months=MONTHS + 12):
    """Eight offices begin every three months; 2 points more each month, 24 after a year."""
    district = np.arange(size) % len(OFFICES)
    order = np.argsort(np.argsort(uniforms(draw, "order", len(OFFICES))))
    starts = LISTED + 3.0 * order[district]
    since = np.clip(np.arange(months) - starts[:, None] + 1.0, 0.0, 12.0)
    lots = uniforms(draw, "wedge", size * months).reshape(size, months)
    chance = 0.2 + 0.01 * district[:, None] + 0.02 * since
    return register((lots < chance).astype(float), starts, district=district, districts=OFFICES)


def mean_of(plan, draws=12, change=None):
    """The mean over draws of what an answer says, and its error."""
    found = []
    for draw in range(draws):
        panel = wedge(draw)
        found.append(answer_of(panel if change is None else change(panel), plan).estimate)
    return np.mean(found), np.std(found, ddof=1) / np.sqrt(draws)


def test_the_wedge_counts_all_months_of_a_period():
    """The mean of 2, 4, ..., 24 is 13; the last month of each period is 15."""
    mean, error = mean_of(one_answer(WEDGE, "stepped_wedge", {"since_offer": "12 months"}))
    assert abs(mean - 0.13) < 4.0 * error
    assert error < 0.004


def test_the_level_at_the_end_of_a_year_is_asked_for_by_its_own_name():
    plan = one_answer(WEDGE, "stepped_wedge", {"after_offer": "12 months"})
    mean, error = mean_of(plan, draws=6)
    assert abs(mean - 0.24) < 4.0 * error
    with pytest.raises((FlowError, RequestError), match="after_offer"):
        one_answer(WEDGE, "stepped_wedge", {"at": "12 months"}).strategies()


def test_groups_that_begin_one_after_another_answer_the_month_asked_for():
    """14 points stood here, the mean over all months, where 24 are those after a year."""
    plan = one_answer(WEDGE, "stepped_wedge", {"after_offer": "12 months"})
    own = make_strategy("a", "staggered", Estimand("x", 12, kind="after_offer"))
    found = [ask(own, take_sample(wedge(draw), plan)[2]).estimate for draw in range(6)]
    assert abs(np.mean(found) - 0.24) < 4.0 * np.std(found, ddof=1) / np.sqrt(6)


def test_months_that_are_no_whole_number_of_steps_are_counted_all_the_same():
    """Half a year in steps of four months: the mean of 2, ..., 12 is 7."""
    rule = {"stepped_wedge": {"every": "4 months"}}
    panel = wedge(0)
    order = (panel.offered - LISTED) / 3.0
    offered = LISTED + 4.0 * order
    since = np.clip(np.arange(48) - offered[:, None] + 1.0, 0.0, 12.0)
    lots = uniforms(0, "wedge", 600 * 48).reshape(600, 48)
    in_work = (lots < 0.2 + 0.02 * since).astype(float)
    panel = register(in_work, offered, district=panel.district, districts=OFFICES)
    found = answer_of(panel, one_answer(rule, "stepped_wedge", {"since_offer": "6 months"}))
    assert near(found, 0.07)


def test_one_mover_moves_no_district():
    """Two clients of two late offices were offered the programme elsewhere a year earlier."""

    def with_movers(panel):
        late = np.argsort([panel.offered[panel.district == k].min() for k in range(8)])[-2:]
        movers = [int(np.flatnonzero(panel.district == k)[0]) for k in late]
        offered = panel.offered.copy()
        offered[movers] -= 12.0
        return replace(panel, offered=offered)

    plan = one_answer(WEDGE, "stepped_wedge", {"since_offer": "12 months"})
    mean, error = mean_of(plan, change=with_movers)
    assert abs(mean - 0.13) < 4.0 * error


def test_a_named_order_is_that_of_the_plan():
    """Whatever single clients were offered: the steps are those that were decided."""
    panel = wedge(0)
    order = [
        OFFICES[k] for k in np.argsort([panel.offered[panel.district == k][0] for k in range(8)])
    ]
    named = {"stepped_wedge": {"every": "3 months", "districts": order, "order": "named"}}
    asked = {"since_offer": "12 months"}
    drawn_order = answer_of(panel, one_answer(WEDGE, "stepped_wedge", asked))
    scattered = replace(panel, offered=panel.offered + 4.0 * uniforms(3, "late", 600).round())
    found = answer_of(scattered, one_answer(named, "stepped_wedge", asked))
    assert found.estimate == drawn_order.estimate


def test_two_districts_on_one_step_are_no_wedge():
    panel = wedge(0)
    together = replace(panel, offered=np.minimum(panel.offered, LISTED + 18.0))
    with pytest.raises(RegisterError, match="began with the same step"):
        work_out(together, one_answer(WEDGE, "stepped_wedge", {"since_offer": "12 months"}))


def test_an_interrupted_series_answers_the_month_asked_for():
    """2 points more each month in the pilot's district: 24 after 12 months, 6 after 3."""
    size, month = 6000, np.arange(MONTHS)
    arm = (np.arange(size) < size // 2).astype(float)
    lots = uniforms(9, "series", size * MONTHS).reshape(size, MONTHS)
    rises = np.clip(month - LISTED + 1.0, 0.0, 12.0) * arm[:, None]
    panel = register(
        (lots < 0.2 + 0.02 * rises).astype(float),
        np.where(arm == 1.0, float(LISTED), np.inf),
        district=arm.astype(int),
        districts=("other", "pilot"),
    )
    rule = {"districts": {"named": ["pilot"]}}
    for months, truth in ((12, 0.24), (6, 0.12)):
        plan = one_answer(rule, "interrupted", {"at": f"{months} months"})
        assert near(answer_of(panel, plan), truth)
    summed = one_answer(rule, "interrupted", {"cumulated": "12 months"})
    assert near(answer_of(panel, summed), 12 * 0.13)


# 10. An ever was printed under a month, and months as percentage points.


def test_an_ever_and_a_wait_are_asked_for_as_such_and_shown_in_their_unit(tmp_path):
    with pytest.raises(
        (FlowError, RequestError), match="incidence answers an inquiry with reached"
    ):
        one_answer(LOTTERY, "incidence", AT_24).strategies()
    with pytest.raises((FlowError, RequestError), match=r"restricted_mean answers .* months_until"):
        one_answer(LOTTERY, "restricted_mean", AT_24).strategies()
    panel, arm = drawn(10, level=0.03, effect=0.1)
    plan = one_answer(LOTTERY, "restricted_mean", {"months_until": "24 months"})
    finding = work_out(panel, plan).findings[0]
    waits = [
        np.where(own.any(axis=1), own.argmax(axis=1), 24).mean()
        for own in (panel.in_work[arm == value][:, LISTED:] for value in (1.0, 0.0))
    ]
    assert finding.effect.estimate == pytest.approx(waits[0] - waits[1])
    assert -24.0 < finding.effect.estimate < -5.0
    assert not finding.is_in_points


def test_no_amount_is_ever_reached():
    with pytest.raises((FlowError, RequestError), match="an amount is none"):
        one_answer(LOTTERY, "difference", {"reached": "6 months", "outcome": "amount"}).strategies()


# 12. Without the column, who was offered the programme was taken for who was drawn.


def encouraged(draw, size=4000):
    """60 % of the drawn and 5 % of the others take it; it gives 30 points, the ready have 20 more."""
    lot = half(draw, "lot", size)
    ready = uniforms(draw, "ready", size)
    takes = ready < np.where(lot == 1.0, 0.6, 0.05)
    lots = uniforms(draw, "work", size * MONTHS).reshape(size, MONTHS)
    since = (np.arange(MONTHS) >= LISTED) & takes[:, None]
    chance = 0.4 - 0.2 * ready[:, None] + 0.3 * since
    offered = np.where(takes, float(LISTED), np.inf)
    return register((lots < chance).astype(float), offered, traits={"assigned": lot})


def test_who_was_drawn_is_not_guessed_from_who_was_offered():
    panel = encouraged(12)
    rule = {"encouragement": {"encouraged": "60 %", "otherwise": "5 %"}}
    plan = one_answer(rule, "iv", {**AT_24, "who": "compliers"})
    assert near(answer_of(panel, plan), 0.3)
    without = replace(panel, traits={})
    with pytest.raises(RegisterError, match="'assigned' is missing"):
        analyse(without, plan)
    with pytest.raises(RegisterError, match="'assigned' is missing"):
        analyse(replace(drawn(1)[0], traits={}), one_answer(LOTTERY, "difference", AT_24))
    with pytest.raises((FlowError, RequestError), match="ask who: encouraged"):
        one_answer(rule, "difference", AT_24).strategies()


def test_who_takes_part_by_another_way_is_not_counted_among_the_treated():
    rule = {"encouragement": {"encouraged": "60 %", "otherwise": "0 %"}}
    finding = work_out(encouraged(12), one_answer(rule, "iv", {**AT_24, "who": "treated"}))
    assert "ask who: compliers" in finding.findings[0].refusal
    # Where the design itself says that there are such, it is no plan.
    moved = {"encouragement": {"encouraged": "60 %", "otherwise": "5 %"}}
    with pytest.raises((FlowError, RequestError), match="ask who: compliers"):
        one_answer(moved, "iv", {**AT_24, "who": "treated"})


# 13. Arms that contradict the offers of all clients were accepted.


def test_arms_that_contradict_the_offers_are_refused():
    panel, arm = drawn(13)
    plan = one_answer(LOTTERY, "difference", AT_24)
    with pytest.raises(RegisterError, match=r"contradicts 'offered'.*is 1 the group"):
        analyse(replace(panel, traits={"assigned": 1.0 - arm}), plan)


def test_a_few_who_crossed_over_are_a_lottery_all_the_same():
    panel, _ = drawn(13)
    crossed = np.where(np.arange(400) % 50 == 0, float(LISTED), panel.offered)
    plan = one_answer(LOTTERY, "difference", AT_24)
    assert near(answer_of(replace(panel, offered=crossed), plan), 0.2)


def test_arms_that_the_rule_gives_by_itself_are_held_against_the_column():
    panel, rule = two_groups(1)
    plan = one_answer(rule, "did", {"at": "12 months"})
    wrong = replace(panel, traits={"assigned": (panel.district < 4).astype(float)})
    with pytest.raises(RegisterError, match="is 1 in other districts than the plan names"):
        analyse(wrong, plan)
    with pytest.raises(RegisterError, match="no client belongs to the district 'x'"):
        analyse(panel, one_answer({"districts": {"named": [*"efgx"]}}, "did", {"at": "12 months"}))


def test_a_later_half_that_is_offered_the_programme_is_no_comparison():
    panel, arm = drawn(13)
    late = np.where(arm == 1.0, float(LISTED), LISTED + 9.0)
    rule = {"waiting_list": {"per_week": 20, "pause": "8 months"}}
    waiting = replace(panel, offered=late)
    finding = work_out(waiting, one_answer(rule, "difference", AT_24)).findings[0]
    assert "ask for at most 9 months" in finding.refusal
    assert near(answer_of(waiting, one_answer(rule, "difference", {"at": "9 months"})), 0.2)
    with pytest.raises((FlowError, RequestError), match="ask for at most 6"):
        one_answer({"lottery": {"then": "6 months"}}, "difference", AT_24).strategies()


# 14. Everybody is on assistance when the list is made, so that work can only come.


@pytest.mark.parametrize(
    ("estimator", "options"), [("before_after", {}), ("interrupted", {"alone": True})]
)
@pytest.mark.parametrize("rule", [{"everyone": {}}, LOTTERY])
def test_a_change_since_the_list_was_made_is_no_effect(estimator, options, rule):
    """25 points and 12 stood here, of a programme that does nothing."""
    with pytest.raises((FlowError, RequestError), match="would mislead: it compares"):
        one_answer(rule, estimator, AT_24, **options).strategies()


# 14b. Whether it was reached at all, of the drawn districts alone.


@pytest.mark.parametrize(
    "rule",
    [
        {"districts": {"drawn": 4}},
        {"districts": {"pairs": [["a", "b"], ["c", "d"], ["e", "f"], ["g", "h"]]}},
        {"districts": {"drawn": 4, "strata": {"x": list("abcd"), "y": list("efgh")}}},
    ],
)
@pytest.mark.parametrize("language", ["en", "nb", "sv"])
def test_an_ever_of_the_drawn_districts_alone_is_refused_and_that_of_all_is_not(rule, language):
    """Intervals held it in 91 of 100: the districts with least of their own had most to gain."""
    with pytest.raises((FlowError, RequestError), match="who: everyone, world: programme") as found:
        one_answer(rule, "difference", {"reached": "6 months"}).strategies()
    assert "would mislead: whole districts were drawn" in str(found.value)
    said = translate(found.value.message, language)
    assert ("would mislead" in said) == (language == "en")
    everyone = {"reached": "6 months", "who": "everyone", "world": "programme"}
    one_answer(rule, "difference", everyone).strategies()


def test_lots_drawn_anew_and_lots_of_clients_may_be_asked_for_an_ever_of_the_offered():
    ever, drawn = {"reached": "6 months"}, {"districts": {"drawn": 4}}
    one_answer(LOTTERY, "difference", ever).strategies()
    # Its p-value supposes no effect, and rests on no error; its interval does.
    one_answer(drawn, "randomisation", ever).strategies()
    with pytest.raises((FlowError, RequestError), match="would mislead: whole districts"):
        one_answer(drawn, "randomisation", ever, interval=True).strategies()


def test_an_evaluation_may_still_try_what_misleads_and_its_plan_may_not(tmp_path):
    build(
        tmp_path,
        begins="2015-01-01",
        answers={"change": {"estimator": "before_after", "inquiry": "in_work"}},
        designs={"before_and_after": {"everyone": {}, "answers": ["change"]}},
    )
    command = ["plan", str(tmp_path / "evaluation.yaml"), "--out", str(tmp_path / "plan")]
    run = CliRunner().invoke(commands, command)
    assert run.exit_code != 0
    assert "would mislead" in str(run.exception)
    assert not (tmp_path / "plan").exists()


# What is said of a register as a whole.


def test_a_deciding_answer_without_a_number_is_no_success(tmp_path):
    panel = encouraged(12)
    rule = {"encouragement": {"encouraged": "60 %", "otherwise": "0 %"}}
    panel.to_frame().to_csv(tmp_path / "extract.csv", index=False)
    build(
        tmp_path,
        begins="2015-01-01",
        inquiries={"asked": {"at": "6 months", "who": "treated"}},
        answers={"a": {"estimator": "iv", "inquiry": "asked"}},
        designs={"d": {**rule, "answers": ["a"]}},
    )
    command = ["plan", str(tmp_path / "evaluation.yaml"), "--out", str(tmp_path / "plan")]
    assert CliRunner().invoke(commands, command).exit_code == 0
    command = [
        "estimate",
        str(tmp_path / "extract.csv"),
        "--plan",
        str(tmp_path / "plan/plan.json"),
    ]
    assert CliRunner().invoke(commands, command).exit_code == 3


def test_a_sample_without_a_design_has_no_steps_and_no_limit():
    panel, arm = drawn(1)
    sample = StrategySample(panel, arm, np.zeros(400), LISTED)
    for name, kind, who in (
        ("stepped_wedge", "since_offer", "offered"),
        ("discontinuity", "at", "at_limit"),
    ):
        with pytest.raises((RequestError, EstimationError), match="the design has no"):
            ask(make_strategy("a", name, Estimand("x", 6, kind=kind, who=who)), sample)


def test_the_districts_that_take_part_are_those_of_the_plan():
    panel, _ = drawn(1)
    districts = np.arange(400) % 2
    panel = replace(panel, district=districts, districts=("alna", "grorud"))
    plan = one_answer(LOTTERY | {"only": "alna"}, "difference", AT_24)
    assert len(take_sample(panel, plan)[2].arm) == 200


# 17. Who never reached work was lost to an unknown month, and who reached it was not.


@pytest.mark.parametrize(
    ("kind", "summary", "other"),
    [("reached", "incidence", "restricted_mean"), ("months_until", "restricted_mean", "incidence")],
)
def test_unknown_months_lose_those_who_reached_work_and_those_who_did_not_alike(
    kind, summary, other
):
    size, months = 6000, 12
    arm = (np.arange(size) % 2).astype(np.float64)
    hazard = np.where(arm == 1.0, 0.08, 0.04)[:, None]
    since = np.arange(MONTHS) >= LISTED
    exits = since & (uniforms(17, "exit", size * MONTHS).reshape(size, MONTHS) < hazard)
    work = (exits.cumsum(axis=1) > 0).astype(np.float64)
    whole = register(work, np.where(arm == 1.0, float(LISTED), np.inf), traits={"assigned": arm})
    plan = one_answer(LOTTERY, "difference", {kind: f"{months} months"})
    truth = answer_of(whole, plan)
    # By chance three months of twenty are not known.
    gone = since & (uniforms(17, "unknown", size * MONTHS).reshape(size, MONTHS) < 0.15)
    panel = replace(
        whole,
        status=np.where(gone, UNKNOWN_STATE, whole.status).astype(np.int8),
        in_work=np.where(gone, np.nan, work),
    )
    found = answer_of(panel, plan)
    assert near(found, truth.estimate)
    told = " ".join(found.notes)
    assert f"{summary} uses every month until the first unknown one" in told
    assert other not in told
    assert "of the outcomes are missing; whatever they were, the effect lies between" in told
    assert near(answer_of(panel, one_answer(LOTTERY, summary, {kind: "12 months"})), truth.estimate)
    # The control: what was printed when only those who never reached it were lost.
    own = whole.in_work[:, LISTED : LISTED + months] == 1.0
    hidden = gone[:, LISTED : LISTED + months]
    ever = (own & ~hidden).any(axis=1)
    kept = ever | ~hidden.any(axis=1)
    until = np.where(ever, (own & ~hidden).argmax(axis=1), months)
    value = (ever if kind == "reached" else until).astype(np.float64)
    wrong = value[kept & (arm == 1.0)].mean() - value[kept & (arm == 0.0)].mean()
    assert abs(wrong - truth.estimate) > 4.0 * truth.error
    # With every month known, no word of any of it.
    assert "unknown" not in " ".join(truth.notes)


# 18. A register without districts was told which districts it knows: "known: district".


def test_a_register_without_districts_is_told_which_column_is_missing():
    nameless = replace(drawn(18)[0], districts=(ONE_DISTRICT,))
    named = {"districts": {"named": ["alna"]}}
    plan = one_answer(named, "interrupted", {"at": "12 months"})
    with pytest.raises(RegisterError, match="the column 'district' is missing") as fault:
        work_out(nameless, plan)
    assert "known" not in str(fault.value)
    # The control: where there are names, they are told.
    with pytest.raises(RegisterError, match="no client belongs to the district 'alna'"):
        work_out(replace(nameless, districts=("bjerke",)), plan)
