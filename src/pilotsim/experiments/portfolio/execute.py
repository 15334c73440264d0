"""A portfolio carried out: blocks of runs by whoever works, kept as they come, and put together."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from pilotsim.base.arguments import checks_arguments
from pilotsim.base.arrays import Floats, Ints
from pilotsim.base.files import Columns, parquet_bytes, write_whole
from pilotsim.base.from_above import Shown
from pilotsim.base.messages import Message
from pilotsim.base.randomness import code
from pilotsim.experiments.portfolio.reading import Portfolio, PortfolioCell
from pilotsim.measures.block import measure_block
from pilotsim.model.flow import Flow
from pilotsim.model.targets import Measure
from pilotsim.runs import Local, Manifest, Store, Task, Workers, work
from pilotsim.runs.budget import PlannedRuns, check_budget, replications_at_once
from pilotsim.runs.store import as_kept, what_flows_rest_on
from pilotsim.simulation.engines import numbers_of_replications, run_replications
from pilotsim.simulation.parameters import draw_rows_of_numbers
from pilotsim.simulation.resolved import ResolvedFlow, resolve_flow
from pilotsim.simulation.size import expected_clients

__all__ = ["PortfolioRun", "count_portfolio_runs", "ends_of_runs", "portfolio"]

# Replications of a block: some seconds of work for four districts, a part of one for a small one.
BLOCK = 25
VALUES = "values.parquet"
# Of one number of one replication, in its block and in the table of all: measured.
BYTES_OF_A_COUNT = 21.0
# Nine runs in ten lie between these.
ENDS = (0.05, 0.95)
WAY_OUT = Message("To begin anew, name another folder with --out, or remove what stands there.")


@dataclass(frozen=True)
class PortfolioRun(Shown):
    """What a portfolio came to.

    Parameters
    ----------
    portfolio : Portfolio
        What was run.
    folder : Path
        Where it is kept.
    values : ndarray of float, shape (scenarios, districts, outcomes, replications)
        Each count in each run.
    """

    portfolio: Portfolio
    folder: Path
    values: Floats

    @property
    def totals(self) -> Floats:
        """The sum over districts in each run, shape (scenarios, outcomes, replications)."""
        total: Floats = self.values.sum(axis=1)
        return total

    def common_share(self, scenario: int, outcome: int) -> float:
        """Return how much of the variance of a sum is there since districts have things in common.

        1 less the sum of the districts' variances over the variance of their sum; negative where
        one's gain is another's loss.
        """
        own = self.values[scenario, :, outcome].var(axis=1, ddof=1).sum()
        total = self.totals[scenario, outcome].var(ddof=1)
        return float(1.0 - own / total) if total > 0 else 0.0


def ends_of_runs(numbers: Floats) -> tuple[float, float]:
    """Return the ends between which nine runs in ten lie: numbers of runs, so whole people."""
    low, high = np.quantile(numbers, ENDS, method="inverted_cdf").tolist()
    return low, high


def count_portfolio_runs(portfolio: Portfolio) -> int:
    """Return how many runs a portfolio makes, as `progress` counts them."""
    flows = 1 if portfolio.is_together else len(portfolio.districts)
    return flows * len(portfolio.scenarios) * portfolio.replications


@checks_arguments
def portfolio(
    portfolio: Portfolio,
    folder: str | Path,
    *,
    jobs: int = 1,
    engine: str | None = None,
    progress: Callable[[int], object] | None = None,
    workers: Workers | None = None,
) -> PortfolioRun:
    """Carry out a portfolio, or go on with it, and return what it came to.

    Assumptions that are common are drawn in common: in a replication they have the same numbers in
    every district. Clients, and the numbers that a table gives a district, are its own. Results are
    the same to the bit whoever works, and however often some of them are lost.

    Parameters
    ----------
    portfolio : Portfolio
        What to run.
    folder : str or Path
        Where its run is kept.
    jobs : int
        Processes at once; -1 for one a core.
    engine : str, optional
        `kernel` or `process`; the fastest there is for None.
    progress : callable, optional
        Called with the number of runs just done, of `count_portfolio_runs` in all.
    workers : Workers, optional
        Who does it in place of processes of this machine, such as a cluster.

    Raises
    ------
    RequestError
        The runs need more time, memory or room on the disk than the limits allow.
    RunError
        The folder holds a run of another portfolio or version, another process is at work there, or
        the disk is full.

    Examples
    --------
    >>> found = pilotsim.portfolio(pilotsim.read_portfolio("county.yaml"), "out/county", jobs=-1)
    ...                                                               # doctest: +SKIP
    """

    def tell(done: int) -> None:
        if progress is not None:
            progress(done)

    store = Store(Path(folder))
    content = {
        "title": portfolio.title.as_plain(),
        "districts": [one.name for one in portfolio.districts],
        "outcomes": [one.name for one in portfolio.outcomes],
        "scenarios": [one.name for one in portfolio.scenarios],
        "replications": portfolio.replications,
        "seed": portfolio.seed,
        **as_kept(portfolio.rests_on),
    }
    identity = {**portfolio.identity, **what_flows_rest_on([portfolio.flow])}
    manifest = Manifest("portfolio", portfolio.name, identity, content)
    others = workers or Local(jobs)
    if not store.is_complete():
        _check_budget(portfolio, others, engine, store.folder)
    with store.lock():
        store.check_results()
        store.begin(manifest, WAY_OUT)
        if not (store.is_complete() and store.results_are_sound()):
            tasks = _tasks(portfolio, engine)
            work(
                store,
                tasks,
                others,
                lambda task, columns: tell(len(columns["replication"])),
            )
            values = _gathered(portfolio, store)
            store.finish({VALUES: lambda place: _write(place, values)})
        else:
            values = _gathered(portfolio, store)
    return PortfolioRun(portfolio, store.folder, values)


def _check_budget(portfolio: Portfolio, workers: Workers, engine: str | None, folder: Path) -> None:
    """Make sure that the runs of all districts stay within the limits, or are wanted all the same.

    The first cell tells of all: the others' flows are not made before they are run.
    """
    first = next(portfolio.cells)
    clients = expected_clients(resolve_flow(first.flow))
    planned = PlannedRuns(clients, count_portfolio_runs(portfolio), len(first.measures))
    arguments = _arguments(portfolio, first, range(1), engine)
    check_budget(
        [planned],
        jobs=workers.count,
        engine=engine,
        trial=lambda: run_cell(*arguments),
        disk=planned.runs * planned.numbers * BYTES_OF_A_COUNT,
        folder=folder,
    )


def _arguments(
    portfolio: Portfolio, cell: PortfolioCell, replications: range, engine: str | None
) -> tuple[Any, ...]:
    """Return what `run_cell` is given for some replications of a cell."""
    return (
        cell.flow,
        cell.measures,
        portfolio.seed,
        _own_seed(portfolio.seed, cell),
        cell.own,
        replications,
        engine,
    )


def _tasks(portfolio: Portfolio, engine: str | None) -> Iterator[Task]:
    """Yield the blocks of all cells; a flow is made when the first of its blocks is asked for."""
    for cell in portfolio.cells:
        for start in range(0, portfolio.replications, BLOCK):
            stop = min(start + BLOCK, portfolio.replications)
            arguments = _arguments(portfolio, cell, range(start, stop), engine)
            yield Task(_key(cell, start), run_cell, arguments)


def _key(cell: PortfolioCell, start: int) -> str:
    return f"s{cell.scenario}-d{cell.districts.start}-r{start}"


def _own_seed(seed: int, cell: PortfolioCell) -> int:
    """Return the seed of a cell's clients: by the district's name, so that no other moves them."""
    return (seed ^ code(f"district/{cell.name}")) >> 1 if cell.name else seed


def run_cell(
    flow: Flow,
    measures: tuple[Measure, ...],
    seed: int,
    own_seed: int,
    own: tuple[int, ...],
    replications: range,
    engine: str | None,
) -> Columns:
    """Return the table of a block: one row for each replication.

    Parameters
    ----------
    flow : Flow
        What is run.
    measures : tuple of Measure
        What is measured.
    seed : int
        The seed of what districts have in common.
    own_seed : int
        The seed of clients, and of values that are drawn apart.
    own : tuple of int
        The slots of these values.
    replications : range
        Which replications.
    engine : str or None
        The engine.
    """
    apart = draw_rows_of_numbers(flow, own_seed, replications) if own else None
    numbers = numbers_of_replications(
        flow,
        seed,
        replications,
        own={} if apart is None else {slot: apart[:, slot] for slot in own},
        engine=engine,
    )
    calendar = flow.make_calendar()
    plans = [ResolvedFlow(flow, row, calendar) for row in numbers]
    at_once = replications_at_once(expected_clients(plans[0]))
    parts = []
    for k in range(0, len(plans), at_once):
        some = slice(k, k + at_once)
        journeys = run_replications(plans[some], own_seed, replications[some], engine=engine)
        parts.append(measure_block(journeys, None, measures, engine=engine).values)
    values = np.concatenate(parts)
    which: Ints = np.array(replications, np.int64)
    return {"replication": which, **{f"m{k}": values[:, k] for k in range(len(measures))}}


def _gathered(portfolio: Portfolio, store: Store) -> Floats:
    """Return the numbers of all blocks, shape (scenarios, districts, outcomes, replications)."""
    districts, outcomes = len(portfolio.districts), len(portfolio.outcomes)
    shape = (len(portfolio.scenarios), districts, outcomes, portfolio.replications)
    values = np.full(shape, np.nan)
    at_once = districts if portfolio.is_together else 1
    for scenario in range(shape[0]):
        for first in range(0, districts, at_once):
            for start in range(0, portfolio.replications, BLOCK):
                columns = store.read_block(f"s{scenario}-d{first}-r{start}")
                which = np.asarray(columns["replication"], np.int64)
                for k in range(at_once * outcomes):
                    place = first + k // outcomes
                    values[scenario, place, k % outcomes, which] = columns[f"m{k}"]
    return values


def _write(place: Path, values: Floats) -> None:
    """Write the numbers as a table: a row for each scenario, district, outcome and replication."""
    indices = np.indices(values.shape).reshape(4, -1)
    names = ("scenario", "district", "outcome", "replication")
    columns: Columns = {
        **{name: indices[k].astype(np.int32) for k, name in enumerate(names)},
        "value": values.ravel(),
    }
    write_whole(place, parquet_bytes(columns))
