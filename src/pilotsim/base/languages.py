"""The languages that the program speaks, in the order in which they are offered.

What it says in each stands in `language/<code>.toml`.
"""

from __future__ import annotations

from collections.abc import Mapping

from pilotsim.base.errors import RequestError, did_you_mean
from pilotsim.base.messages import Message

__all__ = ["LANGUAGES", "MEANS", "READ_INSTEAD", "check_language", "language_asked"]

LANGUAGES = ("nb", "en", "sv")
# Where a flow file has no words in a language, those of a neighbour are read before any others.
READ_INSTEAD = {"nb": "sv", "sv": "nb"}
# What is asked for by another code than the program's own: Norwegian is bokmål here.
MEANS = {"no": "nb"}
# The environment's variable that asks for a language.
VARIABLE = "PILOTSIM_LANGUAGE"


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


def language_asked(environment: Mapping[str, str]) -> str:
    """Return the language that an environment asks for; the first one unless it asks for any.

    Raises
    ------
    RequestError
        It asks for a language that the program does not speak.
    """
    asked = environment.get(VARIABLE) or LANGUAGES[0]
    return check_language(MEANS.get(asked, asked))
