"""The table of counts: what its headings mean, and what is refused with its place."""

from __future__ import annotations

import math

import numpy as np
import pytest
import xlsxwriter

from pilotsim.base.errors import RequestError
from pilotsim.monitoring.counts import Correction, read_counts
from pilotsim.monitoring.mapping import read_counts_mapping
from tests.monitoring.small import COUNTS, MAPPING, simulated, small_pilot, table_of, write


def read(folder, text, mapping=MAPPING):
    said = read_counts_mapping(write(folder, "mapping.yaml", mapping)) if mapping else None
    return read_counts(write(folder, "counts.csv", text), small_pilot(), said)


HEAD = "Måned;Nye i Henvist;I arbeid;Rettet\n"
PLAIN = "counts: a\ncolumns: {I arbeid: {state: work}}\n"


def test_headings_are_labels_of_the_flow_or_what_the_mapping_says(tmp_path):
    counts = simulated(small_pilot(), 1)[0]
    found = read(tmp_path, table_of(counts, 5))
    assert found.counts == COUNTS
    assert found.months_counted == 5
    assert np.array_equal(found.numbers[:5], counts[:5])
    assert np.isnan(found.numbers[5:]).all()
    assert found.present.all()


def test_an_empty_cell_is_missing_and_no_zero(tmp_path):
    found = read(tmp_path, HEAD + "2015-01;;0;\n2015-02;12;3;\n", PLAIN)
    assert math.isnan(found.numbers[0, 0])
    assert found.missing == [(0, 0)]
    assert found.present[2:].all()


def test_a_correction_counts_and_is_told(tmp_path):
    found = read(tmp_path, HEAD + "2015-01;10;0;\n2015-02;12;3;\n2015-01;11;;x\n", PLAIN)
    assert found.corrections == (Correction(0, 0, 10.0, 11.0),)
    assert found.numbers[0].tolist() == [11.0, 0.0]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (HEAD + "2015-01;10;0;\n2015-01;11;0;\n", "row 3: 2015-01 stands after 2015-01"),
        (
            "".join([HEAD, *(f"2015-{k:02};1;1;\n" for k in (1, 3, 2))]),
            "row 4: 2015-02 stands after 2015-03",
        ),
        (HEAD + "2014-12;10;0;\n", "row 2: 2014-12 lies outside the pilot"),
        (HEAD + "desember;10;0;\n", "row 2: 'desember' is no month"),
        (HEAD + "2015-01;ti;0;\n", "row 2, column 'Nye i Henvist': expected a whole number"),
        (HEAD + "2015-01;-1;0;\n", "found '-1'"),
        (HEAD + "2015-01;1,5;0;\n", "found '1,5'"),
        (
            "Måned;Nye i Henvsit\n2015-01;1\n",
            "what the column 'Nye i Henvsit' counts; did you mean",
        ),
        ("Dato;Nye i Henvist\n2015-01;1\n", "no column is headed 'Måned'"),
        ("Måned;Nye i Henvist;I arbeid\n;;\n", "no month has a count yet"),
    ],
)
def test_what_cannot_be_right_is_refused_with_its_place(tmp_path, text, says):
    mapping = None if "Henvsit" in text or "Dato" in text else PLAIN
    with pytest.raises(RequestError) as caught:
        read(tmp_path, text, mapping)
    assert says in str(caught.value)


def test_a_year_that_was_not_turned_is_taken_for_what_was_meant(tmp_path):
    flow = small_pilot(lasts="24 months")
    rows = "".join(f"2015-{k:02};1\n" for k in range(1, 13)) + "2015-01;1\n"
    file = write(tmp_path, "counts.csv", "Måned;I arbeid\n" + rows)
    with pytest.raises(RequestError, match="did you mean '2016-01'"):
        read_counts(file, flow)


def test_a_name_that_the_flow_does_not_have_is_told_with_the_one_meant(tmp_path):
    wrong = "counts: a\ncolumns: {I arbeid: {served: corse}}\n"
    with pytest.raises(RequestError, match="no stage 'corse'; did you mean 'course'"):
        read(tmp_path, HEAD + "2015-01;1;1;\n", wrong)


def test_a_workbook_says_what_a_csv_file_says(tmp_path):
    file = tmp_path / "counts.xlsx"
    with xlsxwriter.Workbook(file) as book:
        sheet = book.add_worksheet("Tall")
        book.add_worksheet("Tom")
        dates = book.add_format({"num_format": "mmm yyyy"})
        sheet.write_row(1, 0, ["Måned", "Nye i Henvist", "I arbeid"])
        sheet.write_number(2, 0, 42005, dates)
        sheet.write_row(2, 1, [12, 3])
        sheet.write_row(3, 0, ["februar 2015", 11])
    found = read_counts(file, small_pilot())
    text = read(tmp_path, "Måned;Nye i Henvist;I arbeid\n2015-01;12;3\n2015-02;11;\n", None)
    assert np.array_equal(found.numbers, text.numbers, equal_nan=True)
    assert found.counts == text.counts


def test_a_file_that_is_no_workbook_and_two_sheets_with_tables_are_refused(tmp_path):
    with pytest.raises(RequestError, match="is no Excel workbook"):
        read_counts(write(tmp_path, "counts.xlsx", "Måned"), small_pilot())
    file = tmp_path / "two.xlsx"
    with xlsxwriter.Workbook(file) as book:
        for name in ("Januar", "Februar"):
            book.add_worksheet(name).write(0, 0, "Måned")
    with pytest.raises(RequestError, match=r"several sheets .*Januar, Februar"):
        read_counts(file, small_pilot())
