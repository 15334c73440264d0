"""The scoreboard: every published figure of several flows, totals by class, true tests first."""

import json

import pytest

from pilotsim.base.errors import RequestError
from pilotsim.files.reading import read_text
from pilotsim.judge.scoreboard import score_flows
from pilotsim.judge.scores import scores_of
from pilotsim.judge.validation import validate
from pilotsim.output.views import document_of
from pilotsim.output.writers.json import write_json
from pilotsim.output.writers.markdown import write_markdown
from tests.cli.test_cli import run
from tests.judge.test_evidence import FLOW
from tests.output.small_checks import SYSTEM

OTHER = FLOW.replace("flow: small", "flow: other").replace("title: Small", "title: Another")


@pytest.fixture(scope="module")
def board():
    flows = [read_text(FLOW), read_text(OTHER), read_text(FLOW.split("observed:")[0])]
    return score_flows(flows, replications=3, engine="process")


def test_it_holds_every_flow_of_which_something_was_published(board):
    assert [one.flow.flow for one in board.validations] == ["small", "other"]
    alone = validate(read_text(FLOW), replications=3, engine="process")
    one, other = board.validations
    assert one.to_frame().equals(alone.to_frame())
    assert other.to_frame().equals(alone.to_frame())


def test_totals_are_over_all_flows(board):
    both = {score.kind.name: score for score in board.scores}
    single = {score.kind.name: score for score in scores_of([board.validations[0].comparisons])}
    assert list(both) == list(single)
    for name, score in both.items():
        assert len(score.rows) == 2 * len(single[name].rows)
        assert score.naive_hits == 2 * single[name].naive_hits


def test_the_page_has_every_figure_once_tests_first(board):
    text = write_markdown(document_of(board, "en"))
    heads = [line for line in text.splitlines() if line.startswith("## ")]
    assert heads[:3] == ["## True tests", "## Near copies", "## By construction"]
    record = json.loads(write_json(document_of(board, "nb")))
    assert {name: len(rows) for name, rows in record["flows"].items()} == {"small": 10, "other": 10}
    tables = record["tables"]
    filed = sum(len(tables[name]) for name in record["scores"])
    assert filed == 20
    assert {row["flow"] for row in tables["test"]} == {"small", "other"}
    assert [row["rows"] for row in tables["totals"]] == [6, 2, 6, 2, 2, 2]


def test_two_documents_of_one_name_are_both_told():
    texts = [
        SYSTEM.replace("flow: small", f"flow: {name}").replace("A report", f"The report of {name}")
        for name in ("one", "other")
    ]
    found = score_flows([read_text(text) for text in texts], replications=1, engine="process")
    page = write_markdown(document_of(found, "en"))
    assert "- **r**: The report of one" in page
    assert "- **r**: The report of other" in page


def test_flows_without_figures_have_no_scoreboard():
    with pytest.raises(RequestError, match="none of the flows says what was observed"):
        score_flows([read_text(FLOW.split("observed:")[0])], replications=2)


def test_command_writes_page_and_markdown(tmp_path):
    file = tmp_path / "small.yaml"
    file.write_text(FLOW, encoding="utf-8")
    page = tmp_path / "scoreboard.md"
    done = run(
        *("scoreboard", file, "-n", "3", "-j", "1", "--engine", "process", "--language", "nb"),
        *("--markdown", page, "--out", tmp_path / "out"),
    )
    assert done.returncode == 0, done.stderr
    assert "Ekte prøver: 3 (1 treffer og 2 bommer)" in done.stdout
    assert page.read_text(encoding="utf-8").startswith("# Resultattavle")
    assert (tmp_path / "out" / "index.html").exists()
    assert (tmp_path / "out" / "totals.csv").exists()
