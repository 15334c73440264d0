"""A measure of one's own, given as a mapping: read and checked as a flow file's is."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from pilotsim.files.faults import FaultGatherer
from pilotsim.files.yaml import YamlDocument
from pilotsim.model.flow import Flow
from pilotsim.model.rules.names import Names
from pilotsim.model.rules.targets import faults_of_measure
from pilotsim.model.targets import Measure

__all__ = ["read_measure"]


def read_measure(content: Mapping[str, Any], flow: Flow) -> Measure:
    """Return the measure that a mapping describes.

    Parameters
    ----------
    content : mapping
        What stands under `measure` in a flow file, as plain values: such as
        ``{"share": {"state": "work", "at": "end"}, "of": {"groups": "new"}}``.
    flow : Flow
        The flow that is measured.

    Raises
    ------
    FlowError
        With every fault: a key or a name that is not there, a time that cannot be read.
    """
    document = YamlDocument("measure", _plain(content))
    faults = FaultGatherer(document)
    measure, _ = faults.validate(Measure, document.content)
    if measure is not None:
        for path, message in faults_of_measure((), measure, flow, Names(flow, {})):
            faults.report(path, message)
    faults.stop()
    assert measure is not None, "what is not read has a fault"
    return measure


def _plain(content: Any) -> Any:
    """Return content as a file would hold it."""
    if isinstance(content, Mapping):
        return {str(key): _plain(part) for key, part in content.items()}
    if isinstance(content, list | tuple | set | frozenset):
        return [_plain(part) for part in content]
    return content.isoformat() if isinstance(content, date) else content
