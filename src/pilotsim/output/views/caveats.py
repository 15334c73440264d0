"""What a reader of verdicts has to know: what tests its own input, what no source gives."""

from __future__ import annotations

from collections.abc import Iterator

from pilotsim.judge.check import Check
from pilotsim.judge.verdicts import Verdict
from pilotsim.language.catalogue import say
from pilotsim.language.labels import label_of_value
from pilotsim.language.numbers import format_number, format_value, join
from pilotsim.model.flow import Flow
from pilotsim.output.document import Block, Definition, Definitions, Paragraph, Section, Span
from pilotsim.output.labels import format_chance, label_of_question
from pilotsim.output.views.parts import plain_of, source_spans

__all__ = ["critical_factors_section", "own_input_notes", "plain_numbers_note"]

ASKED = ("targets.", "conflicts.", "observed.")


def own_input_notes(flow: Flow, language: str) -> Iterator[Paragraph]:
    """Yield which targets mostly test what the file itself puts in."""
    parts = []
    for target in flow.targets.values():
        if target.own_input:
            inputs = []
            for path in target.own_input:
                number = format_value(flow.values[path], language)
                inputs.append(f"{label_of_value(flow, path, language)}: {number}")
            says = target.says.in_language(language).rstrip(".")
            parts.append(f"{say('quoted', language, words=says)} ({join(inputs, language)})")
    if parts:
        yield Paragraph.of(
            say("own_input", language, targets="; ".join(parts)), role="note", is_brief=False
        )


def plain_numbers_note(flow: Flow, language: str) -> Paragraph:
    """Return how many numbers of a flow have neither source, reason nor range."""
    plain = plain_of(flow)
    described = [path for path in plain if not path.startswith(ASKED)]
    trivial = [path for path in described if flow.values[path].number in (0, 1)]
    return Paragraph.of(
        say(
            "plain_numbers" if len(trivial) < len(described) else "plain_numbers_trivial",
            language,
            count=format_number(len(described), language, 0),
            trivial=format_number(len(trivial), language, 0),
        ),
        role="note",
        is_brief=False,
    )


def critical_factors_section(check: Check, language: str) -> Section:
    """Return each critical factor with the figures that answer it; empty where none is named."""
    items = []
    for factor in check.flow.critical_factors.values():
        source = source_spans(factor.source, language)
        spans: list[str | Span] = [factor.answer.in_language(language), *source]
        lines = [*_verdicts(check, factor.verdicts, language)]
        lines += _choices(check, factor.choices, language)
        if lines:
            spans.append(" " + " ".join(lines))
        term = factor.says.in_language(language)
        items.append(Definition(term, Paragraph.of(*spans, is_brief=False)))
    blocks: tuple[Block, ...] = (Definitions(tuple(items), is_brief=False),) if items else ()
    return Section("critical_factors", say("critical_factors", language), blocks)


def _verdicts(check: Check, names: tuple[str, ...], language: str) -> Iterator[str]:
    for verdict in check.verdicts:
        if verdict.question.name in names or verdict.question.target in names:
            yield say(
                "factor_verdict",
                language,
                label=label_of_question(verdict.question, language).rstrip("."),
                word=_word(verdict, language),
            )


def _choices(check: Check, names: tuple[str, ...], language: str) -> Iterator[str]:
    for found in check.choices:
        if found.name not in names:
            continue
        for option in found.options:
            if option.is_taken:
                continue
            turned = [
                f"{label_of_question(one.question, language)}: {_word(one, language)}"
                for one in option.verdicts
                if one.question.name in option.turned
            ]
            yield say(
                "factor_choice",
                language,
                option=option.says.in_language(language).rstrip("."),
                then="; ".join(turned) or say("choice_turns_none", language),
            )


def _word(verdict: Verdict, language: str) -> str:
    word = say(verdict.grade.key, language)
    return f"{word} ({format_chance(verdict, language)})" if verdict.replications else word
