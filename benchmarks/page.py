"""How long a reader waits in the page of a flow, from a moved lever to its answers."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from tests.portable.browser import NAMES, Tab, browsing

from benchmarks.alna import SEED
from benchmarks.effort import Effort
from benchmarks.results import Bound, Result, at_most
from pilotsim.files.reading import read_flow
from pilotsim.judge.check import check_targets
from pilotsim.output.live.page import write_live_page

FLOW = Path(__file__).parent.parent / "configs" / "alna_aktiv.yaml"
LEVER, PLAN = "resources.place_technical.units", 13
FIRST, ALL = 25, 400
# Two cores, whatever the machine has: each worker is a thread.
CORES = 2
OPENED = """new Promise(done => {
  const look = () => window.page?.model ? done(performance.now()) : setTimeout(look, 2)
  look()
})"""
# From a lever that is moved until verdicts on so many runs of both worlds stand, in milliseconds.
MOVED = """(async (units) => {
  const begun = performance.now()
  let first = NaN
  const question = { seed: %d, replications: %d, set: { '%s': units } }
  const run = window.page.model.ask(question, (answer) => {
    if (!Number.isNaN(first) || answer.replications < %d) return
    first = answer.judged.verdicts.length && performance.now() - begun
  })
  const answer = await run.done
  return [first, answer.judged.verdicts.length && performance.now() - begun]
})"""


def live_page(effort: Effort) -> Iterator[Result]:
    """Move a lever of the page of Alna Aktiv, as often as there are rounds."""
    if not any(map(shutil.which, NAMES)):
        return
    with TemporaryDirectory() as folder, browsing(Path(folder) / "browser") as browser:
        page = Path(folder) / "page.html"
        check = check_targets(read_flow(FLOW), replications=ALL, seed=SEED, what_if=False)
        write_live_page(check, page, "en")
        tab = browser.tab(cores=CORES)
        tab.open(page.as_uri())
        opened = float(tab.run(OPENED)) / 1000
        size = page.stat().st_size
        moves = [_move(tab, PLAN + turn) for turn in range(effort.rounds + 1)]
    # The first does not count: the browser compiles while it runs.
    first, whole, work = zip(*moves[1:], strict=True)
    busy = f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores while it was measured"
    lever = "Alna Aktiv in Chromium, two workers: a lever moved"
    yield _row(f"{lever}, {FIRST} runs of both worlds", first, at_most(0.15), busy)
    note = f"{median(work):.1f} s of processor time; {busy}"
    yield _row(f"{lever}, {ALL} runs of both worlds", whole, at_most(3), note)
    yield _row("The page opened until it can be used", [opened], None, f"{size / 1000:.0f} kB")


def _move(tab: Tab, units: int) -> tuple[float, float, float]:
    """Return the seconds to the first answer and to the whole, and the processor time of it."""
    before = _processor_time(tab)
    first, whole = tab.run(f"{MOVED % (SEED, ALL, LEVER, FIRST)}({units})")
    return first / 1000, whole / 1000, _processor_time(tab) - before


def _processor_time(tab: Tab) -> float:
    """Return the seconds that the processes of all pages have computed."""
    found = tab.browser.ask("SystemInfo.getProcessInfo")["processInfo"]
    return float(sum(one["cpuTime"] for one in found if one["type"] == "renderer"))


def _row(name: str, seconds: Sequence[float], bound: Bound | None, note: str) -> Result:
    middle = median(seconds)
    return Result(
        name,
        f"{middle:.2f} s",
        "",
        middle,
        unit="s",
        low=min(seconds),
        high=max(seconds),
        bound=bound,
        note=note,
    )
