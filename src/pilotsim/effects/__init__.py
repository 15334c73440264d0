"""Effects: arrays in, an `Effect` out, for simulated and for real data. Imports nothing but `base`."""
