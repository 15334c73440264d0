"""What a pilot that is followed is said to be: how many counts are within, and which stand out."""

from __future__ import annotations

import numpy as np

from pilotsim.language.catalogue import say
from pilotsim.monitoring.alarm import Suspect
from pilotsim.monitoring.follow import FollowedPilot

__all__ = ["counts_within", "looks_like_in_words", "suspect_in_words"]


def counts_within(found: FollowedPilot, count: int | None = None) -> tuple[int, int]:
    """Return how many counts lie within the forecast, and how many are known.

    Parameters
    ----------
    found : FollowedPilot
        The pilot.
    count : int, optional
        Of this count alone, by its place; of all, unless given.
    """
    numbers = found.counted.numbers
    known = ~np.isnan(numbers if count is None else numbers[:, count])
    outside = [one for one in found.outside if count in (None, one[1])]
    return int(known.sum()) - len(outside), int(known.sum())


def suspect_in_words(found: FollowedPilot, suspect: Suspect, language: str) -> str:
    """Return a count that stands out, and to which side.

    Parameters
    ----------
    found : FollowedPilot
        The pilot.
    suspect : Suspect
        The count.
    language : str
        One of `LANGUAGES`.
    """
    key = "follow_more" if suspect.is_above else "follow_fewer"
    return say(key, language, count=found.counted.headings[suspect.count])


def looks_like_in_words(found: FollowedPilot, language: str) -> str:
    """Return what is watched for and the counts look like; nothing where they look like none.

    Parameters
    ----------
    found : FollowedPilot
        The pilot.
    language : str
        One of `LANGUAGES`.
    """
    departure = found.looks_like
    if departure is None:
        return ""
    return say("follow_looks_like", language, what=departure.says.in_language(language))
