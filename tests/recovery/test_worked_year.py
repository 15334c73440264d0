"""The worked year stays true: what its pages show is what its commands printed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = {"en": "worked_year.md", "nb": "worked_year_nb.md"}
REPORTS = ROOT / "reports" / "year"
BLOCK = re.compile(r"```(\w+)(?: (\w+))?\n(.*?)```", re.DOTALL)
NUMBER = re.compile(r"(?<![\w.,])\d+(?:[.,]\d+)?(?![\w])")


def page_of(language: str) -> tuple[str, list[tuple[str, str, str]]]:
    text = (ROOT / "docs" / PAGES[language]).read_text(encoding="utf-8")
    return text, BLOCK.findall(text)


def plain(text: str) -> str:
    """Words alone: terminals break lines and align columns by their width."""
    return re.sub(r"\s+", " ", text.replace("\u00a0", " ").replace("\u202f", " "))


def printed(language: str, name: str) -> str:
    file = REPORTS / ("truth.csv" if name == "truth" else f"{name}_{language}.txt")
    return plain(file.read_text(encoding="utf-8"))


@pytest.mark.parametrize("language", PAGES)
def test_each_line_shown_was_printed_by_its_command(language):
    shown = [(name, block) for kind, name, block in page_of(language)[1] if kind == "text"]
    assert len(shown) >= 6
    for name, block in shown:
        for line in block.strip().splitlines():
            assert plain(line).strip() in printed(language, name), (name, line)


@pytest.mark.parametrize("language", PAGES)
def test_each_number_in_words_stands_in_what_was_printed(language):
    """But for those of commands, links and years; the control: a number that was never printed."""
    text, _ = page_of(language)
    words = re.sub(r"\]\([^)]*\)|`[^`]*`", "", BLOCK.sub("", text))
    sources = [
        file.read_text(encoding="utf-8") for file in sorted(REPORTS.glob(f"*_{language}.txt"))
    ]
    truth = (REPORTS / "truth.csv").read_text(encoding="utf-8").replace(",", " ")
    sources.append(truth.replace(".", ",") if language == "nb" else truth)
    known = set(NUMBER.findall(plain(" ".join(sources))))
    assert [one for one in NUMBER.findall(plain(words)) if one not in known] == []
    assert "98765" not in known


def test_both_languages_show_the_same_commands():
    shown = {
        language: [
            re.sub(r"--language \w+|_(nb|en)\b", "", block)
            for kind, _, block in blocks
            if kind == "sh"
        ]
        for language, (_, blocks) in ((one, page_of(one)) for one in PAGES)
    }
    assert shown["en"] == shown["nb"]
