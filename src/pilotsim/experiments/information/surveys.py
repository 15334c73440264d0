"""What a survey would show in each run: the data that its assumptions would give, drawn once.

A share is counted among so many clients (binomial), a rate over the time that they are followed
(Poisson), a length is the mean of theirs (exponential, so that the mean is a gamma), and an amount
the mean of answers that spread (normal). Lots are two such counts: of those who are offered the
programme, and of those who are not.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from scipy.stats import binom, gamma, poisson

from pilotsim.base.arrays import Floats
from pilotsim.base.quantity import Quantity
from pilotsim.base.randomness import uniform_table
from pilotsim.base.statistics import critical_value
from pilotsim.experiments.information.expected_value import normal_table
from pilotsim.model.decisions import Survey, SurveyLots

__all__ = ["chance_to_see", "counts_of_lots", "find_of_survey"]

WEEK = 7.0


def find_of_survey(
    survey: Survey, members: Mapping[str, Quantity], drawn: Mapping[str, Floats], seed: int
) -> Floats:
    """Return what a survey would show of each value in each run, shape (runs, values).

    Parameters
    ----------
    survey : Survey
        How many are asked, and for how long.
    members : mapping of str to Quantity
        The values that it tells of, by path.
    drawn : mapping of str to ndarray, shape (runs,)
        Their numbers in each run, in base units.
    seed : int
        Of what chance does in the survey.
    """
    columns = [_shown(survey, path, members[path], drawn[path], seed) for path in members]
    return np.column_stack(columns)


def _shown(survey: Survey, path: str, value: Quantity, drawn: Floats, seed: int) -> Floats:
    if survey.exactly or survey.clients is None:
        return drawn
    clients = survey.clients
    purpose = f"survey of {path}"
    chance = uniform_table(seed, purpose, len(drawn), 1)[:, 0]
    if value.kind == "share":
        return np.asarray(binom.ppf(chance, clients, np.clip(drawn, 0.0, 1.0)) / clients)
    if value.kind == "rate" and survey.weeks is not None:
        exposure = clients * survey.weeks * WEEK
        return np.asarray(poisson.ppf(chance, np.maximum(drawn, 0.0) * exposure) / exposure)
    if value.kind == "duration":
        return np.asarray(gamma.ppf(chance, clients) * drawn / clients)
    assert survey.spread is not None, "the rules of a flow ask for the spread of amounts"
    normal = normal_table(seed, purpose, len(drawn), 1)[:, 0]
    return np.asarray(drawn + normal * survey.spread / np.sqrt(clients))


def counts_of_lots(lots: SurveyLots, offered: Floats, others: Floats, seed: int) -> Floats:
    """Return the share that would be counted of either part in each run, shape (runs, 2).

    Parameters
    ----------
    lots : Lots
        How many there are of either.
    offered, others : ndarray, shape (runs,)
        The share that it is in the world with the programme, and in that without it.
    seed : int
        Of the lots.
    """
    chance = uniform_table(seed, "lots", len(offered), 2)
    parts = ((chance[:, 0], lots.offered, offered), (chance[:, 1], lots.others, others))
    return np.column_stack(
        [binom.ppf(one, many, np.clip(share, 0.0, 1.0)) / many for one, many, share in parts]
    )


def chance_to_see(lots: SurveyLots, found: Floats, level: float = 0.95) -> float:
    """Return in which share of the runs the difference would be told from none, on its own side.

    Parameters
    ----------
    lots : Lots
        How many there are of either part.
    found : ndarray, shape (runs, 2)
        What `counts_of_lots` gave.
    level : float
        Of the two-sided interval that must leave 0 out.
    """
    variance = found[:, 0] * (1.0 - found[:, 0]) / lots.offered
    variance += found[:, 1] * (1.0 - found[:, 1]) / lots.others
    apart = found[:, 0] - found[:, 1]
    return float((apart > critical_value(level) * np.sqrt(variance)).mean())
