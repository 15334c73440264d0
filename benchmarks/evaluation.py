"""How long does it take to try out a design? ``python -m benchmarks.evaluation`` prints it.

A pilot of 500 clients over 36 months, by lot within blocks, 60 places, six answer strategies, 1,000
draws: each draw is three worlds (the pilot, nobody, and the same offers without any effect), a
register of each, the truth, and twelve estimates. The bound is 3 minutes on two cores.
"""

from __future__ import annotations

import json
import resource
import tempfile
import time
from pathlib import Path

from pilotsim.evaluation.reading import read_evaluation
from pilotsim.evaluation.run import evaluate

DRAWS, JOBS, BOUND = 1000, 2, 180.0
SIX = {
    "difference": [],
    "lin": ["young", "record"],
    "blocked": [],
    "doubly_robust": ["young", "record"],
    "iv": [],
    "incidence": [],
}


def flow() -> dict:
    usual = {"work": 1, "other_benefit": 1}
    return {
        "flow": "pilot",
        "title": "Pilot",
        "starts": "2015-01-01",
        "lasts": "36 months",
        "traits": {
            "young": {"share": "30 %"},
            "readiness": {"normal": [0, 1], "observed": False},
            "record": {"normal": [0, 1]},
        },
        "groups": {"clients": {"stock": 500, "starts_in": "assistance"}},
        "resources": {"place": {"units": 60}},
        "risks": {
            "work": {
                "to": "work",
                "rate": "3 % per month",
                "times": {"readiness": 1.6, "record": 1.3},
            },
            "other_benefit": {"to": "other_benefit", "rate": "1 % per month"},
            "job_loss": {"to": "assistance", "rate": "1 % per month"},
        },
        "stages": {
            "assistance": {"risks": usual},
            "training": {
                "draws_from": "assistance",
                "opens": {"every": "1 week"},
                "needs": {"place": 1},
                "lasts": "3 months",
                "next": {"assistance": "100 %"},
                "risks": usual,
            },
            "work": {"counts_as": "work", "risks": {"job_loss": 1}},
            "other_benefit": {"counts_as": "other_benefit"},
        },
        "effects": [{"after": "training", "on": "work", "times": 2.5}],
    }


def evaluation() -> dict:
    inquiries = {"in_work": {"at": "24 months"}, "ever": {"reached": "24 months"}}
    answers = {
        name: {
            "estimator": name,
            "inquiry": "ever" if name == "incidence" else "in_work",
            "covariates": covariates,
        }
        for name, covariates in SIX.items()
    }
    return {
        "evaluation": "speed",
        "title": "Speed",
        "flow": "flow.yaml",
        "population": {"groups": "clients"},
        "treatment": "training",
        "inquiries": inquiries,
        "answers": answers,
        "draws": DRAWS,
        "designs": {"lottery": {"lottery": {"blocks": ["young"]}, "answers": list(SIX)}},
    }


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "flow.yaml").write_text(json.dumps(flow()), encoding="utf-8")
        (Path(folder) / "evaluation.yaml").write_text(json.dumps(evaluation()), encoding="utf-8")
        cells = read_evaluation(Path(folder) / "evaluation.yaml")
        begun = time.perf_counter()
        found = evaluate(cells, jobs=JOBS)
        seconds = time.perf_counter() - begun
    # The workers end with the pool, so their time is known only once they are waited for.
    from joblib.externals.loky import get_reusable_executor

    get_reusable_executor().shutdown(wait=True)
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    work = sum(one.ru_utime + one.ru_stime for one in used)
    worked = sum(one.diagnosis.worked for one in found)
    verdict = "met" if seconds <= BOUND else "NOT met"
    print(
        f"{DRAWS} draws, 500 clients, 36 months, {len(found)} answers ({worked} given): "
        f"{seconds:.1f} s on {JOBS} processes"
    )
    print(
        f"work of all processes {work:.1f} s, which is {work / JOBS:.1f} s on two free cores; "
        f"bound {BOUND:.0f} s {verdict}"
    )


if __name__ == "__main__":
    main()
