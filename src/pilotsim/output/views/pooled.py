"""One question in several districts or pilots: what they say together, and how they differ."""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import partial
from typing import Any

from pilotsim import __version__
from pilotsim.effects.effect import Effect
from pilotsim.evaluation.pooled_results import PooledAnswers
from pilotsim.language.catalogue import catalogue_of, say, translate
from pilotsim.language.numbers import (
    NONE,
    format_level,
    format_number,
    format_p_value,
    format_probability,
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
    RowGroup,
    Section,
    Table,
)
from pilotsim.output.sentences.pooling import ShownUnit, shown_of
from pilotsim.output.views.parts import filed_p, p_cell
from pilotsim.output.views.register_analysis import AT_MOST

__all__ = ["document_of_pooled"]

# With so few places hardly anything is known of how they differ.
FEW_PLACES = 5


def document_of_pooled(
    found: PooledAnswers, language: str, *, with_figures: bool = True
) -> Document:
    """Return what several results say together.

    Parameters
    ----------
    found : PooledAnswers
        What to show.
    language : str
        One of `LANGUAGES`.
    with_figures : bool
        Whether the figure is part of it; without it no drawing library is started.
    """
    blocks: list[Block] = [
        *_opening(found, language),
        *_left_out(found, language),
        _table(found, language),
        Listing([*_notes(found, language)]),
    ]
    if with_figures:
        blocks.append(_figure(found, language))
    return Document(
        kind="pooled",
        title=say("pooled_title", language, asked=found.first.asks.in_language(language)),
        language=language,
        sections=[Section("pooled", "", blocks)],
        record=_record(found),
    )


def _opening(found: PooledAnswers, language: str) -> Iterator[Paragraph]:
    """Yield the mean over places, then how places differ."""
    show, own = shown_of(found, language), found.pooled
    yield Paragraph.of(
        say(
            "pooled_mean",
            language,
            places=len(found.places),
            effect=show.text(own.overall.estimate),
            unit=show.heading,
            level=format_level(found.level, language),
            range=show.range(own.overall.low, own.overall.high),
            p=format_p_value(own.overall.p, language),
        ),
        role="lead",
    )
    share = format_probability(own.share, language) if own.share > 0.0 else f"0{chr(160)}%"
    yield Paragraph.of(
        say("pooled_differ", language, share=share, p=format_p_value(own.p_same, language))
    )
    if math.isnan(own.low):
        yield Paragraph.of(say("pooled_no_prediction", language), role="note")
        return
    between = show.range(own.low, own.high)
    level = format_level(found.level, language)
    yield Paragraph.of(
        say("pooled_prediction", language, level=level, range=between, unit=show.heading)
    )


def _left_out(found: PooledAnswers, language: str) -> Iterator[Paragraph]:
    """Yield of which places nothing is in the mean, before anybody reads its table."""
    for place in found.left_out:
        said = say("pooled_left_out", language, place=place.result.name)
        yield Paragraph.of(said, role="warning")


def _table(found: PooledAnswers, language: str) -> Table:
    show = shown_of(found, language)
    level = format_level(found.level, language)
    columns = [
        Column("place", say("pooled_place", language), wraps=True),
        Column("plan", say("pooled_plan", language), is_brief=False),
        Column("estimator", say("pooled_estimator", language), is_brief=False),
        Column("effect", say("pooled_effect", language, unit=show.heading), is_number=True),
        Column("interval", say("interval", language, level=level), is_number=True, is_filed=False),
        Column("low", say("low_end", language), is_shown=False),
        Column("high", say("high_end", language), is_shown=False),
        Column("p", say("p_value", language), is_number=True, is_brief=False),
        Column("weight", say("pooled_weight", language), is_number=True),
        Column("common_weight", say("pooled_common_weight", language), is_number=True),
        Column("clients", say("clients_about", language), is_number=True),
    ]
    own = found.pooled
    rows = [
        _row(
            show,
            place.result.name,
            place.result.plan,
            name_of_estimator(place.answer.estimator, language),
            place.effect,
            (weight, common),
            is_bounded=place.answer.clients is None,
        )
        for place, weight, common in zip(found.places, own.weights, own.common_weights, strict=True)
        if place.effect is not None
    ]
    is_bounded = any(place.answer.clients is None for place in found.places)
    together = [
        _row(show, say(key, language), "", "", effect, weights, is_bounded=is_bounded)
        for key, effect, weights in (
            ("pooled_overall", own.overall, (1.0, math.nan)),
            ("pooled_common", own.common, (math.nan, 1.0)),
        )
    ]
    groups = [RowGroup(rows), RowGroup(together)]
    return Table("pooled", say("pooled_table", language), columns, groups)


def _row(
    show: ShownUnit,
    name: str,
    plan: str,
    estimator: str,
    effect: Effect,
    weights: tuple[float, float],
    *,
    is_bounded: bool,
) -> Row:
    language = show.language
    estimate, low, high = (
        Cell(show.text(number), round(show.number(number), show.decimals))
        for number in (effect.estimate, effect.low, effect.high)
    )
    parts = [
        Cell(NONE)
        if math.isnan(weight)
        else Cell(format_number(100 * weight, language, 0) + chr(160) + "%", round(weight, 4))
        for weight in weights
    ]
    return Row(
        [
            Cell.of_text(name),
            Cell.of_text(plan),
            Cell.of_text(estimator),
            estimate,
            Cell(show.range(effect.low, effect.high)),
            low,
            high,
            p_cell(effect.p, language),
            *parts,
            Cell(AT_MOST + format_number(effect.clients, language, 0))
            if is_bounded
            else Cell(format_number(effect.clients, language, 0), effect.clients),
        ]
    )


def name_of_estimator(estimator: str, language: str) -> str:
    """Return what a method is called in a language; as in files, where this version has no such."""
    key = f"estimator_{estimator}"
    return say(key, language) if key in catalogue_of(language).phrases else estimator


def _notes(found: PooledAnswers, language: str) -> Iterator[Paragraph]:
    """Yield what a reader must know: of methods, of few places, of effects that are rounded."""
    yield Paragraph.of(say("pooled_method", language), role="note")
    if len(found.places) < FEW_PLACES:
        yield Paragraph.of(say("pooled_few", language, places=len(found.places)), role="note")
    inexact = [one.result.name for one in found.places if one.answer.precision != "exact"]
    for name in inexact:
        yield Paragraph.of(say("pooled_inexact", language, place=name), role="note")
    estimators = {one.answer.estimator for one in found.places}
    if len(estimators) > 1:
        yield Paragraph.of(say("pooled_mixed", language), role="note")
    for note in found.pooled.overall.notes:
        yield Paragraph.of(translate(note, language), role="note")


def _figure(found: PooledAnswers, language: str) -> Figure:
    from pilotsim.output.figures import forest

    return Figure(
        "forest",
        forest.title(found, language),
        forest.alt_text(found, language),
        partial(forest.plot_forest, found, language=language),
    )


def _record(found: PooledAnswers) -> dict[str, Any]:
    own = found.pooled
    return {
        "version": __version__,
        "inquiry": found.first.inquiry.model_dump(),
        "unit": found.first.unit,
        "level": found.level,
        "overall": _effect(own.overall),
        "common": _effect(own.common),
        "spread": own.spread,
        "share": own.share,
        "p_same": filed_p(own.p_same),
        "one_more": {"low": own.low, "high": own.high},
        "results": [
            {
                "name": place.result.name,
                "plan": place.result.plan,
                "hash": place.result.hash,
                "sha256": place.result.digest,
                "answer": place.answer.answer,
                "pooled": place.effect is not None,
            }
            for place in (*found.places, *found.left_out)
        ],
    }


def _effect(effect: Effect) -> dict[str, Any]:
    names = ("estimate", "error", "low", "high", "freedom")
    return {**{name: getattr(effect, name) for name in names}, "p": filed_p(effect.p)}
