"""Effects of a register in words and cells: the same on the screen, on the page and in files."""

from __future__ import annotations

import math
from collections.abc import Iterator

from pilotsim.effects.effect import Effect
from pilotsim.evaluation.register_analysis import CELLS, PlanAnswer, RegisterAnalysis
from pilotsim.language.catalogue import say
from pilotsim.language.numbers import format_number

# Indents of the flow chart: which cell stands under which.
DEPTH = {
    "extract": 0,
    "not_listed": 1,
    "listed": 1,
    "in_no_arm": 2,
    "offered": 2,
    "compared": 2,
    "offered_started": 3,
    "offered_not_started": 3,
    "compared_started": 3,
    "compared_not_started": 3,
    "offered_followed": 3,
    "offered_lost": 3,
    "compared_followed": 3,
    "compared_lost": 3,
}
ORDER = (
    "extract",
    "not_listed",
    "listed",
    "in_no_arm",
    "offered",
    "offered_started",
    "offered_not_started",
    "offered_followed",
    "offered_lost",
    "compared",
    "compared_started",
    "compared_not_started",
    "compared_followed",
    "compared_lost",
)


def plan_line(found: RegisterAnalysis, language: str) -> str:
    """Return which plan this follows, and whether it was changed."""
    key = "plan_unchanged" if found.unchanged else "plan_changed"
    return (
        f"{say('plan', language)} {found.plan.plan} ({found.plan.hash[:12]}…): {say(key, language)}"
    )


def name_of(found: RegisterAnalysis, finding: PlanAnswer, language: str) -> str:
    """Return what an answer is called."""
    says = found.plan.answers[finding.strategy.name].says
    asked = found.plan.inquiries[finding.strategy.estimand.name].says
    parts = [text.in_language(language) for text in (says, asked) if text]
    return ": ".join(parts) or finding.strategy.name


def effect_headings(found: RegisterAnalysis, language: str) -> list[str]:
    """Return the headings of the table of effects."""
    level = f"{100 * found.plan.level.number:.0f} %"
    keys = ("effect", "standard_error", "interval", "p_value", "p_holm", "clients_about")
    return [
        say("answer", language),
        *(say(key, language).replace("95 %", level) for key in keys),
    ]


def effect_cells(found: RegisterAnalysis, finding: PlanAnswer, language: str) -> Iterator[str]:
    """Yield the cells of one answer after its name."""
    effect = finding.effect
    if effect is None:
        yield from ("–",) * 6
        return
    yield from _size_cells(effect, language, finding.is_in_points)
    yield format_p(effect.p, language)
    yield format_p(finding.adjusted_p, language)
    # Rounded where cells are suppressed: the exact number would give the lost ones away.
    clients = 5 * round(effect.clients / 5) if found.chart.hides else effect.clients
    yield format_number(clients, language, decimals=0)


def _size_cells(effect: Effect, language: str, share: bool) -> Iterator[str]:
    """Yield effect, standard error and interval: a ratio as such, nothing for a test."""
    if effect.scale == "test":
        yield from ("–",) * 3
        return
    ends = effect.low, effect.high
    if effect.scale == "log_ratio":
        yield say("ratio", language, ratio=show(math.exp(effect.estimate), language, share=False))
        # The error is that of the logarithm, which nobody reads beside the ratio.
        yield "–"
        low, high = (show(math.exp(end), language, share=False) for end in ends)
    else:
        yield show(effect.estimate, language, share)
        yield show(effect.error, language, share)
        low, high = (show(end, language, share) for end in ends)
    yield f"{low} … {high}"


def show(number: float, language: str, share: bool) -> str:
    """Return an effect, in percentage points for shares."""
    return (
        "–"
        if math.isnan(number)
        else format_number(100 * number if share else number, language, decimals=1 if share else 2)
    )


def format_p(p: float, language: str) -> str:
    """Return a p-value with three digits; smaller ones as such."""
    if math.isnan(p):
        return "–"
    return (
        f"< {format_number(0.001, language, decimals=3)}"
        if p < 0.001
        else format_number(p, language, decimals=3)
    )


def chart_lines(found: RegisterAnalysis, language: str) -> Iterator[str]:
    """Yield the flow chart of clients, a line for each cell, indented."""
    for cell in ORDER:
        count = found.chart[cell]
        shown = (
            say("not_shown", language)
            if count is None
            else format_number(count, language, decimals=0)
        )
        yield f"{'    ' * DEPTH[cell]}{say(f'cell_{cell}', language)}: {shown}"


assert set(ORDER) == set(CELLS)
