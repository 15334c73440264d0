"""What a study measures: targets, observed outputs, measures of its own; checked everywhere."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence

from pilotsim.base.errors import did_you_mean
from pilotsim.base.messages import Message
from pilotsim.base.text import Text
from pilotsim.experiments.study.study import PrecisionTarget, Replications, Response
from pilotsim.experiments.study.study_file import ALL, ReplicationsPart, ResponsePart, ResponsesPart
from pilotsim.judge.verdicts import TargetReading, questions_of
from pilotsim.model.flow import Flow
from pilotsim.model.rules.names import Names
from pilotsim.model.rules.targets import EXPECTED, faults_of_bound, faults_of_measure

Path_ = tuple[str, ...]
Report = Callable[[Path_, str], None]


def read_responses(
    part: ResponsesPart, flows: Mapping[str, Flow], report: Report
) -> tuple[Response, ...]:
    """Return what is measured; report what cannot be, at its place in the study file."""
    flow = next(iter(flows.values()))
    found = [
        *_of_targets(part, flow, report),
        *_of_observed(part, flow, report),
        *_of_the_study(part, flow, report),
    ]
    for number, response in enumerate(found):
        if response.name in [other.name for other in found[:number]]:
            report(
                ("responses",),
                Message("the response '{name}' stands twice", name=response.name),
            )
    for name, other in list(flows.items())[1:]:
        _check_in_scenario(found, name, other, flow, part, report)
    return tuple(found)


def _of_targets(part: ResponsesPart, flow: Flow, report: Report) -> Sequence[Response]:
    questions = {question.name: question for question in questions_of(flow)}
    found: dict[str, Response] = {}
    for number, name in enumerate(part.targets):
        path = ("responses", "targets", str(number))
        chosen = [q for q in questions.values() if name in (ALL, q.target, q.name)]
        measured = {q.name: _of_question(q) for q in chosen if q.measure is not None}
        if not chosen and name == ALL:
            report(path, Message("the flow has no targets; write 'measures'"))
        elif not chosen:
            report(
                path,
                Message(
                    "the flow has no target '{name}'{meant}",
                    name=name,
                    meant=did_you_mean(name, {*flow.targets, *questions}),
                ),
            )
        elif not measured:
            report(
                path,
                Message(
                    "'{name}' is judged by arithmetic alone; there is nothing to measure in a run",
                    name=name,
                ),
            )
        found |= measured
    return tuple(found.values())


def _of_observed(part: ResponsesPart, flow: Flow, report: Report) -> Sequence[Response]:
    """Return the observed outputs that are measured in a run, each once."""
    measured = {
        name: Response(name, one.says, one.measure)
        for name, one in flow.observed.items()
        if one.measure is not None
    }
    found: dict[str, Response] = {}
    for number, name in enumerate(part.observed):
        path = ("responses", "observed", str(number))
        if name == ALL:
            found |= measured
            if not measured:
                report(path, Message("the flow has no observed outputs; write 'measures'"))
        elif name in measured:
            found[name] = measured[name]
        elif name in flow.observed:
            report(
                path,
                Message("'{name}' is a sum; there is nothing to measure in a run", name=name),
            )
        else:
            report(
                path,
                Message(
                    "the flow has no observed output '{name}'{meant}",
                    name=name,
                    meant=did_you_mean(name, measured),
                ),
            )
    return tuple(found.values())


def _of_question(question: TargetReading) -> Response:
    assert question.measure is not None
    return Response(
        question.name,
        question.own_words,
        question.measure,
        question.bound,
        question.at_least,
    )


def _of_the_study(part: ResponsesPart, flow: Flow, report: Report) -> Sequence[Response]:
    found = []
    for name, one in part.measures.items():
        path = ("responses", "measures", name)
        for place, message in faults_of_measure(
            (*path, "measure"), one.measure, flow, Names(flow, {})
        ):
            report(place, message)
        bound, key = (
            (one.at_least, "at_least") if one.at_least is not None else (one.at_most, "at_most")
        )
        for place, message in (
            faults_of_bound((*path, key), bound, one.measure) if bound is not None else ()
        ):
            report(place, message)
        found.append(_of_part(name, one))
    return found


def _of_part(name: str, part: ResponsePart) -> Response:
    bound = part.at_least if part.at_least is not None else part.at_most
    return Response(name, part.says or Text(name), part.measure, bound, part.at_most is None)


def _check_in_scenario(
    found: Sequence[Response],
    name: str,
    flow: Flow,
    base: Flow,
    part: ResponsesPart,
    report: Report,
) -> None:
    """Report what can be measured in the first scenario and not in this one."""
    for response in found:
        path = (
            ("responses", "measures", response.name)
            if response.name in part.measures
            else ("responses", "targets")
        )
        sound = not list(faults_of_measure((), response.measure, base, Names(base, {})))
        faults = (
            list(faults_of_measure(path, response.measure, flow, Names(flow, {}))) if sound else []
        )
        for _, message in faults:
            report(
                path,
                Message(
                    "'{response}' cannot be measured in the scenario '{name}': {message}",
                    response=response.name,
                    name=name,
                    message=message,
                ),
            )


def check_bounds_stand(
    responses: Sequence[Response | TargetReading],
    flows: Mapping[str, Flow],
    varied: Collection[str],
    report: Callable[[str], None],
    *,
    fixed: bool,
) -> None:
    """Report responses whose bound follows values that are not the same in all runs.

    Parameters
    ----------
    responses : sequence of Response or TargetReading
        What is asked, with the bounds of the first flow.
    flows : mapping of str to Flow
        The flow in each scenario.
    varied : collection of str
        The paths that are given other numbers than their own.
    report : callable
        Takes the message of a fault.
    fixed : bool
        Whether assumptions keep their values.
    """
    flow, *others = flows.values()
    paths = list(flow.values)
    for response in responses:
        bound = response.bound
        if bound is None or not bound.follows:
            continue
        own = paths[bound.slot]
        behind = [paths[slot] for slot in sorted(flow.moves(bound))]
        moving = [
            path for path in behind if path in varied or (not fixed and flow.values[path].has_range)
        ]
        elsewhere = [other for other in others if other.values[own].number != bound.number]
        if moving or elsewhere:
            report(
                Message(
                    "the bound of '{name}' follows {behind}, which is not the same in all runs; "
                    "ask for a measure with a bound of its own",
                    name=response.name,
                    behind=", ".join(moving or [path for path in behind if path != own]),
                ),
            )


def read_replications(
    part: ReplicationsPart, responses: Sequence[Response], report: Report, *, complete: bool
) -> Replications:
    """Return how often each point is run.

    Report intervals of what is not measured, where all responses are known.
    """
    known = {response.name: response for response in responses}
    until = []
    for name, narrow in part.until.items():
        path = ("replications", "until", name)
        response = known.get(name)
        half = narrow.mean or narrow.chance
        assert half is not None
        if response is None:
            if complete:
                report(
                    path,
                    Message(
                        "the study has no response '{name}'{meant}",
                        name=name,
                        meant=did_you_mean(name, known),
                    ),
                )
            continue
        kind = response.measure.unit
        if narrow.chance is not None and response.bound is None:
            report(
                (*path, "chance"),
                Message(
                    "'{name}' has no bound to be met; give it at_least or at_most, or ask for the "
                    "mean",
                    name=name,
                ),
            )
        elif narrow.mean is not None and half.kind != kind:
            report(
                (*path, "mean"),
                Message(
                    "the measure '{kind}' is given as {wanted}; found {found}",
                    kind=response.measure.kind,
                    wanted=EXPECTED[kind],
                    found=half.written,
                ),
            )
        until.append(PrecisionTarget(name, half.number, narrow.chance is not None))
    return Replications(int(part.at_least.number), int(part.at_most.number), tuple(until))
