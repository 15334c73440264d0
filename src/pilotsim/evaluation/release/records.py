"""What is worked out from a register, before and after the gate."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from pilotsim.base.arrays import Bools, Floats
from pilotsim.base.from_above import Shown
from pilotsim.base.messages import Message
from pilotsim.effects.effect import AssumptionCheck, Effect
from pilotsim.effects.evidence import Evidence
from pilotsim.effects.net_benefit import StartShare
from pilotsim.effects.references.second_fit import Reference
from pilotsim.evaluation.estimands import Unit
from pilotsim.evaluation.preanalysis_plan import PreAnalysisPlan
from pilotsim.evaluation.reference import Agreement
from pilotsim.evaluation.register import Panel
from pilotsim.evaluation.strategy import Strategy, StrategySample

if TYPE_CHECKING:
    from pilotsim.evaluation.release.certificate import ReleaseCertificate

CELLS = (
    "extract",
    "not_listed",
    "listed",
    "in_no_arm",
    "offered",
    "compared",
    "offered_started",
    "offered_not_started",
    "compared_started",
    "compared_not_started",
    "offered_followed",
    "offered_lost",
    "compared_followed",
    "compared_lost",
)
# How exactly an answer may be shown: to its usual digits; rounded, since few clients are lost; on a
# coarse grid, since few clients have the outcome or lack it; or not at all.
Precision = Literal["exact", "rounded", "coarse", "withheld"]


@dataclass(frozen=True)
class ParticipantFlow:
    """What became of the clients of an extract, as CONSORT and STROBE ask for it.

    Parameters
    ----------
    counts : tuple of int or None
        Clients in each of `CELLS`; None where that is not shown, since it is small or would give a
        small one away, or not known.
    unknown : tuple of str
        Cells of which the register says nothing.
    """

    counts: tuple[int | None, ...]
    unknown: tuple[str, ...] = ()

    def __getitem__(self, cell: str) -> int | None:
        return self.counts[CELLS.index(cell)]

    @property
    def hides(self) -> bool:
        """Whether any count is not shown, though it is known."""
        return self.counts.count(None) > len(self.unknown)


@dataclass(frozen=True)
class PlanAnswer:
    """One answer of a plan.

    Parameters
    ----------
    strategy : Strategy
        How the effect was estimated.
    effect : Effect or None
        What came out; None where no answer can be given.
    refusal : str
        Why not.
    adjusted_p : float
        The p-value that holds for all answers of the plan together; NaN where there is none.
    path : tuple of Effect or None
        The same for 1, 2, ... months after listing; None where no answer can be given.
    evidence : EffectPath, IncidenceCurves or None
        What else can be drawn of it: effects by time since the start, or curves of both arms.
    precision : {"exact", "rounded", "coarse", "withheld"}
        How exactly it is shown.
    most : int or None
        How many clients it can rest on at most, where the number itself would tell how few are
        lost.
    contrast : Effect or None
        For a subgroup: its effect less that on the others, which is what says whether it differs;
        None where all are asked about, where both are not independent, or where it tells of few.
    adjusted_contrast_p : float
        The p-value of the contrast that holds for all contrasts of the plan together.
    reference : Reference or None
        The same by a well-kept library, with its own results, for an analyst to go on with; None
        where none was asked, and behind the gate: it holds rows of the register.
    agreement : Agreement or None
        Whether both agree, to how many digits; None where there is no answer.
    """

    strategy: Strategy
    effect: Effect | None
    refusal: str
    adjusted_p: float
    path: tuple[Effect | None, ...]
    evidence: Evidence | None = None
    precision: Precision = "exact"
    most: int | None = None
    contrast: Effect | None = None
    adjusted_contrast_p: float = math.nan
    reference: Reference | None = None
    agreement: Agreement | None = None

    @property
    def unit(self) -> Unit | None:
        """What the effect is counted in; None for a test, which has no size."""
        scale = "difference" if self.effect is None else self.effect.scale
        if scale == "test":
            return None
        return "ratio" if scale == "log_ratio" else self.strategy.estimand.unit

    @property
    def is_in_points(self) -> bool:
        """Whether the effect is a difference of shares, to be shown in percentage points."""
        return self.strategy.estimand.is_share and (
            self.effect is None or self.effect.scale == "difference"
        )


@dataclass(frozen=True)
class EarlierRelease:
    """What an earlier release told, of this register or of another version of it.

    Parameters
    ----------
    plan : PreAnalysisPlan
        What was asked then.
    told : mapping of str to int
        Counts that could be read from it, by what they are called.
    about : tuple of str
        What was told rounded or coarsely, by the questions' names.
    same : bool
        Whether it was of this very register.
    listed, arm, sample
        As in `Unreleased`, by the plan of then in the register of now; None where that plan cannot
        be carried out in it.
    answers : mapping of str to tuple of str, or None
        Which answers were told, with digests of what either arm of them was worked out from, and by
        which interval, unless exactly; None
        where the ledger is of a time when that was not written down: then all may have been.
    """

    plan: PreAnalysisPlan
    told: Mapping[str, int]
    about: tuple[str, ...]
    same: bool
    listed: Bools | None = None
    arm: Floats | None = None
    sample: StrategySample | None = None
    answers: Mapping[str, tuple[str, str, str]] | None = None


@dataclass(frozen=True)
class Unreleased:
    """What was worked out from a register, before anything of it may be seen.

    Parameters
    ----------
    plan : PreAnalysisPlan
        The plan.
    unchanged : bool
        Whether it is the one that was written before the data came.
    panel : Panel
        The whole extract.
    listed : ndarray of bool, shape (clients,)
        Who is listed when offers begin.
    arm : ndarray of float, shape (clients,)
        Everybody's arm; NaN for those in none.
    sample : StrategySample
        Those in an arm.
    findings : tuple of PlanAnswer
        The answers, in the order of the plan.
    checks : tuple of AssumptionCheck
        What speaks for and against them.
    redrawn : ndarray of float, shape (draws,)
        The difference in means had the lots fallen otherwise.
    earlier : tuple of EarlierRelease
        What was released before.
    beside : tuple of Message
        What a reader of all results must know of how the register fits the plan.
    starts : StartShare or None
        How many start, where the plan tells an answer in kroner by the cost of those who do.
    """

    plan: PreAnalysisPlan
    unchanged: bool
    panel: Panel
    listed: Bools
    arm: Floats
    sample: StrategySample
    findings: Sequence[PlanAnswer]
    checks: Sequence[AssumptionCheck]
    redrawn: Floats
    earlier: tuple[EarlierRelease, ...] = ()
    beside: tuple[Message, ...] = ()
    starts: StartShare | None = None


@dataclass(frozen=True)
class RegisterAnalysis(Shown):
    """What a register says to the questions of a plan, and may be seen by anybody.

    Made by `release_analysis` alone.

    Parameters
    ----------
    plan : PreAnalysisPlan
        The plan.
    unchanged : bool
        Whether it is the one that was written before the data came.
    chart : ParticipantFlow
        What became of the clients.
    findings : tuple of PlanAnswer
        The answers, in the order of the plan.
    checks : tuple of AssumptionCheck
        What speaks for and against them.
    redrawn : ndarray of float, shape (draws,)
        The difference in means had the lots fallen otherwise and the programme done nothing; empty
        where no lots were drawn, or few clients have the outcome.
    certificate : ReleaseCertificate
        What is guaranteed of all this.
    told : mapping of str to int
        Counts that can be read from it, for the ledger of the register; not shown themselves.
    about : tuple of str
        What is told rounded or coarsely, for the ledger too.
    notes : tuple of Message
        How the register's rows were read, and of how many clients that is true.
    answers : mapping of str to tuple of str
        Which answers are told, with digests of what either arm rests on, and by which interval,
        unless exactly; for the ledger too.
    beside : tuple of Message
        What a reader of all results must know of how the register fits the plan; without numbers
        of clients.
    starts : StartShare or None
        How many start, where the plan's answer in kroner needs it and every count behind it may be
        told.
    clients_digest : str
        A digest of who is in an arm: the same for the same clients under any plan; "" where they
        are too much alike for one.
    """

    plan: PreAnalysisPlan
    unchanged: bool
    chart: ParticipantFlow
    findings: tuple[PlanAnswer, ...]
    checks: tuple[AssumptionCheck, ...]
    redrawn: Floats
    certificate: ReleaseCertificate
    told: Mapping[str, int] = field(default_factory=dict)
    about: tuple[str, ...] = ()
    notes: tuple[Message, ...] = ()
    answers: Mapping[str, tuple[str, str, str]] = field(default_factory=dict)
    beside: tuple[Message, ...] = ()
    starts: StartShare | None = None
    clients_digest: str = ""

    @property
    def has_answer(self) -> bool:
        """Whether the answer that decides is there."""
        return self.findings[0].effect is not None
