"""A flow's columns as the compiled engine reads them: with the addresses of what it calls."""

from __future__ import annotations

from pilotsim.simulation.columns import (
    CodeColumn,
    Columns,
    FloatRows,
    IntColumn,
    IntRows,
    column,
)
from pilotsim.simulation.compile import CompiledFlow
from pilotsim.simulation.engines.compiled.jit import address_of
from pilotsim.simulation.engines.compiled.structs import view_of
from pilotsim.simulation.flow_columns import FlowColumns


class Tables(FlowColumns):
    """The columns of a flow, and where the functions lie in memory that it calls."""

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


def make_tables(compiled: CompiledFlow) -> Tables:
    """Return the columns of a flow with the addresses of its families and queue disciplines."""
    columns = {name: getattr(compiled.columns, name) for name in FlowColumns.declared}
    laws = compiled.laws
    columns |= {
        "law_quantile": [address_of(law.quantile) for law in laws],
        "law_length_biased_quantile": [address_of(law.length_biased_quantile) for law in laws],
        "discipline_key": [address_of(discipline.key) for discipline in compiled.disciplines],
    }
    sizes = {**compiled.sizes, "laws": len(laws), "disciplines": len(compiled.disciplines)}
    return Tables(columns, sizes)
