"""Numbers, means and intervals of the library of JavaScript are those of the program."""

from __future__ import annotations

import json
import math
import subprocess
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pilotsim.base.languages import LANGUAGES
from pilotsim.base.statistics import RANGE, critical_value, mean_interval, quantile_range
from pilotsim.judge.economy import RunSpread
from pilotsim.language.catalogue import say
from pilotsim.language.numbers import (
    format_difference,
    format_measure,
    format_number,
    format_probability,
    format_probability_range,
    format_range,
)
from pilotsim.output import live
from pilotsim.output.views.economy import amount_in_words, amounts_in_words, money_words
from pilotsim.portable import HERE
from pilotsim.portable.description import numbers_in
from tests.portable.outside import need

LIVE = Path(live.__file__).parent
PROGRAM = Path(__file__).with_name("called.mjs")
KINDS = ("share", "duration", "rate", "count", "number", "real")
WORDS = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}


def call(calls: Sequence[Sequence[Any]], folder: Path = HERE) -> list[Any]:
    """What the library gives for some calls, or the modules of another folder."""
    (node,) = need("node")
    text = json.dumps(calls)
    for word in ("-Infinity", "Infinity", "NaN"):
        text = text.replace(f" {word}", f' "{word}"').replace(f"[{word}", f'["{word}"')
    done = subprocess.run(
        [node, str(PROGRAM), str(folder)], input=text, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    found: list[Any] = json.loads(done.stdout)
    return found


def numbers() -> list[float]:
    """Numbers of every size and sign, halves between two digits, and what is no number."""
    drawn = np.random.default_rng(1)
    sizes = 10.0 ** drawn.integers(-7, 7, 300)
    plain = [0.0, 1.0, 0.5, 1.5, 2.5, 0.125, 0.375, 19.5, 0.05, 0.01, 0.99, 0.999, 0.9996, 99.95]
    plain += [1000.0, 9999.5, 10000.0, 12345.678, 1234567.0, 0.025, 0.045, 1e-3, 5e-4, 2.675, 1.005]
    found = [*plain, *(drawn.random(300) * sizes).tolist(), *(drawn.integers(0, 4000, 60) / 8)]
    return [*found, *(-number for number in found), math.nan, math.inf]


def compare(language: str, method: str, rows: Sequence[Sequence[Any]], ours: Callable[..., str]):
    style = numbers_in(language)
    found = call([["numbers", f"NumberWriter.{method}", list(row), [style]] for row in rows])
    wrong = [
        (row, theirs, ours(*row))
        for row, theirs in zip(rows, found, strict=True)
        if theirs != ours(*row)
    ]
    assert not wrong, wrong[:5]


@pytest.mark.parametrize("language", LANGUAGES)
class TestNumbersAreWritten:
    def test_alone(self, language):
        rows = [[number, decimals] for number in numbers() for decimals in (0, 1, 2, 3)]
        compare(language, "number", rows, lambda x, d: format_number(x, language, d))
        plain = [[number] for number in numbers()]
        compare(language, "number", plain, lambda x: format_number(x, language))

    def test_with_units(self, language):
        finite = [x for x in numbers() if not math.isinf(x)]
        rows = [[x, kind, half] for x in finite for kind in KINDS for half in (math.nan, 0.02)]
        compare(language, "measure", rows, lambda x, k, h: format_measure(x, k, language, half=h))

    def test_as_ranges(self, language):
        finite = [x for x in numbers() if not math.isinf(x)]
        pairs = list(zip(finite, reversed(finite), strict=True))
        rows = [[low, high, kind] for low, high in pairs for kind in KINDS]
        compare(language, "range", rows, lambda a, b, k: format_range(a, b, k, language))

    def test_as_probabilities(self, language):
        shares = [k / 400 for k in range(401)] + [1e-5, 0.99999, math.nan]
        compare(
            language,
            "probability",
            [[p] for p in shares],
            lambda p: format_probability(p, language),
        )
        rows = [[p, [max(0.0, p - 0.03), min(1.0, p + 0.05)]] for p in shares[:-1]]
        compare(language, "probability", rows, lambda p, i: format_probability(p, language, i))
        compare(
            language,
            "probabilityRange",
            [ends for _, ends in rows],
            lambda a, b: format_probability_range(a, b, language),
        )

    def test_as_differences(self, language):
        finite = [x for x in numbers() if not math.isinf(x)]
        rows = [
            [mean, half, kind]
            for mean, half in zip(finite, map(abs, reversed(finite)), strict=True)
            for kind in KINDS
        ]
        compare(language, "difference", rows, lambda m, h, k: format_difference(m, h, k, language))

    def test_as_fewer_and_more(self, language):
        def fewer(number: float) -> str:
            size = format_measure(abs(number), "real", language)
            if not any(digit in size for digit in "123456789"):
                return size
            key = "so_many_fewer" if number < 0 else "so_many_more"
            return say(key, language, number=size)

        rows = [[x, "real"] for x in numbers() if math.isfinite(x)]
        compare(language, "fewer", rows, lambda x, _: fewer(x))


def test_means_quantiles_and_intervals_are_the_same_to_the_bit():
    drawn = np.random.default_rng(2)
    constants = {
        "students": [critical_value(freedom=float(k)) for k in range(1, 400)],
        "ends": list(RANGE),
    }
    rows = [[], [3.25], [math.nan, 2.0], [math.nan]]
    rows += [drawn.normal(size=n).tolist() for n in (2, 3, 25, 100, 400)]
    rows += [[*drawn.integers(0, 9, 30).tolist(), math.nan]]
    found = call([["statistics", "summarise", [row, constants]] for row in rows])
    for row, own in zip(rows, found, strict=True):
        values = np.array(row, np.float64)
        interval = mean_interval(values)
        low, high = quantile_range(values)
        ours = [interval.mean, interval.half_width, low, high, float(interval.n)]
        names = ("mean", "half", "low", "high", "count")
        theirs = [WORDS.get(own[name], own[name]) for name in names]
        assert np.array_equal(ours, theirs, equal_nan=True), (row, ours, theirs)


@pytest.mark.parametrize("language", LANGUAGES)
def test_amounts_are_said_as_the_program_says_them(language):
    amounts = [one for one in numbers() if math.isfinite(one)]
    amounts += [999_499.0, 999_600.0, 1e6, -1e6, 1_004_000.0, 13_844_000.0, -13_844_000.0]
    ends = [sorted(pair) for pair in pairwise(amounts)]
    for currency in ("NOK", "CHF"):
        made = [money_words(currency, language), numbers_in(language)]
        asked = [["money", "MoneyWriter.one", [one], made] for one in amounts]
        asked += [["money", "MoneyWriter.range", pair, made] for pair in ends]
        expected = [amount_in_words(one, currency, language) for one in amounts]
        expected += [
            amounts_in_words(RunSpread(low, low, high), currency, language) for low, high in ends
        ]
        assert call(asked, LIVE) == expected
