"""Two plans beside each other: what is put in otherwise, and what that surely changes."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from functools import partial

from pilotsim import __version__
from pilotsim.base.quantity import Quantity
from pilotsim.base.statistics import Interval
from pilotsim.base.text import Text, inside
from pilotsim.files.differences import PartOfOne
from pilotsim.judge.comparison import ComparedPlan, ComparedVerdict, PlanComparison, Uncompared
from pilotsim.judge.kept_checks import KeptComparison
from pilotsim.judge.verdicts import Verdict
from pilotsim.language.catalogue import catalogue_of, say
from pilotsim.language.changes import ToldChange, tell_changes
from pilotsim.language.labels import label_of_value
from pilotsim.language.numbers import (
    format_change,
    format_change_and_range,
    format_number,
    format_value,
    in_unit,
    name_of_currency,
    unit_of_kind,
)
from pilotsim.model.changed_entries import CUT, ChangedEntry
from pilotsim.model.flow import Flow
from pilotsim.output import figures
from pilotsim.output.document import (
    Block,
    Cell,
    Column,
    Document,
    Figure,
    Listing,
    Paragraph,
    Row,
    RowGroup,
    Section,
    Span,
    Table,
    Tone,
)
from pilotsim.output.labels import (
    format_bound,
    format_chance,
    format_expected,
    format_moved,
    label_of_question,
    word_of_verdict,
)
from pilotsim.output.views.economy import amount_in_words
from pilotsim.output.views.parts import (
    change_cell,
    command_block,
    drawn_paragraph,
    interval_record,
    number_cell,
    run_paragraph,
    text_column,
    value_column,
)
from pilotsim.output.views.support import notes_of_verdicts
from pilotsim.output.views.verdict_words import legend_notes

__all__ = [
    "apart_blocks",
    "apart_records",
    "document_of_plans",
    "lead_blocks",
    "target_blocks",
    "told_blocks",
    "verdict_blocks",
    "verdict_records",
]

MAX_BRIEF_ROWS = 30  # differences that a screen shows
TURNED = "◆ "  # what marks a word that is clearly another, beside its tone


def document_of_plans(
    found: PlanComparison, language: str, *, command: str = "", with_figures: bool = True
) -> Document:
    """Return two plans beside each other as people read it.

    Parameters
    ----------
    found : PlanComparison
        What to show.
    language : str
        One of `LANGUAGES`.
    command : str
        How it was called; empty where it was called from Python.
    with_figures : bool
        Whether figures are part of it; a screen shows none.
    """
    names = _names(found, language)
    parts: tuple[tuple[str, str, Iterator[Block]], ...] = (
        ("answer", "compare_answer", _answer(found, names, language)),
        ("inputs", "compare_inputs", _inputs(found, names, language)),
        ("targets", "compare_targets", target_blocks(found, names, language, with_figures)),
        ("effects", "compare_effects", _totals(found, names, language, with_figures)),
        ("apart", "compare_uncompared", apart_blocks(found.uncompared, names, language)),
        ("made", "compare_made", _made(found, names, command, language)),
    )
    sections = [Section(name, say(key, language), tuple(blocks)) for name, key, blocks in parts]
    title = say("compare_title", language, first=names[0], second=names[1])
    return Document(
        "comparison",
        title,
        language,
        tuple(section for section in sections if section.blocks),
        _record(found),
    )


def _names(found: PlanComparison, language: str) -> tuple[str, str]:
    first, second = (plan.name.in_language(language) for plan in (found.first, found.second))
    return first, second


# --------------------------------------------------------------------------------------------------
# What it comes to


def _answer(found: PlanComparison, names: tuple[str, str], language: str) -> Iterator[Block]:
    if found.differences.is_nothing:
        yield Paragraph.of(say("compare_same", language), role="lead")
        return
    yield from lead_blocks(found.verdicts, language)
    if found.first.flow.flow != found.second.flow.flow:
        yield Paragraph.of(say("compare_other_flow", language), role="warning")
    yield from told_blocks(found.verdicts, names, language)
    yield from _clear_totals(found, names, language)
    is_compared = bool(found.verdicts or found.effects or found.money)
    if is_compared and not found.have_same_clients:
        yield Paragraph.of(say("compare_clients_differ", language), role="warning")
    if is_compared and not found.last_as_long:
        first, second = (format_value(flow.lasts, language) for flow in found.flows)
        said = say("compare_lengths_differ", language, first=first, second=second)
        yield Paragraph.of(said, role="warning")


def lead_blocks(verdicts: Sequence[ComparedVerdict], language: str) -> Iterator[Block]:
    """Yield how many verdicts clearly get another answer.

    Parameters
    ----------
    verdicts : sequence of ComparedVerdict
        All that are compared.
    language : str
        One of `LANGUAGES`.
    """
    if not verdicts:
        yield Paragraph.of(say("compare_no_common", language), role="lead")
        return
    turned = sum(one.is_turned for one in verdicts)
    key = "compare_lead" if turned else "compare_lead_none"
    words = say(key, language, count=len(verdicts), turned=turned)
    yield Paragraph.of(words, role="lead")


def told_blocks(
    verdicts: Sequence[ComparedVerdict], names: tuple[str, str], language: str
) -> Iterator[Block]:
    """Yield what is clearly better, what clearly worse, and what may be chance.

    Parameters
    ----------
    verdicts : sequence of ComparedVerdict
        All that are compared.
    names : tuple of str
        What the two are called.
    language : str
        One of `LANGUAGES`.
    """
    for key, wanted in (("compare_better", True), ("compare_worse", False)):
        own = [one for one in verdicts if one.is_better is wanted]
        if own:
            heading = say(key, language, first=names[0], second=names[1])
            yield Paragraph.of(Span(f"{heading}:", "strong"))
            yield Listing(tuple(_item(one, language) for one in own))
    by_chance = [one for one in verdicts if _is_open(one.difference)]
    if by_chance:
        yield Paragraph.of(Span(f"{say('compare_chance', language)}:", "soft"))
        yield Listing(tuple(_item(one, language) for one in by_chance))


def _clear_totals(found: PlanComparison, names: tuple[str, str], language: str) -> Iterator[Block]:
    """Yield what else is clearly another: clients in each state, and money."""
    items = []
    for one in found.effects:
        count = round(abs(one.difference.mean))
        if one.difference.is_clear and count:
            more = "more" if one.difference.mean > 0 else "fewer"
            key = f"answer_one_{more}" if count == 1 else f"answer_{more}"
            state = say(f"answer_{one.state}", language)
            number = format_number(float(count), language, 0)
            change = say(key, language, number=number, state=state)
            items.append(f"{one.says.in_language(language)}: {change}")
    for two in found.money:
        if two.difference.is_clear:
            more = "more" if two.difference.mean > 0 else "less"
            currency = found.second.flow.currency
            amount = amount_in_words(abs(two.difference.mean), currency, language)
            key = f"compare_{two.kind}_{more}"
            items.append(say(key, language, amount=amount))
    if items:
        heading = say("compare_also_clear", language, first=names[0], second=names[1])
        yield Paragraph.of(Span(f"{heading}:", "strong"))
        yield Listing(tuple(Paragraph.of(item) for item in items))


def _is_open(difference: Interval) -> bool:
    """Whether there is a difference that chance may explain."""
    return not difference.is_clear and difference.n > 0 and difference.mean != 0


def _item(one: ComparedVerdict, language: str) -> Paragraph:
    tone: Tone = "strong" if one.difference.is_clear else "soft"
    half = one.difference.half_width
    change = format_moved(one.question, one.difference.mean, language, half=half)
    words = say(
        "compare_item",
        language,
        what=label_of_question(one.question, language).rstrip("."),
        first=format_expected(one.first, language),
        second=format_expected(one.second, language),
    )
    spans: list[str | Span] = [f"{words} (", Span(change, tone), ")"]
    if one.is_turned:
        spans.append(f": {_turn(one, language)}")
    return Paragraph.of(*spans)


def _turn(one: ComparedVerdict, language: str) -> str:
    """Return from which word to which a verdict turns."""
    first, second = (word_of_verdict(verdict, language) for verdict in (one.first, one.second))
    return say("compare_turns", language, first=first, second=second)


# --------------------------------------------------------------------------------------------------
# What is put in


def _inputs(found: PlanComparison, names: tuple[str, str], language: str) -> Iterator[Block]:
    if found.differences.is_nothing:
        return
    columns = (
        Column("what", say("compare_what", language), wraps=True),
        Column("first", names[0]),
        Column("second", names[1]),
        text_column("path", language, is_shown=False),
    )
    groups = [
        RowGroup(tuple(rows), (Span(heading),) if heading else ())
        for heading, rows in _groups_of_inputs(found, names, language)
        if rows
    ]
    yield Table(
        "inputs",
        say("compare_inputs", language),
        columns,
        tuple(groups),
        max_brief_rows=MAX_BRIEF_ROWS,
    )


def _groups_of_inputs(
    found: PlanComparison, names: tuple[str, str], language: str
) -> Iterator[tuple[str, list[Row]]]:
    differences = found.differences
    for follows, key in ((False, ""), (True, "compare_follow")):
        entries = [entry for entry in differences.entries if entry.follows is follows]
        yield say(key, language) if key else "", list(_entry_rows(entries, found, language))
    for is_added, name, own in zip((False, True), names, found.flows, strict=True):
        rows = [
            _part_row(part, own, language)
            for part in differences.parts
            if part.is_added is is_added
        ]
        yield say("compare_only", language, name=name), rows


def _entry_rows(
    entries: Sequence[ChangedEntry], found: PlanComparison, language: str
) -> Iterator[Row]:
    """Yield a row for each difference; those that read alike are one, with how many there are."""
    alike: dict[tuple[str, str, str], list[str]] = {}
    for entry in entries:
        told, before, after = _told_sides(entry, found, language)
        alike.setdefault((told.label.in_language(language), before, after), []).append(told.path)
    for (label, first_says, second_says), paths in alike.items():
        several = say("compare_places", language, what=label, count=len(paths))
        yield Row(
            (
                Cell.of_text(several if len(paths) > 1 else label),
                Cell.of_text(first_says),
                Cell.of_text(second_says),
                Cell.of_value(", ".join(paths)),
            )
        )


def _told_sides(
    entry: ChangedEntry, found: PlanComparison, language: str
) -> tuple[ToldChange, str, str]:
    """Return what a difference is called, and what each plan says there."""
    first, second = found.flows
    there = second if entry.after is not None or entry.run_says else first
    told = tell_changes(there, [entry])[0]
    before = _words_of_side(entry.before, entry.file_says, told.before, first, language)
    after = _words_of_side(entry.after, entry.run_says, told.after, second, language)
    return told, before, after


def _words_of_side(value: Quantity | None, said: str, told: Text, flow: Flow, language: str) -> str:
    """Return what one plan says at a place: a number, a part by its label, or nothing."""
    if value is not None:
        return told.in_language(language)
    if not said:
        return say("compare_absent", language)
    if len(said) > len("{}") and (said.endswith(CUT) or said[0] in "{["):
        return say("compare_own_way", language)
    if f"order_{said}" in catalogue_of(language).phrases:
        return say(f"order_{said}", language)
    for kind in ("stages", "groups", "resources", "traits", "risks"):
        if said in getattr(flow, kind):
            return inside(flow.label_of(kind, said, language))
    return told.in_language(language)


def _part_row(part: PartOfOne, flow: Flow, language: str) -> Row:
    path = f"{part.kind}.{part.name}"
    name = inside(label_of_value(flow, path, language))
    label = f"{say(f'compare_part_{part.kind}', language)}: {name}"
    stands = Cell.of_text(say("compare_stands", language))
    sides = (Cell.of_text(""), stands) if part.is_added else (stands, Cell.of_text(""))
    return Row((Cell.of_text(label), *sides, Cell.of_value(path)))


# --------------------------------------------------------------------------------------------------
# What comes out


def target_blocks(
    found: PlanComparison | KeptComparison,
    names: tuple[str, str],
    language: str,
    with_figures: bool,
) -> Iterator[Block]:
    """Yield the chances of all targets under both as a figure, and a table of the targets.

    Parameters
    ----------
    found : PlanComparison or KeptComparison
        What is compared.
    names : tuple of str
        What the two are called.
    language : str
        One of `LANGUAGES`.
    with_figures : bool
        Whether the figure is among them.
    """
    if with_figures:
        from pilotsim.output.figures import plan_chances

        if plan_chances.judged_by_runs(found):
            yield Figure(
                "plan-chances",
                plan_chances.title(found, language),
                plan_chances.alt_text(found, language),
                partial(figures.plot_plan_chances, found, language=language),
            )
    yield from verdict_blocks(found.verdicts, names, language)


def _effect_figure(found: PlanComparison, language: str) -> Figure:
    from pilotsim.output.figures import plan_effects

    return Figure(
        "plan-effects",
        plan_effects.title(found, language),
        plan_effects.alt_text(found, language),
        partial(figures.plot_plan_effects, found, language=language),
    )


def verdict_blocks(
    verdicts: Sequence[ComparedVerdict], names: tuple[str, str], language: str
) -> Iterator[Block]:
    """Yield a table of targets under both; nothing where none can be compared.

    Parameters
    ----------
    verdicts : sequence of ComparedVerdict
        All that are compared.
    names : tuple of str
        What the two are called.
    language : str
        One of `LANGUAGES`.
    """
    if not verdicts:
        return
    columns = (
        text_column("name", language, is_shown=False),
        Column("reading", say("target", language), wraps=True),
        Column("bound", say("bound", language), is_number=True, is_filed=False, is_essential=False),
        Column("first", names[0], is_number=True),
        Column("second", names[1], is_number=True),
        Column("difference", say("compare_difference", language), is_number=True),
        value_column("low", language, "low_end", is_shown=False),
        value_column("high", language, "high_end", is_shown=False),
        text_column("unit", language, is_shown=False),
        Column("sure", say("compare_sure", language), is_brief=False),
        Column("first_word", say("compare_word_of", language, name=names[0]), is_shown=False),
        Column("second_word", say("compare_word_of", language, name=names[1]), is_shown=False),
        Column("turned", say("choice_turned", language), is_shown=False),
    )
    rows = [_verdict_row(one, language) for one in verdicts]
    yield Table.of_rows("targets", say("compare_targets", language), columns, rows)
    judged = [side for one in verdicts for side in (one.first, one.second)]
    yield from legend_notes(judged, language)
    if any(one.is_turned for one in verdicts):
        yield Paragraph.of(say("compare_turned_note", language, mark=TURNED.strip()), role="note")
    sides = (
        (name, side)
        for one in verdicts
        for name, side in zip(names, (one.first, one.second), strict=True)
    )
    yield from notes_of_verdicts(sides, language)


def _verdict_row(one: ComparedVerdict, language: str) -> Row:
    question, kind = one.question, one.question.bound.kind
    own = label_of_question(one.first.question, language)
    label = label_of_question(question, language)
    return Row(
        (
            Cell.of_value(question.name),
            # Words may hold a number that is another in each plan.
            Cell(
                label, label, below="" if own == label else say("compare_also", language, words=own)
            ),
            Cell(_bounds(one, language)),
            _side(one.first, language),
            _side(one.second, language, mark=TURNED if one.is_turned else ""),
            _difference_cell(one.difference, kind, language),
            change_cell(one.difference.low, kind),
            change_cell(one.difference.high, kind),
            Cell.of_value(unit_of_kind(kind, language)),
            Cell(_how_sure(one.difference, language), tone=_tone(one.difference)),
            Cell.of_value(word_of_verdict(one.first, language)),
            Cell.of_value(word_of_verdict(one.second, language)),
            Cell.of_value(say("yes" if one.is_turned else "no", language)),
        )
    )


def _bounds(one: ComparedVerdict, language: str) -> str:
    first, second = (format_bound(side.question, language) for side in (one.first, one.second))
    return second if first == second else f"{first} → {second}"


def _side(verdict: Verdict, language: str, mark: str = "") -> Cell:
    word = word_of_verdict(verdict, language)
    kind = verdict.question.bound.kind
    tone: Tone = "strong" if mark else "plain"
    if not verdict.replications:
        return Cell(mark + word, None, tone)
    below = f"({format_chance(verdict, language)})"
    text = f"{format_expected(verdict, language)}, {mark}{word}"
    return Cell(text, in_unit(verdict.expected, kind), tone, below, kind)


def _tone(difference: Interval) -> Tone:
    if difference.is_clear:
        return "strong"
    return "soft" if difference.n else "plain"


def _how_sure(difference: Interval, language: str) -> str:
    if not difference.n or math.isnan(difference.mean):
        return ""
    if difference.is_clear:
        return say("compare_is_clear", language)
    return say("compare_maybe" if difference.mean else "compare_alike", language)


def _difference_cell(difference: Interval, kind: str, language: str) -> Cell:
    shown, ends = format_change_and_range(
        difference.mean, difference.low, difference.high, kind, language, half=difference.half_width
    )
    return Cell(
        shown,
        in_unit(difference.mean, kind),
        _tone(difference),
        ends,
        "points" if kind == "share" else kind,
    )


def _totals(
    found: PlanComparison, names: tuple[str, str], language: str, with_figures: bool
) -> Iterator[Block]:
    columns = (
        Column("what", say("compare_what", language), wraps=True),
        Column("first", names[0], is_number=True),
        Column("second", names[1], is_number=True),
        Column("difference", say("compare_difference", language), is_number=True),
        value_column("low", language, "low_end", is_shown=False),
        value_column("high", language, "high_end", is_shown=False),
        Column("sure", say("compare_sure", language)),
    )
    groups = []
    for says in dict.fromkeys(one.says for one in found.effects):
        rows = [
            _total_row(
                say("compare_state", language, state=say(f"answer_{one.state}", language)),
                (one.first, one.second, one.difference),
                language,
            )
            for one in found.effects
            if one.says == says
        ]
        groups.append(RowGroup(tuple(rows), (Span(says.in_language(language)),)))
    if found.money:
        currency = found.second.flow.currency
        rows = [
            _total_row(
                say(
                    f"compare_money_{one.kind}",
                    language,
                    currency=name_of_currency(currency, language),
                ),
                (one.first, one.second, one.difference),
                language,
            )
            for one in found.money
        ]
        groups.append(RowGroup(tuple(rows), (Span(say("compare_money", language)),)))
    if with_figures and found.effects and not found.differences.is_nothing:
        yield _effect_figure(found, language)
    if groups:
        yield Table("changes", say("compare_effects", language), columns, tuple(groups))


def _total_row(label: str, three: Sequence[Interval], language: str) -> Row:
    first, second, difference = three
    sides = (
        Cell(
            format_change(one.mean, "real", language, half=one.half_width),
            one.mean,
            kind="real",
        )
        for one in (first, second)
    )
    return Row(
        (
            Cell.of_text(label),
            *sides,
            _difference_cell(difference, "real", language),
            number_cell(difference.low, "real"),
            number_cell(difference.high, "real"),
            Cell.of_text(_how_sure(difference, language), _tone(difference)),
        )
    )


# --------------------------------------------------------------------------------------------------
# What is not compared, and how it was made


def apart_blocks(
    uncompared: Sequence[Uncompared], names: tuple[str, str], language: str
) -> Iterator[Block]:
    """Yield what is not compared, each with the reason; nothing where all is.

    Parameters
    ----------
    uncompared : sequence of Uncompared
        What is left out.
    names : tuple of str
        What the two are called.
    language : str
        One of `LANGUAGES`.
    """
    if uncompared:
        yield Listing(tuple(Paragraph.of(_why(one, names, language)) for one in uncompared))


def _why(one: Uncompared, names: tuple[str, str], language: str) -> str:
    what = one.says.in_language(language).rstrip(".") if one.says is not None else ""
    return say(f"compare_why_{one.why}", language, what=what, first=names[0], second=names[1])


def _made(
    found: PlanComparison, names: tuple[str, str], command: str, language: str
) -> Iterator[Block]:
    runs = format_number(found.replications, language, 0)
    yield Paragraph.of(say("compare_note", language, runs=runs, seed=found.seed), role="note")
    for name, flow in zip(names, found.flows, strict=True):
        said = run_paragraph(flow, found.replications, language).text
        yield Paragraph.of(f"{name}: {said}", role="note", is_brief=False)
    yield drawn_paragraph(found.second.flow, language, fixed=found.fixed)
    yield from command_block(command)


# --------------------------------------------------------------------------------------------------
# For programs


def _record(found: PlanComparison) -> dict[str, object]:
    return {
        "version": __version__,
        "first": _plan_record(found.first),
        "second": _plan_record(found.second),
        "seed": found.seed,
        "replications": found.replications,
        "fixed": found.fixed,
        "same_clients": found.have_same_clients,
        "inputs": _input_records(found),
        "targets": verdict_records(found.verdicts),
        "effects": [
            {
                "counted": one.says.in_language("en"),
                "state": one.state,
                "first": one.first.mean,
                "second": one.second.mean,
                "difference": interval_record(one.difference),
            }
            for one in found.effects
        ],
        "money": [
            {
                "kind": one.kind,
                "first": one.first.mean,
                "second": one.second.mean,
                "difference": interval_record(one.difference),
            }
            for one in found.money
        ],
        "uncompared": apart_records(found.uncompared),
    }


def _plan_record(plan: ComparedPlan) -> dict[str, object]:
    return {"name": plan.name.in_language("en"), "flow": plan.flow.flow}


def _input_records(found: PlanComparison) -> list[dict[str, object]]:
    records: list[dict[str, object]] = []
    for entry in found.differences.entries:
        told, first, second = _told_sides(entry, found, "en")
        records.append(
            {"path": told.path, "first": first, "second": second, "follows": told.follows}
        )
    records += [
        {"path": f"{part.kind}.{part.name}", "only": "second" if part.is_added else "first"}
        for part in found.differences.parts
    ]
    return records


def verdict_records(verdicts: Sequence[ComparedVerdict]) -> list[dict[str, object]]:
    """Return the targets under both, for programs, in base units."""
    return [
        {
            "name": one.question.name,
            "says": label_of_question(one.question, "en"),
            "first": one.first.expected,
            "second": one.second.expected,
            "difference": interval_record(one.difference),
            "first_verdict": one.first.word,
            "second_verdict": one.second.word,
            "chance": interval_record(one.chance),
            "turned": one.is_turned,
            "better": one.is_better,
        }
        for one in verdicts
    ]


def apart_records(uncompared: Sequence[Uncompared]) -> list[dict[str, object]]:
    """Return what is not compared, and why, for programs."""
    return [
        {"what": one.says.in_language("en") if one.says else None, "why": one.why}
        for one in uncompared
    ]
