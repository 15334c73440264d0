"""All cases of observational estimators and survival analysis, and the report on them.

    PILOTSIM_DRAWS=2000 python -m tests.recovery.observational

writes `reports/evaluation/observational.md`, from the root of the repository, and fails where a
claim does not hold.
"""

from __future__ import annotations

import sys
from pathlib import Path

from joblib import Parallel, delayed

from tests.recovery import comparisons, exits
from tests.recovery.judge import COVERS, DRAWS, FALSE_ALARM, Case, Recovery, recover, write_table

REPORT = Path("reports/evaluation/observational.md")
PARTS: tuple[tuple[str, str, tuple[Case, ...]], ...] = (
    (
        "A caseworker's choice: where it should work",
        f"{comparisons.CLIENTS} clients with three recorded traits, chosen by them; the effect grows with readiness. In the worlds "
        "with offices, clients of an office share luck and the office's leaning.",
        comparisons.SHOULD_WORK,
    ),
    ("The same without an effect: false positives", "Nobody gains.", comparisons.NO_EFFECT),
    (
        "Where it must fail",
        "Creaming on what nobody records; both models wrong; one estimand taken for another; offices left out of the errors.",
        comparisons.SHOULD_FAIL,
    ),
    (
        "A model of the choice that is a little wrong",
        "Probit weights for a logistic choice have a bias of a hundredth, a tenth of their error: nothing is claimed, only shown.",
        comparisons.WRONG_LINK,
    ),
    (
        "Few clients",
        "The same world with 155 clients: nothing is claimed, only shown.",
        comparisons.SMALL,
    ),
    (
        "Time to work: where it should work",
        f"{exits.CLIENTS} clients for {exits.END:.0f} months; work at {exits.WORK} and other exits at {exits.OTHER} a month, "
        f"{exits.LOST} a month lost from sight; work 1.5 times as fast with the programme.",
        exits.SHOULD_WORK,
    ),
    ("The same without an effect: false positives", "", exits.NO_EFFECT),
    (
        "Where it must fail",
        "The wait for a place counted as participation (immortal time); other exits taken for censoring; a ratio of one kind taken "
        "for another where the programme only makes others leave.",
        exits.SHOULD_FAIL,
    ),
)
CASES = tuple(case for _, _, cases in PARTS for case in cases)


def write_report(recoveries: dict[str, Recovery]) -> str:
    """Return the report on all cases."""
    lines = [
        "# Observational estimators and survival analysis on simulated clients",
        "",
        f"Made by `PILOTSIM_DRAWS={DRAWS} python -m tests.recovery.observational` (part of `make verify`). Each line is {DRAWS:,} "
        "keyed draws. `unbiased`: the bias is what chance allows (one false alarm in "
        f"{1 / FALSE_ALARM:,.0f}) and 95 % intervals may cover the truth in {COVERS[0]:.0%} to {COVERS[1]:.0%} of all draws. `size`: 5 % of "
        "draws without an effect reject, up to chance. `biased` and `oversized` are controls: the failure must be found. Draws are the "
        "same for all estimators, so their errors go together.",
        "",
    ]
    for title, about, cases in PARTS:
        lines += [
            f"## {title}",
            "",
            *([about, ""] if about else []),
            write_table(recoveries[case.name] for case in cases),
            "",
        ]
    return "\n".join(lines)


def main() -> int:
    """Draw every case, write the report, and return how many claims do not hold."""
    found = Parallel(n_jobs=-1)(delayed(recover)(case) for case in CASES)
    REPORT.parent.mkdir(parents=True, exist_ok=True)
    REPORT.write_text(
        write_report({case.name: one for case, one in zip(CASES, found, strict=True)}),
        encoding="utf-8",
    )
    wrong = [one for one in found if not one.holds()]
    print(f"{REPORT}: {len(CASES)} cases, {len(wrong)} claims do not hold", *wrong, sep="\n  ")
    return len(wrong)


if __name__ == "__main__":
    sys.exit(main())
