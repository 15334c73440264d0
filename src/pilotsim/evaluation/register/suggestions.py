"""Words of Norwegian and Swedish registers, and what they probably mean here.

They are suggestions: a message asks by them, and a draft of a mapping is made of them. None is
taken for what it probably means without a mapping that says so.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TypeVar

__all__ = ["COLUMN_WORDS", "FLAG_WORDS", "STATE_WORDS", "plain_word"]

Meant = TypeVar("Meant", str, float)
_COLUMNS = {
    "client": "client klient klientid klientnr klientnummer id lopenr lopenummer person personid "
    "bruker brukerid deltaker deltakerid nr pseudonym",
    "month": "month maned maaned mnd periode dato manad aarmaned yearmonth",
    "status": "status tilstand hovedstatus ytelse situasjon arbeidsstatus tillstand",
    "in_work": "inwork iarbeid arbeid jobb ansatt sysselsatt harjobb arbete",
    "on_assistance": "onassistance sosialhjelp mottarsosialhjelp pasosialhjelp stonad "
    "socialbidrag ekonomisktbistand",
    "amount": "amount belop utbetalt utbetaltbelop utbetaling utbetaltsosialhjelp "
    "sosialhjelpsbelop stonadsbelop kroner kr sum belopp utbetaltbelopp utbetalning",
    "offered": "offered tilbud tilbudt tilbudtmaned fikktilbud tilbudsdato erbjuden",
    "started": "started start startet startmaned begynte oppstart startdato paabegynt borjade",
    "district": "district bydel distrikt kontor navkontor enhet kommune sted stadsdel",
    "assigned": "assigned trukket trukketut loddtrekning gruppe tildelt arm behandling utlottad",
    "block": "block blokk stratum strata blokknr",
}
_STATES = {
    "assistance": "assistance sosialhjelp okonomisksosialhjelp sosialstonad stonad "
    "ekonomisktbistand forsorjningsstod",
    "work": "work arbeid iarbeid jobb ijobb ansatt sysselsatt ordinartarbeid arbete iarbete",
    "other_benefit": "otherbenefit annenytelse trygd aap arbeidsavklaringspenger dagpenger ufore "
    "uforetrygd kvp kvalifiseringsprogram introduksjonsstonad annanersattning",
    "education": "education utdanning iutdanning skole student utbildning",
    "unknown": "unknown ukjent vetikke okand",
    "not_counted": "notcounted tellesikke raknasinte",
}
_FLAGS = {
    1.0: "1 10 true yes ja j y x sann sant",
    0.0: "0 00 false no nei n nej usann usant",
}


def plain_word(text: str) -> str:
    """Return a word as it is looked up: small letters and digits, without accents.

    Examples
    --------
    >>> plain_word("Økonomisk sosialhjelp "), plain_word("I_ARBEID")
    ('okonomisksosialhjelp', 'iarbeid')
    """
    plain = text.casefold().translate(str.maketrans("øöåäæéü", "ooaaaeu"))
    return re.sub(r"[^a-z0-9]", "", plain)


def _by_word(words: Mapping[Meant, str]) -> dict[str, Meant]:
    return {word: meant for meant, listed in words.items() for word in listed.split()}


COLUMN_WORDS = _by_word(_COLUMNS)
STATE_WORDS = _by_word(_STATES)
FLAG_WORDS = _by_word(_FLAGS)
