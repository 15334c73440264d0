"""Sensitivity of the results of a study: differences, where spread comes from, where targets fail.

Pure functions of arrays: `y` has a row for each point of a design and a column for each
replication, `x` a row for each point and a column for each factor. Replication r is the same
clients at every point. Knows nothing of flows.
"""
