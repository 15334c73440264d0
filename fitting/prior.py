"""What is taken for likely before the figures are looked at: wide, and each on a scale of its own.

Speeds and factors are lognormal, shares logit-normal. The speeds out are told as a speed in all
and what shares of it go which way, since the figures say much of the first and little of the rest.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import expit, logit

from fitting.chain import Floats, Turnover, changed


@dataclass(frozen=True)
class Prior:
    """A normal prior on the scale on which the sampler moves.

    Attributes
    ----------
    middle : float
        The median, in the unit itself.
    sd : float
        The standard deviation of its logarithm, or of its log odds where it is a share.
    share : bool
        Whether it is a share.
    says : str
        What it is, and why about there.
    """

    middle: float
    sd: float
    share: bool
    says: str


PRIORS = {
    "exits": Prior(0.12, 0.7, False, "long kind: leaves assistance a month, in all"),
    "short_times": Prior(7.0, 0.7, False, "short kind: times as fast"),
    "short_new": Prior(0.8, 1.5, True, "short kind among those who come"),
    "pause": Prior(0.5, 1.0, True, "share of exits that are short pauses"),
    "returns": Prior(1.0, 0.5, False, "back from a pause a month: a pause is short"),
    "work": Prior(0.4, 0.7, True, "share of the other exits that lead to work"),
    "benefit": Prior(0.25, 0.8, True, "share of what then remains that leads to another benefit"),
    "comes_back": Prior(0.10, 0.8, False, "back from what nobody knows a month"),
    "stays_away": Prior(0.05, 1.0, False, "turned from that into gone for good a month"),
    "job_loss": Prior(0.12, 0.7, False, "new job lost a month"),
    "settles": Prior(0.10, 0.7, False, "new job turned lasting a month"),
    "lasting_loss": Prior(0.006, 0.6, False, "lasting job lost a month: 7 % a year"),
    "benefit_ends": Prior(0.004, 0.6, False, "another benefit ended a month: 5 % a year"),
    "oslo_speed": Prior(1.0, 0.3, False, "Oslo: times as fast out as in the country"),
    "oslo_short": Prior(1.0, 0.7, False, "Oslo: times the odds of the short kind among new"),
}
NAMES = tuple(PRIORS)
MIDDLE = np.array([logit(p.middle) if p.share else np.log(p.middle) for p in PRIORS.values()])
SD = np.array([p.sd for p in PRIORS.values()])
SHARES = np.array([p.share for p in PRIORS.values()])


def log_prior(z: Floats) -> Floats:
    """Return the log density of positions, shape (draws, parameters), up to a constant."""
    return -0.5 * (((z - MIDDLE) / SD) ** 2).sum(axis=1)


def natural(z: Floats) -> dict[str, Floats]:
    """Return the parameters in their own units, by name, each of shape (draws,)."""
    both = np.where(SHARES, expit(z), np.exp(np.where(SHARES, 0.0, z)))
    return dict(zip(NAMES, both.T, strict=True))


def norway(z: Floats) -> Turnover:
    """Return the turnover of the whole country."""
    p = natural(z)
    other = p["exits"] * (1 - p["pause"])
    no_work = other * (1 - p["work"])
    return Turnover(
        pauses=p["exits"] * p["pause"],
        job=other * p["work"],
        benefit=no_work * p["benefit"],
        leaves=no_work * (1 - p["benefit"]),
        **{
            name: p[name]
            for name in (
                "short_times",
                "short_new",
                "returns",
                "comes_back",
                "stays_away",
                "job_loss",
                "settles",
                "lasting_loss",
                "benefit_ends",
            )
        },
    )


def oslo(z: Floats) -> Turnover:
    """Return Oslo's turnover: slower or faster, and other shares of the kinds."""
    p = natural(z)
    short_new = expit(logit(p["short_new"]) + np.log(p["oslo_short"]))
    return changed(norway(z), speed=p["oslo_speed"], short_new=short_new)
