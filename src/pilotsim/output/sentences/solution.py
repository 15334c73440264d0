"""The answer to a problem, in sentences."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from pilotsim.experiments.optimise.confidence_sequences import CLOSE, OPEN
from pilotsim.experiments.optimise.problem import LeverLevel, Problem
from pilotsim.experiments.optimise.solve import (
    CHEAPEST,
    LEAST,
    SUREST,
    FrontierPoint,
    Solution,
    SolutionRow,
)
from pilotsim.judge.verdicts import TargetReading
from pilotsim.language.catalogue import say
from pilotsim.language.numbers import (
    SPACE,
    format_level,
    format_number,
    format_probability,
    format_range,
    format_value,
    join,
    name_of_currency,
)
from pilotsim.model.flow import Flow

MAX_NAMED = 6


def question_in_words(problem: Problem, language: str) -> str:
    """Return what is to be met, and how likely."""
    targets = join([_target(question, language) for question in problem.questions], language)
    if problem.budget is not None:
        return say(
            "wanted_within",
            language,
            targets=targets,
            budget=show_cost(problem, problem.budget, language),
        )
    return say(
        "wanted",
        language,
        targets=targets,
        probability=format_level(problem.rule.probability, language),
    )


def _target(question: TargetReading, language: str) -> str:
    says = question.says.in_language(language).rstrip(".")
    if question.reads is None:
        return say("quoted", language, words=says)
    reading = question.reads.in_language(language).rstrip(".")
    return say("quoted_reading", language, words=says, reading=reading)


def answer_in_words(solution: Solution, language: str) -> list[str]:
    """Return what was proven and what was not, a sentence or two each; the answer first."""
    kinds = {LEAST: _least, CHEAPEST: _cheapest, SUREST: _surest}
    return [
        *kinds[solution.question](solution, language),
        *_undecided(solution, language),
        *_order(solution, language),
        surety(solution, language),
    ]


def show_choice(problem: Problem, choice: int, language: str) -> str:
    """Return a choice: `24` of a single lever, `Plasser 24, stillinger 5` of several."""
    levels = problem.levels_of(problem.choices[choice])
    if len(levels) == 1:
        return show_level(problem.flow, levels[0], language)
    named = zip(problem.levers, levels, strict=True)
    return ", ".join(
        f"{lever.says.in_language(language)} {show_level(problem.flow, level, language)}"
        for lever, level in named
    )


def show_level(flow: Flow, level: LeverLevel, language: str) -> str:
    """Return one level of a lever with its unit, and what it comes to where it multiplies."""
    shown = format_value(level.value, language)
    amounts = _amounts(flow, level, language)
    return say("level_with_amounts", language, level=shown, amounts=amounts) if amounts else shown


def _amounts(flow: Flow, level: LeverLevel, language: str) -> str:
    """Return how many units a level that multiplies comes to; of one number of another kind, it.

    Nothing for what is set as it is, and for several numbers that no sum can stand for.
    """
    if all(number == level.value.number for number in level.numbers.values()):
        return ""
    found = {_UNITS.fullmatch(path): number for path, number in level.numbers.items()}
    if all(found):
        first, last = _units_at_ends(flow, level)
        if first == last:
            return format_number(first, language, 0)
        ends = (format_number(end, language, 0) for end in (first, last))
        return say("units_at_ends", language, first=next(ends), last=next(ends))
    if len(level.numbers) == 1:
        ((path, number),) = level.numbers.items()
        return format_value(flow.values[path], language, number)
    return ""


_UNITS = re.compile(r"resources\.([^.]+)\.units(?:\.from\.([0-9-]+))?")


def _units_at_ends(flow: Flow, level: LeverLevel) -> tuple[float, float]:
    """Return how many units there are of what a level sets, at the start and in the end."""
    first: dict[str, float] = {}
    last: dict[str, tuple[str, float]] = {}
    for path, value in flow.values.items():
        found = _UNITS.fullmatch(path)
        if found is None or not any(
            one.startswith(f"resources.{found[1]}.") for one in level.numbers
        ):
            continue
        resource, since = found[1], found[2] or ""
        number = level.numbers.get(path, value.number)
        if not since:
            first[resource] = number
        last[resource] = max(last.get(resource, ("", number)), (since, number))
    return sum(first.values()), sum(number for _, number in last.values())


def show_cost(problem: Problem, cost: float, language: str) -> str:
    """Return a cost in the flow's currency."""
    return (
        format_number(cost, language, 0) + SPACE + name_of_currency(problem.flow.currency, language)
    )


def _least(solution: Solution, language: str) -> Iterator[str]:
    problem = solution.problem
    said = {
        "lever": problem.levers[0].says.in_language(language),
        "probability": format_level(problem.rule.probability, language),
        "best": "" if solution.best is None else show_choice(problem, solution.best, language),
        "below": "" if solution.below is None else show_choice(problem, solution.below, language),
    }
    if solution.rivals:
        yield say("least_between", language, **said)
        if solution.best is not None:
            yield say("proven_enough", language, choice=said["best"])
        if solution.below is not None:
            yield say("proven_short", language, choice=said["below"])
        yield say("not_decided", language, choices=_named(problem, solution.rivals, language))
    elif solution.best is None:
        yield say("least_none", language, **said)
    elif solution.below is None:
        yield say("least_at_once", language, **said)
    else:
        yield say("least_found", language, **said)
    yield from _share(solution, language)


def _cheapest(solution: Solution, language: str) -> Iterator[str]:
    problem, best = solution.problem, solution.best
    if best is None:
        yield say("proven_nothing" if solution.rivals else "cheapest_none", language)
        return
    said = {
        "choice": show_choice(problem, best, language),
        "cost": _cost(problem, best, language),
        "count": len(solution.rivals),
    }
    yield say("cheapest_so_far" if solution.rivals else "cheapest_found", language, **said)
    yield from _share(solution, language)


def _surest(solution: Solution, language: str) -> Iterator[str]:
    problem, best = solution.problem, solution.best
    assert best is not None
    said = {
        "choice": show_choice(problem, best, language),
        "cost": _cost(problem, best, language),
        "count": len(solution.rivals),
        "margin": _margin(problem, language),
    }
    yield say("surest_so_far" if solution.rivals else "surest_found", language, **said)
    yield from _share(solution, language)


def _margin(problem: Problem, language: str) -> str:
    margin = format_number(100 * problem.rule.margin, language)
    return margin + SPACE + say("points", language)


def _cost(problem: Problem, choice: int, language: str) -> str:
    return show_cost(problem, problem.designs[choice].cost, language)


def _share(solution: Solution, language: str) -> Iterator[str]:
    point = None if solution.best is None else solution.estimate_of(solution.best)
    if point is not None:
        yield say(
            "share_met",
            language,
            choice=show_choice(solution.problem, point.choice, language),
            share=show_share(point, language),
            range=show_interval(point, language),
            runs=format_number(point.tally.runs, language, 0),
        )


def show_share(point: FrontierPoint, language: str) -> str:
    """Return the share of runs, fixed in number, in which a choice meets what is asked."""
    return format_probability(
        point.tally.share, language, (point.interval.low, point.interval.high)
    )


def show_interval(one: SolutionRow | FrontierPoint, language: str) -> str:
    """Return the interval of a choice's probability."""
    return format_range(one.interval.low, one.interval.high, "share", language)


def _undecided(solution: Solution, language: str) -> Iterator[str]:
    problem = solution.problem
    for verdict, key in ((CLOSE, "close_line"), (OPEN, "open_line")):
        found = [
            row.choice
            for row in solution.rows
            if row.verdict == verdict and row.choice in solution.rivals
        ]
        if found:
            named = _named(problem, found, language)
            yield say(key, language, choices=named, margin=_margin(problem, language))


def _named(problem: Problem, choices: Sequence[int], language: str) -> str:
    shown = [show_choice(problem, choice, language) for choice in choices]
    if len(shown) > MAX_NAMED:
        shown = [*shown[: MAX_NAMED // 2], "…", *shown[-MAX_NAMED // 2 :]]
        return ", ".join(shown)
    return ("; " if len(problem.levers) > 1 else ", ").join(shown)


def _order(solution: Solution, language: str) -> Iterator[str]:
    if not solution.problem.monotone or solution.question == SUREST:
        return
    if not solution.breaks:
        yield say("order_holds", language)
        return
    lower, higher = (
        show_choice(solution.problem, choice, language) for choice in solution.breaks[0]
    )
    yield say("order_broken", language, lower=lower, higher=higher)


def surety(solution: Solution, language: str) -> str:
    """Return how sure the answer is, and what it took."""
    problem = solution.problem
    return say(
        "surety_fixed" if problem.fixed else "surety_drawn",
        language,
        confidence=show_confidence(problem, language),
        runs=format_number(solution.runs, language, 0),
    )


def show_confidence(problem: Problem, language: str) -> str:
    """Return how sure the answer must be."""
    return format_level(1 - problem.rule.error, language)
