"""Checks of what an answer rests on, as evaluation files and plans ask for them.

`checks` of a file names them, each with options of its own; a plan carries them on, and the
analysis of the register says what each found and draws what it was judged by. The arithmetic is in
`pilotsim.effects.checks`; here a check takes its arrays from the sample and from the answer that
decides, which is the first.

To add one: a function with the decorator `check` in `assumptions`. Its question is a message,
translated in ``nb.toml`` and ``sv.toml``.
"""

from __future__ import annotations

from pilotsim.evaluation.checks.registration import (
    CheckRequest,
    RegisteredCheck,
    check,
    check_names,
    find_check,
    known_checks,
    run_check,
)

__all__ = [
    "CheckRequest",
    "RegisteredCheck",
    "check",
    "check_names",
    "find_check",
    "known_checks",
    "run_check",
]
