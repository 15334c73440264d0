"""The results as a table on the screen and as a page."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks.results import HEADINGS, Answer, Result

RESULTS_FILE = Path(__file__).parent / "RESULTS.md"
# The answers behind it.
ANSWERS_FILE = Path(__file__).parent / "answers.json"
# What limits the bounds that are not met, written by hand from a profile.
LIMITS_FILE = Path(__file__).parent / "LIMITS.md"


def kept() -> dict[str, Answer]:
    """Return the answers that were kept, by the names of their questions."""
    if not ANSWERS_FILE.exists():
        return {}
    found = json.loads(ANSWERS_FILE.read_text(encoding="utf-8"))
    return {name: Answer.read(one) for name, one in found.items()}


def keep(answers: Mapping[str, Answer]) -> None:
    """Keep answers, by the names of their questions, for when only some are asked anew."""
    found = {name: asdict(answer) for name, answer in answers.items()}
    ANSWERS_FILE.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", "utf-8")


def show(answer: Answer) -> None:
    """Print the results of a question."""
    from rich.console import Console
    from rich.table import Table

    table = Table(*HEADINGS, title=answer.title, title_justify="left")
    for result in answer.results:
        style = {True: "green", False: "red", None: None}[result.met]
        table.add_row(*result.columns, style=style)
    console = Console(width=None if Console().is_terminal else 190, highlight=False)
    console.print(table)
    for note in _notes(answer.results):
        console.print(f"  {note}")
    console.print()


def write(answers: Sequence[Answer], file: Path = RESULTS_FILE) -> None:
    """Write all answers to a page."""
    limits = LIMITS_FILE.read_text(encoding="utf-8")
    file.write_text("\n".join([*_head(answers), *_body(answers), limits]), encoding="utf-8")


def _head(answers: Sequence[Answer]) -> list[str]:
    bounded = [one for answer in answers for one in answer.results if one.met is not None]
    effort, day, machine = _usual(answers)
    return [
        "# Benchmarks",
        "",
        "Written by `python -m benchmarks`. Ratios come from one run,",
        "the programs taking turns; the spread is the lowest and the highest turn. "
        "On one core processor time is compared,",
        "elsewhere the clock on the wall. "
        "Times are those of this machine and say little by themselves.",
        "",
        f"- Asked on {day} ({effort}), where a question says nothing else",
        f"- Processor: {machine}",
        f"- Versions: {_most([answer.versions for answer in answers])}",
        f"- Bounds met: {sum(bool(result.met) for result in bounded)} of {len(bounded)}",
        "",
    ]


def _usual(answers: Sequence[Answer]) -> tuple[str, str, str]:
    return _most([answer.circumstances for answer in answers])


def _most(found: Sequence[Any]) -> Any:
    return Counter(found).most_common(1)[0][0]


def _body(answers: Sequence[Answer]) -> list[str]:
    lines: list[str] = []
    for answer in answers:
        lines += [f"## {answer.title}", "", _row(HEADINGS), _row(["---"] * len(HEADINGS))]
        lines += [_row(result.columns) for result in answer.results]
        notes = [f"- {note}" for note in _notes(answer.results)]
        if answer.circumstances != _usual(answers):
            notes.append(f"- Asked on {answer.date} ({answer.effort}), {answer.machine}.")
        lines += ["", *notes, ""]
    return lines


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _notes(results: Sequence[Result]) -> list[str]:
    return [f"{result.name}: {result.note}" for result in results if result.note]
