"""How well positions agree with the figures, under one reading of the sources that conflict."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.special import log_ndtr

from fitting.chain import Expected, Floats, expected, still_employed
from fitting.figures import PUBLISHED, Figure, Figures
from fitting.prior import log_prior, norway, oslo

# Beyond this the prior alone rules a position out, and the chain is not worked out.
TOO_FAR = -50.0


def off(found: Floats, figure: Figure) -> Floats:
    """Return the log likelihood of a figure."""
    return -0.5 * ((found - figure.value) / figure.sd) ** 2


def konigs(country: Expected, held_to: Figures) -> Floats:
    """Return what Konigs' two figures say: few spells pass a year, a majority is soon back."""
    half = held_to.konigs_back_in_3
    majority = log_ndtr((country.back_in_3 - half.value) / half.sd)
    return off(country.over_12, held_to.konigs_over_12) + np.asarray(majority, np.float64)


def dokken(country: Expected, held_to: Figures) -> Floats:
    """Return what Dokken's figure says: nearly one in six receives for twelve months on end."""
    return off(country.from_12, held_to.dokken_from_12)


READINGS: dict[str, Callable[[Expected, Figures], Floats]] = {"konigs": konigs, "dokken": dokken}


def log_likelihood(z: Floats, reading: str, held_to: Figures = PUBLISHED) -> Floats:
    """Return the log likelihood of positions, shape (draws,), up to a constant."""
    turnover = norway(z)
    country, city = expected(turnover), expected(oslo(z))
    cells = -0.5 * (((country.months - held_to.months) / held_to.cell_sd) ** 2).sum(axis=1)
    return np.asarray(
        cells
        + off(country.again, held_to.again)
        + off(country.each_year, held_to.each_year)
        + off(country.some_work, held_to.some_work)
        + off(still_employed(turnover, 3), held_to.employed_3)
        + off(still_employed(turnover, 12), held_to.employed_12)
        + off(city.mean_months, held_to.oslo_mean)
        + off(city.at_least_six, held_to.oslo_six)
        + READINGS[reading](country, held_to),
        np.float64,
    )


def log_posterior(z: Floats, reading: str, held_to: Figures = PUBLISHED) -> Floats:
    """Return the log density after the figures, shape (draws,); minus infinity far out."""
    prior = log_prior(z)
    near = prior > TOO_FAR
    found = np.full(len(z), -np.inf)
    if near.any():
        found[near] = prior[near] + log_likelihood(z[near], reading, held_to)
    return np.where(np.isfinite(found), found, -np.inf)
