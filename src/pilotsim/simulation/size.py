"""How large a run will be: how many clients come, and what memory they take.

Who comes is read from the flow; nobody is drawn. Bytes are measured figures.
"""

from __future__ import annotations

import math

from pilotsim.base.errors import RequestError
from pilotsim.base.limits import Needs, check_needs
from pilotsim.base.messages import Message
from pilotsim.simulation.long_run import long_plans
from pilotsim.simulation.population import MAX_CLIENTS
from pilotsim.simulation.resolved import ResolvedFlow

__all__ = ["bytes_of_client", "check_clients", "check_one_run", "expected_clients"]

# The most that a client took in blocks of runs with the programme and without. Compiled, by the
# growth of the largest resident set with 60 000 to 1.5 million clients: 380 to 800 bytes with 1.3
# to 2.5 visits a client, 1030 to 1670 with 4 visits and 6 traits, 2010 with 10 visits. Readable,
# by tracemalloc with 2000 to 7000 clients: 1540 to 5810 bytes.
BYTES_COMPILED, BYTES_READABLE = 2_000.0, 6_000.0


def expected_clients(plan: ResolvedFlow) -> float:
    """Return how many clients a replication of a plan is expected to have; none is drawn.

    Parameters
    ----------
    plan : ResolvedFlow
        The flow with its numbers.
    """
    if plan.flow.starts_from is not None:
        plan = long_plans([plan])[0]
    return math.fsum(_of_group(plan, k) for k in range(len(plan.groups)))


def _of_group(plan: ResolvedFlow, k: int) -> float:
    group = plan.groups[k]
    counted = sum(one.clients for one in group.counts)
    known = float(group.stock + len(group.intake) * max(0, group.brings) + counted)
    if group.counts or group.rate is None:
        return known
    ends = (*group.rate.times[1:], plan.horizon)
    spans = zip(group.rate.times, ends, group.rate.numbers, strict=True)
    return known + math.fsum(rate * max(0.0, end - begin) for begin, end, rate in spans)


def bytes_of_client(*, is_compiled: bool) -> float:
    """Return how many bytes a client of a run takes at most, by the engine that runs it."""
    return BYTES_COMPILED if is_compiled else BYTES_READABLE


def check_clients(clients: float) -> None:
    """Refuse a flow that brings more clients than can be simulated, before any is drawn.

    Parameters
    ----------
    clients : float
        How many a replication is expected to have.

    Raises
    ------
    RequestError
        They are more.
    """
    if clients > MAX_CLIENTS:
        raise RequestError(
            Message(
                "the flow brings about {count:,.0f} clients; at most {most:,} can be simulated at "
                "once",
                count=clients,
                most=MAX_CLIENTS,
            )
        )


def check_one_run(plan: ResolvedFlow, *, is_compiled: bool) -> None:
    """Make sure that one run of a plan can be simulated and fits into memory, before it is drawn.

    Parameters
    ----------
    plan : ResolvedFlow
        The flow with its numbers.
    is_compiled : bool
        Whether the compiled engine runs it.

    Raises
    ------
    RequestError
        It brings more clients than can be simulated, or needs more memory than there is.
    """
    clients = expected_clients(plan)
    check_clients(clients)
    check_needs(Needs(memory=clients * bytes_of_client(is_compiled=is_compiled)))
