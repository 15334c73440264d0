"""What a file that is passed on says of itself: of what it is, by what, when, how it is cited."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from hashlib import sha256
from pathlib import Path

from pilotsim import __version__
from pilotsim.base.languages import LANGUAGES
from pilotsim.language.catalogue import say
from pilotsim.language.numbers import format_date, format_number
from pilotsim.output.document import Document

__all__ = ["Imprint", "InputFile", "citation", "imprint_lines", "input_file", "input_files"]

HASH_DIGITS = 12  # of a hash that a sentence names; the table holds all of it


@dataclass(frozen=True)
class InputFile:
    """A file that a result was made of, and the hash by which it is known again.

    Parameters
    ----------
    name : str
        Its name, without its folder.
    sha256 : str
        The hash of its bytes, in hexadecimal digits.
    """

    name: str
    sha256: str


@dataclass(frozen=True)
class Imprint:
    """Of what and when a file is.

    Parameters
    ----------
    made : date
        The date that it bears; the only one in it.
    inputs : sequence of InputFile
        The files it was made of, the flow first. No register: by its hash, who knows all but one
        client could try out what it says of the last.
    command : str
        How the result was called for; empty where it was called from Python.
    """

    made: date
    inputs: Sequence[InputFile] = ()
    command: str = ""


def input_file(file: Path) -> InputFile:
    """Return a file's name and hash."""
    return InputFile(file.name, sha256(file.read_bytes()).hexdigest())


def input_files(files: Sequence[Path]) -> list[InputFile]:
    """Return files' names and hashes, those of one name with their folder before it."""
    names = [file.name for file in files]
    return [
        replace(one, name=f"{file.parent.name}/{file.name}") if names.count(file.name) > 1 else one
        for file, one in zip(files, map(input_file, files), strict=True)
    ]


def imprint_lines(document: Document, imprint: Imprint) -> Iterator[tuple[str, str]]:
    """Yield what a file is, a word and what is said of it each."""
    language = document.language
    yield say("imprint_title", language), document.title
    if document.changed:
        # It says itself that it is of no file as it stands.
        yield say("changed_column", language), document.changed
    yield say("imprint_made", language), format_date(imprint.made, language)
    yield say("imprint_program", language), f"pilotsim {__version__}"
    for key in ("replications", "runs"):
        runs = document.record.get(key)
        if isinstance(runs, int):
            yield say("imprint_runs", language), format_number(runs, language, 0)
            break
    seed = document.record.get("seed")
    if isinstance(seed, int):
        yield say("imprint_seed", language), str(seed)
    for one in imprint.inputs:
        yield say("imprint_input", language, file=one.name), one.sha256
    if imprint.command:
        yield say("imprint_command", language), imprint.command
        yield say("imprint_languages", language), _other_languages(language)
    yield say("imprint_licence", language), say("imprint_licence_told", language)
    yield say("imprint_cite", language), citation(document, imprint)


def _other_languages(language: str) -> str:
    """Return what a command takes to say the same in another language."""
    options = [
        f"--language {code} ({say(f'language_{code}', language)})"
        for code in LANGUAGES
        if code != language
    ]
    return say("imprint_languages_told", language, options=", ".join(options))


def citation(document: Document, imprint: Imprint) -> str:
    """Return how a result is cited: by what, of what, which file, which seed, when."""
    language = document.language
    parts = [
        say(
            "cite_program",
            language,
            year=f"{imprint.made.year}",
            title=document.title.rstrip("."),
            version=__version__,
        )
    ]
    if imprint.inputs:
        first = imprint.inputs[0]
        parts.append(say("cite_input", language, file=first.name, hash=first.sha256[:HASH_DIGITS]))
    seed = document.record.get("seed")
    if isinstance(seed, int):
        parts.append(say("cite_seed", language, seed=str(seed)))
    parts.append(say("cite_made", language, date=format_date(imprint.made, language)))
    return " ".join(parts)
