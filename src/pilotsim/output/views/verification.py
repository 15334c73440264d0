"""The tests of the program on a flow as people read them: what was held, and what came out."""

from __future__ import annotations

import math
from collections.abc import Mapping

from pilotsim.base.text import inside
from pilotsim.judge.verification import ModelTest, ModelVerification
from pilotsim.language.catalogue import say
from pilotsim.language.numbers import NONE, format_number
from pilotsim.model.flow import Flow
from pilotsim.output.document import Block, Cell, Code, Paragraph, Row, RowGroup, Section, Table
from pilotsim.output.document import Span as Words
from pilotsim.output.views.parts import text_column, value_column

__all__ = ["verification_record", "verification_section"]

KINDS = ("invariant", "closed_form", "engines", "hash")
HASH_DIGITS = 16  # of a hash in a table; all of it stands in the record


def verification_section(found: ModelVerification, language: str) -> Section:
    """Return what was tested of the program on this very flow, and what came of each test.

    Parameters
    ----------
    found : ModelVerification
        What to show.
    language : str
        One of `LANGUAGES`.
    """
    runs = format_number(found.replications, language, 0)
    is_right = "verification_passes" if found.passes else "verification_fails"
    deviating = format_number(sum(not test.passes for test in found.tests), language, 0)
    blocks: tuple[Block, ...] = (
        Paragraph.of(
            say(is_right, language, count=deviating), role="lead" if found.passes else "warning"
        ),
        Paragraph.of(
            say("verification_note", language, runs=runs, seed=str(found.seed)), role="note"
        ),
        _table(found, language),
        Paragraph.of(say("verification_digest", language), role="note"),
        Code(found.digest),
    )
    return Section("verification", say("verification_heading", language), blocks)


def _table(found: ModelVerification, language: str) -> Table:
    columns = (
        text_column("test", language, "verification_test", wraps=True),
        value_column("cases", language, "verification_cases"),
        value_column("deviations", language, "verification_deviations"),
        text_column("printed", language, "verification_printed"),
    )
    groups = [
        RowGroup(
            tuple(_row(found.flow, one, language) for one in found.tests if one.kind == kind),
            (Words(say(f"verification_{kind}", language)),),
        )
        for kind in KINDS
    ]
    title = say("verification_table", language)
    return Table(
        "verification",
        title,
        columns,
        [group for group in groups if group.rows],
        is_brief=False,
        is_filed=False,
    )


def _row(flow: Flow, test: ModelTest, language: str) -> Row:
    says = say(f"verification_{test.name}", language)
    if not test.applies:
        nothing = Cell(say("verification_not_applied", language))
        return Row((Cell.of_text(says), Cell(NONE), Cell(NONE), nothing))
    deviations = format_number(test.deviations, language, 0)
    return Row(
        (
            Cell.of_text(says),
            Cell(format_number(test.cases, language, 0), test.cases),
            Cell(deviations, test.deviations, "good" if test.passes else "bad"),
            Cell.of_text(_printed(flow, test, language)),
        )
    )


def _printed(flow: Flow, test: ModelTest, language: str) -> str:
    """Return what a test came to: the case that lies furthest off, or the hashes."""
    if isinstance(test.found, str) and isinstance(test.expected, str):
        sign = "=" if test.found == test.expected else "\u2260"
        return f"{test.found[:HASH_DIGITS]}… {sign} {test.expected[:HASH_DIGITS]}…"
    if isinstance(test.found, float | int) and isinstance(test.expected, float | int):
        return say(
            "verification_furthest",
            language,
            about=_about(flow, test.about, language),
            found=format_number(float(test.found), language, 0),
            expected=format_number(float(test.expected), language, 1),
            off=format_number(test.furthest, language, 1),
            limit=format_number(test.limit, language, 1),
        )
    return say("verification_none" if test.passes else "verification_some", language)


def _about(flow: Flow, path: str, language: str) -> str:
    """Return which group, clock or way on a case is of."""
    kind, name, *rest = path.split(".")
    label = inside(flow.label_of(kind, name, language))
    if not rest:
        return label
    end = rest[-1]
    to = (
        flow.label_of("stages", end, language)
        if end in flow.stages
        else say("path_starts_in", language)
    )
    return say("verification_way", language, stage=label, end=inside(to))


def verification_record(found: ModelVerification) -> Mapping[str, object]:
    """Return the tests for programs."""
    return {
        "seed": found.seed,
        "replications": found.replications,
        "journeys": found.digest,
        "tests": [
            {
                "kind": test.kind,
                "name": test.name,
                "cases": test.cases,
                "deviations": test.deviations,
                "found": test.found,
                "expected": test.expected,
                "standard_errors": None if math.isnan(test.furthest) else test.furthest,
                "limit": None if math.isnan(test.limit) else test.limit,
                "about": test.about or None,
            }
            for test in found.tests
        ],
    }
