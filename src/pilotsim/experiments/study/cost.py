"""What a study costs before it is run: how many runs, how long, how much room."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

from pilotsim.base.limits import Needs, check_needs
from pilotsim.experiments.study.accumulated import AccumulatedRuns
from pilotsim.experiments.study.blocks import expected, seconds_per_replication
from pilotsim.experiments.study.execute import ExecutionOptions, check_folder
from pilotsim.experiments.study.layout import StudyLayout, manifest_of
from pilotsim.experiments.study.study import Study
from pilotsim.runs import Store
from pilotsim.runs.budget import WORTH_TIMING, PlannedRuns, check_budget

# Bytes of one number of one replication: in a block, in the table of replications as Parquet and as
# CSV; measured.
BYTES_BLOCK, BYTES_PARQUET, BYTES_CSV = 4.0, 3.5, 36.0
BYTES_OF_A_BLOCK = 4000


@dataclass(frozen=True)
class StudyCost:
    """What a study costs.

    Parameters
    ----------
    least, most : int
        Runs in all; they differ where intervals decide.
    left : int
        The most runs that are not there yet.
    seconds_each : float
        What a run takes here on one processor.
    workers : int
        How many work at once.
    size : int
        Bytes on the disk in the end, at most.
    """

    least: int
    most: int
    left: int
    seconds_each: float
    workers: int
    size: int

    @property
    def minutes(self) -> float:
        """How long the rest takes at most, if all workers are as fast as this machine."""
        return self.left * self.seconds_each / self.workers / 60


def cost_of(study: Study, options: ExecutionOptions, folder: Path) -> StudyCost:
    """Return what a study costs, from a short trial and from what stands in its folder.

    Raises
    ------
    RunError
        The folder holds a run that the study cannot go on with.
    """
    rule, layout = study.replications, StudyLayout.of(study)
    most = len(study) * rule.at_most
    left = most if options.new else most - _there(study, layout, options, Store(folder))
    seconds = seconds_per_replication(study, options.engine) if left else 0.0
    return StudyCost(
        len(study) * rule.at_least,
        most,
        left,
        seconds,
        options.workers.count,
        size_of(study),
    )


def size_of(study: Study) -> int:
    """Return how many bytes a study takes on the disk in the end, at most."""
    most = len(study) * study.replications.at_most
    tables = (BYTES_PARQUET + BYTES_CSV * ("csv" in study.keep)) * ("replications" in study.keep)
    each = len(study.responses) * (BYTES_BLOCK * ("blocks" in study.keep) + tables)
    return int(most * each) + BYTES_OF_A_BLOCK


def check_study(study: Study, options: ExecutionOptions, folder: Path) -> None:
    """Make sure that a study stays within the limits, or is wanted all the same.

    Parameters
    ----------
    study : Study
        What is to be run.
    options : ExecutionOptions
        How.
    folder : Path
        Where its run is kept.

    Raises
    ------
    RequestError
        It needs more time, memory or room on the disk than the limits allow.
    """
    parts = 1 if options.shard is None else options.shard.of
    most = math.ceil(len(study) * study.replications.at_most / parts)
    clients = max(expected(study.variant(one, 0, options.engine)) for one in study.scenarios)
    planned = PlannedRuns(clients, most, len(study.responses))
    workers = options.workers.count
    check_budget(
        [planned], jobs=workers, engine=options.engine, disk=size_of(study) / parts, folder=folder
    )
    if planned.size >= WORTH_TIMING:
        check_needs(Needs(seconds=cost_of(study, options, folder).minutes * 60))


def _there(study: Study, layout: StudyLayout, options: ExecutionOptions, store: Store) -> int:
    """Return how many runs stand already, or will not be needed since all is done."""
    check_folder(
        store, manifest_of(study, layout, str(options.shard or "")), layout, extend=options.extend
    )
    manifest = store.read_manifest()
    if (
        manifest is not None
        and store.is_complete()
        and StudyLayout.read(manifest.content["layout"]).as_plain() == layout.as_plain()
    ):
        return len(study) * study.replications.at_most
    gathered = AccumulatedRuns(layout)
    return sum(gathered.add(columns) for _, columns in store.sound_blocks())
