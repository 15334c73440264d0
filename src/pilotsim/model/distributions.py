"""Duration families: how they are written, their inverse distribution functions, their means.

Every family is drawn from one uniform number by its inverse distribution function, so that a change
of a parameter moves every client's duration and never hands one client's number to another.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any

from scipy.special import gamma as gamma_function
from scipy.special import ndtri

from pilotsim.base.errors import did_you_mean
from pilotsim.base.quantity import Quantity, QuantityFault, read_value, show
from pilotsim.model.factors import Factor, read_factors
from pilotsim.model.gamma_quantile import gamma_quantile

CONSTANT, UNIFORM, TRIANGULAR, EXPONENTIAL, GAMMA, WEIBULL, LOGNORMAL, QUANTILES, ALL_OF = range(9)

# Parameters of each family in the order of `quantile`, with the kind of value expected.
FAMILIES: dict[str, tuple[int, tuple[tuple[str, str], ...]]] = {
    "constant": (CONSTANT, (("days", "duration"),)),
    "uniform": (UNIFORM, (("shortest", "duration"), ("longest", "duration"))),
    "triangular": (
        TRIANGULAR,
        (("shortest", "duration"), ("usual", "duration"), ("longest", "duration")),
    ),
    "exponential": (EXPONENTIAL, (("mean", "duration"),)),
    "gamma": (GAMMA, (("mean", "duration"), ("cv", "number"))),
    "weibull": (WEIBULL, (("mean", "duration"), ("shape", "number"))),
    "lognormal": (LOGNORMAL, (("mean", "duration"), ("cv", "number"))),
}
ERLANG = (GAMMA, (("mean", "duration"), ("phases", "count")))
OPTIONS = ("times", "slowest_of", "by")
MAX_CV = 10.0
MIN_SHAPE = 0.1


@dataclass(frozen=True)
class Duration:
    """A length of time that differs from client to client.

    Parameters
    ----------
    family : int
        `CONSTANT`, `UNIFORM`, ...
    parameters : tuple of Quantity
        In the order of `FAMILIES`; for `QUANTILES` the durations at `probabilities`.
    probabilities : tuple of float
        For `QUANTILES` only, rising from 0 to 1.
    times : Quantity or None
        A factor on every duration, which may change at dates (as of the start).
    slowest_of : Quantity or None
        The longest of so many independent durations counts: all of them must be over. A share `u`
        of clients stay below the quantile of one duration at ``u ** (1 / slowest_of)``.
    name : str
        The family's name in the flow file; an `erlang` is a gamma here.
    by : mapping of str to Factor
        Further factors by trait.
    parts : tuple of Duration
        For `ALL_OF` only: independent durations, all of which must be over.
    """

    family: int
    parameters: tuple[Quantity, ...]
    probabilities: tuple[float, ...] = ()
    times: Quantity | None = None
    slowest_of: Quantity | None = None
    name: str = ""
    by: Mapping[str, Factor] = field(default_factory=dict)
    parts: tuple[Duration, ...] = ()

    def named_parts(self) -> Iterator[tuple[str, Any]]:
        """Yield each value, or part that holds some, with the key by which a flow file names it."""
        yield from ((f"all_of.{number}", part) for number, part in enumerate(self.parts))
        yield from self._named_parameters()
        yield from (
            (key, value)
            for key, value in (("times", self.times), ("slowest_of", self.slowest_of))
            if value
        )
        if self.by:
            yield "by", self.by

    def _named_parameters(self) -> Iterator[tuple[str, Quantity]]:
        if self.family == ALL_OF:
            return
        name = self.name or next(
            (name for name, (code, _) in FAMILIES.items() if code == self.family), "quantiles"
        )
        keys = [f"{p * 100:g} %" for p in self.probabilities] or [
            key for key, _ in {**FAMILIES, "erlang": ERLANG}[name][1]
        ]
        for key, value in zip(keys, self.parameters, strict=True):
            yield ("" if self.family == CONSTANT else f"{name}.{key}"), value

    @property
    def working(self) -> bool:
        """Whether the time is counted in working days.

        The parts of `ALL_OF` say so each for itself.
        """
        return self.family != ALL_OF and self.parameters[0].working

    @property
    def is_zero(self) -> bool:
        """Whether the duration is 0 for everyone, whatever is drawn."""
        lengths = [value for value in self.parameters if value.kind == "duration"]
        nothing = all(part.is_zero for part in self.parts) if self.parts else _is_nothing(lengths)
        return nothing or (self.times is not None and _is_nothing([self.times]))


def _is_nothing(values: Sequence[Quantity]) -> bool:
    return all(value.number == 0 and not value.has_range and not value.changes for value in values)


def read_duration(raw: Any) -> Duration:
    """Return the duration that a length of time or a family with its parameters stands for.

    Raises
    ------
    QuantityFault
        An unknown family, a missing or unknown parameter, or one out of bounds.
    """
    if isinstance(raw, Duration):
        return raw
    if not isinstance(raw, Mapping) or "value" in raw:
        return Duration(CONSTANT, (read_value(raw, "duration"),))
    families = [str(key) for key in raw if key not in OPTIONS]
    known = [*FAMILIES, "erlang", "quantiles", "all_of"]
    if len(families) != 1:
        raise QuantityFault(
            f"expected one family of durations ({', '.join(known)}); found {', '.join(families) or 'none'}"
        )
    name = families[0]
    if name not in known:
        raise QuantityFault(_unknown_family(name, known), name)
    if name == "all_of":
        return _read_all_of(raw)
    try:
        family, parameters, probabilities = _read_family(name, raw[name])
    except QuantityFault as fault:
        raise fault.under(name) from fault
    times = _read_part(raw, "times", "number") if "times" in raw else None
    slowest_of = _read_part(raw, "slowest_of", "count") if "slowest_of" in raw else None
    if slowest_of is not None and _lowest(slowest_of) < 1:
        raise QuantityFault(f"expected 1 or more; found {slowest_of.written}", "slowest_of")
    return Duration(family, parameters, probabilities, times, slowest_of, name, _read_by(raw))


def _read_by(raw: Mapping[str, Any]) -> dict[str, Factor]:
    try:
        return read_factors(raw["by"]) if "by" in raw else {}
    except QuantityFault as fault:
        raise fault.under("by") from fault


def _read_all_of(raw: Mapping[str, Any]) -> Duration:
    """Return the slowest of a list of durations."""
    listed = raw["all_of"]
    if not isinstance(listed, list | tuple) or len(listed) < 2:
        raise QuantityFault(
            f"expected a list of two lengths of time or more; found {show(listed)}", "all_of"
        )
    if "slowest_of" in raw:
        raise QuantityFault(
            "say either all_of or slowest_of; a part of all_of may have its own slowest_of",
            "slowest_of",
        )
    parts = []
    for number, one in enumerate(listed):
        try:
            parts.append(_read_part_of_all(one))
        except QuantityFault as fault:
            raise fault.under("all_of", str(number)) from fault
    times = _read_part(raw, "times", "number") if "times" in raw else None
    return Duration(ALL_OF, (), times=times, name="all_of", by=_read_by(raw), parts=tuple(parts))


def _read_part_of_all(raw: Any) -> Duration:
    part = read_duration(raw)
    if part.parts or part.times is not None or part.by:
        raise QuantityFault(
            "expected a length, or a family; 'times' and 'by' stand beside all_of, for all of its parts"
        )
    return part


def _unknown_family(name: str, known: Sequence[str]) -> str:
    for family, (_, parameters) in {**FAMILIES, "erlang": ERLANG}.items():
        if name in [parameter for parameter, _ in parameters]:
            example = ", ".join(f"{parameter}: ..." for parameter, _ in parameters)
            return f"'{name}' is a parameter; name its family first, such as {{{family}: {{{example}}}}}"
    return f"unknown family of durations {show(name)}{did_you_mean(name, [*known, *OPTIONS])}"


def _read_part(raw: Mapping[str, Any], key: str, kind: str) -> Quantity:
    try:
        return read_value(raw[key], kind)
    except QuantityFault as fault:
        raise fault.under(key) from fault


def _read_family(name: str, raw: Any) -> tuple[int, tuple[Quantity, ...], tuple[float, ...]]:
    if name == "constant" and not (isinstance(raw, Mapping) and "days" in raw):
        return CONSTANT, (read_value(raw, "duration"),), ()
    if name == "quantiles":
        return _read_quantiles(raw)
    family, expected = ERLANG if name == "erlang" else FAMILIES[name]
    parameters = _read_parameters(name, raw, expected)
    if name == "erlang":
        parameters = (parameters[0], _cv_of_phases(parameters[1]))
    _check_parameters(family, parameters)
    return family, parameters, ()


def _cv_of_phases(phases: Quantity) -> Quantity:
    if phases.number < 1 or phases.has_range:
        raise QuantityFault("expected a fixed number of phases, 1 or more", "phases")
    return replace(phases, number=1 / math.sqrt(phases.number), kind="number", low=None, high=None)


def _read_parameters(
    name: str, raw: Any, expected: Sequence[tuple[str, str]]
) -> tuple[Quantity, ...]:
    names = [parameter for parameter, _ in expected]
    example = ", ".join(f"{parameter}: ..." for parameter in names)
    if not isinstance(raw, Mapping):
        raise QuantityFault(
            f"expected the parameters of '{name}', {{{example}}}; found {show(raw)}"
        )
    for key in raw:
        if key not in names:
            raise QuantityFault(
                f"unknown parameter '{key}'{did_you_mean(str(key), names)}", str(key)
            )
    for parameter in names:
        if parameter not in raw:
            raise QuantityFault(f"the parameter '{parameter}' is missing; expected {{{example}}}")
    values = [_read_part(raw, parameter, kind) for parameter, kind in expected]
    _check_one_time([value for value in values if value.kind == "duration"])
    return tuple(values)


def _check_one_time(durations: Sequence[Quantity]) -> None:
    if len({value.working for value in durations}) > 1:
        raise QuantityFault("mixes calendar days and working days")


def _lowest(value: Quantity) -> float:
    return value.number if value.low is None else value.low


def _highest(value: Quantity) -> float:
    return value.number if value.high is None else value.high


def _rises(values: Sequence[Quantity]) -> bool:
    """Tell whether each value is no less than the one before, wherever they lie in their ranges."""
    return all(_highest(before) <= _lowest(after) for before, after in pairwise(values))


def _check_parameters(family: int, parameters: tuple[Quantity, ...]) -> None:
    if family in (UNIFORM, TRIANGULAR) and not _rises(parameters):
        raise QuantityFault(
            "expected the shortest first and the longest last, over their whole ranges"
        )
    if family == WEIBULL and _lowest(parameters[1]) < MIN_SHAPE:
        raise QuantityFault(
            f"expected a shape of {MIN_SHAPE:g} or more; found {parameters[1].written}",
            "shape",
        )
    if family in (GAMMA, LOGNORMAL) and _highest(parameters[1]) > MAX_CV:
        raise QuantityFault(
            f"expected the standard deviation divided by the mean, at most {MAX_CV:g}; found {parameters[1].written}",
            "cv",
        )


def _read_quantiles(raw: Any) -> tuple[int, tuple[Quantity, ...], tuple[float, ...]]:
    example = "{0 %: 0 days, 50 %: 2 weeks, 100 %: 3 months}"
    if not isinstance(raw, Mapping):
        raise QuantityFault(
            f"expected durations from 0 % to 100 %, such as {example}; found {show(raw)}"
        )
    read = [(_probability(key), _read_part(raw, key, "duration")) for key in raw]
    points = sorted(read, key=lambda point: point[0])
    probabilities, values = tuple(point[0] for point in points), tuple(point[1] for point in points)
    if len(points) < 2 or probabilities[0] != 0 or probabilities[-1] != 1:
        raise QuantityFault(
            f"expected durations from 0 % to 100 %, such as {example}; found {show(raw)}"
        )
    if len(set(probabilities)) < len(points):
        raise QuantityFault("a share stands twice")
    if not _rises(values):
        raise QuantityFault("expected durations that rise with the share, over their whole ranges")
    _check_one_time(values)
    return QUANTILES, values, probabilities


def _probability(key: str) -> float:
    try:
        return read_value(key, "share").number
    except QuantityFault as fault:
        raise fault.under(str(key)) from fault


def quantile(family: int, a: float, b: float, c: float, u: float) -> float:
    """Return the duration that a share `u` of clients stay below, in days.

    Parameters
    ----------
    family : int
        Any but `QUANTILES`.
    a, b, c : float
        The family's parameters in the order of `FAMILIES`; those it does not have are ignored.
    u : float
        Strictly between 0 and 1.
    """
    if family == UNIFORM:
        return a + (b - a) * u
    if family == TRIANGULAR:
        return _triangular(a, b, c, u)
    if family == EXPONENTIAL:
        return -a * math.log(1.0 - u)
    if family == GAMMA:
        return a if b == 0.0 else a * b * b * gamma_quantile(1.0 / (b * b), u)
    if family == WEIBULL:
        return float(a / gamma_function(1.0 + 1.0 / b) * (-math.log(1.0 - u)) ** (1.0 / b))
    if family == LOGNORMAL:
        variance = math.log(1.0 + b * b)
        return a * math.exp(math.sqrt(variance) * float(ndtri(u)) - variance / 2.0)
    return a


def _triangular(low: float, usual: float, high: float, u: float) -> float:
    width = high - low
    if u * width < usual - low:
        return low + math.sqrt(u * width * (usual - low))
    return high - math.sqrt((1.0 - u) * width * (high - usual))


def interpolate(probabilities: Sequence[float], durations: Sequence[float], u: float) -> float:
    """Return the duration at `u` on straight lines between the given quantiles."""
    k = 1
    while probabilities[k] < u:
        k += 1
    share = (u - probabilities[k - 1]) / (probabilities[k] - probabilities[k - 1])
    return durations[k - 1] + share * (durations[k] - durations[k - 1])


def mean(duration: Duration) -> float:
    """Return the mean of a duration at its values, in days; the factors and `slowest_of` left out.

    For `ALL_OF` it is that of the longest part, which is less than the mean of the slowest.
    """
    if duration.parts:
        return max(mean(part) for part in duration.parts)
    numbers = [value.number for value in duration.parameters]
    if duration.family in (UNIFORM, TRIANGULAR):
        return sum(numbers) / len(numbers)
    if duration.family == QUANTILES:
        steps = zip(
            duration.probabilities, duration.probabilities[1:], numbers, numbers[1:], strict=False
        )
        return sum((q - p) * (a + b) / 2 for p, q, a, b in steps)
    return numbers[0]
