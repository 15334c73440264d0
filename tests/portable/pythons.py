"""The committed hashes on other Pythons, and with the lowest and the newest libraries allowed.

``python -m tests.portable.pythons``, or ``make pythons``. Makes a wheel, installs it into an environment of its
own for each Python that is there and each choice of libraries, and lets it verify flows and make a page from
another folder. Needs nothing but Python and pip. What is not found is said, and is no fault; ``--python`` names one
that stands elsewhere. ``--tests`` also runs the tests that ask most of the libraries.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
LOWEST, NEWEST = LIBRARIES = ("lowest", "newest")
# What comes with the program beside its code, and what makes a wheel of it.
SHIPPED = (
    *("README.md", "README.nb.md", "SCOPE.md", "LICENSE"),
    *("configs", "districts", "docs", "experiments", "modules", "schema"),
)
PARTS = ("pyproject.toml", "setup.py", "src", *SHIPPED)
# What asks most of the compiler, of SimPy and of arrays.
TESTS = (
    "tests/simulation/test_dependencies.py",
    "tests/agreement",
    "tests/judge/test_golden.py",
    "tests/judge/test_verdicts.py",
    "tests/language",
)
# What libraries say of each other's futures is not asked here.
QUIET = ("-W", "ignore::DeprecationWarning", "-W", "ignore::FutureWarning")
# The extras that are tried on each Python.
TRIED = "evaluation,figures,office,tables"
TOLD = ("numba", "numpy", "pandas", "scipy")
LEFT_BEHIND = shutil.ignore_patterns("*.egg-info", "__pycache__")


@dataclass(frozen=True)
class Interpreter:
    """A Python on this machine."""

    path: str
    version: str

    @property
    def minor(self) -> str:
        """As classifiers have it, such as `3.12`."""
        return ".".join(self.version.split(".")[:2])


def project() -> dict[str, object]:
    """What pyproject says of the project."""
    found: dict[str, object] = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return found


def requirements() -> list[str]:
    """All that the project may need on one machine, each once: the core and what `TRIED` adds."""
    found = project()
    extras = [one for name in TRIED.split(",") for one in found["optional-dependencies"][name]]
    return list(dict.fromkeys([*found["dependencies"], *extras]))


def supported() -> list[str]:
    """The Pythons that the project says it runs on, the oldest first."""
    kind = "Programming Language :: Python :: 3."
    return [
        f"3.{one.removeprefix(kind)}" for one in project()["classifiers"] if one.startswith(kind)
    ]


def lowest_of(requirements: Sequence[str]) -> list[str]:
    """Each library at the lowest version that is allowed.

    Raises
    ------
    ValueError
        One has no lower bound.
    """
    found = []
    for requirement in requirements:
        bound = re.match(r"([\w.-]+)\s*>=\s*([\w.]+)", requirement)
        if bound is None:
            raise ValueError(f"'{requirement}' has no lower bound")
        found.append(f"{bound[1]}=={bound[2]}")
    return found


def interpreter_at(path: str) -> Interpreter | None:
    """The Python at a path; None where it does not run."""
    code = "import platform; print(platform.python_version())"
    try:
        done = subprocess.run([path, "-c", code], capture_output=True, text=True, check=False)
    except OSError:
        return None
    return None if done.returncode else Interpreter(path, done.stdout.strip())


def interpreters(paths: Sequence[str]) -> Iterator[Interpreter]:
    """The Pythons that are named, and those on the PATH, one of each version that is supported."""
    candidates = [*paths, sys.executable]
    candidates += filter(None, (shutil.which(f"python{version}") for version in supported()))
    named = [one for one in map(interpreter_at, candidates) if one is not None]
    by_version = {one.minor: one for one in reversed(named)}
    for version in supported():
        if version in by_version:
            yield by_version[version]
        else:
            print(f"Python {version} is not here", flush=True)


def make_wheel(folder: Path) -> Path:
    """The project as a wheel, made of a copy: what an earlier build left does not come in."""
    for part in PARTS:
        if (ROOT / part).is_dir():
            shutil.copytree(ROOT / part, folder / part, ignore=LEFT_BEHIND)
        else:
            shutil.copy(ROOT / part, folder)
    pip = [sys.executable, "-m", "pip", "wheel", "-q", "--disable-pip-version-check"]
    command = [*pip, "--no-deps", "-w", folder / "wheel", folder]
    subprocess.run(command, check=True)
    (wheel,) = (folder / "wheel").glob("*.whl")
    return wheel


def install(
    interpreter: Interpreter, libraries: str, wheel: Path, home: Path, extra: Sequence[str]
) -> Path:
    """An environment with the wheel and those libraries; returns its folder of programs."""
    subprocess.run([interpreter.path, "-m", "venv", home], check=True)
    programs = home / ("Scripts" if os.name == "nt" else "bin")
    constraints = home / "constraints.txt"
    bounds = lowest_of(requirements()) if libraries == LOWEST else []
    constraints.write_text("\n".join(bounds) + "\n")
    pip = [programs / "python", "-m", "pip", "install", "-q", "--disable-pip-version-check"]
    subprocess.run([*pip, "-c", constraints, f"{wheel}[{TRIED}]", *extra], check=True)
    return programs


def versions_in(programs: Path) -> str:
    """The libraries of an environment that matter most, with their versions."""
    code = f"from importlib.metadata import version\nprint(', '.join(f'{{n}} {{version(n)}}' for n in {TOLD}))"
    done = subprocess.run(
        [programs / "python", "-c", code], capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def verify(programs: Path, flows: Sequence[Path], elsewhere: Path) -> bool:
    """Whether all flows come to the committed hashes, asked from a folder that is not the project's."""
    command = [programs / "pilotsim", "verify", *flows, "--language", "en"]
    return subprocess.run(command, cwd=elsewhere, env=without_path(), check=False).returncode == 0


def make_page(programs: Path, flow: Path, elsewhere: Path) -> bool:
    """Whether a page with its figures can be made."""
    options = ["-n", "20", "--no-what-if", "--language", "en", "--out", "page"]
    command = [programs / "pilotsim", "check", flow, *options]
    done = subprocess.run(
        command, cwd=elsewhere, env=without_path(), stdout=subprocess.DEVNULL, check=False
    )
    return done.returncode == 0 and (elsewhere / "page" / "index.html").is_file()


def without_path() -> dict[str, str]:
    """The environment, in which no other place of modules is named."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}


def test(programs: Path, elsewhere: Path) -> bool:
    """Whether the chosen tests pass with what is installed, not with the sources beside them."""
    for part in ROOT.iterdir():
        if part.name == "tests":
            shutil.copytree(part, elsewhere / "tests", ignore=LEFT_BEHIND)
        elif not part.name.startswith("."):
            (elsewhere / part.name).symlink_to(part)
    command = [programs / "python", "-m", "pytest", "-q", "-p", "no:cacheprovider", *QUIET, *TESTS]
    return subprocess.run(command, cwd=elsewhere, env=without_path(), check=False).returncode == 0


def tools_for_tests() -> list[str]:
    """What the chosen tests need beside the project, pinned as for its own."""
    pins = (ROOT / "requirements" / "dev.txt").read_text().splitlines()
    return [pin for pin in pins if pin.split("==")[0] in ("hypothesis", "jsonschema", "pytest")]


def combinations(paths: Sequence[str], asked: str | None) -> Iterator[tuple[Interpreter, str]]:
    """Each Python with each choice of libraries: old ones are built for the oldest Python alone."""
    for interpreter in interpreters(paths):
        for libraries in LIBRARIES if asked is None else (asked,):
            if libraries == NEWEST or interpreter.minor == supported()[0]:
                yield interpreter, libraries


def main() -> int:
    """Return the code that the program ends with: 1 where anything differs, or nothing was tried."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("flows", nargs="*", type=Path, help="all in configs/, unless said")
    parser.add_argument("--python", action="append", default=[], help="one that is not on the PATH")
    parser.add_argument("--libraries", choices=LIBRARIES, help="both, unless said")
    parser.add_argument("--tests", action="store_true", help="run the chosen tests as well")
    asked = parser.parse_args()
    flows = [flow.resolve() for flow in asked.flows] or sorted((ROOT / "configs").glob("*.yaml"))
    rows = []
    all_well = True
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        wheel = make_wheel(folder)
        for interpreter, libraries in combinations(asked.python, asked.libraries):
            home = folder / f"{interpreter.minor}-{libraries}"
            extra = tools_for_tests() if asked.tests else []
            programs = install(interpreter, libraries, wheel, home, extra)
            elsewhere = home / "elsewhere"
            elsewhere.mkdir()
            held = {"the hashes agree": verify(programs, flows, elsewhere)}
            held["a page is made"] = make_page(programs, flows[0], elsewhere)
            if asked.tests:
                held["tests pass"] = test(programs, elsewhere)
            told = ", ".join(what if is_so else f"NOT: {what}" for what, is_so in held.items())
            rows.append(
                f"| {interpreter.version} | {libraries}: {versions_in(programs)} | {told} |"
            )
            all_well &= all(held.values())
            shutil.rmtree(home)
    print(f"\n{len(flows)} flows\n\n| Python | libraries | result |\n|---|---|---|")
    print("\n".join(rows))
    return 0 if rows and all_well else 1


if __name__ == "__main__":
    sys.exit(main())
