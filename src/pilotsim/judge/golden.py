"""What a flow comes to on every machine, as committed hashes: of journeys, measures, verdicts.

Journeys are held to the bit. Measures are held to nine digits, since sums and quantiles of what the
engine returned may still be numpy's and SciPy's, whose last digits are a machine's own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from pilotsim.base.files import digest_of, read_json, write_json
from pilotsim.judge.check import check_targets
from pilotsim.judge.validation import validate
from pilotsim.model.flow import Flow
from pilotsim.runs.batches import Progress
from pilotsim.simulation.engines import run_replications
from pilotsim.simulation.fingerprint import fingerprints, joined
from pilotsim.simulation.parameters import draw_numbers
from pilotsim.simulation.resolved import resolve_flow

COMMITTED = Path(__file__).with_name("golden_hashes.json")
REPLICATIONS = 100
SEED = 1
# How many replications are run at once.
BLOCK = 10


@dataclass(frozen=True)
class Hashes:
    """What 100 runs of a flow with drawn assumptions come to.

    Parameters
    ----------
    file : str
        Of the flow file's content, whatever ends its lines.
    journeys : str
        Of all journeys, with the programme and without, to the bit.
    measures : str
        Of what the targets and the published figures measure in each run, to nine digits.
    verdicts : str
        Of the words of both, and of how many runs met each target.
    """

    file: str
    journeys: str
    measures: str
    verdicts: str

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
    return (3 if flow.observed else 2) * REPLICATIONS


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
    how: dict[str, Any] = {
        "replications": REPLICATIONS,
        "seed": SEED,
        "jobs": jobs,
        "engine": engine,
        "progress": progress,
    }
    check = check_targets(flow, what_if=False, **how)
    values = dict(check.values)
    words = [f"{one.question.name} {one.word} {one.probability:.9g}" for one in check.verdicts]
    if flow.observed:
        validation = validate(flow, **how)
        values |= {f"observed {name}": column for name, column in validation.values.items()}
        words += [f"{one.output} {one.word}" for one in validation.comparisons]
    numbers = [f"{name} {number:.9g}" for name, column in values.items() for number in column]
    return Hashes(
        digest_of(content.replace(b"\r\n", b"\n")),
        _journeys(flow, engine),
        digest_of("\n".join(numbers).encode()),
        digest_of("\n".join(words).encode()),
    )


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


def _journeys(flow: Flow, engine: str | None) -> str:
    return joined(
        [
            one
            for offered in (True, False)
            for first in range(0, REPLICATIONS, BLOCK)
            for one in _fingerprints(
                flow, range(REPLICATIONS)[first : first + BLOCK], offered, engine
            )
        ]
    )


def _fingerprints(
    flow: Flow, replications: Sequence[int], offered: bool, engine: str | None
) -> list[str]:
    plans = [resolve_flow(flow, draw_numbers(flow, SEED, one)) for one in replications]
    return fingerprints(run_replications(plans, SEED, replications, offered=offered, engine=engine))
