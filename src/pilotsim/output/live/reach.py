"""How far changes reach, drawn on one scale: a line where nine simulations in ten end."""

from __future__ import annotations

from collections.abc import Sequence

from pilotsim.output.live.decision import StateChange

__all__ = ["drawn_reach"]

WIDTH, HEIGHT = 100, 12


def drawn_reach(change: StateChange, all_changes: Sequence[StateChange]) -> str:
    """Return a drawing of a change between the ends of all of them; none where nothing changes.

    It says nothing that does not stand beside it in words.

    Parameters
    ----------
    change : StateChange
        What is drawn.
    all_changes : sequence of StateChange
        Those that have one scale.
    """
    least = min(0.0, *(one.low for one in all_changes))
    most = max(0.0, *(one.high for one in all_changes))
    if not most > least:
        return ""

    def at(number: float) -> str:
        return f"{2 + (WIDTH - 4) * (number - least) / (most - least):.1f}"

    middle = HEIGHT / 2
    lines = [
        f'<line class="zero" x1="{at(0)}" x2="{at(0)}" y1="0" y2="{HEIGHT}"/>',
        f'<line class="range" x1="{at(change.low)}" x2="{at(change.high)}" '
        f'y1="{middle:g}" y2="{middle:g}"/>',
        f'<line class="mean" x1="{at(change.mean)}" x2="{at(change.mean)}" y1="1" '
        f'y2="{HEIGHT - 1}"/>',
    ]
    box = f"0 0 {WIDTH} {HEIGHT}"
    return (
        f'<svg class="reach" viewBox="{box}" preserveAspectRatio="none" aria-hidden="true">'
        f"{''.join(lines)}</svg>"
    )
