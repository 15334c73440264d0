"""Every result shows itself in a notebook, with its figure, and gives its tables as data frames."""

from __future__ import annotations

import io
import re

import pytest

import pilotsim
from pilotsim.base.errors import RequestError
from pilotsim.base.from_above import Shown
from tests.output import small_results
from tests.output.golden import all_results
from tests.test_public_arguments import FLOW as SMALL

RESULTS = {
    name: result for name, (result, beside) in all_results().items() if isinstance(result, Shown)
}
# Results whose figure belongs to what is read on one screen, or stands below it.
DRAWN = ("findings", "information", "portfolio", "solution", "follow", "pooled", "check")


@pytest.mark.parametrize("name", sorted(RESULTS))
def test_a_result_gives_its_table_with_words_and_units(name):
    frame = RESULTS[name].to_frame()
    assert set(frame.attrs["units"]) <= set(frame.columns)
    found = pilotsim.tables(RESULTS[name], "sv")
    assert found or name == "register_analysis"
    for table in found.values():
        assert set(table.attrs["words"]) == set(table.columns)
        assert all(table.attrs["words"].values())


def test_numbers_stand_in_the_unit_that_is_named():
    shares = [
        frame[column].dropna()
        for result in RESULTS.values()
        for name, frame in pilotsim.tables(result).items()
        for column, unit in frame.attrs["units"].items()
        # How far counts went of the limit may be more than all of it.
        if unit == "%" and name != "watched"
    ]
    assert len(shares) > 3
    assert all(share.between(0, 100).all() for share in shares)
    assert max(share.max() for share in shares if len(share)) > 1


@pytest.mark.parametrize("name", DRAWN)
def test_a_result_shows_itself_with_its_figure(name, monkeypatch):
    monkeypatch.setenv("PILOTSIM_LANGUAGE", "en")
    html = RESULTS[name]._repr_html_()
    assert html.startswith('<div class="pilotsim" lang="en">')
    assert html.count("<svg") == 1
    assert "<table" in html or "<p" in html
    # A part of somebody else's page: nothing of it may reach beyond.
    style = re.search(r"<style>(.*?)</style>", html, re.DOTALL)[1]
    assert all(line.startswith(".pilotsim ") for line in style.split("\n") if line)


def test_a_result_is_shown_in_the_language_that_is_asked_for():
    shown = pilotsim.show(RESULTS["portfolio"], language="sv")._repr_html_()
    assert 'lang="sv"' in shown
    with pytest.raises(RequestError, match="unknown language 'xx'"):
        pilotsim.show(RESULTS["portfolio"], language="xx")


def test_a_figure_is_a_picture_in_a_notebook():
    axes = pilotsim.plot_portfolio(RESULTS["portfolio"], language="en")
    assert axes._repr_png_().startswith(b"\x89PNG")
    assert "<svg" in axes._repr_svg_()


def test_progress_is_one_line_that_ends_when_it_is_stopped():
    file = io.StringIO()

    def stopped() -> None:
        with pilotsim.ShowProgress(4000, "nb", file) as progress:
            for _ in range(3000):
                progress(1)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        stopped()
    written = file.getvalue()
    assert written.count("\r") < 110
    assert written.count("\n") == 1
    assert re.search(r"3\s000 / 4\s000\n$", written)
    with pytest.raises(RequestError, match="unknown language"):
        pilotsim.ShowProgress(language="xx")


def test_runs_that_are_interrupted_leave_nothing_behind():
    """No process, and no run that the next ones would mistake for theirs."""
    flow = pilotsim.read_text(SMALL)

    def stop(done: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        pilotsim.check_targets(flow, replications=40, progress=stop)
    again = pilotsim.check_targets(flow, replications=40, what_if=False)
    other = pilotsim.check_targets(pilotsim.read_text(SMALL), replications=40, what_if=False)
    assert again.to_frame().equals(other.to_frame())


def test_a_table_of_words_has_them_and_the_first_of_numbers_is_the_frame():
    found = small_results.evaluation()
    summary = next(iter(pilotsim.tables(found, language="en").values()))
    assert summary["design"].map(bool).all()
    frame = found.to_frame()
    assert frame["design"].notna().all()
    assert frame["power"].notna().any()
