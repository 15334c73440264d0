"""Alarms and forecasts of pilots that are followed: ``python -m tests.recovery.followed --pilots 1000``.

Pilots of Alna Aktiv that follow their plan, and such as leave it in six ways, are simulated with
seeds of their own and followed as a real one would be.
"""

from __future__ import annotations

import argparse
import math
from pathlib import Path

import numpy as np

from pilotsim.base.arrays import Bools, Floats
from pilotsim.files.changes import apply_changes
from pilotsim.files.reading import read_document
from pilotsim.model.flow import Flow
from pilotsim.monitoring.alarm import Monitor
from pilotsim.monitoring.follow import flow_order, part_of
from pilotsim.monitoring.forecast import Forecaster, ranks_among
from pilotsim.monitoring.mapping import read_counts_mapping
from pilotsim.monitoring.updated import asked_of, margins_of
from pilotsim.runs.batches import Outcome, Variant, run_variants

ROOT = Path(__file__).parent.parent.parent
RATE = 0.05
REFERENCE = 1000
# What has been decided when the pilot starts.
DECIDED = {
    "stages.referred.opens.admits": 8,
    "resources.place_technical.units": 12,
    "resources.place_home_care.units": 8,
}
# How pilots leave the plan, and which parts of the flow may be named for it.
DEPARTURES = {
    "half the referrals": ({"stages.referred.opens.admits": 4}, {"intake"}),
    "half of those referred turn up": (
        {"stages.referred.next.mapping": "40 %", "stages.no_show.next.mapping": "20 %"},
        {"turning_up"},
    ),
    "no places in the district": (
        {"resources.place_technical.units": 0, "resources.place_home_care.units": 0},
        {"capacity"},
    ),
    "few state places": (
        {"resources.ab_place.units": 2, "resources.individual_place.units": 2},
        {"capacity"},
    ),
    "work is lost three times as fast": ({"risks.job_loss.rate": "29 % per month"}, {"ways_out"}),
    "work is found three times as fast": ({"risks.job.rate": "3.6 % per month"}, {"ways_out"}),
}
HEAD = """# Pilots that are followed: how often the alarm is raised, and what it names

Made by `python -m tests.recovery.followed --pilots {pilots}`: simulated pilots of Alna Aktiv with other seeds than those that the alarm was
made of ({reference} pilots), followed for all 24 months. What had been decided at the start (referrals a week, places) was set; all
other assumptions were drawn anew in each pilot. Promised rate over the whole pilot: {rate:.0%}. A pilot that leaves the plan is found where no pilot of the
plan's own ranges would have come so far: few state places, or work that is lost sooner, hardly are, for the plan allows for nearly as much, and the
counts of a small group vary much by chance.

"""


def simulate(flow: Flow, pilots: int, seed: int) -> Outcome:
    mapping = read_counts_mapping(ROOT / "experiments" / "following" / "alna_counts.yaml")
    counts = tuple(column.count() for column in mapping.columns.values())
    measures = [one.measure for one in asked_of(flow) if one.measure is not None]
    variant = Variant("pilot", flow, measures=measures, counts=counts)
    return run_variants([variant], (), seed=seed, replications={"pilot": pilots})["pilot"]


def counts_of(found: Outcome) -> Floats:
    return found.counts.astype(np.float64)


def rate_line(name: str, alarms: Bools) -> str:
    share, size = float(alarms.mean()), len(alarms)
    error = math.sqrt(max(share * (1 - share), 1 / size) / size)
    return f"| {name} | {100 * share:.1f} ({100 * error:.1f}) |"


def rates(plan: Floats, new: Floats, monitor: Monitor) -> list[str]:
    some = np.ones(plan.shape[1:], np.bool_)
    some.flat[::10] = False
    with_gaps = Monitor.of(plan, some, monitor.deviations.order, RATE)
    low, high = np.quantile(plan, [RATE / 2, 1 - RATE / 2], axis=0)
    outside = (new < low) | (new > high)
    return [
        "| pilots that follow the plan | raise an alarm at some time, % (standard error) |",
        "|---|---|",
        rate_line("all counts", np.isfinite(monitor.first_alarms(new))),
        rate_line("every tenth count missing", np.isfinite(with_gaps.first_alarms(new))),
        rate_line("control: 5 % each month, one count", outside[:, :, 0].any(axis=1)),
        rate_line("control: 5 % each month, all counts", outside.any(axis=(1, 2))),
    ]


def departures(flow: Flow, monitor: Monitor, pilots: int) -> list[str]:
    document = read_document(ROOT / "configs" / "alna_aktiv.yaml")
    mapping = read_counts_mapping(ROOT / "experiments" / "following" / "alna_counts.yaml")
    parts = [part_of(flow, column.count()) for column in mapping.columns.values()]
    lines = [
        "| how pilots leave the plan | found, % | month found (median of those found) | right part named, % of those found |",
        "|---|---|---|---|",
    ]
    for name, (changes, right) in DEPARTURES.items():
        left = counts_of(simulate(apply_changes(document, DECIDED, changes), pilots, seed=3))
        first = monitor.first_alarms(left)
        is_found = np.isfinite(first)
        named = [
            parts[monitor.judge(pilot, left.shape[1]).suspects[0].count] in right
            for pilot in left[is_found]
        ]
        when = f"{np.median(first[is_found]) + 1:.0f}" if is_found.any() else "none"
        share = f"{100 * np.mean(named):.0f}" if named else "none"
        lines.append(f"| {name} | {100 * is_found.mean():.0f} | {when} | {share} |")
    return lines


def calibration(flow: Flow, plan: Outcome, new: Outcome, pilots: int) -> list[str]:
    asked = asked_of(flow)
    before, came = margins_of(asked, plan)[0], margins_of(asked, new)[0]
    lines = [
        "| month | held by ranges of 9 in 10, % of targets and pilots | tenth of the forecast that what came lies in, % of pilots: lowest to highest |",
        "|---|---|---|",
    ]
    for months in (3, 6, 12):
        present = np.zeros(plan.counts.shape[1:], np.bool_)
        present[:months] = True
        forecaster = Forecaster.learn(counts_of(plan), present, before)
        ranks = []
        for counts, own in zip(counts_of(new)[:pilots], came[:pilots], strict=True):
            like = forecaster.like(forecaster.locate(counts))
            ranks.append(ranks_among(like, like.adjusted(before[like.rows]), own))
        known = np.array(ranks)
        known = known[~np.isnan(known)]
        inside = 100 * np.mean((known >= 0.05) & (known <= 0.95))
        tenths = 100 * np.histogram(known, bins=10, range=(0.0, 1.0))[0] / len(known)
        lines.append(
            f"| {months} | {inside:.1f} | {', '.join(f'{tenth:.0f}' for tenth in tenths)} |"
        )
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pilots", type=int, default=1000)
    parser.add_argument("--out", type=Path, default=ROOT / "reports" / "following" / "alarms.md")
    options = parser.parse_args()
    document = read_document(ROOT / "configs" / "alna_aktiv.yaml")
    flow = apply_changes(document, DECIDED)
    plan, new = simulate(flow, REFERENCE, seed=1), simulate(flow, options.pilots, seed=2)
    counts = counts_of(plan)
    mapping = read_counts_mapping(ROOT / "experiments" / "following" / "alna_counts.yaml")
    order = flow_order(flow, [column.count() for column in mapping.columns.values()])
    monitor = Monitor.of(counts, np.ones(counts.shape[1:], np.bool_), order, RATE)
    few = max(50, options.pilots // 5)
    parts = [
        "## Pilots that follow the plan",
        *rates(counts, counts_of(new), monitor),
        f"\n## Pilots that leave it ({few} each)",
        *departures(flow, monitor, few),
        f"\n## The updated forecast ({few} pilots, all targets together)",
        *calibration(flow, plan, new, few),
    ]
    text = HEAD.format(pilots=options.pilots, reference=REFERENCE, rate=RATE)
    text += "\n".join(part if part.startswith("|") else f"{part}\n" for part in parts) + "\n"
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
