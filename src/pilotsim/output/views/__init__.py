"""Views: what a result says, decided once for every writer.

One module for each kind of result, with ``document_of_x(result, language, ...) -> Document``. The
view chooses what is said, in which order and with how many decimals; writers only put it down.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from importlib import import_module
from typing import Any

from pilotsim.base.errors import RequestError
from pilotsim.base.languages import check_language
from pilotsim.base.messages import Message
from pilotsim.output.document import Document
from pilotsim.output.views.message import with_message
from pilotsim.output.views.preface import with_preface

__all__ = ["FOR_ANY", "VIEWS", "context_of", "document_of", "view_of"]

# By the type of the result: the module of its view, and the function there. Names rather than types
# and functions, so that a view is imported when its kind of result is first shown.
VIEWS = {
    "pilotsim.files.settable.SettableValues": "values.document_of_values",
    "pilotsim.judge.check.Check": "check.document_of_check",
    "pilotsim.judge.kept_checks.KeptComparison": "compared_results.document_of_kept",
    "pilotsim.judge.comparison.PlanComparison": "compared_plans.document_of_plans",
    "pilotsim.judge.validation.Validation": "validation.document_of_validation",
    "pilotsim.judge.scoreboard.Scoreboard": "scoreboard.document_of_scoreboard",
    "pilotsim.judge.posterior.Calibration": "calibration.document_of_calibration",
    "pilotsim.learning.learned.LearnedFlow": "learned.document_of_learned_flow",
    "pilotsim.judge.system.SystemStudy": "system.document_of_system",
    "pilotsim.experiments.study.cost.StudyCost": "study.document_of_cost",
    "pilotsim.experiments.study.results.StudyRun": "study.document_of_study",
    "pilotsim.experiments.findings.records.Findings": "findings.document_of_findings",
    "pilotsim.experiments.information.value.InformationValue": (
        "information.document_of_information"
    ),
    "pilotsim.experiments.optimise.solve.Solution": "solution.document_of_solution",
    "pilotsim.experiments.portfolio.execute.PortfolioRun": "portfolio.document_of_portfolio",
    "pilotsim.monitoring.follow.FollowedPilot": "follow.document_of_followed",
    "pilotsim.evaluation.run.EvaluationResult": "evaluation.document_of_evaluation",
    "pilotsim.evaluation.readiness.checking.RegisterReadiness": (
        "register_readiness.document_of_register_readiness"
    ),
    "pilotsim.evaluation.register.mending.MendedRegister": (
        "register_mending.document_of_mended_register"
    ),
    "pilotsim.evaluation.release.records.RegisterAnalysis": (
        "register_analysis.document_of_register_analysis"
    ),
    "pilotsim.evaluation.look_analysis.LookAnalysis": "looks.document_of_look",
    "pilotsim.evaluation.several_arms_analysis.SeveralArmsAnalysis": (
        "several_arms.document_of_several_arms"
    ),
    "pilotsim.evaluation.pooled_results.PooledAnswers": "pooled.document_of_pooled",
    "pilotsim.evaluation.planning.WrittenPlan": "plan.document_of_written_plan",
    "pilotsim.evaluation.preanalysis_plan.PreAnalysisPlan": "plan.document_of_plan",
}


# What any view may be given, whether it has a use for it or not.
FOR_ANY = ("command", "with_figures")


def document_of(result: object, language: str, **context: Any) -> Document:
    """Return a result as people read it.

    Before anything else stands what was changed from the file, and what the file says without
    effect; the same on every output.

    Parameters
    ----------
    result : Check, Validation, Calibration, SystemStudy, ...
        A result of one of the types in `VIEWS`.
    language : str
        One of `LANGUAGES`.
    **context
        What the view takes beside, such as `command`: how the result was called for. A view that
        has no use for what any may be given (`FOR_ANY`) is not given it.

    Raises
    ------
    RequestError
        The program does not speak this language, or it is no result.
    """
    check_language(language)
    takes = context_of(result)
    given = {name: value for name, value in context.items() if name in takes or name not in FOR_ANY}
    return with_message(with_preface(view_of(result)(result, language, **given), result))


def context_of(result: object) -> tuple[str, ...]:
    """Return what the view of a result takes beside the result and the language.

    Raises
    ------
    RequestError
        It is no result.
    """
    _, _, *takes = inspect.signature(view_of(result)).parameters
    return tuple(takes)


def view_of(result: object) -> Callable[..., Document]:
    """Return the function that makes a document of a result.

    Raises
    ------
    RequestError
        It is no result.
    """
    for kind in type(result).__mro__:
        home = VIEWS.get(f"{kind.__module__}.{kind.__qualname__}")
        if home is not None:
            module, name = home.split(".")
            view: Callable[..., Document] = getattr(
                import_module(f"pilotsim.output.views.{module}"), name
            )
            return view
    raise RequestError(
        Message(
            "result: expected what a function of pilotsim returns, such as a Check; found {found}",
            found=type(result).__name__,
        )
    )
