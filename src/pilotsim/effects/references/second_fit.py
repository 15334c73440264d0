"""What a library says of the data that one of our estimators worked on."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

# Both solve the same equations in closed form, so that only rounding is left between them.
CLOSED_FORM = 1e-8
# Both climb the same likelihood, each until its own steps are small.
ITERATED = 1e-5


@dataclass(frozen=True, eq=False)
class Reference:
    """An answer as a library gives it.

    Parameters
    ----------
    package : str
        The library's name: `statsmodels`, `diff-diff`.
    call : str
        Which of its models, with which standard error: `OLS, HC2`.
    results : object
        The library's own results, for an analyst to go on with. They hold rows of the data.
    estimate, error : float
        What must agree with ours; `error` is NaN where the library has no such standard error.
    tolerance : float
        How far apart the two may be, relative to the larger: of the estimate to its error (or to
        itself, where that is larger), and of the error to itself.
    p : float
        The p-value, where the answer is a test; else NaN.
    """

    package: str
    call: str
    results: Any
    estimate: float
    error: float = math.nan
    tolerance: float = CLOSED_FORM
    p: float = math.nan

    @property
    def version(self) -> str:
        """Which version of the library it was."""
        return version(self.package)


@contextmanager
def silent() -> Iterator[None]:
    """Let no warning of a library through: what it doubts, the comparison shows."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
