"""The library of JavaScript keeps the types that its comments promise."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from pilotsim.output import live
from pilotsim.portable import HERE

# Where `make javascript` puts the checker.
TOOLS = Path(sys.prefix) / "javascript" / "node_modules"
OPTIONS = {
    "allowJs": True,
    "checkJs": True,
    "strict": True,
    "noEmit": True,
    "noUnusedLocals": True,
    "noUnusedParameters": True,
    "target": "es2023",
    "module": "nodenext",
    "lib": ["es2023", "dom", "dom.iterable"],
    "types": ["node"],
    "typeRoots": [str(TOOLS / "@types")],
}


def check(files: list[Path], folder: Path) -> subprocess.CompletedProcess[str]:
    checker = TOOLS / ".bin" / "tsc"
    if not checker.exists():
        pytest.skip("not installed: tsc; `make javascript` installs it")
    project = folder / "tsconfig.json"
    content = {"compilerOptions": OPTIONS, "files": [str(file) for file in files]}
    project.write_text(json.dumps(content))
    given = [str(checker), "--project", str(project), "--pretty", "false"]
    return subprocess.run(given, capture_output=True, text=True, check=False)


def test_types_are_kept(tmp_path):
    pages = Path(live.__file__).parent
    files = [*sorted(HERE.glob("*.mjs")), *sorted(pages.glob("*.mjs"))]
    assert len(files) > 10
    done = check(files, tmp_path)
    assert done.returncode == 0, done.stdout


def test_a_wrong_type_would_be_noticed(tmp_path):
    file = tmp_path / "wrong.mjs"
    file.write_text(
        f"import {{ meanOf }} from '{(HERE / 'statistics.mjs').as_posix()}'\nmeanOf('one')\nmeanOf(1)\n"
    )
    done = check([file], tmp_path)
    assert done.returncode != 0
    assert "wrong.mjs(3,8): error TS2345" in done.stdout
