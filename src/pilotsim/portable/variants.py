"""Variants of a packed flow, each as a patch of it: what only another packed flow can say.

How long a flow lasts, its dates, its stages and what follows what are built into a packed flow. A
variant that differs there is stored as what differs, with the same clients and the same chance:
eight bytes with the length of a header, the header as JSON, and the patches. The header says of
each variant of which others it is made besides the flow, where its patch lies, and what is said
otherwise of it in each language.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pilotsim.model.flow import Flow
from pilotsim.portable.description import describe_flow
from pilotsim.portable.packing import pack
from pilotsim.portable.patches import bytes_patch, content_patch

__all__ = ["FlowVariant", "pack_variants"]


@dataclass(frozen=True)
class FlowVariant:
    """A variant of a flow.

    Parameters
    ----------
    name : str
        What it is asked for by.
    flow : Flow
        The flow that it is.
    of : tuple of str
        Variants before it that it has something of: what they hold is not stored again.
    """

    name: str
    flow: Flow
    of: tuple[str, ...] = ()


def pack_variants(
    flow: Flow, variants: Sequence[FlowVariant], languages: Sequence[str], *, answer: bool = False
) -> bytes:
    """Return variants of a flow, packed as what differs in each.

    Parameters
    ----------
    flow : Flow
        The flow that is packed whole.
    variants : sequence of FlowVariant
        Each after those that it is made of.
    languages : sequence of str
        The languages in which the flow is described.
    answer : bool
        As for `pack`.
    """
    plan = pack(flow, answer=answer)
    said = {code: describe_flow(flow, code) for code in languages}
    packed: dict[str, bytes] = {}
    described: dict[str, Mapping[str, Any]] = {}
    header: dict[str, Any] = {}
    content = bytearray()
    for variant in variants:
        own = packed[variant.name] = pack(variant.flow, answer=answer)
        patch = bytes_patch(own, plan, *(packed[one] for one in variant.of))
        says = described[variant.name] = {
            code: describe_flow(variant.flow, code) for code in languages
        }
        before = described[variant.of[0]] if variant.of else said
        header[variant.name] = {
            "of": list(variant.of),
            "at": len(content),
            "length": len(patch),
            "says": {code: content_patch(before[code], says[code]) for code in languages},
        }
        content += patch
    text = json.dumps(header, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()
    return len(text).to_bytes(8, "little") + text + bytes(content)
