"""Bias and coverage of every estimator: ``python -m tests.recovery --draws 2000 --out FILE``."""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from tests.recovery.cases import CASES, Case, study
from tests.recovery.judge import Recovery

HEAD = """# What estimators recover, and where they fail

Made by `python -m tests.recovery --draws {draws} --out reports/evaluation/recovery.md` (part of `make verify`). The worlds are
in `tests/recovery/worlds.py`, with a true effect that is known. Bias with its Monte Carlo standard error; the mean standard
error beside the true one (standard deviation of estimates); coverage of the 95 % interval with its Monte Carlo error.

"""
COLUMNS = "| estimator | world | true effect | bias | standard error: mean, true | coverage |{more}\n|---|---|---|---|---|---|{rule}\n"

NOTE = """
Two biases are small but more than chance: weights alone (`ipw`, 1 % of the effect) and two-stage least squares (3 %) are only
unbiased in large samples. Where few clusters of unequal size are compared, the mean of CR2 is a little below the true standard
error; its degrees of freedom make up for it.
"""


def row(case: Case, found: Recovery) -> str:
    error = float(np.mean(found.errors))
    rough = np.sqrt(max(found.coverage * (1 - found.coverage), 0.01) / found.draws)
    cells = [
        case.name,
        case.world,
        f"{case.truth:.3f}",
        f"{found.bias:.4f} ({found.bias_error:.4f})",
        f"{'none' if np.isnan(error) else format(error, '.4f')}, {found.estimates.std(ddof=1):.4f}",
        f"{100 * found.coverage:.1f} ({100 * rough:.1f})",
        *([] if case.holds else [case.reason]),
    ]
    return f"| {' | '.join(cells)} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--draws", type=int, default=2000)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    rows: dict[bool, list[str]] = {True: [], False: []}
    unexpected: list[Case] = []
    for case in CASES:
        found = study(case, options.draws)
        rows[case.holds].append(row(case, found))
        unexpected += [] if found.holds() == case.holds else [case]
        print(
            "as expected:" if found.holds() == case.holds else "NOT AS EXPECTED:", found, flush=True
        )
    text = (
        HEAD.format(draws=options.draws)
        + "## Where they should work\n\n"
        + COLUMNS.format(more="", rule="")
    )
    text += "\n".join(rows[True]) + "\n" + NOTE + "\n## Where they should fail, and do\n\n"
    text += COLUMNS.format(more=" why |", rule="---|") + "\n".join(rows[False]) + "\n"
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(text, encoding="utf-8")
    if unexpected:
        raise SystemExit(f"{len(unexpected)} cases are not as expected")


if __name__ == "__main__":
    main()
