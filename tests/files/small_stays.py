"""A small flow whose lengths are those of stays in a file beside it, written as text."""

from __future__ import annotations

FLOW = """# A course that lasts as long as courses have lasted.
flow: course
title: A course
starts: 2015-01-01
lasts: {value: 12 months, source: register-2014}
sources: {register-2014: A register}
groups:
  recipients: {starts_in: on_assistance, stock: {value: 100, source: register-2014}}
risks:
  job: {to: work, rate: {value: 3 % per month, source: register-2014}}
stages:
  on_assistance: {risks: {job: 1}}
  course:
    draws_from: on_assistance
    opens: {every: 1 month, admits: {value: 10, source: register-2014}}
    lasts: {lengths_from: {file: stays.csv, column: days, unit: days, source: register-2014 p. 3}}   # as they were
    next: {on_assistance: 100 %}
  work: {counts_as: work}
"""
LENGTHS = (90, 84, 3.5, 90, 210, 14, 90, 61)
STAYS = "# Those who began in 2014.\ncourse,days\n" + "".join(
    f"carpenter,{length}\n" for length in LENGTHS
)
