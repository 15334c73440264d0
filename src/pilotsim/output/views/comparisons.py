"""Published figures beside what a simulation comes to: the same wherever they are shown."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

from pilotsim.base.grades import Grade
from pilotsim.base.text import Text
from pilotsim.judge.scores import EvidenceScore
from pilotsim.judge.validation import (
    NaiveComparison,
    PublishedComparison,
    UnpublishedOutput,
    Validation,
)
from pilotsim.language.catalogue import say, translate
from pilotsim.language.numbers import (
    format_change,
    format_exact,
    format_measure,
    format_number,
    format_published,
    format_range,
    format_value,
    format_written,
    in_unit,
    unit_of_kind,
)
from pilotsim.model.evidence import EVIDENCE, TEST, EvidenceClass
from pilotsim.model.published import Published
from pilotsim.output.document import (
    Block,
    Cell,
    Definition,
    Definitions,
    Paragraph,
    Role,
    Row,
    RowGroup,
    Section,
    Span,
    Table,
)
from pilotsim.output.labels import count_words, format_source
from pilotsim.output.views.parts import (
    change_cell,
    grade_cell,
    margin_cell,
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
    "margin_notes",
    "match_paragraphs",
    "reason_of",
    "score_records",
    "sorted_words",
    "unpublished_table",
]


def match_paragraphs(
    scores: Sequence[EvidenceScore], language: str, role: Role = "body"
) -> list[Paragraph]:
    """Return how many outputs of each class of evidence were hit: true tests, then the others.

    Parameters
    ----------
    scores : sequence of EvidenceScore
        Of one flow, or of several together.
    language : str
        One of `LANGUAGES`.
    role : str
        That of the paragraph on true tests.
    """
    tests = [_sentence(score, language) for score in scores if score.kind is TEST]
    others = [_sentence(score, language) for score in scores if score.kind is not TEST]
    paragraphs = [Paragraph.of(" ".join(tests or [say("no_tests", language)]), role=role)]
    if others:
        paragraphs.append(Paragraph.of(" ".join(others)))
    return paragraphs


def _sentence(score: EvidenceScore, language: str) -> str:
    """Return how a class of evidence is met, and what a naive forecast would have scored."""
    counted = say(
        "validation_class",
        language,
        kind=say(score.kind.key_of_many, language),
        count=_counted(score, language),
        words=count_words(score.words, language),
    )
    return f"{counted} {_naive_sentence(score, language)}" if score.naive else counted


def _counted(score: EvidenceScore, language: str) -> str:
    """Return how many rows of a class there are, and how many figures where some have several."""
    figures = sum(len(one.observed.published) for one in score.rows)
    if figures == len(score.rows):
        return format_number(figures, language, 0)
    return say("rows_and_figures", language, rows=len(score.rows), figures=figures)


def _meant(published: Published, language: str) -> str:
    """Return how a figure is meant, and that it was worked out where nobody printed it."""
    meant = format_published(published, language)
    return say("worked_out_meant", language, meant=meant) if published.is_own_sum else meant


def _naive_sentence(score: EvidenceScore, language: str) -> str:
    hits = say(
        "validation_naive",
        language,
        hits=score.naive_hits,
        count=len(score.naive),
    )
    if math.isnan(score.skill):
        return hits
    errors = say(
        "validation_skill",
        language,
        error=format_measure(score.error, "share", language),
        naive=format_measure(score.naive_error, "share", language),
        skill=format_number(score.skill, language, 2),
    )
    return f"{hits} {errors}"


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
        if not validation.comparisons:
            notes = [*margin_notes(validation.replications, language), *notes]
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
    any_naive = any(one.naive is not None for one in comparisons)
    columns = (
        text_column("name", language, **filed),
        text_column("evidence", language, **filed),
        text_column("output", language, wraps=True),
        value_column("published", language),
        text_column("tolerance", language, is_number=True),
        value_column("tolerance_low", language, **filed),
        value_column("tolerance_high", language, **filed),
        text_column("unit", language, **filed),
        value_column("simulated", language),
        value_column("half_width", language, "simulation_error", is_brief=False),
        *support_columns(language),
        value_column("range", language, **shown),
        value_column("low", language, "low_end", **filed),
        value_column("high", language, "high_end", **filed),
        value_column("within", language, "within_percent", **filed),
        text_column("verdict", language),
        value_column("error", language, "model_error", **filed),
        value_column("naive", language, "naive_forecast", is_shown=any_naive),
        text_column("naive_word", language, **filed),
        value_column("naive_error", language, **filed),
        text_column("naive_says", language, "whose_forecast", **filed),
        value_column("errors", language, is_shown=any_naive, is_filed=False, is_brief=False),
        text_column("because", language, "why_evidence", **filed),
        text_column("contradiction", language, "because", **filed),
        text_column("source", language, is_brief=False),
        value_column("runs", language, **filed),
        value_column("undefined", language, **filed),
    )
    groups = [
        RowGroup(
            tuple(_row(one, replications, language) for one in comparisons if _is(one, kind)),
            (Span(say(kind.key_of_many, language)), Span(f". {_means(kind, language)}", "soft")),
        )
        for kind in EVIDENCE
    ]
    title = say("file_validation", language)
    return Table(name, title, columns, tuple(group for group in groups if group.rows))


def _is(one: PublishedComparison, kind: EvidenceClass) -> bool:
    return one.evidence.kind is kind


def _means(kind: EvidenceClass, language: str) -> str:
    return say(kind.key_of_meaning, language)


def comparison_notes(
    comparisons: Sequence[PublishedComparison], language: str, *, replications: int
) -> list[Block]:
    """Return what must be known of the numbers of `comparison_table`, beneath it."""
    by_output = {one.output: one for one in comparisons}
    notes = support_notes(
        [_supported(one, replications, language) for one in by_output.values()], language
    )
    return [*margin_notes(replications, language), *notes]


def margin_notes(replications: int, language: str) -> list[Paragraph]:
    """Return what the error of simulation beside a mean is; nothing where one run has none."""
    if replications < 2:
        return []
    text = say("simulation_error_note", language, runs=replications)
    return [Paragraph.of(text, role="note", is_brief=False)]


def _supported(
    one: PublishedComparison | UnpublishedOutput, replications: int, language: str
) -> SupportedNumber:
    return SupportedNumber(
        one.observed.says.in_language(language),
        one.observed.measure.how_counted if one.observed.measure is not None else "",
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
    because = reason_of(one, language)
    contradiction = one.contradiction.in_language(language) if one.contradiction else None
    return Row(
        (
            Cell.of_value(one.output),
            Cell.of_value(say(one.evidence.kind.key, language)),
            Cell(says + written, says, below=_small_print(one, language)),
            Cell(
                format_value(one.published.value, language),
                in_unit(one.published.value.number, kind),
                kind=kind,
            ),
            Cell.of_text(_meant(one.published, language)),
            *(number_cell(end, kind) for end in one.published.interval),
            Cell.of_value(unit_of_kind(kind, language)),
            Cell(simulated, in_unit(one.expected, kind), kind=kind),
            Cell.of_text("") if one.by_arithmetic else margin_cell(one.half_width, kind, language),
            *support_cells(one.rests_on, language),
            Cell(reach),
            number_cell(one.low, kind),
            number_cell(one.high, kind),
            number_cell(one.within, "share"),
            grade_cell(one.match, language),
            change_cell(one.error, kind),
            *_naive_cells(one, language),
            Cell.of_value(because),
            Cell.of_value(contradiction),
            Cell.of_text(format_source(one.published.source, language)),
            Cell.of_value(replications),
            Cell.of_value(one.undefined),
        )
    )


def reason_of(one: PublishedComparison, language: str) -> str | None:
    """Return why a row is of its class of evidence, in the words of the file or of the program."""
    because = one.evidence.because
    if because is None:
        return None
    return (
        because.in_language(language) if isinstance(because, Text) else translate(because, language)
    )


def _small_print(one: PublishedComparison, language: str) -> str:
    """Return why a row is of its class, where the class does not say so itself."""
    is_own = isinstance(one.evidence.because, Text)
    return reason_of(one, language) or "" if is_own or not one.evidence.kind.explains_itself else ""


def _naive_cells(one: PublishedComparison, language: str) -> Iterator[Cell]:
    """Yield the naive forecast, its word, its error, whose it is, and both errors side by side."""
    naive, kind = one.naive, one.published.value.kind
    if naive is None:
        yield from (Cell("", None) for _ in range(5))
        return
    word = say(naive.match.key, language)
    says = naive.says.in_language(language)
    number = format_value(one.published.value, language, naive.number)
    yield Cell(f"{number} ({word})", in_unit(naive.number, kind), below=says, kind=kind)
    yield Cell.of_value(word)
    yield change_cell(naive.error, kind)
    yield Cell.of_value(says)
    errors = (format_change(error, kind, language) for error in (one.error, naive.error))
    yield Cell(say("two_errors", language, model=next(errors), naive=next(errors)))


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
    source = format_source(one.published.source, language)
    return f"{published} ({source}): {say(one.match.key, language)}"


def unpublished_table(blanks: Sequence[UnpublishedOutput], language: str) -> Table:
    """Return what the simulation says where nothing was published."""
    columns = (
        text_column("name", language, is_shown=False),
        text_column("output", language, wraps=True),
        text_column("unit", language, is_shown=False),
        value_column("simulated", language),
        value_column("half_width", language, "simulation_error", is_brief=False),
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
                margin_cell(one.half_width, one.kind, language),
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
        "half_width": one.half_width,
        "within": one.within,
        "undefined": one.undefined,
        **support_record(one.rests_on),
        "sum": one.written or None,
        "evidence": one.evidence.kind.name,
        "because": reason_of(one, "en"),
        "word": one.word,
        "judged": one.judged,
        "error": one.error,
        "naive": _naive_record(one.naive),
        "contradiction": one.contradiction.in_language("en") if one.contradiction else None,
    }


def _naive_record(naive: NaiveComparison | None) -> dict[str, object] | None:
    if naive is None:
        return None
    return {
        "number": naive.number,
        "says": naive.says.in_language("en"),
        "word": naive.word,
        "error": naive.error,
    }


def score_records(scores: Sequence[EvidenceScore]) -> dict[str, dict[str, object]]:
    """Return how well each class of evidence is met, for programs; errors in parts of figures."""
    return {
        score.kind.name: {
            "rows": len(score.rows),
            "grades": {grade.name: count for grade, count in sorted_words(score)},
            "with_naive": len(score.naive),
            "naive_hits": score.naive_hits,
            "error": score.error,
            "naive_error": score.naive_error,
            "skill": score.skill,
        }
        for score in scores
    }


def sorted_words(score: EvidenceScore) -> list[tuple[Grade, int]]:
    """Return how many rows have each word, in the order of the scale."""
    return sorted(score.words.items(), key=lambda pair: pair[0].rank)
