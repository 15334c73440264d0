"""Reports: the same figures and tables as a page, as pictures and as files for a spreadsheet."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pilotsim.output.report.folder import write_report
    from pilotsim.output.report.validation import write_validation_report

_HOMES = {"write_report": "folder", "write_validation_report": "validation"}
__all__ = ["write_report", "write_validation_report"]


def __getattr__(name: str) -> Any:
    """Import a report when it is first asked for: matplotlib is slow to start."""
    if name in _HOMES:
        return getattr(import_module(f"pilotsim.output.report.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'pilotsim.output.report' has no attribute '{name}'")
