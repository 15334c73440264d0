"""A run as an event log in packages for process mining: what they find is the flow's own picture."""

import pytest

import pilotsim
from tests.learning.test_learning import TALKS


@pytest.fixture(scope="module")
def run():
    return pilotsim.simulate(pilotsim.read_text(TALKS), seed=4)


@pytest.fixture(scope="module")
def xes(run, tmp_path_factory):
    file = tmp_path_factory.mktemp("xes") / "log.xes"
    file.write_text(pilotsim.to_xes(run), encoding="utf-8")
    return file


def ways(flow):
    """The ways of a flow from stage to stage: what `next` names, and where risks pull out to."""
    found = {(name, way) for name, stage in flow.stages.items() for way in stage.next or {}}
    return found | {
        (name, flow.risks[risk].to) for name, stage in flow.stages.items() for risk in stage.risks
    }


def taken(run):
    """How often each way was taken."""
    names = [stage.name for stage in run.plan.stages]
    found = {}
    for before, after in zip(run.stage.tolist(), run.next.tolist(), strict=True):
        if after >= 0:
            way = names[before], names[after]
            found[way] = found.get(way, 0) + 1
    return found


def between(graph):
    """A graph of what directly follows, without an activity's own start and end."""
    return {way: count for way, count in graph.items() if way[0] != way[1]}


def test_rust4pm_reads_the_log_and_finds_the_flow(run, xes):
    r4pm = pytest.importorskip("r4pm", reason="r4pm is not installed")
    from r4pm import bindings

    log = r4pm.import_item("EventLog", str(xes))
    graph = bindings.discover_dfg(log)
    found = between({tuple(way): count for way, count in graph["directly_follows_relations"]})
    assert found == taken(run)
    assert set(found) == ways(pilotsim.read_text(TALKS))


def test_pm4py_reads_the_log_and_finds_the_flow(run, xes):
    pm4py = pytest.importorskip("pm4py", reason="pm4py is not installed")
    for log in (pm4py.read_xes(str(xes), variant="iterparse"), pilotsim.to_event_log(run, "pm4py")):
        graph, _, _ = pm4py.discover_dfg(log)
        assert between(graph) == taken(run)
    assert set(taken(run)) == ways(pilotsim.read_text(TALKS))
