"""What of a flow can be set for a run: its values, by words that their paths or names hold."""

from __future__ import annotations

from dataclasses import dataclass

from pilotsim.base.from_above import Shown
from pilotsim.model.flow import Flow

__all__ = ["SettableValues"]


@dataclass(frozen=True)
class SettableValues(Shown):
    """The values of a flow that can be set.

    Parameters
    ----------
    flow : Flow
        The flow as its file stands.
    words : tuple of str
        Only those whose path or name holds all of these; all without any.
    """

    flow: Flow
    words: tuple[str, ...] = ()
