"""What a study came to, as tables: by replication and response, and by point and response."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pilotsim.base.arguments import checks_arguments
from pilotsim.base.arrays import Floats
from pilotsim.base.errors import RequestError, RunError, did_you_mean
from pilotsim.base.files import as_arrow, digest_of
from pilotsim.base.from_above import Shown
from pilotsim.base.messages import Message
from pilotsim.base.quantity import one_of_unit
from pilotsim.base.statistics import Interval, mean_interval, standard_error
from pilotsim.base.units import unit_of
from pilotsim.experiments.study.accumulated import AccumulatedRuns
from pilotsim.experiments.study.analysis_request import ObservedFigure
from pilotsim.experiments.study.layout import StudyCell, StudyLayout
from pilotsim.judge.verdicts import chance_of
from pilotsim.language.changes import ToldChange, shared_changes
from pilotsim.runs import Manifest, Store
from pilotsim.runs.store import MANIFEST, RESULTS

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

    from pilotsim.experiments.findings.history_matching import RuledOut
    from pilotsim.experiments.findings.surrogate import StudySurrogate

# Under this the schema of a Parquet file holds what its columns mean.
CODEBOOK = "pilotsim"
# The unit in which a number of a kind stands in a table.
BASE_UNITS = {"share": "share of 1", "duration": "days", "rate": "per day", "count": "count"}
ROWS_AT_ONCE = 1_000_000
REPLICATIONS_FILE, POINTS_FILE = "replications", "points"


def codebook_of(content: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the tables of a study mean, for those who have the tables alone.

    Parameters
    ----------
    content : mapping
        Of the study's manifest.

    Returns
    -------
    dict
        The study's title; of each factor and response what it is called in each language (`labels`)
        and in which unit the tables have it (`units`).
    """
    units = {
        "factors": {
            name: unit_of(one["written"]).strip() or BASE_UNITS.get(one["kind"], one["kind"])
            for name, one in content["units"]["factors"].items()
        },
        "responses": {
            name: BASE_UNITS.get(kind, kind) for name, kind in content["units"]["responses"].items()
        },
    }
    return {
        "title": content["title"],
        "labels": {part: content["labels"][part] for part in ("factors", "responses")},
        "units": units,
    }


def tables_of(
    layout: StudyLayout, gathered: AccumulatedRuns, content: Mapping[str, Any]
) -> dict[str, Callable[[Path], None]]:
    """Return what writes each table of a study whose runs are all there, by file name.

    Parquet files hold the codebook in the metadata of their schema, as JSON under `pilotsim`. The
    `content` of the manifest says in which units the file of the flow has its values.
    """
    codebook, factors = codebook_of(content), content["units"]["factors"]
    ones = [one_of_unit(factors[name]["kind"], factors[name]["written"]) for name in layout.factors]
    points = as_arrow(_points(layout, gathered, ones))
    writers: dict[str, Callable[[Path], None]] = {
        f"{POINTS_FILE}.parquet": lambda file: _write_parquet(file, iter([points]), codebook),
        f"{POINTS_FILE}.csv": lambda file: _write_csv(file, iter([points])),
    }
    if "replications" in layout.keep:
        writers[f"{REPLICATIONS_FILE}.parquet"] = lambda file: _write_parquet(
            file, _replications(layout, gathered), codebook
        )
        if "csv" in layout.keep:
            writers[f"{REPLICATIONS_FILE}.csv"] = lambda file: _write_csv(
                file, _replications(layout, gathered)
            )
    return writers


def _write_parquet(file: Path, tables: Iterator[pa.Table], codebook: Mapping[str, Any]) -> None:
    import pyarrow.parquet as pq

    metadata = {CODEBOOK: json.dumps(codebook, ensure_ascii=False, sort_keys=True)}
    first = next(tables).replace_schema_metadata(metadata)
    with pq.ParquetWriter(file, first.schema, compression="zstd") as writer:
        writer.write_table(first)
        for table in tables:
            writer.write_table(table.replace_schema_metadata(metadata))


def _write_csv(file: Path, tables: Iterator[pa.Table]) -> None:
    import pyarrow as pa
    from pyarrow import csv

    def plain(table: pa.Table) -> pa.Table:
        return pa.table(
            {
                name: column.cast(pa.string()) if pa.types.is_dictionary(column.type) else column
                for name, column in zip(table.column_names, table.columns, strict=True)
            }
        )

    first = plain(next(tables))
    with csv.CSVWriter(file, first.schema) as writer:
        writer.write_table(first)
        for table in tables:
            writer.write_table(plain(table))


def _replications(layout: StudyLayout, gathered: AccumulatedRuns) -> Iterator[pa.Table]:
    """Yield the rows of all replications: by scenario, point, response and replication.

    Some cells at once.
    """
    import pyarrow as pa

    scenarios = list(dict.fromkeys(cell.scenario for cell in layout.cells))
    names = [response.name for response in layout.responses]
    for cells in _groups(layout, gathered):
        counts = np.array([len(gathered.cells[cell.key]) for cell in cells])
        values = [
            gathered.cells[cell.key].values(count).T.ravel()
            for cell, count in zip(cells, counts.tolist(), strict=True)
        ]
        beyond = [
            gathered.cells[cell.key].beyond(count).T.ravel()
            for cell, count in zip(cells, counts.tolist(), strict=True)
        ]
        rows = counts * len(names)
        of_response = [
            np.repeat(np.arange(len(names), dtype=np.int32), count) for count in counts.tolist()
        ]
        yield pa.table(
            {
                "scenario": _words(
                    np.repeat([scenarios.index(cell.scenario) for cell in cells], rows), scenarios
                ),
                "point": np.repeat(np.array([cell.point for cell in cells], np.int32), rows),
                "response": _words(np.concatenate(of_response), names),
                "replication": np.concatenate(
                    [
                        np.tile(np.arange(count, dtype=np.int32), len(names))
                        for count in counts.tolist()
                    ]
                ),
                "value": pa.array(np.concatenate(values), from_pandas=True),
                "beyond": pa.array(np.concatenate(beyond), from_pandas=True),
            }
        )


def _words(codes: NDArray[Any], words: list[str]) -> pa.DictionaryArray:
    import pyarrow as pa

    return pa.DictionaryArray.from_arrays(
        pa.array(codes.astype(np.int32)), pa.array(words, pa.string())
    )


def _groups(layout: StudyLayout, gathered: AccumulatedRuns) -> Iterator[list[StudyCell]]:
    """Yield the cells in order, in groups of about as many rows as are written at once."""
    group: list[StudyCell] = []
    rows = 0
    for cell in layout.cells:
        group.append(cell)
        rows += len(gathered.cells[cell.key]) * len(layout.responses)
        if rows >= ROWS_AT_ONCE:
            yield group
            group, rows = [], 0
    if group:
        yield group


def _points(
    layout: StudyLayout, gathered: AccumulatedRuns, ones: Sequence[float]
) -> dict[str, list[Any]]:
    """Return one row for each cell and response, as columns."""
    rows = [
        {**_place(layout, cell, ones), **_summary(layout, gathered, cell, column)}
        for cell in layout.cells
        for column in range(len(layout.responses))
    ]
    return {name: [row[name] for row in rows] for name in rows[0]}


def _place(layout: StudyLayout, cell: StudyCell, ones: Sequence[float]) -> dict[str, Any]:
    """Return where a cell lies, each factor in the unit that the file has it in."""
    numbers = (
        None if math.isnan(number) else float(f"{number / one:.12g}")
        for number, one in zip(layout.numbers[cell.point].tolist(), ones, strict=True)
    )
    return {
        "scenario": cell.scenario,
        "point": cell.point,
        **dict(zip(layout.factors, numbers, strict=True)),
    }


def _summary(
    layout: StudyLayout, gathered: AccumulatedRuns, cell: StudyCell, column: int
) -> dict[str, Any]:
    """Return what a response came to in a cell: mean, interval, probability of its bound.

    A cell in which a replication failed has no mean: those that did not fail would not be a fair
    sample. Mean and probability leave out the replications in which the response does not exist
    (`undefined`): these neither meet the bound nor miss it.
    """
    response = layout.responses[column]
    found = gathered.cells[cell.key]
    runs = len(found)
    values = found.values(runs)[:, column]
    defined = np.zeros(0) if found.failures else values[~np.isnan(values)]
    mean = mean_interval(defined)
    spread = float(defined.std(ddof=1)) if len(defined) > 1 else math.nan

    probability = Interval(math.nan, math.nan, math.nan, 0)
    if response.bound is not None and not found.failures:
        probability = chance_of(response.as_met(values, found.beyond(runs)[:, column]), values)

    rests_on = found.rests_on(runs, column)
    numbers = {
        "mean": mean.mean,
        "standard_deviation": spread,
        "standard_error": standard_error(defined),
        "low": mean.low,
        "high": mean.high,
        "bound": response.bound if response.bound is not None else math.nan,
        "probability": probability.mean,
        "probability_low": probability.low,
        "probability_high": probability.high,
        "base": rests_on.base,
        "left_out": rests_on.left_out,
        "waiting": rests_on.waiting,
        "bounded": rests_on.bounded,
    }
    return {
        "response": response.name,
        "replications": runs,
        "undefined": 0 if found.failures else runs - len(defined),
        **{name: None if math.isnan(number) else number for name, number in numbers.items()},
        "failed": len(found.failures),
        "reason": found.failures[min(found.failures)] if found.failures else None,
    }


class StudyRun(Shown):
    """The results of a study, read from its folder.

    Parameters
    ----------
    folder : Path
        The folder of its run.

    Raises
    ------
    RunError
        It holds no finished run, or a file of it is damaged.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        store = Store(folder)
        if not store.is_complete():
            there = store.read_manifest() is not None
            raise RunError(
                Message(
                    "{folder} holds a run that is not finished: give its command again",
                    folder=folder,
                )
                if there
                else Message("{folder} holds no run", folder=folder)
            )
        self._sums: Mapping[str, str] = store.checksums()
        if not self._is_sound(MANIFEST):
            raise _damaged(folder / RESULTS / MANIFEST)
        self.manifest = Manifest.read(folder / RESULTS / MANIFEST)
        self.layout = StudyLayout.read(self.manifest.content["layout"])

    @cached_property
    def points(self) -> pd.DataFrame:
        """One row for each scenario, point and response.

        Columns: scenario, point, one for each factor, response, replications, undefined, mean,
        standard_deviation, standard_error, low and high (95 % interval of the mean), bound,
        probability of meeting it with its 95 % interval (Wilson), base, left_out and waiting (on
        how many the response rests in a replication on average, how many were left out, how many
        still wait), bounded (in what share of the replications the value is only the least that it
        can be), failed (replications that could not be run) and the reason of the first.
        """
        return self._table(POINTS_FILE)

    @cached_property
    def replications(self) -> pd.DataFrame:
        """One row for each scenario, point, response and replication; NaN without a value.

        With `beyond`, how much more than its value the response may be.
        """
        return self._table(REPLICATIONS_FILE)

    @cached_property
    def changes_of_scenarios(self) -> dict[str, tuple[ToldChange, ...]]:
        """What each scenario's flow was changed in from its file, by scenario."""
        told = self.manifest.content.get("changes", {})
        return {name: tuple(map(ToldChange.from_plain, own)) for name, own in told.items()}

    @property
    def inputs(self) -> Mapping[str, str]:
        """The hash (SHA-256) of each file that the study was read from, by name."""
        found: Mapping[str, str] = self.manifest.content.get("inputs", {})
        return found

    @property
    def changes(self) -> tuple[ToldChange, ...]:
        """What all scenarios share of it: what the study changed before it compared."""
        return shared_changes(self.changes_of_scenarios)

    def values(self, response: str, scenario: str | None = None) -> Floats:
        """Return a response in every replication, shape (points, replications).

        Replication k has the same clients in every point and scenario. NaN where a value does not
        exist, or where a point was run less often than others.

        Parameters
        ----------
        response : str
            Its name.
        scenario : str, optional
            Which scenario; the first, unless said.
        """
        return self._column(response, scenario, "value")

    def beyond(self, response: str, scenario: str | None = None) -> Floats:
        """Return how much more a response may be than its value, shape as `values`.

        0 where it is known, `inf` where nothing bounds it. Parameters are those of `values`.
        """
        return self._column(response, scenario, "beyond")

    @checks_arguments
    def surrogate(self, response: str, scenario: str | None = None) -> StudySurrogate:
        """Return a response as a smooth function of the factors, with its error.

        Fitted to the means over replications; the same run gives the same function. Its error is
        cross-validated, and points outside of the design's ranges are refused.

        Parameters
        ----------
        response : str
            Its name.
        scenario : str, optional
            Which scenario; the first, unless said.

        Raises
        ------
        RequestError
            The design varies its factors one by one, has too few points, or the response hangs on
            the factors in no way that could be told.
        """
        from pilotsim.experiments.findings.surrogate import fit_surrogate

        return fit_surrogate(
            self, response, self.layout.cells[0].scenario if scenario is None else scenario
        )

    @checks_arguments
    def rules_out(
        self, figures: Mapping[str, tuple[float, float]], scenario: str | None = None
    ) -> RuledOut:
        """Return what figures from outside rule out of the ranges of the design.

        Surrogates tell what is expected at many points, spread as the design spreads its factors.
        A point is ruled out where a figure lies more than 3 standard errors from that.

        Parameters
        ----------
        figures : mapping of str to (float, float)
            By response the figure and its standard error, in base units.
        scenario : str, optional
            In which they were observed; the first, unless said.

        Raises
        ------
        RequestError
            A response has no surrogate (see `surrogate`), or points were run once.
        """
        from pilotsim.experiments.findings.history_matching import rule_out
        from pilotsim.experiments.findings.surrogate import check_figure

        observed = {
            name: ObservedFigure(*check_figure(f"figures[{name!r}]", figure))
            for name, figure in figures.items()
        }
        return rule_out(
            self, observed, self.layout.cells[0].scenario if scenario is None else scenario
        )

    def _or_first(self, scenario: str | None) -> str:
        return self.layout.cells[0].scenario if scenario is None else scenario

    def _column(self, response: str, scenario: str | None, column: str) -> Floats:
        scenario = self._or_first(scenario)
        for name, known in (
            (response, [r.name for r in self.layout.responses]),
            (scenario, list(self.manifest.content["scenarios"])),
        ):
            if name not in known:
                raise RequestError(
                    Message(
                        "the study has no '{name}'{meant}",
                        name=name,
                        meant=did_you_mean(name, known),
                    )
                )
        frame = self.replications
        rows = frame[(frame["response"] == response) & (frame["scenario"] == scenario)]
        if column not in rows:  # kept by an earlier version
            rows = rows.assign(**{column: 0.0})
        found = np.full((len(self.layout.numbers), int(rows["replication"].max()) + 1), math.nan)
        found[rows["point"].to_numpy(), rows["replication"].to_numpy()] = rows[column].to_numpy()
        return found

    def _table(self, name: str) -> pd.DataFrame:
        import pandas as pd

        file = self.folder / RESULTS / f"{name}.parquet"
        if file.name not in self._sums:
            raise RunError(
                Message(
                    "{folder} keeps no {name}: the study's 'keep' leaves them out",
                    folder=self.folder,
                    name=name,
                )
            )
        if not self._is_sound(file.name):
            raise _damaged(file)
        return pd.read_parquet(file)

    def _is_sound(self, name: str) -> bool:
        """Tell whether a result is what it was when the run was marked as complete."""
        file = self.folder / RESULTS / name
        return file.exists() and digest_of(file.read_bytes()) == self._sums.get(name)

    def __repr__(self) -> str:
        cells = len(self.layout.cells)
        responses = len(self.layout.responses)
        size = f"{cells} points in scenarios, {responses} responses"
        return f"StudyRun({self.manifest.name}: {size}; {self.folder})"


def _damaged(file: Path) -> RunError:
    return RunError(
        Message(
            "{file} is damaged: its checksum is not the one it was written with. Give the "
            "study's command again",
            file=file,
        )
    )


@checks_arguments
def open_run(folder: str | Path) -> StudyRun:
    """Return the results of a finished study as pandas tables.

    Parameters
    ----------
    folder : str or Path
        The folder of its run.

    Raises
    ------
    RunError
        There is no finished run in the folder.
    """
    return StudyRun(Path(folder))
