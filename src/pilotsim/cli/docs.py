"""pilotsim docs: what there is to read, and where it lies."""

from __future__ import annotations

from pathlib import Path

import click

from pilotsim.base.errors import RequestError, RunError, did_you_mean
from pilotsim.base.messages import Message
from pilotsim.cli.options import LANGUAGE
from pilotsim.cli.spoken import command, tell
from pilotsim.language.catalogue import say

# What is read first, beside the pages of the folder of documentation.
FIRST = ("README.md", "README.nb.md")


@command()
@click.argument("page", metavar="[PAGE]", required=False)
@click.option("--open", "opens", is_flag=True, help="Open the documentation as a site.")
@LANGUAGE
def docs(page: str | None, opens: bool, language: str) -> None:
    """Say what there is to read and where it lies, or print a PAGE of it."""
    from pilotsim.files.shipped import shipped

    pages = _pages()
    if opens:
        _open_site(page, language)
        return
    if page is None:
        width = max(map(len, pages))
        tell(say("docs_lie", language, folder=shipped("docs")))
        for name, file in pages.items():
            tell(f"  {name:<{width}}  {_heading_of(file)}")
        if (site := _site()) is not None:
            tell(say("docs_site", language, file=site / "index.html"))
        tell(say("docs_examples", language, folder=shipped("experiments")))
        tell(say("docs_templates", language, folder=shipped("configs")))
        return
    if page not in pages:
        raise RequestError(
            Message("there is no page '{name}'{meant}", name=page, meant=did_you_mean(page, pages))
        )
    tell(pages[page].read_text(encoding="utf-8"), nl=False)


def _site() -> Path | None:
    """Return the folder of the site; None where this installation was made without it."""
    from pilotsim.files.shipped import shipped

    try:
        return shipped("site")
    except RunError:
        return None


def _open_site(page: str | None, language: str) -> None:
    """Open the site, or a page of it, and say where it lies."""
    from pilotsim.cli.opening import open_page

    site = _site()
    if site is None:
        raise RequestError(
            Message("this installation has no site; all pages are listed by: pilotsim docs")
        )
    name = (page or "index").replace(".", "_")
    files = {file.stem: file for file in sorted(site.rglob("*.html"))}
    if name not in files:
        raise RequestError(
            Message("there is no page '{name}'{meant}", name=page, meant=did_you_mean(name, files))
        )
    tell(say("docs_site", language, file=files[name]))
    open_page(files[name])


def _pages() -> dict[str, Path]:
    """Return the pages by name: what is read first, then the others."""
    from pilotsim.files.shipped import shipped

    files = [*map(shipped, FIRST), *sorted(shipped("docs").glob("*.md"))]
    return {file.stem: file for file in files}


def _heading_of(file: Path) -> str:
    """Return what a page is called: its first line, without the sign of a heading."""
    first = file.read_text(encoding="utf-8").partition("\n")[0]
    return first.lstrip("# ")
