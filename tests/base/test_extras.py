"""A library that is not there: the extra is named, where this program asks, and nowhere else."""

from __future__ import annotations

import ast
import pickle
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import pilotsim
from pilotsim.base.extras import BRINGS, EXTRA_OF, MissingLibraryError, _Last, ask_for
from pilotsim.cli.shared import check_places
from pilotsim.language.catalogue import translate_error
from tests.test_one_home import syntax_of_modules

ROOT = Path(__file__).parent.parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRAS = PROJECT["optional-dependencies"]
IMPORTED_AS = {
    "diff-diff": "diff_diff",
    "pillow": "PIL",
    "python-docx": "docx",
    "python-pptx": "pptx",
    "ruamel.yaml": "ruamel",
}


def names_of(requirements):
    names = [re.match(r"[\w.-]+", one)[0] for one in requirements if "pilotsim[" not in one]
    return {IMPORTED_AS.get(name, name) for name in names}


@pytest.fixture
def bare(monkeypatch):
    """No library of an extra can be found."""
    monkeypatch.setattr(sys, "meta_path", [_Last()])
    for name in list(sys.modules):
        if name.split(".")[0] in EXTRA_OF:
            monkeypatch.delitem(sys.modules, name)


@pytest.mark.parametrize("library", EXTRA_OF)
def test_this_program_is_told_the_extra(bare, library):
    with pytest.raises(MissingLibraryError) as caught:
        exec(f"import {library}", {"__name__": "pilotsim.somewhere"})
    wanted = f'pip install "pilotsim[{EXTRA_OF[library]}]"'
    for language in ("nb", "en", "sv"):
        said = translate_error(caught.value, language)
        assert wanted in said
        assert library in said
        assert "\n" not in said
    assert isinstance(caught.value, pilotsim.PilotsimError | ImportError)
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)


def test_another_program_is_answered_as_ever(bare):
    with pytest.raises(ModuleNotFoundError) as caught:
        exec("import pandas", {"__name__": "other"})
    assert not isinstance(caught.value, MissingLibraryError)


def test_every_library_of_an_extra_is_known_and_stands_in_it():
    kept_apart = {"distributed", "typst"}
    brought = {name: names_of(requirements) for name, requirements in EXTRAS.items()}
    assert set(EXTRA_OF) == set().union(*brought.values()) - kept_apart
    for library, extra in EXTRA_OF.items():
        assert library in brought[extra], library
    assert EXTRAS["all"] == [f"pilotsim[{','.join(sorted(set(EXTRAS) - {'all'}))}]"]


def test_every_library_that_is_imported_stands_in_pyproject():
    """Those of the core at the top of a module, all others where they are asked for."""
    known = names_of(PROJECT["dependencies"]).union(*map(names_of, EXTRAS.values()))
    # What comes with one of them.
    known |= {"pydantic_core", "llvmlite", "dask", "lxml", "patsy", "pilotsim", "mpl_toolkits"}
    for place, tree in syntax_of_modules().items():
        for node in ast.walk(tree):
            asked = []
            if isinstance(node, ast.Import):
                asked = [one.name for one in node.names]
            elif isinstance(node, ast.ImportFrom) and not node.level:
                asked = [node.module]
            for name in (one.split(".")[0] for one in asked):
                assert name in known or name in sys.stdlib_module_names, (place, name)


def test_what_is_to_be_written_is_asked_for_before_anything_is_run(bare, tmp_path):
    with pytest.raises(MissingLibraryError, match="matplotlib"):
        check_places(None, tmp_path / "out")
    check_places(None, None)


def test_all_libraries_that_are_missing_are_named_together(bare):
    with pytest.raises(MissingLibraryError) as caught:
        ask_for("matplotlib", "numpy", "scipy", "statsmodels", "docx")
    wanted = 'pip install "pilotsim[evaluation,office]"'
    for language in ("nb", "en", "sv"):
        said = translate_error(caught.value, language)
        assert said.endswith(wanted)
        assert "matplotlib, scipy, statsmodels, docx" in said
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)
    ask_for("numpy", "click")


def test_an_extra_that_stands_for_another_brings_all_of_it():
    for extra, other in BRINGS.items():
        assert set(EXTRAS[other]) <= set(EXTRAS[extra])


WITHOUT = """
import sys
class Nothing:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {libraries}:
            raise ModuleNotFoundError(name, name=name)
sys.meta_path.insert(0, Nothing())
from pilotsim.cli import main
main(["check", "course_waiting_list", "-n", "2", "--no-what-if", "--page", "page.html", "-j", "1"])
"""


def test_a_check_with_its_page_asks_for_no_extra(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT.format(libraries=set(EXTRA_OF))],
        cwd=tmp_path,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode("utf-8")
    assert (tmp_path / "page.html").stat().st_size > 100_000
