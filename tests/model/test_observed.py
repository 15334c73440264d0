"""Tables made of stays: their mean, their spread and their masses are those of the stays."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilotsim.files.reading import read_flow
from pilotsim.model.distributions import Duration, read_duration
from pilotsim.model.distributions.duration import name_of_share
from pilotsim.model.distributions.observed import JOIN, MOST_STEPS, WIDEST_STEP, quantiles_of
from pilotsim.simulation.engines import run_replication
from pilotsim.simulation.resolved import resolve_flow
from tests.small_flows import ENGINES, plan_of, small_flow
from tests.statistics import SEED, Comparison, compare

STAYS = st.one_of(
    st.lists(st.floats(0, 36_000), min_size=2, max_size=400),
    st.lists(st.integers(0, 700).map(float), min_size=2, max_size=1500),
    st.lists(st.integers(0, 3).map(float), min_size=2, max_size=40),
)
DRAW = np.random.default_rng(SEED)
# From even to a tail so heavy that the longest of the stays make most of the mean.
KINDS = {
    "even": DRAW.uniform(0, 100, 3000),
    "exponential": DRAW.exponential(40, 3000),
    "lognormal, cv 22": np.exp(2.5 * DRAW.standard_normal(50_000)),
    "Pareto, without a variance": 1 + DRAW.pareto(1.2, 20_000),
    "whole days": np.round(DRAW.gamma(1, 90, 3000)),
    "two humps": np.concatenate([DRAW.normal(30, 1, 500), DRAW.normal(300, 20, 800)]),
    "many of exactly 90": np.where(DRAW.random(3000) < 0.3, 90, DRAW.exponential(60, 3000)),
    "one beyond all": np.append(DRAW.uniform(0, 10, 500), 30_000.0),
}


def moments(points: list[tuple[float, float]]) -> tuple[float, float]:
    """Mean and standard deviation of a table, by the integral over each of its lines."""
    shares, lengths = np.array(points).T
    below, above, width = lengths[:-1], lengths[1:], np.diff(shares)
    mean = float(np.sum(width * (below + above) / 2))
    low, high = below - mean, above - mean
    return mean, float(np.sqrt(np.sum(width * (low * low + low * high + high * high) / 3)))


def table_of(points: list[tuple[float, float]]) -> Duration:
    return read_duration(
        {"quantiles": {name_of_share(share): f"{length!r} days" for share, length in points}}
    )


def share_within(points: list[tuple[float, float]], low: float, high: float) -> float:
    """How much of a table lies from one length to another, on its level lines."""
    return sum(
        after[0] - before[0]
        for before, after in pairwise(points)
        if low <= before[1] and after[1] <= high
    )


@given(STAYS)
def test_the_mean_is_that_of_the_stays(stays: list[float]):
    points = quantiles_of(stays)
    mean, spread = moments(points)
    assert mean == pytest.approx(np.mean(stays), rel=1e-12, abs=1e-9)
    # Never more, but for what the joints and the last digits add.
    assert spread <= np.std(stays) * (1 + 1e-7) + 1e-6


@given(STAYS)
def test_a_table_rises_from_the_shortest_to_the_longest_of_few_points(stays: list[float]):
    points = quantiles_of(stays)
    shares, lengths = np.array(points).T
    assert len(points) <= 2 * MOST_STEPS
    assert (shares[0], shares[-1]) == (0, 1)
    assert (np.diff(shares) > 0).all()
    assert (np.diff(lengths) >= 0).all()
    assert min(stays) <= lengths[0]
    assert lengths[-1] <= max(stays)


@given(STAYS)
def test_as_a_flow_writes_it_the_mean_is_the_same(stays: list[float]):
    length = table_of(quantiles_of(stays))
    points = [
        (share, value.number)
        for share, value in zip(length.probabilities, length.parameters, strict=True)
    ]
    assert moments(points)[0] == pytest.approx(np.mean(stays), rel=1e-9, abs=1e-7)


@given(st.lists(st.integers(0, 90).map(float), min_size=2, max_size=300))
def test_of_few_lengths_each_keeps_its_mass(stays: list[float]):
    points = quantiles_of(stays)
    for length, count in zip(*np.unique(stays, return_counts=True), strict=True):
        kept = share_within(points, length, length)
        assert kept == pytest.approx(count / len(stays), abs=3 * JOIN)


@pytest.mark.parametrize("kind", KINDS)
def test_the_spread_is_shaved_by_less_than_a_thousandth(kind: str):
    stays = KINDS[kind]
    mean, spread = moments(quantiles_of(stays.tolist()))
    assert mean == pytest.approx(stays.mean(), rel=1e-12)
    assert -1e-3 < spread / stays.std() - 1 < 1e-9


def test_points_evenly_over_the_stays_would_shave_a_tail():
    """The control: as many points at even shares lose a fifth of the spread and more."""
    stays = np.sort(KINDS["lognormal, cv 22"])
    shares = np.linspace(0, 1, 2 * MOST_STEPS)
    points = list(zip(shares.tolist(), np.quantile(stays, shares).tolist(), strict=True))
    mean, spread = moments(points)
    assert abs(mean / stays.mean() - 1) > 0.1
    assert abs(spread / stays.std() - 1) > 0.2


@pytest.mark.parametrize("kind", KINDS)
def test_no_share_is_far_from_that_of_the_stays(kind: str):
    stays = np.sort(KINDS[kind])
    shares, lengths = np.array(quantiles_of(stays.tolist())).T
    places = (np.arange(len(stays)) + 0.5) / len(stays)
    drawn = np.sort(np.interp(places, shares, lengths))
    theirs, ours = (np.searchsorted(one, stays, side="right") for one in (stays, drawn))
    assert np.abs(theirs - ours).max() / len(stays) < WIDEST_STEP


def test_many_that_are_equal_stay_so():
    stays = KINDS["many of exactly 90"]
    share = float((stays == 90).mean())
    assert share_within(quantiles_of(stays.tolist()), 90, 90) == pytest.approx(share, abs=1e-8)


def flow_with(folder: Path, stays: np.ndarray) -> Path:
    """A flow whose clients come, stay as long as some have stayed, and leave."""
    (folder / "stays.csv").write_text(
        "days\n" + "".join(f"{one!r}\n" for one in stays.tolist()), encoding="utf-8"
    )
    named = {"file": "stays.csv", "column": "days", "unit": "days", "assumption": "As seen"}
    flow = small_flow(
        lasts="50 years",
        groups={"g": {"stock": 4000, "starts_in": "s"}},
        stages={
            "s": {"lasts": {"lengths_from": named}, "next": {"t": "100 %"}},
            "t": {"counts_as": "work"},
        },
    )
    file = folder / "flow.yaml"
    file.write_text(json.dumps(flow), encoding="utf-8")
    return file


def simulated(folder: Path, stays: np.ndarray) -> np.ndarray:
    plan = resolve_flow(read_flow(flow_with(folder, stays)))
    journeys = run_replication(plan, SEED, 0, engine=ENGINES[0])
    there = journeys.stage == 0
    return (journeys.finished - journeys.started)[there]


def held_against(lengths: np.ndarray, stays: np.ndarray) -> Comparison:
    """Mean and mean square of simulated lengths beside those of stays."""
    about = lengths - stays.mean()
    return compare(
        np.column_stack([lengths, about**2]),
        {"mean": float(stays.mean()), "variance": float(stays.var())},
    )


def test_what_is_simulated_has_mean_and_spread_of_the_stays(tmp_path):
    """A false alarm once in 10,000; stays twice as long are found out, and so is half the spread."""
    stays = np.round(KINDS["exponential"], 2)
    lengths = simulated(tmp_path, stays)
    assert len(lengths) == 4000
    assert held_against(lengths, stays).agrees, held_against(lengths, stays)
    assert not held_against(lengths, 1.1 * stays).agrees
    assert not held_against(lengths, stays.mean() + 0.8 * (stays - stays.mean())).agrees


def test_both_engines_draw_the_same_to_the_bit(tmp_path):
    flow = read_flow(flow_with(tmp_path, np.round(KINDS["exponential"][:700], 3)))
    plan = resolve_flow(flow)
    one, *others = [run_replication(plan, SEED, 0, engine=engine) for engine in ENGINES]
    for other in others:
        for mine, theirs in zip(one.arrays(), other.arrays(), strict=False):
            np.testing.assert_array_equal(mine, theirs)


def test_two_shares_that_are_told_alike_are_refused():
    raw = {"0 %": "1 day", "50 %": "2 days", "50.00000000000001 %": "3 days", "100 %": "4 days"}
    with pytest.raises(ValueError, match="a share stands twice"):
        read_duration({"quantiles": raw})


def test_shares_with_many_digits_have_names_of_their_own():
    raw = {"0 %": "1 day", "33.3333331 %": "2 days", "33.3333332 %": "3 days", "100 %": "4 days"}
    paths = [path for path, _ in read_duration({"quantiles": raw}).named_parts()]
    assert paths[1:3] == ["quantiles.33.3333331 %", "quantiles.33.3333332 %"]
    stages = {"s": {"lasts": {"quantiles": raw}, "next": {"t": "100 %"}}, "t": {}}
    length = plan_of(small_flow(groups={"g": {"starts_in": "s"}}, stages=stages)).stages[0].lasts
    assert length is not None
    assert length.numbers == (1, 2, 3, 4)
