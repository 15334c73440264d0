"""Findings: what a study's results say, worked out from the folder of its run alone."""
