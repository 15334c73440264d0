"""Parts of a model in words: how long a stay is, who goes first, what a start takes."""

from __future__ import annotations

from collections.abc import Iterator

from pilotsim.base.quantity import Quantity
from pilotsim.base.text import inside
from pilotsim.language.catalogue import catalogue_of, say
from pilotsim.language.conditions import condition_in_words
from pilotsim.language.numbers import NONE, format_number, format_value, join
from pilotsim.model.clients import EQUILIBRIUM, GROUP, PAST, Group
from pilotsim.model.distributions import Duration, Parameter
from pilotsim.model.distributions.duration import PARTS, POINTS
from pilotsim.model.distributions.gaps import Gaps
from pilotsim.model.flow import Flow
from pilotsim.model.stages import Batch, Stage

__all__ = [
    "gaps_in_words",
    "length_in_words",
    "needs_in_words",
    "observed_in_words",
    "order_in_words",
    "stock_in_words",
    "trait_in_words",
    "ways_in_words",
]


def length_in_words(flow: Flow, length: Duration | None, language: str) -> str:
    """Return a length with its family and parameters: `gamma: snitt 4 uker, spredning 0,5`.

    Parameters
    ----------
    flow : Flow
        Whose it is.
    length : Duration or None
        The length; None for a stay that has none.
    language : str
        One of `LANGUAGES`.
    """
    if length is None:
        return NONE
    if length.family == PARTS:
        parts = [length_in_words(flow, part, language) for part in length.parts]
        told = say("length_all_of", language, parts="; ".join(parts))
    elif length.lengths_from is not None:
        told = observed_in_words(length, language)
    elif length.family == POINTS:
        points = [
            f"{format_number(100 * share, language)}\u00a0% {format_value(value, language)}"
            for share, value in zip(length.probabilities, length.parameters, strict=True)
        ]
        told = say("length_points", language, points=", ".join(points))
    elif length.family == "constant":
        told = say("length_constant", language, value=format_value(length.parameters[0], language))
    else:
        told = f"{_family(length.family, language)}: {', '.join(_parameters(length, language))}"
    return "; ".join([told, *_options(flow, length, language)])


def observed_in_words(length: Duration, language: str) -> str:
    """Return of which stays a length was made: `as 812 stays of stays.csv: mean 41 days, ...`.

    Parameters
    ----------
    length : Duration
        A length that was made of stays.
    language : str
        One of `LANGUAGES`.
    """
    assert length.lengths_from is not None, "it was made of stays"
    return say(
        "length_observed",
        language,
        stays=format_number(length.lengths_from.stays or 0, language, 0),
        file=length.lengths_from.file,
        mean=format_value(length.observed_mean, language),
        longest=format_value(length.parameters[-1], language),
    )


def _family(name: str, language: str) -> str:
    """Return what a family is called; its own name where somebody has added it."""
    return catalogue_of(language).phrases.get(f"family_{name}", name)


def _parameters(length: Duration, language: str) -> Iterator[str]:
    for parameter, value in zip(length.law.parameters, length.parameters, strict=True):
        yield _parameter(parameter, value, language)


def _parameter(parameter: Parameter, value: Quantity, language: str) -> str:
    """Return a parameter as the file gives it, also where the family takes another number."""
    name = catalogue_of(language).phrases.get(f"parameter_{parameter.name}", parameter.name)
    written = value.written if parameter.convert else format_value(value, language)
    return f"{name} {written}"


def gaps_in_words(gaps: Gaps, language: str) -> str:
    """Return by which law clients come: `uniform: spread 50 %`."""
    if gaps.shape is None:
        return say("gaps_even", language)
    parameter = _parameter(gaps.law.parameters[1], gaps.shape, language)
    return f"{_family(gaps.name, language)}: {parameter}"


def _options(flow: Flow, length: Duration, language: str) -> Iterator[str]:
    for name, rank in length.correlated.items():
        named = (
            trait_in_words(flow, name, language)
            if name in flow.traits
            else inside(flow.label_of("risks", name, language))
        )
        number = format_value(rank, language)
        yield say("length_correlated", language, name=named, number=number)
    if length.slowest_of is not None:
        yield say("length_slowest", language, count=format_value(length.slowest_of, language))
    if length.times is not None:
        yield say("length_times", language, factor=format_value(length.times, language))
    if length.by:
        traits = [trait_in_words(flow, name, language) for name in length.by]
        yield say("length_by", language, traits=join(traits, language))


def trait_in_words(flow: Flow, name: str, language: str) -> str:
    """Return what a trait is called inside a sentence; those that every client has, too."""
    if name in flow.traits:
        return inside(flow.label_of("traits", name, language))
    return inside(say({GROUP: "odd_group", PAST: "path_past"}.get(name, "odd_trait"), language))


def order_in_words(flow: Flow, stage: Stage, language: str) -> str:
    """Return who goes first of those who wait for a stage, and before which others it goes."""
    if not stage.may_wait:
        room = None if stage.room is None else format_value(stage.room, language)
        return NONE if room is None else say("queue_room", language, count=room)
    named = _order_named(flow, stage.order, language)
    if stage.urgency:
        traits = [trait_in_words(flow, name, language) for name in stage.urgency]
        named = say("queue_urgency", language, traits=join(traits, language))
    parts = [named]
    if stage.batch is not None:
        parts += _batch_in_words(stage.batch, language)
    for text, order in stage.order_when.items():
        words = _order_named(flow, order, language)
        condition = condition_in_words(flow, text, language)
        parts.append(say("queue_when", language, order=words, condition=condition))
    if stage.reserves:
        parts.append(say("queue_reserves", language))
    if stage.priority:
        number = format_number(stage.priority, language, 0)
        parts.append(say("queue_priority", language, number=number))
    if stage.limit is not None:
        count = format_value(stage.limit.waiting, language)
        parts.append(say("queue_limit", language, count=count))
    if stage.interrupts:
        names = [inside(_place(flow, name, language)) for name in stage.interrupts]
        parts.append(say("queue_interrupts", language, stages=join(names, language)))
    if stage.interrupted is not None:
        parts.append(say(f"queue_{stage.interrupted}", language))
    if stage.put_off is not None:
        shares = [
            say(
                "queue_put_off_share",
                language,
                count=format_number(int(waiting), language, 0),
                share=format_value(share, language),
            )
            for waiting, share in stage.put_off.when_waiting.items()
        ]
        parts.append(say("queue_put_off", language, shares=join(shares, language)))
    if stage.room is not None:
        parts.append(say("queue_room", language, count=format_value(stage.room, language)))
    return "; ".join(parts)


def _batch_in_words(batch: Batch, language: str) -> Iterator[str]:
    """Yield how many start together, and whether they end together."""
    if batch.at_least is not None:
        least = format_value(batch.at_least, language)
        most = None if batch.at_most is None else format_value(batch.at_most, language)
        if most is None:
            yield say("queue_batch", language, least=least)
        elif batch.at_least is batch.at_most:
            yield say("queue_batch_of", language, count=least)
        else:
            yield say("queue_batch_up_to", language, least=least, most=most)
    if batch.ends_together:
        yield say("queue_ends_together", language)


def _order_named(flow: Flow, order: tuple[str, str], language: str) -> str:
    word, trait = order
    named = catalogue_of(language).phrases.get(f"queue_{word}", word)
    return f"{named} {trait_in_words(flow, trait, language)}" if trait else named


def needs_in_words(flow: Flow, stage: Stage, language: str) -> str:
    """Return what a start takes, one alternative after the other."""
    ways = []
    for units in stage.alternatives:
        taken = [
            f"{format_value(number, language)}\u00a0× "
            f"{inside(flow.label_of('resources', name, language))}"
            for name, number in units.items()
        ]
        if taken:
            ways.append(join(taken, language))
    return f" {say('needs_or', language)} ".join(ways) or NONE


def ways_in_words(flow: Flow, stage: Stage, language: str) -> str:
    """Return where those go who finish a stage, with their shares."""
    ways = []
    for name, route in (stage.next or {}).items():
        place = inside(_place(flow, name, language))
        if route.share is None:
            told = say("way_rest", language, place=place)
        else:
            odds = f" {say('way_odds', language)}" if route.odds else ""
            shares = [format_value(route.share, language)]
            shares += [
                say(
                    "way_when",
                    language,
                    share=format_value(share, language),
                    condition=condition_in_words(flow, text, language),
                )
                for text, share in route.when.items()
            ]
            told = f"{place} {'; '.join(shares)}{odds}"
        own = route.lasts
        ways.append(told if own is None else f"{told} ({length_in_words(flow, own, language)})")
    return ", ".join(ways) or NONE


def _place(flow: Flow, name: str, language: str) -> str:
    if name in flow.stages:
        return flow.label_of("stages", name, language)
    return catalogue_of(language).phrases.get(f"path_{name}", name)


def stock_in_words(flow: Flow, group: Group, language: str) -> str:
    """Return how many of a group are there at the start, and where."""
    count = format_value(group.stock, language)
    if not group.stock.number:
        return count
    if group.stock_in is None:
        return f"{count} ({inside(_place(flow, group.starts_in, language))})"
    places = []
    for name, place in group.stock_in.items():
        where = inside(_place(flow, name, language))
        share = format_value(place.share, language) if place.share is not None else ""
        told = f"{where} {share}" if share else say("way_rest", language, place=where)
        if place.remaining == EQUILIBRIUM:
            told = f"{told} ({say('stay_equilibrium', language)})"
        elif isinstance(place.remaining, Duration):
            left = length_in_words(flow, place.remaining, language)
            told = f"{told} ({say('stay_left', language, length=left)})"
        places.append(told)
    return f"{count} ({', '.join(places)})"
