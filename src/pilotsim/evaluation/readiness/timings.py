"""When each arm was offered the programme, and how many of it, held against what the plan says."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from pilotsim.base.amounts import Share
from pilotsim.base.arrays import Floats
from pilotsim.base.calendar import DAYS_PER_MONTH
from pilotsim.base.messages import Message
from pilotsim.base.quantity import Quantity
from pilotsim.evaluation.designs import Districts, Encouragement, Lottery, WaitingList
from pilotsim.evaluation.readiness.held_register import Finding, HeldRegister
from pilotsim.evaluation.readiness.parts import NOTEWORTHY, SURPRISING, part_of

# Registers have months, and an office may begin a month early or late: more is another plan.
SLIP = 1
DAYS_PER_WEEK = 7.0


def about_timings(held: HeldRegister) -> Iterator[Finding]:
    """Yield where an arm was offered the programme at another time, or more or less of it."""
    rule = held.plan.rule.rule
    if held.plan.rule.against is not None:
        return
    if isinstance(rule, Encouragement):
        yield from _moved(held, rule)
        return
    for value, planned in _planned(held):
        if not np.isnan(planned):
            yield from _hold_offers(held, value, planned)


def _planned(held: HeldRegister) -> Iterator[tuple[float, float]]:
    """Yield each arm with the month of its usual offer by the plan; NaN for never.

    The first of two arms that begins with the plan is held by when the plan begins.
    """
    rule = held.plan.rule.rule
    if isinstance(rule, WaitingList) and held.plan.rule.offers_first_alone:
        weeks = _weeks(held, rule)
        for value in (1.0, 0.0):
            yield value, held.start + float(np.median(weeks[held.arm == value]))
    elif isinstance(rule, Lottery | Districts) and rule.between is not None:
        for value, name in zip((1.0, 0.0), rule.between, strict=True):
            own = rule.arms[name]
            is_first = value == 1.0 and own.after is None and rule.offers_first_alone
            yield value, _later(held, own.after) if own.offered and not is_first else np.nan
    elif isinstance(rule, Lottery) and rule.then is not None:
        yield 0.0, _later(held, rule.then)


def _later(held: HeldRegister, after: Quantity | None) -> float:
    return held.start + (0.0 if after is None else after.number / DAYS_PER_MONTH)


def _weeks(held: HeldRegister, rule: WaitingList) -> Floats:
    """Return after how many months each client would be offered it, in an order by arms.

    Each district offers so many a week, first to those who do not wait.
    """
    months = np.full(len(held.arm), np.nan)
    pause = 0.0 if rule.pause is None else rule.pause.number
    # Of several arms those who are in neither of these two stand in the same order.
    waits = np.where(np.isnan(held.arm), False, held.arm == 0.0)
    for district in np.unique(held.panel.district[held.listed]):
        inside = np.flatnonzero((held.panel.district == district) & held.listed)
        order = inside[np.argsort(waits[inside], kind="stable")]
        week = np.floor(np.arange(len(order)) / rule.per_week.number)
        months[order] = (DAYS_PER_WEEK * week + pause * waits[order]) / DAYS_PER_MONTH
    return months


def _hold_offers(held: HeldRegister, value: float, planned: float) -> Iterator[Finding]:
    """Hold the offers of an arm against the month in which the plan has its usual one."""
    own = held.panel.offered[held.arm == value]
    known = own[np.isfinite(own)]
    is_seen = planned + SLIP < len(held.panel.months)
    who = WHO[value]
    if not len(known):
        if is_seen:
            said = Message(
                "the plan offers the programme to {who} in {planned}, and the register shows no "
                "offer to any of them",
                who=who,
                planned=held.month(planned),
            )
            yield Finding("months", "note", said, said)
        return
    usual = float(np.median(known))
    if is_seen and abs(usual - np.floor(planned)) > SLIP:
        said = Message(
            "the plan offers the programme to {who} in {planned}; their usual offer came in "
            "{usual}: mend the plan, or the offers in the register",
            who=who,
            planned=held.month(planned),
            usual=held.month(usual),
        )
        yield Finding("months", "note", said, said)
        return
    early = np.asarray(own < np.floor(planned) - SLIP)
    if value == 0.0 and early.mean() >= NOTEWORTHY and int(early.sum()) >= held.least:
        said = Message(
            "{part} of those who were to be offered the programme in {planned} were offered it "
            "before: until then the arms differ less than the plan says",
            part=part_of(float(early.mean())),
            planned=held.month(planned),
        )
        yield Finding("months", "note", said, said)


WHO = {
    1.0: Message("those who were to be offered it"),
    0.0: Message("those they are compared with"),
}


def _moved(held: HeldRegister, rule: Encouragement) -> Iterator[Finding]:
    """Hold how many of each arm were offered the programme against how many the plan moves."""
    for value, planned in zip((1.0, 0.0), rule.moved, strict=True):
        own = held.panel.offered[held.arm == value] < held.start + held.longest
        spread = np.sqrt(max(planned * (1.0 - planned), 1.0 / len(own)) / len(own))
        if abs(float(own.mean()) - planned) <= SURPRISING * spread:
            continue
        said = Message(
            "{part} of {who} were offered the programme within the {longest} months; the plan says "
            "{planned:.0f}",
            part=part_of(float(own.mean())),
            who=INVITED[value],
            longest=held.longest,
            planned=Share(planned),
        )
        yield Finding("arms", "note", said, said)


INVITED = {
    1.0: Message("those who were encouraged"),
    0.0: Message("those who were not"),
}
