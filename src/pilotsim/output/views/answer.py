"""The answer first: what changes because of the pilot, what it costs, what it hangs on."""

from __future__ import annotations

from collections.abc import Iterator

from pilotsim.base.arrays import Floats
from pilotsim.judge.check import Check
from pilotsim.judge.effect_split import SplitFigure
from pilotsim.judge.strengths import turns
from pilotsim.language.catalogue import say
from pilotsim.language.numbers import format_number, format_range, join
from pilotsim.output.document import Listing, Paragraph, Section
from pilotsim.output.views.economy import cost_sentences
from pilotsim.output.views.parts import assumed_of, facts_of, own_sums_of

__all__ = ["answer_section"]

BIG = 10  # from so many clients on decimals say nothing


def answer_section(check: Check, language: str, hangs_on: list[str]) -> Section:
    """Return the answer in a few sentences; empty where the flow has nothing to answer with.

    Parameters
    ----------
    check : Check
        What to show: its split of the effect, its economy, its strengths and its choices.
    language : str
        One of `LANGUAGES`.
    hangs_on : list of str
        The assumptions on which most verdicts depend, in words, the strongest first.
    """
    if check.split is None and check.economy is None:
        return Section("answer", "", ())
    costs = cost_sentences(check, language)
    money = [" ".join(costs)] if costs else []
    lines = [*_effects(check, language), *money, *_hangs(check, language)]
    if hangs_on:
        lines.append(say("answer_assumptions", language, names=join(hangs_on, language)))
    lines.append(_basis(check, language))
    items = tuple(Paragraph.of(line) for line in lines)
    return Section("answer", say("answer_heading", language), (Listing(items),))


def _effects(check: Check, language: str) -> Iterator[str]:
    split = check.split
    if split is None:
        if check.flow.mechanisms is not None:
            yield say("answer_not_split", language)
        return
    assert split.flow.mechanisms is not None
    for place, name in enumerate(split.counted):
        who = split.flow.mechanisms.counted[name].says.in_language(language)
        changes = [
            _change(split.total[:, place, k], state, language)
            for k, state in enumerate(split.states)
        ]
        anyway = [
            say(
                "answer_anyway_one",
                language,
                number=_count(float(split.without[:, place, k].mean()), language),
                state=say(f"answer_{state}", language),
            )
            for k, state in enumerate(split.states)
        ]
        yield say(
            "answer_effect",
            language,
            who=who,
            changes=join(changes, language),
            anyway=join(anyway, language),
        )


def _change(numbers: Floats, state: str, language: str) -> str:
    """Return how many more or fewer are in a state: as many, where chance explains it."""
    figure = SplitFigure.of(numbers)
    mean = figure.mean
    is_clear = mean.low > 0 or mean.high < 0
    key = "answer_as_many" if not is_clear else "answer_more" if mean.mean > 0 else "answer_fewer"
    return say(
        key,
        language,
        number=_count(abs(mean.mean) if is_clear else mean.mean, language),
        state=say(f"answer_{state}", language),
        range=format_range(round(figure.low), round(figure.high), "real", language),
    )


def _count(number: float, language: str) -> str:
    return format_number(number, language, 0 if abs(number) >= BIG else 1)


def _hangs(check: Check, language: str) -> Iterator[str]:
    if check.strengths:
        turned = sum(turns(check.strengths, number) for number in range(len(check.verdicts)))
        key = "answer_assumed" if turned else "answer_assumed_none"
        yield say(key, language, count=turned, all=len(check.verdicts))
    turning = [
        found
        for found in check.choices
        if found.choice.readings_of is None and any(option.turned for option in found.options)
    ]
    turning.sort(key=lambda found: -max(len(option.turned) for option in found.options))
    if turning:
        words = [found.choice.says.in_language(language) for found in turning]
        names = [quoted(one.partition("?")[0].rstrip("."), language) for one in words]
        key = "answer_choices" if len(names) > 1 else "answer_choice"
        yield say(key, language, names=join(names, language), count=len(names))


def quoted(words: str, language: str) -> str:
    """Return words in quotation marks of the language."""
    return say("quoted", language, words=words)


def _basis(check: Check, language: str) -> str:
    facts, assumed = facts_of(check.flow), assumed_of(check.flow)
    key = "answer_basis_fixed" if check.fixed else "answer_basis"
    return say(
        key,
        language,
        facts=len(facts),
        sums=len(own_sums_of(check.flow)),
        assumed=len(assumed),
    )
