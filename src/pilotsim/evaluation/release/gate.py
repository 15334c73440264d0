"""The gate: from what was worked out to what may be seen."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

import numpy as np

from pilotsim.base.arrays import Bools, Ints
from pilotsim.base.errors import RegisterError
from pilotsim.base.messages import Message
from pilotsim.base.statistics import critical_value
from pilotsim.effects.checks.placebo import Placebos
from pilotsim.effects.effect import AssumptionCheck, Effect
from pilotsim.effects.estimators.group_means import EffectPath
from pilotsim.effects.evidence import Evidence
from pilotsim.evaluation.checks import find_check
from pilotsim.evaluation.designs import TraitLimit
from pilotsim.evaluation.estimands import AMOUNT, AT_LIMIT
from pilotsim.evaluation.register.extract import few_or
from pilotsim.evaluation.release.amounts import dominated_arms, is_dominated
from pilotsim.evaluation.release.attack import (
    counts_left,
    is_told,
    lost_that_fit,
    pinned_cells,
    tables_of_coarse,
    told_by_coarse,
    told_by_rounded,
)
from pilotsim.evaluation.release.causes import release_with_causes
from pilotsim.evaluation.release.certificate import ReleaseCertificate
from pilotsim.evaluation.release.digits import SHARE_STEP, p_to_digits, to_digits
from pilotsim.evaluation.release.grids import (
    RoundedAnswer,
    Rounding,
    coarse_grid,
    round_to,
    round_up,
    rounding_for,
)
from pilotsim.evaluation.release.ledger import digest_of_clients
from pilotsim.evaluation.release.pictures import coarsen_evidence
from pilotsim.evaluation.release.questions import (
    CellTable,
    Question,
    add_chart,
    add_differences,
    add_later,
    add_notes,
    add_parts,
    add_starts,
    has_small_month,
    is_of_all,
    questions_of,
    scope_of,
    starts_of_chart,
    uses_starts,
)
from pilotsim.evaluation.release.records import (
    CELLS,
    EarlierRelease,
    ParticipantFlow,
    PlanAnswer,
    Precision,
    RegisterAnalysis,
    Unreleased,
)
from pilotsim.evaluation.release.rules import ReleaseRules
from pilotsim.evaluation.release.sizes import (
    add_left_out,
    add_unknown,
    told_of_chart,
    told_of_question,
)
from pilotsim.evaluation.release.suppression import Inequality, TogetherHidden, suppress
from pilotsim.evaluation.release.taken import WITHHELD, JudgedQuestion, TakenPlan
from pilotsim.evaluation.release.tellings import Telling, clash, is_left_by_sum, is_told_of_change
from pilotsim.evaluation.release.texts import (
    SOME,
    counts_in_words,
    hide_numbers,
    hide_small_counts,
    verdict_alone,
)
from pilotsim.evaluation.strategy import Strategy

# The cells of the chart that say how many clients there are, before anything became of them.
SIZES = CELLS[:6]
# Where the number of the followed is not told, the error is bounded for somewhat fewer of them.
SLACK = 1.1
# An estimator whose error is larger than any of its table has the next of these powers.
WIDER = 1.25
EXACT = "exact"
DOMINATED = Message("not shown: one or two clients make up most of the sum of an arm")
NEARLY_ALL = Message(
    "not shown: all but a few of a group of which the number is told are in this one, so that its "
    "number of clients would tell how few are not; ask it of the larger group"
)
CLOSING = Message(
    "not shown: both arms are compared with the same other arm, and where few have the outcome a "
    "third comparison would tell how few; it follows from the other two, as far as these tell it"
)
FEW_FREEDOM = Message("not shown: too few clients for each coefficient of the regression")


def release_analysis(raw: Unreleased, rules: ReleaseRules) -> RegisterAnalysis:
    """Return what may be seen of an analysis, with its certificate.

    Parameters
    ----------
    raw : Unreleased
        What was worked out.
    rules : ReleaseRules
        The limits.

    Raises
    ------
    RegisterError
        An arm has so few clients that nothing may be shown, or nothing may be shown beside what
        was released before.
    """
    for name, value in (("offered", 1.0), ("compared", 0.0)):
        size = int((raw.sample.arm == value).sum())
        if 0 < size < rules.least:
            raise RegisterError(
                Message(
                    "the arm '{arm}' has fewer than {least} clients: nothing about it may be shown",
                    arm=name,
                    least=rules.least,
                )
            )
    return release_with_causes(raw, lambda own: _Gate(own, rules).release())


class _Gate:
    """One release: the table of counts, what of it is hidden, and how exactly answers are told."""

    def __init__(self, raw: Unreleased, rules: ReleaseRules) -> None:
        self.raw, self.rules = raw, rules
        self.table = CellTable()
        self.starts: dict[str, tuple[int, ...]] = {}
        # Who started, behind the cost of an answer in kroner.
        self.priced: tuple[int, ...] = ()
        # What charts tell of the size of groups, this one's and those of earlier releases.
        self.sizes_of_charts: set[int] = set()
        self.own = TakenPlan(raw.plan, raw.arm, raw.listed, raw.sample)
        self.chart = self._add_plan(self.own)
        self.judged = self.own.judged
        self.noted = add_notes(self.table, raw.panel, raw.arm, scope_of(raw.plan))
        self.printed = set(range(len(self.table.names))) - self.table.unprinted
        taken = [(one, self._taken_before(one)) for one in raw.earlier]
        self.before = [(one, own) for one, own in taken if own is not None]
        self._add_sums()
        self.counts = np.array(self.table.counts)
        moved = {*self._moved_by_few()}
        # Anybody may know how many were drawn, unless few of them have come or gone since.
        arms = {cell for cell in self.chart[4:6] if cell is not None and self.counts[cell]}
        if moved & arms:
            # From which of them is not told either.
            moved, arms = moved | arms, set()
        self.known = (*sorted(arms), *self._told_before())
        self.secret = sorted(moved - {*self.known})
        self.hidden: Bools = np.zeros(len(self.counts), np.bool_)
        # Hidden groups of which it is told how many are in them at most.
        self.bounds: set[int] = set()
        # Whether nothing is told that was not told before.
        self.is_silent = False
        # The answers that are told, each month of a path by itself, and contrasts of subgroups.
        self.told: dict[str, Telling] = {}
        # By which interval those are told that are not exact.
        self.shown: dict[str, str] = {}
        self.told_before: dict[str, Telling] = {}
        self.told_of_others: list[Telling] = []
        self.changed: list[Telling] = []
        self.contrasts: set[str] = set()

    def _taken_before(self, one: EarlierRelease) -> TakenPlan | None:
        """Return what the plan of an earlier release takes of the register of now."""
        if one.arm is None or one.listed is None or one.sample is None:
            return None
        taken = TakenPlan(one.plan, one.arm, one.listed, one.sample, is_printed=one.same)
        groups = len(self.table.groups)
        self._add_plan(taken)
        if one.answers is not None:
            # What was told exactly is known; an answer that was not told tells no cells together.
            del self.table.groups[groups:]
        return taken

    def _add_plan(self, taken: TakenPlan) -> tuple[int | None, ...]:
        """Add all that a plan asks for to the table; return the cells of its chart."""
        chart = add_chart(
            self.table,
            self.raw.panel,
            taken.plan,
            taken.arm,
            taken.listed,
            taken.sample.listed,
            is_printed=taken.is_printed,
        )
        if taken.is_printed:
            self.sizes_of_charts |= {*told_of_chart(chart)}
        taken.add_questions(self.table, self.rules.least)
        for strategy in taken.plan.strategies():
            for own in questions_of(strategy):
                if uses_starts(own) and taken.is_printed and taken.sample.panel.shows_starts:
                    scope = scope_of(taken.plan)
                    cells = add_starts(self.table, taken.sample, taken.chosen, own, scope)
                    self.starts |= {taken.key(own): cells} if taken is self.own else {}
        priced = taken.plan.priced_by_starts
        if priced is not None and taken.is_printed and taken.sample.panel.shows_starts:
            scope = scope_of(taken.plan)
            cells = add_starts(self.table, taken.sample, taken.chosen, priced, scope)
            self.priced = cells if taken is self.own else self.priced
            # The chart tells who started within the months of the first answer.
            for told, own_cell in zip(starts_of_chart(chart), cells, strict=True):
                add_later(self.table, told, own_cell)
        return chart

    def _add_sums(self) -> None:
        """Add what follows by subtraction from all that is told now and was told before."""
        every = [self.own, *(taken for _, taken in self.before)]
        told_of = self._told_sizes(every)
        told = [frozenset[str](), *(frozenset(one.answers or ()) for one, _ in self.before)]
        for taken, names in zip(every, told, strict=True):
            taken.add_others(self.table, names, self.rules.least)
            for key, others in taken.others.items():
                add_unknown(self.table, told_of, taken.judged[key].question, others.question)
        add_left_out(self.table, told_of)
        asked = [
            (taken.sample.listed, one.question)
            for taken in every
            for one in (*taken.judged.values(), *taken.others.values())
        ]
        add_differences(self.table, asked)
        for taken in every:
            for key, others in taken.others.items():
                own = taken.judged[key].question
                for start, whole in asked:
                    if start == taken.sample.listed and is_of_all(whole, own):
                        add_parts(self.table, whole, own, others.question)

    def _told_sizes(self, every: Sequence[TakenPlan]) -> set[int]:
        """Return the cells whose numbers of clients answers and charts tell."""
        told = {*self.sizes_of_charts}
        for taken in every:
            for strategy in taken.plan.strategies() if taken.is_printed else ():
                told |= {*told_of_question(taken.judged[taken.key(strategy)].question)}
        return told

    def _told_before(self) -> Iterator[int]:
        """Yield the cells that an earlier release of this register told."""
        for one in self.raw.earlier:
            for name in one.told if one.same else ():
                place = self.table.place_of(name)
                if place is not None:
                    yield place

    def _moved_by_few(self) -> Iterator[int]:
        """Yield cells that differ by few clients from what another version of the register told."""
        for one in self.raw.earlier:
            for name, count in () if one.same else one.told.items():
                place = self.table.place_of(name)
                if place is None and one.arm is None:
                    # That plan cannot be carried out any more; how many there were is held all the
                    # same, whatever its groups are called.
                    place = dict(zip(SIZES, self.chart, strict=False)).get(name.split("/")[-1])
                if place is not None and 0 < abs(count - self.counts[place]) < self.rules.least:
                    yield place

    def release(self) -> RegisterAnalysis:
        raw = self.raw
        self._hide()
        self._bound()
        self._judge()
        self._attack()
        self._hold_apart()
        self._add_contrasts()
        findings = self._correct([self._answer(finding) for finding in raw.findings])
        first = findings[0]
        shows_draws = (
            first.precision == "exact"
            and first.effect is not None
            # They are of the plain difference, which may not stand beside an answer that holds few
            # clients apart.
            and not self.own.telling(first.strategy).is_thin
        )
        return RegisterAnalysis(
            raw.plan,
            raw.unchanged,
            self._flow(),
            tuple(findings),
            tuple(
                self._check(name, check)
                for name, check in zip(raw.plan.checks, raw.checks, strict=True)
            ),
            raw.redrawn.round(4) if shows_draws else np.zeros(0),
            self._certificate(findings),
            self._told_now(),
            tuple(
                key for key, one in self.judged.items() if one.precision in ("coarse", "rounded")
            ),
            tuple(self._notes()),
            {name: (*one.digests, self.shown.get(name, EXACT)) for name, one in self.told.items()},
            raw.beside,
            None if self.hidden[list(self.priced)].any() else raw.starts,
            digest_of_clients(raw.sample.panel),
        )

    def _told_now(self) -> dict[str, int]:
        """Return the counts that can be read from the release; those before it are told already."""
        return self.table.told(self._withheld_cells())

    def _withheld_cells(self) -> Bools:
        """Return the cells that the release does not tell, shape (cells,)."""
        withheld = self.hidden.copy()
        # The same clients may be told by the chart, by the clients of an answer, by another answer.
        shown = {cell for cell in (*self.chart, *self.noted) if cell is not None}
        for one in self.judged.values():
            question = one.question
            cells = question.outcome_cells
            withheld[list(cells)] |= one.precision != "exact"
            shown |= {*cells} if one.precision == "exact" else set()
            shown |= {*question.size_cells, *(arm.all for arm in question.arms)}
        withheld[sorted(shown)] = self.hidden[sorted(shown)]
        return withheld

    # What may be told.

    def _hide(self) -> None:
        first = self.judged[self.own.key(self.raw.plan.strategies()[0])].question
        kept = self._kept_cells(first)
        self.hidden = suppress(
            self.table.counts,
            self.table.sums,
            self.rules.least,
            groups=[_without(kept, group, first) for group in self.table.groups],
            unprinted=self.table.unprinted,
            coarse={*self._coarse_cells()} - kept,
            fixed=self.known,
            secret=self.secret,
            last=(*first.outcome_cells, *told_of_question(first)),
        )
        if self.raw.earlier and self.hidden.all():
            self._fall_silent()

    def _kept_cells(self, first: Question) -> set[int]:
        """Return the cells of the answer that decides, where it may be told exactly.

        The same clients may be those of a month in which few of the other arm have the outcome.
        That month alone is coarse then, or withheld where it would tell too much beside it.
        """
        is_exact = first.is_share and not self._is_guarded(first)
        return {*first.outcome_cells} if is_exact else set()

    def _fall_silent(self) -> None:
        """Tell nothing that was not told before: where anything more would tell of few."""
        self.is_silent = True
        self.hidden[:] = True
        self.hidden[[*self.known]] = False
        for one in self.judged.values():
            one.precision, one.reason = "withheld", WITHHELD

    def _coarse_cells(self) -> Iterator[int]:
        """Yield cells that only a coarse number tells of, now or before."""
        before = (taken for earlier, taken in self.before if earlier.same)
        told = {*self.known}
        for taken in (self.own, *before):
            for one in taken.judged.values():
                if self._is_guarded(one.question):
                    cells = one.question.outcome_cells
                    yield from cells if taken is self.own else {*cells} - told

    def _bound(self) -> None:
        """Find the groups of which it may be said that so many clients are in them at most.

        That is said where it is not told how many of a group are followed. Earlier answers said it.
        """
        groups = [
            (taken, taken.judged[taken.key(strategy)].question)
            for taken in (*(taken for earlier, taken in self.before if earlier.same), self.own)
            for strategy in taken.plan.strategies()
        ]
        for taken, question in groups:
            cells = {arm.all for arm in question.arms if self.hidden[arm.all]} - self.bounds
            if cells and (taken is not self.own or self._may_bound(cells)):
                self.bounds |= cells

    def _may_bound(self, cells: set[int]) -> bool:
        """Whether every hidden count stays hidden beside the sizes of some groups."""
        if cells & {*self.secret}:
            return False
        before, self.bounds = self.bounds, self.bounds | cells
        is_safe = not self._is_small(self.counts[[*cells]]) and self._pinned() is None
        self.bounds = before
        return is_safe

    def _judge(self) -> None:
        for one in self.judged.values() if not self.is_silent else ():
            one.precision, one.reason = self._precision(one.question)
        for earlier, taken in self.before:
            names = {*(earlier.answers or ())}
            told = {taken.tellings[name].question for name in names & {*taken.tellings}}
            for key, one in taken.judged.items():
                if not earlier.same or (earlier.answers is not None and key not in told):
                    one.precision = "withheld"
                    continue
                one.precision = self._precision(one.question)[0]
                if one.precision != "exact" and key not in earlier.about:
                    one.precision = "withheld"

        for one in self._closing():
            one.precision, one.reason = "withheld", CLOSING

    def _closing(self) -> Iterator[JudgedQuestion]:
        """Yield what is not told exactly and compares two arms that were compared by way of others.

        Of a, b and c, how a lies to b follows from how either lies to c, as far as these tell it. A
        third interval would narrow both.
        """
        compared: dict[tuple[object, ...], list[set[int]]] = {}
        for earlier, taken in self.before:
            for one in taken.judged.values() if earlier.same else ():
                if one.precision != "withheld":
                    own = compared.setdefault(_asks(taken, one.question), [])
                    own.append({arm.all for arm in one.question.arms})
        for one in self.judged.values():
            if one.precision in ("coarse", "rounded"):
                first, second = (arm.all for arm in one.question.arms)
                pairs = [
                    pair
                    for pair in compared.get(_asks(self.own, one.question), [])
                    if pair != {first, second}
                ]
                if second in _reached_from(first, pairs):
                    yield one

    def _precision(self, question: Question) -> tuple[Precision, Message]:
        groups = {arm.all for arm in question.arms if self.hidden[arm.all]}
        if groups - self.bounds:
            few = self._is_small(self.counts[[*groups]]) or bool(groups & {*self.secret})
            return "withheld", WITHHELD if few else NEARLY_ALL
        sizes = self._sizes(question)
        if max(sizes) > 0 and min(sizes) == 0:
            # Nobody is compared but with themselves, before: a change tells the counts themselves.
            few = self._is_small(self.counts[list(question.outcome_cells)])
            return ("withheld" if few or self._hides_sizes(question) else "exact"), WITHHELD
        followed = self.counts[[arm.known for arm in question.arms]]
        if followed.min() < self.rules.least:
            return "withheld", WITHHELD
        if not question.is_share:
            own = self.counts[list(question.outcome_cells)]
            hides = self.hidden[list(question.outcome_cells)].any()
            if (hides and not self._hides_sizes(question)) or self._is_small(own):
                return "withheld", WITHHELD
            if dominated_arms(question, self.rules):
                return "withheld", DOMINATED
            return ("rounded" if self._hides_sizes(question) else "exact"), WITHHELD
        if not self.hidden[list(question.outcome_cells)].any():
            return "exact", WITHHELD
        if self._is_guarded(question):
            fits = coarse_grid(*sizes, self.rules.least) is not None
            return ("coarse" if fits else "withheld"), WITHHELD
        return ("rounded" if self._hides_sizes(question) else "withheld"), WITHHELD

    def _is_guarded(self, question: Question) -> bool:
        """Whether few have the outcome in an arm, or lack it: from 0 on, and one more than few.

        So that an effect is coarse does not tell that somebody is there.
        """
        followed = self.counts[[arm.known for arm in question.arms]]
        if not question.is_share or not followed.all() or self.rules.least == 1:
            return False
        return bool((self.counts[list(question.outcome_cells)] <= self.rules.least).any())

    def _is_small(self, counts: Ints) -> bool:
        return bool(((counts > 0) & (counts < self.rules.least)).any())

    def _sizes(self, question: Question) -> tuple[int, int]:
        """Return the clients of both arms that a reader may know: the followed, or all."""
        return (
            int(self.counts[self._size_cell(question, 0)]),
            int(self.counts[self._size_cell(question, 1)]),
        )

    def _size_cell(self, question: Question, arm: int) -> int:
        cells = question.arms[arm]
        return cells.all if self._hides_sizes(question) else cells.known

    def _hides_sizes(self, question: Question) -> bool:
        return bool(self.hidden[list(question.size_cells)].any())

    # The attack.

    def _attack(self) -> None:
        """Withhold what still tells a small count, until nothing does."""
        if not self._is_small(self.counts) and not self.secret:
            return
        while not self.is_silent and (pinned := self._pinned()) is not None:
            self._withhold_for(pinned)
        for group in self._rounded_together():
            self._attack_lost(group)
        for one in self.judged.values():
            if one.precision == "coarse" and self._narrows(one.question):
                one.precision = "withheld"

    def _narrows(self, question: Question) -> bool:
        """Whether a coarse answer and those told before of the same arms leave too few counts.

        Two comparisons with one arm bound it from both sides, and with it the arms that it is
        compared with, by their errors too.
        """
        beside = [
            one.question
            for earlier, taken in self.before
            for one in (taken.judged.values() if earlier.same else ())
            if one.precision == "coarse"
            and _asks(taken, one.question) == _asks(self.own, question)
            and {arm.all for arm in one.question.arms} != {arm.all for arm in question.arms}
        ]
        own = [one for one in (question, *beside) if not self._hides_sizes(one)]
        if len(own) < 2:
            return False
        known: dict[int, Bools] = {}
        for arm in (arm for one in own for arm in one.arms):
            possible = np.ones(int(self.counts[arm.known]) + 1, np.bool_)
            if not self.hidden[arm.have]:
                possible[:] = np.arange(len(possible)) == self.counts[arm.have]
            known[arm.all] = possible
        tables = [
            (
                (one.offered.all, one.compared.all),
                tables_of_coarse(self._sizes(one), _mean_difference(one)[0], self.rules.least),
            )
            for one in own
        ]
        left = counts_left(tables, known)
        return any(
            self.hidden[arm.have]
            and self._is_small(self.counts[[arm.have, arm.lack]])
            and int(left[arm.all].sum()) < self.rules.least
            for one in own
            for arm in one.arms
        )

    def _pinned(self) -> int | None:
        """Return a cell that must not be worked out and could be, if there is any."""
        told = list(self._told())
        hidden = self.hidden.copy()
        hidden[[*self.bounds]] = False
        cells = pinned_cells(self.table, hidden, told, self.rules.least, self.secret)
        return next(cells, None)

    def _told(self) -> Iterator[Inequality]:
        """Yield what coarse and rounded answers tell."""
        before = (one for _, taken in self.before for one in taken.judged.values())
        for one in (*self.judged.values(), *before):
            question = one.question
            if one.precision == "coarse" and not self._hides_sizes(question):
                estimate = _mean_difference(question)[0]
                limit = told_by_coarse(question, self._sizes(question), estimate, self.rules.least)
                if limit is not None:
                    yield limit
            elif one.precision == "rounded" and question.is_share:
                followed = [int(self.counts[arm.known]) for arm in question.arms]
                yield from told_by_rounded(
                    question, (followed[0], followed[1]), self._printed(question)
                )

    def _printed(self, question: Question) -> RoundedAnswer:
        """Return how a question's answer is rounded, and to what."""
        rounding = rounding_for(*self._sizes(question))
        estimate, error = _mean_difference(question)
        have, followed = self.counts[[question.offered.have, question.offered.known]]
        return RoundedAnswer(
            rounding,
            float(round_to(np.array(estimate), rounding.estimate)),
            float(round_up(np.array(error), rounding.error)),
            float(have / followed),
        )

    def _withhold_for(self, cell: int) -> None:
        """Withhold an answer that tells of a cell; any coarse or rounded one, if none does.

        Where none is left, the cell follows from what was told before: then nothing is added to it.
        """
        told = [one for one in self.judged.values() if one.precision in ("coarse", "rounded")]
        near = [one for one in told if cell in one.question.outcome_cells]
        for one in (near or told)[-1:]:
            one.precision = "withheld"
            return
        self._fall_silent()

    def _rounded_together(self) -> Iterator[list[JudgedQuestion]]:
        """Yield rounded questions about the same followed clients."""
        groups: dict[tuple[int, ...], list[JudgedQuestion]] = {}
        for one in self.judged.values():
            if one.precision == "rounded" and one.question.is_share:
                groups.setdefault(one.question.size_cells, []).append(one)
        yield from groups.values()

    def _attack_lost(self, group: list[JudgedQuestion]) -> None:
        """Withhold rounded answers from the last on, until the lost could be enough others."""
        question = group[0].question
        lost = [int(self.counts[arm.lost]) for arm in question.arms]
        sizes = self._sizes(question)
        while group:
            printed = [self._printed(one.question) for one in group]
            left = lost_that_fit(sizes, 2 * self.rules.least, printed)
            if not any(
                is_told(lost[arm], [pair[arm] for pair in left], self.rules.least) for arm in (0, 1)
            ):
                return
            group.pop().precision = "withheld"

    # What may stand beside each other.

    def _hold_apart(self) -> None:
        """Tell each answer unless it tells of few beside those told before it, or then.

        The first answers come first, and the months of their paths after all of them, the last
        month first: in the first ones there are few, and they tell least.
        """
        self._beside()
        order = sorted(self._answered(), key=lambda one: (one[1], one[1] * -one[0].estimand.months))
        for strategy, _ in order:
            judged = self.judged[self.own.key(strategy)]
            if judged.precision != "withheld" and not self._is_mirrored(judged):
                self._tell_beside(self.own.telling(strategy))
        asked = {one.question for one in self.told.values()}
        for key, one in self.judged.items():
            if key not in asked:
                one.precision = "withheld"

    def _is_mirrored(self, judged: JudgedQuestion) -> bool:
        """Whether those who have the one outcome are those who lack another that is told coarsely.

        The grid is not the same from both ends, so that both intervals together would tell more.
        """
        if judged.precision == "exact":
            return False
        own = self._sides(judged.question)
        before = (
            (taken, name)
            for earlier, taken in self.before
            if earlier.same
            for name in taken.tellings
        )
        told = [
            taken.question(taken.tellings[name])
            for taken, name in before
            if name in self.told_before
        ]
        told += [self.own.question(one) for one in self.told.values()]
        return any(
            one.precision != "exact"
            and {*self._sides(one.question)} == {*own}
            and self._sides(one.question) != own
            for one in told
        )

    def _sides(self, question: Question) -> tuple[int, ...]:
        return tuple(cell for cell in question.outcome_cells if self.counts[cell])

    def _answered(self) -> Iterator[tuple[Strategy, bool]]:
        """Yield what has an answer, and whether it is but a month of a path."""
        for finding in self.raw.findings:
            if finding.effect is not None:
                yield finding.strategy, False
            for own, effect in zip(_months(finding), finding.path, strict=True):
                if effect is not None:
                    yield own, True

    def _beside(self) -> None:
        """Note what was told of this register before, or of others, and what has changed since."""
        for earlier, taken in self.before:
            for name, one in taken.tellings.items():
                if earlier.answers is not None and name not in earlier.answers:
                    continue
                if earlier.same:
                    self.told_before.setdefault(name, one)
                    continue
                self.told_of_others.append(one)
                if self._has_changed(earlier, taken, one):
                    self.changed.append(one)

    def _has_changed(self, earlier: EarlierRelease, taken: TakenPlan, one: Telling) -> bool:
        """Whether what an answer rests on has changed since, and not surely by enough clients."""
        if earlier.answers is None:
            return False
        judged = taken.question(one)
        for arm, digest, then in zip(
            judged.question.arms, one.digests, earlier.answers[one.key][:2], strict=True
        ):
            moved = [
                abs(earlier.told[name] - int(self.counts[cell]))
                for cell in (arm.known, arm.have, arm.lack)
                for name in self.table.names_of(cell)
                if name in earlier.told
            ]
            if digest != then and max(moved, default=0) < self.rules.least:
                return True
        return False

    def _tell_beside(self, one: Telling) -> bool:
        """Tell an answer if it may stand beside others; return whether it may."""
        least = self.rules.least
        if one.key in self.told:
            return True
        if least > 1 and one.key not in self.told_before:

            def of_family(told: Iterable[Telling]) -> list[Telling]:
                return [own for own in told if own.family == one.family]

            everything = (*self.told_before.values(), *self.told.values())
            told = of_family(everything)
            earlier, changed = of_family(self.told_of_others), of_family(self.changed)
            if is_told_of_change(one, told, earlier, changed, least):
                return False
            if clash([*told, one], least) or is_left_by_sum(one, everything, least):
                return False
        self.told[one.key] = one
        return True

    def _add_contrasts(self) -> None:
        """Tell how subgroups differ from the others, as far as the others may be told of."""
        for finding in self.raw.findings:
            key = self.own.key(finding.strategy)
            judged, others = self.judged[key], self.own.others.get(key)
            if finding.contrast is None or others is None or judged.precision != "exact":
                continue
            if self.own.name(finding.strategy) not in self.told or not self._may_show(others):
                continue
            if self._tell_beside(self.own.telling(finding.strategy, others=True)):
                self.contrasts.add(finding.strategy.name)
                self._show(others)

    def _cells_of(self, question: Question) -> list[int]:
        arms = question.arms
        return sorted({*question.outcome_cells, *question.size_cells, *(one.all for one in arms)})

    def _may_show(self, others: JudgedQuestion) -> bool:
        """Whether all that is told of the others leaves every hidden count hidden."""
        cells = self._cells_of(others.question)
        few = self._is_small(self.counts[cells]) or self._is_guarded(others.question)
        if (few and self.rules.least > 1) or {*cells} & {*self.secret}:
            return False
        before = self.hidden
        self.hidden = before.copy()
        self.hidden[cells] = False
        is_safe = self._precision(others.question)[0] == "exact" and self._pinned() is None
        self.hidden = before
        return is_safe

    def _show(self, others: JudgedQuestion) -> None:
        cells = self._cells_of(others.question)
        self.hidden[cells] = False
        self.printed |= {*cells}

    # What is told.

    def _flow(self) -> ParticipantFlow:
        return ParticipantFlow(
            tuple(
                None if cell is None or self.hidden[cell] else int(self.counts[cell])
                for cell in self.chart
            ),
            tuple(name for name, cell in zip(CELLS, self.chart, strict=True) if cell is None),
        )

    def _notes(self) -> Iterator[Message]:
        """Yield how the register's rows were read, of how many clients in an arm."""
        for note, cell in zip(self.raw.panel.notes, self.noted, strict=True):
            count = int(self.counts[cell])
            if count:
                told = few_or(count, self.rules.least)
                yield note.says(SOME if self.hidden[cell] and told is count else told)

    def _answer(self, finding: PlanAnswer) -> PlanAnswer:
        judged = self.judged[self.own.key(finding.strategy)]
        effect, refusal, precision = self._tell(finding.strategy, finding.effect, finding.refusal)
        agreement = None if effect is None else finding.agreement
        if finding.agreement is not None and finding.agreement.agrees is False:
            # That a library differs tells of no client.
            agreement, refusal = finding.agreement, finding.agreement.says
        path = [
            self._tell(own, one, "")[0]
            for own, one in zip(_months(finding), finding.path, strict=True)
        ]
        most = None if effect is None else self._most(judged.question, effect)
        if effect is not None and most is not None:
            effect = replace(effect, clients=most)
        return PlanAnswer(
            finding.strategy,
            effect,
            refusal,
            finding.adjusted_p,
            tuple(path) if effect is not None else (),
            self._evidence(finding.strategy, finding.evidence, precision),
            precision,
            most,
            contrast=self._contrast(finding, precision),
            agreement=agreement,
        )

    def _most(self, question: Question, effect: Effect) -> int | None:
        """Return how many clients an answer rests on at most, where it is not told how many."""
        if self._hides_sizes(question) or self._leaves_out_few(question, effect):
            # An estimator may leave out some for reasons of its own.
            return sum(self._sizes(question))
        return None

    def _leaves_out_few(self, question: Question, effect: Effect) -> bool:
        """Whether an answer leaves out some by a rule of its own, and how few could be seen."""
        followed = int(sum(self.counts[arm.known] for arm in question.arms))
        if effect.clients == followed:
            return False
        told = [one.effect.clients for one in self.raw.findings if one.effect is not None]
        return any(
            0 < abs(other - effect.clients) < self.rules.least for other in (followed, *told)
        )

    def _contrast(self, finding: PlanAnswer, precision: Precision) -> Effect | None:
        """Return a subgroup's effect less that on the others, where that may be told."""
        if finding.contrast is None or precision != "exact":
            return None
        if finding.strategy.name not in self.contrasts:
            return None
        return to_digits(finding.contrast, is_share=finding.strategy.estimand.is_share)

    def _tell(
        self, strategy: Strategy, effect: Effect | None, refusal: str
    ) -> tuple[Effect | None, str, Precision]:
        """Return an effect as exactly as may be, or why it is not shown."""
        one = self.judged[self.own.key(strategy)]
        precision, reason = one.precision, one.reason
        if precision != "withheld" and self.own.name(strategy) not in self.told:
            precision, reason = "withheld", WITHHELD
        if effect is None:
            return None, self._why_none(one, refusal, precision), precision
        starts = self.starts.get(self.own.key(strategy), ())
        if precision != "withheld" and starts and self.hidden[list(starts)].any():
            precision = "withheld"
        columns = self._columns(strategy)
        if effect.clients - columns < self.rules.freedom and self.rules.least > 1:
            precision, reason = "withheld", FEW_FREEDOM
        if precision in ("coarse", "rounded") and effect.scale != "difference":
            precision = "withheld"
        if precision == "withheld":
            return None, reason, precision
        notes = (self._scrub(note, precision) for note in effect.notes)
        kept = replace(effect, notes=tuple(note for note in notes if note is not None))
        question = one.question
        about: Effect | None = None
        if precision == "coarse":
            about = self._coarse(_as_normal(kept, question, self._level(kept)), question)
        elif precision == "rounded" and question.is_share:
            rounding = rounding_for(*self._sizes(question))
            about = _rounded(_as_normal(kept, question, strategy.level), rounding, strategy.level)
        if about is not None:
            if self._is_shown_otherwise(strategy, about):
                return None, WITHHELD, "withheld"
            return about, "", precision
        return to_digits(kept, is_share=strategy.estimand.is_share), "", precision

    def _is_shown_otherwise(self, strategy: Strategy, effect: Effect) -> bool:
        """Whether an effect was told by another interval before: both together would tell more."""
        name = self.own.name(strategy)
        now = f"{effect.estimate:.4f} {effect.error:.4f}"
        then = [
            (earlier.answers or {}).get(name, ("", "", EXACT))[2]
            for earlier in self.raw.earlier
            if earlier.same
        ]
        if EXACT not in then and any(one != now for one in then):
            self.told.pop(name, None)
            return True
        self.shown[name] = now
        return False

    def _columns(self, strategy: Strategy) -> int:
        """Return how many coefficients a regression of the answer has."""
        panel = self.raw.sample.panel
        categories = (len(panel.categories.get(name, "..")) - 1 for name in strategy.covariates)
        return 2 + sum(max(1, own) for own in categories)

    def _why_none(self, judged: JudgedQuestion, refusal: str, precision: Precision) -> str:
        """Return why an estimator gave no answer, unless that would tell of how few it is asked.

        Of one client it says what it does not say of two; so of one to four the same is said.
        """
        if self.rules.least == 1:
            return refusal
        followed = [int(self.counts[arm.known]) for arm in judged.question.arms]
        if any(0 < count < self.rules.least for count in followed):
            return judged.reason
        return self._scrub(refusal, "exact" if not any(followed) else precision) or WITHHELD

    def _scrub(self, text: str, precision: Precision) -> str | None:
        """Return a sentence about the data as far as it may be told, None where nothing is left."""
        if self.rules.least > 1 and counts_in_words(text, with_all=precision != "exact"):
            return None
        if precision == "exact":
            return hide_small_counts(text, self.rules.least)
        # Both arms, and either, anybody may know.
        shown = [cell for cell in self.chart[4:6] if cell is not None and not self.hidden[cell]]
        return hide_numbers(text, (len(self.raw.sample.arm), *self.counts[shown]))

    def _coarse(self, effect: Effect, question: Question) -> Effect:
        """Return an effect as the interval of the grid that it lies in, and what follows from it.

        The error is the largest of any table in the interval, widened where the estimator's own is
        larger; interval and p-value hold for wherever the effect may lie.
        """
        grid = coarse_grid(*self._sizes(question), self.rules.least)
        assert grid is not None
        number = grid.place(effect.estimate)
        low, high = float(grid.edges[number]), float(grid.edges[number + 1])
        slack = SLACK if self._hides_sizes(question) else 1.0
        public = slack * float(np.nan_to_num(grid.errors[number], nan=np.nanmax(grid.errors)))
        return _within(effect, low, high, public, self._level(effect))

    def _level(self, effect: Effect) -> float:
        return float(self.raw.plan.level.number)

    def _evidence(
        self, strategy: Strategy, evidence: Evidence | None, precision: Precision
    ) -> Evidence | None:
        if isinstance(evidence, EffectPath | Placebos) and (
            precision != "exact" or self._has_small_month(strategy)
        ):
            return None
        if precision == "withheld":
            return None
        return coarsen_evidence(evidence, self.rules.least, strategy.estimand)

    def _has_small_month(self, strategy: Strategy) -> bool:
        """Whether few have the outcome, or lack it, in some month, or few dominate its sum."""
        outcome = strategy.estimand.outcome
        sample = self.raw.sample.among(strategy.estimand.traits)
        if has_small_month(sample, outcome, self.rules.least):
            return True
        values = sample.panel.outcome(outcome)
        return outcome == AMOUNT and any(
            is_dominated(month[sample.arm == arm], self.rules)
            for month in values.T
            for arm in (1.0, 0.0)
        )

    def _has_small_trait(self) -> bool:
        """Whether few in an arm have a trait that the arms are compared in, or lack it."""
        sample = self.raw.sample
        names = {name for one in self.raw.plan.strategies() for name in one.covariates}
        rule = self.raw.plan.rule.rule
        names |= {rule.trait} if isinstance(rule, TraitLimit) else set()
        for name in {*self.raw.plan.balance, *names} & set(sample.panel.traits):
            trait = sample.panel.traits[name]
            values = np.unique(trait[~np.isnan(trait)])
            if len(values) > 2 and name not in sample.panel.categories:
                values = values[:0]
            for arm in (1.0, 0.0):
                own = trait[sample.arm == arm]
                counts = [np.isnan(own).sum(), *((own == value).sum() for value in values)]
                if self._is_small(np.array(counts)):
                    return True
        return False

    def _check(self, name: str, check: AssumptionCheck) -> AssumptionCheck:
        """Return what a check found, with no number that tells of few clients."""
        first = self.raw.plan.strategies()[0]
        one = self.judged[self.own.key(first)]
        is_counted = not self.hidden[[arm.all for arm in one.question.arms]].any()
        told = (
            is_counted
            and {
                "traits": not self._has_small_trait(),
                "lost": not self._hides_sizes(one.question),
                "outcome": one.precision == "exact" and not self._has_small_month(first),
            }[find_check(name).looks_at]
        )
        if told and not counts_in_words(check.text):
            return replace(
                check,
                text=hide_small_counts(check.text, self.rules.least),
                evidence=coarsen_evidence(check.evidence, self.rules.least, first.estimand),
            )
        return AssumptionCheck(check.name, check.passed, math.nan, verdict_alone(check.passed))

    def _correct(self, findings: Sequence[PlanAnswer]) -> list[PlanAnswer]:
        """Return the answers with p-values corrected for each other by what is shown alone.

        A correction by the exact p-values would tell those of coarse answers, and one of contrasts
        by all of them those that are not shown.
        """
        from pilotsim.effects.inference.multiple_testing import adjust_holm

        of_groups = {one.strategy.name: one.contrast.p for one in findings if one.contrast}
        held = adjust_holm(np.array([*of_groups.values()])) if of_groups else np.zeros(0)
        by_group = {name: p_to_digits(float(p)) for name, p in zip(of_groups, held, strict=True)}
        findings = [
            replace(one, adjusted_contrast_p=by_group.get(one.strategy.name, math.nan))
            for one in findings
        ]
        shown = [one for one in findings if one.effect is not None]
        if all(one.precision == "exact" for one in findings):
            return [
                replace(one, adjusted_p=p_to_digits(one.adjusted_p))
                if one.effect is not None
                else replace(one, adjusted_p=math.nan)
                for one in findings
            ]
        values = np.array([one.effect.p for one in shown if one.effect is not None])
        known = ~np.isnan(values)
        adjusted = values.copy()
        if known.any() and self.raw.plan.correction != "none":
            adjusted[known] = adjust_holm(values[known])
        by_name = {one.strategy.name: float(p) for one, p in zip(shown, adjusted, strict=True)}
        return [
            replace(one, adjusted_p=by_name.get(one.strategy.name, math.nan)) for one in findings
        ]

    def _certificate(self, findings: Sequence[PlanAnswer]) -> ReleaseCertificate:
        def named(precision: Precision) -> tuple[str, ...]:
            return tuple(one.strategy.name for one in findings if one.precision == precision)

        return ReleaseCertificate(
            least=self.rules.least,
            allowed_by_owner=self.rules.allowed_by_owner,
            rounded=named("rounded"),
            coarse=named("coarse"),
            withheld=named("withheld"),
            contrasts=tuple(
                one.strategy.name
                for one in self.raw.findings
                if one.contrast is not None and one.strategy.name not in self.contrasts
            ),
            earlier=sum(
                not one.same or one.plan.hash != self.raw.plan.hash for one in self.raw.earlier
            ),
        )


def _asks(taken: TakenPlan, question: Question) -> tuple[object, ...]:
    """Return what is the same for questions about the same months of the same outcome."""
    own = question.estimand
    return own.outcome, own.kind, own.months, taken.sample.listed


def _reached_from(start: int, pairs: Sequence[set[int]]) -> set[int]:
    """Return the arms that an arm was compared with, be it by way of others."""
    found = {start}
    grows = True
    while grows:
        near = set[int]().union(*(pair for pair in pairs if pair & found))
        grows = not near <= found
        found |= near
    return found


def _without(kept: set[int], group: TogetherHidden, first: Question) -> TogetherHidden:
    """Return a group of cells of another answer without those that the one that decides tells."""
    if group.where != group.also or group.also == first.outcome_cells:
        return group
    return TogetherHidden(group.where, tuple(cell for cell in group.also if cell not in kept))


def _months(finding: PlanAnswer) -> Iterator[Strategy]:
    estimand = finding.strategy.estimand
    for months in range(1, len(finding.path) + 1):
        yield replace(finding.strategy, estimand=replace(estimand, months=months))


def _mean_difference(question: Question) -> tuple[float, float]:
    """Return the difference in means of the arms, and its standard error (HC2)."""
    means, spread = [], 0.0
    for arm in (1.0, 0.0):
        own = question.outcome[(question.treated == arm) & ~np.isnan(question.outcome)]
        means.append(float(own.mean()))
        spread += float(own.var()) / max(len(own) - 1, 1)
    return means[0] - means[1], math.sqrt(spread)


def _as_normal(effect: Effect, question: Question, level: float) -> Effect:
    """Return an effect with the error with which the normal distribution reaches as far as it does.

    What is told by an interval has no degrees of freedom. Few districts, or few clients near a
    limit, have few; how many whole arms of clients have follows from their counts, and is left out.
    """
    if not effect.clusters and question.estimand.who != AT_LIMIT:
        return effect
    reach = max(effect.high - effect.estimate, effect.estimate - effect.low)
    own = reach / critical_value(level)
    return replace(effect, error=own) if own > effect.error and math.isfinite(own) else effect


def _within(effect: Effect, low: float, high: float, error: float, level: float) -> Effect:
    """Return an effect of which only the interval that it lies in is told, with a public error."""
    if math.isnan(effect.error):
        # A test by drawn lots has no error; its p-value would tell how many have the outcome.
        return replace(
            effect,
            estimate=round((low + high) / 2.0, 4),
            low=math.nan,
            high=math.nan,
            p=math.nan,
            freedom=math.nan,
        )
    times = max(0, math.ceil(math.log(effect.error / error) / math.log(WIDER) - 1e-9))
    return _concluded(effect, low, high, WIDER**times * error, level)


def _rounded(effect: Effect, rounding: Rounding, level: float) -> Effect:
    middle = float(round_to(np.array(effect.estimate), rounding.estimate))
    low, high = middle - rounding.estimate / 2.0, middle + rounding.estimate / 2.0
    if math.isnan(effect.error):
        return _within(effect, low, high, math.nan, level)
    error = float(round_up(np.array(effect.error), rounding.error))
    return _concluded(effect, low, high, error, level)


def _concluded(effect: Effect, low: float, high: float, error: float, level: float) -> Effect:
    """Return an effect in an interval, with an interval and p-value that hold wherever it lies."""
    from scipy.special import ndtr

    reach = critical_value(level) * error
    nearest = 0.0 if low <= 0.0 <= high else min(abs(low), abs(high))
    return replace(
        effect,
        estimate=round((low + high) / 2.0, 4),
        error=round(error, 4),
        low=round(math.floor((low - reach) / SHARE_STEP) * SHARE_STEP, 4),
        high=round(math.ceil((high + reach) / SHARE_STEP) * SHARE_STEP, 4),
        p=p_to_digits(2.0 * float(ndtr(-nearest / error))),
        freedom=math.inf,
    )
