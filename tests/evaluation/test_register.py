"""The register: journeys to a panel, a panel to a file and back, and every fault of a real extract named."""

from __future__ import annotations

import json
import time

import numpy as np
import pandas as pd
import pytest

from pilotsim.base.errors import RegisterError
from pilotsim.evaluation.register import RegisterView, observe_register, read_register
from pilotsim.files.reading import read_text
from pilotsim.simulation.engines import simulate
from tests.evaluation.pilots import pilot_flow
from tests.small_flows import small_flow

# Client 0 works from 15 February, loses the job on 1 April; client 1 comes on 10 March.
SMALL = small_flow(
    "5 months",
    traits={
        "young": {"share": "50 %"},
        "office": {"categories": {"east": "50 %", "west": "50 %"}},
        "ready": {"normal": [0, 1], "observed": False},
    },
    groups={
        "a": {"stock": 1, "starts_in": "assistance"},
        "b": {
            "starts_in": "assistance",
            "intake": {"every": "12 months", "first": "2015-03-10", "brings": 1},
        },
    },
    stages={
        "assistance": {},
        "course": {
            "draws_from": {"from": "assistance", "groups": "a"},
            "opens": {"on": ["2015-02-05"]},
            "lasts": "10 days",
            "next": {"job": "100 %"},
        },
        "job": {"counts_as": "work", "lasts": "45 days", "next": {"assistance": "100 %"}},
    },
)


def panel(**look):
    return observe_register(
        simulate(read_text(json.dumps(SMALL)), engine="process"), RegisterView(**look)
    )


def frame():
    flow = read_text(json.dumps(pilot_flow()))
    return (
        observe_register(simulate(flow, engine="process"), RegisterView(per_month=9000.0))
        .to_frame()
        .astype(object)
    )


def read(folder, table, name="extract.csv", **more):
    file = folder / name
    table.to_csv(file, index=False, **more) if name.endswith("csv") else table.to_parquet(file)
    return read_register(file)


def faults_of(folder, table, **more):
    with pytest.raises(RegisterError) as fault:
        read(folder, table, **more)
    return str(fault.value)


def test_a_month_shows_what_holds_at_its_end():
    found = panel(per_month=100.0)
    assert [f"{month:%Y-%m}" for month in found.months] == [
        "2015-01",
        "2015-02",
        "2015-03",
        "2015-04",
        "2015-05",
    ]
    # Course until 15 February, 45 days of work until 1 April.
    assert found.in_work[0].tolist() == [0, 1, 1, 0, 0]
    assert found.amount[0].tolist() == [100, 0, 0, 100, 100]
    np.testing.assert_array_equal(found.on_assistance[1], [np.nan, np.nan, 1, 1, 1])
    assert found.entered.tolist() == [0, 2]
    assert found.started.tolist() == [1, np.inf]


def test_what_no_register_shows_is_not_in_the_panel():
    assert sorted(panel().traits) == ["group", "office", "young"]
    assert panel().categories["office"] == ("east", "west")


@pytest.mark.parametrize("name", ["extract.csv", "extract.parquet"])
def test_what_is_written_is_read_again(tmp_path, name):
    flow = read_text(json.dumps(pilot_flow()))
    found = observe_register(simulate(flow, engine="process"), RegisterView(per_month=9000.0))
    again = read(tmp_path, found.to_frame(), name)
    for part in ("status", "in_work", "on_assistance", "amount", "offered", "started"):
        np.testing.assert_array_equal(getattr(found, part), getattr(again, part), err_msg=part)
    assert again.months == found.months
    np.testing.assert_allclose(found.traits["record"], again.traits["record"], rtol=1e-12)


def test_semicolons_of_a_spreadsheet_are_read(tmp_path):
    assert len(read(tmp_path, frame(), sep=";")) == 200


@pytest.mark.parametrize(
    ("column", "value", "says"),
    [
        (
            "status",
            "arbeid",
            "row 12, column status: unknown status 'arbeid'; did you mean 'work'?",
        ),
        ("status", None, "row 12, column status: is empty"),
        (
            "amount",
            "ni tusen",
            "row 12, column amount: expected a number such as 9500.5; found 'ni tusen'",
        ),
        (
            "amount",
            "9500,50",
            "row 12, column amount: expected a number such as 9500.5; found '9500,50'",
        ),
        ("amount", "-5", "row 12, column amount: expected 0 or more; found '-5'"),
        (
            "month",
            "mars 15",
            "row 12, column month: expected a month such as 2015-03; found 'mars 15'",
        ),
        (
            "month",
            "2015-13",
            "row 12, column month: expected a month such as 2015-03; found '2015-13'",
        ),
        ("client", None, "row 12, column client: is empty"),
        ("in_work", "2", "row 12, column in_work: expected 0 or 1; found '2'"),
        (
            "record",
            "high",
            "row 12, column record: expected a number, as in most rows; found 'high'",
        ),
        (
            "started",
            "2009-01",
            "row 12, column started: lies before the client's first month: treatment before entry",
        ),
    ],
)
def test_a_fault_is_named_by_row_and_column(tmp_path, column, value, says):
    table = frame()
    table.loc[10, column] = value
    assert says in faults_of(tmp_path, table)


def test_two_rows_for_a_month_and_missing_months(tmp_path):
    table = frame()
    twice = pd.concat([table.iloc[:5], table.iloc[4:]])
    assert "row 7, column month: a second row for the same client and month" in faults_of(
        tmp_path, twice
    )
    # Rows 12 to 14 of the file are months 11 to 13 of the first client: without them, the row after
    # has a gap of three.
    gap = pd.concat([table.iloc[:10], table.iloc[13:]])
    assert (
        "row 12, column month: months are missing before this row of the client (3 months in all)"
        in faults_of(tmp_path, gap)
    )


def test_all_faults_of_a_kind_are_counted_and_kinds_are_told_together(tmp_path):
    table = frame()
    table.loc[10:19, "status"] = "jobb"
    table.loc[30:31, "amount"] = "x"
    says = faults_of(tmp_path, table)
    assert "2 kinds of fault in 12 places" in says
    assert "(10 rows like this)" in says
    assert "(2 rows like this)" in says


def test_what_should_be_one_for_each_client_may_not_change(tmp_path):
    table = frame()
    table.loc[3, "record"] = 99.0
    assert "column record: changes between rows of a client" in faults_of(tmp_path, table)


def test_missing_columns_are_named_with_what_was_probably_meant(tmp_path):
    says = faults_of(tmp_path, frame().rename(columns={"status": "statuss"}))
    assert "column status: is missing" in says
    assert "statuss" in says


@pytest.mark.parametrize(
    "content", [b"", b"client,month,status\n", b"\xff\xfe\x00", b"client;month\n\xe5;1\n"]
)
def test_files_that_are_no_register_are_refused_in_words(tmp_path, content):
    file = tmp_path / "extract.csv"
    file.write_bytes(content)
    with pytest.raises(RegisterError, match=r"extract\.csv"):
        read_register(file)
    with pytest.raises(RegisterError, match="no such file"):
        read_register(tmp_path / "extrakt.csv")


def test_fifty_megabytes_of_faults_take_seconds(tmp_path):
    table = frame()
    copies = -(-50_000_000 // len(table.to_csv(index=False)))
    whole = pd.concat(
        [table.assign(client=table["client"] + 1000 * k) for k in range(copies)], ignore_index=True
    )
    whole.loc[::1000, "status"] = "arbeid"
    whole.loc[7::5000, "amount"] = "x"
    whole.to_csv(tmp_path / "extract.csv", index=False)
    assert (tmp_path / "extract.csv").stat().st_size > 50_000_000
    begun = time.process_time()
    with pytest.raises(RegisterError, match="2 kinds of fault"):
        read_register(tmp_path / "extract.csv")
    # Under two seconds of work on one core; ten leave room for a busy machine.
    assert time.process_time() - begun < 10
