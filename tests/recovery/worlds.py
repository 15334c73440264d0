"""Simulated clients whose true effect is known. Every world is a function of its number alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, ndtri

from pilotsim.base.randomness import uniform_table

Floats = NDArray[np.float64]
SEED = 20141128


def uniforms(draw: int, purpose: str, size: int) -> Floats:
    """Uniform numbers of one draw for a purpose; four to a block of the generator."""
    return uniform_table(SEED, f"worlds/{purpose}", 4, -(-size // 4), replication=draw).T.ravel()[
        :size
    ]


def normals(draw: int, purpose: str, size: int) -> Floats:
    return ndtri(uniforms(draw, purpose, size))


def lot(draw: int, purpose: str, size: int, winners: int) -> Floats:
    """So many of them by lot."""
    return (np.argsort(np.argsort(uniforms(draw, purpose, size))) < winners).astype(float)


@dataclass(frozen=True, eq=False)
class Clients:
    """Clients with two outcomes each, of which one is seen."""

    outcome: Floats
    treated: Floats
    covariates: Floats
    groups: NDArray[np.int64]


def lottery(draw: int, effect: float = 0.08, size: int = 500) -> Clients:
    """In work after a year or not: 30 % without, more with education.

    Half are offered a place by lot.
    """
    education = normals(draw, "education", size)
    treated = lot(draw, "lot", size, size // 2)
    chance = 0.30 + 0.10 * np.clip(education, -2, 2) + effect * treated
    covariates = np.column_stack([education, uniforms(draw, "age", size)])
    return Clients(
        (uniforms(draw, "work", size) < chance).astype(float), treated, covariates, np.arange(size)
    )


def districts(draw: int, effect: float = 0.08) -> Clients:
    """Twelve districts with a lottery each.

    The better the labour market, the larger the share of winners.
    """
    sizes = np.array([20, 25, 30, 35, 40, 45, 45, 50, 50, 55, 60, 65])
    district = np.repeat(np.arange(12), sizes)
    winners = np.round(sizes * np.linspace(0.25, 0.75, 12)).astype(int)
    treated = np.concatenate([lot(draw, f"district/{j}", sizes[j], winners[j]) for j in range(12)])
    chance = 0.15 + 0.025 * district + effect * treated
    return Clients(
        (uniforms(draw, "work", len(district)) < chance).astype(float),
        treated,
        np.empty((len(district), 0)),
        district,
    )


def pairs(draw: int, effect: float = 0.3, number: int = 40) -> Clients:
    """Pairs of offices alike in size, one of each by lot."""
    pair = np.repeat(np.arange(number), 2)
    first = uniforms(draw, "first", number) < 0.5
    treated = np.column_stack([first, ~first]).astype(float).ravel()
    outcome = (
        normals(draw, "pair", number)[pair]
        + 0.5 * normals(draw, "office", 2 * number)
        + effect * treated
    )
    return Clients(outcome, treated, np.empty((2 * number, 0)), pair)


@dataclass(frozen=True)
class Layout:
    """How many clusters there are, how many of them are treated, and whether they differ in size."""

    clusters: int
    treated: int
    uneven: bool

    def __str__(self) -> str:
        sizes = "sizes 10 to 90" if self.uneven else "30 each"
        return f"{self.clusters} clusters, {self.treated} treated, {sizes}"


def offices(draw: int, layout: Layout, effect: float = 0.0, between: float = 0.25) -> Clients:
    """Whole offices by lot. In work or not: offices differ on the logit scale with this standard deviation, sizes at random.

    The effect is added to the chance of work.
    """
    number = layout.clusters
    sizes = np.full(number, 30)
    if layout.uneven:
        sizes = np.round(np.geomspace(10, 90, number)).astype(int)[
            np.argsort(uniforms(draw, "sizes", number))
        ]
    office = np.repeat(np.arange(number), sizes)
    treated = lot(draw, "offices", number, layout.treated)[office]
    level = expit(-0.85 + between * normals(draw, "level", number))[office]
    outcome = (uniforms(draw, "work", len(office)) < level + effect * treated).astype(float)
    return Clients(outcome, treated, np.empty((len(office), 0)), office)


def stepped(
    draw: int, lock_in: bool, clusters: int = 15, periods: int = 8, size: int = 20
) -> Clients:
    """Districts start one after the other; with lock-in, two periods of harm before a gain.

    The columns of `covariates` are the period and the period in which the district starts.
    """
    district = np.repeat(np.arange(clusters), periods * size)
    period = np.tile(np.repeat(np.arange(periods), size), clusters)
    order = np.argsort(np.argsort(uniforms(draw, "order", clusters)))
    start = (1 + order * (periods - 1) // clusters)[district]
    exposure = period - start + 1
    effect = np.where(exposure > 0, 0.25, 0.0)
    if lock_in:
        effect = np.where((exposure > 0) & (exposure <= 2), -0.25, effect)
    shared = (
        0.3 * normals(draw, "district", clusters)[district]
        + 0.1 * normals(draw, "cell", clusters * periods)[district * periods + period]
    )
    outcome = 0.05 * period + shared + effect + normals(draw, "client", len(district))
    return Clients(
        outcome, (exposure > 0).astype(float), np.column_stack([period, start]), district
    )


@dataclass(frozen=True, eq=False)
class Panel:
    """Outcomes of clients by period, and when each starts."""

    outcomes: Floats
    starts: Floats
    covariates: Floats


def staggered(
    draw: int, diverging: float = 0.0, growing: bool = False, size: int = 400, periods: int = 8
) -> Panel:
    """Clients who start in period 3, 5 or never.

    Who starts and how they would fare both hang on a trait.

    Effects 1, or 0.5 for each period treated if `growing`; `diverging` is a trend of those who
    start, on top.
    """
    trait = normals(draw, "trait", size)
    group = (
        np.digitize(uniforms(draw, "group", size), [0.45, 0.70])
        if not growing
        else np.digitize(uniforms(draw, "group", size), [0.1, 0.55])
    )
    late = expit(trait) > uniforms(draw, "select", size) + 0.15
    starts = np.array([np.inf, 5.0, 3.0])[
        np.where(late, np.maximum(group, 1), group) if not growing else group
    ]
    period = np.arange(periods)
    treated = period >= starts[:, None]
    exposure = np.where(treated, period - np.where(np.isfinite(starts), starts, 0)[:, None] + 1, 0)
    effect = 0.5 * exposure if growing else 1.0 * treated
    own = normals(draw, "own", size)[:, None]
    drift = 0.2 * trait[:, None] * period + diverging * np.isfinite(starts)[:, None] * period
    outcomes = own + drift + effect + normals(draw, "noise", size * periods).reshape(size, periods)
    return Panel(outcomes, starts, trait[:, None])


def series(
    draw: int,
    months: int = 120,
    start: int = 80,
    dependence: float = 0.3,
    effect: float = 1.0,
    shock: float = 0.0,
) -> Floats:
    """A monthly series with a trend, each month hanging on the last.

    A shock is another event at the same time.
    """
    noise = normals(draw, "months", months)
    noise[0] /= np.sqrt(1 - dependence**2)
    for month in range(1, months):
        noise[month] += dependence * noise[month - 1]
    month = np.arange(months)
    return 50 + 0.05 * month + noise + (effect + shock) * (month >= start)


def ages(draw: int, effect: float = 0.4, size: int = 1000) -> Clients:
    """Clients from 18 to 42; those under 30 are offered the programme; the outcome bends with age.

    `covariates` is age.
    """
    age = 18 + 24 * uniforms(draw, "ages", size)
    outcome = np.sin(age / 4) + 0.5 * normals(draw, "client", size) + effect * (age < 30)
    return Clients(outcome, (age < 30).astype(float), age[:, None], np.arange(size))


def encouraged(draw: int, effect: float = 0.5, share: float = 0.4, size: int = 600) -> Clients:
    """Half are offered; some take part if offered; the readiest always do.

    `covariates` is the offer.
    """
    readiness = normals(draw, "readiness", size)
    offered = lot(draw, "offer", size, size // 2)
    rank = expit(1.7 * readiness + normals(draw, "luck", size))
    took = ((rank > 0.85) | ((rank > 0.85 - share) & (offered == 1))).astype(float)
    outcome = 0.8 * readiness + effect * took + 0.6 * normals(draw, "client", size)
    return Clients(outcome, took, offered[:, None], np.arange(size))


def regions(draw: int, diverging: float = 0.0, effect: float = 0.5, number: int = 20) -> Clients:
    """Twenty regions before and after, ten with the programme; `covariates` is the period after.

    Regions have shocks of their own.
    """
    region, after = np.repeat(np.arange(number), 60), np.tile(np.repeat([0, 1], 30), number)
    treated = lot(draw, "regions", number, number // 2)[region]
    shock = (
        0.3 * normals(draw, "shocks", 2 * number)[2 * region + after]
        + 0.5 * normals(draw, "region", number)[region]
    )
    outcome = (
        0.4 * treated
        + 0.2 * after
        + shock
        + (effect + diverging) * treated * after
        + normals(draw, "client", len(region))
    )
    return Clients(outcome, treated, after[:, None].astype(float), region)
