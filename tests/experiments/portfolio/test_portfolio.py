"""Portfolios: what is common is drawn in common, and who works changes nothing."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from pilotsim.base.errors import FlowError, RunError
from pilotsim.experiments.portfolio import portfolio, read_portfolio
from pilotsim.experiments.portfolio.execute import VALUES, PortfolioRun
from pilotsim.output.views import document_of
from pilotsim.runs import Local, Store
from pilotsim.runs.store import what_flows_rest_on
from tests.experiments.portfolio.small import (
    APART,
    FILES,
    FLOW,
    MUNICIPALITY,
    PORTFOLIO,
    SIZES,
    write_portfolios,
)
from tests.experiments.study.test_processes import (  # noqa: F401  (cluster is a fixture)
    PATIENCE,
    cluster,
    posix_only,
    start,
    wait_for,
)

ROOT = Path(__file__).parent.parent.parent.parent


@pytest.fixture(scope="module")
def files(tmp_path_factory) -> Path:
    return write_portfolios(tmp_path_factory.mktemp("portfolio"))


def run_of(file: Path, folder: Path, *, jobs: int = 1) -> PortfolioRun:
    return portfolio(read_portfolio(file), folder, workers=Local(jobs))


@pytest.fixture(scope="module")
def four(files, tmp_path_factory) -> PortfolioRun:
    return run_of(files / "four.yaml", tmp_path_factory.mktemp("four") / "run")


@pytest.fixture(scope="module")
def apart(files, tmp_path_factory) -> PortfolioRun:
    return run_of(files / "apart.yaml", tmp_path_factory.mktemp("apart") / "run")


def bits(folder: Path) -> bytes:
    return (folder / "results" / VALUES).read_bytes()


def test_each_district_and_the_sum_are_counted_in_each_scenario(four):
    assert four.values.shape == (3, 4, 1, 200)
    assert np.isfinite(four.values).all()
    assert np.array_equal(four.totals[:, 0], four.values[:, :, 0].sum(axis=1))
    people = four.values[0, :, 0].mean(axis=1)
    assert people[0] > people[2]


def test_what_one_district_gets_changes_it_and_leaves_the_others(four):
    before, after = four.values[0, :, 0], four.values[2, :, 0]
    assert not np.array_equal(before[3], after[3])
    assert np.array_equal(before[:3], after[:3])


def test_a_shared_leader_moves_all_districts(four):
    assert all(not np.array_equal(four.values[0, d, 0], four.values[1, d, 0]) for d in range(4))


def test_districts_of_a_table_have_clients_of_their_own_and_assumptions_in_common(apart):
    """Two of the same size: their counts differ, and move together with the speed to work.

    200 runs: without anything in common it is above 0.3 in fewer than one of 10,000 seeds.
    """
    first, second = apart.values[0, 0, 0], apart.values[0, 1, 0]
    assert not np.array_equal(first, second)
    assert np.corrcoef(first, second)[0, 1] > 0.3
    assert apart.common_share(0, 0) > 0.3


def test_what_is_set_for_all_is_drawn_no_more_and_nothing_is_in_common_then(files, tmp_path):
    """The control: with the common speed set to a number, sizes and clients alone remain."""
    file = files / "control.yaml"
    file.write_text(APART.replace("portfolio: apart", "portfolio: control"), encoding="utf-8")
    found = run_of(file, tmp_path / "run")
    first, second = found.values[1, 0, 0], found.values[1, 1, 0]
    assert abs(np.corrcoef(first, second)[0, 1]) < 0.3


def test_a_district_less_moves_no_other(files, tmp_path, apart):
    whole = read_portfolio(files / "apart.yaml")
    fewer = replace(whole, districts=whole.districts[:2])
    found = portfolio(fewer, tmp_path / "run", workers=Local(1))
    assert np.array_equal(found.values, apart.values[:, :2])


@posix_only
def test_two_workers_of_which_one_is_killed_give_the_bits_of_one_process(
    files,
    four,
    apart,
    cluster,  # noqa: F811
    tmp_path,
):
    address, started = cluster(2)
    module = "tests.experiments.portfolio.on_cluster"
    process = start(module, files, tmp_path, address, "four", "apart", cwd=tmp_path)
    wait_for(lambda: len(Store(tmp_path / "four").block_files()) >= 2, process)
    started.workers[0].kill()
    _, fault = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, fault
    assert started.workers[0].poll() is not None
    for name, whole in (("four", four), ("apart", apart)):
        assert bits(tmp_path / name) == bits(whole.folder)


def test_a_run_that_stands_is_read_and_not_run_again(files, apart):
    told = []
    again = portfolio(read_portfolio(files / "apart.yaml"), apart.folder, progress=told.append)
    assert told == []
    assert np.array_equal(again.values, apart.values)


@pytest.mark.parametrize(
    ("name", "old", "new", "says"),
    [
        (
            "municipality.yaml",
            "value: 5 % per month, low: 2",
            "value: 6 % per month, low: 3",
            "flow: risks.job.rate was 5 % per month, is 6 % per month; risks.job.rate.low was 2, is 3.",
        ),
        (
            "apart.yaml",
            "10 % per",
            "12 % per",
            "twice.set.risks.job.rate was 10 % per month, is 12",
        ),
        ("sizes.csv", "c,10,8,12", "c,11,8,12", "districts: c.groups.people.stock was 10, is 11"),
    ],
)
def test_a_refusal_names_what_changed(tmp_path, name, old, new, says):
    write_portfolios(tmp_path)
    read = read_portfolio(tmp_path / "apart.yaml")
    portfolio(replace(read, replications=20), tmp_path / "run", workers=Local(1))
    text = FILES[name]
    assert old in text
    (tmp_path / name).write_text(text.replace(old, new, 1), encoding="utf-8")
    changed = replace(read_portfolio(tmp_path / "apart.yaml"), replications=20)
    with pytest.raises(RunError, match=re.escape(says)):
        portfolio(changed, tmp_path / "run", workers=Local(1))


def test_results_of_somebody_else_are_not_replaced(files, tmp_path):
    own = tmp_path / "results" / "interviews.csv"
    own.parent.mkdir()
    own.write_text("years of work", encoding="utf-8")
    with pytest.raises(RunError, match="results holds something else, which would be lost"):
        run_of(files / "apart.yaml", tmp_path)
    assert own.read_text(encoding="utf-8") == "years of work"


def test_a_folder_of_another_portfolio_is_refused(files, apart):
    with pytest.raises(RunError, match="name another folder"):
        portfolio(read_portfolio(files / "four.yaml"), apart.folder, workers=Local(1))


@pytest.mark.parametrize(
    ("name", "old", "new", "told"),
    [
        ("four.yaml", "in_stage: this_work", "in_stage: this_wrok", "did you mean"),
        ("four.yaml", "like: two}", "like: tow}", "the flow has no scenario 'tow'; did you mean"),
        ("four.yaml", "only: west", "only: wset", "there is no district 'wset'; did you mean"),
        (
            "apart.yaml",
            "Twice as fast,",
            "Twice as fast, only: [a, aa],",
            "there is no district 'aa'",
        ),
        ("four.yaml", "like: two}", "like: two, only: west}", "changes the flow of all districts"),
        (
            "four.yaml",
            "flow: flow.yaml",
            "flow: municipality.yaml",
            "expected a table of districts",
        ),
        (
            "four.yaml",
            "{count: {in_stage: this_work, at: end}}",
            "{share: {state: work}}",
            "a count",
        ),
        ("apart.yaml", "districts: sizes.csv", "districts: size.csv", "no such file"),
        ("sizes.csv", "people.stock,", "people.stok,", "did you mean"),
    ],
)
def test_a_fault_says_where_it_stands_and_what_was_meant(tmp_path, name, old, new, told):
    folder = write_portfolios(tmp_path / "files")
    text = {"four.yaml": PORTFOLIO, "apart.yaml": APART, "sizes.csv": SIZES, "flow.yaml": FLOW}
    (folder / name).write_text(text[name].replace(old, new), encoding="utf-8")
    with pytest.raises(FlowError) as caught:
        read_portfolio(folder / ("apart.yaml" if name == "sizes.csv" else name))
    fault = caught.value.faults[0]
    assert told in str(fault.message), fault
    assert Path(fault.file).name == name
    assert fault.line > 0


def test_the_document_shows_districts_and_sum(four):
    document = document_of(four, "en")
    text = "\n".join(
        block.text
        for section in document.sections
        for block in section.blocks
        if hasattr(block, "text")
    )
    assert "in 4 districts" in text
    assert [*document.record["outcomes"][0]["districts"]] == ["north", "south", "east", "west"]


@pytest.mark.parametrize("name", ["oslo_four", "national"])
def test_the_portfolios_that_come_along_are_sound(name):
    found = read_portfolio(ROOT / "districts" / f"{name}.yaml")
    assert len(found.districts) == {"oslo_four": 4, "national": 357}[name]


def test_a_run_goes_by_the_library_that_told_its_holidays(tmp_path):
    folder = write_portfolios(tmp_path / "files")
    flow, file = folder / "municipality.yaml", folder / "apart.yaml"
    flow.write_text(MUNICIPALITY.replace("flow: one", "flow: one\ncalendar: DE"), encoding="utf-8")
    file.write_text(APART.replace("replications: 200", "replications: 2"), encoding="utf-8")
    read = read_portfolio(file)
    run = portfolio(read, tmp_path / "run", workers=Local(1))
    told = Store(run.folder).read_manifest()
    assert told is not None
    assert told.identity == {**read.identity, **what_flows_rest_on([read.flow])}
    assert len(told.identity) > len(read.identity)
