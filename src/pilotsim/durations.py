"""Duration families: how they are written, their inverse distribution functions, their means.

Every family is drawn from one uniform number by its inverse distribution function, so that a change of a parameter
moves every client's duration and never hands one client's number to another.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from scipy.special import gamma as gamma_function
from scipy.special import gammaincinv, ndtri

from pilotsim.errors import did_you_mean
from pilotsim.values import Value, ValueFault, read_value, show

CONSTANT, UNIFORM, TRIANGULAR, EXPONENTIAL, GAMMA, WEIBULL, LOGNORMAL, QUANTILES = range(8)

# Parameters of each family in the order of `quantile`, with the kind of value expected.
FAMILIES: dict[str, tuple[int, tuple[tuple[str, str], ...]]] = {
    "constant": (CONSTANT, (("days", "duration"),)),
    "uniform": (UNIFORM, (("shortest", "duration"), ("longest", "duration"))),
    "triangular": (TRIANGULAR, (("shortest", "duration"), ("usual", "duration"), ("longest", "duration"))),
    "exponential": (EXPONENTIAL, (("mean", "duration"),)),
    "gamma": (GAMMA, (("mean", "duration"), ("cv", "number"))),
    "weibull": (WEIBULL, (("mean", "duration"), ("shape", "number"))),
    "lognormal": (LOGNORMAL, (("mean", "duration"), ("cv", "number"))),
}
OPTIONS = ("times", "slowest_of")


@dataclass(frozen=True)
class Duration:
    """A length of time that differs from client to client.

    Parameters
    ----------
    family : int
        `CONSTANT`, `UNIFORM`, ...
    parameters : tuple of Value
        In the order of `FAMILIES`; for `QUANTILES` the durations at `probabilities`.
    probabilities : tuple of float
        For `QUANTILES` only, rising from 0 to 1.
    times : Value or None
        A factor on every duration, which may change at dates (as of the start).
    slowest_of : Value or None
        The longest of so many independent durations counts: all of them must be over.
    """

    family: int
    parameters: tuple[Value, ...]
    probabilities: tuple[float, ...] = ()
    times: Value | None = None
    slowest_of: Value | None = None

    def named_parts(self) -> Iterator[tuple[str, Value]]:
        """Yield each value with the key by which a flow file names it."""
        name = "quantiles" if self.family == QUANTILES else next(n for n, (code, _) in FAMILIES.items() if code == self.family)
        keys = [f"{p * 100:g} %" for p in self.probabilities] or [key for key, _ in FAMILIES.get(name, (0, ()))[1]]
        for key, value in zip(keys, self.parameters, strict=True):
            yield ("" if self.family == CONSTANT else f"{name}.{key}"), value
        yield from ((key, value) for key, value in (("times", self.times), ("slowest_of", self.slowest_of)) if value)

    @property
    def working(self) -> bool:
        """Whether the time is counted in working days."""
        return self.parameters[0].working

    @property
    def is_zero(self) -> bool:
        """Whether the duration is 0 for everyone, whatever is drawn."""
        return self.family == CONSTANT and self.parameters[0].number == 0 and not self.parameters[0].has_range


def read_duration(raw: Any) -> Duration:
    """Return the duration that a length of time or a family with its parameters stands for.

    Raises
    ------
    ValueFault
        An unknown family, a missing or unknown parameter, or one out of bounds.
    """
    if isinstance(raw, Duration):
        return raw
    if not isinstance(raw, Mapping) or "value" in raw:
        return Duration(CONSTANT, (read_value(raw, "duration"),))
    families = [key for key in raw if key not in OPTIONS]
    known = [*FAMILIES, "erlang", "quantiles"]
    if len(families) != 1:
        raise ValueFault(f"expected one family of durations; found {', '.join(map(str, families)) or 'none'}")
    name = str(families[0])
    if name not in known:
        raise ValueFault(f"unknown family of durations '{name}'{did_you_mean(name, [*known, *OPTIONS])}", name)
    try:
        family, parameters, probabilities = _read_family(name, raw[name])
    except ValueFault as fault:
        raise ValueFault(str(fault), name) from fault
    times = read_value(raw["times"], "number") if "times" in raw else None
    slowest_of = read_value(raw["slowest_of"], "count") if "slowest_of" in raw else None
    return Duration(family, parameters, probabilities, times, slowest_of)


def _read_family(name: str, raw: Any) -> tuple[int, tuple[Value, ...], tuple[float, ...]]:
    if name == "constant" and not (isinstance(raw, Mapping) and "days" in raw):
        return CONSTANT, (read_value(raw, "duration"),), ()
    if not isinstance(raw, Mapping):
        raise ValueFault(f"expected the parameters of '{name}'; found {show(raw)}")
    if name == "quantiles":
        return _read_quantiles(raw)
    if name == "erlang":
        mean, phases = _read_parameters(raw, (("mean", "duration"), ("phases", "count")))
        if phases.number < 1 or phases.has_range:
            raise ValueFault("expected a fixed number of phases, 1 or more")
        return GAMMA, (mean, Value(1 / math.sqrt(phases.number), "number")), ()
    family, expected = FAMILIES[name]
    parameters = _read_parameters(raw, expected)
    _check_parameters(family, parameters)
    return family, parameters, ()


def _read_parameters(raw: Mapping[str, Any], expected: Sequence[tuple[str, str]]) -> tuple[Value, ...]:
    names = [name for name, _ in expected]
    for key in raw:
        if key not in names:
            raise ValueFault(f"unknown parameter '{key}'{did_you_mean(str(key), names)}")
    for name in names:
        if name not in raw:
            raise ValueFault(f"the parameter '{name}' is missing; expected {', '.join(names)}")
    values = []
    for name, kind in expected:
        try:
            values.append(read_value(raw[name], kind))
        except ValueFault as fault:
            raise ValueFault(f"{name}: {fault}") from fault
    if len({value.working for value, (_, kind) in zip(values, expected, strict=True) if kind == "duration"}) > 1:
        raise ValueFault("mixes calendar days and working days")
    return tuple(values)


def _check_parameters(family: int, parameters: tuple[Value, ...]) -> None:
    numbers = [value.number for value in parameters]
    if family in (UNIFORM, TRIANGULAR) and numbers != sorted(numbers):
        raise ValueFault("expected the shortest first and the longest last")
    if family == WEIBULL and min(numbers[1], parameters[1].low or numbers[1]) <= 0:
        raise ValueFault("expected a shape above 0")


def _read_quantiles(raw: Mapping[str, Any]) -> tuple[int, tuple[Value, ...], tuple[float, ...]]:
    points = sorted((read_value(key, "share").number, read_value(value, "duration")) for key, value in raw.items())
    probabilities = tuple(probability for probability, _ in points)
    values = tuple(value for _, value in points)
    if len(points) < 2 or probabilities[0] != 0 or probabilities[-1] != 1:
        raise ValueFault("expected durations from 0 % to 100 %, such as {0 %: 0 days, 50 %: 2 weeks, 100 %: 3 months}")
    if [value.number for value in values] != sorted(value.number for value in values):
        raise ValueFault("expected durations that rise with the share")
    if len({value.working for value in values}) > 1:
        raise ValueFault("mixes calendar days and working days")
    return QUANTILES, values, probabilities


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
        return a if b == 0.0 else float(a * b * b * gammaincinv(1.0 / (b * b), u))
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
    """Return the mean of a duration at its values, in days; the factor `times` and `slowest_of` left out."""
    numbers = [value.number for value in duration.parameters]
    if duration.family in (UNIFORM, TRIANGULAR):
        return sum(numbers) / len(numbers)
    if duration.family == QUANTILES:
        steps = zip(duration.probabilities, duration.probabilities[1:], numbers, numbers[1:], strict=False)
        return sum((q - p) * (a + b) / 2 for p, q, a, b in steps)
    return numbers[0]
