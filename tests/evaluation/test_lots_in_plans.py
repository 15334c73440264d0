"""From a plan that draws lots to an answer of a register: what was drawn decides, from the file to the number."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from pilotsim.base.languages import LANGUAGES
from pilotsim.evaluation.evaluation_file import EvaluationFile
from pilotsim.evaluation.preanalysis_plan import PreAnalysisPlan, read_plan, write_plan
from pilotsim.evaluation.readiness import hold_to_plan
from pilotsim.evaluation.reading import parse, read_file
from pilotsim.evaluation.register import Panel
from pilotsim.evaluation.register_analysis import work_out
from pilotsim.output.views import document_of
from pilotsim.output.writers.markdown import write_markdown
from tests.evaluation.pilots import build
from tests.evaluation.test_lots import EIGHT
from tests.recovery.lots import DESIGNS, Design, register

BY_NAME = {design.name: design for design in DESIGNS}


def plan_of(rule: Mapping[str, Any], *estimators: str, correction: str = "holm") -> PreAnalysisPlan:
    return PreAnalysisPlan.model_validate(
        {
            "plan": "p",
            "title": "P",
            "program": "0",
            "design": "d",
            "says": "D",
            "rule": rule,
            "begins": "2015-01-01",
            "inquiries": {"q": {"at": "9 months"}},
            "answers": {name: {"estimator": name, "inquiry": "q"} for name in estimators},
            "balance": ["past", "age"],
            "correction": correction,
        }
    )


def panel_of(design: Design, draw: int = 0) -> Panel:
    """A register with the columns that hold what the lots decided."""
    sample = register(draw, design)
    return replace(
        sample.panel,
        traits={**sample.panel.traits, "assigned": sample.arm, "block": sample.block},
    )


def test_a_register_of_drawn_districts_is_judged_by_districts():
    """The same arms, read as a lottery of clients, give an error of clients and a p-value of theirs."""
    design = BY_NAME["4 of 8 districts"]
    found = work_out(panel_of(design), plan_of(design.rule, "difference", "randomisation", "did"))
    difference, randomisation, did = (one.effect for one in found.findings)
    assert difference.clusters == randomisation.clusters == did.clusters == 8
    assert randomisation.p * 70 == pytest.approx(round(randomisation.p * 70))
    panel = panel_of(design)
    traits = {name: own for name, own in panel.traits.items() if name != "block"}
    district = np.zeros(352, np.int64)
    by_client = replace(panel, districts=("one",), district=district, traits=traits)
    naive = work_out(by_client, plan_of({"lottery": {}}, "difference")).findings[0].effect
    assert naive.clusters == 0
    assert naive.error < 0.75 * difference.error


def drawn_within(panel: Panel, seed: int) -> Panel:
    """Seven tenths of those in work before are drawn and three tenths of the others: no effect, all by lot."""
    past, rng = panel.traits["past"], np.random.default_rng(seed)
    arm = np.zeros(len(past))
    for value, share in ((0.0, 0.3), (1.0, 0.7)):
        inside = np.flatnonzero(past == value)
        arm[rng.permutation(inside)[: int(share * len(inside))]] = 1.0
    traits = {**panel.traits, "assigned": arm, "block": past}
    return replace(panel, offered=np.where(arm == 1.0, 12.0, np.inf), traits=traits)


def test_a_fair_lottery_within_blocks_passes_and_is_compared_within():
    design = BY_NAME["clients in blocks"]
    plan, plain = (
        plan_of(design.rule, "difference", "blocked"),
        plan_of({"lottery": {}}, "difference"),
    )
    unfair, found_effect, naive_unfair = 0, 0, 0
    right, wrong = [], []
    for seed in range(40):
        own = drawn_within(panel_of(design), seed)
        found = work_out(own, plan)
        difference, blocked = (one.effect for one in found.findings)
        assert difference.estimate == pytest.approx(blocked.estimate)
        found_effect += difference.p <= 0.05
        unfair += not next(check for check in found.checks if check.name == "lottery").passed
        # Control: without the blocks the same register shows an effect, and a lottery that was none.
        without = replace(own, traits={**own.traits, "block": np.zeros(len(own))})
        naive = work_out(without, plain)
        right.append(difference.estimate)
        wrong.append(naive.findings[0].effect.estimate)
        naive_unfair += not next(check for check in naive.checks if check.name == "lottery").passed
    # 40 times one in twenty: 8 or more come once in 1,000 times.
    assert max(unfair, found_effect) < 8
    assert naive_unfair == 40
    # The error of a mean over 40 lotteries is about 0.1 / sqrt(40).
    assert abs(np.mean(right)) < 0.05
    assert np.mean(wrong) > 0.08


def test_blocks_of_a_register_without_the_column_are_those_of_the_plan():
    design = BY_NAME["clients in blocks"]
    panel = panel_of(design)
    without = replace(panel, traits={k: v for k, v in panel.traits.items() if k != "block"})
    plan = plan_of(design.rule, "difference")
    first, second = (work_out(own, plan).findings[0].effect for own in (panel, without))
    assert (first.estimate, first.error) == pytest.approx((second.estimate, second.error))


def test_romano_wolf_holds_for_answers_of_drawn_districts():
    design = BY_NAME["4 of 8 districts"]
    plan = plan_of(design.rule, "difference", "clustered", correction="romano_wolf")
    found = work_out(panel_of(design), plan).findings
    assert all(one.adjusted_p >= 1 / 35 for one in found)


def said(panel: Panel, plan: PreAnalysisPlan) -> list[str]:
    return [str(one.says) for one in hold_to_plan(panel, plan) if one.judged == "wrong"]


def test_a_register_in_which_both_of_a_pair_were_drawn_is_refused():
    design = BY_NAME["4 pairs of districts"]
    plan = plan_of(design.rule, "difference")
    panel = panel_of(design)
    assert not said(panel, plan)
    both = np.isin(panel.district, (0, 1)) | (panel.traits["assigned"] == 1.0)
    wrong = replace(
        panel,
        offered=np.where(both, 12.0, np.inf),
        traits={**panel.traits, "assigned": both.astype(float)},
    )
    assert any("of the districts a, b 2 are in the group" in one for one in said(wrong, plan))


def test_a_register_without_the_pairs_is_refused():
    design = BY_NAME["pairs of clients"]
    plan, panel = plan_of(design.rule, "difference"), panel_of(design)
    assert not said(panel, plan)
    without = replace(panel, traits={k: v for k, v in panel.traits.items() if k != "block"})
    assert any("'block' is missing" in one for one in said(without, plan))


SAYS = {
    "nb": ("Av hvert par bydeler trekkes én", "[a, h], [b, g]"),
    "en": ("Of each pair of districts one is drawn", "[a, h], [b, g]"),
    "sv": ("I varje par av stadsdelar dras en", "[a, h], [b, g]"),
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_plan_says_what_is_drawn(tmp_path, language):
    pairs = {"districts": {"pairs": [["a", "h"], ["b", "g"]]}, "answers": "difference"}
    build(tmp_path, districts=EIGHT, begins="2015-07-01", designs={"tried": pairs})
    document = parse(read_file(tmp_path / "evaluation.yaml", "evaluation"), "e", "evaluation")
    text = write_plan(document, EvaluationFile.model_validate(document.content), "tried")
    (tmp_path / "plan.json").write_text(text, encoding="utf-8")
    plan, unchanged = read_plan(tmp_path / "plan.json")
    assert unchanged
    page = write_markdown(document_of(plan, language))
    assert all(words in page for words in SAYS[language])
