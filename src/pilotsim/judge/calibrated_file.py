"""A calibration as a new flow file: each fitted value in its place, with what it was fitted to."""

from __future__ import annotations

from pathlib import Path

from pilotsim import __version__
from pilotsim.base.errors import PilotsimError
from pilotsim.base.languages import LANGUAGES
from pilotsim.base.messages import Message
from pilotsim.base.quantity import in_unit_of
from pilotsim.files.reading import read_text
from pilotsim.files.rewriting import rewrite
from pilotsim.judge.posterior import Calibration, FittedParameter
from pilotsim.language.catalogue import say
from pilotsim.model.flow import Flow


def fitted_text(
    found: Calibration,
    text: str,
    command: str = "",
    *,
    folder: str | Path = ".",
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
        The folder of that file, from which it names others.
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
    marks = {f"observed.{name}.fitted": True for name in found.fitted_to}
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
    if apart:
        remarks.append(say("fitted_apart", language, pairs="; ".join(apart)))
    new = rewrite(text, values, marks, remarks)
    _check_same(found, read_text(new, str(Path(folder) / "the fitted flow")))
    return new


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
