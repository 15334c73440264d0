"""What a register does not know is neither 0 nor nobody in a result, and how its rows were read stands there."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from pilotsim.evaluation.readiness import hold_to_plan
from pilotsim.evaluation.register import read_register
from pilotsim.evaluation.register.panel import ReadingNote
from pilotsim.evaluation.register_analysis import analyse, work_out
from pilotsim.output.views import document_of
from pilotsim.output.writers.json import write_json
from pilotsim.output.writers.markdown import write_markdown
from tests.evaluation.registers import panel_of, plan_of, two_arms

PLAN = plan_of()
LATE = plan_of(
    inquiries={
        "all": {"reached": "1 month"},
        "starters": {"reached": "1 month", "who": "compliers"},
    },
    answers={
        "plain": {"estimator": "difference", "inquiry": "all"},
        "late": {"estimator": "iv", "inquiry": "starters"},
    },
)


def table_of(
    offered: int = 90, compared: int = 80, have: int = 45, other: int = 40
) -> pd.DataFrame:
    """Half of both arms in work in the one month; who was offered the programme started in it."""
    return panel_of(*two_arms(offered, compared, have, other)).to_frame().astype(object)


def read(folder, table):
    table.to_csv(folder / "register.csv", index=False)
    return read_register(folder / "register.csv", PLAN.begins)


def page_of(found) -> str:
    return write_markdown(document_of(found, "en", with_figures=False))


@pytest.mark.parametrize("filled", ["0", "1"])
def test_an_unknown_status_is_missing_whatever_stands_beside_it(tmp_path, filled):
    """A filled-in 0 (or 1) for a third of those offered does not move the effect; said to be known, it does."""
    table = table_of()
    rows = table.index[table["assigned"] == 1.0][30:60]
    table.loc[rows, "status"] = "unknown"
    effects = {}
    for name, beside, known in (
        ("empty", None, None),
        ("filled", filled, None),
        ("known", filled, "in_work"),
    ):
        own = table.assign(known=None)
        own.loc[rows, ["in_work", "on_assistance", "amount"]] = beside, None, None
        own.loc[rows, "known"] = known
        found = analyse(read(tmp_path, own), PLAN)
        effects[name] = found.findings[0].effect.estimate
        told = (
            "30 clients have months of unknown status in which in\\_work hold something"
            in page_of(found)
        )
        assert told == (name == "filled")
    assert effects["filled"] == effects["empty"] == 0.0
    assert abs(effects["known"] - effects["empty"]) > 0.1


def test_starts_that_nobody_wrote_down_are_no_count_of_0(tmp_path):
    table = table_of()
    without = read(tmp_path, table.drop(columns="started"))
    found = analyse(without, LATE)
    assert found.chart["offered_started"] is None
    assert found.chart["compared_not_started"] is None
    assert found.findings[0].effect is not None
    assert "did not start | not in the register |" in page_of(found)
    assert json.loads(write_json(document_of(found, "en", with_figures=False)))["not_known"] == [
        "offered_started",
        "offered_not_started",
        "compared_started",
        "compared_not_started",
    ]
    late = found.findings[1]
    assert late.effect is None
    assert "does not say who started the programme" in str(late.refusal)
    # The control: with the column all of it is there.
    held = analyse(read(tmp_path, table), LATE)
    assert held.chart["offered_started"] == 90
    assert held.chart.unknown == ()
    assert held.findings[1].effect is not None


@pytest.mark.parametrize(
    ("movers", "said"), [(7, "7 clients moved"), (3, "fewer than 5 clients moved")]
)
def test_who_moved_after_the_assignment_is_counted_on_the_page(tmp_path, movers, said):
    """Those who are in no arm or moved before are not counted; few are told as few, here and in the JSON."""
    arm, work = two_arms(90, 80, 45, 40)
    panel = panel_of(arm, np.column_stack([work] * 3))
    table = panel.to_frame().astype(object)
    table["month"] = table["month"].map(
        {"2015-01": "2014-12", "2015-02": "2015-01", "2015-03": "2015-02"}
    )
    table["offered"] = table["offered"].where(table["offered"].isna(), "2015-01")
    table["started"] = table["offered"]
    table["district"] = "west"
    last = table["month"] == "2015-02"
    moved = table["client"] < movers
    before = table["client"].between(20, 40) & (table["month"] == "2014-12")
    outside = table["client"] >= 165
    table.loc[outside, "assigned"] = None
    table.loc[(last & (moved | outside)) | before, "district"] = "east"
    found = analyse(read(tmp_path, table), PLAN)
    (note,) = found.notes
    assert str(note).startswith(f"{said} to another district after the programme began")
    assert str(note) in page_of(found)
    assert json.loads(write_json(document_of(found, "en", with_figures=False)))["notes"] == [
        str(note)
    ]
    if movers < 5:
        assert all(count not in (3, 167) for count in found.told.values())


def test_a_column_that_names_one_district_is_not_empty(tmp_path):
    table = table_of().assign(district="alna")
    for own, place in ((table, 0), (table.drop(columns="district"), 1)):
        panel = read(tmp_path, own)
        said = str(hold_to_plan(panel, PLAN)[0].says).split("; these do not")
        assert "district" in said[place]
        assert "district" not in said[1 - place]


def test_the_gate_holds_notes_too():
    """A note of all but few would tell of few."""
    panel = panel_of(*two_arms(90, 80, 45, 40))
    for others, said in ((2, "some"), (20, "150")):
        note = ReadingNote("blanked", np.arange(170) >= others, ("in_work",))
        found = analyse(replace(panel, notes=(note,)), PLAN)
        assert str(found.notes[0]).startswith(f"{said} clients have months")
    assert work_out(panel, PLAN).panel.notes == ()
