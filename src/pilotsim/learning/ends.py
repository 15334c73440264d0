"""Why stays ended, in the words of the flow: finished, drawn, or pulled out by which risk.

A register that has a column for it says so. Else the stage that followed tells, where one way of
the flow alone leads there.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from pilotsim.base.arrays import Bools
from pilotsim.base.messages import Message
from pilotsim.learning.stays import Stays
from pilotsim.model.clients import HOME
from pilotsim.model.flow import Flow

__all__ = [
    "AMBIGUOUS",
    "DRAWN_OUT",
    "FINISH",
    "NOT_ENDED",
    "NO_WAY",
    "Ends",
    "LearnedFrom",
    "find_ends",
    "ways_out",
]

FINISH, DRAWN_OUT = "finished", "drawn"
# A stay that goes on; whose end fits no way of the flow; or fits several.
NOT_ENDED, NO_WAY, AMBIGUOUS = "", "no way", "several ways"


@dataclass(frozen=True)
class Ends:
    """Why each stay ended.

    Parameters
    ----------
    why : ndarray of str, shape (stays,)
        `FINISH`, `DRAWN_OUT`, the name of a risk (or another word of the register), or one of
        `NOT_ENDED`, `NO_WAY` and `AMBIGUOUS`.
    doubtful : mapping of str to set of str
        By stage: the ways that cannot be told apart, `FINISH` or names of risks.
    notes : tuple of str
        What a reader should know of ends that fit no way.
    """

    why: np.ndarray
    doubtful: dict[str, set[str]]
    notes: tuple[str, ...]

    def are(self, way: str) -> Bools:
        """Tell which stays ended in a way, shape (stays,)."""
        return np.asarray(self.why == way, np.bool_)


@dataclass(frozen=True)
class LearnedFrom:
    """What the parts of a flow are learned from.

    Parameters
    ----------
    stays : Stays
        What the register shows.
    ends : Ends
        Why each stay ended.
    flow : Flow
        The sketch.
    seed : int
        Of the rows that say how sure the numbers are.
    """

    stays: Stays
    ends: Ends
    flow: Flow
    seed: int


def find_ends(stays: Stays, flow: Flow) -> Ends:
    """Return why each stay ended.

    Parameters
    ----------
    stays : Stays
        What the register shows.
    flow : Flow
        The sketch.
    """
    why = np.full(len(stays), NOT_ENDED, dtype=object)
    doubtful: dict[str, set[str]] = {}
    notes: list[str] = []
    following = stays.following_names()
    homes = {group.starts_in for group in flow.groups.values()}
    has_left = stays.has_left
    for place, name in enumerate(stays.stages):
        here = (stays.stage == place) & has_left
        ways = ways_out(flow, name, homes)
        told = here & (stays.cause != "")
        why[told] = stays.cause[told]
        for after in sorted(set(following[here & ~told])):
            rows = here & ~told & (following == after)
            fitting = sorted(way for way, stages in ways.items() if after in stages)
            if not after or not fitting:
                # A single way out needs no stage that follows: there is nothing else it could be.
                only = not after and len(ways) == 1
                why[rows] = next(iter(ways)) if only else NO_WAY
                if not only and after:
                    notes.append(
                        Message(
                            "the sketch has no way from '{stage}' to '{after}', which {count:,} "
                            "stays took: they count as seen until then, and the sketch should be "
                            "looked at",
                            stage=name,
                            after=after,
                            count=int(rows.sum()),
                        )
                    )
                elif not only:
                    notes.append(
                        Message(
                            "{count:,} stays in '{stage}' ended and nothing follows: they count as "
                            "seen until then; 'ends_in' of the mapping may say where they went",
                            stage=name,
                            count=int(rows.sum()),
                        )
                    )
            elif len(fitting) == 1:
                why[rows] = fitting[0]
            else:
                why[rows] = AMBIGUOUS
                doubtful.setdefault(name, set()).update(fitting)
    return Ends(why, doubtful, tuple(notes))


def ways_out(flow: Flow, name: str, homes: set[str]) -> dict[str, set[str]]:
    """Return the stages to which each way out of a stage leads, by the way.

    Parameters
    ----------
    flow : Flow
        The sketch.
    name : str
        The stage.
    homes : set of str
        The stages in which groups start.
    """
    stage = flow.stages[name]
    found: dict[str, set[str]] = {}
    if stage.lasts is not None:
        found[FINISH] = _stages(stage.next or {}, homes)
    for risk, speeds in stage.risks.items():
        found[risk] = _stages([speeds.to or flow.risks[risk].to], homes)
    drawing = [
        other
        for other, record in flow.stages.items()
        if record.draws_from is not None and name in record.draws_from.stages
    ]
    if drawing:
        found[DRAWN_OUT] = set(drawing)
    if stage.limit is not None:
        found["turned_away"] = {stage.limit.otherwise}
    elif stage.put_off is not None:
        found["turned_away"] = {stage.put_off.otherwise}
    return found


def _stages(named: Iterable[str], homes: set[str]) -> set[str]:
    names = set(named)
    return (names - {HOME}) | (homes if HOME in names else set())
