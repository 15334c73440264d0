"""What the program says: every language complete, every key asked for there, every key asked for."""

import ast
import re
import string
import tomllib
from datetime import date
from pathlib import Path
from typing import get_args

import numpy as np
import pytest

from pilotsim.base.errors import RequestError
from pilotsim.base.languages import LANGUAGES
from pilotsim.base.messages import Message, join_messages
from pilotsim.judge.words import CERTAIN, IMPOSSIBLE, LIKELY, UNCERTAIN, UNLIKELY
from pilotsim.language.catalogue import catalogue_of, say, translate
from pilotsim.language.numbers import format_date, format_number
from pilotsim.model.fields import State

SOURCE = Path(__file__).parent.parent.parent / "src" / "pilotsim"
ENGLISH = "en"
# Functions whose first argument is a key of the catalogue.
ASKING = ("say", "_say", "phrase")
# Beginnings of keys that are put together from a word of a record, which other tests hold.
BEGUN = ("path_", "estimator_")


def texts_in(node: ast.AST) -> set[str]:
    """The texts that an expression may come to; what it compares with is none of them."""
    if isinstance(node, ast.Constant):
        return {node.value} if isinstance(node.value, str) else set()
    if isinstance(node, ast.Compare | ast.Subscript | ast.Attribute | ast.Call):
        return set()
    return set().union(*(texts_in(child) for child in ast.iter_child_nodes(node)))


def calls_of(*functions: str) -> list[ast.Call]:
    """Every call of these functions in the program that has an argument."""
    found = []
    for file in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and node.args:
                name = getattr(node.func, "id", getattr(node.func, "attr", ""))
                if name in functions:
                    found.append(node)
    return found


def parts_of(sentence: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name}


def test_each_language_is_one_file():
    assert {file.stem for file in (SOURCE / "language").glob("*.toml")} == set(LANGUAGES)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_language_has_the_same_sections_keys_and_parts_as_english(language):
    def content(code):
        text = (SOURCE / "language" / f"{code}.toml").read_text(encoding="utf-8")
        return tomllib.loads(text)

    own, english = content(language), content(ENGLISH)
    assert own["numbers"].keys() == english["numbers"].keys()
    assert own["units"].keys() == english["units"].keys()
    assert own["phrases"].keys() == english["phrases"].keys()
    for section, phrases in english["phrases"].items():
        assert list(own["phrases"][section]) == list(phrases), section
        for key, phrase in phrases.items():
            assert own["phrases"][section][key].strip(), key
            assert parts_of(own["phrases"][section][key]) == parts_of(phrase), key


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_phrase_marks_code_which_no_page_would_show_as_such(language):
    phrases = catalogue_of(language).phrases
    assert not [key for key, phrase in phrases.items() if "`" in phrase]


def test_no_key_that_the_code_names_is_missing():
    known = set(catalogue_of(ENGLISH).phrases)
    asked = set().union(*(texts_in(call.args[0]) for call in calls_of(*ASKING)))
    begun = {key for key in asked if key.endswith(("_", "-")) and any_begins(key, known)}
    assert not asked - known - begun


def any_begins(start: str, keys: set[str]) -> bool:
    return any(key.startswith(start) for key in keys)


def test_every_key_is_asked_for_somewhere():
    """By its name, or by a beginning of it that the code completes."""
    texts: set[str] = set()
    for file in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                texts.add(node.value)
    begun = {text for text in texts if text.endswith("_") and len(text) > 2}
    idle = {
        key
        for key in catalogue_of(ENGLISH).phrases
        if key not in texts and not any(key.startswith(start) for start in begun)
    }
    assert not idle


def templates_in_the_program() -> set[str]:
    found = set()
    for call in calls_of("Message"):
        texts = texts_in(call.args[0])
        assert texts, f"a message without a template of its own: {ast.unparse(call)[:80]}"
        found |= texts
    return found


@pytest.mark.parametrize("language", [one for one in LANGUAGES if one != ENGLISH])
def test_every_message_is_translated_with_the_same_parts(language):
    messages = catalogue_of(language).messages
    wanted = templates_in_the_program()
    assert not wanted - messages.keys(), "not translated"
    assert not messages.keys() - wanted, "translated, but the program does not say it"
    for template, translation in messages.items():
        assert translation.strip()
        assert parts_of(translation) == parts_of(template), template


def test_verdicts_states_and_ends_of_a_range_have_words():
    named = {IMPOSSIBLE, UNLIKELY, UNCERTAIN, LIKELY, CERTAIN, *get_args(State)}
    assert named | {"low", "high", "unlimited"} <= set(catalogue_of("nb").phrases)
    assert say(UNLIKELY, "nb") == "lite sannsynlig"


def test_a_date_in_a_message_is_written_as_elsewhere():
    message = Message(
        "the shares add up to {total:.4g} % from {moment}; expected 100 %",
        total=9,
        moment=date(2015, 4, 2),
    )
    assert "2. april 2015" in translate(message, "nb")
    for language in LANGUAGES:
        if language != "en":
            assert format_date(date(2015, 4, 2), language) in translate(message, language)


def test_a_language_that_nobody_speaks_is_refused():
    with pytest.raises(RequestError, match="unknown language 'no'; known: en, nb, sv"):
        say("work", "no")


def test_a_message_is_its_english_sentence_and_remembers_its_parts():
    message = Message("expected {wanted:,} rows; found {found:.1f}", wanted=12000, found=0.25)
    assert message == "expected 12,000 rows; found 0.2"
    assert message.parts == {"wanted": 12000, "found": 0.25}


def test_a_message_survives_the_way_to_another_process():
    import pickle

    message = Message("found {found}", found=Message("nothing"))
    again = pickle.loads(pickle.dumps(message))
    assert again == message
    assert again.parts["found"].template == "nothing"


def test_numbers_in_a_message_are_written_as_the_language_writes_them():
    message = Message("expected {wanted:,} rows; found {found:.1f}", wanted=12000, found=-0.25)
    assert translate(message, "nb") == "expected 12\u00a0000 rows; found \u22120,2"
    assert translate(message, "en") == "expected 12,000 rows; found -0.2"
    assert translate("any other text, 0.5", "nb") == "any other text, 0.5"
    counted = Message("{count:,} rows", count=np.int64(12000))
    assert translate(counted, "nb") == "12\u00a0000 rows"


def test_what_is_counted_stands_in_the_singular_of_one():
    counts = {"points": "1", "replications": 1, "runs": "1,000", "scenarios": 2}
    said = "2 scenarios × 1 point × 1 replication: 1,000 runs"
    assert say("study_size", "en", **counts) == said
    assert "2 scenarioer × 1 punkt × 1 simulering av hvert: 1,000" in say(
        "study_size", "nb", **counts
    )


def test_messages_joined_are_each_translated():
    joined = join_messages([Message("a {x}", x=1.5), Message("b")], "; ")
    assert joined == "a 1.5; b"
    assert translate(joined, "nb") == "a 1,5; b"


def test_parts_of_a_message_are_named_for_what_they_are():
    numbered = {
        word.arg
        for call in calls_of("Message")
        for word in call.keywords
        if word.arg and word.arg.rstrip("0123456789").endswith("_")
    }
    assert not numbered


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("count", [1000, np.int64(1000)])
def test_whole_numbers_in_phrases_have_their_thousands_set_apart(language, count):
    """`1000 simuleringer` stood beside `1 000`: views hand over counts as they are."""
    told = say("how_short", language, flow="a", runs=count, seed=2014, version="1")
    assert format_number(1000, language, 0) in told
    assert "1000" not in told
    # What counts nothing stays as it is typed again.
    assert "2014" in told
    # A message quotes what stands in a file.
    assert "1000" in translate(Message("'{name}' is {number}", name="a", number=count), language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_numbers_that_stand_in_phrases_have_their_thousands_set_apart(language):
    for key, phrase in catalogue_of(language).phrases.items():
        numbers = re.findall(r"(?<![\w.,/-])[1-9]\d{3,}(?![\w/]|\.\d)", phrase)
        assert all(number[:2] in ("19", "20") for number in numbers), (key, numbers)
