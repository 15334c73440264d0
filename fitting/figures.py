"""The published figures that the turnover is fitted to, each with how exactly it is taken.

The figures and where they were read stand in `configs/assistance_stock.yaml` and
`configs/assistance_stock_oslo.yaml` as well, each under its source.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from fitting.chain import Floats

# Recipients in Norway in 2009 by how many months of that year they received (Statistics Norway).
RECIPIENTS_2009 = np.array(
    [24500, 16620, 12180, 9326, 7567, 6702, 5555, 4993, 4555, 4947, 6347, 14361], np.float64
)


@dataclass(frozen=True)
class Figure:
    """A published figure and the standard deviation with which it is held to the model."""

    value: float
    sd: float


@dataclass(frozen=True)
class Figures:
    """All that the turnover is held to; as published, unless said.

    Attributes
    ----------
    months : ndarray, shape (12,)
        Of all recipients of 2009: the shares by months of receipt.
    cell_sd : float
        How far two kinds at constant speeds may be from the truth in each of these cells. The best
        fit is 0.3 points off on average; the sampling error of 117,653 recipients is 0.1 at most.
    again, each_year : Figure
        Of everybody on assistance in 2009: who received again in 2010-13; in each year of 2009-13.
        Whether some ages were left out is not said.
    some_work : Figure
        Of the same: in some work in 2009-13. What counts as some work is not said.
    employed_3, employed_12 : Figure
        Danish recipients of cash benefits who left for work: employed on end for so many months.
        Another country and another benefit.
    oslo_mean, oslo_six : Figure
        Oslo 2015 and 2017: 6.0 and 6.4 months on average, 48.5 and 52.0 % at least six months.
    konigs_over_12, konigs_back_in_3 : Figure
        About 6 % of spells pass twelve months; at least half of the leavers are back within three.
    dokken_from_12 : Figure
        Nearly 16 % receive for twelve months on end. The two readings cannot both be met.
    """

    months: Floats = field(default_factory=lambda: RECIPIENTS_2009 / RECIPIENTS_2009.sum())
    cell_sd: float = 0.004
    again: Figure = Figure(0.781, 0.015)
    each_year: Figure = Figure(0.265, 0.015)
    some_work: Figure = Figure(0.346, 0.10)
    employed_3: Figure = Figure(0.74, 0.07)
    employed_12: Figure = Figure(0.50, 0.07)
    oslo_mean: Figure = Figure(6.2, 0.2)
    oslo_six: Figure = Figure(0.5025, 0.0175)
    konigs_over_12: Figure = Figure(0.06, 0.015)
    konigs_back_in_3: Figure = Figure(0.50, 0.02)
    dokken_from_12: Figure = Figure(0.158, 0.015)


PUBLISHED = Figures()
