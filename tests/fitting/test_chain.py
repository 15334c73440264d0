"""The closed form of a turnover, against courses that are drawn one by one."""

import numpy as np
import pytest
from fitting.chain import (
    AWAY,
    BENEFIT,
    GONE,
    LASTING,
    ON,
    PAUSE,
    WORK,
    Turnover,
    away,
    expected,
    months_of_course,
    short_among_leavers,
    short_among_stock,
    still_employed,
)
from fitting.prior import MIDDLE, SD, norway, oslo

ONE = Turnover(
    **{
        name: np.array([number])
        for name, number in {
            "pauses": 0.06,
            "job": 0.02,
            "benefit": 0.01,
            "leaves": 0.05,
            "short_times": 8.0,
            "short_new": 0.7,
            "returns": 1.2,
            "comes_back": 0.11,
            "stays_away": 0.03,
            "job_loss": 0.11,
            "settles": 0.09,
            # Who comes back from these counts as new in a steady state: kept out of the courses.
            "lasting_loss": 1e-5,
            "benefit_ends": 1e-5,
        }.items()
    }
)
ARRIVALS, RUN_IN, FOLLOWED = 60_000, 240, 60


@pytest.fixture(scope="module")
def seen():
    """On assistance, in work, on each 15th: over five years (clients, 60), and from the beginning.

    Clients come over twenty years before and through the first year; who comes later is not seen.
    All of them take their next step at once, until the last is through.
    """
    chance = np.random.default_rng(20090115)
    speeds = np.zeros((7, 7))
    speeds[ON, [PAUSE, WORK, BENEFIT, AWAY]] = 0.06, 0.02, 0.01, 0.05
    speeds[PAUSE, ON] = 1.2
    speeds[AWAY, [ON, GONE]] = 0.11, 0.03
    speeds[WORK, [ON, LASTING]] = 0.11, 0.09
    speeds[LASTING, ON] = 1e-5
    speeds[BENEFIT, ON] = 1e-5
    speeds[GONE, GONE] = 1e-9
    total = speeds.sum(axis=1)
    ways = np.cumsum(speeds / total[:, None], axis=1)

    end = RUN_IN + FOLLOWED
    now = chance.uniform(0, RUN_IN + 11, ARRIVALS)
    faster = np.where(chance.random(ARRIVALS) < 0.7, 8.0, 1.0)
    state = np.full(ARRIVALS, ON)
    begun = {ON: np.zeros((ARRIVALS, end + 1), int), WORK: np.zeros((ARRIVALS, end + 1), int)}
    clients = np.arange(ARRIVALS)
    while len(clients):
        speed = total[state[clients]] * np.where(state[clients] == ON, faster[clients], 1.0)
        until = now[clients] + chance.exponential(1, len(clients)) / speed
        first = np.minimum(np.ceil(now[clients]), end).astype(int)
        last = np.minimum(np.ceil(until), end).astype(int)
        for seen_in, states in ((ON, [ON]), (WORK, [WORK, LASTING])):
            there = np.isin(state[clients], states)
            np.add.at(begun[seen_in], (clients[there], first[there]), 1)
            np.add.at(begun[seen_in], (clients[there], last[there]), -1)
        way = chance.random(len(clients))
        state[clients] = (way[:, None] > ways[state[clients]]).sum(axis=1)
        now[clients] = until
        clients = clients[until < end]
    on, work = (np.cumsum(begun[place], axis=1)[:, :end] > 0 for place in (ON, WORK))
    return on[:, RUN_IN:], work[:, RUN_IN:], on


def near(found, values):
    """Within four standard errors of a mean over clients: a false alarm once in 16,000."""
    return abs(found - values.mean()) < 4 * values.std() / np.sqrt(len(values))


def test_months_of_the_first_year_and_the_follow_up(seen):
    on, work, _ = seen
    counted = on[:, :12].sum(axis=1)
    receives = counted > 0
    found = expected(ONE)
    for months in range(1, 13):
        assert near(found.months[0, months - 1], counted[receives] == months), months
    assert near(found.mean_months[0], counted[receives])
    assert near(found.at_least_six[0], counted[receives] >= 6)
    assert near(found.again[0], on[receives, 12:].any(axis=1))
    every = np.all([on[receives, 12 * y : 12 * y + 12].any(axis=1) for y in range(5)], axis=0)
    assert near(found.each_year[0], every)
    assert near(found.some_work[0], work[receives].any(axis=1))
    assert not near(found.some_work[0], work[receives][:, :48].any(axis=1))


def test_control_without_the_long_absence_it_would_be_noticed(seen):
    on, _, _ = seen
    receives = on[:, :12].any(axis=1)
    never = Turnover(**{**vars(ONE), "comes_back": np.array([1e-6])})
    assert not near(expected(never).again[0], on[receives, 12:].any(axis=1))


def test_spells_and_returns(seen):
    """Spells that begin in four years before the first, long after the run-in began."""
    _, _, lapsed = seen
    window = range(RUN_IN - 48, RUN_IN)
    lengths, gaps = [], []
    for course in lapsed:
        for month in window:
            if course[month] and not course[month - 1]:
                lengths.append(next((k for k in range(13) if not course[month + k]), 13))
            if course[month - 1] and not course[month]:
                gaps.append(course[month + 1 : month + 4].any())
    lengths, gaps = np.array(lengths), np.array(gaps)
    found = expected(ONE)
    assert near(found.over_12[0], lengths > 12)
    assert near(found.from_12[0], lengths >= 12)
    assert near(found.back_in_3[0], gaps)
    assert not near(found.over_12[0], lengths > 10)


def test_jobs_are_lost_at_two_speeds():
    chance = np.random.default_rng(7)
    lost = chance.exponential(1 / 0.11, 200_000)
    settled = chance.exponential(1 / 0.09, 200_000)
    slowly = settled + chance.exponential(1 / 0.008, 200_000)
    ends = np.where(lost < settled, lost, slowly)
    worker = Turnover(**{**vars(ONE), "lasting_loss": np.array([0.008])})
    assert near(still_employed(worker, 3)[0], ends > 3)
    assert near(still_employed(worker, 12)[0], ends > 12)
    assert not near(np.exp(-0.11 * 12), ends > 12)


def test_nobody_is_lost_on_the_way():
    month, comes = months_of_course(ONE, np.ones(1))
    assert month.sum(axis=2) == pytest.approx(1)
    assert comes.sum() == pytest.approx(1)
    ends = Turnover(
        **{**vars(ONE), "lasting_loss": np.array([0.02]), "benefit_ends": np.array([0.03])}
    )
    month, _ = months_of_course(ends, np.ones(1))
    assert month[0, LASTING, LASTING] == pytest.approx(np.exp(-0.02), abs=2e-4)
    assert month[0, BENEFIT, BENEFIT] == pytest.approx(np.exp(-0.03), abs=2e-4)
    assert month[0, GONE, GONE] == 1


def test_as_many_come_as_leave_for_good():
    """A steady stock: those present and those who come are the same a month later, state by state."""
    z = MIDDLE + 0.5 * SD * np.random.default_rng(3).standard_normal((20, len(SD)))
    for turnover in (norway(z), oslo(z)):
        for faster in (np.ones(20), turnover.short_times):
            kind = away(turnover, np.where(faster == 1, 0.0, 1.0))
            present = np.zeros((20, 7))
            present[:, ON] = 1
            present[:, PAUSE], present[:, AWAY], present[:, WORK] = (
                kind.paused,
                kind.absent,
                kind.in_work,
            )
            month, comes = months_of_course(turnover, faster)
            later = np.einsum("ni,nij->nj", present, month) + comes * kind.new[:, None]
            # A month's lasting jobs and benefits send some back: they count as new.
            back = turnover.lasting_loss + turnover.benefit_ends
            for state in (ON, PAUSE, AWAY, WORK):
                assert np.all(np.abs(later[:, state] / present[:, state] - 1) < back * kind.new), (
                    state
                )


def test_shares_of_the_kinds_turn_into_each_other():
    share, times = np.array([0.2, 0.7]), np.array([8.0, 3.0])
    assert short_among_leavers(share, times) == pytest.approx(
        [0.2 * 8 / (0.2 * 8 + 0.8), 0.7 * 3 / (0.7 * 3 + 0.3)]
    )
    assert short_among_stock(short_among_leavers(share, times), times) == pytest.approx(share)
    assert expected(ONE).short_stock == pytest.approx(short_among_stock(np.array([0.7]), 8.0))
