"""What a register says of several arms: each pair of them, and what holds for all together."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from pilotsim import __version__
from pilotsim.evaluation.release.digits import decimals_of, step_of, to_step
from pilotsim.evaluation.result_files import file_answers
from pilotsim.evaluation.several_arms_analysis import (
    ArmsAnswer,
    ArmsContrast,
    SeveralArmsAnalysis,
)
from pilotsim.language.catalogue import say, translate
from pilotsim.language.numbers import NONE, format_level, format_number
from pilotsim.output.document import (
    Block,
    Cell,
    Column,
    Document,
    Listing,
    Paragraph,
    Row,
    RowGroup,
    Section,
    Span,
    Table,
    Tone,
)
from pilotsim.output.views.parts import filed_p, p_cell
from pilotsim.output.views.register_analysis import name_of, unit_cell

__all__ = ["document_of_several_arms"]

PASSED, FAILED, UNKNOWN = "✓", "✗", "–"


def document_of_several_arms(
    found: SeveralArmsAnalysis, language: str, *, with_figures: bool = True
) -> Document:
    """Return an analysis of several arms: one table of all pairs, then each pair by itself.

    Parameters
    ----------
    found : SeveralArmsAnalysis
        What to show.
    language : str
        One of `LANGUAGES`.
    with_figures : bool
        As for other views; there is no figure here.
    """
    del with_figures
    sections = [_opening(found, language)]
    sections += [_pair(found, one, language) for one in found.contrasts]
    return Document(
        kind="analysis",
        title=found.plan.title.in_language(language),
        language=language,
        sections=sections,
        record=_record(found),
    )


def label_of(found: SeveralArmsAnalysis, contrast: ArmsContrast, language: str) -> str:
    """Return which two arms are compared, in words."""
    lottery = found.plan.rule.lottery
    assert lottery is not None
    names = []
    for name in contrast.pair:
        says = lottery.arms[name].says
        names.append(says.in_language(language) if says else name)
    return say("arms_pair", language, first=names[0], second=names[1])


def _opening(found: SeveralArmsAnalysis, language: str) -> Section:
    said = say(
        "plan_unchanged" if found.unchanged else "plan_changed",
        language,
        plan=found.plan.plan,
        hash=found.plan.hash[:12],
    )
    looks = sum(len(one.answers) for one in found.contrasts)
    note = say("arms_together", language, looks=looks)
    if found.plan.correction == "none":
        note = say("arms_not_corrected", language, looks=looks)
    blocks: list[Block] = [
        Paragraph.of(said, role="lead" if found.unchanged else "warning"),
        _table(found, language),
        Paragraph.of(note, role="note"),
    ]
    return Section("effects", "", blocks)


def _table(found: SeveralArmsAnalysis, language: str) -> Table:
    level = format_level(found.plan.level.number, language)
    columns = [
        Column("first", "first", is_shown=False),
        Column("second", "second", is_shown=False),
        Column("answer", say("answer", language), wraps=True),
        Column("unit", say("unit", language)),
        Column("effect", say("effect", language), is_number=True),
        Column("standard_error", say("standard_error", language), is_number=True),
        Column("interval", say("interval", language, level=level), is_number=True, is_filed=False),
        Column("low", say("low_end", language), is_shown=False),
        Column("high", say("high_end", language), is_shown=False),
        Column("together", say("arms_interval", language), is_number=True, is_filed=False),
        Column("low_together", "low_together", is_shown=False),
        Column("high_together", "high_together", is_shown=False),
        Column("p", say("p_value", language), is_number=True),
        Column("p_together", say(f"p_corrected_{_correction(found)}", language), is_number=True),
        Column("clients", say("clients_about", language), is_number=True),
    ]
    groups = [
        RowGroup(
            [_row(one, answer, language) for answer in one.answers],
            (Span(label_of(found, one, language), "strong"),),
        )
        for one in found.contrasts
    ]
    return Table("effects", say("effects", language), columns, groups)


def _correction(found: SeveralArmsAnalysis) -> str:
    return "none" if found.plan.correction == "none" else "holm"


def _row(contrast: ArmsContrast, answer: ArmsAnswer, language: str) -> Row:
    finding, effect = answer.finding, answer.finding.effect
    first = [Cell.of_value(name) for name in contrast.pair]
    name = Cell.of_text(name_of(contrast.analysis, finding, language))
    if effect is None or effect.scale == "test":
        p = Cell(NONE) if effect is None else p_cell(effect.p, language)
        together = p_cell(answer.adjusted_p, language)
        clients = 0 if effect is None else effect.clients
        shown = Cell(NONE) if effect is None else Cell(format_number(clients, language, 0), clients)
        return Row([*first, name, *[Cell(NONE)] * 9, p, together, shown])
    step = step_of(effect, is_share=finding.strategy.estimand.is_share)
    raw = (effect.estimate, effect.error, effect.low, effect.high, answer.low, answer.high)
    numbers = [to_step(number, step) for number in raw]
    is_ratio = effect.scale == "log_ratio"
    scale, decimals = (100.0, 1) if finding.is_in_points else (1.0, 2)
    if not finding.is_in_points and not is_ratio:
        decimals = max(map(decimals_of, numbers))
    cells = [
        _number(math.exp(number) if is_ratio else scale * number, decimals, language)
        for number in numbers
    ]
    if is_ratio or finding.precision != "exact":
        cells[1] = Cell(NONE)
    clients = effect.clients if finding.most is None else finding.most
    return Row(
        [
            *first,
            name,
            unit_cell(finding, language),
            cells[0],
            cells[1],
            _range(cells[2], cells[3]),
            cells[2],
            cells[3],
            _range(cells[4], cells[5]),
            cells[4],
            cells[5],
            p_cell(effect.p, language),
            p_cell(answer.adjusted_p, language),
            Cell(format_number(clients, language, 0), clients),
        ]
    )


def _number(value: float, decimals: int, language: str) -> Cell:
    if not math.isfinite(value):
        return Cell(NONE)
    written = format_number(value, language, decimals)
    return Cell(written, round(value, decimals) if decimals else round(value))


def _range(low: Cell, high: Cell) -> Cell:
    return Cell(NONE) if low.value is None else Cell(f"{low.text} … {high.text}")


def _pair(found: SeveralArmsAnalysis, contrast: ArmsContrast, language: str) -> Section:
    """Return what is to be said of two arms: notes of answers, checks, and how many there were."""
    own = contrast.analysis
    items = [*_notes(contrast, language)]
    marks = {True: PASSED, False: FAILED, None: UNKNOWN}
    for check in own.checks:
        tone: Tone = "bad" if check.passed is False else "plain"
        mark = Span(f"{marks[check.passed]} ", tone)
        items.append(Paragraph.of(mark, translate(check.text, language), is_brief=False))
    for cell in ("offered", "compared"):
        count = own.chart[cell]
        shown = say("not_shown", language)
        if count is not None:
            shown = format_number(count, language, 0)
        label = say(f"arms_{cell}", language)
        items.append(Paragraph.of(f"{label}: {shown}", role="note", is_brief=False))
    if own.certificate.attacked:
        said = say(
            "release_guarantee",
            language,
            attacked=own.certificate.attacked,
            least=own.certificate.least,
            most=own.certificate.least - 1,
        )
        items.append(Paragraph.of(said, role="note", is_brief=False))
    notes = (translate(note, language) for note in own.notes)
    items += [Paragraph.of(note, role="note") for note in notes]
    name = "_".join(contrast.pair)
    return Section(f"pair_{name}", label_of(found, contrast, language), [Listing(items)])


def _notes(contrast: ArmsContrast, language: str) -> Iterator[Paragraph]:
    for finding in contrast.analysis.findings:
        name = name_of(contrast.analysis, finding, language)
        notes = finding.effect.notes if finding.effect else (finding.refusal,)
        for note in notes:
            yield Paragraph.of(f"{name}: ", translate(note, language), role="note")
        if finding.agreement is not None and finding.effect is not None:
            said = translate(finding.agreement.says, language)
            yield Paragraph.of(f"{name}: ", said, role="note", is_brief=False)


def _record(found: SeveralArmsAnalysis) -> dict[str, Any]:
    return {
        "plan": found.plan.plan,
        "hash": found.plan.hash,
        "unchanged": found.unchanged,
        "version": __version__,
        "contrasts": [
            {
                "first": one.pair[0],
                "second": one.pair[1],
                "answers": [*file_answers(one.analysis)],
                "together": [
                    {"p": filed_p(own.adjusted_p), "low": own.low, "high": own.high}
                    for own in one.answers
                ],
                "release": asdict(one.analysis.certificate),
                "notes": [str(note) for note in one.analysis.notes],
            }
            for one in found.contrasts
        ],
    }
