"""Reports: the same figures and tables as a page, as pictures and as files for a spreadsheet."""

from __future__ import annotations

from pilotsim.report.folder import write_report

__all__ = ["write_report"]
