"""Planted flows, learned back from a register that looks at each in its midst: the quick version."""

from tests.recovery.learned import recover_all

# Two flows have 28 intervals; each holds the truth 95 times in 100. That more than 5 miss happens twice in a
# thousand.
FLOWS, MISSES = range(201, 203), 5


def test_intervals_hold_what_was_planted_and_the_naive_ones_do_not(tmp_path):
    total = recover_all(FLOWS, tmp_path)
    hits, counts = total["learned"]
    assert sum(counts.values()) >= 25
    assert sum(counts.values()) - sum(hits.values()) <= MISSES
    # The control: who takes the stays that ended for all there are misses more than that.
    hits, counts = total["naive"]
    assert sum(counts.values()) - sum(hits.values()) > MISSES
