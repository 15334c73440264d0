"""Libraries that are asked for numbers alone: what they print and warn of stays within."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout

__all__ = ["silent"]


@contextmanager
def silent() -> Iterator[None]:
    """Let nothing that a library prints or warns of through.

    What it doubts, whoever asks it checks before, or the comparison with our own answer shows.
    """
    with (
        warnings.catch_warnings(),
        redirect_stdout(io.StringIO()),
        redirect_stderr(io.StringIO()),
    ):
        warnings.simplefilter("ignore")
        yield
