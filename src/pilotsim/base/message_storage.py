"""Messages as JSON: stored with a run, and said in any language when it is read again.

>>> from pilotsim.base.messages import Message
>>> stored = message_to_json(Message("expected {wanted:,} rows", wanted=1200))
>>> stored
'{"template": "expected {wanted:,} rows", "parts": {"wanted": 1200}}'
>>> message_from_json(stored).template
'expected {wanted:,} rows'
"""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from pilotsim.base.amounts import Amount, Probability, Share
from pilotsim.base.messages import Message, restore_message

__all__ = ["message_from_json", "message_to_json"]

# Numbers that say how they are written, by the key they are stored under.
_AMOUNTS: dict[str, type[float]] = {"amount": Amount, "share": Share, "probability": Probability}
_KEYS = {kind: key for key, kind in _AMOUNTS.items()}


def message_to_json(text: str) -> str:
    """Return a message with its parts, or any other text, as JSON.

    Parts that JSON has no form for, such as a path, are stored as they are written.
    """
    return json.dumps(_to_plain(text), ensure_ascii=False)


def message_from_json(stored: str) -> str:
    """Return what `message_to_json` stored: a message where it was one.

    Raises
    ------
    ValueError
        This is not JSON.
    """
    text: str = _from_plain(json.loads(stored))
    return text


def _to_plain(part: Any) -> Any:
    if isinstance(part, Message):
        parts = {name: _to_plain(own) for name, own in part.parts.items()}
        return {"template": part.template, "parts": parts}
    if type(part) in _KEYS:
        return {_KEYS[type(part)]: float(part)}
    if isinstance(part, np.generic):
        return part.item()
    return part if isinstance(part, str | int | float) else str(part)


def _from_plain(plain: Any) -> Any:
    if not isinstance(plain, dict):
        return plain
    if "template" in plain:
        parts = {name: _from_plain(own) for name, own in plain["parts"].items()}
        return restore_message(Message, plain["template"], parts)
    [(key, number)] = plain.items()
    return _AMOUNTS[key](number)
