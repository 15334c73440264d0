"""The shipped module is the one that the sources make."""

from __future__ import annotations

import json
import tomllib
from fnmatch import fnmatch
from importlib.util import find_spec
from pathlib import Path

import pytest

import pilotsim
from pilotsim.base.errors import RunError
from pilotsim.simulation.engines.portable import LAYOUT, LIBRARY, MODULE, RUNNER, build
from pilotsim.simulation.engines.portable.layout import layout_of_kernel
from pilotsim.simulation.engines.portable.lowering import ARM, WEBASSEMBLY, objects_of
from pilotsim.simulation.engines.portable.text import text_of_entries
from tests.portable.arm import Image
from tests.portable.outside import FEW, RUNS, runs_of

ROOT = Path(__file__).parent.parent.parent


def test_the_layout_is_that_of_the_engines_records():
    """Else `make wasm` has not been run since one of them changed."""
    shipped = json.loads(LAYOUT.read_text(encoding="utf-8"))
    del shipped["made_by"]
    assert shipped == layout_of_kernel()


def test_the_wheel_has_all_that_a_browser_needs():
    listed = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    patterns = listed["tool"]["setuptools"]["package-data"]["pilotsim"]
    package = Path(pilotsim.__file__).parent
    for file in (MODULE, LAYOUT, LIBRARY, RUNNER):
        place = file.relative_to(package).as_posix()
        assert any(fnmatch(place, pattern) for pattern in patterns), place


def test_without_the_linker_it_is_said_what_to_install(monkeypatch):
    monkeypatch.setattr(build, "find_spec", lambda name: None)
    with pytest.raises(RunError, match=r"pip install -r requirements/wasm\.txt"):
        build.linked({})


# Made anew from one compilation: the module, and the same for 64-bit Arm.


@pytest.fixture(scope="module")
def texts():
    return text_of_entries()


@pytest.mark.slow
@pytest.mark.skipif(find_spec("ziglang") is None, reason="not installed: requirements/wasm.txt")
def test_the_module_is_made_again_byte_by_byte(texts):
    shipped = json.loads(LAYOUT.read_text(encoding="utf-8"))["made_by"]
    if build.made_by() != shipped:
        pytest.skip(f"the shipped module was made by {shipped}")
    assert build.linked(objects_of(texts, WEBASSEMBLY)) == MODULE.read_bytes()


@pytest.mark.slow
def test_64_bit_arm_gives_the_same_bits(texts, tmp_path):
    runs = runs_of(FEW[0], RUNS)
    assert Image(runs).run_on_arm(objects_of(texts, ARM), tmp_path) == runs.in_python()
