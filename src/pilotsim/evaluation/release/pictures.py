"""Evidence to draw: only numbers that may be printed, since a figure's file holds coordinates."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from pilotsim.effects.checks.balance import Balance
from pilotsim.effects.checks.placebo import Placebos
from pilotsim.effects.estimators.group_means import EffectPath
from pilotsim.effects.estimators.kaplan_meier import IncidenceCurves, SurvivalCurve
from pilotsim.effects.evidence import Evidence
from pilotsim.evaluation.estimands import AMOUNT, Estimand
from pilotsim.evaluation.release.digits import to_digits

# Standardised differences are shown with so many digits: with more, counts could be worked out.
DIFFERENCE_DIGITS = 2
# Shares of a curve likewise.
CURVE_DIGITS = 2


def coarsen_evidence(evidence: Evidence | None, least: int, estimand: Estimand) -> Evidence | None:
    """Return evidence to draw that has no small counts in it; None where nothing is left.

    Curves step only when enough clients have left since the last step; differences are rounded.

    Parameters
    ----------
    evidence : Evidence or None
        What an answer or a check was judged by.
    least : int
        The smallest count that may be shown.
    estimand : Estimand
        What the answer asks; a path is of its outcome month by month, whatever is made of that.
    """
    if isinstance(evidence, IncidenceCurves):
        curves = [_coarsen(curve, least) for curve in (evidence.offered, evidence.compared)]
        return IncidenceCurves(*curves) if all(len(curve.times) for curve in curves) else None
    if isinstance(evidence, Balance):
        return replace(
            evidence,
            before=evidence.before.round(DIFFERENCE_DIGITS),
            after=evidence.after.round(DIFFERENCE_DIGITS),
            variance_ratio=evidence.variance_ratio.round(1),
        )
    if isinstance(evidence, Placebos):
        effects = (to_digits(own, is_share=estimand.is_share) for own in evidence.effects)
        return replace(evidence, effects=tuple(effects))
    if isinstance(evidence, EffectPath):
        is_share = estimand.outcome != AMOUNT
        digits = CURVE_DIGITS + 1 if is_share else 0
        return replace(
            evidence,
            effects=tuple(to_digits(own, is_share=is_share) for own in evidence.effects),
            low=tuple(round(end, digits) for end in evidence.low),
            high=tuple(round(end, digits) for end in evidence.high),
        )
    return None


def _coarsen(curve: SurvivalCurve, least: int) -> SurvivalCurve:
    steps: list[int] = []
    since = 0.0
    for place, events in enumerate(curve.events):
        since += events
        if since >= least:
            steps.append(place)
            since = 0.0
    # Each step counts what has left since the one before; who is at risk is told in such steps too.
    left = np.diff(np.cumsum(curve.events)[steps], prepend=0.0)
    return replace(
        curve,
        times=curve.times[steps],
        estimate=curve.estimate[steps].round(CURVE_DIGITS),
        error=curve.error[steps].round(CURVE_DIGITS),
        low=curve.low[steps].round(CURVE_DIGITS),
        high=curve.high[steps].round(CURVE_DIGITS),
        at_risk=least * np.round(curve.at_risk[steps] / least),
        events=left,
    )
