"""The command lines of the bed: every command that writes, on the smallest inputs that it takes."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

from pilotsim.cli import main
from pilotsim.evaluation.pilot import make_worlds, run_pilot
from tests.cli.test_compare import FLOW as TWO_PLANS
from tests.cli.test_share import SMALL as COURSE
from tests.evaluation.norwegian_extracts import MAPPING, planted
from tests.evaluation.pilots import build
from tests.evaluation.test_pooled_results import write_place
from tests.experiments.information.test_value import DECISION
from tests.experiments.information.test_value import FLOW as WITH_PRICES
from tests.experiments.optimise.small import SOLVE
from tests.experiments.optimise.small import write as write_search
from tests.experiments.portfolio.small import FLOW as TOGETHER
from tests.experiments.portfolio.small import MODULE, PORTFOLIO, TABLE
from tests.experiments.study.small import STUDY, write_study
from tests.monitoring.small import TEXT, simulated, small_pilot, table_of
from tests.output.small_checks import SYSTEM

ALONE = ("--jobs", "1")
FEW = ("-n", "2", *ALONE)
DATE = ("--date", "2026-03-09")
OUT = ("--out", "out", *DATE)


@dataclass(frozen=True)
class Line:
    """A command line, and what stands where it is given.

    Parameters
    ----------
    name : str
        What it is called here.
    words : tuple of str
        The line itself.
    make : callable
        Writes its inputs into a folder.
    earlier : tuple of str
        What is added for another result, which then stands there before.
    kept : tuple of str
        How folders begin that hold what a run goes on with: nobody is promised what is in them.
    whole : tuple of str
        Folders of which all files are there or none, each with the file that says so.
    is_once : bool
        Whether what it wrote stays as it is, so that the same line is refused.
    keeps : bool
        Whether it keeps its runs, as one that takes long.
    """

    name: str
    words: tuple[str, ...]
    make: Callable[[Path], object]
    earlier: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    whole: dict[str, str] = field(default_factory=dict)
    is_once: bool = False
    keeps: bool = False

    def __str__(self) -> str:
        return self.name


def run(*words: object) -> None:
    """Run a command that ends well."""
    try:
        main([str(one) for one in words])
    except SystemExit as end:
        assert not end.code, words


def _texts(**texts: str) -> Callable[[Path], object]:
    def make(folder: Path) -> None:
        for name, text in texts.items():
            stem, _, end = name.rpartition("_")
            (folder / f"{stem}.{end}").write_text(text, encoding="utf-8")

    return make


def _study(folder: Path) -> None:
    text = STUDY.replace("replications: 6", "replications: 2").replace("[2, 4]", "[2]")
    write_study(folder, text + "analysis: {differences: {against: as_written}}\n")


def _parts(folder: Path) -> None:
    _study(folder)
    for part in (1, 2):
        place = folder / f"part{part}"
        run("run", folder / "study.yaml", *ALONE, "--shard", f"{part}/2", "--out", place)


def _finished(folder: Path) -> None:
    _study(folder)
    run("run", folder / "study.yaml", *ALONE, "--out", folder / "run")


def _search(folder: Path) -> None:
    write_search(folder, SOLVE.replace("60000", "600").replace("frontier: 10", "frontier: 2"))


def _portfolio(folder: Path) -> None:
    (folder / "own.yaml").write_text(MODULE, encoding="utf-8")
    (folder / "flow.yaml").write_text(TOGETHER, encoding="utf-8")
    (folder / "districts.csv").write_text(TABLE, encoding="utf-8")
    text = PORTFOLIO.replace("replications: 200", "replications: 2")
    (folder / "four.yaml").write_text(text, encoding="utf-8")


def _followed(folder: Path) -> None:
    (folder / "small.yaml").write_text(TEXT, encoding="utf-8")
    counts = table_of(simulated(small_pilot(), 1, seed=6)[0], 3).replace(";Kurs (i gang)", ";Kurs")
    (folder / "counts.csv").write_text(counts, encoding="utf-8")


def _evaluation(folder: Path) -> None:
    build(folder, begins="2015-01-01", draws=2)


def _register(folder: Path) -> None:
    evaluation = build(folder, begins="2015-01-01", draws=2)[0]
    sample = run_pilot(evaluation, evaluation.designs[0], make_worlds(evaluation, 0), 0).sample
    panel = replace(sample.panel, traits={**sample.panel.traits, "assigned": sample.arm})
    panel.to_frame().to_csv(folder / "extract.csv", index=False)
    run("plan", folder / "evaluation.yaml", "--out", folder / "plan")


def _extract(folder: Path) -> None:
    (folder / "mapping.yaml").write_text(json.dumps(MAPPING), encoding="utf-8")
    planted().to_csv(folder / "extract.csv", index=False)


def _places(folder: Path) -> None:
    for number in (1, 2, 3):
        write_place(folder, f"place{number}", number)


def _log(folder: Path) -> None:
    import pilotsim
    from tests.learning.test_learning import TALKS

    text = TALKS.replace("36 months", "18 months")
    (folder / "talks.yaml").write_text(text, encoding="utf-8")
    run_of = pilotsim.simulate(pilotsim.read_text(text), seed=4)
    pilotsim.to_event_log(run_of).to_csv(folder / "log.csv", index=False)


PAGE = {"out": "index.html"}
ANOTHER = ("--seed", "5")
IN_ENGLISH = ("--language", "en")
LINES = (
    Line("new", ("new", "first.yaml", "--defaults"), lambda folder: None, is_once=True),
    Line(
        "new-from", ("new", "copy.yaml", "--from", "alna_aktiv"), lambda folder: None, is_once=True
    ),
    Line("schema", ("schema", "--out", "flow.schema.json"), lambda folder: None),
    Line(
        "check",
        ("check", "course.yaml", *FEW, "--no-what-if", *OUT, "--json", "found.json")
        + ("--page", "pages/page.html", "--also", "excel"),
        _texts(course_yaml=COURSE),
        ANOTHER,
        whole=PAGE,
    ),
    Line(
        "check for long",
        ("check", "course.yaml", *FEW, "--no-what-if", "--json", "found.json"),
        _texts(course_yaml=COURSE),
        kept=(".pilotsim_",),
        keeps=True,
    ),
    Line(
        "report",
        ("report", "course.yaml", *FEW, "--no-tests", *OUT) + ("--as", "word", "--as", "excel"),
        _texts(course_yaml=COURSE),
        ANOTHER,
        whole={"out": "course.docx"},
    ),
    Line(
        "compare",
        ("compare", "one.yaml", "two.yaml", *FEW, *OUT, "--json", "found.json"),
        _texts(one_yaml=TWO_PLANS, two_yaml=TWO_PLANS.replace("value: 2,", "value: 4,")),
        ANOTHER,
        whole=PAGE,
    ),
    Line(
        "validate",
        ("validate", "small.yaml", *FEW, *OUT, "--json", "found.json"),
        _texts(small_yaml=SYSTEM),
        ANOTHER,
        whole=PAGE,
    ),
    Line(
        "scoreboard",
        ("scoreboard", "small.yaml", *FEW, *OUT, "--json", "found.json", "--markdown", "found.md"),
        _texts(small_yaml=SYSTEM),
        ANOTHER,
        whole=PAGE,
    ),
    Line(
        "calibrate",
        ("calibrate", "small.yaml", "--fit", "risks.job.rate", "--fit", "risks.gone.rate", *FEW)
        + ("--rounds", "1", "--out", "new/fitted.yaml", "--together", "both", *DATE)
        + ("--json", "found.json"),
        _texts(small_yaml=SYSTEM),
        ANOTHER,
    ),
    Line(
        "learn",
        ("learn", "log.csv", "--flow", "talks.yaml", "--hold-out", "0", "--write", "new/own.yaml")
        + (*OUT, "--json", "found.json"),
        _log,
        ANOTHER,
        whole=PAGE,
    ),
    Line(
        "describe",
        ("describe", "small.yaml", "-n", "8", "--few", "2", *ALONE, *OUT, "--language", "en"),
        _texts(small_yaml=SYSTEM),
        ANOTHER,
    ),
    Line(
        "share",
        ("share", "course.yaml", "-n", "2", "--no-what-if", "--out", "page.zip"),
        _texts(course_yaml=COURSE),
        ANOTHER,
    ),
    Line(
        "value",
        ("value", "pilot.yaml", "-n", "20", *ALONE, *OUT, "--json", "found.json"),
        _texts(pilot_yaml=WITH_PRICES + DECISION),
        ANOTHER,
        whole=PAGE,
    ),
    Line(
        "solve",
        ("solve", "solve.yaml", *ALONE, *OUT, "--json", "found.json"),
        _search,
        IN_ENGLISH,
        kept=(".solve.search",),
        whole=PAGE,
    ),
    Line(
        "run",
        ("run", "study.yaml", *ALONE, "--out", "run", *DATE, "--also", "excel"),
        _study,
        IN_ENGLISH,
        whole={
            "run/results": "points.csv",
            "run/report": "index.html",
            "run/analysis": "index.html",
        },
    ),
    Line(
        "portfolio",
        ("portfolio", "four.yaml", *ALONE, "--out", "run", *DATE, "--json", "found.json"),
        _portfolio,
        whole={"run/report": "index.html"},
    ),
    Line("merge", ("merge", "all", "part1", "part2"), _parts, whole={"all/results": "points.csv"}),
    Line("analyse", ("analyse", "run", *OUT), _finished, IN_ENGLISH, whole=PAGE),
    Line(
        "follow",
        ("follow", "small.yaml", "--counts", "counts.csv", "-n", "40", *ALONE, *OUT)
        + ("--json", "found.json"),
        _followed,
        ANOTHER,
        whole=PAGE,
    ),
    Line(
        "evaluate",
        ("evaluate", "evaluation.yaml", *ALONE, *OUT, "--runs", "runs"),
        _evaluation,
        kept=("runs",),
        whole=PAGE,
    ),
    Line(
        "plan",
        ("plan", "evaluation.yaml", "--out", "plan", *DATE, "--also", "excel"),
        _evaluation,
        IN_ENGLISH,
        whole={"plan": "plan.json", "plan/report": "index.html"},
    ),
    Line(
        "register check",
        ("register", "check", "extract.csv", "--plan", "plan/plan.json", *OUT)
        + ("--json", "found.json", "--ledger", "told.json"),
        _register,
        whole=PAGE,
    ),
    Line(
        "register prepare",
        ("register", "prepare", "extract.csv", "--as", "mapping.yaml", "--out", "clean.csv"),
        _extract,
        IN_ENGLISH,
    ),
    Line(
        "estimate",
        ("estimate", "extract.csv", "--plan", "plan/plan.json", *OUT, "--ledger", "told.json"),
        _register,
        IN_ENGLISH,
        whole=PAGE,
    ),
    Line("pool", ("pool", "place1", "place2", "place3", *OUT), _places, IN_ENGLISH, whole=PAGE),
)
# Of those that share their work, one for each way in which they do so.
SHARING = (
    Line(
        "check",
        ("check", "course.yaml", "-n", "52", "--jobs", "2", "--no-what-if", "--json", "found.json"),
        _texts(course_yaml=COURSE),
    ),
    Line(
        "run",
        ("run", "study.yaml", "--jobs", "2", "--out", "run", *DATE),
        _study,
        whole={"run/results": "points.csv", "run/report": "index.html"},
    ),
)
