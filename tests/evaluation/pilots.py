"""Small evaluations: written as plain values beside a flow, for tests."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pilotsim.evaluation.evaluation import Evaluation
from pilotsim.evaluation.reading import read_evaluation

IN_WORK = {"in_work": {"at": "12 months"}}


def pilot_flow(**parts: Any) -> dict[str, Any]:
    """Return a pilot: 200 clients, referral, training on 40 places that doubles the speed to work."""
    usual = {"work": 1, "other_benefit": 1}
    flow = {
        "flow": "pilot",
        "title": "Pilot",
        "starts": "2015-01-01",
        "lasts": "24 months",
        "traits": {
            "young": {"share": "30 %"},
            "readiness": {"normal": [0, 1], "observed": False},
            "record": {"normal": [0, 1]},
        },
        "groups": {"clients": {"stock": 200, "starts_in": "assistance"}},
        "resources": {"place": {"units": 40}},
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
    return flow | parts


def build(folder: Path, flow: dict[str, Any] | None = None, **parts: Any) -> tuple[Evaluation, ...]:
    """Return an evaluation of a flow; both are written to files and read."""
    (folder / "flow.yaml").write_text(json.dumps(flow or pilot_flow()), encoding="utf-8")
    said = {
        "evaluation": "test",
        "title": "Test",
        "flow": "flow.yaml",
        "population": {"groups": "clients"},
        "treatment": "training",
        "inquiries": IN_WORK,
        "answers": {"difference": {"estimator": "difference", "inquiry": "in_work"}},
        "designs": {"lottery": {"lottery": {}, "answers": "difference"}},
        "draws": 20,
        **parts,
    }
    file = folder / "evaluation.yaml"
    file.write_text(json.dumps(said), encoding="utf-8")
    return read_evaluation(file)
