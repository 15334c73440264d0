"""What everything stands on: errors, calendar, units, random numbers, statistics, files."""

from pilotsim.base.extras import say_which_extra

say_which_extra()
