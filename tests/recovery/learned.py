"""How often intervals that are learned from a register hold the truth that was planted.

Flows drawn at random are simulated; a register looks at each for some years in the midst of it, so
that most stays begin before, end after, or both; the flow is learned back from a sketch with other
numbers. Beside it stands the naive learner, who takes the stays that ended for all there are.

    python -m tests.recovery.learned --flows 200
    python -m tests.recovery.learned --flows 200 --arrivals     # their rows anew, the others as they stand
"""

import argparse
from collections import Counter
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np

import pilotsim
from pilotsim.learning.arrival_parts import _fits, _part, learn_arrivals, months_between
from pilotsim.learning.ends import LearnedFrom, find_ends
from pilotsim.learning.events import read_stays
from pilotsim.learning.learning import learn_from_stays
from pilotsim.learning.mapping import EventMapping
from pilotsim.learning.stays import day_of

REPORT = Path("reports/learning/recovery.md")
YEARS = 5
# Of 200 flows there are 200 intervals of arrivals, too few to tell 93 % from 95 %; so streams are drawn by themselves, too. None
# of them has a trend or a season: intervals that count with either are wider than they need be here.
STREAMS = 6000
KINDS = ("length", "shares", "speed", "arrivals", "trait")
SKETCH = """
flow: planted
title: Planted
starts: 2010-01-01
lasts: {years} years
traits:
  young: {{share: {young} %}}
groups:
  recipients: {{starts_in: talk, arrivals: {arrivals} per month}}
risks:
  job: {{to: work, rate: {job} % per month, times: {{young: {times}}}}}
  ill: {{to: other, rate: {ill} % per month}}
stages:
  talk: {{lasts: {talk}, next: {{training: {training} %, course: {course} %, done: rest}}, risks: {{job: 1, ill: 1}}}}
  training: {{lasts: {long}, next: {{done: 100 %}}, risks: {{job: {in_training} % per month, ill: 1}}}}
  course: {{lasts: {short}, next: {{training: {after} %, done: rest}}, risks: {{job: 1}}}}
  done: {{counts_as: not_counted}}
  work: {{counts_as: work}}
  other: {{counts_as: other_benefit}}
"""


def plant(number):
    """A flow drawn at random: the numbers of `SKETCH`, the truth of each path by its kind."""
    draw = np.random.default_rng(number)

    def length(low, high):
        mean = round(draw.uniform(low, high), 1)
        family = draw.choice(["exponential", "gamma", "weibull", "lognormal", "loglogistic"])
        if family == "exponential":
            return f"{{exponential: {{mean: {mean} days}}}}"
        second = {
            "gamma": ("cv", draw.uniform(0.4, 1.3)),
            "lognormal": ("cv", draw.uniform(0.4, 1.3)),
            "weibull": ("shape", draw.uniform(0.8, 2.5)),
            "loglogistic": ("shape", draw.uniform(2.5, 5.0)),
        }[str(family)]
        return f"{{{family}: {{mean: {mean} days, {second[0]}: {second[1]:.3f}}}}}"

    numbers = {
        "years": YEARS,
        "young": round(draw.uniform(20, 60), 1),
        "arrivals": round(draw.uniform(15, 35), 1),
        "job": round(draw.uniform(2, 5), 2),
        "times": round(draw.uniform(0.6, 2), 2),
        "ill": round(draw.uniform(1.5, 4), 2),
        "talk": length(40, 120),
        "long": length(150, 400),
        "short": length(20, 90),
        "training": round(draw.uniform(25, 40), 1),
        "course": round(draw.uniform(25, 40), 1),
        "in_training": round(draw.uniform(2, 5), 2),
        "after": round(draw.uniform(30, 70), 1),
    }
    return SKETCH.format(**numbers)


def sketch():
    """What somebody knows who does not know the numbers: other ones, and no families."""
    numbers = dict.fromkeys(
        ("young", "job", "ill", "training", "course", "in_training", "after"), 9
    )
    lengths = dict.fromkeys(("talk", "long", "short"), "3 weeks")
    return pilotsim.read_text(
        SKETCH.format(**numbers, **lengths, years=YEARS, arrivals=9, times=1.1)
    )


def register_of(text, number, folder, until="2013-01-01"):
    """What a register that looks from 2011 on shows of a flow."""
    flow = pilotsim.read_text(text)
    journeys = pilotsim.simulate(flow, seed=number)
    file = Path(folder) / "log.csv"
    pilotsim.to_event_log(journeys).drop(columns=["joined", "cause"]).to_csv(file, index=False)
    mapping = EventMapping.model_validate(
        {"event_mapping": "planted", "observed": {"from": "2011-01-01", "until": until}}
    )
    return flow, read_stays(file, sketch(), mapping)


def naive(stays):
    """The same stays as the naive learner sees them: only those that ended, seen from the start."""
    ended = stays.where(stays.has_left)
    return replace(ended, seen_from=np.full(len(ended), -np.inf))


def told(found, truth):
    """Each number that was learned and is in the flow as planted: kind, path, interval, truth."""
    for part in found.parts:
        for value in part.values:
            true = truth.values.get(value.path)
            number = None if true is None else true.number
            if part.kind == "length" and value.path.endswith(".mean"):
                # Whatever family was taken: the mean is the mean.
                number = truth.stages[part.about].lasts.parameters[0].number
            if number is not None:
                yield part.kind, value.path, value, number


def recover(number, folder):
    """How many intervals of each kind hold the truth, and of how many, for both learners."""
    truth, stays = register_of(plant(number), number, folder)
    found = {}
    for name, seen in (("learned", stays), ("naive", naive(stays))):
        hits, all_ = Counter(), Counter()
        for kind, _, value, number_ in told(learn_from_stays(seen, sketch()), truth):
            all_[kind] += 1
            hits[kind] += value.low <= number_ <= value.high
        found[name] = hits, all_
    return found


def recover_arrivals(number, folder):
    """The counts of `recover` of arrivals alone, which need nothing of lengths, shares and speeds."""
    truth, stays = register_of(plant(number), number, folder)
    found = {}
    for name, seen in (("learned", stays), ("naive", naive(stays))):
        given = LearnedFrom(seen, find_ends(seen, sketch()), sketch(), 1)
        value = learn_arrivals(given, "recipients").values[0]
        held = value.low <= truth.values[value.path].number <= value.high
        found[name] = Counter(arrivals=held), Counter(arrivals=1)
    return found


def recover_all(numbers, folder, recover=recover):
    """The counts of `recover` over several flows."""
    total = {name: (Counter(), Counter()) for name in ("learned", "naive")}
    for number in numbers:
        for name, counts in recover(number, folder).items():
            for whole, part in zip(total[name], counts, strict=True):
                whole.update(part)
    return total


def streams(count, number=7):
    """How many intervals of arrivals hold the truth, of streams by chance alone over two years."""
    months = months_between(day_of(date(2011, 1, 1)), day_of(date(2013, 1, 1)))
    edges = np.array([first for first, _, _ in months] + [months[-1][1]])
    seasons = np.array([month for _, _, month in months])
    draw, flow, hits = np.random.default_rng(number), sketch(), 0
    for _ in range(count):
        rate = draw.uniform(0.5, 1.15)
        counts = draw.poisson(rate * np.diff(edges)).astype(np.float64)
        fits = _fits(counts, np.diff(edges), seasons, (edges[:-1] + edges[1:]) / 2 - edges[-1])
        value = _part(fits, counts, flow, "recipients", 1).values[0]
        hits += value.low <= rate <= value.high
    return hits


def report(total, flows, of_streams):
    """The counts as a page."""
    lines = [
        "# Planted flows, learned back",
        "",
        f"Made by: `python -m tests.recovery.learned --flows {flows}`. {flows} flows drawn at random are simulated for {YEARS} years, and a register "
        "looks at each from the second year to the end of the third: most stays are cut off at one end or both. The sketch has other "
        "numbers and no families. The naive learner takes the stays that ended while the register looked for all there are.",
        "",
        "| what | intervals | hold the truth | naive: intervals | hold the truth |",
        "|---|--:|--:|--:|--:|",
    ]
    for kind in KINDS:
        cells = []
        for name in ("learned", "naive"):
            hits, all_ = total[name]
            share = f"{100 * hits[kind] / all_[kind]:.1f} %" if all_[kind] else "–"
            cells += [f"{all_[kind]}", share]
        lines.append(f"| {kind} | " + " | ".join(cells) + " |")
    share = 100 * of_streams / STREAMS
    lines.append(
        f"| arrivals, {STREAMS:,} streams by themselves | {STREAMS} | {share:.1f} % | – | – |"
    )
    lines += ["", "An interval is to hold the truth 95 times in 100."]
    return "\n".join(lines) + "\n"


def with_arrivals(old, new):
    """A page whose rows of arrivals are those of another."""
    rows = [line for line in new.splitlines() if line.startswith("| arrivals")]
    return "".join(
        (rows.pop(0) if line.startswith("| arrivals") else line) + "\n" for line in old.splitlines()
    )


def main():
    import tempfile

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--flows", type=int, default=200)
    parser.add_argument("--out", type=Path, default=REPORT)
    parser.add_argument("--arrivals", action="store_true")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        one = recover_arrivals if asked.arrivals else recover
        total = recover_all(range(1, asked.flows + 1), folder, one)
        text = report(total, asked.flows, streams(STREAMS))
    if asked.arrivals:
        text = with_arrivals(asked.out.read_text(encoding="utf-8"), text)
    asked.out.parent.mkdir(parents=True, exist_ok=True)
    asked.out.write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
