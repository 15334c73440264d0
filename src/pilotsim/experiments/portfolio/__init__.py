"""Portfolios: several districts run together, each with its own numbers, and their sum."""

from pilotsim.experiments.portfolio.execute import (
    PortfolioRun,
    count_portfolio_runs,
    portfolio,
)
from pilotsim.experiments.portfolio.reading import Portfolio, read_portfolio

__all__ = ["Portfolio", "PortfolioRun", "count_portfolio_runs", "portfolio", "read_portfolio"]
