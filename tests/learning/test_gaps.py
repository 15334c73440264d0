"""What is between two stays of which nothing is told: not known, or a stage by the mapping."""

from datetime import date

import numpy as np
import pytest

import pilotsim
from pilotsim.learning.events import read_stays
from pilotsim.learning.mapping import EventMapping
from pilotsim.learning.stays import day_of

SKETCH = """
flow: desk
title: Desk
starts: 2012-01-01
lasts: 12 months
groups: {recipients: {starts_in: talk, arrivals: 5 per month}}
stages:
  talk: {lasts: 3 weeks, next: {work: 50 %, away: rest}}
  away: {lasts: 3 weeks, next: {talk: 50 %, work: rest}}
  work: {}
"""
STAYS = "case,stage,start,end\n1,talk,2012-01-01,2012-01-11\n1,talk,2012-03-01,2012-03-11\n1,work,2012-03-13,\n"


def read(folder, text, **said):
    file = folder / "log.csv"
    file.write_text(text)
    mapping = EventMapping.model_validate({"event_mapping": "office", **said})
    return read_stays(file, pilotsim.read_text(SKETCH), mapping)


def names(stays):
    return [stays.stages[k] for k in stays.stage]


def test_between_two_stays_is_what_the_mapping_says(tmp_path):
    plain = read(tmp_path, STAYS, bridges=2)
    assert names(plain) == ["talk", "talk", "work"]
    assert plain.following_names().tolist() == ["", "work", ""]
    told = read(tmp_path, STAYS, bridges=2, gaps="away")
    assert names(told) == ["talk", "away", "talk", "work"]
    assert told.following_names().tolist() == ["away", "talk", "work", ""]
    assert told.entered[1] == told.left[0]
    assert told.left[1] == told.entered[2]
    assert np.isnan(told.left[3])


def test_a_row_that_says_what_followed_is_believed(tmp_path):
    text = "case,stage,start,end,to\n1,talk,2012-01-01,2012-01-11,work\n1,talk,2012-03-01,2012-03-11,\n"
    told = read(tmp_path, text, gaps="away")
    assert names(told) == ["talk", "talk"]
    assert told.following_names().tolist()[0] == "work"


def test_months_without_a_row_are_what_the_mapping_says(tmp_path):
    text = "client,month,status\n1,2012-01,talk\n1,2012-02,talk\n1,2012-05,work\n"
    plain = read(tmp_path, text, form="months")
    assert plain.following_names().tolist() == ["", ""]
    told = read(tmp_path, text, form="months", gaps="away")
    assert names(told) == ["talk", "away", "work"]
    # It changed within March, and again within May.
    assert plain.left[0] == told.left[0] == told.entered[1] == day_of(date(2012, 3, 1))
    assert told.left[1] == told.entered[2] == plain.entered[1]


def test_a_month_that_is_left_out_lengthens_no_stay(tmp_path):
    """Neither that of the same client, nor the last of the client before."""
    text = (
        "client,month,status\n1,2012-01,work\n1,2012-02,talk\n"
        "2,2012-01,sick\n2,2012-02,talk\n2,2012-03,sick\n2,2012-04,work\n"
    )
    stays = read(tmp_path, text, form="months", left_out=["sick"])
    assert names(stays) == ["work", "talk", "talk", "work"]
    assert np.isnan(stays.left[1])
    assert stays.left[2] - stays.entered[2] == pytest.approx(30, abs=2)
    assert stays.following_names().tolist() == ["talk", "", "", ""]


def test_an_unknown_stage_for_gaps_is_named(tmp_path):
    with pytest.raises(pilotsim.PilotsimError, match="gaps: the flow has no stage 'awy'"):
        read(tmp_path, STAYS, gaps="awy")
