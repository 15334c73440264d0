"""What must hold in a flow beyond one record: names that are there, parts that fit together."""
