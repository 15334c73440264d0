"""Checks of what an estimator rests on: arrays in, a `Check` out."""
