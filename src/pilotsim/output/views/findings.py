"""What a study found."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from functools import partial
from typing import Any

from pilotsim import __version__
from pilotsim.base.languages import LANGUAGES
from pilotsim.base.messages import Message
from pilotsim.base.statistics import Interval
from pilotsim.base.text import Text
from pilotsim.experiments.findings.history_matching import RuledOut
from pilotsim.experiments.findings.records import Findings, SensitivityResult
from pilotsim.experiments.sensitivity.prim import SAMPLES
from pilotsim.language.catalogue import say, translate
from pilotsim.language.changes import ToldChange
from pilotsim.language.numbers import (
    format_change,
    format_number,
    in_unit,
    unit_of_change,
    unit_of_kind,
)
from pilotsim.output.document import (
    Block,
    Cell,
    Code,
    Column,
    Document,
    Figure,
    Paragraph,
    Row,
    Section,
    Table,
)
from pilotsim.output.sentences.findings import (
    factor_of,
    hang_in_words,
    lead,
    limit_in_words,
    missed_in_words,
    name_of,
    ruled_out_in_words,
    scenario_of,
    show_change_and_range,
    show_factor_range,
    show_share,
    show_size,
    spread_in_words,
    surrogate_in_words,
    together_in_words,
)
from pilotsim.output.views.parts import (
    change_cell,
    kind_of_change,
    margin_cell,
    measure_cell,
    number_cell,
    own_unit_cells,
    p_cell,
    value_column,
)

__all__ = ["document_of_findings"]

ROWS_OF_A_FIGURE = 15


def document_of_findings(
    findings: Findings, language: str, command: str = "", *, with_figures: bool = True
) -> Document:
    """Return what was found: the clearest in a few sentences, then each kind with its numbers.

    Parameters
    ----------
    findings : Findings
        What to show.
    language : str
        One of `LANGUAGES`.
    command : str
        How the study was run.
    with_figures : bool
        Whether figures are part of it; without them no drawing library is started.
    """
    about = findings.about.in_language(language) if findings.about else ""
    opening = [Paragraph.of(about, is_brief=False)] if about else []
    told = lead(findings, language) or [say("analysis_nothing", language)]
    sections = [
        Section("about", "", opening),
        Section(
            "findings",
            say("findings", language),
            [Paragraph.of(sentence, role="lead") for sentence in told],
        ),
        *_differences(findings, language, with_figures=with_figures),
        *_ruled_out(findings, language, with_figures=with_figures),
        *_together(findings, language, with_figures=with_figures),
        *_missed(findings, language),
        *_hangs(findings, language, with_figures=with_figures),
        *_spreads(findings, language),
        *_surrogates(findings, language, with_figures=with_figures),
        *_scenario_changes(findings, language),
        _how_made(findings, language, command or f"pilotsim run {findings.file}"),
    ]
    return Document(
        kind="findings",
        title=findings.title.in_language(language),
        language=language,
        sections=[section for section in sections if section.blocks],
        record=_record(findings),
    )


def _record(findings: Findings) -> dict[str, Any]:
    return {**_plain(findings), "version": __version__}


def _plain(value: Any) -> Any:
    """Return records as mappings; words by language, intervals with the runs they rest on."""
    if isinstance(value, Text):
        return value.as_plain()
    if isinstance(value, Message):
        return {language: translate(value, language) for language in LANGUAGES}
    if isinstance(value, Interval):
        ends = {"mean": value.mean, "low": value.low, "high": value.high}
        return {**ends, "replications": value.n}
    if is_dataclass(value):
        return {part.name: _plain(getattr(value, part.name)) for part in fields(value)}
    if isinstance(value, Mapping):
        return {key: _plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    return value


def _scenario_changes(findings: Findings, language: str) -> Iterator[Section]:
    """Yield what each scenario changes, apart from what all of them share."""
    columns = (
        Column("scenario", say("scenario", language)),
        Column("what", say("what", language), wraps=True),
        Column("before", say("in_the_file", language)),
        Column("after", say("in_the_run", language)),
        Column("path", say("path", language), is_shown=False),
    )
    shared = findings.changes
    rows = [
        Row(
            (
                Cell.of_text(scenario_of(findings, name, language)),
                *(Cell.of_text(words.in_language(language)) for words in _sides(change)),
                Cell.of_value(change.path),
            )
        )
        for name, own in findings.changes_of_scenarios.items()
        for change in own
        if change not in shared
    ]
    if rows:
        title = say("scenario_changes", language)
        table = Table.of_rows("scenario_changes", title, columns, rows, is_brief=False)
        yield Section("scenario_changes", title, [table])


def _sides(change: ToldChange) -> tuple[Text, Text, Text]:
    return change.label, change.before, change.after


def _how_made(findings: Findings, language: str, command: str) -> Section:
    made = say(
        "analysis_made",
        language,
        study=findings.name,
        runs=format_number(findings.runs, language, 0),
        seed=findings.seed,
        drawn=say("analysis_drawn" if findings.drawn else "analysis_fixed", language),
        version=__version__,
    )
    blocks: list[Block] = [Paragraph.of(made, is_brief=False), Code(command)]
    return Section("how_made", say("how_made", language), blocks)


def _differences(findings: Findings, language: str, *, with_figures: bool) -> Iterator[Section]:
    if findings.compared:
        blocks: list[Block] = [*_difference_figures(findings, language)] if with_figures else []
        blocks.append(_difference_table(findings, language))
        least = min(one.change.n for one in findings.compared)
        if least > 1:
            note = say("differences_errors_note", language, runs=least, seed=findings.seed)
            blocks.append(Paragraph.of(note, role="note", is_brief=False))
        yield Section("differences", say("differences_heading", language), blocks)


def _difference_figures(findings: Findings, language: str) -> Iterator[Figure]:
    """Yield figures with as many responses each as find room on a page."""
    from pilotsim.output.figures import differences

    names = list(dict.fromkeys(one.response for one in findings.compared))
    some = max(1, ROWS_OF_A_FIGURE // max(1, len(findings.scenarios) - 1))
    pages = [names[first : first + some] for first in range(0, len(names), some)]
    for number, responses in enumerate(pages, 1):
        yield Figure(
            f"differences-{number}",
            differences.title(findings, responses, language),
            differences.alt_text(findings, language, responses=responses),
            partial(differences.plot_differences, findings, responses=responses, language=language),
        )


def _difference_table(findings: Findings, language: str) -> Table:
    columns = (
        Column("response_says", say("response", language)),
        Column("scenario_says", say("scenario", language)),
        Column("response", say("response", language), is_shown=False, is_key=True),
        Column("scenario", say("scenario", language), is_shown=False, is_key=True),
        Column("unit", say("unit", language), is_shown=False),
        value_column("before", language),
        value_column("before_half", language, "before_error", is_shown=False),
        value_column("after", language),
        value_column("after_half", language, "after_error", is_shown=False),
        Column("change", say("change", language), is_number=True),
        Column("interval", say("interval_heading", language), is_number=True, is_filed=False),
        Column("change_low", say("low_end", language), is_shown=False),
        Column("change_high", say("high_end", language), is_shown=False),
        Column("chance", say("chance", language), is_number=True, is_filed=False),
        Column("chance_change", say("chance_change", language), is_shown=False),
        Column("chance_low", say("chance_low", language), is_shown=False),
        Column("chance_high", say("chance_high", language), is_shown=False),
        Column("undefined", say("undefined", language), is_shown=False),
    )
    rows = []
    for one in findings.compared:
        asked, change, chance = findings.responses[one.response], one.change, one.chance
        kind = asked.kind
        shown, ends = show_change_and_range(asked, change, language)
        chances = (chance.mean, chance.low, chance.high) if chance else (math.nan,) * 3
        cells = (
            Cell.of_text(name_of(findings, one.response, language)),
            Cell.of_text(scenario_of(findings, one.scenario, language)),
            Cell.of_value(one.response),
            Cell.of_value(one.scenario),
            Cell.of_value(unit_of_kind(kind, language) or None),
            _with_error(one.before, one.before_half, kind, language),
            number_cell(one.before_half, kind),
            _with_error(one.after, one.after_half, kind, language),
            number_cell(one.after_half, kind),
            Cell(
                shown,
                in_unit(change.mean, kind),
                kind=kind_of_change(kind),
            ),
            Cell(ends),
            change_cell(change.low, kind),
            change_cell(change.high, kind),
            Cell(format_change(chances[0], "share", language, half=(chances[2] - chances[1]) / 2)),
            *(change_cell(number, "share") for number in chances),
            Cell.of_value(one.undefined),
        )
        rows.append(Row(cells))
    title = say("differences_heading", language)
    return Table.of_rows("differences", title, columns, rows, is_brief=False)


def _with_error(number: float, half: float, kind: str, language: str) -> Cell:
    """Return a mean with its error of simulation below it, where that is known."""
    cell = measure_cell(number, kind, language)
    return cell if math.isnan(half) else replace(cell, below=margin_cell(half, kind, language).text)


def _together(findings: Findings, language: str, *, with_figures: bool) -> Iterator[Section]:
    if not findings.together:
        return
    blocks: list[Block] = [
        Paragraph.of(together_in_words(findings, one, language), is_brief=False)
        for one in findings.together
    ]
    if with_figures:
        blocks += _interaction_figures(findings, language)
    blocks.append(_grid_table(findings, language))
    yield Section("together", say("together_heading", language), blocks)


def _interaction_figures(findings: Findings, language: str) -> Iterator[Figure]:
    from pilotsim.output.figures import interactions

    for number, one in enumerate(findings.together, 1):
        # A factor that does nothing leaves nothing to draw: the sentence says so.
        if one.grid.is_flat:
            continue
        yield Figure(
            f"together-{number}",
            interactions.title(findings, one, language),
            interactions.alt_text(findings, one, language),
            partial(interactions.plot_interactions, findings, one, language=language),
        )


def _grid_table(findings: Findings, language: str) -> Table:
    """Return the mean at each pair of levels: for spreadsheets, people have the figure."""
    columns = (
        Column("response", say("response", language)),
        Column("scenario", say("scenario", language)),
        Column("first", say("factor", language)),
        Column("first_value", say("value", language), is_number=True),
        Column("first_unit", say("value_unit", language)),
        Column("second", say("second_factor", language)),
        Column("second_value", say("second_value", language), is_number=True),
        Column("second_unit", say("second_value_unit", language)),
        Column("mean", say("expected", language), is_number=True),
        Column("low", say("low_end", language), is_number=True),
        Column("high", say("high_end", language), is_number=True),
        Column("unit", say("unit", language)),
    )
    rows = []
    for one in findings.together:
        kind = findings.responses[one.response].kind
        first, second = findings.factors[one.first], findings.factors[one.second]
        for i, a in enumerate(one.grid.first):
            for j, b in enumerate(one.grid.second):
                found = one.grid.cells[i][j]
                cells = (
                    Cell(name_of(findings, one.response, language), one.response),
                    Cell(scenario_of(findings, one.scenario, language), one.scenario),
                    Cell(factor_of(findings, one.first, language), one.first),
                    *own_unit_cells(first.value, language, a),
                    Cell(factor_of(findings, one.second, language), one.second),
                    *own_unit_cells(second.value, language, b),
                    *(
                        measure_cell(number, kind, language)
                        for number in (found.mean, found.low, found.high)
                    ),
                    Cell.of_value(unit_of_kind(kind, language) or None),
                )
                rows.append(Row(cells))
    title = say("together_table", language)
    return Table.of_rows("together", title, columns, rows, is_shown=False, is_brief=False)


def _missed(findings: Findings, language: str) -> Iterator[Section]:
    if not findings.missed:
        return
    blocks: list[Block] = [
        Paragraph.of(say("missed_note", language), role="note", is_brief=False),
    ]
    blocks += [
        Paragraph.of(missed_in_words(findings, one, language), is_brief=False)
        for one in findings.missed
    ]
    table = _box_table(findings, language)
    if table.has_rows:
        blocks.append(table)
    yield Section("missed", say("missed_heading", language), blocks)


def _box_table(findings: Findings, language: str) -> Table:
    columns = (
        Column("response", say("response", language)),
        Column("scenario", say("scenario", language), is_shown=len(findings.scenarios) > 1),
        Column("limit", say("limit_range", language), is_filed=False),
        Column("factor", say("factor", language), is_shown=False),
        Column("low", say("low_end", language), is_shown=False),
        Column("high", say("high_end", language), is_shown=False),
        Column("unit", say("unit", language), is_shown=False),
        Column("found_again", say("found_again", language), is_number=True, is_filed=False),
        Column("found_again_percent", say("found_again_percent", language), is_shown=False),
        Column("quasi_p", say("luck", language), is_number=True),
    )
    rows = []
    for one in findings.missed:
        for limit in one.discovery.limits:
            value = findings.factors[limit.factor].value
            cells = (
                Cell(name_of(findings, one.response, language), one.response),
                Cell(scenario_of(findings, one.scenario, language), one.scenario),
                Cell(limit_in_words(findings, limit, language)),
                Cell(factor_of(findings, limit.factor, language), limit.factor),
                *own_unit_cells(value, language, limit.low, limit.high),
                Cell(show_share(limit.kept, language, SAMPLES)),
                Cell.of_value(100 * limit.kept),
                p_cell(limit.quasi_p, language),
            )
            rows.append(Row(cells))
    return Table.of_rows("missed", say("missed_heading", language), columns, rows, is_brief=False)


def _hangs(findings: Findings, language: str, *, with_figures: bool) -> Iterator[Section]:
    """Yield a section for each method by which was asked what responses hang on."""
    for method in dict.fromkeys(one.method for one in findings.hangs):
        told = [
            hang_in_words(findings, one, language) for one in findings.hangs if one.method == method
        ]
        blocks: list[Block] = [
            Paragraph.of(sentence, is_brief=False) for sentence in told if sentence
        ]
        if with_figures:
            blocks += _sensitivity_figures(findings, method, language)
        blocks.append(_sensitivity_table(findings, method, language))
        name = "hangs" + _ending(method)
        yield Section(name, say(HEADINGS[method], language), blocks)


# The tables of the first two, of which a study has one at most, have the plain name.
HEADINGS = {
    "sobol": "indices_heading",
    "elementary_effects": "effects_heading",
    "shapley": "shapley_heading",
    "delta": "delta_heading",
    "pawn": "pawn_heading",
}
PLAIN = ("sobol", "elementary_effects")


def _ending(method: str) -> str:
    return "" if method in PLAIN else f"_{method}"


def _sensitivity_figures(findings: Findings, method: str, language: str) -> Iterator[Figure]:
    from pilotsim.output.figures import sensitivity_indices

    for number, one in enumerate(findings.hangs, 1):
        if one.method == method and sensitivity_indices.is_drawn(findings, one, language):
            yield Figure(
                f"sensitivity-{number}",
                sensitivity_indices.title(findings, one, language),
                sensitivity_indices.alt_text(findings, one, language),
                partial(sensitivity_indices.plot_sensitivity, findings, one, language=language),
            )


SENSITIVITY_COLUMNS = {
    "sobol": (
        ("first", "first_order"),
        ("first_low", "first_low"),
        ("first_high", "first_high"),
        ("total", "total_order"),
        ("total_low", "total_low"),
        ("total_high", "total_high"),
    ),
    "elementary_effects": (
        ("mean", "effect_mean"),
        ("size", "effect_size"),
        ("low", "low_end"),
        ("high", "high_end"),
        ("spread", "effect_spread"),
        ("chance", "chance_share"),
    ),
    "shapley": (("share", "shapley_share"), ("low", "low_end"), ("high", "high_end")),
    **dict.fromkeys(
        ("delta", "pawn"),
        (
            ("index", "distribution_index"),
            ("low", "low_end"),
            ("high", "high_end"),
            ("limit", "distribution_limit"),
            ("by_chance", "distribution_by_chance"),
            ("points", "distribution_points"),
        ),
    ),
}


def _sensitivity_table(findings: Findings, method: str, language: str) -> Table:
    """Return every factor's index or effect: for spreadsheets, people have the figures."""
    columns = [
        Column("response", say("response", language)),
        Column("scenario", say("scenario", language)),
        Column("factor", say("factor", language)),
        *(
            Column(key, say(heading, language), is_number=True)
            for key, heading in SENSITIVITY_COLUMNS[method]
        ),
        Column("unit", say("unit", language)),
    ]
    rows = []
    for one in findings.hangs:
        if one.method != method:
            continue
        kind = findings.responses[one.response].kind if one.effects else "number"
        for factor, *numbers in _sensitivities(one):
            shown = [in_unit(number, kind) for number in numbers]
            cells = (
                Cell(name_of(findings, one.response, language), one.response),
                Cell(scenario_of(findings, one.scenario, language), one.scenario),
                Cell(factor_of(findings, factor, language), factor),
                *(Cell(format_number(number, language), number) for number in shown),
                Cell.of_value(unit_of_change(kind, language) or None),
            )
            rows.append(Row(cells))
    title = say(HEADINGS[method], language)
    name = "sensitivity" + _ending(method)
    return Table.of_rows(name, title, columns, rows, is_shown=False, is_brief=False)


def _sensitivities(one: SensitivityResult) -> Iterator[tuple[Any, ...]]:
    for index in one.indices.factors if one.indices else ():
        first = (index.first, index.first_low, index.first_high)
        yield (index.factor, *first, index.total, index.total_low, index.total_high)
    for effect in one.effects.factors if one.effects else ():
        ends = (effect.low, effect.high)
        yield (effect.factor, effect.mean, effect.size, *ends, effect.spread, effect.chance)
    for share in one.shapley.factors if one.shapley else ():
        yield (share.factor, share.share, share.low, share.high)
    if one.distribution is not None:
        beside = (
            one.distribution.limit,
            100 * one.distribution.chance,
            float(one.distribution.points),
        )
        for found in one.distribution.factors:
            yield (found.factor, found.index, found.low, found.high, *beside)


def _spreads(findings: Findings, language: str) -> Iterator[Section]:
    if findings.spreads:
        blocks = [Paragraph.of(say("spread_note", language), role="note", is_brief=False)]
        blocks += [
            Paragraph.of(spread_in_words(findings, one, language), is_brief=False)
            for one in findings.spreads
        ]
        yield Section("spread", say("spread_heading", language), blocks)


def _surrogates(findings: Findings, language: str, *, with_figures: bool) -> Iterator[Section]:
    """Yield how well surrogates tell responses: in words, as figures and as tables."""
    if not findings.surrogates:
        return
    note = say("surrogates_note", language)
    blocks: list[Block] = [Paragraph.of(note, role="note", is_brief=False)]
    blocks += [
        Paragraph.of(surrogate_in_words(findings, one, language), is_brief=False)
        for one in findings.surrogates
        if one.refused is not None or one.unknown
    ]
    table = _surrogate_table(findings, language)
    if table.has_rows:
        blocks.append(table)
        if with_figures:
            blocks += _surrogate_figures(findings, language)
        blocks.append(_left_out_table(findings, language))
    yield Section("surrogates", say("surrogates_heading", language), blocks)


def _surrogate_figures(findings: Findings, language: str) -> Iterator[Figure]:
    from pilotsim.output.figures import surrogate

    for number, one in enumerate(findings.surrogates, 1):
        if one.refused is None:
            yield Figure(
                f"surrogate-{number}",
                surrogate.title(findings, one, language),
                surrogate.alt_text(findings, one, language),
                partial(surrogate.plot_surrogate, findings, one, language=language),
            )


def _percent_column(key: str, heading: str, language: str) -> Column:
    """Return a column of shares, whose file says that they stand in per cent."""
    said = say(heading, language)
    filed = say("in_percent", language, heading=said)
    return Column(key, said, is_number=True, filed_heading=filed)


def _surrogate_table(findings: Findings, language: str) -> Table:
    several = len(findings.scenarios) > 1
    columns = (
        Column("response", say("response", language), wraps=True),
        Column("scenario", say("scenario", language), is_shown=several),
        _percent_column("explained", "surrogate_explained", language),
        Column("half_width", say("surrogate_half_width", language), is_number=True),
        Column("error", say("surrogate_error", language), is_number=True, is_brief=False),
        Column("chance", say("run_chance", language), is_number=True, is_brief=False),
        Column("unit", say("unit", language), is_shown=False),
        Column("points", say("distribution_points", language), is_number=True),
        Column("unknown", say("surrogate_unknown", language), is_shown=False),
    )
    rows = []
    for one in findings.surrogates:
        if one.refused is not None:
            continue
        asked = findings.responses[one.response]
        cells = (
            Cell(name_of(findings, one.response, language), one.response),
            Cell(scenario_of(findings, one.scenario, language), one.scenario),
            Cell(show_share(one.explained, language), 100 * one.explained),
            *(
                Cell(
                    show_size(asked, size, language),
                    in_unit(size, asked.kind),
                    kind=kind_of_change(asked.kind),
                )
                for size in (one.half_width, one.error, one.chance)
            ),
            Cell.of_value(unit_of_change(asked.kind, language) or None),
            Cell(format_number(len(one.points), language, 0), len(one.points)),
            Cell.of_value(one.unknown),
        )
        rows.append(Row(cells))
    title = say("surrogates_heading", language)
    return Table.of_rows("surrogates", title, columns, rows, max_brief_rows=5)


def _left_out_table(findings: Findings, language: str) -> Table:
    """Return what was told of each point by a surrogate that had not seen it: for spreadsheets."""
    columns = (
        Column("response", say("response", language)),
        Column("scenario", say("scenario", language)),
        Column("point", say("point", language), is_number=True),
        Column("simulated", say("simulated", language), is_number=True),
        Column("told", say("surrogate_told", language), is_number=True),
        Column("unit", say("unit", language)),
    )
    rows = []
    for one in findings.surrogates:
        kind = findings.responses[one.response].kind
        shared = (
            Cell(name_of(findings, one.response, language), one.response),
            Cell(scenario_of(findings, one.scenario, language), one.scenario),
        )
        unit = Cell.of_value(unit_of_kind(kind, language) or None)
        for point in one.points:
            numbers = (number_cell(own, kind) for own in (point.simulated, point.told))
            rows.append(Row((*shared, Cell.of_value(point.point), *numbers, unit)))
    title = say("surrogate_points", language)
    return Table.of_rows("surrogate_points", title, columns, rows, is_shown=False, is_brief=False)


def _ruled_out(findings: Findings, language: str, *, with_figures: bool) -> Iterator[Section]:
    """Yield what figures from outside rule out: in words, as a figure and as tables."""
    found = findings.ruled_out
    if found is None:
        return
    blocks: list[Block] = [
        Paragraph.of(sentence, is_brief=False)
        for sentence in ruled_out_in_words(findings, language)
    ]
    if found.figures:
        note = say(
            "ruled_out_note",
            language,
            points=format_number(found.points, language, 0),
            rate=show_share(found.false_alarm, language),
        )
        blocks.append(Paragraph.of(note, role="note", is_brief=False))
        # Where all or nothing remains, there is nothing to draw: the sentence says so.
        if with_figures and 0 < found.remaining < found.points:
            blocks += _ruled_out_figures(findings, language)
        if found.remaining:
            blocks.append(_remaining_table(findings, found, language))
        blocks.append(_figures_table(findings, found, language))
        blocks.append(_implausibility_table(findings, found, language))
    yield Section("ruled_out", say("ruled_out_heading", language), blocks)


def _ruled_out_figures(findings: Findings, language: str) -> Iterator[Figure]:
    from pilotsim.output.figures import ruled_out

    yield Figure(
        "ruled_out",
        ruled_out.title(findings, language),
        ruled_out.alt_text(findings, language),
        partial(ruled_out.plot_ruled_out, findings, language=language),
    )


def _remaining_table(findings: Findings, found: RuledOut, language: str) -> Table:
    columns = (
        Column("factor", say("factor", language), wraps=True),
        Column("whole", say("range_of_study", language), is_number=True, is_filed=False),
        Column("low", say("range_low", language), is_shown=False),
        Column("high", say("range_high", language), is_shown=False),
        Column("remains", say("range_left", language), is_number=True, is_filed=False),
        Column("remaining_low", say("range_remaining_low", language), is_shown=False),
        Column("remaining_high", say("range_remaining_high", language), is_shown=False),
        Column("unit", say("unit", language), is_shown=False),
        _percent_column("width", "width_remaining", language),
    )
    rows = []
    for one in sorted(found.ranges, key=lambda one: one.width):
        varied = findings.factors[one.factor]
        ends = (one.low, one.high, one.remaining_low, one.remaining_high)
        low, high, left, right, unit = own_unit_cells(varied.value, language, *ends)
        cells = (
            Cell(factor_of(findings, one.factor, language), one.factor),
            Cell(show_factor_range(varied, one.low, one.high, language)),
            low,
            high,
            Cell(show_factor_range(varied, one.remaining_low, one.remaining_high, language)),
            left,
            right,
            unit,
            measure_cell(one.width, "share", language),
        )
        rows.append(Row(cells))
    title = say("range_remaining", language)
    return Table.of_rows("remaining", title, columns, rows, has_title=True, max_brief_rows=5)


def _figures_table(findings: Findings, found: RuledOut, language: str) -> Table:
    """Return the figures from outside, with their errors, and what each rules out."""
    columns = (
        Column("response", say("response", language), wraps=True),
        Column("figure", say("outside_figure", language), is_number=True),
        Column("figure_error", say("figure_error", language), is_number=True),
        Column("surrogate_error", say("surrogate_error", language), is_number=True),
        Column("chance", say("run_chance", language), is_number=True),
        Column("unit", say("unit", language), is_shown=False),
        _percent_column("alone", "rules_out_alone", language),
        _percent_column("only", "rules_out_only", language),
        Column("published", say("published", language), is_shown=False, is_key=True),
        Column("source", say("source", language), is_shown=False),
    )
    rows = []
    for one in found.figures:
        asked, figure = findings.responses[one.response], one.figure
        sizes = (figure.error, one.surrogate_error, one.chance)
        cells = (
            Cell(name_of(findings, one.response, language), one.response),
            measure_cell(figure.value, asked.kind, language),
            *(
                Cell(
                    show_size(asked, size, language),
                    in_unit(size, asked.kind),
                    kind=kind_of_change(asked.kind),
                )
                for size in sizes
            ),
            Cell.of_value(unit_of_kind(asked.kind, language) or None),
            Cell(show_share(one.alone, language, found.points), 100 * one.alone),
            Cell(show_share(one.only, language, found.points), 100 * one.only),
            Cell.of_value(figure.published or None),
            Cell.of_value(figure.source or None),
        )
        rows.append(Row(cells))
    title = say("rules_out_each", language)
    return Table.of_rows("observed_figures", title, columns, rows, is_brief=False, has_title=True)


def _implausibility_table(findings: Findings, found: RuledOut, language: str) -> Table:
    """Return what remains of each part of each factor's range: for spreadsheets."""
    columns = (
        Column("factor", say("factor", language)),
        Column("low", say("low_end", language), is_number=True),
        Column("high", say("high_end", language), is_number=True),
        Column("unit", say("unit", language)),
        Column("kept", say("points_kept", language), is_number=True),
        Column("least", say("least_implausibility", language), is_number=True),
    )
    rows = []
    for one in found.ranges:
        for part in one.parts:
            cells = (
                Cell(factor_of(findings, one.factor, language), one.factor),
                *own_unit_cells(findings.factors[one.factor].value, language, part.low, part.high),
                Cell.of_value(100 * part.kept),
                Cell.of_value(part.least),
            )
            rows.append(Row(cells))
    title = say("implausibility_table", language)
    return Table.of_rows("implausibility", title, columns, rows, is_shown=False, is_brief=False)
