"""A calibration as a new flow file: each fitted value in its place, with what it was fitted to."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np

from pilotsim import __version__
from pilotsim.base.errors import PilotsimError, RequestError
from pilotsim.base.languages import LANGUAGES
from pilotsim.base.messages import Message
from pilotsim.base.quantity import in_unit_of
from pilotsim.base.units import unit_of
from pilotsim.files.reading import read_text
from pilotsim.files.rewriting import rewrite
from pilotsim.judge.posterior import Calibration, FittedParameter
from pilotsim.language.catalogue import say
from pilotsim.model.flow import Flow
from pilotsim.model.joint import PosteriorRows, path_of_joint

# Enough to tell the rows of a posterior apart.
DIGITS = 7


def fitted_text(
    found: Calibration,
    text: str,
    command: str = "",
    *,
    folder: str | Path = ".",
    together: str = "",
    language: str = "en",
) -> str:
    """Return the flow file with the fitted values; remarks, order and everything else stay.

    Parameters
    ----------
    found : Calibration
        What was fitted.
    text : str
        The flow file that it was fitted from.
    command : str
        How it was fitted, to be said on top.
    folder : str or Path
        The folder of the new file, from which it names others.
    together : str
        The name of the part `joint` from whose rows the fitted values are drawn; its file must be
        there (`posterior_text`). Each is drawn from a range of its own, unless given.
    language : str
        Of the remarks on top, one of `LANGUAGES`; what a value rests on is said in all.

    Raises
    ------
    RequestError
        A value is not written in the file.
    PilotsimError
        The new file would say something else besides.
    """
    values = {one.path: _written(one, found) for one in found.parameters}
    marks: dict[str, object] = {f"observed.{name}.fitted": True for name in found.fitted_to}
    for name, rows in found.flow.posteriors.items():
        marks[f"{path_of_joint(name)}.file"] = _seen_from(Path(folder), rows.file)
    if together:
        for one, cell in zip(found.parameters, _central_row(found), strict=True):
            unit = unit_of(one.before.written)
            number = f"{cell}{unit}" if unit.strip() else float(cell)
            drawn = {"value": number, "joint": together, "low": None, "high": None}
            values[one.path] |= drawn
        path = path_of_joint(together) if found.flow.joint else "joint"
        part = _part(found, together)
        marks[path] = part if found.flow.joint else {together: part}
    made = say(
        "fitted_by" if command else "fitted_remark",
        language,
        command=command,
        version=__version__,
        count=len(values),
        names=", ".join(found.fitted_to),
    )
    remarks = [made]
    apart = [
        say("fitted_pair", language, one=one, other=other, correlation=correlation)
        for one, other, correlation in found.pairs
    ]
    if apart and not together:
        remarks.append(say("fitted_apart", language, pairs="; ".join(apart)))
    new = rewrite(text, values, marks, remarks)
    _check_same(found, read_text(new, str(Path(folder) / "the fitted flow")))
    return new


def posterior_text(found: Calibration, command: str = "", *, language: str = "en") -> str:
    """Return the file of rows of values that were fitted together: a part `joint` draws from it.

    Parameters
    ----------
    found : Calibration
        What was fitted.
    command : str
        How it was fitted, to be said on top.
    language : str
        Of the remarks on top, one of `LANGUAGES`.

    Raises
    ------
    RequestError
        One value alone is drawn together with none.
    """
    if len(found.parameters) < 2:
        raise RequestError(Message("one value alone cannot be drawn together with others"))
    names = ", ".join(found.fitted_to)
    made = say(
        "posterior_by" if command else "posterior_remark",
        language,
        command=command,
        version=__version__,
        names=names,
        seed=found.seed,
        runs=found.runs,
    )
    size = say("posterior_size", language, rows=len(found.rows), effective=round(found.effective))
    units = [unit_of(one.before.written).strip() for one in found.parameters]
    heads = [
        f"{one.path} [{unit}]" if unit else one.path
        for one, unit in zip(found.parameters, units, strict=True)
    ]
    lines = [f"# {made}", f"# {size}", ", ".join(heads)]
    lines += [", ".join(row) for row in _printed_rows(found)]
    return "\n".join(lines) + "\n"


def _printed_rows(found: Calibration) -> list[list[str]]:
    """Return the rows as the file holds them: in the units of the flow, without these."""
    return [
        [_printed(one, number) for one, number in zip(found.parameters, row, strict=True)]
        for row in found.rows.tolist()
    ]


def _printed(one: FittedParameter, number: float) -> str:
    return str(in_unit_of(one.before, number, DIGITS)).removesuffix(unit_of(one.before.written))


def _central_row(found: Calibration) -> list[str]:
    """Return the central row as the file holds it."""
    printed = _printed_rows(found)
    numbers = np.array(printed, np.float64)
    paths = [one.path for one in found.parameters]
    rows = PosteriorRows.in_order(
        "", [], "", paths, paths, numbers, (), np.zeros(len(numbers), np.int64)
    )
    place = int(np.argmin(np.abs(numbers - rows.central).sum(axis=1)))
    return printed[place]


def _part(found: Calibration, name: str) -> dict[str, object]:
    """Return the part `joint` that draws the fitted values together."""
    names = ", ".join(found.fitted_to)
    return {
        "says": {language: say("posterior_says", language, names=names) for language in LANGUAGES},
        "file": posterior_file(name),
        "assumption": {
            language: say("posterior_reason", language, names=names) for language in LANGUAGES
        },
        "gives": {one.path: one.path for one in found.parameters},
    }


def posterior_file(name: str) -> str:
    """Return where the rows of a part `joint` are kept, as seen from the flow file."""
    return f"posteriors/{name}.csv"


def _seen_from(folder: Path, file: str) -> str:
    """Return a file as a flow file in a folder names it."""
    return Path(os.path.relpath(file, folder)).as_posix()


def _written(one: FittedParameter, found: Calibration) -> dict[str, object]:
    names = ", ".join(found.fitted_to)
    least, most = (in_unit_of(one.before, end or 0.0) for end in (one.before.low, one.before.high))
    before = f"{one.before.written} ({least} – {most})"
    old = one.before.assumption
    reason = {}
    for language in LANGUAGES:
        said = say("fitted_reason", language, names=names, before=before)
        reason[language] = f"{said}: {old.in_language(language)}" if old else said
    number, low, high = (in_unit_of(one.before, end) for end in (one.number, one.low, one.high))
    return {"value": number, "low": low, "high": high, "assumption": reason}


def _check_same(found: Calibration, flow: Flow) -> None:
    """Raise an error unless the new flow differs in the fitted values alone."""
    paths = {one.path for one in found.parameters}
    before = {path: value.number for path, value in found.flow.values.items() if path not in paths}
    after = {path: value.number for path, value in flow.values.items() if path not in paths}
    if before != after:
        wrong = sorted(
            {path for path in before.keys() | after.keys() if before.get(path) != after.get(path)}
        )
        raise PilotsimError(
            Message(
                "the fitted file would change more than was fitted: {names}; write aliases out "
                "first",
                names=", ".join(wrong[:5]),
            )
        )
