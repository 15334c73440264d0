"""What tells who somebody is: identity numbers by their check digits, and columns of names.

Norwegian numbers have eleven digits, the last two of them check digits (weights by the National
Population Register, modulo 11; for D-numbers and test persons, days and months are raised). Swedish
ones have ten or twelve, the last by Luhn's rule; co-ordination numbers have 60 added to the day.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np

from pilotsim.base.arrays import Ints
from pilotsim.base.messages import Message
from pilotsim.evaluation.register.values import LEAST, is_full_date, number_of

__all__ = [
    "HOLDS_IDENTITY_NUMBERS",
    "clients_with_each",
    "damaged_ids",
    "hold_identity_numbers",
    "identifies",
    "is_free_text",
    "is_identity_number",
    "looks_like_a_name_of_a_person",
    "looks_like_remarks",
    "written_twice",
]

# Between the digits of one number: 010180/10018, 01.01.80 10018, 0 1 0 1 8 0 ...
_BETWEEN = re.compile(r"(?<=[0-9])[^0-9A-Za-zÆØÅæøåÄÖäö]+(?=[0-9])")
# A number with its decimals, whose sign is no mark between parts of an identity number.
_DECIMAL = re.compile(r"[+-]?(?:[0-9]+|[0-9]{1,3}(?:[\s\u00a0\u202f.,][0-9]{3})+)[.,][0-9]+")
_RUN = re.compile("[0-9]+")
_FIRST_WEIGHTS = (3, 7, 6, 1, 8, 9, 4, 5, 2, 1)
_SECOND_WEIGHTS = (5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1)
_NORWEGIAN = re.compile(r"(?<![0-9])([0-9]{6})[ .-]?([0-9]{5})(?![0-9])")
_SWEDISH = re.compile(r"(?<![0-9])(?:18|19|20)?([0-9]{6})([-+]?)([0-9]{4})(?![0-9])")
# A given name or a surname, as no pseudonym is written.
_NAME = re.compile(r"[A-ZÆØÅÄÖ][a-zæøåäöéü]{2,}")
# A day without signs, as dates of birth are often filed: 010380, 01031980 or 19800301.
_DAY = r"(?:0[1-9]|[12][0-9]|3[01])"
_MONTH = r"(?:0[1-9]|1[0-2])"
_BARE_DATE = re.compile(
    rf"{_DAY}{_MONTH}[0-9]{{2}}|{_DAY}{_MONTH}(?:19|20)[0-9]{{2}}|(?:19|20)[0-9]{{2}}{_MONTH}{_DAY}"
)
# The same where a number begins with one: a date alone, or the last digits of an identity number.
_BIRTHS = [
    re.compile(pattern)
    for pattern in (
        rf"(?P<day>{_DAY})(?P<month>{_MONTH})(?:19|20)?[0-9]{{2}}",
        rf"(?:19|20)?[0-9]{{2}}(?P<month>{_MONTH})(?P<day>{_DAY})",
    )
]
DAYS_OF_BIRTHS = 3
# A surname with a given name, and any name among other signs.
_SURNAME_FIRST = re.compile(r"[A-ZÆØÅÄÖ][a-zæøåäöéü-]+, ?[A-ZÆØÅÄÖ][a-zæøåäöéü]+")
_NAMES_IN = re.compile(r"(?<![^\W_])[A-ZÆØÅÄÖ][a-zæøåäöéü]{2,}(?![A-Za-zæøåäöéü])")
# No number of this size is what a person has so much of, in most rows of a column.
LONG_NUMBER = 10_000_000
# Nobody is older.
OLDEST = 120
_AGES = frozenset(("alder", "age", "alderiar", "alderar", "ageinyears", "ageyears"))
# How a spreadsheet writes a long number; a code of digits and letters has no plus sign.
_ROUNDED = re.compile(r"[0-9]+(?:[.,][0-9]+)?E\+[0-9]+", re.IGNORECASE)
_MARKED = re.compile(r"[0-9]{1,3}(?:[.,][0-9]{3})+")
# Of all numbers of ten digits one in 140 is a Swedish identity number by chance.
BY_CHANCE = 0.05
HOLDS_IDENTITY_NUMBERS = Message(
    "holds identity numbers; let the data owner put a running number in their place"
)
# So many different values tell nobody's secret, however few the clients are.
FEW_VALUES = 10
_PERSONAL_WORDS = """
    navn name namn fornavn etternavn mellomnavn fulltnavn fullname firstname lastname surname
    fornamn efternamn klientnavn brukernavn personnavn adresse address adress gateadresse
    postadresse bostedsadresse epost epostadresse email telefon telefonnummer mobil mobiltelefon
    phone fnr fodselsnummer fodselsnr personnummer personnr dnummer dnr nationalid ssn fodselsdato
    fdato birthdate dateofbirth dob fodelsedatum tlf tlfnr mail mailadresse postboks gata
    gateadr kontonummer kontonr bankkonto aktorid aktoer navident
    saksbehandler saksbehandlernavn saksbehandlerident veileder veiledernavn kontaktperson
    handlaggare handledare ansattnavn ansattnr duf dufnr dufnummer
"""
_PERSONAL = frozenset(_PERSONAL_WORDS.split())
_REMARK_WORDS = """
    merknad merknader kommentar kommentarer kommentarfelt fritekst fritekstfelt notat notater
    beskrivelse beskriving anmerkning anmerkninger remark remarks comment comments note notes
    freetext fritext anmarkning anmarkningar anteckning anteckningar beskrivning journal
    journalnotat journalanteckning
"""
_REMARKS = frozenset(_REMARK_WORDS.split())
# From so many words, or letters, on a cell is a sentence and no class.
SENTENCE, LONG = 3, 25


def is_identity_number(text: str) -> bool:
    """Tell whether a text holds an identity number that nothing else is likely to be.

    Examples
    --------
    >>> is_identity_number("01010750160"), is_identity_number("01010750161")
    (True, False)
    >>> is_identity_number("01.01.07 50160"), is_identity_number("0 1 0 1 0 7 5 0 1 6 0")
    (True, True)
    """
    if any(_is_norwegian(match[1] + match[2]) for match in _NORWEGIAN.finditer(text)):
        return True
    if any(
        _is_swedish(match[1] + match[3]) and (match[2] or len(match[0]) == 12)
        for match in _SWEDISH.finditer(text)
    ):
        return True
    if _DECIMAL.fullmatch(text):
        return False
    together = _BETWEEN.sub("", text)
    return together != text and any(
        (len(run) == 11 and _is_norwegian(run))
        or (len(run) == 12 and run[:2] in ("18", "19", "20") and _is_swedish(run[2:]))
        for run in _RUN.findall(together)
    )


def _day_of_birth(text: str) -> tuple[str, str] | None:
    """Return the day and month with which a number begins as dates of birth do; None for none.

    Of random numbers of six digits or more one in 13 begins so.
    """
    for run in (*_RUN.findall(text), *_RUN.findall(_BETWEEN.sub("", text))):
        for pattern in _BIRTHS:
            match = pattern.match(run)
            if match:
                return match["day"], match["month"]
    return None


def _are_births(ids: Sequence[str]) -> bool:
    """Tell whether clients are called by their dates of birth, whatever follows.

    So are most of them, on days that differ: numbers that run on from 110100 share theirs.

    Examples
    --------
    >>> _are_births(["010180A0", "120379B1", "230590C2"])
    True
    >>> _are_births([str(number) for number in range(110100, 110255)])
    False
    """
    births = [birth for birth in map(_day_of_birth, ids) if birth]
    return 2 * len(births) > len(ids) and len({day for day, _ in births}) >= DAYS_OF_BIRTHS


def _are_people(texts: Sequence[str]) -> bool:
    """Tell whether clients are called by names or e-mail addresses, with or without a number.

    A word that many share, as `Klient 7` and `Alna 7` do, is a label.

    Examples
    --------
    >>> _are_people(["Hansen, Ola 1", "Berg, Kari 2"])
    True
    >>> _are_people(["Klient 1", "Klient 2"])
    False
    """
    people = sum(_is_words(text) for text in texts)
    named = [_NAMES_IN.findall(text) for text in texts]
    different = {name for names in named for name in names}
    are_own = 2 * sum(map(bool, named)) > len(texts)
    return 2 * people > len(texts) or (are_own and len(different) > max(FEW_VALUES, len(texts) / 4))


def _are_numbers_of_things(numbers: Sequence[float | None], clients: int) -> bool:
    """Tell whether a column holds other long numbers for most: telephones, accounts, cases."""
    long = sum(
        number is not None and number.is_integer() and abs(number) >= LONG_NUMBER
        for number in numbers
    )
    return 5 * long >= 4 * len(numbers) and long > max(FEW_VALUES, 0.5 * clients)


def _may_be_identity_number(text: str) -> bool:
    """Tell the same of ten digits: a Swedish number, or a Norwegian one without its first zero."""
    return (
        len(text) == 10
        and text.isascii()
        and text.isdigit()
        and (_is_swedish(text) or _is_norwegian("0" + text))
    )


def hold_identity_numbers(texts: Sequence[str]) -> bool:
    """Tell whether the different words of a column are identity numbers, or hold any.

    Examples
    --------
    >>> hold_identity_numbers(["1", "01010750160"]), hold_identity_numbers(["1", "01010750161"])
    (True, False)
    """
    long = [text for text in texts if len(text) >= 10]
    ten = [text for text in long if len(text) == 10 and text.isdigit()]
    likely = sum(_may_be_identity_number(text) for text in ten)
    return any(map(is_identity_number, long)) or likely > BY_CHANCE * len(ten)


def _is_norwegian(digits: str) -> bool:
    numbers = [int(digit) for digit in digits]
    day, month = int(digits[:2]) % 40, int(digits[2:4])
    is_date = 1 <= day <= 31 and any(1 <= month - more <= 12 for more in (0, 40, 65, 80))
    return (
        is_date
        and sum(w * d for w, d in zip(_FIRST_WEIGHTS, numbers, strict=False)) % 11 == 0
        and sum(w * d for w, d in zip(_SECOND_WEIGHTS, numbers, strict=True)) % 11 == 0
    )


def _is_swedish(digits: str) -> bool:
    month, day = int(digits[2:4]), int(digits[4:6]) % 60
    if not (1 <= month <= 12 and 1 <= day <= 31):
        return False
    doubled = [int(digit) * (2 - place % 2) for place, digit in enumerate(digits)]
    return sum(number // 10 + number % 10 for number in doubled) % 10 == 0


def looks_like_a_name_of_a_person(column: str) -> bool:
    """Tell whether a column's name promises names, addresses, identity numbers or birthdays."""
    return _plain_name(column) in _PERSONAL


def looks_like_remarks(column: str) -> bool:
    """Tell whether a column's name promises remarks in free text."""
    return _plain_name(column) in _REMARKS


def _plain_name(column: str) -> str:
    plain = column.casefold().translate(str.maketrans("øöåäé", "ooaae"))
    return re.sub(r"[^a-z]", "", plain)


def identifies(
    name: str,
    values: Sequence[Any],
    clients: int,
    *,
    is_known: bool,
    shared: Sequence[int] | Ints | None = None,
) -> str | None:
    """Return why a column may not be in a register, or None.

    Parameters
    ----------
    name : str
        Its name.
    values : sequence
        Its different values.
    clients : int
        How many clients the register holds.
    is_known : bool
        Whether it is one of the register's own columns, whose dates are months and no birthdays.
    shared : sequence of int, optional
        How many clients have each of the values.
    """
    if looks_like_a_name_of_a_person(name):
        return Message(
            "by its name it says who somebody is; leave names, addresses, identity numbers and "
            "dates of birth out"
        )
    texts = [_as_text(value) for value in values]
    if hold_identity_numbers(texts):
        return HOLDS_IDENTITY_NUMBERS
    if name == "client":
        if _are_people(texts):
            return Message("looks like names or e-mail addresses; expected a running number")
        if _are_births(texts):
            return Message("looks like dates of birth; expected a running number")
        return None
    if is_known:
        return None
    dates = sum(is_full_date(value) or _is_bare_date(value) for value in values)
    if len(values) > 1 and 5 * dates >= 4 * len(values):
        return Message(
            "holds dates, which may be dates of birth; give an age in years, or a month such as "
            "2015-03"
        )
    numbers = [number_of(text) for text in texts]
    if _are_numbers_of_things(numbers, clients):
        return Message(
            "has another long number for nearly every client, as telephones, accounts and cases "
            "have; leave it out"
        )
    if _plain_name(name) in _AGES and any(number and number > OLDEST for number in numbers):
        return Message(
            "is called an age and holds numbers above {oldest}, as years, days and dates of birth "
            "are; give an age in years",
            oldest=OLDEST,
        )
    words = sum(any(sign.isalpha() for sign in text) for text in texts)
    if words > max(FEW_VALUES, 0.5 * clients):
        return Message(
            "has other words for nearly every client, as names, addresses and free text have; "
            "give a few classes instead"
        )
    if words and looks_like_remarks(name):
        return Message(
            "by its name it holds remarks, which may tell anything of a person; leave it out, or "
            "give a few classes instead"
        )
    if shared is not None and is_free_text(texts, shared, clients):
        return Message(
            "holds free text, or classes that hardly any clients share; leave it out, or give a "
            "few classes instead"
        )
    return None


def is_free_text(texts: Sequence[str], shared: Sequence[int] | Ints, clients: int) -> bool:
    """Tell whether words are written for each client anew, and are no classes of many.

    Sentences that few clients share are, however few they are; so are other words where there are
    many that few share, or none that more do though there are clients enough.

    Parameters
    ----------
    texts : sequence of str
        The different values.
    shared : sequence of int
        How many clients have each.
    clients : int
        How many clients the register holds.

    Examples
    --------
    >>> is_free_text(["Ringte mor, kommer ikke", "Flyttet til Bergen i mai"], [1, 1], 160)
    True
    >>> is_free_text(["Ikke fullført videregående", "Fullført videregående"], [40, 60], 160)
    False
    """
    worded = [
        (text, count)
        for text, count in zip(texts, shared, strict=True)
        if any(sign.isalpha() for sign in text)
    ]
    if 2 * len(worded) < len(texts):
        # A column of numbers with slips among them.
        return False
    rare = [text for text, count in worded if count < LEAST]
    sentences = [text for text in rare if _is_sentence(text)]
    return bool(rare) and (
        2 * len(sentences) >= len(worded)
        or (len(worded) > FEW_VALUES and 2 * len(rare) > len(worded))
        or (len(rare) == len(worded) and clients >= FEW_VALUES * LEAST)
    )


def _is_sentence(text: str) -> bool:
    return len(text.split()) >= SENTENCE or len(text) >= LONG


def damaged_ids(ids: Sequence[Any]) -> list[bool]:
    """Tell which clients' numbers a spreadsheet has rounded, so that several may be one.

    Examples
    --------
    >>> damaged_ids(["1,23E+01", "1.5e+12", "12e34"])
    [True, True, False]
    """
    return [_ROUNDED.fullmatch(_as_text(one).strip()) is not None for one in ids]


def written_twice(ids: Sequence[Any]) -> list[bool]:
    """Tell which clients' numbers say the same as an earlier one, written in another way.

    A spreadsheet that opens a file takes leading zeros away, puts decimals or marks between
    thousands there; where only part of a file went through it, one client becomes two.

    Examples
    --------
    >>> written_twice(["7", "007", "7,0", "70", "K-7", "k-7", "1 234", "1.234"])
    [False, True, True, False, False, True, False, True]
    """
    first: dict[str, int] = {}
    plain = [_plain_id(_as_text(one)) for one in ids]
    return [first.setdefault(own, place) != place for place, own in enumerate(plain)]


def _plain_id(text: str) -> str:
    low = re.sub(r"\s", "", text.casefold())
    if _MARKED.fullmatch(low):
        return re.sub("[.,]", "", low).lstrip("0")
    return re.sub(r"[.,]0+$", "", low).lstrip("0") if low[:1].isdigit() else low


def clients_with_each(codes: Ints, who: Ints, values: int) -> Ints:
    """Return how many clients have each of a column's values.

    Parameters
    ----------
    codes, who : ndarray of int, shape (rows,)
        Which value and which client stands in each row; below 0 for none.
    values : int
        How many different values there are.
    """
    rows = (codes >= 0) & (who >= 0)
    clients = int(who.max(initial=0)) + 1
    pairs = np.unique(codes[rows] * clients + who[rows])
    return np.bincount(pairs // clients, minlength=values)


def _is_bare_date(value: Any) -> bool:
    """Tell whether digits are a day; of random numbers of six digits one in 27 is."""
    return _BARE_DATE.fullmatch(_as_text(value)) is not None


def _as_text(value: Any) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _is_words(text: str) -> bool:
    parts = text.split()
    several = len(parts) > 1 and all(part[0].isalpha() for part in parts)
    return (
        "@" in text
        or several
        or _NAME.fullmatch(text) is not None
        or _SURNAME_FIRST.search(text) is not None
    )
