"""Code of one's own: whose it is, where it comes from, and who is refused with another version."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

import pilotsim
from pilotsim.base.errors import FlowError, RequestError, RunError
from pilotsim.base.languages import LANGUAGES
from pilotsim.base.messages import Message
from pilotsim.experiments.study import ExecutionOptions, read_study, run_study
from pilotsim.files.reading import read_text
from pilotsim.judge.kept_checks import kept_of_flow
from pilotsim.language.catalogue import translate_error
from pilotsim.model.flow import Flow
from pilotsim.model.own_code import ALLOWED, REGISTERED, register_function
from pilotsim.output.live.page import check_sharing
from pilotsim.portable.packing import pack
from pilotsim.runs import Cluster, Local, Task
from pilotsim.runs.processes import in_processes
from pilotsim.runs.store import Manifest, Store, what_flows_rest_on
from pilotsim.simulation.engines import PROCESS, run_replication
from pilotsim.simulation.fingerprint import fingerprints
from pilotsim.simulation.resolved import resolve_flow

PAGE = (Path(__file__).parent.parent.parent / "docs" / "own_code.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"<!-- (\w+)(?:: \w+)? -->\n```\w+\n(.*?)```", re.DOTALL)
# The module and the flow of the page on own code: its example runs, and is what is tested here.
MODULE, FLOW = (text for _, text in BLOCK.findall(PAGE))
NAME = "office_rules"
# What its run comes to, and the version of its function.
GOLDEN_VERSION = "52696815dbb79514"
GOLDEN = "030137f53d163aefe5f4c3c265cbaf980dd5923efd1fc1f953304723a37eb219"
OTHER = MODULE.replace("LIMIT = 6", "LIMIT = 1")


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str], Path]:
    """Write the module, as a user saves it."""

    def write(source: str = MODULE) -> Path:
        file = tmp_path / f"{NAME}.py"
        file.write_text(source, encoding="utf-8")
        return file

    return write


@pytest.fixture
def allowed(
    write: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[str], Path]]:
    """Let flows name the module of a file; what was registered before a test is forgotten after it."""
    monkeypatch.setenv(ALLOWED, str(write(MODULE)))
    before = dict(REGISTERED)
    yield write
    forget()
    REGISTERED.clear()
    REGISTERED.update(before)


def forget() -> None:
    """Be as a process that has not seen the module."""
    sys.modules.pop(NAME, None)
    for name in [one.name for one in REGISTERED.values() if one.module == NAME]:
        del REGISTERED[name]


def come_to(flow: Flow) -> list[str]:
    """Return what a run of a flow comes to, told from any other."""
    return fingerprints(run_replication(resolve_flow(flow), 1, 0, engine=PROCESS))


def version() -> str:
    return REGISTERED["crowded"].version


# Reading a file.


def test_the_example_of_the_page_runs_and_sends_some_on(allowed):
    flow = read_text(FLOW)
    assert not flow.notices
    journeys = run_replication(resolve_flow(flow), 1, 0, engine=PROCESS)
    sent = pilotsim.measure(journeys, flow.targets["sent"].measure)
    assert 0.02 < sent < 0.6


def test_the_example_comes_to_the_same_bits_as_ever(allowed):
    """Its golden hash, and the version that it rests on."""
    found = come_to(read_text(FLOW))
    assert (version(), found) == (GOLDEN_VERSION, [GOLDEN])


@pytest.mark.parametrize("source", [MODULE, OTHER], ids=["as written", "another limit"])
def test_what_a_function_says_is_what_happens(allowed, source):
    allowed(source)
    limit = 6 if source == MODULE else 1
    said = FLOW.replace(
        "crowded(waiting(desk), free(adviser), day) > 0",
        f"free(adviser) == 0 and waiting(desk) > max({limit} - day_of_week(day), 2)",
    ).replace("crowded: office_rules", "{crowded: office_rules, day_of_week: office_rules}")
    allowed(source + '\nregister_function("day_of_week", day_of_week)\n')
    assert come_to(read_text(said)) == come_to(read_text(FLOW))


def faults(text: str) -> str:
    with pytest.raises(FlowError) as caught:
        read_text(text)
    return str(caught.value)


def test_reading_a_file_starts_no_code(write, tmp_path, monkeypatch):
    monkeypatch.delenv(ALLOWED, raising=False)
    monkeypatch.syspath_prepend(tmp_path)
    write(MODULE + "\nraise SystemExit('started')\n")
    says = faults(FLOW)
    assert "code.crowded: 'crowded' is code of the module 'office_rules'" in says
    assert "no file may start code by itself" in says
    assert NAME not in sys.modules


def test_a_module_on_the_path_may_be_named_by_its_name(write, allowed, tmp_path, monkeypatch):
    monkeypatch.setenv(ALLOWED, os.pathsep.join(["json", NAME]))
    monkeypatch.syspath_prepend(tmp_path)
    assert come_to(read_text(FLOW))
    says = faults(
        FLOW.replace("crowded: office_rules", "{crowded: office_rules, more: office_rule}")
    )
    assert "PILOTSIM_CODE; did you mean 'office_rules'?" in says


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        ("crowded: office", "crowdd: office", "code.crowdd: the module 'office_rules' registers no 'crowdd'; did you mean 'crowded'?"),
        ('{"crowded(', '{"crwded(', "unknown function 'crwded'; did you mean 'crowded'?"),
        ("free(adviser), day)", "free(adviser))", "'crowded' takes 3 numbers; found 2"),
        ("free(adviser), day)", "free(advisr), day)", "unknown resource 'advisr'; did you mean 'adviser'?"),
        ("free(adviser), day)", "day > 3, day)", "expected ,; found '>'"),
        ("  crowded: office_rules\n", "  crowded: {module: office_rules, version: 0123456789abcdef}\n", "the flow goes by 0123456789abcdef. Use the same source everywhere"),
        ("code:\n  crowded: office_rules\n", "", "unknown function 'crowded'"),
        ("crowded: office", "waiting: office", "registers no 'waiting'"),
        ("crowded: office_rules", "crowded: [office_rules]", "code.crowded"),
    ],
)  # fmt: skip
def test_a_fault_is_said_with_its_place_and_what_was_meant(allowed, before, after, says):
    assert says in faults(FLOW.replace(before, after))


def test_a_name_that_conditions_have_already_is_refused(allowed):
    allowed(MODULE + '\nregister_function("held", day_of_week)\n')
    says = faults(
        FLOW.replace("crowded: office_rules", "{crowded: office_rules, held: office_rules}")
    )
    assert "code.held: 'held' means something else in conditions" in says


def test_a_module_that_breaks_down_is_named_with_why(allowed):
    allowed("1 / 0\n")
    assert "cannot be started here: ZeroDivisionError: division by zero" in faults(FLOW)
    assert NAME not in sys.modules


def test_a_function_that_is_not_plain_is_refused_where_it_is_registered(allowed):
    allowed(MODULE.replace("max(waiting - limit, 0)", "waiting ** limit"))
    assert "'crowded', line 19: 'pow' is not worked out alike everywhere" in faults(FLOW)


def test_a_file_may_hold_on_to_a_version(allowed):
    read_text(FLOW)
    exact = f"{{module: office_rules, version: {version()}}}"
    assert come_to(read_text(FLOW.replace("crowded: office_rules", f"crowded: {exact}")))


def test_two_functions_cannot_have_one_name(allowed):
    read_text(FLOW)

    def crowded(a):
        return a + 1

    with pytest.raises(RequestError, match="'office_rules' has registered another 'crowded'"):
        register_function("crowded", crowded)


# Another version.


def test_a_source_that_changes_while_python_runs_is_refused(allowed):
    flow = read_text(FLOW)
    assert come_to(flow)
    allowed(MODULE.replace("waiting - limit", "waiting + limit"))
    # What runs is still the code of before; its source is no longer there to tell.
    says = faults(FLOW)
    assert "was registered as version" in says
    assert "Start Python again" in says


def test_a_flow_that_comes_to_another_version_is_refused_with_both(allowed):
    sent = pickle.dumps(read_text(FLOW))
    before = version()
    forget()
    allowed(OTHER)
    with pytest.raises(RequestError) as caught:
        come_to(pickle.loads(sent))
    assert str(caught.value) == (
        f"'crowded' of the module 'office_rules' is version {version()} here; the flow goes by {before}. "
        "Use the same source everywhere, or read the flow again with this one"
    )
    assert version() != before


def test_a_flow_that_comes_to_where_the_module_is_not_is_refused(allowed):
    sent = pickle.dumps(read_text(FLOW))
    forget()
    allowed(MODULE).unlink()
    with pytest.raises(RequestError, match="cannot be started here: ModuleNotFoundError"):
        come_to(pickle.loads(sent))


def test_other_processes_start_the_module_and_come_to_the_same(allowed, monkeypatch):
    flow = read_text(FLOW)
    here = come_to(flow)
    # Whoever sends the flow had the module: where it goes nothing else needs to allow it.
    monkeypatch.delenv(ALLOWED)
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        assert pool.apply(come_to, (flow,)) == here
    # A module that has changed on the disk since is refused, in the words of this process.
    allowed(OTHER)
    with pytest.raises(RequestError, match=r"is version [0-9a-f]{16} here; the flow goes by"):
        list(in_processes(come_to, [(flow,), (flow,)], 2, died=Message("died")))


def columns_of(flow: Flow) -> dict[str, object]:
    """What a task of a worker comes to: a table of one row."""
    return {"comes": come_to(flow)}


def test_a_worker_of_a_cluster_that_has_another_version_refuses_by_name(allowed):
    distributed = pytest.importorskip("distributed")
    task = Task("one", columns_of, (read_text(FLOW),))
    before = version()
    # Over the network, though the worker is a thread of this process: what is sent is pickled.
    with distributed.LocalCluster(
        n_workers=1, threads_per_worker=1, processes=False, protocol="tcp", dashboard_address=None
    ) as cluster:
        workers = Cluster(cluster.scheduler_address)
        ((_, found),) = workers.run([task])
        assert found == columns_of(task.arguments[0])
        forget()
        allowed(OTHER)
        with pytest.raises(RequestError) as caught:
            list(workers.run([task]))
    assert f"is version {version()} here; the flow goes by {before}" in str(caught.value)


# What is stored.


def manifest(flow: Flow) -> Manifest:
    return Manifest("study", "small", what_flows_rest_on([flow]), {})


def test_a_stored_run_is_not_gone_on_with_by_another_version(allowed, tmp_path):
    store = Store(tmp_path / "run")
    (tmp_path / "run").mkdir()
    flow = read_text(FLOW)
    first = version()
    store.begin(manifest(flow), Message("Or begin anew."))
    assert store.begin(manifest(flow), Message("Or begin anew.")) is not None
    forget()
    allowed(OTHER)
    other = read_text(FLOW)
    with pytest.raises(RunError) as caught:
        store.begin(manifest(other), Message("Or begin anew."))
    says = f"the code 'crowded': office_rules {first} → office_rules {version()}"
    assert says in str(caught.value)
    assert "koden 'crowded'" in translate_error(caught.value, "nb")
    assert flow.digests != other.digests
    assert kept_of_flow(flow)["made_of"] != kept_of_flow(other)["made_of"]


def test_a_study_is_not_gone_on_with_by_another_version(allowed, tmp_path):
    (tmp_path / "flow.yaml").write_text(FLOW, encoding="utf-8")
    file = tmp_path / "study.yaml"
    file.write_text(
        "study: crowded\ntitle: t\nflow: flow.yaml\nreplications: 2\n"
        "responses: {targets: [sent]}\n",
        encoding="utf-8",
    )
    options = ExecutionOptions(workers=Local(1), engine=PROCESS)
    for _ in range(2):
        assert run_study(read_study(file), tmp_path / "run", options) is not None
    before = version()
    forget()
    allowed(OTHER)
    for way in (options, replace(options, extend=True)):
        with pytest.raises(RunError) as caught:
            run_study(read_study(file), tmp_path / "run", way)
        says = f"the code 'crowded': office_rules {before} → office_rules {version()}"
        assert says in str(caught.value)


def test_a_flow_without_code_of_ones_own_rests_on_none():
    flow = read_text(
        re.sub(r"code:\n.*\n", "", FLOW).replace(
            "crowded(waiting(desk), free(adviser), day)", "day"
        )
    )
    assert flow.digests == []
    assert what_flows_rest_on([flow]) == {}


# Outside of Python.


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_page_runs_code_of_ones_own(allowed, language):
    flow = read_text(FLOW)
    for refuses in (check_sharing, pack):
        with pytest.raises(RequestError) as caught:
            refuses(flow)
        said = translate_error(caught.value, language)
        assert "crowded" in said
        assert said.rstrip().endswith(
            {"nb": "rapport i stedet", "en": "report of it instead", "sv": "rapport i stället"}[
                language
            ]
        )
