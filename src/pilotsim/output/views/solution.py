"""The answer to a problem: the least, the cheapest or the surest choice."""

from __future__ import annotations

from functools import partial
from typing import Any

from pilotsim import __version__
from pilotsim.experiments.optimise.solve import FrontierPoint, Solution, SolutionRow
from pilotsim.language.catalogue import say
from pilotsim.language.numbers import NONE, format_number
from pilotsim.output.document import (
    Block,
    Cell,
    Code,
    Column,
    Document,
    Figure,
    Paragraph,
    Row,
    Section,
    Span,
    Table,
    Tone,
)
from pilotsim.output.sentences.changes import runs_note
from pilotsim.output.sentences.solution import (
    answer_in_words,
    question_in_words,
    show_choice,
    show_confidence,
    show_cost,
    show_interval,
    show_level,
    show_share,
)

__all__ = ["document_of_solution"]

MAX_BRIEF_ROWS = 30


def document_of_solution(
    solution: Solution, language: str, command: str = "", *, with_figures: bool = True
) -> Document:
    """Return an answer: what was asked, what was proven, what was tried.

    Parameters
    ----------
    solution : Solution
        What to show.
    language : str
        One of `LANGUAGES`.
    command : str
        How it was called for.
    with_figures : bool
        Whether the figure is part of it; without it no drawing library is started.
    """
    return Document(
        kind="solution",
        title=solution.problem.title.in_language(language),
        language=language,
        sections=[
            _answer(solution, language, with_figures=with_figures),
            _tried(solution, language),
            _how_made(solution, language, command),
        ],
        record=_record(solution),
    )


def _answer(solution: Solution, language: str, *, with_figures: bool) -> Section:
    first, *rest = answer_in_words(solution, language)
    tone: Tone = "good" if solution.is_proven else "doubtful"
    blocks: list[Block] = [
        Paragraph.of(question_in_words(solution.problem, language)),
        Paragraph.of(Span(first, tone), role="lead"),
        *(Paragraph.of(sentence) for sentence in rest),
    ]
    if solution.frontier and with_figures:
        from pilotsim.output.figures import frontier

        blocks.append(
            Figure(
                "frontier",
                frontier.title(solution, language),
                frontier.alt_text(solution, language),
                partial(frontier.plot_frontier, solution, language=language),
                # The points of a frontier are runs of their own; otherwise they are the search's.
                basis=runs_note(solution, language, solution.frontier_runs or None),
            )
        )
    return Section("answer", "", blocks)


def _tried(solution: Solution, language: str) -> Section:
    confidence = show_confidence(solution.problem, language)
    fixed = format_number(solution.problem.frontier, language, 0)
    note = say("tried_note", language, confidence=confidence, runs=fixed)
    blocks: list[Block] = [Paragraph.of(note, role="note")]
    if solution.undefined:
        count = format_number(solution.undefined, language, 0)
        runs = format_number(solution.runs + solution.frontier_runs, language, 0)
        search, other = (
            format_number(number, language, 0) for number in (solution.runs, solution.frontier_runs)
        )
        said = say("tried_undefined", language, count=count, runs=runs, search=search, other=other)
        blocks.append(Paragraph.of(said, role="warning"))
    blocks.append(_table(solution, language))
    return Section("tried", say("tried", language), blocks)


def _table(solution: Solution, language: str) -> Table:
    """Return what was tried: a column for each lever, then cost, runs and the share that met."""
    problem = solution.problem
    is_single = len(problem.levers) == 1
    fixed = format_number(problem.frontier, language, 0)
    columns = [
        Column("choice", say("what", language), is_filed=False, is_shown=not is_single),
        *(
            Column(lever.name, lever.says.in_language(language), is_shown=is_single)
            for lever in problem.levers
        ),
        Column("cost", say("cost_heading", language), is_number=True, is_shown=problem.has_costs),
        Column("runs", say("runs_heading", language), is_number=True),
        Column("interval", say("proven_interval", language), is_number=True, is_filed=False),
        Column("proven_low", say("proven_low", language), is_shown=False),
        Column("proven_high", say("proven_high", language), is_shown=False),
        Column(
            "met",
            say("share_heading", language, runs=fixed),
            is_number=True,
            is_filed=False,
            is_shown=problem.frontier > 0,
        ),
        Column("met_percent", say("met_percent", language), is_shown=False),
        Column("met_low", say("low_end", language), is_shown=False),
        Column("met_high", say("high_end", language), is_shown=False),
        Column("verdict", say("verdict", language)),
    ]
    return Table.of_rows(
        "tried",
        say("tried", language),
        columns,
        [_row(solution, row, language) for row in solution.rows],
        max_brief_rows=MAX_BRIEF_ROWS,
    )


def _row(solution: Solution, row: SolutionRow, language: str) -> Row:
    problem = solution.problem
    levels = problem.levels_of(problem.choices[row.choice])
    cost = problem.designs[row.choice].cost
    word = say(row.verdict, language)
    shown = say("implied_word", language, word=word) if row.implied else word
    has_runs = row.tally.runs > 0
    point = solution.estimate_of(row.choice)
    estimated: tuple[float | None, ...] = (None, None, None)
    if point is not None:
        estimated = (point.tally.share, point.interval.low, point.interval.high)
    return Row(
        [
            Cell(show_choice(problem, row.choice, language)),
            *(Cell(show_level(problem.flow, level, language), level.amount) for level in levels),
            Cell(show_cost(problem, cost, language), cost if problem.has_costs else None),
            Cell(format_number(row.tally.runs, language, 0), row.tally.runs),
            Cell(show_interval(row, language) if has_runs else NONE),
            Cell.of_value(100 * row.interval.low if has_runs else None),
            Cell.of_value(100 * row.interval.high if has_runs else None),
            Cell(_met(point, language) if point else NONE),
            *(Cell.of_value(None if one is None else 100 * one) for one in estimated),
            Cell(shown, word),
        ]
    )


def _met(point: FrontierPoint, language: str) -> str:
    """Return the share of other runs that met what is asked, with its own interval.

    It may lie beside what the search has proven: few runs, and none of the search's.
    """
    return f"{show_share(point, language)} ({show_interval(point, language)})"


def _how_made(solution: Solution, language: str, command: str) -> Section:
    made = say(
        "solve_made",
        language,
        flow=solution.problem.flow.flow,
        runs=format_number(solution.runs + solution.frontier_runs, language, 0),
        figure=format_number(solution.frontier_runs, language, 0),
        seed=solution.problem.seed,
        version=__version__,
    )
    blocks: list[Block] = [Paragraph.of(made, is_brief=False)]
    if command:
        blocks.append(Code(command))
    return Section("how_made", say("how_made", language), blocks)


def _record(solution: Solution) -> dict[str, Any]:
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
        "undefined": solution.undefined,
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
        "frontier": [_point(solution, point) for point in solution.frontier],
        "estimates": [_point(solution, point) for point in solution.estimates],
    }


def _point(solution: Solution, point: FrontierPoint) -> dict[str, Any]:
    return {
        "choice": _choice(solution, point.choice),
        "cost": point.cost,
        "runs": point.tally.runs,
        "met": point.tally.met,
        "low": point.interval.low,
        "high": point.interval.high,
    }


def _choice(solution: Solution, choice: int | None) -> dict[str, str] | None:
    if choice is None:
        return None
    levels = solution.problem.levels_of(solution.problem.choices[choice])
    return {
        lever.name: level.value.written
        for lever, level in zip(solution.problem.levers, levels, strict=True)
    }
