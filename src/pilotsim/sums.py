"""Sums that a flow file writes out: numbers and names joined by + - * / and brackets, and nothing else."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Iterator

LONGEST = 500
OPERATORS: dict[type[ast.operator], tuple[Callable[[float, float], float], str]] = {
    ast.Add: (operator.add, "+"),
    ast.Sub: (operator.sub, "−"),
    ast.Mult: (operator.mul, "×"),
    ast.Div: (operator.truediv, "/"),
}


class SumFault(ValueError):
    """A sum that cannot be read or worked out."""


def parse(text: str) -> ast.expr:
    """Return the tree of a sum.

    Raises
    ------
    SumFault
        The text is no sum, or uses anything but numbers, dotted names, + - * / and brackets.
    """
    if len(text) > LONGEST:
        raise SumFault(f"expected a sum of at most {LONGEST} characters")
    try:
        tree = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as fault:
        raise SumFault(f"expected numbers and names joined by + - * / and brackets; found '{text[:60]}'") from fault
    for node in ast.walk(tree):
        if not isinstance(node, ast.BinOp | ast.UnaryOp | ast.Attribute | ast.Name | ast.Constant | ast.operator | ast.unaryop | ast.Load):
            raise SumFault("only numbers, names, + - * / and brackets can stand in a sum")
        if isinstance(node, ast.BinOp) and type(node.op) not in OPERATORS:
            raise SumFault("only + - * / can join the parts of a sum")
        if isinstance(node, ast.UnaryOp) and not isinstance(node.op, ast.USub):
            raise SumFault("only + - * / can join the parts of a sum")
        if isinstance(node, ast.Constant) and (isinstance(node.value, bool) or not isinstance(node.value, int | float)):
            raise SumFault(f"expected a number; found {node.value!r}")
    return tree


def _dotted(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return f"{_dotted(node.value)}.{node.attr}"
    if isinstance(node, ast.Name):
        return node.id
    raise SumFault("a name is words joined by dots")


def names_in(text: str) -> Iterator[str]:
    """Yield the dotted names of a sum."""
    inner = set()
    for node in ast.walk(parse(text)):
        if isinstance(node, ast.Attribute):
            inner.add(id(node.value))
        if isinstance(node, ast.Attribute | ast.Name) and id(node) not in inner:
            yield _dotted(node)


def work_out(text: str, number_of: Callable[[str], float]) -> float:
    """Return what a sum comes to.

    Parameters
    ----------
    text : str
        The sum.
    number_of : callable
        What a dotted name stands for.

    Raises
    ------
    SumFault
        The sum cannot be read, or divides by zero.
    """
    return _work_out(parse(text), number_of)


def _work_out(node: ast.expr, number_of: Callable[[str], float]) -> float:
    if isinstance(node, ast.Constant):
        return float(node.value)  # type: ignore[arg-type]
    if isinstance(node, ast.UnaryOp):
        return -_work_out(node.operand, number_of)
    if isinstance(node, ast.BinOp):
        try:
            return OPERATORS[type(node.op)][0](_work_out(node.left, number_of), _work_out(node.right, number_of))
        except ZeroDivisionError as fault:
            raise SumFault("the sum divides by zero") from fault
    return number_of(_dotted(node))


def write_out(text: str, show: Callable[[str], str]) -> str:
    """Return the sum with each name replaced by what `show` says it is: ``155 × 90 %``."""
    return _write_out(parse(text), show, bracket=False)


def _write_out(node: ast.expr, show: Callable[[str], str], *, bracket: bool) -> str:
    if isinstance(node, ast.Constant):
        return f"{node.value:g}"
    if isinstance(node, ast.UnaryOp):
        return f"−{_write_out(node.operand, show, bracket=True)}"
    if isinstance(node, ast.BinOp):
        adds = isinstance(node.op, ast.Add | ast.Sub)
        left = _write_out(node.left, show, bracket=not adds)
        right = _write_out(node.right, show, bracket=not isinstance(node.op, ast.Add))
        written = f"{left} {OPERATORS[type(node.op)][1]} {right}"
        return f"({written})" if bracket and adds else written
    return show(_dotted(node))
