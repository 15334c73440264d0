"""Make the rows that flows draw from: `python -m fitting`, some ten minutes."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from fitting.likelihood import READINGS, log_posterior
from fitting.rows import table_of, write
from fitting.sampling import Effort, draw

SEED = 2009
PLACE = Path(__file__).parent.parent / "configs" / "posteriors" / "turnover.csv"


def main() -> None:
    """Draw under each reading of the sources, and write all rows into one file."""
    effort = Effort()
    drawn = {}
    for number, reading in enumerate(READINGS):
        drawn[reading] = draw(partial(log_posterior, reading=reading), SEED + number, effort)
        print(f"{reading}\n{table_of(drawn[reading])}\n")
    write(PLACE, drawn, seed=SEED, effort=effort)
    print(f"Written: {PLACE}")


if __name__ == "__main__":
    main()
