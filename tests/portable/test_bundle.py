"""Modules put into one script do what they do as modules."""

from __future__ import annotations

import json
import subprocess

import pytest

from pilotsim.portable import LIBRARIES, MODEL_LIBRARIES
from pilotsim.portable.bundle import bundle, script_for
from tests.portable.outside import need


def test_the_library_is_one_script_that_imports_nothing(tmp_path):
    (node,) = need("node")
    page = tmp_path / "page.mjs"
    page.write_text(
        "import { EngineError } from './memory.mjs'\n"
        "import { meanOf as mean } from '../portable/statistics.mjs'\n"
        "console.log(JSON.stringify([mean([1, 2, 6]), new EngineError('x', 2).status]))\n"
    )
    text = bundle((*LIBRARIES, *MODEL_LIBRARIES), "library") + script_for(
        page, dict.fromkeys(("memory", "statistics"), "library")
    )
    (tmp_path / "script.cjs").write_text(text)
    done = subprocess.run(
        [node, str(tmp_path / "script.cjs")], capture_output=True, text=True, check=True
    )
    assert json.loads(done.stdout) == [3, 2]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("import { a } from './other.mjs'", "other.mjs, which is not there yet"),
        ("import a from './other.mjs'", "cannot stand in a script: import a"),
        ("export default 1", "cannot stand in a script: export default"),
        ("const a = '</script>'", "cannot stand in a script: </script"),
    ],
)
def test_what_cannot_stand_in_a_script_is_refused(tmp_path, text, says):
    (tmp_path / "one.mjs").write_text(text)
    with pytest.raises(ValueError, match=says):
        bundle([tmp_path / "one.mjs"], "library")


def test_a_name_that_two_modules_export_is_refused(tmp_path):
    files = [tmp_path / "one.mjs", tmp_path / "two.mjs"]
    for file in files:
        file.write_text("export const a = 1")
    with pytest.raises(ValueError, match=r"two\.mjs exports again: a"):
        bundle(files, "library")
