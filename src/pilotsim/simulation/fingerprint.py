"""What tells whether journeys are the same to the bit, in one line: a digest of all columns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from hashlib import sha256

import numpy as np

from pilotsim.base.arrays import Floats
from pilotsim.simulation.journeys import Journeys

WHOLE = ("client", "visit", "stage", "cause", "next", "alternative")
TIMES = ("joined", "started", "finished")


def fingerprints(journeys: Journeys) -> list[str]:
    """Return the fingerprint of each replication, the same however many are run at once.

    It is the SHA-256 digest of columns, in this order: client, visit, stage, cause, next and
    alternative of each visit, group and origin of each client, joined, started and finished of each
    visit, when each client arrives and from when it may be offered the programme, and each trait.
    Numbers have 64 bits, the least byte first. What is no number has one pattern of bits, whichever
    it had: the standard leaves that open.
    """
    first = [0, len(journeys.cohort)] if journeys.runs is None else journeys.runs.first.tolist()
    visits = np.searchsorted(journeys.client, first).tolist()
    return [
        _digest(_columns(journeys, slice(*first[k : k + 2]), slice(*visits[k : k + 2])))
        for k in range(len(first) - 1)
    ]


def joined(fingerprints: Sequence[str]) -> str:
    """Return one fingerprint of several.

    Parameters
    ----------
    fingerprints : sequence of str
        In order.
    """
    return sha256("".join(fingerprints).encode()).hexdigest()


def _columns(journeys: Journeys, clients: slice, visits: slice) -> Iterator[bytes]:
    cohort = journeys.cohort
    yield (journeys.client[visits] - clients.start).astype("<i8").tobytes()
    for name in WHOLE[1:]:
        yield getattr(journeys, name)[visits].astype("<i8").tobytes()
    for column in (cohort.group, cohort.origin):
        yield column[clients].astype("<i8").tobytes()
    for name in TIMES:
        yield bits_of(getattr(journeys, name)[visits])
    for numbers in (cohort.arrives, cohort.offered_from):
        yield bits_of(numbers[clients])
    for trait in journeys.plan.flow.traits:
        yield bits_of(cohort.traits[trait][clients])


def bits_of(numbers: Floats) -> bytes:
    """Return the bits of numbers, with one pattern for what is no number."""
    return np.where(np.isnan(numbers), np.nan, numbers).astype("<f8").tobytes()


def _digest(columns: Iterator[bytes]) -> str:
    digest = sha256()
    for column in columns:
        digest.update(column)
    return digest.hexdigest()
