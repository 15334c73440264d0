"""Running an evaluation on all cores, its draws stored block by block, and what it comes to."""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from pilotsim.base.arguments import checks_arguments
from pilotsim.base.errors import Notice, RequestError, RunError
from pilotsim.base.from_above import Shown
from pilotsim.base.limits import Needs, check_needs
from pilotsim.base.message_storage import message_from_json
from pilotsim.base.messages import Message
from pilotsim.evaluation.detectable import DetectableEffect, find_detectable
from pilotsim.evaluation.diagnosis import Diagnosis, Trials, diagnose
from pilotsim.evaluation.effect_size import (
    BeliefInPoints,
    EffectScaleCurve,
    belief_in_points,
    make_curve,
)
from pilotsim.evaluation.estimators import find_estimator
from pilotsim.evaluation.evaluation import Design, Evaluation
from pilotsim.evaluation.looks_tried import LookTrials, TriedLooks, try_looks
from pilotsim.evaluation.reading import contents_of, identity_of_source
from pilotsim.evaluation.strategy import Strategy
from pilotsim.evaluation.trial import (
    NUMBERS,
    OF_LOOKS,
    PRIOR,
    RANGE,
    look_columns,
    looks_of,
    try_draws,
)
from pilotsim.measures.block import prepare_for_processes
from pilotsim.model.flow import Flow
from pilotsim.runs import Columns, Local, Manifest, Store, Task, work
from pilotsim.runs.budget import PlannedRuns, check_budget, seconds_of
from pilotsim.runs.store import CODE, as_kept, what_flows_rest_on
from pilotsim.simulation.resolved import resolve_flow
from pilotsim.simulation.size import expected_clients

KIND, BLOCK = "evaluation", 20
# So few draws for each process are begun without trying one before: they would take a minute each.
FEW_DRAWS = 700
WAY_OUT = Message("To begin anew, name another folder with --runs, or remove this one.")
NOTHING_TO_TRY = Message(
    "nothing can be tried: both arms of each comparison are offered the programme, of which the "
    "flow has one; compare an arm with one that is not offered it, or take another design"
)
EVALUATE_AGAIN = Message("To file what was found, evaluate the file as it is now.")
# Which row of a draw it was says nothing about the design: in a text, and as a message of its own.
_ROW = re.compile(r" \((?:row|column) (?:[0-9]+|\{\w+\})\)")


@dataclass(frozen=True)
class DesignResult:
    """A design with one answer strategy, tried on many drawn pilots.

    Parameters
    ----------
    cell : mapping of str to str
        The levels of the grid.
    design : Design
        Who was offered the programme when.
    strategy : Strategy
        How the effect was estimated.
    trials : Trials
        What came out in each draw.
    diagnosis : Diagnosis
        What follows.
    detectable : DetectableEffect or None
        The least effect that it can see; None where that was not asked.
    refusals : mapping of str to int
        Why it gave no answer, and how often; messages where they can be said in other languages.
    looks : TriedLooks or None
        What looks along the way come to; None where it has none, or too few draws.
    """

    cell: Mapping[str, str]
    design: Design
    strategy: Strategy
    trials: Trials
    diagnosis: Diagnosis
    detectable: DetectableEffect | None
    refusals: Mapping[str, int]
    looks: TriedLooks | None = None

    @property
    def is_in_points(self) -> bool:
        """Whether estimate and truth are differences of shares, shown in percentage points."""
        return self.strategy.estimand.is_share and estimates_size(self.strategy)


def estimates_size(strategy: Strategy) -> bool:
    """Tell whether an estimate is in the unit of the inquiry.

    A ratio of hazards or a test can be right or wrong about whether there is an effect, and on
    which side; neither says how large it is.
    """
    return find_estimator(strategy.estimator).scale == "difference"


@dataclass(frozen=True)
class EvaluationResult(Shown):
    """What an evaluation came to.

    Parameters
    ----------
    cells : tuple of Evaluation
        What was evaluated: one for each combination of the grid's levels.
    tried : tuple of DesignResult
        Every design with every answer strategy, in the order of the cells.
    beliefs : tuple of BeliefInPoints or None
        What the flow's belief about the effect comes to in points, for each cell; None where the
        programme is as strong as the flow has it.
    """

    cells: tuple[Evaluation, ...]
    tried: tuple[DesignResult, ...]
    beliefs: tuple[BeliefInPoints | None, ...] = ()

    @property
    def fixed(self) -> bool:
        """Whether all assumptions stood at their values."""
        return self.cells[0].fixed

    @property
    def draws(self) -> int:
        """How many pilots each design was tried in."""
        return self.cells[0].draws

    @property
    def flows(self) -> tuple[Flow, ...]:
        """The flow of each district in each cell."""
        return tuple(place.flow for cell in self.cells for place in cell.places)

    @property
    def notices(self) -> tuple[Notice, ...]:
        """What the flow says without effect; a trait may still be what an analysis goes by."""
        found = self.flows[0].notices
        return tuple(notice for notice in found if not notice.path.startswith("traits."))


def with_draws(
    cells: Sequence[Evaluation], draws: int | None, seed: int | None
) -> tuple[Evaluation, ...]:
    """Return an evaluation with another number of draws or another seed; None leaves it.

    Raises
    ------
    RequestError
        It is no evaluation.
    """
    found = tuple(cells)
    if not found or not all(isinstance(cell, Evaluation) for cell in found):
        raise RequestError(Message("evaluation: expected what pilotsim.read_evaluation returns"))
    return tuple(
        replace(
            cell,
            draws=cell.draws if draws is None else draws,
            seed=cell.seed if seed is None else seed,
        )
        for cell in found
    )


def count_draws(cells: Sequence[Evaluation]) -> int:
    """Return how many pilots an evaluation draws, as `progress` counts them."""
    return sum(cell.draws + cell.range_draws for cell in cells)


@checks_arguments
def evaluate(
    evaluation: Sequence[Evaluation],
    *,
    draws: int | None = None,
    seed: int | None = None,
    folder: str | Path | None = None,
    identity: Mapping[str, str] | None = None,
    jobs: int = 1,
    progress: Callable[[int], None] | None = None,
) -> EvaluationResult:
    """Return every design with every answer strategy, tried on the draws of each cell.

    Parameters
    ----------
    evaluation : sequence of Evaluation
        As `read_evaluation` returns them: one for each cell of the grid.
    draws, seed : int, optional
        How many pilots are drawn, and the seed; as the file says, unless given.
    folder : str or Path, optional
        Where blocks of draws are kept, so that a run that was stopped goes on.
    identity : mapping of str to str, optional
        What the blocks rest on: the files' own words; those of the file that was read, unless
        given.
    jobs : int
        Processes at once; -1 for one a core.
    progress : callable, optional
        Called with the number of draws just done.

    Raises
    ------
    RequestError
        No design of the file can be tried: the arms of each comparison are both offered the
        programme. Or the draws need more time or memory than the limits allow.
    RunError
        Another run stands in the folder, or the file was changed since it was read.

    Examples
    --------
    >>> found = pilotsim.evaluate(pilotsim.read_evaluation("evaluation.yaml"), draws=200, jobs=-1)
    ...                                                      # doctest: +SKIP
    """
    cells = with_draws(evaluation, draws, seed)
    if not cells[0].designs:
        raise RequestError(NOTHING_TO_TRY)
    store = Store(Path(folder)) if folder is not None else None
    source = cells[0].source
    if store and identity is None and source is not None:
        identity = identity_of_source(source)
    _check_memory(cells, jobs)
    with store.lock() if store else nullcontext():
        if store:
            store.begin(manifest_of(cells[0], identity or {}), WAY_OUT)
        curves = [make_curve(cell) if cell.effects else None for cell in cells]
        tasks = [
            task
            for number, cell in enumerate(cells)
            for task in tasks_of(number, cell, curves[number])
        ]
        _check_time(tasks, store, jobs)
        blocks = _run(tasks, store, jobs, progress)
    tried = [one for number, cell in enumerate(cells) for one in _conclude(number, cell, blocks)]
    beliefs = [
        belief_in_points(cell, curve) if curve else None
        for cell, curve in zip(cells, curves, strict=True)
    ]
    return EvaluationResult(tuple(cells), tuple(tried), tuple(beliefs))


def _check_memory(cells: Sequence[Evaluation], jobs: int) -> None:
    """Make sure that the districts of a draw fit into memory, and what all draws come to."""
    clients = [
        sum(expected_clients(resolve_flow(place.flow)) for place in cell.places) for cell in cells
    ]
    planned = [
        PlannedRuns(
            own,
            cell.draws + cell.range_draws,
            len(NUMBERS) * sum(len(design.strategies) for design in cell.designs),
        )
        for own, cell in zip(clients, cells, strict=True)
    ]
    check_budget(planned, jobs=jobs)


def _check_time(tasks: Sequence[Task], store: Store | None, jobs: int) -> None:
    """Make sure that draws that are missing do not take too long, by the time that one takes."""
    there = store.block_files() if store else {}
    missing = [task for task in tasks if task.key not in there]
    draws = sum(len(task.arguments[2]) for task in missing)
    workers = Local(jobs).count
    if draws < FEW_DRAWS * workers:
        return
    cell, kind, some, curve = missing[0].arguments
    seconds = seconds_of(lambda: try_draws(cell, kind, some[:1], curve))
    check_needs(Needs(seconds=seconds * draws / workers))


def read_stored(
    cells: Sequence[Evaluation], folder: Path, identity: Mapping[str, str]
) -> EvaluationResult:
    """Return what stored draws come to, without drawing any.

    Parameters
    ----------
    cells : sequence of Evaluation
        As `read_evaluation` returns them; seed and number of draws are those of the folder.
    folder : Path
        Where `evaluate` kept its blocks.
    identity : mapping of str to str
        What the blocks must rest on.

    Raises
    ------
    RunError
        The folder holds no evaluation, one of another file, or one with gaps.
    """
    store = Store(folder)
    manifest = store.read_manifest()
    if manifest is None or manifest.kind != KIND:
        raise RunError(
            Message(
                "{folder} holds no evaluation; run pilotsim evaluate with --runs {folder} first",
                folder=folder,
            )
        )
    seed = int(manifest.identity.get("seed", cells[0].seed))
    store.check(manifest_of(replace(cells[0], seed=seed), identity), EVALUATE_AGAIN)
    blocks = dict(store.sound_blocks())
    drawn = dict.fromkeys((PRIOR, RANGE), 0)
    for _, kind, _, last in (key.split("-") for key in blocks):
        drawn[kind] = max(drawn[kind], int(last))
    if not any(drawn.values()):
        raise RunError(
            Message(
                "{folder}: the evaluation was stopped before anything was drawn; run pilotsim "
                "evaluate again",
                folder=folder,
            )
        )
    own = tuple(
        replace(cell, seed=seed, draws=drawn[PRIOR], range_draws=drawn[RANGE]) for cell in cells
    )
    nowhere = EffectScaleCurve((), np.zeros(0))
    wanted = [task.key for k, cell in enumerate(own) for task in tasks_of(k, cell, nowhere)]
    missing = sum(key not in blocks for key in wanted)
    if missing:
        raise RunError(
            Message(
                "{folder}: the evaluation was stopped before its end ({missing} blocks of draws "
                "are missing); run pilotsim evaluate again, it goes on where it stopped",
                folder=folder,
                missing=missing,
            )
        )
    tried = [one for number, cell in enumerate(own) for one in _conclude(number, cell, blocks)]
    curves = [make_curve(cell) if cell.effects else None for cell in own]
    beliefs = [
        belief_in_points(cell, curve) if curve else None
        for cell, curve in zip(own, curves, strict=True)
    ]
    return EvaluationResult(own, tuple(tried), tuple(beliefs))


def digest_of_draws(folder: Path) -> str:
    """Return the SHA-256 of stored draws and of what they rest on, as 64 hexadecimal digits."""
    store = Store(folder)
    manifest = store.read_manifest()
    rests_on = sorted(manifest.identity_and_kind.items()) if manifest else []
    names = sorted(file.name for file in store.block_files().values())
    return hashlib.sha256(json.dumps([rests_on, names]).encode()).hexdigest()


def tasks_of(number: int, cell: Evaluation, curve: EffectScaleCurve | None) -> Iterator[Task]:
    """Yield a cell's blocks of draws."""
    for kind, draws in ((PRIOR, cell.draws), (RANGE, cell.range_draws if curve else 0)):
        for first in range(0, draws, BLOCK):
            last = min(first + BLOCK, draws)
            yield Task(
                f"{number}-{kind}-{first}-{last}",
                try_draws,
                (cell, kind, range(first, last), curve),
            )


def manifest_of(cell: Evaluation, identity: Mapping[str, str]) -> Manifest:
    """Return what the draws of an evaluation rest on; how many is no part of it."""
    rests = {
        **identity,
        "seed": str(cell.seed),
        **what_flows_rest_on([cell.flow]),
        **_what_answers_rest_on(cell),
    }
    told = contents_of(cell.source.file) if cell.source is not None else {}
    return Manifest(KIND, cell.name, rests, {"block": BLOCK, **as_kept(told)})


def _what_answers_rest_on(cell: Evaluation) -> dict[str, str]:
    """Return the version of each estimator and outcome of one's own, as a manifest has it."""
    strategies = [one for design in cell.designs for one in design.strategies]
    asked = {one.estimator: one.code for one in strategies}
    asked |= {one.estimand.outcome: one.outcome_code for one in strategies}
    return {
        f"{CODE}{name}": f"{code[0]} {code[2]}" for name, code in asked.items() if code is not None
    }


def _run(
    tasks: Sequence[Task], store: Store | None, jobs: int, progress: Callable[[int], None] | None
) -> dict[str, Columns]:
    blocks: dict[str, Columns] = dict(store.sound_blocks()) if store else {}

    def done(task: Task, columns: Columns) -> None:
        blocks[task.key] = columns
        if progress is not None:
            progress(len(task.arguments[2]))

    for task in tasks:
        if task.key in blocks and progress is not None:
            progress(len(task.arguments[2]))
    workers = Local(jobs)
    if workers.count > 1 and any(task.key not in blocks for task in tasks):
        prepare_for_processes()
    if store is not None:
        work(store, tasks, workers, done)
    else:
        for task, columns in workers.run(task for task in tasks if task.key not in blocks):
            done(task, columns)
    return blocks


def _conclude(
    number: int, cell: Evaluation, blocks: Mapping[str, Columns]
) -> Iterator[DesignResult]:
    pairs = [(design, strategy) for design in cell.designs for strategy in design.strategies]
    prior, spread = (_rows(number, kind, cell, blocks) for kind in (PRIOR, RANGE))
    for tried, (design, strategy) in enumerate(pairs):
        own = prior["tried"] == tried
        trials = trials_of(prior, own)
        reasons = Counter(sorted(_refusals_of(prior, own)))
        found = (
            find_detectable(trials_of(spread, spread["tried"] == tried), cell.power, 1 - cell.level)
            if len(spread["tried"])
            else None
        )
        yield DesignResult(
            cell.cell,
            design,
            strategy,
            trials,
            diagnose(trials, 1 - cell.level, has_size=estimates_size(strategy)),
            found,
            reasons,
            _looks(design, strategy, prior, own),
        )


def _looks(
    design: Design, strategy: Strategy, columns: Mapping[str, Any], rows: Any
) -> TriedLooks | None:
    if design.schedule is None or strategy is not design.strategies[0]:
        return None
    parts = {
        name: np.column_stack(
            [
                np.asarray(columns[f"look{look}_{name}"], np.float64)[rows]
                for look in range(len(design.schedule.months))
            ]
        )
        for name in OF_LOOKS
    }
    return try_looks(design.schedule, LookTrials(**parts))


def _refusals_of(columns: Mapping[str, Any], rows: Any) -> Iterator[str]:
    """Yield why each of some rows has no answer; the text where no message was stored with it."""
    texts, stored = (np.asarray(columns[name])[rows] for name in ("refusal", "refusal_message"))
    for text, message in zip(texts, stored, strict=True):
        if text:
            yield _without_row(message_from_json(message) if message else str(text))


def _without_row(reason: str) -> str:
    if not isinstance(reason, Message):
        return _ROW.sub("", reason)
    parts = {
        name: _without_row(part) if isinstance(part, str) else part
        for name, part in reason.parts.items()
    }
    return "" if _ROW.fullmatch(reason.template) else type(reason)(reason.template, **parts)


def trials_of(columns: Mapping[str, Any], rows: Any) -> Trials:
    """Return some rows of a table of answers."""
    return Trials(**{name: np.asarray(columns[name], np.float64)[rows] for name in NUMBERS})


def _rows(
    number: int, kind: str, cell: Evaluation, blocks: Mapping[str, Columns]
) -> dict[str, Any]:
    """Return the table of all draws of a kind, in order of draws."""
    wanted = [
        task.key
        for task in tasks_of(number, cell, EffectScaleCurve((), np.zeros(0)))
        if f"-{kind}-" in task.key
    ]
    found = [blocks[key] for key in wanted if key in blocks]
    # Blocks of earlier versions hold the text of a refusal alone, and did not count who started.
    found = [
        {
            "refusal_message": [""] * len(block["refusal"]),
            "starts": [np.nan] * len(block["refusal"]),
            **block,
        }
        for block in found
    ]
    names = (*NUMBERS, *look_columns(looks_of(cell)), "draw", "tried", "refusal", "refusal_message")
    return {
        name: np.concatenate([np.asarray(block[name]) for block in found]) if found else np.zeros(0)
        for name in names
    }
