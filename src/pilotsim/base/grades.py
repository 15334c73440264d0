"""Words by which a result is judged, each with its place on its scale: one record says it all.

What a word is called, how grave it is, whether it falls short: whoever needs to know asks the
grade, and nobody keeps a list of words of his own. So a word is added in one place.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

__all__ = ["Grade", "GradeScale", "Merit"]

Merit = Literal["good", "fair", "doubtful", "poor", "bad"]


@dataclass(frozen=True)
class Grade:
    """A word of a scale.

    Parameters
    ----------
    name : str
        The word for programs: in results, tables and JSON.
    rank : int
        Its place among the words of its scale where they are listed, the lowest first.
    merit : str
        How good it is; screens and pages choose colour and weight by it.
    falls_short : bool
        Whether it is a failure, or may be one: what `--strict` answers with an error, and for what
        one asks what holds the result back.
    phrase : str
        Its key in the catalogue; its name, unless said.
    """

    name: str
    rank: int
    merit: Merit
    falls_short: bool = False
    phrase: str = ""

    @property
    def key(self) -> str:
        """Its key in the catalogue of what the program says."""
        return self.phrase or self.name


class GradeScale:
    """The words by which one kind of result is judged.

    Parameters
    ----------
    *grades : Grade
        The words, in any order.

    Raises
    ------
    ValueError
        Two of them have the same name or the same rank.
    """

    def __init__(self, *grades: Grade) -> None:
        self._grades = {grade.name: grade for grade in sorted(grades, key=lambda one: one.rank)}
        ranks = {grade.rank for grade in grades}
        if len(self._grades) < len(grades) or len(ranks) < len(grades):
            raise ValueError("two words of a scale have the same name or the same rank")

    def __iter__(self) -> Iterator[Grade]:
        return iter(self._grades.values())

    def __getitem__(self, name: str) -> Grade:
        """Return the grade of a word.

        Raises
        ------
        ValueError
            The scale has no such word.
        """
        if name not in self._grades:
            raise ValueError(f"no grade '{name}'; known: {', '.join(self._grades)}")
        return self._grades[name]

    @property
    def names(self) -> tuple[str, ...]:
        """The words in their order."""
        return tuple(self._grades)

    def extended(self, grades: Iterable[Grade]) -> GradeScale:
        """Return the scale with more words."""
        return GradeScale(*self, *grades)
