"""What a register says to the questions of a plan, on the screen: effects, checks, what became of the clients."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text as Line

from pilotsim.evaluation.register_analysis import PlanAnswer, RegisterAnalysis
from pilotsim.language.catalogue import say
from pilotsim.output.report.effects import (
    chart_lines,
    effect_cells,
    effect_headings,
    name_of,
    plan_line,
)


def show_analysis(found: RegisterAnalysis, console: Console, language: str) -> None:
    """Print an analysis."""
    console.print(Line(found.plan.title.in_language(language), style="bold underline"))
    console.print(Line(plan_line(found, language), style="" if found.unchanged else "bold red"))
    console.print()
    console.print(_effects(found, language))
    for part in _notes(found, language):
        console.print(Padding(part, (0, 0, 0, 2)))
    console.print(Line(f"\n{say('checks', language)}", style="bold"))
    for check in found.checks:
        console.print(
            Padding(
                Line(
                    ("✓ " if check.passed else "✗ ") + check.text,
                    style="" if check.passed else "red",
                ),
                (0, 0, 0, 2),
            )
        )
    console.print(Line(f"\n{say('clients_chart', language)}", style="bold"))
    for line in chart_lines(found, language):
        console.print(Padding(line, (0, 0, 0, 2)))


def _effects(found: RegisterAnalysis, language: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    for number, heading in enumerate(effect_headings(found, language)):
        table.add_column(heading, justify="left" if number == 0 else "right", no_wrap=number > 0)
    for finding in found.findings:
        table.add_row(name_of(found, finding, language), *effect_cells(found, finding, language))
    return table


def _notes(found: RegisterAnalysis, language: str) -> Iterator[Line]:
    for finding in found.findings:
        yield from (
            Line(f"{name_of(found, finding, language)}: {note}", style="dim")
            for note in _of(finding)
        )


def _of(finding: PlanAnswer) -> tuple[str, ...]:
    return finding.effect.notes if finding.effect else (finding.refusal,)
