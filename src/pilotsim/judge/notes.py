"""Notes on a system: which outputs matter, and what was learned, with numbers filled in."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

from pydantic import Field

from pilotsim.base.errors import RequestError
from pilotsim.base.languages import LANGUAGES
from pilotsim.base.messages import Message
from pilotsim.files.faults import build_record
from pilotsim.files.yaml import parse, read_file
from pilotsim.model.fields import Record, Words
from pilotsim.model.flow import Flow

# {output} or {scenario/output}: what an observed output comes to, as the flow is written or in a
# scenario.
BLANK = re.compile(r"\{(?:(\w+)/)?(\w+)\}")


class Notes(Record):
    """What is said about a system beside its flow file."""

    outputs: tuple[str, ...] = Field(
        description="The observed outputs that the conclusions are about."
    )
    learned: tuple[Words, ...] = Field(
        description="What was learned; {output} and {scenario/output} stand for numbers."
    )

    def named(self) -> set[tuple[str, str]]:
        """Return each scenario (or `""`) and output that the notes name."""
        texts = [text.in_language(language) for text in self.learned for language in LANGUAGES]
        found = {(match[1] or "", match[2]) for text in texts for match in BLANK.finditer(text)}
        return found | {("", name) for name in self.outputs}

    def lines(self, language: str, number: Callable[[str, str], str]) -> Iterator[str]:
        """Yield what was learned, each number filled in by scenario and output."""
        for text in self.learned:
            yield BLANK.sub(
                lambda match: number(match[1] or "", match[2]), text.in_language(language)
            )


def read_notes(file: str | Path, flow: Flow) -> Notes:
    """Return the notes of a file, held to the flow that they speak of.

    Raises
    ------
    RequestError
        They name an output or a scenario that the flow does not have.
    PilotsimError
        The file cannot be read.
    """
    notes = build_record(parse(read_file(file, of="notes"), str(file), of="notes"), Notes)
    for scenario, output in sorted(notes.named()):
        if output not in flow.observed or (scenario and scenario not in flow.scenarios):
            raise RequestError(
                Message(
                    "{file}: the flow '{flow}' has no '{name}'",
                    file=file,
                    flow=flow.flow,
                    name="/".join(filter(None, (scenario, output))),
                )
            )
    return notes
