"""Which class of evidence each published figure is: told where the program can tell it."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from pilotsim.base.arithmetic import ArithmeticFault, names_in
from pilotsim.base.messages import Message
from pilotsim.base.quantity import Quantity
from pilotsim.base.text import Text
from pilotsim.model.evidence import (
    BY_CONSTRUCTION,
    FITTED,
    IDENTITY,
    NEAR_COPY,
    TEST,
    EvidenceClass,
    NaiveForecast,
)
from pilotsim.model.flow import Flow
from pilotsim.model.published import Observed
from pilotsim.model.rules.names import Found, Names, known

SIMULATED, OBSERVED = "simulated", "observed"


@dataclass(frozen=True)
class RowEvidence:
    """The evidence that a published figure gives.

    Parameters
    ----------
    kind : EvidenceClass
        Its class.
    because : Text, Message or None
        Why: in the words of the file, or of the program; None for a test of which nothing is said.
    """

    kind: EvidenceClass
    because: Text | Message | None = None


def evidence_of(flow: Flow, name: str) -> RowEvidence:
    """Return the evidence that an observed output gives.

    Parameters
    ----------
    flow : Flow
        The flow.
    name : str
        The output; one of its figures was published.
    """
    claim = flow.observed[name].evidence
    told = told_evidence(flow, name)
    if told is not None:
        is_explained = claim is not None and claim.kind is told.kind and claim.because is not None
        return RowEvidence(told.kind, claim.because) if claim and is_explained else told
    # What was fitted to in another fit than the one at hand is held out in this one.
    if claim is None or claim.kind is FITTED:
        return RowEvidence(TEST)
    return RowEvidence(claim.kind, claim.because)


def told_evidence(flow: Flow, name: str) -> RowEvidence | None:
    """Return the evidence of an output where the flow itself tells it; else None."""
    return _told(flow, name, frozenset())


def _told(flow: Flow, name: str, seen: frozenset[str]) -> RowEvidence | None:
    observed = flow.observed[name]
    if observed.fitted:
        return RowEvidence(FITTED, Message("values of the flow were fitted to it"))
    if observed.sum is not None and not simulated_in(observed):
        return RowEvidence(IDENTITY, Message("a sum of given numbers: nothing of it is simulated"))
    copied = _copied_row(flow, name)
    if copied is not None:
        return RowEvidence(
            NEAR_COPY,
            Message(
                "the same number of the model as '{name}', to which values were fitted", name=copied
            ),
        )
    if observed.published and all(_is_one_sided(one.interval) for one in observed.published):
        return RowEvidence(
            BY_CONSTRUCTION, Message("one-sided: the figure says on which side, not how far")
        )
    rows = simulated_in(observed)
    if rows and name not in seen and all(_is_settled(flow, row, seen | {name}) for row in rows):
        return RowEvidence(
            BY_CONSTRUCTION,
            Message("follows from rows that are no tests: {names}", names=", ".join(rows)),
        )
    return None


def simulated_in(observed: Observed) -> list[str]:
    """Return the outputs whose simulated values the sum of a row names; none of a measure."""
    try:
        found = [] if observed.sum is None else list(names_in(observed.sum))
    except ArithmeticFault:
        return []
    pairs = [one.partition(".") for one in found]
    return [rest for kind, _, rest in pairs if kind == SIMULATED]


def _copied_row(flow: Flow, name: str) -> str | None:
    """Return a fitted row that measures the very same; another figure is held against it here."""
    measure = flow.observed[name].measure
    if measure is None:
        return None
    fitted = (row for row, one in flow.observed.items() if one.fitted and one.measure == measure)
    return next(fitted, None)


def _is_one_sided(interval: tuple[float, float]) -> bool:
    return any(math.isinf(end) for end in interval)


def _is_settled(flow: Flow, name: str, seen: frozenset[str]) -> bool:
    """Tell whether a row has a figure and is no test, so that what follows from it is none."""
    observed = flow.observed.get(name)
    if observed is None or observed.is_blank:
        return False
    told = _told(flow, name, seen)
    claim = observed.evidence
    kind = told.kind if told is not None else claim.kind if claim is not None else TEST
    return kind is not TEST


def naive_of(flow: Flow, name: str) -> tuple[Quantity, Text] | None:
    """Return the naive forecast of an observed output with its words; None where there is none.

    A row that holds another figure against the number of a fitted row has one without being told:
    the figure of that row.

    Parameters
    ----------
    flow : Flow
        The flow.
    name : str
        The output.
    """
    observed = flow.observed[name]
    naive = observed.naive
    if naive is not None and naive.value is not None and naive.says is not None:
        return naive.value, naive.says
    row = _row_copied_by(naive) if naive is not None else _copied_row(flow, name)
    source = flow.observed.get(row) if row is not None and not observed.fitted else None
    if source is None or source.value is None:
        return None
    return source.value, (naive.says if naive is not None else None) or source.says


def _row_copied_by(naive: NaiveForecast) -> str:
    return str(naive.as_).removeprefix(f"{OBSERVED}.")


def faults_of_evidence(flow: Flow, names: Names) -> Found:
    """Yield each claim of a flow file about evidence that cannot be, with its path."""
    for name, observed in flow.observed.items():
        if observed.naive is not None and observed.published:
            yield from _naive(("observed", name, "naive"), observed, flow, names)
        if observed.evidence is not None and observed.published:
            for fault in _claim(flow, name):
                yield ("observed", name, "evidence"), fault


def _claim(flow: Flow, name: str) -> Iterator[Message]:
    claim = flow.observed[name].evidence
    assert claim is not None  # asked by the caller
    told = told_evidence(flow, name)
    if told is not None and told.kind is not claim.kind:
        yield Message(
            "the row is '{told}' ({because}); found '{claim}'",
            told=told.kind.name,
            because=told.because,
            claim=claim.kind.name,
        )
    elif told is None and claim.kind is FITTED:
        yield Message("what values were fitted to says so itself: fitted: true")
    elif told is None and claim.kind is IDENTITY:
        yield Message("only a sum of given numbers is an identity; something here is simulated")
    elif told is None and claim.kind is NEAR_COPY:
        yield from _near_copy(flow, name)


def _near_copy(flow: Flow, name: str) -> Iterator[Message]:
    """Yield a fault unless the row names what it is near, and is near it."""
    naive = flow.observed[name].naive
    if naive is None or naive.as_ is None:
        yield Message("a near copy names the row that it is near (naive: as)")
        return
    forecast = naive_of(flow, name)
    if forecast is None:
        return
    intervals = [one.interval for one in flow.observed[name].published]
    if not any(low <= forecast[0].number <= high for low, high in intervals):
        yield Message(
            "a near copy lies within its tolerance of the row that it is near; copying {value} "
            "would miss",
            value=forecast[0].written,
        )


def _naive(path: tuple[str, ...], observed: Observed, flow: Flow, names: Names) -> Found:
    naive = observed.naive
    assert naive is not None  # asked by the caller
    kind = observed.published[0].value.kind
    if naive.value is not None:
        if naive.value.kind != kind:
            yield (*path, "value"), _other_unit(observed, naive.value)
        return

    prefix, _, row = str(naive.as_).partition(".")
    if prefix != OBSERVED:
        yield (
            (*path, "as"),
            Message("expected the name of a row: observed.NAME; found {found}", found=naive.as_),
        )
        return
    yield from known(row, names.observed, "observed output", (*path, "as"))
    source = flow.observed.get(row)
    if source is None:
        return
    if source.value is None:
        yield (
            (*path, "as"),
            Message("'{name}' has no single figure that could be copied", name=row),
        )
    elif source.value.kind != kind:
        yield (*path, "as"), _other_unit(observed, source.value)


def _other_unit(observed: Observed, value: Quantity) -> Message:
    return Message(
        "expected the unit of {written}; found {found}",
        written=observed.published[0].value.written,
        found=value.written,
    )
