"""No English word is left in what readers of Norwegian and Swedish read."""

import re
from pathlib import Path

import pytest

from pilotsim.files.yaml import parse
from pilotsim.language.catalogue import catalogue_of

ROOT = Path(__file__).parent.parent.parent
FILES = sorted([*(ROOT / "configs").rglob("*.yaml"), *(ROOT / "experiments").rglob("*.yaml")])
# Words that carry an English sentence and are no words of Norwegian or Swedish.
ENGLISH = frozenset(
    [
        "the",
        "of",
        "and",
        "with",
        "which",
        "that",
        "from",
        "are",
        "is",
        "was",
        "were",
        "this",
        "these",
        "those",
        "been",
        "whose",
        "where",
        "when",
        "each",
        "there",
        "their",
        "not",
        "than",
        "it",
        "or",
        "as",
        "into",
        "who",
        "has",
        "have",
    ]
)
# Names that stand as they are in every language.
NAMES = ("Learning and Work Institute", "Department for Work and Pensions")
# What is written as it stands in a file, in marks of its own or as a key, and what is filled in.
KEPT = re.compile(r"`[^`]*`|'[^']*'|\b\w+:|\{[^{}]*\}")


def english_in(text):
    """The English words of a text, less keys in quotes, blanks and names."""
    for name in NAMES:
        text = text.replace(name, "")
    words = re.findall(r"(?<![\w.-])[a-zA-Z]+(?![\w-])", KEPT.sub("", text))
    return sorted(ENGLISH.intersection(word.lower() for word in words))


def words_of(content, language):
    """Every text of a file in a language."""
    if isinstance(content, dict):
        for key, part in content.items():
            if key == language and isinstance(part, str):
                yield part
            else:
                yield from words_of(part, language)
    elif isinstance(content, list):
        for part in content:
            yield from words_of(part, language)


def test_an_english_sentence_is_found():
    assert english_in("Andelen of those who '{of}' møter") == ["of", "those", "who"]
    assert english_in("Skriv 'of' eller `the` for {who}; Learning and Work Institute") == []


@pytest.mark.parametrize("language", ["nb", "sv"])
def test_the_catalogue_has_no_english_words(language):
    catalogue = catalogue_of(language)
    texts = {**catalogue.phrases, **catalogue.messages, **catalogue.help}
    assert len(texts) > 1000
    assert {key: found for key, text in texts.items() if (found := english_in(text))} == {}


@pytest.mark.parametrize("language", ["nb", "sv"])
def test_flows_and_experiments_have_no_english_words(language):
    texts = [
        (file.name, text)
        for file in FILES
        for text in words_of(parse(file.read_text("utf-8"), str(file)).content, language)
    ]
    assert len(texts) > 300
    assert [(*one, found) for one in texts if (found := english_in(one[1]))] == []
