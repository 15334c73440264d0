"""Starts from a long run against the same flows after thirty years, in a few runs."""

from tests.recovery.long_run import FLOWS, page


def test_a_start_from_a_long_run_is_that_after_thirty_years_and_from_a_short_one_is_not():
    assert len(FLOWS) == 10
    lines, well = page(80, 3, list(FLOWS))
    assert well, "\n".join(lines)
