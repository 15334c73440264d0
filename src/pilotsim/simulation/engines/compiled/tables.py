"""A flow as arrays: what the compiled engine reads.

Made once for a flow. A table holds no numbers of its own where the flow has a value: it holds the
value's slot, and the numbers come beside it, so that a draw of the assumptions changes cells and
nothing is compiled or read anew.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from pilotsim.base.arrays import Floats, Ints, Uint64s
from pilotsim.simulation.engines.compiled.structs import declare

NONE = -1
SHARE, CATEGORIES, NORMAL, DAYS = range(4)
# How a length is given: by a family, a table of quantiles, or a list of lengths.
FAMILY, POINTS, PARTS = range(3)
UNITS, SUPPLY, OPENING = range(3)
WHOLE, RESIDUAL = -1, -2


class Tables(NamedTuple):
    """The arrays of a flow. `x_from[k]:x_from[k + 1]` is always the part of `x` that belongs to `k`."""

    horizon: Floats
    marks: Floats
    worked: Ints
    # Values that change at dates.
    line_from: Ints
    line_time: Floats
    line_slot: Ints
    # Durations: their form; of a family where its quantile and its length-biased quantile lie in
    # memory, with up to three slots of parameters; of a table of quantiles its points.
    length_form: Ints
    length_quantile: Ints
    length_biased_quantile: Ints
    length_slots: Ints
    length_working: Ints
    length_line: Ints
    length_slowest: Ints
    length_by: Ints
    length_parts_from: Ints
    length_part: Ints
    part_code: Uint64s
    length_from: Ints
    point_at: Floats
    point_slot: Ints
    # Lists of factors by trait.
    factors_from: Ints
    factor_trait: Ints
    factor_slot: Ints
    factor_category: Ints
    # Traits.
    trait_kind: Ints
    trait_code: Uint64s
    trait_slots: Ints
    trait_from: Ints
    category_slot: Ints
    # Groups.
    group_home: Ints
    group_stock: Ints
    group_code: Uint64s
    group_rate_from: Ints
    rate_time: Floats
    rate_slot: Ints
    rate_season: Ints
    group_intake_from: Ints
    intake_day: Floats
    group_brings: Ints
    group_past: Ints
    group_offered: Floats
    # Where the stock is at the start: stage, share, and what is left of its stay there.
    group_places_from: Ints
    place_stage: Ints
    place_share: Ints
    place_remaining: Ints
    # Risks.
    risk_code: Uint64s
    risk_after: Ints
    risk_used: Ints
    risk_factors: Ints
    # Clocks: those of stage s while waiting are part 2 s, once started part 2 s + 1.
    clock_from: Ints
    clock_risk: Ints
    clock_to: Ints
    clock_line: Ints
    clock_rate: Ints
    clock_pace: Ints
    clock_season: Ints
    part_runs: Ints  # whether a part has a clock of a risk
    # Stages.
    stage_codes: Uint64s
    stage_waits: Ints
    stage_needs_from: Ints
    needs_from: Ints
    need_resource: Ints
    need_slot: Ints
    stage_keeps: Ints
    stage_length: Ints
    stage_pace: Ints
    stage_routes_from: Ints
    route_to: Ints
    route_line: Ints
    route_factors: Ints
    stage_opens: Ints
    stage_admits: Ints
    stage_at_least: Ints
    # The queue discipline: where its key lies in memory, the trait it goes by, whether it is drawn,
    # and whether the last to join always stands last.
    stage_order_key: Ints
    stage_order_trait: Ints
    stage_order_draws: Ints
    stage_joins_last: Ints
    stage_priority: Ints
    stage_limit: Ints
    stage_else: Ints
    stage_again: Ints
    stage_draws: Ints
    stage_draw_column: Ints
    stage_hall: (
        Ints  # the number of a stage that others draw from and where nobody waits; -1 for others
    )
    draws_from: Ints
    draws_group: Ints
    draws_traits_from: Ints
    draws_trait: Ints
    draws_wanted: Ints
    # The stages that may wait, those with a limit, those that draw.
    waiting: Ints
    limited: Ints
    drawing: Ints
    # Resources: units, or staff times caseload, or supplies.
    unit_from: Ints
    unit_time: Floats
    unit_slot: Ints
    unit_caseload: Ints
    supply_slot: Ints
    supply_lapses: Ints
    # The calendar: what happens on which day.
    day_time: Floats
    day_from: Ints
    deed_kind: Ints
    deed_which: Ints
    deed_point: Ints
    # Effects, and those that stage s has at moment m: part 3 s + m.
    effect_risk: Ints
    risk_effects_from: Ints
    risk_effect: Ints
    effect_slots: Ints
    effect_factors: Ints
    noted_from: Ints
    noted_effect: Ints


WORDS = ("part_code", "trait_code", "group_code", "risk_code", "stage_codes")
TWO_DIMENSIONS = (
    "length_slots",
    "trait_slots",
    "group_code",
    "clock_season",
    "part_runs",
    "stage_codes",
    "stage_keeps",
    "draws_from",
    "draws_group",
    "effect_slots",
)


def kind_of(field: str, annotation: Any) -> str:
    """Return how compiled code reads a table: kind of number, and 2 for two dimensions."""
    number = "u8" if field in WORDS else "f8" if annotation.__forward_arg__ == "Floats" else "i8"
    return f"{number} 2" if field in TWO_DIMENSIONS else number


view_tables, pack_tables = declare(
    "Tables",
    {field: kind_of(field, kind) for field, kind in Tables.__annotations__.items()},
    is_read_only=True,
)


class Numbers(NamedTuple):
    """The numbers of a flow's values by slot, a row for each replication.

    Which replications these are.

    And which groups are the same as in the block before, shape (replications, groups).
    """

    x: Floats
    replication: Uint64s
    same: Ints


view_numbers, pack_numbers = declare(
    "Numbers", {"x": "f8 2", "replication": "u8", "same": "i8 2"}, is_read_only=True
)
