"""With few clusters and no effect: recommended inferences find one in 5 % of draws, the others are found out.

Tolerance: exact binomial, a false alarm once in 10,000 for each. All 13 inferences with 2,000
draws: `make verify`, whose table is `reports/evaluation/inference.md`.
"""

from __future__ import annotations

from functools import cache

import pytest

from pilotsim.effects.checks.density import measure_jump
from tests.recovery.inference import EVEN, INFERENCES, LAYOUTS, UNEVEN, Rate, rates
from tests.recovery.worlds import Layout, uniforms

DRAWS = 300
NAMES = [inference.name for inference in INFERENCES]
RECOMMENDED = [
    (i, layout)
    for i in INFERENCES
    for layout in LAYOUTS
    if i.least is not None and layout.clusters >= i.least
]
# Which fail where, whatever the draws: the controls.
FAILING = [
    ("clients as if independent, HC2", EVEN[0]),
    ("clients as if independent, HC2", EVEN[2]),
    ("CR0, normal", EVEN[0]),
    ("CR1, normal (statsmodels without `use_t`)", EVEN[0]),
    ("CR1, normal (statsmodels without `use_t`)", UNEVEN[1]),
    ("CR1, t(clusters - 1)", UNEVEN[0]),
    ("CR2, normal", UNEVEN[0]),
]


@cache
def all_rates(layout: Layout) -> list[Rate]:
    return rates(layout, DRAWS)


def rate(name: str, layout: Layout) -> Rate:
    return all_rates(layout)[NAMES.index(name)]


@pytest.mark.parametrize(
    ("inference", "layout"), RECOMMENDED, ids=lambda value: getattr(value, "name", str(value))
)
def test_recommended_inference_is_wrong_one_time_in_twenty(inference, layout):
    found = rate(inference.name, layout)
    assert found.fits(), f"{100 * found.share:.1f} %"


@pytest.mark.parametrize(("name", "layout"), FAILING, ids=str)
def test_inference_that_is_wrong_too_often_is_found_out(name, layout):
    found = rate(name, layout)
    assert found.is_too_high(), f"{100 * found.share:.1f} %"


@pytest.mark.parametrize("layout", [EVEN[0], UNEVEN[0]], ids=str)
def test_resampling_with_six_clusters_does_not_err_but_sees_little(layout):
    for name in (
        "wild cluster bootstrap, null imposed",
        "randomisation, difference of cluster means",
        "randomisation, studentised",
    ):
        assert not rate(name, layout).is_too_high()
    assert rate("randomisation, studentised", layout).rejected == 0


def test_density_that_runs_on_is_doubted_one_time_in_twenty_and_sorting_is_seen():
    def rejections(moved: float) -> Rate:
        found = 0
        for draw in range(DRAWS):
            age = 18 + 24 * uniforms(draw, "ages", 1000) ** 1.2
            sorted_away = (age >= 30) & (age < 32) & (uniforms(draw, "moved", 1000) < moved)
            found += abs(measure_jump(age - 2.0 * sorted_away, 30.0).t) > 1.96
        return Rate(int(found), DRAWS)

    assert rejections(0.0).fits()
    assert rejections(0.5).is_too_high()
