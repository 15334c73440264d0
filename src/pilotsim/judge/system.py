"""A system as its page shows it: checked, validated, its scenarios, what it depends on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pilotsim.base.arguments import checks_arguments
from pilotsim.base.arrays import Floats
from pilotsim.base.from_above import Shown
from pilotsim.base.statistics import Interval, mean_interval, paired_interval
from pilotsim.files.changes import apply_changes, scenario_changes
from pilotsim.files.reading import build_flow, read_document
from pilotsim.judge.check import Check, check_targets
from pilotsim.judge.notes import Notes, read_notes
from pilotsim.judge.one_way_sensitivity import (
    UNCHANGED,
    OneWayChange,
    run_outputs,
    vary_assumptions,
)
from pilotsim.judge.validation import Validation, validate
from pilotsim.model.flow import Flow
from pilotsim.runs.batches import RunOptions, Variant

WRITTEN = ""  # the name of the flow as it is written, among its scenarios


@dataclass(frozen=True)
class SystemStudy(Shown):
    """What is known of a system.

    Parameters
    ----------
    flow : Flow
        The flow.
    notes : Notes
        What is said about it; without a file of notes all observed outputs, and nothing learned.
    check : Check
        Its runs, for the drawing, and verdicts on its targets.
    validation : Validation, optional
        Its published figures beside the runs; None where its file has none.
    scenarios : mapping of str to mapping of str to ndarray, shape (replications,)
        Every observed output in each scenario, with the same clients and the same draws of the
        assumptions; the flow as it is written under `""`. These are the validation's own runs, so
        that a quantity has one number, wherever it stands.
    one_way : tuple of OneWayChange
        Each assumption at either end of its range, all others drawn.
    few : int
        The runs behind each end of each assumption: the first of those behind the scenarios.
    """

    flow: Flow
    notes: Notes
    check: Check
    validation: Validation | None
    scenarios: Mapping[str, Mapping[str, Floats]]
    one_way: tuple[OneWayChange, ...]
    few: int

    @property
    def replications(self) -> int:
        """The runs behind its numbers: those of the validation, else those of the check."""
        return (self.validation or self.check).replications

    def kind_of(self, output: str) -> str:
        """Return the kind of number an observed output is: `share`, `duration` or `real`."""
        one = self.flow.observed[output]
        if one.measure is not None:
            return one.measure.unit
        return one.published[0].value.kind if one.published else "real"

    def mean(self, scenario: str, output: str) -> float:
        """Return the mean of an output in a scenario, over the runs in which it exists."""
        return mean_interval(self.scenarios[scenario][output]).mean

    def at_end(self, change: OneWayChange, output: str) -> float:
        """Return an output with an assumption at one end: its mean, and what the end changes.

        What it changes is taken pair by pair over a few runs; the mean is that of all.
        """
        return self.mean(WRITTEN, output) + change.value[output].mean

    def difference(self, scenario: str, output: str) -> Interval:
        """Return a scenario's effect on an output, paired over runs with the same clients."""
        return paired_interval(self.scenarios[scenario][output], self.scenarios[WRITTEN][output])


@checks_arguments
def study_system(
    file: str | Path,
    notes_file: str | Path | None = None,
    *,
    replications: int = 200,
    few: int = 8,
    seed: int = 1,
    jobs: int = 1,
) -> SystemStudy:
    """Return what is known of the system of a flow file.

    Parameters
    ----------
    file : str or Path
        The flow.
    notes_file : str or Path, optional
        The notes on it. Without them the outputs are all that were observed.
    replications : int
        Runs of the validation, and of each scenario; a quarter of them of the drawing.
    few : int
        Runs of each assumption at each end of its range.
    seed : int
        The seed.
    jobs : int
        Processes at once; -1 for one a core.
    """
    document = read_document(file)
    flow = build_flow(document)
    notes = Notes(outputs=tuple(flow.observed), learned=())
    if notes_file is not None:
        notes = read_notes(notes_file, flow)

    variants = [Variant(UNCHANGED, flow)]
    for name in flow.scenarios:
        changed = apply_changes(document, scenario_changes(flow, name)[1])
        variants.append(Variant(name, changed))

    quarter = replications // 4
    options = RunOptions(seed, max(few, replications), jobs=jobs)
    validation: Validation | None = None
    one_way: tuple[OneWayChange, ...] = ()
    scenarios: Sequence[Mapping[str, Floats]] = [{} for _ in variants]
    if flow.observed:
        scenarios = run_outputs(variants, options)
        validation = validate(flow, replications=replications, seed=seed, jobs=jobs)
        one_way = vary_assumptions(flow, replications=few, seed=seed, jobs=jobs)
    return SystemStudy(
        flow=flow,
        notes=notes,
        check=check_targets(
            flow, replications=max(2, quarter), what_if=False, seed=seed, jobs=jobs
        ),
        validation=validation,
        scenarios=dict(zip((WRITTEN, *flow.scenarios), scenarios, strict=True)),
        one_way=one_way,
        few=few,
    )
