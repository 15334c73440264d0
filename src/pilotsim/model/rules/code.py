"""Code of one's own in a flow file: whether all that is used is named, and named for what it is."""

from __future__ import annotations

from collections.abc import Iterator

from pilotsim.base.errors import did_you_mean_one
from pilotsim.base.messages import Message
from pilotsim.model.conditions import COUNTS, FUNCTION, LOGIC, SUMS, Term, read_condition
from pilotsim.model.fields import durations_below
from pilotsim.model.flow import Flow
from pilotsim.model.own_code import FAMILY, ORDER, REGISTERED, RULE, Registered
from pilotsim.model.rules.names import Found, Names, Path_

# What conditions know without code of one's own.
OF_CONDITIONS = (*COUNTS, *SUMS, *LOGIC)


def faults_of_code(flow: Flow, names: Names) -> Found:
    """Yield each fault in how a flow names and uses code of one's own.

    Parameters
    ----------
    flow : Flow
        The parts of the file that could be read.
    names : Names
        The names of the flow.
    """
    for name in flow.code:
        if name in OF_CONDITIONS:
            yield (
                ("code", name),
                Message(
                    "'{name}' means something else in conditions; name it otherwise", name=name
                ),
            )
    for path, term in _functions(flow):
        yield from _function(term, names, path)
    for kind, name, path in _used(flow):
        found = REGISTERED.get(name)
        if found is not None and found.kind == kind and name not in names.code:
            yield path, not_named(found)


def not_named(found: Registered) -> Message:
    """Return what is said of code of one's own that a file uses and does not name."""
    return Message(
        "'{name}' is code of one's own; say whose: 'code: {found}'",
        name=found.name,
        found=f"{{{found.name}: {found.module}}}",
    )


def _functions(flow: Flow) -> Iterator[tuple[Path_, Term]]:
    """Yield each function that a condition asks, with the place of the condition."""
    for name, stage in flow.stages.items():
        for keys, text in stage.conditions():
            for term in read_condition(text).below():
                if term.what == FUNCTION:
                    yield ("stages", name, *keys, text), term


def _function(term: Term, names: Names, path: Path_) -> Found:
    found = REGISTERED.get(term.of)
    is_named = term.of in names.code
    if not is_named and found is not None and found.kind == RULE:
        yield path, not_named(found)
    elif not is_named:
        known = [*names.code, *OF_CONDITIONS]
        yield (
            path,
            Message(
                "unknown function '{name}'{meant}",
                name=term.of,
                meant=did_you_mean_one(term.of, known),
            ),
        )
    elif found is not None and found.kind != RULE:
        yield path, Message("'{name}' is no function that a condition may ask", name=term.of)
    elif found is not None and found.takes != len(term.parts):
        yield (
            path,
            Message(
                "'{name}' takes {wanted} numbers; found {found}",
                name=term.of,
                wanted=found.takes,
                found=len(term.parts),
            ),
        )


def _used(flow: Flow) -> Iterator[tuple[str, str, Path_]]:
    """Yield each family and order that a flow uses, with its kind and its place."""
    for path, duration in durations_below(flow):
        yield FAMILY, duration.family, tuple(path.split("."))
    for name, stage in flow.stages.items():
        yield ORDER, stage.order[0], ("stages", name, "order")
        for text, (word, _) in stage.order_when.items():
            yield ORDER, word, ("stages", name, "order_when", text)
