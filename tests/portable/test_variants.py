"""Variants of a packed flow are the flows that they stand for, and answer as the program does."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Any

import pytest

from pilotsim.files.changes import apply_changes, read_change
from pilotsim.files.decided import flow_with
from pilotsim.files.reading import read_document, read_flow
from pilotsim.judge.check import check_targets
from pilotsim.model.flow import Flow
from pilotsim.portable import HERE, LAYOUT, MODULE
from pilotsim.portable.description import describe_flow
from pilotsim.portable.packing import pack
from pilotsim.portable.patches import (
    PatchError,
    bytes_patch,
    content_patch,
    patched_bytes,
    patched_content,
)
from pilotsim.portable.variants import FlowVariant, pack_variants
from tests.portable.outside import FEW, in_node
from tests.portable.test_model import record_of

ALNA = FEW[0]
MODEL = Path(__file__).with_name("model.mjs")
SERIES = {"mean": "mean_with", "low": "low", "high": "high", "without": "mean_without"}
COUNT = 6
SHORTER, LATER = "length=12_months", "start=after_half_a_year"
PRIVATE, STOCK = "places_outside=private", "groups.target_group.stock"


def taking(flow: Flow, *options: str) -> Flow:
    for one in options:
        found = flow_with(flow, *one.split("="))
        assert found is not None
        flow = found
    return flow


def some_bytes(random: Random) -> tuple[bytes, bytes]:
    """What there is, and the same with pieces changed, moved, left out and added."""
    before = random.randbytes(random.randrange(600)) + bytes(random.randrange(200))
    pieces = [before[k : k + 50] for k in range(0, len(before), 50)]
    for _ in range(random.randrange(6)):
        at = random.randrange(len(pieces) + 1)
        what = random.randrange(4)
        if what == 0:
            pieces.insert(at, random.randbytes(random.randrange(40)))
        elif what == 1:
            random.shuffle(pieces)
        elif pieces and what == 2:
            pieces.pop(at - 1)
        elif pieces:
            pieces[at - 1] = pieces[at - 1][:20] + random.randbytes(3) + pieces[at - 1][23:]
    return before, b"".join(pieces)


def some_content(random: Random, depth: int = 3) -> Any:
    what = random.randrange(5 if depth else 3)
    if what == 0:
        return random.choice([None, True, False, 0, 1.5, -3, "æ", ""])
    if what < 3:
        return random.randrange(4)
    if what == 3:
        return [some_content(random, depth - 1) for _ in range(random.randrange(5))]
    return {key: some_content(random, depth - 1) for key in random.sample("abcd", 2)}


def changed_content(random: Random, content: Any) -> Any:
    """The same with some entries changed, left out and added."""
    if random.random() < 0.15:
        return some_content(random)
    if isinstance(content, list):
        kept = [changed_content(random, one) for one in content if random.random() < 0.8]
        return kept + [some_content(random)] * random.randrange(2)
    if isinstance(content, dict):
        kept = {key: changed_content(random, one) for key, one in content.items()}
        return kept | {random.choice("xyz"): random.randrange(3)}
    return content


@pytest.mark.parametrize("seed", range(60))
def test_a_patch_makes_what_it_was_made_of(seed):
    random = Random(seed)
    before, after = some_bytes(random)
    other = random.randbytes(30)
    for sources in ([before], [other, before], []):
        assert patched_bytes(bytes_patch(after, *sources), *sources) == after
    content = some_content(random)
    changed = changed_content(random, content)
    patch = content_patch(content, changed)
    assert (patch is None) == (json.dumps(content) == json.dumps(changed))
    assert json.dumps(patched_content(json.loads(json.dumps(patch)), content), sort_keys=True) == (
        json.dumps(changed, sort_keys=True)
    )


def test_a_patch_of_other_sources_or_a_damaged_one_makes_nothing():
    before, after = bytes(range(200)), bytes(range(10, 200)) + b"more"
    patch = bytes_patch(after, before)
    damaged = [patch[:-1], patch[: len(patch) // 2], patch[:3] + bytes([patch[3] ^ 1]) + patch[4:]]
    with pytest.raises(PatchError):
        patched_bytes(patch, before[::-1])
    for one in damaged:
        with pytest.raises(PatchError):
            patched_bytes(one, before)


def test_what_differs_is_small():
    flow = read_flow(ALNA)
    plan, other = (pack(one, answer=True) for one in (flow, taking(flow, PRIVATE)))
    patch = bytes_patch(other, plan)
    assert patched_bytes(patch, plan) == other
    assert len(patch) < len(other) / 15


def ask(
    flow: Flow, variants: Sequence[FlowVariant], questions: Sequence[Any], folder: Path
) -> list[Any]:
    content = {
        "packed": pack(flow, answer=True),
        "description": json.dumps(describe_flow(flow, "en")).encode(),
        "questions": json.dumps(questions).encode(),
        "variants": pack_variants(flow, variants, ["nb", "en"], answer=True),
    }
    for name, held in content.items():
        (folder / name).write_bytes(held)
    *files, packed = (folder / name for name in content)
    found: list[Any] = in_node(MODEL, HERE, MODULE, LAYOUT, *files, 1, packed)
    return found


@pytest.mark.slow
def test_a_variant_answers_as_the_program_does(tmp_path):
    """Alone, two at once, with a number set on top, and month by month."""
    flow = read_flow(ALNA)
    names: list[tuple[str, ...]] = [(SHORTER,), (LATER,), (PRIVATE,), (SHORTER, LATER)]
    variants = [
        FlowVariant("&".join(taken), taking(flow, *taken), taken if len(taken) > 1 else ())
        for taken in names
    ]
    asked: list[tuple[tuple[str, ...], dict[str, float]]] = [
        *((taken, {}) for taken in names),
        ((PRIVATE,), {"resources.place_private.units": 4}),
        ((SHORTER, LATER), {STOCK: 230}),
        ((), {}),
    ]
    questions = [
        ["ask", {"variant": "&".join(taken), "set": numbers, "replications": COUNT, "months": True}]
        for taken, numbers in asked
    ]
    found = ask(flow, variants, questions, tmp_path)
    for (taken, numbers), answer in zip(asked, found, strict=True):
        changed = taking(flow, *taken)
        if numbers:
            document = read_document(ALNA)
            layers = [
                flow.choices[choice].options[option].changes
                for choice, option in (one.split("=") for one in taken)
            ]
            own = dict(read_change(f"{path}={number}") for path, number in numbers.items())
            changed = apply_changes(document, *layers, own)
        ours = record_of(check_targets(changed, replications=COUNT, what_if=False))
        for name in ("values", "readings"):
            assert answer[name] == ours[name], (taken, name)
        for theirs, mine in zip(answer["verdicts"], ours["verdicts"], strict=True):
            if numbers:
                # The words of a target and of a sum are those of the file.
                for verdict in (theirs, mine):
                    del verdict["says"]
                    verdict["ceiling"] = verdict["ceiling"] and verdict["ceiling"]["comes_to"]
            assert theirs == mine, taken
        for series in answer["months"]:
            rows = ours["tables"]["stages_over_time"]
            own = [row for row in rows if row["name"] == series["stage"]]
            for theirs, name in SERIES.items():
                assert series[theirs] == [row[name] for row in own], (taken, series["stage"])


@pytest.mark.slow
def test_what_is_no_variant_or_no_value_of_it_is_refused(tmp_path):
    flow = read_flow(ALNA)
    variants = [FlowVariant(SHORTER, taking(flow, SHORTER))]
    questions = [
        ["ask", {"variant": LATER, "replications": 1}],
        ["ask", {"variant": SHORTER, "set": {"resources.place_private.units": -1}}],
    ]
    first, second = ask(flow, variants, questions, tmp_path)
    assert first["fault"] == f"the flow has no variant '{LATER}'"
    assert "cannot be -1" in second["fault"]
