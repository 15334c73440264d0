"""Words that hold values of the flow: filled in each language, refused where nothing is meant."""

from __future__ import annotations

import json
import pickle
from typing import Any

import pytest

from pilotsim.base.errors import FlowError
from pilotsim.base.text import Text
from pilotsim.files.changes import apply_changes
from pilotsim.files.reading import read_text
from pilotsim.files.yaml import parse
from pilotsim.language.numbers import format_blank, format_value
from tests.small_flows import small_flow


def flow_with(says: Any, **stock: Any) -> dict[str, Any]:
    return small_flow(
        "60 days",
        about={"nb": "I {lasts}", "en": "For {lasts}"},
        groups={"g": {"stock": {"value": 12500, "assumption": "x", "label": "{lasts}", **stock}, "starts_in": "on"}},
        risks={"job": {"to": "work", "rate": "2.5 % per month"}},
        stages={"on": {"label": "On ({risks.job.rate})", "risks": {"job": 1}}, "work": {"counts_as": "work"}},
        targets={
            "t": {
                "says": says,
                "at_most": {"sum": "-116 / 500 * groups.g.stock", "assumption": "x"},
                "measure": {"change_in": "assistance"},
            }
        },
    )  # fmt: skip


def says_of(says: Any, language: str = "en", **changes: Any) -> str:
    document = parse(json.dumps(flow_with(says)), "flow.yaml")
    return apply_changes(document, changes).targets["t"].says.in_language(language)


@pytest.mark.parametrize(
    ("asked", "nb", "en", "sv"),
    [
        ("{groups.g.stock}", "12\u00a0500", "12,500", "12\u00a0500"),
        (
            "{risks.job.rate}",
            "2,5\u00a0% per måned",
            "2.5\u00a0% per month",
            "2,5\u00a0% per månad",
        ),
        ("{targets.t.at_most}", "\u22122\u00a0900", "\u22122,900", "\u22122\u00a0900"),
        ("{-targets.t}", "2\u00a0900", "2,900", "2\u00a0900"),
        ("{groups.g.stock / 3000}", "4,16667", "4.16667", "4,16667"),
        ("{groups.g.stock / 3000:1}", "4,2", "4.2", "4,2"),
        ("{10 days / 4:0}", "2\u00a0dager", "2\u00a0days", "2\u00a0dagar"),
    ],
)
def test_a_value_is_written_as_the_language_writes_it(asked, nb, en, sv):
    found = [says_of(f"<{asked}>", language) for language in ("nb", "en", "sv")]
    assert found == [f"<{one}>" for one in (nb, en, sv)]


def test_words_follow_what_is_set_for_the_run():
    says = {
        "nb": "{-targets.t:0} av de {groups.g.stock}",
        "en": "{-targets.t:0} of {groups.g.stock}",
    }
    found = [says_of(says, "nb", **{"groups.g.stock": stock}) for stock in (60, 155, 230, 500)]
    assert found == ["14 av de 60", "36 av de 155", "53 av de 230", "116 av de 500"]


def test_all_words_of_a_flow_are_filled_in_and_stay_so_in_another_process():
    flow = pickle.loads(pickle.dumps(read_text(json.dumps(flow_with("x")))))
    assert flow.about.in_language("nb") == "I 60\u00a0dager"
    assert flow.about.as_plain() == {"nb": "I 60\u00a0dager", "en": "For 60\u00a0days"}
    assert flow.label_of("stages", "on", "en") == "On (2.5\u00a0% per month)"
    assert flow.values["groups.g.stock"].label.in_language("en") == "60\u00a0days"


def test_what_is_worked_out_is_written_with_the_digits_that_count():
    flow = read_text(json.dumps(flow_with("x", value=231)))
    bound = flow.values["targets.t.at_most"]
    assert bound.number == pytest.approx(-53.592)
    assert format_value(bound, "nb") == "\u221253,59"


def test_words_that_belong_to_no_flow_keep_their_braces():
    assert Text("a {b}").in_language("en") == "a {b}"


@pytest.mark.parametrize(
    ("says", "path", "message"),
    [
        ("{groups.g.stocks}", "targets.t.says", "'groups.g.stocks' stands for no number of the flow; did you mean 'groups.g.stock'?"),
        ({"nb": "x", "en": "{groups.h.stock}"}, "targets.t.says.en", "unknown group 'h'; known: g"),
        ("{stock}", "targets.t.says", "unknown kind of name 'stock'"),
        ("{}", "targets.t.says", "{}: expected numbers and names joined by + - * / and brackets"),
        ("{groups.g.stock:x}", "targets.t.says", "expected decimals from 0 to 6 after ':'; found 'x'"),
        ("{groups.g.stock + 2 weeks}", "targets.t.says", "adds or subtracts a count and a length of time"),
        ("{groups.g.stock / 0}", "targets.t.says", "the sum divides by zero"),
    ],
)  # fmt: skip
def test_a_blank_that_stands_for_no_value_is_refused_with_its_place(says, path, message):
    with pytest.raises(FlowError) as caught:
        read_text(json.dumps(flow_with(says)))
    (fault,) = caught.value.faults
    assert fault.path == path
    assert message in fault.message


def test_the_language_fills_the_blanks_of_every_text():
    from pilotsim.base import text

    assert text._fill == [format_blank]
