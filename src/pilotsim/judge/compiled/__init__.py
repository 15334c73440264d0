"""Verdicts as compiled code: the numbers of the readable ones (`judge.verdicts`), to the bit.

Questions become columns (`program`); `kernel` is plain arithmetic over them and over what
`measures.compiled` found; `engine` compiles it. What statistics ask of a distribution (the critical
values of the normal distribution and of Student's t) stands in the columns, as numbers.
"""
