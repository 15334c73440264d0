"""The contract between a design, an inquiry and an estimator: what answers what.

Each registered estimator has a `Contract`: the kinds of inquiry it answers, of whom, and under
which assignments it is right. Answers of evaluation files and plans are held against it when they
are read, so that no number is ever printed beside a question that it does not answer.

An evaluation file may try an answer under a design that breaks its assumption: that is how an
evaluation shows what misleads. A plan may not ask for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from pilotsim.base.amounts import Amount
from pilotsim.base.errors import RequestError
from pilotsim.base.messages import Message, either
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
    Lottery,
    months_of,
)
from pilotsim.evaluation.estimands import (
    AFTER_OFFER,
    AT,
    COMPLIERS,
    CUMULATED,
    EVERYONE,
    MONTHS_UNTIL,
    NOT_OFFERED,
    OFFERED,
    PROGRAMME,
    REACHED,
    SINCE_LISTING,
    SINCE_OFFER,
    TREATED,
    Estimand,
)

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
# So many estimators a refusal names.
NAMED = 6


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
    """

    kinds: tuple[str, ...]
    who: tuple[str, ...] = (OFFERED,)
    assignments: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    within: tuple[str, ...] = ()
    by_lots: bool = False
    between: bool = False
    started: bool = False

    def answered_who(self, compare: str, options: Mapping[str, Any]) -> tuple[str, ...]:
        """Return whose effect it is, by what is compared and whom the options aim at."""
        if options.get("target") == "ATE":
            return (EVERYONE,)
        return (TREATED,) if compare == "started" else self.who


ANY_LOTS = (BLOCKS, PAIRS)
# Arms drawn by lot: the mean of those drawn and that of all are the same.
DRAWN = Contract(
    REDUCED, (OFFERED, EVERYONE), (LOTTERY, WAITING_LIST, DRAWN_DISTRICTS), within=ANY_LOTS
)
WHOLE_DISTRICTS = Contract(REDUCED, (OFFERED, EVERYONE), (DRAWN_DISTRICTS,), within=ANY_LOTS)
DRAWN_ANEW = replace(DRAWN, by_lots=True)
# Of districts that were drawn among all.
DISTRICTS_ALONE = Contract(REDUCED, (OFFERED, EVERYONE), (DRAWN_DISTRICTS,))
INSTRUMENT = Contract(REDUCED, (COMPLIERS, TREATED), (LOTTERY, ENCOURAGEMENT), within=(BLOCKS,))
AT_LIMIT = Contract(REDUCED, (OFFERED,), (LIMIT,), needs=(LIMIT,))
OBSERVED_CHOICE = Contract(REDUCED, (OFFERED,), (CHOSEN, LOTTERY, WAITING_LIST), started=True)
# Those who could have gone either way are no population that an inquiry can name, unless all could.
EITHER_WAY = Contract(REDUCED, (OFFERED, EVERYONE), (LOTTERY, WAITING_LIST))
_TRENDS = (LOTTERY, DRAWN_DISTRICTS, NAMED_DISTRICTS, CHOSEN)
# A sum of months changes as its months do; an ever or a wait has no such parallel.
CHANGES = Contract((AT, CUMULATED), (OFFERED,), _TRENDS, within=ANY_LOTS, between=True)
_DISTRICTS = (DRAWN_DISTRICTS, NAMED_DISTRICTS)
# Whole districts against others, all from the same month on.
FEW_DISTRICTS = Contract((AT, CUMULATED), (OFFERED,), _DISTRICTS, needs=_DISTRICTS)
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
)
# Its error is that of months, which no lot drew.
SERIES = Contract((AT, CUMULATED), (OFFERED,), (NAMED_DISTRICTS, CHOSEN))
# Compared with nobody: right under no assignment, since who is listed is chosen by the outcome.
ALONE = Contract((AT,), (OFFERED,), ())
EVER = Contract((REACHED,), (OFFERED, EVERYONE), (LOTTERY, WAITING_LIST))
WAIT = Contract((MONTHS_UNTIL,), (OFFERED, EVERYONE), (LOTTERY, WAITING_LIST))
TAKING_PART = Contract((REACHED,), (TREATED,), (LOTTERY, CHOSEN, NOBODY))


def check_inquiry(
    name: str,
    contract: Contract,
    estimand: Estimand,
    compare: str,
    options: Mapping[str, Any],
    all_contracts: Mapping[str, Contract],
) -> None:
    """Refuse an inquiry that an estimator does not answer.

    Parameters
    ----------
    name : str
        The estimator.
    contract : Contract
        What it answers.
    estimand : Estimand
        What is asked.
    compare, options
        As in `Strategy`.
    all_contracts : mapping of str to Contract
        Those of all estimators, for what would answer it.

    Raises
    ------
    RequestError
        Names the estimator, what it was asked for, and what would answer it.
    """
    if estimand.kind not in contract.kinds:
        others = [other for other, own in all_contracts.items() if estimand.kind in own.kinds]
        raise RequestError(
            Message(
                "{estimator} answers an inquiry with {names}, not one with '{kind}'{others}",
                estimator=name,
                names=either(contract.kinds),
                kind=estimand.kind,
                others=_answered_by(others)
                if others
                else Message(
                    "; nor does any other estimator: it compares the same clients with the "
                    "programme and without, which no register shows. A simulation knows both: "
                    "pilotsim.twins"
                ),
            )
        )
    if estimand.who == EVERYONE and estimand.world != PROGRAMME:
        raise RequestError(
            Message(
                "{estimator}: the mean over everyone of a pilot counts those who were never "
                "offered it; ask who: offered, or say world: programme for the effect if everyone "
                "were offered it",
                estimator=name,
            )
        )
    answered = contract.answered_who(compare, options)
    if estimand.who not in answered:
        others = [
            other
            for other, own in all_contracts.items()
            if estimand.who in own.who and estimand.kind in own.kinds
        ]
        raise RequestError(
            Message(
                "{estimator} answers for who: {names}, not for '{who}'{others}",
                estimator=name,
                names=either(answered),
                who=estimand.who,
                others=_answered_by(others)
                if others
                else Message(
                    "; nor does any other estimator: whom the offered are compared with has "
                    "nobody to be compared with"
                )
                if estimand.who == NOT_OFFERED
                else "",
            )
        )


def check_possible(name: str, contract: Contract, estimand: Estimand, rule: DataStrategy) -> None:
    """Refuse an answer that has nothing to work on under a design.

    Raises
    ------
    RequestError
        The design has no limit, steps, or districts that the estimator needs; or offers come at
        different times, and the inquiry counts from listing.
    """
    if contract.needs and rule.assignment not in contract.needs:
        raise RequestError(
            Message(
                "{estimator} needs a design with {needs}; this one has {found}",
                estimator=name,
                needs=either(ASSIGNMENT_SAYS[one] for one in contract.needs),
                found=ASSIGNMENT_SAYS[rule.assignment],
            )
        )
    goes_by_offers = AFTER_OFFER in contract.kinds
    if estimand.kind in SINCE_LISTING and (
        rule.assignment == STEPPED_WEDGE or (rule.assignment == WAITING_LIST and goes_by_offers)
    ):
        raise RequestError(
            Message(
                "{estimator}: with {design} offers come at different times, so that '{kind}' mixes "
                "those who have had it long with those who have just begun; ask after_offer (the "
                "outcome so long after the own offer) or since_offer (the mean until then)",
                estimator=name,
                design=ASSIGNMENT_SAYS[rule.assignment],
                kind=estimand.kind,
            )
        )
    if estimand.who == EVERYONE and rule.assignment in (STEPPED_WEDGE, WAITING_LIST):
        raise RequestError(
            Message(
                "{estimator}: with {design} nobody shows what it would be if all were offered the "
                "programme at once; ask who: offered",
                estimator=name,
                design=ASSIGNMENT_SAYS[rule.assignment],
            )
        )


def check_right(
    name: str,
    contract: Contract,
    estimand: Estimand,
    compare: str,
    options: Mapping[str, Any],
    rule: DataStrategy,
    all_contracts: Mapping[str, Contract],
    level: float = 0.95,
) -> None:
    """Refuse an answer that would mislead under a design: what a plan may not ask for.

    Raises
    ------
    RequestError
        Says why, and what would answer the same inquiry under this design.
    """
    check_possible(name, contract, estimand, rule)
    others = [
        other
        for other, own in all_contracts.items()
        if rule.assignment in own.assignments
        and estimand.kind in own.kinds
        and estimand.who in own.who
    ]
    if compare == "started" and not contract.started:
        raise RequestError(
            Message(
                "{estimator} would mislead: who started and who did not differ in more than the "
                "programme, and it allows for nothing of that{others}",
                estimator=name,
                others=_answered_by([other for other, own in all_contracts.items() if own.started]),
            )
        )
    alone = bool(options.get("alone"))
    if alone or rule.assignment not in contract.assignments:
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
        raise RequestError(
            Message(
                "{estimator} would mislead: {why}{others}",
                estimator=name,
                why=why,
                others=_answered_by(others)
                if others
                else Message("; iv answers it for who: compliers, those whom the lot moves")
                if rule.assignment == ENCOURAGEMENT
                else Message(
                    "; nothing answers this inquiry under this design: a lottery, a waiting list, "
                    "drawn districts or a comparison group would be needed"
                ),
            )
        )
    _check_lots(name, contract, estimand, options, rule, all_contracts)
    least = rule.rule.least_p if isinstance(rule.rule, Districts) and contract.by_lots else 0.0
    if least > 1.0 - level:
        raise RequestError(
            Message(
                "{estimator} can find nothing: with so few lots no p-value is below {least:.3f}, "
                "and {most:.2f} is asked for; more districts, or an answer with an error between "
                "them (difference)",
                estimator=name,
                least=Amount(least),
                most=Amount(1.0 - level),
            )
        )
    if isinstance(rule.rule, Lottery) and rule.rule.then is not None:
        free = months_of(rule.rule.then)
        if estimand.months > free:
            raise RequestError(
                Message(
                    "{estimator}: after {free} months the others are offered the programme too, "
                    "and {months} months are asked for; ask for at most {free}",
                    estimator=name,
                    free=free,
                    months=estimand.months,
                )
            )


def _check_lots(
    name: str,
    contract: Contract,
    estimand: Estimand,
    options: Mapping[str, Any],
    rule: DataStrategy,
    all_contracts: Mapping[str, Contract],
) -> None:
    """Refuse an error that does not follow the lots, or the districts that somebody chose."""
    within = rule.within
    if within is not None and within not in contract.within:
        others = [
            other
            for other, own in all_contracts.items()
            if rule.assignment in own.assignments
            and estimand.kind in own.kinds
            and estimand.who in own.who
            and within in own.within
        ]
        raise RequestError(
            Message(
                "{estimator} does not follow the lots: they were drawn within {within}, and its "
                "error counts what sets these apart{others}",
                estimator=name,
                within=WITHIN_SAYS[within],
                others=_answered_by(others) if others else "",
            )
        )
    cluster = options.get("cluster", options.get("by"))
    if rule.is_randomised and cluster is not None and cluster != rule.unit:
        raise RequestError(
            Message(
                "{estimator}: cluster '{cluster}' is not what was drawn; the design draws "
                "{unit}, and errors follow what was drawn; leave the option out",
                estimator=name,
                cluster=cluster,
                unit=UNIT_SAYS[rule.unit],
            )
        )
    errors = str(options.get("errors", "auto"))
    if rule.is_randomised and rule.unit == "district" and errors.startswith(BY_CLIENT):
        raise RequestError(
            Message(
                "{estimator}: errors '{errors}' take every client for independent, and the design "
                "draws districts; leave the option out, or use CR2",
                estimator=name,
                errors=errors,
            )
        )
    named = rule.rule.named if isinstance(rule.rule, Districts) else None
    if named is not None and len(named) < LEAST_NAMED and contract.between:
        others = [
            other
            for other, own in all_contracts.items()
            if rule.assignment in own.assignments and estimand.kind in own.kinds and not own.between
        ]
        raise RequestError(
            Message(
                "{estimator}: the programme is in one district, whose own luck cannot be told from "
                "an effect by errors between districts{others}",
                estimator=name,
                others=_answered_by(others) if others else "",
            )
        )


def _answered_by(names: list[str]) -> Message:
    return Message("; {names} would answer it", names=either(names[:NAMED]))
