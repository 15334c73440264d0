"""A caseworker chooses: worlds in which weighting and matching should work, and where they must fail."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, partial

import numpy as np
from scipy.special import expit, logit

from pilotsim.effects.effect import Effect
from pilotsim.effects.estimators.doubly_robust import (
    estimate_aipw,
    estimate_ipwra,
    estimate_regression,
)
from pilotsim.effects.estimators.entropy_balancing import estimate_entropy_balanced
from pilotsim.effects.estimators.matching import estimate_matched
from pilotsim.effects.estimators.propensity_matching import estimate_score_matched
from pilotsim.effects.estimators.propensity_weighting import estimate_ipw, estimate_overlap
from tests.recovery.judge import Case, Drawn, normal, uniform

CLIENTS = 800
CLUSTERS = 40


@dataclass(frozen=True)
class World:
    """Clients with three traits, chosen by them, with an effect that differs between them.

    `effect` is the mean effect on all; `gain` how it grows with readiness. `curve` bends the
    outcome, so that straight lines are wrong; `bend` bends the choice, so that a straight logit is
    wrong. `hidden` is what nobody records, and moves choice and outcome. `office` is how much
    clients of an office share, in outcome and, for other reasons, in being chosen.
    """

    effect: float = 1.0
    gain: float = 0.5
    curve: float = 0.0
    bend: float = 0.0
    hidden: float = 0.0
    office: float = 0.0
    clients: int = CLIENTS


@dataclass(frozen=True)
class Clients:
    outcome: np.ndarray
    treated: np.ndarray
    covariates: np.ndarray
    richer: np.ndarray
    offices: np.ndarray


def chance_of(
    world: World, ready: np.ndarray, young: np.ndarray, months: np.ndarray, hidden: np.ndarray
) -> np.ndarray:
    """Chance of being chosen."""
    return expit(
        -0.4
        + 0.7 * ready
        + 0.5 * young
        - 0.6 * months
        + world.bend * (ready**2 - 1.0)
        + world.hidden * hidden
    )


def draw_clients(world: World, draw: int) -> Clients:
    numbers, flat = (
        normal(draw, "traits", world.clients, 4),
        uniform(draw, "flat", world.clients, 3),
    )
    ready, rest, hidden = numbers[:, 0], numbers[:, 1], numbers[:, 2]
    young, months = (flat[:, 0] < 0.4).astype(float), flat[:, 1]
    offices = np.arange(world.clients) % CLUSTERS
    shared, lean = world.office * normal(draw, "offices", CLUSTERS, 2)[offices].T
    chance = expit(logit(chance_of(world, ready, young, months, hidden)) + 2.0 * lean)
    treated = (flat[:, 2] < chance).astype(float)
    without = (
        ready
        + 0.5 * young
        - months
        + world.curve * ready**2
        + world.hidden * hidden
        + shared
        + rest
    )
    outcome = without + treated * (world.effect + world.gain * ready)
    covariates = np.column_stack([ready, young, months])
    return Clients(outcome, treated, covariates, np.column_stack([covariates, ready**2]), offices)


@cache
def truth(world: World, target: str) -> float:
    """The mean effect over the target, by quadrature over the traits."""
    points, weights = np.polynomial.hermite_e.hermegauss(60)
    flat, flat_weights = np.polynomial.legendre.leggauss(20)
    ready, months, hidden = np.meshgrid(points, (flat + 1.0) / 2.0, points, indexing="ij")
    mass = weights[:, None, None] * flat_weights[None, :, None] * weights[None, None, :]
    total = value = 0.0
    for young, share in ((1.0, 0.4), (0.0, 0.6)):
        chance = chance_of(world, ready, np.full_like(ready, young), months, hidden)
        of = {"ATE": np.ones_like(chance), "ATT": chance, "ATO": chance * (1.0 - chance)}[target]
        total += share * (mass * of).sum()
        value += share * (mass * of * (world.effect + world.gain * ready)).sum()
    return float(value / total)


def as_drawn(effect: Effect) -> Drawn:
    return Drawn(effect.estimate, effect.error, effect.low, effect.high, effect.p)


def run(world: World, estimate, draw: int) -> Drawn:
    return as_drawn(estimate(draw_clients(world, draw)))


def case(name: str, world: World, target: str, estimate, claim: str = "unbiased") -> Case:
    return Case(name, partial(run, world, estimate), truth(world, target), claim)


def usual(function, **options):
    """An estimator on the clients' outcome, treatment and covariates."""

    def estimate(clients: Clients) -> Effect:
        return function(clients.outcome, clients.treated, clients.covariates, **options)

    return estimate


PLAIN, NOTHING = World(), World(effect=0.0, gain=0.0)
CURVED, BENT = World(curve=0.5), World(bend=0.25)
CURVED_AND_BENT, HIDDEN = World(curve=0.5, bend=0.25), World(hidden=0.7)
OFFICES, IDLE_OFFICES = World(office=0.5), World(effect=0.0, gain=0.0, office=0.5)

ESTIMATORS = (
    ("difference of weighted means, ATE", "ATE", usual(estimate_ipw)),
    ("difference of weighted means, ATT", "ATT", usual(estimate_ipw, target="ATT")),
    ("overlap weights, ATO", "ATO", usual(estimate_overlap)),
    ("regression adjustment, ATE", "ATE", usual(estimate_regression)),
    ("regression adjustment, ATT", "ATT", usual(estimate_regression, target="ATT")),
    ("weighted regression, ATE", "ATE", usual(estimate_ipwra)),
    ("weighted regression, ATT", "ATT", usual(estimate_ipwra, target="ATT")),
    ("augmented weighting, ATE", "ATE", usual(estimate_aipw)),
    ("augmented weighting, ATT", "ATT", usual(estimate_aipw, target="ATT")),
    ("entropy balancing, ATT", "ATT", usual(estimate_entropy_balanced)),
    ("matching with correction, ATE", "ATE", usual(estimate_matched, target="ATE")),
    ("matching with correction, ATT", "ATT", usual(estimate_matched)),
    ("four matches with correction, ATT", "ATT", usual(estimate_matched, matches=4)),
    ("matching on the score, ATE", "ATE", usual(estimate_score_matched, target="ATE")),
    ("matching on the score, ATT", "ATT", usual(estimate_score_matched)),
)


def aipw_richer_outcome(clients: Clients) -> Effect:
    """Right outcome models, a straight logit."""
    return estimate_aipw(
        clients.outcome, clients.treated, clients.richer, treatment_covariates=clients.covariates
    )


def aipw_richer_chance(clients: Clients) -> Effect:
    """Straight outcome models, the right logit."""
    return estimate_aipw(
        clients.outcome, clients.treated, clients.covariates, treatment_covariates=clients.richer
    )


def by_office(function, **options):
    def estimate(clients: Clients) -> Effect:
        return function(
            clients.outcome,
            clients.treated,
            clients.covariates,
            clusters=clients.offices,
            **options,
        )

    return estimate


SHOULD_WORK = (
    *(case(name, PLAIN, target, estimate) for name, target, estimate in ESTIMATORS),
    case(
        "augmented weighting, chance wrong, outcome right",
        CURVED_AND_BENT,
        "ATE",
        aipw_richer_outcome,
    ),
    case(
        "augmented weighting, chance right, outcome wrong",
        CURVED_AND_BENT,
        "ATE",
        aipw_richer_chance,
    ),
    case("augmented weighting by office, clustered", OFFICES, "ATE", by_office(estimate_aipw)),
    case(
        "entropy balancing, outcome bent, odds log-linear",
        CURVED,
        "ATT",
        usual(estimate_entropy_balanced),
    ),
    case(
        "entropy balancing, choice bent, outcome straight",
        BENT,
        "ATT",
        usual(estimate_entropy_balanced),
    ),
)
NO_EFFECT = (
    *(
        case(f"{name}: no effect", NOTHING, target, estimate, "size")
        for name, target, estimate in ESTIMATORS
    ),
    case(
        "augmented weighting by office, clustered: no effect",
        IDLE_OFFICES,
        "ATE",
        by_office(estimate_aipw),
        "size",
    ),
)
SHOULD_FAIL = (
    case("weights, creaming on the unobserved", HIDDEN, "ATE", usual(estimate_ipw), "biased"),
    case(
        "augmented weighting, creaming on the unobserved",
        HIDDEN,
        "ATE",
        usual(estimate_aipw),
        "biased",
    ),
    case(
        "entropy balancing, creaming on the unobserved",
        HIDDEN,
        "ATT",
        usual(estimate_entropy_balanced),
        "biased",
    ),
    case("matching, creaming on the unobserved", HIDDEN, "ATT", usual(estimate_matched), "biased"),
    case(
        "regression adjustment, outcome bent",
        CURVED_AND_BENT,
        "ATE",
        usual(estimate_regression),
        "biased",
    ),
    case(
        "augmented weighting, both models wrong",
        CURVED_AND_BENT,
        "ATE",
        usual(estimate_aipw),
        "biased",
    ),
    case(
        "augmented weighting by office, not clustered",
        IDLE_OFFICES,
        "ATE",
        usual(estimate_aipw),
        "oversized",
    ),
    case(
        "effect on the treated taken for that on all",
        PLAIN,
        "ATE",
        usual(estimate_ipw, target="ATT"),
        "biased",
    ),
)

# No claim is made of these: a model of the choice that is a little wrong, and what few clients do
# to intervals.
WRONG_LINK = (
    case(
        "probit weights, ATE, where the choice is logistic",
        PLAIN,
        "ATE",
        usual(estimate_ipw, link="probit"),
        "shown",
    ),
    case("the same: no effect", NOTHING, "ATE", usual(estimate_ipw, link="probit"), "shown"),
)
FEW = World(clients=155)
SMALL = tuple(
    case(f"{name}: 155 clients", FEW, target, estimate, "shown")
    for name, target, estimate in ESTIMATORS
    if target != "ATE" and "four" not in name
)
