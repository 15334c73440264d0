"""Effects of a programme: plain arrays in, an `Effect` out, for simulated and for real data.

>>> import numpy as np
>>> from pilotsim import effects
>>> outcome, offered = np.array([1, 0, 1, 1, 0, 0, 1, 0]), np.array([1, 1, 1, 1, 0, 0, 0, 0])
>>> effects.estimate_difference(outcome, offered).estimate
0.5

The nouns are an `Effect` (the estimate, its standard error, interval and p-value, and what a reader
must know), an `AssumptionCheck` (whether the data give reason to doubt what an estimator rests on),
and the records of fits, curves and weights. The verbs are ``estimate_*``, which return an `Effect`;
``check_*``, which return an `AssumptionCheck`; and functions called after what they compute, such
as `kaplan_meier`, `cox` or `gray_test`.

- **Drawn by lot**: `estimate_difference`, `estimate_adjusted`, `estimate_lin`, `estimate_blocked`,
  `estimate_pairs`, `estimate_clustered`, `estimate_cluster_means`, `estimate_randomised`,
  `estimate_stepped`.
- **Before and after**: `estimate_did`, `estimate_group_time` with `average_all`, `average_by_lag`
  (the event study), `average_by_group`, `average_by_period`; `estimate_imputation`,
  `estimate_sun_abraham`; `estimate_interrupted`; `decompose_two_way`.
- **One unit, or few**: `estimate_synthetic_control`, `estimate_synthetic_did`, with
  `synthetic_placebos`.
- **Instruments and limits**: `estimate_late`, `estimate_iv`, `estimate_discontinuity`.
- **From observation**: `estimate_ipw`, `estimate_overlap`, `estimate_regression`,
  `estimate_ipwra`, `estimate_aipw`, `estimate_entropy_balanced`, `estimate_matched`,
  `estimate_score_matched`.
- **Time to an event**: `kaplan_meier`, `log_rank`, `estimate_survival`; `cumulative_incidence`,
  `gray_test`, `estimate_incidence`; `cox`, `fine_gray`, `discrete_hazard` and the effects from
  them, `estimate_cox`, `estimate_fine_gray`, `estimate_discrete_hazard`, `estimate_participation`;
  `estimate_restricted_mean`, `estimate_time_lost`.
- **Belief before and after**: `posterior_of_effect`, `believe`.
- **Several places, and money**: `pool_effects`; `value_net` and `value_net_of_draws`, with
  `PriceRange`.
- **Several outcomes**: `adjust_holm`, `adjust_romano_wolf`.
- **Checks**: `check_balance`, `check_lottery`, `check_overlap`, `check_attrition`, `check_trends`,
  `check_group_trends`, `check_placebos`, `check_proportional`, `check_sensitivity`,
  `check_density`; `honest_bounds` under trends that differ.

An outcome that is not known is NaN: the client is left out, and a note says so. What cannot be
estimated raises `pilotsim.base.errors.EstimationError` with the reason and what could be done. Each
docstring names estimand, assumption, standard error and source; ``docs/estimators.md`` has them in
one table. This package imports nothing but `pilotsim.base`, and each name is fetched when it is
first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

# Where each public name lives.
_MODULES: dict[str, tuple[str, ...]] = {
    "arms": ("fill_missing",),
    "effect": (
        "AssumptionCheck",
        "Effect",
        "conclude",
    ),
    "checks.attrition": (
        "Bounds",
        "check_attrition",
        "lee_bounds",
        "weigh_for_loss",
        "worst_case_bounds",
    ),
    "checks.balance": (
        "Balance",
        "check_balance",
        "check_lottery",
        "standardised_differences",
    ),
    "checks.density": (
        "Jump",
        "check_density",
        "measure_jump",
    ),
    "checks.honest_trends": (
        "HonestBounds",
        "honest_bounds",
    ),
    "checks.overlap": ("check_overlap",),
    "checks.placebo": (
        "Placebos",
        "check_placebos",
        "run_placebos",
    ),
    "checks.proportional_hazards": (
        "Proportionality",
        "check_proportional",
        "proportionality",
    ),
    "checks.sensitivity": (
        "Benchmark",
        "EValue",
        "Robustness",
        "check_sensitivity",
        "e_value",
        "robustness",
        "rosenbaum_gamma",
        "rosenbaum_p",
    ),
    "checks.trends": (
        "TrendPower",
        "check_group_trends",
        "check_trends",
        "trend_power",
    ),
    "estimators.blocks": ("estimate_blocked",),
    "estimators.clusters": (
        "estimate_cluster_means",
        "estimate_clustered",
    ),
    "estimators.competing_risks": (
        "cumulative_incidence",
        "estimate_incidence",
    ),
    "estimators.cox": (
        "CoxFit",
        "cox",
    ),
    "estimators.difference_in_differences": ("estimate_did",),
    "estimators.difference_in_means": (
        "estimate_adjusted",
        "estimate_difference",
        "estimate_lin",
    ),
    "estimators.discrete_hazards": (
        "discrete_competing",
        "discrete_hazard",
    ),
    "estimators.doubly_robust": (
        "estimate_aipw",
        "estimate_ipwra",
        "estimate_regression",
    ),
    "estimators.entropy_balancing": (
        "entropy_weights",
        "estimate_entropy_balanced",
    ),
    "estimators.fine_gray": ("fine_gray",),
    "estimators.gray": ("gray_test",),
    "estimators.group_means": (
        "EffectPath",
        "average_all",
        "average_by_group",
        "average_by_lag",
        "average_by_period",
    ),
    "estimators.group_time": (
        "GroupTime",
        "estimate_group_time",
    ),
    "estimators.hazard_effects": (
        "estimate_cox",
        "estimate_discrete_hazard",
        "estimate_fine_gray",
        "estimate_participation",
    ),
    "estimators.hazard_fits": (
        "HazardFit",
        "hazard_ratio",
    ),
    "estimators.instrumental_variables": (
        "estimate_iv",
        "estimate_late",
        "examine_first_stage",
    ),
    "estimators.interrupted_series": ("estimate_interrupted",),
    "estimators.kaplan_meier": (
        "IncidenceCurves",
        "Quantile",
        "RankTest",
        "SurvivalCurve",
        "estimate_survival",
        "kaplan_meier",
        "log_rank",
        "quantile",
    ),
    "estimators.matching": ("estimate_matched",),
    "estimators.pairs": ("estimate_pairs",),
    "estimators.propensity_matching": ("estimate_score_matched",),
    "estimators.propensity_weighting": (
        "Weights",
        "estimate_ipw",
        "estimate_overlap",
        "treatment_weights",
    ),
    "estimators.randomised_lottery": ("estimate_randomised",),
    "estimators.regression_discontinuity": (
        "estimate_discontinuity",
        "fit_discontinuity",
    ),
    "estimators.restricted_mean": (
        "estimate_restricted_mean",
        "estimate_time_lost",
        "restricted_mean",
        "time_lost",
    ),
    "estimators.stepped_wedge": ("estimate_stepped",),
    "estimators.imputed_months": (
        "estimate_imputation",
        "estimate_sun_abraham",
    ),
    "estimators.synthetic_comparison": (
        "estimate_synthetic_control",
        "estimate_synthetic_did",
        "synthetic_placebos",
    ),
    "posterior": (
        "BeliefSummary",
        "Posterior",
        "believe",
        "posterior_of_effect",
    ),
    "net_benefit": (
        "NetBenefit",
        "PriceRange",
        "StartShare",
        "value_net",
        "value_net_of_draws",
    ),
    "pooling": ("PooledEffect", "pool_effects"),
    "panel_library": (
        "SyntheticFit",
        "fit_honest_bounds",
        "fit_imputation",
        "fit_sun_abraham",
        "fit_synthetic_control",
        "fit_synthetic_did",
    ),
    "estimators.at_risk_intervals": (
        "Stretches",
        "participation_stretches",
    ),
    "estimators.two_way": (
        "Decomposition",
        "TwoByTwo",
        "decompose_two_way",
    ),
    "inference.multiple_testing": (
        "adjust_holm",
        "adjust_romano_wolf",
        "wild_null",
        "wild_statistics",
    ),
}
_HOMES = {name: module for module, names in _MODULES.items() for name in names}

__all__ = sorted(_HOMES)  # noqa: PLE0605

if TYPE_CHECKING:
    from pilotsim.effects.arms import fill_missing as fill_missing
    from pilotsim.effects.checks.attrition import Bounds as Bounds
    from pilotsim.effects.checks.attrition import check_attrition as check_attrition
    from pilotsim.effects.checks.attrition import lee_bounds as lee_bounds
    from pilotsim.effects.checks.attrition import weigh_for_loss as weigh_for_loss
    from pilotsim.effects.checks.attrition import worst_case_bounds as worst_case_bounds
    from pilotsim.effects.checks.balance import Balance as Balance
    from pilotsim.effects.checks.balance import check_balance as check_balance
    from pilotsim.effects.checks.balance import check_lottery as check_lottery
    from pilotsim.effects.checks.balance import standardised_differences as standardised_differences
    from pilotsim.effects.checks.density import Jump as Jump
    from pilotsim.effects.checks.density import check_density as check_density
    from pilotsim.effects.checks.density import measure_jump as measure_jump
    from pilotsim.effects.checks.honest_trends import HonestBounds as HonestBounds
    from pilotsim.effects.checks.honest_trends import honest_bounds as honest_bounds
    from pilotsim.effects.checks.overlap import check_overlap as check_overlap
    from pilotsim.effects.checks.placebo import Placebos as Placebos
    from pilotsim.effects.checks.placebo import check_placebos as check_placebos
    from pilotsim.effects.checks.placebo import run_placebos as run_placebos
    from pilotsim.effects.checks.proportional_hazards import Proportionality as Proportionality
    from pilotsim.effects.checks.proportional_hazards import (
        check_proportional as check_proportional,
    )
    from pilotsim.effects.checks.proportional_hazards import proportionality as proportionality
    from pilotsim.effects.checks.sensitivity import Benchmark as Benchmark
    from pilotsim.effects.checks.sensitivity import EValue as EValue
    from pilotsim.effects.checks.sensitivity import Robustness as Robustness
    from pilotsim.effects.checks.sensitivity import check_sensitivity as check_sensitivity
    from pilotsim.effects.checks.sensitivity import e_value as e_value
    from pilotsim.effects.checks.sensitivity import robustness as robustness
    from pilotsim.effects.checks.sensitivity import rosenbaum_gamma as rosenbaum_gamma
    from pilotsim.effects.checks.sensitivity import rosenbaum_p as rosenbaum_p
    from pilotsim.effects.checks.trends import TrendPower as TrendPower
    from pilotsim.effects.checks.trends import check_group_trends as check_group_trends
    from pilotsim.effects.checks.trends import check_trends as check_trends
    from pilotsim.effects.checks.trends import trend_power as trend_power
    from pilotsim.effects.effect import AssumptionCheck as AssumptionCheck
    from pilotsim.effects.effect import Effect as Effect
    from pilotsim.effects.effect import conclude as conclude
    from pilotsim.effects.estimators.at_risk_intervals import Stretches as Stretches
    from pilotsim.effects.estimators.at_risk_intervals import (
        participation_stretches as participation_stretches,
    )
    from pilotsim.effects.estimators.blocks import estimate_blocked as estimate_blocked
    from pilotsim.effects.estimators.clusters import (
        estimate_cluster_means as estimate_cluster_means,
    )
    from pilotsim.effects.estimators.clusters import estimate_clustered as estimate_clustered
    from pilotsim.effects.estimators.competing_risks import (
        cumulative_incidence as cumulative_incidence,
    )
    from pilotsim.effects.estimators.competing_risks import estimate_incidence as estimate_incidence
    from pilotsim.effects.estimators.cox import CoxFit as CoxFit
    from pilotsim.effects.estimators.cox import cox as cox
    from pilotsim.effects.estimators.difference_in_differences import estimate_did as estimate_did
    from pilotsim.effects.estimators.difference_in_means import (
        estimate_adjusted as estimate_adjusted,
    )
    from pilotsim.effects.estimators.difference_in_means import (
        estimate_difference as estimate_difference,
    )
    from pilotsim.effects.estimators.difference_in_means import estimate_lin as estimate_lin
    from pilotsim.effects.estimators.discrete_hazards import (
        discrete_competing as discrete_competing,
    )
    from pilotsim.effects.estimators.discrete_hazards import discrete_hazard as discrete_hazard
    from pilotsim.effects.estimators.doubly_robust import estimate_aipw as estimate_aipw
    from pilotsim.effects.estimators.doubly_robust import estimate_ipwra as estimate_ipwra
    from pilotsim.effects.estimators.doubly_robust import estimate_regression as estimate_regression
    from pilotsim.effects.estimators.entropy_balancing import entropy_weights as entropy_weights
    from pilotsim.effects.estimators.entropy_balancing import (
        estimate_entropy_balanced as estimate_entropy_balanced,
    )
    from pilotsim.effects.estimators.fine_gray import fine_gray as fine_gray
    from pilotsim.effects.estimators.gray import gray_test as gray_test
    from pilotsim.effects.estimators.group_means import EffectPath as EffectPath
    from pilotsim.effects.estimators.group_means import average_all as average_all
    from pilotsim.effects.estimators.group_means import average_by_group as average_by_group
    from pilotsim.effects.estimators.group_means import average_by_lag as average_by_lag
    from pilotsim.effects.estimators.group_means import average_by_period as average_by_period
    from pilotsim.effects.estimators.group_time import GroupTime as GroupTime
    from pilotsim.effects.estimators.group_time import estimate_group_time as estimate_group_time
    from pilotsim.effects.estimators.hazard_effects import estimate_cox as estimate_cox
    from pilotsim.effects.estimators.hazard_effects import (
        estimate_discrete_hazard as estimate_discrete_hazard,
    )
    from pilotsim.effects.estimators.hazard_effects import estimate_fine_gray as estimate_fine_gray
    from pilotsim.effects.estimators.hazard_effects import (
        estimate_participation as estimate_participation,
    )
    from pilotsim.effects.estimators.hazard_fits import HazardFit as HazardFit
    from pilotsim.effects.estimators.hazard_fits import hazard_ratio as hazard_ratio
    from pilotsim.effects.estimators.imputed_months import (
        estimate_imputation as estimate_imputation,
    )
    from pilotsim.effects.estimators.imputed_months import (
        estimate_sun_abraham as estimate_sun_abraham,
    )
    from pilotsim.effects.estimators.instrumental_variables import estimate_iv as estimate_iv
    from pilotsim.effects.estimators.instrumental_variables import estimate_late as estimate_late
    from pilotsim.effects.estimators.instrumental_variables import (
        examine_first_stage as examine_first_stage,
    )
    from pilotsim.effects.estimators.interrupted_series import (
        estimate_interrupted as estimate_interrupted,
    )
    from pilotsim.effects.estimators.kaplan_meier import IncidenceCurves as IncidenceCurves
    from pilotsim.effects.estimators.kaplan_meier import Quantile as Quantile
    from pilotsim.effects.estimators.kaplan_meier import RankTest as RankTest
    from pilotsim.effects.estimators.kaplan_meier import SurvivalCurve as SurvivalCurve
    from pilotsim.effects.estimators.kaplan_meier import estimate_survival as estimate_survival
    from pilotsim.effects.estimators.kaplan_meier import kaplan_meier as kaplan_meier
    from pilotsim.effects.estimators.kaplan_meier import log_rank as log_rank
    from pilotsim.effects.estimators.kaplan_meier import quantile as quantile
    from pilotsim.effects.estimators.matching import estimate_matched as estimate_matched
    from pilotsim.effects.estimators.pairs import estimate_pairs as estimate_pairs
    from pilotsim.effects.estimators.propensity_matching import (
        estimate_score_matched as estimate_score_matched,
    )
    from pilotsim.effects.estimators.propensity_weighting import Weights as Weights
    from pilotsim.effects.estimators.propensity_weighting import estimate_ipw as estimate_ipw
    from pilotsim.effects.estimators.propensity_weighting import (
        estimate_overlap as estimate_overlap,
    )
    from pilotsim.effects.estimators.propensity_weighting import (
        treatment_weights as treatment_weights,
    )
    from pilotsim.effects.estimators.randomised_lottery import (
        estimate_randomised as estimate_randomised,
    )
    from pilotsim.effects.estimators.regression_discontinuity import (
        estimate_discontinuity as estimate_discontinuity,
    )
    from pilotsim.effects.estimators.regression_discontinuity import (
        fit_discontinuity as fit_discontinuity,
    )
    from pilotsim.effects.estimators.restricted_mean import (
        estimate_restricted_mean as estimate_restricted_mean,
    )
    from pilotsim.effects.estimators.restricted_mean import estimate_time_lost as estimate_time_lost
    from pilotsim.effects.estimators.restricted_mean import restricted_mean as restricted_mean
    from pilotsim.effects.estimators.restricted_mean import time_lost as time_lost
    from pilotsim.effects.estimators.stepped_wedge import estimate_stepped as estimate_stepped
    from pilotsim.effects.estimators.synthetic_comparison import (
        estimate_synthetic_control as estimate_synthetic_control,
    )
    from pilotsim.effects.estimators.synthetic_comparison import (
        estimate_synthetic_did as estimate_synthetic_did,
    )
    from pilotsim.effects.estimators.synthetic_comparison import (
        synthetic_placebos as synthetic_placebos,
    )
    from pilotsim.effects.estimators.two_way import Decomposition as Decomposition
    from pilotsim.effects.estimators.two_way import TwoByTwo as TwoByTwo
    from pilotsim.effects.estimators.two_way import decompose_two_way as decompose_two_way
    from pilotsim.effects.inference.multiple_testing import adjust_holm as adjust_holm
    from pilotsim.effects.inference.multiple_testing import adjust_romano_wolf as adjust_romano_wolf
    from pilotsim.effects.inference.multiple_testing import wild_null as wild_null
    from pilotsim.effects.inference.multiple_testing import wild_statistics as wild_statistics
    from pilotsim.effects.net_benefit import NetBenefit as NetBenefit
    from pilotsim.effects.net_benefit import PriceRange as PriceRange
    from pilotsim.effects.net_benefit import StartShare as StartShare
    from pilotsim.effects.net_benefit import value_net as value_net
    from pilotsim.effects.net_benefit import value_net_of_draws as value_net_of_draws
    from pilotsim.effects.panel_library import SyntheticFit as SyntheticFit
    from pilotsim.effects.panel_library import fit_honest_bounds as fit_honest_bounds
    from pilotsim.effects.panel_library import fit_imputation as fit_imputation
    from pilotsim.effects.panel_library import fit_sun_abraham as fit_sun_abraham
    from pilotsim.effects.panel_library import fit_synthetic_control as fit_synthetic_control
    from pilotsim.effects.panel_library import fit_synthetic_did as fit_synthetic_did
    from pilotsim.effects.pooling import PooledEffect as PooledEffect
    from pilotsim.effects.pooling import pool_effects as pool_effects
    from pilotsim.effects.posterior import BeliefSummary as BeliefSummary
    from pilotsim.effects.posterior import Posterior as Posterior
    from pilotsim.effects.posterior import believe as believe
    from pilotsim.effects.posterior import posterior_of_effect as posterior_of_effect


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'pilotsim.effects' has no attribute '{name}'")
    return getattr(import_module(f"pilotsim.effects.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return list(__all__)
