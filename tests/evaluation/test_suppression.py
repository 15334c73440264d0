"""Small cells: suppressed, and so many others that none can be worked out."""

from __future__ import annotations

import itertools

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from pilotsim.evaluation.release.suppression import TableSum, bounds_of, suppress


def test_large_cells_are_shown():
    assert not suppress([10, 6, 4 + 5, 0], [TableSum(0, (1, 3))]).any()


def test_a_small_cell_takes_the_smallest_other_with_it():
    # 40 = 3 + 12 + 25: without 12 nobody can tell 3 from 0 to 15.
    assert suppress([40, 3, 12, 25], [TableSum(0, (1, 2, 3))]).tolist() == [
        False,
        True,
        True,
        False,
    ]


def test_two_small_cells_that_pin_each_other_down_take_a_third():
    # 1 + 1 of 27 shown with 25: both would be known to be 0 to 2.
    assert suppress([27, 1, 1, 25], [TableSum(0, (1, 2, 3))]).tolist() == [False, True, True, True]


def test_sums_in_two_directions():
    # Rows and columns of a table with margins; one small cell takes one in its row, one in its
    # column and their corner. 3  9 | 12 20 30 | 50 23 39 | 62
    counts = [3, 9, 12, 20, 30, 50, 23, 39, 62]
    sums = [
        TableSum(2, (0, 1)),
        TableSum(5, (3, 4)),
        TableSum(8, (6, 7)),
        TableSum(6, (0, 3)),
        TableSum(7, (1, 4)),
        TableSum(8, (2, 5)),
    ]
    hidden = suppress(counts, sums)
    assert hidden[0]
    low, high = bounds_of(0, np.array(counts), hidden, sums)
    assert high - low >= 5


@settings(max_examples=60)
@given(cells=st.lists(st.integers(0, 30), min_size=4, max_size=6), least=st.integers(3, 6))
def test_no_suppressed_cell_can_be_recomputed(cells, least):
    """By brute force: a reader who tries all whole numbers that fit what is shown finds several for each small cell."""
    half = len(cells) // 2
    counts = [*cells, sum(cells[:half]), sum(cells[half:]), sum(cells)]
    left, right, whole = len(cells), len(cells) + 1, len(cells) + 2
    sums = [
        TableSum(left, tuple(range(half))),
        TableSum(right, tuple(range(half, len(cells)))),
        TableSum(whole, (left, right)),
    ]
    hidden = suppress(counts, sums, least)
    small = [k for k, count in enumerate(counts) if 0 < count < least]
    assert all(hidden[k] for k in small)
    if hidden.all():
        return
    for cell in small:
        low, high = bounds_of(cell, np.array(counts), hidden, sums)
        assert high - low >= least, (counts, hidden)
        assert low <= counts[cell] <= high


def test_a_reader_with_all_combinations_finds_no_single_answer():
    counts, sums = [30, 2, 8, 20], [TableSum(0, (1, 2, 3))]
    hidden = suppress(counts, sums)
    assert hidden.tolist() == [False, True, True, False]
    fits = {a for a, b in itertools.product(range(31), repeat=2) if a + b + 20 == 30}
    assert len(fits) == 11
    # The control: without the second cell hidden there is one answer.
    assert {a for a in range(31) if a + 8 + 20 == 30} == {2}
