from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilotsim.base.errors import Fault, FlowError
from pilotsim.files.yaml import DEEPEST, MAX_BYTES, YamlDocument, parse, read_file


def content(text):
    document = parse(text, "f.yaml")
    assert document.faults == []
    return document.content


def faults(text):
    """What is refused, whether or not the rest could be read."""
    try:
        return [str(fault) for fault in parse(text, "f.yaml").faults]
    except FlowError as error:
        return str(error).splitlines()


# Words stay as they are written.


REPOSITORY = Path(__file__).parents[2]
# What is held to be refused is refused by others as well.
FILES_FOR_OTHERS = sorted(
    file
    for place in ("configs", "experiments", "tests/cases", "benchmarks")
    for file in (REPOSITORY / place).rglob("*.yaml")
    if "invalid" not in file.parts
)


@pytest.mark.parametrize("file", FILES_FOR_OTHERS, ids=lambda file: file.stem)
def test_every_file_can_be_read_by_the_usual_library(file):
    """By YAML 1.1 too, in which no plain word within brackets ends with a question mark."""
    yaml = pytest.importorskip("yaml")
    read = yaml.safe_load(file.read_text(encoding="utf-8"))
    assert [str(key) for key in read] == [*parse_file(file)]


def parse_file(file):
    return parse(file.read_text(encoding="utf-8"), str(file)).content


def test_words_that_other_readers_change_stay_words():
    words = [
        "NO",
        "no",
        "yes",
        "on",
        "off",
        "y",
        "2015-01-01",
        "12:30",
        "1.2.3",
        "30 %",
        "1e5x",
        "~x",
        ".inf",
        ".nan",
        "-.INF",
    ]
    assert content(f"[{', '.join(words)}]") == words


def test_numbers_truth_and_nothing_are_read():
    assert content("[0, 155, -3, +4, 2.5, 1e3, 0.30, 123456789012345678]") == [
        0,
        155,
        -3,
        4,
        2.5,
        1000.0,
        0.3,
        123456789012345678,
    ]
    assert content("[true, True, FALSE, null, ~, ]") == [True, True, False, None, None]
    assert content("['155', \"true\", 'null', '0301']") == ["155", "true", "null", "0301"]


def test_too_large_number_is_infinite_and_left_to_the_reader_of_values():
    assert content("[1e999, -1e999]") == [float("inf"), float("-inf")]
    assert content("9" * 5000) == float("inf")


def test_text_over_several_lines_is_kept():
    assert content("a: |\n  one\n  two\nb: >\n  one\n  two\n") == {
        "a": "one\ntwo\n",
        "b": "one two\n",
    }


def test_alias_repeats_what_its_anchor_holds():
    assert content("a: &x {b: 1}\nc: *x\n") == {"a": {"b": 1}, "c": {"b": 1}}


def test_keys_are_words():
    assert content("2015-07-01: 1\n50 %: 2\n1: 3\nnull: 4\ntrue: 5\n") == {
        "2015-07-01": 1,
        "50 %": 2,
        "1": 3,
        "null": 4,
        "true": 5,
    }


# Every key and value has its place.


def test_places_are_counted_from_1():
    document = parse("a:\n  b: 1\n  c: [x, {d: 2}]\n", "f.yaml")
    assert document.keys == {
        ("a",): (1, 1),
        ("a", "b"): (2, 3),
        ("a", "c"): (3, 3),
        ("a", "c", "1", "d"): (3, 11),
    }
    assert document.values == {
        (): (1, 1),
        ("a",): (2, 3),
        ("a", "b"): (2, 6),
        ("a", "c"): (3, 6),
        ("a", "c", "0"): (3, 7),
        ("a", "c", "1"): (3, 10),
        ("a", "c", "1", "d"): (3, 14),
    }


def test_fault_stands_at_the_nearest_place_above():
    document = parse("a:\n  b: 1\n", "f.yaml")
    assert document.fault(("a", "b", "c"), "x") == Fault("f.yaml", 2, 3, "a.b.c", "x")
    assert document.fault(("z",), "x") == Fault("f.yaml", 1, 1, "z", "x")
    assert YamlDocument("f.yaml").fault(("z",), "x") == Fault("f.yaml", 0, 0, "z", "x")


def test_path_goes_as_far_as_the_content():
    document = parse("a:\n  b: [1, 2]\n", "f.yaml")
    assert document.nearest(("a", "b", "1")) == ("a", "b", "1")
    assert document.nearest(("a", "b", "2")) == ("a", "b")
    assert document.nearest(("a", "b", "1", "bool")) == ("a", "b", "1")
    assert document.nearest(("a", "c", "d")) == ("a",)


# What is refused.


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "a: !!python/object/apply:os.system [ls]",
            "f.yaml:1:4  a: tags are not allowed; remove '!!python/object/apply:os.system'",
        ),
        (
            "a: !!python/tuple [1, 2]",
            "f.yaml:1:4  a: tags are not allowed; remove '!!python/tuple'",
        ),
        ("a: !!set {x, y}", "f.yaml:1:4  a: tags are not allowed; remove '!!set'"),
        ("a: !!binary aGVp", "f.yaml:1:4  a: tags are not allowed; remove '!!binary'"),
        ("a: !own x", "f.yaml:1:4  a: tags are not allowed; remove '!own'"),
        ("a: !!bool maybe", "f.yaml:1:1  a: tags are not allowed; remove '!!bool'"),
        ("a: !!null x", "f.yaml:1:1  a: tags are not allowed; remove '!!null'"),
        (
            "!!python/name:os.system : 1",
            "f.yaml:1:1  tags are not allowed; remove '!!python/name:os.system'",
        ),
        (
            "a: {<<: {b: 1}}",
            "f.yaml:1:5  a: merge keys (<<) are not part of YAML 1.2; write the keys out",
        ),
        ("a: 1\nb: 2\na: 3", "f.yaml:3:1  a: the key stands twice; first on line 1"),
        ("? [a, b]\n: c", "f.yaml:1:3  expected a word as key"),
        (
            "a: 0301",
            "f.yaml:1:1  a: '0301' starts with 0; put a code in quotes ('0301'), or leave the 0 out",
        ),
        (
            "a: -007",
            "f.yaml:1:1  a: '-007' starts with 0; put a code in quotes ('-007'), or leave the 0 out",
        ),
        (
            "%YAML 1.1\n---\na: NO",
            "f.yaml:1:1  a line that begins with % would change what the words mean; remove it",
        ),
        (
            "# hi\n\n%TAG ! x\n---\na: 1",
            "f.yaml:3:1  a line that begins with % would change what the words mean; remove it",
        ),
        ("a: &x 1\nb: &x 2", "f.yaml:2:1  the anchor 'x' stands twice"),
        ("a: *x", "f.yaml:1:4  found undefined alias 'x'; put words that begin with * in quotes"),
        (
            "a: &x [*x]",
            "f.yaml:1:4  a.0: is part of itself: an alias (*name) stands inside its own anchor (&name)",
        ),
        (
            "a:\n\tb: 1",
            "f.yaml:2:1  a tab stands where YAML wants spaces; replace each tab by two spaces",
        ),
        (
            "a: x\n\tb: 1",
            "f.yaml:2:1  a tab stands where YAML wants spaces; replace each tab by two spaces",
        ),
        ("a: 'x", "f.yaml:1:4  the quote that opens here is never closed"),
        (
            "a: [1, 2\nb: 3",
            "f.yaml:1:4  the list [ that opens here is not closed by ], or lacks a comma",
        ),
        ("a: {b: 1}}", "f.yaml:1:10  a } closes what was never opened; is there one too many?"),
        (
            "a: 1\n  x\n b: 2\n",
            "f.yaml:3:3  a colon where no key can stand: put words that hold a colon in quotes, or several keys on one line in { }; write a space after each colon; check the indentation",
        ),
        (
            "  a: 1\nb: 2",
            "f.yaml:2:1  does not fit the lines above; check the indentation, and that each key has a colon",
        ),
        ("a: |x", "f.yaml:1:5  words cannot begin with | or >; put them in quotes"),
        ("a: &\n", "f.yaml:1:5  words cannot begin with &; put them in quotes"),
        ("a: @x", "f.yaml:1:4  words cannot begin with @; put them in quotes"),
        (
            "a: - x",
            "f.yaml:1:4  a list begins on a line of its own; write the '-' on the next line",
        ),
        ('a: "\\d"', "f.yaml:1:6  a backslash in double quotes begins a code; use single quotes"),
        ("a: 1\n---\nb: 2", "f.yaml:2:1  a second document begins here; a file holds one flow"),
        ("a: \x07", "f.yaml:1:1  holds a character that YAML does not allow"),
        ("", "f.yaml:1:1  the file is empty; expected a flow"),
        ("[" * 100_000, "f.yaml  is nested too deeply"),
    ],
)
def test_what_is_refused_is_refused_in_these_words(text, message):
    assert faults(text) == [message]


def test_all_that_is_refused_is_named_at_once():
    assert len(faults("a: !x 1\na: 2\nb: 01\nc: {<<: {}}\n")) == 4


@pytest.mark.parametrize("levels", [DEEPEST - 1, DEEPEST])
def test_nesting_has_a_limit(levels):
    text = "[" * (levels + 1) + "1" + "]" * (levels + 1)
    deep = levels + 1 > DEEPEST
    assert faults(text) == (
        [f"f.yaml:1:{DEEPEST + 2}  0.0.0.0: is nested too deeply: more than {DEEPEST} levels"]
        if deep
        else []
    )


def test_aliases_of_aliases_unfold_to_a_limit():
    rows = ["a: &a [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]"]
    rows += [
        f"{name}: &{name} [{', '.join([f'*{before}'] * 10)}]"
        for before, name in zip("abcd", "bcde", strict=True)
    ]
    assert (
        "unfolds to more than 40,000 values; are aliases used in aliases?"
        in faults("\n".join(rows))[0]
    )


# Files.


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_file_is_unicode_text(tmp_path, encoding):
    (tmp_path / "f.yaml").write_bytes("tittel: Kartlegging på Ålesund\n".encode(encoding))
    assert read_file(tmp_path / "f.yaml") == "tittel: Kartlegging på Ålesund\n"


def test_line_endings_of_windows_are_lines():
    assert content("a: 1\r\nb: 2\r\n") == {"a": 1, "b": 2}


def test_file_may_be_as_large_as_the_limit_and_no_larger(tmp_path):
    file = tmp_path / "f.yaml"
    file.write_bytes(b"#" * MAX_BYTES)
    assert len(read_file(file)) == MAX_BYTES
    file.write_bytes(b"#" * (MAX_BYTES + 1))
    with pytest.raises(FlowError, match="holds 524,289 bytes; a flow file holds at most 524,288"):
        read_file(file)


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="this system has no file without end")
def test_file_without_end_is_refused():
    with pytest.raises(FlowError, match="holds more than 524,288 bytes"):
        read_file("/dev/zero")


# Whatever the text, it is read or refused.

ALPHABET = st.sampled_from(
    list("ab:-,[]{}&*!|>'\"%@`#?\n \t0123.~<=")
    + ["\n  ", ": ", "- ", "a: ", "\u2028", "\ufeff", "---\n"]
)


@given(st.lists(ALPHABET, max_size=60).map("".join) | st.text(max_size=60))
def test_any_text_is_read_or_refused(text):
    try:
        document = parse(text, "f.yaml")
    except FlowError as error:
        assert error.faults
        return
    assert all(fault.line > 0 for fault in document.faults)
