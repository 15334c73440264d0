"""A form for a reader's own numbers: its frame, and what its script goes by."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from pilotsim.base.languages import LANGUAGES
from pilotsim.judge.check import Check
from pilotsim.language.catalogue import say
from pilotsim.model.flow import Flow
from pilotsim.model.following import Follower
from pilotsim.model.rules.targets import ALL_GROUPS
from pilotsim.model.steady import ASSISTANCE, SteadyInflow
from pilotsim.output.live.balance import balance_of
from pilotsim.output.live.following_words import following_sums, following_words, sharing
from pilotsim.output.live.own_questions import (
    SECTIONS,
    STRONGEST,
    OwnQuestion,
    asked_in_words,
    basis_in_words,
    own_questions,
    size_paths,
)
from pilotsim.output.live.prices import AskedPrices
from pilotsim.output.live.spoken_html import SpokenHtml
from pilotsim.portable.bounds import paths_to_set
from pilotsim.portable.description import one_and_unit
from pilotsim.simulation.number_columns import CONSTANT, SumSteps

__all__ = ["OWN_WORDS", "own_lines", "own_notice", "own_setup", "own_words"]

# A whole number in words, without a unit that makes something else of it.
WHOLE = re.compile(r"(?<![\d,.])\d{2,6}(?![\d,.]*\d| ?%)")
# The section of dates and lengths, and those that it stands behind.
WHEN = "when"
BEFORE_DATES = ("clients", "coming")
# What the script says of the form, by its key in the catalogue.
OWN_WORDS = (
    *(f"own_{section}" for section in SECTIONS),
    "own_when",
    "own_waits_for",
    "own_brief",
    "own_more",
    "own_bound_now",
    "own_prices_fill",
    "own_prices_fill_one",
    "own_prices_left",
    "own_each",
    "own_file_line",
    "own_file_json",
    "own_file_shape",
    "own_file_flow",
    "own_file_path",
    "own_file_number",
    "own_file_unit",
    "own_file_range",
    "own_file_choice",
    "own_file_option",
    "own_drift",
    "own_load",
    "own_misfit",
    "own_cannot",
    "own_shares_over",
    "own_shares_under",
    "own_not_rising",
    "own_answer",
    "own_yours",
    "and",
    "own_running",
    "own_cost_of_plan",
    "own_targets_note",
    "own_top",
    "own_sized",
    "own_follow_groups",
    "own_follow_coming",
    "own_follow_targets",
    "own_follow_capacity",
    "own_followed",
    "own_change_of",
    "own_trust_none",
    "own_trust",
    "own_trust_most",
    "quoted",
    "own_trust_words",
    "own_trust_sums",
    "own_trust_heading",
    "start_not_so",
    "start_open",
    "start_all_met",
    "start_depends",
    "start_reason",
    "start_reason_yes",
    "start_reason_even",
    "start_reason_no",
    "start_reason_depends",
    "start_reason_open",
    "own_filled",
    "own_total_basis",
    "own_allowed_between",
    "own_allowed_least",
    "own_outside",
    "own_not_the_total",
    "own_no_number",
    "own_two_meanings",
    "own_whole",
    "own_between",
    "own_at_least",
    "own_at_most",
    "own_above",
    "own_fault",
    "own_faults",
)


def own_setup(check: Check, asked_prices: AskedPrices, when: Sequence[str] = ()) -> dict[str, Any]:
    """Return what the script of the form goes by, in no language.

    Parameters
    ----------
    check : Check
        What the page says; of its flow the questions are.
    asked_prices : AskedPrices
        Which prices the file does not state.
    when : sequence of str
        The choices that say when it begins and how long it lasts.
    """
    flow = check.flow
    asked = own_questions(check)
    sections = [
        {
            "name": section,
            "paths": _paths(asked, section, is_first=True),
            "further": _paths(asked, section, is_first=False),
        }
        for section in SECTIONS
        if any(one.section == section for one in asked)
    ]
    if when:
        # Behind those who are there and who come.
        place = sum(one["name"] in BEFORE_DATES for one in sections)
        sections.insert(place, {"name": WHEN, "paths": [], "further": []})
    return {
        "sections": sections,
        "when": list(when),
        "sizes": _sizes(flow),
        "sums": following_sums(flow),
        "sharing": sharing(flow),
        "balance": balance_of(flow),
        "unpriced": list(asked_prices.paths),
        "added": asked_prices.added or {},
        "strongest": [
            path for path in check.strongest_assumptions(STRONGEST) if path in paths_to_set(flow)
        ],
    }


def own_words(check: Check, language: str, asked_prices: AskedPrices) -> dict[str, Any]:
    """Return what the form asks in a language.

    Parameters
    ----------
    check : Check
        What the page says; of its flow the questions are.
    language : str
        One of `LANGUAGES`.
    asked_prices : AskedPrices
        Which prices the file does not state.
    """
    flow = check.flow
    asked = own_questions(check)
    sizes = size_paths(flow)
    return {
        "total": (
            flow.questions[ALL_GROUPS].in_language(language)
            if ALL_GROUPS in flow.questions
            else say("own_ask_total", language)
        ),
        "asks": asked_in_words(flow, asked, language),
        "bases": {
            one.path: say("own_basis_none", language)
            if one.path in asked_prices.paths
            else basis_in_words(flow, one.path, language)
            for one in asked
        },
        "results": {}
        if flow.economy is None
        else {name: one.says.in_language(language) for name, one in flow.economy.results.items()},
        "names": {path: flow.label_of("groups", path.split(".")[1], language) for path in sizes},
        "groups": {name: flow.label_of("groups", name, language) for name in flow.groups},
        "resources": {name: flow.label_of("resources", name, language) for name in flow.resources},
        "following": following_words(flow, language),
        "fixed": [
            flow.label_of("costs", one.path.split(".")[1], language)
            for one in flow.followers
            if one.path.startswith("costs.") and _holds_a_number(one)
        ],
        "literal": list(dict.fromkeys(_with_literal_sizes(flow, language))),
    }


def _holds_a_number(follower: Follower | SteadyInflow) -> bool:
    """Tell whether a sum holds a number other than 1."""
    if not isinstance(follower, Follower):
        return False
    sums = SumSteps()
    sums.add(follower.sum, follower.slots)
    return any(step == CONSTANT and number != 1 for step, number, _ in sums.steps)


def _with_literal_sizes(flow: Flow, language: str) -> Iterator[str]:
    """Yield the words of targets that hold a size, or their bound, as a number of their own."""
    stocks = [round(flow.values[path].number) for path in size_paths(flow)]
    for name, target in flow.targets.items():
        bounds = [
            round(abs(value.number))
            for path, value in flow.values.items()
            if path.startswith(f"targets.{name}.")
            and path.split(".")[-1] in ("at_least", "at_most")
            and value.kind in ("count", "real")
            and not value.follows
        ]
        sizes = {*stocks, sum(stocks), *bounds}
        texts = [target.says, *(one.says for one in target.all_readings().values())]
        for text in texts:
            if text is None:
                continue
            words = "".join(piece for piece, _ in text.pieces_in(language))
            if any(int(found) in sizes for found in WHOLE.findall(words)):
                yield text.in_language(language)


def own_notice(html: SpokenHtml, language: str) -> str:
    """Return what the top of the page says where a reader has numbers of their own."""
    words = say("own_top", language)
    return html.text("p", words, id="own-top", class_="notice", hidden="hidden")


def own_lines(html: SpokenHtml, language: str) -> Iterator[str]:
    """Yield the frame of the form; the script fills it in.

    Parameters
    ----------
    html : SpokenHtml
        What makes the elements of the page.
    language : str
        One of `LANGUAGES`.
    """
    notice = html.text("p", say("own_no_script", language), class_="notice")
    yield f"<noscript>{notice}</noscript>"
    yield '<section id="own" aria-labelledby="own-heading" tabindex="-1" hidden>'
    yield html.text("h2", say("own_heading", language), id="own-heading")
    yield html.text("p", say("own_note", language), class_="soft", id="own-note")
    yield '<div id="own-summary" role="alert" hidden></div>'
    yield '<div class="bench"><div class="levers"><form id="own-form" novalidate>'
    yield '<div id="own-fields"></div><p class="buttons">'
    clear = say("own_clear", language)
    yield html.text(
        "button", clear, type="button", id="own-clear", class_="plain", disabled="disabled"
    )
    # It may be scrolled by itself, so it can have the focus.
    yield '</p></form></div><div class="side" id="own-side" tabindex="0" role="group"'
    yield 'aria-labelledby="own-answered" hidden><section id="own-answer">'
    yield html.text("h3", say("own_answer", language), id="own-answered")
    yield '<p id="own-status" role="status"></p><div id="own-balance" class="notice" hidden>'
    yield html.text("h3", say("own_unbalanced", language)) + '<ul id="own-unbalanced"></ul></div>'
    yield '<div id="own-said"></div>'
    yield '</section></div></div><p id="own-brief" hidden></p></section>'


def _paths(asked: Sequence[OwnQuestion], section: str, *, is_first: bool) -> list[str]:
    return [one.path for one in asked if one.section == section and one.is_first == is_first]


def _sizes(flow: Flow) -> dict[str, list[dict[str, Any]]]:
    """Return which numbers of the plan may follow how many clients there are.

    How many these are is told by groups that are there at the start, or by those that come, where
    far more come.
    """
    settable = set(paths_to_set(flow)) - {one.path for one in flow.followers}
    there = size_paths(flow)
    coming = [path for path in flow.values if path in settable and _comes(path)]
    first = [
        path
        for path in coming
        if not {"from", "during"} & set(path.split(".")) and _is_of_many(flow, path)
    ]
    groups = there if _is_of_stocks(flow, there, first) else first
    rest = [path for path in (*there, *coming) if path not in groups]
    targets = [
        path
        for path, value in flow.values.items()
        if path in settable and path.startswith("targets.") and value.kind in ("count", "real")
    ]
    capacity = [path for path in flow.values if path in settable and _is_capacity(flow, path)]
    # Those who are there can be added up; unlike things that come cannot.
    weights = {path: 1.0 if path in there else 1.0 / flow.values[path].number for path in groups}
    return {
        "groups": [{**_sized(flow, path), "weight": weights[path]} for path in groups],
        "coming": [_sized(flow, path) for path in rest if _is_of_many(flow, path)],
        "targets": [_sized(flow, path) for path in targets],
        "capacity": [_sized(flow, path) for path in capacity],
    }


def _comes(path: str) -> bool:
    kind, _, *keys = path.split(".")
    return kind == "groups" and keys[0] in ("arrivals", "intake")


def _is_rate(flow: Flow, path: str) -> bool:
    return flow.values[path].kind == "rate"


def _is_of_many(flow: Flow, path: str) -> bool:
    """Tell whether a number of those who come is one: a single thing at a time is no client."""
    return _is_rate(flow, path) or flow.values[path].number > 1


def _is_of_stocks(flow: Flow, there: Sequence[str], coming: Sequence[str]) -> bool:
    """Tell whether those who are there at the start are how many clients there are."""
    homes = {flow.stages[flow.groups[path.split(".")[1]].starts_in].counts_as for path in there}
    if ASSISTANCE in homes or not coming:
        return True
    days = (flow.end - flow.starts).days
    stock = sum(flow.values[path].number for path in there)
    come = sum(flow.values[path].number * days for path in coming if _is_rate(flow, path))
    return stock >= come


def _is_capacity(flow: Flow, path: str) -> bool:
    """Tell whether a number says how many can be served, or what is paid whoever comes."""
    kind, name, *keys = path.split(".")
    if kind == "resources":
        return keys[0] in ("units", "fte", "supply")
    if kind == "stages":
        return "admits" in keys or keys[0] in ("batch", "limit", "room")
    return kind == "costs" and not flow.costs[name].is_of_clients


def _sized(flow: Flow, path: str) -> dict[str, Any]:
    value = flow.values[path]
    one, _ = one_and_unit(value, LANGUAGES[0])
    earlier = [base for base in flow.values if path in flow.becomes(base)]
    return {
        "path": path,
        "number": value.number,
        "kind": value.kind,
        "one": one,
        "base": earlier[0] if earlier else None,
    }
