from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilotsim.base.arithmetic import (
    MAX_LENGTH,
    ArithmeticFault,
    names_in,
    work_out,
    work_out_rows,
    write_out,
)

VALUES = {
    "groups.target_group.stock": 155.0,
    "targets.attend": 0.9,
    "targets.work": 0.4,
    "a": 12.0,
    "b": 4.0,
    "c": 2.0,
}
WRITTEN = {"groups.target_group.stock": "155", "targets.attend": "90 %", "targets.work": "40 %"}


def come_to(text):
    return work_out(text, VALUES.__getitem__)


def written(text):
    return write_out(text, lambda name: WRITTEN.get(name, name))


def fault_of(text):
    with pytest.raises(ArithmeticFault) as caught:
        work_out(text, lambda name: 1.0)
    return str(caught.value)


def test_sum_is_worked_out_from_the_flows_numbers():
    # 155 · 0.9 = 139.5 attend; 139.5 · 0.4 = 55.8 find work
    text = "groups.target_group.stock * targets.attend * targets.work"
    assert come_to(text) == pytest.approx(55.8, abs=1e-12)
    assert written(text) == "155 × 90 % × 40 %"
    assert list(names_in(text)) == ["targets.work", "groups.target_group.stock", "targets.attend"]


@pytest.mark.parametrize(
    ("text", "number", "shown"),
    [
        ("1 + 2 * 3", 7, "1 + 2 × 3"),
        ("(1 + 2) * 3", 9, "(1 + 2) × 3"),
        ("a - b - c", 6, "a − b − c"),
        ("a - (b - c)", 10, "a − (b − c)"),
        ("a - (b + c)", 6, "a − (b + c)"),
        ("a + (b - c)", 14, "a + b − c"),
        ("a / b / c", 1.5, "a / b / c"),
        ("a / (b / c)", 6, "a / (b / c)"),
        ("a / (b * c)", 1.5, "a / (b × c)"),
        ("a * (b / c)", 24, "a × b / c"),
        ("(a + b) / c", 8, "(a + b) / c"),
        ("-a + b", -8, "−a + b"),
        ("a - -b", 16, "a − (−b)"),
        ("-(a + b)", -16, "−(a + b)"),
        ("0.5 * a", 6, "0.5 × a"),
        ("13162000 - 1", 13161999, "13162000 − 1"),
        ("2e3 / 1.", 2000, "2000 / 1"),
        ("a\n  + b", 16, "a + b"),
    ],
)
def test_sum_is_written_out_with_the_brackets_it_needs(text, number, shown):
    assert (come_to(text), written(text)) == (number, shown)


@pytest.mark.parametrize(
    ("text", "number", "shown"),
    [
        ("20 % * a", 2.4, "20 % × 12"),
        ("a * 5 per month", 12 * 5 / (365.25 / 12), "12 × 5 per month"),
        ("a * 2 % per month", 12 * 0.02 / (365.25 / 12), "12 × 2 % per month"),
        ("6 weeks + 3 days", 45, "6 weeks + 3 days"),
        ("2 working weeks / 5", 2, "2 working weeks / 5"),
        ("120%", 1.2, "120%"),
        ("-(1 month)", -365.25 / 12, "−1 month"),
    ],
)
def test_a_number_with_a_unit_counts_in_the_base_unit_of_its_kind(text, number, shown):
    assert come_to(text) == pytest.approx(number, rel=1e-12)
    assert write_out(text, lambda name: f"{VALUES[name]:g}") == shown


def test_what_is_taken_from_nothing_and_is_less_than_nothing_is_written_without_signs():
    assert write_out("-a / b", lambda name: {"a": "-116", "b": "20 %"}[name]) == "116 / 20 %"
    assert write_out("c - a", lambda name: {"a": "-116", "c": "3"}[name]) == "3 − -116"


def test_rows_are_worked_out_as_one_by_one():
    rows = {"a": np.array([12.0, 1.0, 0.0]), "b": np.array([4.0, 0.0, 2.0])}
    text = "20 % * a - a / (b + 1)"
    found = work_out_rows(text, rows.__getitem__)
    one_by_one = [work_out(text, lambda name, k=k: float(rows[name][k])) for k in range(3)]
    assert found.tolist() == one_by_one
    assert not np.isfinite(work_out_rows("a / b", rows.__getitem__)[1])


SUM = "expected numbers and names joined by + - * / and brackets, such as 'groups.clients.stock * 0.9'"
EXPECTED = SUM + "; found "


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("__import__('os').system('x')", "the sign ' cannot stand in a sum; " + SUM),
        ("groups.a.stock()", EXPECTED + "'groups.a.stock()'"),
        ("groups[0]", "the sign [ cannot stand in a sum; " + SUM),
        ("1 if a else 2", EXPECTED + "'1 if a else 2'"),
        ("lambda: 1", "the sign : cannot stand in a sum; " + SUM),
        ("a := 1", "the sign : cannot stand in a sum; " + SUM),
        ("a ** b", "only + - * / can join the parts of a sum"),
        ("a // b", "only + - * / can join the parts of a sum"),
        ("not a", "only + - * / can join the parts of a sum"),
        (
            "a %",
            "the sign % cannot stand in a sum (it belongs to the number before it: 90 %); " + SUM,
        ),
        ("2 working months", "there is no working month"),
        ("6 weekz", EXPECTED + "'6 weekz'"),
        ("99999999999999999 %", "the number 99999999999999999 is too large"),
        ("2,5 + 1", "the sign , cannot stand in a sum (write a decimal point); " + SUM),
        ("a +", EXPECTED + "'a +'"),
        ("(a", EXPECTED + "'(a'"),
        ("", EXPECTED + "''"),
        ("True", "expected a number; found True"),
        ("(a + b).c", "a name is words joined by dots"),
        ("5j", "expected a number such as 0.9 or 155; found '5j'"),
        ("1or 2", "expected a number such as 0.9 or 155; found '1or'"),
        ("0301", "expected a number such as 0.9 or 155; found '0301'"),
        ("1e999", "the number 1e999 is too large"),
        ("9" * 400, f"the number {'9' * 40} is too large"),
        ("1 / (a - b)", "the sum divides by zero"),
        ("1" + " + 1" * 200, f"expected a sum of at most {MAX_LENGTH} characters; found 801"),
    ],
)
def test_what_is_no_sum_is_refused(text, message):
    assert fault_of(text) == message


def test_sum_that_comes_to_no_number_is_refused():
    with pytest.raises(ArithmeticFault, match="the sum comes to no number"):
        work_out("a * a", lambda name: 1e300)


@pytest.mark.parametrize(
    "text",
    ["(" * 250 + "1" + ")" * 249, "-" * (MAX_LENGTH - 1) + "1", "1" + "+1" * 249, "(" * MAX_LENGTH],
)
def test_deep_sum_is_worked_out_or_refused(text):
    try:
        assert math.isfinite(come_to(text))
    except ArithmeticFault:
        pass


NUMBERS = st.integers(1, 9).map(str) | st.sampled_from(["a", "b", "c"])
SUMS = st.recursive(
    NUMBERS,
    lambda inner: (
        st.tuples(inner, st.sampled_from("+-*/"), inner).map(lambda parts: f"({' '.join(parts)})")
        | inner.map(lambda one: f"-{one}")
    ),
    max_leaves=8,
)


@given(SUMS)
def test_sum_written_out_means_the_same(text):
    try:
        number = come_to(text)
    except ArithmeticFault:
        return
    again = written(text).replace("×", "*").replace("−", "-")
    assert come_to(again) == pytest.approx(number, rel=1e-9, abs=1e-9)


@given(st.text(max_size=40) | st.text("()+-*/.ab1 _", max_size=40))
def test_any_text_is_worked_out_or_refused(text):
    try:
        assert math.isfinite(work_out(text, lambda name: 3.0))
    except ArithmeticFault:
        pass
