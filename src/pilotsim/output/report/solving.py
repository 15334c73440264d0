"""The answer to a problem as a folder: a page, the frontier, a table for a spreadsheet, everything as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import Any

from pilotsim import __version__
from pilotsim.base.languages import check_language
from pilotsim.experiments.optimise.solve import Solution, SolutionRow
from pilotsim.language.catalogue import say
from pilotsim.language.numbers import format_number
from pilotsim.output.figures.frontier import alt_text, plot_frontier
from pilotsim.output.report.folder import write_files
from pilotsim.output.report.images import Picture, save_picture
from pilotsim.output.report.parts import html_figure, html_table, report_files
from pilotsim.output.report.tables import Cell, Table
from pilotsim.output.solution_words import (
    answer_in_words,
    question_in_words,
    show_choice,
    show_confidence,
    show_cost,
    show_interval,
    show_share,
)


def write_solution(
    solution: Solution, folder: str | Path, language: str = "nb", command: str = ""
) -> list[Path]:
    """Write an answer as a page, a figure, a table and JSON into a folder.

    Return the files, the page first.

    Parameters
    ----------
    solution : Solution
        What to report.
    folder : str or Path
        Where to; complete or absent, other files are left alone.
    language : str
        `nb` or `en`.
    command : str
        How it was called, to be shown on the page.

    Raises
    ------
    PilotsimError
        The folder cannot be written to.
    """
    check_language(language)
    title = say("figure_frontier", language)
    pictures = []
    if solution.frontier:
        drawn = save_picture(plot_frontier(solution, language=language))
        pictures = [Picture("frontier", "frontier", title, alt_text(solution, language), *drawn)]
    body = _body(solution, pictures, command, language)
    tables, more = [table_of(solution, language)], {"solution.json": solution_text(solution)}
    heading = solution.problem.title.in_language(language)
    return write_files(
        report_files(heading, body, language, pictures=pictures, tables=tables, more=more), folder
    )


def _body(
    solution: Solution, pictures: list[Picture], command: str, language: str
) -> Iterator[str]:
    problem = solution.problem
    first, *rest = answer_in_words(solution, language)
    yield f"<p>{escape(question_in_words(problem, language))}</p>"
    yield f'<p class="lead"><strong>{escape(first)}</strong></p>'
    yield from (f"<p>{escape(sentence)}</p>" for sentence in rest)
    yield from (html_figure(picture) for picture in pictures)
    yield f"<h2>{escape(say('tried', language))}</h2>"
    yield f"<p>{escape(say('tried_note', language, confidence=show_confidence(problem, language)))}</p>"
    yield from html_table(
        headings_of(solution, language),
        rows_of(solution, language),
        numbers=range(1, len(headings_of(solution, language)) - 1),
    )
    runs = format_number(solution.runs + solution.frontier_runs, language, 0)
    parts = {
        "flow": problem.flow.flow,
        "runs": runs,
        "figure": format_number(solution.frontier_runs, language, 0),
        "seed": problem.seed,
        "version": __version__,
    }
    yield f"<h2>{escape(say('how_made', language))}</h2>\n<p>{escape(say('solve_made', language, **parts))}</p>"
    if command:
        yield f"<p><code>{escape(command)}</code></p>"


def headings_of(solution: Solution, language: str) -> list[str]:
    """Return the headings of the table of what was tried."""
    first = (
        solution.problem.levers[0].says.in_language(language)
        if len(solution.problem.levers) == 1
        else say("what", language)
    )
    costs = [say("cost_heading", language)] if solution.problem.has_costs else []
    return [
        first,
        *costs,
        say("runs_heading", language),
        say("share_heading", language),
        say("interval_heading", language),
        say("verdict", language),
    ]


def rows_of(solution: Solution, language: str) -> Iterator[list[str]]:
    """Yield what was tried as words."""
    problem = solution.problem
    for row in solution.rows:
        costs = (
            [show_cost(problem, problem.designs[row.choice].cost, language)]
            if problem.has_costs
            else []
        )
        runs = format_number(row.tally.runs, language, 0)
        shown = (
            [show_share(row, language), show_interval(row, language)]
            if row.tally.runs
            else ["–", "–"]
        )
        yield [
            show_choice(problem, row.choice, language),
            *costs,
            runs,
            *shown,
            _word(row, language),
        ]


def _word(row: SolutionRow, language: str) -> str:
    word = say(row.verdict, language)
    return f"{word} ({say('implied', language)})" if row.implied else word


def table_of(solution: Solution, language: str) -> Table:
    """Return what was tried as a table for a spreadsheet: a column for each lever, then cost, runs and the share that met."""
    problem = solution.problem
    levers = [lever.says.in_language(language) for lever in problem.levers]
    ends = [
        say("share_heading", language) + " %",
        say("low_end", language),
        say("high_end", language),
        say("verdict", language),
    ]
    headings = (*levers, say("cost_heading", language), say("runs_heading", language), *ends)
    return Table("tried", headings, tuple(_cells(solution, row, language) for row in solution.rows))


def _cells(solution: Solution, row: SolutionRow, language: str) -> tuple[Cell, ...]:
    problem = solution.problem
    amounts = tuple(level.amount for level in problem.levels_of(problem.choices[row.choice]))
    cost = problem.designs[row.choice].cost if problem.has_costs else None
    percents = (100 * number for number in (row.tally.share, row.interval.low, row.interval.high))
    return (*amounts, cost, row.tally.runs, *percents, say(row.verdict, language))


def solution_text(solution: Solution) -> str:
    """Return an answer as JSON."""
    return json.dumps(as_plain(solution), ensure_ascii=False, indent=1, allow_nan=False) + "\n"


def as_plain(solution: Solution) -> dict[str, Any]:
    """Return an answer as plain mappings and lists; what does not exist is None."""
    problem, rule = solution.problem, solution.problem.rule
    return {
        "solve": problem.name,
        "flow": problem.flow.flow,
        "version": __version__,
        "seed": problem.seed,
        "fixed": problem.fixed,
        "targets": [question.name for question in problem.questions],
        "probability": None if problem.budget is not None else rule.probability,
        "budget": problem.budget,
        "confidence": 1 - rule.error,
        "margin": rule.margin,
        "most_runs": rule.most_runs,
        "monotone": problem.monotone,
        "question": solution.question,
        "proven": solution.is_proven,
        "best": _choice(solution, solution.best),
        "proven_too_little": _choice(solution, solution.below),
        "not_decided": [_choice(solution, choice) for choice in solution.rivals],
        "order_broken": [[_choice(solution, a), _choice(solution, b)] for a, b in solution.breaks],
        "runs": solution.runs,
        "frontier_runs": solution.frontier_runs,
        "tried": [
            {
                "choice": _choice(solution, row.choice),
                "runs": row.tally.runs,
                "met": row.tally.met,
                "low": row.interval.low,
                "high": row.interval.high,
                "verdict": row.verdict,
                "implied": row.implied,
            }
            for row in solution.rows
        ],
        "frontier": [
            {
                "choice": _choice(solution, point.choice),
                "cost": point.cost,
                "runs": point.tally.runs,
                "met": point.tally.met,
                "low": point.interval.low,
                "high": point.interval.high,
            }
            for point in solution.frontier
        ],
    }


def _choice(solution: Solution, choice: int | None) -> dict[str, str] | None:
    if choice is None:
        return None
    levels = solution.problem.levels_of(solution.problem.choices[choice])
    return {
        lever.name: level.value.written
        for lever, level in zip(solution.problem.levers, levels, strict=True)
    }
