"""What makes the parts of an effect consistent: values that exist, switched by one part alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pilotsim.base.errors import did_you_mean, message_of
from pilotsim.base.messages import Message
from pilotsim.base.quantity import Quantity, QuantityFault, read_value
from pilotsim.model.flow import Flow
from pilotsim.model.mechanisms import Mechanism
from pilotsim.model.rules.names import Found, Names, faults_of_names
from pilotsim.model.rules.targets import faults_of_measure
from pilotsim.model.targets import Measure, Selection

# Parts of a file whose values the run of a programme does not read.
ASKED = ("targets", "observed", "conflicts", "costs", "mechanisms", "lasts")


def faults_of_mechanisms(
    flow: Flow, names: Names, changed: Sequence[tuple[str, ...]] = ()
) -> Found:
    """Yield each fault of the parts of a flow's effect with its path.

    Parameters
    ----------
    flow : Flow
        The parts of the file that could be read.
    names : Names
        The names of the flow.
    changed : sequence of paths
        What was changed for this run: a value that is not there because of it is no fault.
    """
    if flow.mechanisms is None:
        return
    if not flow.has_programme:
        yield (
            ("mechanisms",),
            Message("no stage draws clients (draws_from): there is no programme to split"),
        )
    yield from faults_of_names(flow.mechanisms, names, ("mechanisms",))
    for name, counted in flow.mechanisms.counted.items():
        measure = Measure(count=Selection(state="work", at="end"), of=counted.of)
        for below, message in faults_of_measure((), measure, flow, names):
            yield ("mechanisms", "counted", name, *below), message
    taken: dict[str, str] = {}
    for name, part in flow.mechanisms.parts.items():
        for switched, message in _switches(part, flow, changed):
            yield ("mechanisms", "parts", name, "without", switched), message
        for path in part.without:
            if path in taken:
                yield (
                    ("mechanisms", "parts", name, "without", path),
                    Message("'{name}' switches this value already", name=taken[path]),
                )
            taken.setdefault(path, name)


def _switches(
    part: Mechanism, flow: Flow, changed: Sequence[tuple[str, ...]]
) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with the values that a part is switched off by."""
    for path, raw in part.without.items():
        value = flow.values.get(path)
        keys = tuple(path.split("."))
        if value is None and any(keys[: len(one)] == one for one in changed):
            continue
        if value is None or keys[0] in ASKED:
            meant = did_you_mean(path, flow.values)
            yield (
                path,
                Message("no value of the flow stands at '{path}'{meant}", path=path, meant=meant),
            )
            continue
        try:
            read_switch(value, raw)
        except QuantityFault as fault:
            yield path, message_of(fault)


def read_switch(value: Quantity, raw: object) -> float:
    """Return the number of a value where a part of the effect is switched off, in its base unit.

    Raises
    ------
    QuantityFault
        It cannot be read as a value of that kind.
    """
    return read_value(raw, value.kind).number


def switched_slots(flow: Flow, part: Mechanism) -> dict[int, float]:
    """Return the numbers that stand where a part is switched off, by slot, with later values.

    A value that a change of the run took away has none.
    """
    found: dict[int, float] = {}
    for path, raw in part.without.items():
        value = flow.values.get(path)
        if value is None:
            continue
        number = read_switch(value, raw)
        found.update({one.slot: number for one in (value, *(later for _, later in value.changes))})
    return found


def inseparable_parts(flow: Flow) -> tuple[str, ...]:
    """Return the parts that cannot be switched off as a flow now stands, by name.

    Without them those who finish some stage would have no way on: what was set for a run, such as a
    scenario, may send everybody the one way that a part is switched off by closing.
    """
    if flow.mechanisms is None:
        return ()
    switched = {name: switched_slots(flow, part) for name, part in flow.mechanisms.parts.items()}
    closed = {slot for own in switched.values() for slot, number in own.items() if number <= 0.0}
    stranded: set[int] = set()
    for stage in flow.stages.values():
        shares = [way.share for way in (stage.next or {}).values()]
        written = [share for share in shares if share is not None]
        has_rest = len(written) < len(shares)
        if written and not has_rest and not any(_stays_open(share, closed) for share in written):
            stranded.update(share.slot for share in written if share.slot in closed)
    return tuple(name for name, own in switched.items() if stranded.intersection(own))


def _stays_open(share: Quantity, closed: set[int]) -> bool:
    return share.slot not in closed and share.number > 0.0
