"""Runs: work in blocks that are stored as they finish, so that none is done twice.

A run is a folder: a manifest (what is run), a block for each task done, and, once all are done, the
results.
"""

from __future__ import annotations

from pilotsim.base.files import Columns
from pilotsim.runs.cluster import Cluster
from pilotsim.runs.store import Manifest, Store
from pilotsim.runs.workers import Local, Task, Workers, work

__all__ = ["Cluster", "Columns", "Local", "Manifest", "Store", "Task", "Workers", "work"]
