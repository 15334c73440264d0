"""Traits as numbers in a regression: what a factor by trait is multiplied by itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from pilotsim.base.arrays import Bools, Floats
from pilotsim.learning.stays import Stays
from pilotsim.model.clients import GROUP
from pilotsim.model.factors import Factor
from pilotsim.model.flow import Flow

__all__ = ["TraitColumn", "candidates", "columns_of", "unseen"]


@dataclass(frozen=True)
class TraitColumn:
    """A factor by trait, and the number to whose power it counts for each stay.

    Parameters
    ----------
    keys : tuple of str
        The trait, and the category where it has such.
    numbers : ndarray of float, shape (stays,)
        1 or 0, or a number; NaN where it is not known.
    """

    keys: tuple[str, ...]
    numbers: Floats

    @property
    def path(self) -> str:
        """Its path below the key that takes factors."""
        return ".".join(self.keys)


def unseen(factors: Mapping[str, Factor], stays: Stays) -> list[str]:
    """Return which traits of factors the register does not show."""
    return [name for name in factors if name not in stays.traits and not _has_groups(name, stays)]


def _has_groups(name: str, stays: Stays) -> bool:
    return name == GROUP and bool((stays.group != "").all())


def columns_of(factors: Mapping[str, Factor], stays: Stays) -> list[TraitColumn]:
    """Return the columns of factors by trait, all of which the register shows."""
    found = []
    for name, factor in factors.items():
        column = stays.group if name == GROUP else stays.traits[name]
        if factor.value is not None:
            found.append(TraitColumn((name,), np.asarray(column, np.float64)))
        for category in factor.categories:
            found.append(TraitColumn((name, category), _is(column, category)))
    return found


def _is(column: np.ndarray, category: str) -> Floats:
    return np.where(column == "", np.nan, (column == category).astype(np.float64))


def candidates(flow: Flow, stays: Stays, named: Mapping[str, Factor]) -> list[list[TraitColumn]]:
    """Return traits that the register shows and the sketch does not name: the columns of each.

    The category that most have is the one against which others count.
    """
    found = []
    for name, trait in flow.traits.items():
        if name in named or name not in stays.traits or trait.days is not None:
            continue
        column = stays.traits[name]
        if trait.categories is not None:
            names, counts = np.unique(column[column != ""].astype(str), return_counts=True)
            if len(names) < 2:
                continue
            base = names[int(np.argmax(counts))]
            found.append(
                [TraitColumn((name, one), _is(column, one)) for one in names if one != base]
            )
        else:
            numbers = np.asarray(column, np.float64)
            if np.nanmax(numbers, initial=-np.inf) > np.nanmin(numbers, initial=np.inf):
                found.append([TraitColumn((name,), numbers)])
    return found


def stack(columns: list[TraitColumn], rows: int) -> tuple[Floats, Bools]:
    """Return columns beside each other, 0 for what is not known, and in which rows all are known.

    Parameters
    ----------
    columns : list of TraitColumn
        The columns; there may be none.
    rows : int
        How many rows there are.
    """
    if not columns:
        return np.zeros((rows, 0)), np.ones(rows, np.bool_)
    numbers = np.stack([column.numbers for column in columns], axis=1)
    return np.nan_to_num(numbers), np.asarray(~np.isnan(numbers).any(axis=1))
