"""What a plan may ask for is answered: no answer is allowed that every register of its kind refuses."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest

from pilotsim.base.errors import EstimationError, RequestError
from pilotsim.base.messages import Message
from pilotsim.evaluation.advice import WAYS
from pilotsim.evaluation.contract import answering
from pilotsim.evaluation.designs import DataStrategy
from pilotsim.evaluation.estimands import EVERYONE, KINDS, PROGRAMME, WHO, Estimand
from pilotsim.evaluation.estimators import (
    among_districts,
    ask,
    check_under,
    known_contracts,
    known_estimators,
    make_strategy,
)
from pilotsim.evaluation.strategy import Strategy
from tests.evaluation.planted import OFFICES, RULES, planted
from tests.evaluation.test_contract import NEEDS_COVARIATES

PAIRS = [["a", "b"], ["c", "d"], ["e", "f"], ["g", "h"]]
STRATA = {"north": list("abcd"), "south": list("efgh")}
# The usual rules, and those in which lots are drawn within something, or few get the programme.
VARIANTS = {
    **{name: (name, rule) for name, rule in RULES.items()},
    "blocks": ("lottery", {"lottery": {"blocks": ["record"]}}),
    "pairs": ("lottery", {"lottery": {"pairs": ["record"]}}),
    "later": ("lottery", {"lottery": {"then": "9 months"}}),
    "one-sided": ("encouragement", {"encouragement": {"encouraged": "70 %", "otherwise": "0 %"}}),
    "pairs of districts": ("drawn_districts", {"districts": {"pairs": PAIRS}}),
    "two pairs": ("drawn_districts", {"districts": {"pairs": PAIRS[:2]}}),
    "strata": ("drawn_districts", {"districts": {"drawn": 4, "strata": STRATA}}),
    "two drawn": ("drawn_districts", {"districts": {"drawn": 2}}),
    "one drawn": ("drawn_districts", {"districts": {"drawn": 1}}),
    "one named": ("named_districts", {"districts": {"named": ["h"]}}),
    "two named": ("named_districts", {"districts": {"named": ["g", "h"]}}),
    "strata of steps": (
        "stepped_wedge",
        {"stepped_wedge": {"every": "3 months", "strata": STRATA}},
    ),
}
TAKES_LONG = ("propensity_matching",)
COVARIATES = ("record", "young", "age")


def strategies(rule, covariates):
    """Every answer that a plan may ask for under a rule in these eight offices."""
    for estimator, kind, who in product(known_estimators(), KINDS, WHO):
        world = PROGRAMME if who == EVERYONE else "pilot"
        asked = Estimand("asked", 6, "in_work", kind, who, world=world)
        own = COVARIATES[:covariates] if estimator in NEEDS_COVARIATES else ()
        try:
            found = make_strategy("a", estimator, asked, covariates=own)
            check_under(found, rule, is_plan=True, districts=OFFICES)
        except RequestError:
            continue
        yield found


def refusals(strategy, worlds):
    """Why an answer is refused by each register; nothing as soon as one has a number."""
    found = []
    for world in worlds:
        try:
            ask(strategy, world.sample)
        except (EstimationError, RequestError) as fault:
            found.append(str(fault))
        else:
            return []
    return found


@pytest.mark.parametrize("name", VARIANTS)
def test_no_answer_is_allowed_that_every_register_refuses(name):
    assignment, rule = VARIANTS[name]
    worlds = [planted(assignment, draw, 400, rule) for draw in range(3)]
    own = DataStrategy.model_validate(rule)
    never, number = [], 0
    for covariates in (1, 2, 3):
        for strategy in strategies(own, covariates):
            if strategy.estimator in TAKES_LONG or (covariates != 2 and not strategy.covariates):
                continue
            number += 1
            why = refusals(strategy, worlds)
            never += [f"{strategy.estimator} {strategy.estimand.kind}: {why[0]}"] if why else []
    assert number or name == "nobody"
    assert not never, "\n".join(never)


def asked(estimator, *, covariates=(), who="offered", kind="at"):
    estimand = Estimand("asked", 6, "in_work", kind, who)
    return make_strategy("a", estimator, estimand, covariates=covariates)


def test_more_covariates_than_pairs_of_districts_can_bear_are_refused_by_name():
    rule = DataStrategy.model_validate({"districts": {"pairs": PAIRS}})
    with pytest.raises(RequestError, match=r"lin: 4 pairs .* 4 coefficients .* name at most 1;"):
        check_under(asked("lin", covariates=COVARIATES[:2]), rule, is_plan=False)
    with pytest.raises(RequestError, match=r"adjusted, .* would answer it"):
        check_under(asked("lin", covariates=COVARIATES[:2]), rule, is_plan=True)
    for name, count in (("adjusted", 2), ("lin", 1)):
        check_under(asked(name, covariates=COVARIATES[:count]), rule, is_plan=True)


def test_a_synthetic_comparison_of_too_few_others_is_refused_where_the_file_names_them():
    rule = DataStrategy.model_validate({"districts": {"drawn": 4}})
    with pytest.raises(RequestError, match=r"4 districts get the programme and 4 do not.* 7"):
        check_under(asked("synthetic_did"), rule, is_plan=False, districts=OFFICES)
    alone = DataStrategy.model_validate({"districts": {"drawn": 4}, "only": list(OFFICES)})
    with pytest.raises(RequestError, match="4 districts get the programme and 4 do not"):
        check_under(asked("synthetic_control"), alone, is_plan=True)
    # The control: of fifteen there are enough; where nobody says how many, the register does.
    check_under(asked("synthetic_did"), rule, is_plan=True, districts=[str(k) for k in range(15)])
    check_under(asked("synthetic_did"), rule, is_plan=True)


def test_one_drawn_district_has_no_error_between_districts():
    rule = DataStrategy.model_validate({"districts": {"drawn": 1}})
    with pytest.raises(RequestError, match=r"one district.*synthetic_control or synthetic_did"):
        check_under(asked("difference"), rule, is_plan=True, districts=OFFICES)
    check_under(asked("synthetic_did"), rule, is_plan=True, districts=OFFICES)


@pytest.mark.parametrize("name", ["matching", "propensity_matching"])
def test_matched_clients_are_no_lots(name):
    asked = make_strategy("a", name, Estimand("x", 6, kind="reached"), covariates=("age",))
    with pytest.raises(RequestError, match="would mislead: the design has a lottery"):
        check_under(asked, DataStrategy.model_validate({"lottery": {}}), is_plan=True)
    chosen = DataStrategy.model_validate({"caseworker": {"weights": {"past": 1}}})
    check_under(asked, chosen, is_plan=True)


def test_what_a_refusal_recommends_is_not_refused_itself():
    """Every estimator that is named as one that would answer passes the same checks."""
    for _, rule in VARIANTS.values():
        own = DataStrategy.model_validate(rule)
        for kind, who in product(KINDS, ("offered", "compliers", "treated")):
            estimand = Estimand("asked", 6, "in_work", kind, who)
            strategy = Strategy("a", "difference", estimand)
            for other in answering(strategy, own, known_contracts()):
                check_under(make_strategy("a", other, estimand), own, is_plan=True)


def recommended(strategy, said):
    """Every answer that a refusal recommends, read from its words alone."""
    if not isinstance(said, Message):
        return
    words = {str(says): changes for says, changes in WAYS.values()}
    if said.template in ("; {names} would answer it", "; {names} would answer it without"):
        yield from named(strategy, said.parts["names"])
    elif said.template == "; leave the option out":
        yield replace(strategy, options={})
    elif said.template == "; ask for at most {free}":
        yield replace(strategy, estimand=replace(strategy.estimand, months=said.parts["free"]))
    elif said.template == "{asked}, with {names}":
        changes = words[str(said.parts["asked"])]
        asked = replace(strategy, estimand=replace(strategy.estimand, **changes))
        yield from named(asked, said.parts["names"])
    elif str(said) in words:
        yield replace(strategy, estimand=replace(strategy.estimand, **words[str(said)]))
    else:
        for part in said.parts.values():
            yield from recommended(strategy, part)


def named(strategy, names):
    for name in str(names).replace(" or ", ", ").split(", "):
        own = COVARIATES[:1] if name.endswith(" (with covariates)") else strategy.covariates
        estimator = name.removesuffix(" (with covariates)")
        yield replace(strategy, estimator=estimator, options={}, covariates=own)


def reread(strategy, rule):
    """The answer as if somebody wrote it down: read and held against the design anew."""
    rule = among_districts(rule, OFFICES)
    found = make_strategy(
        strategy.name, strategy.estimator, strategy.estimand, covariates=strategy.covariates,
        compare=strategy.compare, options=strategy.options, rules=(rule,),
    )  # fmt: skip
    check_under(found, rule, is_plan=True)


def asked_of_all():
    """Every estimator with every inquiry, some with options, with covariates or too many months."""
    for estimator, kind, who in product(known_estimators(), KINDS, WHO):
        strategy = Strategy("a", estimator, Estimand("asked", 6, "in_work", kind, who))
        yield strategy
        if who == "offered":
            yield replace(strategy, covariates=COVARIATES[:2])
            yield replace(strategy, estimand=replace(strategy.estimand, months=24))
    for estimator, option in (
        ("stepped_wedge", {"time": "constant"}),
        ("did", {"cluster": "client"}),
    ):
        for kind in KINDS:
            yield Strategy("a", estimator, Estimand("asked", 6, "in_work", kind), options=option)


@pytest.mark.parametrize("name", VARIANTS)
def test_whatever_a_refusal_recommends_is_no_refusal_when_it_is_written(name):
    """All estimators, inquiries and designs crossed: each recommendation is read and held anew."""
    rule = DataStrategy.model_validate(VARIANTS[name][1])
    refused, written = 0, {}
    for strategy in asked_of_all():
        try:
            reread(strategy, rule)
        except RequestError as fault:
            refused += 1
            written |= {repr(own): own for own in recommended(strategy, fault.message)}
    for own in written.values():
        reread(own, rule)
    assert refused > 100
    assert written or name == "nobody"


@pytest.mark.parametrize(
    ("estimator", "kind", "rule", "says"),
    [
        (
            "difference",
            "at",
            {"stepped_wedge": {"every": "3 months"}},
            r"ask after_offer .*, with .*stepped_wedge or since_offer .*, with .*stepped_wedge",
        ),
        ("did", "reached", {"lottery": {}}, "incidence, .* would answer it"),
        (
            "did",
            "reached",
            {"caseworker": {"weights": {"past": 1}}},
            r"ipw \(with covariates\).* would answer it",
        ),
        (
            "difference",
            "since_offer",
            {"waiting_list": {"per_week": 4}},
            "event_study or imputation would answer it",
        ),
        (
            "lin",
            "at",
            {"lottery": {}},
            "lin needs covariates; .*'covariates'; difference, .* would answer it without",
        ),
        ("difference", "at", {"limit": {"trait": "age", "below": 25}}, "the design has a limit"),
    ],
)
def test_what_would_answer_is_named_for_this_design(estimator, kind, rule, says):
    own = DataStrategy.model_validate(rule)
    with pytest.raises(RequestError, match=says):
        reread(Strategy("a", estimator, Estimand("asked", 6, "in_work", kind, "offered")), own)
