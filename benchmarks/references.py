"""How much longer does a library take? ``python -m benchmarks.references`` prints it.

``python -m benchmarks.references iv regression`` measures those estimators alone.

Each answer of the tests' planted registers is worked out by our estimator and by its reference, in
turns, from the sample to the number; the ratio is that of neighbouring turns. An estimator that
were not faster would have no reason to be our own, unless the library is wrong.
"""

from __future__ import annotations

import sys

from tests.evaluation.test_references import CASES, case_of

from benchmarks.timing import side_by_side
from pilotsim.evaluation.estimators import ask, find_estimator
from pilotsim.evaluation.reference import silent

ROUNDS = 9


def main(asked: list[str]) -> None:
    seen: set[str] = set()
    print(f"{'estimator':22}{'design':30}{'library takes':>14} (times ours; quartiles)")
    for case in CASES:
        if case[0] in seen or (asked and case[0] not in asked):
            continue
        seen.add(case[0])
        strategy, sample = case_of(case)
        reference = find_estimator(case[0]).reference
        with silent():
            compared = side_by_side(
                lambda _, own=strategy, data=sample: ask(own, data),
                lambda _, own=strategy, data=sample, find=reference: find(data, own),
                rounds=ROUNDS,
                seconds=0.02,
            )
        ratios = sorted(compared.slower())
        low, middle, high = (ratios[k] for k in (ROUNDS // 4, ROUNDS // 2, -1 - ROUNDS // 4))
        print(f"{case[0]:22}{case[1]:30}{middle:14.1f} ({low:.1f} to {high:.1f})", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
