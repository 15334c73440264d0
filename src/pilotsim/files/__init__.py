"""Files in and out: YAML read into records, faults with their place, changed values, schemas."""
