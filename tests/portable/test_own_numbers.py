"""A reader fills in numbers of their own on a page, and gets the answer that the program gives."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from pilotsim.cli.shared import read_changed, read_settings
from pilotsim.files.reading import read_flow
from pilotsim.judge.check import Check, check_targets
from pilotsim.judge.settings_ahead import try_settings
from pilotsim.language.catalogue import say
from pilotsim.output.live.beforehand import tried_cells
from pilotsim.output.live.built_in import BuiltInOptions
from pilotsim.output.live.decision import changes_by_state
from pilotsim.output.live.levers import levers_of, settings_to_try
from pilotsim.output.live.page import write_live_page
from pilotsim.output.live.prices import with_prices_asked
from tests.portable.browser import Browser, Tab, browsing
from tests.portable.test_share import ALNA, AXE, READY, RULES, text_of, wait_for, wait_for_file
from tests.portable.test_share import verdicts_of as verdicts_in_words

pytestmark = pytest.mark.slow

RUNS = 30
DONE = (
    f"window.page.workbench.isDone && window.page.workbench.answers[1].replications === {RUNS}"
    " && window.page.own.isTold"
)


@pytest.fixture(scope="module")
def check() -> Check:
    return check_targets(read_flow(ALNA), replications=RUNS, what_if=False)


@pytest.fixture(scope="module")
def page(tmp_path_factory, check) -> Path:
    file = tmp_path_factory.mktemp("own") / "page.html"
    write_live_page(check, file, "nb", source=ALNA)
    return file


@pytest.fixture(scope="module")
def browser(tmp_path_factory) -> Iterator[Browser]:
    with browsing(tmp_path_factory.mktemp("browser")) as browser:
        yield browser


def opened(browser: Browser, page: Path) -> Tab:
    tab = browser.tab(cores=2)
    tab.open(page.as_uri())
    wait_for(tab, READY)
    return tab


def click(tab: Tab, name: str) -> None:
    """As a hand does: on the middle of what is seen."""
    where = f"document.getElementById('{name}')"
    tab.run(f"{where}.scrollIntoView({{ block: 'center' }})")
    spot = json.loads(
        tab.run(
            f"(box => JSON.stringify([box.x + box.width / 2, box.y + box.height / 2]))({where}.getBoundingClientRect())"
        )
    )
    for kind in ("mousePressed", "mouseReleased"):
        tab.ask(
            "Input.dispatchMouseEvent", type=kind, x=spot[0], y=spot[1], button="left", clickCount=1
        )


def write(tab: Tab, name: str, text: str) -> None:
    """Click on a field, write into it and leave it."""
    click(tab, name)
    tab.ask("Input.insertText", text=text)
    for kind in ("keyDown", "keyUp"):
        tab.ask("Input.dispatchKeyEvent", type=kind, key="Tab", code="Tab", windowsVirtualKeyCode=9)


def answered(tab: Tab, path: str = "") -> None:
    """Until all has come in that was asked with a number that is set."""
    is_set = f"window.page.workbench.numbers['{path}'] !== undefined" if path else "true"
    wait_for(tab, f"{is_set} && Object.keys(window.page.workbench.numbers).length && {DONE}")


def verdicts_now(tab: Tab) -> list[dict[str, Any]]:
    said = tab.run("JSON.stringify(window.page.workbench.answers[1].toJSON().verdicts)")
    return without_words(json.loads(said))


def without_words(verdicts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Words that hold numbers of the plan are exchanged on the page, not in its record."""
    return [{key: part for key, part in one.items() if key != "says"} for one in verdicts]


def verdicts_of(check: Check) -> list[dict[str, Any]]:
    return without_words(verdicts_in_words(check))


def saved_by(browser: Browser, tab: Tab, folder: Path) -> Path:
    browser.ask("Browser.setDownloadBehavior", behavior="allow", downloadPath=str(folder))
    tab.run("document.getElementById('save-settings').click()")
    file = folder / "alna_aktiv-plan.json"
    wait_for_file(file)
    return file


def checked_with(file: Path) -> Check:
    """What `pilotsim check --settings FILE` comes to."""
    changes, decisions = read_settings(ALNA, file, (), ())
    flow, _ = read_changed(ALNA, changes, None, decisions)
    return check_targets(flow, replications=RUNS, what_if=False)


def test_our_230_clients_get_the_answer_of_the_program_with_one_click(browser, page, tmp_path):
    """In all: what the plan has for 500 is split and scaled, and saved as it is."""
    tab = opened(browser, page)
    write(tab, "own-total", "230")
    answered(tab)
    now = json.loads(tab.run("JSON.stringify(window.page.workbench.numbers)"))
    groups = [
        now[f"groups.{name}.stock"]
        for name in ("target_group", "already_followed", "other_recipients")
    ]
    assert groups == [71, 28, 131]
    assert now["resources.place_technical.units"] == 6
    checked = checked_with(saved_by(browser, tab, tmp_path))
    assert verdicts_now(tab) == verdicts_of(checked)
    said = text_of(tab, "own-said")
    for change in changes_by_state(checked, "nb"):
        assert change.change in said
    # What the plan says of 116 of 500 is as many of 230.
    assert "om lag 53 klienter" in said
    assert "116" not in said
    assert not tab.run("document.getElementById('own-top').hidden")


def test_a_target_group_of_230_is_another_answer(browser, page, tmp_path):
    """Three clicks: the field, what is to follow, and the rest as in the plan."""
    tab = opened(browser, page)
    write(tab, "own-groups.target_group.stock", "230")
    answered(tab)
    for part in ("groups", "coming", "capacity"):
        click(tab, f"own-follows-{part}")
    answered(tab)
    assert json.loads(tab.run("JSON.stringify(window.page.workbench.numbers)")) == {
        "groups.target_group.stock": 230
    }
    checked = checked_with(saved_by(browser, tab, tmp_path))
    assert checked.flow.values["groups.target_group.stock"].number == 230
    assert verdicts_now(tab) == verdicts_of(checked)


def test_a_number_is_read_as_it_is_written(browser, page, tmp_path):
    tab = opened(browser, page)
    for path, text in {
        "groups.target_group.arrivals": "2,5 per måned",
        "stages.referred.next.mapping": "70 %",
        "costs.places.per_month": "4 000",
    }.items():
        tab.run(f"document.getElementById('own-{path}').closest('details').open = true")
        write(tab, f"own-{path}", text)
    answered(tab)
    file = saved_by(browser, tab, tmp_path)
    assert json.loads(file.read_text(encoding="utf-8"))["set"] == {
        "groups.target_group.arrivals": "2.5 per month",
        "stages.referred.next.mapping": "70 %",
        "costs.places.per_month": "4000",
    }
    assert verdicts_now(tab) == verdicts_of(checked_with(file))


FAULTS = {
    "mange": say("own_no_number", "nb", text="mange"),
    "1.500": say("own_two_meanings", "nb", text="1.500"),
    "155,5": say("own_whole", "nb"),
    "-3": say("own_at_least", "nb", least="0"),
}


@pytest.mark.parametrize("text", FAULTS)
def test_a_faulty_field_says_so_beside_it_and_above(browser, page, text):
    tab = opened(browser, page)
    name = "own-groups.target_group.stock"
    write(tab, name, text)
    wait_for(tab, "!document.getElementById('own-summary').hidden")
    assert text_of(tab, f"{name}-error") == FAULTS[text]
    field = f"document.getElementById('{name}')"
    assert tab.run(f"{field}.getAttribute('aria-invalid')") == "true"
    assert f"{name}-error" in tab.run(f"{field}.getAttribute('aria-describedby')").split()
    assert say("own_fault", "nb") in text_of(tab, "own-summary")
    # Nothing is asked with a number that nobody meant.
    assert tab.run("Object.keys(window.page.workbench.numbers).length") == 0
    tab.run("document.querySelector('#own-summary a').click()")
    assert tab.run("document.activeElement.id") == name
    tab.run(f"{field}.select()")
    tab.ask("Input.insertText", text="170")
    answered(tab)
    assert tab.run("document.getElementById('own-summary').hidden")
    assert tab.run(f"{field}.getAttribute('aria-invalid')") is None


def load(tab: Tab, text: str) -> None:
    tab.run(
        f"{{ const held = new DataTransfer(); held.items.add(new File([{json.dumps(text)}], 'plan.json'));"
        " const input = document.getElementById('load-settings'); input.files = held.files;"
        " input.dispatchEvent(new Event('change')) }"
    )


def test_a_faulty_file_is_refused_with_its_place_and_changes_nothing(browser, page):
    tab = opened(browser, page)
    write(tab, "own-groups.target_group.stock", "170")
    answered(tab)
    before = tab.run("JSON.stringify(window.page.workbench.numbers)")
    path = "stages.mapping.lasts.gamma.mean"
    load(tab, json.dumps({"flow": "alna_aktiv", "set": {path: "2 months"}}, indent=1))
    wait_for(tab, "!document.getElementById('impossible').hidden")
    where = say("own_file_line", "nb", file="plan.json", line="4")
    fault = say("own_file_unit", "nb", path=path, found="2 months", unit="6 weeks")
    assert text_of(tab, "impossible") == f"{where}: {fault}"
    assert tab.run("JSON.stringify(window.page.workbench.numbers)") == before
    load(tab, json.dumps({"flow": "alna_aktiv", "set": {path: "8 weeks"}}))
    answered(tab, path)
    assert tab.run("Object.keys(window.page.workbench.numbers).length") == 1
    assert tab.run(f"document.getElementById('own-{path}').value") == "8"
    assert tab.run("document.getElementById('own-groups.target_group.stock').value") == ""


def test_levers_addresses_and_the_form_hold_the_same_numbers(browser, page):
    tab = browser.tab(cores=2)
    path = "resources.place_technical.units"
    tab.open(f"{page.as_uri()}#{path}=20")
    wait_for(tab, READY)
    answered(tab)
    assert tab.run(f"document.getElementById('own-{path}').value") == "20"
    tab.run(f"document.getElementById('own-{path}').closest('details').open = true")
    tab.run(f"document.getElementById('own-{path}').value = ''")
    write(tab, f"own-{path}", "18")
    wait_for(tab, f"window.page.workbench.numbers['{path}'] === 18")
    assert tab.run(f"document.getElementById('lever-{path}').value") == "18"
    tab.run(
        f"{{ const lever = document.getElementById('lever-{path}'); lever.value = '8';"
        " lever.dispatchEvent(new Event('input')) }"
    )
    assert tab.run(f"document.getElementById('own-{path}').value") == "8"
    tab.run("document.getElementById('reset').click()")
    assert tab.run(f"document.getElementById('own-{path}').value") == ""
    assert tab.run("document.getElementById('own-side').hidden")


def test_another_language_has_the_same_numbers(browser, page):
    tab = opened(browser, page)
    write(tab, "own-total", "230")
    answered(tab)
    tab.run("document.querySelector('[data-language=en]').click()")
    assert tab.run("document.getElementById('own-total').value") == "230"
    assert say("own_yours", "en") in text_of(tab, "own-said")


# --------------------------------------------------------------------------------------------------
# Prices that a file does not state

UNPRICED = """
flow: course
title: Course
starts: 2015-01-01
lasts: 12 months
groups: {all: {stock: 60, starts_in: on, arrivals: 3 per month}}
resources:
  teacher: {label: Teachers, fte: 2, caseload: 10}
  seat: {label: Seats, units: 15, assumption: x}
risks: {job: {to: work, rate: 5 % per month}}
stages:
  on: {risks: {job: 1}}
  called: {draws_from: on, opens: {every: 1 month, admits: 10}, lasts: 1 week, next: {course: 80 %, on: rest}}
  course: {needs: {teacher: 1, seat: 1}, lasts: 2 months, next: {on: 100 %}}
  work: {counts_as: work}
targets:
  fewer: {says: Thirty fewer, at_most: -30, measure: {change_in: assistance, of: {groups: all}}}
"""


@pytest.fixture(scope="module")
def unpriced(tmp_path_factory) -> tuple[Path, Path]:
    """A flow without a price, and its page."""
    folder = tmp_path_factory.mktemp("unpriced")
    flow = folder / "course.yaml"
    flow.write_text(UNPRICED.replace(", assumption: x", ""))
    asked = with_prices_asked(read_flow(flow))
    check = check_targets(asked.flow, replications=RUNS, what_if=False)
    built_in = BuiltInOptions(check.flow, pairs=0)
    page = folder / "page.html"
    write_live_page(check, page, "nb", source=flow, asked=asked, built_in=built_in)
    return flow, folder / "page.html"


def test_an_amount_is_told_once_prices_are_filled_in(browser, unpriced, tmp_path):
    flow, page = unpriced
    text = page.read_text(encoding="utf-8")
    assert say("start_no_prices", "nb") in text
    assert say("own_prices_ask", "nb", count=2) in text
    tab = opened(browser, page)
    write(tab, "own-groups.all.stock", "70")
    answered(tab)
    names = "Teachers og Seats"
    assert say("own_prices_fill", "nb", count="2", names=names) in text_of(tab, "own-said")
    tab.run("document.querySelector('#own-ask-prices a').click()")
    first = "own-resources.teacher.price_per_month"
    assert tab.run("document.activeElement.id") == first
    write(tab, first, "50 000")
    answered(tab, "resources.teacher.price_per_month")
    assert say("own_prices_left", "nb", names="Seats") in text_of(tab, "own-said")
    write(tab, "own-resources.seat.price_per_month", "4000")
    answered(tab, "resources.seat.price_per_month")
    said = text_of(tab, "own-said")
    assert say("start_spent", "nb") in said
    browser.ask("Browser.setDownloadBehavior", behavior="allow", downloadPath=str(tmp_path))
    tab.run("document.getElementById('save-settings').click()")
    file = tmp_path / "course-plan.json"
    wait_for_file(file)
    changes, decisions = read_settings(flow, file, (), ())
    changed, _ = read_changed(flow, changes, None, decisions)
    checked = check_targets(changed, replications=RUNS, what_if=False)
    assert verdicts_now(tab) == verdicts_of(checked)
    assert checked.economy is not None
    spent = checked.economy.payers[-1].spent.mean
    assert spent > 0
    measured = (
        "[...new Set(['teacher', 'seat'])].map(name => window.page.workbench.answers[1]"
        ".measured('economy.whole.' + name).programme[0]).reduce((sum, one) => sum + one, 0)"
    )
    assert tab.run(measured) == pytest.approx(spent, rel=1e-12)
    # What the page has saved it takes again.
    tab.run("document.getElementById('reset').click()")
    load(tab, file.read_text())
    answered(tab)
    assert tab.run(f"document.getElementById('{first}').value") == "50 000".replace(" ", "\u00a0")
    assert verdicts_now(tab) == verdicts_of(checked)


def test_what_staff_cannot_cope_with_and_what_no_longer_fits_is_said(browser, unpriced):
    _, page = unpriced
    tab = opened(browser, page)
    write(tab, "own-groups.all.stock", "20")
    answered(tab)
    click(tab, "own-follows-targets")
    wait_for(tab, f"!document.getElementById('own-balance').hidden && {DONE}")
    reading = {"says": "Thirty fewer", "bound": "30", "people": "20"}
    assert say("own_cannot", "nb", **reading) in text_of(tab, "own-balance")
    tab.run("document.getElementById('own-resources.teacher.fte').closest('details').open = true")
    write(tab, "own-resources.teacher.fte", "0,1")
    wait_for(tab, f"window.page.workbench.numbers['resources.teacher.fte'] === 0.1 && {DONE}")
    assert "Teachers: Dette krever minst" in text_of(tab, "own-balance")


def test_an_answer_does_not_wait_for_whether_numbers_add_up(browser, unpriced):
    """That is worked out once, when the answer stands there, and not while it comes in."""
    _, page = unpriced
    tab = opened(browser, page)
    watched = (
        "window.order = []; new MutationObserver(() => window.order.push("
        "document.querySelector('#own-said .headline') && document.getElementById('own-status').textContent === ''"
        " && window.page.workbench.isDone)).observe(document.getElementById('own-unbalanced'), { childList: true })"
    )
    tab.run(f"{watched}; undefined")
    tab.run("document.getElementById('own-resources.teacher.fte').closest('details').open = true")
    write(tab, "own-resources.teacher.fte", "0,1")
    answered(tab)
    tab.run("new Promise(done => setTimeout(done, 200))")
    assert json.loads(tab.run("JSON.stringify(window.order)")) == [True]


def test_dates_and_lengths_are_asked_for_with_the_numbers(browser, unpriced, tmp_path):
    flow, page = unpriced
    tab = opened(browser, page)
    write(tab, "own-groups.all.stock", "70")
    answered(tab)
    tab.run("document.getElementById('own-section-when').open = true")
    select = "document.getElementById('own-choice-later')"
    tab.run(
        f"{select}.value = {select}.options[2].value; {select}.dispatchEvent(new Event('change'))"
    )
    wait_for(tab, f"window.page.workbench.variant !== '' && {DONE}")
    file = tmp_path / "course-plan.json"
    browser.ask("Browser.setDownloadBehavior", behavior="allow", downloadPath=str(tmp_path))
    tab.run("document.getElementById('save-settings').click()")
    wait_for_file(file)
    changes, decisions = read_settings(flow, file, (), ())
    changed, _ = read_changed(flow, changes, None, decisions)
    assert changed.stages["called"].opens.first == date(2015, 3, 1)
    assert verdicts_now(tab) == verdicts_of(
        check_targets(changed, replications=RUNS, what_if=False)
    )
    assert "own-answer" in tab.run("document.querySelector('#own-brief a').href")


# --------------------------------------------------------------------------------------------------
# For everybody

STATES = {
    "as it opens": (1366, "light", False),
    "filled in, with a fault": (1366, "light", True),
    "filled in, dark, narrow": (320, "dark", True),
}


@pytest.mark.parametrize("state", STATES)
def test_nothing_keeps_anybody_from_filling_it_in(browser, page, state):
    """By the rules of axe-core for WCAG 2.2 at the levels A and AA; and nothing beside the screen."""
    if not AXE.exists():
        pytest.skip("not installed: axe-core; `make javascript` installs it")
    width, scheme, is_filled = STATES[state]
    tab = opened(browser, page)
    tab.ask(
        "Emulation.setDeviceMetricsOverride",
        width=width,
        height=800,
        deviceScaleFactor=1,
        mobile=width < 600,
    )
    tab.ask(
        "Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}]
    )
    if is_filled:
        write(tab, "own-total", "900")
        answered(tab)
        tab.run("document.querySelectorAll('#own details').forEach(one => { one.open = true })")
        write(tab, "own-groups.target_group.arrivals", "40")
        answered(tab, "groups.target_group.arrivals")
        write(tab, "own-resources.adviser.fte", "mange")
        wait_for(tab, "!document.getElementById('own-summary').hidden")
        assert not tab.run("document.getElementById('own-balance').hidden")
    assert tab.run("document.documentElement.scrollWidth") <= width
    tab.run(AXE.read_text(encoding="utf-8") + "; undefined")
    found = json.loads(
        tab.run(
            f"axe.run({{ runOnly: {json.dumps(RULES)} }}).then(found => JSON.stringify(found.violations.map("
            "one => [one.id, one.nodes.map(node => node.target.join(' ')).slice(0, 4)])))"
        )
    )
    assert found == []


def test_the_form_is_filled_in_with_keys_alone(browser, page):
    tab = opened(browser, page)
    tab.run("document.getElementById('own-total').focus()")
    tab.ask("Input.insertText", text="230")
    answered(tab)
    # From field to field, to the sections that are closed, which a key opens.
    seen = []
    for _ in range(12):
        for kind in ("keyDown", "keyUp"):
            tab.ask(
                "Input.dispatchKeyEvent", type=kind, key="Tab", code="Tab", windowsVirtualKeyCode=9
            )
        seen.append(tab.run("document.activeElement.id || document.activeElement.localName"))
    assert seen[:3] == [
        "own-groups.target_group.stock",
        "own-groups.already_followed.stock",
        "own-groups.other_recipients.stock",
    ]
    assert "own-follows-capacity" in seen
    assert "summary" in seen
    for kind in ("keyDown", "keyUp"):
        tab.ask(
            "Input.dispatchKeyEvent",
            type=kind,
            key="Enter",
            code="Enter",
            text="\r",
            windowsVirtualKeyCode=13,
        )
    assert tab.run("document.activeElement.parentElement.open")


def test_levers_stop_at_the_answers_that_there_are_where_nothing_can_be_run(tmp_path, check):
    later = BuiltInOptions(check.flow, pairs=0).settings()
    settings = settings_to_try(check, levers_of(check), later)
    names = ("plan", "choice length=12_months", "start=3_later")
    some = [one for one in settings if one.name in names]
    some += [one for one in settings if one.subject == "resources.adviser.fte"]
    assert [one.number for one in some[3:]] == [2, 3, 6, 8]
    tried = try_settings(check, some, replications=10)
    write_live_page(check, tmp_path / "page.html", "nb", tried=tried, source=ALNA)
    with browsing(tmp_path / "browser", ["--js-flags=--jitless"]) as browser:
        tab = opened(browser, tmp_path / "page.html")
        assert text_of(tab, "fault") == say("live_no_webassembly", "nb")
        assert text_of(tab, "ahead-only") == say("own_ahead_note", "nb")
        # Whoever looks for the form is told why it is not there.
        assert not tab.run("document.getElementById('own').hidden")
        why = [say(key, "nb") for key in ("own_ahead_form", "own_ahead_instead")]
        assert text_of(tab, "own-note") == " ".join(why)
        assert tab.run("document.querySelectorAll('#own input, #own button').length") == 0
        # A later beginning is no option of the file, and has an answer all the same.
        begins = "[...document.getElementById('choice-start').options].map(one => one.value).join()"
        assert tab.run(begins).split(",")[-1] == "3_later"
        lever = "document.getElementById('lever-resources.adviser.fte')"
        assert tab.run(f"[{lever}.min, {lever}.max, {lever}.value].join()") == "0,4,2"
        tab.run(f"{lever}.value = '4'; {lever}.dispatchEvent(new Event('input'))")
        assert tab.run(f"{lever}.previousSibling.textContent") == "8"
        cells = [cell.text for cell in tried_cells(check, tried[0], tried[-1], "nb")]
        shown = json.loads(
            tab.run(
                "JSON.stringify([...document.querySelectorAll('#side-rows tr')].map(row =>"
                " row.cells[2].querySelector('.value').textContent))"
            )
        )
        assert shown == cells
        assert cells[0] in text_of(tab, "tried")
        # Another one puts it back: each answer is of one change.
        tab.run(
            "{ const choice = document.getElementById('choice-length'); choice.value = '12_months';"
            " choice.dispatchEvent(new Event('change')) }"
        )
        assert tab.run(f"{lever}.value") == "2"
        tab.run("document.getElementById('reset').click()")
        assert tab.run("document.getElementById('choice-length').value") == "24_months"
        assert tab.run("document.getElementById('reset').disabled")
        tab.run("document.querySelector('[data-language=en]').click()")
        assert text_of(tab, "ahead-only") == say("own_ahead_note", "en")
