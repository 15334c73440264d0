"""The file by which the program is cited: valid, of this version, and no address that leads nowhere."""

from pathlib import Path

from pilotsim import __version__
from pilotsim.files.yaml import parse, read_file

FILE = Path(__file__).parent.parent / "CITATION.cff"


def test_the_citation_is_complete_and_says_that_no_address_is_public():
    said = parse(read_file(FILE), FILE.name).content
    # Those that version 1.2.0 of the format requires.
    assert {"cff-version", "message", "title", "authors"} <= set(said)
    assert str(said["version"]) == __version__
    addresses = {
        "url",
        "repository",
        "repository-code",
        "repository-artifact",
        "doi",
        "identifiers",
    }
    assert not addresses & set(said)
    assert "no public address" in said["message"]
