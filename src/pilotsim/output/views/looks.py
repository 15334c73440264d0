"""A look along the way: what the plan says of it, before what was found."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from pilotsim.evaluation.look_analysis import LookAnalysis
from pilotsim.evaluation.looks import LookSchedule
from pilotsim.evaluation.looks_tried import TriedLooks
from pilotsim.evaluation.run import DesignResult
from pilotsim.language.catalogue import say, translate
from pilotsim.language.numbers import format_level, format_number, join
from pilotsim.output.document import (
    Block,
    Cell,
    Column,
    Document,
    Listing,
    Paragraph,
    Row,
    Section,
    Table,
)
from pilotsim.output.views.register_analysis import document_of_register_analysis

__all__ = ["document_of_look", "paragraphs_of_looks", "sections_of_tried_looks", "table_of_looks"]

# A smaller limit is told as smaller than this.
LEAST_SHOWN = 0.0001


def document_of_look(found: LookAnalysis, language: str, *, with_figures: bool = True) -> Document:
    """Return a look: what the plan says of it, then the analysis that it rests on.

    Parameters
    ----------
    found : LookAnalysis
        What to show.
    language : str
        One of `LANGUAGES`.
    with_figures : bool
        Whether figures are part of it; without them no drawing library is started.
    """
    inner = document_of_register_analysis(found.analysis, language, with_figures=with_figures)
    number = {
        "number": found.look + 1,
        "count": len(found.schedule.months),
        "months": found.schedule.months[found.look],
    }
    which = say("look_end" if found.is_end else "look_which", language, **number)
    said = say(f"look_{found.decision}", language)
    blocks: list[Block] = [
        Paragraph.of(f"{said} {which}", role="lead"),
        table_of_looks(found.schedule, language, found.levels),
        Paragraph.of(say("look_rests_on", language), role="note"),
    ]
    own = Section("look", say("look_heading", language), blocks)
    return replace(
        inner,
        sections=[own, *inner.sections],
        record={
            **inner.record,
            "hash": found.plan.hash,
            "look": {
                **number,
                "is_end": found.is_end,
                "decision": found.decision,
                "level": found.levels[-1],
            },
        },
    )


def table_of_looks(schedule: LookSchedule, language: str, known: Sequence[float] = ()) -> Table:
    """Return when is looked, the error spent by then, and the limit of each look.

    Parameters
    ----------
    schedule : LookSchedule
        The looks.
    language : str
        One of `LANGUAGES`.
    known : sequence of float
        The limits of the looks so far; those of the others are told as they are expected.
    """
    columns = [
        Column("months", say("look_months", language), is_number=True),
        Column("spent", say("look_spent", language), is_number=True),
        Column("limit", say("look_limit", language), is_number=True),
    ]
    if known:
        columns.append(Column("is_now", say("look_now", language)))
    rows = []
    expected = schedule.expected_levels
    for place, (months, spent) in enumerate(zip(schedule.months, schedule.spent, strict=True)):
        is_known = place < len(known)
        limit = known[place] if is_known else expected[place]
        about = "" if is_known or limit < LEAST_SHOWN else "≈\u00a0"
        here = say("look_here", language) if place == len(known) - 1 else ""
        cells = [
            Cell(format_number(months, language, 0), months),
            Cell(_percent(spent, language), spent),
            Cell(f"{about}{_small(limit, language)}", limit),
        ]
        rows.append(Row([*cells, Cell(here)] if known else cells))
    return Table.of_rows("looks", say("look_heading", language), columns, rows)


def _percent(share: float, language: str) -> str:
    return f"{format_number(100.0 * share, language, 2)}\u00a0%"


def _small(p: float, language: str) -> str:
    if p < LEAST_SHOWN:
        return f"<\u00a0{format_number(LEAST_SHOWN, language, 4)}"
    return format_number(p, language, 4)


def paragraphs_of_looks(schedule: LookSchedule, least: str, language: str) -> list[Paragraph]:
    """Return in words when is looked, and what is said then.

    Parameters
    ----------
    schedule : LookSchedule
        The looks.
    least : str
        The least effect that matters, as the plan has it; empty where it has none.
    language : str
        One of `LANGUAGES`.
    """
    months = [format_number(one, language, 0) for one in schedule.months[:-1]]
    said = say(
        "looks_planned",
        language,
        months=join(months, language),
        end=format_number(schedule.months[-1], language, 0),
        error=format_level(schedule.error, language),
        how=say(f"spending_{schedule.spending}", language),
    )
    wanted = say("looks_wanted_more" if schedule.wanted > 0.0 else "looks_wanted_less", language)
    told = [said, wanted]
    if schedule.futility is not None:
        told.append(
            say(
                "looks_futility",
                language,
                least=least,
                since=format_number(schedule.futility_since, language, 0),
                level=format_level(1.0 - schedule.error, language),
            )
        )
    if not schedule.is_alone:
        told.append(say("looks_of_several", language))
    return [Paragraph.of(" ".join(told), is_brief=False)]


def sections_of_tried_looks(
    groups: Sequence[Sequence[DesignResult]], language: str
) -> Iterator[Section]:
    """Yield what looks along the way come to in simulated pilots, where a file has some.

    Parameters
    ----------
    groups : sequence of sequence of DesignResult
        What was tried, by cell.
    language : str
        One of `LANGUAGES`.
    """
    tried = [one for group in groups for one in group]
    rows = [_row_of_tried(one, one.looks, language) for one in tried if one.looks is not None]
    whys = {one.design.name: one.design for one in tried if one.design.no_looks is not None}
    if not rows and not whys:
        return
    blocks: list[Block] = []
    if rows:
        names = ("once", "found", "early", "futile", "months_stop", "false", "unplanned")
        columns = [
            Column("design", say("design", language), wraps=True),
            Column("answer", say("answer", language), wraps=True),
            *(Column(name, say(f"looks_{name}", language), is_number=True) for name in names),
        ]
        title = say("looks_tried", language)
        blocks.append(Table.of_rows("looks_tried", title, columns, rows))
        blocks.append(Paragraph.of(say("looks_tried_note", language), role="note"))
    if whys:
        told = [
            Paragraph.of(
                f"{own.says.in_language(language)}: ",
                translate(own.no_looks or "", language),
                role="note",
            )
            for own in whys.values()
        ]
        blocks.append(Listing(told, is_brief=False))
    yield Section("looks", say("look_heading", language), blocks)


def _row_of_tried(one: DesignResult, looks: TriedLooks, language: str) -> Row:
    early = sum(figure.value for figure in looks.stops[:-1])
    futile = sum(figure.value for figure in looks.futile)
    shares = [looks.power_once.value, looks.power.value, early, futile]
    errors = [looks.false_positives, looks.unplanned]
    months = looks.months.value
    levels = ", ".join(f"{name} = {level}" for name, level in one.cell.items())
    design = one.design.says.in_language(language)
    return Row(
        [
            Cell.of_text(f"{design} ({levels})" if levels else design),
            Cell.of_text(one.strategy.says_in(language)),
            *(_share_cell(share, language) for share in shares),
            Cell(format_number(months, language, 1), round(months, 2)),
            *(_share_cell(figure.value, language, 1) for figure in errors),
        ]
    )


def _share_cell(share: float, language: str, decimals: int = 0) -> Cell:
    shown = f"{format_number(100.0 * share, language, decimals)}\u00a0%"
    return Cell(shown, round(share, 4))
