"""The answer to a problem on one screen of a terminal."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table
from rich.text import Text as Line

from pilotsim.experiments.optimise.solve import Solution
from pilotsim.output.report.solving import headings_of, rows_of
from pilotsim.output.solution_words import answer_in_words, question_in_words

MAX_ROWS = 30


def show_solution(solution: Solution, console: Console, language: str) -> None:
    """Print an answer: what was asked, what was proven, what was tried."""
    first, *rest = answer_in_words(solution, language)
    console.print(Line(solution.problem.title.in_language(language), style="bold underline"))
    console.print(Line(question_in_words(solution.problem, language)), "")
    console.print(Line(first, style="bold green" if solution.is_proven else "bold yellow"))
    for sentence in rest:
        console.print(Line(sentence))
    console.print()
    table = Table(box=None, pad_edge=False, header_style="dim")
    headings = headings_of(solution, language)
    for number, heading in enumerate(headings):
        table.add_column(
            heading,
            justify="right" if 0 < number < len(headings) - 1 else "left",
            no_wrap=number > 0,
        )
    rows = list(rows_of(solution, language))
    for row in rows[:MAX_ROWS]:
        table.add_row(*row)
    if len(rows) > MAX_ROWS:
        table.add_row(f"… {len(rows) - MAX_ROWS}")
    console.print(table)
