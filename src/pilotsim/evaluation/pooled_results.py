"""Results of several plans put together: one question, in several districts or pilots.

Only what was released of each is used, so that pooling tells nothing more of anybody.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from pilotsim.base.arguments import checks_arguments
from pilotsim.base.errors import EstimationError, RequestError, did_you_mean
from pilotsim.base.from_above import Shown
from pilotsim.base.messages import Message
from pilotsim.effects.effect import Effect
from pilotsim.effects.pooling import PooledEffect, pool_effects
from pilotsim.evaluation.result_files import FiledAnswer, FiledResult

LEAST_PLACES = 2


@dataclass(frozen=True)
class PooledPlace:
    """A result that is pooled.

    Parameters
    ----------
    result : FiledResult
        The result.
    answer : FiledAnswer
        The answer of it that is pooled.
    effect : Effect or None
        What it says; None where nothing of it was released.
    """

    result: FiledResult
    answer: FiledAnswer
    effect: Effect | None


@dataclass(frozen=True)
class PooledAnswers(Shown):
    """One question in several places.

    Parameters
    ----------
    places : tuple of PooledPlace
        Each place with its effect, in the order that was given.
    left_out : tuple of PooledPlace
        Those of which no effect was released.
    pooled : PooledEffect
        What they come to.
    level : float
        Of the intervals.
    """

    places: tuple[PooledPlace, ...]
    left_out: tuple[PooledPlace, ...]
    pooled: PooledEffect
    level: float

    @property
    def first(self) -> FiledAnswer:
        """The first place's answer, which says what is asked and in which unit."""
        return self.places[0].answer


@checks_arguments
def pool(
    results: Sequence[FiledResult], *, answer: str | None = None, level: float = 0.95
) -> PooledAnswers:
    """Return what several results say together of one question.

    Parameters
    ----------
    results : sequence of FiledResult
        As `read_result` returns them, each of a folder or a file that an analysis was written to;
        of different clients.
    answer : str, optional
        The name of the answer that is pooled; of each plan the first, which decides, unless given.
    level : float
        Of the intervals.

    Raises
    ------
    RequestError
        There is no result, or one that `read_result` did not read; a plan was changed after it was
        written; a result is of a look along the way, and not of the end of its plan; a result is
        given twice, or two results are of the same clients; questions, populations or units
        differ; a result has no such answer, or no size.
    EstimationError
        Fewer than two effects were released.

    Examples
    --------
    >>> found = pilotsim.pool([pilotsim.read_result(place) for place in ("oslo", "bergen")])
    ...                                                              # doctest: +SKIP
    """
    if not results or not all(isinstance(one, FiledResult) for one in results):
        raise RequestError(
            Message("results: expected what pilotsim.read_result returns, of two places or more")
        )
    _check_results(results)
    chosen = [_choose(result, answer, level) for result in results]
    for one in chosen[1:]:
        _check_alike(chosen[0], one)
    places = tuple(one for one in chosen if one.effect is not None)
    left_out = tuple(one for one in chosen if one.effect is None)
    if len(places) < len(chosen) and len(places) < LEAST_PLACES:
        raise EstimationError(
            Message(
                "two effects or more are needed; of {names} no effect with an error was released",
                names=", ".join(one.result.name for one in left_out),
            )
        )
    effects = [one.effect for one in places if one.effect is not None]
    pooled = pool_effects(effects, level=level)
    if chosen[0].answer.unit == "share":
        pooled = _of_shares(pooled)
    return PooledAnswers(places, left_out, pooled, level)


def _of_shares(pooled: PooledEffect) -> PooledEffect:
    """Return what differences of shares come to: no larger than 1, however little a few tell."""
    overall, common = (
        replace(own, low=_share(own.low), high=_share(own.high))
        for own in (pooled.overall, pooled.common)
    )
    low, high = _share(pooled.low), _share(pooled.high)
    return replace(pooled, overall=overall, common=common, low=low, high=high)


def _share(end: float) -> float:
    """Return an end of an interval, at most 1 from zero; NaN stays."""
    return min(max(end, -1.0), 1.0)


def _check_results(results: Sequence[FiledResult]) -> None:
    seen: dict[str, FiledResult] = {}
    for one in results:
        if not one.unchanged:
            raise RequestError(
                Message(
                    "{name}: the plan was changed after it was written, so that nobody knows "
                    "whether the question was chosen by its answer; it is not pooled",
                    name=one.name,
                )
            )
        if one.look is not None and not one.look.is_end:
            raise RequestError(
                Message(
                    "{name} is look {number} of {count}, after {months} months, and not the end "
                    "of the plan '{plan}'; who stops where an effect looks large would make the "
                    "pooled effect too large. Pool what the plans find at their end",
                    name=one.name,
                    number=one.look.number,
                    count=one.look.count,
                    months=one.look.months,
                    plan=one.plan,
                )
            )
        other = seen.get(one.digest)
        if other is not None:
            raise RequestError(
                Message(
                    "{name} and {other} are the same result; its clients would count twice",
                    name=one.name,
                    other=other.name,
                )
            )
        other = seen.get(one.clients_digest)
        if other is not None:
            raise RequestError(
                Message(
                    "{name} (plan {plan}) and {other} (plan {other_plan}) are of the same clients, "
                    "who would count twice",
                    name=one.name,
                    plan=one.plan,
                    other=other.name,
                    other_plan=other.plan,
                )
            )
        seen |= {key: one for key in (one.digest, one.clients_digest) if key}


def _choose(result: FiledResult, name: str | None, level: float) -> PooledPlace:
    by_name = {own.answer: own for own in result.answers}
    if name is not None and name not in by_name:
        raise RequestError(
            Message(
                "{result}: no answer '{name}'{meant}",
                result=result.name,
                name=name,
                meant=did_you_mean(name, by_name),
            )
        )
    answer = result.answers[0] if name is None else by_name[name]
    if answer.unit == "test":
        raise RequestError(
            Message(
                "{result}: {estimator} tests whether there is an effect and has no size; name an "
                "answer that has one (--answer)",
                result=result.name,
                estimator=answer.estimator,
            )
        )
    return PooledPlace(result, answer, answer.effect(level))


def _check_alike(first: PooledPlace, other: PooledPlace) -> None:
    """Refuse to put together what answers different questions, or counts in different things."""
    one, two = first.answer, other.answer
    parts = (
        (Message("what is asked"), one.inquiry.kind, two.inquiry.kind),
        (Message("the months"), one.inquiry.months, two.inquiry.months),
        (Message("the outcome"), one.inquiry.outcome, two.inquiry.outcome),
        (Message("whose effect it is"), one.inquiry.who, two.inquiry.who),
        (Message("the world it is compared in"), one.inquiry.world, two.inquiry.world),
        (Message("the subgroup"), _traits(one), _traits(two)),
        # Of a result that was not released nobody knows the scale.
        (
            Message("the unit"),
            one.unit if first.effect and other.effect else "",
            two.unit if first.effect and other.effect else "",
        ),
    )
    for what, own, others in parts:
        if own != others:
            raise RequestError(
                Message(
                    "{first} and {other} are not pooled: {what} differs ({one}; {two})",
                    first=first.result.name,
                    other=other.result.name,
                    what=what,
                    one=str(own),
                    two=str(others),
                )
            )


def _traits(answer: FiledAnswer) -> str:
    traits = sorted(answer.inquiry.traits.items())
    return ", ".join(f"{name}: {wanted}" for name, wanted in traits) or "-"
