"""The benchmarks: `python -m benchmarks`, from the root of the repository.

`--quick` takes a minute or two, `--full` adds what takes many; `--only NAME` asks some anew and
leaves the answers to the others as they are.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator

from benchmarks import (
    against_simpy,
    bare,
    commits,
    cores,
    elementary,
    first_results,
    growth,
    measuring,
    office,
    own_code,
    page,
    portable,
    report,
    studies,
    three_stages,
)
from benchmarks.effort import FULL, NORMAL, QUICK, Effort
from benchmarks.results import Answer, Result

QUESTIONS: dict[str, tuple[str, Callable[[Effort], Iterator[Result]]]] = {
    "readable": ("Against our readable engine", against_simpy.against_our_readable_engine),
    "simpy": ("Against a hand-written SimPy model", against_simpy.against_a_hand_written_model),
    "ciw": ("Against Ciw", three_stages.three_stages),
    "bare": ("Against a lower bound", bare.against_a_bare_loop),
    "elementary": ("Elementary functions of our own", elementary.elementary_functions),
    "portable": ("Outside of Python", portable.portable_engine),
    "page": ("In a page", page.live_page),
    "office": ("With all that the engine knows", office.whole_office),
    "own_code": ("Code of one's own", own_code.own_code),
    "before": (
        "Flows that use nothing new, against the engine before; in brackets the interval of 95 %",
        commits.no_slower,
    ),
    "growth": ("From a thousand clients to a million", growth.growth),
    "measuring": ("Measuring against simulating", measuring.measuring),
    "cores": ("Two cores against one", cores.two_cores),
    "many": ("Many replications", cores.many_replications),
    "studies": ("Studies from a file", studies.studies),
    "first": ("The first result", first_results.first_result),
    "help": ("The help", first_results.help_page),
    "imports": ("Imports", first_results.imports),
    "compilation": ("The first use on a machine", first_results.compilation),
}


def main() -> None:
    """Ask every question, show the answers as they come, and write them to a page."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    size = parser.add_mutually_exclusive_group()
    size.add_argument(
        "--quick",
        dest="effort",
        action="store_const",
        const=QUICK,
        default=NORMAL,
        help="smaller sizes, fewer turns",
    )
    size.add_argument(
        "--full",
        dest="effort",
        action="store_const",
        const=FULL,
        help="also what takes many minutes",
    )
    parser.add_argument(
        "--only",
        action="append",
        choices=list(QUESTIONS),
        help="only this question; may be repeated",
    )
    options = parser.parse_args()
    answers = report.kept()
    for name in options.only or QUESTIONS:
        title, ask = QUESTIONS[name]
        answers[name] = Answer.of(title, list(ask(options.effort)), options.effort.name)
        report.show(answers[name])
    report.write([answers[name] for name in QUESTIONS if name in answers])
    report.keep({name: answers[name] for name in QUESTIONS if name in answers})
    print(f"Written: {report.RESULTS_FILE}")


if __name__ == "__main__":
    main()
