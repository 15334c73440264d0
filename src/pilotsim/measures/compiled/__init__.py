"""Measures as compiled code: the numbers of the readable measures, to the bit, in one pass.

`lowering` and `selections` turn measures of a flow into a program (`program`): steps over columns,
each worked out once however many measures ask for it. `kernel` runs a program, over a few hundred
clients at a time so that all columns stay near the processor (Boncz, Zukowski and Nes,
"MonetDB/X100", CIDR 2005): `clients` and `visits` hold its steps, `durations` what is estimated
of times, `spells` and `units` what runs from visit to visit. All of it is plain arithmetic on
records of columns, which plain Python runs as well; `engine` compiles it and hands it journeys.

The same arguments recur: `program` (`program.MeasureProgram`), of which `k` is the step; `visits`
(`program.VisitColumns`), what happened in the step's world; `cohort` (`program.CohortColumns`);
`room` (`program.MeasureRoom`), which is all that changes. A client's row in the room is its number
less `first`, that of the first client at hand.
"""
