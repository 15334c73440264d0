"""What turns one packed flow into another: only what differs, and a checksum of the result.

A patch of bytes adds pieces and copies others from its sources, in turns, as `patches.mjs` reads
them: how long the result is, its checksum, then the length of a piece that is added, the piece, how
much farther on than the last one the next piece is copied from, and its length. All lengths are
whole numbers of seven bits a byte, the least first.

A patch of plain content does the same for what is said of a flow: see `content_patch`.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from difflib import SequenceMatcher
from typing import Any
from zlib import crc32

__all__ = ["PatchError", "bytes_patch", "content_patch", "patched_bytes", "patched_content"]

BLOCK = 16  # so many bytes are alike at least where a piece is copied from elsewhere
STRIDE = 4  # pieces are sought at multiples of so many bytes of the sources
NEAR = 6  # so many are alike where copying goes on behind a piece that differs
STEP = 2048


class PatchError(ValueError):
    """A patch that is damaged, or of other sources."""


def bytes_patch(after: bytes, *sources: bytes) -> bytes:
    """Return what makes some bytes of others.

    Parameters
    ----------
    after : bytes
        What is to come of it.
    *sources : bytes
        What is there.
    """
    whole = b"".join(sources)
    last = (len(whole) - BLOCK) // STRIDE * STRIDE
    # Of several places the first.
    places = {whole[k : k + BLOCK]: k for k in range(last, -1, -STRIDE)}
    found = bytearray(_varint(len(after)) + crc32(after).to_bytes(4, "little"))
    at = added = shift = 0
    while at < len(after):
        # What differs is mostly as long as what stood there.
        near = at + shift
        if whole[near : near + NEAR] == after[at : at + NEAR]:
            address = near
        else:
            address = places.get(after[at : at + BLOCK], -1)
        if address < 0:
            at += 1
            continue
        length = _alike(whole, address, after, at)
        found += _varint(at - added) + after[added:at]
        found += _varint(_unsigned(address - at - shift)) + _varint(length)
        shift = address - at
        at = added = at + length
    if added < len(after):
        found += _varint(len(after) - added) + after[added:]
    return bytes(found)


def patched_bytes(patch: bytes, *sources: bytes) -> bytes:
    """Return what a patch makes of its sources.

    Raises
    ------
    PatchError
        It does not come to what it was made of.
    """
    whole = b"".join(sources)
    size, place = _read_varint(patch, 0)
    checksum = int.from_bytes(patch[place : place + 4], "little")
    place += 4
    made, shift = bytearray(), 0
    while len(made) < size:
        length, place = _read_varint(patch, place)
        made += patch[place : place + length]
        place += length
        if len(made) >= size:
            break
        moved, place = _read_varint(patch, place)
        length, place = _read_varint(patch, place)
        shift += _signed(moved)
        address = len(made) + shift
        if not 0 <= address <= address + length <= len(whole):
            raise PatchError("a patch copies from outside of its sources")
        made += whole[address : address + length]
    if len(made) != size or crc32(made) != checksum:
        raise PatchError("a patch does not come to what it was made of")
    return bytes(made)


def content_patch(before: Any, after: Any) -> list[Any] | None:
    """Return what makes some plain content of other content; None where they are alike.

    Parameters
    ----------
    before, after : object
        What there is, and what is to come of it: what JSON holds.

    Returns
    -------
    list, optional
        ``["is", content]`` for content in its place; ``["of", {key: patch}, [key]]`` for what a
        mapping has otherwise, and what it has no more; ``["in", [part]]`` for a list, each part of
        which is ``[at, count]`` for so many entries as they were, ``[at, patch, true]`` for one
        that is changed, or ``[["is", entry]]`` for a new one.
    """
    if _text(before) == _text(after):
        return None
    if isinstance(before, dict) and isinstance(after, dict):
        changed = {
            key: ["is", value] if key not in before else content_patch(before[key], value)
            for key, value in after.items()
        }
        gone = [key for key in before if key not in after]
        return ["of", {key: patch for key, patch in changed.items() if patch is not None}, gone]
    if isinstance(before, list) and isinstance(after, list) and _has_records(after):
        return ["in", _parts(before, after)]
    return ["is", after]


def _has_records(content: Sequence[Any]) -> bool:
    return bool(content) and all(isinstance(one, dict) for one in content)


def _parts(before: Sequence[Any], after: Sequence[Any]) -> list[list[Any]]:
    first_texts, second_texts = (list(map(_text, content)) for content in (before, after))
    alike = SequenceMatcher(a=first_texts, b=second_texts, autojunk=False)
    parts: list[list[Any]] = []
    for what, first, last, start, end in alike.get_opcodes():
        if what == "equal":
            parts.append([first, last - first])
        elif what == "replace" and last - first == end - start:
            parts += [
                [first + k, content_patch(before[first + k], after[start + k]), True]
                for k in range(end - start)
            ]
        else:
            parts += [[["is", one]] for one in after[start:end]]
    return parts


def patched_content(patch: Sequence[Any] | None, before: Any) -> Any:
    """Return what a patch makes of some plain content."""
    if patch is None:
        return before
    what, how, *rest = patch
    if what == "is":
        return how
    if what == "of":
        kept = {key: value for key, value in before.items() if key not in rest[0]}
        return kept | {key: patched_content(one, kept.get(key)) for key, one in how.items()}
    found: list[Any] = []
    for first, *part in how:
        if not part:
            found.append(patched_content(first, None))
        elif len(part) == 1:
            found += before[first : first + part[0]]
        else:
            found.append(patched_content(part[0], before[first]))
    return found


def _text(content: Any) -> str:
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"))


def _alike(one: bytes, first: int, other: bytes, second: int) -> int:
    """Return how many bytes are alike from two places on."""
    length, step = 0, STEP
    most = min(len(one) - first, len(other) - second)
    while step:
        piece = min(step, most - length)
        a, b = first + length, second + length
        if piece and one[a : a + piece] == other[b : b + piece]:
            length += piece
        else:
            step //= 2
    return length


def _varint(number: int) -> bytes:
    found = bytearray()
    while number > 127:
        found.append(number & 127 | 128)
        number >>= 7
    return bytes([*found, number])


def _read_varint(content: bytes, place: int) -> tuple[int, int]:
    number = shift = 0
    while True:
        if place >= len(content):
            raise PatchError("a patch ends too early")
        byte = content[place]
        place += 1
        number |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            return number, place


def _unsigned(number: int) -> int:
    return 2 * number if number >= 0 else -2 * number - 1


def _signed(number: int) -> int:
    return number // 2 if number % 2 == 0 else -(number + 1) // 2
