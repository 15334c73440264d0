from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilotsim.base.randomness import (
    MASK,
    Draws,
    code,
    to_uniform,
    uniform,
    uniform_table,
    uniforms,
    words,
)
from pilotsim.files.reading import read_text
from pilotsim.simulation.parameters import draw_numbers

SMALLEST, LARGEST = 2.0**-53, 1 - 2.0**-53

# Known answers of Random123's kat_vectors for philox4x64 with ten rounds: counter, key, words. The
# second row is all ones, the third the digits of pi.
KNOWN_ANSWERS = [
    (
        (0, 0, 0, 0),
        (0, 0),
        (0x16554D9ECA36314C, 0xDB20FE9D672D0FDC, 0xD7E772CEE186176B, 0x7E68B68AEC7BA23B),
    ),
    (
        (MASK, MASK, MASK, MASK),
        (MASK, MASK),
        (0x87B092C3013FE90B, 0x438C3C67BE8D0224, 0x9CC7D7C69CD777B6, 0xA09CAEBF594F0BA0),
    ),
    (
        (0x243F6A8885A308D3, 0x13198A2E03707344, 0xA4093822299F31D0, 0x082EFA98EC4E6C89),
        (0x452821E638D01377, 0xBE5466CF34E90C6C),
        (0xA528F45403E61D95, 0x38C72DBD566E9788, 0xA5A1610E72FD18B5, 0x57BD43B5E52B7FE6),
    ),
]


@pytest.mark.parametrize(("counter", "key", "expected"), KNOWN_ANSWERS)
def test_words_are_those_published_with_the_generator(counter, key, expected):
    # `words` counts up once before its block, as numpy does.
    before = ((counter[0] - 1) & MASK, *counter[1:])
    assert words(key, before) == expected


@pytest.mark.parametrize("key", [(0, 0), (1, 0), (0, 1), (42, 7), (2**63, 2**63 - 1), (MASK, MASK)])
@pytest.mark.parametrize(
    "counter",
    [
        (0, 0, 0, 0),
        (1, 2, 3, 4),
        (0, MASK, MASK, MASK),
        (2**32 - 1, 2**32, 2**63, 5),
        (MASK - 1, 0, 0, 0),
    ],
)
def test_words_are_numpys(key, counter):
    numpys = np.random.Philox(
        key=np.array(key, np.uint64), counter=np.array(counter, np.uint64)
    ).random_raw(4)
    assert words(key, counter) == tuple(int(word) for word in numpys)


WORD = st.integers(0, MASK)
KEY = st.integers(0, 2**63)


@given(KEY, KEY, WORD, WORD, WORD, st.integers(0, 2**40))
def test_words_are_numpys_for_any_client(seed, replication, group, number, purpose, block):
    counter = (block, purpose, number, group)
    numpys = np.random.Philox(
        key=np.array([seed, replication], np.uint64), counter=np.array(counter, np.uint64)
    ).random_raw(4)
    assert words((seed, replication), counter) == tuple(int(word) for word in numpys)


def test_uniform_lies_strictly_between_0_and_1():
    # The 52 upper bits name a cell of width 2^-52; the number is its middle, which a double holds
    # exactly.
    assert to_uniform(0) == SMALLEST
    assert to_uniform(MASK) == LARGEST < 1.0
    assert to_uniform(1 << 63) == 0.5 + SMALLEST
    assert to_uniform((1 << 12) - 1) == SMALLEST


def test_index_counts_words_and_then_blocks():
    found = [uniform(1, 2, 3, 4, 5, index) for index in range(8)]
    expected = [to_uniform(word) for block in (0, 1) for word in words((1, 2), (block, 5, 4, 3))]
    assert found == expected


@given(
    KEY, KEY, st.lists(st.tuples(WORD, WORD), min_size=1, max_size=5), WORD, st.integers(0, 10**6)
)
def test_numbers_for_many_clients_are_those_of_each(seed, replication, clients, purpose, index):
    groups, numbers = (np.array(column, np.uint64) for column in zip(*clients, strict=True))
    each = [uniform(seed, replication, group, number, purpose, index) for group, number in clients]
    many = uniforms(seed, replication, groups, numbers, purpose, index >> 2)
    draws = Draws(seed, replication, groups, numbers)
    assert many.shape == (len(clients), 4)
    assert many[:, index & 3].tolist() == each
    assert [draws.of(client, purpose, index) for client in range(len(clients))] == each
    assert draws.block(purpose, index >> 2).tolist() == many.tolist()


def test_draws_do_not_depend_on_the_order_in_which_they_are_asked_for():
    groups, numbers = np.zeros(3, np.uint64), np.arange(3, dtype=np.uint64)
    forwards, backwards = Draws(1, 0, groups, numbers), Draws(1, 0, groups, numbers)
    asked = [
        (client, purpose, index) for client in range(3) for purpose in (7, 8) for index in (0, 5)
    ]
    first = {one: forwards.of(*one) for one in asked}
    second = {one: backwards.of(*one) for one in reversed(asked)}
    assert first == second
    assert len(set(first.values())) == len(asked)


def test_no_clients_have_no_numbers():
    none = np.zeros(0, np.uint64)
    assert uniforms(1, 0, none, none, 7, 0).shape == (0, 4)


def test_code_of_a_name_is_fixed():
    # blake2b with a digest of 8 bytes, the lowest byte first: stored results rely on it.
    found = {name: code(name) for name in ("", "arrival", "duration/mapping", "kartlegging/æøå")}
    assert found == {
        "": 0xB4B2797457A0A6E4,
        "arrival": 0x6E942E9965BA238F,
        "duration/mapping": 0x965571ED862F6FD4,
        "kartlegging/æøå": 0xAF0BC5AF8673F80C,
    }


def test_names_have_different_codes():
    names = [
        f"{what}/{stage}" for what in ("risk", "duration", "route", "order") for stage in range(500)
    ]
    assert len({code(name) for name in names}) == len(names)


def test_an_assumption_is_drawn_by_its_path_alone():
    """The draw is that of `uniform` with the path as purpose, whatever else has a range."""
    text = "{{flow: a, title: A, starts: 2015-01-01, lasts: 1 month, groups: {{g: {{starts_in: s, stock: {stock}}}}}, resources: {{r: {{units: {units}}}}}, stages: {{s: {{}}}}}}"
    ranged = "{value: 500000, low: 0, high: 1000000, shape: uniform, assumption: guess}"
    alone = read_text(text.format(stock=ranged, units=3))
    both = read_text(text.format(stock=ranged, units=ranged))
    u = uniform(9, 4, code("assumption"), 0, code("groups.g.stock"), 0)
    for flow in (alone, both):
        assert draw_numbers(flow, 9, 4)[flow.values["groups.g.stock"].slot] == int(1e6 * u + 0.5)


def test_a_table_of_resampling_holds_the_numbers_of_its_units():
    table = uniform_table(3, "wild", 7, 5, replication=2)
    expected = [
        [uniform(3, 2, code("resampling"), column, code("wild"), row) for column in range(5)]
        for row in range(7)
    ]
    assert table.tolist() == expected
    assert np.array_equal(uniform_table(3, "wild", 100, 9, replication=2)[:7, :5], table)
