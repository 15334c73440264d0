"""The module runs Alna Aktiv in a browser to the same bits as the compiled engine does natively."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from queue import Queue
from threading import Thread

import pytest

from pilotsim.simulation.engines.portable import LAYOUT, LIBRARY, MODULE
from tests.portable.outside import FEW, RUNS, SEED, need, runs_of

pytestmark = pytest.mark.slow

# Of its own folder, with nothing sent to anyone.
BROWSER = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PAGE = f"""<!doctype html><title>Runs</title><script type="module">
import {{ bytesOf, load, open }} from './library.mjs'
const answer = async () => {{
  const get = async (name) => (await fetch(name)).arrayBuffer()
  const layout = await (await fetch('layout')).json()
  const flow = open(await load(await get('module'), layout), await get('packed'))
  const found = []
  for (const journeys of flow.run({SEED}n)) {{
    const digest = await crypto.subtle.digest('SHA-256', bytesOf(journeys))
    found.push(Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join(''))
  }}
  return found
}}
const said = await answer().catch((fault) => String(fault))
await fetch('said', {{ method: 'POST', body: JSON.stringify(said) }})
</script>"""


@contextmanager
def served(content: dict[str, tuple[str, bytes]]) -> Iterator[tuple[str, Queue[str]]]:
    """A place from which a browser of this machine gets some files, and what it says there."""
    said: Queue[str] = Queue()

    class Place(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            kind, body = content.get(self.path, ("text/plain", b""))
            self.send_response(200 if self.path in content else 404)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_POST(self) -> None:
            said.put(self.rfile.read(int(self.headers["Content-Length"])).decode())
            self.send_response(204)
            self.end_headers()

        def log_message(self, *arguments: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Place) as server:
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/", said
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def browsing(address: str, folder: Path) -> Iterator[None]:
    names = ("chromium", "chromium-browser", "google-chrome")
    (program,) = need(next((name for name in names if shutil.which(name)), names[0]))
    browser = subprocess.Popen(
        [program, *BROWSER, f"--user-data-dir={folder}", address],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield
    finally:
        browser.terminate()
        browser.wait(30)


def test_a_browser_gives_the_same_bits(tmp_path):
    runs = runs_of(FEW[0], RUNS)
    content = {
        "/": ("text/html", PAGE.encode()),
        "/library.mjs": ("text/javascript", LIBRARY.read_bytes()),
        "/module": ("application/wasm", MODULE.read_bytes()),
        "/layout": ("application/json", LAYOUT.read_bytes()),
        "/packed": ("application/octet-stream", runs.packed()),
    }
    with served(content) as (address, said), browsing(address, tmp_path / "browser"):
        found = json.loads(said.get(timeout=300))
    assert found == runs.in_python()
