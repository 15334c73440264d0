"""pilotsim new: a first flow file, from a dozen questions or from a template."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import click

from pilotsim.base.errors import PilotsimError, RequestError, did_you_mean
from pilotsim.base.messages import Message
from pilotsim.base.places import is_there
from pilotsim.cli.options import LANGUAGE
from pilotsim.cli.shared import check_places
from pilotsim.cli.spoken import OutputPath, command, tell
from pilotsim.language.catalogue import say, translate_error, translate_help
from pilotsim.language.first_flow import (
    QUESTIONS,
    PilotAnswer,
    PilotQuestion,
    name_of_flow,
    proposal,
    read_answer,
    write_first_flow,
)


def _answers(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command an option for each question."""
    for question in reversed(QUESTIONS):
        option = click.option(
            f"--{question.key.replace('_', '-')}",
            question.key,
            metavar="VALUE",
            help=question.asks,
        )
        command = option(command)
    return command


@command()
@click.argument("file", metavar="[FILE]", required=False, type=OutputPath(path_type=Path))
@click.option("--from", "template", metavar="NAME", help="Copy a template, with all its remarks.")
@click.option("--list", "listed", is_flag=True, help="Say which templates there are.")
@_answers
@click.option(
    "--answers",
    "answer_file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="A YAML file with answers, such as `months: 24`; options win.",
)
@click.option("--defaults", is_flag=True, help="Take what is proposed where nothing is answered.")
@LANGUAGE
def new(
    file: Path | None,
    template: str | None,
    listed: bool,
    answer_file: Path | None,
    defaults: bool,
    language: str,
    **typed: str | None,
) -> None:
    """Make a first flow FILE by twelve questions, or by copying a template.

    Every number says whether it was answered or proposed, and that its source is missing.
    """
    if listed:
        _list_templates(language)
        return
    given = {key: text for key, text in typed.items() if text is not None}
    if template is not None:
        if given or answer_file is not None:
            raise RequestError(
                Message("a template is copied as it is; answers belong to the questions")
            )
        _copy(template, file, language)
        return
    if file is not None:
        _check_free(file)
    given = _read_answers(answer_file) | given
    answers = _all_answers(given, defaults=defaults, language=language)
    file = file or Path(f"{name_of_flow(answers['title'].words)}.yaml")
    _check_free(file)
    _write(file, answers, language)


def _list_templates(language: str) -> None:
    from pilotsim.files.shipped import templates

    found = list(templates())
    width = max(len(one.name) for one in found)
    tell(say("first_templates", language))
    for one in found:
        tell(f"  {one.name:<{width}}  {one.title.in_language(language)}")


def _copy(name: str, file: Path | None, language: str) -> None:
    from pilotsim.base.files import write_folder, write_whole
    from pilotsim.files.shipped import copy_of, template_of

    template = template_of(name)
    file = file or Path(f"{template.name}.yaml")
    _check_free(file)
    beside = copy_of(template)
    flow = beside.pop("")
    places = {file.parent / place: content for place, content in beside.items()}
    for place, content in places.items():
        if is_there(place) and place.read_bytes() != content:
            _check_free(place)
    for place, content in places.items():
        write_folder(place.parent, {place.name: content})
        tell(say("first_copied_beside", language, file=place))
    write_whole(file, flow)
    tell(say("first_copied", language, file=file, name=name))
    tell(say("first_next", language, file=file))


def _check_free(file: Path) -> None:
    """Raise an error unless a file can be written where none stands yet."""
    if is_there(file):
        raise RequestError(
            Message("{file} is there already and stays as it is; name another file", file=file)
        )
    check_places(file, None)


def _read_answers(file: Path | None) -> dict[str, str]:
    """Return the answers of a file, as they would be typed."""
    if file is None:
        return {}
    from pilotsim.base.units import show
    from pilotsim.files.reading import read_document

    document = read_document(file)
    content = document.content
    known = [question.key for question in QUESTIONS]
    if document.faults or not isinstance(content, dict):
        raise RequestError(
            Message("expected answers in {file}, one a line, such as months: 24", file=file)
        )
    for key in content:
        if key not in known:
            raise RequestError(
                Message(
                    "{file}: unknown key '{key}'{meant}",
                    file=file,
                    key=key,
                    meant=did_you_mean(str(key), known),
                )
            )
    for key, value in content.items():
        if isinstance(value, bool) or not isinstance(value, str | int | float | date):
            raise RequestError(
                Message(
                    "{file}: expected one answer at '{key}'; found {found}",
                    file=file,
                    key=key,
                    found=show(value),
                )
            )
    return {key: str(value) for key, value in content.items()}


def _all_answers(given: dict[str, str], *, defaults: bool, language: str) -> dict[str, PilotAnswer]:
    """Return an answer to each question: given, asked for, or proposed."""
    left = [question for question in QUESTIONS if question.key not in given]
    read = {}
    for question in QUESTIONS:
        if question.key in given:
            read[question.key] = _read_given(question, given[question.key], language)
    if left and not defaults and not sys.stdin.isatty():
        _say_what_is_missing(left, read, language)
    if left and not defaults:
        tell(say("first_intro", language))
        tell(say("first_intro_template", language))
    answers: dict[str, PilotAnswer] = {}
    for number, question in enumerate(QUESTIONS, 1):
        if question.key in read:
            answers[question.key] = read[question.key]
            continue
        proposed = proposal(question, answers, language)
        answers[question.key] = (
            read_answer(question, proposed, language, given=False)
            if defaults
            else _ask(question, number, proposed, language)
        )
    return answers


def _read_given(question: PilotQuestion, text: str, language: str) -> PilotAnswer:
    try:
        return read_answer(question, text, language)
    except PilotsimError as fault:
        name = f"--{question.key.replace('_', '-')}"
        raise RequestError(Message("{name}: {fault}", name=name, fault=fault.message)) from fault


def _say_what_is_missing(
    left: list[PilotQuestion], read: dict[str, PilotAnswer], language: str
) -> None:
    """Say which answers are to be given, since nobody can be asked; and end."""
    answers = dict(read)
    for question in QUESTIONS:
        if question in left:
            proposed = proposal(question, answers, language)
            answers[question.key] = read_answer(question, proposed, language, given=False)
            name = f"--{question.key.replace('_', '-')}"
            asks = translate_help(question.asks, language)
            tell(f"  {name:<14}  {asks} [{proposed}]", err=True)
    raise RequestError(
        Message(
            "nobody can be asked here; give the answers above as options or in a file (--answers), "
            "or take all that is proposed (--defaults)"
        )
    )


def _ask(question: PilotQuestion, number: int, proposed: str, language: str) -> PilotAnswer:
    """Return what somebody answers, asked until it is an answer."""
    asks = translate_help(question.asks, language)
    count = len(QUESTIONS)
    tell()
    tell(say("first_number", language, number=number, count=count, question=asks))
    tell(f"      {say(f'first_why_{question.key}', language)}")
    while True:
        typed = click.prompt(f"      [{proposed}]", default="", show_default=False)
        try:
            return read_answer(question, typed or proposed, language, given=bool(typed))
        except PilotsimError as fault:
            tell(f"      {translate_error(fault, language)}")


def _write(file: Path, answers: dict[str, PilotAnswer], language: str) -> None:
    from pilotsim.base.files import write_text
    from pilotsim.files.reading import read_text

    text = write_first_flow(answers, language)
    # What is written can be run: whatever cannot be is refused before it stands there.
    read_text(text, str(file))
    write_text(file, text)
    given = sum(answer.given for answer in answers.values())
    tell()
    tell(say("first_wrote", language, file=file, given=given, count=len(QUESTIONS)))
    tell(say("first_next", language, file=file))
