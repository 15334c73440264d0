"""Every estimator finds the true effect where it should, and is seen to miss it where it must.

Each case may raise a false alarm once in 10,000 for its bias and once for its coverage
(`judge.Recovery`). The cases that must fail are the controls: the same criterion has to find them
out. 2,000 draws each: `make verify`.
"""

from __future__ import annotations

import numpy as np
import pytest

from pilotsim.effects.estimators.group_means import average_by_lag
from pilotsim.effects.estimators.group_time import estimate_group_time
from pilotsim.effects.estimators.two_way import decompose_two_way
from pilotsim.effects.inference.multiple_testing import (
    adjust_holm,
    adjust_romano_wolf,
    wild_null,
    wild_statistics,
)
from tests.recovery.cases import CASES, study
from tests.recovery.worlds import normals, staggered

DRAWS = 250


@pytest.mark.parametrize(
    "case", [case for case in CASES if case.holds], ids=lambda case: f"{case.name}: {case.world}"
)
def test_recovers_the_effect(case):
    found = study(case, DRAWS)
    assert found.holds(), str(found)
    assert found.failed == 0


@pytest.mark.parametrize(
    "case",
    [case for case in CASES if not case.holds],
    ids=lambda case: f"{case.name}: {case.world}",
)
def test_is_seen_to_fail_where_it_must(case):
    found = study(case, DRAWS)
    assert not found.holds(), str(found)


def test_two_way_fixed_effects_are_wrong_when_effects_grow_and_the_event_study_is_not():
    """Half a point for each period: the two-way estimate counts growth among the early as trend for the late."""
    panels = [staggered(draw, growing=True) for draw in range(60)]
    panels = [(p.outcomes[np.isfinite(p.starts)], p.starts[np.isfinite(p.starts)]) for p in panels]
    two_way = np.array([decompose_two_way(*panel).estimate for panel in panels])
    forbidden = decompose_two_way(*panels[0]).forbidden
    # Mean true effect over treated cells: periods treated are 1 to 5 and 1 to 3.
    groups = [np.sum(panels[0][1] == start) for start in (3.0, 5.0)]
    true = 0.5 * (groups[0] * 15 + groups[1] * 6) / (groups[0] * 5 + groups[1] * 3)
    assert forbidden > 0.3
    assert two_way.mean() < true - 10 * two_way.std() / np.sqrt(60)
    full = [staggered(draw, growing=True) for draw in range(60)]
    third = np.array(
        [
            average_by_lag(
                estimate_group_time(p.outcomes, p.starts, covariates=p.covariates), draws=10
            )
            .effects[6]
            .estimate
            for p in full
        ]
    )
    assert abs(third.mean() - 1.5) < 3.9 * third.std() / np.sqrt(60)


def test_uniform_band_holds_the_whole_path_and_single_intervals_do_not():
    """95 % of paths: at 250 draws between 224 and 250 of them (false alarm 1 in 10,000).

    Single intervals: fewer.
    """
    inside, single = 0, 0
    for draw in range(DRAWS):
        p = staggered(draw)
        path = average_by_lag(
            estimate_group_time(p.outcomes, p.starts, covariates=p.covariates, method="outcome"),
            draws=199,
            seed=draw,
        )
        true = [1.0 if lag >= 0 else 0.0 for lag in path.at]
        inside += all(
            low <= t <= high for low, t, high in zip(path.low, true, path.high, strict=True)
        )
        single += all(
            effect.low <= t <= effect.high for effect, t in zip(path.effects, true, strict=True)
        )
    assert inside >= 224
    assert single < 224


def test_several_outcomes_without_an_effect_seldom_give_one():
    """Ten outcomes that go together: some p below 5 % in at most 5 % of draws.

    Unadjusted in far more.
    """
    clients = 80
    treated = (np.arange(clients) % 2).astype(float)
    design = np.column_stack([np.ones(clients), treated])
    found = {"holm": 0, "romano_wolf": 0, "unadjusted": 0}
    for draw in range(DRAWS):
        shared = normals(draw, "shared", clients)[:, None]
        outcomes = shared + normals(draw, "own", clients * 10).reshape(clients, 10)
        observed = wild_statistics(outcomes, design, np.arange(clients), 1)
        null = wild_null(outcomes, design, np.arange(clients), 1, draws=199, seed=draw)
        single = (1 + np.sum(np.abs(null) >= np.abs(observed), axis=0)) / (1 + len(null))
        found["unadjusted"] += bool(np.any(single <= 0.05))
        found["holm"] += bool(np.any(adjust_holm(single) <= 0.05))
        found["romano_wolf"] += bool(np.any(adjust_romano_wolf(observed, null) <= 0.05))
    # 5 % of 250: 12.5; more than 28 of them less than once in 10,000.
    assert found["holm"] <= 28
    assert found["romano_wolf"] <= 28
    assert found["holm"] <= found["romano_wolf"]
    assert found["unadjusted"] > 28
