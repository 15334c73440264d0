"""What a flow file asks: selections of clients, measures, targets with their readings, and contradictions of a source."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from pilotsim.fields import AnyValue, Day, Length, Names, Record, Share, State, Words, check_one_of
from pilotsim.values import Value, ValueFault


class Selection(Record):
    """Clients of whom all of the given things are true."""

    groups: Names | None = Field(None, description="Of one of these groups.")
    origin: Literal["stock", "arrivals"] | None = Field(None, description="There at the start, or come later.")
    traits: dict[str, bool | str] | None = Field(None, description="With these traits.")
    reached: Names | None = Field(None, description="Joined one of these stages.")
    started: Names | None = Field(None, description="Started in one of these stages.")
    finished: Names | None = Field(None, description="Finished one of these stages as planned.")
    left_by: str | None = Field(None, description="Left some stage by this risk.")
    after: str | None = Field(None, description="... at or after the client first joined this stage.")
    within: Length | None = Field(None, description="... and no later than this after it joined it.")
    in_stage: Names | None = Field(None, description="Is in one of these stages at the moment `at`.")
    state: State | None = Field(None, description="Counts as this in a register at the moment `at`.")
    at: Literal["start", "end"] | Day | None = Field(None, description="start, end (the default) or a date.")
    any_of: tuple[Selection, ...] | None = Field(None, alias="any", description="At least one of these is true.")
    none_of: tuple[Selection, ...] | None = Field(None, alias="none", description="None of these is true.")

    @model_validator(mode="after")
    def _makes_sense(self) -> Selection:
        moves = (self.reached, self.started, self.finished, self.left_by)
        if sum(move is not None for move in moves) > 1:
            raise ValueFault("expected one of reached, started, finished, left_by; join several by 'any'")
        if self.after is not None and not any(moves):
            raise ValueFault("'after' needs something that happens: reached, started, finished or left_by")
        if self.within is not None and self.after is None:
            raise ValueFault("'within' needs 'after': within how long of what?")
        if self.at is not None and self.state is None and self.in_stage is None:
            raise ValueFault("'at' needs 'state' or 'in_stage'")
        return self


class Between(Record):
    """From one moment of a client's way to another."""

    start: str = Field(alias="from", description="The first time the client joins this stage ...")
    end: str = Field(alias="to", description="... until it first joins this one after that.")


class Measure(Record):
    """One number from a run."""

    share: Selection | None = Field(None, description="The share of the clients in `of` that are also in this selection.")
    count: Selection | None = Field(None, description="How many clients are in this selection.")
    change_in: State | None = Field(None, description="How many more count as this at the end than at the start.")
    mean_in: State | None = Field(None, description="How many count as this on average over the pilot.")
    wait: str | None = Field(None, description="Days from joining this stage to starting in it.")
    time: Between | None = Field(None, description="Days between two moments.")
    use: str | None = Field(None, description="The share of this resource's unit-days that is used.")
    months_in: State | None = Field(None, description="Months that a client of `of` spends so on average.")
    cost: Names | None = Field(None, description="What these resources cost; `per` client of a selection.")
    of: Selection | None = Field(None, description="The clients that count; all, unless said.")
    per: Selection | None = Field(None, description="For `cost`: divided by how many are in this selection.")
    quantile: Share | None = Field(None, description="For times: this quantile instead of the mean.")

    @model_validator(mode="after")
    def _is_one(self) -> Measure:
        kinds = ("share", "count", "change_in", "mean_in", "wait", "time", "use", "months_in", "cost")
        check_one_of(self, kinds, "a measure")
        if self.share is not None and self.of is None:
            raise ValueFault("a share needs its base: of")
        return self

    @property
    def kind(self) -> str:
        """The name of the field that is given."""
        kinds = ("share", "count", "change_in", "mean_in", "wait", "time", "use", "months_in", "cost")
        return next(kind for kind in kinds if getattr(self, kind) is not None)


class Ceiling(Record):
    """The best a measure can be by arithmetic alone, before any simulation."""

    sum: str = Field(description="Numbers and names of the flow joined by + - * / and brackets.")
    says: Words = Field(description="What the sum counts, and what it presumes.")


class Reading(Record):
    """One way to read a target."""

    says: Words = Field(description="What this reading counts.")
    measure: Measure | None = Field(None, description="Left out where arithmetic alone judges.")
    at_least: AnyValue | None = Field(None, description="Overrides the target's bound.")
    at_most: AnyValue | None = Field(None, description="Overrides the target's bound.")
    ceiling: Ceiling | None = None

    @model_validator(mode="after")
    def _can_be_judged(self) -> Reading:
        if self.measure is None and self.ceiling is None:
            raise ValueFault("a reading needs a measure, or a ceiling that arithmetic alone can judge")
        return self


class Target(Record):
    """What somebody wants of the pilot, in their words."""

    says: Words = Field(description="The words of the people who set it.")
    kind: Literal["activity", "result", "assignment"] = "result"
    source: str | None = None
    assumption: Words | None = None
    at_least: AnyValue | None = None
    at_most: AnyValue | None = None
    measure: Measure | None = None
    ceiling: Ceiling | None = None
    readings: dict[str, Reading] | None = None

    @model_validator(mode="after")
    def _is_complete(self) -> Target:
        if self.readings is None and self.measure is None and self.ceiling is None:
            raise ValueFault("a target needs a measure, or several readings")
        if self.readings is not None and (self.measure is not None or self.ceiling is not None):
            raise ValueFault("a target has either one measure or several readings")
        bounds = [(self.at_least, self.at_most), *((r.at_least, r.at_most) for r in (self.readings or {}).values())]
        for at_least, at_most in bounds:
            if at_least is not None and at_most is not None:
                raise ValueFault("a target is met at_least or at_most at its bound, not both")
        bounded = self.at_least is not None or self.at_most is not None
        open_ended = [r for r in (self.readings or {}).values() if r.at_least is None and r.at_most is None]
        if not bounded and (self.readings is None or open_ended):
            raise ValueFault("a target needs a bound: at_least or at_most")
        return self

    def all_readings(self) -> dict[str, Reading]:
        """Return the readings by name; a target with one measure has the single reading `''`."""
        if self.readings is not None:
            return self.readings
        return {"": Reading(says=self.says, measure=self.measure, ceiling=self.ceiling)}

    def bound(self, reading: Reading) -> tuple[Value, bool]:
        """Return the bound of a reading, and whether it must be reached from below (`at_least`)."""
        for one in (reading, self):
            if one.at_least is not None:
                return one.at_least, True
            if one.at_most is not None:
                return one.at_most, False
        raise AssertionError("checked when built")


class Conflict(Record):
    """Two statements of a source that cannot both hold."""

    says: Words = Field(description="What contradicts what.")
    sum: str = Field(description="What the numbers come to.")
    stated: AnyValue = Field(description="What the source says instead.")
    source: str | None = None
    targets: Names = Field((), description="The targets that this touches.")
