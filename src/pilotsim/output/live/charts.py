"""What the charts of a page show of the plan: waits and use over time, and where clients drop out.

The script draws them, and draws them again beside what a reader tries.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from pilotsim.base.arrays import Floats
from pilotsim.base.statistics import RANGE
from pilotsim.base.text import inside
from pilotsim.judge.check import Check
from pilotsim.judge.verdicts import TargetReading, questions_of
from pilotsim.language.catalogue import say
from pilotsim.measures.drop_out import can_drop_out, drop_outs, name_of_cell
from pilotsim.output.labels import format_bound, with_client_note
from pilotsim.output.live.spoken_html import SpokenHtml
from pilotsim.simulation.engines import numbers_of_replications, run_replications
from pilotsim.simulation.resolved import ResolvedFlow

__all__ = ["FOLLOWED", "LOSSES", "chart_lines", "charted", "words_of_charts"]

# In so many runs clients are followed to where they drop out, and what a reader tries is charted.
FOLLOWED = 100
DIGITS = 4
# How it is said what is met: of a share that is to be large or small, a wait, a time, and more or
# fewer in a state.
LOSSES = ("share", "not", "wait", "time", "more", "fewer")


def charted(check: Check) -> dict[str, Any]:
    """Return the numbers that the charts show of the plan.

    Parameters
    ----------
    check : Check
        What the page says.
    """
    runs = min(check.replications, FOLLOWED)
    told = _told(check)
    # Of each target the first reading of which it is told.
    shown: dict[str, str] = {}
    for one in told:
        shown.setdefault(one.target, one.name)
    return {
        "followed": runs,
        "runs": len(check.paths),
        "waits": _bands(check.flow.stages, _waits(check)),
        "use": _use(check),
        "drawing": [name for name, stage in check.flow.stages.items() if stage.draws_from],
        "drop_outs": _drop_outs(check, runs),
        "shown": shown,
        "kinds": {one.name: _kind_of(one) for one in told},
        "states": {
            one.name: one.measure.change_in
            for one in told
            if one.measure is not None and one.measure.change_in is not None
        },
    }


def words_of_charts(check: Check, language: str) -> dict[str, Any]:
    """Return what things are called in the charts.

    Parameters
    ----------
    check : Check
        What the page says.
    language : str
        One of `LANGUAGES`.
    """
    flow = check.flow
    return {
        "risks": {name: inside(flow.label_of("risks", name, language)) for name in flow.risks},
        "bounds": {question.name: format_bound(question, language) for question in _told(check)},
    }


def _told(check: Check) -> list[TargetReading]:
    """Return the questions of which it is told where clients drop out."""
    return [
        one for one in questions_of(check.flow) if can_drop_out(one.measure, at_least=one.at_least)
    ]


def _kind_of(question: TargetReading) -> str:
    """Return how it is said of a question what is met: one of `LOSSES`."""
    assert question.measure is not None
    kind = question.measure.kind
    if kind != "change_in":
        return "not" if kind == "share" and not question.at_least else kind
    return "more" if question.at_least else "fewer"


def _waits(check: Check) -> Iterator[Floats]:
    """Yield the mean waits for each stage by month, shape (runs, months)."""
    for stage in range(len(check.flow.stages)):
        yield np.array([path.waits[:, stage] for path in check.paths])


def _use(check: Check) -> dict[str, Any]:
    """Return what of each resource is in use by month, how long all of it is, and overbooked."""
    names = list(check.flow.resources)
    share, full, beyond = (
        np.array([getattr(path, of) for path in check.paths])
        for of in ("use", "full", "overbooked")
    )
    bands = _bands(names, np.moveaxis(share, -1, 0))
    for name, band in bands.items():
        place = names.index(name)
        band["full"] = _band(full[:, :, place])["mean"]
        band["overbooked"] = _band(beyond[:, :, place])["mean"]
    return bands


def _bands(names: Iterable[str], runs: Iterable[Floats]) -> dict[str, Any]:
    """Return the bands of those of which any run has a number, by name."""
    of = zip(names, runs, strict=True)
    return {name: _band(numbers) for name, numbers in of if not np.isnan(numbers).all()}


def _band(runs: Floats) -> dict[str, list[float | None]]:
    """Return the mean of runs over time, and where nine in ten lie."""
    columns = [column[~np.isnan(column)] for column in runs.T]
    low, high = RANGE
    return {
        "mean": [_number(float(np.mean(one))) if len(one) else None for one in columns],
        "low": [_number(float(np.quantile(one, low))) if len(one) else None for one in columns],
        "high": [_number(float(np.quantile(one, high))) if len(one) else None for one in columns],
    }


def _number(number: float) -> float:
    """Return a number with as many digits as a drawing can show."""
    digits = DIGITS - 1 - math.floor(math.log10(abs(number))) if number else 0
    return round(number, max(0, digits))


def _drop_outs(check: Check, runs: int) -> dict[str, dict[str, int]]:
    """Return how many there are in each cell over some runs, of each question that is told."""
    told = _told(check)
    if not told:
        return {}
    flow, calendar = check.flow, check.flow.make_calendar()
    replications = range(runs)
    numbers = numbers_of_replications(flow, check.seed, replications, fixed=check.fixed)
    plans = [ResolvedFlow(flow, row, calendar) for row in numbers]
    journeys = run_replications(plans, check.seed, replications)
    found = {}
    for question in told:
        assert question.measure is not None
        counts = drop_outs(
            journeys, question.measure, question.bound.number, at_least=question.at_least
        ).sum(axis=0)
        found[question.name] = {
            name_of_cell(int(cell), flow): int(counts[cell]) for cell in np.flatnonzero(counts)
        }
    return found


def chart_lines(check: Check, language: str, html: SpokenHtml) -> Iterator[str]:
    """Yield the sections that the script draws its charts in, and shows.

    Parameters
    ----------
    check : Check
        What the page says.
    language : str
        One of `LANGUAGES`.
    html : SpokenHtml
        Makes its elements.
    """
    for name, heading, says in (
        ("losses", "losses_heading", "losses_note"),
        ("over-time", "over_time_heading", "over_time_note"),
    ):
        yield f'<section id="{name}" class="charts" aria-labelledby="{name}-heading" hidden>'
        yield html.text("h2", say(heading, language), id=f"{name}-heading")
        note = with_client_note(check.flow, say(says, language), language)
        yield html.text("p", note, class_="soft")
        yield f'<p id="{name}-of" class="soft"></p><div id="{name}-charts"></div></section>'
