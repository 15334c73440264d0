"""Choices: each option with the clients of the others, its verdicts, and what turns."""

from __future__ import annotations

import json
from typing import Any

import pytest

import pilotsim
from pilotsim.base.errors import FlowError, RequestError
from pilotsim.files.changes import apply_changes
from pilotsim.files.decided import Decided, decide, decided_of, flow_with, taken_of
from pilotsim.files.reading import read_text
from pilotsim.files.yaml import parse
from pilotsim.judge.check import Check, check_targets, count_runs
from pilotsim.judge.choices import LEAST_RUNS, options_to_run, runs_of_an_option
from pilotsim.judge.words import LIKELY, UNLIKELY
from pilotsim.output.document import Listing
from pilotsim.output.views import document_of
from pilotsim.output.views.answer import _hangs
from pilotsim.output.views.choices import choices_section
from pilotsim.output.writers.markdown import write_markdown
from pilotsim.output.writers.terminal import terminal_text
from tests.small_flows import small_flow

MONTH = 365.25 / 12
IN_WORK = {"share": {"state": "work", "at": "end"}, "of": {"origin": "stock"}}


def flow(**parts: Any) -> dict[str, Any]:
    """Everybody finds work at 5 % a month: 45 % of them after a year, 26 % after half a year."""
    return small_flow(
        "12 months",
        groups={"all": {"stock": 200, "starts_in": "on"}},
        risks={"job": {"to": "work", "rate": "5 % per month"}},
        stages={"on": {"risks": {"job": 1}}, "work": {"counts_as": "work"}},
        targets={
            "work": {
                "says": "40 % in work",
                "at_least": "40 %",
                "readings": {
                    "all": {"says": "Of all", "measure": IN_WORK},
                    "few": {"says": "Few", "measure": IN_WORK, "at_least": "2 %"},
                },
            }
        },
        **parts,
    )


LENGTH = {
    "says": "How long",
    "options": {
        "year": {"says": "A year"},
        "half": {"says": "Half a year", "set": {"lasts": "6 months"}},
        "same": {"says": "As many days", "set": {"lasts": "365 days"}},
    },
}


def read(content: dict[str, Any]) -> pilotsim.Flow:
    return read_text(json.dumps(content))


def check_of(content: dict[str, Any], **options: Any) -> Check:
    return check_targets(read(content), replications=80, **options)


def test_each_option_is_judged_and_only_what_turns_is_marked():
    found = check_of(flow(choices={"length": LENGTH})).choices
    year, half, same = found[0].options
    assert year.is_taken
    assert not half.is_taken
    assert year.verdict_of("work.all").word == LIKELY
    assert half.verdict_of("work.all").word == UNLIKELY
    # 1 - exp(-0.05 * 6) and * 12, with 60 or 80 runs of 200 clients each: within four standard errors.
    assert half.verdict_of("work.all").expected == pytest.approx(0.2592, abs=0.02)
    assert year.verdict_of("work.all").expected == pytest.approx(0.4512, abs=0.02)
    assert half.turned == {"work.all"}  # the control: 2 % is reached in half a year as well
    assert same.turned == frozenset()
    assert found[0].turned == ["work.all"]


def test_an_option_that_changes_nothing_has_the_same_clients():
    _, _, same = check_of(flow(choices={"length": LENGTH})).choices[0].options
    assert same.replications == runs_of_an_option(80) == LEAST_RUNS
    again = check_targets(read(flow()), replications=LEAST_RUNS)
    verdict = same.verdict_of("work.all")
    assert verdict.expected == again.verdict_of("work.all").expected
    assert verdict.probability == again.verdict_of("work.all").probability


def test_the_readings_of_a_target_are_its_options_and_cost_no_run():
    content = flow(choices={"meaning": {"says": "What is meant", "readings_of": "work"}})
    found = check_of(content)
    (meaning,) = found.choices
    assert [one.option for one in meaning.options] == ["all", "few"]
    assert meaning.options[1].verdicts[0] == found.verdict_of("work.few")
    assert options_to_run(read(content)) == []


def test_a_reading_that_turns_a_verdict_is_counted_and_named_first():
    meaning = {"says": "What is meant? Say it.", "readings_of": "work"}
    content = flow(choices={"length": LENGTH, "meaning": meaning})
    content["targets"]["work"]["readings"]["all"]["at_least"] = "99 %"
    content["targets"]["work"]["readings"]["near"] = {"says": "x", "measure": IN_WORK}
    found = check_of(content)
    by_name = {one.name: one for one in found.choices}
    assert by_name["meaning"].turns
    words = " ".join(_hangs(found, "en"))
    assert "2 choices" in words
    assert words.index("What is meant") < words.index("How long")
    assert "2 things" in choices_section(found, "en").blocks[0].text
    # The control: both readings are met alike, so that it does not matter which is meant.
    content["targets"]["work"]["readings"] = {
        name: {"says": name, "measure": IN_WORK, "at_least": bound}
        for name, bound in (("all", "2 %"), ("few", "1 %"))
    }
    alike = {one.name: one for one in check_of(content).choices}
    assert not alike["meaning"].turns


def test_runs_of_options_are_counted_in_progress():
    content = flow(choices={"length": LENGTH})
    done: list[int] = []
    check_targets(read(content), replications=80, progress=done.append)
    assert sum(done) == count_runs(read(content), 80)
    assert count_runs(read(content), 80) - count_runs(read(flow()), 80) == 2 * LEAST_RUNS


def test_the_flow_of_each_option_is_built_once_for_a_check(monkeypatch):
    """To count the runs, to run them, and to say which options are out of reach."""
    built = []
    build = Decided.flow
    monkeypatch.setattr(
        Decided, "flow", lambda own, written: built.append(own.taken) or build(own, written)
    )
    made = read(flow(choices={"length": LENGTH}))
    count_runs(made, 80)
    check_targets(made, replications=80)
    assert built == [{"length": "half"}, {"length": "same"}]


def test_an_option_may_change_what_is_measured():
    other = {"says": "Those who come", "set": {"targets.work.readings.all.at_least": "50 %"}}
    content = flow(choices={"bound": {"says": "?", "options": {"a": {"says": "40"}, "b": other}}})
    _, b = check_of(content).choices[0].options
    assert b.verdict_of("work.all").question.bound.number == 0.5
    assert b.turned == {"work.all"}


def test_an_option_that_is_taken_is_what_the_others_are_held_against():
    document = parse(json.dumps(flow(choices={"length": LENGTH})), "flow.yaml")
    written = read(flow(choices={"length": LENGTH}))
    from pilotsim.files.decided import Decided

    decided = Decided(document, taken=decide(written, ["length=half"])).flow(written)
    assert decided.lasts.written == "6 months"
    assert taken_of(decided) == {"length": "half"}
    found = check_targets(decided, replications=80).choices[0]
    assert found.taken.option == "half"
    assert {one.option: set(one.turned) for one in found.options} == {
        "year": {"work.all"},
        "half": set(),
        "same": {"work.all"},
    }


def test_what_was_set_for_a_run_stays_set_under_every_option():
    document = parse(json.dumps(flow(choices={"length": LENGTH})), "flow.yaml")
    changed = apply_changes(document, {"groups.all.stock": 50})
    assert decided_of(changed).last == ({"groups.all.stock": 50},)
    half = flow_with(changed, "length", "half")
    assert half.groups["all"].stock.number == 50
    assert half.lasts.written == "6 months"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("length", "expected choice=option"),
        ("lenght=half", "did you mean 'length'?"),
        ("length=hlaf", "did you mean 'half'?"),
        ("meaning=all", "all readings of 'meaning' are shown"),
    ],
)
def test_a_decision_that_is_none_is_answered_with_what_was_meant(text, message):
    choices = {"length": LENGTH, "meaning": {"says": "?", "readings_of": "work"}}
    with pytest.raises(RequestError, match="(?s)" + message.replace("?", r"\?")):
        decide(read(flow(choices=choices)), [text])


@pytest.mark.parametrize(
    ("choice", "message"),
    [
        ({"says": "?", "options": {"a": {"says": "A"}}}, "two options or more"),
        (
            {"says": "?", "options": {"a": {"says": "A"}, "b": {"says": "B"}}},
            "one option is the file as it is written, without 'set'; found a, b",
        ),
        ({"says": "?", "readings_of": "wrok"}, "unknown target 'wrok'; did you mean 'work'?"),
        ({**LENGTH, "readings_of": "work"}, "leave 'options' out"),
    ],
)
def test_a_faulty_choice_is_named(choice, message):
    with pytest.raises(FlowError) as fault:
        read(flow(choices={"length": choice}))
    assert message in str(fault.value)


def test_an_option_whose_path_leads_nowhere_is_named():
    broken = {"a": {"says": "A"}, "b": {"says": "B", "set": {"lats": "6 months"}}}
    with pytest.raises(
        RequestError, match=r"the option 'b' of the choice 'x'.*did you mean 'lasts'"
    ):
        check_of(flow(choices={"x": {"says": "?", "options": broken}}))


@pytest.mark.parametrize("language", ["nb", "en", "sv"])
def test_screen_page_and_file_say_what_turns(language):
    check = check_of(flow(choices={"length": LENGTH}))
    document = document_of(check, language, with_figures=False)
    word = check.choices[0].options[1].verdict_of("work.all").grade.key
    from pilotsim.language.catalogue import say

    assert say(word, language) in terminal_text(document)
    assert f"◆ {say(word, language)}" in write_markdown(document)
    filed = next(table for table in document.tables() if table.name == "choices")
    assert len(list(filed.rows())) == 3 * 2
    assert document.record["choices"][0]["options"][1]["turned"] == ["work.all"]


def test_a_check_without_choices_says_nothing_of_them():
    document = document_of(check_of(flow()), "en", with_figures=False)
    assert "choices" not in [section.name for section in document.sections]


def test_an_option_that_cannot_be_taken_is_said_and_keeps_nobody_from_the_rest():
    # A share of those there at the start that a smaller stock makes more than all of them.
    content = flow(
        traits={"young": {"share": "20 %"}},
        choices={
            "who": {
                "says": "Who are they",
                "options": {
                    "usual": {"says": "As usual"},
                    "forty": {
                        "says": "All 40 young",
                        "set": {
                            "traits.young.share": {
                                "sum": "40 / groups.all.stock",
                                "assumption": "x",
                            }
                        },
                    },
                },
            }
        },
    )
    document = parse(json.dumps(content), "flow.yaml")
    whole = check_targets(read(content), replications=80)
    assert [one.option for one in whole.choices[0].options] == ["usual", "forty"]
    assert whole.choices[0].out_of_reach == ()

    small = check_targets(apply_changes(document, {"groups.all.stock": 30}), replications=80)
    assert [one.option for one in small.choices[0].options] == ["usual"]
    (beyond,) = small.choices[0].out_of_reach
    assert "133" in beyond.why
    for language in ("nb", "en", "sv"):
        assert "133" in terminal_text(document_of(small, language), 200)


def test_an_option_that_a_scenario_leaves_no_room_for_is_said():
    # The scenario writes the value where the option reaches inside it; with the file it can be taken.
    content = flow(
        traits={"young": {"share": {"value": "20 %", "assumption": "x"}}},
        choices={
            "who": {
                "says": "Who are they",
                "options": {
                    "usual": {"says": "As usual"},
                    "other": {"says": "Others", "set": {"traits.young.share.value": "30 %"}},
                },
            }
        },
    )
    document = parse(json.dumps(content), "flow.yaml")
    written = read(content)
    for first, reached in (
        ({}, True),
        ({"traits.young": {"categories": {"a": "50 %", "b": "50 %"}}}, False),
    ):
        flow_of = Decided(document, first=(first,)).flow(written)
        found = check_targets(flow_of, replications=80)
        assert bool(found.choices[0].out_of_reach) is not reached


def test_a_choice_is_made_once():
    one = read(flow(choices={"length": LENGTH}))
    assert decide(one, ["length=half", "length=half"]) == {"length": "half"}
    with pytest.raises(RequestError, match="made twice: 'half' and 'same'"):
        decide(one, ["length=half", "length=same"])


def test_a_question_has_one_name_wherever_an_option_changes_its_words():
    content = flow()
    says = dict.fromkeys(("nb", "en", "sv"), "Of the {groups.all.stock}")
    content["targets"]["work"]["readings"]["all"]["says"] = says
    more = {"says": "More", "set": {"groups.all.stock": 230, "risks.job.rate": "2 % per month"}}
    content["choices"] = {
        "size": {"says": "How many?", "options": {"a": {"says": "200"}, "b": more}}
    }
    found = check_of(content)
    assert found.choices[0].turned == ["work.all"]
    page = write_markdown(document_of(found, "en"))
    # Both say the name that the table of verdicts has, and what it is under the option.
    assert "Of the 200 (here: of the 230): unlikely" in page
    assert "here: of the 230" in page.split("Of the 200 (here: of the 230)")[1]
    # The control: no name of its own stands alone.
    assert "Of the 230" not in page


def test_what_nothing_turns_is_a_list_and_no_sentence():
    found = check_of(flow(choices={"length": LENGTH}))
    (choices,) = [one for one in document_of(found, "nb").sections if one.name == "choices"]
    (listing,) = [block for block in choices.blocks if isinstance(block, Listing)]
    assert len(listing.items) == 1
    assert listing.items[0].text.startswith("40 % in work (few):")
