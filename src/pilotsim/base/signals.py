"""Ctrl-C: who hears it."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from threading import current_thread, main_thread


@contextmanager
def children_ignore_sigint() -> Iterator[None]:
    """Let processes started meanwhile leave Ctrl-C to this one, which ends them.

    They would each complain aloud.
    """
    if current_thread() is not main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
