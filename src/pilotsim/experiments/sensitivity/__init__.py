"""What the results of a study say: differences, what the spread comes from, which assumptions miss a target.

Pure functions of arrays: `y` has a row for each point of a design and a column for each
replication, `x` a row for each point and a column for each factor. Replication r is the same
clients at every point. Knows nothing of flows.
"""
