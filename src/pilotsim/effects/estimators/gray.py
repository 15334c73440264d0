"""Gray's test: is the cumulative incidence of a cause alike in all groups?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from pilotsim.base.arrays import Bools, Floats, Ints
from pilotsim.base.errors import EstimationError
from pilotsim.base.messages import Message
from pilotsim.effects.estimators.kaplan_meier import RankTest, group_codes, judge_ranks
from pilotsim.effects.estimators.risk_sets import risk_by_group
from pilotsim.effects.estimators.spells import SurvivalSpells


def gray_test(exits: ArrayLike, causes: ArrayLike, groups: ArrayLike, *, of: int = 1) -> RankTest:
    """Return the test of whether the cumulative incidence of a cause is alike in all groups.

    Source: Gray 1988, with rho 0. A log-rank test on the subdistribution: who left by another cause
    stays at risk, with the share that would still be seen. Assumes that censoring is independent
    within groups; spells are seen from their beginning.

    Parameters
    ----------
    exits, causes, of
        As in `cumulative_incidence`.
    groups : array_like, shape (spells,)

    Raises
    ------
    EstimationError
        Nobody leaves by the cause, or one group only.
    """
    spells = SurvivalSpells.of(exits, causes)
    codes = group_codes(groups, spells.count)
    own = spells.causes == of
    other = (spells.causes > 0) & ~own
    merged = SurvivalSpells(spells.exits, own + 2 * other, spells.entries)
    if not own.any():
        raise EstimationError(
            Message(
                "no events: nobody leaves by cause {cause}; choose another cause or follow the "
                "clients for longer",
                cause=of,
            )
        )
    panel = _panel(merged, codes)
    first = panel.first.sum(axis=1, keepdims=True)
    # At risk for the subdistribution: those who have not left by the cause, seen or not.
    risk = np.where(panel.seen, panel.weight * (1.0 - panel.share_before), 0.0)
    expected = (first * risk / risk.sum(axis=1, keepdims=True)).sum(axis=0)
    return judge_ranks(panel.first.sum(axis=0), expected, _covariance(panel))


@dataclass(frozen=True, eq=False)
class _Panel:
    """Groups over the times at which anybody leaves.

    Each array has shape (times, groups) but `pooled` and `pooled_step`. `weight` is those at risk
    over the share still there: how many began, had nobody been censored. `share_before` is the
    incidence of the cause just before. `pooled` is the incidence of all groups together under the
    hypothesis that it is the same, from each time on; `pooled_step` its step.
    """

    at_risk: Floats
    first: Floats
    second: Floats
    before: Floats
    after: Floats
    share_before: Floats
    weight: Floats
    seen: Bools
    pooled: Floats
    pooled_step: Floats


def _panel(spells: SurvivalSpells, codes: Ints) -> _Panel:
    """Return the groups' tables: cause 1 is the one asked for, cause 2 any other."""
    times = np.unique(spells.exits[spells.causes > 0])
    table = risk_by_group(spells, codes, times, 2)
    at_risk = table.at_risk
    first = table.events[:, :, 0]
    second = table.events[:, :, 1]
    groups = at_risk.shape[1]
    seen = at_risk > 0.0
    safe = np.where(seen, at_risk, 1.0)
    after = np.asarray(np.cumprod(1.0 - (first + second) / safe, axis=0), np.float64)
    before = np.vstack([np.ones(groups), after[:-1]])
    steps = before * first / safe
    share_before = np.vstack([np.zeros(groups), np.cumsum(steps, axis=0)[:-1]])
    weight = np.where(seen, at_risk / np.where(before > 0.0, before, 1.0), 0.0)
    step = first.sum(axis=1) / weight.sum(axis=1)
    return _Panel(
        at_risk, first, second, before, after, share_before, weight, seen, np.cumsum(step), step
    )


def _covariance(panel: _Panel) -> Floats:
    """Return the covariance of observed less expected, shape (groups, groups).

    Source: Gray 1988, section 3. Each is a sum over groups k and times of martingale increments of
    either cause; `pull` is how the increment of group k moves the i-th difference at its own time,
    and `later` how it moves it through the pooled incidence afterwards.
    """
    total = panel.weight.sum(axis=1)
    share = panel.weight / total[:, None]
    groups = share.shape[1]
    pull = share[:, :, None] * (np.eye(groups)[None] - share[:, None, :]) * total[:, None, None]
    pooled_before = panel.pooled - panel.pooled_step
    passed = np.cumsum(pull * (panel.pooled_step / (1.0 - pooled_before))[:, None, None], axis=0)
    later = passed[-1][None] - passed
    left = np.where(
        panel.after > 0.0,
        (1.0 - panel.pooled[:, None]) / np.where(panel.after > 0.0, panel.after, 1.0),
        0.0,
    )
    of_first = pull + later * (1.0 - left)[:, None, :]
    of_second = -later * left[:, None, :]
    spread_first, spread_second = _spreads(panel, total)
    found = np.einsum("tik,tjk,tk->ij", of_first, of_first, spread_first)
    return np.asarray(
        found + np.einsum("tik,tjk,tk->ij", of_second, of_second, spread_second), np.float64
    )


def _spreads(panel: _Panel, total: Floats) -> tuple[Floats, Floats]:
    """Return the variances of the increments of either cause, with the corrections for ties."""
    safe = np.where(panel.seen, panel.at_risk, 1.0)
    number = panel.first.sum(axis=1)[:, None]
    crowd = total[:, None] * panel.before - 1.0
    tied = np.where(number > 1.0, 1.0 - (number - 1.0) / np.where(crowd > 0.0, crowd, 1.0), 1.0)
    first = np.where(panel.seen, tied * panel.before * panel.pooled_step[:, None] / safe, 0.0)
    among = 1.0 - np.where(
        panel.second > 1.0, (panel.second - 1.0) / np.where(safe > 1.0, safe - 1.0, 1.0), 0.0
    )
    return first, np.where(panel.seen, among * panel.before**2 * panel.second / safe**2, 0.0)
