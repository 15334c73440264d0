"""Who is in which arm of a real register.

Nothing is guessed. What a rule decides by itself (a limit, named districts, a wedge) is taken from
the plan; what a lot decided is a column of the register, and the plan is refused without it.
Whether column, rule and offers fit each other is held by `pilotsim.evaluation.readiness`.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from pilotsim.base.arrays import Bools, Floats
from pilotsim.base.errors import RegisterError, did_you_mean
from pilotsim.base.messages import Message
from pilotsim.evaluation.designs import (
    DataStrategy,
    Districts,
    Everyone,
    SteppedWedge,
    TraitLimit,
)
from pilotsim.evaluation.designs.several_arms import arm_of_pair
from pilotsim.evaluation.register import Panel
from pilotsim.evaluation.register.extract import ASSIGNED


def take_arms(panel: Panel, rule: DataStrategy, listed: Bools) -> Floats:
    """Return each client's arm, shape (clients,).

    It is 1 for offered, 0 for compared with, NaN for who is in neither.

    Parameters
    ----------
    panel : Panel
        A real extract.
    rule : DataStrategy
        The plan's rule.
    listed : ndarray of bool, shape (clients,)
        Who is there when offers begin.

    Raises
    ------
    RegisterError
        The register does not say what the lot decided, or has no such trait or district.
    """
    for fault in arm_faults(panel, rule):
        raise RegisterError(fault)
    arm = _arms_by_rule(panel, rule)
    if arm is None:
        arm = assigned_of(panel, rule)
    if arm is None:
        arm = np.isfinite(panel.offered).astype(np.float64)
    return np.where(listed & takes_part(panel, rule), arm, np.nan)


def assigned_of(panel: Panel, rule: DataStrategy) -> Floats | None:
    """Return what the register's column says each was drawn to, shape (clients,).

    1 for the first arm of a comparison and 0 for the second; NaN for neither. None without the
    column.
    """
    found = panel.traits.get(ASSIGNED)
    several = rule.several
    if found is None or several is None or several.between is None:
        return found
    return arm_of_pair(found, several.arms, several.between)


def arm_faults(panel: Panel, rule: DataStrategy) -> Iterator[Message]:
    """Yield why a register does not say who is in which arm of a design.

    Parameters
    ----------
    panel, rule
        As in `take_arms`.
    """
    own = rule.rule
    if rule.draws_arms and ASSIGNED not in panel.traits:
        yield Message(
            "the column '{column}' is missing: who was to be offered the programme by the "
            "plan is not the same as who was",
            column=ASSIGNED,
        )
    elif rule.against is not None and ASSIGNED not in panel.traits:
        yield Message(
            "the column '{column}' is missing: the plan compares with others ('against'), and a "
            "register does not say by itself who they are",
            column=ASSIGNED,
        )
    if ASSIGNED in panel.categories and not rule.words_of_arms:
        yield Message(
            "'{column}' holds words; it takes 1 (to be offered the programme) and 0, since "
            "the sign of every effect hangs on it",
            column=ASSIGNED,
        )
    limit = own if isinstance(own, TraitLimit) and rule.against is None else None
    if limit and (limit.trait not in panel.traits or limit.trait in panel.categories):
        yield Message(
            "the register shows no trait '{name}'{meant}",
            name=limit.trait,
            meant=did_you_mean(limit.trait, panel.traits),
        )
    members = (own.members or ()) if isinstance(own, Districts | SteppedWedge) else ()
    only = () if _is_unnamed(panel, rule) else rule.only or ()
    named = dict.fromkeys((*members, *only))
    if named and not panel.names_district:
        yield Message(
            "the column 'district' is missing: the plan names districts, and the register does not "
            "say who belongs to which"
        )
        return
    for name in named:
        if name not in panel.districts:
            yield Message(
                "no client belongs to the district '{name}' of the plan{meant}",
                name=name,
                meant=did_you_mean(name, panel.districts),
            )


def takes_part(panel: Panel, rule: DataStrategy) -> Bools:
    """Return who belongs to a district that takes part; all, unless the plan names some."""
    if rule.only is None or _is_unnamed(panel, rule):
        return np.ones(len(panel), np.bool_)
    return _within(panel, rule.only)


def _is_unnamed(panel: Panel, rule: DataStrategy) -> bool:
    """Whether an extract without the column has no name to hold against the plan's one district."""
    return not panel.names_district and rule.only is not None and len(rule.only) == 1


def _arms_by_rule(panel: Panel, rule: DataStrategy) -> Floats | None:
    """Return the arms that the rule gives by itself; None where a lot or somebody decided."""
    own = rule.rule
    if rule.against is not None:
        return None
    if isinstance(own, Everyone):
        return np.ones(len(panel))
    if isinstance(own, TraitLimit):
        trait = panel.traits[own.trait]
        return np.where(np.isnan(trait), np.nan, trait < own.below.number)
    names = own.named if isinstance(own, Districts) else None
    if isinstance(own, SteppedWedge):
        names = panel.districts if own.members is None else own.members
    return None if names is None else _within(panel, names).astype(np.float64)


def _within(panel: Panel, names: tuple[str, ...]) -> Bools:
    known = [panel.districts.index(name) for name in names if name in panel.districts]
    return np.isin(panel.district, known)
