"""Findings: what a study's results say, worked out as its file asks; from the folder of a run alone."""
