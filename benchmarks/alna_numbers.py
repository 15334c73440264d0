"""The numbers of Alna Aktiv for the hand-written model: read once, so that both share them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pilotsim.model.clients import Group
from pilotsim.model.flow import Flow

GROUPS = (
    "target_group",
    "already_followed",
    "other_recipients",
    "newcomers",
    "target_away",
    "followed_away",
    "others_away",
    "spouses",
    "aap_kvp",
)
RISKS = (
    "job",
    "other_benefit",
    "leaves",
    "pauses",
    "returns",
    "breaks_off",
    "job_loss",
    "settles",
    "benefit_ends",
    "comes_back",
    "stays_away",
)
# What stages share among those who finish them; "rest" takes what is left over.
ROUTES = {
    "referred": ("mapping", "no_show"),
    "no_show": ("mapping", "off_assistance", "sanctioned"),
    "sanctioned": ("mapping", "home"),
    "mapping": ("course", "routing"),
    "routing": ("workbox", "state_measure", "job_search", "benefit_clarification"),
    "workbox": ("job_search", "more_training", "with_counsellor"),
    "more_training": ("job_search", "with_counsellor"),
    "job_search": ("workbox", "with_counsellor"),
    "state_measure": ("job_search", "with_counsellor"),
    "benefit_clarification": ("other_benefit", "with_counsellor"),
}
Speeds = tuple[tuple[str, float], ...]


@dataclass(frozen=True)
class Effect:
    """A stage's effect on a risk: `times` for `lasts` days, then fading over `fades` days.

    It fades in monthly steps.
    """

    risk: str
    times: float
    trait: str
    times_trait: float
    lasts: float
    fades: float


@dataclass(frozen=True)
class AlnaNumbers:
    """Everything that the hand-written model is told; times in days, rates per day."""

    horizon: float
    homes: Mapping[str, str]
    begins: Mapping[str, tuple[tuple[str, ...], tuple[float, ...]]]
    stock: Mapping[str, int]
    arrivals: Mapping[str, float]
    past: float
    shares: Mapping[tuple[str, str, str], float]
    factors: Mapping[str, Mapping[str, float]]
    rates: Mapping[str, float]
    waiting: Mapping[str, Speeds]
    started: Mapping[str, Speeds]
    routes: Mapping[str, tuple[tuple[str, ...], tuple[float, ...]]]
    odds_of_clarification: float
    lasts: Mapping[str, float]
    cv: Mapping[str, float]
    limits: Mapping[str, int]
    units: Mapping[str, int]
    places_later: tuple[tuple[float, int], ...]
    referrals_at_once: int
    again_after: float
    smallest_course: int
    referral_days: tuple[float, ...]
    course_days: tuple[float, ...]
    effects: Mapping[str, Effect]


def read_numbers(flow: Flow) -> AlnaNumbers:
    """Return the numbers of the flow file, each by its path."""
    n = {path: value.number for path, value in flow.values.items()}
    calendar = flow.make_calendar()
    days = {name: tuple(_opening_days(flow, name)) for name in ("referred", "course")}
    return AlnaNumbers(
        horizon=calendar.horizon,
        homes={group: flow.groups[group].starts_in for group in GROUPS},
        begins={group: _begins(n, group, flow.groups[group]) for group in GROUPS},
        stock={group: int(n[f"groups.{group}.stock"]) for group in GROUPS},
        arrivals={group: n.get(f"groups.{group}.arrivals", 0.0) for group in GROUPS},
        past=n["groups.target_group.past.exponential.mean"],
        shares=_shares(n),
        factors={risk: _under(n, f"risks.{risk}.times.") for risk in RISKS},
        rates={risk: n[f"risks.{risk}.rate"] for risk in RISKS},
        waiting={stage: _speeds(n, stage, "waiting") for stage in flow.stages},
        started={stage: _speeds(n, stage, "started") for stage in flow.stages},
        routes={stage: (ways, _weights(n, stage, ways)) for stage, ways in ROUTES.items()},
        odds_of_clarification=n["stages.routing.next.benefit_clarification.odds.health"],
        lasts={stage: _mean(n, stage) for stage in flow.stages if flow.stages[stage].lasts},
        cv={stage: n.get(f"stages.{stage}.lasts.gamma.cv", 0.0) for stage in flow.stages},
        limits={
            stage: int(n[f"stages.{stage}.limit.waiting"])
            for stage in ("workbox", "aap_kvp_training")
        },
        units=_units(n),
        places_later=_later_places(flow),
        referrals_at_once=int(n["stages.referred.opens.admits"]),
        again_after=n["stages.referred.draws_from.again_after"],
        smallest_course=int(n["stages.course.opens.at_least"]),
        referral_days=days["referred"],
        course_days=days["course"],
        effects={effect.after: _effect(n, k, effect.on) for k, effect in enumerate(flow.effects)},
    )


def _under(n: Mapping[str, float], start: str) -> dict[str, float]:
    return {
        path.removeprefix(start): number for path, number in n.items() if path.startswith(start)
    }


def _begins(
    n: Mapping[str, float], name: str, group: Group
) -> tuple[tuple[str, ...], tuple[float, ...]]:
    """Return where those of the stock are, and with which shares; one place has the rest."""
    places = tuple(group.stock_in or {group.starts_in: None})
    given = [n.get(f"groups.{name}.stock_in.{place}") for place in places]
    rest = 1.0 - sum(share for share in given if share is not None)
    return places, tuple(rest if share is None else share for share in given)


def _shares(n: Mapping[str, float]) -> dict[tuple[str, str, str], float]:
    """Return the share that has a trait, by trait, group, and whether of stock or arrivals."""
    found = {}
    for trait in ("immigrant", "young", "short_term"):
        for group in GROUPS:
            alike = n.get(f"traits.{trait}.groups.{group}", n[f"traits.{trait}.share"])
            for origin in ("stock", "arrivals"):
                own = n.get(f"traits.{trait}.groups.{group}.{origin}", alike)
                found[trait, group, origin] = own
    return found


def _speeds(n: Mapping[str, float], stage: str, phase: str) -> Speeds:
    both = {
        risk: n.get(f"stages.{stage}.risks.{risk}", n.get(f"stages.{stage}.risks.{risk}.{phase}"))
        for risk in RISKS
    }
    return tuple((risk, speed) for risk, speed in both.items() if speed is not None)


def _weights(n: Mapping[str, float], stage: str, ways: tuple[str, ...]) -> tuple[float, ...]:
    given = [n.get(f"stages.{stage}.next.{way}") for way in ways]
    rest = 1.0 - sum(share for share in given if share is not None)
    return tuple(rest if share is None else share for share in given)


def _mean(n: Mapping[str, float], stage: str) -> float:
    return n.get(f"stages.{stage}.lasts.gamma.mean", n.get(f"stages.{stage}.lasts", 0.0))


def _units(n: Mapping[str, float]) -> dict[str, int]:
    staffed = ("adviser", "box_leader", "talk_room", "group_room")
    units = {
        name: int(n[f"resources.{name}.fte"] * n[f"resources.{name}.caseload"] + 1e-9)
        for name in staffed
    }
    units["place"] = sum(
        int(n[f"resources.{name}.units"])
        for name in ("place_technical", "place_home_care", "place_other")
    )
    units["state_place"] = sum(
        int(n[f"resources.{name}.units"]) for name in ("ab_place", "individual_place")
    )
    return units


def _later_places(flow: Flow) -> tuple[tuple[float, int], ...]:
    """Return when further places come, and how many."""
    value, calendar = flow.resources["place_other"].units, flow.make_calendar()
    assert value is not None
    there, later = int(value.number), []
    for when, changed in value.changes:
        later.append((calendar.day_of(when), int(changed.number) - there))
        there = int(changed.number)
    return tuple(later)


def _opening_days(flow: Flow, stage: str) -> list[float]:
    opens = flow.stages[stage].opens
    assert opens is not None
    assert opens.every is not None
    return flow.make_calendar().openings(
        opens.every, opens.first or flow.starts, on_working_days=opens.next_working_day
    )


def _effect(n: Mapping[str, float], number: int, risk: str) -> Effect:
    by = next(iter(_under(n, f"effects.{number}.by.").items()), ("young", 1.0))
    return Effect(
        risk,
        n[f"effects.{number}.times"],
        *by,
        n[f"effects.{number}.for"],
        n.get(f"effects.{number}.fades", 0.0),
    )
