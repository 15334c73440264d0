"""Numbers in sentences: digits that count, nothing rounded into certainty, in every language."""

import math

import pytest

from pilotsim.base.amounts import Amount, Probability, Share
from pilotsim.base.messages import Message
from pilotsim.language.catalogue import translate

N = "\u00a0"


@pytest.mark.parametrize(
    ("number", "written"),
    [
        (12345.678, "12,346"),
        (9999.4, "9,999"),
        (-0.0004, "−0.0004"),
        (0.126, "0.126"),
        (0.0, "0"),
        (math.nan, "–"),
        (-math.inf, "−∞"),
    ],
)
def test_an_amount_has_three_digits_that_count(number, written):
    assert f"{Amount(number)}" == written


def test_an_amount_that_rounds_to_nothing_has_no_sign():
    assert f"{Amount(-0.0004):.1f}" == "0.0"


def test_a_share_is_never_zero_or_whole_where_it_only_nearly_is():
    assert f"{Share(0.996)}" == f">{N}99{N}%"
    assert f"{Share(0.0004):.1f}" == f"<{N}0.1{N}%"
    assert f"{Share(0.0)}" == f"0{N}%"
    assert f"{Probability(0.0):.1f}" == f"<{N}0.1{N}%"


def test_other_languages_write_them_with_their_own_signs():
    message = Message("{sum}, {share:.1f}", sum=Amount(12345.678), share=Share(0.1234))
    assert translate(message, "nb") == f"12{N}346, 12,3{N}%"
