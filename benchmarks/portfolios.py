"""How a portfolio grows with its districts on two workers: ``python -m benchmarks.portfolios``.

A scheduler and two workers of one thread each are started here; in the last run one worker is
killed halfway, and the numbers are held to those of one process.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from pilotsim.experiments.portfolio import Portfolio, portfolio, read_portfolio
from pilotsim.experiments.portfolio.execute import VALUES
from pilotsim.runs import Cluster, Local

FILE = Path(__file__).parent.parent / "districts" / "national.yaml"
COUNTS = (1, 4, 20, 100, 357)


def some(whole: Portfolio, count: int) -> Portfolio:
    """Return a portfolio of so many of the districts, evenly from the largest to the smallest."""
    places = [k * len(whole.districts) // count for k in range(count)]
    return replace(
        whole,
        name=f"{whole.name}_{count}",
        districts=tuple(whole.districts[k] for k in places),
        _rows=tuple(whole._rows[k] for k in places),
    )


def used(address: str) -> list[tuple[float, int]]:
    """Return the seconds of work and the greatest memory in MB of each worker so far."""
    from distributed import Client

    with Client(address, set_as_default=False) as client:
        found = client.run(resource.getrusage, resource.RUSAGE_SELF)
    return [(one.ru_utime + one.ru_stime, one.ru_maxrss // 1024) for one in found.values()]


def main() -> None:
    """Print a row for each number of districts."""
    whole = read_portfolio(FILE)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        place = folder / "scheduler.json"
        command = [sys.executable, "-m"]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        options = ["--host", "127.0.0.1", "--port", "0", "--no-dashboard"]
        scheduler = subprocess.Popen(
            [*command, "distributed.cli.dask_scheduler", *options, "--scheduler-file", str(place)],
            **quiet,
        )
        while not place.exists():
            time.sleep(0.1)
        own = ["--scheduler-file", str(place), "--nthreads", "1", "--no-nanny", "--no-dashboard"]
        workers = [
            subprocess.Popen([*command, "distributed.cli.dask_worker", *own], **quiet)
            for _ in range(2)
        ]
        import json

        address = json.loads(place.read_text())["address"]
        try:
            _measure(whole, folder, address, workers)
        finally:
            for process in (scheduler, *workers):
                with suppress(OSError):
                    process.kill()


def _measure(
    whole: Portfolio, folder: Path, address: str, workers: list[subprocess.Popen[bytes]]
) -> None:
    cluster = Cluster(address, wait_seconds=60, least_workers=2)
    portfolio(some(whole, 2), folder / "warm", workers=cluster)
    print("districts, flows run, seconds, worker seconds, MB of the larger worker, MB here")
    for count in COUNTS:
        before = used(address)
        began = time.perf_counter()
        portfolio(some(whole, count), folder / f"n{count}", workers=cluster)
        took = time.perf_counter() - began
        after = used(address)
        worked = sum(one[0] for one in after) - sum(one[0] for one in before)
        here = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        runs = count * len(whole.scenarios) * whole.replications
        row = (count, runs, f"{took:.1f}", f"{worked:.1f}", max(one[1] for one in after), here)
        print(*row, sep=", ", flush=True)
    done: list[int] = []

    def kill_one(count: int) -> None:
        done.append(count)
        if len(done) == COUNTS[-1]:
            workers[0].kill()

    portfolio(whole, folder / "killed", workers=cluster, progress=kill_one)
    began = time.perf_counter()
    portfolio(whole, folder / "one", workers=Local(1))
    took = time.perf_counter() - began
    kept = [(folder / name / "results" / VALUES).read_bytes() for name in ("killed", "one")]
    size = sum(file.stat().st_size for file in (folder / "one").rglob("*") if file.is_file())
    print(f"one process: {took:.1f} s; its folder holds {size / 1e6:.1f} MB")
    print("the same bits with one worker killed:", kept[0] == kept[1])


if __name__ == "__main__":
    main()
