"""The last part of a register, forecast by a flow that was learned from the rest of it.

The forecast is made of what the register showed on the day of the cut and of nothing else; only
then is the rest counted. Beside it stands a naive forecast: as many a month as in the year before,
and as many at a time as on the day of the cut.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy.special import pdtrik

from pilotsim.base.arrays import Floats, Ints
from pilotsim.base.calendar import add_months
from pilotsim.base.errors import RequestError
from pilotsim.base.files import write_text
from pilotsim.base.messages import Message
from pilotsim.files.modules import flow_document
from pilotsim.files.reading import build_flow
from pilotsim.learning.learned import LearnedFlow
from pilotsim.learning.learning import learn_from_stays
from pilotsim.learning.stays import Stays, date_of, day_of
from pilotsim.learning.written import flow_text, rows_file, rows_text
from pilotsim.model.distributions import FAMILIES, Duration
from pilotsim.model.distributions.duration import POINTS
from pilotsim.model.flow import Flow
from pilotsim.runs.batches import Variant, clients_of
from pilotsim.runs.budget import PlannedRuns, check_budget
from pilotsim.simulation.engines import simulate
from pilotsim.simulation.journeys import Journeys
from pilotsim.simulation.size import check_clients

__all__ = ["HeldOut", "HeldOutSeries", "hold_out", "remaining_quantiles"]

BAND = (0.05, 0.95)
REPLICATIONS = 200
# The naive forecast is the mean of so many months before the cut.
NAIVE_MONTHS = 12
# What is measured by, which has dates of its own, is none of a forecast's.
_NOT_FORECAST = (
    "targets",
    "observed",
    "conflicts",
    "scenarios",
    "choices",
    "critical_factors",
    "questions",
    "mechanisms",
    "economy",
    "costs",
    "set_aside",
    "warm_up",
    "starts_from",
)
_POINTS = np.array([0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.97, 1.0])
_GRID = (np.arange(400) + 0.5) / 400


@dataclass(frozen=True)
class HeldOutSeries:
    """Counts by month that were forecast, and what they came to.

    Parameters
    ----------
    stage : str
        The stage.
    kind : str
        `entered`: how many entered it in each month; `present`: how many were in it at its end.
    forecast, low, high : ndarray of float, shape (months,)
        The mean over the runs, and the band that nine runs in ten lie in.
    naive, naive_low, naive_high : ndarray of float, shape (months,)
        The naive forecast and its band; of those present it has none (NaN).
    counted : ndarray of float, shape (months,)
        What the register shows.
    """

    stage: str
    kind: str
    forecast: Floats
    low: Floats
    high: Floats
    naive: Floats
    naive_low: Floats
    naive_high: Floats
    counted: Floats

    @property
    def hits(self) -> int:
        """How many months lie inside the band."""
        return int(((self.low <= self.counted) & (self.counted <= self.high)).sum())

    @property
    def naive_hits(self) -> int:
        """How many months lie inside the band of the naive forecast."""
        return int(((self.naive_low <= self.counted) & (self.counted <= self.naive_high)).sum())

    @property
    def error(self) -> float:
        """The mean absolute error of the forecast."""
        return float(np.abs(self.forecast - self.counted).mean())

    @property
    def naive_error(self) -> float:
        """The mean absolute error of the naive forecast."""
        return float(np.abs(self.naive - self.counted).mean())


@dataclass(frozen=True)
class HeldOut:
    """What a flow that was learned from the first part of a register said of the last.

    Parameters
    ----------
    cut : float
        The day of the cut, in days from `stays.ORIGIN`.
    months : int
        How many months were held out.
    replications : int
        How many runs the forecast is of.
    series : tuple of HeldOutSeries
        The counts.
    learned : int
        How many numbers were learned before the cut.
    """

    cut: float
    months: int
    replications: int
    series: tuple[HeldOutSeries, ...]
    learned: int

    @property
    def counts(self) -> int:
        """How many counts were forecast."""
        return sum(len(one.counted) for one in self.series)

    @property
    def hits(self) -> int:
        """How many of them lie inside their bands."""
        return sum(one.hits for one in self.series)


def hold_out(
    stays: Stays,
    flow: Flow,
    text: str,
    months: int,
    *,
    seed: int = 1,
    replications: int = REPLICATIONS,
    progress: Callable[[int], object] | None = None,
) -> HeldOut:
    """Return what a flow that is learned from the first part of a register says of the last.

    Parameters
    ----------
    stays : Stays
        What the register shows.
    flow : Flow
        The sketch.
    text : str
        The file of the sketch.
    months : int
        How many whole months are held out.
    seed : int
        Of the rows and of the runs.
    replications : int
        How many runs the forecast is of.
    progress : callable, optional
        Is told how many more runs are done.

    Raises
    ------
    RequestError
        The register is too short, the forecast would need what it does not show, or its runs need
        more than a bound allows.
    """
    last = date_of(stays.ends).replace(day=1)
    first = add_months(last, -months)
    cut = day_of(first)
    if cut - stays.begins < 2 * (day_of(last) - cut):
        raise RequestError(
            Message(
                "the register looks from {first} to {last}: too short to hold out {months} months "
                "and to learn from twice as many before",
                first=date_of(stays.begins),
                last=date_of(stays.ends),
                months=months,
            )
        )
    edges = np.array([day_of(add_months(first, k)) for k in range(months + 1)])
    before = stays.until_day(cut)
    learned = learn_from_stays(before, flow, seed=seed)
    runs = _forecast(learned, before, text, edges, seed, replications, progress)
    naive = _naive(before, cut, months)
    # Only here is the part that was held out looked at.
    counted = _counts_of_stays(stays, edges)
    series = []
    for place, stage in enumerate(stays.stages):
        for kind in ("entered", "present"):
            drawn = runs[kind][:, place]
            low, high = np.quantile(drawn, BAND, axis=0, method="inverted_cdf")
            middle, naive_low, naive_high = naive[kind][:, place]
            one = HeldOutSeries(
                stage,
                kind,
                drawn.mean(axis=0),
                low,
                high,
                middle,
                naive_low,
                naive_high,
                counted[kind][place],
            )
            if one.counted.any() or one.forecast.any():
                series.append(one)
    return HeldOut(cut, months, replications, tuple(series), len(learned.values))


def _count_within(moments: Floats, edges: Floats) -> Ints:
    """Return how many moments lie in each month; one at its end is of the next month."""
    return np.diff(np.searchsorted(np.sort(moments), edges))


def _counts_of_stays(stays: Stays, edges: Floats) -> dict[str, Floats]:
    entered, present = [], []
    for place in range(len(stays.stages)):
        here = stays.stage == place
        since = np.where(np.isnan(stays.entered), -np.inf, stays.entered)[here]
        until = np.where(stays.has_left, stays.left, np.inf)[here]
        entered.append(_count_within(since, edges))
        present.append([np.sum((since < day) & (until >= day)) for day in edges[1:]])
    return {
        "entered": np.array(entered, np.float64),
        "present": np.array(present, np.float64),
    }


def _naive(before: Stays, cut: float, months: int) -> dict[str, Floats]:
    """Return the naive forecast with its band, shape (3, stages, months) by kind."""
    first = date_of(cut)
    many = min(NAIVE_MONTHS, max(1, int((cut - before.begins) / 31)))
    edges = np.array([day_of(add_months(first, -k)) for k in range(many, -1, -1)])
    counts = _counts_of_stays(before, edges)
    mean = np.repeat(counts["entered"].mean(axis=1)[:, None], months, axis=1)
    low, high = _poisson_band(mean)
    now = np.repeat(counts["present"][:, -1:], months, axis=1)
    none = np.full(now.shape, np.nan)
    return {"entered": np.stack([mean, low, high]), "present": np.stack([now, none, none])}


def _poisson_band(mean: Floats) -> tuple[Floats, Floats]:
    """Return the band of events that come by chance, so many on average."""
    low = np.maximum(np.ceil(np.nan_to_num(pdtrik(BAND[0], np.maximum(mean, 1e-9)))), 0.0)
    high = np.maximum(np.ceil(np.nan_to_num(pdtrik(BAND[1], np.maximum(mean, 1e-9)))), 0.0)
    return low, high


def _forecast(
    learned: LearnedFlow,
    before: Stays,
    text: str,
    edges: Floats,
    seed: int,
    replications: int,
    progress: Callable[[int], object] | None,
) -> dict[str, Floats]:
    """Return the counts of each run, shape (runs, stages, months), by kind."""
    with tempfile.TemporaryDirectory() as folder:
        flow = _flow_from(learned, before, text, edges, Path(folder))
        clients = clients_of([Variant("forecast", flow)])
        check_clients(clients[0])
        check_budget(
            [PlannedRuns(clients[0], replications)],
            jobs=1,
            trial=lambda: simulate(flow, seed=seed, fixed=False),
        )
        entered, present = [], []
        for replication in range(replications):
            journeys = simulate(flow, seed=seed, replication=replication, fixed=False)
            counts = _counts_of_journeys(journeys, edges - edges[0])
            entered.append(counts[0])
            present.append(counts[1])
            if progress is not None:
                progress(1)
    return {"entered": np.array(entered), "present": np.array(present)}


def _counts_of_journeys(journeys: Journeys, edges: Floats) -> tuple[Floats, Floats]:
    entered, present = [], []
    until = np.where(np.isnan(journeys.finished), np.inf, journeys.finished)
    for place in range(len(journeys.plan.stages)):
        here = journeys.stage == place
        since, left = journeys.joined[here], until[here]
        # Who is there at the start has entered before.
        entered.append(_count_within(since[since > 0], edges))
        present.append([np.sum((since < day) & (left >= day)) for day in edges[1:]])
    return np.array(entered, np.float64), np.array(present, np.float64)


def _flow_from(learned: LearnedFlow, before: Stays, text: str, edges: Floats, folder: Path) -> Flow:
    """Return the learned flow as it stands on the day of the cut."""
    if any(not part.is_counted for part in learned.parts):
        rows = folder / rows_file(learned.flow)
        rows.parent.mkdir()
        write_text(rows, rows_text(learned))
    document = flow_document(flow_text(learned, text), str(folder / "forecast.yaml"))
    content: Any = document.content
    for key in _NOT_FORECAST:
        content.pop(key, None)
    cut = date_of(edges[0])
    said = {"value": f"{len(edges) - 1} months", "assumption": "What was held out"}
    content["starts"], content["lasts"] = cut.isoformat(), said
    flow = build_flow(document)
    for name in flow.groups:
        _put_stock(content["groups"][name], before, flow, name, edges[0])
    return build_flow(document)


def _put_stock(group: dict[str, Any], before: Stays, flow: Flow, name: str, cut: float) -> None:
    """Put those who are there on the day of the cut into a group: how many, where, for how long."""
    known = np.where(np.isnan(before.entered), -np.inf, before.entered)
    there = (known < cut) & ~before.has_left & (before.seen_until >= cut)
    if len(flow.groups) > 1 and (before.group != "").any():
        there &= before.group == name
    elif len(flow.groups) > 1 and name != next(iter(flow.groups)):
        there &= False
    assumed = "On the day of the cut"
    for key in ("stock", "stock_in", "past"):
        group.pop(key, None)
    count = int(there.sum())
    if not count:
        return
    group["stock"] = {"value": count, "assumption": assumed}
    places = [k for k in range(len(before.stages)) if (there & (before.stage == k)).any()]
    shares = np.array([float((there & (before.stage == k)).sum()) for k in places]) / count
    found: dict[str, Any] = {}
    for number, (place, share) in enumerate(zip(places, shares.tolist(), strict=True)):
        stage = before.stages[place]
        entry: dict[str, Any] = {}
        if number < len(places) - 1:
            entry["share"] = {"value": f"{100 * share:.6f} %", "assumption": assumed}
        lasts = flow.stages[stage].lasts
        rows = there & (before.stage == place)
        remaining = None
        if lasts is not None:
            since = np.where(np.isnan(before.started), before.entered, before.started)[rows]
            remaining = remaining_quantiles(lasts, cut - since[~np.isnan(since)])
        if remaining is not None:
            entry["remaining"] = {
                "quantiles": {
                    f"{100 * share:g} %": {"value": f"{days:.4f} days", "assumption": assumed}
                    for share, days in remaining.items()
                }
            }
        elif lasts is not None:
            entry["remaining"] = "equilibrium"
        found[stage] = entry or "rest"
    group["stock_in"] = found


def remaining_quantiles(lasts: Duration, elapsed: Floats) -> dict[float, float] | None:
    """Return what is left of stays that have lasted so long, as quantiles; None where unknown.

    Parameters
    ----------
    lasts : Duration
        How long stays last.
    elapsed : ndarray of float, shape (stays,)
        How long each has lasted, in days.
    """
    lengths = _lengths(lasts)
    if lengths is None or not len(elapsed):
        return None
    left, weights = [], []
    for day in elapsed.tolist():
        longer = lengths[lengths > day] - day
        # Who has stayed longer than anybody is expected to leaves at once.
        longer = longer if len(longer) else np.zeros(1)
        left.append(longer)
        weights.append(np.full(len(longer), 1.0 / len(longer)))
    days, weight = np.concatenate(left), np.concatenate(weights)
    order = np.argsort(days, kind="stable")
    days, weight = days[order], weight[order]
    place = (np.cumsum(weight) - weight / 2.0) / weight.sum()
    found = np.interp(_POINTS, place, days)
    return dict(zip(_POINTS.tolist(), np.maximum.accumulate(found).tolist(), strict=True))


def _lengths(lasts: Duration) -> Floats | None:
    """Return equally likely lengths of stay, at their numbers; None for those made of parts."""
    if lasts.parts or lasts.working:
        return None
    numbers = [one.number for one in lasts.parameters]
    if lasts.family == POINTS:
        return np.interp(_GRID, lasts.probabilities, numbers)
    family = FAMILIES[lasts.family]
    own = family.prepare(*numbers) if family.prepare is not None else tuple(numbers)
    return np.array([family.quantile(*own, u) for u in _GRID.tolist()])
