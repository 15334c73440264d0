"""What an inquiry is called for people: what it asks and, where that is not plain, of whom."""

from __future__ import annotations

from pilotsim.base.text import Text
from pilotsim.evaluation.estimands import EVERYONE, OFFERED, Estimand
from pilotsim.language.catalogue import say

__all__ = ["label_of"]

# Of these an effect is read anyway; any other population stands beside the question.
USUAL = (OFFERED, EVERYONE)


def label_of(asked: Text | None, estimand: Estimand, language: str) -> str:
    """Return what an inquiry is called in tables, figures and sentences.

    So that an effect on those encouraged and one on those whom it moves are never told apart by
    their size alone.

    Parameters
    ----------
    asked : Text or None
        What its file says of it.
    estimand : Estimand
        What is asked.
    language : str
        One of `LANGUAGES`.
    """
    own = asked.in_language(language) if asked else estimand.name
    if estimand.who in USUAL:
        return own
    return say("inquiry_of", language, inquiry=own, who=say(f"who_{estimand.who}", language))
