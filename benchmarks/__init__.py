"""How fast pilotsim is, told in ratios: two programs side by side on one machine in one run.

Run all of it with `python -m benchmarks` from the root of the repository; see
`benchmarks.__main__`. Each module asks one question and answers it with results
(`benchmarks.results`): what ours and theirs took, the ratio, and the bound set for it.
"""
