"""The report as one page: no scripts, nothing from the network, made to be printed on A4."""

from __future__ import annotations

import math
from base64 import b64encode
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from html import escape

from pilotsim import __version__
from pilotsim.judge.check import Check
from pilotsim.judge.verdicts import CERTAIN, IMPOSSIBLE, LIKELY, UNCERTAIN, UNLIKELY, Verdict
from pilotsim.language.catalogue import say
from pilotsim.language.labels import label_of_value, range_of_value
from pilotsim.language.numbers import (
    format_date,
    format_exact,
    format_measure,
    format_range,
    format_value,
    format_written,
    join,
)
from pilotsim.output.labels import format_bound, format_chance, label_of_question
from pilotsim.output.report.images import Picture
from pilotsim.output.report.tables import assumed_of, facts_of

STYLE = """
@page { size: A4; margin: 18mm 20mm; }
html { font: 10.5pt/1.45 "Segoe UI", "Helvetica Neue", Arial, "Liberation Sans", sans-serif; color: #1a1a1a; background: #fff; }
body { max-width: 17cm; margin: 1cm auto; padding: 0 .5cm; }
h1 { font-size: 1.9em; line-height: 1.2; margin: 0 0 .3em; }
h2 { font-size: 1.3em; margin: 1.8em 0 .4em; border-bottom: 1.5px solid #1a1a1a; padding-bottom: .15em; break-after: avoid; }
h3 { font-size: 1.05em; margin: 1.2em 0 .3em; break-after: avoid; }
p { margin: .4em 0; }
.lead { font-size: 1.12em; }
.soft { color: #555; }
table { border-collapse: collapse; width: 100%; font-size: .86em; margin: .6em 0; }
th, td { text-align: left; vertical-align: top; padding: .22em .5em .22em 0; border-bottom: .5px solid #ccc; }
thead th { border-bottom: 1px solid #1a1a1a; font-weight: 600; color: #555; }
tbody th { font-weight: 600; padding-top: .7em; border-bottom: none; }
tr.target { break-after: avoid; }
td.number, th.number { text-align: right; }
td.number { white-space: nowrap; }
td.word { font-weight: 600; white-space: nowrap; }
td.inner { padding-left: .8em; width: 34%; }
.keep { break-after: avoid; }
thead { display: table-header-group; }
tr, figure, li { break-inside: avoid; }
figure { margin: .6em 0 .9em; }
img { width: 16cm; max-width: 100%; height: auto; display: block; }
code { font-family: Consolas, "Liberation Mono", monospace; font-size: .9em; overflow-wrap: anywhere; }
dt { font-weight: 600; margin-top: .5em; } dd { margin: 0 0 .2em 0; }
@media print { body { max-width: none; margin: 0; padding: 0; } a { color: inherit; text-decoration: none; } }
"""
WORDS_IN_ORDER = (IMPOSSIBLE, UNLIKELY, UNCERTAIN, LIKELY, CERTAIN)


def make_page(
    check: Check,
    pictures: Sequence[Picture],
    files: Sequence[tuple[str, str]],
    command: str,
    language: str,
) -> str:
    """Return the page as HTML.

    Parameters
    ----------
    check : Check
        What it reports.
    pictures : sequence of Picture
        The figures, which become part of the page.
    files : sequence of (str, str)
        The names of the other files beside the page, and what each is.
    command : str
        How the check was called; empty where it was called from Python.
    language : str
        `nb` or `en`.
    """
    body = [
        *_head(check, language),
        *_verdicts(check, pictures, language),
        *_sums(check, language),
        *_contradictions(check, language),
        *_drivers(check, pictures, language),
        f"<h2>{_say('over_time', language)}</h2>",
        *_figures(pictures, "clients"),
        *_basis(check, language),
        *_how_made(check, command, language),
        *_files(files, language),
    ]
    title = escape(check.flow.title.in_language(language))
    head = (
        f'<!DOCTYPE html>\n<html lang="{language}">\n<head>\n<meta charset="utf-8"/>\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1"/>\n'
        f'<meta name="generator" content="pilotsim {__version__}"/>\n'
        f"<title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n"
    )
    return head + "\n".join(body) + "\n</body>\n</html>\n"


def _say(key: str, language: str, **parts: object) -> str:
    return escape(say(key, language, **parts))


def _head(check: Check, language: str) -> Iterator[str]:
    flow = check.flow
    yield f"<h1>{escape(flow.title.in_language(language))}</h1>"
    if flow.about is not None:
        yield f"<p>{escape(flow.about.in_language(language))}</p>"
    if check.scenario is not None:
        scenario = check.scenario.in_language(language).rstrip(".")
        yield f"<p><strong>{_say('scenario_sentence', language, scenario=scenario)}</strong></p>"
    first, last = (
        format_date(flow.starts, language),
        format_date(flow.end - timedelta(days=1), language),
    )
    yield f'<p class="soft">{_say("period", language, first=first, last=last)} ({escape(format_value(flow.lasts, language))})</p>'
    counts = Counter(verdict.word for verdict in check.verdicts)
    parts = [f"{counts[word]} {say(word, language)}" for word in WORDS_IN_ORDER if counts[word]]
    targets = len({verdict.question.target for verdict in check.verdicts})
    summary = _say(
        "summary", language, count=len(check.verdicts), targets=targets, words=join(parts, language)
    )
    yield f'<p class="lead">{summary if parts else _say("no_targets", language)}</p>'


def _verdicts(check: Check, pictures: Sequence[Picture], language: str) -> Iterator[str]:
    if not check.verdicts:
        return
    yield f"<h2>{_say('verdicts', language)}</h2>"
    yield f"<p>{_say('verdicts_note', language, runs=check.replications)}</p>"
    keys = ("reading", "bound", "expected", "range_of", "anyway", "chance", "verdict")
    numbers = ("bound", "expected", "range_of", "anyway", "chance")
    heads = "".join(
        f'<th scope="col"{_css("number" if key in numbers else "")}>{_say(key, language)}</th>'
        for key in keys
    )
    yield f"<table>\n<thead><tr>{heads}</tr></thead>\n<tbody>"
    last = ""
    for verdict in check.verdicts:
        if verdict.question.target != last:
            yield _target_row(verdict, len(keys), language)
        last = verdict.question.target
        yield _verdict_row(check, verdict, language)
    yield "</tbody>\n</table>"
    yield from _figures(pictures, "targets")


def _css(name: str) -> str:
    return f' class="{name}"' if name else ""


def _target_row(verdict: Verdict, columns: int, language: str) -> str:
    question = verdict.question
    source = f' <span class="soft">({escape(question.source)})</span>' if question.source else ""
    says = escape(question.says.in_language(language))
    return f'<tr class="target"><th scope="rowgroup" colspan="{columns}">{says}{source}</th></tr>'


def _verdict_row(check: Check, verdict: Verdict, language: str) -> str:
    question, kind = verdict.question, verdict.question.bound.kind
    reads = question.reads.in_language(language) if question.reads else say("as_written", language)
    cells = [
        format_bound(question, language),
        format_measure(verdict.expected, kind, language),
        format_range(verdict.low, verdict.high, kind, language),
        format_measure(verdict.counterfactual, kind, language),
    ]
    numbers = "".join(f'<td class="number">{escape(cell)}</td>' for cell in cells)
    chance = escape(format_chance(verdict, language))
    if verdict.replications:
        chance += f'<br/><span class="soft">{escape(_interval(verdict, language))}</span>'
    word = f'<td class="word">{_say(verdict.word, language)}</td>'
    return f'<tr><td class="inner">{escape(reads)}</td>{numbers}<td class="number">{chance}</td>{word}</tr>'


def _interval(verdict: Verdict, language: str) -> str:
    """Return the interval of a chance in whole per cent, never narrower than it is."""
    low, high = (
        math.floor(100 * verdict.interval[0] + 1e-9) / 100,
        math.ceil(100 * verdict.interval[1] - 1e-9) / 100,
    )
    return format_range(low, high, "share", language)


def _figures(pictures: Sequence[Picture], part: str) -> Iterator[str]:
    for picture in pictures:
        if picture.part == part:
            image = b64encode(picture.png).decode("ascii")
            yield f'<figure><img src="data:image/png;base64,{image}" alt="{escape(picture.alt)}"/></figure>'


def _sums(check: Check, language: str) -> Iterator[str]:
    judged = [verdict for verdict in check.verdicts if verdict.ceiling is not None]
    if judged:
        yield f"<h2>{_say('sums', language)}</h2>\n<dl>"
    for verdict in judged:
        assert verdict.ceiling is not None
        number = format_exact(verdict.ceiling.number, verdict.question.bound.kind, language)
        written, says = (
            format_written(verdict.ceiling.written, language),
            verdict.ceiling.says.in_language(language).rstrip("."),
        )
        line = _say(
            "sum_line",
            language,
            written=written,
            number=number,
            bound=format_bound(verdict.question, language),
            says=says,
        )
        yield f"<dt>{escape(label_of_question(verdict.question, language))}</dt><dd>{line}</dd>"
    if judged:
        yield "</dl>"


def _contradictions(check: Check, language: str) -> Iterator[str]:
    if check.contradictions:
        yield f"<h2>{_say('contradictions', language)}</h2>\n<dl>"
    for one in check.contradictions:
        number, stated = (
            format_exact(one.sum.number, one.stated.kind, language),
            format_value(one.stated, language),
        )
        line = _say(
            "conflict_line",
            language,
            written=format_written(one.sum.written, language),
            number=number,
            stated=stated,
        )
        source = f' <span class="soft">({escape(one.source)})</span>' if one.source else ""
        yield f"<dt>{escape(one.sum.says.in_language(language))}</dt><dd>{line}{source}</dd>"
    if check.contradictions:
        yield "</dl>"


def _drivers(check: Check, pictures: Sequence[Picture], language: str) -> Iterator[str]:
    if any(picture.part == "drivers" for picture in pictures):
        yield f"<h2>{_say('drivers', language)}</h2>"
        yield f'<p class="keep">{_say("drivers_note", language)}</p>'
        yield from _figures(pictures, "drivers")


def _basis(check: Check, language: str) -> Iterator[str]:
    flow, facts, assumed = check.flow, facts_of(check), assumed_of(check)
    drawn = say("held" if check.fixed else "drawn", language)
    yield f"<h2>{_say('rests_on', language)}</h2>"
    numbers = {
        "facts": len(facts),
        "assumed": len(assumed),
        "ranges": len(flow.assumptions),
        "drawn": drawn,
    }
    yield f"<p>{_say('rests_note', language, **numbers)}</p>"
    if not flow.sources:
        plain = [
            path
            for path, value in flow.values.items()
            if value.is_plain and not path.startswith(("targets", "conflicts"))
        ]
        yield f"<p>{_say('plain', language, count=len(plain))}</p>" if plain else ""
    if facts:
        yield from _table("facts", ("what", "value", "source"), _facts(check, language), language)
    if assumed:
        yield from _table(
            "assumed", ("what", "value", "range_of", "why"), _assumed(check, language), language
        )
    if flow.sources:
        yield f"<h3>{_say('sources', language)}</h3>\n<dl>"
        yield from (
            f"<dt>{escape(name)}</dt><dd>{escape(words.in_language(language))}</dd>"
            for name, words in flow.sources.items()
        )
        yield "</dl>"


def _facts(check: Check, language: str) -> Iterator[tuple[str, ...]]:
    for path, value in facts_of(check).items():
        yield (
            label_of_value(check.flow, path, language),
            format_value(value, language),
            value.source or "",
        )


def _assumed(check: Check, language: str) -> Iterator[tuple[str, ...]]:
    for path, value in assumed_of(check).items():
        reason = value.assumption.in_language(language) if value.assumption else ""
        yield (
            label_of_value(check.flow, path, language),
            format_value(value, language),
            range_of_value(value, language),
            reason,
        )


def _table(
    title: str, keys: Sequence[str], rows: Iterable[Sequence[str]], language: str
) -> Iterator[str]:
    heads = "".join(f'<th scope="col">{_say(key, language)}</th>' for key in keys)
    yield f"<h3>{_say(title, language)}</h3>\n<table>\n<thead><tr>{heads}</tr></thead>\n<tbody>"
    yield from (
        "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows
    )
    yield "</tbody>\n</table>"


def _how_made(check: Check, command: str, language: str) -> Iterator[str]:
    parts = {
        "flow": check.flow.flow,
        "runs": check.replications,
        "seed": check.seed,
        "version": __version__,
    }
    yield f"<h2>{_say('how_made', language)}</h2>"
    if command:
        yield f"<p>{_say('how_line', language, few=check.what_if_replications, **parts)}</p>\n<p><code>{escape(command)}</code></p>"
    else:
        yield f"<p>{_say('how_short', language, **parts)}</p>"


def _files(files: Sequence[tuple[str, str]], language: str) -> Iterator[str]:
    yield f"<h3>{_say('files', language)}</h3>\n<table>\n<tbody>"
    yield from (
        f'<tr><td><a href="{escape(name)}">{escape(name)}</a></td><td>{escape(what)}</td></tr>'
        for name, what in files
    )
    yield "</tbody>\n</table>"
