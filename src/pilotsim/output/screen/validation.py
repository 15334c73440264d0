"""A validation as one screen of a terminal: each published figure beside what the simulation comes to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text as Line

from pilotsim.judge.validation import (
    CONTRADICTORY,
    HIT,
    INSIDE,
    OUTSIDE,
    PublishedComparison,
    Validation,
)
from pilotsim.language.catalogue import say
from pilotsim.language.numbers import (
    format_date,
    format_exact,
    format_measure,
    format_published,
    format_range,
    format_value,
    format_written,
)
from pilotsim.output.report.summary import summary
from pilotsim.output.screen.check import INDENT

STYLES = {HIT: "bold green", INSIDE: "green", OUTSIDE: "bold red", CONTRADICTORY: "yellow"}


def show_validation(validation: Validation, console: Console, language: str) -> None:
    """Print a validation."""
    console.print(Group(*_parts(validation, language)))


def _parts(validation: Validation, language: str) -> Iterator[RenderableType]:
    flow = validation.flow
    yield Line(flow.title.in_language(language), style="bold underline")
    if validation.scenario is not None:
        yield Line(
            f"{say('terminal_scenario', language)}: {validation.scenario.in_language(language)}",
            style="italic",
        )
    first, last = (
        format_date(flow.starts, language),
        format_date(flow.end - timedelta(days=1), language),
    )
    runs = f"{validation.replications} {say('terminal_runs', language)}, {say('seed', language)} {validation.seed}"
    drawn = say("fixed" if validation.fixed else "drawn", language)
    yield Line(f"{first} – {last} ({format_value(flow.lasts, language)}) · {runs}")
    yield Line(f"{len(flow.assumptions)} {say('assumptions', language)}, {drawn}\n")
    yield comparison_table(validation.comparisons, language)
    yield from _reasons(validation, language)
    yield from _blanks(validation, language)
    yield Line("")
    yield from (Line(sentence) for sentence in summary(validation, language))
    yield Line(say("validation_rule", language), style="dim")


def comparison_table(comparisons: Sequence[PublishedComparison], language: str) -> Table:
    """Return published figures beside what the simulation comes to."""
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column(say("output", language), ratio=1)
    for key in ("published", "tolerance", "simulated", "range"):
        table.add_column(say(key, language), justify="right", no_wrap=True)
    table.add_column("", no_wrap=True)
    table.add_column("", no_wrap=True)
    for one in comparisons:
        table.add_row(*_row(one, language))
    return table


def _row(one: PublishedComparison, language: str) -> Iterator[RenderableType]:
    kind = one.published.value.kind
    says = one.observed.says.in_language(language)
    yield f"{says}  {format_written(one.written, language)}" if one.by_arithmetic else says
    yield format_value(one.published.value, language)
    yield format_published(one.published, language)
    yield (
        format_exact(one.expected, kind, language)
        if one.by_arithmetic
        else format_measure(one.expected, kind, language)
    )
    yield (
        say("arithmetic", language)
        if one.by_arithmetic
        else format_range(one.low, one.high, kind, language)
    )
    yield Line(say("fitted", language) if one.observed.fitted else "", style="dim")
    yield Line(say(one.judged, language), style=STYLES[one.judged])


def _blanks(validation: Validation, language: str) -> Iterator[RenderableType]:
    """Yield what the simulation says where nothing was published."""
    if not validation.blanks:
        return
    yield Line(f"\n{say('not_published', language)}", style="bold")
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column("", ratio=1)
    table.add_column("", justify="right", no_wrap=True)
    table.add_column("", justify="right", no_wrap=True)
    for one in validation.blanks:
        numbers = (
            format_measure(one.expected, one.kind, language),
            format_range(one.low, one.high, one.kind, language),
        )
        table.add_row(one.observed.says.in_language(language), *numbers)
    yield Padding(table, INDENT)


def _reasons(validation: Validation, language: str) -> Iterator[RenderableType]:
    """Yield why published figures contradict each other, and how the simulation lies to each."""
    contradictory = {
        one.output: one for one in validation.comparisons if one.contradiction is not None
    }
    for number, (name, one) in enumerate(contradictory.items()):
        if number == 0:
            yield Line(f"\n{say('because', language)}", style="bold")
        assert one.contradiction is not None
        text = Line(
            f"{one.observed.says.in_language(language)}: {one.contradiction.in_language(language)} "
        )
        parts = [
            f"{format_value(c.published.value, language)} ({c.published.source}): {say(c.word, language)}"
            for c in validation.comparisons
            if c.output == name
        ]
        text.append("; ".join(parts), style="dim")
        yield Padding(text, INDENT)
