"""The command line in the language of its user: help, usage lines and what click has to say.

The language is found before anything else, so that a mistake on the command line itself can be
explained in it: `--language` wherever it stands, else PILOTSIM_LANGUAGE, else Norwegian. Commands
and options are written in English as click wants them; their texts are looked up in the catalogue
when they are shown.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping, Sequence
from contextvars import ContextVar

import click

from pilotsim.base.languages import LANGUAGES, check_language
from pilotsim.language.catalogue import translate_help

__all__ = ["Command", "TranslatedGroup", "command", "find_language", "speak", "spoken_language"]

VARIABLE = "PILOTSIM_LANGUAGE"
OPTION = "--language"
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
    if asked in LANGUAGES:
        return asked
    return check_language(environment.get(VARIABLE) or LANGUAGES[0])


def speak(language: str) -> None:
    """Let everything that the command line says from here on be in a language."""
    _spoken.set(language)


def spoken_language() -> str:
    """Return the language that the command line speaks."""
    return _spoken.get() or LANGUAGES[0]


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


class Command(click.Command):
    """A command that explains itself in the language of its user."""

    def collect_usage_pieces(self, ctx: click.Context) -> list[str]:
        """Return what follows the command's name in its usage line."""
        return [_translated(piece) for piece in super().collect_usage_pieces(ctx)]

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


def _help_record(option: click.Option, context: click.Context) -> tuple[str, str]:
    """Return an option with its kind of value, and what it does, in the language."""
    names, text = option.get_help_record(context) or ("", "")
    kind = option.make_metavar(context)
    english = option.help or ""
    return names.replace(kind, _translated(kind)), _translated(english) + text.removeprefix(english)


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


def command(text: str | None = None) -> Callable[[Callable[..., None]], Command]:
    """Return a decorator that makes a function a command which speaks its user's language.

    Parameters
    ----------
    text : str, optional
        What the command does, in English as the catalogue has it. The function's docstring, unless
        given.
    """
    return click.command(cls=Command, help=text)
