"""A calibration as one screen of a terminal: the values, what the figures leave open, and what was held out."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text as Line

from pilotsim.base.quantity import Quantity, read_value
from pilotsim.judge.posterior import FITTED, OPEN, PARTLY, Calibration, Direction, in_unit_of
from pilotsim.language.catalogue import say
from pilotsim.language.labels import label_of_value
from pilotsim.language.numbers import format_number, format_value, join
from pilotsim.output.screen.check import INDENT
from pilotsim.output.screen.validation import comparison_table

STYLES = {FITTED: "green", PARTLY: "yellow", OPEN: "bold red"}
KEYS = {FITTED: "settled", PARTLY: "partly", OPEN: "left_open"}


def show_calibration(found: Calibration, console: Console, language: str) -> None:
    """Print a calibration."""
    console.print(Group(*_parts(found, language)))


def _parts(found: Calibration, language: str) -> Iterator[RenderableType]:
    yield Line(found.flow.title.in_language(language), style="bold underline")
    names = join(list(found.fitted_to), language)
    yield Line(
        say(
            "calibration_head",
            language,
            count=len(found.fitted_to),
            names=names,
            runs=found.runs,
            replications=found.replications,
            seed=found.seed,
        )
        + "\n"
    )
    yield _values(found, language)
    yield Line("")
    yield from (Padding(Line(sentence), INDENT) for sentence in what_is_open(found, language))
    yield Line(fit_of(found, language), style="dim")
    yield Line(f"\n{say('calibration_held_out', language)}", style="bold")
    yield comparison_table(found.comparisons, language)


def _values(found: Calibration, language: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column(say("value", language), ratio=1)
    for key in ("before", "fitted_value", "nine_in_ten"):
        table.add_column(say(key, language), justify="right", no_wrap=True)
    table.add_column("")
    for one in found.parameters:
        low, middle, high = (
            _shown(one.before, number, language) for number in (one.low, one.number, one.high)
        )
        word = Line(say(KEYS[one.word], language), style=STYLES[one.word])
        table.add_row(
            label_of_value(found.flow, one.path, language),
            format_value(one.before, language),
            middle,
            f"{low} – {high}",
            word,
        )
    return table


def _shown(value: Quantity, number: float, language: str) -> str:
    return format_value(read_value(in_unit_of(value, number), value.kind), language)


def what_is_open(found: Calibration, language: str) -> Iterator[str]:
    """Yield in words what the figures cannot tell apart."""
    for one, other, correlation in found.pairs:
        labels = [label_of_value(found.flow, path, language) for path in (one, other)]
        way = say("less" if correlation < 0 else "more", language)
        shown = format_number(correlation, language, 2)
        yield say(
            "calibration_apart",
            language,
            one=labels[0],
            other=labels[1],
            correlation=shown,
            way=way,
        )
    for direction in found.directions:
        yield _in_words(found, direction, language)
    if not found.pairs and not found.directions:
        yield say("calibration_nothing_open", language)


def _in_words(found: Calibration, direction: Direction, language: str) -> str:
    moves = [
        f"{label_of_value(found.flow, path, language)} {'↑' if w > 0 else '↓'}"
        for path, w in direction.weights.items()
    ]
    width = format_number(min(100.0, 100 * direction.width), language, 0) + " %"
    return say("calibration_direction", language, moves=join(moves, language), width=width)


def fit_of(found: Calibration, language: str) -> str:
    """Return in words how well the model fits the figures, and how exact the fit is."""
    free = max(0, len(found.fitted_to) - len(found.parameters))
    error = format_number(100 * max(found.surrogate_error.values()), language, 0) + " %"
    text = say(
        "calibration_misfit",
        language,
        misfit=format_number(found.misfit, language),
        expected=free,
        error=error,
        effective=format_number(found.effective, language, 0),
    )
    return f"{text} {say('calibration_poor', language)}" if found.fits_badly else text
