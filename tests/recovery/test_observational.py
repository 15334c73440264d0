"""Observational estimators and survival analysis find what is there, and are found out where they cannot.

The cases and their worlds are in `comparisons.py` and `exits.py`; tolerances and false-alarm rates
in `judge.py`.
"""

from __future__ import annotations

import numpy as np
import pytest

from tests.recovery.judge import Case, Recovery, recover
from tests.recovery.observational import CASES


@pytest.mark.parametrize(
    "case", [case for case in CASES if case.claim != "shown"], ids=lambda case: case.name
)
def test_what_is_claimed_is_found(case: Case):
    found = recover(case)
    assert found.holds(), str(found)
    assert found.failed == 0


def test_names_of_cases_are_their_own():
    assert len({case.name for case in CASES}) == len(CASES)


def made_up(estimates: np.ndarray, reach: float, claim: str = "unbiased") -> Recovery:
    """Draws of an estimator whose intervals are `reach` either side."""
    covered = np.abs(estimates) <= reach
    return Recovery(
        Case("made up", recover, 0.0, claim),
        estimates,
        np.full(len(estimates), reach / 1.96),
        covered,
        ~covered,
        0,
    )


def test_the_judge_finds_out_bias_and_narrow_intervals():
    """300 quantiles of the normal: as they are, moved by a half, and with intervals a fifth and a half too narrow."""
    from scipy.stats import norm

    even = norm.ppf((np.arange(300) + 0.5) / 300)
    assert made_up(even, 1.96).holds()
    assert not made_up(even + 0.5, 1.96).holds()
    assert not made_up(even, 1.3).holds()
    assert not made_up(even, 1.3, "size").holds()
    assert made_up(even, 1.3, "oversized").holds()
    assert not made_up(even, 1.96, "biased").holds()
