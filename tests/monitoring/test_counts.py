"""The table of counts: what its headings mean, and what is refused with its place."""

from __future__ import annotations

import math
import re
import zipfile

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


def test_a_mapping_may_be_handed_over_as_its_file(tmp_path):
    place = write(tmp_path, "mapping.yaml", MAPPING)
    file = write(tmp_path, "counts.csv", table_of(simulated(small_pilot(), 1)[0], 5))
    for named in (place, str(place)):
        assert read_counts(file, small_pilot(), named).counts == COUNTS


def test_an_empty_cell_is_missing_and_no_zero(tmp_path):
    found = read(tmp_path, HEAD + "2015-01;;0;\n2015-02;12;3;\n", PLAIN)
    assert math.isnan(found.numbers[0, 0])
    assert found.missing == [(0, 0)]
    assert found.present[2:].all()


@pytest.mark.parametrize(
    ("cells", "means"),
    [
        (("1.000,0", "1.000"), [1000.0, 1000.0]),
        (("1,000.0", "1,000"), [1000.0, 1000.0]),
        (("12,0", "1,000"), [12.0, 1.0]),
        (("1 000", "12"), [1000.0, 12.0]),
    ],
)
def test_signs_within_numbers_mean_what_the_column_leaves_no_doubt_of(tmp_path, cells, means):
    rows = "".join(f"2015-0{k};1;{cell};\n" for k, cell in enumerate(cells, 1))
    assert read(tmp_path, HEAD + rows, PLAIN).numbers[:2, 1].tolist() == means


@pytest.mark.parametrize("cell", ["1,000", "1.000", "2.125"])
def test_a_sign_that_may_be_of_thousands_or_of_decimals_is_refused(tmp_path, cell):
    says = (
        f"row 2, column 'I arbeid': '{cell}': is this sign between thousands, or before decimals?"
    )
    with pytest.raises(RequestError, match=re.escape(says)):
        read(tmp_path, HEAD + f"2015-01;1;{cell};\n2015-02;1;12;\n", PLAIN)


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
        (HEAD + "2015-01;10;0;nei\n2015-01;11;0;USANN\n", "row 3: 2015-01 stands after 2015-01"),
        (HEAD + "2014-12;10;0;\n", "row 2: 2014-12 lies outside the pilot"),
        (HEAD + "desember;10;0;\n", "row 2: 'desember' is no month"),
        (HEAD + "2015-01;ti;0;\n", "row 2, column 'Nye i Henvist': expected a whole number"),
        (HEAD + "2015-01;-1;0;\n", "found '-1'"),
        (HEAD + "2015-01;1,5;0;\n", "found '1,5'"),
        (
            "Måned;Nye i Henvsit\n2015-01;1\n",
            "what the column 'Nye i Henvsit' counts; say so in a mapping (--as), or leave it out there "
            "('dropped'); did you mean 'nye i henvist'?",
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


def test_a_heading_of_the_mapping_that_is_spelled_otherwise_is_one_fault(tmp_path):
    with pytest.raises(RequestError) as caught:
        read(tmp_path, "Måned;I arbied\n2015-01;3\n", PLAIN)
    assert str(caught.value) == (
        "counts.csv: no column is headed 'I arbeid', as the mapping says; did you mean 'I arbied'?"
    )
    with pytest.raises(RequestError) as caught:
        read(tmp_path, "Måned;I arbeid\n2015-01;3\n", PLAIN + "month: Mnd\n")
    assert str(caught.value).count("no column is headed") == 1


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


def cell_of(sheet, book, kind):
    if kind == "percent":
        sheet.write_number(1, 1, 1.0, book.add_format({"num_format": "0 %"}))
    elif kind == "yes or no":
        sheet.write_boolean(1, 1, True)
    elif kind == "formula":
        sheet.write_formula(1, 1, "=30+2", None, "")
    elif kind == "fault":
        sheet.write_formula(1, 1, "=1/0", None, "#DIV/0!")
    else:
        sheet.write_number(1, 1, 32, book.add_format({"num_format": "dd.mm.yyyy"}))


@pytest.mark.parametrize(
    ("kind", "shown"),
    [
        ("percent", "100 %"),
        ("yes or no", "TRUE"),
        ("formula", "=30+2"),
        ("fault", "#DIV/0!"),
        ("date", "1900-01-31"),
    ],
)
def test_a_cell_of_a_workbook_is_read_as_it_is_shown(tmp_path, kind, shown):
    file = tmp_path / "counts.xlsx"
    with xlsxwriter.Workbook(file) as book:
        sheet = book.add_worksheet("Tall")
        sheet.write_row(0, 0, ["Måned", "I arbeid"])
        sheet.write(1, 0, "2015-01")
        cell_of(sheet, book, kind)
    with pytest.raises(RequestError, match=rf"row 2, column 'I arbeid': .*{re.escape(shown)}'"):
        read_counts(file, small_pilot())


def test_a_broken_number_of_a_workbook_is_no_count_of_thousands(tmp_path):
    file = tmp_path / "counts.xlsx"
    with xlsxwriter.Workbook(file) as book:
        sheet = book.add_worksheet("Tall")
        sheet.write_row(0, 0, ["Måned", "I arbeid"])
        sheet.write_row(1, 0, ["2015-01", 2.125])
    with pytest.raises(RequestError, match=r"row 2, column 'I arbeid': '2\.125': "):
        read_counts(file, small_pilot())


@pytest.mark.parametrize("harm", ["cut", "locked", "no such word", "no such day"])
def test_a_workbook_that_is_damaged_or_locked_is_refused(tmp_path, harm):
    file = tmp_path / "counts.xlsx"
    with xlsxwriter.Workbook(file) as book:
        sheet = book.add_worksheet("Tall")
        sheet.write_row(0, 0, ["Måned", "I arbeid"])
        day = 1e9 if harm == "no such day" else 42005
        sheet.write_number(1, 0, day, book.add_format({"num_format": "dd.mm.yyyy"}))
    content = bytearray(file.read_bytes())
    if harm == "cut":
        with zipfile.ZipFile(file) as archive:
            begins = archive.getinfo("xl/worksheets/sheet1.xml").header_offset
        content[begins + 60 : begins + 110] = b"\xff" * 50
    elif harm == "locked":
        place = -1
        while (place := content.find(b"PK\x01\x02", place + 1)) >= 0:
            content[place + 8] |= 1
    file.write_bytes(content)
    if harm == "no such word":
        with zipfile.ZipFile(file) as archive:
            parts = {name: archive.read(name) for name in archive.namelist()}
        parts["xl/sharedStrings.xml"] = b"<sst/>"
        with zipfile.ZipFile(file, "w") as archive:
            for name, part in parts.items():
                archive.writestr(name, part)
    with pytest.raises(RequestError, match="is no Excel workbook"):
        read_counts(file, small_pilot())
