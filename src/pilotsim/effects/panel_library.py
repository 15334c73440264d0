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
