"""What each estimator must recover, and where it must fail: ``python -m tests.recovery --draws 2000 --out FILE``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from pilotsim.effects.effect import Effect
from pilotsim.effects.estimators.blocks import estimate_blocked
from pilotsim.effects.estimators.clusters import estimate_cluster_means, estimate_clustered
from pilotsim.effects.estimators.difference_in_differences import estimate_did
from pilotsim.effects.estimators.difference_in_means import (
    estimate_adjusted,
    estimate_difference,
    estimate_lin,
)
from pilotsim.effects.estimators.group_means import average_all, average_by_lag
from pilotsim.effects.estimators.group_time import estimate_group_time
from pilotsim.effects.estimators.instrumental_variables import estimate_iv, estimate_late
from pilotsim.effects.estimators.interrupted_series import estimate_interrupted
from pilotsim.effects.estimators.randomised_lottery import estimate_randomised
from pilotsim.effects.estimators.regression_discontinuity import estimate_discontinuity
from pilotsim.effects.estimators.stepped_wedge import estimate_stepped
from tests.recovery import judge
from tests.recovery.judge import Recovery, recover
from tests.recovery.worlds import (
    Layout,
    ages,
    districts,
    encouraged,
    lottery,
    offices,
    pairs,
    regions,
    series,
    staggered,
    stepped,
)

MANY, SOME = Layout(15, 7, False), Layout(15, 5, True)


@dataclass(frozen=True)
class Case:
    """An estimator in a world: what is true there, and whether the estimator should find it."""

    name: str
    world: str
    truth: float
    estimate: Callable[[int], Effect]
    holds: bool = True
    reason: str = ""


def study(case: Case, draws: int) -> Recovery:
    """Estimate in so many draws of the world.

    The claim is that it is unbiased and its interval covers.
    """
    return recover(judge.Case(f"{case.name} in {case.world}", case.estimate, case.truth), draws)


# One line of code for each estimator in its world.


def on_lottery(draw: int, how: str) -> Effect:
    w = lottery(draw)
    if how == "lin":
        return estimate_lin(w.outcome, w.treated, w.covariates, of="population")
    if how == "adjusted":
        return estimate_adjusted(w.outcome, w.treated, w.covariates)
    return estimate_difference(w.outcome, w.treated)


def on_districts(draw: int, how: str) -> Effect:
    w = districts(draw)
    if how == "naive":
        return estimate_difference(w.outcome, w.treated)
    return estimate_blocked(w.outcome, w.treated, w.groups, weights=how)


def on_pairs(draw: int) -> Effect:
    w = pairs(draw)
    return estimate_blocked(w.outcome, w.treated, w.groups)


def on_offices(draw: int, how: str, layout: Layout) -> Effect:
    w = offices(draw, layout, effect=0.08, between=0.5)
    if how == "naive":
        return estimate_difference(w.outcome, w.treated)
    if how == "randomised":
        return estimate_randomised(w.outcome, w.treated, clusters=w.groups, draws=499)
    if how in {"equal", "size", "variance"}:
        return estimate_cluster_means(w.outcome, w.treated, w.groups, weights=how)
    return estimate_clustered(w.outcome, w.treated, w.groups, errors=how)


def on_steps(draw: int, lock_in: bool, time: str, method: str = "gls") -> Effect:
    w = stepped(draw, lock_in)
    return estimate_stepped(
        w.outcome,
        w.groups,
        w.covariates[:, 0],
        w.covariates[:, 1],
        time=time,
        method=method,
        draws=199,
    )


def on_regions(draw: int, diverging: float, clusters: bool, errors: str = "auto") -> Effect:
    w = regions(draw, diverging)
    return estimate_did(
        w.outcome,
        w.treated,
        w.covariates[:, 0],
        clusters=w.groups if clusters else None,
        errors=errors,
    )


def on_panel(
    draw: int, method: str, diverging: float = 0.0, adjusted: bool = True, lag: int | None = None
) -> Effect:
    w = staggered(draw, diverging)
    found = estimate_group_time(
        w.outcomes, w.starts, covariates=w.covariates if adjusted else None, method=method
    )
    return average_all(found) if lag is None else average_by_lag(found, draws=10).effects[lag + 4]


def on_series(
    draw: int, model: str, months: int = 120, shock: float = 0.0, dependence: float = 0.3
) -> Effect:
    start = 2 * months // 3
    return estimate_interrupted(
        series(draw, months, start, dependence, shock=shock), start, model=model
    )


def on_ages(draw: int, how: str) -> Effect:
    w = ages(draw)
    if how == "line":
        return estimate_adjusted(w.outcome, w.treated, w.covariates)
    return estimate_discontinuity(w.outcome, w.covariates[:, 0], 30.0, treated_below=True)


def on_offers(draw: int, how: str, share: float = 0.4) -> Effect:
    w = encouraged(draw, share=share)
    if how == "naive":
        return estimate_difference(w.outcome, w.treated)
    if how == "wald":
        return estimate_iv(w.outcome, w.treated, w.covariates[:, 0], wald=True)
    return estimate_late(w.outcome, w.treated, w.covariates[:, 0])


CASES = (
    Case("difference", "a lottery among 500", 0.08, partial(on_lottery, how="difference")),
    Case("adjusted", "a lottery among 500", 0.08, partial(on_lottery, how="adjusted")),
    Case("lin, population", "a lottery among 500", 0.08, partial(on_lottery, how="lin")),
    Case(
        "blocked, clients", "lotteries in 12 districts", 0.08, partial(on_districts, how="clients")
    ),
    Case(
        "blocked, precision",
        "lotteries in 12 districts",
        0.08,
        partial(on_districts, how="precision"),
    ),
    Case(
        "difference",
        "lotteries in 12 districts",
        0.08,
        partial(on_districts, how="naive"),
        False,
        "districts with more work drew more winners",
    ),
    Case("blocked, pairs", "40 pairs of offices", 0.3, on_pairs),
    Case("clustered, CR2", str(MANY), 0.08, partial(on_offices, how="CR2", layout=MANY)),
    Case("clustered, CR2", str(SOME), 0.08, partial(on_offices, how="CR2", layout=SOME)),
    Case("clustered, wild", str(MANY), 0.08, partial(on_offices, how="wild", layout=MANY)),
    Case("cluster_means, equal", str(MANY), 0.08, partial(on_offices, how="equal", layout=MANY)),
    Case("cluster_means, size", str(SOME), 0.08, partial(on_offices, how="size", layout=SOME)),
    Case("randomised", str(MANY), 0.08, partial(on_offices, how="randomised", layout=MANY)),
    Case(
        "difference, clients as if independent",
        str(MANY),
        0.08,
        partial(on_offices, how="naive", layout=MANY),
        False,
        "clients of an office share its luck",
    ),
    Case(
        "stepped, exposure",
        "15 districts, lock-in",
        (-0.25 * 2 + 0.25 * 5) / 7,
        partial(on_steps, lock_in=True, time="exposure"),
    ),
    Case(
        "stepped, constant",
        "15 districts, constant effect",
        0.25,
        partial(on_steps, lock_in=False, time="constant"),
    ),
    Case(
        "stepped, constant, permutation",
        "15 districts, constant effect",
        0.25,
        partial(on_steps, lock_in=False, time="constant", method="permutation"),
    ),
    Case(
        "stepped, constant",
        "15 districts, lock-in",
        (-0.25 * 2 + 0.25 * 5) / 7,
        partial(on_steps, lock_in=True, time="constant"),
        False,
        "the effect hangs on how long a district has been at it",
    ),
    Case("did, CR2", "20 regions", 0.5, partial(on_regions, diverging=0.0, clusters=True)),
    Case(
        "did, wild",
        "20 regions",
        0.5,
        partial(on_regions, diverging=0.0, clusters=True, errors="wild"),
    ),
    Case(
        "did, CR2",
        "20 regions that drift apart",
        0.5,
        partial(on_regions, diverging=0.4, clusters=True),
        False,
        "trends differ without the programme",
    ),
    Case(
        "did, no clusters",
        "20 regions",
        0.5,
        partial(on_regions, diverging=0.0, clusters=False),
        False,
        "clients of a region share its shocks",
    ),
    Case(
        "group_time, doubly", "trends that hang on a trait", 1.0, partial(on_panel, method="doubly")
    ),
    Case(
        "group_time, outcome",
        "trends that hang on a trait",
        1.0,
        partial(on_panel, method="outcome"),
    ),
    Case("group_time, ipw", "trends that hang on a trait", 1.0, partial(on_panel, method="ipw")),
    Case(
        "event study, third period",
        "trends that hang on a trait",
        1.0,
        partial(on_panel, method="doubly", lag=2),
    ),
    Case(
        "group_time, no covariates",
        "trends that hang on a trait",
        1.0,
        partial(on_panel, method="doubly", adjusted=False),
        False,
        "those who start would have changed otherwise anyway",
    ),
    Case(
        "group_time, doubly",
        "those who start drift apart",
        1.0,
        partial(on_panel, method="doubly", diverging=0.15),
        False,
        "trends differ without the programme",
    ),
    Case("interrupted, ar1", "120 months", 1.0, partial(on_series, model="ar1")),
    Case(
        "interrupted, ar1",
        "120 months, another event",
        1.0,
        partial(on_series, model="ar1", shock=2.0),
        False,
        "something else happened in the same month",
    ),
    Case(
        "interrupted, hac",
        "36 months, strong dependence",
        1.0,
        partial(on_series, model="hac", months=36, dependence=0.6),
        False,
        "Newey and West's error is too small in short series",
    ),
    Case("discontinuity", "1,000 clients, limit at 30 years", 0.4, partial(on_ages, how="local")),
    Case(
        "one line on both sides",
        "1,000 clients, limit at 30 years",
        0.4,
        partial(on_ages, how="line"),
        False,
        "the outcome bends with age",
    ),
    Case("late", "600 clients, 40 % compliers", 0.5, partial(on_offers, how="late")),
    Case("iv, Wald", "600 clients, 40 % compliers", 0.5, partial(on_offers, how="wald")),
    Case(
        "participants against others",
        "600 clients, 40 % compliers",
        0.5,
        partial(on_offers, how="naive"),
        False,
        "the readiest take part",
    ),
)
