"""Portfolios run on a cluster: ``python -m tests.experiments.portfolio.on_cluster FOLDER OUT ADDRESS NAME...``."""

from __future__ import annotations

import sys
from pathlib import Path

from pilotsim.experiments.portfolio import portfolio, read_portfolio
from pilotsim.runs import Cluster


def main(folder: str, out: str, address: str, *names: str) -> None:
    workers = Cluster(address, wait_seconds=60, least_workers=2)
    for number, name in enumerate(names):
        if number == 1:
            workers = Cluster(address, wait_seconds=60)
        portfolio(read_portfolio(Path(folder, f"{name}.yaml")), Path(out, name), workers=workers)


if __name__ == "__main__":
    main(*sys.argv[1:])
