"""A model as the ODD protocol describes one: so that others can judge it and build it again.

The elements are those of ODD (Grimm et al., Journal of Artificial Societies and Social Simulation
23(2), 2020). All that stands here is taken from the flow, or is true of any run of this program.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import PurePath

from pilotsim.base.text import inside
from pilotsim.judge.check import Check
from pilotsim.language.catalogue import say
from pilotsim.language.numbers import (
    NONE,
    format_date,
    format_number,
    format_value,
    join,
)
from pilotsim.model.flow import Flow
from pilotsim.model.resources import Resource
from pilotsim.model.stages import Risk
from pilotsim.output.document import Block, Cell, Column, Paragraph, Row, Section, Table
from pilotsim.output.views.model_in_words import (
    gaps_in_words,
    length_in_words,
    stock_in_words,
    trait_in_words,
)
from pilotsim.output.views.parts import text_column

__all__ = ["odd_section"]


def odd_section(check: Check, language: str) -> Section:
    """Return what ODD asks of a model, element by element, and its submodels in tables.

    Parameters
    ----------
    check : Check
        Whose flow is told.
    language : str
        One of `LANGUAGES`.
    """
    columns = (
        Column("item", say("odd_item", language)),
        text_column("says", language, "stress_says", wraps=True),
    )
    rows = [
        Row((Cell.of_text(f"{number} {say(f'odd_{key}', language)}"), Cell.of_text(told)))
        for number, key, told in _items(check, language)
    ]
    flow = check.flow
    tables = [
        Table.of_rows("odd", say("odd_table", language), columns, rows, **_LOOKED_UP),
        _groups(flow, language),
        _traits(flow, language),
        _resources(flow, language),
        _risks(flow, language),
        _effects(flow, language),
    ]
    blocks: list[Block] = [Paragraph.of(say("odd_note", language), role="note")]
    blocks += [table for table in tables if table.has_rows]
    return Section("odd", say("odd_heading", language), tuple(blocks))


_LOOKED_UP = {"is_filed": False, "is_brief": False, "has_title": True}


def _items(check: Check, language: str) -> Iterator[tuple[str, str, str]]:
    """Yield the number, the name and what is said of each element."""
    flow = check.flow

    def told(key: str, **parts: object) -> str:
        return say(f"odd_{key}", language, **parts)

    def labels(kind: str) -> str:
        names = getattr(flow, kind)
        return join([inside(flow.label_of(kind, name, language)) for name in names], language)

    yield "1", "purpose", _purpose(check, language)
    yield (
        "2",
        "entities",
        told(
            "entities_told",
            groups=labels("groups"),
            traits=labels("traits") or NONE,
            stages=format_number(len(flow.stages), language, 0),
            resources=labels("resources") or NONE,
            first=format_date(flow.starts, language),
            length=format_value(flow.lasts, language),
        ),
    )
    yield "3", "process", told("process_told")
    yield "4.1", "principles", told("principles_told")
    yield "4.2", "emergence", told("emergence_told")
    deterred = any(group.deterred is not None for group in flow.groups.values())
    yield "4.3", "adaptation", told("adaptation_deterred" if deterred else "adaptation_told")
    yield "4.4", "learning", told("learning_told")
    draws = flow.has_programme
    yield "4.5", "sensing", told("sensing_told" if draws else "sensing_none")
    yield "4.6", "interaction", told("interaction_told" if flow.resources else "interaction_none")
    yield (
        "4.7",
        "stochasticity",
        told("stochasticity_told", ranges=format_number(len(flow.assumptions), language, 0)),
    )
    yield "4.8", "collectives", told("collectives_told")
    outputs = [one.question.says.in_language(language) for one in check.verdicts]
    yield "4.9", "observation", "; ".join(dict.fromkeys(outputs)) or NONE
    starts = [
        f"{flow.label_of('groups', name, language)}: {stock_in_words(flow, group, language)}"
        for name, group in flow.groups.items()
        if group.stock.number
    ]
    key = "initial_told" if starts else "initial_none"
    yield "5", "initial", told(key, groups=". ".join(starts))
    yield "6", "input", " ".join(_input(flow, language))
    yield "7", "submodels", told("submodels_told")


def _purpose(check: Check, language: str) -> str:
    """Return what the model is for, and the patterns by which one may judge whether it serves."""
    flow = check.flow
    purpose = (flow.about or flow.title).in_language(language).strip()
    published = [one.says.in_language(language) for one in flow.observed.values()]
    if not published:
        return f"{purpose} {say('odd_patterns_none', language)}"
    return f"{purpose} {say('odd_patterns', language, published='; '.join(published))}"


def _input(flow: Flow, language: str) -> Iterator[str]:
    yield say("odd_input_calendar", language, country=flow.calendar)
    for name in flow.drawn_together:
        part = flow.joint[name].says.in_language(language)
        count = format_number(len(flow.drawn_together[name]), language, 0)
        yield say("odd_input_rows", language, part=inside(part), count=count)
    if len(flow.periods):
        periods = format_number(len(flow.periods), language, 0)
        yield say("odd_input_periods", language, count=periods)


# --------------------------------------------------------------------------------------------------
# Submodels


def _table(
    name: str, headings: Sequence[tuple[str, str]], rows: Sequence[Sequence[str]], language: str
) -> Table:
    columns = [text_column(key, language, heading) for key, heading in headings]
    made = [Row(tuple(Cell.of_text(cell or NONE) for cell in row)) for row in rows]
    title = say(f"odd_table_{name}", language)
    return Table.of_rows(f"odd_{name}", title, columns, made, **_LOOKED_UP)


def _groups(flow: Flow, language: str) -> Table:
    rows = []
    for name, group in flow.groups.items():
        comes = []
        if group.arrivals is not None:
            season = f" {say('odd_season', language)}" if group.season else ""
            week = f" {say('odd_week', language)}" if group.week else ""
            rate = format_value(group.arrivals, language)
            if group.gaps is None:
                law = say("odd_poisson", language, rate=rate)
            else:
                gaps = gaps_in_words(group.gaps, language)
                law = say("odd_gaps", language, rate=rate, law=gaps)
            comes.append(f"{law}{season}{week}")
        counted = flow.counted_arrivals.get(name)
        if counted is not None:
            week = f" {say('odd_week', language)}" if group.week else ""
            file = PurePath(counted.file).name
            comes.append(f"{say(f'odd_counted_{counted.by}', language, file=file)}{week}")
        if group.intake is not None:
            comes.append(
                say("odd_intake", language, count=format_value(group.intake.brings, language))
            )
        rows.append(
            (
                flow.label_of("groups", name, language),
                stock_in_words(flow, group, language),
                "; ".join(comes),
                flow.label_of("stages", group.starts_in, language),
            )
        )
    headings = (
        ("group", "odd_group"),
        ("stock", "odd_stock"),
        ("comes", "odd_comes"),
        ("begins", "odd_begins"),
    )
    return _table("groups", headings, rows, language)


def _traits(flow: Flow, language: str) -> Table:
    rows = []
    for name, trait in flow.traits.items():
        if trait.share is not None:
            law = join(
                list(
                    dict.fromkeys(
                        format_value(value, language)
                        for value in (trait.share.stock, trait.share.arrivals)
                    )
                ),
                language,
            )
            told = say("odd_trait_share", language, share=law)
        elif trait.categories is not None:
            told = ", ".join(
                f"{word.replace('_', ' ')} {format_value(share, language)}"
                for word, share in trait.categories.items()
            )
        elif trait.normal is not None:
            mean, spread = (format_value(value, language) for value in trait.normal)
            told = say("odd_trait_normal", language, mean=mean, spread=spread)
        else:
            told = length_in_words(flow, trait.days, language)
        rows.append((flow.label_of("traits", name, language), told))
    headings = (("trait", "odd_trait"), ("law", "odd_law"))
    return _table("traits", headings, rows, language)


def _resources(flow: Flow, language: str) -> Table:
    rows = [
        (flow.label_of("resources", name, language), _units(resource, language))
        for name, resource in flow.resources.items()
    ]
    headings = (("resource", "odd_resource"), ("units", "odd_units"))
    return _table("resources", headings, rows, language)


def _units(resource: Resource, language: str) -> str:
    if resource.supply is not None:
        key = "odd_supply_lapses" if resource.supply.lapses else "odd_supply"
        return say(key, language, count=format_value(resource.supply.units, language))
    if resource.fte is not None and resource.caseload is not None:
        return say(
            "odd_staff",
            language,
            posts=format_value(resource.fte, language),
            caseload=format_value(resource.caseload, language),
        )
    units = resource.units
    if units is None:
        return NONE
    told = format_value(units, language)
    told += f" {say('odd_changes', language)}" if units.changes else ""
    return told + (f" {say('odd_shifts', language)}" if resource.shifts else "")


def _risks(flow: Flow, language: str) -> Table:
    rows = []
    for name, risk in flow.risks.items():
        runs_in = [
            inside(flow.label_of("stages", stage, language))
            for stage, one in flow.stages.items()
            if name in one.risks
        ]
        to = (
            flow.label_of("stages", risk.to, language)
            if risk.to in flow.stages
            else say("path_starts_in", language)
        )
        row = (flow.label_of("risks", name, language), to, _clock(flow, risk, language))
        rows.append((*row, join(runs_in, language)))
    headings = (
        ("risk", "odd_risk"),
        ("to", "odd_leads_to"),
        ("clock", "odd_clock"),
        ("where", "odd_runs_in"),
    )
    return _table("risks", headings, rows, language)


def _clock(flow: Flow, risk: Risk, language: str) -> str:
    if risk.after is not None:
        parts = [say("odd_fixed", language, length=format_value(risk.after, language))]
    elif risk.rate is not None:
        rate = format_value(risk.rate, language)
        parts = [say("odd_exponential", language, rate=rate)]
    else:
        parts = [say("odd_by_stage", language)]
    if risk.times:
        traits = [trait_in_words(flow, name, language) for name in risk.times]
        parts.append(say("length_by", language, traits=join(traits, language)))
    if risk.season:
        parts.append(say("odd_season", language))
    return "; ".join(parts)


def _effects(flow: Flow, language: str) -> Table:
    rows = []
    for effect in flow.effects:
        stays = []
        if effect.starts is not None:
            starts = format_value(effect.starts, language)
            stays.append(f"{say('path_starts', language)} {starts}")
        if effect.lasts is not None:
            stays.append(format_value(effect.lasts, language))
        if effect.fades is not None:
            stays.append(f"{say('path_fades', language)} {format_value(effect.fades, language)}")
        rows.append(
            (
                flow.label_of("stages", effect.after, language),
                flow.label_of("risks", effect.on, language),
                f"× {format_value(effect.times, language)}",
                ", ".join(stays),
            )
        )
    headings = (
        ("after", "odd_after"),
        ("on", "odd_on"),
        ("factor", "odd_factor"),
        ("stays", "odd_stays"),
    )
    return _table("effects", headings, rows, language)
