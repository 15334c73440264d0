"""`python -m pilotsim` is the command line."""

from pilotsim.cli import main

main()
