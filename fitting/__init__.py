"""How the background turnover was fitted to published figures; it makes `configs/posteriors/`.

`python -m fitting` (or `make posteriors`) makes the files again. Nothing of this runs when a flow
is checked: flows read the rows that are kept.

`figures` holds what was published, `chain` what a turnover comes to in closed form, `prior` what is
taken for likely beforehand, `likelihood` how the two are held against each other, `sampling` the
sampler and whether it has converged, `rows` what a flow reads of it.
"""
