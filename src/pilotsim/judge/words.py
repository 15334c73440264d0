"""The words of verdicts, and what makes each the word: all that is to be said of a word.

`place_of_word`, with what it calls, is plain arithmetic over columns. The compiled judge compiles
it as it stands, so that no rule is written twice.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple, get_args

import numpy as np

from pilotsim.base.arrays import Floats, Indexed, Ints
from pilotsim.base.grades import Grade, GradeScale

IMPOSSIBLE, NEARLY_IMPOSSIBLE, UNLIKELY, UNCERTAIN, LIKELY, CERTAIN, POSSIBLE, UNDEFINED = (
    "impossible",
    "nearly_impossible",
    "unlikely",
    "uncertain",
    "likely",
    "certain",
    "possible",
    "undefined",
)
# Below a third unlikely, above two thirds likely: the words of the IPCC's guidance note on
# uncertainty (2010).
UNLIKELY_BELOW, LIKELY_FROM = 1 / 3, 2 / 3
# "Impossible" is for arithmetic alone. "Nearly impossible" and "certain", within what the file
# assumes, need an interval that leaves no more than this: not in one case of a hundred.
NEARLY = 0.01
# A chance of which no run says anything.
EVEN = 0.5

# What may make a word the word. Of several whose rules hold, it is the one whose rule stands first.
Rule = Literal["arithmetic", "not_excluded", "undefined", "interval", "always", "chance"]
RULES: tuple[str, ...] = get_args(Rule)
BY_ARITHMETIC, BY_NO_MEASURE, BY_NO_VALUE, BY_INTERVAL, BY_ALWAYS, BY_CHANCE = range(len(RULES))
RULE_COUNT = len(RULES)
NO_RULE = -1


@dataclass(frozen=True)
class VerdictGrade(Grade):
    """A word of a verdict, with what makes it the word: the legend of a page is written from this.

    Parameters
    ----------
    rule : str
        What decides: `arithmetic` alone, where it forbids it; `not_excluded` where arithmetic alone
        judges and does not forbid it; `undefined`, where most runs have nothing to measure; the
        whole `interval` of the probability between `low` and `high`; the same where moreover the
        bound is met `always`; or the `chance` itself, from `low` up to `high`.
    low, high : float
        The ends of what it takes.
    """

    rule: Rule = "chance"
    low: float = 0.0
    high: float = 1.0


# What a verdict may be. Whoever needs to know more of a word than its name asks its grade.
VERDICTS = GradeScale(
    VerdictGrade(IMPOSSIBLE, 1, "bad", falls_short=True, rule="arithmetic"),
    VerdictGrade(NEARLY_IMPOSSIBLE, 2, "bad", falls_short=True, rule="interval", high=NEARLY),
    VerdictGrade(UNLIKELY, 3, "poor", falls_short=True, high=UNLIKELY_BELOW),
    VerdictGrade(UNCERTAIN, 4, "doubtful", falls_short=True, low=UNLIKELY_BELOW, high=LIKELY_FROM),
    VerdictGrade(LIKELY, 5, "fair", low=LIKELY_FROM),
    VerdictGrade(CERTAIN, 6, "good", rule="always", low=1 - NEARLY),
    # Arithmetic alone judges, and allows it: that is neither a chance nor a success.
    VerdictGrade(
        POSSIBLE,
        7,
        "doubtful",
        phrase="arithmetically_possible",
        rule="not_excluded",
    ),
    # In most runs there is nobody, or nobody for long enough, to measure it by.
    VerdictGrade(
        UNDEFINED, 8, "doubtful", falls_short=True, phrase="not_to_be_judged", rule="undefined"
    ),
)


def verdict_grades() -> list[VerdictGrade]:
    """Return the words of verdicts with what makes each the word, in their order."""
    return [grade for grade in VERDICTS if isinstance(grade, VerdictGrade)]


class GradeColumns(NamedTuple):
    """What makes each word of the scale the word, in its order.

    Parameters
    ----------
    rule : ndarray of int, shape (words,)
        The number of its rule in `RULES`; `NO_RULE` for a word that no rule leads to.
    low, high : ndarray of float, shape (words,)
        The ends of what it takes.
    """

    rule: Ints
    low: Floats
    high: Floats


def grade_columns() -> GradeColumns:
    """Return the rules of the scale as columns."""
    grades = [grade if isinstance(grade, VerdictGrade) else None for grade in VERDICTS]
    return GradeColumns(
        np.array([NO_RULE if one is None else RULES.index(one.rule) for one in grades]),
        np.array([0.0 if one is None else one.low for one in grades]),
        np.array([1.0 if one is None else one.high for one in grades]),
    )


class Evidence(NamedTuple):
    """What a word is chosen by.

    Parameters
    ----------
    is_ruled_out : bool
        Whether the best that arithmetic allows misses the target.
    is_measured : bool
        Whether anything is measured; False where arithmetic alone judges.
    runs : float
        All runs.
    undefined : float
        Those of them of which nobody can tell, on which the probability does not rest.
    probability : float
        Of meeting the target.
    low, high : float
        The ends of its 95 % interval.
    """

    is_ruled_out: bool
    is_measured: bool
    runs: float
    undefined: float
    probability: float
    low: float
    high: float


def place_of_word(
    rules: Indexed[int], lows: Indexed[float], highs: Indexed[float], evidence: Evidence
) -> int:
    """Return the place on the scale of the word that evidence leads to; -1 where none holds.

    Parameters
    ----------
    rules : sequence of int, shape (words,)
        See `GradeColumns`.
    lows, highs : sequence of float, shape (words,)
        See `GradeColumns`.
    evidence : Evidence
        What it is chosen by.
    """
    for rule in range(RULE_COUNT):
        place = first_place_by(rule, rules, lows, highs, evidence)
        if place >= 0:
            return place
    return -1


def first_place_by(
    rule: int,
    rules: Indexed[int],
    lows: Indexed[float],
    highs: Indexed[float],
    evidence: Evidence,
) -> int:
    """Return the first place on the scale whose word holds by one of the rules; -1 for none."""
    for place in range(len(rules)):
        if rules[place] == rule and holds(rule, lows[place], highs[place], evidence):
            return place
    return -1


def holds(rule: int, least: float, most: float, evidence: Evidence) -> bool:
    """Tell whether a rule makes a word the word, which takes what lies between two ends."""
    if rule == BY_ARITHMETIC:
        return evidence.is_ruled_out
    if rule == BY_NO_MEASURE:
        return not evidence.is_measured
    if rule == BY_NO_VALUE:
        return evidence.undefined > evidence.runs / 2.0
    if rule == BY_CHANCE:
        chance = evidence.probability if evidence.runs > 0.0 else EVEN
        return least <= chance < most or chance == most == 1.0
    is_inside = (least < evidence.low or least == 0.0) and (evidence.high < most or most == 1.0)
    is_enough = rule == BY_INTERVAL or evidence.probability == 1.0
    return evidence.runs > 0.0 and is_inside and is_enough


def word_at(place: int) -> str:
    """Return the word at a place of the scale.

    Raises
    ------
    ValueError
        The place is none: no rule of the scale holds.
    """
    if place < 0:
        raise ValueError("no word of verdicts holds")
    return VERDICTS.names[place]


def word_of(evidence: Evidence) -> str:
    """Return the word that evidence leads to.

    Raises
    ------
    ValueError
        No word holds.
    """
    return word_at(place_of_word(*grade_columns(), evidence))


def word_of_chance(probability: float) -> str:
    """Return the word for a probability, were it known exactly.

    Raises
    ------
    ValueError
        It is no probability.
    """
    known = Evidence(
        is_ruled_out=False,
        is_measured=True,
        runs=1.0,
        undefined=0.0,
        probability=probability,
        low=probability,
        high=probability,
    )
    return word_at(first_place_by(BY_CHANCE, *grade_columns(), known))
