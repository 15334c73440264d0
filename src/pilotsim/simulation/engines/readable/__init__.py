"""The readable engine: SimPy, one process a client. It says what the rules are."""
