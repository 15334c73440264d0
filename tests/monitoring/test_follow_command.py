"""The command that follows a pilot: what is set for now may be set otherwise from now on."""

from __future__ import annotations

from click.testing import CliRunner

from pilotsim.cli import commands
from tests.monitoring.small import TEXT, simulated, small_pilot, table_of, write


def test_a_change_from_now_on_stands_in_place_of_what_is_set(tmp_path):
    flow = write(tmp_path, "small.yaml", TEXT)
    counts = table_of(simulated(small_pilot(), 1, seed=6)[0], 6).replace(";Kurs (i gang)", ";Kurs")
    counted = write(tmp_path, "counts.csv", counts)
    later = "{value: 10, assumption: a, from: {2015-07-01: {value: 2, assumption: a}}}"
    words = ["follow", flow, "--counts", counted, "--set", "resources.place.units=10"]
    words += ["--then", f"resources.place.units={later}", "-n", "400", "--language", "en"]
    found = CliRunner().invoke(commands, [str(word) for word in words])
    assert found.exit_code == 0, found.output
    assert "What changes from now on can do" in found.output
    twice = CliRunner().invoke(commands, [str(word) for word in (*words, *words[4:6])])
    assert "is set twice" in str(twice.exception)
