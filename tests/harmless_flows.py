"""Random flows with a programme that does nothing: it makes clients wait, takes places and time, and changes no clock."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import strategies as st

from pilotsim.files.reading import read_text
from pilotsim.model.flow import Flow

Plain = dict[str, Any]
STATES = ("work", "other_benefit", "unknown")


@st.composite
def harmless_flows(draw: st.DrawFn) -> Plain:
    """Return a flow whose programme draws from the stock, queues for places, and hands everybody back as they were."""
    rate = st.integers(1, 30)
    risks = {
        name: {
            "to": name,
            "rate": f"{draw(rate)} % per month",
            "times": draw(st.sampled_from([{}, {"ready": 1.4}, {"young": 0.5}])),
        }
        for name in STATES[: draw(st.integers(1, 3))]
    }
    if draw(st.booleans()):
        risks["work"]["season"] = [draw(st.sampled_from([0.5, 1, 2])) for _ in range(12)]
    speeds = {name: draw(st.sampled_from([1, 0.5, "4 % per month"])) for name in risks}
    length = st.sampled_from(
        ["10 days", "3 weeks", "2 months", {"exponential": {"mean": "1 month"}}]
    )
    returns = {"back": {"to": "starts_in", "rate": "20 % per month"}} if draw(st.booleans()) else {}
    stages: Plain = {
        "stock": {"risks": speeds},
        "called": {
            "draws_from": "stock",
            "opens": {
                "every": draw(st.sampled_from(["1 week", "1 month"])),
                "admits": draw(st.integers(1, 20)),
            },
            "order": draw(st.sampled_from(["random", "longest_waiting", {"highest": "ready"}])),
            "lasts": draw(length),
            "next": {"training": "70 %", "stock": "rest"},
            "risks": speeds,
        },
        "training": {
            "needs": {"place": 1},
            "lasts": draw(length),
            "next": {"stock": "100 %"},
            "risks": speeds,
        },
    }
    stages |= {name: {"counts_as": name, "risks": {"back": 1} if returns else {}} for name in risks}
    effect = {"after": "training", "on": "work", "times": 1, "for": "3 months", "fades": "2 months"}
    return {
        "flow": "harmless",
        "title": "Harmless",
        "starts": "2015-01-01",
        "lasts": f"{draw(st.integers(2, 12))} months",
        "traits": {"young": {"share": "30 %"}, "ready": {"normal": [0, 1], "observed": False}},
        "groups": {
            "clients": {
                "stock": draw(st.integers(1, 30)),
                "starts_in": "stock",
                "arrivals": "3 per month",
            }
        },
        "resources": {"place": {"units": draw(st.integers(1, 8))}},
        "risks": risks | returns,
        "stages": stages,
        "effects": [effect] if draw(st.booleans()) else [],
    }


def read_plain(plain: Plain) -> Flow:
    """Return the flow that plain values describe."""
    return read_text(json.dumps(plain))
