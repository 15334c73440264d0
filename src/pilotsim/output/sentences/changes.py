"""What was changed from the file, and what the file says without effect: said on every output."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pilotsim.base.errors import Notice
from pilotsim.base.text import Text
from pilotsim.language.catalogue import say, translate
from pilotsim.language.changes import ToldChange, tell_changes
from pilotsim.language.numbers import format_number
from pilotsim.model.flow import Flow

__all__ = [
    "change_lines",
    "changed_note",
    "changes_of",
    "flows_of",
    "notice_line",
    "notices_of",
    "runs_note",
    "scenario_told",
]

MAX_IN_NOTE = 3  # changes that a figure names; it says how many more there are


def changes_of(result: object) -> Sequence[ToldChange]:
    """Return what a result's flow was changed in from its file.

    Parameters
    ----------
    result : object
        A result with a `flow`, or with `flows` that it compares: then what all of them share; or
        one that was read from files, with `changes` of its own.
    """
    own: Sequence[ToldChange] | None = getattr(result, "changes", None)
    if own is not None:
        return own
    flows = flows_of(result)
    if not flows:
        return ()
    common = [entry for entry in flows[0].changes if all(entry in f.changes for f in flows)]
    return tell_changes(flows[0], common)


def notices_of(result: object) -> Sequence[Notice]:
    """Return what the flow of a result says without effect; of several flows, what all do."""
    own: Sequence[Notice] | None = getattr(result, "notices", None)
    if own is not None:
        return own
    flows = flows_of(result)
    if not flows:
        return ()
    return [one for one in flows[0].notices if all(one in flow.notices for flow in flows)]


def flows_of(result: object) -> tuple[Flow, ...]:
    """Return the flows that a result is of: its `flow`, or those of what it compares (`flows`)."""
    several: tuple[Flow, ...] | None = getattr(result, "flows", None)
    if several is not None:
        return several
    flow: Flow | None = getattr(result, "flow", None)
    return (flow,) if isinstance(flow, Flow) else ()


def scenario_told(result: object) -> Text | None:
    """Return which scenario of the file a result is of; None for the file as it is written."""
    scenario: Any = getattr(result, "scenario", None)
    return scenario if isinstance(scenario, Text) else None


def change_lines(result: object, language: str) -> list[str]:
    """Return a line for each change: what it is called, what stood there and what stands there."""
    return [change.line(language) for change in changes_of(result)]


def changed_note(result: object, language: str) -> str:
    """Return in one line that a result is not of the file as it stands; empty where it is.

    Figures show it, and every table that is filed; so none can be taken for the plan. Runs that
    held every assumption at its value are told from those that drew them.
    """
    # The bounds first: with another bound the same number is another verdict. What follows, last.
    changes = sorted(
        changes_of(result), key=lambda one: (not one.path.startswith("targets."), one.follows)
    )
    lines, scenario = [one.line(language) for one in changes], scenario_told(result)
    parts = []
    if scenario is not None:
        words = scenario.in_language(language).rstrip(".")
        parts.append(say("scenario_sentence", language, scenario=words).rstrip("."))
    if lines:
        shown = "; ".join(lines[:MAX_IN_NOTE])
        more = len(lines) - MAX_IN_NOTE
        if more > 0:
            shown = say("changed_more", language, shown=shown, more=more)
        parts.append(say("changed_note", language, changes=shown))
    if is_held(result):
        parts.append(say("held", language).rstrip("."))
    return ". ".join(parts)


def is_held(result: object) -> bool:
    """Tell whether a result is of runs that held all assumptions, which others would draw."""
    held = bool(getattr(result, "fixed", False))
    return held and any(flow.assumptions for flow in flows_of(result))


def runs_note(result: object, language: str, runs: int | None = None) -> str:
    """Return how many runs a figure is of, and whether its assumptions were drawn in them.

    Parameters
    ----------
    result : object
        A result that says whether it held all assumptions (`fixed`) or drew them (`drawn`), and of
        how many runs it is (`replications`, `draws` or `runs`). One of real data says neither.
    language : str
        One of `LANGUAGES`.
    runs : int, optional
        How many, where the figure rests on others than the result.

    Returns
    -------
    str
        A sentence; empty for what is of no runs.
    """
    counts = (getattr(result, name, None) for name in ("replications", "draws", "runs"))
    count = next((one for one in (runs, *counts) if isinstance(one, int)), 0)
    is_fixed = getattr(result, "fixed", None)
    if is_fixed is None and hasattr(result, "drawn"):
        is_fixed = not result.drawn
    if is_fixed is None or not count:
        return ""
    key = "figure_runs_fixed" if is_fixed else "figure_runs_drawn"
    return say(key, language, runs=format_number(count, language, 0))


def notice_line(notice: Notice, language: str) -> str:
    """Return a notice behind its place: the line of the file and the path."""
    said = translate(notice.message, language)
    if not notice.line:
        return f"{notice.path}: {said}" if notice.path else said
    place = say("line_of_file", language, line=notice.line)
    return f"{notice.path} ({place}): {said}" if notice.path else f"{place}: {said}"
