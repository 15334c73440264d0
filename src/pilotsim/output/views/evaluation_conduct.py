"""What an evaluation rests on beside numbers: how the programme is to work, ethics, privacy."""

from __future__ import annotations

from collections.abc import Iterator

from pilotsim.base.text import Text, inside
from pilotsim.evaluation.estimands import AMOUNT, Estimand
from pilotsim.evaluation.evaluation import Evaluation
from pilotsim.evaluation.evaluation_file import ConductPart
from pilotsim.evaluation.preanalysis_plan import SMALL_CELLS
from pilotsim.language.catalogue import catalogue_of, say
from pilotsim.language.labels import labels_of_values
from pilotsim.language.numbers import format_number, format_value, join
from pilotsim.model.stages import Stage
from pilotsim.output.document import Definition, Definitions, Paragraph, Section

__all__ = ["conduct_sections"]


def conduct_sections(cell: Evaluation, language: str) -> Iterator[Section]:
    """Yield the theory of change, ethics and privacy of an evaluation, from its flow and its file.

    What only the file can say is told as missing where it does not.
    """
    chapters = (
        ("theory", _theory(cell, language)),
        ("ethics", _ethics(cell, language)),
        ("privacy", _privacy(cell, language)),
    )
    for name, told in chapters:
        items = tuple(
            Definition(say(f"conduct_{term}", language), Paragraph.of(says, is_brief=False))
            for term, says in told
        )
        note = Paragraph.of(say(f"conduct_note_{name}", language), role="note", is_brief=False)
        heading = say(f"conduct_{name}", language)
        yield Section(name, heading, (note, Definitions(items, is_brief=False)))


def _theory(cell: Evaluation, language: str) -> Iterator[tuple[str, str]]:
    """Yield the links of the chain from means to ends, as the flow has them."""
    flow = cell.flow
    yield "whom", _named(cell, "groups", cell.population.groups or tuple(flow.groups), language)
    held = {name: None for stage in flow.stages.values() for name in _held_by(stage)}
    asked = [inside(cell.says_of(name, language)) for name in cell.estimands]
    wanted = [inside(target.says.in_language(language)) for target in flow.targets.values()]
    links = (
        ("means", _named(cell, "resources", tuple(held), language)),
        ("does", _named(cell, "stages", _activities(cell), language)),
        ("works", _mechanisms(cell, language)),
        ("outcomes", join(asked, language)),
        ("aims", join(wanted, language)),
    )
    yield from ((term, says) for term, says in links if says)


def _activities(cell: Evaluation) -> tuple[str, ...]:
    """Return the stages that start the programme, then those that hold its units."""
    holding = [name for name, stage in cell.flow.stages.items() if any(_held_by(stage))]
    return tuple(dict.fromkeys([*cell.treatment, *holding]))


def _held_by(stage: Stage) -> Iterator[str]:
    """Yield the resources that a stay in a stage may hold."""
    for needs in (stage.needs, *(stage.one_of or ())):
        yield from needs or {}


def _mechanisms(cell: Evaluation, language: str) -> str:
    """Return what the strength of the programme changes, and by how much it is believed to."""
    flow = cell.flow
    if cell.effects is None:
        return ""
    strength = flow.values[f"shared.{cell.effects.strength}"].slot
    moved = [path for path, value in flow.values.items() if flow.raised.get(value.slot) == strength]
    labels = labels_of_values(flow, moved, language)
    return join(
        [f"{inside(labels[path])} ({format_value(flow.values[path], language)})" for path in moved],
        language,
    )


def _named(cell: Evaluation, kind: str, names: tuple[str, ...], language: str) -> str:
    labels = [inside(cell.flow.label_of(kind, name, language)) for name in names]
    return join(list(dict.fromkeys(labels)), language)


def _ethics(cell: Evaluation, language: str) -> Iterator[tuple[str, str]]:
    said = cell.conduct or ConductPart()
    drawn = [
        inside(design.says.in_language(language))
        for design in cell.designs
        if design.part.is_randomised
    ]
    lots = say("conduct_lots_in", language, designs=join(drawn, language)) if drawn else ""
    yield "lots", lots or say("conduct_no_lots", language)
    yield "meanwhile", _stated(said.meanwhile, "meanwhile", language)
    yield "consent", _stated(said.consent, "consent", language)
    yield "decided_by", _stated(said.decided_by, "decided_by", language)


def _privacy(cell: Evaluation, language: str) -> Iterator[tuple[str, str]]:
    said = cell.conduct or ConductPart()
    yield "collected", _collected(cell, language)
    yield "legal_basis", _stated(said.legal_basis, "legal_basis", language)
    yield "small_cells", say("conduct_small_cells_told", language, least=SMALL_CELLS)
    yield "deleted", _stated(said.deleted, "deleted", language)


def _stated(text: Text | None, key: str, language: str) -> str:
    """Return what the file says; that it does not, with the key to say it by."""
    if text is None:
        return say("conduct_gap", language, path=f"conduct.{key}")
    return text.in_language(language)


def _collected(cell: Evaluation, language: str) -> str:
    """Return which columns the answers need, of each client and month."""
    outcomes = dict.fromkeys(_outcome(one, language) for one in cell.estimands.values())
    traits = dict.fromkeys(
        trait
        for design in cell.designs
        for strategy in design.strategies
        for trait in strategy.covariates
    )
    told = [say("conduct_collected_outcomes", language, names=join(list(outcomes), language))]
    if traits:
        names = _named(cell, "traits", tuple(traits), language)
        told.append(say("conduct_collected_traits", language, names=names))
    if len(cell.places) > 1:
        count = format_number(len(cell.places), language, 0)
        told.append(say("conduct_collected_districts", language, count=count))
    months = max(one.months for one in cell.estimands.values())
    told.append(say("conduct_collected_months", language, months=months))
    return " ".join(told)


def _outcome(asked: Estimand, language: str) -> str:
    if asked.outcome == AMOUNT:
        return say("conduct_amount", language)
    phrases = catalogue_of(language).phrases
    key = asked.outcome.removeprefix("in_").removeprefix("on_")
    return phrases.get(key, asked.outcome)
