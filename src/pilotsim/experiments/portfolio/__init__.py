"""Portfolios: several districts run together, each with its own numbers, and their sum."""

from pilotsim.experiments.portfolio.execute import PortfolioRun, run_portfolio
from pilotsim.experiments.portfolio.reading import Portfolio, read_portfolio

__all__ = ["Portfolio", "PortfolioRun", "read_portfolio", "run_portfolio"]
