"""The readable engine: SimPy, one process a client. It says what the rules are.

`process` leads a client through its stages, `capacity` says who starts (units, queues, openings),
`event_calendar` is SimPy's with events at absolute times.
"""
