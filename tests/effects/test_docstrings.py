"""Docstrings of the public functions: what is documented elsewhere is documented there."""

import importlib
import inspect
import pkgutil
import re

import pilotsim.effects

ENTRY = re.compile(r"^(\w[\w, ]*?)(?: : .*)?$")
REFERENCE = re.compile(r"[Aa]s (?:for|in) `(\w+)`")
PROSE = re.compile(r"([Pp]arameters|arguments)(?: and errors)? as (?:for|in) `(\w+)`")


def public(kind):
    """Every public function or class of the package, by name."""
    found = {}
    for module in pkgutil.walk_packages(pilotsim.effects.__path__, "pilotsim.effects."):
        for name, member in vars(importlib.import_module(module.name)).items():
            if kind(member) and member.__module__ == module.name and name[0] != "_":
                found[name] = member
    return found


FUNCTIONS = public(inspect.isfunction)
DESCRIBED = public(inspect.isclass) | FUNCTIONS


def entries_of(function):
    """What the section on parameters says, by parameter."""
    found, names = {}, ()
    text = inspect.getdoc(function)
    if "Parameters\n----------\n" not in text:
        return found
    section = text.split("Parameters\n----------\n")[1]
    for line in re.split(r"\n\n\w+\n-+\n", section)[0].splitlines():
        if line.startswith("    "):
            for name in names:
                found[name] += f" {line.strip()}"
        elif line:
            names = tuple(ENTRY.match(line)[1].split(", "))
            found |= dict.fromkeys(names, line)
    return found


def documented(function):
    """Parameters that the docstring describes in its own words."""
    return {name for name, said in entries_of(function).items() if not REFERENCE.search(said)}


def test_a_parameter_described_elsewhere_is_described_there():
    faults = [
        (name, parameter, other)
        for name, function in FUNCTIONS.items()
        for parameter, said in entries_of(function).items()
        for other in REFERENCE.findall(said)
        if parameter not in documented(DESCRIBED[other])
    ]
    assert not faults


def test_parameters_as_in_another_function_are_described_there():
    faults = []
    for name, function in FUNCTIONS.items():
        text = inspect.getdoc(function)
        own = {*entries_of(function), *re.findall(r"`(\w+)`", text)}
        left = set(inspect.signature(function).parameters) - own
        faults += [
            (name, parameter, other)
            for _, other in PROSE.findall(text)
            for parameter in left - documented(DESCRIBED[other])
        ]
    assert not faults


def test_described_parameters_exist():
    faults = [
        (name, parameter)
        for name, function in FUNCTIONS.items()
        for parameter in entries_of(function)
        if parameter not in inspect.signature(function).parameters
    ]
    assert not faults
