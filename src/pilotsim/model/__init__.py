"""What a flow file says: its records and the rules that they keep."""
