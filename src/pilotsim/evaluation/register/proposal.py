"""The draft of a mapping: what a file's columns and words probably mean, for a person to go over.

A draft names columns, and words that enough clients share to be a class and no secret. Where
nothing is likely, or a person must answer for it, it says `decide`, which no mapping may.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path

from pilotsim.base.errors import RegisterError
from pilotsim.base.messages import Message
from pilotsim.evaluation.register.decoding import WordTable, decode_file
from pilotsim.evaluation.register.extract import ASSIGNED, BLOCK, OPTIONAL, REQUIRED
from pilotsim.evaluation.register.identity import (
    identifies,
    looks_like_a_name_of_a_person,
)
from pilotsim.evaluation.register.mapping import DECIDE, FLAG_COLUMNS
from pilotsim.evaluation.register.panel import BESIDE_STATUS, STATES, UNKNOWN_STATE
from pilotsim.evaluation.register.spellings import Spelled, spell_months
from pilotsim.evaluation.register.suggestions import (
    COLUMN_WORDS,
    FLAG_WORDS,
    STATE_WORDS,
    plain_word,
)
from pilotsim.evaluation.register.values import FLAGS, LEAST

__all__ = ["propose_mapping"]

# Columns that say one thing of a client, in whatever month.
OF_THE_CLIENT = ("offered", "started", ASSIGNED, BLOCK)
_ZERO = re.compile(r"(?:kr\.? ?)?0+(?:[.,]0+)?(?: ?kr\.?|,-)?")

# What YAML, or whoever reads a list of yes and no, takes for no word.
_NO_WORDS = ("null", *FLAGS)
NOTHING = ("-", "--", ".", "null", "none", "n/a", "#n/a", "#i/t", "mangler", "ikke oppgitt")


def propose_mapping(file: str | Path) -> str:
    """Return the draft of a mapping as the text of a YAML file.

    Parameters
    ----------
    file : str or Path
        The data owner's file.

    Raises
    ------
    RegisterError
        The file cannot be read, or its first row is no header.
    """
    found = decode_file(file)
    sources = _sources(found.names)
    if not any(name in sources for name in REQUIRED):
        raise RegisterError(
            Message(
                "{file}: no column of the first row is known; write the mapping by hand "
                "(pilotsim docs register), with 'skip_rows' if rows stand above the header",
                file=file,
            )
        )
    return "\n".join(_lines(Path(file), found, sources)) + "\n"


def _sources(names: Sequence[str]) -> dict[str, str]:
    """Return which column of the file each of the register's probably is; `decide` for several."""
    sources: dict[str, str] = {}
    for source in names:
        meant = COLUMN_WORDS.get(plain_word(source))
        if meant:
            sources[meant] = DECIDE if meant in sources else source
    return sources


def _lines(path: Path, found: WordTable, sources: dict[str, str]) -> Iterator[str]:
    words = {
        name: {cell.strip() for cell in column if cell and cell.strip()}
        for name, column in zip(found.names, found.columns, strict=True)
    }
    clients = len(words.get(sources.get("client", ""), ()))
    dropped = [
        name
        for name in found.names
        if name not in sources.values()
        and _tells_of_people(found, name, sorted(words[name]), clients, sources.get("client"))
    ]
    yield f"mapping: {_plain_name(path.stem)}"
    yield "columns:"
    for name in (*REQUIRED, *OPTIONAL, ASSIGNED, "block"):
        source = sources.get(name, DECIDE)
        if source == DECIDE and (name in sources or name in REQUIRED):
            yield f"  {name}: {_to_decide(map(_quoted, _candidates(name, found.names, sources)))}"
        elif name in sources:
            yield f"  {name}: {_quoted(source)}"
    for source in found.names:
        if source not in sources.values() and source not in dropped:
            yield f"  {_trait_name(source)}: {_quoted(source)}"
    if dropped:
        yield f"dropped: [{', '.join(map(_quoted, dropped))}]"
    empty = sorted({word for own in words.values() for word in own if word.casefold() in NOTHING})
    if empty:
        yield f"empty: [{', '.join(map(_quoted, empty))}]"
    worded = {
        name: source
        for name, source in sources.items()
        if name in ("status", *FLAG_COLUMNS) and source != DECIDE
    }
    worded |= {
        _trait_name(source): source
        for source in found.names
        if source not in (*sources.values(), *dropped) and _are_yes_and_no(words[source])
    }
    client = sources.get("client")
    meanings = [
        line for name, source in worded.items() for line in _meanings(found, name, source, client)
    ]
    amount = sources.get("amount", DECIDE)
    if amount != DECIDE and _is_paid_or_blank(found, amount):
        # Was nothing paid, or is it not known? Only who sends the file can say.
        meanings += ["  amount:", _empty_cell("0", STATES[UNKNOWN_STATE])]
    if meanings:
        yield "values:"
        yield from meanings
    traits = [name for name in found.names if name not in (*sources.values(), *dropped)]
    own = {name: source for name, source in sources.items() if name in OF_THE_CLIENT}
    own |= {_trait_name(source): source for source in traits}
    once = [name for name, source in own.items() if _stands_once(found, source, client)]
    if once:
        yield f"same_for_client: [{', '.join([*once, DECIDE])}]{_choices(_with_and_without(once))}"
    changing = [_trait_name(name) for name in traits if _changes(found, name, client)]
    if changing:
        listed = ", ".join([*changing, DECIDE])
        yield f"first_month: [{listed}]{_choices(_with_and_without(changing))}"
    if amount != DECIDE and _repeats_payments(found, sources):
        yield f"repeats: {_to_decide(('sum', 'drop'))}"
    yield f"gaps: refuse{_choices(('refuse', 'unknown', 'no_payment'))}"


def _choices(words: Iterable[str]) -> str:
    """Return the remark of a line that tells which words may stand there."""
    return f"  # {' | '.join(words)}"


def _to_decide(words: Iterable[str]) -> str:
    return f"{DECIDE}{_choices(words)}"


def _empty_cell(*words: str) -> str:
    """Return the line that says what an empty cell means."""
    return f"    {_quoted('')}: {_to_decide(words)}"


def _with_and_without(names: Sequence[str]) -> tuple[str, ...]:
    return f"[{', '.join(names)}]", "[]"


def _candidates(name: str, names: Sequence[str], sources: dict[str, str]) -> list[str]:
    """Return which columns of the file a column of the register may be: the likely, else all."""
    likely = [source for source in names if COLUMN_WORDS.get(plain_word(source)) == name]
    return likely or [
        source
        for source in names
        if source not in sources.values() and not looks_like_a_name_of_a_person(source)
    ]


def _tells_of_people(
    found: WordTable, name: str, words: Sequence[str], clients: int, client: str | None
) -> bool:
    """Tell whether a column may say who somebody is, or holds free text."""
    if looks_like_a_name_of_a_person(name):
        return True
    by_word = {
        word.casefold(): count for word, count in _clients_by_word(found, name, client).items()
    }
    shared = [by_word[word.casefold()] for word in words]
    return bool(identifies(name, words, clients, is_known=False, shared=shared))


def _are_yes_and_no(words: set[str]) -> bool:
    """Tell whether a trait's words mean yes and no, and are not written as 1 and 0.

    Where all mean yes, the empty cells are to be asked about.
    """
    own = {word for word in words if word.casefold() not in NOTHING}
    meant = {FLAG_WORDS.get(plain_word(word)) for word in own}
    return None not in meant and (
        meant == {1.0} or any(word.casefold() not in FLAGS for word in own)
    )


def _meanings(found: WordTable, name: str, source: str, client: str | None) -> Iterator[str]:
    """Yield the lines of a column's words, those that few clients have left out."""
    known = STATES if name == "status" else tuple(FLAGS)
    allowed = STATES if name == "status" else ("1", "0")
    if name in BESIDE_STATUS:
        allowed = ("1", "0", STATES[UNKNOWN_STATE])
    by_word = _clients_by_word(found, source, client)
    unclear = {
        word: clients
        for word, clients in by_word.items()
        if word.casefold() not in (*known, *NOTHING)
    }
    # A word that fewer clients have is nobody's class: it may be somebody's name.
    shown = [word for word, clients in unclear.items() if clients >= LEAST or _meant(name, word)]
    empty = _meanings_of_nothing(found, name, source, client)
    if unclear or empty:
        yield f"  {name}:"
    for word in sorted(shown):
        # Who was drawn is for a person to say, also where the word seems to tell.
        likely = "" if name == ASSIGNED else _meant(name, word)
        yield f"    {_quoted(word)}: {likely or _to_decide(allowed)}"
    if len(shown) < len(unclear):
        yield f"    {_quoted('...')}: {_to_decide(allowed)}"
    if empty:
        yield _empty_cell(*empty)


def _meanings_of_nothing(
    found: WordTable, name: str, source: str, client: str | None
) -> tuple[str, ...]:
    """Return what an empty cell may mean, where that has to be asked: no to what others say yes to.

    Of the lot it is always asked: who has an empty cell was not drawn, or not in the design.
    """
    words = [(cell or "").strip() for cell in found.columns[found.names.index(source)]]
    blanks = sum(not word or word.casefold() in NOTHING for word in words)
    noes = sum(FLAG_WORDS.get(plain_word(word)) == 0.0 for word in words)
    nobody = any(not words - {"", *NOTHING} for words in _words_of_clients(found, source, client))
    if name == ASSIGNED:
        return ("0", "1", _quoted("")) if nobody else ()
    if name in BESIDE_STATUS:
        return ("0", STATES[UNKNOWN_STATE]) if blanks > noes else ()
    return ("0", _quoted("")) if name != "status" and nobody and not noes else ()


def _repeats_payments(found: WordTable, sources: dict[str, str]) -> bool:
    """Tell whether the file has several rows of a client and month with an amount in one."""
    parts = [sources.get(name, DECIDE) for name in ("client", "month", "amount")]
    if DECIDE in parts:
        return False
    who, when, paid = (found.columns[found.names.index(source)] for source in parts)
    texts = list(dict.fromkeys(cell or "" for cell in when))
    months = {
        text: month.text if isinstance(month, Spelled) else text
        for text, month in zip(texts, spell_months(texts), strict=True)
    }
    rows: dict[tuple[str, str], int] = {}
    carries: set[tuple[str, str]] = set()
    for one, month, amount in zip(who, when, paid, strict=True):
        key = ((one or "").strip(), months[month or ""])
        rows[key] = rows.get(key, 0) + 1
        word = (amount or "").strip().casefold()
        if word not in {"", *NOTHING} and not _ZERO.fullmatch(word):
            carries.add(key)
    return any(rows[key] > 1 for key in carries)


def _is_paid_or_blank(found: WordTable, source: str) -> bool:
    """Tell whether a column of amounts holds blanks, or words for nothing, more than 0."""
    words = [(cell or "").strip().casefold() for cell in found.columns[found.names.index(source)]]
    blanks = sum(word in {"", *NOTHING} for word in words)
    return blanks > sum(_ZERO.fullmatch(word) is not None for word in words)


def _changes(found: WordTable, source: str, client: str | None) -> bool:
    """Tell whether some client has several words in a column: which of them counts?"""
    return any(len(words - {""}) > 1 for words in _words_of_clients(found, source, client))


def _stands_once(found: WordTable, source: str, client: str | None) -> bool:
    """Tell whether a column holds one word of a client, in some of its rows: is it that of all?"""
    each = _words_of_clients(found, source, client)
    return any("" in words and len(words) == 2 for words in each) and not any(
        len(words - {""}) > 1 for words in each
    )


def _words_of_clients(found: WordTable, source: str, client: str | None) -> Collection[set[str]]:
    """Return which words each client has in a column; an empty one where a cell is."""
    if client not in found.names or source not in found.names:
        return ()
    words: dict[str, set[str]] = {}
    who = found.columns[found.names.index(client)]
    for one, cell in zip(who, found.columns[found.names.index(source)], strict=True):
        words.setdefault((one or "").strip(), set()).add((cell or "").strip().casefold())
    return words.values()


def _meant(name: str, word: str) -> str:
    """Return what a word that the program knows probably means; empty for other words."""
    if name == "status":
        return STATE_WORDS.get(plain_word(word), "")
    meant = FLAG_WORDS.get(plain_word(word))
    return "" if meant is None else f"{meant:.0f}"


def _clients_by_word(found: WordTable, source: str, client: str | None) -> dict[str, int]:
    """Return with how many clients each word stands, capitals or not; one where none is known."""
    cells = found.columns[found.names.index(source)]
    who: Sequence[object] = [0] * len(cells)
    if client in found.names:
        who = found.columns[found.names.index(client)]
    pairs = {
        (cell.strip(), str(one).strip())
        for cell, one in zip(cells, who, strict=True)
        if cell and cell.strip()
    }
    counts: dict[str, int] = {}
    spelled: dict[str, str] = {}
    for word, _ in sorted(pairs, key=str):
        first = spelled.setdefault(word.casefold(), word)
        counts[first] = counts.get(first, 0) + 1
    return counts


def _plain_name(text: str) -> str:
    return plain_word(text) or "register"


def _trait_name(source: str) -> str:
    name = plain_word(source)
    return name if name[:1].isalpha() else f"trait_{name}"


def _quoted(text: str) -> str:
    """Return a text as YAML holds it: in quotes wherever it could be something else."""
    plain = text.replace("_", "").replace(" ", "")
    is_plain = plain.isalpha() and text.casefold() not in _NO_WORDS and text == text.strip()
    return text if is_plain else json.dumps(text, ensure_ascii=False)
