"""The public names of `pilotsim.effects`: complete, documented, and fetched when first used."""

from __future__ import annotations

import pkgutil
import subprocess
import sys
from importlib import import_module

import numpy as np
import pytest

from pilotsim import effects
from pilotsim.effects import checks, estimators


def verbs() -> set[str]:
    found = set()
    for package in (checks, estimators):
        for module in pkgutil.iter_modules(package.__path__):
            own = import_module(f"{package.__name__}.{module.name}")
            for name, value in vars(own).items():
                is_verb = name.startswith(("estimate_", "check_"))
                if is_verb and value.__module__ == own.__name__:
                    found.add(name)
    return found


def test_every_estimator_and_check_is_a_public_name_on_the_page():
    assert verbs() <= set(effects.__all__)
    assert not [name for name in verbs() if f"`{name}`" not in effects.__doc__]


def test_every_public_name_is_there_with_a_docstring():
    for name in effects.__all__:
        assert getattr(effects, name).__doc__
    assert set(dir(effects)) == set(effects.__all__)


def test_an_estimator_is_called_by_its_short_name():
    # Three of four of the offered are in work and one of the four others.
    outcome, offered = np.array([1, 0, 1, 1, 0, 0, 1, 0]), np.repeat([1, 0], 4)
    found = effects.estimate_difference(outcome, offered)
    assert isinstance(found, effects.Effect)
    assert found.estimate == pytest.approx(0.5)


def test_nothing_is_imported_before_it_is_used():
    code = "import sys, pilotsim.effects; sys.exit('numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
