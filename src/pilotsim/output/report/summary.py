"""A validation in a few sentences, the same on a page and in a terminal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from pilotsim.judge.validation import WORDS, Validation
from pilotsim.language.format import join, words


def summary(validation: Validation, language: str) -> Iterator[str]:
    """Yield in words how many outputs were hit, and how many of them were used in fitting."""
    fitted, held_out = validation.count(fitted=True), validation.count(fitted=False)
    both = fitted + held_out
    yield words("validation_summary", language, count=both.total(), words=_counts(both, language))
    if fitted:
        yield words(
            "validation_fitted", language, count=fitted.total(), words=_counts(fitted, language)
        )
        yield words(
            "validation_held_out",
            language,
            count=held_out.total(),
            words=_counts(held_out, language),
        )


def _counts(counts: Counter[str], language: str) -> str:
    return join(
        [f"{counts[word]} {words(word, language)}" for word in WORDS if counts[word]], language
    )
