"""What follows the numbers of a reader outside of any run: sums, and words with numbers in them.

The script of a page works sums out by their steps, one number after the other, as the compiled code
of the program does.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pilotsim.base.arithmetic import names_in
from pilotsim.base.quantity import Quantity
from pilotsim.base.text import Text
from pilotsim.model.flow import Flow
from pilotsim.model.following import Follower, split_blank
from pilotsim.portable.description import one_and_unit
from pilotsim.simulation.number_columns import SumSteps

__all__ = ["following_sums", "following_words", "sharing"]


def following_sums(flow: Flow) -> list[dict[str, Any]]:
    """Return the values that are sums of others, in the order in which they are worked out.

    Returns
    -------
    list of dict
        `path`, `kind`, the `least` and the `most` that it may be, and `steps`: numbers, paths of
        values, and what joins the two before it.
    """
    names = {value.slot: path for path, value in flow.values.items()}
    found = []
    for one in flow.followers:
        assert isinstance(one, Follower), "a page refuses what holds a stock steady"
        least, most = (end if abs(end) < float("inf") else None for end in one.ends)
        steps = _steps(one.sum, one.slots, names)
        found.append(
            {"path": one.path, "kind": one.kind, "least": least, "most": most, "steps": steps}
        )
    return found


def sharing(flow: Flow) -> dict[str, list[tuple[str, str]]]:
    """Return which values a shared one raises or multiplies, each with the path of that one."""
    names = {value.slot: path for path, value in flow.values.items()}
    return {
        word: [(names[own], names[shared]) for own, shared in slots.items()]
        for word, slots in (("raised", flow.raised), ("scaled", flow.scaled))
    }


def following_words(flow: Flow, language: str) -> dict[str, list[Any]]:
    """Return words of the page that hold numbers, by what they are in the plan.

    Parameters
    ----------
    flow : Flow
        The plan.
    language : str
        One of `LANGUAGES`.

    Returns
    -------
    dict
        The pieces of each: words, and blanks with the `steps` of their sum, their decimals, and
        how the number is written.
    """
    found: dict[str, list[Any]] = {}
    for text in _texts(flow):
        plain = text.in_language(language)
        pieces = list(_pieces(flow, text, language))
        if any(isinstance(piece, dict) for piece in pieces):
            found[plain] = pieces
    return found


def _texts(flow: Flow) -> Iterator[Text]:
    for target in flow.targets.values():
        yield target.says
        for reading in target.all_readings().values():
            if reading.says is not None:
                yield reading.says
    for value in flow.values.values():
        if value.label is not None:
            yield value.label
    if flow.mechanisms is not None:
        for counted in flow.mechanisms.counted.values():
            yield counted.says


def _pieces(flow: Flow, text: Text, language: str) -> Iterator[Any]:
    names = {value.slot: path for path, value in flow.values.items()}
    for words, asked in text.pieces_in(language):
        if words:
            yield words
        if asked is None:
            continue
        blank = text.blanks[asked]
        sum_, decimals = split_blank(asked)
        slots = {
            name: value.slot
            for name in names_in(sum_)
            if (value := flow.value_named(name)) is not None
        }
        yield {
            "steps": _steps(sum_, slots, names),
            "decimals": decimals,
            **_written(blank.value, language),
        }


def _written(value: Quantity, language: str) -> dict[str, Any]:
    """Return of which kind a number is, how large one of its unit, and what follows it."""
    one, unit = one_and_unit(value, language)
    return {"kind": value.kind, "one": one, "unit": unit}


def _steps(text: str, slots: Mapping[str, int], names: Mapping[int, str]) -> list[float | str]:
    sums = SumSteps()
    sums.add(text, slots)
    return list(sums.plain(names))
