"""Six questions of an owner, each answered at the page by clicks, from a file opened from a disk.

Each in ten actions at most and within a minute, with the numbers of `pilotsim check` for the same
plan, seed and runs. `PILOTSIM_PICTURES=FOLDER` keeps a picture of each answer.
"""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from pilotsim.files.reading import read_flow
from pilotsim.judge.check import Check, check_targets
from pilotsim.language.catalogue import say
from pilotsim.output.live.built_in import BuiltInOptions
from pilotsim.output.live.decision import changes_by_state, what_to_do_first
from pilotsim.output.live.levers import inflow_of
from pilotsim.output.live.page import write_live_page
from tests.portable.browser import Browser, browsing
from tests.portable.deciding import checked
from tests.portable.outside import FEW
from tests.portable.reader import Reader
from tests.portable.test_model import record_of
from tests.portable.test_share import wait_for_file

pytestmark = pytest.mark.slow

ALNA = FEW[0]
COUNT = 40
SECONDS, ACTIONS = 60, 10
PLACES = "resources.place_technical.units"
PLACES_SAY = "Plasser i renhold og tekniske"


@pytest.fixture(scope="module")
def browser(tmp_path_factory) -> Iterator[Browser]:
    with browsing(tmp_path_factory.mktemp("browser")) as browser:
        yield browser


@pytest.fixture(scope="module")
def plan() -> Check:
    return check_targets(read_flow(ALNA), replications=COUNT, what_if_replications=20, what_if=True)


@pytest.fixture(scope="module")
def page(tmp_path_factory, plan) -> Path:
    file = tmp_path_factory.mktemp("pages") / "side.html"
    built_in = BuiltInOptions(plan.flow, pairs=0)
    write_live_page(plan, file, "nb", source=ALNA, built_in=built_in)
    return file


@dataclass
class Asking:
    """Somebody who asks a question of the page, with a watch and a counter."""

    reader: Reader
    folder: Path
    place: str = "try"

    def compare(self, plan: Check, other: Check, which: int = 1) -> None:
        """Hold what stands on the page to what the program says of the same two plans."""
        reader = self.reader
        reader.until_answered()
        ours = record_of(other)
        assert reader.values() == ours["values"]
        for theirs, mine in zip(reader.verdicts(), ours["verdicts"], strict=True):
            for name in ("verdict", "probability", "interval", "expected", "low", "high"):
                assert theirs[name] == mine[name], mine["says"]
        told = [
            ", ".join(change.change for change in changes_by_state(one, "nb")[:2]) + "."
            for one in (other, plan)
        ]
        parts = {"done": str(COUNT), "changes": told[0], "plan": told[1]}
        assert reader.text("tried") == say("start_compared", "nb", **parts)


@pytest.fixture
def asking(browser, page, tmp_path, request) -> Iterator[Asking]:
    start = time.monotonic()
    folder = Path(os.environ.get("PILOTSIM_PICTURES", tmp_path))
    folder.mkdir(parents=True, exist_ok=True)
    asked = Asking(Reader(browser, page), folder)
    yield asked
    name = request.node.name.removeprefix("test_")
    file = folder / f"{name}.png"
    asked.reader.picture(file, asked.place)
    assert file.stat().st_size > 10_000
    assert asked.reader.actions <= ACTIONS, f"{asked.reader.actions} actions"
    assert time.monotonic() - start < SECONDS
    assert asked.reader.tab.complaints() == []


def as_said(folder: Path, choose: dict[str, str], **set_: str) -> Check:
    paths = {path.replace("__", "."): written for path, written in set_.items()}
    return checked(ALNA, folder, choose, paths, replications=COUNT)


def test_ten_more_places(asking, plan, tmp_path):
    asking.reader.click_on("find")
    asking.reader.type("renhold tekniske")
    asking.reader.click(f"+10, {PLACES_SAY}")
    asking.compare(plan, as_said(tmp_path, {}, resources__place_technical__units="22"))


def test_ten_more_places_typed(asking, plan, tmp_path):
    """As somebody types it: ten more, not ten."""
    asking.reader.click_on(f"field-{PLACES}")
    asking.reader.type("+10")
    asking.reader.press("Enter")
    asking.compare(plan, as_said(tmp_path, {}, resources__place_technical__units="22"))


def test_inflow_a_fifth_more(asking, plan, tmp_path):
    asking.reader.click(f"+20\u00a0%, {say('start_inflow', 'nb')}")
    own = inflow_of(plan.flow)
    assert own["moved"] == ["shared.inflow", "groups.aap_kvp.arrivals"]
    assert len(own["coming"]) == 4
    more = {"shared__inflow": "1.2", "groups__aap_kvp__arrivals": "1.8 per month"}
    asking.compare(plan, as_said(tmp_path, {}, **more))


def test_three_months_later(asking, plan, tmp_path):
    asking.reader.choose("Når henvises de første?", "3 m")
    later = {
        "stages__referred__opens__first": "2015-04-06",
        "stages__course__opens__first": "2015-05-04",
    }
    asking.compare(plan, as_said(tmp_path, {}, **later))


def test_which_data_first(asking, plan):
    """It stands there without a click."""
    asking.place = "first"
    lines = what_to_do_first(plan, "nb")
    shown = asking.reader.tab.run(
        "[...document.querySelectorAll('section[aria-labelledby=first] li')].map(one => one.textContent).join('\\n')"
    )
    assert shown.replace("\u2060", "") == "\n".join(lines).replace("\u2060", "")
    assert any(line.startswith("Tell i egne registre") for line in lines)
    assert asking.reader.actions == 0


def test_our_230_clients(asking, plan, browser, tmp_path):
    """In all, with all that follows as the page asks; saved, it is what the program answers."""
    reader = asking.reader
    asking.place = "own"
    reader.click_on("own-total")
    reader.type("230")
    reader.press("Enter")
    reader.wait("window.page.workbench.isMoved")
    reader.until_answered()
    browser.ask("Browser.setDownloadBehavior", behavior="allow", downloadPath=str(tmp_path))
    reader.click(say("start_save", "nb"))
    file = tmp_path / "alna_aktiv-plan.json"
    wait_for_file(file)
    saved = json.loads(file.read_text(encoding="utf-8"))
    groups = ("target_group", "already_followed", "other_recipients")
    assert sum(int(saved["set"][f"groups.{name}.stock"]) for name in groups) == 230
    other = checked(ALNA, tmp_path, saved["choose"], saved["set"], replications=COUNT)
    asking.compare(plan, other)
    told = reader.text("own-said")
    assert all(change.change in told for change in changes_by_state(other, "nb"))


def test_two_plans_beside_each_other(asking, plan, tmp_path):
    reader = asking.reader
    reader.click(f"+10, {PLACES_SAY}")
    reader.until_answered()
    reader.click(say("start_keep", "nb"))
    reader.choose("Hvor lenge varer piloten?", "36")
    asking.compare(plan, as_said(tmp_path, {"length": "36_months"}))
    heads = reader.tab.run(
        "[...document.querySelectorAll('#side-head th')].slice(1).map(one => one.firstChild.textContent).join('|')"
    )
    assert heads == "|".join(
        [say("start_plan", "nb"), say("start_kept", "nb", letter="A"), say("start_now", "nb")]
    )
    drawn = reader.tab.run(
        "[...document.querySelectorAll('#drawing svg text')].map(one => one.textContent).join('|')"
    )
    for name in (say("start_plan", "nb"), say("start_kept", "nb", letter="A")):
        assert re.search(rf"\|\+\d+ {name}\|", drawn)
    # The whole comparison is passed on by its address.
    before = reader.tab.run("document.getElementById('side').textContent")
    again = Reader(
        reader.tab.browser,
        Path(reader.tab.run("decodeURI(location.pathname)")),
        reader.tab.run("location.hash.slice(1)"),
    )
    again.until_answered()
    assert again.tab.run("document.getElementById('side').textContent") == before
    again.actions = reader.actions
    asking.reader = again
