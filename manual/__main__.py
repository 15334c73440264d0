"""``python -m manual``: build the site into `site/`; ends with 1 where anything is amiss."""

from __future__ import annotations

import argparse
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

from manual.sources import ROOT, lay_out

SITE = ROOT / "site"
_LINK = re.compile(r"<(a|img|script|link|source)\b[^>]*?(?:href|src)=\"([^\"]*)\"")
# What a reader needs none of: the builder's own notes, and type of what is not shown.
LEFT_OUT = (".doctrees", ".buildinfo", "objects.inv")


def build(place: Path, *, builder: str = "html", jobs: int = 1) -> int:
    """Build the site into a folder and return the code that Sphinx ends with.

    The builder `dummy` reads and resolves everything, and writes nothing.
    """
    from sphinx.cmd.build import build_main

    with tempfile.TemporaryDirectory() as name:
        sources = Path(name, "sources")
        lay_out(sources)
        shutil.copy(Path(__file__).parent / "conf.py", sources)
        arguments = ["-q", "-W", "--keep-going", "-b", builder, "-j", str(jobs)]
        code = build_main([*arguments, "-d", str(Path(name, "kept")), str(sources), str(place)])
    for left in LEFT_OUT:
        (place / left).unlink(missing_ok=True)
    return code


def faults_of(site: Path) -> Iterator[str]:
    """Yield each link of a built site that leads nowhere, and each that fetches from elsewhere."""
    for page in sorted(site.rglob("*.html")):
        where = page.relative_to(site).as_posix()
        for kind, to in _LINK.findall(page.read_text(encoding="utf-8")):
            if "://" in to or to.startswith("//"):
                if kind != "a":
                    yield f"{where}: fetches {to}"
            elif not to.startswith(("mailto:", "data:")) and not _is_there(site, page, to):
                yield f"{where}: no {to}"


def _is_there(site: Path, page: Path, to: str) -> bool:
    """Tell whether a link leads to a page of the site, or to a folder that is shipped beside it."""
    path = unquote(to.partition("#")[0].partition("?")[0])
    meant = Path(os.path.normpath(page.parent / path))
    if meant.exists():
        return True
    beside = os.path.relpath(meant, site.parent)
    return not beside.startswith("..") and (ROOT / beside).exists()


def main() -> int:
    """Return the code that the program ends with."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", "-j", type=int, default=1, help="processes at once")
    parser.add_argument("--out", type=Path, default=SITE, help="where to")
    asked = parser.parse_args()
    if asked.out.exists():
        shutil.rmtree(asked.out)
    code = build(asked.out, jobs=asked.jobs)
    faults = list(faults_of(asked.out))
    print("\n".join(faults) or "every link leads somewhere, and nothing is fetched from elsewhere")
    return 1 if faults else code


if __name__ == "__main__":
    sys.exit(main())
