"""Writing the page of a check, saying where it is, and opening it."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from pilotsim.cli.opening import open_page
from pilotsim.cli.shared import progress
from pilotsim.cli.spoken import tell
from pilotsim.language.catalogue import say

if TYPE_CHECKING:
    from pilotsim.judge.check import Check
    from pilotsim.output.live.prices import AskedPrices

__all__ = ["write_page"]


def write_page(
    found: Check,
    file: Path,
    language: str,
    *,
    what_if: bool,
    asked: AskedPrices,
    opens: bool = False,
) -> None:
    """Write the page of a check, and say where it is.

    Parameters
    ----------
    found : Check
        What was checked: it is not run again.
    file : Path
        The page; a zip file with it and a note on how it is opened where the name ends so.
    language : str
        The language that it opens in.
    what_if : bool
        Whether options and ends of levers are tried beforehand.
    asked : AskedPrices
        The prices that can be filled in; it is their flow that was checked.
    opens : bool
        Whether it is opened where somebody sits at a desktop.
    """
    from pilotsim.output.live.sharing import ZIP, write_checked_page

    write_checked_page(
        found,
        file,
        language,
        asked=asked,
        what_if=what_if,
        jobs=-1,
        showing=partial(progress, language=language),
    )
    tell(say("live_place", language, file=file))
    if opens and file.suffix.lower() != ZIP and open_page(file):
        tell(say("live_opens", language))
