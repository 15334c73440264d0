"""What a plan may ask of several arms together: held when it is read.

What two of them can be asked is held by `pilotsim.evaluation.contract`, as of any two arms.
"""

from __future__ import annotations

from collections.abc import Sequence

from pilotsim.base.amounts import Amount
from pilotsim.base.messages import Message
from pilotsim.base.quantity import QuantityFault
from pilotsim.evaluation.designs import DataStrategy, Districts
from pilotsim.evaluation.estimators import known_contracts
from pilotsim.evaluation.strategy import Strategy

__all__ = ["check_comparisons"]


def check_comparisons(rule: DataStrategy, strategies: Sequence[Strategy], correction: str) -> None:
    """Refuse what cannot be asked of several arms.

    Parameters
    ----------
    rule : DataStrategy
        A design with several arms.
    strategies : sequence of Strategy
        The answers of the plan.
    correction : str
        How p-values are corrected for several answers.

    Raises
    ------
    QuantityFault
        There are so few lots that no p-value can hold for all comparisons together.
    """
    if correction == "none":
        return
    known = known_contracts()
    if not strategies or not all(known[one.estimator].by_lots for one in strategies):
        return
    least = [two.rule.least_p for two in rule.two_by_two if isinstance(two.rule, Districts)]
    if not least:
        return
    looks = len(strategies) * len(least)
    if looks * min(least) > 1.0 - strategies[0].level:
        raise QuantityFault(
            Message(
                "with so few lots nothing can be found: no p-value is below {least:.3f}, which is "
                "{together:.2f} over {looks} comparisons; draw more districts to each arm, compare "
                "fewer arms, or take an error between districts (difference)",
                least=Amount(min(least)),
                looks=looks,
                together=Amount(looks * min(least)),
            )
        )
