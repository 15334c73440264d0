"""The house: imports point one way, one library has one home, modules stay small."""

import ast
from pathlib import Path

import pytest

SOURCE = Path(__file__).parent.parent / "src" / "pilotsim"

# In import order: a module may import only those above it. A folder stands for all its modules.
ORDER = (
    "errors",
    "interrupts",
    "dates",
    "units",
    "values",
    "factors",
    "gamma_quantile",
    "durations",
    "residuals",
    "fields",
    "questions",
    "observed",
    "clients",
    "resources",
    "stages",
    "periods",
    "costs",
    "flow",
    "sums",
    "names",
    "inquiry",
    "consistency",
    "yamltext",
    "read",
    "chance",
    "search",
    "analysis",
    "numbers",
    "plan",
    "clocks",
    "cohort",
    "services",
    "journeys",
    "engines",
    "occupancy",
    "selections",
    "spells",
    "budget",
    "measures",
    "paths",
    "theory",
    "targets",
    "scenario",
    "experiment",
    "check",
    "surrogate",
    "validation",
    "calibrated",
    "calibration",
    "rewriting",
    "fitted",
    "runs",
    "studies",
    "registry",
    "estimands",
    "truths",
    "evaluation",
    "phrases",
    "words",
    "solving",
    "findings",
    "figures",
    "report",
    "systems",
    "export",
    "screen",
    "cli",
    "__main__",
)

# Where a library may be imported; numpy and scipy.special may be anywhere.
HOMES = {
    "simpy": {"engines/process.py"},
    "numba": {"engines/jit.py", "engines/views.py"},
    "llvmlite": {"engines/jit.py", "engines/views.py"},
    "matplotlib": {"figures", "report"},
    "ruamel": {"yamltext.py", "rewriting.py"},
    "pydantic": {
        "fields.py",
        "questions.py",
        "solving/records.py",
        "observed.py",
        "clients.py",
        "resources.py",
        "stages.py",
        "flow.py",
        "periods.py",
        "costs.py",
        "read.py",
        "systems/notes.py",
        "studies",
        "evaluation",
    },
    "click": {"cli"},
    "rich": {"cli", "screen"},
    "joblib": {"experiment.py", "runs", "evaluation"},
    "holidays": {"dates.py"},
    "pandas": {
        "journeys.py",
        "check.py",
        "validation.py",
        "runs",
        "studies",
        "report",
        "evaluation",
        "registry",
        "truths.py",
    },
    "pyarrow": {"runs", "studies", "registry"},
    "distributed": {"runs"},
    "statsmodels": {"evaluation"},
}

MOST_LINES = 4000


def modules() -> list[Path]:
    return sorted(SOURCE.rglob("*.py"))


def imports_of(file: Path) -> list[tuple[str, bool]]:
    """Each module imported, and whether the import stands at the top level outside TYPE_CHECKING."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    typing_only = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If)
        and isinstance(node.test, ast.Name)
        and node.test.id == "TYPE_CHECKING"
        for inner in ast.walk(node)
    }
    top = {id(node) for node in tree.body}
    found = []
    for node in ast.walk(tree):
        if id(node) in typing_only:
            continue
        if isinstance(node, ast.Import):
            found += [(alias.name, id(node) in top) for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = (
                [f"{node.module}.{alias.name}" for alias in node.names]
                if node.module == "pilotsim"
                else [node.module]
            )
            found += [(name, id(node) in top) for name in names]
    return found


def layer_of(name: str) -> str:
    return name.split(".")[1] if name.count(".") else name


@pytest.mark.parametrize("file", modules(), ids=lambda file: file.relative_to(SOURCE).as_posix())
def test_imports_point_up_the_list(file):
    if file == SOURCE / "__init__.py":
        return
    own = file.relative_to(SOURCE).parts[0].removesuffix(".py")
    assert own in ORDER, f"{own} has no place in the order"
    for name, _ in imports_of(file):
        if name.startswith("pilotsim.") and not name.endswith("__version__"):
            layer = layer_of(name)
            assert layer == own or ORDER.index(layer) < ORDER.index(own), (
                f"{own} imports {name}, which stands below it"
            )


@pytest.mark.parametrize("file", modules(), ids=lambda file: file.relative_to(SOURCE).as_posix())
def test_each_library_has_one_home(file):
    place = file.relative_to(SOURCE).as_posix()
    for name, _ in imports_of(file):
        library = name.split(".")[0]
        if library in HOMES:
            assert place in HOMES[library] or place.split("/")[0] in HOMES[library], (
                f"{library} has no home in {place}"
            )


@pytest.mark.parametrize("file", modules(), ids=lambda file: file.relative_to(SOURCE).as_posix())
def test_modules_stay_small(file):
    place = file.relative_to(SOURCE).as_posix()
    lines = len(file.read_text(encoding="utf-8").splitlines())
    assert lines < MOST_LINES, f"{place} has {lines} lines"


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
        for file in ("cli/__init__.py", "cli/check.py", "errors.py", "__init__.py")
        for name, top in imports_of(SOURCE / file)
        if top
    }
    assert not at_once & slow


def test_only_chance_draws():
    """No module but `chance` uses a random number generator of its own."""
    for file in modules():
        for name, _ in imports_of(file):
            assert name.split(".")[0] != "random", file
        assert "np.random" not in file.read_text(encoding="utf-8").replace(
            "numpy.random.Philox", ""
        ), file


def test_nobody_speaks_of_where_this_was_written():
    words = ("/work/", "../shared", ".library", "/tmp/")
    for file in [
        *modules(),
        *Path(__file__).parent.parent.glob("configs/**/*.yaml"),
        *Path(__file__).parent.parent.glob("docs/**/*.md"),
    ]:
        text = file.read_text(encoding="utf-8")
        assert not [word for word in words if word in text], file
