"""Random flows that are valid and use every part of the language, with ties wherever there can be some.

`flows()` draws a flow as plain values, `flow_of` reads it. Lengths, openings and dates fall on
whole days more often than not, units are few, limits are whole days: many things happen at one
instant. Time passes on every circle: a stage without length leads only forwards, and only forwards
are clients turned away.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from pilotsim.files.reading import build_flow
from pilotsim.files.yaml import YamlDocument
from pilotsim.model.flow import Flow

Draw = Callable[[st.SearchStrategy[Any]], Any]
Plain = dict[str, Any]
# New Year, Easter 2015, a leap day, a summer.
STARTS = (
    date(2014, 12, 22),
    date(2015, 1, 1),
    date(2015, 3, 27),
    date(2016, 2, 15),
    date(2015, 6, 30),
)
LENGTHS = 2 * ("20 days", "30 days", "45 days", "50 days", "2 months", "80 days") + ("1 day",)
PERIODS = ("1 day", "2 days", "1 week", "2 weeks", "1 month", "1 working day", "3 working days")
GAPS = (
    "even",
    {"erlang": {"phases": 3}},
    {"uniform": {"spread": "60 %"}},
    {"gamma": {"cv": 1.5}},
    {"weibull": {"shape": 0.8}},
    {"lognormal": {"cv": 0.7}},
)
# Counted arrivals that meet each of the dates on which a random flow starts.
FILES = Path(__file__).parent
PERIOD_NAMES = ("closed", "late")
STATES = ("assistance", "work", "other_benefit", "education", "unknown", "not_counted")
HOME = "starts_in"
OWN_TRAITS = {"young": "share", "office": "categories", "health": "normal", "spent": "days"}


@dataclass(frozen=True)
class Features:
    """What a random flow may hold.

    Parameters
    ----------
    capacity : bool
        Units, openings and limits: whatever lets one client stand in another's way.
    dated_lengths : bool
        Working days, lengths and paces that change at dates: whatever makes a length depend on when
        it begins.
    ranges : bool
        Assumptions with a range, which may be drawn.
    """

    capacity: bool = True
    dated_lengths: bool = True
    ranges: bool = True


@dataclass(frozen=True)
class Names:
    """What the parts of a flow may refer to."""

    features: Features
    start: date
    stages: tuple[str, ...]
    homes: tuple[str, ...]
    stocks: tuple[str, ...]
    groups: tuple[str, ...]
    resources: tuple[str, ...]
    risks: Mapping[str, str]
    traits: Mapping[str, str]


def flow_of(plain: Mapping[str, Any]) -> Flow:
    """Return the flow that plain values describe."""
    return build_flow(YamlDocument("random.yaml", dict(plain)))


@st.composite
def flows(draw: Draw, features: Features = Features()) -> Plain:
    """Return a random flow as plain values."""
    names, kinds = _names(draw, features)
    flow = {
        "periods": _periods(draw, names),
        "shared": {
            "pull": _ranged(draw, names, 0.5, 1, 1.5),
            "push": draw(st.sampled_from((0.5, 2))),
            "might": draw(st.sampled_from((-1, 0, 1, 2.5))),
        },
        "flow": "random",
        "title": "Random",
        "starts": names.start.isoformat(),
        "lasts": draw(st.sampled_from(LENGTHS)),
        "traits": {
            name: _trait(draw, kind, names)
            for name, kind in names.traits.items()
            if name in OWN_TRAITS
        },
        "groups": {name: _group(draw, names) for name in names.groups},
        "resources": {name: _resource(draw, names) for name in names.resources},
        "risks": {name: _risk(draw, kind, names) for name, kind in names.risks.items()},
        "stages": {
            name: _stage(draw, kind, name, names)
            for name, kind in zip(names.stages, kinds, strict=True)
        },
    }
    own = list(flow["traits"])
    for k, name in enumerate(own[1:]):
        if _often(draw):
            other = draw(st.sampled_from(own[: k + 1]))
            flow["traits"][name]["correlated"] = {other: _correlation(draw, names)}
    for group in flow["groups"].values():
        if _often(draw, 3):
            group["stock_in"] = _stock_in(draw, names, flow["stages"], flow["resources"])
        draws = any("draws_from" in stage for stage in flow["stages"].values())
        if draws and group.keys() & {"arrivals", "arrivals_from", "intake"} and _often(draw, 3):
            group["deterred"] = _deterred(draw, names)
    if features.capacity:
        _rooms(draw, flow)
        _interruptions(draw, flow)
    if features.dated_lengths:
        _shifts(draw, names, flow)
    if features.capacity and _often(draw, 3):
        _look_at_the_state(draw, flow)
    effects = [_effect(draw, names) for _ in range(draw(st.integers(0, 3)))] if names.risks else []
    found = {**flow, "effects": effects}
    _leave_known_remainders(found)
    return found


def _look_at_the_state(draw: Draw, flow: Plain) -> None:
    """Let some shares depend on how many wait, are there, or use what there is."""
    for stage in flow["stages"].values():
        _pace_by_state(draw, flow, stage)
        if "order" in stage and "urgency" not in stage and _often(draw, 3):
            orders = st.sampled_from(("longest_waiting", "random", stage["order"]))
            stage["order_when"] = draw(
                st.dictionaries(_conditions(flow), orders, min_size=1, max_size=2)
            )
        ways = stage.get("next", {})
        rest = [to for to, way in ways.items() if way == "rest" or [*way] == ["odds"]]
        has_room = any("room" in flow["stages"].get(to, {}) for to in ways)
        if not rest or len(ways) < 2 or has_room or _have_lengths(ways):
            continue
        to = draw(st.sampled_from(sorted(set(ways) - set(rest))))
        # A share that changes at dates is written out, and has a value.
        way = ways[to]
        own = way if isinstance(way, dict) and "share" in way else {"share": way}
        conditions = draw(st.lists(_conditions(flow), min_size=1, max_size=2, unique=True))
        # The others have at most what this one leaves by itself.
        share = 0 if len(ways) > 2 else draw(st.sampled_from((0, 50, 100)))
        ways[to] = {**own, "when": dict.fromkeys(conditions, f"{share} %")}


def _have_lengths(ways: Plain) -> bool:
    return any(isinstance(way, dict) and "lasts" in way for way in ways.values())


def _pace_by_state(draw: Draw, flow: Plain, stage: Plain) -> None:
    """Let the pace of a stage look at the state, where nothing else decides on its length."""
    has_room = any("room" in flow["stages"].get(to, {}) for to in stage.get("next", {}))
    stops = "interrupted" in stage or any("shifts" in flow["resources"][r] for r in _needed(stage))
    stops |= _have_lengths(stage.get("next", {}))
    if "lasts" not in stage or has_room or stops or "working" in str(stage["lasts"]):
        return
    if _often(draw, 2):
        paces = st.sampled_from((0.5, 2, 1, 0.3, 0))
        own = _conditions(flow).filter(lambda condition: "day" not in condition)
        stage["pace_when"] = draw(st.dictionaries(own, paces, min_size=1, max_size=2))
        stage["pace"] = draw(st.sampled_from((1, 0.5, 2)))


def _conditions(flow: Plain) -> st.SearchStrategy[str]:
    """Return conditions on the state of a flow, as words."""
    stages, resources = flow["stages"], flow["resources"]
    counts = [f"{what}({name})" for name in sorted(stages) for what in ("there", "started")]
    counts += [f"waiting({name})" for name in sorted(stages) if _may_wait(stages[name])]
    counts += [f"free({name})" for name in sorted(resources)]
    held = [name for name in sorted(resources) if "supply" not in resources[name]]
    counts += ["day", *(f"held({name})" for name in held)]
    number = st.one_of(
        st.sampled_from(counts),
        st.builds("{} + {}".format, st.sampled_from(counts), st.sampled_from(counts)),
        st.builds("2 * {}".format, st.sampled_from(counts)),
        st.builds("max({}, {})".format, st.sampled_from(counts), st.integers(0, 3)),
    )
    signs = st.sampled_from(("<", "<=", ">", ">=", "==", "!="))
    one = st.builds("{} {} {}".format, number, signs, st.integers(0, 4))
    if held:
        percent = st.integers(1, 100)
        one |= st.builds("use({}) {} {} %".format, st.sampled_from(held), signs, percent)
    return one | st.builds("not ({}) {} {}".format, one, st.sampled_from(("and", "or")), one)


def _shifts(draw: Draw, names: Names, flow: Plain) -> None:
    """Give some resources shifts, and lengths of hours to the stages that need them."""
    pausing = set()
    finishing = set()
    for name, resource in flow["resources"].items():
        if "supply" in resource or not _often(draw, 3):
            continue
        pauses = "fte" in resource or _often(draw, 3)
        counts = None if pauses else st.sampled_from((1, 2, 3, 0))
        first = {names.start.isoformat(): "00:00-12:00"}
        resource["shifts"] = _week(draw, names, counts) | first
        resource.pop("falls_interrupt", None)
        holders = [stage for stage in flow["stages"].values() if name in _needed(stage)]
        word = "pause" if pauses else "finish"
        if not pauses and holders and all("batch" not in stage for stage in holders):
            word = draw(st.sampled_from(("hand_over", "finish")))
        if word == "hand_over":
            for stage in holders:
                stage.setdefault("interrupted", draw(st.sampled_from(("goes_on", "starts_again"))))
        resource["at_end_of_shift"] = word
        (pausing if pauses else finishing).add(name)
    for name, stage in flow["stages"].items():
        needs = _needed(stage)
        if needs & pausing and "interrupted" in stage:
            stage["interrupted"] = "starts_again"
        if "lasts" not in stage or not needs & (pausing | finishing):
            continue
        stage.pop("pace", None)
        units = ["hours"] if needs & finishing else ["hours", "working days"]
        places = [group.get("stock_in", {}).get(name) for group in flow["groups"].values()]
        own = [place for place in places if isinstance(place, dict) and "remaining" in place]
        if stage["lasts"] != "0 days":
            stage["lasts"] = _hours(draw, units)
        for way in stage["next"].values():
            if isinstance(way, dict) and "lasts" in way:
                way["lasts"] = _hours(draw, units)
        for place in own:
            if place["remaining"] != "equilibrium" or "all_of" in stage["lasts"]:
                place["remaining"] = f"{draw(WHOLE)} hours"


def _needed(stage: Plain) -> set[str]:
    """Return the resources that a stage may need."""
    return {*stage.get("needs", {})}.union(*stage.get("one_of", ()))


def _hours(draw: Draw, units: Sequence[str]) -> Any:
    """Return a length that passes by the clock."""
    unit = draw(st.sampled_from(units))
    mean = f"{draw(WHOLE)} {unit}"
    kind = draw(st.sampled_from(("whole", "family", "all_of")))
    if kind == "all_of":
        return {"all_of": [mean, {"exponential": {"mean": f"{draw(WHOLE)} hours"}}]}
    return mean if kind == "whole" else {"gamma": {"mean": mean, "cv": 0.5}}


def _leave_known_remainders(flow: Plain) -> None:
    """Give a length to those whose stay is not known in a steady state: a risk runs there whose
    hazard is not the same all along."""
    for group in flow["groups"].values():
        for name, place in group.get("stock_in", {}).items():
            if isinstance(place, dict) and place.get("remaining") == "equilibrium":
                stage = flow["stages"][name]
                pauses = any("shifts" in flow["resources"][one] for one in _needed(stage))
                varies = pauses or "pace" in stage or "working" in str(stage["lasts"])
                own = {
                    effect["on"]
                    for effect in flow["effects"]
                    if effect["after"] == name and effect.get("counted_from") != "finished"
                }
                risks = {risk: flow["risks"][risk] for risk in stage.get("risks", {})}
                if any(
                    varies or risk in own or {"after", "season"} & set(of)
                    for risk, of in risks.items()
                ):
                    place["remaining"] = "9 hours" if pauses else "9 days"


def _names(draw: Draw, features: Features) -> tuple[Names, list[str]]:
    """Return the names of a flow, and the kind of each stage; the first stage can be a home."""
    kinds = [draw(st.sampled_from(("service", "service", "stock")))]
    others = (
        "service",
        "service",
        "service",
        "service",
        "service",
        "stock",
        "instant",
        "held",
        "exit",
    )
    kinds += draw(st.lists(st.sampled_from(others), min_size=3, max_size=6))
    stages = tuple(f"s{k}" for k in range(len(kinds)))
    chosen = draw(st.sets(st.sampled_from(sorted(OWN_TRAITS))))
    names = Names(
        features,
        draw(st.sampled_from(STARTS)),
        stages,
        homes=tuple(
            s for s, kind in zip(stages, kinds, strict=True) if kind in ("stock", "service", "held")
        ),
        stocks=tuple(s for s, kind in zip(stages, kinds, strict=True) if kind == "stock"),
        groups=tuple(f"g{k}" for k in range(draw(st.integers(1, 4)))),
        resources=tuple(f"r{k}" for k in range(draw(st.sampled_from((1, 2, 1, 2, 3, 1, 2, 0)))))
        if features.capacity
        else (),
        risks={
            f"k{k}": draw(st.sampled_from(("rate", "after", "bare")))
            for k in range(draw(st.integers(0, 3)))
        },
        traits={
            **{name: kind for name, kind in OWN_TRAITS.items() if name in chosen},
            "group": "group",
            "past": "days",
        },
    )
    return names, kinds


# Values.


def _often(draw: Draw, times: int = 2) -> bool:
    """Draw true once in so many times."""
    return bool(draw(st.integers(1, times)) == 1)


def _day(draw: Draw, names: Names, first: int = -20, last: int = 60) -> str:
    return (names.start + timedelta(days=draw(st.integers(first, last)))).isoformat()


def _dated(
    draw: Draw, names: Names, plain: Any, others: st.SearchStrategy[Any], times: int = 4
) -> Any:
    """Return a value that changes at one or two dates, once in so many times."""
    if not _often(draw, times):
        return plain
    days = draw(st.lists(st.integers(-5, 50), min_size=1, max_size=2, unique=True))
    during = (
        {period: draw(others) for period in draw(st.sets(st.sampled_from(PERIOD_NAMES)))}
        if _often(draw, 3)
        else {}
    )
    changes = {(names.start + timedelta(days=day)).isoformat(): draw(others) for day in days}
    return {
        "value": plain,
        "assumption": "it changes",
        "from": changes,
        "during": dict(sorted(during.items())),
    }


def _periods(draw: Draw, names: Names) -> Plain:
    """Return two periods that do not overlap; the second may have no end."""
    a, b, c, d = sorted(draw(st.lists(st.integers(-10, 50), min_size=4, max_size=4, unique=True)))
    days = [(names.start + timedelta(days=day)).isoformat() for day in (a, b, c, d)]
    last = {"from": days[2], "until": days[3]} if _often(draw) else {"from": days[2]}
    return {"closed": {"from": days[0], "until": days[1]}, "late": last}


def _scaled(draw: Draw, plain: Any) -> Any:
    """Return a value that shares a factor with others, once in a while."""
    if not _often(draw, 4):
        return plain
    written = (
        plain if isinstance(plain, dict) else {"value": plain, "assumption": "it shares a factor"}
    )
    return {**written, "scaled_by": draw(st.sampled_from(("pull", "push")))}


def _raised(draw: Draw, factor: float) -> Any:
    """Return a factor that may be raised to a shared strength."""
    if not factor or not _often(draw, 3):
        return factor
    return {"value": factor, "assumption": "it shares a strength", "raised_to": "might"}


def _ranged(
    draw: Draw, names: Names, low: float, middle: float, high: float, unit: str = ""
) -> Any:
    """Return a value that may be an assumption with a range."""
    low, middle, high = (
        number if not unit else f"{number} {unit}" for number in (low, middle, high)
    )
    if not names.features.ranges or not _often(draw, 4):
        return middle
    shape = draw(st.sampled_from(("triangular", "uniform")))
    return {
        "value": middle,
        "low": low,
        "high": high,
        "shape": shape,
        "assumption": "it has a range",
    }


WHOLE = st.integers(1, 6)
FRACTION = st.sampled_from((0.5, 1.5, 0.3, 1.1, 2.7))
RATES = st.integers(0, 12).map(lambda percent: f"{percent * 10} % per month")


def _season(draw: Draw) -> list[float]:
    return [draw(st.sampled_from((0, 0.5, 1, 1, 2))) for _ in range(12)]


# Lengths of time.


def _length(draw: Draw, names: Names) -> Any:
    """Return a length of time: a whole number of days more often than not."""
    kind = draw(
        st.sampled_from(
            ("whole", "whole", "whole", "fraction", "family", "options", "traits", "all_of")
        )
    )
    if kind == "whole":
        return f"{draw(WHOLE)} {draw(_units(names))}"
    if kind == "fraction":
        return f"{draw(FRACTION)} {draw(_units(names))}"
    if kind == "all_of":
        parts = [_part_of_all(draw, names) for _ in range(draw(st.integers(2, 3)))]
        return (
            {"all_of": parts, "by": _factors(draw, names, zero=False)}
            if _often(draw)
            else {"all_of": parts}
        )
    family = _family(draw, names)
    if kind == "traits":
        return {**family, "by": _factors(draw, names, zero=False)}
    if kind == "family":
        return family
    if _often(draw):
        family["slowest_of"] = draw(st.integers(1, 4))
    if names.features.dated_lengths:
        family["times"] = _dated(
            draw, names, draw(st.sampled_from((0.5, 1, 2))), st.sampled_from((0, 1, 3)), times=1
        )
    return family


def _part_of_all(draw: Draw, names: Names) -> Any:
    if _often(draw):
        return f"{draw(WHOLE)} {draw(_units(names))}"
    return {**_family(draw, names), "slowest_of": draw(st.integers(1, 3))}


def _stock_in(
    draw: Draw, names: Names, stages: Mapping[str, Plain], resources: Mapping[str, Plain]
) -> Plain:
    """Return where a stock is at the start: at home, and in mid-stay in one or two other stages."""
    used_up = {name for name, resource in resources.items() if "supply" in resource}
    fit = [name for name, stage in stages.items() if not used_up & {*_first_needs(stage)}]
    places: Plain = {HOME: "rest"}
    for name in draw(st.lists(st.sampled_from(fit), max_size=2, unique=True)) if fit else ():
        share, lasts = f"{draw(st.integers(1, 5))}0 %", stages[name].get("lasts")
        remaining = (
            _remaining(draw, names, stages[name])
            if lasts is not None and not _often(draw, 3)
            else None
        )
        places[name] = share if remaining is None else {"share": share, "remaining": remaining}
    return places


def _first_needs(stage: Plain) -> Plain:
    one_of = stage.get("one_of")
    return (one_of[0] if one_of else {}) if one_of is not None else stage.get("needs", {})


def _remaining(draw: Draw, names: Names, stage: Plain) -> Any:
    """Return what is left of a stay: of a steady state where it is known, or a length of its own."""
    lasts = stage["lasts"]
    known = isinstance(lasts, str) or not {"all_of", "slowest_of", "correlated"} & set(lasts)
    known = known and "lasts" not in str(stage.get("next"))
    if known and not _often(draw, 3):
        return "equilibrium"
    return _length(draw, replace(names, features=replace(names.features, dated_lengths=False)))


def _units(names: Names) -> st.SearchStrategy[str]:
    return st.sampled_from(
        ("days", "days", "days", "working days") if names.features.dated_lengths else ("days",)
    )


def _family(draw: Draw, names: Names) -> Plain:
    name = draw(st.sampled_from(sorted(FAMILIES)))
    unit = draw(_units(names))
    mean = f"{draw(WHOLE)} {unit}"
    return {name: FAMILIES[name](draw, mean, unit)}


def _spread(draw: Draw, mean: str, unit: str) -> Plain:
    return {"mean": mean, "cv": draw(st.sampled_from((0, 0.3, 1, 2.5)))}


def _quantiles(draw: Draw, mean: str, unit: str) -> Plain:
    a, b, c = sorted(draw(st.lists(st.integers(0, 9), min_size=3, max_size=3)))
    return {"0 %": f"{a} {unit}", "40 %": f"{b} {unit}", "100 %": f"{c + 1} {unit}"}


def _rising(*keys: str) -> Callable[[Draw, str, str], Plain]:
    def rising(draw: Draw, mean: str, unit: str) -> Plain:
        steps = sorted(draw(st.lists(st.integers(0, 9), min_size=len(keys), max_size=len(keys))))
        steps[-1] += 1
        return {key: f"{step} {unit}" for key, step in zip(keys, steps, strict=True)}

    return rising


FAMILIES: dict[str, Callable[[Draw, str, str], Any]] = {
    "constant": lambda draw, mean, unit: mean,
    "uniform": _rising("shortest", "longest"),
    "triangular": _rising("shortest", "usual", "longest"),
    "exponential": lambda draw, mean, unit: {"mean": mean},
    "gamma": _spread,
    "erlang": lambda draw, mean, unit: {"mean": mean, "phases": draw(st.integers(1, 5))},
    "weibull": lambda draw, mean, unit: {"mean": mean, "shape": draw(st.sampled_from((0.5, 1, 3)))},
    "lognormal": _spread,
    "loglogistic": lambda draw, mean, unit: {
        "mean": mean,
        "shape": draw(st.sampled_from((1.5, 2, 5))),
    },
    "quantiles": _quantiles,
}


# Traits, and the factors they put on speeds and shares.


def _trait(draw: Draw, kind: str, names: Names) -> Plain:
    return {**TRAITS[kind](draw, names), "observed": draw(st.booleans())}


def _share_trait(draw: Draw, names: Names) -> Plain:
    groups = draw(st.sets(st.sampled_from(names.groups)))
    return {"share": _shares(draw), "groups": {group: _shares(draw) for group in sorted(groups)}}


def _shares(draw: Draw) -> Any:
    """Return a share, or one for the stock and one for those who come."""
    shares = st.sampled_from(("0 %", "30 %", "70 %", "100 %"))
    return {"stock": draw(shares), "arrivals": draw(shares)} if _often(draw, 3) else draw(shares)


def _categories_trait(draw: Draw, names: Names) -> Plain:
    north = draw(st.integers(0, 60))
    return {"categories": {"north": f"{north} %", "east": "30 %", "west": f"{70 - north} %"}}


def _days_trait(draw: Draw, names: Names) -> Plain:
    return {
        "days": f"{draw(WHOLE)} days"
        if _often(draw)
        else {"uniform": {"shortest": "0 days", "longest": "20 days"}}
    }


TRAITS: dict[str, Callable[[Draw, Names], Plain]] = {
    "share": _share_trait,
    "categories": _categories_trait,
    "normal": lambda draw, names: {
        "normal": [draw(st.sampled_from((-1, 0, 0.5))), draw(st.sampled_from((0, 1, 2)))]
    },
    "days": _days_trait,
}
# Small enough that no power of them grows beyond bounds.
BASES = {"share": (0.5, 2, 3), "normal": (0.8, 1.5), "days": (0.99, 1.01)}


def _factors(draw: Draw, names: Names, *, zero: bool = True) -> Plain:
    """Return factors by some traits; none more often than not."""
    if not _often(draw, 3):
        return {}
    chosen = draw(st.lists(st.sampled_from(sorted(names.traits)), max_size=2, unique=True))
    return {name: _factor(draw, names.traits[name], names, zero=zero) for name in chosen}


def _factor(draw: Draw, kind: str, names: Names, *, zero: bool) -> Any:
    if kind in ("categories", "group"):
        categories = ("north", "east", "west") if kind == "categories" else names.groups
        numbers = st.sampled_from((0, 0.5, 2) if zero else (0.5, 2))
        return {
            category: draw(numbers)
            for category in draw(st.lists(st.sampled_from(categories), min_size=1, unique=True))
        }
    return draw(st.sampled_from((0, *BASES[kind]) if zero else BASES[kind]))


# Groups, resources, risks, effects.


def _group(draw: Draw, names: Names) -> Plain:
    group: Plain = {"starts_in": draw(st.sampled_from((*names.homes, *names.stocks)))}
    stock = draw(st.sampled_from((4, 0, 1, 2, 3, 5, 6, 8)))
    group["stock"] = _scaled(draw, _ranged(draw, names, stock, stock, stock + 2))
    if _often(draw):
        group["past"] = (
            f"{draw(WHOLE)} days" if _often(draw) else {"exponential": {"mean": "20 days"}}
        )
    if _often(draw, 4):
        group["arrivals_from"] = {
            "file": str(
                FILES / f"arrivals_by_{draw(st.sampled_from(('day', 'week', 'time')))}.csv"
            ),
            "assumption": "as counted",
        }
        if "by_time" not in group["arrivals_from"]["file"] and _often(draw):
            group["week"] = {"mon-sun": {"09:00-12:00": 2, "12:00-15:30": draw(WHOLE)}}
    elif _often(draw):
        rates = st.integers(0, 12).map(lambda rate: f"{rate} per month")
        group["arrivals"] = _dated(draw, names, draw(rates), rates)
        if _often(draw, 3):
            group["gaps"] = draw(st.sampled_from(GAPS))
        if _often(draw, 3):
            group["season"] = _season(draw)
        if _often(draw, 3):
            group["week"] = _week(draw, names, st.sampled_from((1, 0, 3, 0.5)))
    if _often(draw):
        group["intake"] = {
            "every": draw(st.sampled_from(PERIODS[1:])),
            "brings": draw(st.integers(0, 2)),
        }
        group["intake"] |= {"first": _day(draw, names)} if _often(draw) else {}
        group["intake"]["next_working_day"] = draw(st.booleans())
    if _often(draw, 4):
        group["offered_from"] = _day(draw, names, -20, 30)
    return group


HOURS = ("08:00-12:00", "12:00-15:30", "16:10-24:00")


def _week(draw: Draw, names: Names, numbers: st.SearchStrategy[Any] | None = None) -> Plain:
    """Return days with their hours, at least one of them a weekday; with numbers, or hours alone."""

    def of_day() -> Any:
        hours = draw(st.sets(st.sampled_from(HOURS), min_size=1))
        if numbers is None or _often(draw, 3):
            return ", ".join(sorted(hours))
        if _often(draw, 4):
            return draw(numbers)
        return {one: draw(numbers) for one in sorted(hours)}

    week: Plain = {"tue": "08:00-12:00"}
    for days in draw(st.sets(st.sampled_from(("mon-fri", "sat-sun", "mon", "wed-thu", "sun")))):
        week[days] = of_day()
    if _often(draw, 3):
        week["holidays"] = draw(st.sampled_from(("off", "as_usual"))) if _often(draw) else of_day()
    if _often(draw, 3):
        week[_day(draw, names, 0, 30)] = "off" if _often(draw) else of_day()
    return week


def _moments(draw: Draw, names: Names) -> Plain:
    """Return days with the moments or hours at which something opens."""
    times = st.sampled_from(("09:00", "12:00, 15:30", "08:00-09:00", "00:00"))
    week: Plain = {"mon-fri": draw(times), "sat": draw(times)}
    return week | ({_day(draw, names, 0, 30): "off"} if _often(draw, 3) else {})


def _deterred(draw: Draw, names: Names) -> Plain:
    deterred: Plain = {
        "share": _ranged(draw, names, 20, 50, 90, "%"),
        "to": draw(st.sampled_from((*names.stocks, *names.homes))),
    }
    return deterred | ({"from": _day(draw, names, -5, 25)} if _often(draw, 3) else {})


def _resource(draw: Draw, names: Names) -> Plain:
    kind = draw(st.sampled_from(("units", "units", "units", "fte", "supply")))
    few = st.sampled_from((1, 1, 2, 3, 4, 0))
    if kind == "units":
        units = draw(few)
        plain = _ranged(draw, names, units, units, units + 2)
        return {"units": plain if isinstance(plain, dict) else _dated(draw, names, plain, few)}
    if kind == "fte":
        staff = st.sampled_from((1, 1.5, 0.5, 1, 0))
        return {
            "fte": _dated(draw, names, draw(staff), staff),
            "caseload": draw(st.sampled_from((2, 3.3, 1))),
        }
    first = {"first": _day(draw, names)} if _often(draw) else {}
    return {
        "supply": {
            "every": draw(st.sampled_from(PERIODS)),
            "units": draw(few),
            "lapses": draw(st.booleans()),
            **first,
        }
    }


def _risk(draw: Draw, kind: str, names: Names) -> Plain:
    risk: Plain = {
        "to": draw(st.sampled_from((*names.stages, HOME))),
        "times": _factors(draw, names),
    }
    if kind == "rate":
        percent = draw(st.integers(1, 120))
        risk["rate"] = _scaled(
            draw, _ranged(draw, names, percent, percent, percent + 50, "% per month")
        )
    elif kind == "after":
        risk["after"] = f"{draw(WHOLE) if _often(draw) else draw(FRACTION)} days"
        days = [name for name, trait in names.traits.items() if trait == "days"]
        if _often(draw):
            risk["used"] = draw(st.sampled_from(sorted(days)))
    if _often(draw, 3):
        risk["season"] = _season(draw)
    risk["pace"] = _dated(
        draw, names, draw(st.sampled_from((1, 1, 2))), st.sampled_from((0, 0.5, 2))
    )
    return risk


def _stage_risks(draw: Draw, names: Names, often: int = 2) -> Plain:
    return {
        name: _stage_risk(draw, kind, names)
        for name, kind in names.risks.items()
        if _often(draw, often)
    }


def _stage_risk(draw: Draw, kind: str, names: Names) -> Any:
    if _often(draw):
        return _speed(draw, kind, names)
    risk = {phase: _speed(draw, kind, names) for phase in ("waiting", "started") if _often(draw)}
    return {**risk, "to": draw(st.sampled_from((*names.stages, HOME)))} if _often(draw, 3) else risk


def _speed(draw: Draw, kind: str, names: Names) -> Any:
    times = st.sampled_from((0, 0.5, 1, 1, 2))
    strategy = RATES if kind == "bare" or (kind == "rate" and _often(draw)) else times
    return _dated(draw, names, draw(strategy), strategy)


def _effect(draw: Draw, names: Names) -> Plain:
    effect: Plain = {
        "after": draw(st.sampled_from(names.stages)),
        "on": draw(st.sampled_from(sorted(names.risks))),
        "counted_from": draw(st.sampled_from(("joined", "started", "finished"))),
        "times": _raised(draw, draw(st.sampled_from((0, 0.5, 2, 3)))),
        "by": _factors(draw, names),
    }
    for key in ("starts", "for"):
        if _often(draw):
            effect[key] = f"{draw(st.integers(0, 10))} days"
    if _often(draw):
        effect["fades"] = draw(st.sampled_from(("0 days", "10 days", "1 month", "70 days")))
    return effect


# Stages.


def _stage(draw: Draw, kind: str, name: str, names: Names) -> Plain:
    """Return a stage of a kind.

    A `stock` is simply there; a `service` lasts; an `instant` lasts 0 days; one that is `held`
    lasts until a risk fires; an `exit` leads nowhere.
    """
    stage: Plain = {"counts_as": draw(st.sampled_from(STATES))}
    if kind == "exit":
        return stage
    stage["risks"] = _stage_risks(draw, names, 2 if kind in ("service", "instant") else 1)
    if kind in ("service", "instant"):
        stage["lasts"] = _length(draw, names) if kind == "service" else "0 days"
        _correlate(draw, stage["lasts"], names)
        may_be_nothing = kind == "instant" or "times" in stage["lasts"]
        if (
            kind == "service"
            and names.features.dated_lengths
            and "working" not in str(stage["lasts"])
            and _often(draw, 4)
        ):
            stage["pace"] = _dated(
                draw,
                names,
                draw(st.sampled_from((1, 0.5, 2, 0))),
                st.sampled_from((0, 0.3, 1)),
                times=1,
            )
        stage["next"] = _routes(draw, name, names, forwards=may_be_nothing)
        if kind == "service":
            _lengths_by_way(draw, stage, names)
        if not stage["next"]:
            del stage["lasts"], stage["next"]
            stage.pop("pace", None)
    if kind != "stock" and names.features.capacity:
        stage |= _line(draw, kind, name, names)
        _start_together(draw, stage)
    return stage


def _start_together(draw: Draw, stage: Plain) -> None:
    """Let clients start together in a stage, and end together, where that can be said."""
    lasts = stage.get("lasts", "by")
    may_end = "by" not in str(lasts) and "lasts" not in str(stage.get("next"))
    if {"one_of", "draws_from", "reserves"} & stage.keys() or not _often(draw, 3):
        return
    if "opens" in stage:
        if may_end:
            stage["batch"] = {"ends_together": True}
        return
    least = draw(st.integers(1, 4))
    most = draw(st.integers(least, 6))
    stage["batch"] = least if _often(draw, 3) else {"at_least": least}
    if stage["batch"] != least:
        stage["batch"] |= {"at_most": most} if _often(draw) else {}
        stage["batch"] |= {"ends_together": True} if may_end and _often(draw) else {}
    if "limit" in stage:
        stage["limit"]["waiting"] = max(stage["limit"]["waiting"], least)


def _lengths_by_way(draw: Draw, stage: Plain, names: Names) -> None:
    """Give some ways on a length of their own, where no share changes at dates."""
    ways = stage["next"]
    if "value" in str(ways) or HOME in ways or not _often(draw, 4):
        return
    plain = replace(names, features=replace(names.features, dated_lengths=False))
    for to, way in ways.items():
        if _often(draw):
            share = {} if way == "rest" else {"share": way} if isinstance(way, str) else way
            ways[to] = {**share, "lasts": _length(draw, plain)}


def _correlate(draw: Draw, lasts: Any, names: Names) -> None:
    """Let a length go with a trait, or with the threshold of a risk, where it can."""
    others = [name for name in names.traits if name in OWN_TRAITS]
    others += [name for name, kind in names.risks.items() if kind != "after"]
    if isinstance(lasts, dict) and "all_of" not in lasts and others and _often(draw, 3):
        lasts["correlated"] = {draw(st.sampled_from(others)): _correlation(draw, names)}


def _correlation(draw: Draw, names: Names) -> Any:
    return _ranged(draw, names, *draw(st.sampled_from(((-0.9, -0.5, 0), (0, 0.6, 1), (-1, 1, 1)))))


def _behind(name: str, names: Names) -> tuple[str, ...]:
    return names.stages[names.stages.index(name) + 1 :]


def _routes(draw: Draw, name: str, names: Names, *, forwards: bool) -> Plain:
    """Return the ways on: shares that add up to 100 %, or with a rest, some changing at dates."""
    targets = _behind(name, names) if forwards else (*names.stages, HOME)
    if not targets:
        return {}
    chosen = draw(st.lists(st.sampled_from(targets), min_size=1, max_size=3, unique=True))
    cuts = [
        0,
        *sorted(
            draw(st.lists(st.integers(0, 10), min_size=len(chosen) - 1, max_size=len(chosen) - 1))
        ),
        10,
    ]
    shares = [10 * (b - a) for a, b in pairwise(cuts)]
    routes: Plain = {to: f"{share} %" for to, share in zip(chosen, shares, strict=True)}
    if _often(draw):
        routes[chosen[-1]] = "rest"
        for to, share in zip(chosen[:-1], shares, strict=False):
            routes[to] = _dated(
                draw,
                names,
                f"{share} %",
                st.integers(0, share // 10).map(lambda tenth: f"{10 * tenth} %"),
            )
    for to in chosen:
        odds = _factors(draw, names, zero=False)
        if odds:
            routes[to] = (
                {"odds": odds} if routes[to] == "rest" else {"share": routes[to], "odds": odds}
            )
    return routes


def _line(draw: Draw, kind: str, name: str, names: Names) -> Plain:
    """Return what makes clients wait before a stage: needs, openings, orders, limits."""
    line: Plain = {}
    if names.resources and not _often(draw, 4):
        line["needs"] = _needs(draw, names)
    elif names.resources and _often(draw):
        line["one_of"] = [_needs(draw, names) for _ in range(draw(st.integers(1, 3)))]
    if names.resources and not _often(draw, 3):
        line["keeps"] = sorted(
            {names.resources[0]} | draw(st.sets(st.sampled_from(names.resources)))
        )
    if _often(draw, 3 if names.stocks else 5):
        line["opens"] = _opening(draw, names)
        if names.stocks and not _often(draw, 6):
            line["draws_from"] = _drawn(draw, names)
    if not line or ("keeps" in line and len(line) == 1) or not _may_wait(line):
        return line
    line["order"] = _order(draw, names)
    if _often(draw, 4):
        line["order"] = "longest_waiting"
        line["urgency"] = _factors(draw, names)
    if "opens" not in line and _often(draw, 4):
        line["reserves"] = True
    line["priority"] = draw(st.integers(-1, 1))
    behind = _behind(name, names)
    if behind and name not in names.homes[:1] and _often(draw, 3):
        line["limit"] = {"waiting": draw(st.integers(0, 3)), "else": draw(st.sampled_from(behind))}
    if behind and name not in names.homes[:1] and _often(draw, 3):
        line["put_off"] = _put_off(draw, names, behind)
    return line


def _put_off(draw: Draw, names: Names, behind: Sequence[str]) -> Plain:
    lengths = sorted(draw(st.sets(st.integers(0, 4), min_size=1, max_size=2)))
    shares = {str(length): _ranged(draw, names, 0, 40, 100, "%") for length in lengths}
    return {
        "when_waiting": lengths[0] if _often(draw, 4) else shares,
        "else": draw(st.sampled_from(behind)),
    }


def _rooms(draw: Draw, flow: Plain) -> None:
    """Let some of those stages hold only so many that clients come to by finishing others."""
    stages = flow["stages"]
    taken = {group["starts_in"] for group in flow["groups"].values()}
    taken |= {group["deterred"]["to"] for group in flow["groups"].values() if "deterred" in group}
    taken |= {name for name, stage in stages.items() if "draws_from" in stage}
    for stage in stages.values():
        taken |= {stage[key]["else"] for key in ("limit", "put_off") if key in stage}
        taken |= (
            {
                here.get("to", flow["risks"][risk]["to"])
                if isinstance(here, dict)
                else flow["risks"][risk]["to"]
                for risk, here in stage["risks"].items()
            }
            if "risks" in stage
            else set()
        )
    for name in sorted({*stages} - taken):
        if _often(draw):
            stages[name]["room"] = draw(st.sampled_from((1, 2, 1, 4)))


def _interruptions(draw: Draw, flow: Plain) -> None:
    """Let stages interrupt others of lower priority that hold what they need, or let falls do so."""
    served = {}
    for name, stage in flow["stages"].items():
        needs = [stage.get("needs", {}), *stage.get("one_of", ())]
        units = {r for one in needs for r in one if "supply" not in flow["resources"][r]}
        if units and "batch" not in stage and not _often(draw, 3):
            served[name] = units
            varies = "pace" in stage or "working" in str(stage.get("lasts", ""))
            by_way = "lasts" in str(stage.get("next"))
            words = ("starts_again",) + (() if by_way else ("drawn_anew",))
            words += () if varies else ("goes_on",)
            stage["interrupted"] = draw(st.sampled_from(words))
    for stage in flow["stages"].values():
        if "priority" in stage and _often(draw, 3):
            stage["priority"] = 2
    for stage in flow["stages"].values():
        needs = [stage.get("needs", {}), *stage.get("one_of", ())]
        units = {r for one in needs for r in one}
        others = [
            name
            for name, held in served.items()
            if held & units and flow["stages"][name]["priority"] < stage["priority"]
        ]
        if others and "batch" not in stage and not _often(draw, 4):
            stage["interrupts"] = others
    for name, resource in flow["resources"].items():
        if any(name in held for held in served.values()) and _often(draw):
            resource["falls_interrupt"] = True


def _may_wait(line: Plain) -> bool:
    return "opens" in line or any([line.get("needs"), *line.get("one_of", ())])


def _needs(draw: Draw, names: Names) -> Plain:
    # The first is what most stages share.
    chosen = [] if _often(draw, 4) else [names.resources[0]]
    chosen += draw(st.lists(st.sampled_from(names.resources), max_size=2, unique=True))
    return {
        resource: draw(st.sampled_from((1, 2, 1, 2, 1, 0))) for resource in dict.fromkeys(chosen)
    }


def _opening(draw: Draw, names: Names) -> Plain:
    if _often(draw, 4):
        opens: Plain = {"week": _moments(draw, names)}
        if "-" in str([times for days, times in opens["week"].items()]):
            opens["slot"] = draw(st.sampled_from(("30 minutes", "1 hour", "7 minutes")))
    elif _often(draw, 3):
        opens = {"on": [_day(draw, names) for _ in range(draw(st.integers(1, 3)))]}
    else:
        opens = {"every": draw(st.sampled_from(PERIODS)), "next_working_day": draw(st.booleans())}
        opens |= {"first": _day(draw, names)} if _often(draw, 3) else {}
    if "week" not in opens and _often(draw, 3):
        opens["at"] = draw(st.sampled_from(("08:00", "15:30", "09:10")))
    if _often(draw):
        few = st.sampled_from((1, 2, 3, 1, 2, 0))
        opens["admits"] = _dated(draw, names, draw(few), few)
    if _often(draw, 4):
        opens["at_least"] = draw(st.integers(0, 3))
    return {**opens, "until": _day(draw, names, 5)} if _often(draw, 4) else opens


def _drawn(draw: Draw, names: Names) -> Any:
    stages = sorted({names.stocks[0]} | draw(st.sets(st.sampled_from(names.stocks), min_size=1)))
    drawn: Plain = {"from": stages if len(stages) > 1 else stages[0]}
    if _often(draw, 4):
        drawn["groups"] = sorted(draw(st.sets(st.sampled_from(names.groups), min_size=1)))
    asked = [name for name, kind in names.traits.items() if kind != "group"]
    if _often(draw, 4):
        drawn["traits"] = {name: _wanted(draw, names.traits[name]) for name in draw(_some(asked))}
    if _often(draw):
        drawn["again_after"] = f"{draw(st.integers(1, 15))} days"
    return drawn if len(drawn) > 1 or _often(draw) else drawn["from"]


def _wanted(draw: Draw, kind: str) -> bool | str:
    return draw(st.sampled_from(("north", "east"))) if kind == "categories" else draw(st.booleans())


def _some(names: Sequence[str]) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(names), min_size=1, max_size=2, unique=True)


def _order(draw: Draw, names: Names) -> Any:
    numbers = [name for name, kind in names.traits.items() if kind in ("share", "normal", "days")]
    by_trait = st.builds(
        lambda end, name: {end: name},
        st.sampled_from(("highest", "lowest")),
        st.sampled_from(sorted(numbers)),
    )
    return draw(st.one_of(st.just("longest_waiting"), st.just("random"), by_trait))
