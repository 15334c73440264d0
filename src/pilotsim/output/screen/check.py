"""The check as one screen of a terminal: verdicts, what holds them back, contradictions, what it all rests on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text as Line

from pilotsim.judge.check import Check
from pilotsim.judge.one_way_sensitivity import CAPACITY, OneWayChange
from pilotsim.judge.verdicts import (
    CERTAIN,
    IMPOSSIBLE,
    LIKELY,
    UNCERTAIN,
    UNLIKELY,
    TargetReading,
    Verdict,
)
from pilotsim.language.catalogue import say
from pilotsim.language.numbers import (
    format_change,
    format_date,
    format_exact,
    format_measure,
    format_range,
    format_value,
    format_written,
)
from pilotsim.output.labels import format_bound, format_chance, label_of_driver, number_of_driver

STYLES = {
    IMPOSSIBLE: "bold red",
    UNLIKELY: "red",
    UNCERTAIN: "yellow",
    LIKELY: "green",
    CERTAIN: "bold green",
}
STRONGEST = 2
INDENT = (0, 0, 0, 2)


def show_check(check: Check, console: Console, language: str) -> None:
    """Print a check."""
    console.print(Group(*_parts(check, language)))


def _parts(check: Check, language: str) -> Iterator[RenderableType]:
    yield from _head(check, language)
    yield _verdicts(check, language)
    yield from _sums(check, language)
    if check.drivers:
        yield _heading("holds_back", language, few=check.what_if_replications)
        yield Padding(_drivers(check, language), INDENT)
    yield from _contradictions(check, language)
    yield from _rests_on(check, language)


def _heading(key: str, language: str, **numbers: int) -> Line:
    return Line(f"\n{say(key, language, **numbers)}", style="bold")


def _head(check: Check, language: str) -> Iterator[RenderableType]:
    flow = check.flow
    yield Line(flow.title.in_language(language), style="bold underline")
    if check.scenario is not None:
        yield Line(
            f"{say('terminal_scenario', language)}: {check.scenario.in_language(language)}",
            style="italic",
        )
    first, last = (
        format_date(flow.starts, language),
        format_date(flow.end - timedelta(days=1), language),
    )
    length = format_value(flow.lasts, language)
    runs = f"{check.replications} {say('terminal_runs', language)}, {say('seed', language)} {check.seed}"
    yield Line(f"{first} – {last} ({length}) · {runs}")
    sourced = sum(value.source is not None for value in flow.values.values())
    drawn = say("fixed" if check.fixed else "terminal_drawn", language)
    yield Line(
        f"{sourced} {say('terminal_facts', language)} · {len(flow.assumptions)} {say('assumptions', language)}, {drawn}\n"
    )


def _verdicts(check: Check, language: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column(say("target", language), ratio=1)
    for key in ("bound", "expected", "terminal_range_of", "anyway", "chance"):
        table.add_column(say(key, language), justify="right", no_wrap=True)
    table.add_column(say("verdict", language), no_wrap=True)
    last = ""
    for verdict in check.verdicts:
        question = verdict.question
        if question.reading and question.target != last:
            table.add_row(question.says.in_language(language))
        last = question.target
        table.add_row(*_verdict_row(verdict, language))
    return table


def _verdict_row(verdict: Verdict, language: str) -> Iterator[RenderableType]:
    question = verdict.question
    kind = question.bound.kind
    yield (
        "  · " + question.reads.in_language(language)
        if question.reads
        else question.says.in_language(language)
    )
    yield format_bound(question, language)
    yield format_measure(verdict.expected, kind, language)
    yield format_range(verdict.low, verdict.high, kind, language)
    yield format_measure(verdict.counterfactual, kind, language)
    yield format_chance(verdict, language)
    yield Line(say(verdict.word, language), style=STYLES[verdict.word])


def _sums(check: Check, language: str) -> Iterator[RenderableType]:
    judged = [verdict for verdict in check.verdicts if verdict.ceiling is not None]
    if judged:
        yield _heading("sums", language)
    for verdict in judged:
        assert verdict.ceiling is not None
        best = format_exact(verdict.ceiling.number, verdict.question.bound.kind, language)
        written = format_written(verdict.ceiling.written, language)
        text = Line(f"{_name(verdict.question, language)}: ")
        text.append(f"{written} = {best}", style="bold")
        text.append(f" {say('at_best', language)}; {format_bound(verdict.question, language)}. ")
        text.append(verdict.ceiling.says.in_language(language), style="dim")
        yield Padding(text, INDENT)


def _drivers(check: Check, language: str) -> Table:
    """Return, for each target that may fail, what moves it most and what that does to its chance."""
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(style="dim", no_wrap=True, overflow="ellipsis", max_width=58)
    for _ in range(4):
        table.add_column(no_wrap=True)
    for target in check.flow.targets:
        verdict = most_open(check, target)
        if verdict is None:
            continue
        clear = [
            driver
            for driver in check.drivers_of(verdict.question)
            if driver.value[verdict.question.name].is_clear
        ]
        for number, driver in enumerate(clear[:STRONGEST]):
            name = _name(verdict.question, language) if number == 0 else ""
            table.add_row(
                name, describe(check, driver, language), *_moves(driver, verdict.question, language)
            )
    return table


def most_open(check: Check, target: str) -> Verdict | None:
    """Return the verdict on the reading of a target that is least settled.

    None where all are likely, or arithmetic judges.
    """
    measured = [
        v for v in check.verdicts if v.question.target == target and v.question.name in check.values
    ]
    short = [v for v in measured if v.word not in (LIKELY, CERTAIN)]
    return min(short, key=lambda v: abs(v.probability - 0.5), default=None)


def _name(question: TargetReading, language: str) -> str:
    says = question.says.in_language(language)
    return f"{says} – {question.reads.in_language(language)}" if question.reads else says


def describe(check: Check, driver: OneWayChange, language: str) -> str:
    """Return what was changed, in words: the label of the value and what it stands at."""
    return f"{label_of_driver(check.flow, driver, language)}: {number_of_driver(check.flow, driver, language)}"


def _moves(driver: OneWayChange, question: TargetReading, language: str) -> tuple[str, str, str]:
    change, chance, kind = (
        driver.value[question.name],
        driver.probability[question.name],
        question.bound.kind,
    )
    unit = say("points", language)
    low, high = (
        format_change(end, kind, language).removesuffix(unit).rstrip()
        for end in (change.low, change.high)
    )
    moved = format_change(chance.mean, "share", language)
    return (
        format_change(change.mean, kind, language),
        f"({low} … {high})",
        f"{say('chance', language).lower()} {moved}",
    )


def _contradictions(check: Check, language: str) -> Iterator[RenderableType]:
    if check.contradictions:
        yield _heading("contradictions", language)
    for one in check.contradictions:
        text = Line(f"{one.sum.says.in_language(language)}  ")
        comes_to = format_exact(one.sum.number, one.stated.kind, language)
        text.append(f"{format_written(one.sum.written, language)} = {comes_to}", style="bold")
        text.append(
            f"; {say('stated', language).lower()} {format_value(one.stated, language)}",
            style="bold",
        )
        yield Padding(text, INDENT)


def _rests_on(check: Check, language: str) -> Iterator[RenderableType]:
    yield _heading("rests_on", language)
    flow = check.flow
    by_source = Counter(
        value.source.split()[0].rstrip(",:;") for value in flow.values.values() if value.source
    )
    for source, count in by_source.most_common():
        title = flow.sources[source].in_language(language) if source in flow.sources else source
        yield Padding(f"{count} {say('terminal_facts', language)}: {title}", INDENT)
    yield Padding(
        f"{len(flow.assumptions)} {say('assumptions', language)}: {_ranked(check, language)}",
        INDENT,
    )
    plain = [
        path
        for path, value in flow.values.items()
        if value.is_plain and not path.startswith(("targets", "conflicts"))
    ]
    if plain and not flow.sources:
        yield Padding(
            Line(f"{len(plain)} {say('without_source', language)}", style="yellow"), INDENT
        )


def _ranked(check: Check, language: str) -> str:
    """Return the assumptions that are among the strongest for most targets."""
    counts: Counter[str] = Counter()
    for verdict in check.verdicts:
        if verdict.question.name in check.values:
            strongest = [
                driver.name
                for driver in check.drivers_of(verdict.question)
                if driver.kind != CAPACITY
            ]
            counts.update(dict.fromkeys(strongest[:4]).keys())
    labels = [check.flow.values[name].label for name, _ in counts.most_common(4)]
    named = [label.in_language(language) for label in labels if label]
    return ", ".join(named) + (" …" if named else "")


def falls_short(check: Check) -> bool:
    """Tell whether any target, in any reading, is not at least likely to be met."""
    return any(verdict.word in (IMPOSSIBLE, UNLIKELY, UNCERTAIN) for verdict in check.verdicts)
