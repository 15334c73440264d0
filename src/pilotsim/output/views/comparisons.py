"""Published figures beside what a simulation comes to: the same wherever they are shown."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

from pilotsim.judge.validation import PublishedComparison, UnpublishedOutput, Validation
from pilotsim.language.catalogue import say
from pilotsim.language.numbers import (
    format_exact,
    format_measure,
    format_published,
    format_range,
    format_value,
    format_written,
    in_unit,
    unit_of_kind,
)
from pilotsim.output.document import (
    Block,
    Cell,
    Definition,
    Definitions,
    Paragraph,
    Row,
    Section,
    Span,
    Table,
)
from pilotsim.output.views.parts import (
    count_words,
    grade_cell,
    measure_cell,
    number_cell,
    text_column,
    value_column,
)
from pilotsim.output.views.support import (
    SupportedNumber,
    support_cells,
    support_columns,
    support_notes,
    support_record,
)

__all__ = [
    "comparison_notes",
    "comparison_records",
    "comparison_sections",
    "comparison_table",
    "match_sentences",
    "unpublished_table",
]


def match_sentences(validation: Validation, language: str) -> str:
    """Return how many outputs were hit, and how many of them were used in fitting, as sentences."""
    fitted, held_out = validation.count(fitted=True), validation.count(fitted=False)
    counts = {"validation_summary": fitted + held_out}
    if fitted:
        counts |= {"validation_fitted": fitted, "validation_held_out": held_out}
    return " ".join(
        say(key, language, count=own.total(), words=count_words(own, language))
        for key, own in counts.items()
    )


def comparison_sections(validation: Validation, language: str) -> Iterator[Section]:
    """Yield what contradicts itself, and what was not published; neither where there is none."""
    contradictory = tuple(_contradictions(validation.comparisons, language))
    if contradictory:
        yield Section("contradictory", say("because", language), (Definitions(contradictory),))
    if validation.blanks:
        table = unpublished_table(validation.blanks, language)
        notes = support_notes(
            [_supported(one, validation.replications, language) for one in validation.blanks],
            language,
        )
        yield Section("not_published", say("not_published", language), (table, *notes))


def comparison_table(
    comparisons: Sequence[PublishedComparison],
    language: str,
    *,
    replications: int,
    name: str = "validation",
) -> Table:
    """Return published figures beside what the simulation comes to.

    Parameters
    ----------
    comparisons : sequence of PublishedComparison
        One for each row.
    language : str
        One of `LANGUAGES`.
    replications : int
        The runs behind each.
    name : str
        The table's name, and that of its file.
    """
    filed: dict[str, Any] = {"is_shown": False}
    shown: dict[str, Any] = {"is_filed": False}
    any_fitted = any(one.observed.fitted for one in comparisons)
    columns = (
        text_column("name", language, **filed),
        text_column("output", language, wraps=True),
        value_column("published", language),
        text_column("tolerance", language, is_number=True),
        value_column("tolerance_low", language, **filed),
        value_column("tolerance_high", language, **filed),
        text_column("unit", language, **filed),
        value_column("simulated", language),
        *support_columns(language),
        value_column("range", language, **shown),
        value_column("low", language, "low_end", **filed),
        value_column("high", language, "high_end", **filed),
        value_column("within", language, "within_percent", **filed),
        text_column("verdict", language),
        text_column("fitted", language, "used_in_fitting", is_shown=any_fitted),
        text_column("because", language, **filed),
        text_column("source", language, is_brief=False),
        value_column("runs", language, **filed),
        value_column("undefined", language, **filed),
    )
    rows = [_row(one, replications, language) for one in comparisons]
    return Table.of_rows(name, say("file_validation", language), columns, rows)


def comparison_notes(
    comparisons: Sequence[PublishedComparison], language: str, *, replications: int
) -> list[Block]:
    """Return what must be known of the numbers of `comparison_table`, beneath it."""
    by_output = {one.output: one for one in comparisons}
    return support_notes(
        [_supported(one, replications, language) for one in by_output.values()], language
    )


def _supported(
    one: PublishedComparison | UnpublishedOutput, replications: int, language: str
) -> SupportedNumber:
    return SupportedNumber(
        one.observed.says.in_language(language),
        one.observed.measure,
        one.rests_on,
        one.undefined,
        replications,
    )


def _row(one: PublishedComparison, replications: int, language: str) -> Row:
    kind = one.published.value.kind
    says = one.observed.says.in_language(language)
    written = f": {format_written(one.written, language)}" if one.by_arithmetic else ""
    if one.by_arithmetic:
        simulated = format_exact(one.expected, kind, language)
        reach = say("arithmetic", language)
    else:
        simulated = format_measure(one.expected, kind, language)
        reach = format_range(one.low, one.high, kind, language)
    fitted = say("fitted", language) if one.observed.fitted else ""
    because = one.contradiction.in_language(language) if one.contradiction else None
    return Row(
        (
            Cell.of_value(one.output),
            Cell(says + written, says),
            Cell(
                format_value(one.published.value, language),
                in_unit(one.published.value.number, kind),
            ),
            Cell.of_text(format_published(one.published, language)),
            *(number_cell(end, kind) for end in one.published.interval),
            Cell.of_value(unit_of_kind(kind, language)),
            Cell(simulated, in_unit(one.expected, kind)),
            *support_cells(one.rests_on, language),
            Cell(reach),
            number_cell(one.low, kind),
            number_cell(one.high, kind),
            number_cell(one.within, "share"),
            grade_cell(one.grade, language),
            Cell(fitted, fitted or None),
            Cell.of_value(because),
            Cell.of_text(one.published.source),
            Cell.of_value(replications),
            Cell.of_value(one.undefined),
        )
    )


def _contradictions(
    comparisons: Sequence[PublishedComparison], language: str
) -> Iterator[Definition]:
    """Yield why published figures contradict each other, and how the simulation lies to each."""
    by_output: dict[str, list[PublishedComparison]] = {}
    for one in comparisons:
        if one.contradiction is not None:
            by_output.setdefault(one.output, []).append(one)
    for own in by_output.values():
        first = own[0]
        assert first.contradiction is not None
        figures = "; ".join(_figure_and_word(one, language) for one in own)
        yield Definition(
            first.observed.says.in_language(language),
            Paragraph.of(
                f"{first.contradiction.in_language(language).rstrip('.')}. ", Span(figures, "soft")
            ),
        )


def _figure_and_word(one: PublishedComparison, language: str) -> str:
    published = format_value(one.published.value, language)
    return f"{published} ({one.published.source}): {say(one.match.key, language)}"


def unpublished_table(blanks: Sequence[UnpublishedOutput], language: str) -> Table:
    """Return what the simulation says where nothing was published."""
    columns = (
        text_column("name", language, is_shown=False),
        text_column("output", language, wraps=True),
        text_column("unit", language, is_shown=False),
        value_column("simulated", language),
        *support_columns(language),
        value_column("range", language, is_filed=False),
        value_column("low", language, "low_end", is_shown=False),
        value_column("high", language, "high_end", is_shown=False),
    )
    rows = [
        Row(
            (
                Cell.of_value(one.output),
                Cell.of_text(one.observed.says.in_language(language)),
                Cell.of_value(unit_of_kind(one.kind, language)),
                measure_cell(one.expected, one.kind, language),
                *support_cells(one.rests_on, language),
                Cell(format_range(one.low, one.high, one.kind, language)),
                number_cell(one.low, one.kind),
                number_cell(one.high, one.kind),
            )
        )
        for one in blanks
    ]
    return Table.of_rows("not_published", say("not_published", language), columns, rows)


def comparison_records(comparisons: Sequence[PublishedComparison]) -> list[dict[str, object]]:
    """Return the comparisons for programs, in base units."""
    return [_record(one) for one in comparisons]


def _record(one: PublishedComparison) -> dict[str, object]:
    return {
        "output": one.output,
        "says": one.observed.says.in_language("en"),
        "published": one.published.value.number,
        "written": one.published.value.written,
        "source": one.published.source,
        "tolerance": one.published.tolerance.rule,
        "interval": [end if math.isfinite(end) else None for end in one.published.interval],
        "expected": one.expected,
        "low": one.low,
        "high": one.high,
        "within": one.within,
        "undefined": one.undefined,
        **support_record(one.rests_on),
        "sum": one.written or None,
        "fitted": one.observed.fitted,
        "word": one.word,
        "judged": one.judged,
        "contradiction": one.contradiction.in_language("en") if one.contradiction else None,
    }
