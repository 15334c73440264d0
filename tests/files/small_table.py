"""A small flow whose numbers stand in a table beside it, written as text."""

from __future__ import annotations

FLOW = """# A flow whose numbers stand beside it.
flow: talks
title: Talks
starts: 2015-01-01
lasts: {value: 12 months, source: plan-2014}
values_from: numbers.csv
sources: {plan-2014: The plan}
traits:
  young:
groups:
  recipients: {starts_in: on_assistance, arrivals: {label: New ones, shape: uniform}}
resources:
  adviser: {price_per_month: {value: 50000, source: plan-2014}}
risks:
  job: {to: work}
stages:
  on_assistance: {risks: {job: 1}}
  called_in: {draws_from: on_assistance, opens: {every: 1 month}, next: {on_assistance: rest}}
  talk:
    needs: {adviser: 1}
    lasts: {by: {young: {value: 1.2, assumption: A guess}}}   # longer for the young
    next: {on_assistance: 100 %}
  work: {counts_as: work}
"""
TABLE = """# From the plan.
path,value,low,high,source,assumption
traits.young.share,28 %,,,plan-2014 p. 1,
groups.recipients.stock,100,,,plan-2014 p. 2,
groups.recipients.arrivals,4 per month,2,7,,"Asked, in March"
resources.adviser.units,12,,,plan-2014,
risks.job.rate,3 % per month,2,4,,As elsewhere
stages.called_in.opens.admits,+10,,,plan-2014,
stages.called_in.lasts.gamma.mean,10 working days,,,plan-2014,
stages.called_in.lasts.gamma.cv,0.5,,,,A guess
stages.called_in.next.talk,90 %,80,95,,Most
stages.talk.lasts,3 weeks,2,4,,Two talks
"""
