"""The values of a flow whose path or name is near to what somebody asked for."""

from __future__ import annotations

from difflib import SequenceMatcher

from pilotsim.language.labels import label_of_value
from pilotsim.language.numbers import format_value
from pilotsim.model.flow import Flow

__all__ = ["near_paths"]

MOST, NEAR = 6, 0.6
# What is asked of a run is not what somebody sets who changes the world.
ASKED = ("targets", "observed", "conflicts")


def near_paths(flow: Flow, asked: str, language: str) -> list[str]:
    """Return the paths near to one that leads nowhere, each with its name and present value.

    Parameters
    ----------
    flow : Flow
        The flow as its file stands.
    asked : str
        A path, or words of what it is called.
    language : str
        One of `LANGUAGES`.

    Returns
    -------
    list of str
        The nearest first: ``resources.place.units (Places: 12)``.
    """
    wanted = asked.lower()
    scores = []
    for place, path in enumerate(flow.values):
        if path.split(".")[0] in ASKED or path in flow.points_of_stays:
            continue
        label = label_of_value(flow, path, language)
        score = max(_likeness(wanted, path), _likeness(wanted, label.lower()))
        scores.append((-score, place, path, label))
    near = [(path, label) for score, _, path, label in sorted(scores)[:MOST] if -score >= NEAR]
    return [
        f"{path} ({label}: {format_value(flow.values[path], language)})" for path, label in near
    ]


def _likeness(wanted: str, known: str) -> float:
    """Return 1 for what is held whole in the other, else how much of both is the same."""
    if wanted in known:
        return 1.0
    return SequenceMatcher(None, wanted, known).ratio()
