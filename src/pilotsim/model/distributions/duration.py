"""A duration as a flow file writes it: a length of time, or a family with its parameters."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any

from pilotsim.base.errors import did_you_mean
from pilotsim.base.messages import Message
from pilotsim.base.quantity import (
    Quantity,
    QuantityFault,
    in_unit_of,
    is_written_out,
    read_value,
    show,
)
from pilotsim.model.distributions.family import (
    FAMILIES,
    Family,
    family_named,
    values_rise,
)
from pilotsim.model.distributions.observed import LENGTHS_FROM, LengthsFrom, read_lengths_from
from pilotsim.model.factors import Factor, read_factors

# What stands in the place of a family: a table of quantiles, and a list of durations.
POINTS = "quantiles"
PARTS = "all_of"
OPTIONS = ("times", "slowest_of", "by", "correlated")
RISING = Message("expected durations that rise with the share, over their whole ranges")


@dataclass(frozen=True)
class Duration:
    """A length of time that differs from client to client.

    Parameters
    ----------
    family : str
        The family's name in the flow file; `POINTS` for a table of quantiles, `PARTS` for a list.
    parameters : tuple of Quantity
        In the order of the family; for `POINTS` the durations at `probabilities`.
    probabilities : tuple of float
        For `POINTS` only, rising from 0 to 1.
    times : Quantity or None
        A factor on every duration, which may change at dates (as of the start).
    slowest_of : Quantity or None
        The number of independent durations of which the longest counts: all must be over. A share
        `u` of clients stay below the quantile of one duration at ``u ** (1 / slowest_of)``.
    by : mapping of str to Factor
        Further factors by trait.
    parts : tuple of Duration
        For `PARTS` only: independent durations, all of which must be over.
    correlated : mapping of str to Quantity
        A trait or a risk, with the rank correlation of the duration with it; empty for none.
    lengths_from : LengthsFrom or None
        For `POINTS` only: the stays of which the table was made.
    """

    family: str
    parameters: tuple[Quantity, ...]
    probabilities: tuple[float, ...] = ()
    times: Quantity | None = None
    slowest_of: Quantity | None = None
    by: Mapping[str, Factor] = field(default_factory=dict)
    parts: tuple[Duration, ...] = ()
    correlated: Mapping[str, Quantity] = field(default_factory=dict)
    lengths_from: LengthsFrom | None = None

    @property
    def law(self) -> Family:
        """The family's record.

        Raises
        ------
        LookupError
            There is no such family; a table or a list has none.
        """
        return family_named(self.family)

    @property
    def parameters_rise(self) -> bool:
        """Whether each parameter must be no less than the one before."""
        if self.parts:
            return False
        return self.family == POINTS or self.law.parameters_rise

    def named_parts(self) -> Iterator[tuple[str, Any]]:
        """Yield each value, or part that holds some, with the key by which a flow file names it."""
        for number, part in enumerate(self.parts):
            yield f"{PARTS}.{number}", part
        yield from zip(self._parameter_keys(), self.parameters, strict=True)
        if self.times is not None:
            yield "times", self.times
        if self.slowest_of is not None:
            yield "slowest_of", self.slowest_of
        if self.by:
            yield "by", self.by
        if self.correlated:
            yield "correlated", self.correlated
        if self.lengths_from is not None and self.lengths_from.assumption is not None:
            yield f"{LENGTHS_FROM}.assumption", self.lengths_from.assumption

    def _parameter_keys(self) -> list[str]:
        if self.family == PARTS:
            return []
        if self.family == POINTS:
            return [f"{POINTS}.{name_of_share(share)}" for share in self.probabilities]
        if self.family == "constant":
            # A flow file may leave out both words: `lasts: 6 weeks`.
            return [""]
        return [f"{self.family}.{parameter.name}" for parameter in self.law.parameters]

    @property
    def observed_mean(self) -> Quantity:
        """The mean of a table that was made of stays, with what it rests on."""
        assert self.lengths_from is not None, "it was made of stays"
        shares = self.probabilities
        numbers = [value.number for value in self.parameters]
        mean = math.fsum(
            (after - before) * (below + above) / 2
            for (before, after), (below, above) in zip(
                pairwise(shares), pairwise(numbers), strict=True
            )
        )
        last = self.parameters[-1]
        return replace(
            last,
            number=mean,
            written=str(in_unit_of(last, mean)),
            source=self.lengths_from.source,
            assumption=self.lengths_from.assumption,
        )

    def check_parameters(self) -> None:
        """Raise `QuantityFault` unless the parameters fit together, wherever they lie.

        For parameters that got their ranges after they were read, from rows that they are drawn
        from.
        """
        if self.family == POINTS:
            if not values_rise(self.parameters):
                raise QuantityFault(RISING)
            return
        for parameter, value in zip(self.law.parameters, self.parameters, strict=True):
            if parameter.convert is not None and value.joint is not None:
                raise QuantityFault(
                    Message("expected a fixed number; it cannot be drawn"), parameter.name
                )
        self.law.check(self.parameters)

    @property
    def working(self) -> bool:
        """Whether the time is counted in working days.

        The parts of a list say so each for itself.
        """
        return self.family != PARTS and self.parameters[0].working

    @property
    def is_zero(self) -> bool:
        """Whether the duration is 0 for everyone, whatever is drawn."""
        if self.times is not None and _is_nothing([self.times]):
            return True
        if self.parts:
            return all(part.is_zero for part in self.parts)
        return _is_nothing([value for value in self.parameters if value.kind == "duration"])


def _is_nothing(values: Sequence[Quantity]) -> bool:
    return all(value.number == 0 and not value.has_range and not value.changes for value in values)


def read_duration(raw: Any) -> Duration:
    """Return the duration given by a length of time or by a family with its parameters.

    Raises
    ------
    QuantityFault
        An unknown family, a missing or unknown parameter, or one out of bounds.
    """
    if isinstance(raw, Duration):
        return raw
    if not isinstance(raw, Mapping) or is_written_out(raw):
        return Duration("constant", (read_value(raw, "duration"),))
    families = [str(key) for key in raw if key not in (*OPTIONS, LENGTHS_FROM)]
    if LENGTHS_FROM in raw and POINTS in families and read_from(raw).stays is None:
        raise QuantityFault(
            Message("the stays of the file give the quantiles; leave '{key}' out", key=POINTS),
            POINTS,
        )
    if LENGTHS_FROM in raw and POINTS not in families:
        read_from(raw)
        raise QuantityFault(
            Message(
                "lengths of a file are read where the file of a flow names them; they cannot be "
                "given elsewhere"
            ),
            LENGTHS_FROM,
        )
    known = [*FAMILIES, POINTS, PARTS]
    if len(families) != 1:
        raise QuantityFault(
            Message(
                "expected one family of durations ({names}); found {found}",
                names=", ".join(known),
                found=", ".join(families) or Message("none"),
            )
        )
    name = families[0]
    if name not in known:
        raise QuantityFault(_unknown_family(name, known), name)
    if name == PARTS:
        return _read_parts(raw)
    try:
        parameters, probabilities = _read_family(name, raw[name])
    except QuantityFault as fault:
        raise fault.under(name) from fault
    times = _read_part(raw, "times", "number") if "times" in raw else None
    slowest_of = _read_part(raw, "slowest_of", "count") if "slowest_of" in raw else None
    if slowest_of is not None and slowest_of.least < 1:
        raise QuantityFault(
            Message("expected 1 or more; found {found}", found=slowest_of.written), "slowest_of"
        )
    return Duration(
        name,
        parameters,
        probabilities,
        times,
        slowest_of,
        _read_by(raw),
        correlated=_read_correlated(raw),
        lengths_from=read_from(raw) if LENGTHS_FROM in raw else None,
    )


def read_from(raw: Mapping[str, Any]) -> LengthsFrom:
    """Return from which stays a length is taken, of all that a flow file says of it.

    Raises
    ------
    QuantityFault
        It says something else.
    """
    try:
        return read_lengths_from(raw[LENGTHS_FROM])
    except QuantityFault as fault:
        raise fault.under(LENGTHS_FROM) from fault


def _read_correlated(raw: Mapping[str, Any]) -> dict[str, Quantity]:
    found = raw.get("correlated", {})
    if not isinstance(found, Mapping):
        raise QuantityFault(
            Message("expected {wanted}; found {found}", wanted="{name: number}", found=show(found)),
            "correlated",
        )
    try:
        numbers = {str(name): _read_part(found, name, "real") for name in found}
    except QuantityFault as fault:
        raise fault.under("correlated") from fault
    if "correlated" in raw:
        check_correlation(numbers, "correlated")
    return numbers


def check_correlation(correlated: Mapping[str, Quantity], key: str) -> None:
    """Raise `QuantityFault` unless one other is named, with a number from -1 to 1."""
    if len(correlated) != 1:
        raise QuantityFault(
            Message(
                "name one trait or risk that it goes with; found {found}", found=len(correlated)
            ),
            key,
        )
    for name, value in correlated.items():
        if value.least < -1.0 or value.most > 1.0:
            raise QuantityFault(
                Message("expected a correlation from -1 to 1; found {found}", found=value.written),
                f"{key}.{name}",
            )


def _read_by(raw: Mapping[str, Any]) -> dict[str, Factor]:
    try:
        return read_factors(raw["by"]) if "by" in raw else {}
    except QuantityFault as fault:
        raise fault.under("by") from fault


def _read_parts(raw: Mapping[str, Any]) -> Duration:
    """Return the slowest of a list of durations."""
    listed = raw[PARTS]
    if not isinstance(listed, list | tuple) or len(listed) < 2:
        raise QuantityFault(
            Message(
                "expected a list of two lengths of time or more; found {found}", found=show(listed)
            ),
            PARTS,
        )
    if "slowest_of" in raw:
        raise QuantityFault(
            Message(
                "say either all_of or slowest_of; a part of all_of may have its own slowest_of"
            ),
            "slowest_of",
        )
    if "correlated" in raw:
        raise QuantityFault(
            Message("only a length by itself can be correlated, not a list"), "correlated"
        )
    parts = []
    for number, one in enumerate(listed):
        try:
            parts.append(_read_part_of_list(one))
        except QuantityFault as fault:
            raise fault.under(PARTS, str(number)) from fault
    times = _read_part(raw, "times", "number") if "times" in raw else None
    return Duration(PARTS, (), times=times, by=_read_by(raw), parts=tuple(parts))


def _read_part_of_list(raw: Any) -> Duration:
    part = read_duration(raw)
    if part.parts or part.times is not None or part.by or part.correlated:
        raise QuantityFault(
            Message(
                "expected a length, or a family; 'times' and 'by' stand beside all_of, for all of "
                "its parts, and none is correlated"
            )
        )
    return part


def _unknown_family(name: str, known: Sequence[str]) -> str:
    for family in FAMILIES.values():
        if name in [parameter.name for parameter in family.parameters]:
            example = f"{{{family.name}: {family.example}}}"
            return Message(
                "'{name}' is a parameter; name its family first, such as {example}",
                name=name,
                example=example,
            )
    meant = did_you_mean(name, [*known, *OPTIONS])
    return Message(
        "unknown family of durations {found}{meant}",
        found=show(name),
        meant=meant or Message("; known: {names}", names=", ".join(known)),
    )


def _read_part(raw: Mapping[str, Any], key: str, kind: str) -> Quantity:
    try:
        return read_value(raw[key], kind)
    except QuantityFault as fault:
        raise fault.under(key) from fault


def _read_family(name: str, raw: Any) -> tuple[tuple[Quantity, ...], tuple[float, ...]]:
    if name == "constant" and not (isinstance(raw, Mapping) and "days" in raw):
        return (read_value(raw, "duration"),), ()
    if name == POINTS:
        return _read_points(raw)
    return _read_parameters(family_named(name), raw), ()


def _read_parameters(family: Family, raw: Any) -> tuple[Quantity, ...]:
    names = [parameter.name for parameter in family.parameters]
    if not isinstance(raw, Mapping):
        raise QuantityFault(
            Message(
                "expected the parameters of '{family}', {example}; found {found}",
                family=family.name,
                example=family.example,
                found=show(raw),
            )
        )
    for key in raw:
        if key not in names:
            raise QuantityFault(
                Message(
                    "unknown parameter '{key}'{meant}", key=key, meant=did_you_mean(str(key), names)
                ),
                str(key),
            )
    for name in names:
        if name not in raw:
            raise QuantityFault(
                Message(
                    "the parameter '{name}' is missing; expected {wanted}",
                    name=name,
                    wanted=family.example,
                )
            )
    values = [_read_part(raw, parameter.name, parameter.kind) for parameter in family.parameters]
    _check_one_time([value for value in values if value.kind == "duration"])
    for k, parameter in enumerate(family.parameters):
        if parameter.convert is not None:
            values[k] = parameter.convert(values[k])
    family.check(values)
    return tuple(values)


def _check_one_time(durations: Sequence[Quantity]) -> None:
    if len({value.working for value in durations}) > 1:
        raise QuantityFault(Message("mixes calendar days and working days"))


def _read_points(raw: Any) -> tuple[tuple[Quantity, ...], tuple[float, ...]]:
    example = "{0 %: 0 days, 50 %: 2 weeks, 100 %: 3 months}"
    if not isinstance(raw, Mapping):
        raise QuantityFault(
            Message(
                "expected durations from 0 % to 100 %, such as {example}; found {found}",
                example=example,
                found=show(raw),
            )
        )
    read = [(_probability(key), _read_part(raw, key, "duration")) for key in raw]
    points = sorted(read, key=lambda point: point[0])
    probabilities = tuple(share for share, _ in points)
    values = tuple(value for _, value in points)
    if len(points) < 2 or probabilities[0] != 0 or probabilities[-1] != 1:
        raise QuantityFault(
            Message(
                "expected durations from 0 % to 100 %, such as {example}; found {found}",
                example=example,
                found=show(raw),
            )
        )
    if len({name_of_share(share) for share in probabilities}) < len(points):
        raise QuantityFault(Message("a share stands twice"))
    if not values_rise(values):
        raise QuantityFault(RISING)
    _check_one_time(values)
    return values, probabilities


def name_of_share(share: float) -> str:
    """Return by which name the point at a share of a table is known: all have their own."""
    return f"{share * 100:.12g} %"


def _probability(key: str) -> float:
    try:
        return read_value(key, "share").number
    except QuantityFault as fault:
        raise fault.under(str(key)) from fault
