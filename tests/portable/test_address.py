"""The address holds the whole comparison, and what nobody knows of it is told."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, urlencode

import pytest

from pilotsim.files.reading import read_flow
from pilotsim.judge.check import check_targets
from pilotsim.language.catalogue import say
from pilotsim.output.live.built_in import BuiltInOptions
from pilotsim.output.live.page import write_live_page
from tests.portable.browser import Browser, browsing
from tests.portable.deciding import COUNT, checked, written
from tests.portable.reader import Reader
from tests.portable.test_model import record_of

pytestmark = pytest.mark.slow

PLACES = "resources.place.units"
HEADS = "[...document.querySelectorAll('#side-head th')].slice(1).map(one => one.firstChild.textContent).join('|')"
PLAN, NOW = say("start_plan", "nb"), say("start_now", "nb")


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
    check = check_targets(flow, replications=COUNT, what_if=False)
    page = tmp_path_factory.mktemp("pages") / "page.html"
    write_live_page(check, page, "nb", source=file, built_in=BuiltInOptions(flow, pairs=0))
    return page


def beside(name: str, **parts: str) -> str:
    own = urlencode({"name": name, **{key.replace("__", "."): one for key, one in parts.items()}})
    return f"beside={quote(own)}"


def test_plans_with_their_names_are_passed_on(browser, page, file, tmp_path):
    reader = Reader(browser, page)
    reader.click("+10, Plasser")
    reader.until_answered()
    reader.click(say("start_keep", "nb"))
    reader.click(say("start_name_of", "nb", name=say("start_kept", "nb", letter="A")))
    reader.tab.run("document.activeElement.select()")
    reader.type("Ti til & flere = bra")
    reader.press("Enter")
    reader.choose("Når begynner piloten?", "3 m")
    reader.until_answered()
    assert reader.tab.run(HEADS) == f"{PLAN}|Ti til & flere = bra|{NOW}"
    side = reader.text("side")
    fragment = reader.tab.run("location.hash.slice(1)")
    again = Reader(browser, page, fragment)
    again.until_answered()
    assert again.tab.run(HEADS) == f"{PLAN}|Ti til & flere = bra|{NOW}"
    assert again.text("side") == side
    assert again.tab.run("location.hash.slice(1)") == fragment
    # What is kept is the plan that it was.
    again.click(say("start_remove", "nb", name="Ti til & flere = bra"))
    assert again.tab.run(HEADS) == f"{PLAN}|{NOW}"
    assert "beside" not in again.tab.run("location.hash")
    # The values of the kept plan are those of the program.
    reader = Reader(browser, page, beside("Ti", resources__place__units="22"))
    reader.until_answered()
    told = reader.tab.run(
        "JSON.stringify(document.querySelectorAll('#side-rows td:nth-child(3) .value')[0].textContent)"
    )
    assert told
    ours = record_of(checked(file, tmp_path, {}, {PLACES: "22"}))
    alone = Reader(browser, page, f"{PLACES}=22")
    alone.until_answered()
    assert alone.values() == ours["values"]


@pytest.mark.parametrize(
    ("fragment", "heads", "unknown"),
    [
        (f"{PLACES}=22&nothing=1", f"{PLAN}|{NOW}", "nothing=1"),
        (f"{PLACES}=many", "", f"{PLACES}=many"),
        ("choice.way=gone", "", "choice.way=gone"),
        ("choice.gone=1&choice.way=some", f"{PLAN}|{NOW}", "choice.gone=1"),
        ("%%%&=&&", "", "%%%"),
        (beside("Old", gone__path="1"), "", "gone.path=1; Old"),
        (
            "&".join(beside(name, resources__place__units="9") for name in "ABCD"),
            f"{PLAN}|A|B|C",
            "D",
        ),
        (beside("No", resources__place__units="-5"), "", "No"),
        (
            "&".join(f"{letter}={letter * 60}" for letter in "abcde"),
            "",
            say(
                "start_unknown_more",
                "nb",
                parts="; ".join(f"{letter}={letter * 37}…" for letter in "abc"),
                count="2",
            ),
        ),
        (f"{PLACES}=8", f"{PLAN}|{NOW}", ""),
        ("choice.staff=planned", "", ""),
    ],
)
def test_an_old_or_edited_address_is_taken_as_far_as_it_is_known(
    browser, page, fragment, heads, unknown
):
    reader = Reader(browser, page, fragment)
    if heads:
        reader.wait(f"({HEADS}).split('|').length === {len(heads.split('|'))}")
        reader.until_answered()
        assert reader.tab.run(HEADS) == heads
    else:
        reader.wait("true")
    if unknown:
        told = reader.tab.run("document.getElementById('unknown').textContent")
        assert told == say("start_unknown", "nb", parts=unknown)
    else:
        assert reader.tab.run("document.getElementById('unknown').hidden")
    assert reader.tab.complaints() == []


SHOWN = "(one => one.options[one.selectedIndex].textContent)(document.getElementById('choice-%s'))"


@pytest.mark.parametrize(
    ("fragment", "shown", "note", "taken", "set_"),
    [
        # Other numbers than those of an option: it is not taken any longer.
        (f"choice.staff=many&{PLACES}=15", "Egne tall", "start_apart", {}, {PLACES: 15}),
        (f"choice.staff=many&{PLACES}=18", "Atten", "", {"staff": "many"}, {PLACES: 18}),
        (f"{PLACES}=15", "Egne tall", "start_apart", {}, {PLACES: 15}),
        ("choice.staff=many", "Atten", "", {"staff": "many"}, {}),
        ("", "Tolv", "", {}, {}),
    ],
)
def test_an_option_that_own_numbers_contradict_is_not_shown_as_taken(
    browser, page, fragment, shown, note, taken, set_
):
    reader = Reader(browser, page, fragment)
    reader.until_answered() if fragment else reader.wait("true")
    assert reader.tab.run(SHOWN % "staff") == shown
    told = reader.text("choice-staff-apart")
    assert told == (say(note, "nb", names="Plasser: antall") if note else "")
    bench = "window.page.workbench"
    assert json.loads(reader.tab.run(f"JSON.stringify({bench}.taken)")) == taken
    assert json.loads(reader.tab.run(f"JSON.stringify({bench}.numbers)")) == set_


def test_the_form_and_the_choice_agree_both_ways(browser, page):
    """Numbers of the form that contradict an option let go of it; an option lets go of them."""
    reader = Reader(browser, page, "choice.staff=many")
    reader.until_answered()
    reader.tab.run(f"window.page.workbench.put({{ '{PLACES}': 15 }})")
    reader.until_answered()
    assert reader.tab.run(SHOWN % "staff") == "Egne tall"
    assert "choice.staff" not in reader.tab.run("location.hash")
    reader.tab.run("window.page.workbench.take('staff', 'planned')")
    reader.wait("true")
    assert reader.tab.run(SHOWN % "staff") == "Tolv"
    assert reader.tab.run("JSON.stringify(window.page.workbench.numbers)") == "{}"


def test_a_number_within_what_is_built_in_is_told_beside_it(browser, page):
    path = "stages.offered.next.course"
    reader = Reader(browser, page, f"choice.way=some&{path}=0.6")
    reader.until_answered()
    assert reader.tab.run(SHOWN % "way") == "Hver tredje"
    assert reader.text("choice-way-apart").startswith(say("start_apart_from", "nb", names="")[:-1])


def test_another_address_in_the_same_tab_is_taken(browser, page):
    reader = Reader(browser, page, f"{PLACES}=22")
    reader.until_answered()
    reader.tab.run(f"location.hash = '{PLACES}=6'")
    reader.wait(f"window.page.workbench.set['{PLACES}'] === 6 && window.page.workbench.isDone")
    assert reader.tab.run(f"document.getElementById('lever-{PLACES}').value") == "6"
