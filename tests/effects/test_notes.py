"""Notes on an effect: sentences that can be said in every language, with parts named for what they are."""

import re

import numpy as np
import pytest

from pilotsim import effects
from pilotsim.base.messages import Message
from pilotsim.base.randomness import uniform_table
from pilotsim.language.catalogue import translate

CHANCE = uniform_table(11, "test", 8, 120)


def notes_of_group_time():
    outcomes = CHANCE[:5].T.copy()
    outcomes[0, 2] = np.nan
    starts = np.repeat([0.0, 2.0, 3.0, np.inf], 30)
    starts[0] = np.inf
    return effects.estimate_group_time(outcomes, starts).notes


def notes_of_discontinuity():
    running = np.floor(CHANCE[0] * 8.0) - 4.0
    return effects.estimate_discontinuity(CHANCE[1], running, -0.5, width=4.0, bias_width=4.0).notes


def notes_of_interrupted():
    return effects.estimate_interrupted(CHANCE[0, :30], 18, model="hac").notes


@pytest.mark.parametrize(
    ("notes", "said"),
    [
        (notes_of_group_time, "1 of 120 clients lack an outcome in some period and are left out"),
        (notes_of_group_time, "29 clients were treated in the first period and are left out"),
        (notes_of_discontinuity, "only 4 different values within the bandwidth on one side"),
        (notes_of_interrupted, "only 18 months before: dependence between months is hardly seen"),
    ],
)
def test_a_note_is_said_in_every_language(notes, said):
    (note,) = (one for one in notes() if one.startswith(said))
    assert isinstance(note, Message)
    assert not re.search(r"_\d+\}", note.template)
    assert len({translate(note, language) for language in ("en", "nb", "sv")}) == 3
