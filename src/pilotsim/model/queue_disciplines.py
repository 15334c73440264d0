"""Queue disciplines: in which order those who wait for a stage start.

A discipline is one record: the word for it in a flow file (`order`), and the key by which a line is
sorted. Both engines sort by the same key; who has the lower one starts first, and of two with the
same key who has waited longer, then who has the lower client number. To add a discipline, register
its record below.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from pilotsim.base.errors import did_you_mean
from pilotsim.model.own_code import ORDER, register_code

# A client's key in a line, of its number for the trait that the order names, of the time since when
# it has waited (in days; before the start for who had waited then), and of a uniform number of its
# own at that moment. Plain arithmetic, for the compiled engine compiles it.
Key = Callable[[float, float, float], float]

QUEUE_DISCIPLINES: dict[str, QueueDiscipline] = {}


@dataclass(frozen=True)
class QueueDiscipline:
    """An order of those who wait.

    Parameters
    ----------
    word : str
        As a flow file writes it.
    key : callable
        Of trait, since when a client has waited, and a uniform number: what the line is sorted by.
    asks_trait : bool
        Whether a flow file names a trait with it: ``{highest: readiness}``. Else the key gets 0.
    draws : bool
        Whether a client has a uniform number for it, another at each moment at which the line is
        asked who is first. Else the key gets 0.
    in_order_of_joining : bool
        Whether the last to join a line always stands last in it.
    """

    word: str
    key: Key
    asks_trait: bool = False
    draws: bool = False
    in_order_of_joining: bool = False


def register_queue_discipline(discipline: QueueDiscipline) -> QueueDiscipline:
    """Let flow files name a queue discipline; return it.

    Raises
    ------
    ValueError
        Another one of this word is there already.
    RequestError
        No versions can be told of a key of one's own.
    """
    word = discipline.word
    if word in QUEUE_DISCIPLINES and QUEUE_DISCIPLINES[word] != discipline:
        raise ValueError(f"there is another order '{word}' already")
    asks = (discipline.asks_trait, discipline.draws, discipline.in_order_of_joining)
    register_code(word, ORDER, [discipline.key], asks)
    QUEUE_DISCIPLINES[word] = discipline
    return discipline


def discipline_named(word: str) -> QueueDiscipline:
    """Return the queue discipline of a word.

    Raises
    ------
    LookupError
        There is none.
    """
    discipline = QUEUE_DISCIPLINES.get(word)
    if discipline is None:
        raise LookupError(f"unknown order '{word}'{did_you_mean(word, QUEUE_DISCIPLINES)}")
    return discipline


def _same_for_all(trait: float, since: float, draw: float) -> float:
    # Ties go to the longest waiting.
    return 0.0


def _drawn(trait: float, since: float, draw: float) -> float:
    return draw


def _highest_first(trait: float, since: float, draw: float) -> float:
    return -trait


def _lowest_first(trait: float, since: float, draw: float) -> float:
    return trait


LONGEST_WAITING = register_queue_discipline(
    QueueDiscipline("longest_waiting", _same_for_all, in_order_of_joining=True)
)
register_queue_discipline(QueueDiscipline("random", _drawn, draws=True))
register_queue_discipline(QueueDiscipline("highest", _highest_first, asks_trait=True))
register_queue_discipline(QueueDiscipline("lowest", _lowest_first, asks_trait=True))


def key_by_urgency(factor: float, since: float, now: float) -> float:
    """Return the key of a client whose claim grows by a factor with the time that it has waited.

    Whose claim is greatest goes first (Kleinrock, A delay dependent queue discipline, Naval
    Research Logistics Quarterly 11, 1964).

    Parameters
    ----------
    factor : float
        How fast.
    since, now : float
        Since when it waits, and the present moment.
    """
    return -(factor * (now - since))
