"""Portfolio files to portfolios: which flow is run for which districts in which scenario."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from pilotsim.base.arguments import checks_arguments
from pilotsim.base.errors import Fault, FlowError, RequestError, did_you_mean
from pilotsim.base.files import digest_of
from pilotsim.base.messages import Message
from pilotsim.base.text import Text
from pilotsim.experiments.portfolio.portfolio_file import PortfolioFile, PortfolioScenarioPart
from pilotsim.files.changes import apply_changes, copy_content, name_of_value
from pilotsim.files.districts import DistrictRow, read_districts
from pilotsim.files.faults import FaultGatherer
from pilotsim.files.modules import read_written_out
from pilotsim.files.posteriors import digests_of
from pilotsim.files.reading import flow_as_written, read_document
from pilotsim.files.shipped import here_or_shipped
from pilotsim.files.yaml import YamlDocument, parse, read_file
from pilotsim.model.flow import Flow
from pilotsim.model.targets import Measure

__all__ = ["AS_WRITTEN", "Portfolio", "PortfolioCell", "PortfolioPart", "read_portfolio"]

AS_WRITTEN = "as_written"
_OWN = re.compile(r"\bthis_(?=[A-Za-z0-9])")
_OUTCOME = "portfolio_outcome"


@dataclass(frozen=True)
class PortfolioPart:
    """A district, an outcome or a scenario: its name and what it is called."""

    name: str
    says: Text


@dataclass(frozen=True)
class PortfolioCell:
    """What is run at once: a scenario of all districts, or of one.

    Parameters
    ----------
    scenario : int
        The place of the scenario.
    districts : range
        The places of the districts.
    flow : Flow
        The flow.
    measures : tuple of Measure
        What is measured: each outcome of the first district, then of the next.
    own : tuple of int
        The slots of values that are drawn apart, for they are this district's.
    name : str
        Whose clients they are: the district's name; empty for all together.
    """

    scenario: int
    districts: range
    flow: Flow
    measures: tuple[Measure, ...]
    own: tuple[int, ...] = ()
    name: str = ""


@dataclass(frozen=True)
class Portfolio:
    """Districts that are run together.

    Parameters
    ----------
    name : str
        Its short name.
    title : Text
        What it is called.
    flow : Flow
        The flow as its file has it.
    districts, outcomes, scenarios : tuple of PortfolioPart
        What there is, in the order of the files; the first scenario is the flow as written.
    replications, seed : int
        How it is run.
    is_together : bool
        Whether all districts are one flow, since they share something.
    identity : mapping of str to str
        What every result rests on, under names for people.
    rests_on : mapping of str to object
        What stands in the files that digests of the identity stand for.
    """

    name: str
    title: Text
    flow: Flow
    districts: tuple[PortfolioPart, ...]
    outcomes: tuple[PortfolioPart, ...]
    scenarios: tuple[PortfolioPart, ...]
    replications: int
    seed: int
    is_together: bool
    identity: Mapping[str, str]
    rests_on: Mapping[str, Any] = field(repr=False, compare=False)
    _said: PortfolioFile = field(repr=False, compare=False)
    _document: YamlDocument = field(repr=False, compare=False)
    _rows: tuple[DistrictRow, ...] = field(default=(), repr=False, compare=False)

    @property
    def cells(self) -> Iterator[PortfolioCell]:
        """Each cell in order; a flow is made when its cell is asked for."""
        for scenario in range(len(self.scenarios)):
            for number in range(1 if self.is_together else len(self.districts)):
                yield self._cell(scenario, number)

    def _cell(self, scenario: int, number: int) -> PortfolioCell:
        name = self.scenarios[scenario].name
        part = self._said.scenarios.get(name)
        if self.is_together:
            prefixes = {one.name: f"{one.name}_" for one in self.districts}
            changes = _changes(part, self.flow, prefixes)
            flow = (
                apply_changes(self._document, *changes)
                if changes
                else flow_as_written(self._document)
            )
            return PortfolioCell(
                scenario, range(len(self.districts)), flow, _measures(self, flow, list(prefixes))
            )
        row = self._rows[number]
        changes = _changes(part, self.flow, {row.name: ""})
        flow = apply_changes(self._document, row.numbers, *changes)
        names = [name_of_value(flow, path) for path in row.numbers]
        own = tuple(flow.values[one].slot for one in names if one in flow.assumptions)
        return PortfolioCell(
            scenario, range(number, number + 1), flow, _measures(self, flow, [""]), own, row.name
        )


def _measures(portfolio: Portfolio, flow: Flow, districts: list[str]) -> tuple[Measure, ...]:
    found = []
    for district in districts:
        for outcome in portfolio.outcomes:
            measure = flow.observed[_name_of(outcome.name, district)].measure
            assert measure is not None, "an outcome is measured"
            found.append(measure)
    return tuple(found)


def _name_of(outcome: str, district: str) -> str:
    return f"{_OUTCOME}_{outcome}" + (f"_{district}" if district else "")


def _changes(
    part: PortfolioScenarioPart | None, flow: Flow, prefixes: Mapping[str, str]
) -> list[dict[str, Any]]:
    """Return what a scenario changes in the flow of some districts, layer by layer."""
    if part is None:
        return []
    own = [prefix for name, prefix in prefixes.items() if not part.only or name in part.only]
    like = [dict(flow.scenarios[part.like].changes)] if part.like and own else []
    changes: dict[str, Any] = {}
    for prefix in own:
        changes |= {
            _OWN.sub(prefix, path): _fill(one, prefix) for path, one in part.changes.items()
        }
    return [layer for layer in (*like, changes) if layer]


def _fill(content: Any, prefix: str) -> Any:
    """Return content of the file with the names of a district in the place of `this_`."""
    if isinstance(content, Mapping):
        return {_OWN.sub(prefix, key): _fill(part, prefix) for key, part in content.items()}
    if isinstance(content, list):
        return [_fill(part, prefix) for part in content]
    return _OWN.sub(prefix, content) if isinstance(content, str) else content


@checks_arguments
def read_portfolio(file: str | Path) -> Portfolio:
    """Return the portfolio that a YAML file describes.

    Parameters
    ----------
    file : str or Path
        The portfolio file, or an example by its name.

    Raises
    ------
    FlowError
        With every fault of the file, of its flow and of its table of districts.
    """
    found = here_or_shipped(file)
    document = parse(read_file(found, "portfolio"), str(found), "portfolio")
    faults = FaultGatherer(document)
    said, _ = faults.validate(PortfolioFile, faults.keys_of("portfolio", PortfolioFile))
    faults.stop()
    assert said is not None, "what is not read has a fault"
    place = faults.file_at(("flow",), said.flow)
    flow_document = read_document(place)
    flow = flow_as_written(flow_document)
    table = faults.file_at(("districts",), said.districts) if said.districts else None
    rows = tuple(read_districts(table)) if table is not None else ()
    together = flow_document.districts
    districts = {row.name: row.says for row in rows} or together
    _check(faults, said, flow, bool(rows), together, districts)
    with_outcomes = _with_outcomes(faults, said, flow_document, [""] if rows else list(districts))
    if table is not None:
        _check_paths(str(table), rows, flow)
    identity = {
        "portfolio": digest_of(read_file(file, "portfolio").encode()),
        "flow": digest_of(
            "\n".join([read_written_out(place), *digests_of(flow_document)]).encode()
        ),
        **({"districts": digest_of(table.read_bytes())} if table is not None else {}),
    }
    rests_on = {
        "portfolio": document.content,
        "flow": flow_document.content,
        **({"districts": {row.name: row.numbers for row in rows}} if table is not None else {}),
    }
    scenarios = [PortfolioPart(AS_WRITTEN, flow.title)]
    scenarios += [PortfolioPart(name, part.says) for name, part in said.scenarios.items()]
    return Portfolio(
        said.portfolio,
        said.title,
        flow,
        tuple(PortfolioPart(name, Text(says)) for name, says in districts.items()),
        tuple(PortfolioPart(name, part.says) for name, part in said.outcomes.items()),
        tuple(scenarios),
        said.replications,
        said.seed,
        not rows,
        identity,
        rests_on,
        said,
        with_outcomes,
        rows,
    )


def _check(
    faults: FaultGatherer,
    said: PortfolioFile,
    flow: Flow,
    has_table: bool,
    together: Mapping[str, str],
    districts: Mapping[str, str],
) -> None:
    """Note what does not fit between the file and its flow."""
    if has_table == bool(together):
        message = (
            Message("the flow places its districts itself; leave 'districts' out")
            if has_table
            else Message(
                "expected a table of districts, or a flow that places a module for each district"
            )
        )
        faults.report(("districts",) if has_table else ("flow",), message)
    for name, part in said.outcomes.items():
        if "count" not in part.measure:
            message = Message("expected a count: shares of districts cannot be added up")
            faults.report(("outcomes", name, "measure"), message)
    for name, scenario in said.scenarios.items():
        if scenario.like is not None and scenario.like not in flow.scenarios:
            message = Message(
                "the flow has no scenario '{name}'{meant}",
                name=scenario.like,
                meant=did_you_mean(scenario.like, flow.scenarios),
            )
            faults.report(("scenarios", name, "like"), message)
        if together and scenario.only and scenario.like is not None:
            message = Message(
                "'{like}' changes the flow of all districts, not of those under 'only' alone; "
                "write under 'set' what it changes in these",
                like=scenario.like,
            )
            faults.report(("scenarios", name, "like"), message)
        for district in scenario.only:
            if district not in districts:
                message = Message(
                    "there is no district '{name}'{meant}",
                    name=district,
                    meant=did_you_mean(district, districts),
                )
                faults.report(("scenarios", name, "only"), message)
    faults.stop()


def _check_paths(table: str, rows: tuple[DistrictRow, ...], flow: Flow) -> None:
    """Raise an error for columns of a table that are no value of the flow."""
    found = []
    for name, column in rows[0].columns.items() if rows else ():
        if name_of_value(flow, name) not in flow.values and name not in ("assumption", "source"):
            message = Message(
                "'{name}' is no number of the flow{meant}",
                name=name,
                meant=did_you_mean(name, flow.values),
            )
            found.append(Fault(table, 1, column, "", message))
    if found:
        raise FlowError(found)


def _with_outcomes(
    faults: FaultGatherer, said: PortfolioFile, document: YamlDocument, districts: list[str]
) -> YamlDocument:
    """Return the flow's document with each outcome of each district as an observed output.

    So they are held to the flow as all measures are; what is wrong is told of the portfolio file.
    """
    content = copy_content(document.content)
    observed = content.setdefault("observed", {})
    whose: dict[str, str] = {}
    for district in districts:
        for name, part in said.outcomes.items():
            key = _name_of(name, district)
            whose[key] = name
            measure = _fill(part.measure, f"{district}_" if district else "")
            observed[key] = {"says": part.says.as_plain(), "measure": measure}
    found = replace(document, content=content, faults=list(document.faults), flow=None)
    try:
        flow_as_written(found)
    except FlowError as error:
        for fault in error.faults:
            outcome = whose.get(fault.path.split(".")[1] if "." in fault.path else "")
            if outcome is None:
                faults.found.append(fault)
            else:
                faults.report(("outcomes", outcome, "measure"), fault.message)
        faults.stop()
    except RequestError as error:
        faults.report_error(("outcomes",), error)
        faults.stop()
    return found
