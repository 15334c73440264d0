"""From a flow to journeys: numbers, population, clocks, services, engines."""
