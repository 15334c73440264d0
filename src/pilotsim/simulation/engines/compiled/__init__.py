"""The compiled engine: the readable one's rules over columns, thousands of replications a minute.

`engine` is what Python calls, `kernel` the course of an instant, with `event_calendar` (what
happens next), `queues` and `candidates` (who waits, who may be drawn), `visits`, `service` and
`clocks` under the names of the readable engine. `tables` is the flow as columns, `state` what
changes, `results` what is kept, `unaffected` what need not be run again. `numbers` draws and works
out what a run goes by, and `drawing` is what Python calls for it. `jit` is the compiler and
decides where compiled code is kept, `parts` how far it compiles what only compiled code calls;
`structs` is how compiled code sees records of columns.

The same arguments recur in all of it: `flow` (`tables.Tables`), whose columns hold slots rather
than numbers; `values`, the number in each slot, in base units; `clients` (`state.Clients`), who
come; `state` (`state.State`), which is all that changes in a run; `kept` (`results.KeptJourneys`).
A `client`, a `stage`, a `resource`, a `risk` or a `group` is a row of its columns; `now`, `start`
and other times are days from the start of the pilot; `u` and `v` lie strictly between 0 and 1.
"""

# Whatever is asked for first: what compiled code calls by a number has its number before any of it
# is compiled or looked for, or the same code would be made and kept under two names.
from pilotsim.simulation.engines.compiled import tables

__all__ = ["tables"]
