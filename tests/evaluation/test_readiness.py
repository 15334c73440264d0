"""A register held against its plan: all that is right and wrong, and no estimate where it is wrong."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import numpy as np
import pytest
from click.testing import CliRunner

from pilotsim.base.errors import RegisterError
from pilotsim.base.languages import LANGUAGES
from pilotsim.cli import commands
from pilotsim.evaluation.preanalysis_plan import PreAnalysisPlan, hash_of
from pilotsim.evaluation.readiness import check_register, hold_to_plan, require_ready
from pilotsim.evaluation.register import read_register
from pilotsim.evaluation.register.panel import ONE_DISTRICT, STATES
from pilotsim.evaluation.register_analysis import analyse
from pilotsim.output.views.register_analysis import document_of_register_analysis
from tests.evaluation.norwegian_extracts import planted
from tests.evaluation.planted import register
from tests.evaluation.registers import panel_of

LOTTERY = {"lottery": {}}


def plan(rule=LOTTERY, *, estimator="difference", inquiry=None, covariates=(), **more):
    return PreAnalysisPlan(
        plan="p", title="P", program="0", design="d", says="D", rule=rule, begins="2015-01-01",
        inquiries={"q": inquiry or {"at": "12 months"}},
        answers={"a": {"estimator": estimator, "inquiry": "q", "covariates": covariates}},
        **more,
    )  # fmt: skip


@pytest.fixture(scope="module")
def panel(tmp_path_factory):
    file = tmp_path_factory.mktemp("register") / "register.csv"
    planted().to_csv(file, index=False)
    return read_register(file)


def without(panel, *names):
    return replace(
        panel, traits={name: one for name, one in panel.traits.items() if name not in names}
    )


def with_trait(panel, **traits):
    return replace(panel, traits={**panel.traits, **traits})


def wrong(panel, plan):
    return [str(one.says) for one in hold_to_plan(panel, plan) if one.judged == "wrong"]


def said(panel, plan):
    found = " | ".join(str(one.says) for one in hold_to_plan(panel, plan))
    return found.replace("\u00a0", " ")


def test_a_register_that_serves_is_said_to(panel):
    assert wrong(panel, plan()) == []
    found = said(panel, plan(covariates=["age"]))
    assert "80 clients are in the register when the plan begins, of 80 in the file" in found
    assert "2014-01 to 2016-06; the plan begins in 2015-01 and asks for 12 months" in found
    assert (
        "of those in the design 50 % are in the group to be offered the programme; the plan says 50 %"
        in found
    )
    assert "of the clients: 'in_work' in some month" in found
    require_ready(panel, plan())


def test_a_lottery_without_its_column_is_refused_and_the_offer_not_taken_for_the_lot(panel):
    bare = without(panel, "assigned")
    for rule in (LOTTERY, {"waiting_list": {"per_week": 5}}, {"districts": {"drawn": 2}}):
        assert (
            "the column 'assigned' is missing: who was to be offered" in wrong(bare, plan(rule))[0]
        )
    encouraged = {"encouragement": {"encouraged": "60 %", "otherwise": "5 %"}}
    late = plan(encouraged, estimator="iv", inquiry={"at": "12 months", "who": "compliers"})
    with pytest.raises(RegisterError, match="the column 'assigned' is missing"):
        analyse(bare, late)


def test_arms_that_contradict_the_offers_are_refused(panel):
    turned = with_trait(panel, assigned=1.0 - panel.traits["assigned"])
    assert "'assigned' contradicts 'offered'" in wrong(turned, plan())[0]
    with pytest.raises(RegisterError, match="contradicts 'offered'"):
        analyse(turned, plan())
    # A few who were offered it all the same contradict nothing, and few are not counted.
    offered = np.where(panel.client.astype(int) <= 4, 12.0, panel.offered)
    assert "fewer than 5 clients were offered the programme although they were not drawn" in said(
        replace(panel, offered=offered), plan()
    )


def test_few_are_as_few_as_the_plan_says(panel):
    # Seven offered although they were not drawn: a number by the usual rule, and few by this plan's.
    offered = np.where(panel.client.astype(int) <= 7, 12.0, panel.offered)
    other = replace(panel, offered=offered)
    counted = re.search(r"(\d+) clients were offered the programme although", said(other, plan()))
    assert counted
    assert 5 <= int(counted[1]) < 10
    careful = plan(small_cells=10)
    assert "fewer than 10 clients were offered the programme although" in said(other, careful)


def test_months_that_are_not_there(panel):
    assert "the plan asks for 24 months from 2015-01 on; the extract ends with 2016-06" in wrong(
        panel, plan(inquiry={"at": "24 months"})
    )
    late = replace(panel, months=tuple(one.replace(year=one.year + 9) for one in panel.months))
    assert wrong(late, plan()) == [
        "the plan begins in 2015-01; the extract holds 2023-01 to 2025-06"
    ]


@pytest.mark.parametrize(
    ("share", "judged"), [("50 %", "right"), ("29 %", "note"), ("25 %", "wrong"), ("80 %", "wrong")]
)
def test_another_share_than_the_plan_s_is_told_and_refused_where_it_is_far(panel, share, judged):
    """Half of the register was drawn. People leave between a lot and its extract, but not most of an arm."""
    found = [
        one
        for one in hold_to_plan(panel, plan({"lottery": {"share": share}}))
        if "the plan says" in str(one.says)
    ]
    assert [one.judged for one in found] == [judged]


def test_the_share_of_each_of_several_arms_is_held_too(panel):
    """Of 80 in three arms 27, 27 and 26; by the plan one of them has 8 %."""
    three = replace(
        with_trait(panel, assigned=np.arange(80) % 3.0),
        categories={**panel.categories, "assigned": ("a", "b", "usual")},
        offered=np.where(np.arange(80) % 3 < 2, 12.0, np.inf),
    )
    arms = {
        "a": {"share": "46 %"},
        "b": {"share": "8 %"},
        "usual": {"share": "46 %", "offered": False},
    }
    found = {
        str(one.says).split("'")[1]: one.judged
        for one in hold_to_plan(three, plan({"lottery": {"arms": arms, "compared": "usual"}}))
        if "has 2" in str(one.says)
    }
    assert found["b"] == "wrong"
    assert found["a"] == "right"


def test_an_encouragement_the_other_way_about_is_refused(panel):
    """60 % against 5 % by the plan, 5 % against 60 % in the register: every effect would turn."""
    rule = {"encouragement": {"encouraged": "60 %", "otherwise": "5 %"}}
    own = plan(rule, inquiry={"at": "12 months", "who": "encouraged"})
    order = np.argsort(np.argsort(panel.traits["assigned"], kind="stable"))
    few, many = order % 40 < 2, order % 40 < 24
    drawn = panel.traits["assigned"] == 1.0

    def offered(one, other):
        return replace(panel, offered=np.where(np.where(drawn, one, other), 12.0, np.inf))

    assert wrong(offered(many, few), own) == []
    assert "'assigned' contradicts 'offered'" in wrong(offered(few, many), own)[0]
    with pytest.raises(RegisterError, match="contradicts 'offered'"):
        analyse(offered(few, many), own)
    # An invitation that moved nobody, by luck one the wrong way, is weak and no contradiction.
    none = offered(order % 40 < 12, order % 40 < 13)
    assert wrong(none, own) == []
    assert "contradicts 'offered'" in " ".join(beside(none, own))


def test_offers_of_a_part_that_come_late_are_told_beside_the_results(panel):
    drawn = np.flatnonzero(panel.traits["assigned"] == 1.0)

    def late(count, months):
        offered = panel.offered.copy()
        offered[drawn[:count]] += months
        return replace(panel, offered=offered)

    found = " ".join(beside(late(12, 10.0), plan()))
    assert "less than half of the offers came more than a month after the plan begins" in found
    assert "the usual one of these in 2015-11" in found
    # Four are few, a month is how registers are, and on time is on time.
    for other in (late(4, 10.0), late(12, 1.0), panel):
        assert beside(other, plan()) == []


def test_clients_who_are_not_whom_the_plan_is_about_are_told(panel):
    """A quarter in work since before the lottery, in a plan that is about people on assistance."""
    own = plan(population={"state": "assistance"})
    place = panel.client.astype(int)

    def in_work_before(who, supplement=0.0):
        status, paid = panel.status.copy(), panel.on_assistance.copy()
        status[who, :12], paid[who, :12] = STATES.index("work"), supplement
        return replace(panel, status=status, on_assistance=paid)

    told = "were not 'assistance' in 2014-12, just before the plan begins"
    quarter = in_work_before(place % 4 == 0)
    assert f"less than half of the clients {told}" in " ".join(beside(quarter, own))
    most = in_work_before(place % 4 != 0)
    assert told in wrong(most, own)[0]
    with pytest.raises(RegisterError, match="the plan is about people who were"):
        analyse(most, own)
    # Nobody, four, those who are paid a supplement, and a plan that does not say whom it is about.
    for other, said_plan in (
        (panel, own),
        (in_work_before(place < 5), own),
        (in_work_before(place % 4 == 0, supplement=1.0), own),
        (quarter, plan()),
    ):
        assert told not in said(other, said_plan)


def test_shares_within_blocks_are_held(panel):
    """Two blocks of 40, of which 20 and 80 % were drawn: half of all, and no lot of halves."""
    drawn = panel.traits["assigned"] == 1.0
    place = np.where(drawn, np.cumsum(drawn), np.cumsum(~drawn)) - 1
    apart = np.where(drawn, place >= 8, place < 8).astype(np.float64)
    alike = (place % 2).astype(np.float64)
    own = plan({"lottery": {"blocks": ["past"]}}, estimator="blocked")
    told = "in blocks in which another share than the plan's was drawn"
    assert told in " ".join(beside(with_trait(panel, block=apart), own))
    assert told in said(with_trait(panel, block=apart), own)
    assert told not in said(with_trait(panel, block=alike), own)


def test_blocks_taken_from_traits_are_told_beside_the_results(panel):
    own = plan({"lottery": {"blocks": ["past"]}}, estimator="blocked")
    bare = with_trait(without(panel, "block"), past=panel.traits["block"])
    assert "within the blocks that past make" in " ".join(beside(bare, own))
    assert "within the blocks" not in " ".join(
        beside(with_trait(panel, past=bare.traits["past"]), own)
    )


def test_empty_cells_of_the_lot_are_told_where_an_arm_is_too_small(panel):
    assigned = np.where(panel.traits["assigned"] == 0.0, np.nan, 1.0)
    assigned[np.flatnonzero(np.isnan(assigned))[:2]] = 0.0
    found = said(with_trait(panel, assigned=assigned), plan())
    assert "'assigned' is empty for less than half of the clients, who are in no arm" in found
    assert "is empty for" not in said(panel, plan())


def test_a_plan_that_was_changed_does_not_pass_the_check(tmp_path):
    planted().to_csv(tmp_path / "r.csv", index=False)
    assert check_register(tmp_path / "r.csv", plan()).is_ready
    changed = check_register(tmp_path / "r.csv", plan(), unchanged=False)
    assert not changed.is_ready
    assert "the plan was changed after it was written" in str(changed.found[0].says)


def test_blocks_are_there_and_hold_both_arms(panel):
    blocked = plan({"lottery": {"blocks": ["past"]}}, estimator="blocked")
    assert "the column 'block' is missing: the plan draws lots within blocks" in wrong(
        without(panel, "block"), blocked
    )
    one_armed = with_trait(panel, block=panel.traits["assigned"])
    assert "2 blocks, of which 2 hold one arm alone" in said(one_armed, blocked)
    assert "every block of the register holds one arm alone" in wrong(one_armed, blocked)[0]
    assert "2 blocks, each with both arms" in said(panel, blocked)
    mixed = with_trait(panel, block=np.arange(80) // 2 % 2 + 0.0)
    assert "2 blocks, each with both arms" in said(mixed, blocked)


def test_districts_are_those_of_the_plan(panel):
    named = plan({"districts": {"named": ["Alna"]}}, estimator="synthetic_did")
    assert "no client belongs to the district 'Grorud' of the plan" in said(
        panel, plan({"districts": {"named": ["Grorud"]}}, estimator="synthetic_did")
    )
    assert "the district 'Østensjø' is in both arms" in said(panel, named)
    own = with_trait(panel, assigned=(panel.district == panel.districts.index("Østensjø")) + 0.0)
    assert "'assigned' is 1 in other districts than the plan names" in said(own, named)
    drawn = plan({"districts": {"drawn": 2}}, estimator="clustered")
    assert "1 districts are in the group to be offered the programme; the plan draws 2" in said(
        own, drawn
    )
    one = replace(panel, districts=(ONE_DISTRICT,), district=np.zeros(80, np.int64))
    assert "the column 'district' is missing, or names one district" in said(one, drawn)


def test_a_step_by_which_few_were_early_is_told_but_not_how_few(panel):
    steps = np.where(panel.district == panel.districts.index("Østensjø"), 12.0, 15.0)
    steps[np.flatnonzero(panel.district == panel.districts.index("Østensjø"))[0]] = 3.0
    wedge = plan(
        {"stepped_wedge": {"every": "3 months"}},
        estimator="stepped_wedge",
        inquiry={"since_offer": "6 months"},
    )
    found = said(replace(panel, offered=steps), wedge)
    assert "in the district 'Østensjø' fewer than 5 clients were offered" in found
    assert "districts of the plan begin, in 2 steps" in found
    # All in one month is no wedge; one district before the others is the first step of one.
    at_once = replace(panel, offered=np.full(len(panel), 12.0))
    assert "districts of the plan begin, in 1 steps" in " ".join(wrong(at_once, wedge))
    first = np.where(panel.district == panel.districts.index("Østensjø"), 12.0, np.inf)
    assert wrong(replace(panel, offered=first), wedge) == [
        "the answer 'a' cannot be given: 2 clusters have outcomes; a stepped wedge needs at least "
        "three"
    ]


def test_what_an_answer_needs_is_named_and_is_that_answer_s_own_refusal(panel):
    wanted = plan(estimator="adjusted", covariates=["agge"])
    assert "the register shows no trait 'agge'; did you mean 'age'?" in wrong(panel, wanted)
    require_ready(panel, wanted)
    empty = replace(panel, amount=np.full_like(panel.amount, np.nan))
    assert "the outcome 'amount' is empty in every row" in wrong(
        empty, plan(inquiry={"at": "12 months", "outcome": "amount"})
    )


def test_few_with_something_missing_are_said_to_be_few(panel):
    age = panel.traits["age"].copy()
    age[:3] = np.nan
    found = said(with_trait(panel, age=age), plan(estimator="adjusted", covariates=["age"]))
    assert "missing for fewer than 5 clients: 'age'" in found
    age[:20] = np.nan
    found = said(with_trait(panel, age=age), plan(estimator="adjusted", covariates=["age"]))
    assert "missing for less than half of the clients: 'age'" in found


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_command_says_it_and_ends_with_one_where_the_plan_cannot_be_carried_out(
    tmp_path, language
):
    file = tmp_path / "plan.json"
    content = {
        "format": 2, "plan": "p", "title": "P", "program": "0", "design": "d", "says": "D",
        "rule": {"lottery": {}}, "begins": "2015-01-01", "inquiries": {"q": {"at": "12 months"}},
        "answers": {"a": {"estimator": "difference", "inquiry": "q"}},
    }  # fmt: skip
    content["hash"] = hash_of(content)
    file.write_text(json.dumps(content), encoding="utf-8")
    planted().to_csv(tmp_path / "r.csv", index=False)
    planted().drop(columns="assigned").to_csv(tmp_path / "bare.csv", index=False)
    planted().assign(status="Ola Hemmelig").to_csv(tmp_path / "wrong.csv", index=False)

    def check(name):
        place = tmp_path / "check.json"
        arguments = [
            "register",
            "check",
            str(tmp_path / name),
            "--plan",
            str(file),
            "--json",
            str(place),
        ]
        found = CliRunner().invoke(commands, [*arguments, "--language", language])
        return found, json.loads(place.read_text(encoding="utf-8"))

    found, record = check("r.csv")
    assert found.exit_code == 0, found.output
    assert record["ready"] is True
    for name in ("bare.csv", "wrong.csv"):
        found, record = check(name)
        assert found.exit_code == 1
        assert record["ready"] is False
        assert record["tables"]["found"][0]["judged"] == "wrong"
        assert "Hemmelig" not in found.output + json.dumps(record)
    content["says"] = "another"
    file.write_text(json.dumps(content), encoding="utf-8")
    found, record = check("r.csv")
    assert found.exit_code == 1
    assert record["tables"]["found"][0]["topic"] == "plan"


def test_each_kind_of_fault_is_a_finding_with_its_place(tmp_path):
    table = planted()
    table.loc[3, "amount"] = "mye"
    table.loc[5, "month"] = "2015"
    table.to_csv(tmp_path / "r.csv", index=False)
    found = check_register(tmp_path / "r.csv", plan())
    assert not found.is_ready
    assert [str(one.says).split(":")[0] for one in found.found] == [
        "row 5, column amount",
        "row 7, column month",
    ]


# What the plan says is held against what the register shows, and what is worth knowing is told.


def beside(panel, plan):
    return [str(one).replace("\u00a0", " ") for one in require_ready(panel, plan)]


def test_offers_before_the_plan_begins_are_a_contradiction(panel):
    early = replace(panel, offered=panel.offered - 6.0)
    found = wrong(early, plan())
    assert len(found) == 1
    assert "begins in 2015-01" in found[0]
    assert "the usual one in 2014-07" in found[0]
    with pytest.raises(RegisterError, match="mend 'begins' in the plan"):
        analyse(early, plan())
    # A few of them are told beside the results; the control has nothing told.
    offered = np.where(panel.client.astype(int) == 1, 6.0, panel.offered)
    assert "some, less than a tenth, of the offers came before the plan begins" in " ".join(
        beside(replace(panel, offered=offered), plan())
    )
    assert beside(panel, plan()) == []


def test_offers_that_come_late_are_told_beside_the_results(panel):
    late = replace(panel, offered=panel.offered + 5.0)
    assert wrong(late, plan()) == []
    assert "the usual offer came in 2015-06" in beside(late, plan())[0]
    never = replace(panel, offered=np.full(len(panel), np.inf))
    assert "the column 'offered' is missing or empty" in wrong(never, plan())[0]
    after = replace(panel, offered=panel.offered + 13.0)
    assert "nobody was offered the programme within the 12 months" in wrong(after, plan())[0]


def test_a_lottery_in_which_the_others_are_offered_it_too_says_so_on_its_page(panel):
    others = np.where(np.isfinite(panel.offered), panel.offered, 15.0)
    both = replace(panel, offered=others)
    assert wrong(both, plan()) == []
    found = analyse(both, plan())
    assert "all or nearly all of those who were not to be offered" in str(found.beside[0])
    for language, word in (("nb", "alle eller nesten alle"), ("sv", "alla eller nästan alla")):
        document = document_of_register_analysis(found, language, with_figures=False)
        assert word in str(document.sections[0])
        assert document.record["beside"] == [str(found.beside[0])]
    assert analyse(panel, plan()).beside == ()


@pytest.mark.parametrize(
    "rule", [LOTTERY, {"waiting_list": {"per_week": 5}}, {"districts": {"drawn": 2}}]
)
def test_drawn_clients_who_were_never_offered_it_are_told_first_and_not_counted(panel, rule):
    drawn = np.flatnonzero(panel.traits["assigned"] == 1.0)
    own = plan(rule)

    def never(count):
        offered = panel.offered.copy()
        offered[drawn[:count]] = np.inf
        return replace(panel, offered=offered)

    half = never(len(drawn) * 45 // 100)
    if "districts" in rule:
        # Districts that were drawn as a whole.
        codes = panel.traits["assigned"].astype(int) * 2
        codes[drawn[::2]] += 1
        codes[np.flatnonzero(panel.traits["assigned"] == 0.0)[::2]] += 1
        places = {"district": codes, "districts": ("a", "b", "c", "d")}
        half = replace(half, **places)
    told = [one for one in beside(half, own) if "were not offered it within" in str(one)]
    assert len(told) == 1
    assert str(told[0]).startswith("less than half of those who were to be offered")
    assert "less than half of those who were to be offered the programme were not" in said(
        half, own
    )
    if rule is LOTTERY:
        # The control: all were offered it; and few of whom no part is told.
        assert "were not offered it within" not in said(panel, own)
        assert "were not offered it within" not in said(never(4), own)


def test_the_districts_that_take_part_are_those_of_the_register(panel):
    elsewhere = plan({"lottery": {}, "only": ["Bjerke"]})
    assert "no client belongs to the district 'Bjerke' of the plan" in wrong(panel, elsewhere)[0]
    one = replace(panel, districts=("Alna",), district=np.zeros(80, np.int64))
    with pytest.raises(RegisterError, match="no client belongs to the district 'Bjerke'"):
        analyse(one, elsewhere)
    # A register without the column has no name to hold against the plan's.
    unnamed = replace(panel, districts=(ONE_DISTRICT,), district=np.zeros(80, np.int64))
    assert wrong(unnamed, elsewhere) == []
    own = plan({"lottery": {}, "only": ["Østensjø"]})
    size = int((panel.district == panel.districts.index("Østensjø")).sum())
    assert f"{size} clients are in the register when the plan begins, in the districts" in said(
        panel, own
    )


def test_clients_drawn_where_every_district_is_in_one_arm_are_compared_with_nobody(panel):
    whole = with_trait(
        without(panel, "block"),
        assigned=(panel.district == panel.districts.index("Østensjø")) + 0.0,
    )
    whole = replace(whole, offered=np.where(whole.traits["assigned"] == 1.0, 12.0, np.inf))
    found = wrong(whole, plan())
    assert len(found) == 1
    assert "every district is in one arm as a whole" in found[0]
    with pytest.raises(RegisterError, match="if districts were drawn, say so"):
        analyse(whole, plan())


def test_what_an_answer_lacks_is_named_before_it_is_asked(panel):
    asked = plan(estimator="iv", inquiry={"at": "12 months", "who": "compliers"})
    bare = replace(panel, started=np.full(len(panel), np.nan))
    assert "the register does not say who started the programme: the column 'started'" in (
        " ".join(wrong(bare, asked))
    )
    assert "the column 'started'" in analyse(bare, asked).findings[0].refusal
    assert wrong(panel, asked) == []
    pairs = plan({"lottery": {"pairs": ["age"]}})
    one_armed = with_trait(panel, block=panel.traits["assigned"])
    assert "every block of the register holds one arm alone" in wrong(one_armed, pairs)[0]


def wedge_of(steps, **rule):
    """Six offices of 20 clients that begin in these months after 2015-01."""
    size = 20 * len(steps)
    lots = np.random.default_rng(5).random((size, 36))
    district = np.repeat(np.arange(len(steps)), 20)
    found = register(
        (lots < 0.3).astype(float),
        12.0 + np.array(steps, float)[district],
        district=district,
        districts=tuple("abcdef")[: len(steps)],
    )
    asked = plan(
        {"stepped_wedge": {"every": "3 months", **rule}},
        estimator="stepped_wedge",
        inquiry={"since_offer": "6 months"},
    )
    return found, asked


def test_a_wedge_s_steps_are_held_against_its_offers():
    named = {"districts": list("abcdef"), "order": "named"}
    assert wrong(*wedge_of([0, 3, 6, 9, 12, 15], **named)) == []
    turned = wrong(*wedge_of([15, 12, 9, 6, 3, 0], **named))
    assert "the district 'a' began in 2016-04 by its offers" in turned[0]
    assert "by the order of the plan it begins in 2015-01" in turned[0]
    panel, asked = wedge_of([15, 12, 9, 6, 3, 0], **named)
    with pytest.raises(RegisterError, match="mend the order, 'every' or 'begins'"):
        analyse(panel, asked)
    # The order was drawn: any of them is one, and another distance between steps is not.
    assert wrong(*wedge_of([15, 12, 9, 6, 3, 0])) == []
    assert "which is no step of the plan: 6 steps, one every 3 months from 2015-01" in " ".join(
        wrong(*wedge_of([0, 4, 8, 12, 16, 20]))
    )
    panel, asked = wedge_of([1, 3, 6, 9, 12, 15])
    assert wrong(panel, asked) == []
    assert "the district 'a' began in 2015-02 by its offers; its step in the plan is 2015-01" in (
        " ".join(beside(panel, asked))
    )
    assert "begin with the same step" not in " ".join(wrong(panel, asked))
    assert "names no districts" in " ".join(wrong(*wedge_of([0, 3, 6], order="named")))


@pytest.mark.parametrize(("neither", "late"), [(0, 0), (1, 0), (0, 1), (4, 3), (7, 0), (9, 8)])
def test_the_check_tells_no_number_of_clients_that_the_results_hide(neither, late):
    """How many are in no arm, or come later, follows from neither page: one rule for both."""
    arm = np.repeat([1.0, 0.0, np.nan, 1.0], [40, 40, neither, late])
    work = np.arange(len(arm)) % 2
    gone = np.arange(len(arm)) >= 80 + neither
    lost = np.column_stack([gone, np.zeros(len(arm), bool)])
    panel = panel_of(arm, np.column_stack([work, work]), lost=lost)
    asked = plan(inquiry={"at": "2 months"})
    chart = analyse(panel, asked).chart
    found = said(panel, asked)
    numbers = {int(one) for one in re.findall(r"(\d+) clients are in the register", found)}
    numbers |= {int(one) for one in re.findall(r"of (\d+) in the file", found)}
    assert numbers <= {chart["listed"], chart["extract"]}
    is_few = 0 < neither < 5 or 0 < late < 5
    assert ("how many is not told, since it would tell of fewer than 5" in found) == is_few
    assert numbers == (set() if is_few else {80 + neither, 80 + neither + late})


def test_how_much_is_missing_of_few_clients_is_told_in_words():
    """One per cent of 80 clients is less than one of them, so that a share would be their number."""
    arm, work = np.repeat([1.0, 0.0], 400), np.arange(800) % 2
    some = np.where(np.arange(800) % 10 == 3, np.nan, 1.0)
    asked = plan(covariates=("age",), estimator="adjusted", inquiry={"at": "1 month"})
    assert "missing for 10 % of the clients: 'age'" in said(panel_of(arm, work, age=some), asked)
    few = np.arange(800) % 10 < 1
    small = panel_of(arm, work, age=some).select(few | (np.arange(800) % 100 == 3))
    assert "missing for some, less than a tenth, of the clients: 'age'" in said(small, asked)


def test_one_client_without_a_pair_is_not_counted():
    block = np.append(np.repeat(np.arange(30.0), 2), [30.0])
    panel = panel_of(np.arange(61) % 2, np.arange(61) % 3 == 0, block=block)
    found = said(panel, plan({"lottery": {"pairs": ["age"]}}, inquiry={"at": "1 month"}))
    assert "fewer than 5 clients are in blocks that hold one arm alone" in found
    assert "31 blocks" not in found
