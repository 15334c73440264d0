"""What a flow becomes under each option of its choices, and which options were taken."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from pilotsim.base.errors import FlowError, RequestError, did_you_mean, message_of
from pilotsim.base.messages import Message
from pilotsim.files.changes import apply_changes
from pilotsim.files.reading import MADE_OF, build_flow
from pilotsim.files.yaml import YamlDocument
from pilotsim.model.flow import Flow


@dataclass(frozen=True)
class Decided:
    """A flow file and what was decided of it.

    Parameters
    ----------
    document : YamlDocument
        The file.
    first : sequence of mapping
        Layers of changes below the options, such as a scenario.
    taken : mapping of str to str
        The option taken of each choice that is not left as the file is written.
    last : sequence of mapping
        Layers on top of them: what is set for one run.
    """

    document: YamlDocument
    first: Sequence[Mapping[str, Any]] = ()
    taken: Mapping[str, str] = field(default_factory=dict)
    last: Sequence[Mapping[str, Any]] = ()

    def flow(self, written: Flow) -> Flow:
        """Return the flow, given the one that the file holds."""
        options = [
            written.choices[choice].options[option].changes for choice, option in self.taken.items()
        ]
        layers = [layer for layer in (*self.first, *options, *self.last) if layer]
        found = apply_changes(self.document, *layers) if layers else build_flow(self.document)
        found.memory[Decided] = self
        return found


def decided_of(flow: Flow) -> Decided | None:
    """Return what a flow was made of; None for one that no file holds."""
    found: Decided | None = flow.memory.get(Decided)
    if found is None and MADE_OF in flow.memory:
        document, layers = flow.memory[MADE_OF]
        found = Decided(document, last=layers)
    return found


def is_as_written(flow: Flow) -> bool:
    """Whether nothing was set, decided or chosen for a flow: it stands as its file does."""
    decided = decided_of(flow)
    layers = () if decided is None else (*decided.first, *decided.last)
    return not flow.changes and not any(layers) and not (decided is not None and decided.taken)


def taken_of(flow: Flow) -> dict[str, str]:
    """Return the option that a flow takes of each of its choices, by name."""
    decided = decided_of(flow)
    taken = decided.taken if decided is not None else {}
    return {
        name: taken.get(name, choice.as_written)
        for name, choice in flow.choices.items()
        if choice.options
    }


def flow_with(flow: Flow, choice: str, option: str) -> Flow | None:
    """Return a flow with another option of a choice, everything else as decided.

    None where the flow was made of no file. It is made once, whoever asks for it.

    Raises
    ------
    RequestError
        The option leads to a faulty flow, or a path of its changes leads nowhere.
    """
    decided = decided_of(flow)
    if decided is None:
        return None
    known: dict[tuple[str, str], Flow] = flow.memory.setdefault(flow_with, {})
    if (choice, option) in known:
        return known[choice, option]
    try:
        found = replace(decided, taken={**decided.taken, choice: option}).flow(flow)
    except (FlowError, RequestError) as fault:
        raise RequestError(
            Message(
                "the option '{option}' of the choice '{choice}' cannot be taken: {why}",
                option=option,
                choice=choice,
                why=message_of(fault),
            )
        ) from fault
    known[choice, option] = found
    return found


def flow_changed(flow: Flow, changes: Mapping[str, Any]) -> Flow | None:
    """Return a flow with further changes on top of everything decided and set for it.

    None where the flow was made of no file.

    Raises
    ------
    FlowError
        The changed flow is faulty.
    RequestError
        A path leads nowhere.
    """
    decided = decided_of(flow)
    return None if decided is None else replace(decided, last=[*decided.last, changes]).flow(flow)


def read_choice(text: str, flow: Flow) -> tuple[str, str]:
    """Return choice and option of a decision written as ``choice=option``.

    Raises
    ------
    RequestError
        It is not of that form, or the flow has no such choice or option.
    """
    name, sign, option = (part.strip() for part in text.partition("="))
    if not sign or not name or not option:
        raise RequestError(
            Message("expected choice=option, such as length=36_months; found '{found}'", found=text)
        )
    check_option(name, option, flow)
    return name, option


def check_option(name: str, option: str, flow: Flow) -> None:
    """Raise an error unless a flow has an option of a choice that can be taken.

    Raises
    ------
    RequestError
        The flow has no such choice or option.
    """
    decidable = [one for one, choice in flow.choices.items() if choice.options]
    if name not in decidable:
        reads = name in flow.choices
        raise RequestError(
            Message("all readings of '{name}' are shown; there is none to take", name=name)
            if reads
            else Message(
                "the flow has no choice '{name}'{meant}",
                name=name,
                meant=did_you_mean(name, decidable),
            )
        )
    options = flow.choices[name].options
    if option not in options:
        raise RequestError(
            Message(
                "the choice '{choice}' has no option '{name}'{meant}",
                choice=name,
                name=option,
                meant=did_you_mean(option, options),
            )
        )


def decide(flow: Flow, texts: Sequence[str]) -> dict[str, str]:
    """Return the options that are taken by name, of decisions written as ``choice=option``.

    Raises
    ------
    RequestError
        A decision is not of that form, or one choice is made in two ways.
    """
    taken: dict[str, str] = {}
    for text in texts:
        name, option = read_choice(text, flow)
        if taken.setdefault(name, option) != option:
            raise RequestError(
                Message(
                    "the choice '{choice}' is made twice: '{first}' and '{second}'",
                    choice=name,
                    first=taken[name],
                    second=option,
                )
            )
    return taken
