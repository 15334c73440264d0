"""Districts held against a plan: each in one arm, as many as are drawn, and a wedge's steps."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from pilotsim.base.arrays import Floats
from pilotsim.base.messages import Message
from pilotsim.evaluation.designs import Districts, SteppedWedge
from pilotsim.evaluation.lots import begun_months, shared_steps, step_months
from pilotsim.evaluation.readiness.held_register import Finding, HeldRegister
from pilotsim.evaluation.readiness.timings import SLIP
from pilotsim.evaluation.register.extract import ASSIGNED, few_or


def about_districts(held: HeldRegister) -> Iterator[Finding]:
    """Yield what is right and wrong of the districts, where whole ones are offered it."""
    rule = held.plan.rule.rule
    if not isinstance(rule, Districts | SteppedWedge):
        return
    if len(np.unique(held.panel.district[held.listed])) < 2:
        yield Finding(
            "districts",
            "wrong",
            Message(
                "the column 'district' is missing, or names one district: the plan compares some"
            ),
        )
        return
    if isinstance(rule, Districts):
        yield from _whole_districts(held, rule)
    else:
        yield from _steps(held, rule)


def _whole_districts(held: HeldRegister, rule: Districts) -> Iterator[Finding]:
    """Hold the arms against the districts, each of which is in one arm as a whole."""
    panel = held.panel
    if ASSIGNED not in panel.traits:
        return
    place = np.where(held.listed, panel.traits[ASSIGNED], np.nan)
    # The place of each district's arm; of two arms the first is that to be offered the programme.
    found: dict[str, int] = {}
    for number, name in enumerate(panel.districts):
        own = place[(panel.district == number) & ~np.isnan(place)]
        if not len(own):
            continue
        if np.ptp(own):
            yield Finding("districts", "wrong", _split(held.shown(name), rule))
            continue
        found[name] = int(own[0]) if rule.arms else 1 - int(own[0])
    if rule.named is not None:
        drawn = {name for name, arm in found.items() if arm == 0}
        if drawn != set(rule.named) & set(panel.districts):
            says = Message(
                "'{assigned}' is 1 in other districts than the plan names", assigned=ASSIGNED
            )
            yield Finding("districts", "wrong", says)
        return
    for names in rule.groups or (tuple(found),):
        own_names = [name for name in names if name in panel.districts]
        if len(own_names) == len(names):
            yield from _numbers(held, rule, names, [found.get(name, -1) for name in names])


def _split(name: str, rule: Districts) -> Message:
    if rule.arms:
        return Message(
            "the district '{name}' is in several arms; the plan draws all of a district to one",
            name=name,
        )
    return Message(
        "the district '{name}' is in both arms; the plan offers the programme to all of a district "
        "or to none",
        name=name,
    )


def _numbers(
    held: HeldRegister, rule: Districts, names: tuple[str, ...], arms: list[int]
) -> Iterator[Finding]:
    """Hold how many districts of a group are in each arm against how many the plan draws."""
    planned = rule.counts_of(len(names))
    shown = ", ".join(name for name in names if name in held.shown_districts)
    labels = tuple(rule.arms)
    # Of two arms the number of one settles that of the other.
    for number, wanted in enumerate(planned if labels else planned[:1]):
        count = arms.count(number)
        if count == wanted:
            continue
        of = None if rule.groups is None else shown
        arm = labels[number] if labels else None
        yield Finding("districts", "wrong", _miscounted(of, arm, count, wanted))


def _miscounted(names: str | None, arm: str | None, found: int, planned: int) -> Message:
    parts: dict[str, Any] = {"found": found, "planned": planned}
    if arm is None and names is None:
        return Message(
            "{found} districts are in the group to be offered the programme; the plan draws "
            "{planned}",
            **parts,
        )
    if arm is None:
        return Message(
            "of the districts {names} {found} are in the group to be offered the programme; the "
            "plan draws {planned} of them",
            names=names,
            **parts,
        )
    if names is None:
        return Message(
            "{found} districts are in the arm '{arm}'; the plan draws {planned}", arm=arm, **parts
        )
    return Message(
        "of the districts {names} {found} are in the arm '{arm}'; the plan draws {planned} of them",
        names=names,
        arm=arm,
        **parts,
    )


def _steps(held: HeldRegister, rule: SteppedWedge) -> Iterator[Finding]:
    """Hold the first offers against the steps: all of a district are offered it in one month."""
    panel = held.panel
    homes = tuple(panel.districts[place] for place in np.unique(panel.district[held.listed]))
    members = tuple(name for name in rule.members or homes if name in homes)
    begun = dict(zip(panel.districts, begun_months(held.sample.panel), strict=True))
    for name in members:
        yield from _movers(held, name, begun[name])
    firsts = {name: begun[name] for name in members if np.isfinite(begun[name])}
    missing = len(members) - len(firsts)
    steps = len(set(firsts.values()))
    told = Message(
        "all {count} districts of the plan begin, in {steps} steps", count=len(firsts), steps=steps
    )
    if missing:
        told = Message(
            "{count} districts begin in {steps} steps; {missing} of the plan begin after the table "
            "ends, or never",
            count=len(firsts),
            steps=steps,
            missing=missing,
        )
    yield Finding(
        "districts",
        # One step is enough while others are still to come: they are what it is compared with.
        "right" if steps > 1 or (steps and missing) else "wrong",
        told,
    )
    if rule.order == "named" and rule.members is None:
        yield Finding(
            "districts",
            "wrong",
            Message(
                "the plan's order is named, and it names no districts: write them under "
                "'districts' in the order in which they begin"
            ),
        )
        return
    starts = step_months(held.sample.panel, rule, held.start)
    planned = dict(zip(panel.districts, starts, strict=True))
    # A step after the last is none of the plan's.
    last = held.start + rule.months * (len(rule.members or homes) - 1)
    for name, month in firsts.items():
        yield from _step(held, rule, name, month, min(planned[name], last))
    for fault in shared_steps(starts, panel.districts):
        yield Finding("districts", "wrong", fault)
    yield from _skipped(held, rule, starts)
    yield from _out_of_turn(held, rule, starts)
    if firsts and min(firsts.values()) > held.start + SLIP:
        late = Message(
            "no district begins in {begins}, when the plan does; the first begins in {first}",
            begins=held.begins,
            first=held.month(min(firsts.values())),
        )
        yield Finding("districts", "note", late, late)


def _skipped(held: HeldRegister, rule: SteppedWedge, starts: Floats) -> Iterator[Finding]:
    """Hold the steps against each other: in a drawn order each is one district's, in its turn."""
    begun = starts[np.isfinite(starts)]
    if rule.order == "named" or not len(begun):
        return
    steps = {round((month - held.start) / rule.months) for month in begun}
    skipped = [step for step in range(max(steps)) if step not in steps]
    if skipped:
        yield Finding(
            "districts",
            "wrong",
            Message(
                "no district began in {month}, which is a step of the plan, though others began "
                "later; mend 'every' in the plan (one step every {every} months), or the offers in "
                "the register",
                month=held.month(held.start + rule.months * skipped[0]),
                every=rule.months,
            ),
        )


def _out_of_turn(held: HeldRegister, rule: SteppedWedge, starts: Floats) -> Iterator[Finding]:
    """Hold each district's step against its stratum's: the strata take turns."""
    turns = rule.turns
    for stratum, names in rule.strata.items():
        for name, start in zip(held.panel.districts, starts, strict=True):
            step = (start - held.start) / rule.months
            if name not in names or not step < len(turns) or turns[round(step)] == stratum:
                continue
            yield Finding(
                "districts",
                "wrong",
                Message(
                    "the district '{name}' began in {month}, which is a step of the stratum "
                    "'{other}': by the plan the strata take turns",
                    name=held.shown(name),
                    month=held.month(start),
                    other=turns[round(step)],
                ),
            )


def _movers(held: HeldRegister, name: str, begun: float) -> Iterator[Finding]:
    """Say how many of a district were offered the programme in another month than it began."""
    panel = held.panel
    inside = (panel.district == panel.districts.index(name)) & held.listed
    offers = panel.offered[inside]
    other = int((np.isfinite(offers) & (offers != begun)).sum())
    if other:
        yield Finding(
            "districts",
            "note",
            Message(
                "in the district '{name}' {count} clients were offered the programme in "
                "another month than the rest",
                name=held.shown(name),
                count=few_or(other, held.least),
            ),
        )


def _step(
    held: HeldRegister, rule: SteppedWedge, name: str, month: float, planned: float
) -> Iterator[Finding]:
    """Hold the month in which a district began against its step."""
    slip = abs(month - planned)
    if not slip:
        return
    parts = {"name": held.shown(name), "found": held.month(month)}
    if slip <= SLIP:
        said = Message(
            "the district '{name}' began in {found} by its offers; its step in the plan is "
            "{planned}",
            planned=held.month(planned),
            **parts,
        )
        yield Finding("districts", "note", said, said)
    elif rule.order == "named":
        yield Finding(
            "districts",
            "wrong",
            Message(
                "the district '{name}' began in {found} by its offers, and by the order of the "
                "plan it begins in {planned}: mend the order, 'every' or 'begins' in the plan, or "
                "the offers in the register",
                planned=held.month(planned),
                **parts,
            ),
        )
    else:
        yield Finding(
            "districts",
            "wrong",
            Message(
                "the district '{name}' began in {found} by its offers, which is no step of the "
                "plan: {steps} steps, one every {every} months from {begins} on; mend 'every' or "
                "'begins' in the plan, or the offers in the register",
                steps=len(rule.members or held.panel.districts),
                every=rule.months,
                begins=held.begins,
                **parts,
            ),
        )
