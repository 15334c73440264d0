"""The page on studies: its examples are read, and every key and column is explained."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pilotsim.cli.run import run
from pilotsim.experiments.study import ExecutionOptions, read_study, run_study, study_file
from pilotsim.runs import Local
from tests.experiments.study.small import STUDY, write_study

PAGE = (Path(__file__).parent.parent.parent.parent / "docs" / "studies.md").read_text(
    encoding="utf-8"
)
EXAMPLES = dict(re.findall(r"<!-- example: (\S+) -->\n```yaml\n(.*?)```", PAGE, re.DOTALL))
RECORDS = [
    study_file.StudyFile,
    study_file.ScenarioPart,
    study_file.DesignPart,
    study_file.FactorPart,
    study_file.ResponsesPart,
    study_file.ReplicationsPart,
    study_file.PrecisionPart,
    study_file.RulesOutPart,
    study_file.FigurePart,
]


def test_whole_example_is_read(tmp_path):
    assert len(read_study(write_study(tmp_path, EXAMPLES["study"]))) == 3 * 3 * 2


def with_example(name, of="design"):
    """The small study with the page's design and, below `of`, one of its examples."""
    design = "design:\n" + "".join(f"  {line}\n" for line in EXAMPLES["design"].splitlines())
    scenarios = STUDY[STUDY.index("scenarios:") : STUDY.index("design:")]
    text = (
        STUDY.replace(scenarios, "").split("design:")[0]
        + design
        + STUDY[STUDY.index("responses:") :]
    )
    if of == "design":
        return text
    return f"{text}{of}:\n" + "".join(f"  {line}\n" for line in EXAMPLES[name].splitlines())


def test_example_of_a_design_is_read(tmp_path):
    study = read_study(write_study(tmp_path, with_example("design")))
    assert study.points.names == ("places", "turnover", "risks.job.rate")
    assert len(study.points) == 64


def test_example_of_observed_figures_is_read(tmp_path):
    study = read_study(write_study(tmp_path, with_example("rules_out", of="analysis")))
    assert list(study.analysis.rules_out.figures) == ["jobs", "work"]


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.__name__)
def test_every_key_is_explained(record):
    for name, field in record.model_fields.items():
        assert f"`{field.alias or name}`" in PAGE, field.alias or name


def test_every_method_option_and_column_is_explained(tmp_path):
    for method in (*study_file.LEVELLED, *study_file.SPREAD, *study_file.LISTED):
        assert f"`{method}`" in PAGE
    for option in run.params:
        if option.name != "study_file":
            (long,) = [one for one in option.opts if one.startswith("--")]
            assert long in PAGE
    study = read_study(write_study(tmp_path))
    columns = run_study(study, tmp_path / "run", ExecutionOptions(workers=Local(1))).points.columns
    for column in columns:
        assert f"`{column}`" in PAGE or column in study.points.names, column
