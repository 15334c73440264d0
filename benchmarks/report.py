"""The results as a table on the screen and as a page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

from benchmarks.effort import Effort
from benchmarks.machine import cores, memory, processor, versions
from benchmarks.results import HEADINGS, Result, in_bytes

RESULTS_FILE = Path(__file__).parent / "RESULTS.md"
# What limits the bounds that are not met, written by hand from a profile.
LIMITS_FILE = Path(__file__).parent / "LIMITS.md"


def show(title: str, results: Sequence[Result]) -> None:
    """Print the results of a question."""
    from rich.console import Console
    from rich.table import Table

    table = Table(*HEADINGS, title=title, title_justify="left")
    for result in results:
        style = {True: "green", False: "red", None: None}[result.met]
        table.add_row(*result.columns, style=style)
    console = Console(width=None if Console().is_terminal else 190, highlight=False)
    console.print(table)
    for note in _notes(results):
        console.print(f"  {note}")
    console.print()


def write(found: Mapping[str, Sequence[Result]], effort: Effort, file: Path = RESULTS_FILE) -> None:
    """Write all results to a page."""
    limits = LIMITS_FILE.read_text(encoding="utf-8")
    file.write_text("\n".join([*_head(found, effort), *_body(found), limits]), encoding="utf-8")


def _head(found: Mapping[str, Sequence[Result]], effort: Effort) -> list[str]:
    bounded = [result for results in found.values() for result in results if result.met is not None]
    there = ", ".join(f"{name} {number}" for name, number in versions().items())
    return [
        "# Benchmarks",
        "",
        f"Written by `python -m benchmarks` ({effort.name}) on {date.today().isoformat()}. "
        "Ratios come from one run,",
        "the programs taking turns; the spread is the lowest and the highest turn. "
        "On one core processor time is compared,",
        "elsewhere the clock on the wall. "
        "Times are those of this machine and say little by themselves.",
        "",
        f"- Processor: {processor()}, {cores()} cores, {in_bytes(memory())} of memory",
        f"- Versions: {there}",
        f"- Bounds met: {sum(bool(result.met) for result in bounded)} of {len(bounded)}",
        "",
    ]


def _body(found: Mapping[str, Sequence[Result]]) -> list[str]:
    lines: list[str] = []
    for title, results in found.items():
        lines += [f"## {title}", "", _row(HEADINGS), _row(["---"] * len(HEADINGS))]
        lines += [_row(result.columns) for result in results]
        lines += ["", *[line for note in _notes(results) for line in (f"- {note}",)], ""]
    return lines


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _notes(results: Sequence[Result]) -> list[str]:
    return [f"{result.name}: {result.note}" for result in results if result.note]
