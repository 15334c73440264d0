"""What makes decisions and surveys consistent: what they name exists, and can be found out so."""

from __future__ import annotations

from pilotsim.base.errors import did_you_mean
from pilotsim.base.messages import Message
from pilotsim.base.quantity import Quantity
from pilotsim.model.decisions import NOTHING, Decision, Survey
from pilotsim.model.flow import Flow
from pilotsim.model.joint import path_of_joint
from pilotsim.model.rules.names import Found, Names, Path_, faults_of_names, known_source
from pilotsim.model.rules.targets import faults_of_measure

# Kinds of values of which each client gives an answer: yes or no, an event in some time, a length.
COUNTED_KINDS = ("share", "rate", "duration")


def faults_of_decisions(flow: Flow, names: Names, *, is_changed: bool = False) -> Found:
    """Yield each fault of a flow's decisions and surveys.

    Parameters
    ----------
    flow : Flow
        The parts of the file that could be read.
    names : Names
        The names of the flow.
    is_changed : bool
        Whether something was changed for this run: an assumption that was set is none any more.
    """
    for name, decision in flow.decisions.items():
        yield from _decision(("decisions", name), decision, flow, names)
    for name, survey in flow.surveys.items():
        yield from _survey(("surveys", name), survey, flow, names, is_changed=is_changed)


def _decision(path: Path_, decision: Decision, flow: Flow, names: Names) -> Found:
    if decision.source is not None:
        yield from known_source(decision.source, names, path)
    yield from faults_of_names(decision, names, path)
    if flow.economy is None and decision.money not in (None, NOTHING):
        yield (
            (*path, "money"),
            Message("there is no money to count: the flow has no part 'economy'"),
        )
    elif flow.economy is None and not decision.targets:
        yield (
            path,
            Message(
                "says not what it is worth to decide well: without a part 'economy', state what "
                "targets are worth (targets)"
            ),
        )


def members_of(flow: Flow, name: str) -> dict[str, Quantity]:
    """Return the values that a survey tells of by one name: a path, or a part `joint`.

    Parameters
    ----------
    flow : Flow
        Whose values they are.
    name : str
        The path of a value, or that of a part `joint`, whose values are drawn together.
    """
    for part, members in flow.drawn_together.items():
        if name == path_of_joint(part):
            return members
    return {name: flow.values[name]} if name in flow.values else {}


def is_shown_by(survey: Survey, value: Quantity) -> bool:
    """Tell whether a survey shows anything of a value that it tells of.

    Of values that are fitted together there may be some that no client can tell of, such as
    factors; what the others show tells of them.

    Parameters
    ----------
    survey : Survey
        With clients, or exactly.
    value : Quantity
        One of its `members_of`.
    """
    return survey.exactly or survey.spread is not None or value.kind in COUNTED_KINDS


def _survey(path: Path_, survey: Survey, flow: Flow, names: Names, *, is_changed: bool) -> Found:
    if survey.lots is not None:
        yield from faults_of_measure((*path, "lots", "share"), survey.lots.share, flow, names)
    parts = {path_of_joint(name) for name in names.joint}
    for name in survey.of:
        inner = (*path, "of")
        members = members_of(flow, name)
        if not members and name in parts:
            continue
        if not members:
            near = [*flow.assumptions, *parts]
            yield (
                inner,
                Message(
                    "'{name}' stands for no number of the flow{meant}",
                    name=name,
                    meant=did_you_mean(name, near),
                ),
            )
        elif not is_changed and not any(value.has_range for value in members.values()):
            yield (
                inner,
                Message("'{name}' has no range: there is nothing to find out", name=name),
            )
        else:
            yield from _way(inner, name, survey, members)


def _way(path: Path_, name: str, survey: Survey, members: dict[str, Quantity]) -> Found:
    """Yield why clients cannot tell of a value so."""
    ranged = [value for value in members.values() if value.has_range]
    # A change may have settled what was to be found out.
    if survey.exactly or not ranged:
        return
    if any(value.kind == "rate" for value in ranged) and survey.weeks is None:
        yield path, Message("'{name}' is counted over time: say how many weeks", name=name)
    if not any(is_shown_by(survey, value) for value in ranged):
        yield (
            path,
            Message(
                "'{name}' is an amount: say how far single answers spread (spread), or that the "
                "answer settles it (exactly)",
                name=name,
            ),
        )
