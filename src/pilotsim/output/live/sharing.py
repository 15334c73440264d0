"""From a flow to the page of it that is shared: checked, tried beside, packed and written."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from pilotsim.base.arguments import checks_arguments
from pilotsim.base.files import write_whole
from pilotsim.base.places import is_file
from pilotsim.base.text import Text
from pilotsim.files.decided import decided_of
from pilotsim.judge.check import Check, check_targets
from pilotsim.judge.choices import runs_of_an_option
from pilotsim.judge.settings_ahead import try_settings
from pilotsim.model.flow import Flow
from pilotsim.output.live.built_in import BuiltInOptions
from pilotsim.output.live.levers import levers_of, settings_to_try
from pilotsim.output.live.page import LivePage, check_sharing
from pilotsim.output.live.prices import AskedPrices, with_prices_asked
from pilotsim.runs.batches import Progress

__all__ = ["share", "write_checked_page"]

ZIP = ".zip"
# Given how many runs there will be, a context that gives what is told of those just done.
Showing = Callable[[int], AbstractContextManager[Progress]]


@checks_arguments
def share(
    flow: Flow,
    file: str | Path,
    *,
    language: str = "nb",
    replications: int = 400,
    seed: int = 1,
    what_if: bool = True,
    jobs: int = 1,
    scenario: Text | None = None,
    progress: Progress | None = None,
) -> Path:
    """Write one HTML file that answers whether to start, and runs the flow in a browser.

    Parameters
    ----------
    flow : Flow
        What is shared, with what was changed in it.
    file : str or Path
        The page; a zip file with it and a note on how it is opened where the name ends in .zip.
    language : str
        The language that it opens in, one of `nb`, `en` and `sv`; a reader can take another.
    replications : int
        Runs that the answer rests on, 1000 at most.
    seed : int
        The seed.
    what_if : bool
        Whether to ask what holds the targets back, and to try options and ends of levers
        beforehand.
    jobs : int
        Processes at once; -1 for one a core.
    scenario : Text, optional
        What the scenario is called that changed the flow.
    progress : callable, optional
        Called with the number of runs just done.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    RequestError
        The flow cannot be shared: it has functions of one's own, is too large, or asks for more
        runs than a page judges.
    RunError
        The page cannot be written.

    Examples
    --------
    >>> pilotsim.share(pilotsim.read_flow("flow.yaml"), "page.html", language="en", jobs=-1)
    ...                                                              # doctest: +SKIP
    """
    check_sharing(flow, replications)
    asked = with_prices_asked(flow)
    found = check_targets(
        asked.flow,
        replications=replications,
        seed=seed,
        what_if=what_if,
        scenario=scenario,
        jobs=jobs,
        progress=progress,
    )

    @contextmanager
    def showing(_: int) -> Iterator[Progress]:
        yield progress or (lambda done: None)

    place = Path(file)
    write_checked_page(
        found, place, language, asked=asked, what_if=what_if, jobs=jobs, showing=showing
    )
    return place


def write_checked_page(
    found: Check,
    file: Path,
    language: str,
    *,
    asked: AskedPrices,
    what_if: bool,
    jobs: int,
    showing: Showing,
) -> None:
    """Write the page of a check.

    Parameters
    ----------
    found : Check
        What was checked: it is not run again.
    file : Path
        The page; a zip file with it and a note on how it is opened where the name ends so.
    language : str
        The language that it opens in.
    asked : AskedPrices
        The prices that can be filled in; it is their flow that was checked.
    what_if : bool
        Whether options and ends of levers are tried beforehand.
    jobs : int
        Processes at once; -1 for one a core.
    showing : callable
        Given how many runs of these there are, a context that gives what is told of them.
    """
    built_in = BuiltInOptions(found.flow)
    tried = []
    if what_if:
        others = settings_to_try(found, levers_of(found), built_in.settings())
        runs = runs_of_an_option(found.replications)
        with showing(runs * len(others)) as progress:
            tried = try_settings(found, others, replications=runs, jobs=jobs, progress=progress)
    page = LivePage(found, tried=tried, source=_file_of(found.flow), built_in=built_in, asked=asked)
    is_zipped = file.suffix.lower() == ZIP
    write_whole(file, page.zipped(language) if is_zipped else page.html(language).encode())


def _file_of(flow: Flow) -> Path | None:
    """Return the file that a flow stands in; None for one of a text."""
    decided = decided_of(flow)
    place = None if decided is None else Path(decided.document.file)
    return place if place is not None and is_file(place) else None
