"""Words that a reader is told are those that people who run a pilot use themselves."""

import re
import tomllib
from pathlib import Path

import pytest

from pilotsim.files.yaml import parse, read_file

ROOT = Path(__file__).parent.parent.parent
FILES = sorted(
    file
    for folder in (
        "configs",
        "configs/programmes",
        "experiments",
        "experiments/flows",
        "docs/systems/notes",
    )
    for file in (ROOT / folder).glob("*.yaml")
)
# What is said of speeds and stocks as an engineer does, or translated word for word.
STIFF = re.compile(
    r"fra det ukjente|til det ukjente|\bfart(en)? (til|ut)\b|beholdning|\bhenger på\b|[Hh]vor oftere|etter dager\b"
)
# A client is the unit of registers, of plans and of how the model works; people are participants or recipients.
CLIENT = re.compile(r"\bklient", re.IGNORECASE)
UNITS = (
    "stress",
    "odd",
    "verification",
    "release",
    "register",
    "plan",
    "worth",
    "pooled",
    "arms",
    "mend",
    "topic",
    "means_client",
)
QUOTED = re.compile(
    r"«[^»]*»|^Antall sosialklienter skal reduseres.*|^Rapporten regner med 116 færre klienter|^Som om hver klient var trukket"
)


def norwegian(value):
    """Yield every Norwegian text of a file."""
    if isinstance(value, dict):
        if isinstance(value.get("nb"), str):
            yield value["nb"]
        for one in value.values():
            yield from norwegian(one)
    elif isinstance(value, list):
        for one in value:
            yield from norwegian(one)


def phrases():
    content = tomllib.loads((ROOT / "src/pilotsim/language/nb.toml").read_text(encoding="utf-8"))
    return {
        key: text
        for part in content["phrases"].values()
        for key, text in part.items()
        if isinstance(text, str)
    }


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_file_names_things_in_plain_words(file):
    texts = list(norwegian(parse(read_file(file), file.name).content))
    assert [text for text in texts if STIFF.search(text)] == []
    assert [text for text in texts if CLIENT.search(QUOTED.sub("", text))] == []


def test_phrases_are_plain_too():
    told = phrases()
    assert len(told) > 1000
    assert {key: text for key, text in told.items() if STIFF.search(text)} == {}
    found = {
        key: text for key, text in told.items() if CLIENT.search(text) and not key.startswith(UNITS)
    }
    assert found == {}


def test_what_is_stiff_is_found():
    """The control."""
    assert STIFF.search("Tilbake fra det ukjente")
    assert STIFF.search("Innvandrer: fart til arbeid")
    assert CLIENT.search("Klienter per medarbeider")
    assert not CLIENT.search(QUOTED.sub("", "Hva betyr «om lag 116 klienter»?"))
