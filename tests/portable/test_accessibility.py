"""Everybody can read and use the page of a flow, in every state that it may be in.

By the rules of axe-core for WCAG 2.2 at A and AA and its best practice, and by keys alone.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from pilotsim.files.reading import read_flow
from pilotsim.judge.check import check_targets
from pilotsim.language.catalogue import say
from pilotsim.output.live.built_in import BuiltInOptions
from pilotsim.output.live.page import write_live_page
from tests.portable.browser import Browser, browsing
from tests.portable.deciding import checked, written
from tests.portable.reader import Reader
from tests.portable.test_model import record_of

pytestmark = pytest.mark.slow

AXE = Path(sys.prefix) / "javascript" / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
COUNT = 60
PLACES = "resources.place.units"
# Everything that is pressed, chosen or written in, where it is seen.
TARGETS = (
    "[...document.querySelectorAll('button, summary, select, input, a')].filter(one =>"
    " one.checkVisibility() && !one.matches('.skip')).map(one => [one.id || one.textContent,"
    " one.getBoundingClientRect()]).filter(([, box]) => box.width < 24 || box.height < 24)"
    ".map(([name, box]) => `${name}: ${box.width} x ${box.height}`)"
)


@pytest.fixture(scope="module")
def browser(tmp_path_factory) -> Iterator[Browser]:
    with browsing(tmp_path_factory.mktemp("browser")) as browser:
        yield browser


@pytest.fixture(scope="module")
def file(tmp_path_factory) -> Path:
    return written(tmp_path_factory.mktemp("flow"))


@pytest.fixture(scope="module")
def page(tmp_path_factory, file) -> Path:
    flow = read_flow(file)
    check = check_targets(flow, replications=COUNT, what_if_replications=20)
    page = tmp_path_factory.mktemp("pages") / "page.html"
    write_live_page(check, page, "nb", source=file, built_in=BuiltInOptions(flow))
    return page


def opened(reader: Reader) -> None:
    reader.tab.run("document.querySelectorAll('details').forEach(one => { one.open = true })")


def moved(reader: Reader) -> None:
    reader.click("+10, Plasser")
    reader.until_answered()
    reader.click(say("start_keep", "nb"))
    reader.choose("Når begynner piloten?", "3 m")
    reader.until_answered()
    opened(reader)


def refused(reader: Reader) -> None:
    """A field in which no number stands, options that cannot be together, an address of old."""
    for question, option in (
        ("Skal noen avklares?", "Hver"),
        ("Når begynner piloten?", "2 m"),
        ("Hvor lang er perioden?", "18"),
    ):
        reader.choose(question, option)
    reader.wait("!document.getElementById('impossible').hidden")
    reader.click_on(f"field-{PLACES}")
    reader.type("mange")
    reader.press("Enter")
    reader.wait("document.querySelector('[aria-invalid=true]') !== null")
    reader.tab.run("location.hash = 'gone=1'")
    reader.wait("!document.getElementById('unknown').hidden")
    reader.click_on(f"field-{PLACES}")
    reader.type("mange")
    reader.press("Enter")


def faulty(reader: Reader) -> None:
    """The form of own numbers, with what is none."""
    reader.click_on("own-groups.there.stock")
    reader.type("mange")
    reader.press("Tab")
    reader.wait("document.querySelector('#own [aria-invalid=true]') !== null")


def searched(reader: Reader) -> None:
    reader.click_on("find")
    reader.type("de som")
    opened(reader)


def running(reader: Reader) -> None:
    """As far as it has come when it is looked at: with another seed, nothing is known yet."""
    reader.tab.run(
        "{ const { model } = window.page; const compare = model.compare.bind(model);"
        " model.compare = (one, other, tell) => compare({ ...one, seed: 7, replications: 900 },"
        " { ...other, seed: 7, replications: 900 }, tell) }"
    )
    reader.click("+10, Plasser")
    reader.wait("!document.getElementById('side').hidden")


def printed(reader: Reader) -> None:
    moved(reader)
    reader.tab.ask("Emulation.setEmulatedMedia", media="print")


def dark(reader: Reader) -> None:
    scheme = [{"name": "prefers-color-scheme", "value": "dark"}]
    reader.tab.ask("Emulation.setEmulatedMedia", features=scheme)
    moved(reader)


def narrow(reader: Reader) -> None:
    reader.size(320, 800)
    moved(reader)


def large(reader: Reader) -> None:
    reader.tab.run("document.documentElement.style.fontSize = '200%'")
    moved(reader)


STATES = {
    "as it opens": lambda reader: None,
    "all open": opened,
    "levers moved": moved,
    "dark": dark,
    "printed": printed,
    "320 px": narrow,
    "text at 200 %": large,
    "refused": refused,
    "form faulty": faulty,
    "searched": searched,
    "running": running,
}


def faults(reader: Reader) -> list[str]:
    reader.tab.run(AXE.read_text(encoding="utf-8") + "; undefined")
    found: list[str] = json.loads(
        reader.tab.run(
            f"axe.run({{ runOnly: {json.dumps(RULES)} }}).then(found => JSON.stringify(found.violations.map("
            "one => [one.id, ...one.nodes.map(node => node.target.join(' ')).slice(0, 4)].join('  '))))"
        )
    )
    return found


@pytest.mark.parametrize("state", STATES)
def test_nothing_keeps_anybody_from_reading_it(browser, page, state):
    if not AXE.exists():
        pytest.skip("not installed: axe-core; `make javascript` installs it")
    reader = Reader(browser, page)
    STATES[state](reader)
    assert faults(reader) == []
    assert reader.tab.run("document.documentElement.scrollWidth <= innerWidth")
    if state != "printed":
        assert reader.tab.run(TARGETS) == []


def test_without_webassembly_too(page, tmp_path):
    if not AXE.exists():
        pytest.skip("not installed: axe-core; `make javascript` installs it")
    with browsing(tmp_path, ["--js-flags=--jitless"]) as other:
        reader = Reader(other, page)
        assert reader.text("fault") == say("live_no_webassembly", "nb")
        opened(reader)
        assert faults(reader) == []


def test_landmarks_captions_and_headings(browser, page):
    reader = Reader(browser, page)
    opened(reader)
    run = reader.tab.run
    assert run("document.querySelectorAll('main').length") == 1
    assert run("[...document.querySelectorAll('table')].every(one => one.caption !== null)")
    outside = run(
        "[...document.body.children].filter(one => one.checkVisibility() &&"
        " !['HEADER', 'MAIN', 'FOOTER', 'A', 'SCRIPT'].includes(one.tagName)).map(one => one.tagName)"
    )
    assert outside == []


def test_a_question_is_answered_by_keys_alone(browser, page, file, tmp_path):
    """Ten more places: found, moved, kept beside the plan, and named, without a pointer."""
    reader = Reader(browser, page)

    def to(name: str) -> None:
        for _ in range(80):
            reader.press("Tab")
            if (
                reader.tab.run(
                    "document.activeElement.id || document.activeElement.ariaLabel || document.activeElement.textContent"
                )
                == name
            ):
                break
        else:
            raise AssertionError(f"no Tab leads to {name}")
        outline = reader.tab.run("getComputedStyle(document.activeElement).outlineStyle")
        assert outline != "none"

    to(say("start_skip", "nb"))
    reader.press("Enter")
    to("find")
    reader.type("plasser")
    to(f"field-{PLACES}")
    reader.type("+10")
    reader.press("Enter")
    reader.until_answered()
    ours = record_of(checked(file, tmp_path, {}, {PLACES: "22"}, replications=COUNT))
    assert reader.values() == ours["values"]
    to("keep")
    reader.press("Enter")
    to("kept-0")
    reader.type("Ti til")
    reader.press("Enter")
    assert "Ti til" in reader.text("side-head")
