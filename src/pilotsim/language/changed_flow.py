"""A flow with a scenario, options and entries changed: by command line or by `Flow.with_`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from pilotsim.base.arguments import checks_arguments
from pilotsim.base.errors import RequestError
from pilotsim.base.languages import LANGUAGES
from pilotsim.base.messages import Message
from pilotsim.base.text import Text
from pilotsim.files.changes import ChangeError, read_change, scenario_changes
from pilotsim.files.decided import Decided, check_option, decide, decided_of
from pilotsim.files.reading import flow_as_written
from pilotsim.files.yaml import YamlDocument
from pilotsim.language.near_paths import near_paths
from pilotsim.model.flow import Flow

__all__ = ["change_flow", "changed_document"]


def changed_document(
    document: YamlDocument,
    changes: Sequence[str],
    scenario: str | None,
    decisions: Sequence[str] = (),
    language: str = LANGUAGES[0],
) -> tuple[Flow, Text | None]:
    """Return the flow of a document with the changes of a run, and what its scenario says.

    Parameters
    ----------
    document : YamlDocument
        The flow file.
    changes : sequence of str
        Changes as the command line has them: ``path=value``.
    scenario : str or None
        The name of a scenario of the file; the changes come on top of it.
    decisions : sequence of str
        Options of the file's choices: ``choice=option``; on top of the scenario, below the changes.
    language : str
        In which paths are looked for by name that are near to one that leads nowhere.

    Raises
    ------
    RequestError
        A path leads nowhere or is set twice, or there is no such scenario, choice or option.
    FlowError
        The changed flow is faulty.
    """
    flow = flow_as_written(document)
    says, of_scenario = scenario_changes(flow, scenario) if scenario else (None, {})
    asked = _each_once(map(read_change, changes))
    decided = Decided(document, (of_scenario,), decide(flow, decisions), (asked,))
    return _made(decided, flow, language), says


@checks_arguments
def change_flow(
    flow: Flow,
    changes: Mapping[str, Any] | None,
    *,
    scenario: str | None = None,
    choices: Mapping[str, str] | None = None,
) -> Flow:
    """Return a flow with entries changed, on top of what was changed before: see `Flow.with_`."""
    decided = decided_of(flow)
    if decided is None:
        raise RequestError(
            Message(
                "a flow that was read from no file cannot be changed; read it by pilotsim.read_flow"
            )
        )
    written = flow_as_written(decided.document)
    if scenario is not None:
        _, of_scenario = scenario_changes(written, scenario)
        decided = replace(decided, first=[*decided.first, of_scenario])
    for choice, option in (choices or {}).items():
        check_option(choice, option, written)
        decided = replace(decided, taken={**decided.taken, choice: option})
    asked = _each_once(_read_pair(path, value) for path, value in (changes or {}).items())
    decided = replace(decided, last=[*decided.last, asked])
    return _made(decided, written, LANGUAGES[0])


def _each_once(changes: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    asked: dict[str, Any] = {}
    for path, value in changes:
        if path in asked:
            raise RequestError(Message("'{path}' is set twice", path=path))
        asked[path] = value
    return asked


def _read_pair(path: Any, value: Any) -> tuple[str, Any]:
    """Return path and value of a change; words are read as the command line reads them."""
    if isinstance(value, str):
        return read_change(f"{path}={value}")
    if hasattr(value, "item") and getattr(value, "ndim", None) == 0:
        value = value.item()  # a number of numpy
    if value is None or not isinstance(value, bool | int | float | dict | list):
        raise RequestError(
            Message(
                "{path}: expected a number, words, or what a flow file may hold there; found "
                "{found}",
                path=str(path),
                found=repr(value),
            )
        )
    return str(path), value


def _made(decided: Decided, written: Flow, language: str) -> Flow:
    try:
        return decided.flow(written)
    except ChangeError as error:
        raise _with_near_paths(error, written, language) from error


def _with_near_paths(error: ChangeError, flow: Flow, language: str) -> RequestError:
    """Return what to say of a path that leads nowhere: with the paths that are near to it."""
    near = [] if error.path in flow.values else near_paths(flow, error.path, language)
    if not near:
        return error
    listed = "".join(f"\n  {path}" for path in near)
    return RequestError(
        Message("{error}\nNear it stand:{paths}", error=error.message, paths=listed)
    )
