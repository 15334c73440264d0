"""The wild cluster bootstrap says where few clusters carry the effect, as CR2 does."""

from __future__ import annotations

import numpy as np
import pytest

from pilotsim.effects import estimate_clustered


def districts(treated):
    """Fourteen districts of 40 clients, of which some have the programme."""
    drawn = np.random.default_rng(3)
    district = np.repeat(np.arange(14), 40)
    outcome = drawn.normal(0.0, 1.0, 560) + drawn.normal(0.0, 0.3, 14)[district]
    return outcome, (district < treated).astype(float), district


def says_few(effect):
    return any("few clusters carry the effect" in str(note) for note in effect.notes)


@pytest.mark.parametrize(("treated", "few"), [(2, True), (7, False)])
def test_few_treated_clusters_are_said_by_the_bootstrap_too(treated, few):
    """With 2 of 14 CR2 has 1.2 degrees of freedom and says so; the bootstrap said nothing."""
    by_precision = estimate_clustered(*districts(treated), errors="CR2")
    assert (by_precision.freedom < 4.0) is few
    found = estimate_clustered(*districts(treated), errors="wild")
    assert says_few(found) is few
    if few:
        (note,) = [str(note) for note in found.notes if "few clusters carry" in str(note)]
        assert f"{by_precision.freedom:.1f} degrees of freedom" in note
