"""Whatever can be asked of a flow: random measures of every kind, with every part that a measure may have."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from random import Random
from typing import Any

from hypothesis import strategies as st

from pilotsim.model.clients import GROUP, PAST
from pilotsim.model.flow import Flow
from pilotsim.model.targets import ENTRY, MEASURES, Measure
from tests.random_flows import flows

Plain = dict[str, Any]
LENGTHS = ("1 day", "10 days", "2.5 days", "1 month", "2 months", "3 working days")
STATES = ("assistance", "work", "other_benefit", "education", "unknown")
QUANTILES = ("10 %", "50 %", "90 %", "100 %")


def with_money(plain: Plain, seed: int) -> Plain:
    """Return a flow with prices, lines of a budget, and now and then a time that does not count."""
    rng = Random(seed)
    stages, groups = sorted(plain["stages"]), sorted(plain["groups"])
    resources = {
        name: {**one, price_of(one): rng.randint(1, 9) * 1000, "always": rng.random() < 0.5}
        for name, one in plain["resources"].items()
    }
    state = plain["stages"][stages[0]]["counts_as"]
    costs: Plain = {
        "while_there": {"per_month": 100, "in": stages[:2]},
        "work_days": {"per_day": -3.5, "in": stages[-3:], "working_days": True},
        "some": {"per_day": 7, "state": state, "groups": groups[:1]},
        "lights": {"per_month": 31},
        "rent": {"per_month": 29, "always": True},
    }
    # What would be paid each time that a stay goes on is refused.
    whole = [name for name in stages if "interrupted" not in plain["stages"][name]]
    costs |= {"starts": {"per_start": 11, "in": whole}} if whole else {}
    warm_up = {"warm_up": rng.choice(("1 day", "7 days"))} if rng.random() < 0.3 else {}
    if plain["lasts"] == "1 day":
        warm_up = {}
    return {**plain, "resources": resources, "costs": costs, **warm_up}


def price_of(resource: Plain) -> str:
    """Return the key of the price of a resource."""
    return "price_per_hour" if "shifts" in resource else "price_per_month"


def asked_flows() -> st.SearchStrategy[Plain]:
    """Return random flows with money, as plain values."""
    return st.builds(with_money, flows(), st.integers(0, 1000))


def measures_of(flow: Flow, seed: int) -> list[Measure]:
    """Return three random measures of each kind that a flow has something for."""
    asks = _Asks(flow, Random(seed))
    found = []
    for kind in MEASURES:
        for _ in range(3):
            plain = asks.measure(kind)
            if plain is not None:
                found.append(Measure.model_validate(plain))
    return found


class _Asks:
    """Draws the parts of a measure."""

    def __init__(self, flow: Flow, rng: Random) -> None:
        self.flow = flow
        self.rng = rng
        self.stages = list(flow.stages)
        self.kinds: Mapping[str, Callable[[], Plain | None]] = {
            "share": self.share,
            "count": self.count,
            "change_in": lambda: {"change_in": self.state(), **self.windowed()},
            "mean_in": lambda: {"mean_in": self.state(), **self.windowed()},
            "months_in": lambda: {"months_in": self.state(), **self.windowed()},
            "calendar_months": self.calendar_months,
            "wait": lambda: {"wait": self.one(self.stages), **self.windowed(), **self.quantile()},
            "time": self.time,
            "spell": self.spell,
            "use": self.use,
            "hours": self.hours,
            "cost": self.cost,
        }

    def measure(self, kind: str) -> Plain | None:
        plain = self.kinds[kind]()
        if plain is None or kind == "use":
            return plain
        if "of" not in plain and self.often():
            plain["of"] = self.selection()
        return plain

    # Small parts.

    def often(self, one_in: int = 2) -> bool:
        return self.rng.randrange(one_in) == 0

    def one(self, choices: Any) -> Any:
        return self.rng.choice(list(choices))

    def some(self, choices: Any, most: int = 3) -> list[Any]:
        choices = list(choices)
        return self.rng.sample(choices, min(len(choices), self.rng.randint(1, most)))

    def state(self) -> str:
        there = [stage.counts_as for stage in self.flow.stages.values()]
        return self.one([state for state in there if state in STATES] or STATES)

    def day(self, first: int = -20, last: int = 120) -> date:
        return self.flow.starts + timedelta(days=self.rng.randint(first, last))

    def window(self) -> list[str]:
        first = self.day()
        return [first.isoformat(), (first + timedelta(days=self.rng.randint(1, 70))).isoformat()]

    def windowed(self) -> Plain:
        return {"between": self.window()} if self.often(3) else {}

    def quantile(self) -> Plain:
        return {"quantile": self.one(QUANTILES)} if self.often() else {}

    def after(self) -> list[str]:
        return [ENTRY] if self.often(3) else self.some(self.stages, 2)

    # Selections.

    def selection(self, depth: int = 0) -> Plain:
        plain: Plain = {}
        if self.often(3):
            plain["groups"] = self.some(self.flow.groups, 2)
        if self.often(4):
            plain["origin"] = self.one(("stock", "arrivals"))
        if self.often(4):
            plain["traits"] = self.traits()
        drawn = self.rng.randrange(4)
        if drawn in (0, 1):
            plain |= self.move()
        elif drawn == 2:
            plain |= self.there()
        if depth < 2 and self.often(3):
            plain["any"] = [self.selection(depth + 1) for _ in range(self.rng.randint(1, 2))]
        if depth < 2 and self.often(3):
            plain["none"] = [self.selection(depth + 1)]
        return plain

    def traits(self) -> Plain:
        categories = {
            name: list(trait.categories)
            for name, trait in self.flow.traits.items()
            if trait.categories
        }
        categories[GROUP] = list(self.flow.groups)
        name = self.one((*self.flow.traits, GROUP, PAST))
        return {name: self.one(categories[name]) if name in categories else self.often()}

    def move(self, *, bare: bool = False) -> Plain:
        plain: Plain
        if self.flow.risks and self.often(4):
            plain = {"left_by": self.one(self.flow.risks)}
        else:
            plain = {self.one(("reached", "started", "finished", "left")): self.some(self.stages)}
        if plain.keys() & {"left_by", "finished", "left"} and self.often(3):
            plain["to"] = self.some(self.stages)
        if bare:
            return plain
        if self.often(4):
            plain["between"] = self.window()
        if self.often():
            plain["after"] = self.after()
            if self.often():
                plain["within"] = self.one(LENGTHS)
        return plain

    def there(self) -> Plain:
        plain: Plain = {}
        if self.often():
            plain["state"] = self.state()
        if not plain or self.often(4):
            plain["in_stage"] = self.some(self.stages)
        drawn = self.rng.randrange(5)
        if drawn == 0:
            plain |= {"between": self.window()}
        elif drawn == 1:
            least = self.rng.randint(0, 2)
            plain |= {"between": self.window(), "months": [least, least + self.rng.randint(0, 2)]}
            if self.often():
                plain["counted_on"] = self.rng.randint(1, 31)
        elif drawn == 2:
            plain["at"] = f"{self.one(LENGTHS)} after {self.after()[0]}"
        elif drawn == 3:
            plain["at"] = self.one(("start", "end", self.day().isoformat()))
        return plain

    # Kinds of measures.

    def share(self) -> Plain:
        if self.often(3):
            asked = self.move(bare=True) | {"after": self.after(), "within": self.one(LENGTHS)}
            plain = {"share": asked, "of": self.selection(), "followed": "survival"}
            return plain | ({"competing": self.some(self.stages, 2)} if self.often() else {})
        plain = {"share": self.selection(), "of": self.selection()}
        return plain | ({"each": "visit"} if self.often(3) else {})

    def count(self) -> Plain:
        return {"count": self.selection(), **({"each": "visit"} if self.often(3) else {})}

    def calendar_months(self) -> Plain:
        on = {"counted_on": self.rng.randint(1, 31)} if self.often() else {}
        return {"calendar_months": self.state(), **self.windowed(), **on}

    def time(self) -> Plain:
        ends = {"from": self.one(self.stages), "to": self.one(self.stages)}
        return {"time": ends, **self.windowed(), **self.quantile()}

    def spell(self) -> Plain:
        spell: Plain = (
            {"state": self.state()} if self.often() else {"in_stage": self.some(self.stages)}
        )
        days = [one for one in LENGTHS if "working" not in one]
        drawn = self.rng.randrange(3)
        if drawn == 0:
            spell |= {"longer_than": self.one(days), "began": self.window()}
        elif drawn == 1:
            spell |= {"returns_within": self.one(days)}
        if drawn > 0 or self.often(3):
            spell["ended"] = self.window()
        if self.often(3):
            spell["gap"] = self.one(days)
        if self.often(3):
            spell["counted_on"] = self.rng.randint(1, 31)
        return {"spell": spell, **self.quantile()}

    def use(self) -> Plain | None:
        if not self.flow.resources:
            return None
        return {"use": self.one(self.flow.resources), **self.windowed()}

    def hours(self) -> Plain | None:
        counted = [name for name, one in self.flow.resources.items() if one.shifts is None]
        if not counted:
            return None
        stages = {"in_stages": self.some(self.stages)} if self.often() else {}
        return {"hours": self.one(counted), **stages, **self.windowed(), **self.per()}

    def cost(self) -> Plain | None:
        priced = [name for name, one in self.flow.resources.items() if one.price is not None]
        names = [*self.flow.costs, *priced]
        if not names:
            return None
        return {"cost": self.some(names, 4), **self.windowed(), **self.per()}

    def per(self) -> Plain:
        drawn = self.rng.randrange(5)
        if drawn == 0:
            return {"per": self.selection()}
        if drawn == 1:
            return {"per_month_in": self.state()}
        return {"per_month_in_stage": self.some(self.stages)} if drawn == 2 else {}
