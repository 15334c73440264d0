"""The ledger of a register: what was released of it, so that two releases tell no more than one.

Whoever has two results of one register can subtract them. So each release is written down beside
the register: the plan, and the counts that could be read from it. The next one is held against all
of them. The ledger holds no row and no count that was not shown; it stays where the register is,
since its digest of the register is made of all rows.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from pilotsim.base.errors import RegisterError, RunError
from pilotsim.base.files import write_whole
from pilotsim.base.messages import Message
from pilotsim.evaluation.preanalysis_plan import PreAnalysisPlan
from pilotsim.evaluation.register import Panel
from pilotsim.files.faults import build_record
from pilotsim.files.yaml import parse

# So many months of a register tell its clients from those of another.
FIRST_YEAR = 12
# A digest of all cannot be guessed where so many, or such a part, have a first year of their own.
TOLD_APART, PART_TOLD_APART = 50, 0.9


@dataclass(frozen=True)
class LedgerEntry:
    """A release of a register.

    Parameters
    ----------
    register : str
        The digest of the register; see `digest_of`.
    plan : PreAnalysisPlan
        What was asked.
    content : mapping
        The plan as it stands in its file.
    told : mapping of str to int
        Counts that could be read from the release, by what they are called.
    about : tuple of str
        What was told rounded or coarsely, by the questions' names.
    answers : mapping of str to tuple of str, or None
        Which answers were told, with digests of what either arm of them was worked out from, and by
        which interval, unless exactly; None
        where nobody wrote that down.
    """

    register: str
    plan: PreAnalysisPlan
    content: Mapping[str, Any]
    told: Mapping[str, int]
    about: tuple[str, ...] = ()
    answers: Mapping[str, tuple[str, str, str]] | None = None


def digest_of(panel: Panel) -> str:
    """Return the SHA-256 of all that a register says of its clients."""
    digest = hashlib.sha256()
    parts = [panel.status, panel.in_work, panel.on_assistance, panel.amount]
    parts += [panel.offered, panel.started, panel.district]
    for array in parts:
        digest.update(np.ascontiguousarray(array).tobytes())
    for name in sorted(panel.traits):
        digest.update(name.encode())
        digest.update(np.ascontiguousarray(panel.traits[name]).tobytes())
    return digest.hexdigest()


def digest_of_clients(panel: Panel) -> str:
    """Return the SHA-256 of who the clients of a register are, whatever became of them since.

    Results hold it, so that the same clients are not pooled twice, also from a later extract, under
    another plan or under new numbers. It is of what each was paid in the first year; where that
    does not tell clients apart, of all that is known of the first year.

    A digest of little can be tried out: whoever knows that clients are numbered from 1 and that
    nobody but a few has a trait finds these few by trying all groups of few. So there is none where
    clients are much alike, and none is of numbers of clients.

    Returns
    -------
    str
        The digest; "" where there is none.
    """
    year = slice(0, FIRST_YEAR)
    paid = [panel.amount[:, year]]
    districts = np.asarray(panel.districts, np.str_)[panel.district]
    known = [*paid, panel.status[:, year], panel.in_work[:, year], panel.on_assistance[:, year]]
    known += [panel.entered, districts, *(panel.traits[name] for name in sorted(panel.traits))]
    for parts in (paid, known):
        columns = [np.asarray(one).reshape(len(panel), -1).astype(str) for one in parts]
        rows = ["\t".join(cells) for cells in np.concatenate(columns, axis=1)]
        alone = sum(count == 1 for count in Counter(rows).values())
        if alone >= min(TOLD_APART, PART_TOLD_APART * len(rows)):
            return hashlib.sha256("\n".join(sorted(rows)).encode()).hexdigest()
    return ""


def ledger_of(register: Path) -> Path:
    """Return where the ledger of a register lies: beside it."""
    return register.with_name(f"{register.name}.releases.json")


def read_ledger(file: Path) -> tuple[LedgerEntry, ...]:
    """Return the releases of a register so far; none where there is no ledger yet.

    Raises
    ------
    RegisterError
        It is damaged: then nobody knows what was released.
    """
    if not file.exists():
        return ()
    try:
        found = json.loads(file.read_text(encoding="utf-8"))["releases"]
        return tuple(
            LedgerEntry(
                str(one["register"]),
                build_record(parse(json.dumps(one["plan"]), str(file), "plan"), PreAnalysisPlan),
                dict(one["plan"]),
                {str(name): int(count) for name, count in one["told"].items()},
                tuple(str(name) for name in one["about"]),
                None
                if one.get("answers") is None
                else {
                    str(key): (str(first), str(second), str(shown))
                    for key, (first, second, shown) in one["answers"].items()
                },
            )
            for one in found
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as fault:
        raise RegisterError(
            Message(
                "{file}: the ledger of earlier releases cannot be read, so nobody knows what was "
                "told of this register before; put it back as it was",
                file=file,
            )
        ) from fault


def write_ledger(file: Path, entries: Sequence[LedgerEntry]) -> None:
    """Write all releases of a register; one that tells the same as another is written once.

    Raises
    ------
    RegisterError
        It cannot be written: then nothing may be released.
    """
    kept: list[dict[str, Any]] = []
    for entry in entries:
        one = {
            "register": entry.register,
            "plan": dict(entry.content),
            "told": dict(sorted(entry.told.items())),
            "about": sorted(entry.about),
        }
        if entry.answers is not None:
            one["answers"] = {key: [*own] for key, own in sorted(entry.answers.items())}
        if one not in kept:
            kept.append(one)
    text = json.dumps({"releases": kept}, indent=1, ensure_ascii=False) + "\n"
    try:
        write_whole(file, text.encode())
    except (OSError, RunError) as fault:
        raise RegisterError(
            Message(
                "{file}: what is released must be written down here and cannot be; name another "
                "place with --ledger",
                file=file,
            )
        ) from fault
