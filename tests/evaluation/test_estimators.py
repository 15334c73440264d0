"""The register of estimators: everything in `effects` can be asked for, by one list of names."""

from __future__ import annotations

import json
import pkgutil
import re
from dataclasses import replace
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

import pilotsim.effects.estimators as functions
from pilotsim.base.errors import FlowError, RequestError
from pilotsim.base.languages import LANGUAGES
from pilotsim.cli import commands
from pilotsim.effects.estimators.cox import cox
from pilotsim.evaluation.estimands import Estimand
from pilotsim.evaluation.estimators import (
    WITHOUT_ADAPTER,
    find_estimator,
    known_estimators,
    make_strategy,
)
from pilotsim.evaluation.evaluation_file import EvaluationFile
from pilotsim.evaluation.pilot import make_worlds, run_pilot
from pilotsim.evaluation.run import evaluate
from pilotsim.language.catalogue import translate
from tests.evaluation.pilots import build

ROOT = Path(__file__).parent.parent.parent
IN_WORK = Estimand("in_work", 12)


def public_estimators() -> set[str]:
    found = set()
    for module in pkgutil.iter_modules(functions.__path__):
        content = vars(import_module(f"{functions.__name__}.{module.name}"))
        found |= {name for name in content if name.startswith("estimate_")}
    return found


def test_every_public_estimator_has_an_adapter_or_a_reason():
    adapted = {function.__name__ for own in known_estimators().values() for function in own.uses}
    assert len(adapted) > 15
    assert public_estimators() - adapted == set(WITHOUT_ADAPTER)


def test_the_schema_lists_the_names_of_the_register():
    schema = EvaluationFile.model_json_schema()
    enum = schema["$defs"]["Answer"]["properties"]["estimator"]["enum"]
    assert enum == sorted(known_estimators())
    committed = json.loads((ROOT / "schema" / "evaluation.schema.json").read_text("utf-8"))
    assert committed["$defs"]["Answer"]["properties"]["estimator"]["enum"] == enum


def test_the_documentation_lists_each_estimator_with_its_options():
    text = (ROOT / "docs" / "estimators.md").read_text(encoding="utf-8")
    table = text.partition("## As answers of files and plans")[2].partition("\n## ")[0]
    rows = dict(re.findall(r"^\| `(\w+)` \|.*\| ([^|]*) \|$", table, re.MULTILINE))
    assert set(rows) == set(known_estimators())
    for name, options in rows.items():
        assert re.findall(r"`(\w+)`", options) == list(find_estimator(name).options), name


@pytest.mark.parametrize("language", [one for one in LANGUAGES if one != "en"])
def test_what_an_estimator_rests_on_is_said_in_every_language(language):
    for own in known_estimators().values():
        assert translate(own.rests_on, language) != own.rests_on


def test_an_unknown_name_or_option_is_refused_with_what_was_meant():
    with pytest.raises(RequestError, match="no estimator 'diference'; did you mean 'difference'"):
        make_strategy("a", "diference", IN_WORK)
    with pytest.raises(RequestError, match="ipw: no option 'targt'; did you mean 'target'"):
        make_strategy("a", "ipw", IN_WORK, options={"targt": "ATE"})


def test_a_misspelt_option_is_a_fault_of_the_file_with_its_place(tmp_path):
    answer = {"estimator": "did", "inquiry": "in_work", "options": {"befor": 6}}
    with pytest.raises(FlowError, match=r"answers\.difference: did: no option 'befor'"):
        build(tmp_path, answers={"difference": answer})


def test_a_ratio_answers_only_whether_something_was_reached():
    with pytest.raises(
        RequestError, match="cox answers an inquiry with reached, not one with 'at'"
    ):
        make_strategy("a", "cox", IN_WORK)


REACHED_WORK = {"reached_work": {"reached": "12 months"}}
COX = {"estimator": "cox", "inquiry": "reached_work", "covariates": ["young", "record"]}


def test_a_ratio_has_power_and_false_positives_but_no_bias(tmp_path):
    """It is counted in something else than the truth: neither may be subtracted from the other."""
    cells = build(
        tmp_path,
        inquiries=REACHED_WORK,
        answers={"ratio": COX},
        designs={"lottery": {"lottery": {}, "answers": ["ratio"]}},
        draws=12,
    )
    found = evaluate(cells)[0]
    assert found.diagnosis.worked == 12
    assert np.isnan([found.diagnosis.bias.value, found.diagnosis.coverage.value]).all()
    assert 0.0 <= found.diagnosis.power.value <= 1.0
    assert not found.is_in_points
    assert not found.diagnosis.is_biased


def test_a_hazard_ratio_is_that_of_the_spells_and_shown_as_a_ratio(tmp_path):
    """From the file to the page: the number of `cox` on spells made by hand, and no percentage points."""
    build(
        tmp_path,
        begins="2015-01-01",
        inquiries=REACHED_WORK,
        answers={"ratio": COX | {"covariates": []}},
        designs={"lottery": {"lottery": {}, "answers": ["ratio"]}},
    )
    run = CliRunner().invoke(
        commands, ["plan", str(tmp_path / "evaluation.yaml"), "--out", str(tmp_path / "plan")]
    )
    assert run.exit_code == 0, run.output
    evaluation = build(
        tmp_path,
        begins="2015-01-01",
        inquiries=REACHED_WORK,
        answers={"ratio": COX},
        designs={"lottery": {"lottery": {}, "answers": ["ratio"]}},
    )[0]
    sample = run_pilot(evaluation, evaluation.designs[0], make_worlds(evaluation, 0), 0).sample
    panel = replace(sample.panel, traits={**sample.panel.traits, "assigned": sample.arm})
    panel.to_frame().to_csv(tmp_path / "extract.csv", index=False)

    exits, events = [], []
    for months in panel.in_work[:, sample.listed : sample.listed + 12]:
        reached = np.flatnonzero(months == 1.0)
        exits.append(reached[0] + 1.0 if len(reached) else 12.0)
        events.append(len(reached) > 0)
    fit = cox(exits, events, sample.arm)

    command = [
        "estimate",
        str(tmp_path / "extract.csv"),
        "--plan",
        str(tmp_path / "plan/plan.json"),
    ]
    run = CliRunner().invoke(commands, [*command, "--language", "en"])
    assert run.exit_code == 0, run.output
    assert f"{np.exp(fit.coefficients[0]):.2f} (ratio)" in run.output
