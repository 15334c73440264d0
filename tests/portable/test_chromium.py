"""The module runs Alna Aktiv in a browser to the same bits as the compiled engine does natively."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from pilotsim.portable import LAYOUT, LIBRARIES, MODULE
from tests.portable.browser import browsing
from tests.portable.outside import FEW, RUNS, SEED, runs_of

pytestmark = pytest.mark.slow

PAGE = f"""<!doctype html><title>Runs</title><script type="module">
import {{ bitsOf, bytesOf }} from './journeys.mjs'
import {{ load, open }} from './pilotsim.mjs'
import {{ bytesOfVerdicts }} from './verdicts.mjs'
const digest = async (bytes) => Array.from(
  new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)), (byte) => byte.toString(16).padStart(2, '0')).join('')
const answer = async () => {{
  const get = async (name) => (await fetch(name)).arrayBuffer()
  const layout = await (await fetch('layout')).json()
  const flow = open(await load(await get('module'), layout), await get('packed'))
  const replications = Array.from({{ length: {RUNS} }}, (_, k) => k)
  const [journeys, numbers, measures, rows] = [[[], []], [], [], []]
  for (const one of flow.replicate({SEED}n, {{ replications }})) {{
    for (const [world, offered] of [true, false].entries()) journeys[world].push(await digest(bytesOf(one.journeys(offered))))
    numbers.push(...one.numbers)
    measures.push(...one.measured.subarray(0, flow.measured))
    rows.push(...one.measured)
  }}
  const [drawn, measured] = [numbers, measures].map((some) => digest(bitsOf(Float64Array.from(some))))
  const verdicts = digest(bytesOfVerdicts(flow.judge(Float64Array.from(rows))))
  return {{ flow: flow.name, journeys, numbers: await drawn, measures: await measured, verdicts: await verdicts }}
}}
window.said = answer()
</script>"""


@contextmanager
def served(content: dict[str, tuple[str, bytes]]) -> Iterator[str]:
    """A place from which a browser of this machine gets some files."""

    class Place(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            kind, body = content.get(self.path, ("text/plain", b""))
            self.send_response(200 if self.path in content else 404)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *arguments: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Place) as server:
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()
            thread.join()


def test_a_browser_gives_the_same_bits(tmp_path):
    runs = runs_of(FEW[0], RUNS)
    content = {
        "/": ("text/html", PAGE.encode()),
        **{f"/{one.name}": ("text/javascript", one.read_bytes()) for one in LIBRARIES},
        "/module": ("application/wasm", MODULE.read_bytes()),
        "/layout": ("application/json", LAYOUT.read_bytes()),
        "/packed": ("application/octet-stream", runs.packed()),
    }
    with served(content) as address, browsing(tmp_path / "browser") as browser:
        tab = browser.tab()
        tab.open(address)
        assert tab.run("said") == runs.in_python()
