"""The rows that flows draw from: a table of draws in the units of a flow, and what they come to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path

import numpy as np
from scipy.special import expit

from fitting.chain import Floats, expected, short_among_stock, still_employed
from fitting.figures import PUBLISHED
from fitting.prior import NAMES, PRIORS, norway, oslo
from fitting.sampling import Draws, Effort
from pilotsim.base.files import write_text
from pilotsim.base.randomness import uniform_table

# How many rows of each reading are kept.
ROWS = 200
# One recipient of the year in a hundred in the flow of the country, one in ten in that of Oslo.
RECIPIENTS = {"norway": 1177, "oslo": 1917}
# Alna's clients (the pre-study, ch. 2.1): candidates and those already followed up, of all.
CANDIDATES_AND_FOLLOWED, CLIENTS = 215, 500
DIGITS = 4


def columns_of(z: Floats, seed: int, reading: str) -> dict[str, Floats]:
    """Return every column but `reading`, by its heading, each of shape (draws,).

    Parameters
    ----------
    z : ndarray, shape (draws, parameters)
        Positions on the sampler's scale.
    seed : int
        Of what the figures say nothing of: how many of Alna's candidates are of the short kind.
    reading : str
        The reading that the draws are of.
    """
    country, city = norway(z), oslo(z)
    in_country, in_city = expected(country), expected(city)

    all_short = short_among_stock(city.short_new, city.short_times)
    place = uniform_table(seed, f"fitting/candidates/{reading}", len(z), 1)[:, 0]
    candidates = all_short * place
    others = (all_short * CLIENTS - candidates * CANDIDATES_AND_FOLLOWED) / (
        CLIENTS - CANDIDATES_AND_FOLLOWED
    )
    return {
        "pauses [% per month]": 100 * country.pauses,
        "job [% per month]": 100 * country.job,
        "other_benefit [% per month]": 100 * country.benefit,
        "leaves [% per month]": 100 * country.leaves,
        "short_times": country.short_times,
        "short_stock [%]": 100 * in_country.short_stock,
        "stock": np.round(RECIPIENTS["norway"] / in_country.recipients),
        "returns [per month]": country.returns,
        "comes_back [% per month]": 100 * country.comes_back,
        "stays_away [% per month]": 100 * country.stays_away,
        "job_loss [% per month]": 100 * country.job_loss,
        "settles [% per month]": 100 * country.settles,
        "lasting_times": country.lasting_loss / country.job_loss,
        "benefit_ends [% per month]": 100 * country.benefit_ends,
        "oslo_pauses [% per month]": 100 * city.pauses,
        "oslo_job [% per month]": 100 * city.job,
        "oslo_other_benefit [% per month]": 100 * city.benefit,
        "oslo_leaves [% per month]": 100 * city.leaves,
        "oslo_short_stock [%]": 100 * in_city.short_stock,
        "oslo_stock": np.round(RECIPIENTS["oslo"] / in_city.recipients),
        "alna_short_candidates [%]": 100 * candidates,
        "alna_short_others [%]": 100 * others,
        "again_2010_13 [%]": 100 * in_country.again,
        "each_year_2009_13 [%]": 100 * in_country.each_year,
        "some_work_2009_13 [%]": 100 * in_country.some_work,
        "worst_cell_2009 [points]": 100 * np.abs(in_country.months - PUBLISHED.months).max(axis=1),
        "spells_over_12 [%]": 100 * in_country.over_12,
        "spells_from_12 [%]": 100 * in_country.from_12,
        "back_in_3 [%]": 100 * in_country.back_in_3,
        "for_good [% of stock per month]": 100 * in_country.for_good,
        "employed_3 [%]": 100 * still_employed(country, 3),
        "employed_12 [%]": 100 * still_employed(country, 12),
        "oslo_mean_months": in_city.mean_months,
        "oslo_at_least_six [%]": 100 * in_city.at_least_six,
        "oslo_for_good [% of stock per month]": 100 * in_city.for_good,
    }


def head(drawn: Mapping[str, Draws], seed: int, effort: Effort) -> list[str]:
    """Return the remarks on top of the file: what was fitted to what, how, and how well it went."""
    libraries = ", ".join(f"{name} {version(name)}" for name in ("emcee", "numpy", "scipy"))
    remarks = [
        "nb: Sosialhjelpsmottakere som kommer, går og kommer tilbake: trekninger som stemmer med "
        "publiserte tall. Hvordan de er laget, og hvor godt det gikk, står øverst i filen.",
        "en: Recipients of social assistance who come, leave and come back: draws of what agrees "
        "with published figures. How they were made, and how well it went, stands at the top of "
        "the file.",
        "sv: Mottagare av ekonomiskt bistånd som kommer, går och kommer tillbaka: dragningar som "
        "stämmer med publicerade tal. Hur de är gjorda, och hur väl det gick, står överst i filen.",
        "Made by `python -m fitting`; the model is in fitting/chain.py, what it is held to in "
        "fitting/figures.py, what was taken for likely beforehand in fitting/prior.py.",
        f"{libraries}; seed {seed}; {effort.ensembles} ensembles of {effort.walkers} walkers, "
        f"{effort.burn_in} steps thrown away and {effort.steps} kept; {ROWS} rows of each reading, "
        "evenly thinned. Both readings have as many rows: no source says which is nearer.",
    ]
    for reading, draws in drawn.items():
        remarks.append(
            f"Reading {reading}: acceptance {draws.acceptance:.2f}, autocorrelation time "
            f"{draws.autocorrelation.max():.0f} steps at most, split R-hat {draws.r_hat.max():.3f} "
            f"at most, effective draws {draws.effective.min():.0f} at least."
        )
    remarks.append("Columns from again_2010_13 on are what a row comes to; no flow reads them.")
    return remarks


def write(
    file: Path, drawn: Mapping[str, Draws], *, seed: int, effort: Effort, rows: int = ROWS
) -> None:
    """Write the rows of all readings.

    Parameters
    ----------
    file : Path
        Where.
    drawn : mapping of str to Draws
        What was drawn under each reading.
    seed : int
        Of all random numbers.
    effort : Effort
        How long was drawn.
    rows : int
        How many rows of each reading are kept.
    """
    lines = [f"# {remark}" for remark in head(drawn, seed, effort)]
    for reading, draws in drawn.items():
        columns = columns_of(draws.thinned(rows), seed, reading)
        if lines[-1].startswith("#"):
            lines.append(", ".join([*columns, "reading"]))
        lines += _lines(list(columns.values()), reading)
    file.parent.mkdir(parents=True, exist_ok=True)
    write_text(file, "\n".join(lines) + "\n")


def _lines(columns: Sequence[Floats], reading: str) -> list[str]:
    return [
        ", ".join([*(f"{number:.{DIGITS}g}" for number in row), reading])
        for row in zip(*columns, strict=True)
    ]


def table_of(draws: Draws) -> str:
    """Return the marginal distribution of each parameter, and how well it was drawn, as text."""
    lines = [f"{'':14}{'5 %':>9}{'median':>9}{'95 %':>9}{'R-hat':>8}{'draws':>8}"]
    flat = draws.positions.reshape(-1, len(NAMES))
    for number, name in enumerate(NAMES):
        quantiles = np.quantile(flat[:, number], [0.05, 0.5, 0.95])
        low, middle, high = expit(quantiles) if PRIORS[name].share else np.exp(quantiles)
        lines.append(
            f"{name:14}{low:9.4f}{middle:9.4f}{high:9.4f}{draws.r_hat[number]:8.3f}"
            f"{draws.effective[number]:8.0f}"
        )
    return "\n".join(lines)
