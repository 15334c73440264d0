"""Flow files to flows: all faults at once, each with its place and what was probably meant."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from pilotsim.base.arguments import checks_arguments
from pilotsim.base.errors import Fault, FlowError
from pilotsim.base.messages import Message
from pilotsim.files.arrivals import read_arrivals
from pilotsim.files.faults import MAX_FAULTS, FaultGatherer, validate_sound
from pilotsim.files.modules import flow_document
from pilotsim.files.posteriors import read_posterior
from pilotsim.files.shipped import here_or_shipped
from pilotsim.files.yaml import Path_, YamlDocument, read_file
from pilotsim.model.flow import Flow
from pilotsim.model.rules import consistency
from pilotsim.model.rules.joint import faults_of_members, is_set
from pilotsim.model.rules.notices import notices_of

NAMED = (
    "code",
    "traits",
    "groups",
    "resources",
    "risks",
    "stages",
    "targets",
    "observed",
    "scenarios",
    "choices",
    "decisions",
    "surveys",
    "critical_factors",
    "sources",
    "periods",
    "shared",
    "joint",
    "costs",
)
# Under this a flow remembers its document, and what was changed of it: options of its choices are
# tried on them.
MADE_OF = "made of"
LISTED = ("effects", "conflicts")
# What is put in place of a faulty line, so that everything else can still be checked.
STAND_INS = {"flow": "flow", "title": "flow", "starts": "2015-01-01", "lasts": "1 year"}


@checks_arguments
def read_flow(file: str | Path) -> Flow:
    """Return the flow that a YAML file describes, or an example by its name.

    Parameters
    ----------
    file : str or Path
        A file here, or what comes with the program, such as ``alna_aktiv``.

    Returns
    -------
    Flow
        Which says what of it may surprise in `notices`.

    Raises
    ------
    FlowError
        With every fault of the file.
    RequestError
        There is no such file, but an example of nearly that name.

    Examples
    --------
    >>> flow = pilotsim.read_flow("alna_aktiv")
    >>> print(flow.title.in_language("nb"))
    Alna Aktiv og arbeidsboks
    """
    return build_flow(read_document(here_or_shipped(file)))


@checks_arguments
def read_text(text: str, file: str = "flow.yaml") -> Flow:
    """Return the flow that a YAML text describes.

    Parameters
    ----------
    text : str
        The text.
    file : str
        What its faults call it; files that it names are looked for as seen from its folder.

    Raises
    ------
    FlowError
        With every fault of the text.
    """
    return build_flow(flow_document(text, file))


def read_document(file: str | Path) -> YamlDocument:
    """Return a flow file as plain values with their places, with its modules in theirs."""
    return flow_document(read_file(file), str(file))


def flow_as_written(document: YamlDocument) -> Flow:
    """Return the flow that a document describes, built once for each document.

    Raises
    ------
    FlowError
        With every fault.
    """
    if document.flow is None:
        document.flow = build_flow(document)
    flow: Flow = document.flow
    return flow


def build_flow(document: YamlDocument, changed: Sequence[tuple[str, ...]] = ()) -> Flow:
    """Return the flow that a document describes; values below a changed path need no source.

    Raises
    ------
    FlowError
        With every fault: of the text, of each part, and between the parts.
    """
    faults = FaultGatherer(document)
    content = faults.keys_of("flow", Flow)
    flow, broken = faults.validate(Flow, content)
    if flow is None:
        flow = validate_sound(Flow, _without(content, {_part_of(path) for path in broken}))
        changed = [*changed, *((key,) for key in STAND_INS)]
    if flow is not None:
        known = {kind: _names(content.get(kind)) for kind in NAMED}
        _read_posteriors(flow, known, faults, changed)
        _read_arrivals(flow, faults)
        for path, message in islice(consistency.faults_of(flow, known, changed), MAX_FAULTS):
            faults.report(path, message)
    if len(faults.found) >= MAX_FAULTS:
        faults.found.append(
            Fault(
                document.file,
                0,
                0,
                "",
                Message("more than {most} faults; these are the first", most=MAX_FAULTS),
            )
        )
    faults.stop()
    assert flow is not None, "what is not read has a fault"
    flow.note((), [document.notice(path, message) for path, message in notices_of(flow)])
    flow.memory[MADE_OF] = (document, ())
    return flow


def _read_posteriors(
    flow: Flow,
    known: Mapping[str, Sequence[str]],
    faults: FaultGatherer,
    changed: Sequence[tuple[str, ...]],
) -> None:
    """Let the values of each part `joint` be drawn from its file; note what is wrong with it."""
    wrong = list(faults_of_members(flow, known, changed))
    for path, message in wrong:
        faults.report(path, message)
    apart = [path for path in flow.values if is_set(path, changed)]
    for name, part in flow.joint.items():
        is_whole = all(path in flow.values for path in part.gives)
        if not is_whole or any(path[:2] == ("joint", name) for path, _ in wrong):
            continue
        follow = any(path[:2] == ("joint", name) for path in changed)
        try:
            rows = read_posterior(faults.document, name, part, flow.values)
        except FlowError as error:
            faults.found += error.faults
        else:
            flow.draw_together(name, rows, apart, follow=follow)


def _read_arrivals(flow: Flow, faults: FaultGatherer) -> None:
    """Let the clients of groups with `arrivals_from` come as its file says; note its faults."""
    for name, group in flow.groups.items():
        if group.arrivals_from is not None:
            try:
                flow.count_arrivals(name, read_arrivals(faults.document, name, flow))
            except FlowError as error:
                faults.found += error.faults


def _names(named: Any) -> tuple[str, ...]:
    return tuple(named) if isinstance(named, Mapping) else ()


def _part_of(path: Path_) -> Path_:
    """Return the part of a flow file that is left out because of a fault at a path."""
    return path[: 2 if path[:1] and path[0] in (*NAMED, *LISTED) else 1]


def _without(content: Mapping[str, Any], broken: set[tuple[str, ...]]) -> dict[str, Any]:
    """Return the content without its broken parts, so that the rest can still be checked."""
    whole = {**STAND_INS, **{key: value for key, value in content.items() if (key,) not in broken}}
    for kind in NAMED:
        if isinstance(whole.get(kind), Mapping):
            whole[kind] = {
                name: part for name, part in whole[kind].items() if (kind, name) not in broken
            }
    for kind in LISTED:
        if isinstance(whole.get(kind), list):
            whole[kind] = [
                part for k, part in enumerate(whole[kind]) if (kind, str(k)) not in broken
            ]
    return whole
