"""The pre-analysis plan as a document to be filed: what will be asked, how, and the hash by which a change shows."""

from __future__ import annotations

from collections.abc import Iterator

from pilotsim.base.text import Text
from pilotsim.evaluation.estimators import find_estimator
from pilotsim.evaluation.preanalysis_plan import PreAnalysisPlan
from pilotsim.evaluation.strategy import Strategy
from pilotsim.language.catalogue import translate
from pilotsim.language.numbers import format_date

HEAD = Text("Analyseplan", "Pre-analysis plan")
HASH = Text(
    "Skrevet av pilotsim {program}. Planens kode (SHA-256):\n\n`{hash}`\n\nArkiver koden der andre kan se den, før data kommer. "
    "Endres planen, passer den ikke lenger til koden, og det står i alle resultater.",
    "Written by pilotsim {program}. Hash of the plan (SHA-256):\n\n`{hash}`\n\nFile the hash where others can see it before the "
    "data arrive. If the plan is changed, it no longer fits, and every result says so.",
)
PARTS = {
    "design": Text("Hvem får tilbudet, og når", "Who is offered the programme, and when"),
    "asked": Text("Hva det spørres om", "What is asked"),
    "answers": Text("Hvordan det besvares", "How it is answered"),
    "checks": Text("Hva som kontrolleres", "What is checked"),
    "missing": Text("Manglende opplysninger, små celler", "What is missing, small cells"),
}
TIME = Text(
    "Tiden regnes fra {date}. Med er alle som da står i registeret, i den gruppen som trekningen eller regelen satte dem i, "
    "også de som aldri begynte.",
    "Time counts from {date}. Everybody is included who is in the register then, in the arm in which the lot or the rule put "
    "them, also those who never started.",
)
FIRST = Text(
    "Det første svaret avgjør; de andre utdyper.", "The first answer decides; the others add to it."
)
HOLM = Text(
    "p-verdier rettes for flere svar (Holm). Nivået er {level}.",
    "p-values are corrected for several answers (Holm). The level is {level}.",
)
CHECKED = Text(
    "Gruppenes kjennetegn ved start ({traits}); andel uten utfall i hver gruppe.",
    "The arms' traits at the start ({traits}); the share without an outcome in each arm.",
)
MISSING = Text(
    "Klienter uten utfall utelates og telles. Manglende kjennetegn får snittet og en kolonne som sier det. Antall under {least} "
    "vises ikke, og heller ikke tall som de kan regnes ut av.",
    "Clients without an outcome are left out and counted. Missing traits get the mean and a column that says so. Counts below "
    "{least} are not shown, nor any from which they could be worked out.",
)
RESTS = Text("Hviler på", "Rests on")
NO_TRAITS = Text("ingen", "none")


def plan_document(plan: PreAnalysisPlan, language: str) -> str:
    """Return the plan as a document in Markdown."""
    return "\n".join(_lines(plan, language)) + "\n"


def _lines(plan: PreAnalysisPlan, language: str) -> Iterator[str]:
    yield f"# {HEAD.in_language(language)}: {plan.title.in_language(language)}\n"
    yield HASH.in_language(language).format(program=plan.program, hash=plan.hash) + "\n"
    yield f"## {PARTS['design'].in_language(language)}\n"
    yield f"{plan.says.in_language(language)}: `{_rule(plan)}`\n"
    yield TIME.in_language(language).format(date=format_date(plan.begins, language)) + "\n"
    yield f"## {PARTS['asked'].in_language(language)}\n"
    for name, inquiry in plan.inquiries.items():
        says = inquiry.says.in_language(language) if inquiry.says else name
        estimand = inquiry.estimand(name)
        yield f"- `{name}`: {says} ({estimand.outcome}, {estimand.kind}, {estimand.months}, {estimand.who})"
    yield f"\n## {PARTS['answers'].in_language(language)}\n\n{FIRST.in_language(language)}\n"
    yield from (_answer(plan, strategy, language) for strategy in plan.strategies())
    yield "\n" + HOLM.in_language(language).format(level=plan.level.written) + "\n"
    yield f"## {PARTS['checks'].in_language(language)}\n"
    yield (
        CHECKED.in_language(language).format(
            traits=", ".join(plan.balance) or NO_TRAITS.in_language(language)
        )
        + "\n"
    )
    yield f"## {PARTS['missing'].in_language(language)}\n"
    yield MISSING.in_language(language).format(least=int(plan.small_cells.number))


def _rule(plan: PreAnalysisPlan) -> str:
    return ", ".join(
        f"{name} {value}" if value else name for name, value in plan.rule.items()
    ).replace("'", "")


def _answer(plan: PreAnalysisPlan, strategy: Strategy, language: str) -> str:
    answer = plan.answers[strategy.name]
    says = answer.says.in_language(language) if answer.says else strategy.name
    traits = f"; {', '.join(strategy.covariates)}" if strategy.covariates else ""
    rests = translate(find_estimator(strategy.estimator).rests_on, language)
    return f"1. **{says}** (`{strategy.estimator}`, `{strategy.estimand.name}`{traits}). {RESTS.in_language(language)}: {rests}."
