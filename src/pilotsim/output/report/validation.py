"""A validation as a folder: a page, its figure, and a table that a spreadsheet opens."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from html import escape
from pathlib import Path

from pilotsim import __version__
from pilotsim.base.languages import check_language
from pilotsim.judge.validation import PublishedComparison, Validation
from pilotsim.language.catalogue import say
from pilotsim.language.numbers import (
    format_exact,
    format_measure,
    format_published,
    format_range,
    format_value,
    format_written,
)
from pilotsim.output.figures.validation import alt_text, plot_validation, shown_in
from pilotsim.output.report.folder import write_files
from pilotsim.output.report.images import Picture, save_picture
from pilotsim.output.report.parts import html_figure, html_table, report_files
from pilotsim.output.report.summary import summary
from pilotsim.output.report.tables import Cell, Table, in_unit, unit_of_kind


def write_validation_report(
    validation: Validation, folder: str | Path, language: str = "nb", command: str = ""
) -> list[Path]:
    """Write a validation as a page, a figure and a table into a folder.

    Return the files, the page first.

    Parameters
    ----------
    validation : Validation
        What to report.
    folder : str or Path
        Where to; complete or absent, other files are left alone.
    language : str
        `nb` or `en`.
    command : str
        How it was called, to be shown on the page.

    Raises
    ------
    PilotsimError
        The folder cannot be written to.
    """
    check_language(language)
    title = say("figure_validation", language)
    pictures = []
    if shown_in(validation):
        draw = partial(plot_validation, validation, language=language)
        pictures = [
            Picture(
                "validation",
                "validation",
                title,
                alt_text(validation, language),
                *save_picture(draw()),
            )
        ]
    heading = f"{validation.flow.title.in_language(language)}: {title}"
    body = _body(validation, pictures, command, language)
    return write_files(
        report_files(
            heading, body, language, pictures=pictures, tables=[table_of(validation, language)]
        ),
        folder,
    )


def table_of(validation: Validation, language: str) -> Table:
    """Return the comparisons as a table for a spreadsheet."""
    keys = (
        "name",
        "output",
        "published",
        "tolerance",
        "tolerance_low",
        "tolerance_high",
        "unit",
        "simulated",
        "low_end",
        "high_end",
        "within_percent",
        "verdict",
        "used_in_fitting",
        "because",
        "source",
        "runs",
        "undefined",
    )
    headings = tuple(say(key, language) for key in keys)
    return Table(
        "validation",
        headings,
        tuple(_cells(one, validation, language) for one in validation.comparisons),
    )


def _cells(one: PublishedComparison, validation: Validation, language: str) -> tuple[Cell, ...]:
    kind, interval = one.published.value.kind, one.published.interval
    ends = [None if abs(end) == float("inf") else in_unit(end, kind) for end in interval]
    return (
        one.output,
        one.observed.says.in_language(language),
        in_unit(one.published.value.number, kind),
        format_published(one.published, language),
        *ends,
        unit_of_kind(kind, language),
        *(in_unit(number, kind) for number in (one.expected, one.low, one.high)),
        100 * one.within,
        say(one.judged, language),
        say("fitted", language) if one.observed.fitted else None,
        one.contradiction.in_language(language) if one.contradiction else None,
        one.published.source,
        validation.replications,
        one.undefined,
    )


def _body(
    validation: Validation, pictures: list[Picture], command: str, language: str
) -> Iterator[str]:
    yield f'<p class="lead">{" ".join(escape(sentence) for sentence in summary(validation, language))}</p>'
    yield f"<p>{escape(say('validation_rule', language))}</p>"
    yield from validation_table(validation, language)
    yield from blanks_table(validation, language)
    yield from (html_figure(picture) for picture in pictures)
    parts = {
        "flow": validation.flow.flow,
        "runs": validation.replications,
        "seed": validation.seed,
        "version": __version__,
    }
    yield f"<h2>{escape(say('how_made', language))}</h2>\n<p>{escape(say('validation_made', language, **parts))}</p>"
    if command:
        yield f"<p><code>{escape(command)}</code></p>"


def validation_table(validation: Validation, language: str) -> Iterator[str]:
    """Yield the lines of the table of comparisons as HTML."""
    keys = ("output", "published", "tolerance", "simulated", "range", "verdict", "source")
    rows = [tuple(_shown(one, language)) for one in validation.comparisons]
    yield from html_table([say(key, language) for key in keys], rows, numbers=(1, 3, 4))


def blanks_table(validation: Validation, language: str) -> Iterator[str]:
    """Yield the lines of a table of what the simulation says where nothing was published.

    None where there is no such thing.
    """
    if not validation.blanks:
        return
    yield f"<h2>{escape(say('not_published', language))}</h2>"
    rows = [
        (
            one.observed.says.in_language(language),
            format_measure(one.expected, one.kind, language),
            format_range(one.low, one.high, one.kind, language),
        )
        for one in validation.blanks
    ]
    yield from html_table(
        [say(key, language) for key in ("output", "simulated", "range")], rows, numbers=(1, 2)
    )


def _shown(one: PublishedComparison, language: str) -> Iterator[str]:
    kind, says = one.published.value.kind, one.observed.says.in_language(language)
    contradiction = f" {one.contradiction.in_language(language)}" if one.contradiction else ""
    yield (
        f"{says}: {format_written(one.written, language)}" if one.by_arithmetic else says
    ) + contradiction
    yield format_value(one.published.value, language)
    yield format_published(one.published, language)
    yield (format_exact if one.by_arithmetic else format_measure)(one.expected, kind, language)
    yield (
        say("arithmetic", language)
        if one.by_arithmetic
        else format_range(one.low, one.high, kind, language)
    )
    yield say(one.judged, language) + (
        f" ({say('fitted', language)})" if one.observed.fitted else ""
    )
    yield one.published.source
