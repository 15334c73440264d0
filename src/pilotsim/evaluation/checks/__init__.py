"""Checks of what an estimator assumes: plain arrays in, a `Check` out."""
