"""A page runs what is built into a packed flow: dates, lengths and structure, as the program does."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from pilotsim.files.reading import read_flow
from pilotsim.judge.check import check_targets
from pilotsim.judge.verdicts import questions_of
from pilotsim.language.catalogue import say
from pilotsim.measures.drop_out import drop_outs, name_of_cell
from pilotsim.output.live.built_in import BuiltInOptions
from pilotsim.output.live.page import write_live_page
from pilotsim.simulation.engines import simulate
from tests.portable.browser import Browser, browsing
from tests.portable.deciding import COUNT, checked, written
from tests.portable.outside import FEW
from tests.portable.reader import Reader
from tests.portable.test_model import record_of
from tests.portable.test_share import wait_for_file

pytestmark = pytest.mark.slow

ALNA = FEW[0]


@pytest.fixture(scope="module")
def browser(tmp_path_factory) -> Iterator[Browser]:
    with browsing(tmp_path_factory.mktemp("browser")) as browser:
        yield browser


def made(file: Path, folder: Path, *, pairs: int, replications: int = COUNT) -> Path:
    flow = read_flow(file)
    check = check_targets(flow, replications=replications, what_if=False)
    page = folder / "page.html"
    built_in = BuiltInOptions(flow, pairs=pairs)
    write_live_page(check, page, "nb", source=file, built_in=built_in)
    return page


@pytest.fixture(scope="module")
def file(tmp_path_factory) -> Path:
    return written(tmp_path_factory.mktemp("flow"))


@pytest.fixture(scope="module")
def page(tmp_path_factory, file) -> Path:
    return made(file, tmp_path_factory.mktemp("pages"), pairs=100)


def test_alna_is_shorter_or_later_in_the_page(browser, tmp_path):
    """Each comes to the numbers of `pilotsim check` for the same plan, seed and runs."""
    count = 6
    page = made(ALNA, tmp_path, pairs=4, replications=count)
    reader = Reader(browser, page)
    reader.choose("Hvor lenge varer piloten?", "12")
    reader.until_answered()
    ours = record_of(checked(ALNA, tmp_path, {"length": "12_months"}, {}, replications=count))
    assert reader.verdicts() == ours["verdicts"]
    assert reader.values() == ours["values"]
    reader.choose("Hvor lenge varer piloten?", "24")
    reader.choose("Når henvises de første?", "3 m")
    reader.until_answered()
    later = {"stages.referred.opens.first": "2015-04-06", "stages.course.opens.first": "2015-05-04"}
    ours = record_of(checked(ALNA, tmp_path, {}, later, replications=count))
    assert reader.values() == ours["values"]
    assert "3 måneder senere: 7. april 2015" in reader.text("side-head")


def test_two_at_once_with_a_number_on_top_and_as_a_file(browser, page, file, tmp_path):
    reader = Reader(browser, page)
    reader.choose("Skal noen avklares?", "Hver")
    reader.choose("Når begynner piloten?", "3 m")
    reader.choose("Hvor mange plasser blir det?", "Atten")
    reader.until_answered()
    browser.ask("Browser.setDownloadBehavior", behavior="allow", downloadPath=str(tmp_path))
    reader.click(say("start_save", "nb"))
    saved = tmp_path / "offer-plan.json"
    wait_for_file(saved)
    content = json.loads(saved.read_text(encoding="utf-8"))
    assert content["choose"] == {"way": "some", "staff": "many"}
    assert content["set"] == {
        "stages.offered.opens.first": "2015-04-06",
        "stages.course.opens.first": "2015-05-04",
    }
    ours = record_of(checked(file, tmp_path, content["choose"], content["set"]))
    assert reader.values() == ours["values"]
    assert reader.tab.run("location.hash") == (
        "#choice.way=some&choice.later=3_later&choice.staff=many"
    )
    # A page that is opened at this address, or is given the file, tries the same.
    again = Reader(browser, page, reader.tab.run("location.hash").removeprefix("#"))
    again.until_answered()
    assert again.values() == ours["values"]
    again.click(say("start_reset", "nb"))
    again.until_answered()
    again.tab.run(
        f"{{ const held = new DataTransfer(); held.items.add(new File([{json.dumps(saved.read_text())}], 'plan.json'));"
        " const input = document.getElementById('load-settings'); input.files = held.files;"
        " input.dispatchEvent(new Event('change')) }"
    )
    again.wait("location.hash.includes('later=3_later')")
    again.until_answered()
    assert again.values() == ours["values"]


def test_what_follows_a_number_goes_on_to_do_so(browser, page, file, tmp_path):
    """Fifteen young people are another share of more clients."""
    reader = Reader(browser, page)
    reader.choose("Hvor mange er unge?", "Femten")
    reader.tab.run(
        "{ const lever = document.getElementById('more'); lever.value = 'groups.there.stock';"
        " lever.dispatchEvent(new Event('change')); const own = document.getElementById('lever-groups.there.stock');"
        " own.value = '80'; own.dispatchEvent(new Event('input')) }"
    )
    reader.until_answered()
    ours = record_of(checked(file, tmp_path, {"youths": "counted"}, {"groups.there.stock": "80"}))
    assert reader.values() == ours["values"]


def test_what_is_not_packed_together_is_refused_in_words(browser, page):
    reader = Reader(browser, page)
    for question, option in (
        ("Skal noen avklares?", "Hver"),
        ("Når begynner piloten?", "2 m"),
        ("Hvor lang er perioden?", "18"),
    ):
        reader.choose(question, option)
    reader.wait("!document.getElementById('impossible').hidden")
    names = "Hver tredje; 2 måneder senere: 9. mars 2015; 18 måneder"
    assert reader.text("impossible") == say("start_not_together", "nb", names=names)
    reader.choose("Skal noen avklares?", "Ingen")
    reader.until_answered()
    assert reader.tab.run("document.getElementById('impossible').hidden")
    assert reader.text("tried")


def test_what_is_shown_over_time_is_that_of_what_is_tried(browser, page):
    """One run as one sees it, and charts by month, of a period that is half as long again."""
    reader = Reader(browser, page)
    reader.choose("Hvor lang er perioden?", "18")
    reader.until_answered()
    days = 547  # from 1 January 2015 to 1 July 2016
    reader.tab.run("document.getElementById('see').scrollIntoView()")
    reader.wait(f"window.page.animation.course?.horizon === {days}")
    assert reader.tab.run("document.getElementById('see-moment').max") == str(days)
    assert reader.text("see-setting") == say("see_setting", "nb")
    reader.tab.run("document.getElementById('over-time').scrollIntoView()")
    reader.wait("window.page.charts.isDone && window.page.charts.shown.length === 2")
    means = json.loads(
        reader.tab.run(
            "JSON.stringify(window.page.charts.shown.map(({ use }) => [...use.values()][0].mean))"
        )
    )
    # The plan has no number after its end, and the table says so.
    assert [len(mean) for mean in means] == [12, 18]
    table = (
        "[...document.querySelectorAll('#over-time figure table tbody tr')].slice(12, 18)"
        ".map(row => row.cells[1].textContent).join()"
    )
    assert reader.tab.run(table) == ",".join("–" * 6)
    assert None not in means[1][1:]
    assert means[0][1:12] == means[1][1:12]
    assert reader.tab.complaints() == []


def test_a_stage_that_only_what_is_tried_leads_to_stands_on_the_map(browser, page, file, tmp_path):
    """With as many there as the program's own journeys say, and what became of them in the charts."""
    reader = Reader(browser, page)
    reader.choose("Skal noen avklares?", "Hver")
    reader.until_answered()
    reader.tab.run("document.getElementById('see').scrollIntoView()")
    reader.wait("page.animation.course !== undefined")
    reader.wait(
        "[...document.querySelectorAll('.box[data-stage=clinic]')].some(one => !one.hidden)"
    )
    reader.tab.run(
        "{ document.getElementById('see-table').open = true; const slider = document.getElementById('see-moment');"
        " slider.value = '200'; slider.dispatchEvent(new Event('input')) }"
    )
    rows = (
        "Object.fromEntries([...document.querySelectorAll('#see-rows tr')]"
        ".map(row => [row.dataset.stage, row.cells[1].textContent]))"
    )
    reader.wait("document.querySelectorAll('#see-rows tr').length > 0")
    shown = json.loads(reader.tab.run(f"JSON.stringify({rows})"))
    flow = checked(file, tmp_path, {"way": "some"}, {}, replications=1).flow
    journeys = simulate(flow, fixed=False)
    there = (journeys.joined <= 200) & ~(journeys.finished <= 200)
    ours = {
        name: str(int((there & (journeys.stage == k)).sum())) for k, name in enumerate(flow.stages)
    }
    assert shown == ours
    assert ours["clinic"] != "0"
    reader.tab.run("document.getElementById('losses').scrollIntoView()")
    reader.wait("page.charts.isDone && page.charts.shown.length === 2")
    tried = "Object.fromEntries(page.charts.shown[1].dropOuts.get('works'))"
    question = next(one for one in questions_of(flow) if one.name == "works")
    counts = sum(
        drop_outs(
            simulate(flow, replication=one, fixed=False), question.measure, 0.5, at_least=True
        )[0]
        for one in range(COUNT)
    )
    named = {name_of_cell(cell, flow): int(count) for cell, count in enumerate(counts) if count}
    assert json.loads(reader.tab.run(f"JSON.stringify({tried})")) == named
    assert any("clinic" in name for name in named)
