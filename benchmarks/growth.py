"""Whether time per event and memory per client stay the same from 1,000 clients to a million."""

from __future__ import annotations

from collections.abc import Iterator
from statistics import median, quantiles
from typing import Any

from benchmarks.child import ask
from benchmarks.effort import Effort
from benchmarks.results import Result, at_most, in_bytes, in_time

GIGABYTES = 1e9


def growth(effort: Effort) -> Iterator[Result]:
    """Yield how the time per event grows, with fixed capacities and with growing ones."""
    for what, says in (
        ("clients", "capacities as they are"),
        ("capacities", "capacities grow as well"),
    ):
        found = [ask("scaled", size, what, _runs(size)) for size in effort.sizes]
        first, last = found[0], found[-1]
        times = [one["ns"] for one in found]
        ratio = median(times[-1]) / median(times[0])
        steps = "; ".join(f"{one['clients']:,} clients {median(one['ns']):.0f} ns" for one in found)
        yield Result(
            f"Time per event, {last['clients']:,} clients against {first['clients']:,}, {says}",
            in_time(median(times[-1]) / 1e9),
            in_time(median(times[0]) / 1e9),
            ratio,
            low=_middle(times[-1])[0] / _middle(times[0])[1],
            high=_middle(times[-1])[1] / _middle(times[0])[0],
            bound=at_most(2),
            note=f"An event is a moment at which a client joins, starts or finishes. {steps}.",
        )
        yield from _memory(last, says)


def _middle(times: list[float]) -> tuple[float, float]:
    """Return the quartiles of many times; of a few, the lowest and the highest."""
    if len(times) < 8:
        return min(times), max(times)
    low, _, high = quantiles(times, n=4)
    return low, high


def _runs(size: int) -> int:
    return max(2, min(200, 300_000 // size))


def _memory(found: dict[str, Any], says: str) -> Iterator[Result]:
    clients, peak = found["clients"], found["peak"]
    bound = at_most(1.2) if clients > 900_000 else None
    per_client = in_bytes((peak - found["before"]) / clients)
    note = f"Journeys included; {per_client} a client; the first run took {found['first']:.1f} s."
    yield Result(
        f"Peak memory, {clients:,} clients, {says}",
        in_bytes(peak),
        "",
        peak / GIGABYTES,
        "GB",
        bound=bound,
        note=note,
    )
