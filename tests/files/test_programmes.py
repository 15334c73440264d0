"""Programmes elsewhere: their assumptions are those of the flows that they put to the test."""

from functools import cache
from pathlib import Path

import pytest

from pilotsim.files.reading import read_flow
from pilotsim.model.flow import Flow
from pilotsim.model.rules.evidence import evidence_of

CONFIGS = Path(__file__).parent.parent.parent / "configs"
PROGRAMMES = sorted((CONFIGS / "programmes").glob("*.yaml"))
ALNA, SWEDEN = "alna_aktiv", "traning_ger_fardighet"
# What each programme carries over: its value, the flow that it is taken from, and the value there.
CARRIED = [
    ("kvp_after", "stages.kvp.risks.job", ALNA, "stages.workbox.risks.job.started"),
    ("kvp_after", "effects.0.times", ALNA, "effects.2.times"),
    ("kvp_after", "risks.breaks_off.rate", ALNA, "risks.breaks_off.rate"),
    ("work_programme", "stages.programme.risks.job", ALNA, "stages.job_search.risks.job.started"),
    ("work_programme", "risks.job.times.group.jsa_18_24", ALNA, "risks.job.times.young"),
    ("work_programme", "risks.job.times.group.esa_new", ALNA, "risks.job.times.health"),
    ("utility_jobs", "stages.utility_job.risks.job", ALNA, "stages.workbox.risks.job.started"),
    ("education_benefit", "risks.job.times.group.new", ALNA, "risks.job.times.young"),
    (
        "supported_employment",
        "stages.support.risks.job",
        ALNA,
        "stages.state_measure.risks.job.started",
    ),
    ("supported_employment", "effects.0.times", ALNA, "effects.4.times"),
    (
        "supported_employment",
        "stages.support.lasts.gamma.mean",
        ALNA,
        "stages.state_measure.lasts.gamma.mean",
    ),
    ("search_period", "shared.demands", ALNA, "shared.demands"),
    ("search_period", "effects.0.for", ALNA, "effects.0.for"),
    ("job_guarantee", "risks.job.rate", SWEDEN, "risks.job.rate"),
    ("job_guarantee", "risks.job.times.in_need", SWEDEN, "risks.job.times.in_need"),
    ("job_guarantee", "risks.drops_out.rate", SWEDEN, "risks.drops_out.rate"),
    ("job_guarantee", "risks.job_loss.rate", SWEDEN, "risks.job_loss.rate"),
    ("kvp_after", "shared.strength", ALNA, "shared.strength"),
    ("kvp_after", "shared.lock_in", ALNA, "shared.lock_in"),
    ("work_programme", "shared.strength", ALNA, "shared.strength"),
    ("utility_jobs", "shared.lock_in", ALNA, "shared.lock_in"),
    ("supported_employment", "shared.strength", ALNA, "shared.strength"),
    ("supported_employment", "shared.lock_in", ALNA, "shared.lock_in"),
]


@cache
def flow_of(name: str) -> Flow:
    folder = CONFIGS if name in (ALNA, SWEDEN) else CONFIGS / "programmes"
    return read_flow(folder / f"{name}.yaml")


@pytest.mark.parametrize(
    ("programme", "path", "origin", "there"), CARRIED, ids=[f"{one[0]}-{one[1]}" for one in CARRIED]
)
def test_an_assumption_that_is_carried_over_is_the_same_here_and_there(
    programme, path, origin, there
):
    own, other = flow_of(programme).values[path], flow_of(origin).values[there]
    assert (own.number, own.low, own.high) == (other.number, other.low, other.high)
    assert (own.raised_to, own.mixture) == (other.raised_to, other.mixture)


def test_a_demand_raises_all_exits_as_much_here_and_there():
    """Of one rise in all exits, by how much leaving alone must rise: the same sum in both flows."""
    own, other = (flow_of(name).values["effects.0.times"] for name in ("search_period", ALNA))
    assert own.sum == other.sum is not None
    values = flow_of(ALNA).values
    rates = [values[f"risks.{n}.rate"].number for n in ("pauses", "job", "other_benefit")]
    leaves, demands = values["risks.leaves.rate"].number, values["shared.demands"].number
    raised = sum(rates) + leaves * other.number
    assert raised / (sum(rates) + leaves) == pytest.approx(demands)


@pytest.mark.parametrize("file", PROGRAMMES, ids=lambda file: file.stem)
def test_nothing_is_fitted_to_what_a_programme_is_held_against(file):
    """But for the controls of the trials, whose speed to work is fitted to them, and said to be."""
    flow = flow_of(file.stem)
    fitted = {name for name, one in flow.observed.items() if one.fitted}
    controls = {"control_12", "young_control"} if file.stem == "supported_employment" else set()
    assert fitted == controls


def test_what_alnas_beliefs_were_set_with_in_view_is_no_test():
    kinds = {
        (file.stem, name): evidence_of(flow_of(file.stem), name).kind.name
        for file in PROGRAMMES
        for name, one in flow_of(file.stem).observed.items()
        if one.published
    }
    settled = {name for name, kind in kinds.items() if kind == "by_construction"}
    trial = "supported_employment"
    assert settled == {(trial, "ips_12"), (trial, "ips_18"), ("utility_jobs", "ratio")}
    assert sum(kind == "test" for kind in kinds.values()) == 23


@pytest.mark.parametrize("file", PROGRAMMES, ids=lambda file: file.stem)
def test_a_programme_says_what_it_tests_and_how_sure_its_sources_are(file):
    flow = flow_of(file.stem)
    assert flow.about is not None
    for source in flow.sources.values():
        words = source.in_language("en")
        assert any(sure in words for sure in ("(read)", "read)", "second hand", "(read;")), words
