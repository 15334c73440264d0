"""A flow's columns as the compiled engine reads them.

Moments are in ticks, and there are the numbers of the functions that it calls.
"""

from __future__ import annotations

import numpy as np

from pilotsim.base.arrays import Bools, Ints
from pilotsim.base.errors import RequestError
from pilotsim.base.messages import Message
from pilotsim.model.distributions import FAMILIES, Family
from pilotsim.model.distributions.family import MAX_PARAMETERS
from pilotsim.model.distributions.gaps import SPREAD
from pilotsim.model.own_code import MAX_ARGUMENTS, REGISTERED, RULE, Registered
from pilotsim.model.queue_disciplines import QUEUE_DISCIPLINES
from pilotsim.simulation.columns import (
    CodeColumn,
    Columns,
    FloatRows,
    IntColumn,
    IntRows,
    column,
)
from pilotsim.simulation.compile import CompiledFlow
from pilotsim.simulation.engines.compiled.jit import NumberedFunctions, why_not_compiled
from pilotsim.simulation.engines.compiled.reach import stages_of
from pilotsim.simulation.engines.compiled.structs import view_of
from pilotsim.simulation.flow_columns import MOMENTS, FlowColumns

# The plain functions that are called by a number: with the numbers that a family's quantiles take
# and a uniform one, with a family's parameters, with what a queue discipline asks.
QUANTILES = NumberedFunctions(MAX_PARAMETERS + 1, is_last_kept=True)
LENGTH_BIASED_QUANTILES = NumberedFunctions(MAX_PARAMETERS + 1, is_last_kept=True)
PREPARATIONS = NumberedFunctions(MAX_PARAMETERS, gives=MAX_PARAMETERS)
DISCIPLINE_KEYS = NumberedFunctions(3)
# Functions of users' own, of what a condition gives them.
RULES = NumberedFunctions(MAX_ARGUMENTS)


class Tables(FlowColumns):
    """The columns of a flow, and the numbers of the functions that it calls."""

    length_prepared: IntColumn = column(
        "Where the first of the numbers stands that the family's quantiles take, beyond the values "
        "of the flow.",
        over="lengths",
    )
    law_prepare: IntColumn = column(
        "What makes these numbers of the parameters; -1 where they are the same.", over="laws"
    )
    law_quantile: IntColumn = column("The quantile of a family.", over="laws")
    law_length_biased_quantile: IntColumn = column(
        "The length-biased quantile of a family.", over="laws"
    )
    discipline_key: IntColumn = column("The key of a queue discipline.", over="disciplines")
    function_called: IntColumn = column("A function of one's own.", over="functions")
    risk_factor_column: IntColumn = column(
        "Where among the factors of risks a client's is kept; -1 where it is 1.", over="risks"
    )
    stage_count_column: IntColumn = column(
        "Where it is counted how often a client came; -1 where no random number goes by it.",
        over="stages",
    )
    stage_pauses: IntColumn = column(
        "Whether service may stand still there between shifts.", over="stages"
    )
    draw_pair: IntRows = column(
        "The number of a stage that draws with one that it draws from and where nobody waits; -1 "
        "for no such pair.",
        over="stages",
        width="stages",
    )
    group_is_served: IntColumn = column(
        "Whether its clients come to any stage for which `state.Served` is kept.", over="groups"
    )


class Values(Columns):
    """The numbers of a flow's values in several replications."""

    numbers: FloatRows = column("By slot.", over="replications", width="values")
    replication: CodeColumn = column("Which replications these are.", over="replications")
    same: IntRows = column(
        "In which block a group is the same: `results.RUN_ANEW`, `AS_BEFORE` or `AS_IN_OTHER`.",
        over="replications",
        width="groups",
    )


view_tables, pack_tables = view_of(Tables, is_read_only=True)
view_values, pack_values = view_of(Values, is_read_only=True)


view_values_to_prepare, pack_values_to_prepare = view_of(Values)


def make_tables(compiled: CompiledFlow) -> Tables:
    """Return the columns of a flow with the numbers of its families and queue disciplines."""
    columns = {name: getattr(compiled.in_ticks, name) for name in FlowColumns.declared}
    numbers = [numbers_of(law) for law in compiled.laws]
    prepares, quantiles, length_biased = zip(*numbers, strict=True) if numbers else ((), (), ())
    columns |= {
        "length_prepared": len(compiled.flow.values)
        + MAX_PARAMETERS * np.arange(compiled.sizes["lengths"]),
        "law_prepare": prepares,
        "law_quantile": quantiles,
        "law_length_biased_quantile": length_biased,
        "discipline_key": [DISCIPLINE_KEYS.number_of(one.key) for one in compiled.disciplines],
        "function_called": [rule_number(one) for one in compiled.functions],
        **_what_is_kept(compiled.columns),
    }
    sizes = {
        **compiled.sizes,
        "laws": len(compiled.laws),
        "disciplines": len(compiled.disciplines),
        "functions": len(compiled.functions),
    }
    return Tables(columns, sizes)


def _what_is_kept(flow: FlowColumns) -> dict[str, object]:
    """Return what of clients has to be kept while they go through a flow."""
    groups = range(len(flow.group_home))
    stages = range(len(flow.stage_length))
    pairs = [
        [flow.stage_present[of] >= 0 and flow.draws_from[by, of] for of in stages] for by in stages
    ]
    first_need = flow.needs_from
    served = [
        flow.stage_waits[stage]
        or flow.stage_present[stage] >= 0
        or flow.stage_length[stage] >= 0
        or first_need[flow.stage_needs_from[stage]] < first_need[flow.stage_needs_from[stage + 1]]
        or flow.noted_from[len(MOMENTS) * stage] < flow.noted_from[len(MOMENTS) * (stage + 1)]
        for stage in stages
    ]
    return {
        "risk_factor_column": _numbered(np.asarray(flow.risk_factors[:]) >= 0),
        "stage_count_column": _numbered(
            (np.asarray(flow.stage_length[:]) >= 0) | (np.asarray(flow.stage_puts_off[:]) != 0)
        ),
        "stage_pauses": [_pauses(flow, stage) for stage in stages],
        "draw_pair": _numbered(np.array(pairs, np.bool_)),
        "group_is_served": [any(served[stage] for stage in stages_of(flow, k)) for k in groups],
    }


def _pauses(flow: FlowColumns, stage: int) -> bool:
    """Tell whether a stage needs anything between whose shifts service stands still."""
    first, last = flow.stage_needs_from[stage], flow.stage_needs_from[stage + 1]
    needed = flow.need_resource[flow.needs_from[first] : flow.needs_from[last]]
    return any(flow.open_from[r] < flow.open_from[r + 1] for r in needed)


def _numbered(kept: Bools) -> Ints:
    """Return which of those that are kept each is; -1 for the others."""
    return np.where(kept, np.cumsum(kept).reshape(kept.shape) - 1, -1)


def numbers_of(law: Family) -> tuple[int, int, int]:
    """Return by which numbers the functions of a family are called."""
    return (
        PREPARATIONS.number_of(law.prepare),
        QUANTILES.number_of(law.quantile),
        LENGTH_BIASED_QUANTILES.number_of(law.length_biased_quantile),
    )


def rule_number(code: Registered) -> int:
    """Return by which number a function of one's own is called.

    Raises
    ------
    RequestError
        The compiler refuses it.
    """
    function = code.functions[0]
    if function not in RULES.functions:
        why = why_not_compiled(function, code.takes)
        if why:
            raise RequestError(
                Message("the function '{name}' cannot be compiled: {why}", name=code.name, why=why)
            )
    return RULES.number_of(function)


def number_all() -> None:
    """Number all functions of users, families and queue disciplines that there are by now."""
    for code in REGISTERED.values():
        if code.kind == RULE:
            rule_number(code)
    for family in (*FAMILIES.values(), SPREAD):
        numbers_of(family)
    for discipline in QUEUE_DISCIPLINES.values():
        DISCIPLINE_KEYS.number_of(discipline.key)


number_all()
