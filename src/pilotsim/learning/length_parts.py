"""Lengths of stay of a flow's stages, learned."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
from scipy.special import ndtr

from pilotsim.base.arrays import Floats
from pilotsim.base.messages import Message
from pilotsim.base.statistics import critical_value
from pilotsim.learning.ends import FINISH, Ends, LearnedFrom
from pilotsim.learning.learned import (
    LEAST_EVENTS,
    LEVEL,
    FamilyCompared,
    LearnedPart,
    LearnedValue,
    LeftOpen,
    antithetic_normals,
)
from pilotsim.learning.lengths import LengthFit, SeenLengths, fit_length, fit_lengths
from pilotsim.learning.mixture import mixture_quantiles, weights_by_bic
from pilotsim.learning.seen_traits import TraitColumn, candidates, columns_of, stack, unseen
from pilotsim.learning.stays import Stays
from pilotsim.model.distributions.likelihood import LIKELIHOODS
from pilotsim.model.flow import Flow
from pilotsim.model.stages import Stage

__all__ = ["learn_length", "seen_lengths"]

# Lengths of which all that ended are as long as another, to the grain, are one length for all.
SAME = 1e-3


def learn_length(given: LearnedFrom, name: str) -> LearnedPart | LeftOpen:
    """Return the length of stay in a stage, or why it cannot be learned.

    Parameters
    ----------
    given : LearnedFrom
        The register and the sketch.
    name : str
        The stage.
    """
    stays, ends, flow = given.stays, given.ends, given.flow
    stage = flow.stages[name]
    path = f"stages.{name}.lasts"
    assert stage.lasts is not None
    why = _obstacle(stays, ends, flow, name, stage)
    if why is not None:
        return LeftOpen(path, why)
    named = columns_of(stage.lasts.by, stays)
    here = stays.stage == stays.stages.index(name)
    seen, named, late = seen_lengths(stays, ends, here, named)
    ended = int(seen.has_ended.sum())
    if not ended and len(seen.length):
        return LeftOpen(path, Message("none of {count:,} stays had ended", count=len(seen.length)))
    if ended < LEAST_EVENTS * (2 + len(named)):
        return LeftOpen(
            path,
            Message(
                "{count:,} stays ended, and {least:,} are needed",
                count=ended,
                least=LEAST_EVENTS * (2 + len(named)),
            ),
        )
    lengths = seen.length[seen.has_ended]
    unfinished = int((~seen.has_ended).sum())
    if lengths.max() - lengths.min() <= max(stays.grain, SAME * lengths.mean()):
        return _one_length(stays, name, lengths, unfinished, late)
    fits = fit_lengths(seen)
    matters: list[TraitColumn] = []
    if fits:
        others = candidates(flow, stays, stage.lasts.by)
        matters = _that_matter(stays, ends, here, named, fits[0].family, others)
    if matters:
        seen, named, late = seen_lengths(stays, ends, here, [*named, *matters])
        fits = fit_lengths(seen)
    if not fits:
        return LeftOpen(path, Message("no family of lengths fits the stays"))
    return _part(fits, named, flow, name, given.seed, (unfinished, late), matters)


def _obstacle(stays: Stays, ends: Ends, flow: Flow, name: str, stage: Stage) -> Message | None:
    """Return why the length of a stage cannot be learned whatever the register holds."""
    lasts = stage.lasts
    assert lasts is not None
    if lasts.times is not None or lasts.slowest_of is not None or lasts.parts or stage.pace:
        return Message(
            "is made of several things ('times', 'slowest_of', 'all_of' or 'pace'), and the "
            "register shows only what they come to"
        )
    if lasts.working:
        return Message("is counted in working days, and the register tells calendar days")
    if stage.interrupted is not None:
        return Message("may be interrupted, and the register shows only what is left")
    blocked = [way for way in stage.next or {} if way in flow.stages and flow.stages[way].room]
    if blocked:
        return Message("ends late where there is no room in '{stage}'", stage=blocked[0])
    if stage.may_wait and not stays.tells_waits:
        return Message(
            "comes after a wait, and the register does not say when that ended; give 'joined' "
            "and 'start'"
        )
    hidden = unseen(lasts.by, stays)
    if hidden:
        return Message("differs by '{trait}', which the register does not show", trait=hidden[0])
    if FINISH in ends.doubtful.get(name, ()):
        return Message(
            "may have ended in two ways that lead to the same stage; a column 'cause' would tell"
        )
    if not (stays.stage == stays.stages.index(name)).any():
        return Message("the register shows no stay in '{stage}'", stage=name)
    return None


def seen_lengths(
    stays: Stays, ends: Ends, here: np.ndarray, columns: list[TraitColumn]
) -> tuple[SeenLengths, list[TraitColumn], int]:
    """Return the lengths of stays as far as they were seen, and how many were seen late.

    Parameters
    ----------
    stays : Stays
        What the register shows.
    ends : Ends
        Why each stay ended.
    here : ndarray of bool, shape (stays,)
        Those that are meant.
    columns : list of TraitColumn
        Traits by which they may differ.
    """
    traits, known = stack(columns, len(stays))
    rows = here & ~np.isnan(stays.started) & known
    began = stays.started[rows]
    from_when = np.maximum(stays.seen_from[rows] - began, 0.0)
    from_when = np.where(np.isfinite(from_when), from_when, 0.0)
    length = stays.until[rows] - began
    kept = (length > from_when) | (ends.are(FINISH)[rows] & (length >= from_when))
    seen = SeenLengths(
        length[kept],
        ends.are(FINISH)[rows][kept],
        from_when[kept],
        stays.grain,
        traits[rows][kept],
    )
    return seen, columns, int((from_when[kept] > 0).sum())


def _that_matter(
    stays: Stays,
    ends: Ends,
    here: np.ndarray,
    named: list[TraitColumn],
    family: str,
    found: list[list[TraitColumn]],
) -> list[TraitColumn]:
    """Return the columns of the traits that lower the BIC of a family, the best first."""
    taken: list[TraitColumn] = []
    left = list(found)
    while left:
        gains = []
        for columns in left:
            with_it, _, _ = seen_lengths(stays, ends, here, [*named, *taken, *columns])
            own = with_it.covariates
            without = replace(with_it, traits=own[:, : len(named) + len(taken)])
            more, less = fit_length(with_it, family), fit_length(without, family)
            gains.append(less.bic - more.bic if more is not None and less is not None else -1.0)
        best = int(np.argmax(gains))
        if gains[best] <= 0:
            break
        taken += left.pop(best)
    return taken


def _one_length(
    stays: Stays, name: str, lengths: Floats, unfinished: int, late: int
) -> LearnedPart:
    path = f"stages.{name}.lasts"
    middle = float(np.median(lengths))
    value = LearnedValue(path, "duration", middle, float(lengths.min()), float(lengths.max()))
    return LearnedPart(
        f"learned_length_{name}",
        "length",
        name,
        (value,),
        np.zeros((0, 1)),
        len(lengths),
        unfinished,
        late,
        "constant",
    )


def _part(
    fits: list[LengthFit],
    columns: list[TraitColumn],
    flow: Flow,
    name: str,
    seed: int,
    counts: tuple[int, int],
    matters: list[TraitColumn],
) -> LearnedPart:
    best = fits[0]
    path = f"stages.{name}.lasts"
    points = _rows(fits, antithetic_normals(seed, path, len(best.point) + 1))
    low, high = _ends_of(fits)
    keys = [f"{best.family}.{key}" for key in best.names]
    keys += [f"by.{column.path}" for column in columns]
    kinds = ["duration"] + ["number"] * (len(keys) - 1)
    values = tuple(
        LearnedValue(
            f"{path}.{key}",
            kind,
            math.exp(best.point[k]),
            math.exp(low[k]),
            math.exp(high[k]),
            flow.values.get(f"{path}.{key}"),
        )
        for k, (key, kind) in enumerate(zip(keys, kinds, strict=True))
    )
    compared = tuple(FamilyCompared(fit.family, fit.bic - best.bic) for fit in fits)
    return LearnedPart(
        f"learned_length_{name}",
        "length",
        name,
        values,
        _in_bounds(np.exp(points), best.family),
        best.ended,
        *counts,
        best.family,
        compared,
        tuple(column.path for column in matters),
    )


def _mean_quantiles(fits: list[LengthFit], shares: Floats) -> Floats:
    """Return quantiles of the logarithm of the mean length, over all families by their weights."""
    middles = [fit.point[0] for fit in fits]
    errors = [math.sqrt(fit.covariance[0, 0]) for fit in fits]
    return mixture_quantiles(middles, errors, weights_by_bic([fit.bic for fit in fits]), shares)


def _rows(fits: list[LengthFit], normals: Floats) -> Floats:
    """Return points that agree with the stays, shape (rows, parameters), that found first.

    Which family it is is uncertain, too, and moves the mean most: the mean is drawn over all
    families, the rest given the mean by the family that is taken.
    """
    best = fits[0]
    mean = _mean_quantiles(fits, ndtr(normals[:, 0]))
    mean[0] = best.point[0]
    found = np.tile(best.point, (len(normals), 1))
    found[:, 0] = mean
    if len(best.point) > 1:
        variance = best.covariance[0, 0]
        slope = best.covariance[1:, 0] / variance
        left = best.covariance[1:, 1:] - np.outer(slope, slope) * variance
        root = np.linalg.cholesky(left + 1e-12 * np.eye(len(left)))
        found[:, 1:] += np.outer(mean - best.point[0], slope)
        found[:, 1:] += normals[:, 1 : len(best.point)] @ root.T
    return found


def _ends_of(fits: list[LengthFit]) -> tuple[Floats, Floats]:
    """Return the ends of the intervals, of logarithms."""
    best = fits[0]
    half = critical_value(LEVEL) * np.sqrt(np.diag(best.covariance))
    low, high = best.point - half, best.point + half
    shares = np.array([0.5 - LEVEL / 2.0, 0.5 + LEVEL / 2.0])
    low[0], high[0] = _mean_quantiles(fits, shares)
    return low, high


def _in_bounds(rows: Floats, family: str) -> Floats:
    law = LIKELIHOODS[family]
    if law.second:
        rows[:, 1] = np.clip(rows[:, 1], law.least * 1.001, law.most)
    return rows
