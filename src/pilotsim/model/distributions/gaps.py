"""The gaps between arrivals: by which law, where they are not those of a Poisson process.

A rate says how many come. A law of mean 1 says how evenly: a gap is so many mean gaps long. The
first is what is left of one in equilibrium, so that on average as many come as the rate says, from
the first day on (Cox, Renewal Theory, 1962, sec. 4.2).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pilotsim.base.errors import did_you_mean
from pilotsim.base.messages import Message
from pilotsim.base.quantity import Quantity, QuantityFault, read_value, show
from pilotsim.model.distributions.bounded import CONSTANT, uniform_quantile
from pilotsim.model.distributions.family import FAMILIES, Family, Parameter
from pilotsim.model.distributions.residual_life import length_biased_between

__all__ = ["EVEN_GAPS", "SPREAD", "Gaps", "laws_of_gaps", "read_gaps"]

EVEN_GAPS = "even"
MEAN = "mean"
EXAMPLE = "{gamma: {cv: 0.5}}"


def ends_of_spread(mean: float, spread: float) -> tuple[float, float]:
    """Return the shortest and the longest gap that lie so far about a mean."""
    return mean * (1.0 - spread), mean * (1.0 + spread)


def mean_of_spread(mean: float, spread: float) -> float:
    """Return the mean gap."""
    return mean


SPREAD = Family(
    name="uniform",
    parameters=(Parameter("mean", "duration"), Parameter("spread", "share")),
    quantile=uniform_quantile,
    length_biased_quantile=length_biased_between,
    mean=mean_of_spread,
    prepare=ends_of_spread,
)


def laws_of_gaps() -> dict[str, Family]:
    """Return the laws of gaps by the word of a file: of a mean, which the rate gives, and a shape.

    All families of durations are among them that have both.
    """
    both = {
        name: family
        for name, family in FAMILIES.items()
        if len(family.parameters) == 2 and family.parameters[0].name == MEAN
    }
    return {EVEN_GAPS: CONSTANT, SPREAD.name: SPREAD, **both}


@dataclass(frozen=True)
class Gaps:
    """A law of gaps of mean 1.

    Parameters
    ----------
    name : str
        One of `laws_of_gaps`.
    shape : Quantity or None
        Its one parameter beside the mean; None for even gaps.
    """

    name: str
    shape: Quantity | None = None

    @property
    def law(self) -> Family:
        """The law, with the mean as its first parameter."""
        return laws_of_gaps()[self.name]

    def named_parts(self) -> Iterator[tuple[str, Any]]:
        """Yield the parameter with the key by which a flow file names it."""
        if self.shape is not None:
            yield f"{self.name}.{self.law.parameters[1].name}", self.shape


def read_gaps(raw: Any) -> Gaps:
    """Return the law of gaps that a file writes: `even`, or a name with its parameter.

    Raises
    ------
    QuantityFault
        No such law, or not its parameter.
    """
    if isinstance(raw, Gaps):
        return raw
    if raw == EVEN_GAPS:
        return Gaps(name=EVEN_GAPS)
    laws = laws_of_gaps()
    names = list(laws)
    if not isinstance(raw, Mapping) or len(raw) != 1:
        raise QuantityFault(
            Message(
                "expected '{even}' or one law of gaps ({names}), such as {example}; found {found}",
                even=EVEN_GAPS,
                names=", ".join(names[1:]),
                example=EXAMPLE,
                found=show(raw),
            )
        )
    name = str(next(iter(raw)))
    known = FAMILIES.get(name)
    if known is not None and [one.name for one in known.parameters] == [MEAN]:
        raise QuantityFault(
            Message("gaps without memory are those of a Poisson process: leave out 'gaps'"), name
        )
    if name not in names[1:]:
        raise QuantityFault(
            Message(
                "unknown law of gaps {found}{meant}",
                found=show(name),
                meant=did_you_mean(name, names),
            ),
            name,
        )
    try:
        return Gaps(name=name, shape=_read_shape(laws[name], raw[name]))
    except QuantityFault as fault:
        raise fault.under(name) from fault


def _read_shape(law: Family, raw: Any) -> Quantity:
    wanted = law.parameters[1]
    if not isinstance(raw, Mapping) or list(raw) != [wanted.name]:
        mean = isinstance(raw, Mapping) and law.parameters[0].name in raw
        raise QuantityFault(
            Message(
                "expected {wanted} alone; found {found}{hint}",
                wanted=f"{{{wanted.name}: ...}}",
                found=show(raw),
                hint=Message("; 'arrivals' says how long gaps are on average") if mean else "",
            )
        )
    try:
        shape = read_value(raw[wanted.name], wanted.kind)
    except QuantityFault as fault:
        raise fault.under(wanted.name) from fault
    if wanted.convert is not None:
        shape = wanted.convert(shape)
    wanted.check(shape)
    return shape
