"""The program of some measures: steps over columns, and the records that they read and write."""

from __future__ import annotations

from collections.abc import Mapping

from pilotsim.simulation.columns import (
    Columns,
    FloatColumn,
    FloatRows,
    Int8Rows,
    Int32Column,
    IntColumn,
    IntRows,
    column,
)

# Steps that mark clients: all or none, by who they are, joined from other marks, by a time of
# their own.
(
    FILL,
    OF_GROUPS,
    OF_STOCK,
    HAS_TRAIT,
    IN_CATEGORY,
    BOTH,
    EITHER,
    BUT_NOT,
    IN_RANGE,
    IN_WINDOW,
    # Steps that give each client a time of its own.
    ENTRY,
    BEGINS,
    LATER,
    # Steps that go through visits and mark clients, or give each a time or a number.
    DETERRED,
    MOVED,
    PRESENT,
    WITHIN,
    FIRST_JOINED,
    FIRST_MOVE,
    MONTHS,
    # Steps that mark visits.
    VISITS_OF,
    VISITS_MOVED,
    VISITS_BOTH,
    VISITS_EITHER,
    VISITS_BUT_NOT,
    # Steps that count, or add up in the order of clients and visits.
    COUNT,
    COUNT_VISITS,
    COUNT_PRESENT,
    COUNT_STARTS,
    ADD_UP,
    ADD_DAYS,
    ADD_UNITS,
    ADD_TAKEN,
    ADD_HOURS,
    # Steps that list times.
    WAITS,
    WAYS,
    SURVIVAL,
    SPELLS,
    HELD,
) = range(39)
# Steps over the numbers of a replication, after all of its clients.
(
    NUMBER,
    PLUS,
    MINUS,
    RATIO,
    OVER,
    TIMES,
    PRICED,
    UNIT_DAYS,
    HOW_MANY,
    TYPICAL,
    BOUNDED_WAIT,
    TYPICAL_WAY,
    SHARE_BY,
    OVERBOOKED,
    IN_USE,
) = range(100, 115)

# What happened, in a step that asks for a move; a risk is `LEFT_BY` plus its number.
REACHED, STARTED, FINISHED_PLANNED, LEFT, LEFT_BY = range(5)
# From when, and in which days, time spent in a stage counts.
SINCE_JOINED, SINCE_BEGAN = range(2)
# What the numbers of a list of times say of each: seen so far, ended as asked, ended otherwise or
# going on, and not followed long enough.
SEEN_SO_FAR, AS_ASKED, OTHERWISE, OPEN = range(4)
# What is asked of a spell: how long it is, whether it is longer, whether the next comes so soon.
LENGTH, LONGER, RETURNS = range(3)
# What is counted in the room: how it went, the room that a chunk's visits or a list needs.
STATUS, VISITS_NEEDED, LIST_NEEDED, COUNTS = range(4)
FINE, NO_ROOM = range(2)
# The numbers of a measure, in the order of its outputs.
OUTPUTS = ("values", "base", "left_out", "waiting", "beyond", "counterfactual")


class Steps(Columns):
    """The steps of a program, in order: those over clients and visits before those over numbers."""

    code: IntColumn = column("What is done: `FILL`, `OF_GROUPS`, ...", over="steps")
    world: IntColumn = column("Whose visits: 0 with the programme, 1 without.", over="steps")
    out: IntColumn = column("The column, list or number that it writes.", over="steps")
    a: IntColumn = column("What it reads, by the step's code; -1 for nothing.", over="steps")
    b: IntColumn = column("", over="steps")
    c: IntColumn = column("", over="steps")
    d: IntColumn = column("", over="steps")
    e: IntColumn = column("", over="steps")
    x: FloatColumn = column("Numbers that it takes.", over="steps")
    y: FloatColumn = column("", over="steps")


class MeasureProgram(Steps):
    """A program with what its steps look up."""

    clients_steps: IntColumn = column("How many steps go over clients and visits.", over="one")
    worlds: IntColumn = column("How many worlds they ask for.", over="one")
    outputs: IntRows = column(
        "Where the numbers of each measure stand: see `OUTPUTS`.", over="measures", width=6
    )
    horizon: FloatColumn = column("The time that is no longer simulated, in days.", over="one")
    counted_from: FloatColumn = column("From when anything counts, in days.", over="one")
    worked: IntColumn = column("How many working days there have been before each day.")
    set_from: IntColumn = column("The stages of each set of stages.")
    set_stage: IntColumn = column("A stage of a set.")
    stage_in: IntRows = column("Whether a stage is in a set.", over="sets", width="stages")
    group_in: IntRows = column("Whether a group is in a set.", over="group sets", width="groups")
    group_home: IntColumn = column("The stage its clients start in.", over="groups")
    group_instead: IntColumn = column("Where its deterred clients are; -1 for none.", over="groups")
    days_from: IntColumn = column("The days of each list of days.")
    day: FloatColumn = column("A day of a list.")
    need_slot: IntRows = column(
        "How many units a visit needs, by resource and stage; -1 for none.",
        over="resources by stages",
        width="alternatives",
    )
    needs: IntRows = column(
        "Whether an alternative of a stage names a resource.", over="resources", width="stages"
    )
    keeps: IntRows = column(
        "Whether units go along into the next stage.", over="resources", width="stages"
    )
    unit_from: IntColumn = column("The points in time of each resource's units.")
    unit_time: FloatColumn = column("From when a point holds.")
    unit_slot: IntColumn = column("Units, or staff.")
    unit_caseload: IntColumn = column("What staff is multiplied by; -1 for units.")
    supply_from: IntColumn = column("The days of each resource's supplies.")
    supply_day: FloatColumn = column("A day of supply.")
    supply_slot: IntColumn = column("How many units a supply brings; -1 for none.")
    spell_set: IntColumn = column("The stages of a spell.", over="spells")
    spell_asks: IntColumn = column("`LENGTH`, `LONGER` or `RETURNS`.", over="spells")
    spell_days: IntColumn = column(
        "The days on which months are counted; -1 for spells in days.", over="spells"
    )
    spell_gap: FloatColumn = column("How far apart two may be that are one.", over="spells")
    spell_bound: FloatColumn = column("What `LONGER` and `RETURNS` ask.", over="spells")
    spell_began: FloatRows = column("In which window it began.", over="spells", width=2)
    spell_ended: FloatRows = column("In which window it ended.", over="spells", width=2)
    spell_closes: FloatColumn = column("When those that go on are counted.", over="spells")
    spell_horizon: FloatColumn = column("How far a spell is seen.", over="spells")


class SettledValues(Columns):
    """The numbers of a flow's values in several replications."""

    numbers: FloatRows = column("By slot.", over="replications", width="values")


class VisitColumns(Columns):
    """The visits of several replications in one world: see `simulation.journeys.Journeys`."""

    client: Int32Column = column("Who.", over="visits")
    visit: Int32Column = column("Which of its visits.", over="visits")
    stage: Int32Column = column("Where.", over="visits")
    joined: FloatColumn = column("When it joined.", over="visits")
    started: FloatColumn = column("When it started; NaN for never.", over="visits")
    finished: FloatColumn = column("When it ended; NaN for not.", over="visits")
    cause: Int32Column = column("Why it ended.", over="visits")
    next: Int32Column = column("The stage joined next; -1 for none.", over="visits")
    alternative: Int32Column = column(
        "The alternative it started with; -1 for none.", over="visits"
    )


class CohortColumns(Columns):
    """The clients of several replications: see `simulation.population.Cohort`."""

    first: IntColumn = column("The first client of each, and one past the last.")
    group: IntColumn = column("Which group.", over="clients")
    origin: IntColumn = column("Which origin; 0 for the stock.", over="clients")
    arrives: FloatColumn = column("When it comes.", over="clients")
    past: FloatColumn = column("Days already spent on assistance.", over="clients")
    traits: FloatRows = column("The traits that are asked for.", over="traits", width="clients")


class MeasureRoom(Columns):
    """All that a program writes, for one chunk of clients at a time."""

    counts: IntColumn = column("What is counted: `STATUS`, `VISITS_NEEDED`, ...", over="counts")
    marks: Int8Rows = column("Marks of clients.", over="mark columns", width="chunk")
    moments: FloatRows = column("Times of clients.", over="moment columns", width="chunk")
    visit_marks: Int8Rows = column("Marks of visits.", over="visit columns", width="visits")
    order: IntRows = column(
        "The visits of a chunk by stage, in each world.", over="two", width="visits"
    )
    stage_from: IntRows = column(
        "Where those of each stage begin.", over="two", width="stages and one"
    )
    numbers: FloatColumn = column("The numbers of a replication.", over="numbers")
    list_count: IntColumn = column("How many times stand in a list.", over="lists")
    list_time: FloatRows = column("A time of a list.", over="lists", width="times")
    list_state: Int8Rows = column("`SEEN_SO_FAR`, `AS_ASKED`, ...", over="lists", width="times")
    list_length: FloatRows = column("By when it is asked for.", over="lists", width="times")
    sorted_time: FloatRows = column(
        "Times of a list in order, and room to sort.", over="two", width="times"
    )
    sorted_state: Int8Rows = column("Their states.", over="two", width="times")

    @classmethod
    def room_for(cls, sizes: Mapping[str, int], visits: int, times: int) -> MeasureRoom:
        """Return room for so many visits of a chunk, and so many times in a list."""
        own = {"two": 2, "counts": COUNTS, "visits": visits, "times": times}
        return cls.room({**sizes, **own})


class MeasuredColumns(Columns):
    """What comes of it."""

    found: FloatRows = column(
        "The numbers of each measure, `OUTPUTS` side by side.",
        over="replications",
        width="outputs of measures",
    )
