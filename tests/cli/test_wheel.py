"""The wheel alone, outside of the repository: it makes a flow and shows what there is to read."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import venv
from pathlib import Path
from zipfile import ZipFile

import pytest

from pilotsim.files.shipped import EXAMPLES, examples
from tests.portable.pythons import SHIPPED, make_wheel

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parent.parent.parent


def done(*command, cwd):
    """What a command says, run where nothing leads to the repository."""
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    ended = subprocess.run(
        [*map(str, command)],
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """Built from a copy, so that nothing is left in the repository."""
    # Where it is built, what builds it is fetched, as for whoever installs it from here.
    return make_wheel(tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def python(wheel, tmp_path_factory):
    """A Python of its own with the wheel, which borrows all other libraries from this one."""
    place = tmp_path_factory.mktemp("fresh")
    venv.create(place, with_pip=False)
    interpreter = place / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    own = Path(
        done(interpreter, "-c", "import site; print(site.getsitepackages()[-1])", cwd=place).strip()
    )
    with ZipFile(wheel) as content:
        content.extractall(own)
    borrowed = next(Path(one) for one in sys.path if one.endswith("site-packages"))
    # A plain path: what is installed there for development is not followed.
    (own / "borrowed.pth").write_text(f"{borrowed}\n", encoding="utf-8")
    return interpreter


def test_the_wheel_holds_what_stands_in_the_repository_and_nothing_twice(wheel):
    with ZipFile(wheel) as content:
        names = content.namelist()
        held = {name.removeprefix("pilotsim/shipped/") for name in names if "/shipped/" in name}
        own = {
            file.relative_to(ROOT).as_posix()
            for name in SHIPPED
            for file in (ROOT / name, *(ROOT / name).rglob("*"))
            if file.is_file()
        }
        assert held == own
        for name in ("configs/alna_aktiv.yaml", "docs/language.md"):
            assert content.read(f"pilotsim/shipped/{name}") == (ROOT / name).read_bytes()
    assert len(names) == len(set(names))


def test_a_flow_is_made_and_read_far_from_the_repository(python, tmp_path):
    command = (python, "-m", "pilotsim")
    where = done(python, "-c", "import pilotsim; print(pilotsim.__file__)", cwd=tmp_path)
    assert str(ROOT) not in where
    assert "alna_aktiv " in done(*command, "new", "--list", cwd=tmp_path)
    done(*command, "ny", "--defaults", "--title", "Prøve", cwd=tmp_path)
    done(*command, "new", "--from", "alna_aktiv", cwd=tmp_path)
    for name in ("prove", "alna_aktiv"):
        assert "starts" in done(*command, "values", f"{name}.yaml", "starts", cwd=tmp_path)
    read = "import pilotsim; print(pilotsim.read_flow('alna_aktiv.yaml').flow)"
    assert done(python, "-c", read, cwd=tmp_path) == "alna_aktiv\n"


def test_the_documentation_lies_in_the_wheel(python, tmp_path):
    said = done(python, "-m", "pilotsim", "docs", cwd=tmp_path)
    assert str(ROOT) not in said
    page = done(python, "-m", "pilotsim", "docs", "language", cwd=tmp_path)
    assert page == (ROOT / "docs" / "language.md").read_text(encoding="utf-8")


def test_examples_are_found_by_name_and_by_their_place(python, tmp_path):
    """As documentation and README name them, where neither stands."""
    program = """
import pilotsim
from pilotsim.files.shipped import here_or_shipped
for name in ("ips_team", "configs/ips_team.yaml", "districts/any_district.yaml"):
    print(pilotsim.read_flow(name).flow)
for name in ("alna_116", "experiments/year/counts.csv", "docs/systems/notes/alna_aktiv.yaml"):
    assert here_or_shipped(name).is_file(), name
"""
    (tmp_path / "read.py").write_text(program)
    found = done(python, "read.py", cwd=tmp_path).split()
    assert found == ["ips_team", "ips_team", "any_district"]


def test_no_two_examples_have_one_name():
    files = [file for name in EXAMPLES for file in (ROOT / name).glob("*.yaml")]
    assert len(examples()) == len(files) > 30


def test_nothing_that_is_said_names_a_file_that_the_wheel_lacks():
    """Pages by the command that prints them, for nobody's folder has them."""
    for place in sorted((ROOT / "src" / "pilotsim" / "language").glob("*.toml")):
        said = place.read_text(encoding="utf-8")
        assert not re.findall(r"(?:docs|reports|benchmarks|tests)/[a-z_/]+\.\w+", said), place.name
        for page in re.findall(r"pilotsim docs ([a-z_]+)", said):
            assert page in ("page", "side", "sida") or (ROOT / "docs" / f"{page}.md").is_file(), (
                page
            )
