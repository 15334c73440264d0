"""One draw of a pilot: without the programme, as each design runs it, as a register shows it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from pilotsim.base import randomness
from pilotsim.base.arrays import Bools, Floats
from pilotsim.base.elementary import exp, normal_quantile
from pilotsim.evaluation.designs import NEVER, Assignment, Site
from pilotsim.evaluation.estimands import PROGRAMME, Estimand, Pair
from pilotsim.evaluation.evaluation import Design, Evaluation, EvaluationDistrict
from pilotsim.evaluation.evaluation_file import EvaluationDesignPart
from pilotsim.evaluation.measurement_error import blemish
from pilotsim.evaluation.register import Panel, RegisterView, observe_register
from pilotsim.evaluation.strategy import StrategySample
from pilotsim.measures.selections import select
from pilotsim.simulation.engines import drawn_numbers, run_replication, settled_numbers
from pilotsim.simulation.journeys import COLUMNS, Journeys
from pilotsim.simulation.population import Cohort
from pilotsim.simulation.resolved import ResolvedFlow


@dataclass(frozen=True)
class DistrictDraw:
    """A district in one draw without the programme.

    Parameters
    ----------
    place : EvaluationDistrict
        The district.
    plan : ResolvedFlow
        Its flow with its numbers.
    replication : int
        The seed of its clients.
    without : Journeys
        What happens if nobody is offered the programme.
    panel : Panel
        What a register shows of that.
    population : ndarray of bool, shape (clients,)
        Whom the evaluation is about.
    """

    place: EvaluationDistrict
    plan: ResolvedFlow
    replication: int
    without: Journeys
    panel: Panel
    population: Bools


@dataclass(frozen=True)
class Pilot:
    """A pilot as a design runs it, in all districts.

    Parameters
    ----------
    pair : Pair
        All clients with the pilot and without any programme.
    programme : Panel or None
        All clients if everyone of the population is offered the programme at once.
    arm, block : ndarray of float, shape (clients,)
        Who is compared with whom, and within what; NaN for who is in no arm.
    listed : int
        The month with which offers begin.
    part : EvaluationDesignPart
        The design.
    seed, draw : int
        What the faults of a register are drawn from.
    """

    pair: Pair
    programme: Panel | None
    arm: Floats
    block: Floats
    listed: int
    part: EvaluationDesignPart
    seed: int
    draw: int

    @property
    def compared(self) -> Bools:
        """With whom the offered are compared, shape (clients,)."""
        return np.asarray(self.arm == 0.0)

    @cached_property
    def sample(self) -> StrategySample:
        """What the register shows of the clients in the arms."""
        return self._shown_of(self.pair.present)

    @cached_property
    def null(self) -> StrategySample:
        """The same had the programme done nothing at all.

        The same offers and starts, and the outcomes of the world without it.
        """
        present = self.pair.present
        return self._shown_of(
            replace(self.pair.absent, offered=present.offered, started=present.started)
        )

    def _shown_of(self, panel: Panel) -> StrategySample:
        chosen = ~np.isnan(self.arm)
        return StrategySample(
            blemish(panel.select(chosen), self.part.sees, self.seed, self.draw),
            self.arm[chosen],
            self.block[chosen],
            self.listed,
            self.part,
        )

    def pair_of(self, estimand: Estimand) -> Pair:
        """Return the two worlds that an estimand compares."""
        if estimand.world != PROGRAMME or self.programme is None:
            return self.pair
        return replace(self.pair, present=self.programme)


def make_worlds(
    evaluation: Evaluation, draw: int, effect_scale: float | None = None
) -> tuple[DistrictDraw, ...]:
    """Return every district of a draw, without the programme.

    `effect_scale` is that of the programme where it is run in them later; None leaves it as the
    flow has it.
    """
    return tuple(
        _world(evaluation, place, number, draw, effect_scale)
        for number, place in enumerate(evaluation.places)
    )


def make_worlds_by_scale(
    evaluation: Evaluation, draw: int, effect_scales: Sequence[float]
) -> Iterator[tuple[DistrictDraw, ...]]:
    """Yield what `make_worlds` gives at each of some effect scales, from the least to the largest.

    The effect scale is the exponent of factors, and what it does to a client's clocks is monotone
    in it. So where nobody's journey without the programme differs between the least and the largest
    scale, it is the same at all between, and is run for these two alone.

    Parameters
    ----------
    evaluation : Evaluation
        What is evaluated.
    draw : int
        The draw.
    effect_scales : sequence of float
        Rising.
    """
    least, largest = (make_worlds(evaluation, draw, effect_scales[end]) for end in (0, -1))
    alike = all(_is_same(one, other) for one, other in zip(least, largest, strict=True))
    for effect_scale in effect_scales:
        yield (
            tuple(
                replace(world, plan=_resolve(evaluation, world.place, draw, effect_scale))
                for world in least
            )
            if alike
            else make_worlds(evaluation, draw, effect_scale)
        )


def _is_same(one: DistrictDraw, other: DistrictDraw) -> bool:
    """Tell whether all that happens without the programme is the same in two draws."""
    who, others = one.without.cohort, other.without.cohort
    columns = [(getattr(one.without, name), getattr(other.without, name)) for name in COLUMNS]
    columns += [(who.key, others.key), (who.arrives, others.arrives), (who.past, others.past)]
    columns += [(trait, others.traits[name]) for name, trait in who.traits.items()]
    return all(np.array_equal(first, second, equal_nan=True) for first, second in columns)


def _world(
    evaluation: Evaluation,
    place: EvaluationDistrict,
    number: int,
    draw: int,
    effect_scale: float | None,
) -> DistrictDraw:
    replication = draw * len(evaluation.places) + number
    plan = _resolve(evaluation, place, draw, effect_scale)
    without = run_replication(plan, evaluation.seed, replication, offered=False)
    panel = observe_register(without, _look(evaluation, place))
    return DistrictDraw(
        place, plan, replication, without, panel, select(without, evaluation.population)
    )


def _resolve(
    evaluation: Evaluation, place: EvaluationDistrict, draw: int, effect_scale: float | None
) -> ResolvedFlow:
    """Return a district's flow with the numbers that it has in a draw."""
    # Assumptions are drawn once per draw, the same in all districts; what differs between districts
    # is said by `spread`.
    drawn = drawn_numbers(place.flow, evaluation.seed, [draw], fixed=evaluation.fixed)
    for path, width in evaluation.spread.items():
        u = randomness.uniform(
            evaluation.seed,
            draw,
            randomness.code("spread"),
            randomness.code(place.name),
            randomness.code(path),
            0,
        )
        drawn[0, place.flow.values[path].slot] *= exp(width * normal_quantile(u))
    if effect_scale is not None and evaluation.effects is not None:
        drawn[0, place.flow.shared[evaluation.effects.strength].slot] = effect_scale
    return ResolvedFlow(place.flow, settled_numbers(place.flow, drawn)[0], place.calendar)


def _look(evaluation: Evaluation, place: EvaluationDistrict) -> RegisterView:
    return RegisterView(evaluation.treatment, evaluation.per_month, place.name)


def run_pilot(
    evaluation: Evaluation, design: Design, worlds: tuple[DistrictDraw, ...], draw: int
) -> Pilot:
    """Return the pilot of a draw as a design runs it.

    Parameters
    ----------
    evaluation : Evaluation
        What is evaluated.
    design : Design
        Who is offered the programme when.
    worlds : tuple of DistrictDraw
        The districts of the draw.
    draw : int
        Its number.
    """
    taking_part = tuple(
        world
        for world in worlds
        if design.part.only is None or world.place.name in design.part.only
    )
    sites = tuple(_run_site(evaluation, design, world, taking_part, draw) for world in taking_part)
    programme = None
    if any(strategy.estimand.world == PROGRAMME for strategy in design.strategies):
        programme = Panel.join([_run_programme(evaluation, world) for world in taking_part])
    present = Panel.join([panel for panel, _ in sites])
    absent = Panel.join([world.panel for world in taking_part])
    arm, block, responds, chance = (
        np.concatenate([getattr(a, name) for _, a in sites])
        for name in ("arm", "block", "responds", "chance")
    )
    # Lots are drawn in each district by itself, so that blocks of two districts are two blocks.
    block = block * len(taking_part) + present.district
    population = np.concatenate([world.population for world in taking_part])
    if design.part.several is not None:
        # Of several arms the truth is that of the two that are compared.
        population = population & ~np.isnan(arm)
    would_start = np.isfinite((programme or present).started)
    pair = Pair(
        present,
        absent,
        population,
        responds,
        would_start,
        evaluation.listed,
        arm,
        _below_limit(design, taking_part),
        # Of others than those who were to choose among nobody knows with what chance they came.
        chance if design.part.against is None else np.full(len(chance), np.nan),
    )
    return Pilot(pair, programme, arm, block, evaluation.listed, design.part, evaluation.seed, draw)


def _below_limit(design: Design, worlds: tuple[DistrictDraw, ...]) -> Floats | None:
    """Return how far below the limit of a design each client lies; None where it has none."""
    limit = design.part.limit
    if limit is None:
        return None
    traits = [world.without.cohort.traits[limit.trait] for world in worlds]
    return np.asarray(limit.below.number - np.concatenate(traits), np.float64)


def _run_site(
    evaluation: Evaluation,
    design: Design,
    world: DistrictDraw,
    taking_part: tuple[DistrictDraw, ...],
    draw: int,
) -> tuple[Panel, Assignment]:
    compared = (
        select(world.without, design.part.against)
        if design.part.against
        else np.zeros(len(world.population), np.bool_)
    )
    names = tuple(one.place.name for one in taking_part)
    site = Site(
        world.without.cohort,
        world.population,
        compared & ~world.population,
        evaluation.begins,
        world.place.name,
        names,
        evaluation.seed,
        draw,
    )
    assignment = design.part.rule.assign(site)
    others = evaluation.begins if design.part.others == "offered" else NEVER
    decided = world.population | compared
    times = np.where(decided, assignment.offered_from, others)
    return _observe(evaluation, world, times), assignment


def _observe(evaluation: Evaluation, world: DistrictDraw, times: Floats) -> Panel:
    def offers(cohort: Cohort) -> Floats:
        return times

    journeys = run_replication(world.plan, evaluation.seed, world.replication, offered=offers)
    return observe_register(journeys, _look(evaluation, world.place))


def _run_programme(evaluation: Evaluation, world: DistrictDraw) -> Panel:
    return _observe(evaluation, world, np.where(world.population, evaluation.begins, NEVER))


def run_programme_pair(evaluation: Evaluation, worlds: tuple[DistrictDraw, ...]) -> Pair:
    """Return all clients, with the programme offered to the whole population and to nobody.

    The offer comes to all at once, when the pilot begins.
    """
    present = Panel.join([_run_programme(evaluation, world) for world in worlds])
    absent = Panel.join([world.panel for world in worlds])
    population = np.concatenate([world.population for world in worlds])
    return Pair(
        present, absent, population, population, np.isfinite(present.started), evaluation.listed
    )
