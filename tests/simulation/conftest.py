"""What tests of the compiler share."""

from __future__ import annotations

import pytest

from pilotsim.simulation.engines.compiled import jit


@pytest.fixture
def nothing_compiled(monkeypatch):
    """The engine's own code is left as it is, whatever else is compiled or comes late."""
    for name in ("_compiled", "_numbering", "_foreign"):
        monkeypatch.setattr(jit, name, [])
    monkeypatch.setattr(jit, "_names", {})


@pytest.fixture
def all_ours(monkeypatch, nothing_compiled):
    """Functions of these tests count as the program's own."""
    monkeypatch.setattr(jit, "_is_ours", lambda function: True)
