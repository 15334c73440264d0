"""The library diff-diff, called with arrays and heard by nobody.

Its answers are numbers here, and its warnings and prints stay within: whoever calls checks before
what it would warn of. It is imported when it is first called, since that takes seconds.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from typing import Any

import numpy as np

from pilotsim.base.arrays import Floats
from pilotsim.base.errors import EstimationError
from pilotsim.base.messages import Message

# The library estimates the errors of synthetic differences by draws that nobody looks at here.
FEWEST_DRAWS = 2


@dataclass(frozen=True, eq=False)
class SyntheticFit:
    """A comparison put together from several units.

    Parameters
    ----------
    estimate : float
        The mean effect over the periods after.
    weights : ndarray of float, shape (others,)
        How much each of the others counts; they sum to 1.
    times : ndarray of float, shape (periods before,)
        How much each period before counts; 0 where levels are compared and not changes.
    gaps : ndarray of float, shape (periods,)
        The treated unit less its comparison, period by period.
    """

    estimate: float
    weights: Floats
    times: Floats
    gaps: Floats


@contextmanager
def quiet(estimator: str) -> Iterator[None]:
    """Let nothing that a library prints or warns of through, and turn its refusals into ours.

    Raises
    ------
    EstimationError
        The library could not work on the data.
    """
    try:
        with (
            warnings.catch_warnings(),
            redirect_stdout(io.StringIO()),
            redirect_stderr(io.StringIO()),
        ):
            warnings.simplefilter("ignore")
            yield
    except (ValueError, ArithmeticError, np.linalg.LinAlgError) as fault:
        raise EstimationError(
            Message(
                "{estimator}: the panel cannot be worked on; there may be too few units or "
                "periods, or an outcome that does not vary",
                estimator=estimator,
            )
        ) from fault


def fit_synthetic_control(treated: Floats, others: Floats, first: int) -> SyntheticFit:
    """Return the weights that bring others closest to a treated unit before it began.

    Each period before counts the same; weights are at least 0 and sum to 1, without a constant.

    Parameters
    ----------
    treated : ndarray of float, shape (periods,)
    others : ndarray of float, shape (others, periods)
    first : int
        The first period after.
    """
    with quiet("synthetic_control"):
        from diff_diff import SyntheticControl

        frame = _long(treated, others)
        frame["on"] = ((frame["unit"] == 0) & (frame["period"] >= first)).astype(int)
        before = list(range(first))
        model = SyntheticControl(
            v_method="custom", custom_v=np.ones(first), standardize="none", seed=0
        )
        found = model.fit(
            frame,
            "outcome",
            "on",
            "unit",
            "period",
            post_periods=list(range(first, len(treated))),
            pre_period_outcomes=before,
        )
        weights = _by_unit(found.donor_weights, len(others))
    gaps = treated - weights @ others
    return SyntheticFit(float(found.att), weights, np.zeros(first), gaps)


def fit_synthetic_did(treated: Floats, others: Floats, first: int) -> SyntheticFit:
    """Return synthetic difference in differences of one treated unit.

    Parameters
    ----------
    treated, others, first
        As in `fit_synthetic_control`.
    """
    with quiet("synthetic_did"):
        from diff_diff import SyntheticDiD

        frame = _long(treated, others)
        frame["ever"] = (frame["unit"] == 0).astype(int)
        model = SyntheticDiD(n_bootstrap=FEWEST_DRAWS, seed=0)
        found = model.fit(
            frame,
            "outcome",
            "ever",
            "unit",
            "period",
            post_periods=list(range(first, len(treated))),
        )
        weights = _by_unit(found.unit_weights, len(others))
        times = _by_unit(found.time_weights, first, start=0)
    gaps = treated - weights @ others
    return SyntheticFit(float(found.att), weights, times, gaps - float(times @ gaps[:first]))


def fit_honest_bounds(
    before: Floats,
    after: Floats,
    covariance: Floats,
    weights: Floats,
    magnitude: float,
    level: float,
) -> tuple[float, float]:
    """Return the interval of an event study's effect under trends of a relative magnitude.

    Parameters
    ----------
    before, after : ndarray of float
        The effects before, without the last period, which is 0; and since the start.
    covariance : ndarray of float
        Of both together, those before first.
    weights : ndarray of float
        How much each period after counts in the effect.
    magnitude : float
        How many times as large changes may be after as before.
    level : float
        Of the interval.
    """
    with quiet("honest bounds"):
        from diff_diff import HonestDiD
        from diff_diff.results import MultiPeriodDiDResults, PeriodEffect

        effects = np.concatenate([before, after])
        errors = np.sqrt(np.diag(covariance))
        periods = [*range(-1 - len(before), -1), *range(len(after))]
        nothing = (np.nan, np.nan)
        given = MultiPeriodDiDResults(
            period_effects={
                period: PeriodEffect(period, float(effect), float(error), np.nan, np.nan, nothing)
                for period, effect, error in zip(periods, effects, errors, strict=True)
            },
            avg_att=float(weights @ after),
            avg_se=np.nan,
            avg_t_stat=np.nan,
            avg_p_value=np.nan,
            avg_conf_int=nothing,
            n_obs=0,
            n_treated=0,
            n_control=0,
            pre_periods=[period for period in periods if period < 0],
            post_periods=[period for period in periods if period >= 0],
            vcov=covariance,
            reference_period=-1,
            interaction_indices={period: place for place, period in enumerate(periods)},
        )
        model = HonestDiD(
            method="relative_magnitude", M=magnitude, alpha=1.0 - level, l_vec=weights
        )
        found = model.fit(given)
        return float(found.ci_lb), float(found.ci_ub)


def fit_imputation(outcomes: Floats, starts: Floats) -> tuple[float, float]:
    """Return the mean effect over all treated cells by imputation, and its error by client.

    Parameters
    ----------
    outcomes : ndarray of float, shape (clients, periods)
        NaN for a cell that is left out.
    starts : ndarray of float, shape (clients,)
        The first treated period; infinity for never.
    """
    with quiet("imputation"):
        from diff_diff import ImputationDiD

        found = ImputationDiD().fit(
            _staggered(outcomes, starts), "outcome", "unit", "period", "start"
        )
        return float(found.overall_att), float(found.overall_se)


def fit_sun_abraham(outcomes: Floats, starts: Floats) -> tuple[float, float]:
    """Return the mean effect since the start by interactions of group and time, and its error.

    Parameters
    ----------
    outcomes, starts
        As in `fit_imputation`.
    """
    with quiet("sun_abraham"):
        from diff_diff import SunAbraham

        found = SunAbraham().fit(_staggered(outcomes, starts), "outcome", "unit", "period", "start")
        return float(found.overall_att), float(found.overall_se)


def _staggered(outcomes: Floats, starts: Floats) -> Any:
    """Return one row for each known cell; a start of 0 is never, and periods count from 1."""
    import pandas as pd

    units, periods = outcomes.shape
    begun = np.where(np.isfinite(starts), starts + 1.0, 0.0).astype(int)
    frame = pd.DataFrame(
        {
            "unit": np.repeat(np.arange(units), periods),
            "period": np.tile(np.arange(1, periods + 1), units),
            "start": np.repeat(begun, periods),
            "outcome": outcomes.ravel(),
        }
    )
    return frame.dropna().reset_index(drop=True)


def _by_unit(found: Mapping[Any, float], size: int, *, start: int = 1) -> Floats:
    """Return what the library gives by the unit's number as an array; what it leaves out is 0."""
    return np.array([float(found.get(start + k, 0.0)) for k in range(size)])


def _long(treated: Floats, others: Floats) -> Any:
    """Return one row for each unit and period; the treated unit is number 0."""
    import pandas as pd

    table = np.vstack([treated, others])
    units, periods = table.shape
    return pd.DataFrame(
        {
            "unit": np.repeat(np.arange(units), periods),
            "period": np.tile(np.arange(periods), units),
            "outcome": table.ravel(),
        }
    )
