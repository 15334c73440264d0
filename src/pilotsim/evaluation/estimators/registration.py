"""The register of estimators: what evaluation files, plans, schemas and documentation read."""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from types import MappingProxyType
from typing import Any

import numpy as np

from pilotsim.base.errors import EstimationError, RequestError, did_you_mean
from pilotsim.base.messages import Message
from pilotsim.base.text import Text
from pilotsim.effects.effect import Effect, Scale
from pilotsim.effects.evidence import Evidence
from pilotsim.effects.references.second_fit import Reference
from pilotsim.evaluation.contract import Contract, check_inquiry, check_possible, check_right
from pilotsim.evaluation.designs import DataStrategy
from pilotsim.evaluation.estimands import Estimand
from pilotsim.evaluation.options import OptionType, check_options, options_of
from pilotsim.evaluation.strategy import Strategy, StrategySample
from pilotsim.model.own_code import ESTIMATOR, OUTCOME, REGISTERED, provide_code, register_code

Adapter = Callable[[StrategySample, Strategy], Effect]
# The same by a library, or why it has no such model with the options of an answer.
ReferenceAdapter = Callable[[StrategySample, Strategy], Reference | Message]

_REGISTERED: dict[str, Estimator] = {}


@dataclass(frozen=True)
class Estimator:
    """An estimator that answers of evaluation files and plans can name.

    Parameters
    ----------
    name : str
        Its name in files.
    estimate : callable
        From a sample and a strategy to an effect.
    rests_on : Message
        What must be true for it to be right.
    uses : tuple of callable
        The functions of `pilotsim.effects` that do the work; the first one gives the estimate.
    options : mapping of str to OptionType
        What `options` of an answer may name, and what each may be.
    contract : Contract
        What it answers, of whom, under which assignments.
    scale : {"difference", "log_ratio", "test"}
        What its effect is counted in.
    evidence : callable or None
        From a sample and a strategy to what can be drawn beside the effect: curves, or effects by
        time since the start. None where nothing is, or where the trends before are.
    follows_lots : bool
        Whether lots drawn anew are all that tells one arm from the other for it, so that they show
        what it would find without any effect.
    compares_arms : bool
        Whether it compares the offered with those in the other arm, so that it rests on how these
        were set apart.
    uses_starts : bool
        Whether it tells how many started the programme in either arm.
    rests_on_trends : bool
        Whether it rests on parallel trends, so that those before and honest bounds stand beside it.
    reference : callable or None
        From a sample and a strategy to the same answer by a well-kept library, which an answer on a
        real register must agree with; never asked in the scoring of designs. Where it is None, the
        reason stands in `WITHOUT_REFERENCE`.
    """

    name: str
    estimate: Adapter
    rests_on: Message
    uses: tuple[Callable[..., Any], ...]
    options: Mapping[str, OptionType]
    contract: Contract
    scale: Scale = "difference"
    evidence: Callable[[StrategySample, Strategy], Evidence] | None = None
    follows_lots: bool = False
    compares_arms: bool = True
    uses_starts: bool = False
    rests_on_trends: bool = False
    reference: ReferenceAdapter | None = None


def estimator(
    name: str,
    *uses: Callable[..., Any],
    rests_on: Message,
    contract: Contract,
    options: tuple[str, ...] = (),
    sets: tuple[str, ...] = (),
    scale: Scale = "difference",
    evidence: Callable[[StrategySample, Strategy], Evidence] | None = None,
    follows_lots: bool = False,
    compares_arms: bool = True,
    uses_starts: bool = False,
    rests_on_trends: bool = False,
    reference: ReferenceAdapter | None = None,
    code: Sequence[Callable[..., Any]] = (),
    constants: Sequence[Any] = (),
) -> Callable[[Adapter], Adapter]:
    """Return a decorator that registers an adapter: a function that takes arrays from a sample.

    One of a module of a user's own is noted with its version (`pilotsim.model.own_code`).

    Parameters
    ----------
    name, rests_on, contract, scale, evidence, follows_lots, compares_arms, uses_starts,
    rests_on_trends, reference
        As in `Estimator`.
    *uses : callable
        The functions of `pilotsim.effects` that the adapter hands arrays to.
    options : tuple of str
        Options that the adapter itself reads, beside those of the functions.
    sets : tuple of str
        Options of the functions that the adapter sets, and an answer cannot.
    code : sequence of callable
        What decides its numbers in place of the adapter, where that is none of the user's; with
        `constants`.
    """

    def register(adapter: Adapter) -> Adapter:
        if name in _REGISTERED:
            raise ValueError(f"estimator '{name}' is registered twice")
        own = (*(code or (adapter,)), *uses, evidence, reference)
        made_of = [one for one in own if one is not None]
        kind = (scale, follows_lots, compares_arms, uses_starts, rests_on_trends)
        register_code(name, ESTIMATOR, made_of, [*kind, *constants])
        _REGISTERED[name] = Estimator(
            name=name,
            estimate=adapter,
            rests_on=rests_on,
            uses=uses,
            options=options_of(uses, options, sets),
            contract=contract,
            scale=scale,
            evidence=evidence,
            follows_lots=follows_lots,
            compares_arms=compares_arms,
            uses_starts=uses_starts,
            rests_on_trends=rests_on_trends,
            reference=reference,
        )
        return adapter

    return register


def register_estimator(
    name: str,
    function: Callable[..., Effect],
    *,
    takes: Callable[[StrategySample, Strategy], tuple[Any, ...]],
    rests_on: Message,
    contract: Contract,
    reference: ReferenceAdapter | None = None,
    **defaults: Any,
) -> None:
    """Register an estimator whose arrays are all that its adapter would have to find.

    Parameters
    ----------
    name, rests_on, contract, reference
        As in `Estimator`.
    function : callable
        The estimator in `pilotsim.effects`.
    takes : callable
        Its arrays, from a sample and a strategy; see `pilotsim.evaluation.estimators.arrays`.
    **defaults
        Options that differ from the function's own, unless the answer says otherwise.
    """

    def estimate(sample: StrategySample, strategy: Strategy) -> Effect:
        options = {**defaults, **strategy.options}
        return function(*takes(sample, strategy), level=strategy.level, **options)

    estimator(
        name,
        function,
        rests_on=rests_on,
        contract=contract,
        follows_lots=True,
        reference=reference,
        code=(takes,),
        constants=sorted(defaults.items()),
    )(estimate)


@cache
def known_estimators() -> Mapping[str, Estimator]:
    """Return all estimators by name, in the order in which they are registered."""
    package = import_module(__name__.rpartition(".")[0])
    for module in pkgutil.iter_modules(package.__path__):
        import_module(f"{package.__name__}.{module.name}")
    return MappingProxyType(_REGISTERED)


def known_contracts() -> Mapping[str, Contract]:
    """Return what each estimator answers, by name."""
    return {name: found.contract for name, found in known_estimators().items()}


def check_under(
    strategy: Strategy,
    rule: DataStrategy,
    *,
    is_plan: bool,
    districts: Collection[str] = (),
) -> None:
    """Refuse an answer that a design cannot give.

    Parameters
    ----------
    strategy : Strategy
        The answer.
    rule : DataStrategy
        The design.
    is_plan : bool
        Whether also what would mislead is refused. An evaluation may try it, to show by how much.
    districts : collection of str
        All districts, where the file names them: how many there are decides what can be told.

    Raises
    ------
    RequestError
        Says why, and what would answer it.
    """
    check = check_right if is_plan else check_possible
    check(strategy, among_districts(rule, districts), known_contracts())


def among_districts(rule: DataStrategy, districts: Collection[str]) -> DataStrategy:
    """Return a design with all districts of a file, where it names those that take part nowhere."""
    if not districts or rule.only is not None:
        return rule
    return rule.model_copy(update={"only": tuple(districts)})


def find_estimator(name: str) -> Estimator:
    """Return an estimator by its name.

    Raises
    ------
    RequestError
        There is none; the message names the nearest.
    """
    known = known_estimators()
    if name not in known:
        raise RequestError(
            Message("no estimator '{name}'{meant}", name=name, meant=did_you_mean(name, known))
        )
    return known[name]


def make_strategy(
    name: str,
    estimator: str,
    estimand: Estimand,
    *,
    covariates: tuple[str, ...] = (),
    compare: str = "arms",
    level: float = 0.95,
    options: Mapping[str, Any] | None = None,
    says: Text | None = None,
    rules: Sequence[DataStrategy] = (),
) -> Strategy:
    """Return an answer strategy whose estimator is known and can answer what is asked.

    Parameters
    ----------
    name, estimator, estimand, covariates, compare, level, options, says
        As in `Strategy`.
    rules : sequence of DataStrategy
        The designs that it is asked under, where these are known: a refusal recommends what
        answers under all of them.

    Raises
    ------
    RequestError
        No such estimator, an option that it has not or that has a value it cannot take, or an
        inquiry that it cannot answer.
    """
    found = find_estimator(estimator)
    check_options(estimator, found.options, options or {})
    strategy = Strategy(
        name,
        estimator,
        estimand,
        covariates,
        compare,
        level,
        dict(options or {}),
        says,
        _code_of(estimator, ESTIMATOR),
        _code_of(estimand.outcome, OUTCOME),
    )
    check_inquiry(strategy, known_contracts(), rules)
    return strategy


def _code_of(name: str, kind: str) -> tuple[str, str, str] | None:
    own = REGISTERED.get(name)
    if own is None or own.kind != kind:
        return None
    return own.module, own.file, own.version


def provide_estimators(strategies: Iterable[Strategy]) -> None:
    """Start the estimators and outcomes of one's own, wherever the strategies are by now.

    Raises
    ------
    RequestError
        One is not here, or in another version than where the strategies were made.
    """
    for strategy in strategies:
        if strategy.code is not None:
            provide_code(strategy.estimator, *strategy.code)
        if strategy.outcome_code is not None:
            provide_code(strategy.estimand.outcome, *strategy.outcome_code)


def ask(strategy: Strategy, sample: StrategySample) -> Effect:
    """Return what an answer strategy says of a sample.

    Raises
    ------
    EstimationError
        The estimator cannot work on these data; says why.
    RequestError
        An option has a value that the estimator cannot take.
    """
    try:
        own = sample.among(strategy.estimand.traits)
        return find_estimator(strategy.estimator).estimate(own, strategy)
    except TypeError as fault:
        raise RequestError(
            Message(
                "{estimator}: {fault}; see pilotsim docs estimators for its options",
                estimator=strategy.estimator,
                fault=str(fault),
            )
        ) from fault
    except (np.linalg.LinAlgError, FloatingPointError) as fault:
        raise EstimationError(
            Message(
                "{estimator}: the arithmetic broke down ({fault})",
                estimator=strategy.estimator,
                fault=str(fault),
            )
        ) from fault
