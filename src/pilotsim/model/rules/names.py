"""The names that a flow file gives, and whether they are used for what they name."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping

from pilotsim.base.errors import did_you_mean
from pilotsim.base.messages import Message
from pilotsim.base.units import show
from pilotsim.model.clients import GROUP, PAST, Trait
from pilotsim.model.factors import Factor
from pilotsim.model.fields import Record
from pilotsim.model.flow import Flow
from pilotsim.model.naming import references

Path_ = tuple[str, ...]
Found = Iterator[tuple[Path_, str]]

_NAME = re.compile(r"[\w-]+")
_SOURCE = re.compile(r"\S*[^\s,:;]")


class Names:
    """The names that a flow file gives, those of faulty parts included.

    Parameters
    ----------
    flow : Flow
        The parts of the file that could be read.
    known : mapping
        Names by kind that the file gives, also those of parts that could not be read.
    """

    def __init__(self, flow: Flow, known: Mapping[str, Iterable[str]]) -> None:
        self.stages = {*flow.stages, *known.get("stages", ())}
        self.code = {*flow.code, *known.get("code", ())}
        self.groups = {*flow.groups, *known.get("groups", ())}
        self.resources = {*flow.resources, *known.get("resources", ())}
        self.risks = {*flow.risks, *known.get("risks", ())}
        self.traits = {*flow.traits, *known.get("traits", ()), GROUP, PAST}
        self.targets = {*flow.targets, *known.get("targets", ())}
        self.costs = {*flow.costs, *known.get("costs", ())}
        self.payers = {*flow.payers, *known.get("payers", ())}
        self.periods = {*flow.periods, *known.get("periods", ())}
        self.shared = {*flow.shared, *known.get("shared", ())}
        self.joint = {*flow.joint, *known.get("joint", ())}
        self.observed = {*flow.observed, *known.get("observed", ())}
        self.choices = {*flow.choices, *known.get("choices", ())}
        self.decisions = {*flow.decisions, *known.get("decisions", ())}
        self.surveys = {*flow.surveys, *known.get("surveys", ())}
        self.sources = {*flow.sources, *known.get("sources", ())}
        self.results = {*flow.economy.results} if flow.economy is not None else set()
        # Targets whose readings are not known may have any.
        readings = {name: one.all_readings() for name, one in flow.targets.items()}
        below = {
            name: [f"{name}.{one}" for one in parts if one] for name, parts in readings.items()
        }
        self.readings = {one for name in self.targets for one in below.get(name) or [name]}
        self.questions = self.targets | self.readings

    def spelling(self) -> Found:
        """Yield each name that could not be named elsewhere in the file."""
        for kind in (
            "traits",
            "groups",
            "resources",
            "risks",
            "stages",
            "targets",
            "observed",
            "periods",
            "shared",
            "joint",
            "costs",
            "payers",
            "choices",
            "decisions",
            "surveys",
        ):
            for name in sorted(getattr(self, kind)):
                if not _NAME.fullmatch(name):
                    message = Message(
                        "expected a name of letters, digits, - and _ without spaces or dots; "
                        "found {found}",
                        found=show(name),
                    )
                    yield (kind, name), message
        for name in sorted(self.sources):
            if not _SOURCE.fullmatch(name):
                yield (
                    ("sources", name),
                    Message(
                        "expected a short name without spaces, such as plan-2014; found {found}",
                        found=show(name),
                    ),
                )


# What is said of a name that is none of its kind.
UNKNOWN = {
    "category": Message("unknown category"),
    "choice": Message("unknown choice"),
    "cost": Message("unknown cost"),
    "group": Message("unknown group"),
    "kind of name": Message("unknown kind of name"),
    "observed output": Message("unknown observed output"),
    "payer": Message("unknown payer"),
    "period": Message("unknown period"),
    "resource": Message("unknown resource"),
    "resource or cost": Message("unknown resource or cost"),
    "result": Message("unknown result of the economy"),
    "risk": Message("unknown risk"),
    "shared value": Message("unknown shared value"),
    "source": Message("unknown source"),
    "stage": Message("unknown stage"),
    "target": Message("unknown target"),
    "trait": Message("unknown trait"),
}

# How one of each kind that fields of records name is called there.
SINGULAR = {
    "choices": "choice",
    "costs": "cost",
    "groups": "group",
    "payers": "payer",
    "questions": "target",
    "readings": "target",
    "resources": "resource",
    "results": "result",
    "risks": "risk",
    "shared": "shared value",
    "stages": "stage",
    "targets": "target",
    "traits": "trait",
}


def faults_of_names(record: Record, names: Names, path: Path_) -> Found:
    """Yield a fault for each name in a part of a file that is none of what its field names.

    Names that stand in other words, and those of values, have rules of their own.

    Parameters
    ----------
    record : Record
        The part.
    names : Names
        The names of the flow.
    path : tuple of str
        Where it stands in the file.
    """
    for place, name, named in references(record, path):
        if named.before or named.behind or not SINGULAR.keys() >= {*named.kinds}:
            continue
        kinds = [kind for kind in named.kinds if getattr(names, kind)] or named.kinds[:1]
        there = {one for kind in kinds for one in getattr(names, kind)}
        what = " or ".join(SINGULAR[kind] for kind in kinds)
        if what in UNKNOWN:
            yield from known(name, {*there, *named.words}, what, place)


def known(name: str, names: Collection[str], what: str, path: Path_) -> Found:
    """Yield a fault if a name is none of those that are known.

    Parameters
    ----------
    name : str
        The name.
    names : collection of str
        Those that are known.
    what : str
        What they name: a key of `UNKNOWN`.
    path : tuple of str
        Where the name stands in the file.
    """
    if name not in names:
        yield (
            path,
            Message(
                "{unknown} {found}{meant}",
                unknown=UNKNOWN[what],
                found=show(name),
                meant=did_you_mean(name, names),
            ),
        )


def known_source(source: str, names: Names, path: Path_) -> Found:
    """Yield a fault if a source begins with the name of none of the flow's documents.

    Parameters
    ----------
    source : str
        The name of a document and a place in it.
    names : Names
        The names of the flow. Without documents any source will do.
    path : tuple of str
        Where the source stands in the file.
    """
    if names.sources:
        yield from known(source.split(maxsplit=1)[0].rstrip(",:;"), names.sources, "source", path)


def fitting_traits(
    wanted: Mapping[str, bool | str], flow: Flow, names: Names, path: Path_
) -> Found:
    """Yield a fault for each trait that clients are asked for and cannot have.

    Parameters
    ----------
    wanted : mapping of str to bool or str
        What each trait is to be: true, false or the name of a category.
    flow : Flow
        Whose traits they are.
    names : Names
        The names of the flow.
    path : tuple of str
        Where the traits stand in the file.
    """
    for name, value in wanted.items():
        place = (*path, name)
        yield from known(name, names.traits, "trait", place)
        categories = categories_of(name, flow, names)
        if categories is not None and not isinstance(value, str):
            yield (
                place,
                Message(
                    "expected one of {names}; found {found}",
                    names=", ".join(sorted(categories)),
                    found=show(value),
                ),
            )
        elif categories is not None:
            yield from known(
                str(value), categories, "group" if name == GROUP else "category", place
            )
        elif isinstance(value, str) and (name in flow.traits or name == PAST):
            yield place, Message("expected true or false; found {found}", found=show(value))


def fitting_factors(factors: Mapping[str, Factor], flow: Flow, names: Names, path: Path_) -> Found:
    """Yield a fault for each factor that does not fit its trait.

    Parameters
    ----------
    factors : mapping of str to Factor
        By trait.
    flow : Flow
        Whose traits they are.
    names : Names
        The names of the flow.
    path : tuple of str
        Where the factors stand in the file.
    """
    for name, factor in factors.items():
        yield from known(name, names.traits, "trait", (*path, name))
        if name in flow.traits or name in (GROUP, PAST):
            yield from _fitting_factor(
                factor, categories_of(name, flow, names), name, (*path, name)
            )


def _fitting_factor(factor: Factor, categories: set[str] | None, name: str, path: Path_) -> Found:
    if categories is None and factor.value is None:
        yield path, Message("expected one number; '{name}' has no categories", name=name)
    elif categories is not None and factor.value is not None:
        yield (
            path,
            Message(
                "expected a number for each category, such as {example}; found {found}",
                example=f"{{{min(categories)}: 1.5}}",
                found=factor.value.written,
            ),
        )
    elif categories is not None:
        for category in factor.categories:
            yield from known(
                category, categories, "group" if name == GROUP else "category", (*path, category)
            )


def categories_of(trait: str, flow: Flow, names: Names) -> set[str] | None:
    """Return the categories of a trait; None where it has none or is not known.

    Parameters
    ----------
    trait : str
        Its name. The categories of `GROUP` are the groups.
    flow : Flow
        Whose trait it is.
    names : Names
        The names of the flow.
    """
    if trait == GROUP:
        return names.groups
    found: Trait | None = flow.traits.get(trait)
    return set(found.categories) if found is not None and found.categories is not None else None
