"""The pre-analysis plan as a document to file: what is asked, how, and the hash of its content."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from pilotsim.base.text import Text
from pilotsim.effects.posterior import believe
from pilotsim.evaluation.checks import find_check
from pilotsim.evaluation.effect_units import UNIT_WORDS
from pilotsim.evaluation.estimands import Estimand
from pilotsim.evaluation.estimators import find_estimator
from pilotsim.evaluation.planning import WrittenPlan
from pilotsim.evaluation.preanalysis_plan import PreAnalysisPlan
from pilotsim.evaluation.strategy import Strategy
from pilotsim.language.catalogue import say, translate
from pilotsim.language.numbers import format_date, format_level, format_number, join
from pilotsim.model.fields import Record
from pilotsim.output.document import (
    Block,
    Cell,
    Code,
    Column,
    Document,
    Listing,
    Paragraph,
    Row,
    Section,
    Span,
    Table,
)
from pilotsim.output.views.evaluated import section_of_evaluated
from pilotsim.output.views.looks import paragraphs_of_looks, table_of_looks

__all__ = ["document_of_plan", "document_of_written_plan"]


def document_of_written_plan(written: WrittenPlan, language: str) -> Document:
    """Return a plan that is to be filed as the document of the plan.

    Parameters
    ----------
    written : WrittenPlan
        What to show.
    language : str
        One of `LANGUAGES`.
    """
    return document_of_plan(written.plan, language)


def document_of_plan(plan: PreAnalysisPlan, language: str) -> Document:
    """Return a plan as a document.

    Parameters
    ----------
    plan : PreAnalysisPlan
        What to show.
    language : str
        One of `LANGUAGES`.
    """
    title = plan.title.in_language(language)
    return Document(
        kind="plan",
        title=say("plan_title", language, title=title),
        language=language,
        sections=[
            _opening(plan, language),
            _design(plan, language),
            _asked(plan, language),
            _answers(plan, language),
            *_looks(plan, language),
            *_believed(plan, language),
            section_of_evaluated(plan, language, is_brief=False),
            _checked(plan, language),
            _missing(plan, language),
        ],
        record=_record(plan),
    )


def _record(plan: PreAnalysisPlan) -> dict[str, Any]:
    return {
        "plan": plan.plan,
        "design": plan.design,
        "begins": plan.begins,
        "program": plan.program,
        "hash": plan.hash,
    }


def _opening(plan: PreAnalysisPlan, language: str) -> Section:
    return Section(
        "hash",
        "",
        [
            Paragraph.of(say("plan_written", language, program=plan.program)),
            Code(plan.hash, is_brief=True),
            Paragraph.of(say("plan_filed", language)),
        ],
    )


def _design(plan: PreAnalysisPlan, language: str) -> Section:
    rule = _written(plan.rule, language)[1:-1]
    says = plan.says.in_language(language)
    begins = format_date(plan.begins, language)
    return Section(
        "design",
        say("plan_design", language),
        [
            Paragraph.of(f"{says}: ", Span(rule, "code"), is_brief=False),
            Paragraph.of(say("plan_time", language, date=begins), is_brief=False),
            *_population(plan, language),
            *_pairs(plan, language),
            *_lots(plan, language),
        ],
    )


def _population(plan: PreAnalysisPlan, language: str) -> list[Block]:
    """Return whom the plan is about, where it says so."""
    if plan.population is None:
        return []
    state = say(plan.population.state, language)
    return [Paragraph.of(say("plan_population", language, state=state), is_brief=False)]


def _pairs(plan: PreAnalysisPlan, language: str) -> list[Block]:
    """Return which of several arms are compared; nothing where there are two."""
    if not plan.rule.has_several_arms:
        return []
    pairs = [
        say("arms_pair", language, first=first, second=second)
        for first, second in plan.rule.pairs_of_arms
    ]
    return [Paragraph.of(say("plan_pairs", language, pairs=join(pairs, language)))]


def _lots(plan: PreAnalysisPlan, language: str) -> list[Block]:
    """Return what is drawn by lot, which all inference follows; nothing where nothing is."""
    drawn = plan.rule.lots_drawn
    if drawn is None:
        return []
    text = f"{say(f'plan_lots_{drawn}', language)} {say('plan_follows_lots', language)}"
    return [Paragraph.of(text, is_brief=False)]


def _written(part: Any, language: str) -> str:
    """Return a part of a record as a file has it: what was given, each with its key."""
    if isinstance(part, Text):
        return part.in_language(language)
    write = partial(_written, language=language)
    if isinstance(part, Record):
        part = {key: own for key, own in part.named_parts() if key in part.model_fields_set}
    if isinstance(part, Mapping):
        return "{" + ", ".join(f"{key}: {write(own)}" for key, own in part.items()) + "}"
    if isinstance(part, tuple):
        return "[" + ", ".join(map(write, part)) + "]"
    if isinstance(part, bool):
        return str(part).lower()
    return str(getattr(part, "written", part))


def _asked(plan: PreAnalysisPlan, language: str) -> Section:
    columns = [
        Column("inquiry", say("name", language)),
        Column("says", say("inquiry", language), wraps=True),
        Column("outcome", say("plan_outcome", language)),
        Column("kind", say("plan_kind", language)),
        Column("months", say("plan_months", language), is_number=True),
        Column("who", say("plan_who", language)),
    ]
    rows = []
    for name, inquiry in plan.inquiries.items():
        says = inquiry.says.in_language(language) if inquiry.says else name
        rows.append(_inquiry_row(inquiry.estimand(name), says, language))
    title = say("plan_asked", language)
    table = Table.of_rows("inquiries", title, columns, rows, is_brief=False)
    return Section("asked", title, [table])


def _inquiry_row(estimand: Estimand, says: str, language: str) -> Row:
    return Row(
        [
            Cell.of_text(estimand.name, "code"),
            Cell.of_text(says),
            Cell.of_text(estimand.outcome, "code"),
            Cell(say(f"estimand_{estimand.kind}", language), estimand.kind),
            Cell(format_number(estimand.months, language, 0), estimand.months),
            Cell(say(f"who_{estimand.who}", language), estimand.who),
        ]
    )


def _answers(plan: PreAnalysisPlan, language: str) -> Section:
    level = format_level(plan.level.number, language)
    return Section(
        "answers",
        say("plan_answers", language),
        [
            Paragraph.of(say("plan_first", language), is_brief=False),
            Listing(
                [_answer(plan, strategy, language) for strategy in plan.strategies()],
                is_brief=False,
                is_ordered=True,
            ),
            *_code(plan, language),
            Paragraph.of(
                say(f"plan_correction_{plan.correction}", language, level=level), is_brief=False
            ),
        ],
    )


def _code(plan: PreAnalysisPlan, language: str) -> list[Block]:
    """Return which versions of estimators of one's own may answer, where there are any."""
    if not plan.code:
        return []
    code = ", ".join(f"{name} ({one.module} {one.version})" for name, one in plan.code.items())
    return [Paragraph.of(say("plan_code", language, code=code), is_brief=False)]


def _answer(plan: PreAnalysisPlan, strategy: Strategy, language: str) -> Paragraph:
    """Return how one answer is estimated, with its names in the plan's file."""
    says = plan.answers[strategy.name].says
    rests = translate(find_estimator(strategy.estimator).rests_on, language)
    parts: list[str | Span] = [
        Span(says.in_language(language) if says else strategy.name, "strong"),
        " (",
        Span(strategy.estimator, "code"),
        ", ",
        Span(strategy.estimand.name, "code"),
    ]
    if strategy.covariates:
        parts += ["; ", Span(", ".join(strategy.covariates), "code")]
    parts += ["). ", say("plan_rests_on", language, assumption=rests)]
    return Paragraph.of(*parts)


def _looks(plan: PreAnalysisPlan, language: str) -> Iterator[Section]:
    """Yield when the first answer is looked at before the end, where the plan does so."""
    schedule = plan.schedule
    if schedule is None:
        return
    least = ""
    if plan.looks is not None and plan.looks.futility is not None:
        unit = UNIT_WORDS[plan.strategies()[0].estimand.unit]
        least = f"{plan.looks.futility.below.written} {translate(unit, language)}"
    table = replace(table_of_looks(schedule, language), is_brief=False)
    blocks: list[Block] = [*paragraphs_of_looks(schedule, least, language), table]
    yield Section("looks", say("look_heading", language), blocks)


def _believed(plan: PreAnalysisPlan, language: str) -> Iterator[Section]:
    """Yield what is believed of each inquiry before the data, where the plan holds it."""
    if plan.bayes is None:
        return
    items = []
    for name, quantiles in plan.bayes.priors.items():
        asked = plan.inquiries[name].says
        before = believe(quantiles, level=plan.level.number)
        mean, low, high = (
            format_number(number, language, 1) for number in (before.mean, before.low, before.high)
        )
        said = say(
            "plan_prior",
            language,
            inquiry=asked.in_language(language) if asked else name,
            mean=mean,
            low=low,
            high=high,
        )
        items.append(Paragraph.of(said, is_brief=False))
    heading = say("plan_prior_heading", language)
    yield Section("prior", heading, [Listing(items, is_brief=False)])


def _checked(plan: PreAnalysisPlan, language: str) -> Section:
    said = say("plan_compared_no_traits", language)
    if plan.balance:
        said = say("plan_compared", language, traits=", ".join(plan.balance))
    checks = [_check(name, options, language) for name, options in plan.checks.items()]
    blocks: list[Block] = [Paragraph.of(said, is_brief=False)]
    if checks:
        blocks.append(Listing(checks, is_brief=False))
    return Section("checks", say("plan_checks", language), blocks)


def _check(name: str, options: Mapping[str, Any], language: str) -> Paragraph:
    """Return what one check asks, with its name and options in the plan's file."""
    named = ", ".join([name, *(f"{option}: {value}" for option, value in options.items())])
    asks = translate(find_check(name).asks, language)
    return Paragraph.of(f"{asks} (", Span(named, "code"), ")")


def _missing(plan: PreAnalysisPlan, language: str) -> Section:
    least = format_number(plan.small_cells.number, language, 0)
    said = say("plan_missing", language, least=least)
    heading = say("plan_missing_heading", language)
    return Section("missing", heading, [Paragraph.of(said, is_brief=False)])
