"""Instruments: effects on those whom an offer, a letter or a lottery moves (encouragement)."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import fdtrc, fdtri

from pilotsim.base.amounts import Amount
from pilotsim.base.arrays import Floats, Ints
from pilotsim.base.errors import EstimationError
from pilotsim.base.messages import Message
from pilotsim.effects.arms import as_codes, as_column, as_table
from pilotsim.effects.effect import Effect, conclude
from pilotsim.effects.inference.clustered import adjustments, sum_by_cluster
from pilotsim.effects.inference.heteroskedastic import leverages
from pilotsim.effects.inference.influence import count_clusters
from pilotsim.effects.inference.least_squares import (
    DesignPrecision,
    LeastSquaresFit,
    fit_least_squares,
    unit,
)
from pilotsim.effects.inference.linear import Errors, precision_of

# Below this the estimate is pulled towards that of a naive comparison and its standard error too
# small (Stock and Yogo).
WEAK = 10.0
# Beyond this the residuals of the first stage are rounding errors, and so is F.
EXACT = 1e9


@dataclass(frozen=True)
class FirstStage:
    """How much an instrument moves who is treated.

    Parameters
    ----------
    f : float
        F of the instruments, with the same kind of error as the effect; for one instrument the
        effective F of Montiel Olea and Pflueger.
    moved : float
        For one instrument: the change in treatment for one unit of it; for a 0-1 offer the share of
        compliers.
    """

    f: float
    moved: float


@dataclass(frozen=True, eq=False)
class Instruments:
    """Outcome, treatment and instruments without the covariates, and the reduced form's fits."""

    outcome: Floats
    treatment: Floats
    instruments: Floats
    controls: Floats
    clusters: Ints | None
    notes: tuple[str, ...]


def estimate_iv(
    outcome: ArrayLike,
    treatment: ArrayLike,
    instruments: ArrayLike,
    *,
    covariates: ArrayLike | None = None,
    clusters: ArrayLike | None = None,
    errors: Errors = "auto",
    wald: bool = False,
    level: float = 0.95,
) -> Effect:
    """Return the effect of a treatment by two-stage least squares.

    Estimand: with one effect for all, that effect; else a mean over those whom the instruments
    move, weighted by how much (Imbens and Angrist, Econometrica 62, 1994). Assumption: the
    instruments are as good as drawn by lot given the covariates, touch the outcome only through the
    treatment, move nobody the other way, and do move. Standard error: HC1, with clusters CR1
    (`auto`). Interval and p-value: Anderson and Rubin's, which hold however weak the instruments
    are, and may then reach to infinity; `wald=True` gives the estimate plus and minus, which does
    not hold then. Source: Theil (1958); Anderson and Rubin, Annals of Mathematical Statistics 20
    (1949); Andrews, Stock and Sun, Annual Review of Economics 11 (2019), for the practice.

    Parameters
    ----------
    outcome, treatment : array, shape (clients,)
        The outcome (NaN unknown: left out), and what was done, 0 or 1 or an amount.
    instruments : array, shape (clients,) or (clients, instruments)
        What moves the treatment.
    covariates : array, shape (clients, covariates), optional
        What the instruments are as good as random given.
    clusters : array, shape (clients,), optional
        Labels of what belongs together.
    errors : str
        `auto`, `classical`, `HC0` to `HC3`; with clusters `CR0` to `CR3`.
    wald : bool
        Whether to give the interval and p-value of the normal approximation.
    level : float
        Of the interval.

    Raises
    ------
    EstimationError
        The instruments do not move the treatment at all, are collinear, or something is missing.
    """
    parts = _take(outcome, treatment, instruments, covariates, clusters)
    kind = _kind(errors, parts)
    second = _second_stage(parts)
    found = _precision(parts, second, kind)
    reduced = _reduce(parts, kind)
    stage = _first_stage(reduced)
    notes = (*parts.notes, _say_first_stage(stage, parts.instruments.shape[1]))
    if stage.f < WEAK:
        notes = (
            *notes,
            Message(
                "weak instrument: the estimate leans to the naive comparison; trust the "
                "Anderson-Rubin interval alone"
            ),
        )
    effect = conclude(
        "iv",
        "effect of the treatment on those whom the instrument moves",
        float(second.coefficients[0]),
        found.error,
        freedom=found.freedom,
        level=level,
        clients=len(parts.outcome),
        clusters=count_clusters(parts.clusters),
        notes=notes,
    )
    return effect if wald else _by_anderson_rubin(effect, reduced, level)


def _say_first_stage(stage: FirstStage, instruments: int) -> Message:
    if stage.f > EXACT:
        return Message(
            "first stage: the instrument alone decides who is treated, so that no F can be told"
        )
    if instruments > 1:
        return Message("first stage: F = {statistic:.1f}", statistic=Amount(stage.f))
    return Message(
        "first stage: F = {statistic:.1f}, {moved:.3f} moved",
        statistic=Amount(stage.f),
        moved=Amount(stage.moved),
    )


def estimate_late(
    outcome: ArrayLike,
    took: ArrayLike,
    offered: ArrayLike,
    *,
    covariates: ArrayLike | None = None,
    clusters: ArrayLike | None = None,
    errors: Errors = "auto",
    level: float = 0.95,
) -> Effect:
    """Return the effect of taking part on the compliers.

    These are those who take part if offered, and not otherwise. Estimand: mean effect on compliers
    (LATE); if nobody takes part without an offer, on those who were offered and took part (Bloom,
    Evaluation Review 8, 1984). Assumption: offers by lot; an offer alone changes nothing (no threat
    effect of the offer itself); nobody refuses because of the offer. Standard error, interval,
    p-value: as `estimate_iv`, with Anderson and Rubin's interval. Source: Angrist, Imbens and
    Rubin, Journal of the American Statistical Association 91 (1996) 444-455.

    Parameters
    ----------
    outcome : array, shape (clients,)
        NaN unknown.
    took, offered : array of 0 and 1, shape (clients,)
        Who took part; who was offered.
    covariates, clusters, errors, level
        As for `estimate_iv`.

    Raises
    ------
    EstimationError
        Offers do not raise participation; or as for `estimate_iv`.
    """
    part = as_column(took, "took")
    offer = as_column(offered, "offered")
    for values, name in ((part, "took"), (offer, "offered")):
        if not np.isin(values, (0.0, 1.0)).all():
            raise EstimationError(
                Message(
                    "{name}: 0 or 1 was expected for each client; use estimate_iv for amounts",
                    name=name,
                )
            )
    effect = estimate_iv(
        outcome, part, offer, covariates=covariates, clusters=clusters, errors=errors, level=level
    )
    if part[offer == 1.0].mean() <= part[offer == 0.0].mean():
        raise EstimationError(
            Message(
                "offers do not raise participation, so there are no compliers; compare offered "
                "with not offered"
            )
        )
    only_offered = not part[offer == 0.0].any()
    estimand = (
        "effect on those who took part (nobody did without an offer)"
        if only_offered
        else "effect on compliers (LATE)"
    )
    return replace(effect, estimator="late", estimand=estimand)


def examine_first_stage(
    treatment: ArrayLike,
    instruments: ArrayLike,
    *,
    covariates: ArrayLike | None = None,
    clusters: ArrayLike | None = None,
    errors: Errors = "auto",
) -> FirstStage:
    """Return how much instruments move the treatment; arguments as for `estimate_iv`."""
    parts = _take(treatment, treatment, instruments, covariates, clusters)
    return _first_stage(_reduce(parts, _kind(errors, parts)))


def _take(
    outcome: ArrayLike,
    treatment: ArrayLike,
    instruments: ArrayLike,
    covariates: ArrayLike | None,
    clusters: ArrayLike | None,
) -> Instruments:
    y = as_column(outcome, "outcome")
    d = as_column(treatment, "treatment")
    z = as_table(instruments, len(y))
    x = as_table(covariates, len(y))
    if len(d) != len(y):
        raise EstimationError(
            Message(
                "treatment: {expected} numbers were expected, as for the outcome; found {found}",
                expected=len(y),
                found=len(d),
            )
        )
    if np.isnan(d).any():
        raise EstimationError(
            Message(
                "treatment: {count} clients have none; leave them out and say so",
                count=int(np.isnan(d).sum()),
            )
        )
    known = ~np.isnan(y)
    notes = (
        ()
        if known.all()
        else (
            Message(
                "{missing} of {clients} clients have no outcome and are left out",
                missing=int((~known).sum()),
                clients=len(y),
            ),
        )
    )
    y = y[known]
    d = d[known]
    z = z[known]
    for values, name in ((y, "outcome"), (d, "treatment")):
        if not len(values) or np.ptp(values) == 0.0:
            raise EstimationError(
                Message(
                    "{name}: the same for everybody, so there is nothing to estimate", name=name
                )
            )
    controls = np.column_stack([np.ones(len(y)), x[known]])
    names = [
        "constant",
        *(f"covariate {j}" for j in range(x.shape[1])),
        *(f"instrument {j}" for j in range(z.shape[1])),
    ]
    fit_least_squares(y, np.column_stack([controls, z]), names=names)
    basis = np.linalg.qr(controls)[0]
    y, d, z = (values - basis @ (basis.T @ values) for values in (y, d, z))
    return Instruments(y, d, z, basis, as_codes(clusters, known, "clusters"), notes)


def _kind(errors: Errors, parts: Instruments) -> Errors:
    if errors == "wild":
        raise EstimationError(
            Message(
                "errors='wild' is not for instruments; the Anderson-Rubin interval with CR2 holds "
                "with few clusters"
            )
        )
    if errors != "auto":
        return errors
    return "HC1" if parts.clusters is None else "CR1"


def _second_stage(parts: Instruments) -> LeastSquaresFit:
    """Return the second stage.

    With the residuals of the treatment itself, and the design of its prediction.
    """
    z = parts.instruments
    predicted = z @ np.linalg.lstsq(z, parts.treatment, rcond=None)[0]
    if float(predicted @ predicted) <= 1e-20 * float(parts.treatment @ parts.treatment):
        raise EstimationError(
            Message(
                "the instrument does not move the treatment at all, so it says nothing of its "
                "effect"
            )
        )
    design = np.column_stack([predicted, parts.controls])
    fit = fit_least_squares(parts.outcome, design, names=["prediction"])
    residuals = parts.outcome - parts.treatment * fit.coefficients[0]
    return LeastSquaresFit(fit.coefficients, residuals, fit.q, fit.r_inverse)


def _precision(parts: Instruments, second: LeastSquaresFit, kind: Errors) -> DesignPrecision:
    return precision_of(second, unit(second.columns, 0), parts.clusters, kind)


@dataclass(frozen=True, eq=False)
class ReducedForm:
    """Coefficients of outcome and treatment on the instruments, and their joint covariance.

    Parameters
    ----------
    outcome, treatment : ndarray, shape (instruments,)
        The coefficients.
    outcome_variance, treatment_variance, covariance : ndarray, shape (instruments, instruments)
        Of them; `covariance` of outcome's with treatment's.
    freedom : float
        Denominator degrees of freedom.
    """

    outcome: Floats
    treatment: Floats
    outcome_variance: Floats
    treatment_variance: Floats
    covariance: Floats
    freedom: float

    def f(self, null: float) -> float:
        """Return Anderson and Rubin's F of an effect."""
        gap = self.outcome - null * self.treatment
        variance = (
            self.outcome_variance
            - null * (self.covariance + self.covariance.T)
            + null**2 * self.treatment_variance
        )
        return float(gap @ np.linalg.solve(variance, gap)) / len(gap)


def _reduce(parts: Instruments, kind: Errors) -> ReducedForm:
    number = parts.instruments.shape[1]
    design = np.column_stack([parts.instruments, parts.controls])
    fits = [fit_least_squares(values, design) for values in (parts.outcome, parts.treatment)]
    scores = [_scores(fit, parts.clusters, kind) for fit in fits]
    upper = fits[0].r_inverse[:number]

    def joint(first: int, second: int) -> Floats:
        product: Floats = upper @ (scores[first].T @ scores[second]) @ upper.T
        return product

    freedom = precision_of(fits[1], unit(design.shape[1], 0), parts.clusters, kind).freedom
    return ReducedForm(
        fits[0].coefficients[:number],
        fits[1].coefficients[:number],
        joint(0, 0),
        joint(1, 1),
        joint(0, 1),
        freedom,
    )


def _scores(fit: LeastSquaresFit, clusters: Ints | None, kind: Errors) -> Floats:
    """Return rows whose cross product is the middle of the robust covariance."""
    if clusters is not None:
        sums = sum_by_cluster(fit, clusters)
        return _by_cluster(adjustments(fit, sums, kind), sums.scores)  # type: ignore[arg-type]
    if kind == "classical":
        # Orthonormal columns times a constant would lose the covariance of two residuals: rotate
        # these instead.
        plain: Floats = np.kron(
            np.eye(fit.columns), fit.residuals[:, None] / np.sqrt(fit.rows - fit.columns)
        )
        return plain
    power = {"HC0": 0.0, "HC1": 0.0, "HC2": 0.5, "HC3": 1.0}[kind]
    scale = (
        np.sqrt(fit.rows / (fit.rows - fit.columns))
        if kind == "HC1"
        else (1.0 - leverages(fit)) ** -power
    )
    found: Floats = fit.q * (fit.residuals * scale)[:, None]
    return found


def _by_cluster(matrices: Floats, scores: Floats) -> Floats:
    found: Floats = np.einsum("gkl,gl->gk", matrices, scores)
    return found


def _first_stage(reduced: ReducedForm) -> FirstStage:
    moved = reduced.treatment
    f = float(moved @ np.linalg.solve(reduced.treatment_variance, moved)) / len(moved)
    return FirstStage(f=f, moved=float(moved[0]))


def _by_anderson_rubin(effect: Effect, reduced: ReducedForm, level: float) -> Effect:
    number = len(reduced.outcome)
    p = float(fdtrc(number, reduced.freedom, reduced.f(0.0)))
    critical = float(fdtri(number, reduced.freedom, level))
    ends = _solve(reduced, critical) if number == 1 else _search(reduced, critical, effect)
    low = ends.low
    high = ends.high
    notes = effect.notes if not ends.note else (*effect.notes, ends.note)
    return replace(
        effect,
        low=low,
        high=high,
        p=p,
        freedom=reduced.freedom,
        notes=(*notes, Message("interval and p-value of Anderson and Rubin")),
    )


@dataclass(frozen=True)
class IntervalEnds:
    """Ends of a set of effects that are not rejected; a note where it is not an interval."""

    low: float
    high: float
    note: str = ""


def _solve(reduced: ReducedForm, critical: float) -> IntervalEnds:
    """Return where (r - b m)^2 = critical (v_rr - 2 b v_rm + b^2 v_mm): the roots of a parabola."""
    r = float(reduced.outcome[0])
    m = float(reduced.treatment[0])
    a = m**2 - critical * float(reduced.treatment_variance[0, 0])
    b = -2.0 * (r * m - critical * float(reduced.covariance[0, 0]))
    c = r**2 - critical * float(reduced.outcome_variance[0, 0])
    inside = b**2 - 4.0 * a * c
    if a > 0.0:
        root = float(np.sqrt(max(inside, 0.0)))
        return IntervalEnds((-b - root) / (2.0 * a), (-b + root) / (2.0 * a))
    if inside <= 0.0:
        return IntervalEnds(-np.inf, np.inf, "no effect at all is rejected")
    root = float(np.sqrt(inside))
    lower, upper = sorted(((-b - root) / (2.0 * a), (-b + root) / (2.0 * a)))
    return IntervalEnds(
        -np.inf, np.inf, f"only effects between {lower:.4g} and {upper:.4g} are rejected"
    )


def _search(reduced: ReducedForm, critical: float, effect: Effect) -> IntervalEnds:
    """Return the ends on a grid of effects that grows outwards, refined by halving."""
    reach = effect.error * np.concatenate(
        [np.linspace(0.0, 20.0, 2001), np.geomspace(20.0, 1e6, 400)]
    )
    grid = np.unique(np.concatenate([effect.estimate - reach, effect.estimate + reach]))
    kept = np.array([reduced.f(null) <= critical for null in grid])
    if not kept.any():
        return IntervalEnds(
            np.nan, np.nan, "every effect is rejected: the instruments contradict each other"
        )
    first = int(np.argmax(kept))
    last = len(kept) - 1 - int(np.argmax(kept[::-1]))
    low = -np.inf if first == 0 else _halve(reduced, critical, grid[first - 1], grid[first])
    high = (
        np.inf if last == len(grid) - 1 else _halve(reduced, critical, grid[last + 1], grid[last])
    )
    return IntervalEnds(
        low,
        high,
        "" if kept[first : last + 1].all() else "some effects inside the interval are rejected too",
    )


def _halve(reduced: ReducedForm, critical: float, outside: float, inside: float) -> float:
    for _ in range(60):
        middle = 0.5 * (outside + inside)
        outside, inside = (outside, middle) if reduced.f(middle) <= critical else (middle, inside)
    return float(inside)
