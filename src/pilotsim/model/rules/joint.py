"""Whether values can be drawn together: they are there, once, and stand at the central row."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from pilotsim.base.errors import did_you_mean, message_of
from pilotsim.base.messages import Message
from pilotsim.base.quantity import QuantityFault, in_unit_of
from pilotsim.model.distributions import Duration
from pilotsim.model.fields import durations_below
from pilotsim.model.flow import NOT_VARIED, Flow
from pilotsim.model.rules.names import Found, Names, known_source

# How far a value as written may lie from the central row, as a share of the width of its range.
TOLERANCE = 0.02


def is_set(path: str, changed: Sequence[tuple[str, ...]]) -> bool:
    """Tell whether the value at a path of the flow was set for this run.

    Parameters
    ----------
    path : str
        Dotted, as in `Flow.values`.
    changed : sequence of tuple of str
        The paths of the file that were changed: the value's own, or one above or below it.
    """
    keys = tuple(path.split("."))
    return any(
        keys[: len(one)] == one or one[: len(keys)] == keys
        for one in changed
        if one[:1] != ("joint",)
    )


def faults_of_members(
    flow: Flow, known: Mapping[str, Iterable[str]], changed: Sequence[tuple[str, ...]] = ()
) -> Found:
    """Yield what is wrong with the paths that the parts `joint` of a flow give.

    Before they are read: afterwards their ranges are those of the rows.

    Parameters
    ----------
    flow : Flow
        The parts of the file that could be read.
    known : mapping
        Names by kind that the file gives, also those of parts that could not be read.
    changed : sequence of tuple of str
        What was changed for this run: a value that was set may have a range of its own.
    """
    giver: dict[str, str] = {}
    for name, part in flow.joint.items():
        for path in part.gives:
            place = ("joint", name, "gives", path)
            kind, *rest = path.split(".")
            value = flow.values.get(path)
            if kind in NOT_VARIED:
                message = Message(
                    "'{path}' is not what a run goes by; what is drawn is the world, not what is "
                    "asked of it",
                    path=path,
                )
                yield place, message
            elif value is None:
                is_broken = rest and rest[0] in known.get(kind, ()) and not _is_read(flow, path)
                if not is_broken:
                    meant = did_you_mean(path, flow.values)
                    yield (
                        place,
                        Message(
                            "'{path}' stands for no number of the flow{meant}",
                            path=path,
                            meant=meant,
                        ),
                    )
            elif any(follower.slot == value.slot for follower in flow.followers):
                message = Message("'{path}' follows other values; draw those together", path=path)
                yield place, message
            elif path in giver:
                message = Message(
                    "'{path}' is given by '{name}' already", path=path, name=giver[path]
                )
                yield place, message
            elif value.has_range and not is_set(path, changed):
                yield (
                    (*path.split("."), "low"),
                    Message(
                        "is drawn together with others (joint.{name}), from the rows of its file, "
                        "which give its range; leave 'low' and 'high' out",
                        name=name,
                    ),
                )
            giver.setdefault(path, name)
    for path, value in flow.values.items():
        is_broken = value.joint in set(known.get("joint", ())) and value.joint not in flow.joint
        if value.joint is not None and giver.get(path) != value.joint and not is_broken:
            message = Message(
                "no part joint of the name '{name}' gives this value{meant}",
                name=value.joint,
                meant=did_you_mean(value.joint, known.get("joint", ())),
            )
            yield (*path.split("."), "joint"), message


def _is_read(flow: Flow, path: str) -> bool:
    """Tell whether the part of the file in which a path lies could be read."""
    kind, name, *_ = path.split(".")
    return name in getattr(flow, kind, {})


def faults_of_rows(flow: Flow, names: Names) -> Found:
    """Yield what does not hold between a flow and the rows that it draws from.

    Parameters
    ----------
    flow : Flow
        Whose values are drawn together.
    names : Names
        The names of the flow.
    """
    for name, part in flow.joint.items():
        if part.source is not None:
            yield from known_source(part.source, names, ("joint", name, "source"))
    for name, members in flow.drawn_together.items():
        rows = flow.posteriors[name]
        for path, value in members.items():
            column = rows.paths.index(path)
            central = float(rows.central[column])
            low, high = rows.ranges[:, column].tolist()
            if abs(value.number - central) > TOLERANCE * (high - low) + 1e-9 * abs(central):
                message = Message(
                    "expected {central}, the central row of {file}; found {found}",
                    central=str(in_unit_of(value, central)),
                    file=flow.joint[name].file,
                    found=value.written,
                )
                yield tuple(path.split(".")), message
    for path, duration in durations_below(flow):
        yield from _faults_of_duration(path, duration)


def _faults_of_duration(path: str, duration: Duration) -> Found:
    """Yield a fault if the parameters of a length cannot be what some row makes of them."""
    if duration.parts or not any(value.joint for value in duration.parameters):
        return
    keys = tuple(path.split("."))
    try:
        duration.check_parameters()
    except QuantityFault as fault:
        yield (*keys, duration.family, *fault.keys), message_of(fault)
