"""One HTML file, opened from a disk, comes to the same numbers as the program."""

from __future__ import annotations

import json
import re
import sys
import time
from base64 import b64encode
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from gzip import compress
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from pilotsim.base.languages import LANGUAGES
from pilotsim.base.statistics import paired_interval
from pilotsim.cli.shared import read_changed, read_settings
from pilotsim.files.changes import apply_changes, read_change
from pilotsim.files.decided import flow_with
from pilotsim.files.reading import read_document, read_flow
from pilotsim.judge.check import Check, check_targets
from pilotsim.judge.settings_ahead import TriedSetting, try_settings
from pilotsim.judge.verdicts import questions_of
from pilotsim.language.catalogue import say
from pilotsim.language.numbers import format_date
from pilotsim.measures.drop_out import can_drop_out, drop_outs, name_of_cell
from pilotsim.model.flow import Flow
from pilotsim.output.live.decision import changes_by_state
from pilotsim.output.live.glossary import WORDS, glossary_lines
from pilotsim.output.live.levers import levers_of, settings_to_try
from pilotsim.output.live.page import write_live_page
from pilotsim.output.live.spoken_html import SpokenHtml
from pilotsim.output.views import document_of
from pilotsim.output.writers.json import write_json
from pilotsim.simulation.engines import simulate
from tests.portable.browser import Browser, Tab, browsing
from tests.portable.outside import FEW, said_outside

pytestmark = pytest.mark.slow

ALNA = FEW[0]
COUNT = 400
# What a name of a file may hold and an address may not.
FOLDER, NAME = "Økonomi og ære", "på å prøve #1, 100 %?.html"
READY = "!document.getElementById('start').disabled || !document.getElementById('fault').hidden"
# All that stands on the page and is seen or heard, without the buttons of languages.
SHOWN = (
    "document.title + [...document.querySelectorAll('main, footer')].map(one => one.cloneNode(true)).map(one => {"
    " one.querySelectorAll('noscript').forEach(part => part.remove()); return one.textContent }).join()"
    " + [...document.querySelectorAll('main [aria-label]')].map(one => one.ariaLabel).join()"
    " + [...document.querySelectorAll('[data-label]')].map(one => one.dataset.label).join()"
)
ANSWERED = "window.answer !== undefined || !document.getElementById('fault').hidden"


@pytest.fixture(scope="module")
def page(tmp_path_factory, check) -> Path:
    folder = tmp_path_factory.mktemp("pages") / FOLDER
    folder.mkdir()
    write_live_page(check, folder / NAME, "nb", source=ALNA)
    return folder / NAME


@pytest.fixture(scope="module")
def browser(tmp_path_factory) -> Iterator[Browser]:
    with browsing(tmp_path_factory.mktemp("browser")) as browser:
        yield browser


@pytest.fixture(scope="module")
def check() -> Check:
    return check_targets(read_flow(ALNA), replications=COUNT, what_if=False, jobs=2)


@pytest.fixture(scope="module")
def checked(check) -> dict[str, Any]:
    """What `pilotsim check --no-what-if --json` says."""
    return said_outside(json.loads(write_json(document_of(check, "en", with_figures=False))))


def write_page(flow: Flow, file: Path, language: str = "nb", **options: Any) -> Check:
    """Write the page of a check that asks nothing but verdicts."""
    check = check_targets(flow, what_if=False, **options)
    write_live_page(check, file, language)
    return check


def wait_for(tab: Tab, condition: str) -> None:
    tab.run(
        "new Promise(done => { const look = () => "
        f"({condition}) ? done() : setTimeout(look, 20); look() }})"
    )


def text_of(tab: Tab, name: str) -> str:
    return tab.run(f"document.getElementById('{name}').textContent")


def opened(browser: Browser, page: Path, *, cores: int = 2) -> Tab:
    tab = browser.tab(cores=cores)
    tab.open(page.as_uri())
    wait_for(tab, READY)
    tab.run("document.getElementById('all').open = true")
    return tab


def press(tab: Tab, name: str) -> None:
    tab.run(f"document.getElementById('{name}').click()")


@pytest.mark.parametrize("cores", [1, 2, 4])
def test_every_number_is_that_of_the_program(browser, page, checked, cores):
    tab = opened(browser, page, cores=cores)
    assert text_of(tab, "status") == say("live_ready", "nb")
    press(tab, "start")
    wait_for(tab, ANSWERED)
    assert text_of(tab, "fault") == ""
    answer = json.loads(tab.run("JSON.stringify(window.answer)"))
    assert tab.run("window.page.model.workers") == cores
    for name in ("flow", "version", "seed", "replications", "fixed", "verdicts", "values"):
        assert answer[name] == checked[name], name
    assert answer["readings"] == checked["readings"]
    assert len(answer["verdicts"]) > 30
    assert len(answer["readings"]) == 2


def test_effect_and_economy_are_those_of_the_program(browser, page, check):
    """Run by run, to the bit, with the programme and without."""
    tab = opened(browser, page)
    effect = check.effect
    asked = [f"effect.{counted}.{state}" for counted in effect.counted for state in effect.states]
    found = json.loads(
        tab.run(
            f"window.page.model.ask({{ seed: {check.seed}, replications: 30 }}).done.then(answer =>"
            f" JSON.stringify({json.dumps([*asked, 'economy.participants'])}.map(name =>"
            " Object.values(answer.measured(name)).map(one => [...one]))))"
        )
    )
    *states, participants = found
    for place, (programme, without) in enumerate(states):
        at = divmod(place, len(effect.states))
        assert programme == effect.programme[:30, *at].tolist()
        assert without == effect.without[:30, *at].tolist()
    assert all(number > 100 for number in participants[0])
    assert set(participants[1]) == {0}


def test_the_table_says_what_the_program_says(browser, page, check):
    tab = opened(browser, page)
    press(tab, "start")
    wait_for(tab, ANSWERED)
    document = document_of(check, "nb", with_figures=False)
    table = next(one for one in document.tables() if one.name == "targets")
    places = {column.key: place for place, column in enumerate(table.columns)}
    shown = json.loads(
        tab.run(
            "JSON.stringify(Object.fromEntries([...document.querySelectorAll('tr[data-question]')].map(row =>"
            " [row.dataset.question, Object.fromEntries(['expected', 'range', 'anyway', 'chance', 'interval', 'verdict']"
            ".map(name => [name, row.querySelector('.' + name).textContent]))])))"
        )
    )
    for row in table.rows():
        ours = shown[row.cells[places["name"]].value]
        chance = row.cells[places["chance"]]
        assert ours == {
            "expected": row.cells[places["expected"]].text,
            "range": row.cells[places["range"]].text,
            "anyway": row.cells[places["counterfactual"]].text,
            "chance": chance.text,
            "interval": chance.below,
            # A mark beside the word stands for a note that the page has no room for.
            "verdict": row.cells[places["verdict"]].text.replace("†", ""),
        }


def test_stopping_leaves_what_there_is_and_going_on_adds_the_rest(browser, page, checked):
    tab = opened(browser, page)
    press(tab, "start")
    wait_for(tab, "document.getElementById('progress').value >= 25")
    press(tab, "stop")
    wait_for(tab, ANSWERED)
    answer = json.loads(tab.run("JSON.stringify(window.answer)"))
    count = answer["replications"]
    assert 25 <= count < COUNT
    parts = {"done": str(count), "count": str(COUNT)}
    assert text_of(tab, "status") == say("live_stopped", "nb", **parts)
    assert answer["values"] == {name: values[:count] for name, values in checked["values"].items()}
    tab.run("delete window.answer")
    press(tab, "start")
    wait_for(tab, ANSWERED)
    assert json.loads(tab.run("JSON.stringify(window.answer.values)")) == checked["values"]
    assert text_of(tab, "status") == say("live_done", "nb", count=str(COUNT))


def test_the_answer_can_be_saved(browser, page, tmp_path):
    tab = opened(browser, page)
    press(tab, "start")
    wait_for(tab, "document.getElementById('progress').value >= 25")
    press(tab, "stop")
    wait_for(tab, ANSWERED)
    browser.ask("Browser.setDownloadBehavior", behavior="allow", downloadPath=str(tmp_path))
    press(tab, "save")
    file = tmp_path / "alna_aktiv.json"
    wait_for_file(file)
    said = json.loads(tab.run("JSON.stringify(window.answer)"))
    assert json.loads(file.read_text(encoding="utf-8")) == said


def strike(tab: Tab, key: str = "Enter") -> None:
    for kind in ("keyDown", "keyUp"):
        tab.ask(
            "Input.dispatchKeyEvent",
            type=kind,
            key=key,
            code=key,
            text="\r",
            windowsVirtualKeyCode=13,
        )


def test_all_is_done_by_keyboard_and_the_focus_is_never_lost(browser, tmp_path):
    """With a seed that no number of JavaScript holds, and one run."""
    seed = 2**53 + 1
    check = write_page(read_flow(ALNA), tmp_path / "page.html", seed=seed, replications=1)
    tab = opened(browser, tmp_path / "page.html")
    assert text_of(tab, "start") == say("live_run_one", "nb")
    tab.run("document.getElementById('start').focus()")
    strike(tab)
    wait_for(tab, ANSWERED)
    assert tab.run("document.activeElement.id") == "status"
    assert text_of(tab, "status") == say("live_done_one", "nb")
    assert text_of(tab, "count") == say("live_progress_one", "nb", done="1", count="1")
    browser.ask("Browser.setDownloadBehavior", behavior="allow", downloadPath=str(tmp_path))
    tab.run("document.getElementById('save').focus()")
    strike(tab)
    wait_for_file(tmp_path / "alna_aktiv.json")
    assert tab.run("document.activeElement.id") == "save"
    saved = json.loads((tmp_path / "alna_aktiv.json").read_text(encoding="utf-8"))
    ours = said_outside(json.loads(write_json(document_of(check, "en", with_figures=False))))
    for name in ("seed", "replications", "values", "verdicts"):
        assert saved[name] == ours[name], name
    assert tab.run("window.answer.seed") == str(seed)


def stop_after(tab: Tab, count: int) -> None:
    """Start, and stop once so many runs have come in."""
    tab.run(
        "{ const { model } = window.page; const ask = model.ask.bind(model);"
        " model.ask = (question, tell) => { const run = ask(question, answer => {"
        f" tell(answer); if (answer.replications >= {count}) run.stop() }}); return run }} }}"
    )
    press(tab, "start")
    wait_for(tab, ANSWERED)


def test_what_was_stopped_early_is_shown(browser, page, checked):
    tab = opened(browser, page)
    stop_after(tab, 3)
    answer = json.loads(tab.run("JSON.stringify(window.answer)"))
    count = answer["replications"]
    assert 3 <= count < 25
    assert answer["values"] == {name: values[:count] for name, values in checked["values"].items()}
    assert tab.run("document.querySelector('tr[data-question] .verdict').textContent") != "–"
    assert not tab.run("document.getElementById('save').hidden")


def test_what_was_changed_is_said_as_in_the_record_of_a_check(browser, tmp_path):
    document = read_document(ALNA)
    flow = apply_changes(document, dict([read_change("resources.place_technical.units=24")]))
    check = write_page(flow, tmp_path / "page.html", "en", replications=2)
    tab = opened(browser, tmp_path / "page.html")
    press(tab, "start")
    wait_for(tab, ANSWERED)
    ours = said_outside(json.loads(write_json(document_of(check, "en", with_figures=False))))
    assert json.loads(tab.run("JSON.stringify(window.answer.changes)")) == ours["changes"]
    assert ours["changes"]


def test_a_printed_page_has_nothing_to_press(browser, page):
    tab = opened(browser, page)
    tab.ask("Emulation.setEmulatedMedia", media="print")
    shown = tab.run(
        "[...document.querySelectorAll('button, progress')]"
        ".filter(one => getComputedStyle(one).display !== 'none').length"
    )
    assert shown == 0


def wait_for_file(file: Path) -> None:
    for _ in range(200):
        if file.exists():
            return
        time.sleep(0.05)
    raise AssertionError(f"{file.name} did not come")


def test_nothing_is_fetched_and_nothing_is_complained_of(browser, page):
    tab = opened(browser, page)
    assert tab.complaints() == []
    asked = tab.requests()
    assert asked[0] == page.as_uri()
    assert all(address.startswith("blob:") for address in asked[1:])
    refused = tab.run("fetch('https://example.org/').then(() => 'sent', fault => fault.name)")
    assert refused == "TypeError"
    assert any("Content Security Policy" in text for text in tab.complaints())
    assert tab.run("localStorage.length") == 0


@pytest.mark.parametrize("long", [False, True], ids=["words", "one long word"])
@pytest.mark.parametrize("width", [320, 390, 768, 1366])
def test_nothing_has_to_be_scrolled_sideways(browser, page, width, long, tmp_path):
    if long:
        word = "a" * 1200
        text = page.read_text(encoding="utf-8")
        text = re.sub(r"(<h1>|<th scope=\"(?:row|rowgroup)\"[^>]*>)", rf"\g<1>{word}", text)
        page = tmp_path / "page.html"
        page.write_text(text, encoding="utf-8")
    tab = opened(browser, page)
    tab.ask(
        "Emulation.setDeviceMetricsOverride",
        width=width,
        height=800,
        deviceScaleFactor=1,
        mobile=width < 600,
    )
    assert tab.run("innerWidth") == width
    # How far it is stands in one line, also where there is no room for it beside the bar.
    counted = say("live_progress", "nb", done="400", count="400")
    tab.run(f"document.getElementById('count').textContent = '{counted}'")
    assert tab.run("document.getElementById('count').getClientRects().length") == 1
    assert tab.run("document.documentElement.scrollWidth") <= width


def test_the_page_is_built_as_a_page_should_be(browser, page):
    tab = opened(browser, page)
    tree = tab.ask("Accessibility.getFullAXTree")["nodes"]
    roles = [node["role"]["value"] for node in tree if not node["ignored"]]
    assert roles.count("main") == 1
    assert roles.count("table") >= 1
    for role in ("caption", "rowheader", "columnheader", "button", "progressbar", "status"):
        assert role in roles, role
    unnamed = [
        node["role"]["value"]
        for node in tree
        if node["role"]["value"] in ("button", "progressbar", "table", "region")
        and not node.get("name", {}).get("value")
    ]
    assert unnamed == []
    levels = tab.run("[...document.querySelectorAll('h1, h2, h3')].map(one => one.tagName)")
    assert levels[0] == "H1"
    assert set(levels[1:]) == {"H2", "H3"}
    assert tab.run("document.documentElement.lang") == "nb"
    assert tab.run("document.activeElement === document.body")


def without(page: Path, name: str, folder: Path, content: bytes) -> Path:
    """The page with another block in the place of one of its own."""
    packed = b64encode(compress(content)).decode()
    text = page.read_text(encoding="utf-8")
    changed = re.sub(rf'(id="{name}">)[A-Za-z0-9+/=]*', rf"\g<1>{packed}", text)
    assert changed != text
    (folder / "page.html").write_text(changed, encoding="utf-8")
    return folder / "page.html"


def test_what_cannot_be_run_is_said_in_words(browser, page, tmp_path):
    tab = opened(browser, without(page, "packed", tmp_path, b"x" * 64))
    assert text_of(tab, "fault") == f"{say('live_not_whole', 'nb')} (this is no packed flow)"
    assert tab.run("document.getElementById('start').disabled")
    assert text_of(tab, "status") == ""


def other_letter(text: str, name: str, at: int) -> str:
    """The page with one letter of a block changed, as far from its beginning."""
    place = text.index(f'id="{name}">') + len(f'id="{name}">') + at
    return text[:place] + ("B" if text[place] == "A" else "A") + text[place + 1 :]


DAMAGED = {
    "cut in the middle": lambda text: text[: len(text) // 2],
    "cut at the end": lambda text: text[: len(text) - 2000],
    "a changed script": lambda text: text.replace("void open()", "void  open()"),
    "a changed library": lambda text: text.replace("class Memory", "class  Memory"),
    "a damaged setup": lambda text: other_letter(text, "setup", 900),
    "a damaged flow": lambda text: other_letter(text, "packed", 900),
    "a damaged module": lambda text: other_letter(text, "module", 5000),
    "no base64": lambda text: text.replace('id="packed">', 'id="packed">&#1;'),
    "no flow": lambda text: text.replace('id="packed">', 'id="another">'),
}


@pytest.mark.parametrize("damage", DAMAGED)
def test_a_page_that_is_not_whole_says_so(browser, page, tmp_path, damage):
    text = page.read_text(encoding="utf-8")
    changed = DAMAGED[damage](text)
    assert changed != text
    (tmp_path / "page.html").write_text(changed, encoding="utf-8")
    tab = browser.tab(cores=1)
    tab.open((tmp_path / "page.html").as_uri())
    told = "document.getElementById('status').textContent + document.getElementById('fault').textContent"
    sentence = say("live_not_whole", "nb")
    wait_for(tab, f"({told}).includes({json.dumps(sentence)})")
    # Whatever runs still is given the time to say something else.
    time.sleep(0.3)
    assert tab.run(told).startswith(sentence)
    assert tab.run("document.getElementById('start').disabled")


def test_workers_that_are_refused_are_said_in_words(browser, page, tmp_path):
    text = page.read_text(encoding="utf-8").replace("worker-src blob:", "worker-src 'none'")
    (tmp_path / "page.html").write_text(text, encoding="utf-8")
    tab = browser.tab(cores=2)
    tab.open((tmp_path / "page.html").as_uri())
    wait_for(tab, READY)
    if not tab.run("document.getElementById('start').disabled"):
        press(tab, "start")
        wait_for(tab, ANSWERED)
    assert text_of(tab, "fault") == say("live_refused", "nb")


def test_without_webassembly_the_page_says_so(page, tmp_path):
    with browsing(tmp_path, ["--js-flags=--jitless"]) as browser:
        tab = opened(browser, page)
        assert text_of(tab, "fault") == say("live_no_webassembly", "nb")


def attached(browser: Browser, count: int) -> list[str]:
    """The workers of a page, by their names in the protocol, once so many are told of."""
    for _ in range(200):
        workers = [
            event["params"]["sessionId"]
            for event in browser.events
            if event["method"] == "Target.attachedToTarget"
            and event["params"]["targetInfo"]["type"] == "worker"
        ]
        if len(workers) == count:
            return workers
        time.sleep(0.05)
    raise AssertionError(f"not {count} workers, but {len(workers)}")


def test_a_worker_that_ends_is_replaced(browser, page, checked):
    """As when the system takes one away while it runs."""
    tab = opened(browser, page)
    tab.ask("Target.setAutoAttach", autoAttach=True, waitForDebuggerOnStart=False, flatten=True)
    workers = attached(browser, 2)
    press(tab, "start")
    wait_for(tab, "document.getElementById('progress').value >= 25")
    # Thrown outside of any task, as what ends a worker is.
    browser.ask(
        "Runtime.evaluate", workers[0], expression="setTimeout(() => { throw new Error('gone') })"
    )
    wait_for(tab, ANSWERED)
    assert text_of(tab, "fault") == ""
    assert json.loads(tab.run("JSON.stringify(window.answer.values)")) == checked["values"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_speaks_the_language_of_the_reader(language, tmp_path):
    flow = read_flow(ALNA)
    write_page(flow, tmp_path / "page.html", language, replications=3)
    text = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert f'<html lang="{language}">' in text
    for key in ("start_changes", "start_targets", "live_heading", "live_stop", "live_caption"):
        assert f">{say(key, language)}<" in text
    assert flow.title.in_language(language) in text


@pytest.mark.parametrize("language", [one for one in LANGUAGES if one != "nb"])
def test_a_reader_takes_another_language(browser, page, tmp_path, check, language):
    """Every text is then that of a page that was made in it, before and after runs."""
    write_live_page(check, tmp_path / "page.html", language, source=ALNA)
    made = opened(browser, tmp_path / "page.html").run(SHOWN)
    tab = opened(browser, page)
    assert tab.run(SHOWN) != made
    tab.run(f"document.querySelector('[data-language={language}]').click()")
    assert tab.run("document.documentElement.lang") == language
    assert tab.run(SHOWN) == made
    stop_after(tab, 30)
    tab.run("document.querySelector('[data-language=nb]').click()")
    tab.run(f"document.querySelector('[data-language={language}]').click()")
    assert text_of(tab, "start") == say("live_go_on", language)
    assert say("live_stopped", language).split("{")[0] in text_of(tab, "status")


def test_the_same_flow_gives_the_same_page(tmp_path):
    check = check_targets(read_flow(ALNA), replications=2, what_if=False)
    pages = [tmp_path / "one.html", tmp_path / "two.html"]
    for page in pages:
        write_live_page(check, page, "en")
    assert pages[0].read_bytes() == pages[1].read_bytes()


# --------------------------------------------------------------------------------------------------
# Levers, and plans side by side

SMALL = 40
PLACES = "resources.place_technical.units"
# Whether what is set, or the plan again, has been run to the end.
TRIED = f"window.page.workbench.isDone && window.page.workbench.answers[1].replications === {SMALL}"


@pytest.fixture(scope="module")
def small_check() -> Check:
    return check_targets(read_flow(ALNA), replications=SMALL, what_if=False)


@pytest.fixture(scope="module")
def tried(small_check) -> list[TriedSetting]:
    """The plan, two options and an end of a lever."""
    settings = settings_to_try(small_check, levers_of(small_check))
    asked = {"choice length=12_months", "choice caseload=18_clients", "resources.adviser.fte=8"}
    some = [one for one in settings if one.name in asked | {"plan"}]
    assert len(some) == 4
    return try_settings(small_check, some, replications=20)


@pytest.fixture(scope="module")
def small(tmp_path_factory, small_check, tried) -> Path:
    file = tmp_path_factory.mktemp("small") / "page.html"
    write_live_page(small_check, file, "nb", tried=tried, source=ALNA)
    return file


def move(tab: Tab, path: str, number: float) -> None:
    """Move a lever, and wait until all has come in."""
    tab.run(
        f"{{ const lever = document.getElementById('lever-{path}'); lever.value = '{number}';"
        " lever.dispatchEvent(new Event('input')) }"
    )
    wait_for(tab, TRIED)


def verdicts_tried(tab: Tab) -> list[dict[str, Any]]:
    said = tab.run("JSON.stringify(window.page.workbench.answers[1].toJSON().verdicts)")
    found: list[dict[str, Any]] = json.loads(said)
    return found


def verdicts_of(check: Check) -> list[dict[str, Any]]:
    """As `check --json` has them; where something is set, the page writes no sum out."""
    found = said_outside(json.loads(write_json(document_of(check, "en", with_figures=False))))[
        "verdicts"
    ]
    for verdict in found if check.flow.changes else []:
        if verdict["ceiling"] is not None:
            verdict["ceiling"]["sum"] = None
    return found


def test_a_lever_does_what_set_does_and_says_what_the_program_says(browser, small, small_check):
    tab = opened(browser, small)
    move(tab, PLACES, 22)
    changed = apply_changes(read_document(ALNA), dict([read_change(f"{PLACES}=22")]))
    check = check_targets(changed, replications=SMALL, what_if=False)
    assert verdicts_tried(tab) == verdicts_of(check)
    changes, plan = (
        ", ".join(change.change for change in changes_by_state(one, "nb")[:2]) + "."
        for one in (check, small_check)
    )
    parts = {"done": str(SMALL), "changes": changes, "plan": plan}
    assert text_of(tab, "tried") == say("start_compared", "nb", **parts)
    assert tab.run("location.hash") == f"#{PLACES}=22"
    rows = json.loads(
        tab.run(
            "JSON.stringify([...document.querySelectorAll('#side-rows tr')].map(row =>"
            " [row.cells[0].textContent, row.cells[2].className]))"
        )
    )
    for place, state in enumerate(check.effect.states[:3]):
        change = paired_interval(
            check.effect.total[:, 0, place], small_check.effect.total[:, 0, place]
        )
        label, how = rows[place]
        assert label.lower() == say(f"answer_{state}", "nb")
        assert how == (
            "sure" if change.is_clear else "chance" if change.high > change.low else "same"
        )


def test_where_it_stood_in_the_plan_a_lever_is_the_plan(browser, small, small_check):
    tab = opened(browser, small)
    move(tab, PLACES, 22)
    move(tab, PLACES, 12)
    assert verdicts_tried(tab) == verdicts_of(small_check)
    assert tab.run("location.hash") == ""
    assert tab.run("document.getElementById('reset').disabled")


def choose(tab: Tab, name: str, option: str) -> None:
    tab.run(
        f"{{ const choice = document.getElementById('choice-{name}');"
        f" choice.value = '{option}'; choice.dispatchEvent(new Event('change')) }}"
    )
    wait_for(tab, TRIED)


def test_an_option_of_a_choice_does_what_choosing_it_does(browser, small):
    tab = opened(browser, small)
    choose(tab, "caseload", "18_and_more_posts")
    flow = flow_with(read_flow(ALNA), "caseload", "18_and_more_posts")
    check = check_targets(flow, replications=SMALL, what_if=False)
    assert verdicts_tried(tab) == verdicts_of(check)
    assert tab.run("location.hash") == "#choice.caseload=18_and_more_posts"


def test_a_lever_stands_where_an_option_has_set_its_number(browser, small):
    """What a lever shows is what is asked, also between two steps and back where the plan is."""
    tab = opened(browser, small)
    caseload, posts = "resources.adviser.caseload", "resources.adviser.fte"

    def stands() -> list[object]:
        return [
            tab.run(
                f"[document.getElementById('lever-{path}')].map(one => [one.value,"
                " one.previousSibling.textContent, one.nextSibling.hidden])[0]"
            )
            for path in (caseload, posts)
        ] + [tab.run("JSON.parse(JSON.stringify(page.workbench.set))")]

    plan = [["30", "30", True], ["4", "4", True], {}]
    assert stands() == plan
    choose(tab, "caseload", "18_and_more_posts")
    option = {caseload: 18, posts: 6.7}
    assert stands() == [["18", "18", False], ["6.5", "6,7", False], option]
    assert tab.run("location.hash") == "#choice.caseload=18_and_more_posts"
    # Where it is in the plan it sets something now, and the option is let go: it has another number.
    move(tab, caseload, 30)
    assert stands()[0] == ["30", "30", False]
    assert stands()[2] == option | {caseload: 30}
    move(tab, caseload, 18)
    assert stands()[2] == option
    assert sorted(tab.run("location.hash")[1:].split("&")) == [f"{caseload}=18", f"{posts}=6.7"]
    choose(tab, "caseload", "open")
    assert stands() == plan


def test_the_address_holds_what_is_set_and_plans_stand_side_by_side(browser, small):
    tab = browser.tab(cores=2)
    tab.open(f"{small.as_uri()}#{PLACES}=22&choice.caseload=18_clients&nothing=1")
    wait_for(tab, READY)
    wait_for(tab, TRIED)
    assert tab.run(f"document.getElementById('lever-{PLACES}').value") == "22"
    heads = "[...document.querySelectorAll('#side-head th')].slice(1).map(one => one.firstChild.textContent).join()"
    plan, now, kept = (
        say(key, "nb", letter="A") for key in ("start_plan", "start_now", "start_kept")
    )
    assert tab.run(heads) == f"{plan},{now}"
    press(tab, "keep")
    assert tab.run(heads) == f"{plan},{kept}"
    move(tab, PLACES, 8)
    assert tab.run(heads) == f"{plan},{kept},{now}"
    assert tab.run("document.querySelectorAll('#drawing svg [class=kept]').length") > 0
    assert len(tab.run("document.querySelector('#drawing svg').ariaLabel")) <= 150


def test_numbers_are_drawn_ten_times_a_second_at_most(browser, page):
    tab = opened(browser, page)
    tab.run(
        "window.drawn = []; new MutationObserver(() => window.drawn.push(performance.now()))"
        ".observe(document.getElementById('side-rows'), { childList: true })"
    )
    tab.run(
        f"{{ const lever = document.getElementById('lever-{PLACES}'); lever.value = '20';"
        " lever.dispatchEvent(new Event('input')) }"
    )
    wait_for(tab, "window.drawn.length >= 6")
    tab.run("document.getElementById('reset').click()")
    drawn = json.loads(tab.run("JSON.stringify(window.drawn.slice(1, 6))"))
    assert all(after - before > 80 for before, after in pairwise(drawn))


def test_what_was_tried_beforehand_stands_there_without_a_script(small, small_check, tried):
    text = small.read_text(encoding="utf-8")
    table = text.split('id="ahead"')[1].split("</section>")[0]
    rows = re.findall(r'<tr><th data-said="[0-9]+" scope="row">(.*?)</th>(.*?)</tr>', table)
    assert [label for label, _ in rows] == [
        say("start_ahead_plan", "nb"),
        "12 måneder",
        "18, som i KVP, med de samme stillingene",
        "8",
    ]
    plan, shorter, *_ = tried
    before, after = plan.effect.total[:, 0, 1], shorter.effect.total[:, 0, 1]
    mean = small_check.effect.total[:, 0, 1].mean() + (after - before).mean()
    cell = re.findall(
        r'<td class="(\w*)".*?<span data-said="[0-9]+" class="value">(.*?)</span>', rows[1][1]
    )[1]
    how = "sure" if paired_interval(after, before).is_clear else "chance"
    assert cell == (how, f"−{round(-mean)}")
    assert say("start_ahead_note", "nb", runs=20) in table


def test_settings_are_saved_for_the_program_and_loaded_again(browser, small, tmp_path):
    tab = browser.tab(cores=2)
    path = "stages.referred.draws_from.again_after"
    tab.open(f"{small.as_uri()}#{PLACES}=22&{path}={9 * 30.4375}&choice.caseload=18_clients")
    wait_for(tab, READY)
    wait_for(tab, TRIED)
    before = verdicts_tried(tab)
    browser.ask("Browser.setDownloadBehavior", behavior="allow", downloadPath=str(tmp_path))
    press(tab, "save-settings")
    file = tmp_path / "alna_aktiv-plan.json"
    wait_for_file(file)
    saved = json.loads(file.read_text(encoding="utf-8"))
    assert saved["set"] == {PLACES: "22", path: "9 months"}
    assert saved["choose"] == {"caseload": "18_clients"}
    changes, decisions = read_settings(ALNA, file, (), ())
    flow, _ = read_changed(ALNA, changes, None, decisions)
    check = check_targets(flow, replications=SMALL, what_if=False)
    assert verdicts_of(check) == before
    press(tab, "reset")
    tab.run(
        f"{{ const held = new DataTransfer(); held.items.add(new File([{json.dumps(file.read_text())}], 'plan.json'));"
        " const input = document.getElementById('load-settings'); input.files = held.files;"
        " input.dispatchEvent(new Event('change')) }"
    )
    wait_for(tab, f"location.hash.includes('{PLACES}') && {TRIED}")
    assert verdicts_tried(tab) == before


def test_what_cannot_be_is_said(browser, small):
    tab = opened(browser, small)
    tab.run("document.getElementById('more').value = 'stages.mapping.next.course'")
    tab.run(
        "window.page.model.values.get('resources.place_technical.units').most = 15;"
        f"{{ const lever = document.getElementById('lever-{PLACES}'); lever.value = '20';"
        " lever.dispatchEvent(new Event('input')) }"
    )
    wait_for(tab, "!document.getElementById('impossible').hidden")
    assert text_of(tab, "impossible") == say("start_not_possible", "nb")


# --------------------------------------------------------------------------------------------------
# For everybody

AXE = Path(sys.prefix) / "javascript" / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
STATES = {
    "as it opens": (1366, "light", ""),
    "dark, all open": (1366, "dark", "open"),
    "a lever moved": (1366, "light", "moved"),
    "a lever moved, dark, narrow": (320, "dark", "moved"),
    "narrow, all open": (320, "light", "open"),
    "a run that plays": (1366, "light", "plays"),
    "a run that was stepped, dark, narrow": (320, "dark", "stepped"),
}


@pytest.mark.parametrize("state", STATES)
def test_nothing_keeps_anybody_from_reading_it(browser, small, state):
    """By the rules of axe-core for WCAG 2.2 at the levels A and AA."""
    if not AXE.exists():
        pytest.skip("not installed: axe-core; `make javascript` installs it")
    width, scheme, what = STATES[state]
    tab = opened(browser, small)
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
    if what == "moved":
        move(tab, PLACES, 22)
        press(tab, "keep")
        move(tab, PLACES, 8)
    if what in ("plays", "stepped"):
        tab.run("document.getElementById('see').scrollIntoView()")
        wait_for(tab, STILL)
        press(tab, "see-play" if what == "plays" else "see-month-on")
    if what:
        tab.run("document.querySelectorAll('details').forEach(one => { one.open = true })")
    assert tab.run("document.documentElement.scrollWidth") <= width
    tab.run(AXE.read_text(encoding="utf-8") + "; undefined")
    found = json.loads(
        tab.run(
            f"axe.run({{ runOnly: {json.dumps(RULES)} }}).then(found => JSON.stringify(found.violations.map("
            "one => [one.id, one.nodes.map(node => node.target.join(' ')).slice(0, 4)])))"
        )
    )
    assert found == []


# --------------------------------------------------------------------------------------------------
# A run that is played

STILL = "!window.page.animation.isMoving && window.page.animation.course !== undefined"


def seen(browser: Browser, page: Path, *, motion: bool = True, address: str = "") -> Tab:
    """The page at the run that is played, which has come in."""
    tab = browser.tab(cores=2)
    features = [
        {"name": "prefers-reduced-motion", "value": "no-preference" if motion else "reduce"}
    ]
    tab.ask("Emulation.setEmulatedMedia", features=features)
    tab.open(page.as_uri() + address)
    wait_for(tab, READY)
    tab.run("document.getElementById('see').scrollIntoView()")
    wait_for(tab, STILL)
    return tab


def there(
    flow: Flow, day: float, *, replication: int = 0, offered: bool = True
) -> dict[str, list[str]]:
    """What the table of the page says of a moment, by the program's own journeys."""
    journeys = simulate(flow, replication=replication, offered=offered, fixed=False)
    here = (journeys.joined <= day) & ~(journeys.finished <= day)
    waits = here & ~(journeys.started <= day)
    found = {}
    for number, (name, stage) in enumerate(flow.stages.items()):
        own = journeys.stage == number
        waiting = str(int((own & waits).sum())) if stage.may_wait else "–"
        found[name] = [str(int((own & here).sum())), waiting]
    return found


def table_of(tab: Tab) -> dict[str, list[str]]:
    found: dict[str, list[str]] = json.loads(
        tab.run(
            "document.getElementById('see-table').open = true, JSON.stringify(Object.fromEntries("
            "[...document.querySelectorAll('#see-rows tr')].map(row => [row.dataset.stage,"
            " [...row.querySelectorAll('td')].map(one => one.textContent)])))"
        )
    )
    return found


def check_table(tab: Tab, expected: dict[str, list[str]]) -> None:
    tab.run("document.getElementById('see-table').open = true")
    wait_for(tab, "document.querySelectorAll('#see-rows tr').length > 0")
    shown = table_of(tab)
    assert {name: expected[name] for name in shown} == shown
    assert {name for name, (here, _) in expected.items() if here != "0"} <= shown.keys()


def step(tab: Tab, *names: str) -> None:
    for name in names:
        press(tab, f"see-{name}")
        wait_for(tab, STILL)


def test_a_run_says_at_each_step_what_the_journeys_say(browser, small, small_check):
    tab = seen(browser, small)
    check_table(tab, there(small_check.flow, 0))
    step(tab, "month-on", "month-on", "week-on")
    assert tab.run("page.animation.moment") == 59 + 7
    check_table(tab, there(small_check.flow, 66))
    assert text_of(tab, "see-clock") == say(
        "see_clock", "nb", date=format_date(date(2015, 3, 8), "nb"), month=3, months=24
    )
    assert text_of(tab, "see-says").startswith(format_date(date(2015, 3, 8), "nb"))
    step(tab, "week-back", "month-back")
    assert tab.run("page.animation.moment") == 31
    check_table(tab, there(small_check.flow, 31))


def test_another_run_and_the_world_without_are_seen(browser, small, small_check):
    tab = seen(browser, small)
    before = tab.run("page.animation.course.clients")
    tab.run(
        "{ const run = document.getElementById('see-run'); run.value = '7'; run.dispatchEvent(new Event('change'));"
        " const world = document.getElementById('see-world'); world.value = 'without';"
        " world.dispatchEvent(new Event('change')) }"
    )
    wait_for(tab, f"page.animation.course.clients !== {before}")
    tab.run(
        "{ const slider = document.getElementById('see-moment'); slider.value = '400';"
        " slider.dispatchEvent(new Event('input')) }"
    )
    check_table(tab, there(small_check.flow, 400, replication=6, offered=False))
    shown = tab.run("document.getElementById('see-moment').ariaValueText")
    assert shown == text_of(tab, "see-clock")


def test_a_run_follows_the_levers(browser, small):
    tab = seen(browser, small)
    press(tab, "see-month-on")
    tab.run("window.before = page.animation.course")
    move(tab, PLACES, 22)
    wait_for(tab, f"page.animation.course !== window.before && {STILL}")
    tab.run(
        "{ const slider = document.getElementById('see-moment'); slider.value = '500';"
        " slider.dispatchEvent(new Event('input')) }"
    )
    changed = apply_changes(read_document(ALNA), dict([read_change(f"{PLACES}=22")]))
    check_table(tab, there(changed, 500))
    assert text_of(tab, "see-setting") == say("see_setting", "nb")


def test_it_plays_and_stops_where_it_ends(browser, small):
    tab = seen(browser, small)
    tab.run(
        "{ const speed = document.getElementById('see-speed'); speed.selectedIndex = 3 }"
        " document.getElementById('see-moment').value = '600';"
        " document.getElementById('see-moment').dispatchEvent(new Event('input'))"
    )
    press(tab, "see-play")
    assert text_of(tab, "see-play") == say("see_pause", "nb")
    assert tab.run("document.getElementById('see-says').getAttribute('aria-live')") == "off"
    wait_for(tab, STILL)
    assert tab.run("page.animation.moment") == tab.run("page.animation.course.horizon")
    assert text_of(tab, "see-play") == say("see_play", "nb")
    assert tab.run("document.getElementById('see-says').getAttribute('aria-live')") == "polite"


def test_who_asks_for_less_motion_sees_none(browser, small):
    """A step is there at once, and what plays goes by whole weeks."""
    tab = seen(browser, small, motion=False)
    press(tab, "see-week-on")
    assert tab.run("page.animation.moment") == 7
    assert not tab.run("page.animation.isMoving")
    tab.run(
        "window.seen = new Set(); new MutationObserver(() => window.seen.add(page.animation.moment % 7))"
        ".observe(document.getElementById('see-clock'), { childList: true })"
    )
    press(tab, "see-play")
    wait_for(tab, "page.animation.moment > 14")
    press(tab, "see-play")
    assert tab.run("[...window.seen].join()") == "0"


# --------------------------------------------------------------------------------------------------
# Charts


def test_where_a_target_is_lost_adds_up_and_is_what_the_journeys_say(browser, small, small_check):
    tab = opened(browser, small)
    shown = json.loads(
        tab.run(
            "JSON.stringify([...document.querySelectorAll('#losses-charts > details')].map(one => [one.dataset.question,"
            " one.querySelector('.finding').textContent, [...one.querySelectorAll('tbody td')].map(cell => cell.textContent)]))"
        )
    )
    told = {
        one.name: one
        for one in questions_of(small_check.flow)
        if can_drop_out(one.measure, at_least=one.at_least)
    }
    assert len({told[name].target for name, _, _ in shown}) == len(shown) > 8
    for name, finding, numbers in shown:
        *parts, total = [Decimal(number.replace(",", ".")) for number in numbers]
        assert sum(parts) == total == 100
        counts = sum(
            drop_outs(
                simulate(small_check.flow, replication=one, fixed=False),
                told[name].measure,
                told[name].bound.number,
                at_least=told[name].at_least,
            )[0]
            for one in range(SMALL)
        )
        assert float(parts[0]) == pytest.approx(100 * counts[0] / counts.sum(), abs=0.1)
        assert str(round(float(parts[0]))) in re.findall("[0-9]+", finding)


def test_charts_show_what_is_tried_beside_the_plan(browser, small, small_check):
    tab = opened(browser, small)
    tab.run("document.getElementById('losses').scrollIntoView()")
    move(tab, PLACES, 22)
    wait_for(tab, "page.charts.shown.length === 2 && page.charts.isDone")
    changed = apply_changes(read_document(ALNA), dict([read_change(f"{PLACES}=22")]))
    question = next(one for one in questions_of(changed) if one.name == "enough_places")
    for place, flow in enumerate((small_check.flow, changed)):
        counts = sum(
            drop_outs(
                simulate(flow, replication=one, fixed=False),
                question.measure,
                question.bound.number,
                at_least=question.at_least,
            )[0]
            for one in range(SMALL)
        )
        shown = dict(
            json.loads(
                tab.run(
                    f"JSON.stringify([...page.charts.shown[{place}].dropOuts.get('enough_places')])"
                )
            )
        )
        named = {name_of_cell(cell, flow): count for cell, count in enumerate(counts) if count}
        assert shown == named
    heads = tab.run(
        "document.querySelector('[data-question=enough_places] thead').textContent.includes"
        f"({json.dumps(say('charts_head_tried', 'nb'))})"
    )
    assert heads
    press(tab, "reset")
    wait_for(tab, "page.charts.shown.length === 1 && page.charts.isDone")


def test_every_chart_has_a_finding_and_a_table(browser, small):
    tab = opened(browser, small)
    charts = json.loads(
        tab.run(
            "JSON.stringify([...document.querySelectorAll('.drawn')].map(one => [one.ariaLabel, one.querySelector('title').textContent,"
            " one.querySelectorAll('text').length, one.parentElement.querySelectorAll('table tbody tr').length]))"
        )
    )
    assert len(charts) > 15
    for label, title, texts, rows in charts:
        assert label == title
        assert 10 < len(label) <= 150
        assert texts >= 2
        assert rows >= 2


def test_on_paper_charts_stand_open_and_no_run_is_played(browser, small):
    tab = opened(browser, small)
    tab.ask("Emulation.setEmulatedMedia", media="print")
    tab.run("dispatchEvent(new Event('beforeprint'))")
    shown = "[...document.querySelectorAll('{}')].map(one => one.getClientRects().length > 0)"
    charts = tab.run(shown.format(".drawn"))
    assert len(charts) > 15
    assert all(charts)
    assert tab.run(shown.format("#see, .charts table, .charts summary + table")).count(True) == 0
    tab.run("dispatchEvent(new Event('afterprint'))")
    open_again = (
        "[...document.querySelectorAll('#losses-charts > details')].filter(one => one.open)"
    )
    assert tab.run(f"{open_again}.length") == 1


@pytest.mark.parametrize("width", [768, 1366])
def test_text_of_twice_the_size_needs_no_scrolling_sideways(browser, small, width):
    """The charts are drawn anew, and dots stay in the boxes of their stages."""
    tab = seen(browser, small)
    tab.ask(
        "Emulation.setDeviceMetricsOverride",
        width=width,
        height=800,
        deviceScaleFactor=1,
        mobile=False,
    )
    tab.run(
        "document.documentElement.style.fontSize = '200%';"
        "document.querySelectorAll('details').forEach(one => { one.open = true })"
    )
    wait_for(tab, "Number(document.querySelector('.drawn').getAttribute('width')) > 0")
    assert tab.run("document.documentElement.scrollWidth") <= width
    beyond = (
        "[...document.querySelectorAll('.charts *, #see *')].filter(one => {"
        " const box = one.getBoundingClientRect(); return box.width && box.right > innerWidth + 1 })"
        ".map(one => one.tagName + ' ' + one.textContent.slice(0, 40)).slice(0, 5)"
    )
    assert tab.run(beyond) == []


def test_what_a_chart_says_has_room_in_it(browser, small):
    """No word of a drawing is cut, on a phone either."""
    tab = opened(browser, small)
    for width, places in ((1366, 22), (390, 20), (320, 8)):
        tab.ask(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=800,
            deviceScaleFactor=1,
            mobile=width < 600,
        )
        move(tab, PLACES, places)
        # As large as other text, however narrow it is.
        sizes = (
            "[...document.querySelectorAll('.drawn text')].filter(one => one.getClientRects().length)"
            ".map(one => one.getCTM().a * parseFloat(getComputedStyle(one).fontSize))"
        )
        assert min(tab.run(sizes)) > 12
        tab.run("document.querySelectorAll('.charts details').forEach(one => { one.open = true })")
        wait_for(
            tab,
            "[...document.querySelectorAll('.drawn')].every(one =>"
            " one.getBoundingClientRect().width <= innerWidth && one.getClientRects().length > 0)",
        )
        cut = (
            "[...document.querySelectorAll('.drawn text')].filter(one => {"
            " const box = one.getBoundingClientRect(); const all = one.ownerSVGElement.getBoundingClientRect();"
            " return box.left < all.left - 1 || box.right > all.right + 1 || box.bottom > all.bottom + 2 })"
            ".map(one => one.textContent).slice(0, 5)"
        )
        assert tab.run(cut) == [], width


# --------------------------------------------------------------------------------------------------
# Words


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_word_of_the_page_is_explained_in_each_language(small_check, language):
    html = SpokenHtml()
    lines = "".join(glossary_lines(small_check, language, html))
    assert lines.count("<dt") == lines.count("<dd") == len(WORDS)
    assert len(set(html.texts)) == len(html.texts)
