"""The languages that the program speaks, in the order in which they are offered.

What it says in each stands in `language/<code>.toml`.
"""

from __future__ import annotations

from pilotsim.base.errors import RequestError, did_you_mean
from pilotsim.base.messages import Message

__all__ = ["LANGUAGES", "READ_INSTEAD", "check_language"]

LANGUAGES = ("nb", "en", "sv")
# Where a flow file has no words in a language, those of a neighbour are read before any others.
READ_INSTEAD = {"nb": "sv", "sv": "nb"}


def check_language(language: str) -> str:
    """Return a language that the program speaks.

    Raises
    ------
    RequestError
        It does not speak this one.
    """
    if language not in LANGUAGES:
        raise RequestError(
            Message(
                "unknown language '{language}'{meant}",
                language=language,
                meant=did_you_mean(language, LANGUAGES),
            )
        )
    return language
