"""Code of one's own: functions, families, orders, estimators, outcomes that a module registers.

A file says which module a name comes from, and reading it never starts one: the module is there
because Python imported it, or because `PILOTSIM_CODE` names it. What is registered has a version, a
hash of its sources; who runs the flow elsewhere or later has the same one or is refused.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from pilotsim.base.errors import (
    PilotsimError,
    RequestError,
    SimulationError,
    did_you_mean,
    did_you_mean_one,
    message_of,
)
from pilotsim.base.messages import Message
from pilotsim.base.places import is_file
from pilotsim.base.plain_functions import check_plain, is_shipped, version_of

# Names the modules that a file may take code from: names or files, between them what separates
# folders on a path.
ALLOWED = "PILOTSIM_CODE"
RULE, FAMILY, ORDER = "function", "family", "order"
ESTIMATOR, OUTCOME = "estimator", "outcome"
# How many numbers a function of a condition takes at the most.
MAX_ARGUMENTS = 4
# What a function of a condition may give lies between this and its negative.
MAX_GIVEN = 10**9

REGISTERED: dict[str, Registered] = {}


@dataclass(frozen=True)
class Registered:
    """Something of one's own that files can name.

    Parameters
    ----------
    name : str
        As files write it.
    kind : {"function", "family", "order", "estimator", "outcome"}
        What it is.
    functions : tuple of callable
        What it is made of.
    constants : tuple
        The numbers and words that belong to it.
    module : str
        What registers it.
    takes : int
        How many numbers a function takes.
    first_version : str
        Its version when it was registered; empty where none could be told.
    """

    name: str
    kind: str
    functions: tuple[Callable[..., Any], ...]
    constants: tuple[Any, ...]
    module: str
    takes: int = 0
    first_version: str = ""

    @property
    def file(self) -> str:
        """Where its module stands; an empty word where it has no file."""
        return str(getattr(sys.modules.get(self.module), "__file__", None) or "")

    @property
    def version(self) -> str:
        """Its version now.

        Raises
        ------
        RequestError
            None can be told, or its source is another than when it was registered.
        """
        now = version_of(self.functions, self.constants)
        if self.first_version and now != self.first_version:
            raise RequestError(
                Message(
                    "'{name}' was registered as version {before} and is {now} now: its source or "
                    "its constants have changed since. Start Python again",
                    name=self.name,
                    before=self.first_version,
                    now=now,
                )
            )
        return now


def register_function(name: str, function: Callable[..., float]) -> Callable[..., float]:
    """Let conditions of flow files ask a function; return it.

    Parameters
    ----------
    name : str
        As a condition writes it: letters, digits, - and _.
    function : callable
        Of none to four numbers: counts of clients, units or days, and shares of units in parts of a
        thousand million. It gives a whole number. Plain Python, see `base.plain_functions`: the
        readable engine calls it, the compiled one compiles it.

    Raises
    ------
    RequestError
        The function is not plain, takes more numbers than there is room for, or has the name of
        something else.
    """
    takes = check_plain(function)
    if takes > MAX_ARGUMENTS:
        raise RequestError(
            Message(
                "'{name}' takes {count} numbers; expected at most {most}",
                name=name,
                count=takes,
                most=MAX_ARGUMENTS,
            )
        )
    register_code(name, RULE, (function,), takes=takes)
    return function


def register_code(
    name: str,
    kind: str,
    functions: Iterable[Callable[..., Any]],
    constants: Iterable[Any] = (),
    *,
    takes: int = 0,
) -> None:
    """Note that a module of a user's own registers something, with its version.

    What comes with the program is not noted: its version is the program's.

    Raises
    ------
    RequestError
        Something else has this name; or a function's versions cannot be told apart.
    """
    own = tuple(functions)
    written = [function for function in own if not is_shipped(function)]
    if not written:
        return
    versions = version_of(own, constants)
    found = Registered(name, kind, own, tuple(constants), written[0].__module__, takes, versions)
    before = REGISTERED.setdefault(name, found)
    if (before.kind, before.first_version) != (kind, versions):
        raise RequestError(
            Message(
                "'{module}' has registered another '{name}' already, in version {before}; this is "
                "{now}",
                module=before.module,
                name=name,
                before=before.first_version,
                now=versions,
            )
        )


def call_registered(name: str, numbers: Iterable[float]) -> int:
    """Return what a function of a condition gives for some numbers.

    Raises
    ------
    SimulationError
        It gives no whole number that a condition may go by.
    """
    given = tuple(float(number) for number in numbers)
    try:
        found = float(REGISTERED[name].functions[0](*given))
    except (ArithmeticError, ValueError) as fault:
        raise SimulationError(gives_no_number(name, given)) from fault
    if not (abs(found) <= MAX_GIVEN and found == int(found)):
        raise SimulationError(gives_no_number(name, given))
    return int(found)


def gives_no_number(name: str, numbers: Iterable[float]) -> Message:
    """Return what is said of a function that gives what no condition may go by."""
    return Message(
        "the function '{name}' gives no whole number from {least:,} to {most:,} for ({numbers})",
        name=name,
        least=-MAX_GIVEN,
        most=MAX_GIVEN,
        numbers=", ".join(f"{number:.0f}" for number in numbers),
    )


# From a name in a file to what is registered.


def find_code(name: str, module: str) -> Registered:
    """Return what a module registers under a name, for a file that says so.

    Raises
    ------
    RequestError
        The module registers no such thing, or nothing allows it to be started.
    """
    if name not in REGISTERED and module not in sys.modules:
        _start_allowed(name, module)
    return _registered_by(name, module)


def provide_code(name: str, module: str, file: str, version: str) -> Registered:
    """Return what a flow was read with, in whatever process it is by now.

    Parameters
    ----------
    name, module : str
        What, and what registers it.
    file : str
        Where the module was when the flow was read.
    version : str
        Its version then.

    Raises
    ------
    RequestError
        It is not here, or in another version.
    """
    if name not in REGISTERED and module not in sys.modules:
        _start(name, module, file)
    found = _registered_by(name, module)
    if found.version != version:
        raise RequestError(another_version(name, module, version, found.version))
    return found


def another_version(name: str, module: str, expected: str, found: str) -> Message:
    """Return what is said where a version is not the one that is asked for."""
    return Message(
        "'{name}' of the module '{module}' is version {found} here; the flow goes by {expected}. "
        "Use the same source everywhere, or read the flow again with this one",
        name=name,
        module=module,
        found=found,
        expected=expected,
    )


def _registered_by(name: str, module: str) -> Registered:
    found = REGISTERED.get(name)
    if found is None:
        own = [one.name for one in REGISTERED.values() if one.module == module]
        raise RequestError(
            Message(
                "the module '{module}' registers no '{name}'{meant}",
                module=module,
                name=name,
                meant=did_you_mean(name, own),
            )
        )
    if found.module != module:
        raise RequestError(
            Message(
                "'{name}' is registered by the module '{found}', not by '{module}'",
                name=name,
                found=found.module,
                module=module,
            )
        )
    return found


def _allowed() -> Mapping[str, str]:
    """Return the modules that files may take code from, each with its file or an empty word."""
    named = [one for one in os.environ.get(ALLOWED, "").split(os.pathsep) if one]
    return {Path(one).stem if one.endswith(".py") else one: one for one in named}


def _start_allowed(name: str, module: str) -> None:
    allowed = _allowed()
    if module not in allowed:
        raise RequestError(
            Message(
                "'{name}' is code of the module '{module}', and no file may start code by itself: "
                "import the module first, or name it or its file in {variable}{meant}",
                name=name,
                module=module,
                variable=ALLOWED,
                meant=did_you_mean_one(module, [*allowed, *_modules()]),
            )
        )
    named = allowed[module]
    _start(name, module, str(Path(named).absolute()) if named.endswith(".py") else "")


def _modules() -> set[str]:
    return {one.module for one in REGISTERED.values()}


def _start(name: str, module: str, file: str) -> None:
    """Import a module by its name, or from its file where no name leads to it."""
    try:
        if _is_on_the_path(module):
            importlib.import_module(module)
        else:
            _load(module, file)
    except PilotsimError as fault:
        why: str = message_of(fault)
    except Exception as fault:  # Whatever a module of a user's own does when it is started.
        why = f"{type(fault).__name__}: {fault}"
    else:
        return
    raise RequestError(
        Message(
            "the module '{module}', which registers '{name}', cannot be started here: {why}",
            module=module,
            name=name,
            why=why,
        )
    )


def _is_on_the_path(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except (ImportError, ValueError):
        return False


def _load(module: str, file: str) -> None:
    spec = importlib.util.spec_from_file_location(module, file) if file else None
    if spec is None or spec.loader is None or not is_file(Path(file)):
        raise ModuleNotFoundError(f"no module named '{module}'")
    made: ModuleType = importlib.util.module_from_spec(spec)
    sys.modules[module] = made
    try:
        spec.loader.exec_module(made)
    except BaseException:
        del sys.modules[module]
        raise
