"""A flow as columns: what both engines run.

Names are numbers here, dates are days, and values are slots: a column holds no number of its own
where the flow has a value, it holds the value's slot, and the numbers come beside it. So a draw of
the assumptions changes numbers, and nothing is read or compiled anew.

Columns that end in `_from` cut another column into parts: ``x_from[k]:x_from[k + 1]`` are the
places of what belongs to `k`.
"""

from __future__ import annotations

from pilotsim.simulation.columns import (
    CodeColumn,
    CodeRows,
    Columns,
    FloatColumn,
    IntColumn,
    IntRows,
    column,
)

NONE = -1
# Hours of a week in which nobody comes, and those for which no weight is named.
NOBODY = -2
EVEN = -3
# In place of the slot of units: none are there between shifts, and whom they serve is finished, or
# service stands still.
AWAY = -1
PAUSED = -2
# Kinds of traits.
SHARE, CATEGORIES, NORMAL, DAYS = range(4)
# How a length is given: by a family, a table of quantiles, or a list of lengths.
FAMILY, POINTS, PARTS = range(3)
# What is left of a stay at the start: a length of the stage, or what is left in a steady state.
WHOLE = -1
# What becomes of a stay that is interrupted; the words of a flow file for it.
NOT_INTERRUPTED, GOES_ON, STARTS_AGAIN, DRAWN_ANEW = range(4)
INTERRUPTED_STAYS = ("", "goes_on", "starts_again", "drawn_anew")
# Behind the numbers for lengths of visits, those for lengths that are drawn anew.
ANEW = 2**40
RESIDUAL = -2
# What happens on a day of the calendar.
UNITS, SUPPLY, OPENING = range(3)
# The moments of a visit that effects are counted from; the words of a flow file for them.
ON_JOINING, ON_STARTING, ON_FINISHING = range(3)
MOMENTS = ("joined", "started", "finished")
# What a stage that draws wants of a trait: that it is there, or that it is not; else a category.
WANTED = -1
UNWANTED = -2
# Phases of a visit that clocks run in; their words in a flow file.
WAITING_PHASE, STARTED_PHASE = range(2)
PHASES = ("waiting", "started")
# In place of the slot of a parameter: a mean of 1, that of the gaps between arrivals.
UNIT = -2


# The columns that hold moments: in days, for measures and people, or in ticks for engines.
MOMENT_COLUMNS = (
    "horizon",
    "marks",
    "timeline_time",
    "rate_time",
    "counted_begin",
    "counted_end",
    "intake_day",
    "group_offered",
    "group_deterred_from",
    "opening_day",
    "unit_time",
    "open_begin",
    "open_end",
    "supply_day",
    "calendar_day",
)


class FlowColumns(Columns):
    """The columns of a flow; moments (`MOMENT_COLUMNS`) are in days, or all of them in ticks."""

    horizon: FloatColumn = column("The time that is no longer simulated.", over="one")
    marks: FloatColumn = column(
        "Times at which any clock may change its speed for all clients; the last is infinite.",
        over="marks",
    )
    worked: IntColumn = column("How many working days there have been before each day.")

    # Values that change at dates.
    timeline_from: IntColumn = column("The points of each timeline.")
    timeline_time: FloatColumn = column("From when a point holds; the first of a timeline from 0.")
    timeline_slot: IntColumn = column("The value that holds then.")

    # Lengths of time that differ from client to client.
    length_form: IntColumn = column("`FAMILY`, `POINTS` or `PARTS`.", over="lengths")
    length_law: IntColumn = column(
        "Which of the flow's families; -1 for a table or a list.", over="lengths"
    )
    length_slots: IntRows = column(
        "The parameters of the family; `UNIT` for a mean of 1, -1 beyond the last.",
        over="lengths",
        width="parameters",
    )
    length_working: IntColumn = column(
        "Whether the time is counted in working days.", over="lengths"
    )
    length_timeline: IntColumn = column("The factor on it; -1 for none.", over="lengths")
    length_slowest: IntColumn = column(
        "The value of `slowest_of`; -1 for one alone.", over="lengths"
    )
    length_with_trait: IntColumn = column(
        "The trait that it is correlated with; -1 for none.", over="lengths"
    )
    length_with_risk: IntColumn = column(
        "The risk whose threshold it is correlated with; -1 for none.", over="lengths"
    )
    length_rank: IntColumn = column("The rank correlation; -1 for none.", over="lengths")
    length_by: IntColumn = column("Its list of factors by trait; -1 for none.", over="lengths")
    length_parts_from: IntColumn = column("The parts of each length that is a list.")
    length_part: IntColumn = column("The number of a part among the lengths.")
    part_code: CodeColumn = column("What the random numbers of a part are for.")
    length_from: IntColumn = column("The points of each table of quantiles.")
    point_at: FloatColumn = column("The share of clients below a point.")
    point_slot: IntColumn = column("The duration at a point.")

    # Lists of factors by trait.
    factors_from: IntColumn = column("The factors of each list.")
    factor_trait: IntColumn = column("The trait that a factor goes by.")
    factor_slot: IntColumn = column("The factor; -1 where there is one for each category.")
    factor_category: IntColumn = column(
        "Where the factors of its categories begin in `category_slot`; -1 for a single one."
    )
    category_slot: IntColumn = column(
        "The factor of a category, -1 for none; behind these, the shares of categories of traits."
    )

    # Traits; the last two of all traits, group and past, are given without being asked for.
    trait_kind: IntColumn = column("`SHARE`, `CATEGORIES`, `NORMAL` or `DAYS`.", over="traits")
    trait_code: CodeColumn = column("What its random number is for.", over="traits")
    trait_with: IntColumn = column(
        "The trait before it that it is correlated with; -1 for none.", over="traits"
    )
    trait_rank: IntColumn = column("The rank correlation of both; -1 for none.", over="traits")
    trait_slots: IntRows = column(
        "By kind: the share for each group and origin, mean and spread, or the number of a length.",
        over="traits",
        width="groups and origins",
    )
    trait_from: IntColumn = column("The shares of its categories in `category_slot`.")

    # Groups.
    group_home: IntColumn = column("The stage its clients start in.", over="groups")
    group_stock: IntColumn = column("How many are there at the start.", over="groups")
    group_code: CodeRows = column(
        "Who its clients are: a code for each origin.", over="groups", width=3
    )
    group_rate_from: IntColumn = column("The points in time of each group's rate of arrival.")
    rate_time: FloatColumn = column("From when a point of a rate holds.")
    rate_slot: IntColumn = column("The rate then; -1 where arrivals were counted.")
    rate_season: IntColumn = column("The factor of the season on it; -1 for none.")
    rate_week: IntColumn = column(
        "The weight of the hour of the week; `EVEN` for one that is not named, `NOBODY` for hours "
        "in which nobody comes, -1 where no week is said."
    )
    group_week_from: IntColumn = column("The hours of each group's week, without days off.")
    week_minutes: IntColumn = column("How many minutes such hours last.")
    week_slot: IntColumn = column("Their weight; `EVEN` for one that is not named.")
    group_gaps: IntColumn = column(
        "The length of the gaps between arrivals, in mean gaps; -1 for a Poisson process.",
        over="groups",
    )
    group_counted_from: IntColumn = column("The counts of each group whose arrivals were counted.")
    counted_begin: FloatColumn = column("When a period with a count begins.")
    counted_end: FloatColumn = column("When it ends; the same for a moment.")
    counted_clients: IntColumn = column("How many come in it.")
    counted_point: IntColumn = column("The first point of the week in it; -1 for a moment.")
    group_intake_from: IntColumn = column("The days of each group's intake.")
    intake_day: FloatColumn = column("A day of intake.")
    group_brings: IntColumn = column("How many come at an intake; -1 for none.", over="groups")
    group_past: IntColumn = column(
        "The length of the time before the start; -1 for none.", over="groups"
    )
    group_offered: FloatColumn = column("From when the programme may be offered.", over="groups")
    group_deterred: IntColumn = column(
        "The share of new clients whom the programme deters; -1 for none.", over="groups"
    )
    group_deterred_to: IntColumn = column("The stage they are in instead.", over="groups")
    group_deterred_from: FloatColumn = column("From when they are deterred.", over="groups")
    group_places_from: IntColumn = column("The places of each group's stock at the start.")
    place_stage: IntColumn = column("The stage of a place; -1 for joining the home stage afresh.")
    place_share: IntColumn = column("The share of the stock; -1 for the rest.")
    place_remaining: IntColumn = column(
        "The length of what is left of the stay; `WHOLE` or `RESIDUAL` for that of the stage."
    )

    # Risks.
    risk_code: CodeColumn = column("What the random numbers of a risk are for.", over="risks")
    risk_after: IntColumn = column("The fixed limit; -1 where chance decides.", over="risks")
    risk_used: IntColumn = column(
        "The trait of which a part of the limit is used up; -1 for none.", over="risks"
    )
    risk_factors: IntColumn = column("Its list of factors by trait; -1 for none.", over="risks")

    # Clocks: those of stage s in phase p are part 2 s + p.
    clock_from: IntColumn = column("The clocks of each part.")
    clock_risk: IntColumn = column("The risk of a clock.", over="clocks")
    clock_to: IntColumn = column("Where it leads; -1 for home.", over="clocks")
    clock_timeline: IntColumn = column("Its speed in the stage.", over="clocks")
    clock_rate: IntColumn = column("The rate that multiplies it; -1 for none.", over="clocks")
    clock_pace: IntColumn = column("The timeline of the risk's pace.", over="clocks")
    clock_season: IntRows = column(
        "The factor of the season from each mark on; -1 for none.",
        over="clocks",
        width="intervals",
    )
    part_runs: IntRows = column(
        "Whether a part has a clock of a risk.", over="parts of clocks", width="risks"
    )

    # Stages.
    stage_codes: CodeRows = column(
        "What random numbers are for: lengths, routes, the order of a line, who is put off.",
        over="stages",
        width=4,
    )
    stage_waits: IntColumn = column("Whether clients may have to wait.", over="stages")
    stage_needs_from: IntColumn = column("The alternatives of each stage's needs.")
    needs_from: IntColumn = column("The needs of each alternative, by resource.")
    need_resource: IntColumn = column("The resource of a need.")
    need_slot: IntColumn = column("How many units.")
    stage_keeps: IntRows = column(
        "Whether units of a resource go along into the next stage.",
        over="stages",
        width="resources",
    )
    stage_length: IntColumn = column("The length of service; -1 until a risk fires.", over="stages")
    stage_pace: IntColumn = column("The timeline of its pace; -1 for 1.", over="stages")
    stage_routes_from: IntColumn = column("The ways on from each stage.")
    route_to: IntColumn = column("Where a way leads; -1 for home.", over="routes")
    route_timeline: IntColumn = column("Its share; -1 for the rest.", over="routes")
    route_factors: IntColumn = column("Its list of odds by trait; -1 for none.", over="routes")
    route_length: IntColumn = column(
        "The length of a stay that ends this way; -1 for that of the stage.", over="routes"
    )
    stage_length_by_way: IntColumn = column(
        "Whether any way on from a stage has a length of its own.", over="stages"
    )
    route_choice: IntColumn = column(
        "The choice by the state that may take the place of its share; -1 for none.", over="routes"
    )
    stage_opens: IntColumn = column(
        "Whether it lets clients start on some days only.", over="stages"
    )
    stage_openings_from: IntColumn = column("The days on which each stage opens.")
    opening_day: FloatColumn = column("A day on which a stage opens.")
    stage_admits: IntColumn = column(
        "The timeline of how many may start at an opening; -1 for all.", over="stages"
    )
    stage_at_least: IntColumn = column(
        "How many must wait before anybody starts; -1 for one.", over="stages"
    )
    stage_usual_pace: IntColumn = column(
        "The pace where no condition holds of `stage_pace_choice`; -1 for 1.", over="stages"
    )
    stage_pace_choice: IntColumn = column(
        "The choice of its pace by the state; -1 for none.", over="stages"
    )
    stage_knows_served: IntColumn = column(
        "Whether it is kept who is served there: who may be interrupted, or goes on at another "
        "pace.",
        over="stages",
    )
    stage_order_choice: IntColumn = column(
        "The choice of its order by the state; -1 for none.", over="stages"
    )
    order_discipline: IntColumn = column("The queue discipline of an order that is chosen.")
    order_trait: IntColumn = column("The trait that it goes by; -1 for none.")
    order_draws: IntColumn = column("Whether it goes by a random number.")
    stage_discipline: IntColumn = column("Which of the flow's queue disciplines.", over="stages")
    stage_order_trait: IntColumn = column(
        "The trait that those who wait are ordered by; -1 for none.", over="stages"
    )
    stage_order_draws: IntColumn = column(
        "Whether those who wait are ordered by a random number.", over="stages"
    )
    stage_urgency: IntColumn = column(
        "The list of factors by trait on the days waited; -1 for none.", over="stages"
    )
    stage_order_moves: IntColumn = column(
        "Whether the order of those who wait is another at each moment.", over="stages"
    )
    stage_reserves: IntColumn = column(
        "Whether units are put aside for the first in line.", over="stages"
    )
    stage_in_order_of_joining: IntColumn = column(
        "Whether the last to join always stands last.", over="stages"
    )
    stage_priority: IntColumn = column("Higher ones are served first.", over="stages")
    stage_limit: IntColumn = column("How many may wait; -1 for any number.", over="stages")
    stage_else: IntColumn = column(
        "Where those go who find the queue full; -1 for home.", over="stages"
    )
    stage_puts_off: IntColumn = column(
        "Whether some of those who find a long line go elsewhere.", over="stages"
    )
    stage_put_off_to: IntColumn = column("Where they go; -1 for home.", over="stages")
    put_off_from: IntColumn = column("The lengths of each stage's line at which the share changes.")
    put_off_waiting: IntColumn = column("A length of the line, in order.")
    put_off_slot: IntColumn = column("The share who go elsewhere from that length on.")
    stage_room: IntColumn = column(
        "How many may be in it at once, waiting or served; -1 for any number.", over="stages"
    )
    stage_batch_least: IntColumn = column(
        "How many must wait for those to start who start together; -1 where each starts by itself.",
        over="stages",
    )
    stage_batch_most: IntColumn = column(
        "How many start together at most; -1 for all.", over="stages"
    )
    stage_ends_together: IntColumn = column(
        "Whether who starts together stays as long as the first in line.", over="stages"
    )
    stage_may_interrupt: IntColumn = column("Whether it interrupts any other.", over="stages")
    stage_interrupts: IntRows = column(
        "Whether a stage interrupts another.", over="stages", width="stages"
    )
    stage_interrupted: IntColumn = column(
        "`NOT_INTERRUPTED`, `GOES_ON`, `STARTS_AGAIN` or `DRAWN_ANEW`.", over="stages"
    )
    stage_draws: IntColumn = column("Whether it draws clients out of others.", over="stages")
    stage_draw_column: IntColumn = column("Its number among the stages that draw.", over="stages")
    stage_present: IntColumn = column(
        "The number of a stage that others draw from and where nobody waits; -1 for others.",
        over="stages",
    )
    draws_from: IntRows = column(
        "Whether a stage draws out of another.", over="stages", width="stages"
    )
    draws_group: IntRows = column(
        "Whether a stage draws clients of a group.", over="stages", width="groups"
    )
    stage_again: IntColumn = column(
        "How long after a client may be drawn again; -1 for never.", over="stages"
    )
    draws_traits_from: IntColumn = column("What each stage wants of those whom it draws.")
    draws_trait: IntColumn = column("The trait of a wish.")
    draws_wanted: IntColumn = column(
        "`WANTED`, `UNWANTED`, or the number of a category; -3 for one that nobody is in."
    )
    waiting: IntColumn = column("The stages where clients may have to wait.")
    limited: IntColumn = column("The stages where only so many may wait.")
    putting_off: IntColumn = column("The stages where some of those who find a long line leave it.")
    with_room: IntColumn = column("The stages that hold only so many at once.")
    interruptible: IntColumn = column("The stages whose clients may be interrupted.")
    falling: IntColumn = column("The resources whose falls interrupt.")
    paced: IntColumn = column("The stages whose pace looks at the state.")
    ordered: IntColumn = column("The stages whose order looks at the state.")
    drawing: IntColumn = column("The stages that draw.")

    # Choices by the state of the run: the first whose condition holds. A condition is a program for
    # a stack of whole numbers.
    choice_from: IntColumn = column("What each choice is between.")
    choice_condition: IntColumn = column("The condition under which one of them is taken.")
    choice_taken: IntColumn = column("The timeline that holds then, or the order.")
    condition_from: IntColumn = column("The instructions of each condition.")
    condition_what: IntColumn = column("An instruction, by its number in `INSTRUCTIONS`.")
    condition_of: IntColumn = column(
        "A number, or of which stage or resource something is counted; or a function's number."
    )
    condition_depth: IntColumn = column("How many numbers stand on the stack at most.", over="one")
    function_takes: IntColumn = column("How many numbers a function of one's own takes.")

    # Resources.
    unit_from: IntColumn = column("The points in time of each resource; none for one used up.")
    unit_time: FloatColumn = column("From when a point holds.")
    unit_slot: IntColumn = column("Units, or staff; `AWAY` or `PAUSED` between shifts.")
    unit_caseload: IntColumn = column("What staff is multiplied by; -1 for units.")
    open_from: IntColumn = column(
        "The shifts of each resource between which service stands still; none for others."
    )
    open_begin: FloatColumn = column("When such a shift begins.")
    open_end: FloatColumn = column("When it ends.")
    supply_slot: IntColumn = column(
        "How many units a supply brings; -1 for none.", over="resources"
    )
    supply_lapses: IntColumn = column(
        "Whether what is left lapses at the next supply.", over="resources"
    )
    resource_supplies_from: IntColumn = column("The days of each resource's supplies.")
    supply_day: FloatColumn = column("A day of supply.")

    # The calendar: what happens on which day.
    calendar_day: FloatColumn = column("A day on which something happens, in order.")
    calendar_from: IntColumn = column("What happens on each of these days.")
    calendar_event: IntColumn = column("`UNITS`, `SUPPLY` or `OPENING`.")
    calendar_which: IntColumn = column("The resource, or the stage.")
    calendar_point: IntColumn = column(
        "The point in time of units that change, how many openings fall on the day; else -1."
    )

    # Effects of stages that were passed.
    effect_after: IntColumn = column("The stage of an effect.", over="effects")
    effect_moment: IntColumn = column(
        "`ON_JOINING`, `ON_STARTING` or `ON_FINISHING`.", over="effects"
    )
    effect_risk: IntColumn = column("The risk whose clock it changes.", over="effects")
    effect_slots: IntRows = column(
        "Factor, delay, how long it holds, over how long it fades; -1 for what is not said.",
        over="effects",
        width=4,
    )
    effect_factors: IntColumn = column("Its list of factors by trait; -1 for none.", over="effects")
    risk_effects_from: IntColumn = column("The effects on each risk.")
    risk_effect: IntColumn = column("An effect on a risk.")
    noted_from: IntColumn = column("The effects of stage s at moment m: part 3 s + m.")
    noted_effect: IntColumn = column("An effect of a stage at a moment.")
