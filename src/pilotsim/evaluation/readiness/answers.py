"""What each answer of a plan needs, and whether a register gives it at all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import numpy as np

from pilotsim.base.errors import EstimationError, RequestError, did_you_mean
from pilotsim.base.messages import Message
from pilotsim.evaluation.plan_answers import ask_in_plan
from pilotsim.evaluation.readiness.held_register import Finding, HeldRegister
from pilotsim.evaluation.register import Panel
from pilotsim.evaluation.register.panel import OUTCOMES, is_outcome
from pilotsim.evaluation.release.questions import asked_of
from pilotsim.evaluation.release.texts import counts_in_words, hide_numbers
from pilotsim.evaluation.strategy import Strategy, StrategySample


def about_questions(held: HeldRegister) -> Iterator[Finding]:
    """Yield what the register cannot even be asked: outcomes and subgroups that it lacks."""
    panel = held.panel
    wrong: list[Message] = []
    for inquiry in held.plan.inquiries.values():
        if not is_outcome(inquiry.outcome):
            wrong.append(
                Message(
                    "no outcome '{name}'{meant}",
                    name=inquiry.outcome,
                    meant=did_you_mean(inquiry.outcome, OUTCOMES),
                )
            )
        wrong += _of_subgroup(panel, inquiry.traits)
    yield from (Finding("needs", "wrong", one) for one in dict.fromkeys(wrong))


def about_needs(held: HeldRegister) -> Iterator[Finding]:
    """Hold the plan's answers against the columns: traits and outcomes."""
    panel, plan = held.panel, held.plan
    wrong: list[Message] = []
    for answer in plan.answers.values():
        wrong += _unknown(panel, answer.covariates)
    for inquiry in plan.inquiries.values():
        if is_outcome(inquiry.outcome) and np.isnan(panel.outcome(inquiry.outcome)).all():
            wrong.append(
                Message("the outcome '{name}' is empty in every row", name=inquiry.outcome)
            )
    yield from (Finding("needs", "wrong", one) for one in dict.fromkeys(wrong))
    # A check of the arms that cannot be made hinders no answer.
    compared = dict.fromkeys(_unknown(panel, plan.balance))
    yield from (Finding("needs", "note", one) for one in compared if one not in wrong)
    if not wrong:
        yield Finding(
            "needs", "right", Message("all traits and outcomes that the plan asks for are there")
        )


def _unknown(panel: Panel, names: Iterable[str]) -> Iterator[Message]:
    for name in names:
        if name not in panel.traits:
            yield Message(
                "the register shows no trait '{name}'{meant}",
                name=name,
                meant=did_you_mean(name, panel.traits),
            )


def _of_subgroup(panel: Panel, traits: Mapping[str, bool | str]) -> Iterator[Message]:
    yield from _unknown(panel, traits)
    for name, wanted in traits.items():
        if name not in panel.traits:
            continue
        if isinstance(wanted, bool) == (name in panel.categories):
            yield Message(
                "the subgroup asks for '{wanted}' of '{name}', which is no such trait here",
                wanted=str(wanted).lower(),
                name=name,
            )
        elif not isinstance(wanted, bool) and wanted not in panel.categories[name]:
            yield Message("nobody has '{wanted}' of '{name}'", wanted=wanted, name=name)


def about_answers(held: HeldRegister, known: frozenset[str]) -> Iterator[Finding]:
    """Ask every answer of the plan, and say of each that gives none why; no number is told.

    So that what can be carried out by the check is never refused by the estimate.

    Parameters
    ----------
    held : HeldRegister
        The register beside the plan, in which nothing is wrong for every answer.
    known : frozenset of str
        What was said already.
    """
    for pair, own in held.pairs():
        yield from (found.of_pair(pair) for found in about_answers(own, known))
    if held.plan.rule.has_several_arms:
        return
    for strategy in held.plan.strategies():
        why = _why_not(strategy, held)
        if why is not None and str(why) not in known:
            says = Message(
                "the answer '{name}' cannot be given: {why}",
                name=strategy.name,
                why=why,
            )
            yield Finding("answers", "wrong", says)


# Of one client as of four, and where all have the outcome or nobody has.
TOO_FEW = Message("too few clients, or what is asked does not vary among them")


def _why_not(strategy: Strategy, held: HeldRegister) -> Message | None:
    """Return why an answer cannot be given, without a number or a word from which one follows."""
    followed = _followed(strategy, held.sample)
    if any(0 < count < held.least for count in followed):
        return TOO_FEW
    try:
        ask_in_plan(strategy, held.sample)
    except (EstimationError, RequestError) as fault:
        if counts_in_words(fault.message, with_all=any(followed)):
            return TOO_FEW
        why = hide_numbers(fault.message)
        return why if isinstance(why, Message) else TOO_FEW
    return None


def _followed(strategy: Strategy, sample: StrategySample) -> tuple[int, ...]:
    """Return how many clients of either arm an answer rests on, as far as the arms are known."""
    if strategy.compare == "started" and not sample.panel.shows_starts:
        return ()
    try:
        known = asked_of(sample, strategy.estimand) & ~np.isnan(sample.outcome(strategy.estimand))
        treated = strategy.treated(sample)
    except (EstimationError, RequestError):
        return ()
    return tuple(int((known & (treated == arm)).sum()) for arm in (1.0, 0.0))
