"""A command names the libraries that it lacks before it begins, and asks for none beside."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from pilotsim.base.extras import EXTRA_OF
from tests.experiments.optimise.small import SOLVE
from tests.experiments.optimise.small import write as write_search
from tests.experiments.portfolio.small import PORTFOLIO, write_portfolios
from tests.experiments.study.small import STUDY, write_study

ROOT = Path(__file__).parent.parent.parent
FOLLOWING = ROOT / "experiments" / "following"
EVALUATION = ROOT / "experiments" / "alna_aktiv_evaluation.yaml"
# Runs commands where only some libraries of extras are to be found, and says how each ended.
WITH_ONLY = """
import json, sys
from importlib.machinery import PathFinder
found, commands, may_run = json.loads(sys.argv[1])

class Only:
    def find_spec(self, name, path=None, target=None):
        library = name.split(".")[0]
        if library in {libraries} and library not in found:
            return None
        return PathFinder.find_spec(name, path, target)

sys.meta_path[sys.meta_path.index(PathFinder)] = Only()
from pilotsim.cli import main
from pilotsim.judge import judging

def began(*_):
    raise AssertionError("it began to work")

if not may_run:
    judging.prepare = began
for command in commands:
    ended = 0
    try:
        main([*command, "--language", "en"])
    except SystemExit as end:
        ended = end.code or 0
    print("ENDED", ended, file=sys.stderr)
"""


def ended(folder, found, commands, *, may_run=True):
    """What each command said on the error stream, and how it ended."""
    asked = json.dumps([found, [[str(word) for word in one] for one in commands], may_run])
    code = WITH_ONLY.replace("{libraries}", repr(set(EXTRA_OF)))
    done = subprocess.run(
        [sys.executable, "-c", code, asked],
        cwd=folder,
        capture_output=True,
        check=True,
        env={**os.environ, "PYTHONIOENCODING": "utf-8"},
    )
    *said, rest = done.stderr.decode("utf-8").split("ENDED ")
    codes = [*(one.split("\n")[0] for one in said[1:]), rest.strip()]
    return list(zip(said, codes, strict=True))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    place = tmp_path_factory.mktemp("libraries")
    write_search(place, SOLVE.replace("most_runs: 60000", "most_runs: 6000"))
    write_study(place, STUDY.replace("replications: 6", "replications: 2"))
    few = PORTFOLIO.replace("replications: 200", "replications: 4")
    (write_portfolios(place / "together") / "portfolio.yaml").write_text(few, "utf-8")
    asked = STUDY.replace("seed: 7", "seed: 7\nanalysis: {differences: {against: as_written}}")
    (place / "asked.yaml").write_text(asked.replace("study: small", "study: asked"), "utf-8")
    (place / "there").mkdir()
    (place / "there.csv").write_text("", "utf-8")
    return place


NEEDING = {
    ("value", "alna_aktiv"): "scipy",
    ("learn", "there.csv", "--flow", "alna_aktiv"): "scipy",
    ("calibrate", "stavanger_2021", "--fit", "a", "--to", "b"): "scipy",
    ("follow", "alna_aktiv", "--counts", "there.csv"): "scipy",
    ("solve", "solve.yaml"): "pyarrow",
    ("portfolio", "together/portfolio.yaml"): "matplotlib, pandas, pyarrow",
    ("run", "study.yaml"): "pandas, pyarrow",
    ("run", "asked.yaml"): "matplotlib, pandas, pyarrow, scipy",
    ("merge", "whole", "there"): "pandas, pyarrow, scipy",
    ("analyse", "there"): "matplotlib, pandas, pyarrow, scipy",
    ("evaluate", EVALUATION): "pandas, pyarrow, scipy, statsmodels, diff_diff",
    ("plan", EVALUATION): "pandas, pyarrow, scipy, statsmodels, diff_diff",
    (
        "estimate",
        "there.csv",
        "--plan",
        "there.csv",
    ): "pandas, pyarrow, scipy, statsmodels, diff_diff",
    ("pool", "there", "there"): "pandas, pyarrow, scipy, statsmodels, diff_diff",
    ("register", "check", "there.csv", "--plan", "there.csv"): "pandas, pyarrow, scipy",
    ("register", "prepare", "there.csv"): "pandas, pyarrow, scipy",
    ("check", "alna_aktiv", "--out", "here"): "matplotlib",
    ("check", "alna_aktiv", "--out", "here", "--also", "word"): "docx, matplotlib",
    ("report", "alna_aktiv", "--out", "here"): "matplotlib",
    ("describe", "alna_aktiv", "--out", "here"): "matplotlib",
}


def test_every_command_names_all_that_it_lacks_before_it_works(folder):
    answers = ended(folder, [], list(NEEDING), may_run=False)
    for (command, wanted), (said, code) in zip(NEEDING.items(), answers, strict=True):
        assert f"this needs {wanted}, which" in said, (command, said)
        assert 'pip install "pilotsim[' in said
        assert code == "2", command


@pytest.mark.parametrize(
    ("found", "commands"),
    [
        (
            [],
            [
                ("compare", "course_waiting_list", "ips_team", "-n", 4, "-j", 1),
                ("scoreboard", "stavanger_2021", "-n", 4, "-j", 1, "--markdown", "board.md"),
                ("validate", "stavanger_2021", "-n", 4, "-j", 1),
                ("run", "asked.yaml", "--dry-run"),
            ],
        ),
        (["pyarrow"], [("solve", "solve.yaml", "-j", 1)]),
        (["pandas", "pyarrow"], [("run", "study.yaml", "-j", 1)]),
        (["matplotlib", "PIL", "pandas", "pyarrow"], [("portfolio", "together/portfolio.yaml")]),
        (
            ["scipy"],
            [
                (
                    *("follow", "alna_aktiv", "-n", 40, "-j", 1),
                    *("--counts", FOLLOWING / "alna_counts.csv"),
                    *("--as", FOLLOWING / "alna_counts.yaml"),
                )
            ],
        ),
    ],
    ids=lambda one: "-".join(one) if one and isinstance(one[0], str) else None,
)
def test_what_is_asked_for_is_enough(folder, found, commands):
    for command, (said, code) in zip(commands, ended(folder, found, commands), strict=True):
        assert code == "0", (command, said)
    if not found:
        assert (folder / "board.md").stat().st_size > 1000
