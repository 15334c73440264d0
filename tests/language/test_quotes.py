"""What is quoted within a quotation has inner marks, in Python and in a page."""

import pytest

from pilotsim.language.catalogue import say
from tests.portable.test_steps import LIVE, call

PHRASES = [
    ("«{words}»", "Kurset «Klart jeg kan»", "«Kurset ‘Klart jeg kan’»"),
    ("“{words}”", "The course “I can”", "“The course ‘I can’”"),
    ("”{words}”", "Kursen ”Jag kan”", "”Kursen ’Jag kan’”"),
    # Behind a quotation that is closed, and in front of one, marks stay.
    ("«a» og {words} «b»", "«c»", "«a» og «c» «b»"),
    ("”a” och {words} ”b”", "”c”", "”a” och ”c” ”b”"),
    ("{words}", "Kurset «Klart jeg kan»", "Kurset «Klart jeg kan»"),
    ("«{words}»", "Kurs", "«Kurs»"),
]


@pytest.mark.parametrize(("phrase", "words", "said"), PHRASES)
def test_a_quotation_within_one_has_inner_marks(phrase, words, said, monkeypatch):
    from pilotsim.language.catalogue import catalogue_of

    monkeypatch.setitem(catalogue_of("nb").phrases, "quoted", phrase)
    assert say("quoted", "nb", words=words) == said


def test_a_page_fills_in_phrases_as_the_program_does():
    asked = [["elements", "fill", [phrase, {"words": words}]] for phrase, words, _ in PHRASES]
    assert call(asked, LIVE) == [said for _, _, said in PHRASES]


def test_the_languages_quote_with_their_own_marks():
    assert say("quoted", "nb", words="«Ja»-valget") == "«‘Ja’-valget»"
    assert say("quoted", "sv", words="”Ja”-valet") == "”’Ja’-valet”"
