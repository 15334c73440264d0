"""Small results made by hand, one of each kind that is no check: what their documents say is known."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import numpy as np

from pilotsim.base.messages import Message
from pilotsim.base.quantity import Quantity
from pilotsim.base.statistics import Interval
from pilotsim.base.text import Text
from pilotsim.effects.effect import AssumptionCheck, Effect
from pilotsim.evaluation.detectable import DetectableEffect
from pilotsim.evaluation.diagnosis import Trials, diagnose
from pilotsim.evaluation.evaluation_file import EvaluationFile
from pilotsim.evaluation.look_analysis import LookAnalysis
from pilotsim.evaluation.looks import LookSchedule
from pilotsim.evaluation.pooled_results import PooledAnswers, pool
from pilotsim.evaluation.preanalysis_plan import PreAnalysisPlan, read_plan, write_plan
from pilotsim.evaluation.readiness import Finding, RegisterReadiness
from pilotsim.evaluation.reference import Agreement
from pilotsim.evaluation.register.mapping import RegisterMapping
from pilotsim.evaluation.register.mending import MendedRegister, prepare_register
from pilotsim.evaluation.register.panel import ReadingNote
from pilotsim.evaluation.release import (
    ParticipantFlow,
    PlanAnswer,
    RegisterAnalysis,
    ReleaseCertificate,
)
from pilotsim.evaluation.result_files import FiledAnswer, FiledInquiry, FiledResult
from pilotsim.evaluation.run import DesignResult, EvaluationResult
from pilotsim.evaluation.several_arms_analysis import (
    ArmsAnswer,
    ArmsContrast,
    SeveralArmsAnalysis,
)
from pilotsim.experiments.findings.history_matching import (
    RangePart,
    RemainingRange,
    RuledOut,
    RulingFigure,
)
from pilotsim.experiments.findings.records import (
    FactorInfo,
    FailureRegion,
    Findings,
    Interaction,
    LeftOutPoint,
    ResponseInfo,
    ScenarioDifference,
    SensitivityResult,
    SurrogateQuality,
    VarianceSplit,
)
from pilotsim.experiments.information.expected_value import ExpectedValue
from pilotsim.experiments.information.value import (
    DecisionValue,
    InformationValue,
    KnownInput,
    OptionPayoff,
    SurveyWorth,
)
from pilotsim.experiments.optimise.confidence_sequences import Successes
from pilotsim.experiments.optimise.solve import FrontierPoint, Solution, SolutionRow
from pilotsim.experiments.portfolio import PortfolioRun, read_portfolio
from pilotsim.experiments.sensitivity.distribution_indices import (
    DistributionIndex,
    DistributionIndices,
)
from pilotsim.experiments.sensitivity.morris import ElementaryEffect, ElementaryEffects
from pilotsim.experiments.sensitivity.prim import BoxLimit, Discovery
from pilotsim.experiments.sensitivity.scenario_differences import Grid
from pilotsim.experiments.sensitivity.shapley import ShapleyEffect, ShapleyEffects
from pilotsim.experiments.sensitivity.sobol import Index, Indices, Spread
from pilotsim.experiments.study import read_study, run_study
from pilotsim.experiments.study.analysis_request import ObservedFigure
from pilotsim.experiments.study.cost import StudyCost
from pilotsim.experiments.study.execute import ExecutionOptions
from pilotsim.experiments.study.results import StudyRun
from pilotsim.files.faults import build_record
from pilotsim.files.reading import read_text
from pilotsim.files.settable import SettableValues
from pilotsim.files.yaml import parse, read_file
from pilotsim.learning.learned import LearnedFlow
from pilotsim.learning.learning import learn
from pilotsim.monitoring.counts import read_counts
from pilotsim.monitoring.follow import FollowedPilot, follow
from pilotsim.monitoring.mapping import read_counts_mapping
from pilotsim.runs import Local
from pilotsim.simulation.engines import simulate
from pilotsim.simulation.event_log import to_event_log
from tests.evaluation.pilots import build, pilot_flow
from tests.experiments.optimise.small import FLOW as FLOW_OF_PLACES
from tests.experiments.optimise.small import problem_of
from tests.experiments.portfolio.small import write_portfolios
from tests.experiments.study.small import STUDY, write_study
from tests.learning.test_learning import TALKS
from tests.monitoring.small import (
    MAPPING,
    WATCHED,
    simulated,
    small_pilot,
    table_of,
    with_places,
    write,
)

DECIDED = """
flow: decided
title: {nb: Et kurs, en: A course, sv: En kurs}
starts: 2015-01-01
lasts: 12 months
groups: {g: {starts_in: on, stock: 40}}
risks:
  job:
    to: work
    rate: {value: 3 % per month, low: 1 % per month, high: 8 % per month, assumption: guess, label: {nb: Fart til arbeid, en: Speed to work, sv: Fart till arbete}}
stages:
  on: {risks: {job: 1}}
  course: {draws_from: on, opens: {every: 1 month, admits: 8}, lasts: 1 month, next: {on: 100 %}}
  work: {counts_as: work}
effects:
  - {after: course, on: job, times: {value: 1.5, low: 0.2, high: 4, assumption: guess, label: {nb: Hvor godt kurset virker, en: How well the course works, sv: Hur väl kursen fungerar}}}
payers: {city: {nb: Kommunen, en: The city, sv: Kommunen}}
costs:
  course: {per_start: {value: 10000, low: 5000, high: 15000, assumption: guess, label: {nb: Pris per kurs, en: Price of a course, sv: Pris per kurs}}, in: course, payer: city}
economy:
  participants: {reached: course}
  results: {job: {says: {nb: En til i arbeid, en: One more in work, sv: En till i arbete}, measure: {count: {state: work, at: end}}}}
decisions:
  start:
    says: {nb: Skal vi starte?, en: Do we start?, sv: Ska vi starta?}
    results: {job: 120000}
    options:
      not: {says: {nb: La være, en: Do not, sv: Låta bli}, without: true}
      start: {says: {nb: Starte, en: Start, sv: Starta}}
surveys:
  lots:
    says: {nb: Trekk lodd i et halvt år, en: Draw lots for half a year, sv: Dra lott i ett halvår}
    lots: {share: {share: {state: work, at: end}, of: {groups: g}}, offered: 20, others: 20}
    weeks: 26
    costs: 50000
  files:
    says: {nb: Gå gjennom 50 saker, en: Go through 50 cases, sv: Gå igenom 50 ärenden}
    of: risks.job.rate
    clients: 50
    weeks: 4
    costs: 10000
"""
SPEED = FactorInfo(
    "risks.job.rate", Text(nb="Fart", en="Speed", sv="Fart"), Quantity(0.0, "rate", "1 % per month")
)
PLACES = FactorInfo(
    "resources.place.units",
    Text(nb="Plasser", en="Places", sv="Platser"),
    Quantity(0.0, "count", "5"),
)
IN_WORK = ResponseInfo(
    "work.all", Text(nb="I arbeid", en="In work", sv="I arbete"), "share", 0.4, at_least=True
)
WAIT = ResponseInfo("wait", Text(nb="Kø", en="Queue", sv="Kö"), "duration", None, at_least=False)


def folder() -> Path:
    """A new folder, for what has to be read from files."""
    return Path(mkdtemp())


@cache
def findings() -> Findings:
    """Two scenarios, and one of everything that may be asked of them."""
    spread = Spread(0.35, 0.02, 0.0, 0.9, 1.0, points=64, replications=2)
    indices = Indices(
        spread,
        (
            Index(SPEED.name, 0.6, 0.5, 0.7, 0.7, 0.6, 0.8),
            Index(PLACES.name, 0.0, -0.05, 0.05, 0.02, -0.01, 0.05),
        ),
        rows=64,
        left_out=0,
    )
    limit = BoxLimit(SPEED.name, -math.inf, 0.0011, quasi_p=0.0001, kept=1.0)
    region = Discovery((limit,), 0.8, 1.0, 0.25, missed=0.996, points=1000, steps=())
    cells = (
        (Interval(0.2, 0.15, 0.25, 20), Interval(0.22, 0.17, 0.27, 20)),
        (Interval(0.3, 0.25, 0.35, 20), Interval(0.45, 0.4, 0.5, 20)),
    )
    none = Interval(0.0, 0.0, 0.0, 20)
    changes = ((none, none), (Interval(0.1, 0.08, 0.12, 20), Interval(0.23, 0.2, 0.26, 20)))
    grid = Grid((0.001, 0.002), (5.0, 9.0), cells, changes, Interval(0.13, 0.09, 0.17, 20))
    return Findings(
        name="small",
        title=Text(nb="En studie", en="A study", sv="En studie"),
        about=Text(nb="Om farten.", en="About the speed.", sv="Om farten."),
        file="study.yaml",
        seed=7,
        runs=12000,
        drawn=True,
        scenarios={
            "plan": Text(nb="Som skrevet", en="As written", sv="Som skrivet"),
            "more": Text(nb="Flere plasser", en="More places", sv="Fler platser"),
        },
        against="plan",
        responses={IN_WORK.name: IN_WORK, WAIT.name: WAIT},
        factors={SPEED.name: SPEED, PLACES.name: PLACES},
        compared=(
            ScenarioDifference(
                IN_WORK.name,
                "more",
                0.306,
                0.345,
                Interval(0.039, 0.012, 0.066, 40),
                Interval(0.2, 0.05, 0.35, 40),
            ),
            ScenarioDifference(
                WAIT.name, "more", 30.0, 30.0, Interval(0.004, -0.1, 0.108, 40), None
            ),
        ),
        spreads=(VarianceSplit(IN_WORK.name, "plan", spread),),
        hangs=(SensitivityResult(IN_WORK.name, "plan", indices, None),),
        missed=(FailureRegion(IN_WORK.name, "plan", region),),
        together=(Interaction(IN_WORK.name, "plan", SPEED.name, PLACES.name, grid),),
    )


@cache
def effects() -> Findings:
    """The same study with elementary effects."""
    own = ElementaryEffects(
        (
            ElementaryEffect(SPEED.name, 0.123, 0.123, 0.1, 0.15, 0.02, 0.01),
            ElementaryEffect(PLACES.name, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0),
        ),
        trajectories=10,
        left_out=0,
    )
    hangs = (SensitivityResult(IN_WORK.name, "plan", None, own),)
    only = {"plan": findings().scenarios["plan"]}
    nothing: dict[str, Any] = dict.fromkeys(("compared", "spreads", "missed", "together"), ())
    return replace(findings(), scenarios=only, hangs=hangs, about=None, drawn=False, **nothing)


@cache
def moved() -> Findings:
    """The same study with shares that add up, and how far distributions move."""
    (indices,) = findings().hangs
    shares = (
        ShapleyEffect(SPEED.name, 0.93, 0.88, 0.98),
        ShapleyEffect(PLACES.name, 0.07, 0.02, 0.12),
    )
    clear = (
        DistributionIndex(SPEED.name, 0.42, 0.37, 0.47, is_clear=True),
        DistributionIndex(PLACES.name, 0.06, 0.03, 0.09, is_clear=False),
    )
    unclear = tuple(replace(one, index=0.08, is_clear=False) for one in clear)
    unknown = tuple(replace(one, index=math.nan, low=math.nan, high=math.nan) for one in unclear)
    delta = DistributionIndices("delta", clear, 0.1, 0.12, points=256, left_out=0)
    pawn = DistributionIndices("pawn", unclear, 0.2, math.nan, points=256, left_out=0)
    nothing = DistributionIndices("pawn", unknown, math.nan, math.nan, points=3, left_out=253)
    hangs = (
        SensitivityResult(
            IN_WORK.name,
            "plan",
            shapley=ShapleyEffects(indices.indices.spread, shares, walks=64, left_out=0),
        ),
        SensitivityResult(IN_WORK.name, "plan", distribution=delta),
        SensitivityResult(IN_WORK.name, "plan", distribution=pawn),
        SensitivityResult(WAIT.name, "plan", distribution=nothing),
    )
    only = {"plan": findings().scenarios["plan"]}
    others: dict[str, Any] = dict.fromkeys(("compared", "spreads", "missed", "together"), ())
    return replace(findings(), scenarios=only, hangs=hangs, about=None, **others)


@cache
def ruled_out() -> Findings:
    """The same study with surrogates, one of which is refused, and what two figures rule out."""
    shown = [(0.21, 0.215), (0.28, 0.276), (0.35, 0.352), (0.46, 0.43)]
    told = SurrogateQuality(
        IN_WORK.name,
        "plan",
        None,
        explained=0.93,
        half_width=0.021,
        error=0.011,
        chance=0.034,
        points=tuple(LeftOutPoint(point, *numbers) for point, numbers in enumerate(shown)),
        unknown=3,
    )
    few = Message(
        "a surrogate of {factors} factors needs {least} points at which '{name}' has a known value in "
        "all replications; found {found}",
        factors=2,
        least=40,
        name=WAIT.name,
        found=12,
    )
    speeds = [0.01 + 0.004 * part for part in range(6)]
    parts = [
        RangePart(low, high, kept, least)
        for low, high, kept, least in zip(
            speeds, speeds[1:], (0.0, 0.4, 0.9, 0.1, 0.0), (4.1, 1.2, 0.1, 2.6, 3.4), strict=False
        )
    ]
    per_day = 12 / 365.25
    speed = RemainingRange(
        SPEED.name,
        0.01 * per_day,
        0.03 * per_day,
        0.0151 * per_day,
        0.0243 * per_day,
        tuple(replace(one, low=one.low * per_day, high=one.high * per_day) for one in parts),
    )
    places = RemainingRange(
        PLACES.name, 2, 4, 2, 4, tuple(RangePart(n, n, 0.3, 0.2) for n in (2, 3, 4))
    )
    figure = ObservedFigure(0.306, 0.01, "in_work", "A report, p. 3")
    ruling = RulingFigure(IN_WORK.name, figure, 0.011, 0.034, alone=0.68, only=0.68)
    found = RuledOut("plan", 65536, 150, (ruling,), (speed, places), (WAIT.name,))
    surrogates = (told, SurrogateQuality(WAIT.name, "plan", few))
    only = {"plan": findings().scenarios["plan"]}
    others: dict[str, Any] = dict.fromkeys(
        ("compared", "spreads", "hangs", "missed", "together"), ()
    )
    return replace(
        findings(), scenarios=only, surrogates=surrogates, ruled_out=found, about=None, **others
    )


@cache
def information() -> InformationValue:
    """One decision: two assumptions, one of which is worth knowing, and two surveys."""
    flow = read_text(DECIDED)
    start = flow.decisions["start"]
    payoffs = np.array([[0.0, 120_000.0], [0.0, -300_000.0]])
    means = (Interval(0.0, 0.0, 0.0, 400), Interval(-90_000.0, -130_000.0, -50_000.0, 400))
    options = tuple(
        OptionPayoff(name, own.says, mean, best)
        for (name, own), mean, best in zip(start.options.items(), means, (0.7, 0.3), strict=True)
    )
    clear = ExpectedValue(164_000.0, 126_000.0, 200_000.0, 19_000.0, 300.0, 0.39, 4.1, "curves")
    nothing = ExpectedValue(0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 2.0, "lines")
    unclear = ExpectedValue(5_000.0, 0.0, 15_000.0, 4_000.0, -900.0, 0.08, 2.0, "lines")
    outcome = ExpectedValue(196_000.0, 167_000.0, 225_000.0, 14_800.0, changes=0.3)
    inputs = (
        KnownInput("effects.0.times", ("effects.0.times",), clear),
        KnownInput("risks.job.rate", ("risks.job.rate",), unclear),
        KnownInput("costs.course.per_start", ("costs.course.per_start",), nothing),
    )
    together = ("risks.job.rate", "effects.0.times")
    groups = (KnownInput("risks.job.rate + effects.0.times", together, clear),)
    surveys = (
        SurveyWorth("lots", flow.surveys["lots"], clear, None, 40_000.0, 0.45),
        SurveyWorth("files", flow.surveys["files"], unclear, clear, 1_500.0),
    )
    own = DecisionValue(
        "start", start, options, payoffs, 3, outcome, clear, inputs, groups, surveys
    )
    return InformationValue(flow, 7, 400, (own,), {"risks.job.rate": np.array([0.001, 0.002])})


@cache
def portfolio() -> PortfolioRun:
    """Four districts with one leader, made up: the numbers of three scenarios."""
    found = read_portfolio(write_portfolios(folder() / "portfolio") / "four.yaml")
    shape = (3, 4, 1, 5)
    values = np.arange(np.prod(shape), dtype=np.float64).reshape(shape) % 17.0
    return PortfolioRun(found, folder() / "portfolio", values)


@cache
def solution() -> Solution:
    """How many places: 14 are enough, 12 are not, 13 is open."""
    problem = problem_of(folder())
    tried = (
        (8, 20, 40, 0.3, 0.7, "missed"),
        (9, 700, 1000, 0.66, 0.76, "open"),
        (10, 40, 40, 0.8, 1.0, "met"),
        (11, 0, 0, 0.0, 1.0, "met"),
    )
    rows = tuple(
        SolutionRow(
            choice,
            Successes(met, runs),
            Interval(met / max(runs, 1), low, high, runs),
            word,
            runs == 0,
        )
        for choice, met, runs, low, high, word in tried
    )
    frontier = tuple(
        FrontierPoint(choice, float(choice), Successes(met, 10), Interval(met / 10, low, high, 10))
        for choice, met, low, high in ((0, 0, 0.0, 0.28), (9, 7, 0.4, 0.9), (20, 10, 0.72, 1.0))
    )
    return Solution(problem, "least", 10, (9,), 8, rows, frontier, frontier, (), 1080, 30)


def trials(estimates: list[float]) -> Trials:
    """What a strategy said in some draws whose true effect is 4 points, with p-values to match."""
    estimate = np.array(estimates)
    count = len(estimate)
    error = np.full(count, 0.02)
    return Trials(
        truth=np.full(count, 0.04),
        estimate=estimate,
        error=error,
        low=estimate - 0.04,
        high=estimate + 0.04,
        p=np.where(np.abs(estimate) > 0.04, 0.01, 0.5),
        null_estimate=estimate - 0.04,
        null_p=np.full(count, 0.5),
        spillover=np.zeros(count),
    )


def evaluation() -> EvaluationResult:
    """Three designs: a lottery that sees much, a dearer one that sees nothing, a biased one."""
    cells = build(
        folder(),
        pilot_flow(currency="NOK"),
        inquiries={
            "in_work": {
                "at": "12 months",
                "says": {"nb": "I arbeid etter et år", "en": "In work after a year"},
            }
        },
        answers={
            "difference": {
                "estimator": "difference",
                "inquiry": "in_work",
                "says": {"nb": "Forskjell", "en": "Difference"},
            }
        },
        designs={
            "lottery": {
                "lottery": {},
                "answers": "difference",
                "cost": 300000,
                "says": {"nb": "Loddtrekning", "en": "A lottery"},
            },
            "small": {
                "lottery": {"share": "10 %"},
                "answers": "difference",
                "cost": 500000,
                "says": {"nb": "Liten loddtrekning", "en": "A small lottery"},
            },
            "chosen": {
                "caseworker": {"weights": {"readiness": 1}},
                "answers": "difference",
                "says": {"nb": "Saksbehandler velger", "en": "The caseworker chooses"},
            },
        },
        draws=4,
    )
    even = [0.02, 0.06, 0.03, 0.05]
    tried = []
    for design, estimates, size in zip(
        cells[0].designs, (even, even, [0.14, 0.15, 0.14, 0.15]), (0.14, math.nan, 0.1), strict=True
    ):
        found = trials(estimates)
        least = DetectableEffect(size, 0.012, 0.39, -1.96, 20.0, 0.8)
        refusals = {"no outcome is known": 1} if design.name == "small" else {}
        tried.append(
            DesignResult({}, design, design.strategies[0], found, diagnose(found), least, refusals)
        )
    return EvaluationResult(cells, tuple(tried))


# One answer that can be trusted, and one that misleads.
FOUND = {
    "hash": "ba9876543210" * 5 + "ba98",
    "draws": 400,
    "seed": 7,
    "prior": {"inquiry": "in_work", "mean": 4.0, "low": -1.0, "high": 9.5, "below_zero": 0.2},
    "found": [
        {
            "answer": "difference",
            "worked": 400,
            "misleads": False,
            "bias": {"value": 0.001, "error": 0.002},
            "coverage": {"value": 0.95, "error": 0.011},
            "power": {"value": 0.41, "error": 0.025},
            "false_positives": {"value": 0.05, "error": 0.011},
            "least_effect": {"value": 0.14, "error": 0.01},
        },
        {
            "answer": "adjusted",
            "worked": 400,
            "misleads": True,
            "reason": "displacement",
            "bias": {"value": 0.031, "error": 0.002},
            "coverage": {"value": 0.6, "error": 0.02},
            "power": {"value": 0.7, "error": 0.025},
            "false_positives": {"value": 0.2, "error": 0.02},
        },
    ],
}


@cache
def plan() -> PreAnalysisPlan:
    """A lottery with an answer that decides, and one that adjusts."""
    place = folder()
    build(
        place,
        begins="2015-01-01",
        inquiries={
            "in_work": {
                "at": "12 months",
                "says": {"nb": "I arbeid etter et år", "en": "In work after a year"},
            }
        },
        answers={
            "difference": {
                "estimator": "difference",
                "inquiry": "in_work",
                "says": {"nb": "Forskjell", "en": "Difference"},
            },
            "adjusted": {
                "estimator": "adjusted",
                "inquiry": "in_work",
                "covariates": ["young", "record"],
            },
        },
        designs={
            "lottery": {
                "lottery": {},
                "answers": ["difference", "adjusted"],
                "says": {"nb": "Loddtrekning", "en": "A lottery"},
            }
        },
    )
    document = parse(read_file(place / "evaluation.yaml"), "evaluation.yaml")
    said = build_record(document, EvaluationFile)
    text = write_plan(document, said, "lottery", evaluated=FOUND)
    (place / "plan.json").write_text(text, encoding="utf-8")
    return read_plan(place / "plan.json")[0].model_copy(update={"hash": "0123456789ab" * 5})


def analysis() -> RegisterAnalysis:
    """One answer, one refusal, a check that fails, and cells that are not shown."""
    first, second = plan().strategies()
    effect = Effect(
        "difference",
        "difference in means",
        0.1234,
        0.0512,
        0.0231,
        0.2237,
        0.0161,
        math.inf,
        clients=197,
        notes=(
            Message(
                "{missing} of {clients} clients have no outcome and are left out",
                missing=Message("some"),
                clients=200,
            ),
        ),
    )
    path = tuple(replace(effect, estimate=0.01 * k, low=0.0, high=0.02 * k) for k in (-1, 1, 12))
    asked = ("statsmodels", "0.15.0", "OLS, HC2")
    says = Message(
        "also worked out with {library} {version} ({call}): estimate and standard error agree to "
        "{digits} digits",
        **dict(zip(("library", "version", "call"), asked, strict=True)),
        digits=11,
    )
    agreement = Agreement(says, True, 11, *asked)
    counts = (200, 0, 200, 0, 100, 100, 94, 6, 0, 100, None, None, 100, 0)
    return RegisterAnalysis(
        plan(),
        unchanged=False,
        chart=ParticipantFlow(counts),
        findings=(
            PlanAnswer(
                first, effect, "", 0.0322, path, precision="rounded", most=200, agreement=agreement
            ),
            PlanAnswer(second, None, "the covariates say nothing", math.nan, ()),
        ),
        checks=(
            AssumptionCheck("lottery", passed=False, statistic=12.0, text="The arms differ."),
            AssumptionCheck("attrition", passed=True, statistic=0.0, text="No outcome is missing."),
        ),
        redrawn=np.linspace(-0.15, 0.15, 31),
        certificate=ReleaseCertificate(
            least=5,
            rounded=("difference",),
            earlier=1,
        ),
    )


@cache
def arms_plan() -> PreAnalysisPlan:
    """Two offers and the usual help, compared two and two, each by two answers."""
    place = folder()
    arms = {
        "close": {
            "words": ["T"],
            "says": {"nb": "Tett oppfølging", "en": "Close follow-up", "sv": "Nära uppföljning"},
        },
        "course": {"words": ["K"], "says": {"nb": "Kurs", "en": "A course", "sv": "Kurs"}},
        "usual": {
            "offered": False,
            "words": ["V"],
            "says": {"nb": "Vanlig hjelp", "en": "Usual help", "sv": "Vanlig hjälp"},
        },
    }
    build(
        place,
        begins="2015-01-01",
        inquiries={
            "in_work": {
                "at": "12 months",
                "says": {
                    "nb": "I arbeid etter et år",
                    "en": "In work after a year",
                    "sv": "I arbete efter ett år",
                },
            }
        },
        answers={
            "difference": {
                "estimator": "difference",
                "inquiry": "in_work",
                "says": {"nb": "Forskjell", "en": "Difference", "sv": "Skillnad"},
            },
            "adjusted": {
                "estimator": "adjusted",
                "inquiry": "in_work",
                "covariates": ["young", "record"],
                "says": {"nb": "Justert", "en": "Adjusted", "sv": "Justerat"},
            },
        },
        designs={
            "lottery": {
                "lottery": {"arms": arms, "compared": "usual"},
                "answers": ["difference", "adjusted"],
            }
        },
    )
    document = parse(read_file(place / "evaluation.yaml"), "evaluation.yaml")
    text = write_plan(document, build_record(document, EvaluationFile), "lottery")
    (place / "plan.json").write_text(text, encoding="utf-8")
    return read_plan(place / "plan.json")[0].model_copy(update={"hash": "0123456789ab" * 5})


@cache
def looked() -> LookAnalysis:
    """The second of three looks, at which it is too early to say."""
    found = analysis()
    schedule = LookSchedule((6, 12, 24), 0.05, "obrien_fleming", 1.0)
    levels = schedule.expected_levels[:2]
    return LookAnalysis(found.plan, schedule, 1, levels, "go_on", found)


def several_arms() -> SeveralArmsAnalysis:
    """Of two offers one is told to its digits, of the other one answer roughly and one not at all."""
    first, second = arms_plan().strategies()
    nobody = Message(
        "{missing} of {clients} clients have no outcome and are left out",
        missing=Message("some"),
        clients=200,
    )
    close = Effect(
        "difference", "", 0.123, 0.051, 0.023, 0.223, 0.016, 198.0, clients=200, notes=(nobody,)
    )
    adjusted = replace(close, estimator="adjusted", estimate=0.118, low=0.022, high=0.214, notes=())
    course = replace(close, estimate=0.05, error=0.06, low=-0.068, high=0.168, p=0.41)
    passed = AssumptionCheck("attrition", passed=True, statistic=0.0, text="No outcome is missing.")
    failed = AssumptionCheck("lottery", passed=False, statistic=12.0, text="The arms differ.")
    unmade = AssumptionCheck("balance", passed=None, statistic=math.nan, text="too few clients")
    shown = ParticipantFlow((300, 0, 300, 0, 100, 100, 94, 6, 0, 100, 100, 0, 100, 0))
    hidden = ParticipantFlow((300, 0, 300, 0, None, 100, None, None, 0, 100, None, None, 100, 0))
    exact = RegisterAnalysis(
        arms_plan(),
        unchanged=True,
        chart=shown,
        findings=(
            PlanAnswer(first, close, "", 0.032, ()),
            PlanAnswer(second, adjusted, "", 0.032, ()),
        ),
        checks=(passed, failed),
        redrawn=np.zeros(0),
        certificate=ReleaseCertificate(least=5),
        notes=(ReadingNote("moved", np.zeros(0, bool)).says(12),),
    )
    coarse = replace(
        exact,
        chart=hidden,
        beside=(
            Message(
                "time counts from {begins}, when the plan begins; the usual offer came in {usual}, "
                "so that the months until then are months of waiting",
                begins="2015-01",
                usual="2015-04",
            ),
        ),
        findings=(
            PlanAnswer(first, course, "", 0.41, (), precision="coarse", most=200),
            PlanAnswer(
                second, None, "the covariates say nothing", math.nan, (), precision="withheld"
            ),
        ),
        checks=(passed, unmade),
        certificate=ReleaseCertificate(
            least=5,
            coarse=("difference",),
            withheld=("adjusted",),
            earlier=1,
        ),
    )
    contrasts = (
        ArmsContrast(
            ("close", "usual"),
            exact,
            (
                ArmsAnswer(exact.findings[0], 0.064, -0.006, 0.252),
                ArmsAnswer(exact.findings[1], 0.064, -0.008, 0.244),
            ),
        ),
        ArmsContrast(
            ("course", "usual"),
            coarse,
            (
                ArmsAnswer(coarse.findings[0], 0.82, -0.1, 0.2),
                ArmsAnswer(coarse.findings[1], math.nan, math.nan, math.nan),
            ),
        ),
    )
    return SeveralArmsAnalysis(arms_plan(), unchanged=True, contrasts=contrasts)


def filed(name: str, estimator: str, precision: str, **numbers: float) -> FiledResult:
    """A result as its file holds it, of one answer about a share."""
    answer = FiledAnswer(
        answer="main",
        says="main",
        asks=Text(nb="I arbeid etter et år", en="In work after a year", sv="I arbete efter ett år"),
        estimator=estimator,
        inquiry=FiledInquiry(
            kind="mean", months=12, outcome="in_work", who="offered", world="nobody", traits={}
        ),
        unit="share",
        precision=precision,
        **numbers,
    )
    return FiledResult(name, f"plan_{name}", "0123456789ab" * 5, True, f"{name:0<64}", (answer,))


@cache
def pooled() -> PooledAnswers:
    """Three districts that differ, one of them rounded, and one of which nothing is shown."""
    return pool(
        [
            filed("east", "difference", "exact", estimate=0.12, error=0.03, clients=600),
            filed("west", "difference", "rounded", estimate=0.01, error=0.04, clients=400),
            filed("north", "adjusted", "exact", estimate=0.06, error=0.025, clients=800),
            filed("south", "difference", "withheld"),
        ]
    )


def mending() -> MendedRegister:
    """A file with semicolons, Norwegian words and a row twice, and what was mended in it."""
    file = folder() / "uttrekk.csv"
    rows = ["1;01.01.2015;Arbeid;0", "1;01.01.2015;Arbeid;0", "2;01.01.2015;Sosialhjelp;8211,85"]
    file.write_text("\n".join(["nr;periode;tilstand;kroner", *rows]) + "\n", encoding="utf-8")
    columns = {"client": "nr", "month": "periode", "status": "tilstand", "amount": "kroner"}
    values = {"status": {"arbeid": "work", "sosialhjelp": "assistance"}}
    mapping = RegisterMapping(mapping="small", columns=columns, values=values)
    return replace(prepare_register(file, mapping), file="uttrekk.csv")


@cache
def followed() -> FollowedPilot:
    """A pilot with four places of ten, with a correction and a count that is missing."""
    counts = simulated(small_pilot(resources__place__units=4), 1)[0]
    text = table_of(counts, 4).replace("I arbeid\n", "I arbeid;Rettet\n")
    rows = [line if "Rettet" in line else line + ";" for line in text.splitlines()]
    cells = rows[3].split(";")
    rows[3] = ";".join([cells[0], "", *cells[2:]])
    rows.append(f"jan. 2015;;{int(counts[0, 1]) + 1};;;;x")
    place = folder()
    mapping = read_counts_mapping(write(place, "mapping.yaml", MAPPING))
    file = write(place, "counts.csv", "\n".join(rows) + "\n")
    return follow(small_pilot(), read_counts(file, small_pilot(), mapping), replications=100)


@cache
def watched() -> FollowedPilot:
    """A pilot with four places of ten, of which it was feared that there would be six."""
    counts = simulated(small_pilot(resources__place__units=4), 1)[0]
    place = folder()
    mapping = read_counts_mapping(write(place, "mapping.yaml", WATCHED))
    counted = read_counts(write(place, "counts.csv", table_of(counts, 4)), small_pilot(), mapping)
    return follow(small_pilot(), counted, replications=100)


@cache
def on_plan() -> FollowedPilot:
    """A pilot after six months that finds work sooner than assumed, and more places tried from July."""
    counts = simulated(small_pilot(risks__job__rate="8 % per month"), 1, seed=4)[0]
    place = folder()
    mapping = read_counts_mapping(write(place, "mapping.yaml", MAPPING))
    file = write(place, "counts.csv", table_of(counts, 6))
    plans = {"Tjue plasser fra juli": with_places(20, "2015-07-01")}
    counted = read_counts(file, small_pilot(), mapping)
    return follow(small_pilot(), counted, replications=400, plans=plans)


@cache
def learned() -> LearnedFlow:
    """A flow of talks, learned from the stays of one run of it but for its last months."""
    place = folder()
    sketch, log = place / "talks.yaml", place / "log.csv"
    sketch.write_text(TALKS, encoding="utf-8")
    to_event_log(simulate(read_text(TALKS), seed=4)).to_csv(log, index=False)
    found = learn(log, sketch, held_out=3)
    return replace(found, stays=replace(found.stays, file=log.name))


def readiness() -> RegisterReadiness:
    """One thing right, one wrong, and one that is told."""
    found = (
        Finding("reading", "right", Message("every cell of the file can be read")),
        Finding(
            "arms",
            "wrong",
            Message(
                "the column '{column}' is missing: the plan draws lots within blocks",
                column="block",
            ),
        ),
        Finding(
            "missing",
            "note",
            Message(
                "missing for {count} clients: {what}",
                what=Message("'{name}'", name="age"),
                count=Message("fewer than {least}", least=5),
            ),
        ),
    )
    return RegisterReadiness("register.csv", plan(), found, ("age", "young"))


def cost() -> tuple[StudyCost, dict[str, Any]]:
    """What a study costs of which half is done already."""
    text = STUDY.replace(
        "replications: 6", "replications: {at_least: 100, at_most: 400, until: {jobs: {mean: 0.5}}}"
    )
    study = read_study(write_study(folder(), text))
    return StudyCost(400, 1600, 800, 0.5, 2, 240_000), {"study": study}


@cache
def study() -> StudyRun:
    """The results of two scenarios at two points, really run."""
    place = folder()
    found = run_study(read_study(write_study(place)), place / "run", ExecutionOptions(Local(1)))
    assert found is not None
    return found


def results() -> dict[str, tuple[Any, dict[str, Any]]]:
    """Every result by the name of its golden document, with what its view takes beside."""
    return {
        "study_cost": cost(),
        "study": (study(), {}),
        "findings": (findings(), {}),
        "effects": (effects(), {}),
        "moved": (moved(), {}),
        "ruled_out": (ruled_out(), {}),
        "information": (information(), {"command": "pilotsim value flow.yaml"}),
        "portfolio": (portfolio(), {"command": "pilotsim portfolio four.yaml"}),
        "solution": (solution(), {"command": "pilotsim solve solve.yaml"}),
        "mending": (mending(), {}),
        "readiness": (readiness(), {}),
        "evaluation": (evaluation(), {"command": "pilotsim evaluate evaluation.yaml"}),
        "register_analysis": (analysis(), {}),
        "look": (looked(), {}),
        "several_arms": (several_arms(), {}),
        "pooled": (pooled(), {}),
        "follow_on_plan": (on_plan(), {}),
        "follow_watched": (watched(), {}),
        "follow": (followed(), {"command": "pilotsim follow small.yaml --counts counts.csv"}),
        "learned": (learned(), {"command": "pilotsim learn log.csv --flow talks.yaml"}),
        "plan": (plan(), {}),
        "values": (SettableValues(read_text(FLOW_OF_PLACES)), {}),
    }
