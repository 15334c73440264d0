"""Prices that a flow does not state, made askable: a reader who fills them in gets an amount."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from pilotsim.base.errors import FlowError, RequestError
from pilotsim.files.decided import flow_changed
from pilotsim.model.flow import Flow

__all__ = ["AskedPrices", "with_prices_asked"]

ECONOMY = "economy"


@dataclass(frozen=True)
class AskedPrices:
    """A flow in which prices can be filled in.

    Parameters
    ----------
    flow : Flow
        With a price of 0 where the file states none, and with an economy. No price changes who
        goes where, so its runs are those of the file's flow.
    paths : tuple of str
        The prices that the file does not state.
    added : dict
        What else had to be added, by path, as a file of settings writes it.
    """

    flow: Flow
    paths: tuple[str, ...] = ()
    added: dict[str, str] | None = None


def with_prices_asked(flow: Flow) -> AskedPrices:
    """Return a flow in which what staff and places cost can be filled in.

    Where the file has costs and no economy, it gets one, so that they are told. The flow is as it
    is where it says itself what it costs, where it has nothing to pay for, or where it was made of
    no file.

    Parameters
    ----------
    flow : Flow
        As a file has it, with what was changed.
    """
    if flow.economy is not None:
        return AskedPrices(flow)
    # Where the file has costs, staff and places may be among them.
    paths = [
        f"resources.{name}.{'price_per_month' if one.shifts is None else 'price_per_hour'}"
        for name, one in flow.resources.items()
        if one.price is None and one.supply is None and not flow.costs
    ]
    if not paths and not flow.costs:
        return AskedPrices(flow)
    economy = {"participants": _participants(flow)}
    try:
        asked = flow_changed(flow, {ECONOMY: economy, **dict.fromkeys(paths, 0)})
    except (FlowError, RequestError):
        return AskedPrices(flow)
    if asked is None:
        return AskedPrices(flow)
    # What the page adds to be asked is no change that anybody made.
    asked.note(flow.changes, flow.notices)
    return AskedPrices(asked, tuple(paths), {ECONOMY: json.dumps(economy, ensure_ascii=False)})


def _participants(flow: Flow) -> dict[str, Any]:
    """Return who takes part: whoever the programme draws in; all, where it draws nobody."""
    drawing = [name for name, stage in flow.stages.items() if stage.draws_from is not None]
    return {"reached": drawing} if drawing else {"groups": list(flow.groups)}
