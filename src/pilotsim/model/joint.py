"""Values that are drawn together: what a flow says of them, and the rows that they are drawn from.

Values that were fitted to the same figures belong together: where one is high, another is low. A
file of rows, each a set of values that agree with the figures, keeps that; each replication takes
one row.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from pydantic import Field, model_validator

from pilotsim.base.arrays import Floats, Ints, sum_in_order
from pilotsim.base.errors import did_you_mean
from pilotsim.base.languages import LANGUAGES
from pilotsim.base.messages import Message
from pilotsim.base.quantity import QuantityFault, show
from pilotsim.base.text import Text
from pilotsim.model.fields import Record, Words
from pilotsim.model.naming import SourceName, ValuePath

__all__ = ["READING", "Joint", "PosteriorRows", "SourceReading", "path_of_joint"]

# The column that says which reading of the sources a row belongs to.
READING = "reading"
# The range that is shown of a value, and the rows that its ends stand for in one-way sensitivity.
RANGE = (0.05, 0.95)
TENTH = 10
# Sweeps of rotations in search of a principal component (five or six are enough), and what counts
# as 0 beside the greatest number of the matrix.
MAX_SWEEPS = 50
NOTHING = 1e-15


def path_of_joint(name: str) -> str:
    """Return the path of a part `joint`, by which it is named where values are."""
    return f"joint.{name}"


class SourceReading(Record):
    """A way to read sources that disagree, with rows of its own."""

    says: Words = Field(description="What is believed in this reading, for people.")


class Joint(Record):
    """Values that are drawn together, a row of a file for each replication."""

    says: Words = Field(description="What the values have in common, for people.")
    file: str = Field(
        description="The file of rows, as seen from the folder of the flow file; shipped: before "
        "the name for one that comes with the program."
    )
    source: SourceName | None = Field(None, description="The name of a source and a place in it.")
    assumption: Words | None = Field(None, description="Or why these rows are assumed.")
    gives: dict[ValuePath, str] = Field(
        min_length=1, description="Paths of this file, each with its column in the file of rows."
    )
    readings: dict[str, SourceReading] = Field(
        default_factory=dict, description="What each word of the column 'reading' stands for."
    )
    only: str | None = Field(None, description="The one reading whose rows are drawn.")

    @model_validator(mode="after")
    def _rests_on_something(self) -> Joint:
        if self.source is None and self.assumption is None:
            raise QuantityFault(
                Message(
                    "says neither where the rows come from (source) nor why they are assumed "
                    "(assumption)"
                )
            )
        if self.only is not None and self.only not in self.readings:
            raise QuantityFault(
                Message(
                    "unknown reading {found}{meant}",
                    found=show(self.only),
                    meant=did_you_mean(self.only, self.readings),
                ),
                "only",
            )
        return self


@dataclass(frozen=True, eq=False)
class PosteriorRows:
    """Rows of values that belong together, each as likely as any other.

    They stand in the order in which they are drawn: reading by reading, and in each along the first
    principal component of all rows.

    Parameters
    ----------
    file : str
        Where they were read.
    made : tuple of str
        How they were made: the remarks at the head of the file.
    digest : str
        What tells the content of the file from any other.
    paths : tuple of str
        The values of the flow that a row gives.
    columns : tuple of str
        The column of the file that gives each; one may give several, and then counts once where
        rows are put in order.
    numbers : ndarray of float, shape (rows, values)
        In base units.
    readings : tuple of str
        The readings that the rows belong to, in the order of the flow; empty where there is but
        one.
    reading_of : ndarray of int, shape (rows,)
        The place of each row's reading in `readings`; 0 without.
    """

    file: str
    made: tuple[str, ...]
    digest: str
    paths: tuple[str, ...]
    columns: tuple[str, ...]
    numbers: Floats
    readings: tuple[str, ...]
    reading_of: Ints

    @classmethod
    def in_order(
        cls,
        file: str,
        made: Sequence[str],
        digest: str,
        paths: Sequence[str],
        columns: Sequence[str],
        numbers: Floats,
        readings: Sequence[str],
        reading_of: Ints,
    ) -> PosteriorRows:
        """Return rows that stand in any order in the order in which they are drawn."""
        order = np.lexsort((_scores(_each_once(numbers, columns)), reading_of))
        return cls(
            file,
            tuple(made),
            digest,
            tuple(paths),
            tuple(columns),
            numbers[order],
            tuple(readings),
            reading_of[order],
        )

    def __len__(self) -> int:
        return len(self.numbers)

    def made_in(self, language: str) -> str:
        """Return how they were made, for people.

        Parameters
        ----------
        language : str
            One of `LANGUAGES`.

        Returns
        -------
        str
            The remarks that begin with a language (`nb: ...`), in that language; all remarks of a
            file that has none such.
        """
        parts = (remark.partition(": ") for remark in self.made)
        told = {head: words for head, _, words in parts if head in LANGUAGES}
        return Text(**told).in_language(language) if told else " ".join(self.made)

    @cached_property
    def central(self) -> Floats:
        """The row in the middle of all, shape (values,): the medoid.

        The row of the least sum of distances to all others, each column measured in its own
        standard deviations.
        """
        places = _standardised(_each_once(self.numbers, self.columns))
        squares = np.zeros((len(places), len(places)))
        for column in places.T:
            apart = column[:, None] - column[None, :]
            squares += apart * apart
        return np.asarray(
            self.numbers[int(np.argmin(sum_in_order(np.sqrt(squares), axis=1)))], np.float64
        )

    @cached_property
    def ranges(self) -> Floats:
        """The 5 % and 95 % quantiles of each value by itself, shape (2, values)."""
        return np.asarray(np.quantile(self.numbers, RANGE, axis=0), np.float64)

    @cached_property
    def extremes(self) -> Floats:
        """The least and the greatest number of each value, shape (2, values)."""
        return np.stack([self.numbers.min(axis=0), self.numbers.max(axis=0)])

    @cached_property
    def _along(self) -> Ints:
        """The rows along the first principal component, whatever their reading."""
        return np.argsort(_scores(_each_once(self.numbers, self.columns)), kind="stable")

    def at(self, place: float) -> Floats:
        """Return the row at a place from 0 to 1 along the first principal component."""
        row = min(len(self) - 1, int(place * len(self)))
        return np.asarray(self.numbers[self._along[row]], np.float64)

    def ends_of(self, path: str | None = None) -> Floats:
        """Return the mean of the lowest and of the highest tenth of the rows, shape (2, values).

        Parameters
        ----------
        path : str, optional
            The value by which rows are low or high; along the first principal component, unless
            given.
        """
        order = self._along
        if path is not None:
            order = np.argsort(self.numbers[:, self.paths.index(path)], kind="stable")
        few = max(1, len(self) // TENTH)
        lowest, highest = self.numbers[order[:few]], self.numbers[order[-few:]]
        return np.stack([sum_in_order(lowest) / few, sum_in_order(highest) / few])

    def only(self, reading: str) -> PosteriorRows:
        """Return the rows of one reading alone."""
        own = self.reading_of == self.readings.index(reading)
        return PosteriorRows.in_order(
            self.file,
            self.made,
            self.digest,
            self.paths,
            self.columns,
            self.numbers[own],
            (),
            np.zeros(np.count_nonzero(own), np.int64),
        )


def _each_once(numbers: Floats, columns: Sequence[str]) -> Floats:
    """Return the numbers of each column of the file once, shape (rows, columns)."""
    places = [place for place, name in enumerate(columns) if columns.index(name) == place]
    return numbers[:, places]


def _standardised(numbers: Floats) -> Floats:
    """Return each column less its mean, in its own standard deviations; 0 where it is constant."""
    many = len(numbers)
    centred = numbers - sum_in_order(numbers) / many
    spread = np.sqrt(sum_in_order(centred * centred) / many)
    return np.asarray(centred / np.where(spread > 0, spread, 1.0), np.float64)


def _scores(numbers: Floats) -> Floats:
    """Return each row's place along the first principal component, shape (rows,).

    Of the standardised values; its sign is such that the value that counts most rises along it.
    """
    places = _standardised(numbers)
    products = [sum_in_order(places * column[:, None]) for column in places.T]
    main = _main_direction(np.array(products))
    weight = main[int(np.argmax(np.round(np.abs(main), 6)))]
    return sum_in_order(places * (main * np.sign(weight)), axis=1)


def _main_direction(matrix: Floats) -> Floats:
    """Return the eigenvector of the greatest eigenvalue of a symmetric matrix.

    By Jacobi's rotations, each of which makes one number off the diagonal 0, row by row until all
    are nothing beside the diagonal: a library's eigenvectors differ from machine to machine in
    their last digits, and with them the order of rows that are as good as equal.
    """
    turned = matrix.copy()
    size = len(turned)
    vectors = np.eye(size)
    for _ in range(MAX_SWEEPS):
        if np.abs(turned - np.diag(np.diag(turned))).max() <= NOTHING * np.abs(turned).max():
            break
        for i in range(size - 1):
            for j in range(i + 1, size):
                _rotate(turned, vectors, i, j)
    return np.asarray(vectors[:, int(np.argmax(np.diag(turned)))], np.float64)


def _rotate(matrix: Floats, vectors: Floats, i: int, j: int) -> None:
    """Turn two axes of a symmetric matrix such that the number between them becomes 0."""
    off = float(matrix[i, j])
    if off == 0.0:
        return
    # The smaller of the two turns (Golub and Van Loan, Matrix Computations, section 8.5).
    half = (float(matrix[j, j]) - float(matrix[i, i])) / (2.0 * off)
    tangent = 1.0 / (abs(half) + math.sqrt(1.0 + half * half))
    tangent = tangent if half >= 0.0 else -tangent
    cosine = 1.0 / math.sqrt(1.0 + tangent * tangent)
    sine = tangent * cosine
    for table in (matrix.T, matrix, vectors.T):
        first, second = table[i].copy(), table[j].copy()
        table[i] = cosine * first - sine * second
        table[j] = sine * first + cosine * second
    matrix[i, j] = matrix[j, i] = 0.0
