"""Learned lengths on the register's own curves: cut off at both ends, and what must lie outside."""

from __future__ import annotations

import numpy as np
import pytest

from pilotsim.learning.learned import LearnedPart, LearnedValue
from pilotsim.learning.length_curves import LEAST_IN_VIEW, _curve
from pilotsim.learning.lengths import SeenLengths


def part(mean: float) -> LearnedPart:
    value = LearnedValue("stages.talk.lasts.exponential.mean", "duration", mean, mean, mean)
    return LearnedPart(
        "l", "length", "talk", (value,), np.zeros((1, 1)), 1, 0, 0, family="exponential"
    )


def stays(count: int, *, knows_late: bool = True) -> SeenLengths:
    """Exponential stays of 100 days on average, in view from a day of theirs to 300 days later."""
    draw = np.random.default_rng(5)
    length = draw.exponential(100.0, count)
    late = np.where(draw.uniform(size=count) < 0.5, draw.uniform(0.0, 150.0, count), 0.0)
    shown = length > late
    until = np.minimum(length, late + draw.uniform(50.0, 300.0, count))[shown]
    late = late[shown]
    return SeenLengths(until, until == length[shown], late if knows_late else 0.0 * late)


def within(curve) -> float:
    """At which share of its points the learned share lies in the interval of the seen."""
    known = np.isfinite(curve.low)
    inside = (curve.learned >= curve.low) & (curve.learned <= curve.high)
    return float(inside[known].mean())


def test_the_true_length_lies_within_and_another_does_not():
    """The interval holds point by point: a curve through 80 points may leave it in some."""
    seen = stays(1_500)
    true, other = _curve(part(100.0), seen), _curve(part(125.0), seen)
    assert within(true) > 0.9
    assert within(other) < 0.5
    assert true.days[0] == 0.0
    assert true.seen[0] == 1.0
    assert true.gap < 0.05 < other.gap


def test_who_takes_late_stays_for_early_ones_sees_another_curve():
    """The control: stays that began before are met more often where they are long."""
    naive = _curve(part(100.0), stays(1_500, knows_late=False))
    assert within(naive) < 0.5


def test_a_curve_ends_where_few_are_in_view_and_begins_where_the_first_come():
    seen = stays(60)
    curve = _curve(part(100.0), seen)
    in_view = (seen.seen_from <= curve.days[-1]) & (seen.length >= curve.days[-1])
    assert in_view.sum() >= LEAST_IN_VIEW
    # All seen from the 40th day on: what was before nobody saw, and the learned share holds there.
    late = SeenLengths(40.0 + seen.length, seen.has_ended, np.full(len(seen.length), 40.0))
    own = _curve(part(100.0), late)
    assert own.days[0] == 40.0
    assert own.seen[0] == pytest.approx(np.exp(-0.4))


def test_of_too_few_stays_there_is_no_curve():
    assert _curve(part(100.0), stays(4)) is None
