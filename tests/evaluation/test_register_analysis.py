"""Plans filed before the data, and registers analysed by them."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from matplotlib.text import Text

from pilotsim.base.errors import RegisterError, RequestError, RunError
from pilotsim.cli import commands
from pilotsim.effects.effect import Effect
from pilotsim.evaluation.estimators import ask
from pilotsim.evaluation.evaluation_file import EvaluationFile
from pilotsim.evaluation.pilot import make_worlds, run_pilot
from pilotsim.evaluation.preanalysis_plan import (
    PreAnalysisPlan,
    hash_of,
    read_plan,
    require_unchanged,
    write_plan,
)
from pilotsim.evaluation.register import Panel, read_register
from pilotsim.evaluation.register_analysis import analyse, work_out
from pilotsim.files.faults import build_record
from pilotsim.files.yaml import parse, read_file
from pilotsim.output.document import Figure
from pilotsim.output.views import document_of
from pilotsim.output.views.register_analysis import document_of_register_analysis, headline
from pilotsim.output.writers.markdown import write_markdown
from tests.evaluation.pilots import build

ANSWERS = {
    "difference": {"estimator": "difference", "inquiry": "in_work"},
    "adjusted": {"estimator": "adjusted", "inquiry": "in_work", "covariates": ["young", "record"]},
}


@pytest.fixture
def plan_file(tmp_path):
    build(
        tmp_path,
        begins="2015-01-01",
        answers=ANSWERS,
        designs={"lottery": {"lottery": {}, "answers": ["difference", "adjusted"]}},
    )
    file = tmp_path / "evaluation.yaml"
    document = parse(read_file(file), str(file))
    (tmp_path / "plan.json").write_text(
        write_plan(document, build_record(document, EvaluationFile), "lottery"), encoding="utf-8"
    )
    return tmp_path / "plan.json"


def extract(folder: Path, **changes) -> Panel:
    """What a register shows of one drawn pilot, with the lot as a column."""
    evaluation = build(folder, begins="2015-01-01", answers=ANSWERS, **changes)[0]
    sample = run_pilot(evaluation, evaluation.designs[0], make_worlds(evaluation, 0), 0).sample
    return replace(sample.panel, traits={**sample.panel.traits, "assigned": sample.arm})


def test_a_real_register_is_analysed_as_the_simulated_one(tmp_path, plan_file):
    """The same answers from the extract as a file as from the arrays of the simulation: to the last digit.

    And what is released of them is that, to the digits that are shown.
    """
    plan, unchanged = read_plan(plan_file)
    evaluation = build(
        tmp_path,
        begins="2015-01-01",
        answers=ANSWERS,
        designs={"lottery": {"lottery": {}, "answers": ["difference", "adjusted"]}},
    )[0]
    sample = run_pilot(evaluation, evaluation.designs[0], make_worlds(evaluation, 0), 0).sample
    panel = replace(sample.panel, traits={**sample.panel.traits, "assigned": sample.arm})
    panel.to_frame().to_parquet(tmp_path / "extract.parquet")
    register = read_register(tmp_path / "extract.parquet")
    found = analyse(register, plan)
    assert unchanged
    raw = work_out(register, plan)
    strategies = evaluation.designs[0].strategies
    for own, finding, strategy in zip(raw.findings, found.findings, strategies, strict=True):
        expected = ask(strategy, sample)
        assert finding.effect.estimate == pytest.approx(own.effect.estimate, abs=0.0005)
        assert finding.effect.error == pytest.approx(own.effect.error, abs=0.0005)
        assert isinstance(own.effect, Effect)
        assert own.effect.estimate == pytest.approx(expected.estimate, rel=1e-9)
        assert own.effect.error == pytest.approx(expected.error, rel=1e-9)
    assert [check.name for check in found.checks][-1] == "attrition"
    assert found.chart["extract"] == 200


def test_p_values_hold_for_all_answers_together(tmp_path, plan_file):
    found = analyse(extract(tmp_path), read_plan(plan_file)[0])
    p = sorted(finding.effect.p for finding in found.findings)
    adjusted = sorted(finding.adjusted_p for finding in found.findings)
    # Holm: the smaller twice, the larger once but no less than the smaller.
    assert adjusted == pytest.approx([min(1, 2 * p[0]), min(1, max(2 * p[0], p[1]))])


@pytest.mark.parametrize(
    ("low", "high", "p", "said"),
    [
        (
            0.02,
            0.18,
            0.01,
            "+10.0 percentage points (95 % interval 2.0 to 18.0). This is hardly chance",
        ),
        (
            -0.08,
            0.28,
            0.3,
            "This may be chance: that it makes no difference lies in the interval too.",
        ),
        (0.001, 0.199, 0.09, "with all answers of the plan taken into account this may be chance"),
    ],
)
def test_the_page_opens_with_what_the_deciding_answer_says(tmp_path, plan_file, low, high, p, said):
    found = analyse(extract(tmp_path), read_plan(plan_file)[0])
    first = found.findings[0]
    effect = replace(first.effect, estimate=0.1, low=low, high=high, p=p / 2)
    told = replace(first, effect=effect, adjusted_p=p, precision="exact")
    opening = headline(replace(found, findings=(told, *found.findings[1:])), "en")
    assert said in opening.replace("\u00a0", " ")
    hidden = replace(first, effect=None)
    nothing = headline(replace(found, findings=(hidden, *found.findings[1:])), "nb")
    assert "her kan ikke noe tall vises" in nothing


def test_the_figure_of_a_register_says_nothing_of_simulated_truth(tmp_path, plan_file):
    found = analyse(extract(tmp_path), read_plan(plan_file)[0])
    document = document_of_register_analysis(found, "en")
    figures = [one for section in document.sections for one in section.blocks]
    (path,) = [one for one in figures if isinstance(one, Figure) and one.name == "effect_path"]
    texts = " ".join(one.get_text() for one in path.draw().figure.findobj(Text))
    assert "difference found" in texts.replace("\n", " ")
    assert "true" not in texts.lower()


def test_a_changed_plan_is_refused_and_flagged(tmp_path, plan_file):
    content = json.loads(plan_file.read_text(encoding="utf-8"))
    content["answers"]["difference"]["inquiry"] = "in_work"
    content["level"] = "90 %"
    plan_file.write_text(json.dumps(content), encoding="utf-8")
    plan, unchanged = read_plan(plan_file)
    assert not unchanged
    with pytest.raises(RegisterError, match="the plan was changed after it was written"):
        require_unchanged(plan_file, plan, unchanged=False)
    extract(tmp_path).to_frame().to_csv(tmp_path / "extract.csv", index=False)
    run = CliRunner().invoke(
        commands,
        [
            "estimate",
            str(tmp_path / "extract.csv"),
            "--plan",
            str(plan_file),
            "--changed",
            "--language",
            "en",
        ],
    )
    assert run.exit_code == 0, run.output
    assert "CHANGED after it was written" in run.output


def test_a_plan_rewritten_with_a_new_hash_is_not_the_one_that_was_filed(plan_file):
    filed = json.loads(plan_file.read_text(encoding="utf-8"))
    other = filed | {"level": "90 %"}
    plan_file.write_text(json.dumps(other | {"hash": hash_of(other)}), encoding="utf-8")
    plan, unchanged = read_plan(plan_file)
    assert unchanged
    with pytest.raises(RegisterError, match="another plan"):
        require_unchanged(plan_file, plan, unchanged=True, filed=filed["hash"])


def test_the_hash_covers_the_order_of_answers_and_not_that_of_the_plan_itself(plan_file):
    """The first answer decides: to swap two after the data are seen is to change the plan."""
    content = json.loads(plan_file.read_text(encoding="utf-8"))
    assert hash_of(dict(reversed(content.items()))) == content["hash"]
    assert re.fullmatch("[0-9a-f]{64}", content["hash"])
    swapped = dict(reversed(content["answers"].items()))
    plan_file.write_text(json.dumps(content | {"answers": swapped}), encoding="utf-8")
    plan, unchanged = read_plan(plan_file)
    assert [*plan.answers] == ["adjusted", "difference"]
    assert not unchanged


@pytest.mark.parametrize(
    "part", ["title", "rule", "begins", "level", "small_cells", "checks", "format"]
)
def test_the_hash_covers_every_part(plan_file, part):
    content = json.loads(plan_file.read_text(encoding="utf-8"))
    assert hash_of(content | {part: "another"}) != content["hash"]
    assert hash_of({key: own for key, own in content.items() if key != part}) != content["hash"]


@pytest.mark.parametrize(
    ("filed", "says"),
    [
        ("", "nothing was given"),
        (" ", "nothing was given"),
        ("…", "found …, of 1 characters"),
        ("8", "found 8, of 1 characters"),
        ("PREFIX", "of 12 characters"),
        ("MOST", "of 63 characters"),
        ("g" * 64, "0 to 9, a to f"),
    ],
)
def test_no_part_of_a_hash_passes_for_it(plan_file, filed, says):
    plan, _ = read_plan(plan_file)
    given = {"PREFIX": plan.hash[:12], "MOST": plan.hash[:63]}.get(filed, filed)
    with pytest.raises(RequestError, match=says):
        require_unchanged(plan_file, plan, unchanged=True, filed=given)
    for whole in (plan.hash, plan.hash.upper(), f" {plan.hash}\n"):
        require_unchanged(plan_file, plan, unchanged=True, filed=whole)


def test_a_plan_whose_hash_does_not_cover_all_is_refused(plan_file):
    content = json.loads(plan_file.read_text(encoding="utf-8"))
    del content["format"]
    plan_file.write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(RegisterError, match="an earlier version wrote this plan"):
        read_plan(plan_file)


def test_months_that_do_not_meet_are_named(tmp_path, plan_file):
    plan, _ = read_plan(plan_file)
    panel = extract(tmp_path)
    with pytest.raises(RegisterError, match="the plan begins in 2015-01"):
        analyse(
            replace(
                panel, months=tuple(month.replace(year=month.year + 9) for month in panel.months)
            ),
            plan,
        )


def test_an_arm_of_few_is_not_shown_at_all(tmp_path, plan_file):
    panel = extract(tmp_path)
    arm = np.where(np.arange(len(panel)) < 3, 1.0, 0.0)
    few = replace(
        panel,
        offered=np.where(arm == 1.0, 0.0, np.inf),
        traits={**panel.traits, "assigned": arm},
    )
    with pytest.raises(RegisterError, match="fewer than 5 clients"):
        analyse(few, read_plan(plan_file)[0])


def test_no_output_gives_a_small_cell_away(tmp_path, plan_file):
    """Three of the offered are lost: neither that number nor what it could be subtracted from is in any output."""
    panel = extract(tmp_path)
    lost = np.zeros(panel.status.shape, bool)
    lost[np.flatnonzero(panel.traits["assigned"] == 1.0)[:3], 6:] = True
    panel = replace(
        panel,
        status=np.where(lost, -1, panel.status).astype(np.int8),
        in_work=np.where(lost, np.nan, panel.in_work),
    )
    panel.to_frame().to_csv(tmp_path / "extract.csv", index=False)
    out = tmp_path / "out"
    run = CliRunner().invoke(
        commands,
        [
            "estimate",
            str(tmp_path / "extract.csv"),
            "--plan",
            str(plan_file),
            "--out",
            str(out),
            "--language",
            "en",
        ],
    )
    assert run.exit_code == 0, run.output
    page = (out / "index.html").read_text(encoding="utf-8")
    # Of drawings their words, not where in the picture they stand.
    page = re.sub(r"<(svg|text|path|use|g|clipPath|rect)\b[^>]*>", r"<\1>", page)
    for text in (
        run.output,
        page,
        (out / "effects.csv").read_text("utf-8-sig"),
        (out / "clients.csv").read_text("utf-8-sig"),
        (out / "analysis.json").read_text("utf-8"),
    ):
        # 197 of 200 and 97 of 100 are followed.
        assert not re.search(r"\b(197|97|3 of 200)\b", text)
    assert "not shown (few)" in page
    assert re.search(r"In the extract</td><td[^>]*>200</td>", page)
    assert "some of 200 clients have no outcome" in run.output


def test_the_command_line_writes_a_plan(tmp_path):
    build(tmp_path, begins="2015-01-01")
    run = CliRunner().invoke(
        commands,
        [
            "plan",
            str(tmp_path / "evaluation.yaml"),
            "--out",
            str(tmp_path / "plan"),
            "--language",
            "nb",
        ],
    )
    assert run.exit_code == 0, run.output
    plan, unchanged = read_plan(tmp_path / "plan" / "plan.json")
    assert unchanged
    assert isinstance(plan, PreAnalysisPlan)
    assert plan.hash in (tmp_path / "plan" / "plan.md").read_text(encoding="utf-8")
    assert plan.hash in run.output


def test_a_second_plan_in_a_folder_replaces_both_files_or_neither(tmp_path):
    """Never plan.json of one plan beside plan.md of another: their hashes would differ."""

    def write(**changes):
        build(tmp_path, begins="2015-01-01", **changes)
        arguments = [str(tmp_path / "evaluation.yaml"), "--out", str(tmp_path / "plan")]
        return CliRunner().invoke(commands, ["plan", *arguments, "--language", "en"])

    def hashes():
        filed = json.loads((tmp_path / "plan" / "plan.json").read_text(encoding="utf-8"))["hash"]
        return filed, filed in (tmp_path / "plan" / "plan.md").read_text(encoding="utf-8")

    assert write().exit_code == 0
    first, fits = hashes()
    assert fits
    assert write(level="90 %").exit_code == 0
    second, fits = hashes()
    assert fits
    assert second != first
    (tmp_path / "plan" / "plan.md").unlink()
    (tmp_path / "plan" / "plan.md").mkdir()
    refused = write(level="99 %")
    assert isinstance(refused.exception, RunError)
    assert "plan.md: Is a directory" in str(refused.exception)
    filed = json.loads((tmp_path / "plan" / "plan.json").read_text(encoding="utf-8"))["hash"]
    assert filed == second


@pytest.mark.parametrize(
    ("population", "filed"),
    [
        ({"state": "assistance", "at": "2015-01-01"}, {"state": "assistance"}),
        # At another time it is not what a register shows just before the plan begins.
        ({"state": "assistance", "at": "2014-06-01"}, None),
        ({"origin": "stock"}, None),
    ],
)
def test_a_plan_says_whom_it_is_about(tmp_path, population, filed):
    build(tmp_path, begins="2015-01-01", population=population)
    document = parse(read_file(tmp_path / "evaluation.yaml"), "e.yaml")
    text = write_plan(document, build_record(document, EvaluationFile), "lottery")
    content = json.loads(text)
    assert content.get("population") == filed
    (tmp_path / "plan.json").write_text(text, encoding="utf-8")
    plan, unchanged = read_plan(tmp_path / "plan.json")
    assert unchanged
    for language, state in (("en", "on assistance"), ("nb", "på sosialhjelp")):
        page = write_markdown(document_of(plan, language))
        assert (state in page) == (filed is not None)


def test_a_plan_needs_a_design_and_a_date(tmp_path):
    build(tmp_path)
    document = parse(read_file(tmp_path / "evaluation.yaml"), "e.yaml")
    said = build_record(document, EvaluationFile)
    with pytest.raises(RequestError, match="did you mean 'lottery'"):
        write_plan(document, said, "lotery")
    with pytest.raises(RequestError, match="begins"):
        write_plan(document, said, "lottery")
