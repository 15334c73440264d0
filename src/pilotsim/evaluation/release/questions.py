"""The counts of clients behind each number: cells as sets of clients, and which are sums of which.

An answer in which nothing is small is taken to tell its cells exactly: who has the outcome and who
lacks it in either arm. So everything printed is one table of counts with sums between them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import numpy as np

from pilotsim.base.arrays import Bools, Floats
from pilotsim.evaluation.estimands import AT, MONTHS_UNTIL, REACHED, Estimand, with_trait
from pilotsim.evaluation.estimators import find_estimator
from pilotsim.evaluation.preanalysis_plan import PreAnalysisPlan
from pilotsim.evaluation.register import Panel
from pilotsim.evaluation.release.records import CELLS
from pilotsim.evaluation.release.suppression import TableSum, TogetherHidden
from pilotsim.evaluation.release.tellings import condition_of, leaves_out
from pilotsim.evaluation.strategy import Strategy, StrategySample

ARMS = (1.0, 0.0)
# Of the digest of a rule so much is part of a name.
SCOPE_DIGITS = 12


@dataclass(frozen=True)
class ArmCells:
    """The cells of one arm: their numbers in the table.

    Parameters
    ----------
    all : int
        Everybody.
    known, lost : int
        With and without a known outcome.
    have, lack : int
        Of the known: who has the outcome (or any payment), and who has not. A mean of payments does
        not tell how many are paid nothing: there both are those who are paid.
    """

    all: int
    known: int
    lost: int
    have: int
    lack: int


@dataclass(frozen=True)
class Question:
    """What a number of an answer is about: an estimand, for two arms of some clients.

    Parameters
    ----------
    estimand : Estimand
        What is asked.
    compare : str
        As in `Strategy`.
    outcome : ndarray of float, shape (clients,)
        Of all clients of the sample; NaN where it is not known or they are not asked about.
    treated : ndarray of float, shape (clients,)
        Their arms.
    offered, compared : ArmCells
        The cells of both.
    is_share : bool
        Whether the outcome is 1 or 0, so that counts follow from its mean.
    """

    estimand: Estimand
    compare: str
    outcome: Floats
    treated: Floats
    offered: ArmCells
    compared: ArmCells
    is_share: bool

    @property
    def arms(self) -> tuple[ArmCells, ArmCells]:
        """Both arms, those offered first."""
        return self.offered, self.compared

    @property
    def outcome_cells(self) -> tuple[int, ...]:
        """The cells that an exact answer tells."""
        return tuple(cell for arm in self.arms for cell in (arm.have, arm.lack))

    @property
    def size_cells(self) -> tuple[int, ...]:
        """The cells that the number of clients of an answer tells."""
        return tuple(cell for arm in self.arms for cell in (arm.known, arm.lost))


@dataclass
class CellTable:
    """All counts behind a release.

    Parameters
    ----------
    names : list of str
        What each cell is called, the same in every release of a plan.
    members : list of ndarray of bool, shape (clients,)
        Who is in each.
    sums : list of TableSum
        Which cells are sums of which.
    groups : list of TogetherHidden
        Which cells one number tells of.
    unprinted : set of int
        Cells that nothing shows.
    """

    names: list[str] = field(default_factory=list)
    members: list[Bools] = field(default_factory=list)
    sums: list[TableSum] = field(default_factory=list)
    groups: list[TogetherHidden] = field(default_factory=list)
    unprinted: set[int] = field(default_factory=set)
    _places: dict[bytes, int] = field(default_factory=dict)
    _named: dict[str, int] = field(default_factory=dict)

    @property
    def counts(self) -> list[int]:
        """How many clients are in each cell."""
        return [int(own.sum()) for own in self.members]

    def place_of(self, name: str) -> int | None:
        """Return the number of a cell by any of its names; None where there is none."""
        return self._named.get(name)

    def names_of(self, place: int) -> list[str]:
        """Return all names of a cell."""
        return [name for name, own in self._named.items() if own == place]

    def told(self, hidden: Bools) -> dict[str, int]:
        """Return the counts that are not hidden, by all their names."""
        counts = self.counts
        return {name: counts[k] for name, k in self._named.items() if not hidden[k]}

    def add(self, name: str, members: Bools, *, is_printed: bool = True) -> int:
        """Return the number of a cell; the same clients are one cell, whatever they are called."""
        if name in self._named:
            return self._named[name]
        key = np.packbits(members).tobytes()
        place = self._places.get(key) if members.any() else None
        if place is None:
            place = len(self.names)
            self.names.append(name)
            self.members.append(members)
            self._places[key] = place
            if not is_printed:
                self.unprinted.add(place)
        elif is_printed:
            self.unprinted.discard(place)
        self._named[name] = place
        return place

    def add_sum(self, total: int, *parts: int) -> None:
        """Note that a cell is the sum of others, unless it is one of them."""
        found = TableSum(total, parts)
        if total not in parts and found not in self.sums:
            self.sums.append(found)


def scope_of(plan: PreAnalysisPlan) -> str:
    """Return what the arms of a plan are called: from when time counts, and by which rule.

    Plans with another limit of a trait, or with other districts, have other clients in their arms.
    """
    rule = hashlib.sha256(repr(plan.rule).encode()).hexdigest()[:SCOPE_DIGITS]
    return f"{plan.begins.isoformat()}~{rule}"


def add_chart(
    table: CellTable,
    panel: Panel,
    plan: PreAnalysisPlan,
    arm: Floats,
    listed: Bools,
    start: int,
    *,
    is_printed: bool = True,
) -> tuple[int | None, ...]:
    """Add the flow of the clients; return the numbers of its cells, in the order of `CELLS`.

    None for the cells of which the register says nothing.
    """
    months = plan.strategies()[0].estimand.months
    if plan.rule.stepped_wedge:
        # Everybody is to begin, the last at the end: all months count, as in the answer.
        months = len(panel.months) - start
    followed = panel.seen[:, start + months - 1]
    arms = {"offered": arm == 1.0, "compared": arm == 0.0}
    members = {
        "extract": np.ones(len(panel), np.bool_),
        "not_listed": ~listed,
        "listed": listed,
        "in_no_arm": listed & np.isnan(arm),
    }
    for name, own in arms.items():
        members |= {
            name: own,
            f"{name}_followed": own & followed,
            f"{name}_lost": own & ~followed,
        }
        if panel.shows_starts:
            started = panel.started < start + months
            members[f"{name}_started"] = own & started
            members[f"{name}_not_started"] = own & ~started
    place = {
        cell: table.add(
            f"{scope_of(plan)}/{months}/{cell}", np.asarray(members[cell]), is_printed=is_printed
        )
        for cell in CELLS
        if cell in members
    }
    table.add_sum(place["extract"], place["not_listed"], place["listed"])
    table.add_sum(place["listed"], *(place[name] for name in ("in_no_arm", "offered", "compared")))
    for name in arms:
        if panel.shows_starts:
            table.add_sum(place[name], place[f"{name}_started"], place[f"{name}_not_started"])
        table.add_sum(place[name], place[f"{name}_followed"], place[f"{name}_lost"])
    return tuple(place.get(cell) for cell in CELLS)


def in_arms(scope: str) -> str:
    """Return the name of the cell of all clients in an arm."""
    return f"{scope}/in_arms"


def add_notes(table: CellTable, panel: Panel, arm: Floats, scope: str) -> tuple[int, ...]:
    """Add of which clients in an arm each note of the register is true; return their cells.

    The cell of a note that is true of nobody in an arm is empty.
    """
    inside = ~np.isnan(arm)
    everybody = table.add(in_arms(scope), inside)
    sides = [table.add(f"{scope}/arms//{own}", arm == own) for own in ARMS]
    table.add_sum(everybody, *sides)
    cells = []
    for note in panel.notes:
        own = table.add(f"{scope}/notes/{note.kind}", inside & note.clients)
        rest = table.add(f"{scope}/notes/{note.kind}/not", inside & ~note.clients, is_printed=False)
        table.add_sum(everybody, own, rest)
        cells.append(own)
    return tuple(cells)


def questions_of(strategy: Strategy, *, with_path: bool = True) -> Iterator[Strategy]:
    """Yield a strategy for each number that an answer shows: its own, and those of its path."""
    yield strategy
    if with_path and strategy.estimand.kind == AT:
        for months in range(1, strategy.estimand.months):
            yield replace(strategy, estimand=replace(strategy.estimand, months=months))


def add_question(
    table: CellTable,
    sample: StrategySample,
    chosen: Bools,
    strategy: Strategy,
    scope: str,
    *,
    others: bool = False,
    is_printed: bool = True,
) -> Question:
    """Add the cells of a question, and return it.

    Parameters
    ----------
    table : CellTable
        The table so far.
    sample : StrategySample
        The clients in either arm.
    chosen : ndarray of bool, shape (clients of the extract,)
        Which of all clients these are.
    strategy : Strategy
        What is asked of them.
    scope : str
        What the arms are called; see `scope_of`.
    others : bool
        Whether it is asked of those who lack one of the traits, instead of those who have them.
    is_printed : bool
        Whether anything shows its cells.
    """
    estimand = strategy.estimand
    asked = asked_of(sample, estimand, others=others)
    treated = (
        # Nobody is known to have started: then the answer is refused, and nothing stands behind it.
        np.full(len(sample.arm), np.nan)
        if strategy.compare == "started" and not sample.panel.shows_starts
        else strategy.treated(sample)
    )
    outcome = np.where(asked, sample.outcome(estimand), np.nan)
    out = leaves_out(strategy, sample)
    if out:
        # Whom it leaves out is told as little as who is lost.
        own = sample.take(asked)
        outcome[np.flatnonzero(asked)[condition_of(strategy, own, outcome[asked]).dropped]] = np.nan
    known = outcome[~np.isnan(outcome)]
    is_share = estimand.kind in (AT, REACHED) and bool(np.isin(known, (0.0, 1.0)).all())
    who = ",".join(f"{name}={wanted}" for name, wanted in sorted(estimand.traits.items()))
    start = f"{scope}/{strategy.compare}/{'not ' if others else ''}{who}"
    what = f"{start}/{estimand.outcome}/{estimand.kind}/{estimand.months}"
    what += f"/{out}" if out else ""
    arms = []

    def add(name: str, inside: Bools) -> int:
        return table.add(name, _of_all(np.asarray(inside), chosen), is_printed=is_printed)

    for name, arm in zip(("offered", "compared"), ARMS, strict=True):
        inside = asked & (treated == arm)
        lost = inside & np.isnan(outcome)
        has = np.where(np.isnan(outcome), False, _has_it(outcome, estimand))
        everybody = add(f"{start}/{name}", inside)
        followed = add(f"{what}/{name}/known", inside & ~lost)
        gone = add(f"{what}/{name}/lost", lost)
        have = add(f"{what}/{name}/have", inside & has)
        table.add_sum(everybody, followed, gone)
        lack = have
        if is_share:
            lack = add(f"{what}/{name}/lack", inside & ~lost & ~has)
            table.add_sum(followed, have, lack)
        arms.append(ArmCells(everybody, followed, gone, have, lack))
    found = Question(estimand, strategy.compare, outcome, treated, arms[0], arms[1], is_share)
    counts = {cell: int(table.members[cell].sum()) for cell in found.size_cells}
    sizes = [cell for arm in found.arms if counts[arm.lost] for cell in (arm.known, arm.lost)]
    if is_printed:
        # What nothing shows is hidden of itself, and hides nothing that an answer shows.
        table.groups.append(TogetherHidden(found.outcome_cells, found.outcome_cells))
        # Where the followed are not told, a rounded answer tells no count.
        table.groups.append(TogetherHidden(tuple(sizes), (*sizes, *found.outcome_cells)))
    return found


def asked_of(sample: StrategySample, estimand: Estimand, *, others: bool = False) -> Bools:
    """Return whom a question is about, shape (clients,): those with its traits, or the others.

    Of whom it is not known whether they have a trait is in neither.
    """
    asked = np.ones(len(sample.arm), np.bool_)
    known = np.ones(len(sample.arm), np.bool_)
    for trait, wanted in estimand.traits.items():
        asked &= with_trait(sample.panel, trait, wanted)
        known &= ~np.isnan(sample.panel.traits[trait])
    return known & ~asked if others else asked


def _has_it(outcome: Floats, estimand: Estimand) -> Bools:
    if estimand.kind == MONTHS_UNTIL:
        return np.asarray(outcome < estimand.months)
    return np.asarray(outcome != 0.0)


def _of_all(inside: Bools, chosen: Bools) -> Bools:
    members = np.zeros(len(chosen), np.bool_)
    members[np.flatnonzero(chosen)[inside]] = True
    return members


def uses_starts(strategy: Strategy) -> bool:
    """Whether an answer tells how many started the programme in either arm."""
    return strategy.compare == "started" or find_estimator(strategy.estimator).uses_starts


def add_starts(
    table: CellTable, sample: StrategySample, chosen: Bools, strategy: Strategy, scope: str
) -> tuple[int, ...]:
    """Add who started within the months of a strategy, in either arm; return their cells."""
    started = sample.started_within(strategy.estimand.months) == 1.0
    cells: list[int] = []
    for name, arm in zip(("offered", "compared"), ARMS, strict=True):
        own = sample.arm == arm
        start = f"{scope}/{strategy.estimand.months}/{name}"
        both = [
            table.add(f"{start}_{word}", _of_all(np.asarray(own & part), chosen))
            for word, part in (("started", started), ("not_started", ~started))
        ]
        table.add_sum(table.add(f"{scope}/arms//{name}", _of_all(own, chosen)), *both)
        cells += both
    # Those who started, of both arms, are what a comparison of starters calls treated.
    for word, first in (("offered", 0), ("compared", 1)):
        if strategy.compare == "started":
            who = table.add(
                f"{scope}/started//{word}",
                table.members[cells[first]] | table.members[cells[first + 2]],
            )
            table.add_sum(who, cells[first], cells[first + 2])
    table.groups.append(TogetherHidden(tuple(cells), tuple(cells)))
    return tuple(cells)


def starts_of_chart(chart: tuple[int | None, ...]) -> tuple[int | None, ...]:
    """Return the cells of a chart that `add_starts` has its own of, in the same order."""
    return tuple(
        chart[CELLS.index(f"{arm}_{word}")]
        for arm in ("offered", "compared")
        for word in ("started", "not_started")
    )


def add_later(table: CellTable, told: int | None, own: int) -> None:
    """Add those who are in one of two cells alone, where one of them lies within the other."""
    if told is None or told == own:
        return
    sizes = sorted((told, own), key=lambda cell: int(table.members[cell].sum()))
    inner, outer = (table.members[cell] for cell in sizes)
    if not (inner & ~outer).any():
        later = table.add(f"{table.names[sizes[1]]}-{table.names[sizes[0]]}", outer & ~inner)
        table.add_sum(sizes[1], sizes[0], later)


def add_differences(table: CellTable, questions: list[tuple[int, Question]]) -> None:
    """Add what can be worked out by subtraction: cells of one question that lie within another's.

    Where one group of clients lies within another, the others of the larger one are a group as
    well; whoever is in work in a month has reached work by any later one. Groups are compared as
    sets of clients, whatever they are called: the young, those who started, those below another
    limit.

    Parameters
    ----------
    table : CellTable
        The table so far.
    questions : list of tuple of int and Question
        Each with the month from which its time counts.
    """
    for start, wide in questions:
        for begin, narrow in questions:
            if wide is narrow:
                continue
            if _same_outcome((begin, narrow), (start, wide)):
                for outer in wide.arms:
                    for inner in narrow.arms:
                        for part in ("all", "known", "lost", "have", "lack"):
                            add_rest(table, getattr(outer, part), getattr(inner, part))
            elif _same_time((begin, narrow), (start, wide)):
                # In work and on assistance: who has neither is left over.
                for total in wide.outcome_cells:
                    for cell in narrow.outcome_cells:
                        add_rest(table, total, cell)
            elif begin == start and _is_reached_later(narrow, wide):
                for outer, inner in zip(wide.arms, narrow.arms, strict=True):
                    add_rest(table, outer.have, inner.have)


def add_parts(table: CellTable, whole: Question, own: Question, others: Question) -> None:
    """Note that all are those with a trait, the others, and those of whom it is not known."""
    for all_of, one, beside in zip(whole.arms, own.arms, others.arms, strict=True):
        for part in ("all", "known", "lost", "have", "lack"):
            add_third(table, *(getattr(cells, part) for cells in (all_of, one, beside)))


def add_third(table: CellTable, total: int, first: int, second: int) -> None:
    """Note that a cell is two of its parts and the rest, unless these are no parts of it."""
    both = table.members[first] | table.members[second]
    if (both & ~table.members[total]).any():
        return
    name = f"{table.names[total]} - {table.names[first]} - {table.names[second]}"
    rest = table.add(name, np.asarray(table.members[total] & ~both), is_printed=False)
    table.add_sum(total, first, second, rest)


def add_rest(table: CellTable, total: int, part: int) -> None:
    """Add the clients of a cell who are not in a part of it, as a cell that nothing prints."""
    inner = table.members[part]
    outer = table.members[total]
    if total == part or (inner & ~outer).any() or not inner.any():
        return
    name = f"{table.names[total]} - {table.names[part]}"
    rest = table.add(name, np.asarray(outer & ~inner), is_printed=False)
    table.add_sum(total, part, rest)


def is_of_all(whole: Question, own: Question) -> bool:
    """Whether a question asks of all what another one asks of those with a trait."""
    one, other = whole.estimand, own.estimand
    same = (one.outcome, one.kind, one.months) == (other.outcome, other.kind, other.months)
    return same and not one.traits and whole.compare == own.compare


def _same_outcome(one: tuple[int, Question], other: tuple[int, Question]) -> bool:
    """Whether two questions ask for the same of each client: in the same month, of the calendar."""
    if one[1].estimand.outcome != other[1].estimand.outcome:
        return False
    return _same_time(one, other)


def _same_time(one: tuple[int, Question], other: tuple[int, Question]) -> bool:
    """Whether two questions ask of the same months, of the calendar, and in the same way."""
    (start, question), (begin, beside) = one, other
    own, wide = question.estimand, beside.estimand
    if own.kind != wide.kind:
        return False
    if own.kind == AT:
        return start + own.months == begin + wide.months
    return start == begin and own.months == wide.months


def _is_reached_later(narrow: Question, wide: Question) -> bool:
    """Whether who has the one outcome has reached the other one, by what is asked alone."""
    one, other = narrow.estimand, wide.estimand
    if narrow.compare != wide.compare or one.outcome != other.outcome:
        return False
    within = other.kind == REACHED and one.kind in (AT, REACHED) and one.months <= other.months
    return within and one.traits == other.traits


def has_small_month(sample: StrategySample, outcome: str, least: int) -> bool:
    """Tell whether few have an outcome, or lack it, in some month of some arm."""
    values = sample.panel.outcome(outcome)
    for arm in ARMS:
        own = values[sample.arm == arm]
        for found in (own > 0.0, own == 0.0, np.isnan(own)):
            count = found.sum(axis=0)
            if ((count > 0) & (count < least)).any():
                return True
    return False
