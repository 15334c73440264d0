"""A path that leads nowhere is answered with those near to it, by path or by name."""

import pytest

from pilotsim.cli import main
from pilotsim.files.reading import read_text
from pilotsim.files.settable import SettableValues
from pilotsim.language.near_paths import near_paths
from pilotsim.output.views import document_of
from tests.output.test_figures import PILOT


def test_a_path_is_found_by_its_name_in_the_language():
    flow = read_text(PILOT)
    assert near_paths(flow, "klienter per veileder", "nb")[0].startswith(
        "resources.adviser.caseload (Klienter per veileder: 9"
    )
    assert near_paths(flow, "clients per adviser", "en")[0].startswith("resources.adviser.caseload")


def test_a_slip_in_a_path_is_found():
    flow = read_text(PILOT)
    assert near_paths(flow, "resources.plase.units", "en")[0].startswith("resources.place.units")
    assert near_paths(flow, "zzzz", "en") == []


def test_the_command_line_lists_them(tmp_path, capsys):
    file = tmp_path / "pilot.yaml"
    file.write_text(PILOT, encoding="utf-8")
    with pytest.raises(SystemExit) as done:
        main(["check", str(file), "--set", "adviser=3", "--language", "en"])
    assert done.value.code == 2
    said = capsys.readouterr().err
    assert "Near it stand:" in said
    assert "resources.adviser.caseload (Clients per adviser: 9)" in said


@pytest.mark.parametrize(
    ("words", "there", "away"),
    [
        ((), ["starts", "resources.place.units", "stages.referred.opens.first"], []),
        (("adviser",), ["resources.adviser.caseload"], ["resources.place.units"]),
        (("klienter", "veileder"), ["resources.adviser.caseload"], ["starts"]),
    ],
)
def test_what_can_be_set_is_listed_by_words(words, there, away):
    settable = SettableValues(read_text(PILOT), words)
    (table,) = document_of(settable, "nb").tables()
    paths = [row.cells[0].value for row in table.rows()]
    assert set(there) <= set(paths)
    assert not set(away) & set(paths)
