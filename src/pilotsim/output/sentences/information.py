"""The value of information in sentences: what to find out first, and what that may cost."""

from __future__ import annotations

from collections.abc import Iterator

from pilotsim.base.text import inside
from pilotsim.experiments.information.expected_value import ExpectedValue
from pilotsim.experiments.information.value import (
    DecisionValue,
    InformationValue,
    KnownInput,
    SurveyWorth,
)
from pilotsim.judge.economy import RunSpread
from pilotsim.language.catalogue import catalogue_of, say
from pilotsim.language.labels import label_of_value
from pilotsim.language.numbers import format_probability, join
from pilotsim.model.decisions import NET, NOTHING, SPENT
from pilotsim.output.views.economy import amount_in_words, amounts_in_words, money, money_range

__all__ = ["lead_sentences", "name_of_input", "payoff_in_words", "show_worth", "worth_ends"]

# How many assumptions, and surveys, a sentence names.
MOST_NAMED = 3


def name_of_input(found: InformationValue, known: KnownInput, language: str) -> str:
    """Return what would be known, as people call it.

    Parameters
    ----------
    found : InformationValue
        Whose flow says what values are called.
    known : KnownInput
        An assumption, or several; all of them where it has no name.
    language : str
        One of `LANGUAGES`.
    """
    part = f"information_part_{known.name or 'everything'}"
    if part in catalogue_of(language).phrases:
        return say(part, language)
    labels = [label_of_value(found.flow, name, language) for name in known.name.split(" + ")]
    return join([labels[0], *(inside(label) for label in labels[1:])], language)


def show_worth(found: InformationValue, amount: float, language: str) -> str:
    """Return an amount without its currency, rounded as amounts are."""
    return money(amount, "", language).strip()


def worth_ends(found: InformationValue, low: float, high: float, language: str) -> str:
    """Return the ends of an interval of amounts, without the currency."""
    return money_range(RunSpread(low, low, high), "", language).strip()


def _words(found: InformationValue, amount: float, language: str) -> str:
    return amount_in_words(amount, found.flow.currency, language)


def _range(found: InformationValue, value: ExpectedValue, language: str) -> str:
    spread = RunSpread(value.value, value.low, value.high)
    return amounts_in_words(spread, found.flow.currency, language)


def lead_sentences(found: InformationValue, decision: DecisionValue, language: str) -> list[str]:
    """Return what to find out before a decision, the answer first.

    Parameters
    ----------
    found : InformationValue
        Of the flow.
    decision : DecisionValue
        The decision.
    language : str
        One of `LANGUAGES`.
    """
    return [
        _first(found, decision, language),
        *_surveys(found, decision, language),
        _best(found, decision, language),
        _everything(found, decision, language),
    ]


def _first(found: InformationValue, decision: DecisionValue, language: str) -> str:
    clear = decision.clear[:MOST_NAMED]
    if clear:
        first = clear[0]
        return say(
            "information_find_out",
            language,
            what=inside(name_of_input(found, first, language)),
            worth=_words(found, first.value.value, language),
            range=_range(found, first.value, language),
        )
    if decision.everything.is_clear:
        return say("information_together", language)
    option = inside(decision.best.says.in_language(language))
    return say("information_decide_now", language, option=option)


def _best(found: InformationValue, decision: DecisionValue, language: str) -> str:
    first, second = sorted(decision.options, key=lambda one: -one.payoff.mean)[:2]
    return say(
        "information_best_now",
        language,
        option=first.says.in_language(language),
        second=second.says.in_language(language),
        less=_words(found, first.payoff.mean - second.payoff.mean, language),
        share=format_probability(first.best, language),
    )


def _everything(found: InformationValue, decision: DecisionValue, language: str) -> str:
    return say(
        "information_everything",
        language,
        worth=_words(found, decision.everything.value, language),
        range=_range(found, decision.everything, language),
    )


def _surveys(found: InformationValue, decision: DecisionValue, language: str) -> Iterator[str]:
    """Yield which surveys are worth what they cost, or which comes nearest."""
    if not decision.surveys:
        return
    pays = [one for one in decision.surveys if one.pays]
    key = "information_survey_pays" if pays else "information_survey_nearest"
    for one in pays[:MOST_NAMED] or decision.surveys[:1]:
        yield say(
            key,
            language,
            survey=one.survey.says.in_language(language),
            **_amounts(found, one, language),
        )


def _amounts(found: InformationValue, one: SurveyWorth, language: str) -> dict[str, str]:
    return {
        "worth": _words(found, one.value.value, language),
        "costs": _words(found, one.survey.costs, language),
        "delay": _words(found, one.delay, language),
    }


def payoff_in_words(found: InformationValue, decision: DecisionValue, language: str) -> str:
    """Return what an option is taken to pay: whose money, and what is stated to be worth what.

    Parameters
    ----------
    found : InformationValue
        Of the flow.
    decision : DecisionValue
        The decision.
    language : str
        One of `LANGUAGES`.
    """
    flow, own = found.flow, decision.decision
    parts = []
    kind = own.money or NET
    if flow.economy is not None and kind != NOTHING:
        payers = [flow.payers[name].in_language(language) for name in own.payers or ()]
        key = "information_money_spent" if kind == SPENT else "information_money_net"
        whose = join(payers, language) or say("information_all_payers", language)
        parts.append(say(key, language, payers=whose))
    for name, worth in own.results.items():
        assert flow.economy is not None
        parts.append(
            say(
                "information_worth_of",
                language,
                what=inside(flow.economy.results[name].says.in_language(language)),
                worth=_words(found, worth, language),
            )
        )
    for name, worth in own.targets.items():
        parts.append(
            say(
                "information_worth_of_target",
                language,
                what=inside(_target_in_words(found, name, language)),
                worth=_words(found, worth, language),
            )
        )
    return " ".join([say("information_payoff_is", language), *parts])


def _target_in_words(found: InformationValue, name: str, language: str) -> str:
    target, _, reading = name.partition(".")
    own = found.flow.targets[target]
    return (own.all_readings()[reading].says if reading else own.says).in_language(language)
