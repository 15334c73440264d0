"""Closed forms that the engines are held to: queues, chains and risks whose answers are known without simulating.

Rates are per day, times in days; any other unit does as well, if it is the same throughout. A load
is a rate of arrivals times a mean service time: the number of places that would be busy on average
if nobody were lost.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import optimize

from pilotsim.base.errors import RequestError

Floats = NDArray[np.float64]

# A state whose weight is this many powers of e below the largest is left out: less than the last
# bit of a sum.
NEGLIGIBLE = 45.0


def birth_death(
    births: Callable[[int], float], deaths: Callable[[int], float], last: int | None = None
) -> Floats:
    """Return the stationary law of a process that goes up or down by one.

    Parameters
    ----------
    births, deaths : callable
        The rate up and the rate down from a state; `deaths` is asked from 1 on.
    last : int, optional
        The highest state. Without one, states are left out once their weight is negligible, so
        rates down must in the end exceed rates up.

    Returns
    -------
    ndarray of float, shape (states,)
        The probability of each state from 0 on.

    Notes
    -----
    Detailed balance: ``p[n + 1] deaths(n + 1) = p[n] births(n)`` (Kleinrock, Queueing Systems I,
    1975, sec. 3.1).
    """
    logs, most = [0.0], 0.0
    while len(logs) <= last if last is not None else logs[-1] > most - NEGLIGIBLE:
        n = len(logs)
        logs.append(logs[-1] + math.log(births(n - 1)) - math.log(deaths(n)))
        most = max(most, logs[-1])
    weights = np.exp(np.array(logs) - most)
    law: Floats = weights / weights.sum()
    return law


def mean_present(law: Floats) -> float:
    """Return the mean number of clients, given the law of their number from 0 on."""
    return float(np.arange(len(law)) @ law)


def mean_waiting(law: Floats, places: int) -> float:
    """Return the mean number of clients beyond the places, given the law of their number from 0 on."""
    return float(np.maximum(np.arange(len(law)) - places, 0) @ law)


def little(rate: float, mean_time: float) -> float:
    """Return the mean number of clients present: their rate of arrival times the mean time that each stays.

    Source: Little, "A proof for the queuing formula L = lambda W", Operations Research 9 (1961)
    383-387.
    """
    return rate * mean_time


def erlang_b(load: float, places: int) -> float:
    """Return the probability that a client is lost in an M/G/c/c system: no room to wait.

    Parameters
    ----------
    load : float
        In places.
    places : int
        How many can be served at once.

    Notes
    -----
    The recursion ``B(c) = a B(c - 1) / (c + a B(c - 1))`` (Cooper, Introduction to Queueing Theory,
    1981, sec. 3.3).
    """
    lost = 1.0
    for c in range(1, places + 1):
        lost = load * lost / (c + load * lost)
    return lost


def erlang_c(load: float, places: int) -> float:
    """Return the probability that a client has to wait in an M/M/c queue.

    Parameters
    ----------
    load : float
        In places; below `places`.
    places : int
        How many can be served at once.

    Raises
    ------
    RequestError
        The load is not below the number of places: the queue grows without end.

    Notes
    -----
    ``C = B / (1 - (a / c) (1 - B))`` with Erlang's B (Cooper 1981, sec. 3.4).
    """
    _check_stable(load, places)
    lost = erlang_b(load, places)
    return lost / (1.0 - load / places * (1.0 - lost))


def _check_stable(load: float, places: int) -> None:
    if not load < places:
        raise RequestError(f"a load of {load:g} on {places} places: the queue grows without end")


def mmc_mean_wait(arrivals: float, mean_service: float, places: int) -> float:
    """Return the mean time from arrival to start in an M/M/c queue, those who need not wait included.

    Source: ``C s / (c - a)`` (Gross, Shortle, Thompson and Harris, Fundamentals of Queueing Theory,
    4th ed. 2008, sec. 2.3).
    """
    load = arrivals * mean_service
    return erlang_c(load, places) * mean_service / (places - load)


def mmc_wait_beyond(arrivals: float, mean_service: float, places: int, times: ArrayLike) -> Floats:
    """Return the probability of waiting longer than each time in an M/M/c queue, first come first served.

    Source: ``C exp(-(c - a) t / s)`` (Gross et al. 2008, sec. 2.3).
    """
    load = arrivals * mean_service
    beyond: Floats = erlang_c(load, places) * np.exp(
        -(places - load) * np.asarray(times, np.float64) / mean_service
    )
    return beyond


def mmc_law(arrivals: float, mean_service: float, places: int) -> Floats:
    """Return the law of the number of clients, waiting or served, in an M/M/c queue."""
    _check_stable(arrivals * mean_service, places)
    return birth_death(lambda n: arrivals, lambda n: min(n, places) / mean_service)


def mmck_law(arrivals: float, mean_service: float, places: int, waiting: int) -> Floats:
    """Return the law of the number of clients where at most `waiting` may wait: M/M/c/K with K = places + waiting.

    The last entry is the share of clients that are lost, by PASTA (Wolff, "Poisson arrivals see
    time averages", Operations Research 30 (1982) 223-231).
    """
    return birth_death(
        lambda n: arrivals, lambda n: min(n, places) / mean_service, places + waiting
    )


def mmck_mean_wait(arrivals: float, mean_service: float, places: int, waiting: int) -> float:
    """Return the mean time from arrival to start in an M/M/c/K queue of those who are not lost, by Little's law."""
    law = mmck_law(arrivals, mean_service, places, waiting)
    return mean_waiting(law, places) / (arrivals * (1.0 - float(law[-1])))


def erlang_a_law(arrivals: float, mean_service: float, places: int, leaving: float) -> Floats:
    """Return the law of the number of clients in an M/M/c+M queue.

    Parameters
    ----------
    arrivals : float
        Per day.
    mean_service : float
        In days.
    places : int
        How many can be served at once.
    leaving : float
        The rate per day at which each waiting client gives up; above 0.

    Notes
    -----
    Palm's model, "Research on telephone traffic carried by full availability groups", Tele 1
    (1957); Mandelbaum and Zeltyn, "Service engineering in action: the Palm/Erlang-A queue", in
    Advances in Services Innovations, 2007.
    """
    return birth_death(
        lambda n: arrivals, lambda n: min(n, places) / mean_service + max(n - places, 0) * leaving
    )


def erlang_a_abandonment(
    arrivals: float, mean_service: float, places: int, leaving: float
) -> float:
    """Return the share of clients that give up in an M/M/c+M queue: those who leave per day over those who come."""
    return leaving * erlang_a_mean_wait(arrivals, mean_service, places, leaving)


def erlang_a_mean_wait(arrivals: float, mean_service: float, places: int, leaving: float) -> float:
    """Return the mean time in the line of an M/M/c+M queue, of those served and those who give up, by Little's law."""
    return mean_waiting(erlang_a_law(arrivals, mean_service, places, leaving), places) / arrivals


def finite_source_law(clients: int, calling: float, mean_service: float, places: int) -> Floats:
    """Return the law of the number away, waiting or served, of a fixed number of clients who come back again and again.

    Parameters
    ----------
    clients : int
        How many there are.
    calling : float
        The rate per day at which each of those not away comes to be served.
    mean_service : float
        In days.
    places : int
        How many can be served at once.

    Notes
    -----
    The machine repair model, M/M/c//N (Gross et al. 2008, sec. 2.9).
    """
    return birth_death(
        lambda n: (clients - n) * calling, lambda n: min(n, places) / mean_service, clients
    )


def mg1_mean_wait(arrivals: float, mean_service: float, cv: float) -> float:
    """Return the mean time from arrival to start in an M/G/1 queue.

    Parameters
    ----------
    arrivals : float
        Per day.
    mean_service : float
        In days.
    cv : float
        The standard deviation of the service time divided by its mean.

    Notes
    -----
    Pollaczek and Khinchine: ``a s (1 + cv^2) / (2 (1 - a))`` (Kleinrock 1975, sec. 5.6).
    """
    load = arrivals * mean_service
    _check_stable(load, 1)
    return load * mean_service * (1.0 + cv**2) / (2.0 * (1.0 - load))


def gm1_sigma(transform: Callable[[float], float], mean_service: float) -> float:
    """Return the share of clients who have to wait in a steady G/M/1.

    The root below 1 of s = A*((1 - s) / mean service), with A* the Laplace-Stieltjes transform of
    the gaps (Gross and Harris 1985, sec. 5.3).

    Parameters
    ----------
    transform : callable
        A*.
    mean_service : float
        The mean of an exponential service.
    """

    def excess(s: float) -> float:
        return transform((1.0 - s) / mean_service) - s

    return float(optimize.brentq(excess, 0.0, 1.0 - 1e-9, xtol=1e-14))


def gm1_wait(
    transform: Callable[[float], float], mean_service: float, time: float
) -> tuple[float, float]:
    """Return the mean wait in a steady G/M/1, and the share who wait longer than a time."""
    sigma = gm1_sigma(transform, mean_service)
    longer = sigma * math.exp(-(1.0 - sigma) * time / mean_service)
    return sigma * mean_service / (1.0 - sigma), longer


def cobham_mean_waits(arrivals: Sequence[float], mean_service: float, places: int) -> Floats:
    """Return the mean time from arrival to start of each class in an M/M/c queue with priorities, none interrupted.

    Parameters
    ----------
    arrivals : sequence of float
        Per day, of each class; the class served first comes first.
    mean_service : float
        In days, the same for all.
    places : int
        How many can be served at once.

    Returns
    -------
    ndarray of float, shape (classes,)

    Notes
    -----
    Cobham, "Priority assignment in waiting line problems", Operations Research 2 (1954) 70-76: with
    `u` the use of the places by a class and all those before it, ``C s / (c (1 - u_before) (1 -
    u))``.
    """
    use = np.concatenate([[0.0], np.cumsum(arrivals)]) * mean_service / places
    residual = erlang_c(float(use[-1]) * places, places) * mean_service / places
    waits: Floats = residual / ((1.0 - use[:-1]) * (1.0 - use[1:]))
    return waits


def mg_infinity_mean(arrivals: float, still_there: Callable[[float], float], time: float) -> float:
    """Return the mean number present in an M/G/infinity system that was empty at time 0.

    The number is Poisson.

    Parameters
    ----------
    arrivals : float
        Per day.
    still_there : callable
        The probability that a stay lasts longer than so many days.
    time : float
        In days.

    Notes
    -----
    ``rate * integral of the survival function up to t`` (Takacs, Introduction to the Theory of
    Queues, 1962, ch. 3).
    """
    from scipy.integrate import quad

    area, _ = quad(still_there, 0.0, time, limit=500)
    return arrivals * float(area)


def traffic(arrivals: ArrayLike, routing: ArrayLike) -> Floats:
    """Return the rate through each station of an open network: the solution of the traffic equations.

    Parameters
    ----------
    arrivals : array_like, shape (stations,)
        Per day, from outside.
    routing : array_like, shape (stations, stations)
        The share of those served in each row that go on to each column; the rest leave.

    Notes
    -----
    ``through = arrivals + through @ routing`` (Jackson, "Networks of waiting lines", Operations
    Research 5 (1957) 518-521).
    """
    shares = np.asarray(routing, np.float64)
    return np.asarray(
        np.linalg.solve(np.eye(len(shares)) - shares.T, np.asarray(arrivals, np.float64)),
        np.float64,
    )


def jackson_means(
    arrivals: ArrayLike, routing: ArrayLike, mean_services: Sequence[float], places: Sequence[int]
) -> Floats:
    """Return the mean number at each station of an open Jackson network, waiting or served.

    Each station behaves as an M/M/c queue of its own at the rate of the traffic equations (Jackson
    1957).

    Parameters
    ----------
    arrivals, routing : array_like
        As for `traffic`.
    mean_services : sequence of float
        In days, at each station.
    places : sequence of int
        At each station.
    """
    stations = zip(traffic(arrivals, routing).tolist(), mean_services, places, strict=True)
    return np.array([mean_present(mmc_law(rate, mean, c)) for rate, mean, c in stations])


def chain_occupancy(generator: ArrayLike, start: ArrayLike, time: float) -> Floats:
    """Return the probability of each state of a Markov chain at a time.

    Parameters
    ----------
    generator : array_like, shape (states, states)
        Rates per day from each row to each column; the diagonal is left out of account.
    start : array_like, shape (states,)
        The probabilities at time 0.
    time : float
        In days.

    Notes
    -----
    ``start @ expm(Q t)`` (Norris, Markov Chains, 1997, sec. 2.1).
    """
    from scipy.linalg import expm

    law: Floats = np.asarray(start, np.float64) @ expm(_whole_generator(generator) * time)
    return law


def chain_moves(generator: ArrayLike, start: ArrayLike, time: float) -> Floats:
    """Return the expected number of moves of a Markov chain between each pair of states up to a time.

    Each rate times the expected time in the state it leads from; the latter by one matrix
    exponential of twice the size (Van Loan, "Computing integrals involving the matrix exponential",
    IEEE Trans. Automatic Control 23 (1978) 395-404).
    """
    from scipy.linalg import expm

    rates = _whole_generator(generator)
    size = len(rates)
    twice = np.zeros((2 * size, 2 * size))
    twice[:size, :size], twice[:size, size:] = rates, np.eye(size)
    spent = np.asarray(start, np.float64) @ expm(twice * time)[:size, size:]
    np.fill_diagonal(rates, 0.0)
    moves: Floats = spent[:, None] * rates
    return moves


def _whole_generator(generator: ArrayLike) -> Floats:
    """Return the rates with a diagonal that makes each row add up to 0."""
    rates = np.array(generator, np.float64)
    np.fill_diagonal(rates, 0.0)
    np.fill_diagonal(rates, -rates.sum(axis=1))
    return rates


def cumulative_incidence(rates: ArrayLike, marks: Sequence[float], time: float) -> Floats:
    """Return the probability that each of several competing risks has pulled a client out by a time.

    Parameters
    ----------
    rates : array_like, shape (periods, risks)
        Per day, of each risk in each period.
    marks : sequence of float
        When each period begins, in days; the first at 0, the last without end.
    time : float
        In days.

    Returns
    -------
    ndarray of float, shape (risks,)

    Notes
    -----
    The integral of survival times each risk's rate, exact where rates are constant by periods
    (Kalbfleisch and Prentice, The Statistical Analysis of Failure Time Data, 2nd ed. 2002, sec.
    8.2).
    """
    table = np.asarray(rates, np.float64)
    found, alive = np.zeros(table.shape[1]), 1.0
    for period, begins, ends in zip(table, marks, (*marks[1:], math.inf), strict=True):
        days, total = max(0.0, min(ends, time) - begins), float(period.sum())
        leaving = -alive * math.expm1(-total * days)
        found += period * (leaving / total if total > 0.0 else 0.0)
        alive -= leaving
    return found


def put_off_law(
    arrivals: float, mean_service: float, places: int, shares: Mapping[int, float]
) -> Floats:
    """Return the law of the number in an M/M/c queue that some do not join: state-dependent balking.

    Parameters
    ----------
    arrivals : float
        Clients a day.
    mean_service : float
        In days.
    places : int
        How many are served at once.
    shares : mapping of int to float
        From how many waiting on which share of those who come go elsewhere; the last 1.

    Notes
    -----
    A birth-death process whose births are thinned by the state (Gross, Shortle, Thompson and Harris,
    Fundamentals of Queueing Theory, 4th ed. 2008, sec. 2.10). Of a line that nobody joins any more it
    is M/M/c/K.
    """

    def share(waiting: int) -> float:
        return [0.0, *(shares[least] for least in sorted(shares) if least <= waiting)][-1]

    return birth_death(
        lambda n: arrivals * (1.0 - (share(n - places) if n >= places else 0.0)),
        lambda n: min(n, places) / mean_service,
        places + max(shares),
    )


def blocked_tandem_law(mean_first: float, mean_second: float, room: int) -> Floats:
    """Return the law of the number at the second of two stations, the blocked client at the first included.

    Parameters
    ----------
    mean_first, mean_second : float
        The mean service of each, in days; the first is never without work.
    room : int
        How many are at the second at once, waiting or served.

    Notes
    -----
    Blocking after service: who is done at the first stays there, and nobody is served, until there
    is room. With exponential services the number at the second, with the one who is done, goes up
    at the pace of the first while it is below `room` + 1, and down at that of the second (Hunt,
    Sequential arrays of waiting lines, Operations Research 4, 1956).
    """
    return birth_death(lambda _: 1 / mean_first, lambda _: 1 / mean_second, room + 1)


def preemptive_mean_stays(arrivals: Sequence[float], means: Sequence[float]) -> Floats:
    """Return the mean time from arrival to departure of each class in an M/M/1 queue with preemption.

    Parameters
    ----------
    arrivals, means : sequence of float
        Clients a day and mean service in days of each class, the first served first.

    Notes
    -----
    An interrupted service goes on where it was (resume):
    ``T[k] = (m[k] (1 - s[k]) + R[k]) / ((1 - s[k-1]) (1 - s[k]))`` with the load ``s[k]`` of the
    first k classes and ``R[k]`` half the sum of their rates times the second moments (Conway,
    Maxwell and Miller, Theory of Scheduling, 1967, sec. 8-7).
    """
    rates, services = np.asarray(arrivals, np.float64), np.asarray(means, np.float64)
    load = np.cumsum(rates * services)
    before = load - rates * services
    left: Floats = np.cumsum(rates * services**2)
    return (services * (1 - load) + left) / ((1 - before) * (1 - load))


def redrawn_service(arrivals: float, mean: float, service: float, cv: float) -> tuple[float, float]:
    """Return the same as `repeated_service` where the length is drawn anew each time: of a gamma law.

    Parameters
    ----------
    arrivals, mean : float
        Clients a day who interrupt, and their mean service in days.
    service, cv : float
        Mean of the service and its coefficient of variation.

    Notes
    -----
    Each try succeeds with the probability that nobody comes in it, the Laplace transform of the law
    (Gaver 1962: preemptive repeat different).
    """
    phases = 1 / cv**2
    failures = (1 + arrivals * service / phases) ** phases - 1
    busy = mean / (1 - arrivals * mean)
    return failures * (1 / arrivals + busy), failures


def repeated_service(arrivals: float, mean: float, service: float) -> tuple[float, float]:
    """Return how long a service that starts again takes with its interruptions, and how many these are.

    Parameters
    ----------
    arrivals, mean : float
        Clients a day who interrupt, and their mean service in days.
    service : float
        The service, always of this length.

    Notes
    -----
    Each try succeeds with the probability ``exp(-a d)``; a failed one costs what it took and a busy
    period of those who interrupt (Gaver, A waiting line with interrupted service, including
    priorities, Journal of the Royal Statistical Society B 24, 1962).
    """
    failures = math.expm1(arrivals * service)
    busy = mean / (1 - arrivals * mean)
    return failures * (1 / arrivals + busy), failures


def growing_priority_mean_waits(
    arrivals: Sequence[float], means: Sequence[float], growths: Sequence[float]
) -> Floats:
    """Return the mean time from arrival to start of each class where priorities grow with waiting: M/M/1.

    Parameters
    ----------
    arrivals, means, growths : sequence of float
        Clients a day, mean service in days, and how fast a client's priority grows, of each class;
        the slowest growth first.

    Notes
    -----
    ``W[p] = (W0 / (1 - r) - sum over i < p of r[i] W[i] (1 - b[i] / b[p])) / (1 - sum over i > p of
    r[i] (1 - b[p] / b[i]))`` with the loads r and the growths b (Kleinrock, A delay dependent queue
    discipline, Naval Research Logistics Quarterly 11, 1964). Of equal growths it is the wait in
    order of arrival; of very different ones that of Cobham.
    """
    rates, services = np.asarray(arrivals, np.float64), np.asarray(means, np.float64)
    loads = rates * services
    together = float(rates @ services**2) / (1 - loads.sum())
    waits = np.zeros(len(rates))
    for p, own in enumerate(growths):
        slower = sum(loads[i] * waits[i] * (1 - growths[i] / own) for i in range(p))
        faster = sum(loads[i] * (1 - own / growths[i]) for i in range(p + 1, len(rates)))
        waits[p] = (together - slower) / (1 - faster)
    return waits


def full_batch_law(arrivals: float, mean_service: float, size: int) -> Floats:
    """Return the law of the number there where a server takes so many at a time, and waits for as many: M/M[K]/1.

    Parameters
    ----------
    arrivals : float
        Clients a day.
    mean_service : float
        Of a batch, in days; exponential.
    size : int
        How many are served together.

    Notes
    -----
    With the root r in (0, 1) of ``m r**(K + 1) - (l + m) r + l = 0``: ``p[n] = (1 - r**(n + 1)) / K``
    for n < K, and beyond ``p[n] = p[0] l r**(n - K) / m`` (Gross, Shortle, Thompson and Harris,
    Fundamentals of Queueing Theory, 4th ed. 2008, sec. 3.2). It is the law of the phases of an E[K]/M/1.
    """
    served = 1.0 / mean_service
    low, high = 0.0, 1.0 - 1e-9
    for _ in range(200):
        root = (low + high) / 2
        above = served * root ** (size + 1) - (arrivals + served) * root + arrivals > 0
        low, high = (root, high) if above else (low, root)
    first = (1.0 - root) / size
    law = [(1.0 - root ** (n + 1)) / size for n in range(size)]
    while law[-1] > math.exp(-NEGLIGIBLE):
        law.append(first * arrivals / served * root ** (len(law) - size))
    return np.array(law)
