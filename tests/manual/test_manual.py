"""The documentation does what it says: examples, tutorials, notebooks and figures run; commands are there."""

from __future__ import annotations

import doctest
import inspect
import re

import click
import matplotlib as mpl
import pytest
from manual.gallery import PAGE, draw
from manual.licences import closure
from manual.sources import ROOT, code_of, examples_by_name, lay_out

import pilotsim
from pilotsim.cli import ALSO_CALLED, COMMANDS, commands
from pilotsim.files.shipped import here_or_shipped

mpl.use("Agg")
TUTORIALS = sorted((ROOT / "docs" / "tutorials").glob("*.md"))
NOTEBOOKS = sorted((ROOT / "docs" / "notebooks").glob("*.ipynb"))
PAGES = [
    ROOT / "README.md",
    ROOT / "README.nb.md",
    *sorted((ROOT / "docs").glob("*.md")),
    *TUTORIALS,
]
FUNCTIONS = [name for name in pilotsim._HOMES if inspect.isfunction(getattr(pilotsim, name))]


def test_every_public_name_has_an_example_that_names_it():
    examples = examples_by_name()
    for name in pilotsim.__all__:
        assert f"pilotsim.{name}" in examples[name], name


def test_the_examples_come_to_what_they_show():
    found = doctest.testfile(str(ROOT / "docs" / "api.md"), module_relative=False, encoding="utf-8")
    assert found.attempted > 35
    assert found.failed == 0


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_function_says_what_it_takes_gives_and_refuses(name):
    said = inspect.getdoc(getattr(pilotsim, name))
    first = said.partition("\n")[0]
    assert re.match(r"(Return|Write|Carry|Put|Show)", first), first
    assert "\nRaises\n------\n" in said
    for parameter in inspect.signature(getattr(pilotsim, name)).parameters:
        assert re.search(rf"(?m)^(\*\*|.*, )?{parameter}(,.*)?( : .+)?$", said), parameter


@pytest.mark.parametrize("page", TUTORIALS, ids=lambda page: page.stem)
def test_what_a_tutorial_does_in_python_can_be_done(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(r"```python\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
    exec("\n".join(blocks), {})


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda notebook: notebook.stem)
def test_a_notebook_runs_from_a_folder_without_anything(notebook, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    exec(code_of(notebook), {})


def test_each_user_has_a_tutorial_and_a_notebook():
    assert {page.stem for page in TUTORIALS} == {page.stem for page in NOTEBOOKS}
    assert len(TUTORIALS) == 3


def test_every_figure_of_the_gallery_is_drawn_by_the_code_above_it(tmp_path):
    drawn = {file.name for file in draw(tmp_path)}
    assert drawn == {file.name for file in (PAGE.parent / "gallery").glob("*.png")}
    assert len(drawn) == 6


def commands_of(page):
    """Each command of a page's blocks, as words; remarks and what only a shell knows left out."""
    text = page.read_text(encoding="utf-8").replace("\\\n", " ")
    for block in re.findall(r"```(?:bash|powershell|text)?\n(.*?)```", text, re.DOTALL):
        for line in re.findall(r"(?m)^(?:\$ )?pilotsim ([^#\n]*)", block):
            yield line.split()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_commands_of_a_page_are_there_with_their_options(page):
    context = click.Context(commands)
    for words in commands_of(page):
        name = ALSO_CALLED.get(words[0], words[0])
        if name.startswith("-"):
            continue
        assert name in COMMANDS, words
        command = commands.get_command(context, name)
        if isinstance(command, click.Group):
            command = command.get_command(context, words[1])
        known = {one for option in command.params for one in (*option.opts, *option.secondary_opts)}
        asked = {word.partition("=")[0] for word in words if re.match(r"--?[a-z]", word)}
        assert asked <= known | {"--help", "-h"}, words


def test_examples_that_pages_name_come_with_the_program(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    named = {
        word
        for page in PAGES
        for words in commands_of(page)
        for word in words
        if re.match(r"(configs|experiments|districts|modules)/[\w/]+\.\w+$", word)
    }
    assert len(named) > 10
    for name in named:
        assert here_or_shipped(name).is_file(), name


def test_the_sources_of_the_site_lead_nowhere_that_is_not_there(tmp_path):
    """What `make site` does as a whole, with Sphinx and the links of all pages."""
    lay_out(tmp_path)
    for name in pilotsim._HOMES:
        assert (tmp_path / "api" / f"{name}.rst").is_file()
    listed = set(re.findall(r"(?m)^([\w/]+)$", (tmp_path / "index.md").read_text(encoding="utf-8")))
    for page in listed:
        assert list(tmp_path.glob(f"{page}.*")), page
    for page in tmp_path.glob("*.md"):
        assert page.stem in listed | {"index"}, page


def test_every_library_that_may_come_along_has_its_licence_listed():
    page = (ROOT / "docs" / "licences.md").read_text(encoding="utf-8")
    for name in closure():
        assert re.search(rf"(?mi)^\| {re.escape(name)} \|", page), name
