"""What a verdict hangs on that somebody has to decide: each option of each choice, judged."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from pilotsim.base.arrays import Floats
from pilotsim.base.errors import RequestError, message_of
from pilotsim.base.statistics import paired_interval
from pilotsim.base.text import Text
from pilotsim.files.decided import flow_with, is_as_written, taken_of
from pilotsim.judge.judging import judge_all
from pilotsim.judge.question_runs import QuestionRuns
from pilotsim.judge.verdicts import TargetReading, Verdict, questions_of
from pilotsim.model.choices import Choice
from pilotsim.model.flow import Flow
from pilotsim.model.targets import Measure
from pilotsim.runs.batches import Outcome, Variant

LEAST_RUNS = 60
PART_OF_RUNS = 8


@dataclass(frozen=True)
class OptionToRun:
    """An option that is not taken, with the flow that it makes.

    Parameters
    ----------
    choice, option : str
        Their names.
    flow : Flow
        The flow with this option, all else as decided.
    """

    choice: str
    option: str
    flow: Flow

    @property
    def label(self) -> str:
        """What tells it from all other variants of a check."""
        return f"choice {self.choice}={self.option}"

    def questions(self) -> list[TargetReading]:
        """Return what is measured, in the order of the outcome's columns."""
        return [one for one in questions_of(self.flow) if one.measure is not None]

    def as_variant(self, *, fixed: bool, engine: str | None) -> Variant:
        """Return it as it is run: the same clients, with the programme and without."""
        measures: list[Measure] = [
            one.measure for one in self.questions() if one.measure is not None
        ]
        return Variant(
            self.label,
            self.flow,
            fixed=fixed,
            with_counterfactual=True,
            engine=engine,
            measures=measures,
        )


@dataclass(frozen=True)
class JudgedOption:
    """An option with its verdicts.

    Parameters
    ----------
    option : str
        Its name; that of a reading where readings are the options.
    says : Text
        What is decided.
    is_taken : bool
        Whether the rest of the check takes it.
    replications : int
        Runs that its verdicts rest on.
    verdicts : tuple of Verdict
        One for each target and reading.
    turned : frozenset of str
        The questions that get another word than with the option taken, and whose chance differs
        clearly with the same clients: the 95 % interval of the difference leaves 0 out.
    """

    option: str
    says: Text
    is_taken: bool
    replications: int
    verdicts: tuple[Verdict, ...]
    turned: frozenset[str]

    def verdict_of(self, name: str) -> Verdict | None:
        """Return the verdict on a question by its name; None where the option asks no such."""
        return next((one for one in self.verdicts if one.question.name == name), None)


@dataclass(frozen=True)
class OptionOutOfReach:
    """An option that cannot be taken as the flow now stands, and why.

    Parameters
    ----------
    says : Text
        What would be decided.
    why : str
        What is wrong with the flow that it makes.
    """

    says: Text
    why: str


@dataclass(frozen=True)
class JudgedChoice:
    """A choice with its options, judged side by side.

    Parameters
    ----------
    name : str
        Its name.
    choice : Choice
        What the file says of it.
    options : tuple of JudgedOption
        In the order of the file.
    out_of_reach : tuple of OptionOutOfReach
        Those that cannot be taken for what was set: they are said, and keep nobody from the rest.
    """

    name: str
    choice: Choice
    options: tuple[JudgedOption, ...]
    out_of_reach: tuple[OptionOutOfReach, ...] = ()

    @property
    def taken(self) -> JudgedOption | None:
        """The option that the check takes; None where a target's readings are the options."""
        return next((option for option in self.options if option.is_taken), None)

    @property
    def turns(self) -> bool:
        """Whether some verdict clearly hangs on it: on an option, or on how a target is read.

        Readings rest on the same runs. They turn where one turns to another (`Verdict.turns_to`),
        or where two have another word and only one can be judged.
        """
        if self.choice.readings_of is None:
            return any(option.turned for option in self.options)
        verdicts = [option.verdicts[0] for option in self.options]
        return any(
            one.turns_to(other)
            or (one.word != other.word and not (one.replications and other.replications))
            for one, other in combinations(verdicts, 2)
        )

    @property
    def turned(self) -> list[str]:
        """The questions that turn under some option, in the order of the file."""
        names = {name for option in self.options for name in option.turned}
        taken = self.taken
        asked = taken.verdicts if taken is not None else ()
        return [one.question.name for one in asked if one.question.name in names]


def options_to_run(flow: Flow) -> list[OptionToRun]:
    """Return every option of a flow's choices that is not taken, with the flow it makes.

    None for a flow that was made of no file. Options that cannot be taken for what was changed from
    the file are left out: see `options_out_of_reach`.

    Raises
    ------
    RequestError
        An option of the file as it stands leads to a faulty flow.
    """
    found = []
    for name, taken in taken_of(flow).items():
        for option in flow.choices[name].options:
            if option == taken:
                continue
            try:
                changed = flow_with(flow, name, option)
            except RequestError:
                if is_as_written(flow):
                    raise
                continue
            if changed is not None:
                found.append(OptionToRun(name, option, changed))
    return found


def options_out_of_reach(flow: Flow, name: str) -> Iterator[OptionOutOfReach]:
    """Yield each option of a choice that cannot be taken as the flow now stands.

    In the file as it is written every option can be; a number that was set may rule one out.
    """
    taken = taken_of(flow)[name]
    for option, record in flow.choices[name].options.items():
        if option == taken:
            continue
        try:
            flow_with(flow, name, option)
        except RequestError as fault:
            yield OptionOutOfReach(record.says, message_of(fault))


def runs_of_an_option(replications: int) -> int:
    """Return how many runs each option gets: fewer than the verdicts, enough for its word."""
    return min(replications, max(LEAST_RUNS, replications // PART_OF_RUNS))


def judge_choices(
    flow: Flow,
    verdicts: Sequence[Verdict],
    values: Mapping[str, Floats],
    options: Sequence[OptionToRun],
    outcomes: Mapping[str, Outcome],
    beyond: Mapping[str, Floats],
    *,
    engine: str | None = None,
) -> Iterator[JudgedChoice]:
    """Yield each choice of a flow with its options judged.

    Parameters
    ----------
    flow : Flow
        The flow with the options that are taken.
    verdicts : sequence of Verdict
        Its verdicts.
    values : mapping of str to ndarray, shape (replications,)
        Each measured question's value in each replication.
    options : sequence of OptionToRun
        What was run beside it.
    outcomes : mapping of str to Outcome
        What each came to, by its label; the same clients as in `values`, replication by
        replication.
    beyond : mapping of str to ndarray, shape (replications,)
        How much more than in `values` each may be.
    engine : str, optional
        As for `judge_all`.
    """
    taken = taken_of(flow)
    for name, choice in flow.choices.items():
        if choice.readings_of is not None:
            yield JudgedChoice(name, choice, tuple(_readings(choice.readings_of, verdicts)))
            continue
        run = {one.option: one for one in options if one.choice == name}
        judged = []
        for option, record in choice.options.items():
            if option == taken[name]:
                runs = max((one.replications for one in verdicts), default=0)
                judged.append(
                    JudgedOption(option, record.says, True, runs, tuple(verdicts), frozenset())
                )
            elif option in run:
                outcome = outcomes[run[option].label]
                judged.append(
                    _judged(run[option], record.says, verdicts, values, beyond, outcome, engine)
                )
        out_of_reach = tuple(options_out_of_reach(flow, name))
        if len(judged) + len(out_of_reach) > 1:
            yield JudgedChoice(name, choice, tuple(judged), out_of_reach)


def _readings(target: str, verdicts: Sequence[Verdict]) -> Iterator[JudgedOption]:
    """Yield each reading of a target as an option; they rest on the same runs."""
    for verdict in verdicts:
        question = verdict.question
        if question.target == target:
            yield JudgedOption(
                question.reading,
                question.own_words,
                False,
                verdict.replications,
                (verdict,),
                frozenset(),
            )


def _judged(
    option: OptionToRun,
    says: Text,
    verdicts: Sequence[Verdict],
    values: Mapping[str, Floats],
    beyond: Mapping[str, Floats],
    outcome: Outcome,
    engine: str | None,
) -> JudgedOption:
    asked = [question.name for question in option.questions()]
    words = {verdict.question.name: verdict.word for verdict in verdicts}
    before = {verdict.question.name: verdict.question for verdict in verdicts}
    questions = list(questions_of(option.flow))
    own = [
        None
        if question.measure is None
        else QuestionRuns.of_outcome(outcome, asked.index(question.name), question.bound)
        for question in questions
    ]
    found = judge_all(option.flow, questions, own, engine=engine)
    turned = set()
    for question, after, verdict in zip(questions, own, found, strict=True):
        name = question.name
        differs = after is None or (
            name in values
            and _differs(
                question.as_met(after.values, after.bounds, after.beyond),
                before[name].as_met(
                    values[name][: len(after.values)],
                    beyond=beyond[name][: len(after.values)],
                ),
            )
        )
        if differs and verdict.word != words.get(name, verdict.word):
            turned.add(name)
    runs = len(outcome.values)
    return JudgedOption(option.option, says, False, runs, tuple(found), frozenset(turned))


def _differs(after: Floats, before: Floats) -> bool:
    """Tell whether a chance is clearly another, replication by replication the same clients.

    Replications in which one of the two has no value (NaN) are left out.
    """
    return paired_interval(after, before).is_clear
