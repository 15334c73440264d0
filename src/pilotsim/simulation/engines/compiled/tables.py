"""A flow's columns as the compiled engine reads them: with the numbers of what it calls."""

from __future__ import annotations

import numpy as np

from pilotsim.model.distributions import FAMILIES, Family
from pilotsim.model.distributions.family import MAX_PARAMETERS
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
from pilotsim.simulation.engines.compiled.jit import NumberedFunctions
from pilotsim.simulation.engines.compiled.structs import view_of
from pilotsim.simulation.flow_columns import FlowColumns

# The plain functions that are called by a number: with the numbers that a family's quantiles take
# and a uniform one, with a family's parameters, with what a queue discipline asks.
QUANTILES = NumberedFunctions(MAX_PARAMETERS + 1, is_last_kept=True)
LENGTH_BIASED_QUANTILES = NumberedFunctions(MAX_PARAMETERS + 1, is_last_kept=True)
PREPARATIONS = NumberedFunctions(MAX_PARAMETERS, gives=MAX_PARAMETERS)
DISCIPLINE_KEYS = NumberedFunctions(3)


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


class Values(Columns):
    """The numbers of a flow's values in several replications."""

    numbers: FloatRows = column("By slot.", over="replications", width="values")
    replication: CodeColumn = column("Which replications these are.", over="replications")
    same: IntRows = column(
        "Whether a group is the same as in the block before.", over="replications", width="groups"
    )


view_tables, pack_tables = view_of(Tables, is_read_only=True)
view_values, pack_values = view_of(Values, is_read_only=True)


view_values_to_prepare, pack_values_to_prepare = view_of(Values)


def make_tables(compiled: CompiledFlow) -> Tables:
    """Return the columns of a flow with the numbers of its families and queue disciplines."""
    columns = {name: getattr(compiled.columns, name) for name in FlowColumns.declared}
    numbers = [numbers_of(law) for law in compiled.laws]
    prepares, quantiles, length_biased = zip(*numbers, strict=True) if numbers else ((), (), ())
    columns |= {
        "length_prepared": len(compiled.flow.values)
        + MAX_PARAMETERS * np.arange(compiled.sizes["lengths"]),
        "law_prepare": prepares,
        "law_quantile": quantiles,
        "law_length_biased_quantile": length_biased,
        "discipline_key": [DISCIPLINE_KEYS.number_of(one.key) for one in compiled.disciplines],
    }
    sizes = {
        **compiled.sizes,
        "laws": len(compiled.laws),
        "disciplines": len(compiled.disciplines),
    }
    return Tables(columns, sizes)


def numbers_of(law: Family) -> tuple[int, int, int]:
    """Return by which numbers the functions of a family are called."""
    return (
        PREPARATIONS.number_of(law.prepare),
        QUANTILES.number_of(law.quantile),
        LENGTH_BIASED_QUANTILES.number_of(law.length_biased_quantile),
    )


for _family in FAMILIES.values():
    numbers_of(_family)
for _discipline in QUEUE_DISCIPLINES.values():
    DISCIPLINE_KEYS.number_of(_discipline.key)
