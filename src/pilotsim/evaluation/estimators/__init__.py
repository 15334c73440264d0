"""Estimators: plain arrays in, an `Effect` out; one module for each family of methods."""
