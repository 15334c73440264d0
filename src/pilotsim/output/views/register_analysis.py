"""What a real register says to the questions of a plan; no row of the register is in it.

Only what the release gate let through is here: every number of it may be shown.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import asdict, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from pilotsim import __version__
from pilotsim.effects.effect import AssumptionCheck, Effect
from pilotsim.effects.evidence import Evidence
from pilotsim.evaluation.checks import known_checks
from pilotsim.evaluation.effect_units import UNIT_WORDS
from pilotsim.evaluation.estimands import AMOUNT
from pilotsim.evaluation.inquiry_labels import label_of
from pilotsim.evaluation.preanalysis_plan import PreAnalysisPlan
from pilotsim.evaluation.release import LEAST, PlanAnswer, RegisterAnalysis
from pilotsim.evaluation.release.digits import decimals_of
from pilotsim.evaluation.result_files import file_answers
from pilotsim.language.catalogue import say, translate
from pilotsim.language.numbers import (
    NONE,
    format_level,
    format_number,
)
from pilotsim.output.document import (
    Block,
    Cell,
    Column,
    Document,
    Figure,
    Listing,
    Paragraph,
    Row,
    Section,
    Span,
    Table,
    Tone,
)
from pilotsim.output.views.evaluated import section_of_evaluated
from pilotsim.output.views.parts import p_cell
from pilotsim.output.views.posterior import sections_of_posteriors
from pilotsim.output.views.worth import sections_of_worth

if TYPE_CHECKING:
    from pilotsim.output.figures.effect_path import Line

__all__ = ["document_of_register_analysis"]

PASSED, FAILED = "✓", "✗"
PLAIN: Tone = "plain"
BAD: Tone = "bad"
# The flow chart of clients, in order: how far each cell stands in below the one it is a part of.
DEPTHS = {
    "extract": 0,
    "not_listed": 1,
    "listed": 1,
    "in_no_arm": 2,
    "offered": 2,
    "offered_started": 3,
    "offered_not_started": 3,
    "offered_followed": 3,
    "offered_lost": 3,
    "compared": 2,
    "compared_started": 3,
    "compared_not_started": 3,
    "compared_followed": 3,
    "compared_lost": 3,
}
# What is drawn of a check although an answer has drawn its like.
ADDED = ("Balance", "Placebos")
INDENT = "\u00a0" * 4
# Before a number that is told by an interval of a grid, and one that is only bounded.
ABOUT, AT_MOST = "≈\u00a0", "≤\u00a0"


def document_of_register_analysis(
    found: RegisterAnalysis, language: str, *, with_figures: bool = True
) -> Document:
    """Return an analysis: effects, checks, and what became of the clients.

    Parameters
    ----------
    found : RegisterAnalysis
        What to show.
    language : str
        One of `LANGUAGES`.
    with_figures : bool
        Whether figures are part of it; without them no drawing library is started.
    """
    return Document(
        kind="analysis",
        title=found.plan.title.in_language(language),
        language=language,
        sections=[
            _effects(found, language, with_figures=with_figures),
            *sections_of_posteriors(found, language),
            *sections_of_worth(found, language),
            section_of_evaluated(found.plan, language, is_brief=False),
            _checks(found, language),
            _clients(found, language),
            _release(found, language),
        ],
        record=_record(found),
    )


def _record(found: RegisterAnalysis) -> dict[str, Any]:
    return {
        "plan": found.plan.plan,
        "hash": found.plan.hash,
        "unchanged": found.unchanged,
        "clients_digest": found.clients_digest,
        "beside": [str(one) for one in found.beside],
        "version": __version__,
        "answers": [*file_answers(found)],
        "checks": [
            {"name": check.name, "passed": check.passed, "says": str(check.text)}
            for check in found.checks
        ],
        "references": [
            {
                "answer": finding.strategy.name,
                "agrees": finding.agreement.agrees,
                "digits": finding.agreement.digits,
                "library": finding.agreement.package,
                "version": finding.agreement.version,
                "call": finding.agreement.call,
                "says": str(finding.agreement.says),
            }
            for finding in found.findings
            if finding.agreement is not None
        ],
        "release": asdict(found.certificate),
        "notes": [str(note) for note in found.notes],
        "not_known": list(found.chart.unknown),
    }


def _effects(found: RegisterAnalysis, language: str, *, with_figures: bool) -> Section:
    opening = opening_of(
        found.plan, [headline(found, language)], language, unchanged=found.unchanged
    )
    beside = [Paragraph.of(translate(one, language), role="warning") for one in found.beside]
    blocks: list[Block] = [*opening, *beside, _table(found, language)]
    notes = [
        *notes_of_answers(found, language),
        *notes_of_looks(found.findings, language),
        *references_of(found, language),
    ]
    if notes:
        blocks.append(Listing(notes))
    if with_figures:
        blocks += _figures(found, language)
        blocks += _drawn_evidence(found, language)
    return Section("effects", "", blocks)


def opening_of(
    plan: PreAnalysisPlan, answers: Iterable[str], language: str, *, unchanged: bool
) -> list[Paragraph]:
    """Return what a page opens with: its answers in words, and whether the plan is as written.

    That it was changed must not be overlooked behind the answers, and stands first.
    """
    key = "plan_unchanged" if unchanged else "plan_changed"
    said = say(key, language, plan=plan.plan, hash=plan.hash[:12])
    about_plan = Paragraph.of(said, role="body" if unchanged else "warning")
    told = [Paragraph.of(one, role="lead") for one in answers]
    return [*told, about_plan] if unchanged else [about_plan, *told]


def headline(found: RegisterAnalysis, language: str) -> str:
    """Return in one sentence or two what the first answer says, the one that the plan is for.

    By the numbers that the table shows, and no others.
    """
    finding, effect = found.findings[0], found.findings[0].effect
    estimand = finding.strategy.estimand
    asked = label_of(found.plan.inquiries[estimand.name].says, estimand, language)
    if effect is None:
        return say("answer_none", language, asked=asked)
    level = found.plan.level.number
    p = finding.adjusted_p if math.isfinite(finding.adjusted_p) else effect.p
    is_alone = not math.isfinite(effect.low) or not effect.low <= 0.0 <= effect.high
    is_found = is_alone and not p >= 1.0 - level
    if effect.scale == "test" or not math.isfinite(effect.low):
        key = "answer_differs" if is_found else "answer_alike"
        return say(key, language, asked=asked, p=p_cell(p, language).text)
    size, _, low, high = (cell.text for cell in size_cells(finding, effect, language))
    if effect.scale == "difference" and effect.estimate > 0.0:
        about = ABOUT if size.startswith(ABOUT) else ""
        size = f"{about}+{size.removeprefix(ABOUT)}"
    unit = f" {unit_cell(finding, language).text}" if effect.scale == "difference" else ""
    said = say(
        "answer_size",
        language,
        asked=asked,
        size=f"{size}{unit}",
        low=low,
        high=high,
        level=format_level(level, language),
    )
    key = "answer_found" if is_found else "answer_among_many" if is_alone else "answer_open"
    return f"{said} {say(key, language)}"


def _table(found: RegisterAnalysis, language: str) -> Table:
    level = format_level(found.plan.level.number, language)
    columns = [
        Column("answer", say("answer", language), wraps=True),
        Column("unit", say("unit", language)),
        Column("effect", say("effect", language), is_number=True),
        Column("standard_error", say("standard_error", language), is_number=True),
        Column("interval", say("interval", language, level=level), is_number=True, is_filed=False),
        Column("low", say("low_end", language), is_shown=False),
        Column("high", say("high_end", language), is_shown=False),
        Column("p", say("p_value", language), is_number=True),
        Column("p_holm", say(f"p_corrected_{found.plan.correction}", language), is_number=True),
        Column("clients", say("clients_about", language), is_number=True),
    ]
    rows = []
    for finding in found.findings:
        rows.append(_row(found, finding, language))
        rows += _contrast_rows(found, finding, language)
    return Table.of_rows("effects", say("effects", language), columns, rows)


def _row(found: RegisterAnalysis, finding: PlanAnswer, language: str) -> Row:
    effect = finding.effect
    name = Cell.of_text(name_of(found, finding, language))
    if effect is None:
        nothing = Cell(NONE)
        return Row([name, *[nothing] * 9])
    estimate, error, low, high = size_cells(finding, effect, language)
    interval = NONE if low.value is None else f"{low.text} … {high.text}"
    return Row(
        [
            name,
            unit_cell(finding, language),
            estimate,
            error,
            Cell(interval),
            low,
            high,
            p_cell(effect.p, language),
            p_cell(finding.adjusted_p, language),
            clients_cell(finding, effect, language),
        ]
    )


def _contrast_rows(found: RegisterAnalysis, finding: PlanAnswer, language: str) -> Iterator[Row]:
    """Yield the row of a subgroup's effect less that on the others, where there is one."""
    if finding.contrast is None:
        return
    held = replace(
        finding, effect=finding.contrast, adjusted_p=finding.adjusted_contrast_p, contrast=None
    )
    row = _row(found, held, language)
    name = say("subgroup_contrast", language, name=name_of(found, finding, language))
    yield replace(row, cells=[Cell.of_text(name), *row.cells[1:]])


def size_cells(finding: PlanAnswer, effect: Effect, language: str) -> tuple[Cell, ...]:
    """Return the cells of an effect, its standard error and the ends of its interval.

    A ratio stands as such, without the error of its logarithm, which nobody reads beside it; a test
    has no size.
    """
    numbers = (effect.estimate, effect.error, effect.low, effect.high)
    if effect.scale == "test":
        return (Cell(NONE),) * 4
    if effect.scale == "log_ratio":
        ratio, _, low, high = (_number_cell(math.exp(number), 2, language) for number in numbers)
        shown = say("ratio", language, ratio=ratio.text)
        return Cell(shown, ratio.value), Cell(NONE), low, high
    if finding.is_in_points:
        cells = [_number_cell(100 * number, 1, language) for number in numbers]
    else:
        # The gate rounded all four to one step: people see its decimals and no others.
        decimals = max(decimals_of(number) for number in numbers)
        cells = [_number_cell(number, decimals, language) for number in numbers]
    if finding.precision != "exact":
        about = 100 * effect.estimate if finding.is_in_points else effect.estimate
        decimals = min(1, decimals_of(about)) if finding.is_in_points else decimals_of(about)
        rough = _number_cell(about, decimals, language)
        cells[0] = replace(rough, text=ABOUT + rough.text)
    return tuple(cells)


def clients_cell(finding: PlanAnswer, effect: Effect, language: str) -> Cell:
    """Return how many clients an answer rests on, or at most, where few of them are lost."""
    if finding.most is not None:
        return Cell(AT_MOST + format_number(finding.most, language, 0))
    return Cell(format_number(effect.clients, language, 0), effect.clients)


def unit_cell(finding: PlanAnswer, language: str) -> Cell:
    """Return what an effect is counted in; a dash for a test, which has no size."""
    if finding.unit is None:
        return Cell(NONE)
    return Cell.of_text(translate(UNIT_WORDS[finding.unit], language))


def _number_cell(shown: float, decimals: int, language: str) -> Cell:
    if math.isnan(shown):
        return Cell(NONE)
    written = format_number(shown, language, decimals)
    return Cell(written, round(shown, decimals) if decimals else round(shown))


def name_of(found: RegisterAnalysis, finding: PlanAnswer, language: str) -> str:
    """Return what an answer is called: how it was estimated, and what is asked."""
    answer = finding.strategy.says_in(language)
    estimand = finding.strategy.estimand
    asked = found.plan.inquiries[estimand.name].says
    label = label_of(asked, estimand, language)
    return answer if not asked and label == estimand.name else f"{answer}: {label}"


def notes_of_answers(found: RegisterAnalysis, language: str) -> Iterator[Paragraph]:
    """Yield what a reader must know of each answer, or why there is none."""
    for finding in found.findings:
        name = name_of(found, finding, language)
        notes = finding.effect.notes if finding.effect else (finding.refusal,)
        for note in notes:
            yield Paragraph.of(f"{name}: ", translate(note, language), role="note")


def notes_of_looks(findings: Iterable[PlanAnswer], language: str) -> Iterator[Paragraph]:
    """Yield how often a group is looked at by itself, where any is."""
    groups = sum(bool(finding.strategy.estimand.traits) for finding in findings)
    if groups:
        yield Paragraph.of(say("subgroup_looks", language, count=groups), role="note")


def references_of(found: RegisterAnalysis, language: str) -> Iterator[Paragraph]:
    """Yield with which library each answer was worked out too, or why with none."""
    for finding in found.findings:
        # Where the two differ, it stands as the reason why there is no answer.
        if finding.agreement is not None and finding.effect is not None:
            name = name_of(found, finding, language)
            said = translate(finding.agreement.says, language)
            yield Paragraph.of(f"{name}: ", said, role="note")


def _figures(found: RegisterAnalysis, language: str) -> Iterator[Figure]:
    from pilotsim.output.figures import effect_path, placebo

    lines = [
        line_of(found, finding, language)
        for finding in found.findings
        if finding.path and finding.is_in_points
    ][:1]
    if lines:
        title = effect_path.title_of(lines[0], language)
        yield Figure(
            "effect_path",
            title,
            effect_path.alt_text(lines, language),
            partial(
                effect_path.plot_effect_path,
                lines,
                language=language,
                title=title,
                note=say(
                    "effect_path_found",
                    language,
                    level=format_level(found.plan.level.number, language),
                ),
            ),
        )
    first = found.findings[0]
    if len(found.redrawn) and first.effect is not None and first.is_in_points:
        estimate = first.effect.estimate
        yield Figure(
            "placebo",
            placebo.title(found.redrawn, estimate, language),
            placebo.alt_text(found.redrawn, estimate, language),
            partial(placebo.plot_placebo, found.redrawn, estimate, language=language),
        )


def _drawn_evidence(found: RegisterAnalysis, language: str) -> Iterator[Figure]:
    """Yield what answers and checks were judged by, each kind of curve once."""
    drawn: set[str] = set()
    for finding in found.findings:
        kind = type(finding.evidence).__name__
        if finding.evidence is not None and kind not in drawn:
            drawn.add(kind)
            yield from _figure_of(finding.evidence, found, finding, "answer", language)
    first = found.findings[0]
    for check in found.checks:
        kind = type(check.evidence).__name__
        # A second table of differences adds those with weights, and dates before the programme are
        # other placebos than districts; a second curve adds nothing.
        if check.evidence is not None and (kind not in drawn or kind in ADDED):
            drawn.add(kind)
            yield from _figure_of(check.evidence, found, first, check.name, language)


def _figure_of(
    evidence: Evidence, found: RegisterAnalysis, finding: PlanAnswer, name: str, language: str
) -> Iterator[Figure]:
    from pilotsim.effects.checks.balance import Balance
    from pilotsim.effects.checks.placebo import Placebos
    from pilotsim.effects.estimators.group_means import EffectPath
    from pilotsim.output.figures import event_study, incidence, love, placebo

    if isinstance(evidence, Balance):
        yield Figure(
            f"love_{name}",
            love.title(evidence, language),
            love.alt_text(evidence, language),
            partial(love.plot_love, evidence, language=language),
        )
    elif isinstance(evidence, EffectPath):
        # A path is of the outcome month by month, whatever the answer makes of it.
        share = finding.strategy.estimand.outcome != AMOUNT
        unit = translate(UNIT_WORDS["kroner"], language)
        yield Figure(
            "event_study",
            event_study.title(evidence, language),
            event_study.alt_text(evidence, language, share, unit),
            partial(
                event_study.plot_event_study, evidence, language=language, share=share, unit=unit
            ),
        )
    elif isinstance(evidence, Placebos):
        if finding.effect is not None and finding.is_in_points:
            null = np.array([effect.estimate for effect in evidence.effects])
            estimate = finding.effect.estimate
            where = "placebo_districts" if name == "answer" else "placebo_dates"
            yield Figure(
                where,
                placebo.title(null, estimate, language, say(f"figure_{where}", language)),
                placebo.alt_text(null, estimate, language),
                partial(
                    placebo.plot_placebo,
                    null,
                    estimate,
                    language=language,
                    about=say(f"figure_{where}", language),
                ),
            )
    else:
        says = name_of(found, finding, language)
        worlds = [incidence.Worlds(says, evidence.offered, evidence.compared)]
        level = found.plan.level.number
        yield Figure(
            "incidence",
            incidence.title(worlds, language),
            incidence.alt_text(worlds, language),
            partial(incidence.plot_incidence, worlds, language=language, level=level),
        )


def line_of(found: RegisterAnalysis, finding: PlanAnswer, language: str) -> Line:
    """Return an answer month by month, for a figure."""
    from pilotsim.output.figures.effect_path import Line

    parts = [
        [np.nan] * 3 if effect is None else [effect.estimate, effect.low, effect.high]
        for effect in finding.path
    ]
    value, low, high = np.array(parts).T
    return Line(name_of(found, finding, language), value, low, high)


def _checks(found: RegisterAnalysis, language: str) -> Section:
    items = [paragraph_of_check(check, language) for check in found.checks]
    return Section("checks", say("checks", language), [Listing(items)])


def paragraph_of_check(check: AssumptionCheck, language: str) -> Paragraph:
    """Return what a check found, marked by whether it passed."""
    text = translate(check.text, language)
    mark, tone = (PASSED, PLAIN) if check.passed else (FAILED, BAD)
    if check.passed is None:
        known = known_checks().get(check.name)
        asks = translate(known.asks, language) if known else f"{check.name}:"
        text = say("check_not_made", language, asks=asks, why=text)
        mark, tone = NONE, PLAIN
    return Paragraph.of(Span(f"{mark} {text}", tone))


def _clients(found: RegisterAnalysis, language: str) -> Section:
    columns = [
        Column("cell", say("name", language), is_shown=False),
        Column("what", say("what", language)),
        Column("clients", say("clients_about", language), is_number=True),
        # A file of numbers has nothing where none is told: here it says why.
        Column("told", say("clients_told", language), is_shown=False),
    ]
    rows = []
    for cell, depth in DEPTHS.items():
        count = found.chart[cell]
        label = say(f"cell_{cell}", language)
        why = say("not_known" if cell in found.chart.unknown else "not_shown", language)
        told = say("is_shown", language) if count is not None else why
        shown = why if count is None else format_number(count, language, 0)
        rows.append(
            Row(
                [
                    Cell.of_value(cell),
                    Cell(INDENT * depth + label, label),
                    Cell(shown, count),
                    Cell.of_value(told),
                ]
            )
        )
    title = say("clients_chart", language)
    blocks: list[Block] = [Table.of_rows("clients", title, columns, rows)]
    if found.notes:
        notes = (translate(note, language) for note in found.notes)
        blocks.append(Listing([Paragraph.of(note, role="note") for note in notes]))
    return Section("clients", title, blocks)


def _release(found: RegisterAnalysis, language: str) -> Section:
    items = release_paragraphs(found, language)
    return Section("release", say("release_title", language), [Listing(items, is_brief=False)])


def release_paragraphs(found: RegisterAnalysis, language: str) -> list[Paragraph]:
    """Return what is guaranteed of all this, and what is not."""
    own = found.certificate
    parts = {"least": own.least, "most": own.least - 1, "usual": LEAST}
    said = []
    if own.allowed_by_owner:
        said.append(say("release_by_owner", language, **parts))
    said.append(say("release_guarantee", language, **parts))
    for word, names in (
        ("rounded", own.rounded),
        ("coarse", own.coarse),
        ("withheld", own.withheld),
        ("contrasts", own.contrasts),
    ):
        if names:
            labels = [
                finding.strategy.says_in(language)
                for finding in found.findings
                if finding.strategy.name in names
            ]
            said.append(say(f"release_{word}", language, names=", ".join(labels)))
    if own.earlier:
        said.append(say("release_earlier", language, earlier=own.earlier))
    said.append(say("release_limits", language))
    items = [Paragraph.of(one, role="note", is_brief=False) for one in said]
    if own.allowed_by_owner:
        items[0] = Paragraph.of(said[0], role="warning")
    return items
