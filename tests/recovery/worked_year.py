"""The worked year of Alna Aktiv: ``make year`` makes the counts, the register and all reports of it.

A pilot is simulated in a world that differs from its plan, and followed by the commands that a
municipality would use. What each command prints is kept in `reports/year`, and `docs/worked_year.md`
shows lines of it.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from pilotsim.base.arrays import Bools, Floats, Ints
from pilotsim.cli.shared import read_changed
from pilotsim.evaluation.estimands import Estimand
from pilotsim.evaluation.register import RegisterView, observe_register
from pilotsim.evaluation.twins import twins
from pilotsim.measures.monthly_counts import count_months
from pilotsim.model.flow import Flow
from pilotsim.model.targets import Selection
from pilotsim.monitoring.counts import read_counts
from pilotsim.monitoring.follow import follow
from pilotsim.monitoring.mapping import read_counts_mapping
from pilotsim.output.views import document_of
from pilotsim.output.writers.terminal import terminal_text
from pilotsim.simulation.engines import simulate
from pilotsim.simulation.journeys import Journeys
from pilotsim.simulation.population import Cohort

ROOT = Path(__file__).parents[2]
FLOW = Path("configs/alna_aktiv.yaml")
FOLDER = Path("experiments/year")
MAPPING = FOLDER / "counts.yaml"
# Once the freeze is known: what was feared of the places has happened, and is part of the plan.
NEW_MAPPING = FOLDER / "counts_new_plan.yaml"
REPORTS = Path("reports/year")
SCRATCH = Path("out/year")
SEED = 2015
LANGUAGES = ("en", "nb")
RUNS = 1000
# What the change is called that is tried from June.
TRIED = {"en": "24 places from June", "nb": "24 plasser fra juni"}
MONTHS = (
    "jan.",
    "feb.",
    "mars",
    "april",
    "mai",
    "juni",
    "juli",
    "aug.",
    "sep.",
    "okt.",
    "nov.",
    "des.",
)

# What is decided when the pilot starts. Half of the 155 are drawn by lot to be offered it.
LOTTERY = {
    "traits.drawn": (
        "{label: {nb: Trukket ut, en: Drawn by lot, sv: Lottad}, observed: false, share: 100 %, "
        "groups: {target_group: {stock: 50 %, arrivals: 100 %}}}"
    ),
    "stages.referred.draws_from.traits": "{drawn: true}",
    "stages.referred.opens.admits": "8",
}


def places(technical: Mapping[str, int], home_care: Mapping[str, int], why: str) -> dict[str, str]:
    """The municipal places, by the day from which there are so many; the first from the start."""
    found = {}
    for name, units in (("technical", technical), ("home_care", home_care)):
        (_, first), *later = units.items()
        steps = ", ".join(f"{day}: {{value: {number}, assumption: {why}}}" for day, number in later)
        since = f", from: {{{steps}}}" if steps else ""
        found[f"resources.place_{name}.units"] = f"{{value: {first}, assumption: {why}{since}}}"
    return found


PLAN = LOTTERY | places({"start": 12}, {"start": 8}, "decided")
# In March the two enterprises stop taking people: a freeze.
FROZEN = places({"start": 12, "2015-03-01": 1}, {"start": 8, "2015-03-01": 0}, "frozen")
KNOWN = LOTTERY | FROZEN
# What is agreed for June: the places are back, and four more.
REOPENED = places(
    {"start": 12, "2015-03-01": 1, "2015-06-01": 16},
    {"start": 8, "2015-03-01": 0, "2015-06-01": 8},
    "agreed",
)
# What nobody knows: how the world differs from the plan's own values.
TRUTH = {
    "stages.referred.next.mapping": "76 %",
    "shared.strength": "1.6",
    "shared.inflow": "1.1",
}
NEW_PLAN = LOTTERY | REOPENED
# On whom the effect is asked.
LISTED = Selection(groups=("target_group",), origin="stock", traits={"drawn": True})


@dataclass(frozen=True)
class World:
    """What happened.

    Parameters
    ----------
    journeys : Journeys
        Of all clients.
    listed, drawn : ndarray of bool, shape (clients,)
        Who was on the list when lots were drawn, and who was drawn.
    """

    journeys: Journeys
    listed: Bools
    drawn: Bools


def flow_with(changes: Mapping[str, str]) -> Flow:
    """The flow with changes, as the command line reads them."""
    return read_changed(ROOT / FLOW, tuple(sets(changes)), None)[0]


def sets(changes: Mapping[str, str]) -> list[str]:
    return [f"{path}={value}" for path, value in changes.items()]


def offers(cohort: Cohort) -> Floats:
    """From when each client may be offered the pilot: never where the lot said no."""
    return np.where(cohort.traits["drawn"] == 1.0, 0.0, np.inf)


def live(changes: Mapping[str, str]) -> World:
    """Let the pilot happen once, in the world as it is."""
    flow = flow_with({**changes, **TRUTH})
    journeys = simulate(flow, seed=SEED, offered=offers)
    cohort = journeys.cohort
    listed = (cohort.group == list(flow.groups).index("target_group")) & (cohort.origin == 0)
    return World(journeys, np.asarray(listed), np.asarray(cohort.traits["drawn"] == 1.0))


def counts_of(world: World) -> Ints:
    """What is counted each month, shape (months, counts)."""
    columns = read_counts_mapping(ROOT / MAPPING).columns.values()
    return count_months(world.journeys, [column.count() for column in columns])[0]


def write_counts(file: Path, counts: Ints) -> None:
    """Write the first months as a municipality does."""
    names = [*read_counts_mapping(ROOT / MAPPING).columns]
    rows = [["Måned", *names]]
    for month, numbers in enumerate(counts):
        rows.append([f"{MONTHS[month % 12]} {2015 + month // 12}", *map(str, numbers)])
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("\n".join(";".join(row) for row in rows) + "\n", encoding="utf-8")


def write_register(file: Path, world: World) -> None:
    """Write the register of those on the list: all were on assistance the month before the lot."""
    view = RegisterView(("mapping",), district="alna")
    table = observe_register(world.journeys, view, world.listed).to_frame()
    # Work and assistance have registers of their own, so they are known of whom nothing else is.
    table["known"] = np.where(table.status == "unknown", "in_work on_assistance", "")
    drawn = dict(zip(np.flatnonzero(world.listed), world.drawn[world.listed], strict=True))
    shown = ["month", "status", "in_work", "on_assistance", "known"]
    rows = [",".join(["client", *shown, "assigned", "offered", "started"])]
    for client, own in table.groupby("client"):
        fixed = [int(drawn[client]), words(own.offered.iloc[0]), words(own.started.iloc[0])]
        months = [["2014-12", "assistance", 0, 1, ""], *own[shown].itertuples(index=False)]
        rows += [",".join(map(str, [client, *month, *fixed])) for month in months]
    file.write_text("\n".join(rows) + "\n", encoding="utf-8")


def words(cell: object) -> str:
    """A month of the register; empty for never."""
    return cell if isinstance(cell, str) else ""


def keep(name: str, language: str, printed: str) -> None:
    """Keep what a command prints among the reports."""
    file = ROOT / REPORTS / f"{name}_{language}.txt"
    file.parent.mkdir(parents=True, exist_ok=True)
    # Where this stands on somebody's disk is no part of it.
    lines = [line.rstrip() for line in printed.replace(f"{ROOT}{os.sep}", "").splitlines()]
    file.write_text("\n".join(lines) + "\n", "utf-8")
    print(file.relative_to(ROOT), flush=True)


def pilotsim(name: str, *arguments: str | Path) -> None:
    """Run a command in each language, and keep what it prints."""
    for language in LANGUAGES:
        # A register's results are held against those before; here they are one result in two languages.
        (ROOT / SCRATCH / "register.csv.releases.json").unlink(missing_ok=True)
        command = [sys.executable, "-m", "pilotsim", *map(str, arguments), "--language", language]
        environment = os.environ | {"PYTHONPATH": str(ROOT / "src")}
        done = subprocess.run(
            command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise SystemExit(f"{' '.join(command)}\n{done.stdout}{done.stderr}")
        keep(name, language, done.stdout)


def follow_month(
    name: str,
    counts: Ints,
    months: int,
    changes: Mapping[str, str],
    then: Mapping[str, str] | None = None,
    mapping_file: Path = NEW_MAPPING,
) -> None:
    """Follow the pilot after some months, and keep the report as `pilotsim follow` prints it."""
    file = ROOT / SCRATCH / f"{name}.csv"
    write_counts(file, counts[:months])
    flow = flow_with(changes)
    mapping = read_counts_mapping(ROOT / mapping_file)
    plans = {"then": flow_with({**changes, **then})} if then else {}
    found = follow(flow, read_counts(file, flow, mapping), plans=plans, replications=RUNS)
    for language in LANGUAGES:
        named = tuple(replace(plan, name=TRIED[language]) for plan in found.plans)
        document = document_of(replace(found, plans=named), language, with_figures=False)
        keep(name, language, terminal_text(document))


def evaluate(world: World) -> None:
    """Draw up the plan, and when two years have gone ask the register."""
    register, plan = SCRATCH / "register.csv", SCRATCH / "plan" / "plan.json"
    write_register(ROOT / register, world)
    pilotsim("plan", "plan", FOLDER / "lottery.yaml", "--out", plan.parent)
    pilotsim("register", "register", "check", register, "--plan", plan)
    pilotsim("effect", "estimate", register, "--plan", plan)


def write_truth(runs: int) -> None:
    """Write what the offer truly does in this world, over many pilots like this one."""
    flow = flow_with({**NEW_PLAN, **TRUTH})
    asked = (Estimand("in_work", 24), Estimand("months", 24, "on_assistance", "cumulated"))
    found = twins(
        flow, estimands=asked, population=LISTED, replications=runs, seed=SEED, fixed=True
    )
    rows = [["estimand", "effect", "monte_carlo_error"]]
    rows += [[t.estimand.name, f"{t.value:.3f}", f"{t.error:.3f}"] for t in found.truths]
    rows += [[path, value, "as set"] for path, value in TRUTH.items()]
    text = "\n".join(",".join(row) for row in rows) + "\n"
    (ROOT / REPORTS / "truth.csv").write_text(text, encoding="utf-8")


def main() -> None:
    """Make the year."""
    before, after = live(KNOWN), live(NEW_PLAN)
    counts = counts_of(after)
    # Until the new plan begins, both are the same pilot.
    assert np.array_equal(counts[:5], counts_of(before)[:5])
    write_counts(ROOT / FOLDER / "counts.csv", counts)
    for months, name in ((1, "january"), (2, "february"), (3, "march")):
        follow_month(name, counts, months, PLAN, mapping_file=MAPPING)
    follow_month("april", counts, 4, KNOWN, REOPENED)
    follow_month("december", counts, 12, NEW_PLAN)
    follow_month("end", counts, 24, NEW_PLAN)
    evaluate(after)
    write_truth(100)


if __name__ == "__main__":
    main()
