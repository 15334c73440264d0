"""Estimators: one module for each idea; arrays in, an `Effect` out."""
