"""What a flow comes to on every machine, as committed hashes: of journeys, measures, verdicts.

All are held to the bit, in every engine, and outside of Python as well.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from hashlib import sha256
from pathlib import Path

import numpy as np

from pilotsim.base.files import digest_of, read_json, write_json
from pilotsim.judge.judging import judge_all
from pilotsim.judge.question_runs import QuestionRuns
from pilotsim.judge.readings import verdicts_by_reading
from pilotsim.judge.validation import validate
from pilotsim.judge.verdicts import Verdict, questions_of
from pilotsim.model.flow import Flow
from pilotsim.runs.batches import Outcome, Progress, Variant, run_variants
from pilotsim.simulation.engines import run_replications
from pilotsim.simulation.fingerprint import bits_of, fingerprints, joined
from pilotsim.simulation.parameters import draw_numbers
from pilotsim.simulation.resolved import resolve_flow

COMMITTED = Path(__file__).with_name("golden_hashes.json")
REPLICATIONS = 100
SEED = 1
# How many replications are run at once.
BLOCK = 10
MAIN = "main"


@dataclass(frozen=True)
class Hashes:
    """What 100 runs of a flow with drawn assumptions come to.

    Parameters
    ----------
    file : str
        Of the flow file's content, whatever ends its lines.
    journeys : str
        Of all journeys, with the programme and without.
    measures : str
        Of what the targets and the published figures measure in each run, and what that rests on.
    verdicts : str
        Of the verdicts on the targets, over all runs and in each reading of the sources.
    published : str
        Of the words on the published figures.
    """

    file: str
    journeys: str
    measures: str
    verdicts: str
    published: str

    def differs_from(self, other: Hashes) -> list[str]:
        """Return which of them differ, by name; of another file, that alone.

        Parameters
        ----------
        other : Hashes
            Of the same flow.
        """
        names = [one.name for one in fields(self)]
        found = [name for name in names if getattr(self, name) != getattr(other, name)]
        return ["file"] if "file" in found else found


def count_runs(flow: Flow) -> int:
    """Return how many runs the progress of a flow counts."""
    return (2 if flow.observed else 1) * REPLICATIONS


def hashes_of(
    flow: Flow,
    content: bytes,
    *,
    jobs: int = 1,
    engine: str | None = None,
    progress: Progress | None = None,
) -> Hashes:
    """Return what the runs of a flow come to here.

    Parameters
    ----------
    flow : Flow
        What the file says.
    content : bytes
        What is in it.
    jobs : int
        Processes at once; -1 for one a core.
    engine : str, optional
        `kernel` (compiled) or `process` (SimPy); the fastest there is, unless said.
    progress : callable, optional
        Called with the number of runs just done, of `count_runs` in all.
    """
    outcome = outcome_of(flow, SEED, REPLICATIONS, jobs=jobs, engine=engine, progress=progress)
    words = []
    if flow.observed:
        validation = validate(
            flow,
            replications=REPLICATIONS,
            seed=SEED,
            jobs=jobs,
            engine=engine,
            progress=progress,
        )
        words = [f"{one.output} {one.word}" for one in validation.comparisons]
    return Hashes(
        digest_of(content.replace(b"\r\n", b"\n")),
        joined([one for world in journeys_of(flow, SEED, REPLICATIONS, engine) for one in world]),
        digest_of_measures(outcome),
        digest_of_verdicts(verdicts_of(flow, outcome, SEED, engine)),
        digest_of("\n".join(words).encode()),
    )


def outcome_of(
    flow: Flow,
    seed: int,
    replications: int,
    *,
    jobs: int = 1,
    engine: str | None = None,
    progress: Progress | None = None,
) -> Outcome:
    """Return what targets, and then published figures, measure in both worlds.

    Parameters
    ----------
    flow : Flow
        What the file says.
    seed : int
        The seed.
    replications : int
        How many, from replication 0 on.
    jobs, engine, progress
        As for `hashes_of`.
    """
    asked = [question.measure for question in questions_of(flow)]
    published = [observed.measure for observed in flow.observed.values()]
    return run_variants(
        [Variant(MAIN, flow, with_counterfactual=True, engine=engine)],
        [measure for measure in (*asked, *published) if measure is not None],
        seed=seed,
        replications={MAIN: replications},
        jobs=jobs,
        progress=progress,
    )[MAIN]


def verdicts_of(
    flow: Flow, outcome: Outcome, seed: int, engine: str | None = None
) -> list[Verdict]:
    """Return the verdicts on the targets, over all runs and then in each reading of the sources.

    Parameters
    ----------
    flow : Flow
        What was run, its assumptions drawn.
    outcome : Outcome
        What `outcome_of` returned.
    seed : int
        The seed of the run.
    engine : str, optional
        As for `hashes_of`.
    """
    questions = list(questions_of(flow))
    asked = [question for question in questions if question.measure is not None]
    runs = {
        question.name: QuestionRuns.of_outcome(outcome, column, question.bound)
        for column, question in enumerate(asked)
    }
    found = judge_all(flow, questions, [runs.get(one.name) for one in questions], engine=engine)
    readings = verdicts_by_reading(
        flow, asked, list(runs.values()), len(outcome.values), seed, engine=engine
    )
    return [*found, *(verdict for reading in readings for verdict in reading.verdicts)]


def digest_of_measures(outcome: Outcome) -> str:
    """Return the digest of what was measured: by replication, by measure, as kernels write it."""
    support = outcome.support
    numbers = (
        outcome.values,
        support.base,
        support.left_out,
        support.waiting,
        support.beyond,
        outcome.counterfactual,
    )
    return sha256(bits_of(np.stack(numbers, axis=2))).hexdigest()


def digest_of_verdicts(verdicts: Sequence[Verdict]) -> str:
    """Return the digest of verdicts: of all names with their words, then of all numbers."""
    words = "".join(f"{one.question.name} {one.word}\n" for one in verdicts)
    numbers = bits_of(np.array([_numbers_of(one) for one in verdicts], np.float64))
    return sha256(words.encode() + numbers).hexdigest()


def _numbers_of(verdict: Verdict) -> list[float]:
    rests_on, anyway = verdict.rests_on, verdict.chance_anyway
    nothing = (np.nan,) * 3
    return [
        verdict.probability,
        *verdict.interval,
        verdict.expected,
        verdict.low,
        verdict.high,
        verdict.undefined,
        *(rests_on.base, rests_on.left_out, rests_on.waiting, rests_on.bounded),
        verdict.counterfactual,
        *(nothing if anyway is None else (anyway.mean, anyway.low, anyway.high)),
        verdict.half,
        *verdict.ends_known,
        verdict.question.bound.number,
        np.nan if verdict.ceiling is None else verdict.ceiling.number,
    ]


def committed() -> dict[str, Hashes]:
    """Return what each flow of the program's own comes to, by its name."""
    return {name: Hashes(**found) for name, found in read_json(COMMITTED).items()}


def commit(found: Mapping[str, Hashes]) -> None:
    """Write what flows come to from now on.

    Parameters
    ----------
    found : mapping of str to Hashes
        By the flow's name.
    """
    write_json(COMMITTED, {name: asdict(found[name]) for name in sorted(found)})


def journeys_of(
    flow: Flow, seed: int, replications: int, engine: str | None = None
) -> tuple[list[str], list[str]]:
    """Return the fingerprint of each run with the programme, and of each without.

    Parameters
    ----------
    flow : Flow
        What the file says.
    seed : int
        The seed.
    replications : int
        How many, from replication 0 on.
    engine : str, optional
        As for `hashes_of`.
    """
    worlds: tuple[list[str], list[str]] = ([], [])
    for first in range(0, replications, BLOCK):
        some = range(replications)[first : first + BLOCK]
        plans = [resolve_flow(flow, draw_numbers(flow, seed, one)) for one in some]
        for world, offered in zip(worlds, (True, False), strict=True):
            found = run_replications(plans, seed, some, offered=offered, engine=engine)
            world.extend(fingerprints(found))
    return worlds
