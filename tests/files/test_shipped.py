"""A file as somebody named it: what stands here comes first, then what comes with the program."""

from __future__ import annotations

from pathlib import Path

import pytest

import pilotsim
from pilotsim.base.errors import RequestError
from pilotsim.cli import main
from pilotsim.files.shipped import here_or_shipped, shipped

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def test_an_example_is_found_by_name_and_by_its_place():
    for name in ("alna_aktiv", "configs/alna_aktiv.yaml", Path("configs", "alna_aktiv.yaml")):
        assert here_or_shipped(name) == shipped("configs/alna_aktiv.yaml")


@pytest.mark.parametrize("own", ["alna_aktiv", "alna_aktiv.yaml", "alna_aktiv.yml"])
def test_a_file_of_the_name_that_stands_here_is_never_passed_over(own):
    """Somebody who has changed a copy and forgets its end would get the numbers of another flow."""
    Path(own).write_text("changed")
    assert here_or_shipped("alna_aktiv") == Path("alna_aktiv")
    assert here_or_shipped(own) == Path(own)


@pytest.mark.parametrize(
    "name",
    ["alna_aktiv.yaml", "configs/none.yaml", "../configs/alna_aktiv.yaml", "/configs/a.yaml"],
)
def test_what_names_a_file_of_ones_own_stays_as_it_is(name):
    assert here_or_shipped(name) == Path(name)


def test_nearly_a_name_is_answered_with_what_was_meant(capsys):
    with pytest.raises(RequestError, match="did you mean 'alna_aktiv'"):
        here_or_shipped("alna_activ")
    with pytest.raises(SystemExit):
        main(["values", "alna_activ"])
    assert "mente du 'alna_aktiv'" in capsys.readouterr().err


def test_it_is_said_where_an_example_stands(capsys):
    main(["values", "ips_team", "starts", "--language", "en"])
    said = capsys.readouterr()
    assert f"ips_team comes with the program: {shipped('configs/ips_team.yaml')}" in said.err
    assert "starts" in said.out


@pytest.mark.parametrize(
    ("read", "name"),
    [
        ("read_flow", "alna_aktiv"),
        ("read_study", "alna_caseload"),
        ("read_problem", "alna_places"),
        ("read_evaluation", "alna_aktiv_evaluation"),
        ("plan", "alna_aktiv_evaluation"),
    ],
)
def test_what_reads_a_file_knows_examples_by_name(read, name):
    assert getattr(pilotsim, read)(name) is not None
    with pytest.raises(pilotsim.RequestError, match=f"did you mean '{name}'"):
        getattr(pilotsim, read)(f"{name}x")
