"""The same answers, worked out with well-kept libraries: what ours are held against on real data.

Answers that are a library's own already have none.

The estimators of `pilotsim.effects` are fast enough for the loop that scores designs. On a register
each answer is asked for once, and then a library can be asked too. The functions here take arrays
and return a `Reference`: the library's own results object, and the numbers that must agree with
ours. Libraries are imported when a function is called, never before.

- `second_fit`: the record, and which version of a library it was;
- `linear`: differences, regressions and instruments, by least squares;
- `weighting`: the chance of treatment, and the outcome given covariates;
- `survival`: curves, rank tests and hazards;
- `panels`: months before and after, and limits of a trait.
"""
