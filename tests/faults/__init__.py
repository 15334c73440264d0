"""A bed of faults: each call of the system that writes fails, tears or kills, in every command."""
