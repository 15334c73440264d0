"""The search for the least that is enough: sequential tests with a stated guarantee.

Knows nothing of flows.
"""
