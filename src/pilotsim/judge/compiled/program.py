"""Questions as columns, and the columns that their verdicts are written to."""

from __future__ import annotations

from pilotsim.simulation.columns import (
    Columns,
    FloatColumn,
    FloatRows,
    Int8Rows,
    IntColumn,
    column,
)

# The numbers of a verdict, in the order of its row.
VERDICT_NUMBERS = (
    WORD,
    PROBABILITY,
    INTERVAL_LOW,
    INTERVAL_HIGH,
    EXPECTED,
    LOW,
    HIGH,
    UNDEFINED_RUNS,
    BASE,
    LEFT_OUT,
    WAITING,
    BOUNDED,
    ANYWAY,
    CHANCE_ANYWAY,
    ANYWAY_LOW,
    ANYWAY_HIGH,
    ANYWAY_RUNS,
    HALF,
    LOW_KNOWN,
    HIGH_KNOWN,
) = range(20)
# The places of a measure's numbers, in the order of `measures.compiled.program.OUTPUTS`.
VALUE, OF_BASE, OF_LEFT_OUT, OF_WAITING, OF_BEYOND, COUNTERFACTUAL, NUMBERS = range(7)


class QuestionColumns(Columns):
    """The questions that are judged, and what they are judged by."""

    measure: IntColumn = column(
        "Which measure; -1 where arithmetic alone judges.", over="questions"
    )
    at_least: IntColumn = column("Whether the bound is reached from below.", over="questions")
    bound: FloatColumn = column("The bound as the file has it.", over="questions")
    ceiling: FloatColumn = column("The best by arithmetic; NaN for none.", over="questions")
    is_change: IntColumn = column("Whether no difference is a result.", over="questions")
    has_programme: IntColumn = column("Whether there is a world without.", over="one")
    grade_rule: IntColumn = column("What decides each word: see `words.RULES`.", over="grades")
    grade_low: FloatColumn = column("From when,", over="grades")
    grade_high: FloatColumn = column("and up to when.", over="grades")
    normal: FloatColumn = column("The critical value of the normal distribution.", over="one")
    students: FloatColumn = column("That of Student's t, by degrees of freedom.")
    slack: FloatColumn = column("What rounding may make of a bound.", over="one")
    ends: FloatColumn = column("Between which quantiles the values are told.", over="two")
    beyond_all: FloatColumn = column("What stands for no end at all.", over="one")


class QuestionBounds(Columns):
    """The bound of each question in each replication."""

    bounds: FloatRows = column("In base units.", over="questions", width="replications")


class JudgeRoom(Columns):
    """Room to put the values of a question in order."""

    sorted_time: FloatRows = column("Values.", over="two", width="replications")
    sorted_state: Int8Rows = column("Not used here.", over="two", width="replications")


class VerdictColumns(Columns):
    """What comes of it."""

    numbers: FloatRows = column(
        "The numbers of each verdict: see `VERDICT_NUMBERS`.", over="questions", width="numbers"
    )
