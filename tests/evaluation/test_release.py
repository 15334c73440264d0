"""The release gate, attacked: no count below the limit and no payment is recovered, and all are with the gate off."""

from __future__ import annotations

import itertools
import json
import re
from collections import defaultdict
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from pilotsim.base.amounts import Amount
from pilotsim.base.errors import RegisterError
from pilotsim.base.messages import Message
from pilotsim.base.statistics import critical_value
from pilotsim.cli import commands
from pilotsim.evaluation import register_analysis
from pilotsim.evaluation.preanalysis_plan import PreAnalysisPlan, hash_of
from pilotsim.evaluation.readiness import check_register, hold_to_plan
from pilotsim.evaluation.readiness.answers import TOO_FEW
from pilotsim.evaluation.register import read_register
from pilotsim.evaluation.register_analysis import analyse, work_out
from pilotsim.evaluation.release import (
    EarlierRelease,
    ReleaseRules,
    release_analysis,
    rules_of,
)
from pilotsim.evaluation.release.grids import coarse_grid, difference_of, small_tables
from pilotsim.evaluation.release.ledger import LedgerEntry, digest_of, ledger_of, write_ledger
from pilotsim.evaluation.release.questions import scope_of
from pilotsim.evaluation.release.taken import WITHHELD
from pilotsim.evaluation.release.texts import counts_in_words, hide_numbers, hide_small_counts
from pilotsim.evaluation.several_arms_analysis import analyse_arms
from pilotsim.files.faults import build_record
from pilotsim.files.yaml import parse
from pilotsim.output.views import document_of
from pilotsim.output.writers.folder import write_folder
from tests.evaluation.attacks import (
    Printed,
    clients_told,
    counted_apart,
    left_out_of,
    page_of,
    path_read_back,
    printed_effects,
    printed_of,
    recovered,
    shares_that_are_few,
    tables_that_fit,
)
from tests.evaluation.registers import content_of, panel_of, plan_of, two_arms
from tests.recovery.releases import (
    ARMS_CONTENT,
    EVERYBODY,
    UNASKED,
    YOUNG,
    attack_arms,
    draw,
    draw_arms,
)

GATE_OFF = ReleaseRules(least=1, dominance=2.0, closeness=-1.0, freedom=0)
ARMS = ((78, 77), (40, 40), (155, 155), (310, 310))


def solved(arms: tuple[int, int], truth: tuple[int, int]) -> tuple[list[int], list[int]]:
    """The small counts that the printed effect and error give, with the gate and without it."""
    raw = work_out(panel_of(*two_arms(*arms, *truth)), plan_of())
    with_gate, without = (
        recovered(*arms, printed_effects(release_analysis(raw, rules))[0], truth)
        for rules in (ReleaseRules(), GATE_OFF)
    )
    return with_gate, without


@pytest.mark.parametrize("arms", ARMS)
def test_no_small_count_can_be_solved_for_from_effect_and_error(arms):
    """Tables with 1 to 4 in work in each arm; the control is the same page without the gate."""
    for truth in itertools.product((1, 2, 3, 4), repeat=2):
        with_gate, without = solved(arms, truth)
        assert with_gate == []
        assert sorted(without) == sorted(truth)


def test_no_small_count_of_one_arm_can_be_solved_for():
    """Few in one arm and many in the other, few who lack the outcome, and nobody at all."""
    for truth in ((3, 20), (40, 2), (75, 40), (40, 76), (3, 0), (0, 2), (76, 77), (77, 1)):
        with_gate, without = solved((78, 77), truth)
        assert with_gate == []
        assert without != []


@pytest.mark.parametrize("arms", [*ARMS, (30, 300), (12, 9), (11, 150)])
def test_the_grid_holds_for_every_table_of_few_whatever_the_reader_knows_of_the_rule(arms):
    """In each interval, each small count could be five others, of the tables that are told on the grid alone."""
    grid = coarse_grid(*arms, 5)
    assert grid is not None
    tables = small_tables(*arms, 5)
    estimates, errors = difference_of(tables, *arms)
    place = np.array([grid.place(estimate) for estimate in estimates])
    for number in np.unique(place):
        inside = tables[place == number]
        assert errors[place == number].max() <= grid.errors[number] + 1e-12
        for side in (inside[:, 0], arms[0] - inside[:, 0], inside[:, 1], arms[1] - inside[:, 1]):
            if ((side > 0) & (side < 5)).any():
                assert len(np.unique(side)) >= 5
                assert np.ptp(side) >= 5


def test_what_is_coarse_never_claims_more_than_the_data_do():
    """The released interval holds that of the data, and the released p is no smaller."""
    for truth in itertools.product((1, 2, 4, 12, 40), repeat=2):
        panel = panel_of(*two_arms(78, 77, *truth))
        told = analyse(panel, plan_of()).findings[0]
        exact = analyse(panel, plan_of(), rules=GATE_OFF).findings[0]
        assert told.effect.low <= exact.effect.low + 0.006
        assert told.effect.high >= exact.effect.high - 0.006
        assert told.effect.p >= exact.effect.p - 0.006


@pytest.mark.parametrize("estimator", ["difference", "cluster_means"])
def test_what_is_coarse_of_few_districts_reaches_as_far_as_few_degrees_of_freedom(estimator):
    """Eight districts have some six: 2.4 errors to each side, where 1.96 were released."""
    found = []
    for mine, others in itertools.product(
        ((20, 1, 1, 0), (30, 30, 2, 2), (12, 9, 9, 8), (39, 3, 0, 0)), ((3, 0, 0, 0), (2, 1, 1, 0))
    ):
        have = np.array([*mine, *others])
        work = (np.arange(40) < have[:, None]).astype(np.float64).ravel()
        panel = replace(
            panel_of(np.repeat([1.0, 0.0], 160), work),
            district=np.repeat(np.arange(8), 40),
            districts=tuple("abcdefgh"),
        )
        answers = {"a": {"estimator": estimator, "inquiry": "q"}}
        plan = plan_of({"q": {"at": "1 month"}}, rule={"districts": {"drawn": 4}}, answers=answers)
        told = analyse(panel, plan).findings[0]
        exact = analyse(panel, plan, rules=GATE_OFF).findings[0]
        found.append((told.precision, exact.effect.clusters))
        assert told.effect.low <= exact.effect.low + 0.001
        assert told.effect.high >= exact.effect.high - 0.001
        assert told.effect.p > 0.05 or exact.effect.p < 0.05
        # No degrees of freedom are told: they follow from the clients of each district.
        assert told.effect.freedom == np.inf
    assert found == [("coarse", 8)] * 8


def test_lots_drawn_anew_are_not_drawn_where_few_have_the_outcome():
    """Their differences lie on a lattice that tells how many of both arms have it."""
    few = analyse(panel_of(*two_arms(78, 77, 3, 2)), plan_of())
    assert len(few.redrawn) == 0
    steps = np.unique(analyse(panel_of(*two_arms(78, 77, 3, 2)), plan_of(), rules=GATE_OFF).redrawn)
    # The control: six values, as many as five clients can be dealt to two arms.
    assert len(steps) == 6
    assert len(analyse(panel_of(*two_arms(78, 77, 30, 20)), plan_of()).redrawn) == 999


def test_many_are_told_exactly():
    """Where no count is small nothing is lost: the same digits as without the gate."""
    panel = panel_of(*two_arms(78, 77, 30, 20))
    told = analyse(panel, plan_of())
    assert told.findings[0].precision == "exact"
    assert printed_effects(told) == printed_effects(analyse(panel, plan_of(), rules=GATE_OFF))


def test_the_lost_are_not_told_beside_the_chart_that_hides_them():
    arm, work = two_arms(78, 77, 30, 20)
    lost = np.isin(np.arange(155), (77, 76, 154))
    panel = panel_of(arm, work, lost=lost)
    plan = plan_of(checks=("attrition",))
    panel = panel_of(arm, np.column_stack([work, work]), lost=np.column_stack([lost & False, lost]))
    plan = plan_of({"in_work": {"reached": "2 months"}}, checks=("attrition",))
    told = page_of(analyse(panel, plan))
    assert shares_that_are_few(told, (78, 77)) == []
    assert "not shown (few)" in told
    # The control: 2.6 % of 78 and 1.3 % of 77.
    assert {1, 2} <= set(
        shares_that_are_few(page_of(analyse(panel, plan, rules=GATE_OFF)), (78, 77))
    )


def test_one_person_s_payment_is_not_told():
    """13,742 kroner to one of 78: their mean times 78 is that payment."""
    arm = np.repeat([1.0, 0.0], [78, 77])
    amount = np.zeros(155)
    amount[0] = 13_742.0
    plan = plan_of({"paid": {"outcome": "amount", "at": "1 month"}})
    panel = panel_of(arm, np.zeros(155), amount=amount)
    found = analyse(panel, plan)
    assert found.findings[0].effect is None
    assert found.findings[0].precision == "withheld"
    assert "176" not in page_of(found)
    open_gate = analyse(panel, plan, rules=GATE_OFF).findings[0]
    assert open_gate.effect.estimate * 78 == pytest.approx(13_742.0, rel=0.03)


@pytest.mark.parametrize(
    ("payments", "shown"),
    [
        ([9000.0] * 20, True),
        # Two of twenty are paid 95 per cent of all.
        ([90_000.0, 80_000.0, *[500.0] * 18], False),
        # The second can tell the first to within 3 per cent.
        ([50_000.0, 8_000.0, *[100.0] * 14], False),
        ([9000.0] * 4, False),
    ],
)
def test_payments_that_few_dominate_are_not_told(payments, shown):
    arm = np.repeat([1.0, 0.0], [78, 77])
    amount = np.zeros(155)
    amount[: len(payments)] = payments
    amount[78:108] = np.linspace(7000.0, 11000.0, 30)
    found = analyse(
        panel_of(arm, np.zeros(155), amount=amount),
        plan_of({"paid": {"outcome": "amount", "at": "1 month"}}),
    ).findings[0]
    assert (found.effect is not None) == shown


def nested(rest: tuple[int, int]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Arms, work and youth of 155 clients of whom few are in work among those who are not young."""
    arm = np.repeat([1.0, 0.0], [78, 77])
    young = (np.arange(155) % 2 == 0).astype(np.float64)
    work = np.zeros(155)
    for value, others in ((1.0, rest[0]), (0.0, rest[1])):
        work[np.flatnonzero((arm == value) & (young == 1.0))[:14]] = 1.0
        work[np.flatnonzero((arm == value) & (young == 0.0))[:others]] = 1.0
    return arm, work, young


def test_a_group_cannot_be_worked_out_by_subtracting_another():
    """Everybody and the young are asked for; three and two of the others are in work."""
    arm, work, young = nested((3, 2))
    asked = {
        "all": {"reached": "1 month"},
        "young": {"reached": "1 month", "traits": {"young": True}},
    }
    panel = panel_of(arm, work, young=young)
    told = analyse(panel, plan_of(asked)).findings
    # One of the two is not shown; the first, which decides, is.
    assert [one.precision for one in told] == ["exact", "withheld"]
    off = analyse(panel, plan_of(asked), rules=GATE_OFF).findings
    assert [one.precision for one in off] == ["exact", "exact"]
    # The control: where the others are many, both are told.
    arm, work, young = nested((12, 12))
    told = analyse(panel_of(arm, work, young=young), plan_of(asked)).findings
    assert [one.precision for one in told] == ["exact", "exact"]


def figure_of(found: object, folder: Path) -> str:
    """The file of the effect path."""
    write_folder(document_of(found, "en"), folder)
    return (folder / "effect_path.svg").read_text(encoding="utf-8")


def test_no_small_count_can_be_read_off_the_coordinates_of_a_figure(tmp_path):
    """Months 1 to 12, one more in work in each arm every other month: few in nearly all of them."""
    arm = np.repeat([1.0, 0.0], [78, 77])
    month = np.arange(12)
    have, other = 1 + month // 2, 1 + month // 3
    rank = np.concatenate([np.arange(78), np.arange(77)])
    limit = np.where(arm[:, None] == 1.0, have, other)
    panel = panel_of(arm, (rank[:, None] < limit).astype(np.float64))
    plan = plan_of({"in_work": {"at": "12 months"}})
    for rules, is_safe in ((None, True), (GATE_OFF, False)):
        found = analyse(panel, plan, rules=rules)
        read = path_read_back(figure_of(found, tmp_path / str(is_safe)))
        solved = []
        for k in month:
            value, low, high = (points / 100.0 for points in read[int(k) + 1])
            # The band is as wide as the interval: so the file gives the error as well.
            error = (high - low) / (2 * critical_value(0.95, 153))
            told = Printed(False, value, error, low, high)
            effect = found.findings[0].path[k]
            assert value == pytest.approx(effect.estimate, abs=2e-5)
            assert (low, high) == pytest.approx((effect.low, effect.high), abs=2e-5)
            if is_safe:
                told = Printed(True, value, effect.error, low, high)
            solved.append(recovered(78, 77, told, (int(have[k]), int(other[k]))))
        assert (solved == [[]] * 12) == is_safe
        if not is_safe:
            assert sum(bool(one) for one in solved) >= 10


def entry(panel, plan, found) -> LedgerEntry:
    return LedgerEntry(digest_of(panel), plan, {}, found.told, found.about, found.answers)


def test_a_second_release_tells_no_more_than_the_first_one_left():
    """First everybody, then the young: by subtraction three and two of the others would be told."""
    arm, work, young = nested((3, 2))
    panel = panel_of(arm, work, young=young)
    everybody = plan_of({"all": {"reached": "1 month"}})
    the_young = plan_of({"young": {"reached": "1 month", "traits": {"young": True}}})
    first = analyse(panel, everybody)
    assert first.findings[0].precision == "exact"
    alone = analyse(panel, the_young)
    assert alone.findings[0].precision == "exact"
    for one, other, told in ((everybody, the_young, first), (the_young, everybody, alone)):
        second = analyse(panel, other, earlier=[entry(panel, one, told)])
        assert second.findings[0].precision == "withheld"
        assert second.certificate.earlier == 1
    # The same once more says the same: it tells nothing new.
    again = analyse(panel, everybody, earlier=[entry(panel, everybody, first)])
    assert printed_effects(again) == printed_effects(first)


def test_a_new_version_of_a_register_does_not_tell_of_whom_it_differs_by():
    """One client more in work in the second extract: the two exact answers would tell so."""
    plan = plan_of()
    before = panel_of(*two_arms(78, 77, 30, 20))
    after = panel_of(*two_arms(78, 77, 31, 20))
    told = entry(before, plan, analyse(before, plan))
    assert analyse(after, plan, earlier=[told]).findings[0].precision == "withheld"
    much_later = panel_of(*two_arms(78, 77, 37, 20))
    assert analyse(much_later, plan, earlier=[told]).findings[0].precision == "exact"


def test_the_command_line_writes_down_what_it_released(tmp_path):
    arm, work, young = nested((3, 2))
    panel_of(arm, work, young=young).to_frame().to_csv(tmp_path / "r.csv", index=False)
    plans = {
        "all": {"all": {"reached": "1 month"}},
        "young": {"young": {"reached": "1 month", "traits": {"young": True}}},
    }
    shown = {}
    for name, inquiries in plans.items():
        content = content_of(inquiries)
        file = tmp_path / f"{name}.json"
        file.write_text(json.dumps(content | {"hash": hash_of(content)}), encoding="utf-8")
        run = CliRunner().invoke(
            commands,
            ["estimate", str(tmp_path / "r.csv"), "--plan", str(file), "--language", "en"],
        )
        # The young come second, and the answer that decides is not shown.
        assert run.exit_code == (0 if name == "all" else 3), run.output
        shown[name] = run.output
    assert "not shown: it rests on so few" not in shown["all"]
    assert "not shown: it rests on so few" in shown["young"]
    ledger = tmp_path / "r.csv.releases.json"
    assert len(json.loads(ledger.read_text(encoding="utf-8"))["releases"]) == 2
    ledger.write_text("{}", encoding="utf-8")
    run = CliRunner().invoke(
        commands, ["estimate", str(tmp_path / "r.csv"), "--plan", str(tmp_path / "all.json")]
    )
    assert run.exit_code != 0
    assert "nobody knows what was told" in str(run.exception)


def test_no_message_tells_a_small_count():
    """What an estimator says of few clients, in its notes and in its refusals."""
    note = Message("{missing} of {clients} clients have no outcome", missing=3, clients=155)
    assert hide_small_counts(note) == "fewer than 5 of 155 clients have no outcome"
    assert hide_numbers(note, (155,)) == "some of 155 clients have no outcome"
    # Counts of what is no client stay.
    assert hide_small_counts(Message("{count} of {all} covariates", count=3, all=5)) == (
        "3 of 5 covariates"
    )
    told = Message("the estimate is {estimate} on {count} clients", estimate=Amount(0.1), count=3)
    assert hide_numbers(told) is None


def test_a_rare_trait_is_not_told_by_a_check_of_balance():
    """Three of 78 and nobody of 77 have it: a difference of 0.28 and a chi-square of 3.0 say so."""
    arm, work = two_arms(78, 77, 30, 20)
    for count, is_told in ((3, False), (30, True)):
        rare = (np.arange(155) < count).astype(np.float64)
        plan = plan_of(checks=("balance",), balance=["rare"])
        check = analyse(panel_of(arm, work, rare=rare), plan).checks[0]
        assert ("chi-square" in check.text) == is_told
        assert (check.evidence is not None) == is_told


def test_a_lost_count_is_not_told_by_many_months():
    """Two are lost for ten months, in which the others' work changes: each month is another equation."""
    rank = np.concatenate([np.arange(78), np.arange(77)])
    arm = np.repeat([1.0, 0.0], [78, 77])
    have = np.where(arm == 1.0, 20, 15)[:, None] + 2 * np.arange(12)
    lost = np.zeros((155, 12), np.bool_)
    lost[[77, 76, 154], 2:] = True
    panel = panel_of(arm, (rank[:, None] < have).astype(np.float64), lost=lost)
    raw = work_out(panel, plan_of({"in_work": {"at": "12 months"}}))
    for rules, is_safe in ((ReleaseRules(), True), (GATE_OFF, False)):
        answer = release_analysis(raw, rules).findings[0]
        months = [printed_of(answer, effect) for effect in answer.path[2:] if effect is not None]
        assert len(months) == 10
        fit = [
            (one, other)
            for one, other in itertools.product(range(11), repeat=2)
            if all(len(tables_that_fit(78 - one, 77 - other, month)) for month in months)
        ]
        assert (
            len({one for one, _ in fit}) >= 5 and len({other for _, other in fit}) >= 5
        ) == is_safe
        assert (2, 1) in fit


def test_only_the_gate_makes_what_views_take():
    """No other module of the program makes the record that is shown, or takes the one before it."""
    source = Path(__file__).parent.parent.parent / "src" / "pilotsim"
    makers = [
        file.relative_to(source).as_posix()
        for file in source.rglob("*.py")
        if re.search(r"(?<!class )\bRegisterAnalysis\(", file.read_text(encoding="utf-8"))
    ]
    assert makers == ["evaluation/release/gate.py"]
    takers = [
        file.relative_to(source).as_posix()
        for file in (source / "output").rglob("*.py")
        if "Unreleased" in file.read_text(encoding="utf-8")
    ]
    assert takers == []


def test_an_arm_of_whom_few_are_followed_is_not_told():
    """Five are young and offered, and two of them are lost: three are followed."""
    arm, work = two_arms(78, 77, 30, 20)
    young = np.isin(np.arange(155), (0, 1, 2, 3, 4, *range(78, 130))).astype(np.float64)
    lost = np.isin(np.arange(155), (0, 1))
    asked = {"young": {"at": "2 months", "traits": {"young": True}}}
    for gone, precision in ((lost, "withheld"), (lost & False, "coarse")):
        months = np.column_stack([work, work]), np.column_stack([lost & False, gone])
        panel = panel_of(arm, months[0], lost=months[1], young=young)
        assert analyse(panel, plan_of(asked)).findings[0].precision == precision


def test_the_limit_is_no_lower_than_usual_unless_the_owner_allows_it():
    with pytest.raises(RegisterError, match="only if the owner of the data allows it"):
        rules_of(1)
    assert rules_of(8).least == 8
    allowed = rules_of(5, allowed=2)
    assert allowed.allowed_by_owner
    panel = panel_of(*two_arms(78, 77, 3, 2))
    assert "The owner of the data allows counts from 2 on" in page_of(
        analyse(panel, plan_of(), rules=allowed)
    )
    with pytest.raises(RegisterError, match="only if the owner"):
        analyse(panel, plan_of(small_cells=1))


NOW = {"at": "1 month"}


def asked(*answers: tuple[str, ...], **inquiries: dict) -> object:
    """A plan: each answer an inquiry, and the covariates that it is adjusted for."""
    return plan_of(
        {"work": NOW, **inquiries},
        answers={
            "_".join(answer): {"inquiry": answer[0], "estimator": "difference"}
            if len(answer) == 1
            else {
                "inquiry": answer[0],
                "estimator": "adjusted",
                "covariates": [*answer[1:]],
            }
            for answer in answers
        },
    )


def told(found) -> list[str]:
    return [one.precision for one in found.findings]


@pytest.mark.parametrize(("few", "both"), [(1, False), (2, False), (4, False), (12, True)])
def test_a_covariate_that_few_have_does_not_tell_their_outcome(few, both):
    """The adjusted effect leaves out who alone has a trait: beside the difference it tells of them."""
    arm, work = two_arms(78, 77, 30, 20)
    # As many of them are in work as not, and as many in the other arm, where there are more.
    rare = np.isin(np.arange(155), np.arange(30 - few // 2, 30 + few - few // 2))
    rare |= np.isin(np.arange(155), 78 + np.arange(14, 26)) & (few == 12)
    panel = panel_of(arm, work, rare=rare)
    two = analyse(panel, asked(("work",), ("work", "rare")))
    assert told(two) == ["exact", "exact" if both else "withheld"]
    # The answer that decides is told, whichever it is, and alone either is.
    assert told(analyse(panel, asked(("work", "rare"), ("work",))))[0] == "exact"
    assert told(analyse(panel, asked(("work", "rare")))) == ["exact"]


def test_a_covariate_that_few_have_is_not_told_of_by_a_second_release():
    arm, work = two_arms(78, 77, 30, 20)
    panel = panel_of(arm, work, rare=np.arange(155) == 0)
    plain, adjusted = asked(("work",)), asked(("work", "rare"))
    for one, other in ((plain, adjusted), (adjusted, plain)):
        first = analyse(panel, one)
        before = [entry(panel, one, first)]
        assert told(analyse(panel, other, earlier=before)) == ["withheld"]
        # The same once more says the same.
        again = analyse(panel, one, earlier=before)
        assert printed_effects(again) == printed_effects(first)


def test_a_value_far_from_all_others_sets_a_client_apart_like_a_rare_trait():
    arm, work = two_arms(78, 77, 30, 20)
    age = np.tile(np.arange(20.0, 25.0), 31)
    plan = asked(("work",), ("work", "age"))
    assert told(analyse(panel_of(arm, work, age=age), plan)) == ["exact", "exact"]
    age[0] = 2000.0
    assert told(analyse(panel_of(arm, work, age=age), plan)) == ["exact", "withheld"]


def test_a_trait_of_whom_few_are_in_work_is_not_solved_from_two_answers():
    """Of those with the trait three are in work in an arm: two answers are four equations for four counts."""
    arm, work = two_arms(78, 77, 30, 20)
    for few, precision in ((3, "withheld"), (12, "exact")):
        half = np.isin(
            np.arange(155), [*range(few), *range(40, 70), *range(78, 88), *range(120, 150)]
        )
        found = analyse(panel_of(arm, work, half=half), asked(("work",), ("work", "half")))
        assert told(found) == ["exact", precision]


def blocked_panel(alone: int) -> object:
    """Two blocks of clients, and some of the offered alone in a third."""
    arm, work = two_arms(80, 80, 30, 20)
    return panel_of(arm, work, block=np.where(np.arange(160) < alone, 2, np.arange(160) % 2))


def test_clients_alone_in_a_block_are_not_counted():
    plan = plan_of({"work": NOW}, answers={"work": {"estimator": "blocked", "inquiry": "work"}})
    for alone in (1, 3):
        found = analyse(blocked_panel(alone), plan)
        assert found.findings[0].precision == "rounded"
        assert found.findings[0].effect.clients == 160
        assert f"{160 - alone}" not in page_of(found)
        # The control: without the gate it stands there.
        assert f"{160 - alone}" in page_of(analyse(blocked_panel(alone), plan, rules=GATE_OFF))
    many = analyse(blocked_panel(9), plan).findings[0]
    assert (many.precision, many.effect.clients) == ("exact", 151)


def test_other_limits_and_months_do_not_hide_that_two_releases_differ_by_few():
    """Below 25 and below 26: three are 25; and a month later, asked for a month less."""
    age = np.tile(np.arange(20.0, 30.0), 31)
    age = np.where((age == 25.0) & (np.cumsum(age == 25.0) > 3), 24.0, age)
    work = (np.arange(310) % 3 == 0).astype(np.float64)
    panel = panel_of((age < 25.0).astype(float), np.tile(work[:, None], 3), age=age)

    def limited(below: int, months: int, begins: str = "2015-01-01") -> object:
        return plan_of(
            {"work": {"at": f"{months} months"}},
            answers={"work": {"estimator": "difference", "inquiry": "work"}},
            rule={"lottery": {}},
            begins=begins,
        )

    first = limited(25, 3)
    before = [entry(panel, first, analyse(panel, first))]
    moved = replace(panel, traits={**panel.traits, "assigned": (age < 26.0).astype(float)})
    # Another version of the register: three have changed arms.
    assert told(analyse(moved, first, earlier=before)) == ["withheld"]
    # The same month counted from a later one is no way around: offers came before it.
    with pytest.raises(RegisterError, match="the plan begins in 2015-02"):
        analyse(panel, limited(25, 2, "2015-02-01"), earlier=before)


@pytest.mark.parametrize("have", [(31, 18), (3, 2)])
@pytest.mark.parametrize("rule", [{"lottery": {}}, {"lottery": {"share": "51 %"}}])
@pytest.mark.parametrize("gone", [1, 4])
def test_how_few_have_gone_does_not_follow_from_the_counts_of_two_extracts(have, rule, gone):
    """By the chart, or the clients of an answer; also under another rule, by which arms are called otherwise.

    In the first month nobody is in work, so that those who lack it are an arm.
    """
    arm, work = two_arms(78, 77, *have)
    before = panel_of(arm, np.column_stack([np.zeros(155), work]), amount=np.full((155, 2), 7000.0))
    after = before.select(np.arange(155) >= gone)
    plan = plan_of({"work": {"at": "2 months"}})
    other = plan_of({"paid": {"outcome": "amount", **NOW}}, rule=rule)
    first = analyse(before, plan)
    assert first.told[f"{scope_of(plan)}/2/offered"] == 78
    assert counted_apart(first, release_analysis(work_out(after, plan), GATE_OFF)) == {gone}
    for again in (plan, other):
        second = analyse(after, again, earlier=[entry(before, plan, first)])
        assert not counted_apart(first, second)
        assert set(told(second)) == {"withheld"}
    # As many as may be told is told.
    less = analyse(before.select(np.arange(155) >= 5), other, earlier=[entry(before, plan, first)])
    assert counted_apart(first, less, least=6) == {5}


def test_counts_are_held_against_a_plan_that_can_no_longer_be_carried_out():
    """Its arms are in no month or district of the register of now; how many they were is known."""
    arm, work = two_arms(77, 77, 31, 18)
    counts = {"of before/1/offered": 78, "of before/1/extract": 155}
    for earlier, precision in ((counts, "withheld"), ({}, "exact")):
        raw = work_out(panel_of(arm, work), plan_of())
        raw = replace(raw, earlier=(EarlierRelease(plan_of(), earlier, (), same=False),))
        found = release_analysis(raw, ReleaseRules())
        assert told(found) == [precision]
        assert (found.chart["offered"], found.chart["extract"]) == (
            (77, 154) if precision == "exact" else (None, None)
        )


@pytest.mark.parametrize("have", [(30, 20), (3, 2)])
@pytest.mark.parametrize("gone", [0, 77, 100])
def test_a_client_who_came_later_is_not_told_of_by_two_extracts(have, gone):
    """Before and after one client came, asked of all or of both groups; exact or coarse, and in kroner."""
    arm, work = two_arms(78, 77, *have)
    young = (np.arange(155) % 2).astype(np.float64)
    amount = np.where(np.arange(155) % 3 == 0, 9000.0 + np.arange(155), 0.0)
    after = panel_of(arm, work, amount=amount, young=young)
    before = after.select(np.arange(155) != gone)
    whole = asked(("work",), ("paid",), paid={"outcome": "amount", **NOW})
    groups = asked(
        ("young",),
        ("old",),
        young={**NOW, "traits": {"young": True}},
        old={**NOW, "traits": {"young": False}},
    )
    for one, other in itertools.product((whole, groups), repeat=2):
        first = analyse(before, one)
        assert "withheld" not in told(first)
        earlier = [entry(before, one, first)]
        second = dict(zip(other.answers, told(analyse(after, other, earlier=earlier)), strict=True))
        if one is other is whole:
            assert set(second.values()) == {"withheld"}
        elif one is other:
            assert second["young" if young[gone] else "old"] == "withheld"
            if have == (30, 20):
                # The group to which nobody came has not changed.
                assert second["old" if young[gone] else "young"] == "exact"
        elif other is groups:
            # Both together would be all once more.
            assert "withheld" in second.values()
        else:
            # Whatever is asked of all: how many they are would tell that one has come.
            assert set(second.values()) == {"withheld"}
        # The control: where nothing has changed it is all told again.
        again = analyse(before, one, earlier=earlier)
        assert printed_effects(again) == printed_effects(first)


def test_a_contrast_of_subgroups_is_told_where_neither_has_small_cells():
    """The young and the others, of whom 12 or 3 of each arm are in work."""
    inquiries = {"young": {"reached": "1 month", "traits": {"young": True}}}
    for rest, is_told in (((12, 12), True), ((3, 2), False)):
        arm, work, young = nested(rest)
        panel = panel_of(arm, work, young=young)
        plan = plan_of({"all": {"reached": "1 month"}, **inquiries})
        found = analyse(panel, plan)
        assert (found.findings[1].contrast is not None) == is_told
        alone = analyse(panel, plan_of(inquiries))
        assert (alone.findings[0].contrast is not None) == is_told
        # It is in the ledger: all are then told of no other number than what follows.
        names = " ".join(alone.told)
        assert ("not young=True" in names) == is_told
        # The control: of a few it is not known whether they are young.
        unknown = np.where(np.isin(np.arange(155), (0, 2, 78)), np.nan, young)
        told_of_few = analyse(panel_of(arm, work, young=unknown), plan)
        assert told_of_few.findings[1].contrast is None


def test_nothing_printed_tells_a_small_count_of_any_table(monkeypatch):
    """All tables of 14 and 13 by all that is printed of them, certificate and all.

    Its number of counts from 1 to 4, and of hidden ones, told one in work of 14 and nobody of 13
    from all others.
    """
    # No library is asked, and no lots are drawn anew: that takes the time.
    monkeypatch.setattr(register_analysis, "compare_with_reference", lambda *_: (None, UNASKED))
    monkeypatch.setattr(register_analysis, "redraw_differences", lambda *_: np.zeros(0))
    plan, printed = plan_of(), defaultdict[str, list[tuple[int, int]]](list)
    for have, other in itertools.product(range(15), range(14)):
        if not 0 < have + other < 27:
            continue
        found = analyse(panel_of(*two_arms(14, 13, have, other)), plan)
        record = json.dumps(document_of(found, "en", with_figures=False).record, default=str)
        text = re.sub("[0-9a-f]{64}", "", record) + page_of(found)
        printed[text].append((have, other))
    for tables in printed.values():
        for own, size in zip(zip(*tables, strict=True), (14, 13), strict=True):
            counts = {*own}
            few = any(0 < count < 5 or 0 < size - count < 5 for count in counts)
            assert not few or len(counts) >= 5, tables
    # The control: those of whom none is small are told.
    assert [(7, 6)] in printed.values()


def test_the_certificate_names_what_is_not_compared():
    for rest in ((12, 12), (3, 2)):
        arm, work, young = nested(rest)
        plan = plan_of(
            {
                "all": {"reached": "1 month"},
                "young": {"reached": "1 month", "traits": {"young": True}},
            }
        )
        own = analyse(panel_of(arm, work, young=young), plan).certificate
        assert own.contrasts == (() if rest == (12, 12) else ("young",))


def test_another_limit_is_no_second_interval_for_the_same_answer():
    """The grids of 5 and of 8 end elsewhere: who has both intervals knows more than either tells."""
    plan = plan_of()
    for have in ((3, 2), (30, 20)):
        panel = panel_of(*two_arms(78, 77, *have))
        first = analyse(panel, plan)
        for least in (6, 8):
            second = analyse(
                panel, plan, rules=ReleaseRules(least=least), earlier=[entry(panel, plan, first)]
            )
            alone = analyse(panel, plan, rules=ReleaseRules(least=least))
            same = printed_effects(alone) == printed_effects(first)
            assert told(second) == (told(alone) if same else ["withheld"])
            assert same == (have == (30, 20))


def test_the_few_of_a_month_do_not_follow_from_a_sum_and_all_other_months():
    """One and two in work in the first month, and eight more in each: eight months are summed up."""
    rank = np.concatenate([np.arange(78), np.arange(77)])
    arm = np.repeat([1.0, 0.0], [78, 77])

    def found(first: int, rules: ReleaseRules | None = None) -> object:
        limit = np.where(arm[:, None] == 1.0, first, first + 1) + 8 * np.arange(8)
        panel = panel_of(arm, (rank[:, None] < limit).astype(np.float64))
        plan = plan_of({"at": {"at": "8 months"}, "sum": {"cumulated": "8 months"}})
        return analyse(panel, plan, rules=rules).findings

    at, total = found(1)
    assert (at.precision, total.precision) == ("exact", "exact")
    assert [one is None for one in at.path] == [True] * 5 + [False] * 3
    at, total = found(1, GATE_OFF)
    months = [one.estimate for one in at.path]
    # The control: all months but the first, and the sum, give the first month's difference.
    assert total.effect.estimate - sum(months[1:]) == pytest.approx(1 / 78 - 2 / 77, abs=0.01)
    assert None not in found(8)[0].path


def of_statuses(work: tuple[int, int], other: tuple[int, int]) -> object:
    """Two arms in work, on assistance, and on neither."""
    rank = np.concatenate([np.arange(78), np.arange(77)])
    arm = np.repeat([1.0, 0.0], [78, 77])
    first, second = (np.where(arm == 1.0, *own) for own in (work, other))
    panel = panel_of(arm, (rank < first).astype(np.float64))
    return replace(panel, on_assistance=(rank >= first + second).astype(np.float64)[:, None])


def test_who_is_neither_in_work_nor_on_assistance_does_not_follow_from_both():
    plan = plan_of(
        {"work": {"outcome": "in_work", **NOW}, "assistance": {"outcome": "on_assistance", **NOW}}
    )
    assert told(analyse(of_statuses((30, 20), (3, 1)), plan)) == ["exact", "withheld"]
    assert told(analyse(of_statuses((30, 20), (9, 7)), plan)) == ["exact", "exact"]
    # Whoever is not in work is on assistance: the same clients, counted from the other end.
    assert told(analyse(of_statuses((3, 2), (0, 0)), plan)) == ["coarse", "withheld"]


def test_a_sentence_that_counts_all_but_a_few_tells_of_them_too():
    note = Message("{known} of {clients} clients are known", known=152, clients=155)
    assert hide_small_counts(note) == "nearly all of 155 clients are known"
    note = Message("({left} clients below, {right} above)", left=90, right=3)
    assert hide_small_counts(note) == "(90 clients below, fewer than 5 above)"


def groups_of(few: int, trait: str) -> object:
    """155 clients of whom a few lack a trait, have an unknown one, or an unknown payment."""
    arm, work = two_arms(78, 77, 30, 20)
    some = np.arange(155) % 78 < few
    amount = np.where(some & (trait == "paid"), np.nan, 5000.0 + 31.0 * np.arange(155))
    most = np.where(some, 0.0, 1.0)
    young = np.where(some, np.nan, np.arange(155) % 2).astype(np.float64)
    return panel_of(arm, work, amount=amount, most=most, young=young)


@pytest.mark.parametrize(("few", "shown"), [(1, False), (4, False), (7, True)])
def test_how_few_lack_a_trait_does_not_follow_from_the_clients_of_a_group(few, shown):
    """Both arms, less the clients of an answer about all but a few of them."""
    panel = groups_of(few, "most")
    only = plan_of({"most": {**NOW, "traits": {"most": True}}})
    found = analyse(panel, only)
    number = clients_told(found).get("most")
    assert number == (155 - 2 * few if shown else None)
    assert told(found) == ["exact" if shown else "withheld"]
    if not shown:
        assert "ask it of the larger group" in page_of(found)
    open_ = clients_told(release_analysis(work_out(panel, only), GATE_OFF))
    assert open_["most"] == 155 - 2 * few


@pytest.mark.parametrize(("few", "shown"), [(1, False), (2, False), (12, True)])
def test_of_how_few_a_trait_is_not_known_does_not_follow_from_both_groups(few, shown):
    """Both arms, less the clients with a trait and those without it, or those of their contrast."""
    panel = groups_of(few, "young")
    parts = plan_of(
        {"young": {**NOW, "traits": {"young": True}}, "old": {**NOW, "traits": {"young": False}}}
    )
    for found in (analyse(panel, parts), release_analysis(work_out(panel, parts), GATE_OFF)):
        number = clients_told(found)
        is_told = left_out_of(155, [number.get("young"), number.get("old")], 2 * few)
        is_told |= left_out_of(155, [number.get("young less the others")], 2 * few)
        is_told |= left_out_of(155, [number.get("old less the others")], 2 * few)
        is_open = found.certificate.least == 1
        assert is_told == (is_open and not shown)
        assert ("old" in number) == (is_open or shown)
        assert "young" in number


@pytest.mark.parametrize(("few", "shown"), [(1, False), (2, False), (12, True)])
def test_of_how_few_an_outcome_is_not_known_does_not_follow_from_another_answer(few, shown):
    """The clients of one answer, or those the chart says are followed, less those of another."""
    panel = groups_of(few, "paid")
    paid = {"outcome": "amount", **NOW}
    for plan in (plan_of({"work": NOW, "paid": paid}), plan_of({"paid": paid})):
        found = analyse(panel, plan)
        number = clients_told(found)["paid"]
        followed = [found.chart[f"{arm}_followed"] for arm in ("offered", "compared")]
        beside = [clients_told(found).get("work")]
        beside += [None if None in followed else sum(followed)]
        assert not any(left_out_of(whole, [number], 2 * few) for whole in beside)
        if shown:
            assert number == 155 - 2 * few
        open_ = clients_told(release_analysis(work_out(panel, plan), GATE_OFF))
        assert open_["paid"] == 155 - 2 * few


def paired_panel(first: np.ndarray, second: np.ndarray) -> object:
    """Pairs of clients, the first of each drawn, with the outcomes of both."""
    pairs = len(first)
    arm, block = np.tile([1.0, 0.0], pairs), np.repeat(np.arange(float(pairs)), 2)
    return panel_of(arm, np.column_stack([first, second]).ravel().astype(float), block=block)


PAIRED = plan_of(
    {"work": NOW},
    rule={"lottery": {"pairs": ["age"]}},
    answers={
        "difference": {"inquiry": "work", "estimator": "difference"},
        "lots": {"inquiry": "work", "estimator": "randomisation"},
    },
)


def test_randomisation_is_told_beside_the_difference_that_has_its_estimate():
    """Under pairs both are the mean of the same differences: what the second tells, the first told."""
    draws = np.random.default_rng(4)
    first, second = draws.random(60) < 0.6, draws.random(60) < 0.4
    found = analyse(paired_panel(first, second), PAIRED)
    assert told(found) == ["exact", "exact"]
    assert found.findings[0].effect.estimate == found.findings[1].effect.estimate
    # In a second release too.
    alone = replace_answers(PAIRED, "difference")
    panel = paired_panel(first, second)
    earlier = [entry(panel, alone, analyse(panel, alone))]
    assert told(analyse(panel, replace_answers(PAIRED, "lots"), earlier=earlier)) == ["exact"]


def replace_answers(plan, name):
    return plan_of(
        {"work": NOW},
        rule={"lottery": {"pairs": ["age"]}},
        answers={name: {"inquiry": "work", "estimator": plan.answers[name].estimator}},
    )


def test_an_attacker_with_both_answers_of_pairs_knows_no_more_than_with_one():
    """All outcomes of 8 pairs that print one difference and error print one randomisation, too."""
    rules = replace(GATE_OFF, least=1)
    by_first: dict[tuple, set] = {}
    for up, down, both in itertools.product(range(9), repeat=3):
        if up + down + both > 8:
            continue
        first = np.arange(8) < up + both
        second = (np.arange(8) < both + up + down) & ~(np.arange(8) < up)
        found = release_analysis(work_out(paired_panel(first, second), PAIRED), rules)
        one, two = (answer.effect for answer in found.findings)
        if one is None or two is None:
            continue
        by_first.setdefault((one.estimate, one.error), set()).add((two.estimate, two.p))
    assert len(by_first) > 20
    assert all(len(others) == 1 for others in by_first.values())


def test_a_weighting_by_other_blocks_is_another_answer_than_the_difference():
    """Of blocks with a single client in an arm the difference weights otherwise than the lots."""
    block = np.repeat([0.0, 1.0], [100, 55])
    arm = (np.arange(155) % 2).astype(float)
    arm[100:] = 0.0
    arm[100] = 1.0
    work = (np.arange(155) % 3 == 0).astype(float)
    plan = plan_of(
        {"work": NOW},
        rule={"lottery": {"blocks": ["age"]}},
        answers={
            "difference": {"inquiry": "work", "estimator": "difference"},
            "lots": {"inquiry": "work", "estimator": "randomisation"},
        },
    )
    raw = work_out(panel_of(arm, work, block=block), plan)
    one, two = (answer.effect.estimate for answer in raw.findings)
    assert abs(one - two) > 1e-3
    assert told(analyse(panel_of(arm, work, block=block), plan))[1] == "withheld"


def of_plan(name: str, *answers: tuple[str, ...]) -> object:
    own = asked(*answers)
    return own.model_copy(update={"plan": name})


def test_the_earlier_release_that_hinders_an_answer_is_named():
    """The covariate few have is withheld beside the difference, which the second of three told."""
    arm, work = two_arms(78, 77, 30, 20)
    rare = np.isin(np.arange(155), np.arange(29, 31))
    half = np.arange(155) % 2
    panel = panel_of(arm, work, rare=rare, half=half, most=np.arange(155) % 3)
    earlier = []
    for name, answer in (("first", ("old",)), ("second", ("work",)), ("third", ("work", "half"))):
        plan = of_plan(name, answer) if name != "first" else of_first()
        found = analyse(panel, plan, earlier=earlier)
        assert told(found) == ["exact"]
        earlier.append(entry(panel, plan, found))
    found = analyse(panel, of_plan("fourth", ("work", "rare")), earlier=earlier)
    (answer,) = found.findings
    assert answer.effect is None
    assert "with the plan 'second'" in answer.refusal
    assert "with the plan 'second'" in page_of(found)
    assert "med planen «second»" in page_of(found, "nb")
    # Alone it is told; and what the register itself hides is not put down to the ledger.
    assert told(analyse(panel, of_plan("fourth", ("work", "rare")))) == ["exact"]
    both = analyse(panel, of_plan("fifth", ("work",), ("work", "rare")), earlier=earlier[:1])
    assert both.findings[1].effect is None
    assert "ledger" not in both.findings[1].refusal


def of_first() -> object:
    return plan_of({"paid": {"outcome": "on_assistance", **NOW}}).model_copy(
        update={"plan": "first"}
    )


@pytest.mark.parametrize(("seed", "precision"), [(4, "withheld"), (10, "withheld"), (0, "coarse")])
def test_where_nothing_more_may_be_told_the_rest_is_released(seed, precision):
    """Of 500 random registers 13 were refused whole; now nothing is told that was not told before."""
    panel, _ = draw(seed)
    first = analyse(panel, plan_of(EVERYBODY))
    earlier = [entry(panel, plan_of(EVERYBODY), first)]
    second = analyse(panel, plan_of(YOUNG), earlier=earlier)
    assert told(second) == [precision]
    if precision == "withheld":
        assert "the ledger of releases holds it" in second.findings[0].refusal
        before = {one for one in first.chart.counts if one is not None}
        assert {one for one in second.chart.counts if one is not None} <= before
        assert not second.answers


def test_a_coarse_answer_of_before_tells_no_count_of_five():
    """Of 113 random registers this one was refused whole: a coarse count of 5 was taken for told."""
    arm, work = two_arms(50, 22, 3, 5)
    panel = panel_of(arm, work, young=np.arange(72) % 2)
    first = analyse(panel, asked(("work",)))
    assert told(first) == ["coarse"]
    young = plan_of({"young": {**NOW, "traits": {"young": True}}})
    second = analyse(panel, young, earlier=[entry(panel, asked(("work",)), first)])
    assert second.chart["offered"] == 50
    assert not {name for name in second.told if name.endswith("/compared/have")} - {*first.told}


@pytest.mark.parametrize("few", [1, 2, 3, 4])
def test_an_estimator_s_refusal_does_not_tell_that_it_was_asked_of_one_client(few):
    """Of one it says that the estimate rests on a single client; of two to four it has an estimate."""
    arm, work = two_arms(78, 77, 31, 18)
    young = np.where(arm == 1.0, np.arange(155) < few, np.arange(155) < 110).astype(float)
    panel = panel_of(arm, work, young=young)
    raw = work_out(panel, plan_of({"work": NOW, "young": {**NOW, "traits": {"young": True}}}))
    raised = raw.findings[1].refusal
    assert ("single client" in raised) == (few == 1)
    assert release_analysis(raw, ReleaseRules()).findings[1].refusal == WITHHELD
    assert counts_in_words(raised) == (few == 1)
    wrong = [str(one.says) for one in hold_to_plan(panel, raw.plan) if one.judged == "wrong"]
    assert wrong == [f"the answer 'young' cannot be given: {TOO_FEW}"]


def test_that_all_of_an_arm_have_the_outcome_is_not_told_by_a_refusal():
    """The outcome of each is known where it does not vary."""
    raw = work_out(panel_of(*two_arms(78, 77, 78, 0)), plan_of())
    assert "does not vary" in raw.findings[0].refusal
    assert release_analysis(raw, ReleaseRules()).findings[0].refusal == WITHHELD


def test_words_that_count_one_are_known_by_their_sense():
    one = ("the estimate rests on a single client, so", "{count} blocks, one client")
    for text in one:
        assert counts_in_words(Message(text, count=2))
        assert counts_in_words(Message("not made: {why}", why=Message(text, count=2)))
    others = ("more than one client of an arm", "every cluster has one client", "one month")
    assert not any(counts_in_words(Message(text)) for text in others)
    assert not counts_in_words(Message("nobody has left"))
    assert counts_in_words(Message("nobody has left"), with_all=True)


def test_some_of_an_unknown_number_are_some_of_all():
    note = Message("{missing} of {clients} clients have no outcome", missing=31, clients=155)
    assert hide_numbers(note) == "some of all clients have no outcome"


@pytest.mark.parametrize("few", [1, 3, 4, 5])
def test_how_few_a_third_arm_has_does_not_follow_from_the_check(few, tmp_path):
    """All less the two others; and a share of all beside the size of an arm."""
    plan, table = three_arms(few)
    table.to_csv(tmp_path / "r.csv", index=False)
    found = " ".join(str(one.says) for one in check_register(tmp_path / "r.csv", plan).found)
    numbers = {int(one) for one in re.findall(r"([0-9]+) clients", found)}
    shares = {int(one) / 100 for one in re.findall(r"clients, ([0-9]+) %", found)}
    solved_for = {total - 103 for total in numbers} | {round(52 / own) - 103 for own in shares}
    assert (few in solved_for) == (few == 5)
    assert ("fewer than 5 clients: nothing may be shown" in found) == (few < 5)


def test_the_check_tells_no_size_that_differs_by_few_from_what_was_released(tmp_path):
    plan, table = three_arms(50)
    table.to_csv(tmp_path / "r.csv", index=False)
    panel = read_register(tmp_path / "r.csv", plan.begins, plan.rule.words_of_arms)
    _, entries = analyse_arms(panel, plan, json.loads(THREE_ARMS))
    write_ledger(ledger_of(tmp_path / "r.csv"), entries)
    for gone, is_told in ((0, True), (1, False), (4, False), (5, True)):
        table[table["client"] >= gone].to_csv(tmp_path / "r.csv", index=False)
        found = " ".join(str(one.says) for one in check_register(tmp_path / "r.csv", plan).found)
        assert (re.search(r"[0-9] clients(?: are in|,)", found) is not None) == is_told, (
            gone,
            found,
        )


THREE_ARMS = json.dumps(
    content_of(
        {"work": {"at": "2 months"}},
        rule={
            "lottery": {
                "arms": {
                    "a": {"says": "a", "words": ["a"]},
                    "b": {"says": "b", "words": ["b"]},
                    "usual": {"says": "usual", "offered": False, "words": ["u"]},
                },
                "compared": "usual",
            }
        },
    )
)


def three_arms(few):
    """A plan of three arms and a register in which they have 52, 51 and few clients."""
    content = json.loads(THREE_ARMS)
    plan = build_record(
        parse(json.dumps(content | {"hash": hash_of(content)}), "p"), PreAnalysisPlan
    )
    arms = np.repeat(["a", "u", "b"], [52, 51, few])
    clients = len(arms)
    table = pd.DataFrame(
        {
            "client": np.repeat(np.arange(clients), 2),
            "month": np.tile(["2015-01", "2015-02"], clients),
            "status": np.repeat(np.where(np.arange(clients) % 3 == 0, "work", "assistance"), 2),
            "offered": np.repeat(np.where(arms == "u", "", "2015-01"), 2),
            "assigned": np.repeat(arms, 2),
        }
    )
    return plan, table


def test_three_arms_tell_their_effects_where_none_has_few():
    """In the first months few are in work: these are not told, and the last one is, of every pair."""
    lost = 0
    for seed in range(6):
        chance = np.random.default_rng([seed, 21])
        arms = np.repeat([0.0, 2.0, 1.0], (52, 51, 52))
        level = np.array([0.5, 0.2, 0.25])[arms.astype(int)]
        found = np.where(chance.random(155) < level, chance.integers(2, 12, 155), 99)
        panel = replace(
            panel_of(np.where(arms == 1.0, 0.0, 1.0), np.arange(12) >= found[:, None]),
            traits={"assigned": arms},
            categories={"assigned": ("a", "usual", "b")},
        )
        work = panel.in_work[:, 11]
        content = json.loads(json.dumps(ARMS_CONTENT))
        content["inquiries"]["work"] = {"at": "12 months"}
        plan = build_record(
            parse(json.dumps(content | {"hash": hash_of(content)}), "p"), PreAnalysisPlan
        )
        whole, _ = analyse_arms(panel, plan, content)
        counts = [int(work[arms == arm].sum()) for arm in range(3)]
        if min(counts) <= 5:
            continue
        answers = [one.analysis.findings[0] for one in whole.contrasts]
        assert [one.precision for one in answers] == ["exact"] * 3, (seed, counts)
        lost += any(None in one.path for one in answers)
    assert lost


@pytest.mark.parametrize("seed", [8, 14, 42, 89])
def test_a_third_comparison_of_coarse_ones_does_not_narrow_the_others(seed):
    assert not list(attack_arms(seed, is_open=False))
    assert list(attack_arms(seed, is_open=True))


@pytest.mark.parametrize(
    ("design", "offered"), [("lottery", None), ("encouragement", ("80 %", "10 %", "79 %"))]
)
def test_the_reason_of_a_comparison_that_another_one_hinders_is_that_other_one(design, offered):
    """Nothing was released before: the plan's own comparison comes first, whatever the design."""
    rule, asked = ARMS_CONTENT["rule"]["lottery"], ARMS_CONTENT["inquiries"]
    if offered is not None:
        arms = dict(zip(rule["arms"], ({"offered": own} for own in offered), strict=True))
        rule = {**rule, "arms": arms}
        asked = {name: {**own, "who": "encouraged"} for name, own in asked.items()}
    content = content_of(asked, rule={design: rule})
    plan = plan_of(asked, rule={design: rule})
    said = []
    for seed in range(12):
        panel, _ = draw_arms(seed)
        whole, _ = analyse_arms(panel, plan, content)
        said += [str(one.analysis.findings[0].refusal) for one in whole.contrasts]
    hindered = [one for one in said if "the cause is" in one]
    assert hindered
    assert all("the cause is another comparison of the same plan, " in one for one in hindered)
