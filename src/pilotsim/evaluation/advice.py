"""What a refusal recommends: each is held against the same contract before it is said."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from pilotsim.base.messages import Message, either
from pilotsim.evaluation.estimands import (
    AFTER_OFFER,
    COMPLIERS,
    EITHER_WAY,
    ENCOURAGED,
    EVERYONE,
    OFFERED,
    PROGRAMME,
    SINCE_OFFER,
)
from pilotsim.evaluation.strategy import Strategy

# So many estimators a refusal names.
NAMED = 6
# Inquiries that a refusal may point to, by what of them is asked otherwise.
WAYS: Mapping[str, tuple[Message, Mapping[str, Any]]] = {
    "offered": (Message("who: offered"), {"who": OFFERED, "world": "pilot"}),
    "everyone": (
        Message("who: everyone, world: programme for the effect if every district had it"),
        {"who": EVERYONE, "world": PROGRAMME},
    ),
    "programme": (
        Message("world: programme for the effect if everyone were offered it"),
        {"world": PROGRAMME},
    ),
    "encouraged": (
        Message("who: encouraged for what the encouragement does (intention to treat)"),
        {"who": ENCOURAGED},
    ),
    "compliers": (
        Message("who: compliers for what the programme does for those whom the lot moves"),
        {"who": COMPLIERS},
    ),
    "either_way": (Message("who: either_way"), {"who": EITHER_WAY}),
    "after_offer": (
        Message("after_offer (the outcome so long after the own offer)"),
        {"kind": AFTER_OFFER},
    ),
    "since_offer": (Message("since_offer (the mean until then)"), {"kind": SINCE_OFFER}),
}


@dataclass(frozen=True)
class Advice:
    """What may be asked in the place of an answer that is refused.

    Parameters
    ----------
    strategy : Strategy
        The answer.
    passes : callable
        Whether an answer would not be refused itself.
    estimators : tuple of str
        All that there are, in the order in which they are named.
    none : Message or str
        What is said where nothing would answer the inquiry.
    """

    strategy: Strategy
    passes: Callable[[Strategy], bool]
    estimators: tuple[str, ...]
    none: Message | str = ""

    def others(self) -> Message | str:
        """Return which estimators would answer the same inquiry."""
        names = self._answering(self.strategy)
        return Message("; {names} would answer it", names=either(names)) if names else self.none

    def asking(self, *ways: str) -> Message | str:
        """Return which other inquiries could be asked, and by which estimator; of `WAYS`."""
        found = []
        for words, changes in (WAYS[way] for way in ways):
            asked = replace(self.strategy, estimand=replace(self.strategy.estimand, **changes))
            names = self._answering(asked)
            if self.passes(asked):
                found.append(words)
            elif names:
                found.append(Message("{asked}, with {names}", asked=words, names=either(names)))
        return Message("; ask {ways}", ways=either(found)) if found else self.others()

    def without(self, *options: str) -> Message | str:
        """Return that options be left out, where the answer would then be given."""
        kept = {name: own for name, own in self.strategy.options.items() if name not in options}
        if self.passes(replace(self.strategy, options=kept)):
            return Message("; leave the option out")
        return self.others()

    def with_months(self, months: int) -> Message | str:
        """Return that at most so many months be asked for, where they can be."""
        estimand = replace(self.strategy.estimand, months=months)
        if months > 0 and self.passes(replace(self.strategy, estimand=estimand)):
            return Message("; ask for at most {free}", free=months)
        return self.others()

    def with_covariates(self, most: int) -> Message | str:
        """Return that at most so many covariates be named, where that is enough."""
        fewer = replace(self.strategy, covariates=self.strategy.covariates[:most])
        if most > 0 and self.passes(fewer):
            return Message("; name at most {most}", most=most)
        return ""

    def without_covariates(self) -> Message | str:
        """Return which estimators would answer it without covariates."""
        names = self._passing(self.strategy)[:NAMED]
        if not names:
            return ""
        return Message("; {names} would answer it without", names=either(names))

    def _answering(self, strategy: Strategy) -> tuple[str, ...]:
        """Return the estimators that would answer, said with covariates where these are lacking."""
        plain = self._passing(strategy)
        adjusted: tuple[str, ...] = ()
        if not strategy.covariates:
            found = self._passing(replace(strategy, covariates=("a trait",)))
            adjusted = tuple(
                Message("{estimator} (with covariates)", estimator=name)
                for name in found
                if name not in plain
            )
        return (*plain, *adjusted)[:NAMED]

    def _passing(self, strategy: Strategy) -> tuple[str, ...]:
        plain = replace(strategy, options={})
        return tuple(
            name for name in self.estimators if self.passes(replace(plain, estimator=name))
        )
