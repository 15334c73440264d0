"""Bias and coverage of every estimator: ``python -m tests.recovery --draws 2000 --out FILE``."""

from __future__ import annotations

import argparse
from pathlib import Path

from tests.recovery.cases import CASES, Recovery, study

HEAD = """# What estimators recover, and where they fail

Made by `python -m tests.recovery --draws {draws} --out reports/evaluation/recovery.md` (part of `make verify`). The worlds are
in `tests/recovery/worlds.py`, with a true effect that is known. Bias with its Monte Carlo standard error; the mean standard
error beside the true one (standard deviation of estimates); coverage of the 95 % interval with its Monte Carlo error.

"""
COLUMNS = (
    "| estimator | world | true effect | bias | standard error: mean, true | coverage |{more}\n|---|---|---|---|---|---|{rule}\n"
)


def row(found: Recovery, reason: bool) -> str:
    case = found.case
    error = "none" if found.error != found.error else f"{found.error:.4f}"
    cells = [
        case.name, case.world, f"{case.truth:.3f}", f"{found.bias:.4f} ({found.bias_error:.4f})", f"{error}, {found.spread:.4f}",
        f"{100 * found.coverage:.1f} ({100 * found.coverage_error:.1f})", *([case.reason] if reason else []),
    ]  # fmt: skip
    return f"| {' | '.join(cells)} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--draws", type=int, default=2000)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    rows: dict[bool, list[str]] = {True: [], False: []}
    for case in CASES:
        found = study(case, options.draws)
        rows[case.holds].append(row(found, not case.holds))
        print(("as expected" if found.holds == case.holds else "NOT AS EXPECTED"), found, flush=True)
    text = HEAD.format(draws=options.draws) + "## Where they should work\n\n" + COLUMNS.format(more="", rule="")
    text += "\n".join(rows[True]) + "\n\n## Where they should fail, and do\n\n"
    text += COLUMNS.format(more=" why |", rule="---|") + "\n".join(rows[False]) + "\n"
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
