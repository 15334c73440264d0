"""From a register extract and a filed plan to what may be seen, and what the ledger remembers."""

from __future__ import annotations

from pathlib import Path

from pilotsim.base.arguments import checks_arguments
from pilotsim.evaluation.look_analysis import LookAnalysis, analyse_look, look_of
from pilotsim.evaluation.preanalysis_plan import read_plan, require_unchanged
from pilotsim.evaluation.register import read_register
from pilotsim.evaluation.register_analysis import analyse
from pilotsim.evaluation.release import RegisterAnalysis, rules_of
from pilotsim.evaluation.release.ledger import (
    LedgerEntry,
    digest_of,
    ledger_of,
    read_ledger,
    write_ledger,
)
from pilotsim.evaluation.several_arms_analysis import SeveralArmsAnalysis, analyse_arms
from pilotsim.files.yaml import parse, read_file

__all__ = ["estimate"]


@checks_arguments
def estimate(
    data: str | Path,
    plan: str | Path,
    *,
    filed: str | None = None,
    changed: bool = False,
    owner_allows: int | None = None,
    ledger: str | Path | None = None,
    months: int | None = None,
) -> RegisterAnalysis | SeveralArmsAnalysis | LookAnalysis:
    """Return what a register says to the questions of a plan, as far as it may be seen.

    What is released is written down in the ledger before anybody sees it: what was not noted could
    be subtracted from the next release.

    Parameters
    ----------
    data : str or Path
        The register extract, ``.csv`` or ``.parquet``; see ``docs/register.md``.
    plan : str or Path
        The plan's file.
    filed : str, optional
        The whole hash that was filed; the plan must have it.
    changed : bool
        Whether to go on although the plan was changed; every result will say so.
    owner_allows : int, optional
        The smallest count that the owner of the data allows to be shown; every result says so.
    ledger : str or Path, optional
        Where releases of the register are written down; beside the data, unless given.

    months : int, optional
        A look along the way, after so many months, as the plan says.

    Returns
    -------
    RegisterAnalysis, SeveralArmsAnalysis or LookAnalysis
        The second where the plan has several arms, the third of a look.

    Raises
    ------
    RegisterError
        The extract, the plan or the ledger is faulty, the plan was changed, or an arm is too small
        to be shown.
    FlowError
        The plan's file is faulty.

    Examples
    --------
    >>> found = pilotsim.estimate("extract.csv", "plan.json")   # doctest: +SKIP
    """
    own, unchanged = read_plan(plan)
    require_unchanged(plan, own, unchanged=unchanged or changed, filed=filed)
    look = look_of(own, months)
    panel = read_register(data, own.begins, own.rule.words_of_arms)
    rules = rules_of(int(own.small_cells.number), owner_allows)
    place = Path(ledger) if ledger is not None else ledger_of(Path(data))
    earlier = read_ledger(place)
    content = parse(read_file(plan, "plan"), str(plan), "plan").content
    if own.rule.has_several_arms:
        arms, entries = analyse_arms(
            panel, own, content, unchanged=unchanged, rules=rules, earlier=earlier
        )
        write_ledger(place, [*earlier, *entries])
        return arms
    if look is not None:
        looked, entry = analyse_look(
            panel, own, content, look, unchanged=unchanged, rules=rules, earlier=earlier
        )
        write_ledger(place, [*earlier, entry])
        return looked
    found = analyse(panel, own, unchanged=unchanged, rules=rules, earlier=earlier)
    told = LedgerEntry(digest_of(panel), own, content, found.told, found.about, found.answers)
    write_ledger(place, [*earlier, told])
    return found
