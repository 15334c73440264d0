"""Reports: complete or absent, the same bytes twice, open in a Norwegian spreadsheet, nothing from the network."""

import csv
import io
import os
import re
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from pilotsim.base.errors import PilotsimError, RequestError
from pilotsim.base.languages import LANGUAGES
from pilotsim.files.reading import read_text
from pilotsim.judge.check import check_targets
from pilotsim.output.document import Cell, Column, Row, Table
from pilotsim.output.reports import write_report
from pilotsim.output.views import document_of
from pilotsim.output.views.check import open_verdicts
from pilotsim.output.writers.csv import write_csv
from pilotsim.output.writers.folder import files_of
from tests.output import small_results
from tests.output.test_figures import PILOT

COMMAND = "pilotsim check pilot.yaml --set 'risks.job.rate=<9 % per month>'"
ODD = PILOT.replace(
    "title: {nb: Pilot, en: Pilot}", 'title: {nb: "<b>Å & \\"Ø\\"</b>", en: "<b>A & \\"O\\"</b>"}'
)


@pytest.fixture(scope="module")
def check():
    return check_targets(read_text(PILOT), replications=6, what_if_replications=3, seed=3)


def make_files(check, language, command=""):
    """The content of each file of a report by its name."""
    files = files_of(document_of(check, language, command=command))
    return {file.name: file.content for file in files}


@pytest.fixture(scope="module")
def files(check):
    return {language: make_files(check, language, COMMAND) for language in LANGUAGES}


def rows_of(content: bytes, delimiter: str) -> list[dict[str, str]]:
    return list(
        csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=delimiter)
    )


EMPTY = ("meta", "img", "br")


class Page(HTMLParser):
    """Checks that every element is closed in order, and keeps what a reader and a browser see."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open, self.tags, self.text = [], [], []
        self.feed(page)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        if tag not in EMPTY:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        assert tag in EMPTY or "svg" in self.open
        self.tags.append((tag, dict(attributes)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text.append(data)

    def all(self, tag):
        return [attributes for name, attributes in self.tags if name == tag]


def test_a_report_holds_the_page_the_figures_their_words_and_the_tables(check, tmp_path):
    written = write_report(check, tmp_path / "out" / "report", "nb", COMMAND)
    names = {file.name for file in (tmp_path / "out" / "report").iterdir()}
    figures = [
        "targets",
        "clients",
        "flow",
        "waits",
        "use",
        *(
            f"drivers-{v.question.name.replace('.', '-')}"
            for v in open_verdicts(check)
            if check.drivers_of(v.question)
        ),
    ]
    tables = ["targets", "drivers", "assumptions", "stages_over_time", "moves"]
    wanted = {f"{name}.{end}" for name in figures for end in ("png", "svg", "txt")} | {
        f"{name}.csv" for name in tables
    }
    assert names == wanted | {"index.html", "files.txt", "check.json"}
    assert written[0].name == "index.html"
    assert {file.name for file in written} == names
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["report"]


def test_the_same_check_gives_the_same_bytes(check, files):
    assert make_files(check, "nb", COMMAND) == files["nb"]


def test_pictures_are_what_their_names_say(files):
    for name, content in files["nb"].items():
        if name.endswith(".png"):
            assert content.startswith(b"\x89PNG\r\n\x1a\n")
            # 16 cm at 200 dots an inch.
            assert int.from_bytes(content[16:20], "big") in (1259, 1260)
        if name.endswith(".svg"):
            root = ET.fromstring(content)
            assert root.tag == "{http://www.w3.org/2000/svg}svg"
            hrefs = [
                value
                for one in root.iter()
                for key, value in one.attrib.items()
                if key.endswith("href")
            ]
            assert all(href.startswith(("#", "data:")) for href in hrefs)
            # Its words are words; nothing else says what they are.
            assert list(root.iter("{http://www.w3.org/2000/svg}text"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_is_well_formed_and_asks_for_nothing_from_the_network(files, language):
    text = files[language]["index.html"].decode("utf-8")
    page = Page(text)
    assert page.all("html") == [{"lang": language}]
    assert not page.all("script")
    assert not page.all("link")
    assert "http" not in text
    assert "@import" not in text
    assert not page.all("img")
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(set(ids)) == len(ids)
    assert set(re.findall(r"url\(([^)]*)\)", text)) <= {f"#{one}" for one in ids}
    pictures = page.all("svg")
    assert len(pictures) == len([name for name in files[language] if name.endswith(".svg")])
    for picture in pictures:
        assert picture["role"] == "img"
        assert picture["aria-labelledby"] in ids
    marks = {f"#{one}" for one in ids}
    links = {link["href"] for link in page.all("a")}
    assert links <= set(files[language]) | marks
    assert links & marks


def test_the_page_tells_verdicts_sums_contradictions_basis_and_how_it_was_made(check, files):
    said = " ".join(Page(files["en"]["index.html"].decode("utf-8")).text)
    for words in (
        "6 verdicts on 4 targets",
        "unlikely",
        "Of those who trained",
        "at least 60\u00a0%",
        "0 − 60 × 0.4 = −24 at best",
        "Clients per adviser",
        "guess",
        "5–20",
        "The flow 'pilot' was simulated 6 times with seed 3",
        "Each change was tried 3 times",
        COMMAND,
    ):
        assert words in said, words


def test_what_a_flow_file_says_cannot_become_markup():
    check = check_targets(read_text(ODD), replications=2, what_if=False)
    text = make_files(check, "nb", "<script>")["index.html"].decode("utf-8")
    page = Page(text)
    assert "<b>" not in text
    assert '<b>Å & "Ø"</b>' in page.text
    assert "<script>" in page.text


def test_without_what_if_the_page_has_no_drivers():
    check = check_targets(read_text(PILOT), replications=2, what_if=False)
    made = make_files(check, "en")
    assert not any(name.startswith("drivers-") for name in made)
    assert "What the result depends on" not in made["index.html"].decode("utf-8")
    assert len(rows_of(made["drivers.csv"], ",")) == 0


# ---------------------------------------------------------------------------------------------------------------------
# Tables


def test_norwegian_tables_have_semicolons_and_decimal_commas(check, files):
    content = files["nb"]["targets.csv"]
    assert content.startswith(b"\xef\xbb\xbf")
    assert b"\r\n" in content
    rows = rows_of(content, ";")
    assert [row["Navn"] for row in rows] == [verdict.question.name for verdict in check.verdicts]
    for row, verdict in zip(rows, check.verdicts, strict=True):
        if verdict.question.bound.kind == "share":
            assert float(row["I snitt"].replace(",", ".")) == pytest.approx(
                100 * verdict.expected, abs=1e-6
            )
            assert row["Enhet"] == "%"
    assert rows[3]["I snitt"] == ""  # judged by the sum alone
    assert rows[3]["Regnestykke"] == "0 − 60 × 0,4"


def test_english_tables_have_commas_and_decimal_points(check, files):
    rows = rows_of(files["en"]["drivers.csv"], ",")
    measured = len(check.values)
    # Each assumption at both ends and each capacity lifted, for each measured question; not lifted
    # places for their own cost.
    assert len(rows) == measured * len(check.drivers) - sum(
        driver.kind == "unlimited" for driver in check.drivers
    )
    row = next(
        row
        for row in rows
        if row["Name"] == "risks.job.rate"
        and row["Question"] == "work.all"
        and row["End"] == "high"
    )
    change = next(
        d for d in check.drivers if d.name == "risks.job.rate" and d.kind == "high"
    ).value["work.all"]
    assert float(row["Change"]) == pytest.approx(100 * change.mean, abs=1e-6)
    assert (row["Value"], row["Unit of the value"]) == ("8", "% per month")
    assert len(row) == 14  # every heading has a name of its own


def test_every_assumption_is_listed_with_its_reason(check, files):
    rows = {row["Name"]: row for row in rows_of(files["en"]["assumptions.csv"], ",")}
    assert set(check.flow.assumptions) <= set(rows)
    assert rows["resources.adviser.caseload"] == {
        "Name": "resources.adviser.caseload",
        "What": "Clients per adviser",
        "Basis": "Assumption",
        "Value": "9",
        "Lower": "5",
        "Upper": "20",
        "Unit": "",
        "Source": "",
        "Assumption": "guess",
        "Drawn with": "",
    }


def test_clients_over_time_add_up_to_those_in_the_paths(check, files):
    rows = rows_of(files["en"]["stages_over_time.csv"], ",")
    assert len(rows) == 13 * len(check.flow.stages)
    last = [row for row in rows if row["Date"] == "2016-01-01"]
    total = sum(float(row["Mean with the pilot"]) for row in last)
    assert total == pytest.approx(
        np.mean([path.occupancy[-1].sum() for path in check.paths]), abs=1e-4
    )


def test_tables_come_back_as_they_were_and_hold_no_formulas():
    values = (("=1+1", 1.5), ('two;\n"lines"', float("nan")), (None, -1e-17), ("ja", 1234567.25))
    columns = (Column("a", "a"), Column("b", "b", is_number=True))
    rows = [Row(tuple(Cell.of_value(value) for value in row)) for row in values]
    table = Table.of_rows("t", "T", columns, rows)
    rows = rows_of(write_csv(table, "nb"), ";")
    assert rows == [
        {"a": "'=1+1", "b": "1,5"},
        {"a": 'two;\n"lines"', "b": ""},
        {"a": "", "b": "0"},
        {"a": "ja", "b": "1234567,25"},
    ]


# ---------------------------------------------------------------------------------------------------------------------
# The folder


def test_files_of_an_earlier_report_are_replaced_and_all_others_left_alone(check, tmp_path):
    write_report(check, tmp_path, "nb")
    (tmp_path / "mine.txt").write_text("mine", encoding="utf-8")
    (tmp_path / "drivers-mine.png").write_bytes(b"mine")
    listed = tmp_path / "files.txt"
    (tmp_path / "drivers-gone.png").write_bytes(b"old")
    listed.write_text(
        listed.read_text(encoding="utf-8-sig") + "drivers-gone.png\told\n../mine.txt\tno\n",
        encoding="utf-8",
    )
    write_report(check, tmp_path, "en")
    assert (tmp_path / "mine.txt").read_text(encoding="utf-8") == "mine"
    assert (tmp_path / "drivers-mine.png").read_bytes() == b"mine"
    assert not (tmp_path / "drivers-gone.png").exists()
    assert 'lang="en"' in (tmp_path / "index.html").read_text(encoding="utf-8")


def test_a_report_that_cannot_be_replaced_stays_as_it_was(check, tmp_path, monkeypatch):
    """The page names its pictures: either all are of the new report, or all of the earlier."""
    write_report(check, tmp_path, "nb")
    before = {file: file.read_bytes() for file in tmp_path.iterdir()}
    move = Path.replace

    def is_open(self, target):
        if Path(target).name == "flow.png":
            raise PermissionError(13, "The file is in use", str(target))
        return move(self, target)

    monkeypatch.setattr(Path, "replace", is_open)
    with pytest.raises(
        PilotsimError, match=r"flow\.png: The file is in use; is it open in another program"
    ):
        write_report(check, tmp_path, "en")
    assert {file: file.read_bytes() for file in tmp_path.iterdir()} == before
    assert not [path for path in tmp_path.parent.iterdir() if path.name.endswith(".partial")]


def test_a_place_that_is_a_file_is_refused_and_kept(check, tmp_path):
    place = tmp_path / "report"
    place.write_text("mine", encoding="utf-8")
    with pytest.raises(PilotsimError, match=r"cannot write .*report"):
        write_report(check, place)
    assert place.read_text(encoding="utf-8") == "mine"


@pytest.mark.skipif(os.name == "nt", reason="rights are others on Windows")
def test_others_may_read_a_report_as_far_as_the_system_lets_them(check, tmp_path):
    (tmp_path / "plain").mkdir()
    write_report(check, tmp_path / "report")
    assert (tmp_path / "report").stat().st_mode == (tmp_path / "plain").stat().st_mode


def test_a_language_that_nobody_speaks_is_refused(check, tmp_path):
    with pytest.raises(RequestError, match="unknown language"):
        write_report(check, tmp_path / "report", "no")
    assert list(tmp_path.iterdir()) == []


def test_targets_that_differ_by_capitals_alone_get_files_of_their_own():
    measure = "measure: {share: {reached: work}, of: {reached: mapping}}"
    alike = f"targets:\n  a-b: {{says: x, at_least: 99 %, {measure}}}\n  A: {{says: x, at_least: 99 %, readings: {{b: {{says: y, {measure}}}}}}}\n"
    check = check_targets(
        read_text(PILOT.replace("targets:\n", alike)), replications=4, what_if_replications=2
    )
    names = [figure.name for figure in document_of(check, "nb").figures()]
    drivers = [name for name in names if name.startswith("drivers-")]
    assert {"drivers-a-b", "drivers-A-b-2"} <= set(drivers)
    assert len({name.lower() for name in drivers}) == len(drivers)


@pytest.mark.parametrize("name", ["study", "plan", "analysis", "pooled"])
def test_every_result_can_be_written_by_who_says_only_where(tmp_path, name):
    files = write_report(getattr(small_results, name)(), tmp_path / "report", "en", COMMAND)
    assert files[0].name == "index.html"


def test_what_a_report_does_not_take_is_refused_with_what_was_meant(tmp_path):
    with pytest.raises(RequestError, match="no argument 'langauge'; did you mean 'language'"):
        write_report(small_results.study(), tmp_path / "report", langauge="en")
    assert not (tmp_path / "report").exists()
