"""How many clients answers and the chart tell of: whom one of them leaves out is a count as well.

The page tells how many clients each answer rests on, and the chart how many were in either arm and
were followed. So a subgroup of all but a few tells how many lack its trait, and an outcome that is
not known of a few how many these are, whatever is asked of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import combinations

from pilotsim.evaluation.release.questions import CellTable, Question, add_rest, add_third
from pilotsim.evaluation.release.records import CELLS

# The cells of the chart that an answer's number of clients is a part of.
OF_CHART = ("offered", "compared", "offered_followed", "compared_followed")


def told_of_chart(chart: tuple[int | None, ...]) -> Iterator[int]:
    """Yield the cells of a chart that the number of clients of an answer can be held against."""
    for name in OF_CHART:
        cell = chart[CELLS.index(name)]
        if cell is not None:
            yield cell


def told_of_question(question: Question) -> Iterator[int]:
    """Yield the cells that tell how many clients a question is about, and how many it rests on."""
    for arm in question.arms:
        yield from (arm.all, arm.known)


def add_left_out(table: CellTable, told: Iterable[int]) -> None:
    """Add whom one number of clients leaves out of another, as cells that nothing prints.

    Parameters
    ----------
    table : CellTable
        The table so far.
    told : iterable of int
        All cells whose numbers of clients are told.
    """
    for one, other in combinations(sorted({*told}), 2):
        add_rest(table, one, other)
        add_rest(table, other, one)


def add_unknown(table: CellTable, told: Iterable[int], own: Question, others: Question) -> None:
    """Add of whom a trait is not known: those told of, less those with it and those without it.

    Parameters
    ----------
    table : CellTable
        The table so far.
    told : iterable of int
        All cells whose numbers of clients are told.
    own, others : Question
        The same question of those with the trait and of those without it.
    """
    for whole in sorted({*told}):
        for one, beside in zip(own.arms, others.arms, strict=True):
            for first, second in ((one.all, beside.all), (one.known, beside.known)):
                if table.members[first].any() and table.members[second].any():
                    add_third(table, whole, first, second)
