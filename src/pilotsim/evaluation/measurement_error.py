"""What is wrong with a register: lost clients, months not yet in, missing traits, wrong states."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from pilotsim.base import randomness
from pilotsim.base.arrays import Bools, Floats
from pilotsim.evaluation.designs import months_of
from pilotsim.evaluation.evaluation_file import RegisterPart
from pilotsim.evaluation.register.panel import NO_ROW, STATES, WORK, Panel


def blemish(panel: Panel, sees: RegisterPart, seed: int, draw: int) -> Panel:
    """Return a panel as a register with these faults would show it.

    Parameters
    ----------
    panel : Panel
        What there is to see.
    sees : RegisterPart
        What is wrong.
    seed, draw : int
        The seed: the same clients are lost whatever the programme does.
    """
    if sees.attrition is not None:
        panel = _lose(panel, sees, _lots(panel, "attrition", seed, draw)[:, 0])
    if sees.delay is not None:
        panel = _cut(panel, months_of(sees.delay))
    if sees.misreported is not None:
        panel = _misreport(panel, sees.misreported.number, seed, draw)
    traits = dict(panel.traits)
    for name, share in sees.missing.items():
        if name in traits:
            traits[name] = np.where(
                _lots(panel, f"missing/{name}", seed, draw)[:, 0] < share.number,
                np.nan,
                traits[name],
            )
    return replace(panel, traits=traits)


def _lots(panel: Panel, word: str, seed: int, draw: int, block: int = 0) -> Floats:
    """Return four uniform numbers for each client, shape (clients, 4)."""
    numbers = np.arange(len(panel), dtype=np.uint64)
    return randomness.uniforms(
        seed,
        draw,
        np.full(len(panel), randomness.code("register"), np.uint64),
        numbers,
        randomness.code(word),
        block,
    )


def _lose(panel: Panel, sees: RegisterPart, lots: Floats) -> Panel:
    """Lose clients at a constant rate from their first month on.

    Those who are offered the programme may have a rate of their own.
    """
    assert sees.attrition is not None
    rate = np.full(len(panel), sees.attrition.number)
    if sees.attrition_offered is not None:
        rate = np.where(np.isfinite(panel.offered), sees.attrition_offered.number, rate)
    stays = -np.log1p(-np.minimum(rate, 1 - 1e-12))
    months = np.where(stays > 0, -np.log(lots) / np.maximum(stays, 1e-300), np.inf)
    lost = (
        np.arange(len(panel.months)) >= (panel.entered + np.maximum(1.0, np.ceil(months)))[:, None]
    )
    return _without(panel, lost)


def _cut(panel: Panel, months: int) -> Panel:
    lost = np.zeros(panel.status.shape, np.bool_)
    if months:
        lost[:, -months:] = True
    return _without(panel, lost)


def _without(panel: Panel, lost: Bools) -> Panel:
    """Return a panel without some of its rows."""
    values: dict[str, Any] = {
        name: np.where(lost, np.nan, getattr(panel, name))
        for name in ("in_work", "on_assistance", "amount")
    }
    return replace(panel, status=np.where(lost, NO_ROW, panel.status).astype(np.int8), **values)


def _misreport(panel: Panel, share: float, seed: int, draw: int) -> Panel:
    months = panel.status.shape[1]
    blocks = [_lots(panel, "misreported", seed, draw, block) for block in range(-(-months // 4))]
    wrong = (np.hstack(blocks)[:, :months] < share) & (panel.status == WORK)
    status = np.where(wrong, STATES.index("unknown"), panel.status).astype(np.int8)
    return replace(panel, status=status, in_work=np.where(wrong, 0.0, panel.in_work))
