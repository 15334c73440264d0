"""What is worth finding out before deciding, and how: the value of information in words."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

from pilotsim import __version__
from pilotsim.experiments.information.expected_value import ExpectedValue
from pilotsim.experiments.information.value import (
    DecisionValue,
    InformationValue,
    KnownInput,
    OptionPayoff,
    SurveyWorth,
)
from pilotsim.language.catalogue import say
from pilotsim.language.numbers import (
    NONE,
    format_level,
    format_number,
    format_probability,
    name_of_currency,
)
from pilotsim.output.document import (
    Block,
    Cell,
    Column,
    Document,
    Figure,
    Paragraph,
    Row,
    Section,
    Span,
    Table,
)
from pilotsim.output.sentences.information import (
    lead_sentences,
    name_of_input,
    payoff_in_words,
    show_worth,
    worth_ends,
)
from pilotsim.output.views.parts import command_block, text_column, value_column

__all__ = ["document_of_information"]

MAX_BRIEF_ROWS = 10
OUTCOME = "outcome"


def document_of_information(
    found: InformationValue, language: str, command: str = "", *, with_figures: bool = True
) -> Document:
    """Return what is worth finding out before the decisions of a flow are made, and how.

    Parameters
    ----------
    found : InformationValue
        What to show.
    language : str
        One of `LANGUAGES`.
    command : str
        How it was called for.
    with_figures : bool
        Whether the figure is part of it; without it no drawing library is started.
    """
    sections: list[Section] = []
    for number, decision in enumerate(found.decisions):
        sections += _decision(found, decision, number, language, with_figures=with_figures)
    return Document(
        kind="information",
        title=say("information_title", language, flow=found.flow.title.in_language(language)),
        language=language,
        sections=[*sections, _how_made(found, language, command)],
        record=_record(found),
    )


def _decision(
    found: InformationValue,
    decision: DecisionValue,
    number: int,
    language: str,
    *,
    with_figures: bool,
) -> Iterator[Section]:
    first, *rest = lead_sentences(found, decision, language)
    name = "answer" if number == 0 else f"answer_{decision.name}"
    blocks: list[Block] = [
        Paragraph.of(Span(first, "strong"), role="lead"),
        *(Paragraph.of(sentence) for sentence in rest),
    ]
    if decision.undefined:
        blocks.append(
            Paragraph.of(
                say(
                    "information_undefined",
                    language,
                    count=decision.undefined,
                    runs=found.replications,
                ),
                role="warning",
            )
        )
    if with_figures:
        from pilotsim.output.figures import information

        blocks.append(
            Figure(
                f"information_{decision.name}",
                information.title(found, language, decision.name),
                information.alt_text(found, language, decision.name),
                partial(
                    information.plot_information,
                    found,
                    language=language,
                    decision=decision.name,
                ),
            )
        )
    says = decision.decision.says.in_language(language)
    yield Section(name, says, blocks)
    yield Section(
        f"options_{decision.name}",
        say("information_options", language),
        [
            Paragraph.of(payoff_in_words(found, decision, language), role="note"),
            _options(found, decision, language),
        ],
    )
    yield Section(
        f"known_{decision.name}",
        say("information_known", language),
        [
            Paragraph.of(
                say("information_known_note", language, level=_level(language)), role="note"
            ),
            _inputs(found, decision, language),
            _groups(found, decision, language),
        ],
    )
    if decision.surveys:
        yield Section(
            f"surveys_{decision.name}",
            say("information_surveys", language),
            [
                Paragraph.of(say("information_surveys_note", language), role="note"),
                _surveys(found, decision, language),
            ],
        )


def _level(language: str) -> str:
    return format_level(0.95, language)


def _options(found: InformationValue, decision: DecisionValue, language: str) -> Table:
    title = say("information_options", language)
    columns = [
        Column("option", say("information_option", language), wraps=True),
        Column("name", "name", is_shown=False, is_key=True),
        *_amount_columns("payoff", say("information_payoff", language), found, language),
        Column("best", say("information_best", language), is_number=True),
    ]
    rows = [_option_row(found, one, language) for one in decision.options]
    return Table.of_rows(f"options_{decision.name}", title, columns, rows)


def _option_row(found: InformationValue, one: OptionPayoff, language: str) -> Row:
    payoff = one.payoff
    return Row(
        [
            Cell.of_text(one.says.in_language(language)),
            Cell.of_value(one.name),
            *_amount_cells(found, payoff.mean, payoff.low, payoff.high, language),
            Cell(format_probability(one.best, language), 100 * one.best, kind="share"),
        ]
    )


def _amount_columns(
    key: str, heading: str, found: InformationValue, language: str
) -> Iterator[Column]:
    """Yield the columns of an amount and of its interval, in the flow's currency."""
    filed = say(
        "information_in",
        language,
        what=heading,
        currency=name_of_currency(found.flow.currency, language),
    )
    yield Column(key, heading, is_number=True, filed_heading=filed)
    for end, said in (("low", "low_end"), ("high", "high_end")):
        of_what = say("information_end", language, what=heading, end=say(said, language))
        yield Column(f"{key}_{end}", of_what, is_number=True, is_shown=False)


def _amount_cells(
    found: InformationValue, value: float, low: float, high: float, language: str
) -> Iterator[Cell]:
    below = "" if math.isnan(low) else worth_ends(found, low, high, language)
    yield Cell(show_worth(found, value, language), round(value), below=below)
    yield Cell.of_value(None if math.isnan(low) else round(low))
    yield Cell.of_value(None if math.isnan(high) else round(high))


def _worth_cells(found: InformationValue, value: ExpectedValue, language: str) -> Iterator[Cell]:
    return _amount_cells(found, value.value, value.low, value.high, language)


def _inputs(found: InformationValue, decision: DecisionValue, language: str) -> Table:
    title = say("information_inputs", language)
    return _known(f"inputs_{decision.name}", title, found, decision.inputs, language)


def _groups(found: InformationValue, decision: DecisionValue, language: str) -> Table:
    everything = KnownInput("", (), decision.everything)
    outcome = KnownInput(OUTCOME, (), decision.outcome)
    rows = (everything, *decision.groups, outcome)
    title = say("information_groups", language)
    return _known(f"groups_{decision.name}", title, found, rows, language, has_title=True)


def _known(
    name: str,
    title: str,
    found: InformationValue,
    known: Sequence[KnownInput],
    language: str,
    *,
    has_title: bool = False,
) -> Table:
    columns = [
        Column("what", say("information_what", language), wraps=True),
        Column("path", "path", is_shown=False, is_key=True),
        *_amount_columns("worth", say("information_worth", language), found, language),
        Column("changes", say("information_changes", language), is_number=True),
        text_column("verdict", language),
        value_column("bias", language, "information_bias", is_shown=False),
        value_column("error", language, "economy_error", is_shown=False),
    ]
    rows = [
        Row(
            [
                Cell.of_text(name_of_input(found, one, language)),
                Cell.of_value(one.name or "everything"),
                *_worth_cells(found, one.value, language),
                Cell(
                    format_probability(one.value.changes, language),
                    100 * one.value.changes,
                    kind="share",
                ),
                # Nobody can find out chance: it is a bound.
                Cell(NONE) if one.name == OUTCOME else _verdict_cell(one.value, language),
                Cell.of_value(round(one.value.bias)),
                Cell.of_value(round(one.value.error)),
            ]
        )
        for one in known
    ]
    return Table.of_rows(
        name, title, columns, rows, has_title=has_title, max_brief_rows=MAX_BRIEF_ROWS
    )


def _verdict_cell(value: ExpectedValue, language: str) -> Cell:
    if value.is_clear:
        return Cell.of_text(say("information_clear", language), "good")
    if value.high > 0.0:
        return Cell.of_text(say("information_unclear", language), "doubtful")
    return Cell.of_text(say("information_nothing", language), "soft")


def _surveys(found: InformationValue, decision: DecisionValue, language: str) -> Table:
    title = say("information_surveys", language)
    columns = [
        Column("survey", say("information_survey", language), wraps=True),
        Column("name", "name", is_shown=False, is_key=True),
        *_amount_columns("worth", say("information_worth", language), found, language),
        Column("at_most", say("information_at_most", language), is_number=True),
        Column("costs", say("information_costs", language), is_number=True),
        Column("delay", say("information_delay", language), is_number=True),
        *_amount_columns("net", say("information_net", language), found, language),
        Column("power", say("information_power", language), is_number=True, is_brief=False),
        text_column("verdict", language),
    ]
    rows = [_survey_row(found, one, language) for one in decision.surveys]
    return Table.of_rows(f"surveys_{decision.name}", title, columns, rows)


def _survey_row(found: InformationValue, one: SurveyWorth, language: str) -> Row:
    most = math.nan if one.at_most is None else one.at_most.value
    return Row(
        [
            Cell.of_text(one.survey.says.in_language(language)),
            Cell.of_value(one.name),
            *_worth_cells(found, one.value, language),
            _amount(found, most, language),
            _amount(found, one.survey.costs, language),
            _amount(found, one.delay, language),
            *_amount_cells(found, one.net, *one.net_interval, language),
            Cell(NONE)
            if math.isnan(one.power)
            else Cell(format_probability(one.power, language), 100 * one.power, kind="share"),
            _survey_verdict(one, language),
        ]
    )


def _amount(found: InformationValue, amount: float, language: str) -> Cell:
    if math.isnan(amount):
        return Cell(NONE)
    return Cell(show_worth(found, amount, language), round(amount))


def _survey_verdict(one: SurveyWorth, language: str) -> Cell:
    low, high = one.net_interval
    if low > 0.0:
        return Cell.of_text(say("information_pays", language), "good")
    if high > 0.0:
        return Cell.of_text(say("information_may_pay", language), "doubtful")
    return Cell.of_text(say("information_pays_not", language), "soft")


def _how_made(found: InformationValue, language: str, command: str) -> Section:
    made = say(
        "information_made",
        language,
        flow=found.flow.flow,
        runs=format_number(found.replications, language, 0),
        seed=found.seed,
        version=__version__,
    )
    method = say("information_method", language)
    blocks: list[Block] = [
        Paragraph.of(method, is_brief=False),
        Paragraph.of(made, is_brief=False),
        *command_block(command),
    ]
    return Section("how_made", say("how_made", language), blocks)


def _record(found: InformationValue) -> dict[str, Any]:
    return {
        "flow": found.flow.flow,
        "version": __version__,
        "seed": found.seed,
        "replications": found.replications,
        "currency": found.flow.currency,
        "decisions": [_decision_record(one) for one in found.decisions],
    }


def _decision_record(one: DecisionValue) -> dict[str, Any]:
    return {
        "decision": one.name,
        "best": one.best.name,
        "undefined": one.undefined,
        "options": [
            {
                "option": option.name,
                "payoff": option.payoff.mean,
                "low": option.payoff.low,
                "high": option.payoff.high,
                "best": option.best,
            }
            for option in one.options
        ],
        "outcome": _value_record(one.outcome),
        "everything": _value_record(one.everything),
        "assumptions": [{"path": known.name, **_value_record(known.value)} for known in one.inputs],
        "groups": [
            {"name": known.name, "paths": list(known.members), **_value_record(known.value)}
            for known in one.groups
        ],
        "surveys": [
            {
                "survey": survey.name,
                **_value_record(survey.value),
                "costs": survey.survey.costs,
                "delay": survey.delay,
                "net": survey.net,
                "net_interval": list(survey.net_interval),
                "power": None if math.isnan(survey.power) else survey.power,
            }
            for survey in one.surveys
        ],
    }


def _value_record(value: ExpectedValue) -> dict[str, Any]:
    return {
        "value": value.value,
        "interval": [value.low, value.high],
        "error": value.error,
        "bias": value.bias,
        "changes": value.changes,
        "regression": value.form or None,
        "freedom": None if math.isnan(value.freedom) else value.freedom,
    }
