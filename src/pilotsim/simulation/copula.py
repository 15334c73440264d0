"""How what clients differ in goes together, by a Gaussian copula: one definition for both engines.

Of two numbers that are drawn for a client each has a place, the standard normal number of its
rank. Those of two that are correlated are normal together; what each is by itself stays as it is.
"""

from __future__ import annotations

from pilotsim.base.elementary import normal_probability, sine_of_half_turns, square_root

# No uniform number is closer to 0 or 1.
CLOSEST = 2.0**-53


def correlation_of_places(rank: float) -> float:
    """Return the correlation of places that gives a rank correlation (Spearman's).

    ``2 sin(pi rank / 6)`` (Pearson, On further methods of determining correlation, 1907).

    Parameters
    ----------
    rank : float
        From -1 to 1.
    """
    if rank < 0.0:
        return -2.0 * sine_of_half_turns(-rank / 6.0)
    return 2.0 * sine_of_half_turns(rank / 6.0)


def part_of_its_own(correlation: float) -> float:
    """Return what a place of its own counts beside that of another with some correlation."""
    return square_root(max(0.0, 1.0 - correlation * correlation))


def as_uniform(place: float) -> float:
    """Return the uniform number of a place."""
    return min(max(normal_probability(place), CLOSEST), 1.0 - CLOSEST)
