"""The words of a page, explained where it ends. What they mean stands in the languages' files."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from pilotsim.judge.check import Check
from pilotsim.language.catalogue import say
from pilotsim.output.labels import with_client_note
from pilotsim.output.live.spoken_html import SpokenHtml
from pilotsim.output.views.economy import say_of_money

__all__ = ["WORDS", "glossary_lines"]


def _always(check: Check) -> bool:
    return True


# The words in the order in which a reader meets them, each with whether a page of a check has it.
# `word_<name>` is what it is called, and `means_<name>` what it means.
WORDS: dict[str, Callable[[Check], bool]] = {
    "plan": _always,
    "client": _always,
    "simulation": _always,
    "without": lambda check: check.flow.has_programme,
    "nine_in_ten": _always,
    "answers": _always,
    "chance": _always,
    "reading": lambda check: any(one.question.reading for one in check.verdicts),
    "by_chance": lambda check: check.flow.has_programme,
    "assumed": _always,
    "net": lambda check: check.economy is not None and check.economy.has_net,
    "stage": _always,
    "waits": lambda check: any(stage.may_wait for stage in check.flow.stages.values()),
    "seed": _always,
}


def glossary_lines(check: Check, language: str, html: SpokenHtml) -> Iterator[str]:
    """Yield the words of a page with what they mean.

    Parameters
    ----------
    check : Check
        What the page says.
    language : str
        One of `LANGUAGES`.
    html : SpokenHtml
        Makes its elements.
    """
    yield '<section id="words" aria-labelledby="words-of-the-page">'
    yield html.text("h2", say("words_heading", language), id="words-of-the-page")
    yield '<dl class="words">'
    for name, is_used in WORDS.items():
        if not is_used(check):
            continue
        # What the net cost is depends on which months the flow's economy may save.
        tell = say if check.flow.economy is None else partial(say_of_money, check.flow)
        means = tell(f"means_{name}", language)
        if name == "client":
            means = with_client_note(check.flow, means, language)
        word = html.text("dt", say(f"word_{name}", language))
        yield f"<div>{word}{html.text('dd', means)}</div>"
    yield "</dl></section>"
