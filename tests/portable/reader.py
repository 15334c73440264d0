"""Somebody who reads a page of a flow: opens it from a disk, and clicks and types as people do."""

from __future__ import annotations

import json
from base64 import b64decode
from pathlib import Path
from typing import Any

from tests.portable.browser import Browser, Tab

READY = "!document.getElementById('start').disabled || !document.getElementById('fault').hidden"
KEYS = {"Enter": 13, "Tab": 9, "Escape": 27, "ArrowDown": 40, "ArrowUp": 38, " ": 32}
# The smallest element that is seen, can be acted on and says a text.
FIND = """
(asked => {
  const words = asked.replace(/\\s+/g, ' ')
  const named = element => (element.getAttribute('aria-label') ?? element.textContent).trim().replace(/\\s+/g, ' ')
  const seen = element => element.checkVisibility() && element.getClientRects().length > 0
  const all = [...document.querySelectorAll('button, summary, a, label')].filter(seen)
  const found = all.filter(one => named(one) === words)
  const near = found.length ? found : all.filter(one => named(one).includes(words))
  if (!near.length) throw new Error(`nobody sees '${words}'`)
  return near[0]
})
"""


class Reader:
    """Somebody at a page.

    Parameters
    ----------
    browser : Browser
        What it is opened in.
    page : Path
        The page, or where it is opened with a fragment of an address.
    fragment : str
        What stands behind `#`.
    """

    def __init__(self, browser: Browser, page: Path, fragment: str = "") -> None:
        self.tab: Tab = browser.tab(cores=2)
        self.actions = 0
        self.tab.ask("Emulation.setFocusEmulationEnabled", enabled=True)
        self.size(1366, 768)
        self.tab.open(page.as_uri() + (f"#{fragment}" if fragment else ""))
        self.wait(READY)

    def size(self, width: int, height: int) -> None:
        self.tab.ask(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=False,
        )

    def wait(self, condition: str) -> None:
        self.tab.run(
            "new Promise((done, gone) => { let left = 3000; const look = () => "
            f"({condition}) ? done() : left-- ? setTimeout(look, 20) : "
            f"gone(new Error({json.dumps('it never came: ' + condition)})); look() }})"
        )

    def until_answered(self) -> None:
        """Wait until all that is tried has been run."""
        self.wait("window.page.workbench.isDone")

    def click(self, words: str) -> None:
        """Click on what says these words."""
        self._click(f"{FIND}({json.dumps(words)})")

    def click_on(self, name: str) -> None:
        """Click on an element by its id: where its words are those of many."""
        self._click(f"document.getElementById({json.dumps(name)})")

    def _click(self, element: str) -> None:
        at = json.loads(
            self.tab.run(
                f"{{ const one = {element}; one.scrollIntoView({{ block: 'center' }});"
                " const { x, y, width, height } = one.getBoundingClientRect();"
                " JSON.stringify([x + Math.min(width / 2, 60), y + height / 2]) }"
            )
        )
        place = {"x": at[0], "y": at[1], "button": "left", "clickCount": 1}
        for kind in ("mousePressed", "mouseReleased"):
            self.tab.ask("Input.dispatchMouseEvent", type=kind, **place)
        self.actions += 1

    def type(self, text: str) -> None:
        """Type where the focus is."""
        for letter in text:
            self.tab.ask("Input.dispatchKeyEvent", type="keyDown", text=letter, key=letter)
            self.tab.ask("Input.dispatchKeyEvent", type="keyUp", key=letter)
        self.actions += 1

    def press(self, key: str, *, shift: bool = False) -> None:
        """Press a key that writes nothing."""
        parts: dict[str, Any] = {
            "key": key,
            "code": "Space" if key == " " else key,
            "windowsVirtualKeyCode": KEYS[key],
            "modifiers": 8 if shift else 0,
        }
        text = {"text": "\r"} if key == "Enter" else {"text": " "} if key == " " else {}
        self.tab.ask("Input.dispatchKeyEvent", type="keyDown", **parts, **text)
        self.tab.ask("Input.dispatchKeyEvent", type="keyUp", **parts)
        self.actions += 1

    def choose(self, question: str, option: str) -> None:
        """Choose an option of a question: click on the question, and type what is chosen."""
        self.click(question)
        self.type(option)

    def text(self, name: str) -> str:
        return str(self.tab.run(f"document.getElementById({json.dumps(name)}).textContent"))

    def verdicts(self) -> list[dict[str, Any]]:
        """The verdicts on what is tried, as a program reads them."""
        said = self.tab.run("JSON.stringify(window.page.workbench.answers[1].toJSON().verdicts)")
        found: list[dict[str, Any]] = json.loads(said)
        return found

    def values(self) -> dict[str, list[float | None]]:
        said = self.tab.run("JSON.stringify(window.page.workbench.answers[1].toJSON().values)")
        found: dict[str, list[float | None]] = json.loads(said)
        return found

    def picture(self, file: Path, name: str = "try") -> None:
        """Take a picture of what is seen, from an element on."""
        self.tab.run(f"document.getElementById({json.dumps(name)}).scrollIntoView()")
        shot = self.tab.ask("Page.captureScreenshot", format="png")
        file.write_bytes(b64decode(shot["data"]))
