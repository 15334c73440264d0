"""What everything stands on: errors, the calendar, units, quantities, random numbers, whole-file writing."""
