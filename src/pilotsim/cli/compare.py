"""pilotsim compare: two plans beside each other."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pilotsim.base.errors import RequestError
from pilotsim.base.languages import LANGUAGES
from pilotsim.base.messages import Message
from pilotsim.base.places import is_file, is_folder, is_there
from pilotsim.cli.options import DECISIONS, SETTINGS, flow_options, replications
from pilotsim.cli.shared import (
    check_places,
    command_line,
    deliver,
    make_ready,
    progress,
    read_changed,
    read_settings,
)
from pilotsim.cli.spoken import InputPath, command
from pilotsim.language.catalogue import say

if TYPE_CHECKING:
    from pilotsim.base.text import Text
    from pilotsim.judge.comparison import ComparedPlan
    from pilotsim.judge.kept_checks import KeptComparison
    from pilotsim.model.flow import Flow

SCENARIO_SIGN = "@"


@dataclass(frozen=True)
class AskedPlan:
    """A plan as the command line asks for it.

    Parameters
    ----------
    file : Path
        Its flow file.
    scenario : str or None
        The scenario of the file.
    changes, decisions : tuple of str
        What is set, and which options are taken.
    """

    file: Path
    scenario: str | None = None
    changes: tuple[str, ...] = field(default=())
    decisions: tuple[str, ...] = field(default=())

    @property
    def is_as_written(self) -> bool:
        """Whether it is the file as it stands."""
        return not (self.scenario or self.changes or self.decisions)


@command()
@replications(400, says="Runs of each.")
@SETTINGS
@DECISIONS
@flow_options
@click.argument("second_file", metavar="[OTHER]", required=False, type=InputPath(path_type=Path))
def compare(
    flow_file: Path,
    second_file: Path | None,
    changes: tuple[str, ...],
    decisions: tuple[str, ...],
    scenario: str | None,
    settings: Path | None,
    json_file: Path | None,
    out: Path | None,
    language: str,
    replications: int,
    jobs: int,
    engine: str | None,
    **options: Any,
) -> None:
    """Put a plan beside FLOW: what is put in otherwise, and what that surely changes.

    OTHER is another flow, a scenario of one (FILE@NAME), or settings that a page has saved. What is
    set and chosen is of OTHER; without OTHER, of FLOW again. Two folders or JSON files to which
    checks were written are compared as they are.
    """
    from pilotsim.judge.comparison import compare_plans

    check_places(json_file, out)
    if second_file is not None and _is_kept(flow_file) and _is_kept(second_file):
        if scenario or changes or decisions or settings is not None:
            raise RequestError(
                Message(
                    "results that were kept are compared as they are; nothing can be set in them"
                )
            )
        kept = _kept(flow_file, second_file)
        deliver(kept, language, out=out, json_file=json_file, command=command_line())
        return
    first, second = _asked(flow_file, second_file, settings)
    changes, decisions = read_settings(second[0].file, second[1], changes, decisions)
    asked = AskedPlan(second[0].file, scenario or second[0].scenario, changes, decisions)
    if second_file is None and asked == first:
        raise RequestError(
            Message(
                "name a second flow, or what is to be otherwise: --scenario, --choose, --set or "
                "--settings"
            )
        )
    plans = _plans(first, asked)
    make_ready(engine)
    with progress(2 * replications, language) as advance:
        found = compare_plans(
            *plans,
            replications=replications,
            jobs=jobs,
            engine=engine,
            progress=advance,
            **options,
        )
    deliver(found, language, out=out, json_file=json_file, command=command_line())


def _is_kept(place: Path) -> bool:
    """Tell whether a path leads to results: a folder, or a JSON file that holds a check."""
    if is_folder(place):
        return True
    return place.suffix == ".json" and '"verdicts"' in _text_of(place)


def _text_of(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, ValueError):
        return ""


def _kept(first: Path, second: Path) -> KeptComparison:
    from pilotsim.base.text import Text
    from pilotsim.judge.kept_checks import compare_kept, read_kept_check

    own, other = (read_kept_check(place, Text(str(place))) for place in (first, second))
    return compare_kept(own, other)


def _asked(
    flow_file: Path, second_file: Path | None, settings: Path | None
) -> tuple[AskedPlan, tuple[AskedPlan, Path | None]]:
    """Return both plans as far as files name them, and the settings of the second."""
    first = _read_side(flow_file)
    if second_file is None:
        return first, (first, settings)
    if second_file.suffix == ".json":
        if settings is not None:
            raise RequestError(
                Message("settings are given twice: {file} and --settings", file=second_file)
            )
        return first, (AskedPlan(first.file, first.scenario), second_file)
    return first, (_read_side(second_file), settings)


def _read_side(place: Path) -> AskedPlan:
    """Return a plan as it is named: a file, or a scenario of one behind the sign for it."""
    from pilotsim.files.shipped import here_or_shipped

    text = str(place)
    file, sign, scenario = text.rpartition(SCENARIO_SIGN)
    plan = here_or_shipped(file) if sign else place
    if not sign or is_there(place) or not is_file(plan):
        return AskedPlan(place)
    return AskedPlan(plan, scenario)


def _plans(first: AskedPlan, second: AskedPlan) -> tuple[ComparedPlan, ComparedPlan]:
    from pilotsim.judge.comparison import ComparedPlan

    flows, says = zip(
        *(
            read_changed(one.file, one.changes, one.scenario, one.decisions)
            for one in (first, second)
        ),
        strict=True,
    )
    is_same_file = first.file == second.file or first.file.resolve() == second.file.resolve()
    names = [
        {language: _name(one, flow, said, language, short=is_same_file) for language in LANGUAGES}
        for one, flow, said in zip((first, second), flows, says, strict=True)
    ]
    if names[0] == names[1]:
        # Titles tell them apart no better than files do.
        names = [dict.fromkeys(LANGUAGES, str(one.file)) for one in (first, second)]
    own, other = (ComparedPlan(_text(name), flow) for name, flow in zip(names, flows, strict=True))
    return own, other


def _text(words: dict[str, str]) -> Text:
    from pilotsim.base.text import Text

    return Text(**words)


def _name(plan: AskedPlan, flow: Flow, scenario: Text | None, language: str, *, short: bool) -> str:
    """Return what a plan is called: its scenario, its title, or that it stands as it is."""
    said = [] if short else [flow.title.in_language(language)]
    if scenario is not None:
        said.append(scenario.in_language(language).rstrip("."))
    said += _options_of(plan, flow, language)
    if plan.changes and not said:
        return say("compare_as_changed", language)
    name = ": ".join(said) or say("compare_as_written", language)
    return say("compare_and_set", language, name=name) if plan.changes else name


def _options_of(plan: AskedPlan, flow: Flow, language: str) -> list[str]:
    """Return each question that is decided, with the answer."""
    taken = [text.partition("=") for text in plan.decisions]
    return [
        f"{flow.choices[choice.strip()].says.in_language(language)} "
        f"{flow.choices[choice.strip()].options[option.strip()].says.in_language(language)}"
        for choice, _, option in taken
    ]
