"""The register as a whole: its columns and months, who is there, and what is missing."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from pilotsim.base.amounts import NONE, Share
from pilotsim.base.arrays import Bools
from pilotsim.base.errors import RequestError
from pilotsim.base.messages import Message
from pilotsim.evaluation.readiness.held_register import Finding, HeldRegister, month_faults
from pilotsim.evaluation.readiness.parts import NOTEWORTHY, part_of
from pilotsim.evaluation.register import Panel
from pilotsim.evaluation.register.extract import ASSIGNED, BLOCK, few_or
from pilotsim.evaluation.register.panel import (
    ASSISTANCE,
    NO_ROW,
    STATES,
    UNKNOWN_STATE,
    WORK,
    ReadingNote,
)

# Months before the programme that a comparison of changes needs, and that show who the clients are.
MONTHS_BEFORE = 12
# Where more than so large a part are not whom the plan is about, it is about others.
MOST = 0.5


def about_columns(panel: Panel) -> Iterator[Finding]:
    """Say which of the register's own columns hold something."""
    held = {
        "amount": bool((~np.isnan(panel.amount)).any()),
        "offered": bool(np.isfinite(panel.offered).any()),
        "started": panel.shows_starts,
        "district": panel.names_district,
        ASSIGNED: ASSIGNED in panel.traits,
        BLOCK: BLOCK in panel.traits,
    }
    there, absent = ([name for name in held if held[name] is whether] for whether in (True, False))
    yield Finding(
        "columns",
        "right",
        Message(
            "beside client, month and status these columns hold something: {there}; these do not, "
            "or are not there: {absent}",
            there=", ".join(there) or NONE,
            absent=", ".join(absent) or NONE,
        ),
    )


def about_months(held: HeldRegister) -> Iterator[Finding]:
    """Say whether the months that the plan asks for are there, and how many are before it."""
    faults = tuple(month_faults(held.panel, held.plan))
    yield from (Finding("months", "wrong", fault) for fault in faults)
    if not faults:
        yield Finding(
            "months",
            "right",
            Message(
                "the months are there: {first} to {last}; the plan begins in {begins} and asks for "
                "{longest} months",
                first=held.month(0),
                last=held.month(len(held.panel.months) - 1),
                begins=held.begins,
                longest=held.longest,
            ),
        )
    if held.start < MONTHS_BEFORE:
        yield Finding(
            "months",
            "note",
            Message(
                "months before the plan begins: {months}; {usual} show better who the clients were",
                months=held.start,
                usual=MONTHS_BEFORE,
            ),
        )


def about_who(held: HeldRegister) -> Iterator[Finding]:
    """Say how many are in the register when the plan begins, and what was noted of them."""
    listed = int(held.listed.sum())
    least = held.least
    if listed < 2 * least:
        yield Finding(
            "who",
            "wrong",
            Message(
                "{count} clients are in the register when the plan begins; it takes {least} in "
                "each arm",
                count=Message("fewer than {least}", least=2 * least),
                least=least,
            ),
        )
        return
    sizes = held.sizes
    if sizes.listed is not None and held.plan.rule.only is not None:
        says = Message(
            "{count:,} clients are in the register when the plan begins, in the districts that "
            "take part",
            count=sizes.listed,
        )
    elif sizes.listed is not None and sizes.extract is not None:
        says = Message(
            "{count:,} clients are in the register when the plan begins, of {all:,} in the file",
            count=sizes.listed,
            all=sizes.extract,
        )
    else:
        says = Message(
            "enough clients are in the register when the plan begins; how many is not told, since "
            "it would tell of fewer than {least} clients",
            least=least,
        )
    yield Finding("who", "right", says)
    yield from _population(held)
    for note in held.panel.notes:
        yield from _note(held, note)


def _population(held: HeldRegister) -> Iterator[Finding]:
    """Hold what clients were just before the plan begins against whom the plan is about.

    Who was drawn stays in its arm: to leave some out after the lot is for no program to do. Those
    who are compared from elsewhere (`against`) are nobody of the population.
    """
    if held.plan.population is None or not held.start:
        return
    state, before = STATES.index(held.plan.population.state), held.start - 1
    status = held.panel.status[:, before]
    inside = held.in_arms if held.plan.rule.against is None else held.arm == 1.0
    known = inside & (status != NO_ROW) & (status != UNKNOWN_STATE)
    if not known.any():
        return
    is_so = status == state
    beside = {WORK: held.panel.in_work, ASSISTANCE: held.panel.on_assistance}.get(state)
    if beside is not None:
        # Who works may be paid assistance too.
        is_so = is_so | (beside[:, before] == 1.0)
    other = int((known & ~is_so).sum())
    share = other / int(known.sum())
    if share < NOTEWORTHY or other < held.least:
        return
    said = Message(
        "{part} of the clients were not '{state}' in {month}, just before the plan begins, and the "
        "plan is about people who were: it was tried on others than these",
        part=part_of(share),
        state=STATES[state],
        month=held.month(before),
    )
    if share > MOST:
        yield Finding("who", "wrong", said)
    else:
        yield Finding("who", "note", said, said)


def _note(held: HeldRegister, note: ReadingNote) -> Iterator[Finding]:
    """Say of how many in an arm a note is true: of few, and of all but a few, no number."""
    count, clients = int((held.in_arms & note.clients).sum()), int(held.in_arms.sum())
    if not count:
        return
    yield Finding("who", "note", note.says(few_or(count, held.least, of=clients)))


def about_missing(held: HeldRegister) -> Iterator[Finding]:
    """Say how much of each outcome and trait is missing among those who are in the register."""
    panel, least = held.panel, held.least
    last = held.start + min(held.longest, len(panel.months) - held.start)
    outcomes = dict.fromkeys(inquiry.outcome for inquiry in held.plan.inquiries.values())
    wanted = dict.fromkeys(name for one in held.plan.answers.values() for name in one.covariates)
    lost = np.asarray(~panel.seen[held.listed, last - 1])
    yield from _share_missing(lost, least, Message("the row of the last month that is asked for"))
    for name in outcomes:
        try:
            values = panel.outcome(name)
        except RequestError:
            continue
        empty = np.isnan(values) & panel.seen
        ever = np.asarray(empty[held.listed, held.start : last].any(axis=1))
        yield from _share_missing(ever, least, Message("'{name}' in some month", name=name))
    for name in wanted:
        if name in panel.traits:
            gone = np.asarray(np.isnan(panel.traits[name][held.listed]), np.bool_)
            yield from _share_missing(gone, least, Message("'{name}'", name=name))


def _share_missing(missing: Bools, least: int, what: Message) -> Iterator[Finding]:
    count, clients = int(missing.sum()), len(missing)
    if not count or not clients:
        return
    if count < least or clients - count < least:
        few = Message("fewer than {least}", least=least)
        nearly = few if count < least else Message("nearly all")
        yield Finding(
            "missing",
            "note",
            Message("missing for {count} clients: {what}", what=what, count=nearly),
        )
        return
    if clients < 100 * least:
        # One per cent of them is fewer than may be told.
        part = part_of(count / clients)
        yield Finding(
            "missing",
            "note",
            Message("missing for {part} of the clients: {what}", what=what, part=part),
        )
        return
    yield Finding(
        "missing",
        "note",
        Message(
            "missing for {share:.0f} of the clients: {what}",
            what=what,
            share=Share(count / clients),
        ),
    )
