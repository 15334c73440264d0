"""What keeping a study costs beside running its flow; how soon a fault is found.

What a million runs take.
"""

from __future__ import annotations

import resource
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter, process_time

from benchmarks.child import ROOT, ask, pilotsim_command
from benchmarks.effort import Effort
from benchmarks.machine import load
from benchmarks.results import Result, at_most, in_bytes, in_time
from pilotsim.experiments.study import ExecutionOptions, Study, read_study, run_study
from pilotsim.runs import Local
from pilotsim.runs.batches import run_block
from pilotsim.runs.budget import BLOCK

FLOW = """
flow: places
title: Places
starts: 2015-01-01
lasts: 12 months
traits: {young: {share: 30 %}}
groups:
  g:
    starts_in: waits
    stock: 40
    arrivals: {value: 6 per month, low: 3, high: 9, assumption: a guess}
resources: {place: {units: {value: 8, low: 4, high: 12, assumption: a guess}}}
risks:
  job:
    to: work
    rate: {value: 4 % per month, low: 2, high: 6, assumption: a guess}
    times: {young: 2}
stages:
  waits: {risks: {job: 1}}
  course:
    draws_from: waits
    opens: {every: 2 weeks, admits: 4}
    needs: {place: 1}
    lasts: {gamma: {mean: 8 weeks, cv: 0.5}}
    next: {after: 100 %}
  after: {risks: {job: 2}}
  work: {counts_as: work}
"""
MEASURES = (
    "share: {reached: work}, of: {groups: g}",
    "count: {reached: work}",
    "count: {started: course}",
    "count: {finished: course}",
    "share: {state: work, at: end}, of: {groups: g}",
    "wait: course",
    "use: place",
    "mean_in: work",
    "change_in: assistance",
    "months_in: assistance",
)


def write_study(folder: Path, points: int, replications: int) -> Study:
    """Return a study of a small flow at a number of points, with ten responses."""
    measures = "".join(
        f"    m{k}: {{measure: {{{measure}}}}}\n" for k, measure in enumerate(MEASURES)
    )
    (folder / "places.yaml").write_text(FLOW, encoding="utf-8")
    (folder / "study.yaml").write_text(
        "study: places\ntitle: Places\nflow: places.yaml\n"
        f"responses:\n  measures:\n{measures}replications: {replications}\n"
        f"design:\n  method: latin_hypercube\n  points: {points}\n"
        "  over: {resources.place.units: {low: 2, high: 20}}\n",
        encoding="utf-8",
    )
    return read_study(folder / "study.yaml")


def studies(effort: Effort) -> Iterator[Result]:
    """Yield a study's overhead, the time to find a fault and the cost of a million runs.

    The million runs are for a full run only.
    """
    yield overhead(100_000 if effort.full else 20_000, 3)
    yield faults(effort.rounds)
    yield from million(full=effort.full)


def overhead(replications: int, rounds: int) -> Result:
    """Return the processor time of a study over that of its flow run bare, one process each."""
    with TemporaryDirectory() as folder:
        study = write_study(Path(folder), 4, replications // 4)
        run_bare(replace(study, replications=replace(study.replications, at_least=100)))
        times = []
        for turn in range(rounds):
            bare = _processor_time(lambda: run_bare(study))
            kept = _processor_time(
                lambda turn=turn: run_study(
                    study, Path(folder) / f"run{turn}", ExecutionOptions(workers=Local(1))
                )
            )
            times.append((kept, bare))
    ratios = [kept / bare for kept, bare in times]
    kept, bare = (min(column) for column in zip(*times, strict=True))
    note = (
        "Processor time; kept as blocks, then as tables (10 responses, Parquet and CSV). "
        "Above: the quickest turns."
    )
    return Result(
        f"{replications:,} replications as a study: all over the bare runs",
        in_time(kept),
        in_time(bare),
        kept / bare,
        low=min(ratios),
        high=max(ratios),
        bound=at_most(1.10),
        note=note,
    )


def run_bare(study: Study, block: int = BLOCK) -> None:
    """Run a study's flow at each point and keep nothing."""
    count = study.replications.at_least
    for point in range(len(study.points)):
        variant = study.variant(study.scenarios[0], point)
        for start in range(0, count, block):
            run_block(variant, study.measures, study.seed, range(start, min(count, start + block)))


def _processor_time(run: object) -> float:
    begun = process_time()
    run()  # type: ignore[operator]
    return process_time() - begun


def faults(rounds: int) -> Result:
    """Return how long the command takes to name a typo in the last of thirty scenarios of Alna."""
    import subprocess

    scenarios = "".join(
        f"  s{k}: {{set: {{groups.target_group.stock: {100 + k}}}}}\n" for k in range(30)
    )
    text = (
        f"study: typo\ntitle: Typo\nflow: {ROOT / 'configs' / 'alna_aktiv.yaml'}\n"
        "responses: {targets: all}\nreplications: 100\n"
        f"scenarios:\n{scenarios}  last: {{set: {{resources.place_tecnical.units: 4}}}}\n"
    )
    times = []
    with TemporaryDirectory() as folder:
        file = Path(folder) / "typo.yaml"
        file.write_text(text, encoding="utf-8")
        for _ in range(rounds):
            begun = perf_counter()
            done = subprocess.run(
                [*pilotsim_command(), "run", str(file)],
                capture_output=True,
                text=True,
                check=False,
                cwd=folder,
            )
            times.append(perf_counter() - begun)
            assert "typo.yaml:37:" in done.stderr, done.stderr
    return Result(
        "A typo in the last of thirty scenarios of Alna, named with its line",
        in_time(min(times)),
        "",
        min(times),
        "s",
        low=min(times),
        high=max(times),
        bound=at_most(1.0),
        note=f"The whole command, its start included; the quickest. {load()}",
    )


def million(*, full: bool) -> Iterator[Result]:
    """Yield the time and memory of a million runs at 19 points in two processes.

    Their ten responses make ten million rows.
    """
    name = "A million runs (19 points × 52,632), ten responses, two processes"
    if not full:
        yield Result(name, "not run", "", float("nan"), "minutes", note="Run with --full.")
        return
    found = ask("million", 19, 52_632)
    sizes = (in_bytes(found[kind]) for kind in ("blocks", "parquet", "csv"))
    note = "{} of blocks, {} as Parquet, {} as CSV; {}".format(*sizes, load())
    yield Result(
        name,
        in_time(found["seconds"]),
        "",
        found["seconds"] / 60,
        "minutes",
        bound=at_most(20),
        note=note,
    )
    yield Result(
        "Its memory: the process that keeps the results",
        in_bytes(found["own"]),
        "",
        found["own"] / 1e9,
        "GB",
        bound=at_most(1.0),
        note=f"Each worker: {in_bytes(found['worker'])}.",
    )


def peak(who: int) -> float:
    """Return the largest amount of memory that this process, or one of its children, has held."""
    return resource.getrusage(who).ru_maxrss * 1024.0
