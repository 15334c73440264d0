"""A change of more than one value is told in words, never as a piece of a file."""

import pytest

from pilotsim.files.changes import apply_changes
from pilotsim.files.yaml import parse, read_file
from pilotsim.language.changes import tell_changes

ALNA = "configs/alna_aktiv.yaml"


@pytest.mark.parametrize("language", ["nb", "en", "sv"])
def test_what_is_longer_than_a_line_is_told_in_words(language):
    document = parse(read_file(ALNA, "flow"), ALNA)
    shares = {"routing": "90 %", "off_assistance": "rest"}
    flow = apply_changes(document, {"effects": [], "stages.mapping.next": shares})
    lines = [change.line(language) for change in tell_changes(flow)]
    assert not [line for line in lines if "..." in line]
    # What fits is shown as it is written.
    assert any("off_assistance: rest" in line for line in lines)


@pytest.mark.parametrize(("language", "day"), [("nb", "1. jan. 2014"), ("en", "1 Jan 2014")])
def test_a_date_is_told_as_the_reader_writes_it(language, day):
    flow = apply_changes(parse(read_file(ALNA, "flow"), ALNA), {"starts": "2014-01-01"})
    (line,) = [one.line(language) for one in tell_changes(flow) if one.path == "starts"]
    assert line.replace("\u00a0", " ").endswith(day)
