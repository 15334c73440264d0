"""What each design of an evaluation can see, at what cost, under which prior: half a page."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from pilotsim.base.statistics import MonteCarloFigure
from pilotsim.evaluation.effect_size import BeliefInPoints
from pilotsim.evaluation.evaluation import Evaluation
from pilotsim.evaluation.expected_learning import expected_net, narrowed_by
from pilotsim.evaluation.ranking import Ranked, rank
from pilotsim.evaluation.run import DesignResult
from pilotsim.language.catalogue import say
from pilotsim.language.labels import label_of_value
from pilotsim.language.numbers import (
    format_level,
    format_measure,
    format_number,
    format_probability,
    join,
    name_of_currency,
)
from pilotsim.output.document import Block, Cell, Column, Paragraph, Row, Table
from pilotsim.output.sentences.evaluation import MISLEADS, least_effect, share_of_draws

# Kroner are told in hundreds: what is behind them has no more digits.
STEP = 100

__all__ = ["net_paragraphs", "prior_paragraph", "summary_of_designs"]


def summary_of_designs(
    cell: Evaluation, group: Sequence[DesignResult], language: str
) -> Iterator[Block]:
    """Yield a table for each question: each design once, where it first answers, from the best on.

    Parameters
    ----------
    cell : Evaluation
        What was evaluated.
    group : sequence of DesignResult
        What was tried in this cell.
    language : str
        One of `LANGUAGES`.
    """
    told: set[str] = set()
    for inquiry in cell.estimands:
        rows = []
        for one in rank(group):
            design = one.tried.design.name
            if one.tried.strategy.estimand.name == inquiry and design not in told:
                told.add(design)
                rows.append(_row(cell, one, language))
        if rows:
            asked = cell.says_of(inquiry, language)
            title = say("summary_title", language, inquiry=asked)
            name = f"summary_{inquiry}"
            yield Table.of_rows(
                name, title, _columns(cell, language), rows, is_filed=False, has_title=True
            )


def _columns(cell: Evaluation, language: str) -> list[Column]:
    cost = say("summary_cost", language, currency=name_of_currency(cell.flow.currency, language))
    return [
        Column("design", say("design", language), wraps=True),
        Column("answer", say("answer", language), wraps=True),
        Column("least_effect", say("summary_sees", language), is_number=True),
        Column("power", say("summary_power", language), is_number=True),
        *_narrowing_column(cell, language),
        Column("cost", cost, is_number=True),
        Column("trust", say("summary_trust", language), wraps=True),
    ]


def _row(cell: Evaluation, one: Ranked, language: str) -> Row:
    tried, misleads = one.tried, one.is_misleading
    power = tried.diagnosis.power
    return Row(
        [
            Cell(tried.design.says.in_language(language)),
            Cell(tried.strategy.says_in(language)),
            # How well it sees is of no interest where what it sees is wrong.
            Cell("–" if misleads else least_effect(tried, language)),
            Cell("–" if misleads or math.isnan(power.value) else _share(power, language)),
            *([_narrowing(cell, one, language)] if cell.above else []),
            Cell(format_number(one.cost, language, 0)),
            Cell(_trust(one, language), tone="bad" if misleads else "plain"),
        ]
    )


def _narrowing_column(cell: Evaluation, language: str) -> list[Column]:
    """Return the column of what is learned, where there is a belief to hold it against."""
    heading = say("summary_narrows", language)
    return [Column("narrows", heading, is_number=True)] if cell.above else []


def _narrowing(cell: Evaluation, one: Ranked, language: str) -> Cell:
    if one.is_misleading or not one.tried.is_in_points:
        return Cell("–")
    share = narrowed_by(one.tried, cell.level)
    if math.isnan(share):
        return Cell("–")
    return Cell(format_measure(max(0.0, share), "share", language), round(share, 3))


def _share(figure: MonteCarloFigure, language: str) -> str:
    return share_of_draws(figure.value, figure.n, language)


def _trust(one: Ranked, language: str) -> str:
    found = one.tried.diagnosis
    if not found.worked:
        return say("summary_silent", language)
    if found.reason:
        why = say(f"reason_{found.reason}", language)
        return f"{MISLEADS} {say('summary_misleads', language, why=why)}"
    if one.is_misleading:
        share = _share(found.false_positives, language)
        return f"{MISLEADS} {say('summary_false', language, share=share)}"
    return say("summary_drawn" if one.is_randomised else "summary_alike", language)


def prior_paragraph(cell: Evaluation, belief: BeliefInPoints, language: str) -> Paragraph:
    """Return what was believed of the effect, which power and exaggeration rest on."""
    assert cell.effects is not None
    if cell.effects.at is not None:
        sizes = join([format_number(size.number, language) for size in cell.effects.at], language)
        return Paragraph.of(say("belief_fixed", language, sizes=sizes), role="warning")
    line = say(
        "belief_in_points",
        language,
        label=label_of_value(cell.flow, f"shared.{cell.effects.strength}", language),
        inquiry=cell.says_of(cell.effects.inquiry, language),
        mean=format_number(belief.mean, language, 1),
        low=format_number(belief.low, language, 1),
        high=format_number(belief.high, language, 1),
        below=format_measure(belief.below_zero, "share", language),
    )
    chances = [
        say(
            "belief_above",
            language,
            limit=format_number(limit, language),
            chance=format_probability(chance, language),
        )
        for limit, chance in zip(cell.above, belief.above, strict=True)
    ]
    if chances:
        line = f"{line} {say('belief_chances', language, chances=join(chances, language))}"
    return Paragraph.of(line)


def net_paragraphs(
    cell: Evaluation, group: Sequence[DesignResult], language: str
) -> Iterator[Paragraph]:
    """Yield what the programme is believed to be worth before any data, where that is asked."""
    net = expected_net(cell, [*group])
    if net is None or cell.worth is None:
        return
    mean, low, high, saved = (
        format_number(float(STEP * round(number / STEP)), language, 0)
        for number in (net.mean, net.low, net.high, net.saved)
    )
    of_starters = cell.worth.per == "started"
    yield Paragraph.of(
        say(
            "belief_net_by_starts" if of_starters else "belief_net",
            language,
            net=mean,
            low=low,
            high=high,
            saved=saved,
            level=format_level(cell.level, language),
            gains=format_probability(net.gains, language),
            currency=name_of_currency(cell.flow.currency, language),
        )
    )
