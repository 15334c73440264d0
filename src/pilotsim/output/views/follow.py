"""A pilot that runs as people read it: has it left its plan, and where is it now."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import partial
from typing import Any

from pilotsim import __version__
from pilotsim.base.quantity import round_in_unit
from pilotsim.language.catalogue import say, translate
from pilotsim.language.labels import label_of_value
from pilotsim.language.numbers import (
    format_month,
    format_number,
    format_probability,
    format_value,
    format_value_range,
    in_unit,
    join,
)
from pilotsim.monitoring.alarm import Suspect
from pilotsim.monitoring.follow import FollowedPilot, part_of
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
)
from pilotsim.output.labels import format_measured, format_measured_range, label_of_question
from pilotsim.output.sentences.followed import (
    counts_within,
    looks_like_in_words,
    suspect_in_words,
)
from pilotsim.output.views.parts import (
    command_block,
    drawn_paragraph,
    measure_cell,
    number_cell,
    probability_cell,
    run_paragraph,
    text_column,
    value_column,
)

__all__ = ["document_of_followed"]

# As rare among simulated pilots as this, a count is named beside the one that explains an alarm.
STANDS_OUT = 0.05
MOST_NAMED = 3
# Digits that count of what simulated pilots say of an assumption: chance leaves no more.
DIGITS = 2
DASH = "–"


def document_of_followed(
    found: FollowedPilot, language: str, *, command: str = "", with_figures: bool = True
) -> Document:
    """Return a pilot that runs as people read it.

    Parameters
    ----------
    found : FollowedPilot
        What to show.
    language : str
        One of `LANGUAGES`.
    command : str
        How it was called for; empty where it was called from Python.
    with_figures : bool
        Whether figures are part of it.
    """
    title = say(
        "follow_title",
        language,
        flow=found.flow.title.in_language(language),
        month=format_month(found.last_month, language),
    )
    sections = (
        _head(found, language),
        _watched(found, language),
        _now(found, language, with_figures=with_figures),
        _targets_now(found, language),
        _plans(found, language),
        _learned(found, language),
        _every_month(found, language),
        _how_made(found, command, language),
    )
    return Document(
        "follow",
        title,
        language,
        tuple(section for section in sections if section.blocks),
        _record(found),
    )


def _head(found: FollowedPilot, language: str) -> Section:
    alarm = found.alarm
    rate = format_number(100.0 * alarm.rate, language)
    blocks: list[Block] = []
    if alarm.first is None:
        line = say("follow_no_alarm", language, month=format_month(found.last_month, language))
        blocks.append(Paragraph.of(Span(line, "good"), role="lead"))
    else:
        month = format_month(found.counted.months[alarm.first], language)
        line = say("follow_alarm", language, month=month)
        blocks.append(Paragraph.of(Span(line, "bad"), role="lead"))
        if found.watched:
            blocks.append(Paragraph.of(_likeness(found, language)))
        blocks.append(Paragraph.of(_pointed_at(found, language)))
    inside, known = counts_within(found)
    blocks.append(
        Paragraph.of(
            say("follow_inside", language, inside=inside, known=known),
            role="body",
        )
    )
    key = "follow_rate_fixed" if found.fixed else "follow_rate"
    blocks.append(Paragraph.of(say(key, language, rate=rate), role="note"))
    return Section("head", "", tuple(blocks))


def _likeness(found: FollowedPilot, language: str) -> str:
    """Return which of the departures that are watched for the counts look like."""
    return looks_like_in_words(found, language) or say("follow_looks_like_none", language)


def _pointed_at(found: FollowedPilot, language: str) -> str:
    """Return which count explains the alarm, and which stand out beside it."""
    first, *others = found.alarm.suspects
    parts = [
        say("follow_points_at", language, what=suspect_in_words(found, first, language)),
        _where_to_look(found, first, language),
    ]
    beside = [one for one in others if one.p <= STANDS_OUT][:MOST_NAMED]
    if beside:
        named = join([suspect_in_words(found, one, language) for one in beside], language)
        parts.append(say("follow_beside", language, what=named))
    return " ".join(parts)


def _where_to_look(found: FollowedPilot, suspect: Suspect, language: str) -> str:
    """Return what lies behind a count, for those who know the place."""
    count = found.counted.counts[suspect.count]
    part = part_of(found.flow, count)
    scarce = {
        resource
        for name in count.names
        if name in found.flow.stages
        for needs in found.flow.stages[name].alternatives
        for resource in needs
    }
    if part != "capacity":
        return say(f"follow_look_{part}", language)
    if not scarce:
        return say("follow_look_stays", language)
    labels = [
        found.flow.label_of("resources", name, language)
        for name in found.flow.resources
        if name in scarce
    ]
    return say("follow_look_capacity", language, resources=join(labels, language))


def _watched(found: FollowedPilot, language: str) -> Section:
    """Return how far the counts went the way of each departure that is watched for."""
    title = say("follow_watched", language)
    if not found.watched:
        return Section("watched", title, ())
    columns = (
        text_column("name", language, is_shown=False),
        text_column("departure", language, "follow_departure", wraps=True),
        value_column("share", language, "follow_of_limit"),
        text_column("since", language, "follow_over_since"),
    )
    months = found.counted.months
    rows = []
    for departure, one in zip(found.watched, found.alarm.watched, strict=True):
        since = Cell("")
        if one.first is not None:
            since = Cell.of_text(format_month(months[one.first], language), "doubtful")
        rows.append(
            Row(
                (
                    Cell.of_value(departure.name),
                    Cell.of_text(departure.says.in_language(language)),
                    measure_cell(round(one.farthest, 2), "share", language),
                    since,
                )
            )
        )
    note = Paragraph.of(say("follow_watched_note", language), role="note")
    return Section("watched", title, (Table.of_rows("watched", title, columns, rows), note))


def _now(found: FollowedPilot, language: str, *, with_figures: bool) -> Section:
    month = found.months_counted - 1
    title = say("follow_now", language, month=format_month(found.last_month, language))
    columns = _columns(language)
    rows = [_row(found, month, count, language) for count in range(len(found.counted.counts))]
    blocks: list[Block] = [Table.of_rows("now", title, columns, rows)]
    blocks.append(Paragraph.of(say("follow_band_note", language), role="note"))
    notes = _notes(found, language)
    if notes:
        blocks.append(Listing(tuple(notes)))
    if with_figures:
        from pilotsim.output.figures import counts

        blocks.append(
            Figure(
                "counts",
                counts.title(found, language),
                counts.alt_text(found, language),
                partial(counts.plot_counts, found, language=language),
            )
        )
    return Section("now", title, tuple(blocks))


def _columns(language: str) -> tuple[Column, ...]:
    return (
        text_column("count", language, "follow_count", wraps=True),
        text_column("month", language, "follow_month", is_shown=False),
        value_column("counted", language, "follow_counted"),
        value_column("forecast", language, "follow_forecast"),
        value_column("band", language, "nine_in_ten", is_filed=False),
        value_column("low", language, "low_end", is_shown=False),
        value_column("high", language, "high_end", is_shown=False),
        text_column("place", language, "follow_place"),
    )


def _row(found: FollowedPilot, month: int, count: int, language: str) -> Row:
    number = float(found.counted.numbers[month, count])
    low, middle, high = (
        float(part[month, count]) for part in (found.low, found.middle, found.high)
    )
    return Row(
        (
            Cell.of_text(found.counted.headings[count]),
            Cell.of_value(f"{found.counted.months[month]:%Y-%m}"),
            _number(number, language),
            _number(middle, language),
            Cell(f"{format_number(low, language, 0)}{DASH}{format_number(high, language, 0)}"),
            Cell.of_value(low),
            Cell.of_value(high),
            _place(number, low, high, language),
        )
    )


def _number(number: float, language: str) -> Cell:
    if math.isnan(number):
        return Cell(say("follow_missing", language))
    return Cell(format_number(number, language, 0), number)


def _place(number: float, low: float, high: float, language: str) -> Cell:
    if math.isnan(number):
        return Cell("")
    if number < low:
        return Cell.of_text(say("follow_below", language), "doubtful")
    if number > high:
        return Cell.of_text(say("follow_above", language), "doubtful")
    return Cell.of_text(say("follow_within", language), "good")


def _notes(found: FollowedPilot, language: str) -> list[Paragraph]:
    """Return what was corrected, and what is missing."""
    counted = found.counted
    notes = []
    for one in counted.corrections:
        key = "follow_corrected" if not math.isnan(one.before) else "follow_came_late"
        notes.append(
            say(
                key,
                language,
                count=counted.headings[one.count],
                month=format_month(counted.months[one.month], language),
                before="" if math.isnan(one.before) else format_number(one.before, language, 0),
                after=format_number(one.after, language, 0),
            )
        )
    for place, heading in enumerate(counted.headings):
        months = [month for month, count in counted.missing if count == place]
        if months:
            named = [format_month(counted.months[month], language) for month in months]
            line = say("follow_not_known", language, count=heading, months=join(named, language))
            notes.append(line)
    return [Paragraph.of(note, role="note") for note in notes]


def _targets_now(found: FollowedPilot, language: str) -> Section:
    """Return the chance of each target before the start and now, or why there is none."""
    title = say("follow_targets", language)
    forecast = found.forecast
    if forecast.refusal is not None:
        line = Paragraph.of(translate(forecast.refusal, language), role="warning")
        return Section("targets", title, (line,))
    if not forecast.targets:
        return Section("targets", title, ())
    columns = (
        text_column("target", language, wraps=True),
        value_column("before", language, "follow_before"),
        value_column("now", language, "follow_chance_now"),
        value_column("value", language, "follow_value_now"),
        value_column("range", language, "nine_in_ten", is_filed=False),
        value_column("low", language, "low_end", is_shown=False),
        value_column("high", language, "high_end", is_shown=False),
    )
    rows = []
    for one in forecast.targets:
        kind = one.question.bound.kind
        known = not math.isnan(one.value)
        value = format_measured(one.question, one.value, language)
        ends = format_measured_range(one.question, one.low, one.high, language)
        rows.append(
            Row(
                (
                    Cell.of_text(label_of_question(one.question, language)),
                    probability_cell(one.before, language),
                    probability_cell(one.now, language),
                    replace(measure_cell(one.value, kind, language), text=value)
                    if known
                    else Cell(DASH),
                    Cell(ends if known else DASH),
                    number_cell(one.low, kind) if known else Cell.of_value(None),
                    number_cell(one.high, kind) if known else Cell.of_value(None),
                )
            )
        )
    note = say(
        "follow_targets_note",
        language,
        effective=format_number(forecast.effective, language, 0),
        held=format_number(100.0 * forecast.held, language, 0),
    )
    table = Table.of_rows("targets", title, columns, rows)
    return Section("targets", title, (table, Paragraph.of(note, role="note")))


def _plans(found: FollowedPilot, language: str) -> Section:
    """Return what changes from now on would do to the chance of each target."""
    title = say("follow_plans", language)
    if not found.plans:
        return Section("plans", title, ())
    columns = (
        text_column("target", language, wraps=True),
        value_column("as_is", language, "follow_as_is"),
        *(
            Column(f"plan_{number}", plan.name, is_number=True)
            for number, plan in enumerate(found.plans, 1)
        ),
    )
    rows = [
        Row(
            (
                Cell.of_text(label_of_question(one.question, language)),
                probability_cell(one.now, language),
                *(probability_cell(plan.chances[place], language) for plan in found.plans),
            )
        )
        for place, one in enumerate(found.forecast.targets)
    ]
    note = Paragraph.of(say("follow_plans_note", language), role="note")
    return Section("plans", title, (Table.of_rows("plans", title, columns, rows), note))


def _learned(found: FollowedPilot, language: str) -> Section:
    """Return what the counts say of the assumptions."""
    title = say("follow_learned", language)
    if not found.forecast.assumptions:
        return Section("learned", title, ())
    columns = (
        text_column("name", language, is_shown=False),
        text_column("value", language, wraps=True),
        value_column("before", language, "follow_before"),
        value_column("now", language, "follow_learned_now"),
        value_column("range", language, "nine_in_ten", is_filed=False),
        value_column("low", language, "low_end", is_shown=False),
        value_column("high", language, "high_end", is_shown=False),
    )
    rows = []
    for one in found.forecast.assumptions:
        value = found.flow.values[one.path]
        before, now, low, high = (
            round_in_unit(value, number, DIGITS)
            for number in (one.before, one.now, one.low, one.high)
        )
        rows.append(
            Row(
                (
                    Cell.of_value(one.path),
                    Cell.of_text(label_of_value(found.flow, one.path, language)),
                    Cell(
                        format_value(value, language, before),
                        in_unit(one.before, value.kind),
                        kind=value.kind,
                    ),
                    Cell(
                        format_value(value, language, now),
                        in_unit(one.now, value.kind),
                        kind=value.kind,
                    ),
                    Cell(format_value_range(value, language, low, high)),
                    number_cell(one.low, value.kind),
                    number_cell(one.high, value.kind),
                )
            )
        )
    note = Paragraph.of(say("follow_learned_note", language), role="note")
    return Section("learned", title, (Table.of_rows("learned", title, columns, rows), note))


def _every_month(found: FollowedPilot, language: str) -> Section:
    title = say("follow_every_month", language)
    columns = tuple(
        text_column("month", language, "follow_month")
        if column.key == "month"
        else text_column("count", language, "follow_count", is_shown=False)
        if column.key == "count"
        else column
        for column in _columns(language)
    )
    groups = []
    for count, heading in enumerate(found.counted.headings):
        rows = []
        for month in range(found.months_counted):
            row = _row(found, month, count, language)
            when = found.counted.months[month]
            named = Cell(format_month(when, language), f"{when:%Y-%m}")
            rows.append(Row((row.cells[0], named, *row.cells[2:])))
        groups.append(RowGroup(tuple(rows), (Span(heading, "strong"),)))
    table = Table("months", title, columns, tuple(groups), is_brief=False)
    return Section("months", title, (table,))


def _how_made(found: FollowedPilot, command: str, language: str) -> Section:
    line = say(
        "follow_made",
        language,
        flow=found.flow.flow,
        file=found.counted.file,
        runs=found.replications,
        seed=found.seed,
        version=__version__,
    )
    p = say("follow_p", language, p=format_probability(found.alarm.p, language))
    blocks: list[Block] = [
        run_paragraph(found.flow, found.replications, language),
        drawn_paragraph(found.flow, language, fixed=found.fixed),
        Paragraph.of(p, role="note", is_brief=False),
        Paragraph.of(line, is_brief=False),
        *command_block(command),
    ]
    return Section("how_made", say("how_made", language), tuple(blocks))


def _record(found: FollowedPilot) -> dict[str, Any]:
    alarm = found.alarm
    counted = found.counted
    forecast = found.forecast
    return {
        "flow": found.flow.flow,
        "version": __version__,
        "seed": found.seed,
        "replications": found.replications,
        "fixed": found.fixed,
        "scenario": found.scenario.in_language("en") if found.scenario else None,
        "last_month": f"{found.last_month:%Y-%m}",
        "alarm": {
            "rate": alarm.rate,
            "raised": alarm.is_raised,
            "first": None if alarm.first is None else f"{counted.months[alarm.first]:%Y-%m}",
            "statistic": alarm.statistic,
            "limit": alarm.limit,
            "p": alarm.p,
            "kind": alarm.kind,
            "suspects": [
                {
                    "count": counted.headings[one.count],
                    "p": one.p,
                    "above": one.is_above,
                    "months": [f"{counted.months[month]:%Y-%m}" for month in one.months],
                }
                for one in alarm.suspects
            ],
            "looks_like": found.looks_like and found.looks_like.name,
            "watched": {
                departure.name: {
                    "of_limit": one.farthest,
                    "first": None if one.first is None else f"{counted.months[one.first]:%Y-%m}",
                }
                for departure, one in zip(found.watched, alarm.watched, strict=True)
            },
        },
        "forecast": {
            "refusal": forecast.refusal and str(forecast.refusal),
            "effective": forecast.effective,
            "held": None if math.isnan(forecast.held) else forecast.held,
            "targets": {
                one.question.name: {
                    "before": None if math.isnan(one.before) else one.before,
                    "now": None if math.isnan(one.now) else one.now,
                    "value": None if math.isnan(one.value) else one.value,
                    "low": None if math.isnan(one.low) else one.low,
                    "high": None if math.isnan(one.high) else one.high,
                }
                for one in forecast.targets
            },
            "assumptions": {
                one.path: {
                    "before": one.before,
                    "now": one.now,
                    "low": one.low,
                    "high": one.high,
                    "shift": one.shift,
                }
                for one in forecast.assumptions
            },
            "plans": {
                plan.name: {
                    one.question.name: None if math.isnan(chance) else chance
                    for one, chance in zip(forecast.targets, plan.chances, strict=True)
                }
                for plan in found.plans
            },
        },
        "counts": {
            heading: {
                "counts": counted.counts[place].key,
                "counted": [
                    None if math.isnan(number) else number
                    for number in counted.numbers[: found.months_counted, place].tolist()
                ],
                "low": found.low[:, place].tolist(),
                "middle": found.middle[:, place].tolist(),
                "high": found.high[:, place].tolist(),
            }
            for place, heading in enumerate(counted.headings)
        },
    }
