"""What stands on a page agrees: a lever with its field, an option with its numbers, an answer with what was asked."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pilotsim.files.reading import read_flow
from pilotsim.judge.check import check_targets
from pilotsim.language.catalogue import say
from pilotsim.output.live.built_in import BuiltInOptions
from pilotsim.output.live.page import write_live_page
from tests.portable.browser import Browser, browsing
from tests.portable.deciding import COUNT, written
from tests.portable.reader import Reader

pytestmark = pytest.mark.slow

PLACES, STOCK = "resources.place.units", "groups.there.stock"
SHOWN = "document.getElementById('{}').value"
SAID = "document.getElementById('{}').hidden ? '' : document.getElementById('{}').textContent"


@pytest.fixture(scope="module")
def browser(tmp_path_factory) -> Iterator[Browser]:
    with browsing(tmp_path_factory.mktemp("browser")) as browser:
        yield browser


@pytest.fixture(scope="module")
def page(tmp_path_factory) -> Path:
    flow = read_flow(written(tmp_path_factory.mktemp("flow")))
    check = check_targets(flow, replications=COUNT, what_if=False)
    page = tmp_path_factory.mktemp("pages") / "page.html"
    write_live_page(check, page, "nb", built_in=BuiltInOptions(flow, pairs=0))
    return page


def move(reader: Reader, number: int) -> None:
    reader.tab.run(
        f"{{ const lever = document.getElementById('lever-{PLACES}'); lever.value = '{number}';"
        " lever.dispatchEvent(new Event('input')) }"
    )


def take(reader: Reader, choice: str, option: str) -> None:
    reader.tab.run(
        f"{{ const choice = document.getElementById('choice-{choice}'); choice.value = '{option}';"
        " choice.dispatchEvent(new Event('change')) }"
    )


def test_a_lever_says_what_its_field_says(browser, page):
    reader = Reader(browser, page)
    move(reader, 15)
    assert reader.tab.run(SHOWN.format(f"field-{PLACES}")) == "15"


def test_an_option_takes_its_numbers_back_from_a_lever(browser, page):
    """Eighteen places were chosen, and fifteen were run."""
    reader = Reader(browser, page)
    move(reader, 15)
    take(reader, "staff", "many")
    assert reader.tab.run(f"window.page.workbench.set['{PLACES}']") == 18
    assert reader.tab.run(SHOWN.format(f"field-{PLACES}")) == "18"
    move(reader, 15)
    assert reader.tab.run(f"window.page.workbench.set['{PLACES}']") == 15


@pytest.mark.parametrize("language", ["nb", "sv"])
def test_where_there_is_no_answer_no_other_one_stands_there(browser, page, language):
    """One reason, at the levers and at the form, in the language that is taken then."""
    reader = Reader(browser, page)
    move(reader, 15)
    reader.until_answered()
    assert not reader.tab.run("document.getElementById('side').hidden")
    reader.tab.run(f"window.page.workbench.put({{ '{STOCK}': 1e9 }})")
    reader.wait("window.page.workbench.refusal")
    reader.tab.run(f"window.page.speaker.take('{language}')")
    for name in ("impossible", "own-status"):
        assert reader.tab.run(SAID.format(name, name)) == say("start_too_large", language)
    assert reader.tab.run(SAID.format("fault", "fault")) == ""
    assert reader.tab.run("document.getElementById('side').hidden")
    reader.tab.run(f"window.page.workbench.put({{ '{STOCK}': null }})")
    reader.until_answered()
    assert not reader.tab.run("document.getElementById('side').hidden")
    assert reader.text("own-status") == ""


def test_what_is_tried_is_said_in_the_language_that_is_taken(browser, page):
    reader = Reader(browser, page)
    move(reader, 15)
    reader.until_answered()
    reader.tab.run("window.page.speaker.take('en')")
    assert reader.text("tried").startswith(f"{COUNT} simulations")


def test_nothing_is_counted_before_a_run_is_there_and_dots_pass_beneath_words(browser, page):
    reader = Reader(browser, page)
    counts = (
        "[...document.querySelectorAll('#see-boxes .count')].map(one => one.textContent.trim())"
    )
    reader.tab.run(
        "window.first = null; new MutationObserver((_, all) => {"
        f" const found = {counts}; if (found.length) {{ window.first ??= found; all.disconnect() }}"
        " }).observe(document.getElementById('see-boxes'), { childList: true });"
        " window.page.speaker.take('en')"
    )
    reader.wait("window.first")
    if reader.tab.run("window.page.animation.course === undefined"):
        assert set(reader.tab.run("window.first")) == {""}
    order = "getComputedStyle(document.querySelector('#see-boxes .head')).zIndex"
    assert reader.tab.run(order) == "1"
    assert (
        reader.tab.run("getComputedStyle(document.getElementById('see-canvas')).zIndex") == "auto"
    )


def test_a_plan_that_is_kept_while_it_runs_has_its_own_numbers(browser, page):
    """It was kept with what the lever had come to before."""
    reader = Reader(browser, page)
    move(reader, 4)
    reader.until_answered()
    verdicts = "JSON.stringify({}.toJSON().verdicts)"
    few = reader.tab.run(verdicts.format("window.page.workbench.answers[1]"))
    reader.tab.run(
        f"{{ const lever = document.getElementById('lever-{PLACES}'); lever.value = '20';"
        " lever.dispatchEvent(new Event('input')); document.getElementById('keep').click() }"
    )
    reader.wait("window.page.workbench.kept.every(one => one.answer !== null)")
    kept = "window.page.workbench.kept[0]"
    assert reader.tab.run(f"{kept}.setting.set['{PLACES}']") == 20
    many = reader.tab.run(verdicts.format(f"{kept}.answer"))
    assert many != few
    asked = (
        f"window.page.model.ask({{ seed: 1, replications: {COUNT}, set: {{ '{PLACES}': 20 }} }})"
    )
    assert many == reader.tab.run(f"{asked}.done.then(answer => {verdicts.format('answer')})")


def test_amounts_side_by_side_make_no_narrow_page_wider(browser, page):
    reader = Reader(browser, page)
    move(reader, 15)
    reader.until_answered()
    reader.size(320, 800)
    # Amounts of two plans, and between what they lie, as long as they get.
    reader.tab.run(
        "for (const cell of document.querySelectorAll('#side-rows td')) cell.replaceChildren(...['value', 'below', 'against']"
        ".map(name => { const part = document.createElement('span'); part.className = name;"
        " part.textContent = '(\\u2212100,5\\u2013200,5\\u00a0millioner\\u00a0kroner)'; return part }))"
    )
    assert reader.tab.run("document.querySelectorAll('#side-rows td').length") > 0
    assert reader.tab.run("document.documentElement.scrollWidth") <= 320
