"""Estimators as answers: from a register's panel to the arrays of a function in `pilotsim.effects`.

The functions in `pilotsim.effects` know nothing of registers. An adapter here takes what a function
needs from a `StrategySample`, and registers it under the name that answers of evaluation files and
plans use. From the register come the list of names in the JSON schema, the suggestions for a
misspelt name, what a plan says an answer rests on, and the list in ``docs/estimators.md``.

To add an estimator that exists in `pilotsim.effects`, edit one file, that of its family:

- outcome and arm (and covariates, or districts) are all it needs: a `register_estimator` call;
- anything else: a function with the decorator `estimator`.

A module of a user's own may do the same; its estimators have versions, see `docs/own_code.md`.

What it rests on is a message, translated in ``nb.toml`` and ``sv.toml``. A test holds every public
``estimate_*`` of `pilotsim.effects` to be registered, or to stand in `WITHOUT_ADAPTER` with the
reason.

- `experiments`: arms drawn by lot;
- `observational`: weights, outcome models, matching;
- `panels`: months before and after, groups that begin at different times, series;
- `few_districts`: one district, or few, against others put together to look like them;
- `instruments`: instruments and limits;
- `survival`: time until the outcome is first reached.
"""

from __future__ import annotations

from collections.abc import Mapping

from pilotsim.base.messages import Message
from pilotsim.evaluation.estimators.registration import (
    Estimator,
    among_districts,
    ask,
    check_under,
    estimator,
    find_estimator,
    known_contracts,
    known_estimators,
    make_strategy,
    provide_estimators,
    register_estimator,
)

# Public estimators that no answer can name, and why.
WITHOUT_ADAPTER: Mapping[str, str] = {
    "estimate_iv": "several instruments: a register has one, the arm, which `iv` takes",
}

# Answers that no library is asked for, and why.
WITHOUT_REFERENCE: Mapping[str, Message] = {
    "entropy": Message("no library of the program's has entropy balancing"),
    "matching": Message("no library of the program's matches with its standard error"),
    "propensity_matching": Message("no library of the program's matches with its standard error"),
    "fine_gray": Message("statsmodels has no such model, and its Cox model leaves weights out"),
    "gray": Message("no library of the program's has Gray's test"),
    "synthetic_control": Message("the answer is a library's own already (diff-diff)"),
    "synthetic_did": Message("the answer is a library's own already (diff-diff)"),
}

__all__ = [
    "WITHOUT_ADAPTER",
    "WITHOUT_REFERENCE",
    "Estimator",
    "among_districts",
    "ask",
    "check_under",
    "estimator",
    "find_estimator",
    "known_contracts",
    "known_estimators",
    "make_strategy",
    "provide_estimators",
    "register_estimator",
]
