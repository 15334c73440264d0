"""A browser that tests steer by its own protocol, over a pipe; nothing is sent to anyone."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, Queue
from threading import Thread
from typing import Any

from tests.portable.outside import need

NAMES = ("chromium", "chromium-browser", "google-chrome")
# Of its own folder, with nothing sent to anyone.
OPTIONS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PATIENCE = 240


def find_chromium() -> str:
    """Where it is; the test is left out where it is not installed."""
    (program,) = need(next((name for name in NAMES if shutil.which(name)), NAMES[0]))
    return program


@dataclass
class Tab:
    """A page in a browser.

    Parameters
    ----------
    browser : Browser
        Where it is.
    session : str
        Its name in the protocol.
    """

    browser: Browser
    session: str

    def ask(self, method: str, **parts: Any) -> dict[str, Any]:
        return self.browser.ask(method, self.session, **parts)

    def open(self, address: str) -> None:
        """Open a page; done when it is loaded."""
        self.ask("Page.navigate", url=address)
        self.run(
            "new Promise(done => document.readyState === 'complete' ? done() : addEventListener('load', done))"
        )

    def run(self, text: str) -> Any:
        """What an expression comes to; a promise is waited for."""
        said = self.ask("Runtime.evaluate", expression=text, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in said:
            raise AssertionError(json.dumps(said["exceptionDetails"]))
        return said["result"].get("value")

    def requests(self) -> list[str]:
        """The addresses that the page and its workers have asked for."""
        return [
            event["params"]["request"]["url"]
            for event in self.browser.events
            if event["method"] == "Network.requestWillBeSent"
        ]

    def complaints(self) -> list[str]:
        """What stands in the browser's console."""
        found = []
        for event in self.browser.events:
            if event["method"] == "Log.entryAdded":
                found.append(event["params"]["entry"]["text"])
            elif event["method"] == "Runtime.exceptionThrown":
                found.append(event["params"]["exceptionDetails"]["text"])
            elif event["method"] == "Runtime.consoleAPICalled":
                found.append(str([one.get("value") for one in event["params"]["args"]]))
        return found


class Browser:
    """A browser that is steered over a pipe."""

    def __init__(self, reads: int, writes: int) -> None:
        self._writes = writes
        self._number = 0
        self._answers: Queue[dict[str, Any]] = Queue()
        self._target = ""
        self.events: list[dict[str, Any]] = []
        self._thread = Thread(target=self._listen, args=(reads,), daemon=True)
        self._thread.start()

    def _listen(self, reads: int) -> None:
        rest = b""
        while True:
            piece = os.read(reads, 1 << 16)
            if not piece:
                return
            *whole, rest = (rest + piece).split(b"\0")
            for message in map(json.loads, whole):
                if "id" in message:
                    self._answers.put(message)
                else:
                    self.events.append(message)

    def ask(self, method: str, session: str = "", **parts: Any) -> dict[str, Any]:
        self._number += 1
        message = {"id": self._number, "method": method, "params": parts}
        if session:
            message["sessionId"] = session
        content = json.dumps(message).encode() + b"\0"
        while content:
            content = content[os.write(self._writes, content) :]
        while True:
            try:
                answer = self._answers.get(timeout=PATIENCE)
            except Empty:
                raise AssertionError(f"no answer to {method}") from None
            if answer["id"] == self._number:
                break
        assert "error" not in answer, f"{method}: {answer['error']}"
        result: dict[str, Any] = answer["result"]
        return result

    def tab(self, *, cores: int | None = None) -> Tab:
        """Open an empty tab in the place of the one before.

        Parameters
        ----------
        cores : int, optional
            How many cores its pages are told of; as many as there are, unless given.
        """
        if self._target:
            self.ask("Target.closeTarget", targetId=self._target)
        self.events.clear()
        self._target = self.ask("Target.createTarget", url="about:blank")["targetId"]
        attached = self.ask("Target.attachToTarget", targetId=self._target, flatten=True)
        session = attached["sessionId"]
        tab = Tab(self, session)
        for domain in ("Page", "Runtime", "Log", "Network"):
            tab.ask(f"{domain}.enable")
        if cores is not None:
            tab.ask("Emulation.setHardwareConcurrencyOverride", hardwareConcurrency=cores)
        return tab


@contextmanager
def browsing(folder: Path, options: Sequence[str] = ()) -> Iterator[Browser]:
    """A browser with an empty folder of its own."""
    program = find_chromium()
    to_read, to_write = os.pipe()
    from_read, from_write = os.pipe()
    # The browser listens on 3 and speaks on 4.
    line = f'exec "$0" "$@" 3<&{to_read} 4>&{from_write}'
    given = [program, *OPTIONS, *options, "--remote-debugging-pipe", f"--user-data-dir={folder}"]
    process = subprocess.Popen(
        ["/bin/bash", "-c", line, *given],
        pass_fds=(to_read, from_write),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.close(to_read)
    os.close(from_write)
    browser = Browser(from_read, to_write)
    try:
        yield browser
    finally:
        process.terminate()
        process.wait(30)
        browser._thread.join(30)
        os.close(to_write)
        os.close(from_read)
