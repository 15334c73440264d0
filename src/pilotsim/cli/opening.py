"""Opening a page for whoever sits at the machine; nothing where nobody does, and nothing waits."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

__all__ = ["can_open", "open_page"]

# What says that a program is at work, and nobody looks.
PROGRAMS = ("CI", "CONTINUOUS_INTEGRATION", "GITHUB_ACTIONS", "TF_BUILD", "BUILD_NUMBER")
DISPLAYS = ("DISPLAY", "WAYLAND_DISPLAY")
# A process of its own: a browser of text, or one that starts slowly, keeps nobody waiting.
OPENS = "import sys, webbrowser; webbrowser.open(sys.argv[1])"


def can_open(environment: Mapping[str, str], system: str, *, is_seen: bool) -> bool:
    """Tell whether somebody sits at a desktop here.

    Parameters
    ----------
    environment : mapping of str to str
        Of this process.
    system : str
        As `sys.platform`.
    is_seen : bool
        Whether what is printed goes to a terminal.
    """
    if not is_seen or any(environment.get(name) for name in PROGRAMS):
        return False
    if system in ("win32", "darwin"):
        return "SSH_CONNECTION" not in environment
    return any(environment.get(name) for name in DISPLAYS)


def open_page(file: Path) -> bool:
    """Open a page in the browser of whoever sits here; tell whether that was tried.

    Parameters
    ----------
    file : Path
        The page.
    """
    if not can_open(os.environ, sys.platform, is_seen=sys.stdout.isatty()):
        return False
    with suppress(OSError):
        subprocess.Popen(
            [sys.executable, "-c", OPENS, file.absolute().as_uri()],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        return True
    return False
