"""Plain functions: what a function of one's own may be made of, and what tells its versions apart.

A plain function is arithmetic on numbers, in the part of Python that a compiler and Python itself
work out to the same bits: no library, no text, no division by what may be 0. Its version is a hash
of what it is made of: its own source and that of each function it calls, and the constants that it
takes from its module. Spaces, comments and what stands in quotes at its top are no part of it.
"""

from __future__ import annotations

import ast
import builtins
import inspect
import math
import sysconfig
import textwrap
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from hashlib import sha256
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

from pilotsim.base import elementary
from pilotsim.base.errors import RequestError
from pilotsim.base.messages import Message

DIGITS = 16
# What Python brings along and both engines work out alike.
KNOWN_BUILTINS = {"abs", "min", "max", "range"}
KNOWN_OF_MATH = {"floor", "ceil"}
_PROGRAM = __name__.partition(".")[0]
_ABSENT = object()
_ALLOWED = (
    *(ast.Return, ast.Assign, ast.AugAssign, ast.AnnAssign, ast.If, ast.While, ast.For),
    *(ast.Break, ast.Continue, ast.Pass, ast.BinOp, ast.UnaryOp, ast.Compare, ast.BoolOp),
    *(ast.IfExp, ast.Call, ast.Name, ast.Constant, ast.Attribute, ast.Load, ast.Store),
    *(ast.Add, ast.Sub, ast.Mult, ast.Div, ast.FloorDiv, ast.Mod, ast.USub, ast.UAdd, ast.Not),
    *(ast.And, ast.Or, ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.Eq, ast.NotEq),
)
_DIVISIONS = (ast.Div, ast.FloorDiv, ast.Mod)


def quotient(a: float, b: float, otherwise: float) -> float:
    """Return a divided by b, or what it is otherwise where b is 0."""
    return a / b if b != 0.0 else otherwise


def version_of(functions: Iterable[Callable[..., Any]], constants: Iterable[Any] = ()) -> str:
    """Return the version of what is made of functions and constants: 16 hexadecimal digits.

    Parameters
    ----------
    functions : iterable of callable
        Python functions.
    constants : iterable
        Numbers and words that belong to them, and lists of these.

    Raises
    ------
    RequestError
        A function uses something of which versions cannot be told apart.
    """
    lines: dict[Any, str] = {}
    order = []
    for function in functions:
        if is_shipped(function):
            order.append(_of_a_library(function))
        else:
            _describe(function, _top(function.__module__), lines)
            order.append(_name_of(function))
    content = [repr(order), repr([_constant(one) for one in constants])]
    content += sorted(f"{_name_of(function)}\n{text}" for function, text in lines.items())
    return sha256("\n\n".join(content).encode()).hexdigest()[:DIGITS]


def is_shipped(function: Callable[..., Any]) -> bool:
    """Tell whether a function comes with the program."""
    return _top(function.__module__) == _PROGRAM


def _name_of(function: Callable[..., Any]) -> str:
    return f"{function.__module__}.{function.__qualname__}"


def _top(module: str) -> str:
    return module.partition(".")[0]


def _describe(function: Callable[..., Any], home: str, lines: dict[Any, str]) -> None:
    """Note the source of a function, and of all that it uses."""
    if function in lines:
        return
    tree = _tree_of(function)
    lines[function] = ""  # Who calls itself is noted once.
    used = [
        f"{key} = {_described(value, key, function, home, lines)}"
        for key, value in sorted(_used_by(function, tree))
    ]
    defaults = (*(function.__defaults__ or ()), *(function.__kwdefaults__ or {}).values())
    used += [_described(value, "default", function, home, lines) for value in defaults]
    lines[function] = "\n".join([ast.unparse(_bare(tree)), *used])


def _tree_of(function: Callable[..., Any]) -> ast.FunctionDef:
    try:
        source = textwrap.dedent(inspect.getsource(function))
        found = ast.parse(source).body[0]
    except (OSError, TypeError, SyntaxError, IndexError):
        found = None
    if not isinstance(found, ast.FunctionDef):
        raise RequestError(
            Message(
                "no versions can be told of '{name}': its source cannot be read; write it with "
                "'def' in a module of its own",
                name=getattr(function, "__qualname__", str(function)),
            )
        )
    return found


def _bare(tree: ast.FunctionDef) -> ast.FunctionDef:
    """Return a function without what changes nothing: its types and its description."""
    for node in ast.walk(tree):
        if isinstance(node, ast.arg):
            node.annotation = None
        if isinstance(node, ast.FunctionDef):
            node.returns = None
            if ast.get_docstring(node) is not None:
                node.body = node.body[1:] or [ast.Pass()]
    return tree


def _used_by(function: Any, tree: ast.FunctionDef) -> Iterator[tuple[str, Any]]:
    """Yield what a function takes from outside, by the name or the dotted name it gives it."""
    own = _own_names(tree)
    values = _outside(function)
    dotted: set[str] = set()
    for node in ast.walk(tree):
        words = _words(node)
        if words and words[0] not in own:
            dotted.add(".".join(words))
    for name in dotted:
        first, *rest = name.split(".")
        value = values.get(first, getattr(builtins, first, _ABSENT))
        for word in rest:
            if isinstance(value, ModuleType):
                value = getattr(value, word, _ABSENT)
        if not isinstance(value, ModuleType):
            yield name, value


def _own_names(tree: ast.FunctionDef) -> set[str]:
    """Return the names that a function gives itself."""
    own = {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}
    own |= {
        node.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }
    own |= {
        node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and node != tree
    }
    # What stands only in types is never looked up.
    types = [one.annotation for one in ast.walk(tree) if isinstance(one, ast.arg)]
    types += [tree.returns]
    in_types = {
        node.id for one in types if one for node in ast.walk(one) if isinstance(node, ast.Name)
    }
    body = {
        node.id
        for part in (*tree.body, *tree.args.defaults)
        for node in ast.walk(part)
        if isinstance(node, ast.Name)
    }
    return own | (in_types - body)


def _words(node: ast.AST) -> list[str]:
    """Return the words of a name such as `math.floor`; none for anything else."""
    if isinstance(node, ast.Name):
        return [node.id] if isinstance(node.ctx, ast.Load) else []
    if isinstance(node, ast.Attribute):
        before = _words(node.value)
        return [*before, node.attr] if before else []
    return []


def _outside(function: Any) -> dict[str, Any]:
    """Return what a function may take from its module and from functions around it."""
    cells = zip(function.__code__.co_freevars, function.__closure__ or (), strict=True)
    return {**function.__globals__, **{name: cell.cell_contents for name, cell in cells}}


def _described(
    value: Any, name: str, function: Callable[..., Any], home: str, lines: dict[Any, str]
) -> str:
    """Return what a version knows a value by that a function uses."""
    if isinstance(value, FunctionType) and _is_own(value, home):
        _describe(value, home, lines)
        return _name_of(value)
    if isinstance(value, type) and _is_own(value, home):
        return inspect.getsource(value)
    if value is not _ABSENT and callable(value) and hasattr(value, "__qualname__"):
        return _of_a_library(value)
    try:
        return _constant(value)
    except TypeError:
        raise RequestError(
            Message(
                "no versions can be told of '{function}': it uses '{name}', which is no number, "
                "word or function",
                function=function.__qualname__,
                name=name,
            )
        ) from None


def _constant(value: Any) -> str:
    if value is None or isinstance(value, bool | int | float | str):
        return repr(value)
    if isinstance(value, tuple | frozenset):
        parts = [_constant(one) for one in value]
        return f"({', '.join(sorted(parts) if isinstance(value, frozenset) else parts)})"
    raise TypeError


def _of_a_library(value: Any) -> str:
    """Return what is known of a function that is not one's own: its name, and its source if ours.

    Which version a library has stands in each manifest.
    """
    module = str(getattr(value, "__module__", None) or "builtins")
    name = f"{module}.{value.__qualname__}"
    file = getattr(getattr(value, "__code__", None), "co_filename", "")
    return f"{name} {_digest_of_file(file)}" if file and _top(module) == _PROGRAM else name


@cache
def _digest_of_file(file: str) -> str:
    return sha256(Path(file).read_bytes()).hexdigest()[:DIGITS]


def _is_own(value: Any, home: str) -> bool:
    """Tell whether the source of something is one's own: of its home, or not installed."""
    if _top(value.__module__) == home:
        return True
    if _top(value.__module__) == _PROGRAM:
        return False
    try:
        file = inspect.getfile(value)
    except (TypeError, OSError):
        return False
    return not any(Path(file).is_relative_to(folder) for folder in _installed())


@cache
def _installed() -> tuple[str, ...]:
    paths = sysconfig.get_paths()
    return tuple(paths[name] for name in ("stdlib", "platstdlib", "purelib", "platlib"))


# What a plain function may be made of.


def check_plain(function: Callable[..., Any]) -> int:
    """Return how many numbers a function takes, if it is plain, with all that it calls.

    Parameters
    ----------
    function : callable
        Numbers in, a number out.

    Raises
    ------
    RequestError
        It is not plain: says where, why, and what to write instead.
    """
    _check(function, ())
    return len(inspect.signature(function).parameters)


def _check(function: Callable[..., Any], callers: tuple[Any, ...]) -> None:
    if not isinstance(function, FunctionType):
        raise RequestError(
            Message("expected a function written with 'def'; found {found}", found=repr(function))
        )
    tree = _tree_of(function)
    if function in callers:
        raise _not_plain(function, tree, Message("a function that calls itself"))
    _Check(function, tree, callers).check()


def _not_plain(function: Any, node: ast.AST, why: str) -> RequestError:
    line = function.__code__.co_firstlineno + getattr(node, "lineno", 1) - 1
    return RequestError(
        Message(
            "'{function}', line {line}: {why} is not worked out alike everywhere; see what a plain "
            "function may be made of",
            function=function.__qualname__,
            line=f"{line}",
            why=why,
        )
    )


class _Check:
    """Holds one function to what a plain function may be made of."""

    def __init__(self, function: Any, tree: ast.FunctionDef, callers: tuple[Any, ...]) -> None:
        self.function = function
        self.tree = tree
        self.callers = callers
        self.values = _outside(function)
        self.arguments = [one.arg for one in tree.args.args]
        body = tree.body
        self.body = body[1:] if ast.get_docstring(tree) is not None else body

    def check(self) -> None:
        """Raise `RequestError` where the function is not plain."""
        own = self.tree.args
        if own.vararg or own.kwarg or own.kwonlyargs or own.posonlyargs or own.defaults:
            raise self._refuse(self.tree, Message("anything but plain arguments"))
        if self.tree.decorator_list:
            raise self._refuse(self.tree, Message("a decorator"))
        for part in self.body:
            for node in ast.walk(part):
                self._node(node)
        if self._after(self.body, set(self.arguments)) is not None:
            raise self._refuse(self.tree, Message("an end without 'return'"))

    def _refuse(self, node: ast.AST, why: str) -> RequestError:
        return _not_plain(self.function, node, why)

    def _node(self, node: ast.AST) -> None:
        for sign in (*getattr(node, "ops", ()), getattr(node, "op", None)):
            if sign is not None and not isinstance(sign, _ALLOWED):
                raise self._refuse(node, Message("'{what}'", what=type(sign).__name__.lower()))
        if isinstance(node, ast.Constant):
            if not isinstance(node.value, bool | int | float):
                raise self._refuse(node, Message("what is no number"))
        elif isinstance(node, ast.BinOp | ast.AugAssign) and isinstance(node.op, _DIVISIONS):
            divisor = node.right if isinstance(node, ast.BinOp) else node.value
            if not self._is_never_zero(divisor):
                raise self._refuse(
                    node,
                    Message(
                        "a division by what may be 0 (write quotient(a, b, otherwise) of {home})",
                        home=__name__,
                    ),
                )
        elif isinstance(node, ast.Call):
            self._call(node)
        elif isinstance(node, ast.For):
            call = node.iter
            if not isinstance(call, ast.Call) or _words(call.func) != ["range"] or node.orelse:
                raise self._refuse(node, Message("'for' over anything but range(...)"))
            if not all(self._is_whole(one) for one in call.args):
                raise self._refuse(
                    node,
                    Message("range(...) of what may be no whole number (write math.floor(...))"),
                )
        elif isinstance(node, ast.While) and node.orelse:
            raise self._refuse(node, Message("'else' of a loop"))
        elif not isinstance(node, _ALLOWED):
            raise self._refuse(node, Message("'{what}'", what=type(node).__name__.lower()))

    def _is_whole(self, node: ast.expr) -> bool:
        """Tell whether a number is whole by how it is written: Python counts to no other."""
        if isinstance(node, ast.UnaryOp):
            return self._is_whole(node.operand)
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub | ast.Mult):
            return self._is_whole(node.left) and self._is_whole(node.right)
        if isinstance(node, ast.Call):
            found = self._found(_words(node.func))
            return any(found is getattr(math, one) for one in KNOWN_OF_MATH)
        value = node.value if isinstance(node, ast.Constant) else self._found(_words(node))
        return isinstance(value, int)

    def _is_never_zero(self, node: ast.expr) -> bool:
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            return self._is_never_zero(node.operand)
        if isinstance(node, ast.Constant):
            return bool(node.value)
        is_constant = isinstance(node, ast.Name) and node.id not in _own_names(self.tree)
        return is_constant and bool(self.values.get(".".join(_words(node))))

    def _call(self, node: ast.Call) -> None:
        if node.keywords or any(isinstance(one, ast.Starred) for one in node.args):
            raise self._refuse(node, Message("a call with anything but plain arguments"))
        words = _words(node.func)
        found = self._found(words)
        name = ".".join(words) or "?"
        if isinstance(found, FunctionType):
            if found.__module__ != elementary.__name__ and found is not quotient:
                _check(found, (*self.callers, self.function))
            return
        is_known = (
            words[:1] == words and name in KNOWN_BUILTINS and found is getattr(builtins, name)
        )
        if not is_known and not any(found is getattr(math, one) for one in KNOWN_OF_MATH):
            raise self._refuse(
                node,
                Message(
                    "'{name}' (take logarithms and the like from {home})",
                    name=name,
                    home=elementary.__name__,
                ),
            )

    def _found(self, words: list[str]) -> Any:
        if not words or words[0] in _own_names(self.tree):
            return _ABSENT
        value = self.values.get(words[0], getattr(builtins, words[0], _ABSENT))
        for word in words[1:]:
            value = getattr(value, word, _ABSENT) if isinstance(value, ModuleType) else _ABSENT
        return value

    # Names have a number wherever they are read, and every way through ends with a number.

    def _after(self, body: Iterable[ast.stmt], given: set[str]) -> set[str] | None:
        """Return which names have a number after some statements; None where none comes after."""
        now: set[str] | None = set(given)
        for statement in body:
            if now is None:
                break
            now = self._after_one(statement, now)
        return now

    def _after_one(self, statement: ast.stmt, given: set[str]) -> set[str] | None:
        if isinstance(statement, ast.If):
            self._read(statement.test, given)
            ways = [self._after(part, given) for part in (statement.body, statement.orelse)]
            open_ways = [way for way in ways if way is not None]
            return set.intersection(*open_ways) if open_ways else None
        if isinstance(statement, ast.While):
            self._read(statement.test, given)
            self._after(statement.body, given)
            forever = isinstance(statement.test, ast.Constant) and bool(statement.test.value)
            leaves = any(isinstance(node, ast.Break) for node in ast.walk(statement))
            return None if forever and not leaves else given
        if isinstance(statement, ast.For):
            self._read(statement.iter, given)
            self._after(statement.body, given | self._stored(statement.target))
            return given
        if isinstance(statement, ast.Break | ast.Continue):
            return None
        if isinstance(statement, ast.Return):
            if statement.value is None:
                raise self._refuse(statement, Message("'return' of nothing"))
            self._read(statement.value, given)
            return None
        if isinstance(statement, ast.Assign):
            self._read(statement.value, given)
            return given.union(*(self._stored(target) for target in statement.targets))
        if isinstance(statement, ast.AnnAssign):
            if statement.value is None:
                return given
            self._read(statement.value, given)
            return given | self._stored(statement.target)
        if isinstance(statement, ast.AugAssign):
            self._read(statement.value, given)
            self._is_given(statement.target, self._stored(statement.target), given)
        return given

    def _stored(self, target: ast.expr) -> set[str]:
        if not isinstance(target, ast.Name):
            raise self._refuse(target, Message("a value for anything but a name"))
        return {target.id}

    def _read(self, expression: ast.expr, given: set[str]) -> None:
        for node in ast.walk(expression):
            if isinstance(node, ast.Name):
                self._is_given(node, {node.id}, given)

    def _is_given(self, node: ast.AST, names: set[str], given: set[str]) -> None:
        for name in names - given:
            value = self.values.get(name, getattr(builtins, name, _ABSENT))
            is_own = name in _own_names(self.tree)
            is_usable = isinstance(value, bool | int | float | FunctionType | ModuleType)
            if is_own or not (is_usable or name in KNOWN_BUILTINS or callable(value)):
                raise self._refuse(
                    node, Message("'{name}', which may have no number here,", name=name)
                )
