"""``python -m manual.gallery``: the pictures of `docs/gallery.md`, by the code above each."""

from __future__ import annotations

import re
from pathlib import Path

import matplotlib as mpl

from manual.sources import ROOT

PAGE = ROOT / "docs" / "gallery.md"
_PART = re.compile(r"```python\n(.*?)```|!\[[^\]]*\]\((gallery/[^)]+)\)", re.DOTALL)


def draw(place: Path) -> list[Path]:
    """Run the code of the page, write each picture below a folder, and return them."""
    mpl.use("Agg")
    names: dict[str, object] = {}
    written = []
    for part in _PART.finditer(PAGE.read_text(encoding="utf-8")):
        code, picture = part.groups()
        if code is not None:
            exec(code, names)
            continue
        file = place / picture
        file.parent.mkdir(parents=True, exist_ok=True)
        # Nothing of the moment or the machine in it: a picture that stays the same stays one.
        figure = names["axes"].figure  # type: ignore[attr-defined]
        figure.savefig(file, dpi=100, bbox_inches="tight", metadata={"Software": None})
        written.append(file)
    return written


if __name__ == "__main__":
    draw(ROOT / "docs")
