"""What stands at the levers of a page besides these: finding one, all who come, plans kept."""

from __future__ import annotations

from collections.abc import Iterator

from pilotsim.language.catalogue import say
from pilotsim.output.live.spoken_html import SpokenHtml

__all__ = ["BENCH_WORDS", "inflow_lines", "kept_lines", "search_lines"]

# What the script says of them, by its key in the catalogue.
BENCH_WORDS = (
    "start_exactly",
    "start_find_add",
    "start_find_count",
    "start_name_of",
    "start_not_together",
    "start_unknown",
    "start_unknown_more",
    "start_own_numbers",
    "start_apart",
    "start_apart_from",
    "step_no_number",
    "step_two_meanings",
)
PER_CENT = "20\u00a0%"


def search_lines(html: SpokenHtml, language: str) -> Iterator[str]:
    """Yield the field in which a reader looks for a number."""
    label = html.text("label", say("start_find", language), for_="find")
    yield f'<div class="lever find">{label}'
    yield '<input type="search" id="find" autocomplete="off"/>'
    yield '<p id="found-count" class="soft" role="status"></p><ul id="found"></ul></div>'


def inflow_lines(html: SpokenHtml, language: str) -> Iterator[str]:
    """Yield the lever of all who come; the script shows it where several groups do."""
    says = say("start_inflow", language)
    yield '<div id="inflow" class="lever" hidden>'
    yield html.text("span", says, id="inflow-says") + '<output id="inflow-now"></output>'
    yield '<div class="exact">'
    for name, sign in (("less", "\u2212"), ("more", "+")):
        words = f"{sign}{PER_CENT}"
        own = html.label(f"{words}, {says}")
        yield f'<button type="button" class="step" id="inflow-{name}"{own}>{words}</button>'
    yield "</div></div>"


def kept_lines(html: SpokenHtml, language: str) -> Iterator[str]:
    """Yield the list of plans that are kept, each with its name."""
    yield '<div id="kept" hidden>' + html.text("h3", say("start_kept_plans", language))
    yield '<ul id="kept-plans"></ul></div>'
