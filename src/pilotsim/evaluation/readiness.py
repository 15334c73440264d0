"""Whether a register serves a plan: what is right and wrong in it, before anything is asked.

An estimate from a register that lacks what the plan rests on is a number beside another question.
So a plan whose arms, districts or months the register does not hold is refused, by name. What is
said is of groups: counts of few clients are said to be few.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

import numpy as np

from pilotsim.base.amounts import NONE, Share
from pilotsim.base.arrays import Bools, Floats
from pilotsim.base.errors import RegisterError, RequestError, did_you_mean
from pilotsim.base.messages import Message, join_messages
from pilotsim.evaluation.designs import (
    Districts,
    Encouragement,
    Lottery,
    SteppedWedge,
    TraitLimit,
)
from pilotsim.evaluation.designs.several_arms import shares_of
from pilotsim.evaluation.plan_arms import assigned_of
from pilotsim.evaluation.preanalysis_plan import PreAnalysisPlan
from pilotsim.evaluation.register import Panel, read_register
from pilotsim.evaluation.register.extract import ASSIGNED, BLOCK, few_or
from pilotsim.evaluation.register.faults import FaultyRegisterError

__all__ = ["Finding", "RegisterReadiness", "check_register", "hold_to_plan", "require_ready"]

Judged = Literal["right", "wrong", "note"]
# Months before the programme that a comparison of changes needs, and that show who the clients are.
MONTHS_BEFORE = 12
# What is wrong in one of these is wrong for every answer of a plan.
DECISIVE = ("months", "who", "arms", "districts")
# An arm's share may differ from the plan's by so many standard deviations of drawing one by one.
SURPRISING = 4.0


@dataclass(frozen=True)
class Finding:
    """One thing that is right or wrong in a register.

    Parameters
    ----------
    topic : str
        What it is about: `reading`, `columns`, `months`, `who`, `arms`, `districts`, `needs` or
        `missing`.
    judged : str
        `right`, `wrong` (the plan cannot be carried out), or `note`.
    says : Message
        What was found.
    """

    topic: str
    judged: Judged
    says: Message


@dataclass(frozen=True)
class RegisterReadiness:
    """Whether a register serves a plan.

    Parameters
    ----------
    file : str
        The register's file.
    plan : PreAnalysisPlan
        The plan.
    found : tuple of Finding
        All that is right and wrong.
    traits : tuple of str
        The traits that the register shows.
    """

    file: str
    plan: PreAnalysisPlan
    found: tuple[Finding, ...]
    traits: tuple[str, ...] = field(default=())

    @property
    def is_ready(self) -> bool:
        """Whether nothing stands against carrying the plan out."""
        return all(one.judged != "wrong" for one in self.found)


def check_register(file: str | Path, plan: PreAnalysisPlan) -> RegisterReadiness:
    """Return all that is right and wrong in an extract, held against a plan.

    A file that cannot be read is no error here, but a finding.
    """
    try:
        panel = read_register(file, plan.begins, plan.rule.words_of_arms)
    except FaultyRegisterError as fault:
        wrong = [Finding("reading", "wrong", one.with_place()) for one in fault.found]
        return RegisterReadiness(str(file), plan, tuple(wrong))
    except RegisterError as fault:
        said = fault.message if isinstance(fault.message, Message) else Message("cannot be read")
        return RegisterReadiness(str(file), plan, (Finding("reading", "wrong", said),))
    right = Finding("reading", "right", Message("every cell of the file can be read"))
    traits = tuple(name for name in panel.traits if name not in (ASSIGNED, BLOCK))
    return RegisterReadiness(str(file), plan, (right, *hold_to_plan(panel, plan)), traits)


def require_ready(panel: Panel, plan: PreAnalysisPlan) -> None:
    """Raise `RegisterError` for a register by which a plan cannot be carried out.

    What a single answer needs and does not find is that answer's own refusal.

    Raises
    ------
    RegisterError
        With everything that is wrong.
    """
    wrong = [
        one.says
        for one in hold_to_plan(panel, plan)
        if one.judged == "wrong" and one.topic in DECISIVE
    ]
    if wrong:
        head = Message("the register does not serve the plan:")
        raise RegisterError(join_messages([head, *wrong], "\n  "))


def hold_to_plan(panel: Panel, plan: PreAnalysisPlan) -> tuple[Finding, ...]:
    """Return what is right and wrong in a register that was read, held against a plan."""
    months = [f"{month:%Y-%m}" for month in panel.months]
    begins = f"{plan.begins:%Y-%m}"
    if begins not in months:
        says = Message(
            "the plan begins in {begins}; the extract holds {first} to {last}",
            begins=begins,
            first=months[0],
            last=months[-1],
        )
        return (Finding("months", "wrong", says),)
    held = _Held(panel, plan, months.index(begins))
    return (
        *_columns(panel),
        *_months(held, months),
        *_who(held),
        *_arms(held),
        *_districts(held),
        *_needs(held),
        *_missing(held),
    )


@dataclass(frozen=True)
class _Held:
    """A register beside a plan, with the month in which the plan begins."""

    panel: Panel
    plan: PreAnalysisPlan
    start: int

    @property
    def least(self) -> int:
        """The smallest count of clients that may be shown."""
        return int(self.plan.small_cells.number)

    @property
    def listed(self) -> Bools:
        """Who is in the register when the plan begins."""
        return np.asarray(self.panel.seen[:, self.start])

    @property
    def shown_districts(self) -> tuple[str, ...]:
        """The districts of enough clients to be named."""
        sizes = np.bincount(self.panel.district, minlength=len(self.panel.districts))
        return tuple(
            name
            for name, size in zip(self.panel.districts, sizes, strict=True)
            if size >= self.least
        )

    @property
    def longest(self) -> int:
        """For how many months the plan asks."""
        return max(strategy.estimand.months for strategy in self.plan.strategies())

    @property
    def assigned(self) -> Floats:
        """The arm that the register says of those listed; NaN for none."""
        found = assigned_of(self.panel, self.plan.rule)
        return np.where(self.listed, np.nan if found is None else found, np.nan)


def _columns(panel: Panel) -> Iterator[Finding]:
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


def _months(held: _Held, months: list[str]) -> Iterator[Finding]:
    begins, last = months[held.start], months[-1]
    if held.start + held.longest > len(months):
        yield Finding(
            "months",
            "wrong",
            Message(
                "the plan asks for {longest} months from {begins} on; the extract ends with {last}",
                longest=held.longest,
                begins=begins,
                last=last,
            ),
        )
    else:
        yield Finding(
            "months",
            "right",
            Message(
                "the months are there: {first} to {last}; the plan begins in {begins} and asks for "
                "{longest} months",
                first=months[0],
                last=last,
                begins=begins,
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


def _who(held: _Held) -> Iterator[Finding]:
    listed, all_clients = int(held.listed.sum()), len(held.panel)
    least = held.least
    if listed < 2 * least:
        yield Finding(
            "who",
            "wrong",
            Message(
                "{count} clients are in the register when the plan begins; it takes {least} in "
                "each arm",
                count=few_or(listed, held.least),
                least=least,
            ),
        )
        return
    yield Finding(
        "who",
        "right",
        Message(
            "{count:,} clients are in the register when the plan begins, of {all:,} in the file",
            count=listed,
            all=all_clients,
        )
        if all_clients - listed == 0 or all_clients - listed >= least
        else Message(
            "nearly all clients of the file are in the register when the plan begins ({all:,} in "
            "the file)",
            all=all_clients,
        ),
    )
    yield from (
        Finding("who", "note", note.says(few_or(int(note.clients.sum()), held.least)))
        for note in held.panel.notes
    )


def _arms(held: _Held) -> Iterator[Finding]:
    rule, panel = held.plan.rule.rule, held.panel
    needed = held.plan.rule.draws_arms
    if ASSIGNED not in panel.traits:
        if needed:
            yield Finding(
                "arms",
                "wrong",
                Message(
                    "the column '{column}' is missing: who was to be offered the programme by the "
                    "plan is not the same as who was",
                    column=ASSIGNED,
                ),
            )
        return
    if held.plan.rule.has_several_arms:
        yield from _several_arms(held)
        return
    if ASSIGNED in panel.categories and not held.plan.rule.words_of_arms:
        yield Finding(
            "arms",
            "wrong",
            Message(
                "'{column}' holds words; it takes 1 (to be offered the programme) and 0, since "
                "the sign of every effect hangs on it",
                column=ASSIGNED,
            ),
        )
        return
    arm = held.assigned
    least = held.least
    sizes = [int((arm == value).sum()) for value in (1.0, 0.0)]
    alone = isinstance(rule, SteppedWedge) or held.plan.rule.assignment == "nobody"
    if min(sizes) < least and not alone:
        yield Finding(
            "arms",
            "wrong",
            Message("an arm has fewer than {least} clients: nothing may be shown", least=least),
        )
        return
    yield from _drawn_share(held, sizes)
    yield from _offers(held, arm)
    if isinstance(rule, Lottery):
        yield from _blocks(held, arm, rule)
    if isinstance(rule, TraitLimit):
        yield from _limit(held, arm, rule)


def _several_arms(held: _Held) -> Iterator[Finding]:
    """Count the arms, then hold each pair that is compared as a lottery of two."""
    lottery = held.plan.rule.lottery
    assert lottery is not None
    place = np.where(held.listed, held.panel.traits[ASSIGNED], np.nan)
    if ASSIGNED not in held.panel.categories:
        says = Message(
            "'{column}' holds numbers; the plan has several arms, each with its word",
            column=ASSIGNED,
        )
        yield Finding("arms", "wrong", says)
        return
    sizes = [int((place == number).sum()) for number in range(len(lottery.arms))]
    for name, size, planned in zip(lottery.arms, sizes, shares_of(lottery.arms), strict=True):
        if size < held.least:
            says = Message(
                "the arm '{arm}' has fewer than {least} clients: nothing may be shown",
                arm=name,
                least=held.least,
            )
            yield Finding("arms", "wrong", says)
            continue
        share = size / sum(sizes)
        fits = abs(share - planned) <= SURPRISING * np.sqrt(planned * (1 - planned) / sum(sizes))
        says = Message(
            "the arm '{arm}' has {size:,} clients, {share:.0f}; the plan says {planned:.0f}",
            arm=name,
            size=size,
            share=Share(share),
            planned=Share(float(planned)),
        )
        yield Finding("arms", "right" if fits else "note", says)
    if min(sizes) < held.least:
        return
    for pair in held.plan.rule.pairs_of_arms:
        rule = held.plan.rule.comparing(pair)
        own = replace(held, plan=held.plan.model_copy(update={"rule": rule}))
        for found in _arms(own):
            says = Message(
                "{first} against {second}: {says}", first=pair[0], second=pair[1], says=found.says
            )
            yield replace(found, says=says)


def _drawn_share(held: _Held, sizes: list[int]) -> Iterator[Finding]:
    rule = held.plan.rule.rule
    if not isinstance(rule, Lottery | Encouragement):
        return
    total = sum(sizes)
    planned = rule.planned_share if isinstance(rule, Lottery) else rule.share.number
    share = sizes[0] / total
    spread = np.sqrt(planned * (1.0 - planned) / total)
    fits = abs(share - planned) <= SURPRISING * spread
    yield Finding(
        "arms",
        "right" if fits else "note",
        Message(
            "of those in the design {share:.0f} are in the group to be offered the programme; the "
            "plan says {planned:.0f}",
            share=Share(share),
            planned=Share(planned),
        ),
    )


def _offers(held: _Held, arm: Floats) -> Iterator[Finding]:
    """Hold the arms against the offers: those who were to be offered it are offered it earlier."""
    rule = held.plan.rule.rule
    if isinstance(rule, SteppedWedge) or held.plan.rule.assignment == "nobody":
        return
    if isinstance(rule, Lottery) and not rule.offers_first_alone:
        return
    time = np.minimum(held.panel.offered, held.start + held.longest)
    means = [float(time[arm == value].mean()) for value in (1.0, 0.0)]
    if means[0] >= means[1]:
        judged: Judged = "note" if isinstance(rule, Encouragement) else "wrong"
        yield Finding(
            "arms",
            judged,
            Message(
                "'{assigned}' contradicts 'offered': those who were to be offered the programme "
                "were offered it no earlier than the others; is 1 the group to be offered it?",
                assigned=ASSIGNED,
            ),
        )
        return
    yield Finding(
        "arms",
        "right",
        Message("those who were to be offered the programme were offered it earlier"),
    )
    never = isinstance(rule, Lottery) and rule.then is None
    early = int(((arm == 0.0) & (held.panel.offered < held.start + held.longest)).sum())
    if never and early:
        yield Finding(
            "arms",
            "note",
            Message(
                "{count} clients were offered the programme although they were not drawn; they "
                "stay in their arm",
                count=few_or(early, held.least),
            ),
        )


def _blocks(held: _Held, arm: Floats, rule: Lottery) -> Iterator[Finding]:
    if not rule.blocks and not rule.pairs:
        return
    if BLOCK not in held.panel.traits:
        # Where the traits themselves are there, each answer sees whether they are enough for it;
        # who was paired with whom they do not tell.
        seen = not rule.pairs and all(name in held.panel.traits for name in rule.blocks)
        yield Finding(
            "arms",
            "note" if seen else "wrong",
            Message(
                "the column '{column}' is missing: the plan draws lots within blocks", column=BLOCK
            ),
        )
        return
    block = held.panel.traits[BLOCK]
    inside = ~np.isnan(arm)
    if np.isnan(block[inside]).any():
        yield Finding(
            "arms",
            "wrong",
            Message("'{column}' is empty for clients who are in the design", column=BLOCK),
        )
        return
    names = np.unique(block[inside])
    whole = [name for name in names if len(set(arm[inside & (block == name)])) == 1]
    yield Finding(
        "arms",
        "note" if whole else "right",
        Message(
            "{count} blocks, of which {whole} hold one arm alone and tell nothing",
            count=len(names),
            whole=len(whole),
        ),
    )


def _limit(held: _Held, arm: Floats, rule: TraitLimit) -> Iterator[Finding]:
    if rule.trait not in held.panel.traits:
        return
    value = held.panel.traits[rule.trait]
    inside = ~np.isnan(arm) & ~np.isnan(value)
    other = int(((value < rule.below.number) != (arm == 1.0))[inside].sum())
    if other:
        yield Finding(
            "arms",
            "wrong",
            Message(
                "'{assigned}' of {count} clients is not what the limit of '{trait}' says",
                assigned=ASSIGNED,
                count=few_or(other, held.least),
                trait=rule.trait,
            ),
        )


def _districts(held: _Held) -> Iterator[Finding]:
    rule, panel = held.plan.rule.rule, held.panel
    if not isinstance(rule, Districts | SteppedWedge):
        return
    if len(panel.districts) < 2:
        yield Finding(
            "districts",
            "wrong",
            Message(
                "the column 'district' is missing, or names one district: the plan compares some"
            ),
        )
        return
    named = rule.members or ()
    for name in (*named, *(held.plan.rule.only or ())):
        if name not in panel.districts:
            yield Finding(
                "districts",
                "wrong",
                Message(
                    "no client belongs to the district '{name}' of the plan{meant}",
                    name=name,
                    meant=did_you_mean(name, held.shown_districts),
                ),
            )
    if isinstance(rule, Districts):
        yield from _whole_districts(held, rule)
    else:
        yield from _steps(held, rule)


def _whole_districts(held: _Held, rule: Districts) -> Iterator[Finding]:
    """Hold the arms against the districts, each of which is in one arm as a whole."""
    panel = held.panel
    if ASSIGNED not in panel.traits:
        return
    drawn = []
    for place, name in enumerate(panel.districts):
        arm = held.assigned[panel.district == place]
        arm = arm[~np.isnan(arm)]
        if not len(arm):
            continue
        if 0.0 < arm.mean() < 1.0:
            yield Finding(
                "districts",
                "wrong",
                Message(
                    "the district '{name}' is in both arms; the plan offers the programme to all "
                    "of a district or to none",
                    name=name if name in held.shown_districts else "…",
                ),
            )
        elif arm[0] == 1.0:
            drawn.append(name)
    if rule.named is not None and set(drawn) != set(rule.named) & set(panel.districts):
        yield Finding(
            "districts",
            "wrong",
            Message("'{assigned}' is 1 in other districts than the plan names", assigned=ASSIGNED),
        )
    for names in rule.groups or ():
        own = [name for name in names if name in panel.districts]
        found = len(set(drawn) & set(own))
        if len(own) == len(names) and found != rule.drawn_of(len(names)):
            yield Finding(
                "districts",
                "wrong",
                Message(
                    "of the districts {names} {found} are in the group to be offered the "
                    "programme; the plan draws {planned} of them",
                    names=", ".join(name for name in names if name in held.shown_districts),
                    found=found,
                    planned=rule.drawn_of(len(names)),
                ),
            )
    if rule.drawn is not None and len(drawn) != int(rule.drawn.number):
        yield Finding(
            "districts",
            "wrong",
            Message(
                "{found} districts are in the group to be offered the programme; the plan draws "
                "{planned}",
                found=len(drawn),
                planned=int(rule.drawn.number),
            ),
        )


def _steps(held: _Held, rule: SteppedWedge) -> Iterator[Finding]:
    """Hold the first offers against the steps: all of a district are offered it in one month."""
    panel = held.panel
    firsts: dict[str, float] = {}
    for place, name in enumerate(panel.districts):
        inside = (panel.district == place) & held.listed
        offers = panel.offered[inside]
        if not np.isfinite(offers).any():
            continue
        months, counts = np.unique(offers[np.isfinite(offers)], return_counts=True)
        firsts[name] = float(months[counts.argmax()])
        other = int(counts.sum() - counts.max())
        if other:
            yield Finding(
                "districts",
                "note",
                Message(
                    "in the district '{name}' {count} clients were offered the programme in "
                    "another month than the rest",
                    name=name if name in held.shown_districts else "…",
                    count=few_or(other, held.least),
                ),
            )
    homes = [panel.districts[place] for place in np.unique(panel.district[held.listed])]
    missing = [name for name in rule.members or homes if name in homes and name not in firsts]
    steps = len(set(firsts.values()))
    yield Finding(
        "districts",
        # One step is enough while others are still to come: they are what it is compared with.
        "right" if steps > 1 or (steps and missing) else "wrong",
        Message(
            "{count} districts begin in {steps} steps; {missing} of the plan begin after the table "
            "ends, or never",
            count=len(firsts),
            steps=steps,
            missing=len(missing),
        ),
    )


def _needs(held: _Held) -> Iterator[Finding]:
    """Hold the plan's answers against the columns: traits, subgroups and outcomes."""
    panel, plan = held.panel, held.plan
    wrong: list[Message] = []
    names = {name: None for answer in plan.answers.values() for name in answer.covariates}
    names |= dict.fromkeys(plan.balance)
    if isinstance(plan.rule.rule, TraitLimit):
        names[plan.rule.rule.trait] = None
    for name in names:
        if name not in panel.traits:
            wrong.append(
                Message(
                    "the register shows no trait '{name}'{meant}",
                    name=name,
                    meant=did_you_mean(name, panel.traits),
                )
            )
    for inquiry in plan.inquiries.values():
        wrong += _of_inquiry(panel, inquiry.outcome, inquiry.traits)
    for one in dict.fromkeys(wrong):
        yield Finding("needs", "wrong", one)
    if not wrong:
        yield Finding(
            "needs", "right", Message("all traits and outcomes that the plan asks for are there")
        )


def _of_inquiry(panel: Panel, outcome: str, traits: Mapping[str, bool | str]) -> Iterator[Message]:
    try:
        values = panel.outcome(outcome)
    except RequestError as fault:
        if isinstance(fault.message, Message):
            yield fault.message
    else:
        if np.isnan(values).all():
            yield Message("the outcome '{name}' is empty in every row", name=outcome)
    for name, wanted in traits.items():
        if name not in panel.traits:
            meant = did_you_mean(name, panel.traits)
            yield Message("the register shows no trait '{name}'{meant}", name=name, meant=meant)
        elif isinstance(wanted, bool) == (name in panel.categories):
            yield Message(
                "the subgroup asks for '{wanted}' of '{name}', which is no such trait here",
                wanted=str(wanted).lower(),
                name=name,
            )
        elif not isinstance(wanted, bool) and wanted not in panel.categories[name]:
            yield Message("nobody has '{wanted}' of '{name}'", wanted=wanted, name=name)


def _missing(held: _Held) -> Iterator[Finding]:
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
    yield Finding(
        "missing",
        "note",
        Message(
            "missing for {share:.0f} of the clients: {what}",
            what=what,
            share=Share(count / clients),
        ),
    )
