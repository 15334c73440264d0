"""Pure functions of journeys: selections, occupancy, spells, costs, monthly series, measures."""
