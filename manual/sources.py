"""The sources of the site: pages as they stand, and those that are made of what there is."""

from __future__ import annotations

import ast
import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pilotsim
from pilotsim.output.figures import homes

__all__ = ["ROOT", "api_names", "code_of", "example_of", "examples_by_name", "lay_out"]

ROOT = Path(__file__).parent.parent
# What lies beside the site in a wheel as well: links to it stay links.
BESIDE = ("configs", "districts", "experiments", "modules", "schema")
# Pages that stand outside of `docs/`, by the name that they get.
OUTSIDE = ("README.md", "README.nb.md", "SCOPE.md")
_LINK = re.compile(r"(!?)\[((?:[^\[\]]|\[[^\]]*\])*)\]\(([^)\s]+)\)")


def api_names() -> list[str]:
    """Return each public name that has a page: those that `pilotsim` lists, and each figure."""
    return [name for name in [*pilotsim.__all__, *sorted(homes())] if not name.startswith("__")]


def lay_out(place: Path) -> None:
    """Write all sources of the site into a folder."""
    for file in sorted((ROOT / "docs").rglob("*.md")):
        _put(file, place / file.relative_to(ROOT / "docs"), place)
    for name in OUTSIDE:
        _put(ROOT / name, place / name.replace(".nb", "_nb"), place)
    for file in sorted((ROOT / "docs" / "notebooks").glob("*.ipynb")):
        _write(place / "notebooks" / f"{file.stem}.md", _page_of_notebook(file))
    examples = examples_by_name()
    (place / "api").mkdir(exist_ok=True)
    for name in api_names():
        _write(place / "api" / f"{name}.rst", _page_of_name(name, examples.get(name, "")))
    _write(place / "api" / "index.rst", _page_of_names())
    _write(place / "decisions" / "index.md", _page_of_decisions())


def _put(file: Path, target: Path, place: Path) -> None:
    """Copy a page, its links changed to where they lead on the site."""
    text = file.read_text(encoding="utf-8")
    parts = re.split(r"(^```.*?^```[^\n]*$)", text, flags=re.MULTILINE | re.DOTALL)
    parts[::2] = [
        _LINK.sub(lambda link: _link(link, file, target, place), one) for one in parts[::2]
    ]
    _write(target, "".join(parts))


def _link(link: re.Match[str], file: Path, target: Path, place: Path) -> str:
    """Return a link of a page as the site has it: what is not there is named, not linked."""
    shown, words, to = link.groups()
    if "://" in to or to.startswith(("#", "mailto:")):
        return link[0]
    path, _, anchor = to.partition("#")
    meant = (file.parent / path).resolve()
    if not meant.exists():
        return link[0]
    at = meant.relative_to(ROOT)
    up = "../" * (len(target.relative_to(place).parts) - 1)
    if shown:
        copied = place / "pictures" / "-".join(at.parts)
        copied.parent.mkdir(exist_ok=True)
        shutil.copy(meant, copied)
        return f"![{words}]({up}pictures/{copied.name})"
    if at.parts[0] == "docs" and at.suffix == ".md":
        inner = Path(*at.parts[1:]).as_posix()
        return f"[{words}]({up}{inner}{'#' + anchor if anchor else ''})"
    if at.as_posix() in OUTSIDE:
        return f"[{words}]({up}{at.name.replace('.nb', '_nb')})"
    if at.as_posix() == "docs/decisions":
        return f"[{words}]({up}decisions/index.md)"
    if at.parts[0] in BESIDE:
        return f'<a href="{up}../{at.as_posix()}">{_plain(words)}</a>'
    return words if at.as_posix() in words else f"{words} (`{at.as_posix()}`)"


def _plain(words: str) -> str:
    return re.sub(r"`([^`]*)`", r"<code>\1</code>", words)


def _write(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")


def examples_by_name() -> dict[str, str]:
    """Return the section of `docs/api.md` that shows each public name; figures share one."""
    text = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
    found: dict[str, str] = {}
    for part in text.split("\n## ")[1:]:
        heading, _, body = part.partition("\n")
        for name in re.findall(r"\w+", heading.replace(" and ", " ").replace("`", "")):
            found[name] = body.strip()
    return found | dict.fromkeys(homes(), found["Figures"])


def example_of(section: str) -> str:
    """Return the lines of a section that are run."""
    return "\n\n".join(re.findall(r"```python\n(.*?)\n```", section, re.DOTALL)).strip()


def _page_of_name(name: str, section: str) -> str:
    """Return the page of a public name: what it takes, gives and refuses, then its example."""
    found = getattr(pilotsim, name)
    title = f"pilotsim.{name}"
    place = f"{found.__module__}.{found.__qualname__}"
    lines = [title, "=" * len(title), ""]
    if isinstance(found, type):
        # Of a record of a file the keys stand in the page on the language.
        members = [] if hasattr(found, "model_fields") else ["   :members:"]
        lines += [f".. autoclass:: {place}", *members, ""]
    else:
        lines += [f".. autofunction:: {place}", ""]
    lines += ["Example", "-------", "", "Run with the tests; what stands before it is on"]
    lines += [":doc:`the page of all examples <../api>`.", "", ".. code-block:: pycon", ""]
    lines += [f"   {line}" for line in example_of(section).splitlines()]
    return "\n".join([*lines, ""])


def _page_of_names() -> str:
    names = api_names()
    figures = [name for name in names if name.startswith("plot_")]
    classes = [name for name in names if isinstance(getattr(pilotsim, name), type)]
    functions = [name for name in names if name not in (*figures, *classes)]
    lines = ["API reference", "=============", ""]
    lines += ["What each public name takes, gives and refuses, with an example that is run.", ""]
    parts = {"Functions": functions, "Results and errors": classes, "Figures": figures}
    for title, chosen in parts.items():
        lines += [title, "-" * len(title), "", ".. toctree::", "   :maxdepth: 1", ""]
        lines += [f"   {name} <{name}>" for name in chosen]
        lines.append("")
    return "\n".join(lines)


def _page_of_decisions() -> str:
    names = sorted(file.stem for file in (ROOT / "docs" / "decisions").glob("*.md"))
    listed = "\n".join(names)
    return f"# Decisions\n\nWhy it is as it is.\n\n```{{toctree}}\n:maxdepth: 1\n\n{listed}\n```\n"


def cells_of(notebook: Path) -> Iterator[tuple[str, str]]:
    """Yield each cell of a notebook: its kind, `markdown` or `code`, and its text."""
    for cell in json.loads(notebook.read_text(encoding="utf-8"))["cells"]:
        yield cell["cell_type"], "".join(cell["source"])


def _page_of_notebook(notebook: Path) -> str:
    shown = [
        text if kind == "markdown" else f"```python\n{text}\n```"
        for kind, text in cells_of(notebook)
    ]
    return "\n\n".join(shown) + "\n"


def code_of(notebook: Path) -> str:
    """Return the code of a notebook, cell by cell; each is known to be whole."""
    cells = [text for kind, text in cells_of(notebook) if kind == "code"]
    for cell in cells:
        ast.parse(cell)
    return "\n\n".join(cells)
