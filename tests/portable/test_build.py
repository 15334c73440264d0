"""The shipped module is the one that the sources make."""

from __future__ import annotations

import json
import tomllib
from fnmatch import fnmatch
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

import pilotsim
from pilotsim.base.errors import RunError
from pilotsim.portable import LAYOUT, LIBRARIES, MODULE, RUNNER, build
from pilotsim.portable.layout import layout_of_kernel
from pilotsim.portable.lowering import ARM, WEBASSEMBLY, objects_of
from pilotsim.portable.text import text_of_entries
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
    for file in (MODULE, LAYOUT, *LIBRARIES, RUNNER):
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
    image = Image(runs_of(FEW[0], RUNS))
    image.run_on_arm(objects_of(texts, ARM), tmp_path)
    assert np.array_equal(image.run_numbers.settled, image.runs.numbers)
    assert image.journeys_there() == image.journeys
    found = np.reshape(image.measured.found, image.measures.shape)
    assert np.array_equal(found, image.measures, equal_nan=True)
    assert np.array_equal(image.judged.numbers, image.numbers_of_verdicts, equal_nan=True)


# What a digit of a function changes: what comes of it, and what rests on that.
ALL = ["journeys", "numbers", "measures", "verdicts"]
DIGITS = {
    # 2^-52: what a word of random bits is multiplied by. Of what differs by less, a tick of time may show nothing.
    "draw_numbers": ("0x3CB0000000000000", "0x3CB0000001000000", ALL),
    "simulate_block": (
        "0x3CB0000000000000",
        "0x3CB0000001000000",
        ["journeys", "measures", "verdicts"],
    ),
    # Every one, of which shares of clients who are left are taken.
    "measure_block": ("1.000000e+00", "1.000001e+00", ["measures", "verdicts"]),
    # Of Wilson's interval.
    "judge_block": ("4.000000e+00", "4.000001e+00", ["verdicts"]),
}


@pytest.mark.slow
@pytest.mark.skipif(find_spec("ziglang") is None, reason="not installed: requirements/wasm.txt")
@pytest.mark.parametrize("name", DIGITS)
def test_one_changed_digit_is_noticed(name, texts, tmp_path):
    """The control: of numbers, journeys, measures and verdicts those differ that the digit decides."""
    digit, other, expected = DIGITS[name]
    assert digit in texts[name]
    changed = {**texts, name: texts[name].replace(digit, other)}
    module = tmp_path / "kernel.wasm"
    module.write_bytes(build.linked(objects_of(changed, WEBASSEMBLY)))
    runs = runs_of(FEW[0], 3)
    ours, theirs = runs.in_python(), runs.in_node(tmp_path, module=module)
    assert [part for part in ALL if ours[part] != theirs[part]] == expected
