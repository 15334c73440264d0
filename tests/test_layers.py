"""The house: imports point one way, one library has one home, the program starts at once."""

import ast
import subprocess
import sys
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
    "portable",
    "experiments",
    "evaluation",
    "learning",
    "monitoring",
    "output",
    "cli",
)
# `effects` could be a distribution of its own.
ONLY = {"effects": {"base", "effects"}}

# Where a library may be imported: a folder or a file.
ANYWHERE = {"numpy", "scipy"}
HOMES = {
    "simpy": ("simulation/engines/readable",),
    "SALib": ("experiments/sensitivity/distribution_indices.py",),
    "numba": (
        "simulation/engines/compiled/intrinsics.py",
        "simulation/engines/compiled/jit.py",
        "simulation/engines/compiled/kept_code.py",
        "simulation/engines/compiled/parts.py",
        "simulation/engines/compiled/structs.py",
        "portable/text.py",
    ),
    "llvmlite": (
        "simulation/engines/compiled/intrinsics.py",
        "simulation/engines/compiled/jit.py",
        "simulation/engines/compiled/parts.py",
        "simulation/engines/compiled/structs.py",
        "portable/lowering.py",
    ),
    "matplotlib": ("output/figures", "output/document.py"),
    "PIL": ("output/figures/pictures.py",),
    "ruamel": ("files",),
    "pydantic": (
        "model",
        "files/faults.py",
        "files/parts.py",
        "judge/notes.py",
        "experiments/optimise/solve_file.py",
        "experiments/portfolio/portfolio_file.py",
        "experiments/study/study_file.py",
        "evaluation/designs",
        "evaluation/evaluation_file.py",
        "evaluation/filed_evaluation.py",
        "evaluation/preanalysis_plan.py",
        "evaluation/register/mapping.py",
        "evaluation/result_files.py",
        "learning/mapping.py",
        "monitoring/mapping.py",
    ),
    "click": ("cli",),
    "rich": ("cli", "output/writers/terminal.py"),
    "joblib": ("runs",),
    "holidays": ("base/public_holidays.py",),
    "pandas": (
        "base/from_above.py",
        "simulation/journeys.py",
        "simulation/event_log.py",
        "judge",
        "experiments/information",
        "experiments/study",
        "evaluation",
        "output/notebooks.py",
        "output/views/study.py",
        "effects/panel_library.py",
        "effects/references",
    ),
    "diff_diff": ("effects/panel_library.py", "effects/references"),
    "pyarrow": ("base/files.py", "experiments/study", "evaluation/register"),
    "distributed": ("runs/cluster.py",),
    "statsmodels": ("effects",),
    "docx": ("output/writers/word.py",),
    "xlsxwriter": ("output/writers/excel.py",),
    "pptx": ("output/writers/slides.py",),
    "typst": ("output/writers/pdf.py",),
}


# What the command line must not load before it knows what is asked for.
SLOW = {
    "numpy",
    "scipy",
    "pandas",
    "matplotlib",
    "PIL",
    "numba",
    "pydantic",
    "rich",
    "simpy",
    "joblib",
    "diff_diff",
    "docx",
    "xlsxwriter",
    "pptx",
    "typst",
    "lxml",
}


def imports() -> list[tuple[str, str]]:
    """Each module of the program with each module that it imports, at whatever depth."""
    found = []
    for file in sorted(SOURCE.rglob("*.py")):
        place = file.relative_to(SOURCE).as_posix()
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                found += [(place, alias.name) for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                assert not node.level, f"{place} imports from where it is itself; write it whole"
                if node.module == "pilotsim":
                    found += [(place, f"pilotsim.{alias.name}") for alias in node.names]
                else:
                    found.append((place, str(node.module)))
    return found


def test_imports_point_up_the_list():
    """Those for types alone too; nothing stands outside the packages but the public names."""
    outside = {"__init__.py", "__main__.py"}
    assert {path.name for path in SOURCE.iterdir()} - set(ORDER) <= {
        *outside,
        "py.typed",
        "__pycache__",
    }
    down = []
    for place, name in imports():
        own = place.split("/")[0]
        may = ONLY.get(own, set(ORDER) if own in outside else set(ORDER[: ORDER.index(own) + 1]))
        if name.startswith("pilotsim.") and name != "pilotsim.__version__":
            down += [f"{place} imports {name}"] if name.split(".")[1] not in may else []
    assert not down


def test_each_library_has_one_home():
    strangers = []
    for place, name in imports():
        library = name.split(".")[0]
        if library in {"pilotsim", *ANYWHERE, *sys.stdlib_module_names}:
            continue
        if not any(
            place == home or place.startswith(f"{home}/") for home in HOMES.get(library, ())
        ):
            strangers.append(f"{library} in {place}")
    assert not strangers


def test_the_command_line_starts_without_slow_libraries():
    says = "import sys, pilotsim.cli, pilotsim.cli.check; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", says], capture_output=True, text=True, check=True)
    assert not {name.split(".")[0] for name in done.stdout.split()} & SLOW
