"""A validation in a few sentences, the same on a page and in a terminal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from pilotsim.base.grades import Grade
from pilotsim.judge.validation import Validation
from pilotsim.language.catalogue import say
from pilotsim.language.numbers import join


def summary(validation: Validation, language: str) -> Iterator[str]:
    """Yield in words how many outputs were hit, and how many of them were used in fitting."""
    fitted, held_out = validation.count(fitted=True), validation.count(fitted=False)
    both = fitted + held_out
    yield say("validation_summary", language, count=both.total(), words=_counts(both, language))
    if fitted:
        yield say(
            "validation_fitted", language, count=fitted.total(), words=_counts(fitted, language)
        )
        yield say(
            "validation_held_out",
            language,
            count=held_out.total(),
            words=_counts(held_out, language),
        )


def _counts(counts: Counter[Grade], language: str) -> str:
    in_order = sorted(counts, key=lambda grade: grade.rank)
    return join([f"{counts[grade]} {say(grade.key, language)}" for grade in in_order], language)
