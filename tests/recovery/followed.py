"""Alarms and forecasts of pilots that are followed: ``python -m tests.recovery.followed --pilots 1000``.

Pilots of Alna Aktiv that follow their plan, and such as leave it in six ways, are simulated with
seeds of their own and followed as a real one would be.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from scipy.stats import chi2

from pilotsim.base.arrays import Bools, Floats, Ints
from pilotsim.base.randomness import uniform_table
from pilotsim.files.changes import apply_changes
from pilotsim.files.reading import read_document
from pilotsim.model.flow import Flow
from pilotsim.monitoring.alarm import Monitor
from pilotsim.monitoring.follow import flow_order, part_of
from pilotsim.monitoring.forecast import Forecaster
from pilotsim.monitoring.mapping import read_counts_mapping
from pilotsim.monitoring.updated import asked_of, margins_of
from pilotsim.runs.batches import Variant, run_variants

ROOT = Path(__file__).parent.parent.parent
RATE = 0.05
REFERENCE = 1000
# Pilots from which the best test is learned, of the plan and of each departure, by seeds of their own.
LEARNED, LEARNED_LEFT = 4000, 3000
WHEN = (1, 3, 6, 12, 24)
AT = (3, 6, 12)
TENTHS = 10
# The chance that any of all tests of all targets at all months says that ranks are not even.
SURE = 0.01
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
# What is watched for: the same departures in other sizes, as somebody may fear them beforehand.
WATCHED = {
    "half the referrals": {"stages.referred.opens.admits": 5},
    "half of those referred turn up": {
        "stages.referred.next.mapping": "55 %",
        "stages.no_show.next.mapping": "30 %",
    },
    "no places in the district": {
        "resources.place_technical.units": 4,
        "resources.place_home_care.units": 2,
    },
    "few state places": {"resources.ab_place.units": 6, "resources.individual_place.units": 6},
    "work is lost three times as fast": {"risks.job_loss.rate": "20 % per month"},
    "work is found three times as fast": {"risks.job.rate": "2.4 % per month"},
}
# Seeds of `follow` whose limits are tried on the same new pilots, the first that of all tables.
SEEDS = (1, 11, 12, 13, 14)
HEAD = """# Pilots that are followed: how often the alarm is raised, and what it names

Made by `python -m tests.recovery.followed --pilots {pilots}`: simulated pilots of Alna Aktiv with other seeds than those that the alarm was
made of ({reference} pilots), followed for all 24 months. What had been decided at the start (referrals a week, places) was set; all
other assumptions were drawn anew in each pilot. Promised rate over the whole pilot: {rate:.0%}; the limit comes
from half of those {reference}, whose own chance is one percentage point; with departures that are watched for (`watch_for`), from {reference} others, whose chance is 0.7.

Watched for are the six ways of the second table in other sizes: five referrals a week in place of four, 55 and 30 % who turn up in place of 40 and 20, six places in place of none, twelve state
places in place of four, work lost and found twice as fast in place of three times.

"""
ON_BOUND = """
*Right part*: of the alarms without `watch_for`, how often the count that they point to is of the part that differs. *Looks like it*: of the alarms with it, how often the departure named is
the one that there is; where it is none, only the limit of deviations was crossed.

*Best test*: one that knows beforehand in which of the six ways pilots leave the plan, and tests for that alone, once, in that month, at the same rate. Learned from {learned} pilots of the
plan and {left} of the departure by linear discriminants of all counts so far, their means and their spreads, tried on the pilots of the table; a better one may exist,
none that is worse is the limit. An alarm that looks for everything in every month finds less. A former page said that the data are the limit of what is found
slowly: for few state places in the first half year they are, for work that is lost or found faster they are not.
"""
ON_UNLISTED = """
## Pilots that leave it in a way that nobody watches for

The five other departures are watched for. What the counts look like is then one of those, or none.
"""
ON_RANKS = """
Ties are broken by lot. *Uneven*: targets whose ranks are no even tenths, by chi-square, with {sure:.0%} for any of all {tests} tests to say so by chance
(the chance in the {reference} pilots that forecasts are made of counted in).
*Within thirds*: the same in each third of pilots by what their updated forecast expects. The forecast of before the start is right on average, and wrong within the
thirds; that is the control. The other control is a forecast updated by another pilot's counts.
"""


@dataclass(frozen=True)
class Pilots:
    """What is counted in simulated pilots, and by how much each meets its targets."""

    counts: Floats
    margins: Floats


def simulate(flow: Flow, pilots: int, seed: int) -> Pilots:
    mapping = read_counts_mapping(ROOT / "experiments" / "following" / "alna_counts.yaml")
    counts = tuple(column.count() for column in mapping.columns.values())
    asked = asked_of(flow)
    measures = [one.measure for one in asked if one.measure is not None]
    variant = Variant("pilot", flow, measures=measures, counts=counts)
    found = run_variants([variant], (), seed=seed, replications={"pilot": pilots})["pilot"]
    return Pilots(found.counts.astype(np.float64), margins_of(asked, found)[0])


def rate_line(name: str, alarms: Bools) -> str:
    share, size = float(alarms.mean()), len(alarms)
    error = math.sqrt(max(share * (1 - share), 1 / size) / size)
    return f"| {name} | {100 * share:.1f} ({100 * error:.1f}) |"


@dataclass(frozen=True)
class Monitors:
    """The alarm of `follow` for one seed, without and with what is watched for."""

    plan: Floats
    held: Floats
    departures: dict[str, Floats]
    order: Ints
    plain: Monitor
    watching: Monitor

    @classmethod
    def of(cls, seed: int) -> Monitors:
        document = read_document(ROOT / "configs" / "alna_aktiv.yaml")
        flow = apply_changes(document, DECIDED)
        both = simulate(flow, 2 * REFERENCE, seed).counts
        departures = {
            name: simulate(apply_changes(document, DECIDED, changes), REFERENCE, seed).counts
            for name, changes in WATCHED.items()
        }
        mapping = read_counts_mapping(ROOT / "experiments" / "following" / "alna_counts.yaml")
        order = flow_order(flow, [column.count() for column in mapping.columns.values()])
        plan, held = both[:REFERENCE], both[REFERENCE:]
        plain = Monitor.of(plan, np.ones(plan.shape[1:], np.bool_), order, RATE)
        found = cls(plan, held, departures, order, plain, plain)
        return replace(found, watching=found.watching_for(list(WATCHED)))

    def watching_for(self, names: Sequence[str], present: Bools | None = None) -> Monitor:
        present = np.ones(self.plan.shape[1:], np.bool_) if present is None else present
        departures = [self.departures[name] for name in names]
        return Monitor.watching(self.plan, self.held, departures, present, self.order, RATE)


def rates(monitors: Monitors, new: Floats) -> list[str]:
    plan, monitor = monitors.plan, monitors.plain
    some = np.ones(plan.shape[1:], np.bool_)
    some.flat[::10] = False
    with_gaps = Monitor.of(plan, some, monitor.deviations.order, RATE)
    watching_with_gaps = monitors.watching_for(list(WATCHED), some)
    low, high = np.quantile(plan, [RATE / 2, 1 - RATE / 2], axis=0)
    outside = (new < low) | (new > high)
    return [
        "| pilots that follow the plan | raise an alarm at some time, % (standard error) |",
        "|---|---|",
        rate_line("all counts", np.isfinite(monitor.first_alarms(new))),
        rate_line("every tenth count missing", np.isfinite(with_gaps.first_alarms(new))),
        rate_line("six departures watched for", np.isfinite(monitors.watching.first_alarms(new))),
        rate_line(
            "the same, every tenth count missing",
            np.isfinite(watching_with_gaps.first_alarms(new)),
        ),
        rate_line("control: 5 % each month, one count", outside[:, :, 0].any(axis=1)),
        rate_line("control: 5 % each month, all counts", outside.any(axis=(1, 2))),
    ]


def rates_by_seed(first: Monitors, new: Floats) -> list[str]:
    """What other seeds of `follow` would have given: the chance that is in the limits."""
    shares = []
    for seed in SEEDS:
        own = first if seed == SEEDS[0] else Monitors.of(seed)
        both = (own.plain, own.watching)
        shares.append([100 * np.isfinite(one.first_alarms(new)).mean() for one in both])
        print(seed, *shares[-1], flush=True)
    lines = [
        f"| limits of {len(SEEDS)} seeds, tried on the same pilots | of each seed, % | mean, % |",
        "|---|---|---|",
    ]
    for name, own in zip(
        ("nothing watched for", "six departures"), np.transpose(shares), strict=True
    ):
        listed = ", ".join(f"{share:.1f}" for share in own)
        lines.append(f"| {name} | {listed} | {own.mean():.1f} |")
    return lines


def told_until(counts: Floats, months: int) -> Floats:
    """What a test may go by: roots of all counts so far, their means, spreads and steps."""
    roots = np.sqrt(counts[:, :months] + 0.375)
    steps = np.diff(roots, axis=1, prepend=roots[:, :1])
    parts = [roots.reshape(len(roots), -1), roots.mean(axis=1)]
    parts += [(steps**2).mean(axis=1), roots.std(axis=1)]
    return np.concatenate(parts, axis=1)


def best_test(plan: Floats, left: Floats, months: int) -> tuple[Floats, Floats]:
    """Centre and direction of the linear discriminant between pilots of the plan and others."""
    first, second = told_until(plan, months), told_until(left, months)
    away = np.vstack([first - first.mean(axis=0), second - second.mean(axis=0)])
    spread = away.std(axis=0) + 1e-9
    square = (away / spread).T @ (away / spread) / len(away) + 0.05 * np.eye(len(spread))
    apart = (second.mean(axis=0) - first.mean(axis=0)) / spread
    return first.mean(axis=0), np.linalg.solve(square, apart) / spread


def power_of_best(plan: Floats, left: Floats, new: Floats, tried: Floats) -> list[float]:
    powers = []
    for months in WHEN:
        centre, direction = best_test(plan, left, months)
        limit = np.quantile((told_until(new, months) - centre) @ direction, 1.0 - RATE)
        powers.append(float(((told_until(tried, months) - centre) @ direction > limit).mean()))
    return powers


def departures(new: Floats, monitors: Monitors, pilots: int) -> list[str]:
    document = read_document(ROOT / "configs" / "alna_aktiv.yaml")
    flow = apply_changes(document, DECIDED)
    mapping = read_counts_mapping(ROOT / "experiments" / "following" / "alna_counts.yaml")
    parts = [part_of(flow, column.count()) for column in mapping.columns.values()]
    learned = simulate(flow, LEARNED, seed=4).counts
    lines = [
        f"| how pilots leave the plan | {' | '.join(f'month {month}' for month in WHEN)} | month found (median of those found) | right part, % | looks like it, % | like none, % |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    names = list(WATCHED)
    unlisted = [
        "| how pilots leave the plan | found by month 24, % | named most | in % of those found |",
        "|---|---|---|---|",
    ]
    for name, (changes, right) in DEPARTURES.items():
        other = apply_changes(document, DECIDED, changes)
        left = simulate(other, pilots, seed=3).counts
        best = power_of_best(learned, simulate(other, LEARNED_LEFT, seed=5).counts, new, left)
        plain, first = (
            monitor.first_alarms(left) for monitor in (monitors.plain, monitors.watching)
        )
        named = [
            parts[monitors.plain.judge(pilot, left.shape[1]).suspects[0].count] in right
            for pilot in left[np.isfinite(plain)]
        ]
        like = likenesses(monitors.watching, left, first)
        cells = [
            f"{100 * np.mean(plain < month):.0f} / {100 * np.mean(first < month):.0f} / {100 * power:.0f}"
            for month, power in zip(WHEN, best, strict=True)
        ]
        is_found = np.isfinite(first)
        when = f"{np.median(first[is_found]) + 1:.0f}" if is_found.any() else "none"
        shares = [share_of(named, True), share_of(like, names.index(name)), share_of(like, None)]
        lines.append(f"| {name} | {' | '.join([*cells, when, *shares])} |")
        others = [one for one in names if one != name]
        without = monitors.watching_for(others)
        first = without.first_alarms(left)
        like = likenesses(without, left, first)
        most = max(set(like), key=like.count) if like else None
        called = "none of those watched for" if most is None else others[most]
        share = 100 * np.isfinite(first).mean()
        unlisted.append(f"| {name} | {share:.0f} | {called} | {share_of(like, most)} |")
        print(lines[-1], unlisted[-1], sep="\n", flush=True)
    return [*lines, ON_BOUND.format(learned=LEARNED, left=LEARNED_LEFT), ON_UNLISTED, *unlisted]


def likenesses(monitor: Monitor, left: Floats, first: Floats) -> list[int | None]:
    """What each pilot that is found is said to look like."""
    return [monitor.judge(pilot, left.shape[1]).looks_like for pilot in left[np.isfinite(first)]]


def share_of(found: Sequence[object], what: object) -> str:
    return f"{100 * sum(one == what for one in found) / len(found):.0f}" if found else "none"


@dataclass(frozen=True)
class Ranked:
    """Where what came lies in its forecast, and what that expected, shape (pilots, targets)."""

    ranks: Floats
    expected: Floats


def rank_all(plan: Pilots, new: Pilots, months: int, shift: int = 0) -> Ranked:
    """Ranks of new pilots in their updated forecasts; shifted, in those of other pilots."""
    present = np.zeros(plan.counts.shape[1:], np.bool_)
    present[:months] = True
    forecaster = Forecaster.learn(plan.counts, present, plan.margins)
    ranks, expected = np.empty_like(new.margins), np.empty_like(new.margins)
    for pilot, counts in enumerate(np.roll(new.counts, shift, axis=0)):
        like = forecaster.like(forecaster.locate(counts))
        forecast = like.adjusted(plan.margins[like.rows])
        weights = np.where(np.isnan(forecast), 0.0, like.weights[:, None])
        ranks[pilot] = rank_in(forecast, weights, new.margins[pilot], pilot)
        expected[pilot] = np.nansum(weights * forecast, axis=0)
    return Ranked(ranks, expected)


def rank_in(forecast: Floats, weights: Floats, came: Floats, pilot: int) -> Floats:
    total = np.maximum(weights.sum(axis=0), 1e-300)
    apart = 1e-9 * (1.0 + np.abs(came))
    below = (weights * (forecast < came - apart)).sum(axis=0) / total
    same = (weights * (np.abs(forecast - came) <= apart)).sum(axis=0) / total
    lot = uniform_table(64, "ties", 1, len(came), replication=pilot)[0]
    return np.asarray(np.where(np.isnan(came), np.nan, below + lot * same))


def uneven(parts: Sequence[Floats], tests: int) -> bool:
    """Whether the ranks of groups of pilots are no even tenths, all of them together.

    The forecasts are of pilots drawn by chance too, all of the same, so that tenths vary by more than
    the pilots that are ranked.
    """
    shared = 1.0 + sum(map(len, parts)) / REFERENCE
    statistic, groups = 0.0, 0
    for ranks in parts:
        known = ranks[~np.isnan(ranks)]
        if len(known) < 5 * TENTHS:
            continue
        found = np.histogram(known, bins=TENTHS, range=(0.0, 1.0))[0]
        each = len(known) / TENTHS
        statistic += float(((found - each) ** 2 / each).sum())
        groups += 1
    return groups > 0 and statistic / shared > chi2.isf(SURE / tests, groups * (TENTHS - 1))


def line_of(name: str, months: int, ranks: Floats, expected: Floats) -> str:
    targets = range(ranks.shape[1])
    tests = len(AT) * ranks.shape[1]
    known = ranks[~np.isnan(ranks)]
    inside = 100 * np.mean((known >= 0.05) & (known <= 0.95))
    tenths = 100 * np.histogram(known, bins=TENTHS, range=(0.0, 1.0))[0] / len(known)
    flat = sum(uneven([ranks[:, k]], tests) for k in targets)
    within = sum(
        uneven([ranks[third, k] for third in np.array_split(expected[:, k].argsort(), 3)], tests)
        for k in targets
    )
    shown = ", ".join(f"{tenth:.1f}" for tenth in tenths)
    return f"| {name} | {months} | {inside:.1f} | {flat} | {within} | {shown} |"


def calibration(plan: Pilots, new: Pilots) -> tuple[list[str], dict[int, Floats]]:
    lines = [
        "| forecast | month | held by ranges of 9 in 10, % | uneven, of {targets} targets | within thirds | tenth of the forecast that what came lies in, % of pilots: lowest to highest |",
        "|---|---|---|---|---|---|",
    ]
    lines[0] = lines[0].format(targets=new.margins.shape[1])
    kept = {}
    alike = np.where(np.isnan(plan.margins), 0.0, 1.0)
    for months in AT:
        found = rank_all(plan, new, months)
        kept[months] = found.ranks
        other = rank_all(plan, new, months, shift=1)
        before = np.array(
            [rank_in(plan.margins, alike, own, k) for k, own in enumerate(new.margins)]
        )
        lines += [
            line_of("updated", months, found.ranks, found.expected),
            line_of("control: not updated", months, before, found.expected),
            line_of("control: by another pilot's counts", months, other.ranks, other.expected),
        ]
        print(*lines[-3:], sep="\n", flush=True)
    return lines, kept


def draw(kept: dict[int, Floats], place: Path) -> None:
    """Rank histograms with the band that 99 in 100 of all their tenths lie in by chance."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 2.8), layout="constrained")
    for number, (months, ranks) in enumerate(kept.items(), 1):
        axes = figure.add_subplot(1, len(kept), number)
        known = ranks[~np.isnan(ranks)]
        shares = 100 * np.histogram(known, bins=TENTHS, range=(0.0, 1.0))[0] / len(known)
        # Targets of one pilot go together: as many lots as there are pilots.
        reach = 100 * 3.4 * math.sqrt(0.09 / len(ranks) + 0.09 / REFERENCE)
        axes.axhspan(10 - reach, 10 + reach, color="0.9")
        axes.bar(np.arange(TENTHS) + 1, shares, color="#2f6f9f", width=0.9)
        axes.axhline(10, color="0.3", linewidth=1)
        axes.set(title=f"After {months} months", xlabel="Tenth of the forecast", ylim=(0, 16))
        axes.set_xticks([1, 5, 10])
        if number == 1:
            axes.set_ylabel("What came, %")
    figure.savefig(place, dpi=110)


def spaced(parts: Sequence[str]) -> list[str]:
    """Lines with one blank line between all that are no rows of one table."""
    lines: list[str] = []
    for part in map(str.strip, parts):
        is_row = part.startswith("|") and lines and lines[-1].startswith("|")
        if lines and lines[-1] and not is_row:
            lines.append("")
        if part:
            lines.append(part)
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pilots", type=int, default=1000)
    parser.add_argument("--out", type=Path, default=ROOT / "reports" / "following" / "alarms.md")
    options = parser.parse_args()
    document = read_document(ROOT / "configs" / "alna_aktiv.yaml")
    flow = apply_changes(document, DECIDED)
    plan, new = simulate(flow, REFERENCE, seed=1), simulate(flow, options.pilots, seed=2)
    monitors = Monitors.of(SEEDS[0])
    lines, kept = calibration(plan, new)
    tests = len(AT) * new.margins.shape[1]
    parts = [
        "## Pilots that follow the plan",
        *rates(monitors, new.counts),
        "",
        *rates_by_seed(monitors, new.counts),
        f"\n## Pilots that leave it ({options.pilots} each): found until then by the alarm / with `watch_for` / by the best test, %",
        *departures(new.counts, monitors, options.pilots),
        f"## The updated forecast ({options.pilots} pilots that follow the plan)",
        *lines,
        ON_RANKS.format(sure=SURE, tests=tests, reference=REFERENCE),
        "![Rank histograms of the updated forecast after 3, 6 and 12 months](ranks.png)",
    ]
    text = HEAD.format(pilots=options.pilots, reference=REFERENCE, rate=RATE)
    text += "\n".join(spaced(parts)) + "\n"
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(text, encoding="utf-8")
    draw(kept, options.out.with_name("ranks.png"))
    print(text)


if __name__ == "__main__":
    main()
