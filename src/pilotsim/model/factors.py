"""Factors that the traits of a client put on a speed, a share or a length."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from pilotsim.base.messages import Message
from pilotsim.base.quantity import Quantity, QuantityFault, is_written_out, read_value


@dataclass(frozen=True)
class Factor:
    """A trait's factor on a speed or a share: per unit of the trait, or one for each category.

    Parameters
    ----------
    value : Quantity or None
        The factor where the trait is 1 (per unit, for a number).
    categories : mapping of str to Quantity
        The factor of each category named; 1 for the others.
    """

    value: Quantity | None = None
    categories: Mapping[str, Quantity] = field(default_factory=dict)

    @property
    def quantities(self) -> list[Quantity]:
        """The factors that are given, of the categories first."""
        return [*self.categories.values(), *([self.value] if self.value is not None else [])]

    def named_parts(self) -> Iterator[tuple[str, Any]]:
        """Yield the factor, which needs no key, or those of the categories by name."""
        yield from (("", self.value), *self.categories.items())


def read_factor(raw: Any) -> Factor:
    """Return the factor given by a number or by a mapping of categories.

    Raises
    ------
    QuantityFault
        Neither.
    """
    if isinstance(raw, Factor):
        return raw
    if isinstance(raw, Mapping) and not is_written_out(raw):
        return Factor(
            categories={str(name): _read_factor_of(str(name), value) for name, value in raw.items()}
        )
    return Factor(read_value(raw, "number"))


def _read_factor_of(category: str, raw: Any) -> Quantity:
    try:
        return read_value(raw, "number")
    except QuantityFault as fault:
        raise fault.under(category) from fault


def read_factors(raw: Any) -> dict[str, Factor]:
    """Return the factors of the traits that a mapping names.

    Raises
    ------
    QuantityFault
        No mapping, or a factor that cannot be read.
    """
    if not isinstance(raw, Mapping):
        raise QuantityFault(Message("expected traits and factors, such as {{young: 1.2}}"))
    factors = {}
    for trait, factor in raw.items():
        try:
            factors[str(trait)] = read_factor(factor)
        except QuantityFault as fault:
            raise fault.under(str(trait)) from fault
    return factors
