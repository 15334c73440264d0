"""The command line in the language of its user: help, usage lines and what click has to say.

The language is found before anything else, so that a mistake on the command line itself can be
explained in it: `--language` wherever it stands, else PILOTSIM_LANGUAGE, else Norwegian. Commands
and options are written in English as click wants them; their texts are looked up in the catalogue
when they are shown.
"""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pilotsim.base.errors import RequestError, message_of
from pilotsim.base.extras import ask_for
from pilotsim.base.kept_inputs import inputs_kept, note_output, note_read
from pilotsim.base.languages import LANGUAGES, MEANS, language_asked
from pilotsim.base.limits import Answer, answered_by
from pilotsim.base.messages import Message
from pilotsim.base.text import printable
from pilotsim.language.catalogue import say, translate, translate_help

__all__ = [
    "BEYOND",
    "Command",
    "Day",
    "InputPath",
    "Language",
    "Number",
    "OutputPath",
    "TranslatedGroup",
    "WholeNumber",
    "command",
    "find_language",
    "speak",
    "spoken_language",
    "tell",
]

OPTION = "--language"
# Under this name among what click keeps of a command line: whether work may go beyond the limits.
BEYOND = "pilotsim.beyond"
INTERRUPTED = 130
# How an answer begins that means yes, in every language.
YES = ("y", "j")
# The kind of value that a flow file is, in usage lines; and what to say where it is not given.
FLOW_KIND = "FLOW"
_WITHOUT_FLOW = Message(
    "It is a flow file. 'pilotsim new' makes one by twelve questions; 'pilotsim new --list' says "
    "which can be copied."
)
# None until a command line has begun: click stays English for other programs in the same process.
_spoken: ContextVar[str | None] = ContextVar("language", default=None)


def find_language(arguments: Sequence[str], environment: Mapping[str, str]) -> str:
    """Return the language that a user asked for; the first one of `LANGUAGES` unless one was.

    Parameters
    ----------
    arguments : sequence of str
        The command line. One that asks for no language there is does not count: click refuses it.
    environment : mapping of str to str
        The environment's variables.

    Raises
    ------
    RequestError
        The variable asks for a language that the program does not speak.
    """
    asked = ""
    for number, argument in enumerate(arguments):
        if argument == "--":
            break
        if argument.startswith(f"{OPTION}="):
            asked = argument.removeprefix(f"{OPTION}=")
        elif argument == OPTION and number + 1 < len(arguments):
            asked = arguments[number + 1]
    asked = MEANS.get(asked, asked)
    if asked in LANGUAGES:
        return asked
    return language_asked(environment)


def speak(language: str) -> None:
    """Let everything that the command line says from here on be in a language."""
    _spoken.set(language)


def spoken_language() -> str:
    """Return the language that the command line speaks."""
    return _spoken.get() or LANGUAGES[0]


def tell(text: object = "", *, err: bool = False, nl: bool = True) -> None:
    """Print words as they are: signs that would steer a terminal are left out.

    Parameters
    ----------
    text : object
        What is said: words that a file may have given, or a path.
    err : bool
        Whether it goes to the error stream.
    nl : bool
        Whether a new line follows.
    """
    click.echo(printable(str(text)), err=err, nl=nl)


def _translated(text: str) -> str:
    language = _spoken.get()
    return translate_help(text, language) if language else text


def _translated_one_or_many(one: str, many: str, count: int) -> str:
    return _translated(one if count == 1 else many)


def _teach_click() -> None:
    """Let click say its own texts by the catalogue.

    It sends each through gettext, which only knows compiled catalogues in a folder of the system;
    the two names under which its modules call gettext are given these functions instead.
    """
    for module in (
        click.core,
        click.exceptions,
        click.formatting,
        click.parser,
        click.types,
    ):
        for name, function in (("_", _translated), ("ngettext", _translated_one_or_many)):
            if hasattr(module, name):
                setattr(module, name, function)


_teach_click()


def _in_language(text: str) -> str:
    """Return a text of several paragraphs, each translated."""
    paragraphs = re.split(r"\n\s*\n", inspect.cleandoc(text))
    return "\n\n".join(_translated(" ".join(paragraph.split())) for paragraph in paragraphs)


# The oldest click that is allowed knows its kinds of values without a type of their own.
if TYPE_CHECKING:
    _Choice = click.Choice[str]
    _Dates = click.ParamType[date]
else:
    _Choice = click.Choice
    _Dates = click.ParamType


class Language(_Choice):
    """A language that the program speaks, also by another code (`MEANS`)."""

    def __init__(self) -> None:
        super().__init__(LANGUAGES)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the program's own code of a language."""
        return str(super().convert(MEANS.get(value, value), param, ctx))


class WholeNumber(click.IntRange):
    """A whole number between two ends, which are said in words."""

    def _describe_range(self) -> str:
        return _ends_in_words(self)


class Number(click.FloatRange):
    """A number between two ends, which are said in words."""

    def _describe_range(self) -> str:
        return _ends_in_words(self)


def _ends_in_words(kind: click.IntRange | click.FloatRange) -> str:
    """Return between which ends a number of the command line lies, in the language."""
    ends = {"least": kind.min, "most": kind.max}
    if kind.max is None:
        return say("cli_at_least", spoken_language(), **ends)
    word = "cli_from_below" if kind.max_open else "cli_from_to"
    return say(word, spoken_language(), **ends)


class Day(_Dates):
    """A date, as year-month-day or day.month.year."""

    name = "YYYY-MM-DD"

    def get_metavar(self, param: click.Parameter, ctx: click.Context | None = None) -> str:
        """Return how the value is named in a usage line."""
        return self.name

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """Return the date that was typed."""
        from pilotsim.base.units import QuantityFault, read_typed_date

        try:
            return value if isinstance(value, date) else read_typed_date(str(value))
        except QuantityFault as fault:
            self.fail(translate(message_of(fault), spoken_language()), param, ctx)


class OutputPath(click.Path):
    """The kind of a path to which a command writes; any other path is one that it reads."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the path; none is refused, which a variable that is not set leaves."""
        if isinstance(value, str) and not value:
            said = Message("a place to write to is expected; found nothing")
            self.fail(translate(said, spoken_language()), param, ctx)
        return super().convert(value, param, ctx)


class InputPath(click.Path):
    """The kind of a file that a command reads: one here, or one that comes with the program."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        """Return the file that was meant; one that comes along is said on the error stream."""
        from pilotsim.files.shipped import here_or_shipped

        file = here_or_shipped(value)
        if file != Path(value):
            said = say("reads_shipped", spoken_language(), name=value, file=file)
            tell(said, err=True)
        return Path(str(super().convert(file, param, ctx)))


class Command(click.Command):
    """A command that explains itself in the language of its user, and keeps what it reads."""

    def __init__(self, *arguments: Any, needs: Sequence[str] = (), **options: Any) -> None:
        super().__init__(*arguments, **options)
        # Libraries of extras that it cannot do without; asked for before it begins.
        self.needs = tuple(needs)

    def invoke(self, ctx: click.Context) -> Any:
        """Carry the command out, unless it was asked to write over what it reads."""
        ask_for(*self.needs)
        with inputs_kept(), answered_by(_answer_of(ctx)):
            paths = list(_paths_given(self, ctx))
            for path in (path for path, is_output in paths if not is_output):
                note_read(path)
            for path in (path for path, is_output in paths if is_output):
                note_output(path)
            with _going_on(self, ctx):
                return super().invoke(ctx)

    def collect_usage_pieces(self, ctx: click.Context) -> list[str]:
        """Return what follows the command's name in its usage line."""
        return [_kind_in_language(piece) for piece in super().collect_usage_pieces(ctx)]

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read a command line; a fault calls an argument what its usage line calls it."""
        try:
            return super().parse_args(ctx, args)
        except click.BadParameter as fault:
            if isinstance(fault.param, click.Argument) and fault.param_hint is None:
                kind = fault.param.make_metavar(ctx)
                fault.param_hint = f"'{_kind_in_language(kind)}'"
                if isinstance(fault, click.MissingParameter) and kind.startswith(FLOW_KIND):
                    said = translate(_WITHOUT_FLOW, spoken_language())
                    raise click.MissingParameter(
                        said, ctx, fault.param, fault.param_hint
                    ) from fault
            raise

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write what the command does."""
        formatter.write_paragraph()
        with formatter.indentation():
            formatter.write_text(_in_language(self.help or ""))

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write each option with what it does."""
        records = [
            _help_record(option, ctx)
            for option in self.get_params(ctx)
            if isinstance(option, click.Option)
        ]
        with formatter.section(_translated("Options")):
            formatter.write_dl(records)


def _answer_of(context: click.Context) -> Answer:
    """Return who says whether work beyond the limits goes on: --yes, or whoever sits there."""

    def answer(excess: Message) -> None:
        if context.meta.get(BEYOND):
            return
        if not (sys.stdin.isatty() and sys.stderr.isatty()):
            raise RequestError(
                Message(
                    "this needs {excess}. Ask for less, or give --yes to go on all the same",
                    excess=excess,
                )
            )
        language = spoken_language()
        asks = say("beyond_asks", language, excess=translate(excess, language))
        typed = click.prompt(asks, default=say("no", language), err=True)
        if not typed.strip().lower().startswith(YES):
            raise click.Abort
        context.meta[BEYOND] = True

    return answer


@contextmanager
def _going_on(command: click.Command, context: click.Context) -> Iterator[None]:
    """Keep the runs of a command that simulates until it has ended well.

    What is started again in the same words, after it was stopped, goes on where it was.
    """
    if "jobs" not in context.params:
        yield
        return
    from pilotsim.runs.kept import keep_runs

    folder = Path(f".pilotsim_{command.name}_{_digest_of(command, context)}")
    with keep_runs(folder) as kept:
        if kept.goes_on:
            tell(say("goes_on", spoken_language(), folder=folder), err=True)
        try:
            yield
        except (Exception, KeyboardInterrupt) as fault:
            kept.close()
            is_stopped = isinstance(fault, KeyboardInterrupt)
            if is_stopped and kept.is_there:
                said = say("study_interrupted", spoken_language(), folder=folder)
                tell(f"\n{said}", err=True)
            raise
        except SystemExit as end:
            if end.code != INTERRUPTED:
                kept.forget()
            raise
        kept.forget()


def _digest_of(command: click.Command, context: click.Context) -> str:
    """Return what tells a call of a command from others: not how it is run, or what it writes."""
    how = ("jobs", "engine", "language")
    given = [
        (parameter.name, str(context.params[parameter.name]))
        for parameter in command.params
        if parameter.name in context.params
        and parameter.name not in how
        and not isinstance(parameter.type, OutputPath)
    ]
    return blake2b(repr(given).encode("utf-8", "surrogatepass"), digest_size=4).hexdigest()


def _paths_given(command: click.Command, context: click.Context) -> Iterator[tuple[Path, bool]]:
    """Yield each path of a command line, and whether it is one to write to."""
    for parameter in command.params:
        given = context.params.get(parameter.name or "")
        if isinstance(parameter.type, click.Path) and given is not None:
            is_output = isinstance(parameter.type, OutputPath)
            yield from (
                (path, is_output) for path in ((given,) if isinstance(given, Path) else given)
            )


def _help_record(option: click.Option, context: click.Context) -> tuple[str, str]:
    """Return an option with its kind of value, and what it does, in the language."""
    names, text = option.get_help_record(context) or ("", "")
    english = option.help or ""
    kind = option.make_metavar(context)
    own = _kind_in_language(_kind_of_path(option) or kind)
    return names.replace(kind, own), _translated(english) + text.removeprefix(english)


def _kind_of_path(option: click.Option) -> str | None:
    """Return what an option that takes a path is given, None for another option.

    Click names it by the word of its sentences, in the language and the form that these have.
    """
    kind = option.type
    if option.metavar is not None or not isinstance(kind, click.Path):
        return None
    if kind.file_okay == kind.dir_okay:
        return "PATH"
    return "FILE" if kind.file_okay else "DIRECTORY"


def _kind_in_language(kind: str) -> str:
    """Return how a value is named, such as PATH=VALUE or [WORD]..., each word translated."""
    whole = _translated(kind)
    return whole if whole != kind else re.sub("[A-Z]+", lambda word: _translated(word[0]), kind)


class TranslatedGroup(Command, click.Group):
    """A group of commands that explains itself in the language of its user."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write each option with what it does, and then the commands."""
        Command.format_options(self, ctx, formatter)
        self.format_commands(ctx, formatter)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write what each command does."""
        with formatter.section(_translated("Commands")):
            formatter.write_dl(
                [(name, _in_language(one.help or "")) for name, one in self.commands.items()]
            )


def command(
    text: str | None = None, *, needs: Sequence[str] = ()
) -> Callable[[Callable[..., None]], Command]:
    """Return a decorator that makes a function a command which speaks its user's language.

    Parameters
    ----------
    text : str, optional
        What the command does, in English as the catalogue has it. The function's docstring, unless
        given.
    needs : sequence of str
        Libraries of extras that it cannot do without, by the names they are imported by: it names
        those that are not installed before it begins.
    """
    return click.command(cls=Command, help=text, needs=needs)
