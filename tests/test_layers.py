"""The house: imports point one way, one library has one home, modules stay small."""

import ast
from pathlib import Path

SOURCE = Path(__file__).parent.parent / "src" / "pilotsim"

# In import order: a module imports from its own package and from those above it.
ORDER = (
    "base",
    "effects",
    "model",
    "files",
    "language",
    "simulation",
    "measures",
    "runs",
    "judge",
    "experiments",
    "evaluation",
    "output",
    "cli",
)
# `effects` could be a distribution of its own.
ONLY = {"effects": {"base", "effects"}}

# Where a library may be imported: a folder or a file; numpy and scipy.special may be anywhere.
HOMES = {
    "simpy": ("simulation/engines/readable/process.py",),
    "numba": ("simulation/engines/compiled/jit.py", "simulation/engines/compiled/structs.py"),
    "llvmlite": ("simulation/engines/compiled/jit.py", "simulation/engines/compiled/structs.py"),
    "matplotlib": ("output/figures", "output/report/images.py", "output/document.py"),
    "ruamel": ("files",),
    "pydantic": ("model", "files/reading.py", "judge/notes.py", "experiments", "evaluation"),
    "click": ("cli",),
    "rich": ("cli", "output/screen"),
    "joblib": ("runs",),
    "holidays": ("base/calendar.py",),
    "pandas": (
        "simulation/journeys.py",
        "judge",
        "experiments/study",
        "evaluation",
        "output/screen/study.py",
    ),
    "pyarrow": ("base/files.py", "experiments/study", "evaluation/register"),
    "distributed": ("runs/cluster.py",),
    "statsmodels": ("effects",),
}


def modules() -> list[Path]:
    return sorted(SOURCE.rglob("*.py"))


def place_of(file: Path) -> str:
    return file.relative_to(SOURCE).as_posix()


def imports_of(file: Path) -> list[tuple[str, bool]]:
    """Each module imported, and whether the import stands at the top level."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    top = {id(node) for node in tree.body}
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [(alias.name, id(node) in top) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{file} imports from where it is itself; write the whole name"
            names = (
                [f"{node.module}.{alias.name}" for alias in node.names]
                if node.module == "pilotsim"
                else [node.module]
            )
            found += [(name, id(node) in top) for name in names]
    return found


def test_each_module_has_a_package():
    assert {place.parts[0] for place in (file.relative_to(SOURCE) for file in modules())} - set(
        ORDER
    ) == {
        "__init__.py",
        "__main__.py",
    }


def test_imports_point_up_the_list():
    """Those for types alone too."""
    down = []
    for file in modules():
        own = file.relative_to(SOURCE).parts[0]
        if own not in ORDER:
            continue
        may = ONLY.get(own, set(ORDER[: ORDER.index(own) + 1]))
        names = [
            name
            for name, _ in imports_of(file)
            if name.startswith("pilotsim.") and name != "pilotsim.__version__"
        ]
        down += [
            f"{place_of(file)} imports {name}" for name in names if name.split(".")[1] not in may
        ]
    assert not down


def test_each_library_has_one_home():
    strangers = []
    for file in modules():
        place = place_of(file)
        for library in {name.split(".")[0] for name, _ in imports_of(file)} & set(HOMES):
            if not any(place == home or place.startswith(f"{home}/") for home in HOMES[library]):
                strangers.append(f"{library} in {place}")
    assert not strangers


def test_the_command_line_starts_without_slow_libraries():
    slow = {
        "numpy",
        "scipy",
        "pandas",
        "matplotlib",
        "numba",
        "pydantic",
        "rich",
        "simpy",
        "joblib",
    }
    at_once = {
        name.split(".")[0]
        for file in (
            "cli/__init__.py",
            "cli/check.py",
            "base/errors.py",
            "base/__init__.py",
            "__init__.py",
        )
        for name, top in imports_of(SOURCE / file)
        if top
    }
    assert not at_once & slow


def test_only_randomness_draws():
    """No module but `base.randomness` uses a random number generator of its own."""
    for file in modules():
        for name, _ in imports_of(file):
            assert name.split(".")[0] != "random", file
        assert "np.random" not in file.read_text(encoding="utf-8").replace(
            "numpy.random.Philox", ""
        ), file
