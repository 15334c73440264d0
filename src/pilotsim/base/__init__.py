"""What everything stands on: errors, calendar, units, random numbers, statistics, files."""
