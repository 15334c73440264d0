"""Compiled code draws and works out the numbers of a run as `simulation.parameters` does, to the bit."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilotsim.base.errors import RequestError
from pilotsim.base.mixture import Mixture, MixturePart, mixture_quantile
from pilotsim.files.reading import read_flow, read_text
from pilotsim.simulation.engines import KERNEL, PROCESS, numbers_of_replications
from pilotsim.simulation.engines.compiled.drawing import compiled_numbers_of
from pilotsim.simulation.engines.compiled.jit import entry, shared
from pilotsim.simulation.number_columns import can_be_compiled, compile_numbers
from pilotsim.simulation.parameters import draw_rows_of_numbers

CONFIGS = Path(__file__).parents[2] / "configs"
FILES = sorted([*CONFIGS.glob("*.yaml"), *(CONFIGS / "programmes").glob("*.yaml")])
# Twenty in a row share their rows that are drawn together; the last lies far off.
REPLICATIONS = [*range(45), 2**40]
SEED = 20150101
TEXT = """
flow: small
title: Small
starts: 2015-01-01
lasts: 12 months
shared:
  strength: {value: 1, label: Strength, assumption: A guess, low: 0, high: 2}
  size: {value: 1.3, label: Size, assumption: A guess, low: 1, high: 2, shape: uniform}
  whole: {value: 7, label: Whole, assumption: A guess, low: 3, high: 12}
groups:
  g: {stock: {value: 100, scaled_by: size, source: A register}, starts_in: on}
  h: {stock: {sum: groups.g.stock * 10 % - -shared.whole, assumption: A tenth}, starts_in: on}
risks: {leave: {to: away, rate: 3.573 % per month}}
stages:
  on: {risks: {leave: {value: 1.5, low: 1.2, high: 2, raised_to: strength, assumption: A guess}}}
  away: {}
targets:
  few: {says: Few, measure: {count: {in_stage: on, at: end}}, at_most: {sum: groups.h.stock / shared.size, assumption: So}}
"""


def small():
    return read_text(TEXT)


def bits(numbers):
    return np.asarray(numbers, np.float64).view(np.uint64)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
@pytest.mark.parametrize("fixed", [False, True])
def test_every_flow_has_the_same_numbers(file, fixed):
    flow = read_flow(file)
    assert can_be_compiled(flow)
    readable, fast = (
        numbers_of_replications(flow, SEED, REPLICATIONS, fixed=fixed, engine=engine)
        for engine in (PROCESS, KERNEL)
    )
    assert np.isfinite(readable).all()
    np.testing.assert_array_equal(bits(fast), bits(readable))


@pytest.mark.parametrize("seed", [0, 1, 2**64 - 1])
def test_what_is_set_for_a_run_stays_and_moves_what_follows(seed):
    flow = small()
    slots = {path: value.slot for path, value in flow.values.items()}
    chosen = {slots["shared.strength"]: 0.0, slots["groups.h.stock"]: 41.0}
    each = np.where(np.arange(len(REPLICATIONS)) % 2 == 0, math.nan, 1.7)
    readable, fast = (
        numbers_of_replications(
            flow,
            seed,
            REPLICATIONS,
            numbers=chosen,
            own={slots["shared.size"]: each},
            engine=engine,
        )
        for engine in (PROCESS, KERNEL)
    )
    np.testing.assert_array_equal(bits(fast), bits(readable))
    assert (fast[:, slots["stages.on.risks.leave"]] == 1.0).all()
    assert (fast[1::2, slots["groups.g.stock"]] == 170.0).all()
    assert (fast[:, slots["groups.h.stock"]] == 41.0).all()
    assert (fast[1::2, slots["targets.few.at_most"]] == 41.0 / 1.7).all()


def test_a_drawn_row_is_of_its_own_seed_and_replication():
    flow = read_flow(CONFIGS / "alna_aktiv.yaml")
    fast = compiled_numbers_of(flow)
    rows = fast.draw(SEED, REPLICATIONS)
    np.testing.assert_array_equal(bits(fast.draw(SEED, [7])[0]), bits(rows[7]))
    assert not np.array_equal(bits(fast.draw(SEED + 1, [7])[0]), bits(rows[7]))
    np.testing.assert_array_equal(bits(rows), bits(draw_rows_of_numbers(flow, SEED, REPLICATIONS)))


@pytest.mark.parametrize(
    ("path", "number", "said"),
    [("shared.size", 0.0, "'shared.size' is 0"), ("shared.whole", -1000.0, "groups.h.stock")],
)
@pytest.mark.parametrize("engine", [PROCESS, KERNEL])
def test_a_sum_that_comes_to_what_it_cannot_be_is_refused_in_the_same_words(
    path, number, said, engine
):
    flow = small()
    chosen = {flow.values[path].slot: number}
    with pytest.raises(RequestError, match=said):
        numbers_of_replications(flow, SEED, [0, 1], numbers=chosen, engine=engine)


def test_an_inflow_that_holds_a_stock_steady_is_left_to_the_readable_numbers():
    text = TEXT.replace(
        "starts_in: on}\nrisks",
        "starts_in: on, arrivals: {steady: {state: assistance}, assumption: So}}\nrisks",
    )
    flow = read_text(text.replace("on: {risks", "on: {counts_as: assistance, risks"))
    assert compiled_numbers_of(flow) is None
    with pytest.raises(TypeError, match=r"groups\.h\.arrivals"):
        compile_numbers(flow)
    numbers = numbers_of_replications(flow, SEED, [0, 1], engine=KERNEL)
    np.testing.assert_array_equal(
        bits(numbers), bits(numbers_of_replications(flow, SEED, [0, 1], engine=PROCESS))
    )


shared(mixture_quantile)


@entry
def quantile(weights, means, sds, last, u):
    return mixture_quantile(weights, means, sds, 0, last, u)


@given(
    st.lists(
        st.tuples(st.floats(0.01, 1.0), st.floats(-5.0, 5.0), st.floats(0.0, 3.0)),
        min_size=1,
        max_size=5,
    ),
    st.floats(1e-9, 1 - 1e-9),
)
def test_a_mixture_is_drawn_alike_by_plain_and_compiled_code(parts, u):
    mixture = Mixture(tuple(MixturePart(*part) for part in parts))
    columns = [np.array(column) for column in zip(*parts, strict=True)]
    found = quantile(*columns, len(parts), u)
    assert found == mixture.quantile(u)
    # The quantile is where the probability passes u, to the last steps of halving.
    step = 1e-9 * max(1.0, abs(found))
    assert mixture.below(found - step) <= u + 1e-12
    assert mixture.below(found + step) >= u - 1e-12
