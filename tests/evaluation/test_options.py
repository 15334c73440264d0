"""What nothing can be made of is refused when a plan is read: options, months, and what misleads."""

from __future__ import annotations

import pytest

from pilotsim.base.errors import FlowError, RequestError
from pilotsim.evaluation.checks import check_names, known_checks
from pilotsim.evaluation.estimands import Estimand
from pilotsim.evaluation.estimators import known_estimators, make_strategy
from pilotsim.evaluation.options import OptionType
from tests.evaluation.pilots import build
from tests.evaluation.registers import plan_of

LATE = {"late": {"at": "12 months"}}
# What no option can be, by what it must be.
STRANGE = {
    "flag": ("yes", 2, None),
    "whole": ("x", 1.5, True, -1, None),
    "number": ("x", float("nan"), float("inf"), True),
    "word": ("zz", 1, None),
    "words": ("zz", ["zz"], 1),
    "text": (1, None),
}


def of_estimator(name: str, **options):
    """An answer of an estimator with options."""
    kind = known_estimators()[name].contract.kinds[0]
    who = known_estimators()[name].contract.who[0]
    return make_strategy("a", name, Estimand("q", 12, kind=kind, who=who), options=options)


def every_option():
    """Each option of each estimator and check."""
    for kind, known in (("answer", known_estimators()), ("check", known_checks())):
        for name, found in known.items():
            for option, own in found.options.items():
                yield kind, name, option, own


def give(kind: str, name: str, option: str, value) -> None:
    """Give an option a value, as a file does."""
    if kind == "check":
        check_names({name: {option: value}})
    else:
        of_estimator(name, **{option: value})


@pytest.mark.parametrize(
    ("kind", "name", "option", "own"),
    [pytest.param(*one, id=".".join(one[:3])) for one in every_option()],
)
def test_no_option_takes_what_nothing_can_be_made_of(
    kind: str, name: str, option: str, own: OptionType
):
    for value in STRANGE[own.kind]:
        with pytest.raises(RequestError, match=f"{name}: the option '{option}': expected"):
            give(kind, name, option, value)
    if own.kind in ("whole", "number") and own.least > -float("inf"):
        with pytest.raises(RequestError, match=option):
            give(kind, name, option, int(own.least) - 1)


@pytest.mark.parametrize(
    ("estimator", "options", "said"),
    [
        ("randomisation", {"draws": 0}, "draws': expected a whole number, 19 or more; found '0'"),
        ("randomisation", {"draws": -1}, "a whole number, 19 or more"),
        ("randomisation", {"draws": "x"}, "a whole number, 19 or more; found 'x'"),
        ("difference", {"errors": "zz"}, "errors': expected one of auto"),
        ("difference", {"errors": "HC22"}, "HC2"),
        ("difference", {"error": "HC2"}, "no option 'error'; did you mean 'errors'"),
    ],
)
def test_a_plan_with_such_an_option_is_refused_when_it_is_read(estimator, options, said):
    answer = {"estimator": estimator, "inquiry": "late", "options": options}
    with pytest.raises((FlowError, RequestError), match=said):
        plan_of(LATE, answers={"a": answer})


def test_what_an_option_can_be_is_taken():
    answers = {
        "a": {"estimator": "randomisation", "inquiry": "late", "options": {"draws": 99, "seed": 3}},
        "b": {"estimator": "difference", "inquiry": "late", "options": {"errors": "HC3"}},
    }
    assert [dict(one.options) for one in plan_of(LATE, answers=answers).strategies()] == [
        {"draws": 99, "seed": 3},
        {"errors": "HC3"},
    ]


def test_an_evaluation_with_such_an_option_is_refused_with_its_place(tmp_path):
    answer = {"estimator": "randomisation", "inquiry": "in_work", "options": {"draws": 0}}
    with pytest.raises(FlowError, match=r"answers.*draws': expected a whole number"):
        build(
            tmp_path,
            answers={"lots": answer},
            designs={"lottery": {"lottery": {}, "answers": ["lots"]}},
        )


# A register has one row for each month.


@pytest.mark.parametrize(
    ("length", "said"),
    [
        ("1.5 months", "late.at: expected whole months; found 1.5 months.*1 or 2 months"),
        ("2.5 months", "2 or 3 months"),
        ("6 weeks", "found 6 weeks.*1 or 2 months"),
        ("45 days", "found 45 days"),
        ("3 weeks", "expected one month or more"),
    ],
)
def test_months_of_an_inquiry_are_whole_or_refused(length, said):
    with pytest.raises(FlowError, match=said):
        plan_of({"late": {"at": length}})


@pytest.mark.parametrize(
    ("length", "months"), [("1 month", 1), ("24 months", 24), ("1 year", 12), ("1.5 years", 18)]
)
def test_whole_months_are_taken_however_they_are_written(length, months):
    (asked,) = plan_of({"late": {"at": length}}).strategies()
    assert asked.estimand.months == months


def test_a_plan_begins_with_a_month():
    with pytest.raises(FlowError, match=r"begins: expected the first day.*2015-01-15.*2015-01-01"):
        plan_of(LATE, begins="2015-01-15")
    assert plan_of(LATE, begins="2015-02-01").begins.month == 2


# One number beside every length of time.

WEDGE = {"stepped_wedge": {"every": "3 months"}}


@pytest.mark.parametrize("inquiry", [{"after_offer": "3 months"}, {"since_offer": "12 months"}])
def test_a_plan_may_not_take_the_effect_for_the_same_in_every_month(inquiry):
    """3, 12 and 24 months all had 30 points, of a truth of 6, 24 and 48."""
    answer = {"estimator": "stepped_wedge", "inquiry": "q", "options": {"time": "constant"}}
    with pytest.raises(FlowError, match="one number would stand beside every length of time"):
        plan_of({"q": inquiry}, rule=WEDGE, answers={"a": answer})
    plan_of({"q": inquiry}, rule=WEDGE, answers={"a": {**answer, "options": {"time": "exposure"}}})
