"""Arms held against a plan: their size and lots, and whether offers fit arms and beginning."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np

from pilotsim.base.amounts import Share
from pilotsim.base.arrays import Floats
from pilotsim.base.messages import Message
from pilotsim.evaluation.designs import (
    NOBODY,
    Caseworker,
    Encouragement,
    Lottery,
    SteppedWedge,
    TraitLimit,
    WaitingList,
)
from pilotsim.evaluation.designs.several_arms import ClientArm, SeveralArms, shares_of
from pilotsim.evaluation.lots import Lots
from pilotsim.evaluation.readiness.held_register import Finding, HeldRegister, Judged
from pilotsim.evaluation.readiness.parts import NOTEWORTHY, SURPRISING, is_far, part_of
from pilotsim.evaluation.readiness.timings import about_timings
from pilotsim.evaluation.register.extract import ASSIGNED, BLOCK, few_or

# Offers before the plan begins are a contradiction where so large a part of them came then.
MOST = 0.5
# Where the usual offer comes so many months late, the time that is asked for is mostly waiting.
LATE = 1
# Arms are exchanged where their offers are so many times likelier that way.
MIRRORED = 1000.0
# In a block so many standard deviations from the plan's share are no luck of those who left.
SURPRISING_IN_A_BLOCK = 3.0


def about_arms(held: HeldRegister) -> Iterator[Finding]:
    """Yield what is right and wrong of the arms that a register shows."""
    if held.plan.rule.has_several_arms:
        yield from _several_arms(held)
        return
    rule, arm, least = held.plan.rule.rule, held.arm, held.least
    sizes = [int((arm == value).sum()) for value in (1.0, 0.0)]
    # Some designs compare the offered with nobody, or with themselves before their own step.
    alone = isinstance(rule, SteppedWedge) or held.plan.rule.assignment == NOBODY
    if (sizes[0] if alone else min(sizes)) < least:
        yield Finding(
            "arms",
            "wrong",
            Message("an arm has fewer than {least} clients: nothing may be shown", least=least),
        )
        yield from _in_no_arm(held)
        return
    yield from _drawn_share(held, sizes)
    yield from about_offers(held)
    yield from about_timings(held)
    yield from _blocks(held)
    if isinstance(rule, TraitLimit):
        yield from _limit(held, rule)


def _several_arms(held: HeldRegister) -> Iterator[Finding]:
    """Count the arms, then hold each pair that is compared as a design of two."""
    several = held.plan.rule.several
    assert several is not None
    place = np.where(held.listed, held.panel.traits[ASSIGNED], np.nan)
    if ASSIGNED not in held.panel.categories:
        says = Message(
            "'{column}' holds numbers; the plan has several arms, each with its word",
            column=ASSIGNED,
        )
        yield Finding("arms", "wrong", says)
        return
    sizes = [int((place == number).sum()) for number in range(len(several.arms))]
    shares = _shares_of_clients(several)
    arms = zip(several.arms, sizes, held.sizes.arms, shares, strict=True)
    for name, size, told, planned in arms:
        yield _size_of_arm(held, name, size, told, planned)
    if min(sizes) < held.least:
        yield from _in_no_arm(held)
    else:
        for pair, own in held.pairs():
            yield from (found.of_pair(pair) for found in about_arms(own))


def _in_no_arm(held: HeldRegister) -> Iterator[Finding]:
    """Say how large a part is in no arm since nothing says in which, where an arm is too small."""
    if ASSIGNED not in held.panel.traits:
        return
    empty = np.isnan(held.panel.traits[ASSIGNED])[held.listed]
    if int(empty.sum()) < held.least or float(empty.mean()) < NOTEWORTHY:
        return
    says = Message(
        "'{column}' is empty for {part} of the clients, who are in no arm; where an empty cell "
        "means an arm, a mapping says so",
        column=ASSIGNED,
        part=part_of(float(empty.mean())),
    )
    yield Finding("arms", "note", says)


def _shares_of_clients(several: SeveralArms) -> Sequence[float]:
    """Return the share of clients drawn to each arm; NaN where districts were drawn."""
    arms = {name: own for name, own in several.arms.items() if isinstance(own, ClientArm)}
    return [*shares_of(arms)] if arms else [math.nan] * len(several.arms)


def _size_of_arm(
    held: HeldRegister, name: str, size: int, told: int | None, planned: float
) -> Finding:
    if size < held.least:
        says = Message(
            "the arm '{arm}' has fewer than {least} clients: nothing may be shown",
            arm=name,
            least=held.least,
        )
        return Finding("arms", "wrong", says)
    if told is None:
        says = Message(
            "the arm '{arm}' has enough clients; how many is not told, since it would tell of "
            "fewer than {least} clients",
            arm=name,
            least=held.least,
        )
        return Finding("arms", "right", says)
    clients = held.sizes.in_arms
    if math.isnan(planned) or clients is None:
        # Beside its size a share would tell how many are in all arms.
        says = Message("the arm '{arm}' has {size:,} clients", arm=name, size=size)
        return Finding("arms", "right", says)
    share = size / clients
    says = Message(
        "the arm '{arm}' has {size:,} clients, {share:.0f}; the plan says {planned:.0f}",
        arm=name,
        size=size,
        share=Share(share),
        planned=Share(float(planned)),
    )
    return Finding("arms", _judge_share(share, planned, clients), says)


def _judge_share(share: float, planned: float, clients: int) -> Judged:
    """Judge a drawn share by the plan's: people leave after a lot, but not most of an arm."""
    spread = np.sqrt(planned * (1.0 - planned) / clients)
    if abs(share - planned) <= SURPRISING * spread:
        return "right"
    return "wrong" if is_far(share, planned) else "note"


def _drawn_share(held: HeldRegister, sizes: list[int]) -> Iterator[Finding]:
    rule = held.plan.rule.rule
    if not isinstance(rule, Lottery | Encouragement | WaitingList | Caseworker):
        return
    # Others than those who were to choose or be drawn are compared with: of them no share is said.
    if held.plan.rule.against is not None:
        return
    total = sum(sizes)
    planned = rule.share.number if isinstance(rule, Caseworker) else rule.planned_share
    share = sizes[0] / total
    judged = _judge_share(share, planned, total)
    if judged == "wrong" and isinstance(rule, Caseworker):
        # No lot set it: how many a caseworker chose is what was chosen.
        judged = "note"
    yield Finding(
        "arms",
        judged,
        Message(
            "of those in the design {share:.0f} are in the group to be offered the programme; the "
            "plan says {planned:.0f}",
            share=Share(share),
            planned=Share(planned),
        ),
    )


def about_offers(held: HeldRegister) -> Iterator[Finding]:
    """Hold the offers against the arms and against the month in which the plan begins."""
    rule = held.plan.rule.rule
    if not held.plan.rule.offers_first_alone:
        return
    if not np.isfinite(held.panel.offered).any():
        yield Finding(
            "arms",
            "wrong",
            Message(
                "the column 'offered' is missing or empty: whether those who were to be offered "
                "the programme were, and when, cannot be seen"
            ),
        )
        return
    if isinstance(rule, SteppedWedge):
        # Its steps are held against the offers, district by district.
        return
    inside = ~np.isnan(held.arm) & (held.panel.offered < held.start + held.longest)
    if not inside.any():
        yield Finding(
            "months",
            "wrong",
            Message(
                "nobody was offered the programme within the {longest} months from {begins} on "
                "that the plan asks for: mend 'begins' in the plan, or the offers in the register",
                longest=held.longest,
                begins=held.begins,
            ),
        )
        return
    order = () if held.plan.rule.assignment == NOBODY else tuple(_order(held))
    yield from order
    yield from _never_offered(held)
    if all(one.judged != "wrong" for one in order):
        yield from _beginning(held)


def _beginning(held: HeldRegister) -> Iterator[Finding]:
    """Hold the months of the offers against the month in which the plan begins."""
    offers = held.panel.offered[(held.arm == 1.0) & np.isfinite(held.panel.offered)]
    if not len(offers):
        return
    early = int((offers < held.start).sum())
    usual = held.month(float(np.median(offers)))
    if early > MOST * len(offers):
        yield Finding(
            "months",
            "wrong",
            Message(
                "the plan begins in {begins}, and most of those who were to be offered the "
                "programme had been offered it before, the usual one in {usual}: the months before "
                "{begins} are no months without it; mend 'begins' in the plan, or the offers in "
                "the register",
                begins=held.begins,
                usual=usual,
            ),
        )
        return
    if early:
        part = part_of(early / len(offers))
        said = Message(
            "{part} of the offers came before the plan begins ({begins}); the months before are "
            "not quite without the programme",
            part=part,
            begins=held.begins,
        )
        yield Finding("months", "note", said, said)
    waits = held.plan.rule.waiting_list is not None
    if not waits and np.median(offers) > held.start + LATE:
        said = Message(
            "time counts from {begins}, when the plan begins; the usual offer came in {usual}, so "
            "that the months until then are months of waiting",
            begins=held.begins,
            usual=usual,
        )
        yield Finding("months", "note", said, said)
    elif not waits:
        yield from _late(held, offers)


def _late(held: HeldRegister, offers: Floats) -> Iterator[Finding]:
    """Say how large a part of the offers came late, where the usual one was on time."""
    late = np.asarray(offers > held.start + LATE)
    if late.mean() < NOTEWORTHY or int(late.sum()) < held.least:
        return
    said = Message(
        "{part} of the offers came more than a month after the plan begins ({begins}), the usual "
        "one of these in {usual}; those clients had less time with the programme than is asked for",
        part=part_of(float(late.mean())),
        begins=held.begins,
        usual=held.month(float(np.median(offers[late]))),
    )
    yield Finding("months", "note", said, said)


def _order(held: HeldRegister) -> Iterator[Finding]:
    """Hold the arms against the offers: those who were to be offered it are offered it earlier."""
    rule, arm, offered = held.plan.rule.rule, held.arm, held.panel.offered
    time = np.minimum(offered, held.start + held.longest)
    means = [float(time[arm == value].mean()) for value in (1.0, 0.0)]
    if means[0] >= means[1]:
        # An invitation may move nobody; but not as many as the plan says, the other way about.
        by_chance = isinstance(rule, Encouragement) and not _is_mirrored(held, rule)
        judged: Judged = "note" if by_chance else "wrong"
        said = Message(
            "'{assigned}' contradicts 'offered': those who were to be offered the programme "
            "were offered it no earlier than the others; is 1 the group to be offered it?",
            assigned=ASSIGNED,
        )
        yield Finding("arms", judged, said, said if judged == "note" else None)
        return
    yield Finding(
        "arms",
        "right",
        Message("those who were to be offered the programme were offered it earlier"),
    )
    later = held.plan.rule.waiting_list is not None or (
        isinstance(rule, Lottery) and rule.then is not None
    )
    others = arm == 0.0
    early = int((others & (offered < held.start + held.longest)).sum())
    if not early or later or isinstance(rule, Encouragement):
        # What the design itself offers the others is held by each answer's own months.
        return
    yield Finding(
        "arms",
        "note",
        Message(
            "{count} clients were offered the programme although they were not drawn; they "
            "stay in their arm",
            count=few_or(early, held.least),
        ),
        Message(
            "{part} of those who were not to be offered the programme were offered it all the same "
            "within the {longest} months: the effect is that of being offered it earlier or more "
            "often, not that of the programme against nothing",
            part=part_of(early / int(others.sum())),
            longest=held.longest,
        ),
    )


def _is_mirrored(held: HeldRegister, rule: Encouragement) -> bool:
    """Tell whether the arms' offers are far likelier by the plan with its arms exchanged."""
    likelier = 0.0
    for value, planned, other in zip((1.0, 0.0), rule.moved, rule.moved[::-1], strict=True):
        own = held.panel.offered[held.arm == value] < held.start + held.longest
        nearest = 0.5 / len(own)
        by_plan, by_other = np.clip([planned, other], nearest, 1.0 - nearest)
        offered = int(own.sum())
        likelier += offered * np.log(by_other / by_plan)
        likelier += (len(own) - offered) * np.log((1.0 - by_other) / (1.0 - by_plan))
    return bool(likelier > np.log(MIRRORED))


def _never_offered(held: HeldRegister) -> Iterator[Finding]:
    """Say how large a part of those to be offered the programme never were, in words alone."""
    own = held.arm == 1.0
    never = held.panel.offered[own] >= held.start + held.longest
    share = float(never.mean())
    # Of encouraged clients some are offered nothing; that is the design.
    if isinstance(held.plan.rule.rule, Encouragement):
        return
    # Of a small arm even a part in words would tell a count that the gate hides.
    if share < NOTEWORTHY or int(never.sum()) < held.least:
        return
    said = Message(
        "{part} of those who were to be offered the programme were not offered it within the "
        "{longest} months: every effect is that on all of them (who: offered means who was to be "
        "offered it), smaller than that on those who were offered it",
        part=part_of(share),
        longest=held.longest,
    )
    yield Finding("arms", "note", said, said)


def _blocks(held: HeldRegister) -> Iterator[Finding]:
    """Hold the lots of clients against the blocks in which they were drawn."""
    rule, panel, arm = held.plan.rule.rule, held.panel, held.arm
    names = (*rule.blocks, *rule.pairs) if isinstance(rule, Lottery) else ()
    if names and BLOCK not in panel.traits:
        # Where the traits themselves are there, each answer sees whether they are enough for it;
        # who was paired with whom they do not tell.
        seen = isinstance(rule, Lottery) and not rule.pairs
        seen = seen and all(name in panel.traits for name in names)
        missing = Message(
            "the column '{column}' is missing: the plan draws lots within blocks", column=BLOCK
        )
        by_traits = Message(
            "the column '{column}' is missing: lots are taken to have been drawn within the blocks "
            "that {names} make",
            column=BLOCK,
            names=", ".join(names),
        )
        yield Finding("arms", "note" if seen else "wrong", missing, by_traits if seen else None)
        if not seen:
            return
    elif names and np.isnan(panel.traits[BLOCK][~np.isnan(arm)]).any():
        yield Finding(
            "arms",
            "wrong",
            Message("'{column}' is empty for clients who are in the design", column=BLOCK),
        )
        return
    lots = held.sample.lots if held.plan.rule.unit == "client" else None
    if lots is not None and (names or lots.has_blocks):
        by_district = not names and BLOCK not in panel.traits
        yield from _one_armed(lots, held.least, by_district=by_district)
        if isinstance(rule, Lottery) and rule.blocks and held.plan.rule.against is None:
            yield from _shares_of_blocks(held, rule, lots)


def _shares_of_blocks(held: HeldRegister, rule: Lottery, lots: Lots) -> Iterator[Finding]:
    """Say where lots were not drawn by the plan's share within blocks, though they were in all."""
    planned, apart = rule.planned_share, 0
    for block in np.unique(lots.blocks):
        drawn = lots.drawn[lots.blocks == block]
        first, clients = int((drawn == 1.0).sum()), len(drawn)
        beyond = abs(first - planned * clients)
        spread = np.sqrt(planned * (1.0 - planned) * clients)
        if (
            is_far(first / clients, planned)
            and beyond >= held.least
            and beyond > SURPRISING_IN_A_BLOCK * spread
        ):
            apart += clients
    if not apart:
        return
    said = Message(
        "{part} of the clients are in blocks in which another share than the plan's was drawn: "
        "who was drawn then differs between blocks, and only a comparison within them is one of "
        "the lot",
        part=part_of(apart / len(lots.blocks)),
    )
    yield Finding("arms", "note", said, said)


def _one_armed(lots: Lots, least: int, *, by_district: bool) -> Iterator[Finding]:
    """Say how many blocks hold one arm alone; with no other there is nothing to compare."""
    both = np.unique(lots.blocks[lots.compared(np.ones(len(lots.blocks), np.bool_))])
    count = int(lots.blocks.max()) + 1
    whole = count - len(both)
    told = Message("{count} blocks, each with both arms", count=count)
    if whole:
        told = Message(
            "{count} blocks, of which {whole} hold one arm alone and tell nothing",
            count=count,
            whole=whole,
        )
    alone = int((~np.isin(lots.blocks, both)).sum())
    if 0 < alone < least:
        # In so few blocks there are few clients: as few as there are pairs that lack one.
        told = Message(
            "fewer than {least} clients are in blocks that hold one arm alone and tell nothing",
            least=least,
        )
    yield Finding("arms", "note" if whole else "right", told)
    if not len(both):
        yield Finding(
            "arms",
            "wrong",
            Message(
                "the plan draws clients in each district, and in the register every district is in "
                "one arm as a whole, so that nobody is compared with anybody: if districts were "
                "drawn, say so in the plan's rule (districts); if clients were drawn among all, "
                "say it by a column 'block' with one value"
            )
            if by_district
            else Message(
                "every block of the register holds one arm alone, so that nobody is compared with "
                "anybody: the column 'block' is not that in which the lots were drawn"
            ),
        )


def _limit(held: HeldRegister, rule: TraitLimit) -> Iterator[Finding]:
    value = held.panel.traits[rule.trait]
    arm, inside = held.assigned, ~np.isnan(held.assigned) & ~np.isnan(value)
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
