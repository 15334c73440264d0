"""Compiles the kernel, and hands it questions with what their measures came to."""

from __future__ import annotations

import numpy as np

from pilotsim.base.arrays import Floats, Ints
from pilotsim.judge.compiled import kernel
from pilotsim.judge.compiled.columns import QuestionsAtHand, questions_at_hand
from pilotsim.judge.compiled.program import (
    JudgeRoom,
    QuestionBounds,
    QuestionColumns,
    VerdictColumns,
)
from pilotsim.measures.compiled.program import MeasuredColumns
from pilotsim.model.flow import Flow
from pilotsim.simulation.engines.compiled.engine import SMALLEST_FLOW
from pilotsim.simulation.engines.compiled.jit import entry, shared
from pilotsim.simulation.engines.compiled.structs import view_of

judge_all = shared(kernel.judge_all)
view_questions, pack_questions = view_of(QuestionColumns, is_read_only=True)
view_bounds, pack_bounds = view_of(QuestionBounds, is_read_only=True)
view_found, pack_found = view_of(MeasuredColumns, is_read_only=True)
view_judge_room, pack_judge_room = view_of(JudgeRoom)
view_verdicts, pack_verdicts = view_of(VerdictColumns)


@entry
def judge_block(questions: Ints, found: Ints, bounds: Ints, room: Ints, verdicts: Ints) -> None:
    """Run `kernel.judge_all` on rows of addresses of its records, see `structs`."""
    judge_all(
        view_questions(questions),
        view_found(found).found,
        view_bounds(bounds).bounds,
        view_judge_room(room),
        view_verdicts(verdicts),
    )


def judge_compiled(at_hand: QuestionsAtHand) -> Floats:
    """Return the numbers of all verdicts, shape (questions, numbers): see `VERDICT_NUMBERS`."""
    judge_block(
        pack_questions(at_hand.questions),
        pack_found(at_hand.found),
        pack_bounds(at_hand.bounds),
        pack_judge_room(at_hand.room),
        pack_verdicts(at_hand.verdicts),
    )
    return np.asarray(at_hand.verdicts.numbers)


def warm_up() -> None:
    """Compile the kernel, or load what was compiled before."""
    judge_compiled(questions_at_hand(Flow.model_validate(SMALLEST_FLOW), (), (), ()))
