"""What a value of a flow is called, for people: its own label, or its path made readable."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pilotsim.base.quantity import Quantity
from pilotsim.language.format import format_value, words
from pilotsim.model.flow import Flow

KINDS = ("groups", "resources", "risks", "stages", "traits")
# The keys of a flow file in Norwegian and in English; None for those that only lead on to the next.
_KEYS: dict[str, tuple[str, str] | None] = {
    "lasts": ("varighet", "length"),
    "mean": ("(gjennomsnitt)", "(mean)"),
    "cv": ("(spredning)", "(spread)"),
    "low": ("nedre grense", "lower end"),
    "high": ("øvre grense", "upper end"),
    "likely": ("mest sannsynlig", "most likely"),
    "next": ("videre til", "on to"),
    "odds": ("odds", "odds"),
    "rate": ("fart", "rate"),
    "after": ("frist", "limit"),
    "times": ("ganger", "times"),
    "by": ("virkning etter", "effect by"),
    "for": ("hvor lenge", "how long"),
    "fades": ("avtar over", "fades over"),
    "starts": ("begynner etter", "begins after"),
    "waiting": ("i kø", "waiting"),
    "started": ("underveis", "once started"),
    "stock": ("antall ved start", "number at the start"),
    "arrivals": ("nye", "arrivals"),
    "past": ("tid før start", "time before the start"),
    "brings": ("antall per inntak", "number at each intake"),
    "season": ("sesong", "season"),
    "pace": ("takt", "pace"),
    "units": ("antall", "number"),
    "fte": ("antall", "number"),
    "caseload": ("klienter per enhet", "clients per unit"),
    "price_per_month": ("pris per måned", "price per month"),
    "admits": ("antall per åpning", "number at each opening"),
    "at_least": ("minst", "at least"),
    "at_most": ("høyst", "at most"),
    "again_after": ("på nytt tidligst etter", "again after"),
    "share": ("andel", "share"),
    "categories": ("andel", "share"),
    "groups": ("blant", "among"),
    "from": ("fra", "from"),
    "needs": ("trenger", "needs"),
    "one_of": ("trenger", "needs"),
    "limit": ("kø", "queue"),
    "stock_in": ("ved start i", "at the start in"),
    "remaining": ("rest av oppholdet", "rest of the stay"),
    "all_of": ("det seneste av", "the last of"),
    "during": ("i perioden", "in the period"),
    "per_month": ("per måned", "per month"),
    "per_day": ("per dag", "per day"),
    "per_start": ("per start", "per start"),
    "draws_from": None,
    "opens": None,
    "risks": None,
    "gamma": None,
    "exponential": None,
    "erlang": None,
    "weibull": None,
    "lognormal": None,
    "triangular": None,
    "uniform": None,
    "quantiles": None,
    "constant": None,
    "normal": None,
    "intake": None,
    "supply": None,
}


def label_of_value(flow: Flow, path: str, language: str) -> str:
    """Return what the value at a path is called: its label, or its path in words.

    Parameters
    ----------
    flow : Flow
        Whose value it is.
    path : str
        Dotted, as in `Flow.values`.
    language : str
        `nb` or `en`.
    """
    value = flow.values.get(path)
    if value is not None and value.label is not None:
        return value.label.in_language(language)
    kind, _, rest = path.partition(".")
    if kind == "lasts":
        return words("length", language)
    name, *keys = _split(rest)
    first = _first(flow, kind, name, language)
    tail = " ".join(_in_words(flow, keys, language))
    return f"{first}: {tail}" if tail and first else first or tail or path


def _split(rest: str) -> list[str]:
    """Return the keys of a path; a date is one key."""
    return [key for key in rest.split(".") if key] or [""]


def _first(flow: Flow, kind: str, name: str, language: str) -> str:
    if kind in KINDS:
        return flow.label_of(kind, name, language)
    if kind == "effects" and name.isdigit() and int(name) < len(flow.effects):
        effect = flow.effects[int(name)]
        return (
            effect.label.in_language(language)
            if effect.label
            else flow.label_of("stages", effect.after, language)
        )
    if kind == "targets" and name in flow.targets:
        return flow.targets[name].says.in_language(language)
    return name.replace("_", " ").capitalize() if name else kind.replace("_", " ").capitalize()


def _in_words(flow: Flow, keys: list[str], language: str) -> Iterator[str]:
    for key in keys:
        if key in _KEYS:
            found = _KEYS[key]
            if found is not None:
                yield found[0 if language == "nb" else 1]
        elif not key.isdigit():
            yield _name(flow, key, language)


def _name(flow: Flow, key: str, language: str) -> str:
    """Return what a key inside a path names: a stage, a risk, a trait, a resource, a date."""
    for kind in ("stages", "risks", "traits", "resources", "groups"):
        if key in getattr(flow, kind):
            return inside(flow.label_of(kind, key, language))
    return key.replace("_", " ")


def range_of_value(value: Quantity, language: str) -> str:
    """Return the range of an assumption with its unit once: `4–9 per month`.

    Nothing where it has none.
    """
    if not value.has_range:
        return ""
    low, high = format_value(value, language, value.low), format_value(value, language, value.high)
    return re.split("[\u00a0 ]", low)[0] + "\u2013" + high


def inside(text: str) -> str:
    """Return words as they stand inside a sentence: without their capital, unless they begin with an abbreviation."""
    return text if re.match(r"\w*[A-ZÆØÅ0-9]\w*\b", text[1:]) else text[:1].lower() + text[1:]


def has_programme(flow: Flow) -> bool:
    """Tell whether anybody is drawn into a programme: else the world with it and the world without it are the same."""
    return any(stage.draws_from is not None for stage in flow.stages.values())
