"""Pages of results keep nobody from reading them: on a phone, in the dark, by ear and by keyboard."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from pilotsim.output.views import document_of
from pilotsim.output.writers.html import write_html
from tests.output import small_checks, small_results
from tests.portable.browser import Browser, Tab, browsing
from tests.portable.test_share import AXE, RULES

pytestmark = pytest.mark.slow

# What everybody does who does it well, beside what WCAG asks.
GOOD_RULES = [*RULES, "best-practice"]
PAGES = ("check", "findings", "evaluation", "system")
WIDTHS = (1366, 390, 320)


@pytest.fixture(scope="module")
def browser(tmp_path_factory) -> Iterator[Browser]:
    with browsing(tmp_path_factory.mktemp("browser")) as browser:
        yield browser


@pytest.fixture(scope="module")
def pages(tmp_path_factory) -> dict[str, Path]:
    """A page of each kind, with files beside it as in a folder."""
    folder = tmp_path_factory.mktemp("pages")
    results = {**small_checks.results(), **small_results.results()}
    beside = [("targets.csv", "Vurderingene"), ("a_table_with_a_long_name_for_its_file.csv", "Mer")]
    made = {}
    for name in PAGES:
        result, context = results[name]
        made[name] = folder / f"{name}.html"
        page = write_html(document_of(result, "nb", **context), beside=beside)
        made[name].write_text(page, encoding="utf-8")
    return made


def opened(browser: Browser, page: Path, width: int, scheme: str = "light") -> Tab:
    tab = browser.tab()
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
    tab.open(page.as_uri())
    tab.run("document.querySelectorAll('details').forEach(one => { one.open = true })")
    return tab


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", PAGES)
def test_no_page_is_moved_sideways_to_be_read(browser, pages, name, width):
    """A wide table moves within itself, or is stacked: the page does not (WCAG 1.4.10)."""
    tab = opened(browser, pages[name], width)
    assert tab.run("document.documentElement.scrollWidth") <= width
    beyond = (
        "[...document.querySelectorAll('main *')].filter(one => {"
        " const box = one.getBoundingClientRect();"
        " return box.width && box.right > innerWidth + 1 && !one.closest('.picture, .wide, thead') })"
        ".map(one => one.tagName + ' ' + one.textContent.slice(0, 40)).slice(0, 5)"
    )
    assert tab.run(beyond) == []


@pytest.mark.parametrize(("width", "scheme"), [(1366, "light"), (1366, "dark"), (390, "dark")])
@pytest.mark.parametrize("name", PAGES)
def test_nothing_keeps_anybody_from_reading_it(browser, pages, name, width, scheme):
    """By the rules of axe-core for WCAG 2.2 at A and AA, and for good practice."""
    if not AXE.exists():
        pytest.skip("not installed: axe-core; `make javascript` installs it")
    tab = opened(browser, pages[name], width, scheme)
    tab.run(AXE.read_text(encoding="utf-8") + "; undefined")
    found = json.loads(
        tab.run(
            f"axe.run({{ runOnly: {json.dumps(GOOD_RULES)} }}).then(found => JSON.stringify("
            "found.violations.map(one => [one.id, one.nodes.map(node => node.target.join(' ')).slice(0, 4)])))"
        )
    )
    assert found == []


@pytest.mark.parametrize("name", PAGES)
def test_everything_has_a_name_and_a_place(browser, pages, name):
    """One place for what is to be read, headings to find it by, and words for each table and figure."""
    tab = opened(browser, pages[name], 1366)
    assert tab.run("document.querySelectorAll('main').length") == 1
    assert tab.run("document.querySelectorAll('h2').length") >= 2
    unnamed = (
        "[...document.querySelectorAll('{0}')].filter(one => !one.querySelector('{1}')).length"
    )
    assert tab.run(unnamed.format("main table", "caption")) == 0
    assert tab.run(unnamed.format("main figure", "figcaption")) == 0


@pytest.mark.parametrize("width", WIDTHS)
def test_links_that_stand_alone_are_as_large_as_a_finger_asks(browser, pages, width):
    """24 px each way (WCAG 2.5.8)."""
    tab = opened(browser, pages["check"], width)
    small = (
        "[...document.querySelectorAll('a, summary, button')].filter(one => {"
        " const box = one.getBoundingClientRect(); return box.width && box.height < 24 })"
        ".map(one => one.textContent)"
    )
    assert tab.run("document.querySelectorAll('a').length") > 1
    assert tab.run(small) == []
