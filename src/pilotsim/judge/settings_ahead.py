"""Other settings of a flow tried beforehand, each judged whole: for who cannot run them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pilotsim.base.arrays import Floats
from pilotsim.base.text import Text
from pilotsim.judge.check import Check
from pilotsim.judge.economy import EconomyResultSet
from pilotsim.judge.effect_totals import EffectTotals
from pilotsim.judge.judged_plans import PlanToRun
from pilotsim.judge.verdicts import Verdict
from pilotsim.model.flow import Flow
from pilotsim.runs.batches import Progress, run_variants

__all__ = ["OptionInWords", "SettingAhead", "TriedSetting", "try_settings"]


@dataclass(frozen=True)
class OptionInWords:
    """What an option is called that no choice of the flow has.

    Parameters
    ----------
    asks : Text
        What it answers.
    says : Text
        The option.
    planned : Text
        What the plan has in its place.
    """

    asks: Text
    says: Text
    planned: Text


@dataclass(frozen=True)
class SettingAhead:
    """A setting to try.

    Parameters
    ----------
    name : str
        What tells it from the others: a choice with its option, or a value with its number.
    subject : str
        The choice, or the path of the value.
    option : str
        The option; empty for a value.
    number : float
        What the value is set to, in base units; NaN for an option.
    flow : Flow
        The flow with it.
    is_told : bool
        Whether it stands in the table of what was tried; else it is there for levers alone.
    words : OptionInWords, optional
        What it is called where it is an option that the flow does not have.
    """

    name: str
    subject: str
    option: str
    number: float
    flow: Flow
    is_told: bool = True
    words: OptionInWords | None = None


@dataclass(frozen=True)
class TriedSetting:
    """What a setting came to.

    Parameters
    ----------
    setting : SettingAhead
        Which.
    verdicts : tuple of Verdict
        One for each target and reading.
    effect : EffectTotals or None
        What the programme changes; None where the flow counts nobody.
    economy : EconomyResultSet or None
        What it costs; None where the flow does not say.
    money : mapping of str to ndarray, shape (replications,)
        What is spent in all, and the net cost, in each replication; see `money_by_run`.
    """

    setting: SettingAhead
    verdicts: tuple[Verdict, ...]
    effect: EffectTotals | None
    economy: EconomyResultSet | None
    money: Mapping[str, Floats]


def try_settings(
    check: Check,
    settings: Sequence[SettingAhead],
    *,
    replications: int,
    jobs: int = 1,
    progress: Progress | None = None,
) -> list[TriedSetting]:
    """Return what settings come to, for the same clients as the first runs of a check.

    Parameters
    ----------
    check : Check
        Whose flow, seed and assumptions they share.
    settings : sequence of SettingAhead
        What to try.
    replications : int
        Runs of each.
    jobs : int
        Processes at once; -1 for one a core.
    progress : callable, optional
        Called with the number of runs just done.
    """
    plans = [PlanToRun(one.name, one.flow, check.fixed) for one in settings]
    variants = [plan.as_variant() for plan in plans]
    outcomes = run_variants(
        variants,
        (),
        seed=check.seed,
        replications={variant.name: replications for variant in variants},
        jobs=jobs,
        progress=progress,
    )
    found = []
    for one, plan in zip(settings, plans, strict=True):
        judged = plan.judged(outcomes[one.name], check.seed)
        found.append(
            TriedSetting(one, judged.verdicts, judged.effect, judged.economy, judged.money)
        )
    return found
