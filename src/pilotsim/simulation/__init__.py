"""What happens to each client? From a flow to its journeys.

In the order in which it happens: `compile` turns names into numbers once, into the typed columns of
`flow_columns`; `parameters` gives every value a number, as written or drawn from its range;
`resolved` holds both together as records (`ResolvedFlow`); `population` says who comes, when, and
with which traits (`Cohort`); an engine of `engines` leads each client from stage to stage and
writes down its visits (`journeys.Journeys`).

`clocks` and `service` are the arithmetic of risks and of lengths of service. The rules are those of
`docs/semantics.md`; `engines.readable` says them in code.
"""
