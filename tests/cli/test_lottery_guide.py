"""The guide of the commonest case stays true: its file, its commands and the numbers that it shows."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from pilotsim.cli import commands
from tests.cli.lottery_register import DRAWN, OTHERS, write_register

ROOT = Path(__file__).parents[2]
GUIDES = {"en": "lottery_155.md", "nb": "lottery_155_nb.md"}
BLOCK = re.compile(r"```(\w+)\n(.*?)```", re.DOTALL)


def blocks_of(language):
    text = (ROOT / "docs" / GUIDES[language]).read_text(encoding="utf-8")
    return text, BLOCK.findall(text)


def plain(text):
    """Words alone: terminals break lines and align columns by their width."""
    return re.sub(r"\s+", " ", text.replace("\u00a0", " "))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    place = tmp_path_factory.mktemp("guide")
    (place / "configs").symlink_to(ROOT / "configs")
    write_register(place / "register.csv")
    return place


@pytest.mark.slow
@pytest.mark.parametrize("language", GUIDES)
def test_each_command_prints_what_stands_below_it(folder, language, monkeypatch):
    text, blocks = blocks_of(language)
    monkeypatch.chdir(folder)
    # The same register is told once by each plan: a later page would be held against the first.
    (folder / "register.csv.releases.json").unlink(missing_ok=True)
    (kind, file), *rest = blocks
    assert kind == "yaml"
    Path("lottery.yaml").write_text(file, encoding="utf-8")
    ran = []
    for kind, block in rest:
        if kind == "sh":
            words = shlex.split(block)
            found = CliRunner().invoke(commands, words[1:])
            assert found.exit_code == 0, found.output
            ran.append(" ".join(words[1:3]) if words[1] == "register" else words[1])
            continue
        for line in block.strip().splitlines():
            assert plain(line) in plain(found.output)
    assert ran == ["evaluate", "plan", "register check", "estimate"]
    for people, in_work in (DRAWN, OTHERS):
        assert str(people) in text
        assert str(in_work) in text


def test_both_languages_show_the_same_file_and_commands():
    shown = {
        language: [re.sub(r"--language \w+", "", block) for kind, block in blocks if kind != "text"]
        for language, (_, blocks) in ((one, blocks_of(one)) for one in GUIDES)
    }
    assert shown["en"] == shown["nb"]
