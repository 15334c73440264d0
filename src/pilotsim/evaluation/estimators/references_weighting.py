"""References of answers where somebody chose: what statsmodels says of the same clients."""

from __future__ import annotations

from collections.abc import Callable

from pilotsim.base.messages import Message
from pilotsim.effects.references import weighting
from pilotsim.effects.references.second_fit import Reference
from pilotsim.evaluation.estimators.arrays import take_outcome_and_covariates
from pilotsim.evaluation.strategy import Strategy, StrategySample


def reference_weighted(
    name: str,
) -> Callable[[StrategySample, Strategy], Reference | Message]:
    """Return the reference of weights, of outcome models, or of both."""

    def find(sample: StrategySample, strategy: Strategy) -> Reference | Message:
        arrays = take_outcome_and_covariates(sample, strategy)
        options = {"target": "ATT", **strategy.options}
        return weighting.treatment_effect(name, *arrays, **options)

    return find


def reference_overlap(sample: StrategySample, strategy: Strategy) -> Reference:
    """Return the difference weighted by the chance of the other arm."""
    arrays = take_outcome_and_covariates(sample, strategy)
    return weighting.overlap_weighted(*arrays, **strategy.options)
