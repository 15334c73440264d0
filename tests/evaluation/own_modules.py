"""Modules of a user's own: written as a user saves them, allowed, and forgotten again."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from pilotsim.evaluation.estimators import registration
from pilotsim.model.own_code import ALLOWED, REGISTERED


def unregister(module: str) -> None:
    """Let nothing be registered by a module."""
    for name in [one.name for one in REGISTERED.values() if one.module == module]:
        del REGISTERED[name]
        registration._REGISTERED.pop(name, None)


def forget(module: str) -> None:
    """Be as a process that has not seen a module."""
    sys.modules.pop(module, None)
    unregister(module)


@contextmanager
def allowed_module(
    module: str, source: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[str], None]]:
    """Write a module and let files name it; what is yielded writes it anew. Then it is forgotten."""
    file = folder / f"{module}.py"
    monkeypatch.setenv(ALLOWED, str(file))

    def write(own: str) -> None:
        forget(module)
        file.write_text(own, encoding="utf-8")

    write(source)
    try:
        yield write
    finally:
        forget(module)
