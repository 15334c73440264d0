"""The answer first: what changes because of the pilot, what it costs, what it hangs on."""

from __future__ import annotations

from collections.abc import Iterator

from pilotsim.judge.check import Check
from pilotsim.judge.effect_totals import WORK, EffectFigure, EffectTotals
from pilotsim.judge.strengths import are_off, turns
from pilotsim.language.catalogue import say
from pilotsim.language.numbers import join
from pilotsim.output.document import Listing, Paragraph, Section
from pilotsim.output.sentences.people import change_in_words, whole_people
from pilotsim.output.views.economy import cost_sentences
from pilotsim.output.views.parts import assumed_of, facts_of, own_sums_of

__all__ = ["answer_section", "basis_line", "quoted", "strength_lines"]


def answer_section(check: Check, language: str, hangs_on: list[str]) -> Section:
    """Return the answer in a few sentences; empty where the flow has nothing to answer with.

    Parameters
    ----------
    check : Check
        What to show: its effect, its economy, its strengths and its choices.
    language : str
        One of `LANGUAGES`.
    hangs_on : list of str
        The assumptions on which most verdicts depend, in words, the strongest first.
    """
    if check.effect is None and check.economy is None:
        return Section("answer", "", ())
    costs = cost_sentences(check, language)
    money = [" ".join(costs)] if costs else []
    lines = [*_effects(check.effect, language), *money, *_hangs(check, language)]
    if hangs_on:
        names = [quoted(name, language) for name in hangs_on]
        lines.append(say("answer_assumptions", language, names=join(names, language)))
    lines.append(basis_line(check, language))
    items = tuple(Paragraph.of(line) for line in lines)
    return Section("answer", say("answer_heading", language), (Listing(items),))


def _effects(effect: EffectTotals | None, language: str) -> Iterator[str]:
    if effect is None:
        return
    assert effect.flow.mechanisms is not None
    for place, name in enumerate(effect.counted):
        told = [
            (k, state)
            for k, state in enumerate(effect.states)
            if effect.programme[:, place, k].any() or effect.without[:, place, k].any()
        ]
        changes = [
            change_in_words(effect.total[:, place, k], say(f"answer_{state}", language), language)
            for k, state in told
        ]
        anyway = [
            say(
                "answer_anyway_one",
                language,
                number=whole_people(float(effect.without[:, place, k].mean()), language),
                state=say(f"answer_{state}", language),
            )
            for k, state in told
        ]
        yield say(
            "answer_effect",
            language,
            who=effect.flow.mechanisms.counted[name].says.in_language(language),
            changes=join(changes, language),
            anyway=join(anyway, language),
        )
        if place == 0:
            yield from _displaced(effect, language)


def _displaced(effect: EffectTotals, language: str) -> Iterator[str]:
    """Yield how many more are in work when what is taken from others is deducted."""
    won = effect.total[:, 0, effect.states.index(WORK)]
    # A flow that says nothing of displacement has no share, which is not a number.
    if EffectFigure.of(won).mean.low > 0 and (effect.displaced > 0).any():
        change = change_in_words(
            effect.net_of_displacement[:, 0], say(f"answer_{WORK}", language), language
        )
        yield say("answer_net", language, change=change)


def _hangs(check: Check, language: str) -> Iterator[str]:
    yield from strength_lines(check, language)
    yield from _turning(check, language)


def strength_lines(check: Check, language: str) -> Iterator[str]:
    """Yield how far the verdicts hang on how well the help works, which is assumed."""
    if check.strengths:
        turned = sum(turns(check.strengths, number) for number in range(len(check.verdicts)))
        key = "answer_assumed" if turned else "answer_assumed_none"
        yield say(key, language, count=turned, all=len(check.verdicts))
    elif are_off(check.flow):
        yield say("answer_strength_off", language)


def _turning(check: Check, language: str) -> Iterator[str]:
    turning = [found for found in check.choices if found.turns]
    # What a target means comes first: until that is settled, nobody knows what is to be reached.
    turning.sort(
        key=lambda found: (
            found.choice.readings_of is None,
            -max(len(option.turned) for option in found.options),
        )
    )
    if turning:
        words = [found.choice.says.in_language(language) for found in turning]
        names = [quoted(one.partition("?")[0].rstrip("."), language) for one in words]
        key = "answer_choices" if len(names) > 1 else "answer_choice"
        yield say(key, language, names=join(names, language), count=len(names))


def quoted(words: str, language: str) -> str:
    """Return words in quotation marks of the language."""
    return say("quoted", language, words=words)


def basis_line(check: Check, language: str) -> str:
    """Return what the answer rests on: numbers from sources, sums of these, and assumptions."""
    flow = check.flow
    facts, sums, assumed = len(facts_of(flow)), len(own_sums_of(flow)), len(assumed_of(flow))
    # That nothing was read is said; that nothing was worked out or assumed says itself.
    of_facts = {0: "answer_basis_no_facts", 1: "answer_basis_one_fact"}
    parts = [(of_facts.get(facts, "answer_basis_facts"), facts)]
    parts += [("answer_basis_sums", sums)] if sums else []
    held = "answer_basis_held" if check.fixed else "answer_basis_assumed"
    parts += [(held, assumed)] if assumed else []
    key = "answer_basis_fixed" if check.fixed else "answer_basis"
    told = [say(part, language, count=count) for part, count in parts]
    return say(key, language, parts=join(told, language))
