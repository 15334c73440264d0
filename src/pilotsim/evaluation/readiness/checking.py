"""Whether a register serves a plan: what is right and wrong in it, before anything is asked.

An estimate from a register that lacks what the plan rests on is a number beside another question.
So a plan whose arms, districts or months the register does not hold is refused, by name. What is
said is of groups: counts of few clients are said to be few.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from pilotsim.base.arrays import Bools, Floats
from pilotsim.base.errors import RegisterError
from pilotsim.base.from_above import Shown
from pilotsim.base.messages import Message, join_messages
from pilotsim.evaluation.plan_arms import arm_faults
from pilotsim.evaluation.preanalysis_plan import PreAnalysisPlan
from pilotsim.evaluation.readiness.answers import about_answers, about_needs, about_questions
from pilotsim.evaluation.readiness.held_register import (
    Finding,
    HeldRegister,
    hold,
    month_faults,
    start_of,
)
from pilotsim.evaluation.readiness.offers import about_arms
from pilotsim.evaluation.readiness.places import about_districts
from pilotsim.evaluation.readiness.whole import (
    about_columns,
    about_missing,
    about_months,
    about_who,
)
from pilotsim.evaluation.register import Panel, read_register
from pilotsim.evaluation.register.extract import ASSIGNED, BLOCK
from pilotsim.evaluation.register.faults import FaultyRegisterError
from pilotsim.evaluation.release.ledger import digest_of, ledger_of, read_ledger
from pilotsim.evaluation.strategy import StrategySample


@dataclass(frozen=True)
class RegisterReadiness(Shown):
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


def check_register(
    file: str | Path,
    plan: PreAnalysisPlan,
    ledger: Path | None = None,
    *,
    unchanged: bool = True,
) -> RegisterReadiness:
    """Return all that is right and wrong in an extract, held against a plan.

    A file that cannot be read is no error here, but a finding.

    Parameters
    ----------
    file : str or Path
        The extract.
    plan : PreAnalysisPlan
        The plan.
    ledger : Path, optional
        What was released before, of this extract or of another version of it; the ledger beside the
        extract, unless given.
    unchanged : bool
        Whether the plan is still the one that was written.
    """
    found = _check_register(file, plan, ledger)
    if unchanged:
        return found
    says = Message(
        "the plan was changed after it was written: its content no longer fits its hash "
        "{hash}…; 'pilotsim estimate' refuses it unless --changed is said",
        hash=plan.hash[:12],
    )
    return replace(found, found=(Finding("plan", "wrong", says), *found.found))


def _check_register(
    file: str | Path, plan: PreAnalysisPlan, ledger: Path | None
) -> RegisterReadiness:
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
    releases = read_ledger(ledger or ledger_of(Path(file)))
    own = digest_of(panel) if releases else ""
    told = tuple(one.told for one in releases if one.register != own)
    return RegisterReadiness(str(file), plan, (right, *hold_to_plan(panel, plan, told)), traits)


def require_ready(panel: Panel, plan: PreAnalysisPlan) -> tuple[Message, ...]:
    """Return what must stand beside the results of a plan, from a register that serves it.

    What a single answer needs and does not find is that answer's own refusal.

    Raises
    ------
    RegisterError
        With everything that is wrong for every answer.
    """
    start = start_of(panel, plan)
    if start is None:
        raise RegisterError(next(month_faults(panel, plan)))
    found = tuple(_for_all(HeldRegister(panel, plan, start)))
    wrong = [one.says for one in found if one.judged == "wrong"]
    if wrong:
        head = Message("the register does not serve the plan:")
        raise RegisterError(join_messages([head, *wrong], "\n  "))
    return tuple(one.beside for one in found if one.beside is not None)


def take_sample(panel: Panel, plan: PreAnalysisPlan) -> tuple[Bools, Floats, StrategySample]:
    """Return who is listed when offers begin, everybody's arm, and the sample of those in an arm.

    The arm is NaN for those who are in none. Whether the register serves the plan is held by
    `require_ready`.

    Raises
    ------
    RegisterError
        The months of the extract and of the plan do not meet, or the arms are not what the plan
        has; see `pilotsim.evaluation.plan_arms.take_arms`.
    """
    held = hold(panel, plan)
    return held.everywhere, held.arm, held.sample


def hold_to_plan(
    panel: Panel, plan: PreAnalysisPlan, told: tuple[Mapping[str, int], ...] = ()
) -> tuple[Finding, ...]:
    """Return what is right and wrong in a register that was read, held against a plan.

    Parameters
    ----------
    panel : Panel
        The register.
    plan : PreAnalysisPlan
        The plan.
    told : tuple of mapping of str to int
        What releases of other versions of the register told.
    """
    start = start_of(panel, plan)
    if start is None:
        return tuple(Finding("months", "wrong", fault) for fault in month_faults(panel, plan))
    held = HeldRegister(panel, plan, start, told)
    found = [*about_columns(panel), *_for_all(held)]
    serves = all(one.judged != "wrong" for one in found)
    found += [*about_needs(held), *about_missing(held)]
    if serves:
        found += about_answers(held, frozenset(str(one.says) for one in found))
    return tuple(found)


def _for_all(held: HeldRegister) -> Iterator[Finding]:
    """Yield what is right and wrong for all: months, questions, clients, arms and districts.

    Where the register does not say who is in which arm, nothing can be said of the arms.
    """
    yield from about_months(held)
    yield from about_questions(held)
    faults = tuple(arm_faults(held.panel, held.plan.rule))
    yield from (Finding("arms", "wrong", fault) for fault in faults)
    if not faults:
        yield from about_who(held)
        yield from about_arms(held)
        yield from about_districts(held)
