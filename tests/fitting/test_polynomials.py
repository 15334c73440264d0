"""The numbers of the elementary functions are those that their derivation gives."""

import ast
from pathlib import Path

import pilotsim.base.polynomials
from fitting import polynomials


def numbers_in(source: str) -> list[float]:
    return [
        node.value
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Constant) and isinstance(node.value, int | float)
    ]


def test_the_committed_polynomials_are_those_of_the_derivation():
    committed = Path(pilotsim.base.polynomials.__file__).read_text(encoding="utf-8")
    derived = polynomials.source()
    assert len(numbers_in(committed)) > 250
    assert numbers_in(committed) == numbers_in(derived)


def test_each_is_as_near_as_its_function_asks():
    fits = [one if isinstance(one, polynomials.Fit) else one[0] for one in polynomials.all_fits()]
    assert {fit.name for fit in fits if fit.error > 2.0**-53} == set()
