"""What a reader needs to know of a simulation model to judge it or to build it again.

The items are those of STRESS-DES (Monks et al., Journal of Simulation 13, 2019). All that stands
here is taken from the flow and its run, or is true of any run of this program.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from pilotsim import __version__
from pilotsim.judge.check import Check
from pilotsim.language.catalogue import say
from pilotsim.language.numbers import NONE, format_date, format_number, format_value, join
from pilotsim.model.flow import Flow
from pilotsim.output.document import Block, Cell, Column, Paragraph, Row, Section, Table
from pilotsim.output.views.model_in_words import (
    length_in_words,
    needs_in_words,
    order_in_words,
    stock_in_words,
    ways_in_words,
)
from pilotsim.output.views.parts import assumed_of, facts_of, own_sums_of, text_column

__all__ = ["stress_section"]


def stress_section(check: Check, language: str) -> Section:
    """Return what STRESS-DES asks of a model and its run, item by item.

    Parameters
    ----------
    check : Check
        Whose flow and run are told.
    language : str
        One of `LANGUAGES`.
    """
    columns = (
        Column("item", say("stress_item", language)),
        text_column("says", language, "stress_says", wraps=True),
    )
    rows = [
        Row((Cell.of_text(f"{number} {say(f'stress_{key}', language)}"), Cell.of_text(told)))
        for number, key, told in _items(check, language)
    ]
    title = say("stress_table", language)
    blocks: tuple[Block, ...] = (
        Paragraph.of(say("stress_note", language), role="note"),
        Table.of_rows("stress", title, columns, rows, is_filed=False, is_brief=False),
        _stages(check.flow, language),
    )
    return Section("stress", say("stress_heading", language), blocks)


def _items(check: Check, language: str) -> Iterator[tuple[str, str, str]]:
    """Yield the number, the name and what is said of each item."""
    flow = check.flow

    def told(key: str, **parts: object) -> str:
        return say(f"stress_{key}", language, **parts)

    purpose = flow.about or flow.title
    yield "1.1", "purpose", purpose.in_language(language)
    targets = [one.question.says.in_language(language) for one in check.verdicts]
    yield "1.2", "outputs", "; ".join(dict.fromkeys(targets)) or NONE
    count = format_number(check.replications, language, 0)
    yield "1.3", "aims", told("aims_told", runs=count)
    yield "2.1", "diagram", told("diagram_told")
    yield "2.2", "logic", told("logic_told")
    scenarios = [one.says.in_language(language).rstrip(".") for one in flow.scenarios.values()]
    yield "2.3", "scenarios", "; ".join(scenarios) or NONE
    yield "2.4", "algorithms", told("algorithms_told")
    resources = [flow.label_of("resources", name, language) for name in flow.resources]
    groups = [flow.label_of("groups", name, language) for name in flow.groups]
    yield (
        "2.5",
        "components",
        told(
            "components_told",
            groups=join(groups, language),
            resources=join(resources, language) or NONE,
        ),
    )
    sources = [words.in_language(language) for words in flow.sources.values()]
    yield "3.1", "sources", " ".join(sources) or NONE
    yield (
        "3.2",
        "inputs",
        told(
            "inputs_told",
            facts=len(facts_of(flow)),
            sums=len(own_sums_of(flow)),
            assumed=len(assumed_of(flow)),
        ),
    )
    together = sum(len(members) for members in flow.drawn_together.values())
    yield "3.3", "preprocessing", told("fitted_told", count=together) if together else NONE
    yield "3.4", "assumptions", told("assumptions_told", ranges=len(flow.assumptions))
    stocks = "; ".join(_stocks(flow, language))
    yield (
        "4.1",
        "start",
        told("start_told", groups=stocks) if stocks else say("odd_initial_none", language),
    )
    last = format_date(flow.end - timedelta(days=1), language)
    length = say(
        "run_line",
        language,
        first=format_date(flow.starts, language),
        last=last,
        length=format_value(flow.lasts, language),
        runs=count,
        seed=check.seed,
    )
    if flow.starts_from is not None:
        long_run = format_value(flow.starts_from.long_run, language)
        length = f"{length}. {say('starts_from_long_run', language, length=long_run)}"
    if flow.warm_up is not None:
        first = format_date(flow.counts_from, language)
        length = f"{length}. {say('measured_from', language, first=first)}"
    yield "4.2", "length", length
    yield "4.3", "estimation", told("estimation_told", runs=count)
    yield "5.1", "software", told("software_told", version=__version__)
    yield "5.2", "randomness", told("randomness_told", seed=check.seed)
    yield "5.3", "execution", f"{told('execution_told')} {told('ties_told')}"
    yield "5.4", "machine", told("machine_told")
    yield "6.1", "model", told("model_told", flow=flow.flow)


def _stocks(flow: Flow, language: str) -> Iterator[str]:
    """Yield each group that has clients at the start, with how many."""
    for name, group in flow.groups.items():
        if group.stock is not None and group.stock.number:
            label = flow.label_of("groups", name, language)
            yield f"{label} {stock_in_words(flow, group, language)}"


def _stages(flow: Flow, language: str) -> Table:
    """Return the stages with what each needs, and by which family of lengths and which order."""
    columns = (
        text_column("stage", language),
        text_column("state", language),
        text_column("needs", language, "stress_needs"),
        text_column("family", language, "stress_family"),
        text_column("order", language, "stress_order"),
        text_column("next", language, "stress_next"),
    )
    rows = []
    for name, stage in flow.stages.items():
        told = (
            flow.label_of("stages", name, language),
            say(stage.counts_as, language),
            needs_in_words(flow, stage, language),
            length_in_words(flow, stage.lasts, language),
            order_in_words(flow, stage, language),
            ways_in_words(flow, stage, language),
        )
        rows.append(Row(tuple(map(Cell.of_text, told))))
    title = say("stress_stages", language)
    return Table.of_rows(
        "stress_stages", title, columns, rows, is_filed=False, is_brief=False, has_title=True
    )
