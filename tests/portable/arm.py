"""All that compiled code reads and writes as one image at a known address, for a program of 64-bit Arm that runs it there."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from pilotsim.judge.compiled import engine as judging
from pilotsim.judge.compiled.columns import questions_at_hand
from pilotsim.judge.golden import outcome_of
from pilotsim.judge.question_runs import QuestionRuns
from pilotsim.judge.verdicts import ceiling_of, questions_of
from pilotsim.measures.compiled import engine as measuring
from pilotsim.measures.compiled.columns import hand_over
from pilotsim.measures.compiled.lowering import lower
from pilotsim.measures.compiled.program import MeasureRoom, VisitColumns
from pilotsim.model.distributions.family import MAX_PARAMETERS
from pilotsim.simulation.columns import Columns
from pilotsim.simulation.engines import run_replications
from pilotsim.simulation.engines.compiled.drawing import CompiledNumbers
from pilotsim.simulation.engines.compiled.engine import engine_of
from pilotsim.simulation.engines.compiled.numbers import pack_number_columns, pack_run_numbers
from pilotsim.simulation.engines.compiled.results import KeptJourneys, pack_kept
from pilotsim.simulation.engines.compiled.state import FINE
from pilotsim.simulation.engines.compiled.structs import WORDS
from pilotsim.simulation.engines.compiled.tables import Values, pack_tables, pack_values
from pilotsim.simulation.engines.compiled.workspaces import Workspace
from pilotsim.simulation.fingerprint import fingerprints
from tests.portable.outside import Runs, need

SOURCE = Path(__file__).with_name("arm.c")
BASE = 1 << 36
ALIGNED = 64


class Image:
    """All records of some runs side by side; what compiled code writes is empty at first."""

    def __init__(self, runs: Runs) -> None:
        self.runs = runs
        flow, count = runs.flow, runs.count
        self.content = bytearray()
        self.placed: list[tuple[Any, int]] = []
        # What it comes to natively: the room that it takes, and what must come of it.
        both = [
            run_replications(runs.plans, runs.seed, range(count), offered=offered)
            for offered in (True, False)
        ]
        self.journeys = [fingerprints(one) for one in both]
        questions = list(questions_of(flow))
        asked = [one for one in questions if one.measure is not None]
        lowered = lower(flow, [one.measure for one in asked], both_worlds=True)
        self.measures = measuring.measure_compiled(lowered, *both)
        outcome = outcome_of(flow, runs.seed, count)
        own = {
            one.name: QuestionRuns.of_outcome(outcome, k, one.bound) for k, one in enumerate(asked)
        }
        ceilings = [ceiling_of(flow, one) for one in questions]
        judged = questions_at_hand(
            flow, questions, ceilings, [own.get(one.name) for one in questions]
        )
        self.numbers_of_verdicts = judging.judge_compiled(judged).copy()
        np.asarray(judged.verdicts.numbers)[...] = 0.0

        numbers = CompiledNumbers(flow)
        self.run_numbers = numbers._room(count)
        for name in ("drawn", "settled", "row"):
            np.asarray(getattr(self.run_numbers, name))[...] = 0
        np.asarray(self.run_numbers.replication)[:] = range(count)
        self.engine = engine_of(flow)
        sizes = {**self.engine.sizes, "replications": count}
        behind = np.zeros((count, MAX_PARAMETERS * sizes["lengths"]))
        columns = {
            "numbers": np.hstack([runs.numbers, behind]),
            "replication": list(range(count)),
            "same": np.zeros((count, sizes["groups"])),
        }
        values = Values(columns, {**sizes, "values": len(flow.values) + behind.shape[1]})
        clients, visits = len(both[0].cohort), max(map(len, both))
        workspace = Workspace(self.engine.tables, self.engine.sizes, clients, visits)
        self.kept = [
            KeptJourneys.room_for(self.engine.sizes, count, clients, len(one)) for one in both
        ]
        at_hand = hand_over(lowered, *both)
        self.measured = at_hand.measured
        self.judged = judged.verdicts
        room = MeasureRoom.room_for(lowered.room | {"chunk": measuring.CHUNK}, visits, 2 * visits)
        seen = [visits_in(kept) for kept in self.kept]
        self.rows = [
            self.place(record, row)
            for record, row in (
                (numbers.columns.columns, pack_number_columns(numbers.columns.columns)),
                (self.run_numbers, pack_run_numbers(self.run_numbers)),
                (self.engine.tables, pack_tables(self.engine.tables)),
                (values, pack_values(values)),
                (workspace.clients, workspace.client_row),
                (workspace.state, workspace.state_row),
                *((kept, pack_kept(kept)) for kept in self.kept),
                (lowered.program, measuring.pack_program(lowered.program)),
                (at_hand.values, measuring.pack_settled(at_hand.values)),
                *((one, measuring.pack_visits(one)) for one in seen),
                (at_hand.cohort, measuring.pack_cohort(at_hand.cohort)),
                (room, measuring.pack_room(room)),
                (self.measured, measuring.pack_measured(self.measured)),
                (judged.questions, judging.pack_questions(judged.questions)),
                (judged.bounds, judging.pack_bounds(judged.bounds)),
                (judged.room, judging.pack_judge_room(judged.room)),
                (self.judged, judging.pack_verdicts(self.judged)),
            )
        ]

    def put(self, array: Any) -> int:
        """Where the image has an array: where it was put, or inside of one that was."""
        for known, at in self.placed:
            if known.ctypes.data <= array.ctypes.data < known.ctypes.data + known.nbytes:
                return at + array.ctypes.data - known.ctypes.data
        self.content += b"\0" * (-len(self.content) % ALIGNED)
        at = len(self.content)
        self.content += array.tobytes()
        self.placed.append((array, at))
        return at

    def place(self, record: Columns, row: Any) -> int:
        """Put a record's arrays, and its row of words with the addresses that they have there."""
        moved = row.copy()
        starts = [self.put(getattr(record, table[0]).base) for table in record.tables]
        for k, start in enumerate(starts):
            moved[2 * k] = BASE + start
        for k, name in enumerate(record.declared):
            moved[2 * len(starts) + WORDS * k] = BASE + self.put(getattr(record, name))
        return BASE + self.put(moved)

    def run_on_arm(self, objects: Mapping[str, bytes], folder: Path) -> None:
        """Let the image become what the runs are on 64-bit Arm."""
        compiler, machine = need("aarch64-linux-gnu-gcc", "qemu-aarch64")
        for name, content in objects.items():
            (folder / name).write_bytes(content)
        program, image = folder / "arm", folder / "image"
        files = [str(SOURCE), *(str(folder / name) for name in objects)]
        subprocess.run([compiler, "-O2", "-static", "-o", str(program), *files], check=True)
        image.write_bytes(self.content)
        done = subprocess.run(
            [machine, str(program), str(image), *map(str, (BASE, self.runs.seed, *self.rows))],
            capture_output=True,
            text=True,
            check=True,
        )
        assert json.loads(done.stdout) == [FINE, FINE, self.runs.count]
        for record in (self.run_numbers, *self.kept, self.measured, self.judged):
            self.take_back(record, image.read_bytes())

    def take_back(self, record: Columns, content: bytes) -> None:
        """Let a record be that of the image."""
        for name in record.declared:
            array = getattr(record, name)
            there = np.frombuffer(content, array.dtype, array.size, self.put(array))
            array[...] = there.reshape(array.shape)

    def journeys_there(self) -> list[list[str]]:
        """The fingerprints of all journeys with the programme, and of those without."""
        every = range(self.runs.count)
        return [
            fingerprints(self.engine._journeys(self.runs.plans, kept, self.runs.seed, every))
            for kept in self.kept
        ]


def visits_in(kept: KeptJourneys) -> VisitColumns:
    """Visits where the engine keeps them."""
    whole = ("client", "visit", "stage", "cause", "next", "alternative")
    columns = {name: kept.whole[k] for k, name in enumerate(whole)}
    columns |= {name: kept.times[k] for k, name in enumerate(("joined", "started", "finished"))}
    return VisitColumns(columns, {"visits": len(kept.whole[0])})
