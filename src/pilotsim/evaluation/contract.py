"""The contract between a design, an inquiry and an estimator: what answers what.

Each registered estimator has a `Contract`: the kinds of inquiry it answers, of whom, and under
which assignments it is right. Answers of evaluation files and plans are held against it when they
are read, so that no number is ever printed beside a question that it does not answer.

An evaluation file may try an answer under a design that breaks its assumption: that is how an
evaluation shows what misleads. A plan may not ask for it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import Any

from pilotsim.base.amounts import Amount
from pilotsim.base.errors import RequestError
from pilotsim.base.messages import Message, either
from pilotsim.effects.estimators.synthetic_comparison import FEWEST_OTHERS
from pilotsim.evaluation.advice import Advice
from pilotsim.evaluation.designs import (
    ASSIGNMENT_SAYS,
    BLOCKS,
    CHOSEN,
    DRAWN_DISTRICTS,
    ENCOURAGEMENT,
    LIMIT,
    LOTTERY,
    NAMED_DISTRICTS,
    NOBODY,
    PAIRS,
    STEPPED_WEDGE,
    WAITING_LIST,
    DataStrategy,
    Districts,
    Encouragement,
    Lottery,
    whole_months_of,
)
from pilotsim.evaluation.estimands import (
    AFTER_OFFER,
    AT,
    AT_LIMIT,
    COMPLIERS,
    CUMULATED,
    EITHER_WAY,
    ENCOURAGED,
    EVERYONE,
    MONTHS_UNTIL,
    NOT_OFFERED,
    OFFERED,
    PROGRAMME,
    REACHED,
    SINCE_LISTING,
    SINCE_OFFER,
    TREATED,
)
from pilotsim.evaluation.strategy import Strategy

# What both arms of a design show by the same month: what a comparison of arms can be asked for.
REDUCED = (AT, CUMULATED, REACHED, MONTHS_UNTIL)
# Errors of these kinds take clients for independent.
BY_CLIENT = ("classical", "HC")
# So many districts with the programme it takes to tell how they differ.
LEAST_NAMED = 2
WITHIN_SAYS: Mapping[str, Message] = {
    BLOCKS: Message("blocks or strata"),
    PAIRS: Message("pairs"),
}
UNIT_SAYS: Mapping[str, Message] = {
    "client": Message("clients"),
    "district": Message("districts"),
}


@dataclass(frozen=True)
class Contract:
    """What an estimator answers.

    Parameters
    ----------
    kinds : tuple of str
        The kinds of inquiry.
    who : tuple of str
        Whose effect it is where the arms of the design are compared.
    assignments : tuple of str
        Under which a plan may ask for it: those in which what it rests on holds by the design, or
        can hold. Words of `pilotsim.evaluation.designs.ASSIGNMENTS`.
    needs : tuple of str
        Assignments of which it needs one to have anything to work on; any, where it is empty.
    within : tuple of str
        Within what lots may have been drawn so that its error follows them: `BLOCKS`, `PAIRS` of
        `pilotsim.evaluation.designs`.
    by_lots : bool
        Whether its p-value is what the lots, drawn anew, could have given.
    between : bool
        Whether its error is that between districts where districts were chosen, so that it takes
        several with the programme.
    started : bool
        Whether it can compare who started with who did not: whether it allows for what sets them
        apart.
    slopes : int
        How many coefficients it has for each covariate.
    covariates : bool
        Whether it adjusts for covariates, and has nothing to work on without any.
    constant : mapping of str to str
        Options with which it takes the effect for the same in every month, by the word that says
        so: one number then stands beside every length of time.
    others : int
        Of whole districts: so many more without the programme than with it must there be, less the
        one that is always needed; 0 where that is no limit.
    """

    kinds: tuple[str, ...]
    who: tuple[str, ...] = (OFFERED,)
    assignments: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    within: tuple[str, ...] = ()
    by_lots: bool = False
    between: bool = False
    started: bool = False
    slopes: int = 0
    covariates: bool = False
    constant: Mapping[str, str] = field(default_factory=dict)
    others: int = 0

    def answered_who(self, compare: str, options: Mapping[str, Any]) -> tuple[str, ...]:
        """Return whose effect it is, by what is compared and whom the options aim at."""
        if options.get("target") == "ATE":
            return (EVERYONE,)
        return (TREATED,) if compare == "started" else self.who

    def constant_by(self, options: Mapping[str, Any]) -> str:
        """Return the option by which the effect is the same in every month; empty for none."""
        found = (name for name, word in self.constant.items() if options.get(name) == word)
        return next((f"{name}: {self.constant[name]}" for name in found), "")


ANY_LOTS = (BLOCKS, PAIRS)
# Clients drawn by lot: the mean of those drawn and that of all are the same. Of those drawn to be
# encouraged it is what the encouragement does (intention to treat).
DRAWN = Contract(
    REDUCED,
    (OFFERED, EVERYONE, ENCOURAGED),
    (LOTTERY, WAITING_LIST, ENCOURAGEMENT, DRAWN_DISTRICTS),
    within=ANY_LOTS,
)
WHOLE_DISTRICTS = Contract(REDUCED, (OFFERED, EVERYONE), (DRAWN_DISTRICTS,), within=ANY_LOTS)
DRAWN_ANEW = replace(DRAWN, by_lots=True)
# Adjusted for covariates: one slope for both arms, or one for each.
ADJUSTED = replace(DRAWN, slopes=1, covariates=True)
SLOPED = replace(ADJUSTED, slopes=2)
# Of districts that were drawn among all.
DISTRICTS_ALONE = Contract(REDUCED, (OFFERED, EVERYONE), (DRAWN_DISTRICTS,))
INSTRUMENT = Contract(REDUCED, (COMPLIERS, TREATED), (LOTTERY, ENCOURAGEMENT), within=(BLOCKS,))
LIMITED = Contract(REDUCED, (AT_LIMIT,), (LIMIT,), needs=(LIMIT,))
OBSERVED_CHOICE = Contract(
    REDUCED, (OFFERED,), (CHOSEN, LOTTERY, WAITING_LIST), started=True, covariates=True
)
# Matched clients are no lots, and few of them too few for the error of Abadie and Imbens: under a
# lottery an "ever" of 88 clients was found 8 times of 100 where there was nothing.
MATCHED_CHOICE = replace(OBSERVED_CHOICE, assignments=(CHOSEN,))
# Each counts by how far both arms were open to it: under a lottery that is all alike.
OVERLAPPING = Contract(
    REDUCED,
    (EITHER_WAY, OFFERED, EVERYONE),
    (LOTTERY, WAITING_LIST, CHOSEN),
    covariates=True,
)
_TRENDS = (LOTTERY, DRAWN_DISTRICTS, NAMED_DISTRICTS, CHOSEN)
# A sum of months changes as its months do; an ever or a wait has no such parallel.
CHANGES = Contract((AT, CUMULATED), (OFFERED,), _TRENDS, within=ANY_LOTS, between=True)
_DISTRICTS = (DRAWN_DISTRICTS, NAMED_DISTRICTS)
# Whole districts against others, all from the same month on.
FEW_DISTRICTS = Contract(
    (AT, CUMULATED), (OFFERED,), _DISTRICTS, needs=_DISTRICTS, others=FEWEST_OTHERS
)
# In a wedge each step is one district, whose own luck no error of theirs counts.
MONTH_OF_OFFER = Contract((AT, AFTER_OFFER), (OFFERED,), (*_TRENDS, WAITING_LIST), between=True)
MONTHS_SINCE_OFFER = Contract((SINCE_OFFER,), (OFFERED,), (*_TRENDS, WAITING_LIST), between=True)
# Errors are between clients, so that clients must be what was drawn or chosen.
IMPUTED = Contract((AFTER_OFFER, SINCE_OFFER), (OFFERED,), (LOTTERY, CHOSEN, WAITING_LIST))
INTERACTED = Contract((AFTER_OFFER, SINCE_OFFER), (OFFERED,), (LOTTERY, CHOSEN))
STEPS = Contract(
    (SINCE_OFFER, AFTER_OFFER),
    (OFFERED,),
    (STEPPED_WEDGE,),
    needs=(STEPPED_WEDGE,),
    within=(BLOCKS,),
    constant={"time": "constant"},
)
# Its error is that of months, which no lot drew.
SERIES = Contract((AT, CUMULATED), (OFFERED,), (NAMED_DISTRICTS, CHOSEN))
# Compared with nobody: right under no assignment, since who is listed is chosen by the outcome.
ALONE = Contract((AT,), (OFFERED,), ())
_DRAWN_CLIENTS = (LOTTERY, WAITING_LIST, ENCOURAGEMENT)
EVER = Contract((REACHED,), (OFFERED, EVERYONE, ENCOURAGED), _DRAWN_CLIENTS)
WAIT = Contract((MONTHS_UNTIL,), (OFFERED, EVERYONE, ENCOURAGED), _DRAWN_CLIENTS)
TAKING_PART = Contract((REACHED,), (TREATED,), (LOTTERY, CHOSEN, NOBODY))


def check_inquiry(
    strategy: Strategy,
    all_contracts: Mapping[str, Contract],
    rules: Sequence[DataStrategy] = (),
) -> None:
    """Refuse an inquiry that an estimator does not answer.

    Parameters
    ----------
    strategy : Strategy
        The answer.
    all_contracts : mapping of str to Contract
        Those of all estimators, for what would answer it.
    rules : sequence of DataStrategy
        The designs that it is asked under, so that what would answer it does so under all of them.

    Raises
    ------
    RequestError
        Names the estimator, what it was asked for, and what would answer it.
    """
    _refuse_first(_inquiry_faults, strategy, rules, all_contracts)


def check_possible(
    strategy: Strategy, rule: DataStrategy, all_contracts: Mapping[str, Contract]
) -> None:
    """Refuse an answer that has nothing to work on under a design.

    Raises
    ------
    RequestError
        The design has no limit, steps, or districts that the estimator needs, or too few of them;
        or offers come at different times, and the inquiry counts from listing; or the answer names
        no covariates, and the estimator adjusts for some.
    """
    _refuse_first(_possible_and_covariate_faults, strategy, (rule,), all_contracts)


def check_right(
    strategy: Strategy, rule: DataStrategy, all_contracts: Mapping[str, Contract]
) -> None:
    """Refuse an answer that would mislead under a design: what a plan may not ask for.

    Raises
    ------
    RequestError
        Says why, and what would answer the same inquiry under this design.
    """
    _refuse_first(_faults, strategy, (rule,), all_contracts)


def answering(
    strategy: Strategy, rule: DataStrategy | None, all_contracts: Mapping[str, Contract]
) -> tuple[str, ...]:
    """Return the estimators that answer the inquiry of an answer, without options.

    Under a design: those that a plan may ask for. The one home of what a refusal recommends.

    Parameters
    ----------
    strategy : Strategy
        The answer.
    rule : DataStrategy or None
        The design; None for those that answer it under some design.
    all_contracts : mapping of str to Contract
        Those of all estimators.
    """
    rules = () if rule is None else (rule,)
    plain = replace(strategy, options={})
    return tuple(
        name
        for name in all_contracts
        if _passes(replace(plain, estimator=name), rules, all_contracts)
    )


def _passes(
    strategy: Strategy, rules: Sequence[DataStrategy], all_contracts: Mapping[str, Contract]
) -> bool:
    """Whether a plan may ask an answer under each of some designs; under any, without them."""
    contract = all_contracts[strategy.estimator]
    silent = Advice(strategy, lambda _: False, ())
    if not rules:
        return next(_inquiry_faults(strategy, contract, None, silent), None) is None
    return all(next(_faults(strategy, contract, rule, silent), None) is None for rule in rules)


_Faults = Callable[
    [Strategy, Contract, "DataStrategy | None", Advice],
    Iterator[Message],
]


def _refuse_first(
    faults: _Faults,
    strategy: Strategy,
    rules: Sequence[DataStrategy],
    all_contracts: Mapping[str, Contract],
) -> None:
    rule = rules[0] if rules else None
    advice = Advice(
        strategy,
        lambda other: _passes(other, rules, all_contracts),
        tuple(all_contracts),
        _of_none(strategy, rule, all_contracts),
    )
    contract = all_contracts[strategy.estimator]
    fault = next(faults(strategy, contract, rule, advice), None)
    if fault is not None:
        raise RequestError(fault)


def _of_none(
    strategy: Strategy, rule: DataStrategy | None, all_contracts: Mapping[str, Contract]
) -> Message | str:
    """Return what is said where no estimator answers an inquiry."""
    estimand = strategy.estimand
    if not any(estimand.kind in own.kinds for own in all_contracts.values()):
        return Message(
            "; nor does any other estimator: it compares the same clients with the programme and "
            "without, which no register shows. A simulation knows both: pilotsim.twins"
        )
    if estimand.who == NOT_OFFERED:
        return Message(
            "; nor does any other estimator: whom the offered are compared with has nobody to be "
            "compared with"
        )
    if rule is None:
        return ""
    able = dict.fromkeys(
        assignment
        for own in all_contracts.values()
        if estimand.kind in own.kinds
        and estimand.who in own.answered_who(strategy.compare, strategy.options)
        for assignment in own.assignments
        if assignment != rule.assignment
    )
    if not able:
        return Message("; nothing answers this inquiry under any design")
    return Message(
        "; nothing answers this inquiry under this design: it takes one with {designs}",
        designs=either(ASSIGNMENT_SAYS[one] for one in able),
    )


def _faults(
    strategy: Strategy, contract: Contract, rule: DataStrategy | None, advice: Advice
) -> Iterator[Message]:
    """Yield all that stands against an answer in a plan."""
    parts = (_inquiry_faults, _possible_faults, _right_faults, _lots_faults, _covariate_faults)
    return chain.from_iterable(part(strategy, contract, rule, advice) for part in parts)


def _possible_and_covariate_faults(
    strategy: Strategy, contract: Contract, rule: DataStrategy | None, advice: Advice
) -> Iterator[Message]:
    """Yield why an answer has nothing to work on under a design, or no covariates."""
    parts = (_possible_faults, _covariate_faults)
    return chain.from_iterable(part(strategy, contract, rule, advice) for part in parts)


def _covariate_faults(
    strategy: Strategy, contract: Contract, rule: DataStrategy | None, advice: Advice
) -> Iterator[Message]:
    if contract.covariates and not strategy.covariates:
        yield Message(
            "{estimator} needs covariates; name observed traits in the answer's "
            "'covariates'{others}",
            estimator=strategy.estimator,
            others=advice.without_covariates(),
        )


def _inquiry_faults(
    strategy: Strategy, contract: Contract, rule: DataStrategy | None, advice: Advice
) -> Iterator[Message]:
    name, estimand = strategy.estimator, strategy.estimand
    if estimand.kind not in contract.kinds:
        yield Message(
            "{estimator} answers an inquiry with {names}, not one with '{kind}'{others}",
            estimator=name,
            names=either(contract.kinds),
            kind=estimand.kind,
            others=advice.others(),
        )
    if estimand.who == EVERYONE and estimand.world != PROGRAMME:
        yield Message(
            "{estimator}: the mean over everyone of a pilot counts those who were never "
            "offered it{others}",
            estimator=name,
            others=advice.asking("offered", "programme"),
        )
    answered = contract.answered_who(strategy.compare, strategy.options)
    if estimand.who not in answered:
        yield Message(
            "{estimator} answers for who: {names}, not for '{who}'{others}",
            estimator=name,
            names=either(answered),
            who=estimand.who,
            others=advice.others(),
        )


def _possible_faults(
    strategy: Strategy, contract: Contract, rule: DataStrategy | None, advice: Advice
) -> Iterator[Message]:
    assert rule is not None
    name, estimand = strategy.estimator, strategy.estimand
    if contract.needs and rule.assignment not in contract.needs:
        yield Message(
            "{estimator} needs a design with {needs}; this one has {found}",
            estimator=name,
            needs=either(ASSIGNMENT_SAYS[one] for one in contract.needs),
            found=ASSIGNMENT_SAYS[rule.assignment],
        )
    goes_by_offers = AFTER_OFFER in contract.kinds
    if estimand.kind in SINCE_LISTING and (
        rule.assignment == STEPPED_WEDGE or (rule.assignment == WAITING_LIST and goes_by_offers)
    ):
        yield Message(
            "{estimator}: with {design} offers come at different times, so that '{kind}' mixes "
            "those who have had it long with those who have just begun{others}",
            estimator=name,
            others=advice.asking("after_offer", "since_offer"),
            design=ASSIGNMENT_SAYS[rule.assignment],
            kind=estimand.kind,
        )
    if estimand.who == EVERYONE and rule.assignment in (STEPPED_WEDGE, WAITING_LIST):
        yield Message(
            "{estimator}: with {design} nobody shows what it would be if all were offered the "
            "programme at once{others}",
            estimator=name,
            others=advice.asking("offered"),
            design=ASSIGNMENT_SAYS[rule.assignment],
        )
    if estimand.who == ENCOURAGED and rule.assignment != ENCOURAGEMENT:
        yield Message(
            "{estimator}: nobody is encouraged in this design, which has {found}{others}",
            estimator=name,
            others=advice.asking("offered"),
            found=ASSIGNMENT_SAYS[rule.assignment],
        )
    if isinstance(rule.rule, Districts):
        yield from _number_faults(strategy, contract, rule, rule.rule, advice)
    moved = isinstance(rule.rule, Encouragement) and rule.rule.moved[1] > 0.0
    if estimand.who == TREATED and COMPLIERS in contract.who and moved:
        yield Message(
            "{estimator}: by the design some start who were not encouraged, so that it is the "
            "effect on those whom the lot moves{others}",
            estimator=name,
            others=advice.asking("compliers"),
        )


def _number_faults(
    strategy: Strategy,
    contract: Contract,
    rule: DataStrategy,
    own: Districts,
    advice: Advice,
) -> Iterator[Message]:
    """Yield what stands against an answer in how many districts there are."""
    name = strategy.estimator
    pairs = len(own.groups or ()) if own.is_matched else 0
    coefficients = contract.slopes * len(strategy.covariates)
    if pairs and coefficients >= pairs - 1:
        most = max(0, (pairs - 2) // max(1, contract.slopes))
        yield Message(
            "{estimator}: {pairs} pairs of districts tell nothing of {coefficients} coefficients "
            "of covariates; that takes {needed} pairs{fewer}{others}",
            estimator=name,
            pairs=pairs,
            coefficients=coefficients,
            needed=coefficients + 2,
            fewer=advice.with_covariates(most),
            others=advice.others(),
        )
    everywhere = None if rule.only is None else len(rule.only)
    offered, left = own.numbers(everywhere)
    if not contract.others:
        if own.named is None and min(offered or LEAST_NAMED, left or LEAST_NAMED) < LEAST_NAMED:
            yield Message(
                "{estimator}: an arm is one district, whose own luck cannot be told from an effect "
                "by errors between districts{others}",
                estimator=name,
                others=advice.others(),
            )
        return
    if offered is None:
        return
    least = contract.others + offered - 1
    if left is not None and left < least:
        yield Message(
            "{estimator}: {offered} districts get the programme and {left} do not; chance is "
            "judged by taking as many of these for treated, which needs at least {least}{others}",
            estimator=name,
            offered=offered,
            left=left,
            least=least,
            others=advice.others(),
        )


def _right_faults(
    strategy: Strategy, contract: Contract, rule: DataStrategy | None, advice: Advice
) -> Iterator[Message]:
    assert rule is not None
    name = strategy.estimator
    if strategy.compare == "started" and not contract.started:
        yield Message(
            "{estimator} would mislead: who started and who did not differ in more than the "
            "programme, and it allows for nothing of that{others}",
            estimator=name,
            others=advice.others(),
        )
    yield from _both_offered_faults(strategy, rule)
    option = contract.constant_by(strategy.options)
    if option:
        yield Message(
            "{estimator} would mislead: with {option} the effect is taken for the same in every "
            "month since the start, so that one number would stand beside every length of time"
            "{others}",
            estimator=name,
            option=option,
            others=advice.without(*contract.constant),
        )
    who = strategy.estimand.who
    if rule.assignment == ENCOURAGEMENT and who in (OFFERED, EVERYONE):
        yield Message(
            "{estimator} would mislead: by encouragement not all of the encouraged are offered the "
            "programme, and some others may be{others}",
            estimator=name,
            others=advice.asking("encouraged", "compliers"),
        )
    if rule.assignment == CHOSEN and EITHER_WAY in contract.who and who != EITHER_WAY:
        yield Message(
            "{estimator} would mislead: it is about those who could have gone either way, and each "
            "counts by how far both were open to it{others}",
            estimator=name,
            others=advice.asking("either_way"),
        )
    by_error = not contract.by_lots or bool(strategy.options.get("interval"))
    kind = strategy.estimand.kind
    if rule.assignment == DRAWN_DISTRICTS and kind == REACHED and who == OFFERED and by_error:
        yield Message(
            "{estimator} would mislead: whole districts were drawn, and in those where least would "
            "have come of itself the programme has most left to add: the effect on the drawn alone "
            "moves with the lot, against the estimate, and intervals hold it too seldom{others}",
            estimator=name,
            others=advice.asking("everyone"),
        )
    alone = bool(strategy.options.get("alone"))
    if not alone and rule.assignment in contract.assignments:
        return
    why = (
        Message(
            "it compares the clients with nobody, or with themselves on the day they were "
            "listed, when all were without the outcome: they would have changed anyway"
        )
        if alone or rule.assignment == NOBODY or not contract.assignments
        else Message(
            "the design has {found}, where what it rests on does not hold",
            found=ASSIGNMENT_SAYS[rule.assignment],
        )
    )
    yield Message(
        "{estimator} would mislead: {why}{others}", estimator=name, why=why, others=advice.others()
    )


def _both_offered_faults(strategy: Strategy, rule: DataStrategy) -> Iterator[Message]:
    """Yield that a lot moves nobody from the second of two arms to the first, where it does not."""
    by_start = strategy.compare == "started" or strategy.estimand.who in (TREATED, COMPLIERS)
    if rule.offers_first_alone or rule.between is None or not by_start:
        return
    first, second = rule.between
    if rule.assignment == ENCOURAGEMENT:
        yield Message(
            "{estimator} is about those whom the lot moves, and by the plan {first} moves no more "
            "than {second}; compare {second} with {first}, or ask who: encouraged for what the "
            "invitation does",
            estimator=strategy.estimator,
            first=first,
            second=second,
        )
        return
    yield Message(
        "{estimator} compares those who start with those who do not, and of the arms {first} and "
        "{second} it is not the first alone that is offered anything; ask who: offered",
        estimator=strategy.estimator,
        first=first,
        second=second,
    )


def _lots_faults(
    strategy: Strategy, contract: Contract, rule: DataStrategy | None, advice: Advice
) -> Iterator[Message]:
    """Yield errors that do not follow the lots, and lots that can find nothing."""
    assert rule is not None
    name, within = strategy.estimator, rule.within
    if within is not None and within not in contract.within:
        yield Message(
            "{estimator} does not follow the lots: they were drawn within {within}, and its "
            "error counts what sets these apart{others}",
            estimator=name,
            within=WITHIN_SAYS[within],
            others=advice.others(),
        )
    cluster = strategy.options.get("cluster", strategy.options.get("by"))
    if rule.is_randomised and cluster is not None and cluster != rule.unit:
        yield Message(
            "{estimator}: cluster '{cluster}' is not what was drawn; the design draws "
            "{unit}, and errors follow what was drawn{others}",
            estimator=name,
            others=advice.without("cluster", "by"),
            cluster=cluster,
            unit=UNIT_SAYS[rule.unit],
        )
    errors = str(strategy.options.get("errors", "auto"))
    if rule.is_randomised and rule.unit == "district" and errors.startswith(BY_CLIENT):
        yield Message(
            "{estimator}: errors '{errors}' take every client for independent, and the design "
            "draws districts{others}",
            estimator=name,
            others=advice.without("errors"),
            errors=errors,
        )
    named = rule.rule.named if isinstance(rule.rule, Districts) else None
    if named is not None and len(named) < LEAST_NAMED and contract.between:
        yield Message(
            "{estimator}: the programme is in one district, whose own luck cannot be told from "
            "an effect by errors between districts{others}",
            estimator=name,
            others=advice.others(),
        )
    least = rule.rule.least_p if isinstance(rule.rule, Districts) and contract.by_lots else 0.0
    if least > 1.0 - strategy.level:
        yield Message(
            "{estimator} can find nothing: with so few lots no p-value is below {least:.3f}, "
            "and {most:.2f} is asked for: it takes more districts{others}",
            estimator=name,
            others=advice.others(),
            least=Amount(least),
            most=Amount(1.0 - strategy.level),
        )
    then = rule.rule.then if isinstance(rule.rule, Lottery) else None
    free = 0 if then is None else whole_months_of(then)
    if then is not None and strategy.estimand.months > free:
        yield Message(
            "{estimator}: after {free} months the others are offered the programme too, "
            "and {months} months are asked for{others}",
            estimator=name,
            others=advice.with_months(free),
            free=free,
            months=strategy.estimand.months,
        )
