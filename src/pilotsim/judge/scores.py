"""How well published figures are met, each class of evidence by itself, beside a naive forecast."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from pilotsim.base.grades import Grade
from pilotsim.judge.validation import PublishedComparison
from pilotsim.model.evidence import EVIDENCE, EvidenceClass


@dataclass(frozen=True)
class EvidenceScore:
    """How well the published outputs of one class of evidence are met.

    Parameters
    ----------
    kind : EvidenceClass
        The class.
    rows : tuple of PublishedComparison
        Each output beside the figure that the simulation lies nearest to.
    naive : tuple of PublishedComparison
        Each output for which somebody without a model would have said something, beside the figure
        that this lies nearest to.
    """

    kind: EvidenceClass
    rows: tuple[PublishedComparison, ...]
    naive: tuple[PublishedComparison, ...]

    @property
    def words(self) -> Counter[Grade]:
        """How many outputs have each grade of `MATCHES`."""
        return Counter(one.match for one in self.rows)

    @property
    def naive_words(self) -> Counter[Grade]:
        """How many outputs have each grade by the naive forecast."""
        return Counter(one.naive.match for one in self.naive if one.naive is not None)

    @property
    def naive_hits(self) -> int:
        """How many outputs the naive forecast hits."""
        return sum(count for grade, count in self.naive_words.items() if not grade.falls_short)

    @property
    def error(self) -> float:
        """The model's mean absolute error in parts of the figure, where there is a naive forecast.

        NaN where there is none, or no figure but 0.
        """
        with_naive = [one for one in self.rows if one.naive is not None]
        return _mean(_part(one, one.error) for one in with_naive)

    @property
    def naive_error(self) -> float:
        """The naive forecast's, for the same outputs."""
        return _mean(_part(one, one.naive.error) for one in self.naive if one.naive is not None)

    @property
    def skill(self) -> float:
        """By what part the model's errors are smaller than those of the naive forecast.

        1 for a model without errors, 0 for one that is as good as the naive forecast, below 0 for
        one that is worse. NaN where nothing can be compared, or the naive forecast has no error.
        """
        return 1 - self.error / self.naive_error if self.naive_error > 0 else math.nan


def scores_of(flows: Iterable[Sequence[PublishedComparison]]) -> tuple[EvidenceScore, ...]:
    """Return the score of each class of evidence that is there, true tests first.

    Parameters
    ----------
    flows : iterable of sequence of PublishedComparison
        The comparisons of each flow.
    """
    rows = []
    naive = []
    for comparisons in flows:
        rows += _nearest(comparisons, _distance)
        naive += _nearest([one for one in comparisons if one.naive is not None], _naive_distance)
    scores = (
        EvidenceScore(
            kind,
            tuple(row for row in rows if row.evidence.kind is kind),
            tuple(row for row in naive if row.evidence.kind is kind),
        )
        for kind in EVIDENCE
    )
    return tuple(score for score in scores if score.rows)


def _nearest(
    comparisons: Sequence[PublishedComparison],
    distance: Callable[[PublishedComparison], tuple[int, float]],
) -> list[PublishedComparison]:
    """Return each output of a flow beside the figure that something lies nearest to."""
    by_output: dict[str, PublishedComparison] = {}
    for one in comparisons:
        best = by_output.get(one.output)
        if best is None or distance(one) < distance(best):
            by_output[one.output] = one
    return list(by_output.values())


def _distance(one: PublishedComparison) -> tuple[int, float]:
    return one.match.rank, math.inf if math.isnan(one.error) else abs(one.error)


def _naive_distance(one: PublishedComparison) -> tuple[int, float]:
    assert one.naive is not None  # chosen by the caller
    return one.naive.match.rank, abs(one.naive.error)


def _part(one: PublishedComparison, error: float) -> float:
    """Return an error in parts of the figure; NaN where the figure is 0."""
    size = abs(one.published.value.number)
    return abs(error) / size if size else math.nan


def _mean(numbers: Iterable[float]) -> float:
    found = [number for number in numbers if not math.isnan(number)]
    return math.fsum(found) / len(found) if found else math.nan
