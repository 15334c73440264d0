"""Speeds of risks, learned: competing risks, each a rate of its own while its clock runs.

What else ends a stay ends the time in which a risk could fire (cause-specific rates); so each risk
is learned by itself, over all stages in which its clock runs.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from pilotsim.base.arrays import Floats
from pilotsim.base.messages import Message
from pilotsim.base.quantity import Quantity
from pilotsim.base.statistics import critical_value
from pilotsim.learning.ends import LearnedFrom
from pilotsim.learning.learned import (
    LEAST_EVENTS,
    LEVEL,
    LearnedPart,
    LearnedValue,
    LeftOpen,
    antithetic_normals,
)
from pilotsim.learning.poisson import RateFit, fit_rates
from pilotsim.learning.seen_traits import TraitColumn, candidates, columns_of, stack, unseen
from pilotsim.learning.stays import Stays, date_of, day_of
from pilotsim.model.flow import Flow
from pilotsim.model.stages import Risk

__all__ = ["learn_speed"]

WAITING, STARTED = "waiting", "started"


@dataclass(frozen=True)
class _Running:
    """A phase of a stage in which a risk's clock runs.

    Parameters
    ----------
    stage : str
        The stage.
    phases : tuple of str
        `waiting`, `started` or both.
    speed : Quantity
        How fast: a rate, or a number of times the risk's own.
    path : str
        Where the speed stands in the flow.
    """

    stage: str
    phases: tuple[str, ...]
    speed: Quantity
    path: str

    @property
    def is_own_rate(self) -> bool:
        """Whether it is a rate of its own."""
        return self.speed.kind == "rate"

    @property
    def is_reference(self) -> bool:
        """Whether the risk's own rate holds as it is, or times a number that nobody assumed."""
        return not self.is_own_rate and self.speed.is_plain and not self.speed.has_range


def _running(flow: Flow, risk: str) -> Iterator[_Running]:
    for name, stage in flow.stages.items():
        if risk not in stage.risks:
            continue
        speeds = stage.risks[risk]
        path = f"stages.{name}.risks.{risk}"
        if speeds.waiting is speeds.started:
            if speeds.started is not None:
                yield _Running(name, (WAITING, STARTED), speeds.started, path)
            continue
        for phase, speed in ((WAITING, speeds.waiting), (STARTED, speeds.started)):
            if speed is not None:
                yield _Running(name, (phase,), speed, f"{path}.{phase}")


def learn_speed(given: LearnedFrom, name: str) -> tuple[LearnedPart | None, list[LeftOpen]]:
    """Return the speed of a risk's clock with its factors, and what of it cannot be learned.

    Parameters
    ----------
    given : LearnedFrom
        The register and the sketch.
    name : str
        The risk.
    """
    flow = given.flow
    risk = flow.risks[name]
    places = [
        one
        for one in _running(flow, name)
        if one.speed.number != 0 or one.speed.has_range or one.speed.assumption
    ]
    why = _obstacle(given, name, places)
    path = f"risks.{name}.rate" if risk.rate is not None else (places[0].path if places else "")
    if why is not None:
        return None, [LeftOpen(path or f"risks.{name}", why)]
    return _Speed(given, name, places).learn()


def _obstacle(given: LearnedFrom, name: str, places: list[_Running]) -> Message | None:
    stays, ends, flow = given.stays, given.ends, given.flow
    risk = flow.risks[name]
    if risk.after is not None:
        return Message("is a fixed limit (after), which a rule gives and no register")
    if not places:
        return Message("no stage lets its clock run")
    hidden = unseen(risk.times, stays)
    if hidden:
        return Message("differs by '{trait}', which the register does not show", trait=hidden[0])
    if any(one.speed.follows or one.speed.changes or one.speed.scaled_by for one in places):
        return Message("its speed follows other values, or changes at dates")
    if risk.rate is not None and (risk.rate.follows or risk.rate.scaled_by):
        return Message("its speed follows other values, or changes at dates")
    for one in places:
        if name in ends.doubtful.get(one.stage, ()):
            return Message(
                "leads from '{stage}' to where another way leads too; a column 'cause' would tell",
                stage=one.stage,
            )
        if flow.stages[one.stage].may_wait and len(one.phases) == 1 and not stays.tells_waits:
            return Message(
                "runs otherwise while clients wait in '{stage}', and the register does not say "
                "when a wait ended; give 'joined' and 'start'",
                stage=one.stage,
            )
    return None


class _Speed:
    """The speed of a risk being learned."""

    def __init__(self, given: LearnedFrom, name: str, places: list[_Running]) -> None:
        self.stays, self.ends, self.flow, self.seed = (
            given.stays,
            given.ends,
            given.flow,
            given.seed,
        )
        self.name, self.places = name, places
        self.risk = self.flow.risks[name]
        self.clock = _Clock(self.risk, self.stays)
        self.left: list[LeftOpen] = []

    def learn(self) -> tuple[LearnedPart | None, list[LeftOpen]]:
        """Return what was learned, and what was not."""
        cells = [self._cells(place) for place in self.places]
        counts = [float(events.sum()) for events, _, _ in cells]
        if not any(float(exposure.sum()) for _, exposure, _ in cells):
            return None, [
                LeftOpen(self._base_path(), Message("the register shows no time in which it runs"))
            ]
        named = columns_of(self.risk.times, self.stays)
        total = sum(counts)
        if total < LEAST_EVENTS * (1 + len(named)):
            why = Message(
                "it fired {count:,} times, and {least:,} are needed",
                count=int(total),
                least=LEAST_EVENTS * (1 + len(named)),
            )
            if total == 0:
                time = sum(float(exposure.sum()) for _, exposure, _ in cells)
                why = Message(
                    "it never fired; with 95 % confidence it is below {most:.2g} % per month",
                    most=100.0 * 3.0 / time * 365.25 / 12,
                )
            return None, [LeftOpen(self._base_path(), why)]
        paths, parameter_of = self._parameters(cells)
        if not paths:
            return None, self.left
        fit, columns = self._with_traits(cells, paths, parameter_of, named)
        if fit is None:
            return None, [
                *self.left,
                LeftOpen(self._base_path(), Message("its factors cannot be told apart")),
            ]
        return self._part(fit, paths, columns, named), self.left

    def _base_path(self) -> str:
        if self.risk.rate is not None:
            return f"risks.{self.name}.rate"
        return self.places[0].path

    def _cells(self, place: _Running) -> tuple[Floats, Floats, np.ndarray]:
        """Return events and exposure of each stay in a phase, and whether its end is doubtful."""
        stays = self.stays
        here = stays.stage == stays.stages.index(place.stage)
        joined = np.where(np.isnan(stays.entered), -np.inf, stays.entered)
        until = stays.until
        started = np.where(np.isnan(stays.started), until, stays.started)
        if not stays.tells_waits:
            started = joined
        unknown = np.isnan(stays.entered) & np.isnan(stays.started)
        started = np.where(unknown, joined, started)
        first = joined if WAITING in place.phases else started
        last = until if STARTED in place.phases else np.minimum(started, until)
        first = np.maximum(first, np.maximum(stays.seen_from, stays.begins))
        last = np.minimum(last, stays.seen_until)
        exposure = np.where(here, self.clock.run(first, last), 0.0)
        at_end = here & self.ends.are(self.name)
        in_phase = np.ones(len(stays), np.bool_)
        if place.phases == (STARTED,) and stays.tells_waits:
            in_phase = ~np.isnan(stays.started)
        elif place.phases == (WAITING,):
            in_phase = np.isnan(stays.started)
        events = (at_end & in_phase).astype(np.float64)
        lost = self._under_effects(place, first, last, until, exposure, events)
        return events, exposure, lost

    def _under_effects(
        self,
        place: _Running,
        first: Floats,
        last: Floats,
        until: Floats,
        exposure: Floats,
        events: Floats,
    ) -> np.ndarray:
        """Take out the time in which an effect may work on the clock; return where any was."""
        lost = np.zeros(len(first), np.bool_)
        for effect in self.flow.effects:
            if effect.on != self.name:
                continue
            reach = math.inf
            if effect.lasts is not None:
                more = [effect.starts, effect.lasts, effect.fades]
                reach = sum(one.most for one in more if one is not None)
            times = self._times_of(effect.after, effect.counted_from)
            for row in np.flatnonzero(exposure > 0):
                for when in times.get(int(self.stays.case[row]), ()):
                    start, stop = max(first[row], when), min(last[row], when + reach)
                    if stop > start:
                        exposure[row] -= self.clock.run(np.array([start]), np.array([stop]))[0]
                        lost[row] = True
                        if when <= until[row] <= when + reach:
                            events[row] = 0.0
        np.maximum(exposure, 0.0, out=exposure)
        return lost

    def _times_of(self, stage: str, counted_from: str) -> dict[int, list[float]]:
        """Return when each case passed a stage."""
        stays = self.stays
        column = {
            "joined": stays.entered,
            "started": stays.started,
            "finished": np.where(self.ends.are("finished"), stays.left, np.nan),
        }[counted_from]
        found: dict[int, list[float]] = {}
        rows = (stays.stage == stays.stages.index(stage)) & ~np.isnan(column)
        for case, when in zip(stays.case[rows].tolist(), column[rows].tolist(), strict=True):
            found.setdefault(case, []).append(when)
        return found

    def _parameters(
        self, cells: list[tuple[Floats, Floats, np.ndarray]]
    ) -> tuple[list[str], list[list[int]]]:
        """Return the paths of the numbers that are learned, and those that each place goes by."""
        paths: list[str] = []
        parameters: list[list[int]] = []
        refer = [k for k, one in enumerate(self.places) if one.is_reference]
        base = self.risk.rate is not None and any(cells[k][0].sum() > 0 for k in refer)
        if base:
            paths.append(f"risks.{self.name}.rate")
        elif self.risk.rate is not None and any(not one.is_own_rate for one in self.places):
            self.left.append(
                LeftOpen(
                    f"risks.{self.name}.rate",
                    Message("it fired in no stage where its own rate holds"),
                )
            )
        for k, place in enumerate(self.places):
            events, exposure, _ = cells[k]
            if place.is_reference:
                parameters.append([0] if base else [])
                continue
            enough = float(events.sum()) >= LEAST_EVENTS and float(exposure.sum()) > 0
            if not enough or not (place.is_own_rate or base):
                self.left.append(
                    LeftOpen(
                        place.path,
                        Message(
                            "it fired {count:,} times there, and {least:,} are needed",
                            count=int(events.sum()),
                            least=LEAST_EVENTS,
                        ),
                    )
                )
                parameters.append([])
                continue
            paths.append(place.path)
            own = len(paths) - 1
            parameters.append([own] if place.is_own_rate else [0, own])
        return paths, parameters

    def _with_traits(
        self,
        cells: list[tuple[Floats, Floats, np.ndarray]],
        paths: list[str],
        parameters: list[list[int]],
        named: list[TraitColumn],
    ) -> tuple[RateFit | None, list[TraitColumn]]:
        """Return the fit with the traits that the sketch names, and those that lower the BIC."""
        taken: list[TraitColumn] = []
        left = candidates(self.flow, self.stays, self.risk.times)
        fit = self._fit(cells, len(paths), parameters, named)
        while left and fit is not None:
            gains = []
            for columns in left:
                more = self._fit(cells, len(paths), parameters, [*named, *taken, *columns])
                less = self._fit(
                    cells, len(paths), parameters, [*named, *taken], also_known=columns
                )
                gain = -1.0
                if more is not None and less is not None:
                    gain = less.bic(less.events) - more.bic(more.events)
                gains.append(gain)
            best = int(np.argmax(gains))
            if gains[best] <= 0:
                break
            taken += left.pop(best)
            fit = self._fit(cells, len(paths), parameters, [*named, *taken])
        return fit, [*named, *taken]

    def _fit(
        self,
        cells: list[tuple[Floats, Floats, np.ndarray]],
        size: int,
        parameters: list[list[int]],
        columns: list[TraitColumn],
        also_known: list[TraitColumn] | None = None,
    ) -> RateFit | None:
        rows = len(self.stays)
        traits, known = stack(columns, rows)
        if also_known:
            known &= stack(also_known, rows)[1]
        events, exposures, designs = [], [], []
        for (count, exposure, _), used, place in zip(cells, parameters, self.places, strict=True):
            if not used:
                continue
            design = np.zeros((rows, size))
            design[:, used] = 1.0
            kept = known & (exposure > 0)
            speed = place.speed.number if place.is_reference else 1.0
            events.append(count[kept])
            exposures.append(exposure[kept] * speed)
            designs.append(np.concatenate([design, traits], axis=1)[kept])
        if not events:
            return None
        joined = np.concatenate(designs)
        # Stays alike in everything are one cell.
        unique, place_of = np.unique(joined, axis=0, return_inverse=True)
        place_of = place_of.reshape(-1)
        return fit_rates(
            np.bincount(place_of, np.concatenate(events), len(unique)).astype(np.float64),
            np.bincount(place_of, np.concatenate(exposures), len(unique)).astype(np.float64),
            unique,
        )

    def _part(
        self,
        fit: RateFit,
        paths: list[str],
        columns: list[TraitColumn],
        named: list[TraitColumn],
    ) -> LearnedPart:
        half = critical_value(LEVEL) * np.sqrt(np.diag(fit.covariance))
        whole = [*paths, *(f"risks.{self.name}.times.{one.path}" for one in columns)]
        kinds = [
            "rate" if path.endswith(".rate") or self._is_rate(path) else "number" for path in whole
        ]
        values = tuple(
            LearnedValue(
                path,
                kind,
                math.exp(fit.point[k]),
                math.exp(fit.point[k] - half[k]),
                math.exp(fit.point[k] + half[k]),
                self.flow.values.get(path),
            )
            for k, (path, kind) in enumerate(zip(whole, kinds, strict=True))
        )
        normals = antithetic_normals(self.seed, f"risks.{self.name}", len(whole))
        rows = np.exp(fit.point + normals @ np.linalg.cholesky(fit.covariance).T)
        return LearnedPart(
            f"learned_speed_{self.name}",
            "speed",
            self.name,
            values,
            rows,
            int(fit.events),
            matters=tuple(one.path for one in columns if one not in named),
        )

    def _is_rate(self, path: str) -> bool:
        return any(one.path == path and one.is_own_rate for one in self.places)


class _Clock:
    """How far a clock runs between two days at speed 1, with its seasons and its pace."""

    def __init__(self, risk: Risk, stays: Stays) -> None:
        self.is_plain = risk.season is None and risk.pace.stays_at(1.0)
        if self.is_plain:
            return
        first = date_of(stays.begins)
        # From the day on which the register begins to look to the one on which it ends.
        days = math.ceil(stays.ends - stays.begins) + 2
        self.days = day_of(first) + np.arange(days + 1)
        speeds = [self._speed(risk, first + timedelta(days=k)) for k in range(days)]
        self.far = np.concatenate([[0.0], np.cumsum(speeds)])

    @staticmethod
    def _speed(risk: Risk, day: date) -> float:
        season = 1.0 if risk.season is None else risk.season[day.month - 1].number
        pace = risk.pace.number
        for when, later in risk.pace.changes:
            if when <= day:
                pace = later.number
        return season * pace

    def run(self, first: Floats, last: Floats) -> Floats:
        """Return how far the clock runs from the first to the last of two days, in days."""
        last = np.maximum(first, last)
        if self.is_plain:
            return np.asarray(last - first)
        return np.asarray(
            np.interp(last, self.days, self.far) - np.interp(first, self.days, self.far)
        )
