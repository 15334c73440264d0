"""The page of a system in Markdown, with its drawing.

Everything on it but the words of the notes comes from the runs.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

from pilotsim.base.files import cannot_write, write_whole
from pilotsim.base.quantity import Quantity
from pilotsim.base.statistics import Interval
from pilotsim.judge.one_way_sensitivity import OneWayChange, ends_by_swing
from pilotsim.judge.system import WRITTEN, SystemStudy
from pilotsim.language.catalogue import say
from pilotsim.language.numbers import (
    format_exact,
    format_measure,
    format_published,
    format_range,
    format_value,
    format_written,
)
from pilotsim.output.figures.flow import alt_text, plot_flow
from pilotsim.output.report.images import save_picture
from pilotsim.output.report.summary import summary

TOP = 3  # assumptions shown for each output
SIGNS = {"nb": "−", "en": "−"}


def write_system(
    study: SystemStudy, folder: str | Path, languages: Sequence[str], command: str
) -> list[Path]:
    """Write a page in each language and the drawing of the flow into a folder; return the files.

    Parameters
    ----------
    study : SystemStudy
        What to show.
    folder : str or Path
        Where to; other files there are left alone.
    languages : sequence of str
        `nb`, `en` or both.
    command : str
        How the page is made again.
    """
    files: dict[str, bytes] = {}
    for language in languages:
        name = f"{study.flow.flow}_{language}"
        files[f"{name}.png"] = save_picture(partial(plot_flow, study.check, language=language)())[0]
        files[f"{name}.md"] = ("\n".join(_page(study, name, language, command)) + "\n").encode()
    place = Path(folder)
    try:
        place.mkdir(parents=True, exist_ok=True)
    except OSError as fault:
        raise cannot_write(place, fault) from fault
    for file, content in files.items():
        write_whole(place / file, content)
    return [place / file for file in files]


def _page(study: SystemStudy, name: str, language: str, command: str) -> Iterator[str]:
    phrase = partial(say, language=language)
    yield f"# {study.flow.title.in_language(language)}\n"
    yield f"{phrase('system_made', command=command)}\n"
    if study.flow.about is not None:
        yield f"{study.flow.about.in_language(language)}\n"
    yield f"## {phrase('system_learned')}\n"
    yield from (
        f"- {line}" for line in study.notes.lines(language, partial(_number, study, language))
    )
    yield f"\n## {phrase('system_hangs')}\n"
    yield from _hangs(study, language)
    yield f"## {phrase('system_flow')}\n"
    yield f"![{alt_text(study.check, language)}]({name}.png)\n"
    yield f"## {phrase('figure_validation')}\n"
    yield from _validation(study, language)
    if len(study.scenarios) > 1:
        yield f"## {phrase('system_scenarios')}\n"
        yield from _scenarios(study, language)
    yield f"## {phrase('system_rests')}\n"
    yield from _rests(study, language)


def _number(study: SystemStudy, language: str, scenario: str, output: str) -> str:
    return format_measure(study.mean(scenario, output), study.kind_of(output), language)


def _table(heads: Sequence[str], rows: Iterator[Sequence[str]], numbers: int) -> Iterator[str]:
    """Yield the lines of a table; the last `numbers` columns stand to the right."""
    yield f"| {' | '.join(heads)} |"
    yield f"|{'---|' * (len(heads) - numbers)}{'---:|' * numbers}"
    for row in rows:
        yield f"| {' | '.join(cell.replace('|', '/') for cell in row)} |"
    yield ""


def _hangs(study: SystemStudy, language: str) -> Iterator[str]:
    """Yield for each output of the notes the assumptions that move it most, at both ends of their ranges."""
    yield f"{say('system_ends', language)}\n"
    heads = [
        say(key, language)
        for key in (
            "system_output",
            "system_assumption",
            "system_range",
            "system_low",
            "system_high",
        )
    ]
    rows = (
        _row_of_ends(study, output, *ends, language)
        for output in study.notes.outputs
        for ends in ends_by_swing(study.one_way, output)[:TOP]
    )
    yield from _table(heads, rows, 2)


def _row_of_ends(
    study: SystemStudy, output: str, low: OneWayChange, high: OneWayChange, language: str
) -> list[str]:
    kind = study.kind_of(output)
    # As written in the same runs as the ends, so that the three can be compared.
    written = format_measure(
        float(study.scenarios[WRITTEN][output][: study.few].mean()), kind, language
    )
    says = f"{study.flow.observed[output].says.in_language(language)}: {written}"
    ends = [
        format_measure(number, kind, language) for number in (low.level[output], high.level[output])
    ]
    value = study.flow.values[low.name]
    return [says, _label(low.name, value, language), _ends(value, language), *ends]


def _label(path: str, value: Quantity, language: str) -> str:
    return value.label.in_language(language) if value.label is not None else f"`{path}`"


def _ends(value: Quantity, language: str) -> str:
    if value.low is None or value.high is None:
        return format_value(value, language)
    low, high = (format_value(value, language, end) for end in (value.low, value.high))
    return f"{format_value(value, language)} ({low} – {high})"


def _validation(study: SystemStudy, language: str) -> Iterator[str]:
    yield " ".join(summary(study.validation, language)) + "\n"
    heads = [
        say(key, language)
        for key in (
            "output",
            "system_word",
            "source",
            "published",
            "tolerance",
            "simulated",
            "range",
        )
    ]
    yield from _table(heads, _comparisons(study, language), 4)
    reasons = {
        one.output: one for one in study.validation.comparisons if one.contradiction is not None
    }
    for one in reasons.values():
        assert one.contradiction is not None
        yield f"- {one.observed.says.in_language(language)}: {one.contradiction.in_language(language)}."
    if study.validation.blanks:
        yield f"\n{say('not_published', language)}:\n"
        heads = [say(key, language) for key in ("output", "simulated", "range")]
        yield from _table(heads, _blanks(study, language), 2)


def _comparisons(study: SystemStudy, language: str) -> Iterator[Sequence[str]]:
    for one in study.validation.comparisons:
        kind = one.published.value.kind
        says = one.observed.says.in_language(language)
        sums = f": {format_written(one.written, language)}" if one.by_arithmetic else ""
        fitted = f", {say('fitted', language)}" if one.observed.fitted else ""
        spread = (
            say("arithmetic", language)
            if one.by_arithmetic
            else format_range(one.low, one.high, kind, language)
        )
        expected = (format_exact if one.by_arithmetic else format_measure)(
            one.expected, kind, language
        )
        yield (
            says + sums,
            say(one.judged, language) + fitted,
            one.published.source,
            format_value(one.published.value, language),
            format_published(one.published, language),
            expected,
            spread,
        )


def _blanks(study: SystemStudy, language: str) -> Iterator[Sequence[str]]:
    for one in study.validation.blanks:
        numbers = (
            format_measure(one.expected, one.kind, language),
            format_range(one.low, one.high, one.kind, language),
        )
        yield (one.observed.says.in_language(language), *numbers)


def _scenarios(study: SystemStudy, language: str) -> Iterator[str]:
    """Yield what each scenario changes: paired differences with the same clients."""
    yield f"{say('system_paired', language)}\n"
    names = [name for name in study.scenarios if name != WRITTEN]
    for name in names:
        yield f"- `{name}`: {study.flow.scenarios[name].says.in_language(language)}"
    yield ""
    heads = [
        say("output", language),
        say("system_written", language),
        *(f"`{name}`" for name in names),
    ]
    yield from _table(
        heads,
        (_differences(study, output, names, language) for output in study.notes.outputs),
        len(names) + 1,
    )


def _differences(study: SystemStudy, output: str, names: Sequence[str], language: str) -> list[str]:
    cells = [
        study.flow.observed[output].says.in_language(language),
        _number(study, language, WRITTEN, output),
    ]
    return cells + [
        _difference(study.difference(name, output), study.kind_of(output), language)
        for name in names
    ]


def _difference(change: Interval, kind: str, language: str) -> str:
    mean, half = change.mean, change.half_width
    size, reach = format_measure(abs(mean), kind, language), format_measure(half, kind, language)
    if not _shows_a_number(size):
        return f"0 ± {reach}" if _shows_a_number(reach) else "0"
    return f"{SIGNS[language] if mean < 0 else '+'}{size} ± {reach}"


def _shows_a_number(text: str) -> bool:
    """Tell whether what is shown is other than 0."""
    return any(digit in text for digit in "123456789")


def _rests(study: SystemStudy, language: str) -> Iterator[str]:
    """Yield what is sourced and what is assumed, and each assumption with a range."""
    sourced = [value for value in study.flow.values.values() if value.source is not None]
    assumed = [value for value in study.flow.values.values() if value.assumption is not None]
    yield (
        say(
            "system_counts",
            language,
            sourced=len(sourced),
            assumed=len(assumed),
            ranges=len(study.flow.assumptions),
        )
        + "\n"
    )
    yield from (
        f"- `{name}`: {text.in_language(language)}" for name, text in study.flow.sources.items()
    )
    yield ""
    heads = [say(key, language) for key in ("system_assumption", "system_range", "system_why")]
    rows = (_assumption(path, value, language) for path, value in study.flow.assumptions.items())
    yield from _table(heads, rows, 0)


def _assumption(path: str, value: Quantity, language: str) -> list[str]:
    why = value.assumption.in_language(language) if value.assumption is not None else ""
    return [_label(path, value, language), _ends(value, language), why]
