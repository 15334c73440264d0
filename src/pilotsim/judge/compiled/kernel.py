"""Judges questions by what their measures came to. See `pilotsim.judge.verdicts`."""

from __future__ import annotations

import math

from pilotsim.base.elementary import square_root
from pilotsim.base.quantiles import quantile_of_sorted
from pilotsim.judge.compiled.program import (
    ANYWAY,
    ANYWAY_HIGH,
    ANYWAY_LOW,
    ANYWAY_RUNS,
    BASE,
    BOUNDED,
    CHANCE_ANYWAY,
    COUNTERFACTUAL,
    EXPECTED,
    HALF,
    HIGH,
    HIGH_KNOWN,
    INTERVAL_HIGH,
    INTERVAL_LOW,
    LEFT_OUT,
    LOW,
    LOW_KNOWN,
    NUMBERS,
    OF_BASE,
    OF_BEYOND,
    OF_LEFT_OUT,
    OF_WAITING,
    PROBABILITY,
    UNDEFINED_RUNS,
    VALUE,
    WAITING,
    WORD,
    JudgeRoom,
    QuestionColumns,
    VerdictColumns,
)
from pilotsim.judge.words import Evidence, place_of_word
from pilotsim.measures.compiled.durations import sort_times
from pilotsim.simulation.columns import FloatColumn, FloatRows


def judge_all(
    questions: QuestionColumns,
    found: FloatRows,
    bounds: FloatRows,
    room: JudgeRoom,
    verdicts: VerdictColumns,
) -> None:
    """Judge all questions.

    Parameters
    ----------
    questions : QuestionColumns
        What is asked.
    found : FloatRows
        The numbers of all measures in each replication, as `measures.compiled` writes them.
    bounds : FloatRows
        The bound of each question in each replication.
    room : JudgeRoom
        Room for as many values as there are replications.
    verdicts : VerdictColumns
        Where the numbers of the verdicts go.
    """
    for q in range(len(questions.measure)):
        own = verdicts.numbers[q]
        for k in range(len(own)):
            own[k] = math.nan
        first = NUMBERS * questions.measure[q]
        runs = len(found) if questions.measure[q] >= 0 else 0
        judge_chance(questions, q, found, bounds[q], first, runs, own)
        own[WORD] = word_of_runs(questions, q, runs, own)
        tell_values(questions, found, room, first, runs, own)
        tell_what_it_rests_on(found, first, runs, own)
        judge_anyway(questions, q, found, bounds[q], first, runs, own)


# Chances.


def is_met(questions: QuestionColumns, q: int, value: float, bound: float) -> bool:
    """Tell whether a value meets a bound, but for rounding; one that is not defined does not."""
    slack = questions.slack[0] * max(1.0, abs(bound))
    return value >= bound - slack if questions.at_least[q] else value <= bound + slack


def share_met(met: float, runs: float, z: float) -> tuple[float, float, float]:
    """Return a share with its interval by Wilson's score."""
    if runs == 0.0:
        return math.nan, 0.0, 1.0
    share = met / runs
    shrink = 1.0 + z * z / runs
    middle = (share + z * z / (2.0 * runs)) / shrink
    spread = share * (1.0 - share) / runs + z * z / (4.0 * runs * runs)
    half = z / shrink * square_root(spread)
    return share, max(0.0, middle - half), min(1.0, middle + half)


def judge_chance(
    questions: QuestionColumns,
    q: int,
    found: FloatRows,
    bounds: FloatColumn,
    first: int,
    runs: int,
    own: FloatColumn,
) -> None:
    """Write how likely a bound is met: its interval as if all that is open were, and were not."""
    hits = 0.0
    told = 0.0
    open_runs = 0.0
    for run in range(runs):
        value = found[run, first + VALUE]
        met = is_met(questions, q, value, bounds[run])
        at_most = is_met(questions, q, value + found[run, first + OF_BEYOND], bounds[run])
        if math.isnan(value):
            continue
        if met == at_most:
            told += 1.0
            hits += 1.0 if met else 0.0
        else:
            open_runs += 1.0
    z = questions.normal[0]
    share, low, high = share_met(hits, told, z)
    if open_runs > 0.0:
        low = share_met(hits, told + open_runs, z)[1]
        high = share_met(hits + open_runs, told + open_runs, z)[2]
    own[PROBABILITY] = share
    own[INTERVAL_LOW] = low
    own[INTERVAL_HIGH] = high
    own[UNDEFINED_RUNS] = runs - told


def judge_anyway(
    questions: QuestionColumns,
    q: int,
    found: FloatRows,
    bounds: FloatColumn,
    first: int,
    runs: int,
    own: FloatColumn,
) -> None:
    """Write what clients come to without the programme, and how likely the bound is met then.

    Nothing where that says nothing: see `verdicts.judge`.
    """
    hits = 0.0
    told = 0.0
    total = 0.0
    for run in range(runs):
        value = found[run, first + COUNTERFACTUAL]
        if not math.isnan(value):
            told += 1.0
            total += value
            hits += 1.0 if is_met(questions, q, value, bounds[run]) else 0.0
    if told == 0.0 or not questions.has_programme[0]:
        return
    mean = total / told
    if mean == 0.0 and not questions.is_change[q]:
        return
    own[ANYWAY] = mean
    own[CHANCE_ANYWAY], own[ANYWAY_LOW], own[ANYWAY_HIGH] = share_met(
        hits, told, questions.normal[0]
    )
    own[ANYWAY_RUNS] = told


# Words.


def word_of_runs(questions: QuestionColumns, q: int, runs: int, own: FloatColumn) -> int:
    """Return the word of a question, by its place on the scale."""
    ceiling = questions.ceiling[q]
    evidence = Evidence(
        not math.isnan(ceiling) and not is_met(questions, q, ceiling, questions.bound[q]),
        questions.measure[q] >= 0,
        float(runs),
        own[UNDEFINED_RUNS],
        own[PROBABILITY],
        own[INTERVAL_LOW],
        own[INTERVAL_HIGH],
    )
    return place_of_word(questions.grade_rule, questions.grade_low, questions.grade_high, evidence)


# Values.


def tell_values(
    questions: QuestionColumns,
    found: FloatRows,
    room: JudgeRoom,
    first: int,
    runs: int,
    own: FloatColumn,
) -> None:
    """Write the mean of the values that exist, how exactly it is known, and their quantiles."""
    count, mean = put_values(questions, found, room, first, runs, is_most=False)
    own[EXPECTED] = mean
    if count > 1 and runs > own[UNDEFINED_RUNS]:
        own[HALF] = half_width(questions, room.sorted_time[0], count, mean)
    row = sort_times(room.sorted_time, room.sorted_state, count)
    low = quantile_of_sorted(room.sorted_time[row], 0, count, questions.ends[0])
    high = quantile_of_sorted(room.sorted_time[row], 0, count, questions.ends[1])
    count = put_values(questions, found, room, first, runs, is_most=True)[0]
    row = sort_times(room.sorted_time, room.sorted_state, count)
    most_low = quantile_of_sorted(room.sorted_time[row], 0, count, questions.ends[0])
    most_high = quantile_of_sorted(room.sorted_time[row], 0, count, questions.ends[1])
    own[LOW] = low
    own[HIGH] = high
    own[LOW_KNOWN] = 1.0 if most_low == low or math.isnan(low) else 0.0
    own[HIGH_KNOWN] = 1.0 if most_high == high or math.isnan(high) else 0.0


def put_values(
    questions: QuestionColumns,
    found: FloatRows,
    room: JudgeRoom,
    first: int,
    runs: int,
    is_most: bool,
) -> tuple[int, float]:
    """Put the values that exist, or the most that each may be, into the room.

    Return how many there are, and their mean.
    """
    count = 0
    total = 0.0
    for run in range(runs):
        value = found[run, first + VALUE]
        if math.isnan(value):
            continue
        if is_most:
            value = min(value + found[run, first + OF_BEYOND], questions.beyond_all[0])
        room.sorted_time[0, count] = value
        room.sorted_state[0, count] = 0
        total += value
        count += 1
    return count, total / count if count > 0 else math.nan


def half_width(questions: QuestionColumns, values: FloatColumn, count: int, mean: float) -> float:
    """Return half the interval of a mean by Student's t, as its ends are written."""
    squares = 0.0
    for k in range(count):
        away = values[k] - mean
        squares += away * away
    spread = square_root(squares / (count - 1.0))
    half = questions.students[count - 1] * spread / square_root(float(count))
    return ((mean + half) - (mean - half)) / 2.0


def tell_what_it_rests_on(found: FloatRows, first: int, runs: int, own: FloatColumn) -> None:
    """Write what a measure rests on over the runs that have a number: see `RestsOn.over`."""
    own[BOUNDED] = 0.0
    if runs == 0:
        return
    counted = 0.0
    for run in range(runs):
        counted += 1.0 if found[run, first + OF_BASE] > 0.0 else 0.0
    takes_all = counted == 0.0
    base = 0.0
    left_out = 0.0
    waiting = 0.0
    bounded = 0.0
    for run in range(runs):
        left_out += found[run, first + OF_LEFT_OUT]
        waiting += found[run, first + OF_WAITING]
        if takes_all or found[run, first + OF_BASE] > 0.0:
            base += found[run, first + OF_BASE]
            bounded += 1.0 if found[run, first + OF_BEYOND] > 0.0 else 0.0
    among = float(runs) if takes_all else counted
    own[BASE] = base / among
    own[LEFT_OUT] = left_out / runs
    own[WAITING] = waiting / runs
    own[BOUNDED] = bounded / among
