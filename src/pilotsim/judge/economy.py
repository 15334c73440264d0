"""What a programme costs whom, what comes of it, and what would have to come of it to pay.

Everything is the world with the programme less the world without it, for the same clients: what is
paid either way costs nothing extra, and what is not paid any more is saved.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from pilotsim.base.arrays import Floats
from pilotsim.base.calendar import DAYS_PER_MONTH, add_months
from pilotsim.base.statistics import Interval, mean_interval, quantile_range, ratio_of_sums
from pilotsim.base.text import Text
from pilotsim.model.flow import Flow
from pilotsim.model.targets import Measure, Selection, Window
from pilotsim.runs.batches import Outcome

YEAR = 12  # months of a budget
PARTICIPANTS = "participants"
MONTHS_SAVED = "months"
SPENT, SAVED, SHIFTED = "spent", "saved", "shifted"
NET = "net"


@dataclass(frozen=True)
class RunSpread:
    """A number over the runs.

    Parameters
    ----------
    mean : float
        Its mean.
    low, high : float
        Its 5 % and 95 % quantiles: nine runs in ten lie between them.
    """

    mean: float
    low: float
    high: float

    @classmethod
    def of(cls, values: Floats) -> RunSpread:
        """Return the spread of the values of all runs, shape (replications,)."""
        low, high = quantile_range(values)
        return cls(mean_interval(values).mean, low, high)


@dataclass(frozen=True)
class BudgetLine:
    """A cost or a priced resource, with the programme and without.

    Parameters
    ----------
    name : str
        In the flow file, among its costs or resources.
    kind : str
        `costs` or `resources`.
    payer : str
        Who pays; empty where the file does not say.
    kind_of_money : str
        `spent` on doing something; `saved` if it is paid to clients in the state whose months may
        be saved; `shifted` if it is paid to them in another state.
    present, absent : RunSpread
        What it comes to over the whole period in the two worlds.
    extra : RunSpread
        The one less the other, run by run.
    first_year : RunSpread
        The extra of the first twelve months: the budget.
    """

    name: str
    kind: str
    payer: str
    kind_of_money: str
    present: RunSpread
    absent: RunSpread
    extra: RunSpread
    first_year: RunSpread


@dataclass(frozen=True)
class PayerBalance:
    """What the programme comes to for who pays.

    Parameters
    ----------
    payer : str
        The payer; empty for all together.
    spent, saved, shifted : RunSpread
        What doing it costs more; what is paid less to clients in the state whose months may be
        saved; what is paid more to clients in other states.
    net : RunSpread
        What is spent, less what is saved, and what is shifted.
    first_year : RunSpread
        What doing it costs more in the first twelve months.
    pays : float
        The share of runs in which it has paid for itself by the end of the period.
    """

    payer: str
    spent: RunSpread
    saved: RunSpread
    shifted: RunSpread
    net: RunSpread
    first_year: RunSpread
    pays: float


@dataclass(frozen=True)
class CostOfResult:
    """What one result costs.

    Parameters
    ----------
    name : str
        Its name in the flow's economy; `participants` or `months` for those that are always there.
    says : Text or None
        What one of it is; None for those that are always there.
    count : RunSpread
        How many there are with the programme less without.
    certain : Interval
        95 % interval of that mean over the runs.
    each : float
        What doing the programme costs for one of them, as a ratio of means; NaN where that there
        are none is possible: where the 5 % quantile over the runs, or the interval of the mean,
        is not above zero.
    each_low, each_high : float
        Its 5 % and 95 % quantiles over the runs, infinite where a run has none; NaN with `each`.
    error : float
        Its Monte Carlo standard error.
    """

    name: str
    says: Text | None
    count: RunSpread
    certain: Interval
    each: float
    each_low: float
    each_high: float
    error: float


@dataclass(frozen=True)
class EconomyResultSet:
    """What the programme costs whom, and what comes of it.

    Parameters
    ----------
    lines : tuple of BudgetLine
        In the order of the file.
    payers : tuple of PayerBalance
        Each payer in the order of the file, then all together.
    results : tuple of CostOfResult
        Participants, each result of the file, months saved.
    worth : float
        What a month in the state that may be saved is paid with, on average; NaN where nothing is
        paid for it.
    needed : float
        Months that would have to be saved for the programme to pay for itself, with what it moves
        into other states.
    """

    lines: tuple[BudgetLine, ...]
    payers: tuple[PayerBalance, ...]
    results: tuple[CostOfResult, ...]
    worth: float
    needed: float

    @property
    def has_net(self) -> bool:
        """Whether anything is counted beside what is spent: else a net cost is no more than it."""
        return any(line.kind_of_money != SPENT for line in self.lines)


def economy_measures(flow: Flow) -> list[Measure]:
    """Return what must be measured for the economy of a flow; nothing where it has none."""
    if flow.economy is None:
        return []
    year = _first_year(flow)
    lines = [Measure(cost=(name,)) for name in _lines(flow)]
    budget = [Measure(cost=(name,), between=year) for name in _lines(flow)]
    results = [one.measure for one in flow.economy.results.values()]
    saves = flow.economy.saves
    months = [Measure(mean_in=saves, of=flow.economy.of), Measure(mean_in=saves, of=_paid(flow))]
    return [*lines, *budget, Measure(count=flow.economy.participants), *results, *months]


def economy_names(flow: Flow) -> list[str]:
    """Return what each of `economy_measures` is called.

    `whole.` and `year.` before a line, for the whole period and its first twelve months;
    `participants`; `result.` before a result; `months` for those of the economy, `paid` for those
    who are paid.
    """
    if flow.economy is None:
        return []
    lines = _lines(flow)
    return [
        *(f"whole.{name}" for name in lines),
        *(f"year.{name}" for name in lines),
        PARTICIPANTS,
        *(f"result.{name}" for name in flow.economy.results),
        MONTHS_SAVED,
        "paid",
    ]


def _paid(flow: Flow) -> Selection | None:
    """Return for whom a month in the state that may be saved is paid; None for everybody."""
    assert flow.economy is not None
    paid = [cost.groups for cost in flow.costs.values() if cost.state == flow.economy.saves]
    if not paid or any(groups is None for groups in paid):
        return None
    named = {name for groups in paid for name in groups or ()}
    return Selection(groups=tuple(name for name in flow.groups if name in named))


def _measured_months(flow: Flow) -> float:
    """Return how many months are measured: the run without its warm-up."""
    return (flow.end - flow.counts_from).days / DAYS_PER_MONTH


def _lines(flow: Flow) -> list[str]:
    """Return the names of all costs and of all resources that have a price."""
    priced = [name for name, one in flow.resources.items() if one.price is not None]
    return [*flow.costs, *priced]


def _first_year(flow: Flow) -> Window:
    start = flow.counts_from
    end: date = min(add_months(start, YEAR), flow.end)
    return start, end


def work_out_economy(flow: Flow, outcome: Outcome) -> EconomyResultSet | None:
    """Return the economy of a flow from the runs of `economy_measures`; None where it has none.

    Parameters
    ----------
    flow : Flow
        What was run.
    outcome : Outcome
        The measures with the programme and without, in the order of `economy_measures`.
    """
    if flow.economy is None:
        return None
    names = _lines(flow)
    count = len(names)
    extra = outcome.values - outcome.counterfactual
    whole, budget = extra[:, :count], extra[:, count : 2 * count]
    lines = tuple(
        BudgetLine(
            name,
            "costs" if name in flow.costs else "resources",
            _payer_of(flow, name),
            _kind_of_money(flow, name),
            RunSpread.of(outcome.values[:, k]),
            RunSpread.of(outcome.counterfactual[:, k]),
            RunSpread.of(whole[:, k]),
            RunSpread.of(budget[:, k]),
        )
        for k, name in enumerate(names)
    )
    spent = whole[:, [line.kind_of_money == SPENT for line in lines]].sum(axis=1)
    results = _results(flow, outcome, spent)
    worth = _worth(flow, outcome, lines)
    balances = tuple(_balances(flow, lines, whole, budget))
    to_cover = balances[-1].spent.mean + balances[-1].shifted.mean
    needed = to_cover / worth if worth > 0 else math.nan
    return EconomyResultSet(lines, balances, results, worth, needed)


def money_by_run(flow: Flow, outcome: Outcome) -> dict[str, Floats]:
    """Return what all together spend on the programme, and its net cost, in each run.

    Parameters
    ----------
    flow : Flow
        What was run.
    outcome : Outcome
        The measures with the programme and without, in the order of `economy_measures`.

    Returns
    -------
    dict of str to ndarray, shape (replications,)
        `spent` and `net`; nothing where the flow has no economy.
    """
    if flow.economy is None:
        return {}
    names = _lines(flow)
    extra = (outcome.values - outcome.counterfactual)[:, : len(names)]
    kinds = np.array([_kind_of_money(flow, name) for name in names], np.str_)
    # What is not paid any more to those on assistance is less than before: all three are added up.
    return {SPENT: extra[:, kinds == SPENT].sum(axis=1), NET: extra.sum(axis=1)}


def money_of_payers(
    flow: Flow, outcome: Outcome, payers: Sequence[str] | None = None, *, net: bool = True
) -> Floats:
    """Return what the programme costs some payers in each run, shape (replications,).

    Parameters
    ----------
    flow : Flow
        What was run, with an economy.
    outcome : Outcome
        The measures with the programme and without, in the order of `economy_measures`.
    payers : sequence of str, optional
        Whose money counts; all together unless given.
    net : bool
        Whether what is saved and shifted counts too; otherwise what doing it costs alone.
    """
    names = _lines(flow)
    extra = (outcome.values - outcome.counterfactual)[:, : len(names)]
    counts = [
        (payers is None or _payer_of(flow, name) in payers)
        and (net or _kind_of_money(flow, name) == SPENT)
        for name in names
    ]
    return np.asarray(extra[:, np.array(counts, np.bool_)].sum(axis=1))


def results_by_run(flow: Flow, outcome: Outcome) -> dict[str, Floats]:
    """Return how many more there are of each result of the economy in each run, by its name.

    Parameters
    ----------
    flow : Flow
        What was run, with an economy.
    outcome : Outcome
        The measures with the programme and without, in the order of `economy_measures`.
    """
    assert flow.economy is not None
    columns = economy_names(flow)
    extra = outcome.values - outcome.counterfactual
    return {name: extra[:, columns.index(f"result.{name}")] for name in flow.economy.results}


def _payer_of(flow: Flow, name: str) -> str:
    line = flow.costs[name] if name in flow.costs else flow.resources[name]
    return line.payer or ""


def _kind_of_money(flow: Flow, name: str) -> str:
    state = flow.costs[name].state if name in flow.costs else None
    if state is None:
        return SPENT
    return SAVED if flow.economy is not None and state == flow.economy.saves else SHIFTED


def _balances(
    flow: Flow, lines: Sequence[BudgetLine], whole: Floats, budget: Floats
) -> list[PayerBalance]:
    payers = [name for name in flow.payers if any(line.payer == name for line in lines)]
    every = np.ones(len(lines), np.bool_)
    kinds = np.array([line.kind_of_money for line in lines], np.str_)
    found = []
    for payer in [*payers, ""]:
        own = np.array([line.payer == payer for line in lines], np.bool_) if payer else every
        spent = whole[:, own & (kinds == SPENT)].sum(axis=1)
        saved = -whole[:, own & (kinds == SAVED)].sum(axis=1)
        shifted = whole[:, own & (kinds == SHIFTED)].sum(axis=1)
        first_year = budget[:, own & (kinds == SPENT)].sum(axis=1)
        net = spent - saved + shifted
        found.append(
            PayerBalance(
                payer,
                RunSpread.of(spent),
                RunSpread.of(saved),
                RunSpread.of(shifted),
                RunSpread.of(net),
                RunSpread.of(first_year),
                float((net <= 0).mean()),
            )
        )
    return found


def _results(flow: Flow, outcome: Outcome, spent: Floats) -> tuple[CostOfResult, ...]:
    assert flow.economy is not None
    own = list(flow.economy.results.items())
    first = -len(own) - 3
    values, without = outcome.values[:, first:-1], outcome.counterfactual[:, first:-1]
    months = _measured_months(flow)
    # Without the programme nobody takes part, whatever stage the file counts them by.
    found = [_cost_of(PARTICIPANTS, None, values[:, 0], spent)]
    for k, (name, one) in enumerate(own, 1):
        found.append(_cost_of(name, one.says, values[:, k] - without[:, k], spent))
    saved = (without[:, -1] - values[:, -1]) * months
    return (*found, _cost_of(MONTHS_SAVED, None, saved, spent))


def _cost_of(name: str, says: Text | None, count: Floats, spent: Floats) -> CostOfResult:
    certain = mean_interval(count)
    spread = RunSpread.of(count)
    if not (certain.low > 0 and spread.low > 0):
        return CostOfResult(name, says, spread, certain, math.nan, math.nan, math.nan, math.nan)
    ratio = ratio_of_sums(spent, count)
    each = np.full(len(count), math.inf)
    np.divide(spent, count, out=each, where=count > 0)
    # Two of the runs in a row, never between them: halfway to a run with none is infinite too.
    low, high = np.quantile(each, (0.05, 0.95), method="lower").tolist()
    return CostOfResult(name, says, spread, certain, ratio.value, low, high, ratio.error)


def _worth(flow: Flow, outcome: Outcome, lines: Sequence[BudgetLine]) -> float:
    """Return what a month in the state that may be saved is paid with, over both worlds."""
    assert flow.economy is not None
    paid = [
        k
        for k, line in enumerate(lines)
        if line.kind == "costs" and flow.costs[line.name].state == flow.economy.saves
    ]
    months = _measured_months(flow)
    there = float(outcome.values[:, -1].mean()) * months
    if not paid or there <= 0:
        return math.nan
    return float(outcome.values[:, paid].sum(axis=1).mean()) / there
