"""What an evaluation's diagnosis means for those who decide, in sentences: half a page."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from pilotsim.base.text import Text
from pilotsim.evaluation.evaluation import Evaluation
from pilotsim.evaluation.ranking import Ranked, rank
from pilotsim.evaluation.run import DesignResult
from pilotsim.language.catalogue import say
from pilotsim.language.numbers import format_number

BEST = Text(
    "Vi anbefaler {design} ({answer}). Den er uten påviselig skjevhet og ser effekter fra om lag {size} prosentpoeng ({inquiry}).",
    "We recommend {design} ({answer}). It shows no bias, and sees effects from about {size} percentage points ({inquiry}).",
)
NO_BEST = Text(
    "Ingen av oppleggene kan se en effekt som tiltaket kan tenkes å ha. Pilotens omfang må opp, eller spørsmålet må snevres inn.",
    "None of the designs can see an effect that the programme might have. The pilot must be larger, or the question narrower.",
)
EXPECT = Text(
    "Vent likevel ikke for mye: slike tiltak virker som oftest lite, og med de effektene vi regner med på forhånd (i snitt {truth} "
    "prosentpoeng) er sjansen {power} % for at piloten kan vise noe. Finner den ingenting, er det ikke bevis for at tiltaket ikke "
    "virker. Si det før start.",
    "Still, do not expect too much: such programmes mostly do little, and with the effects expected beforehand ({truth} percentage "
    "points on average) the chance is {power} % that the pilot can show anything. If it finds nothing, that does not prove that "
    "the programme does not work. Say so before the start.",
)
EXAGGERATES = Text(
    "Når den først finner noe, er anslaget i snitt {times} ganger for stort.",
    "Where it does find something, the estimate is {times} times too large on average.",
)
IF_ALIKE = Text(
    "{design} ({answer}) ser effekter fra {size} prosentpoeng, men bare hvis de som sammenlignes ville ha klart seg likt uten "
    "tiltaket. Det er slik i simuleringen fordi vi har antatt det; i virkeligheten kan ingen data vise det.",
    "{design} ({answer}) sees effects from {size} percentage points, but only if those compared would have done alike without the "
    "programme. In the simulation that is so because it was assumed; in reality no data can show it.",
)
BIASED = Text(
    "{design} ({answer}) svarer feil med {bias} prosentpoeng i snitt: {why}.",
    "{design} ({answer}) is wrong by {bias} percentage points on average: {why}.",
)
FALSE = Text(
    "{design} ({answer}) finner en effekt i {false} % av pilotene der det ikke er noen: usikkerheten er større enn metoden tror.",
    "{design} ({answer}) finds an effect in {false} % of the pilots in which there is none: it is less certain than it thinks.",
)
BLIND = Text(
    "{design} ({answer}) er ærlig, men ser først effekter fra {size} prosentpoeng ({inquiry}).",
    "{design} ({answer}) is honest but sees effects only from {size} percentage points ({inquiry}).",
)
SEES_NONE = Text(
    "{design} ({answer}) er ærlig, men ser ingen effekt som tiltaket kan ha ({inquiry}).",
    "{design} ({answer}) is honest but sees no effect that the programme could have ({inquiry}).",
)


def assessment(
    evaluation: Evaluation, tried: Sequence[DesignResult], language: str
) -> Iterator[str]:
    """Yield the sentences of the assessment of one cell: the recommendation, what to expect, what to avoid."""
    ranked = rank([one for one in tried if one.strategy.estimand.is_share])
    honest = [one for one in ranked if not one.misleads]
    usable = [one for one in honest if one.by_lot and math.isfinite(one.sees_from)]
    best = next((one for one in usable if _asks_main(one, evaluation)), None)
    if best is None:
        yield NO_BEST.in_language(language)
    else:
        yield BEST.in_language(language).format(
            size=points(best.sees_from, language), **_names(best, evaluation, language)
        )
        found = best.tried.diagnosis
        yield EXPECT.in_language(language).format(
            truth=points(found.truth.value, language),
            power=format_number(100 * found.power.value, language, decimals=0),
        )
        if found.type_m.value > 1.3:
            yield EXAGGERATES.in_language(language).format(
                times=format_number(found.type_m.value, language, decimals=1)
            )
    # Half a page: of each other design the strategy that stands first.
    told = {best.tried.design.name} if best else set()
    for one in ranked:
        if one.tried.design.name not in told:
            told.add(one.tried.design.name)
            yield _sentence(one, evaluation, language)


def _asks_main(one: Ranked, evaluation: Evaluation) -> bool:
    """Tell whether a strategy answers the first inquiry, which is the one that the evaluation is for."""
    return one.tried.strategy.estimand.name == next(iter(evaluation.estimands))


def _sentence(one: Ranked, evaluation: Evaluation, language: str) -> str:
    names, found = _names(one, evaluation, language), one.tried.diagnosis
    if found.is_biased:
        return BIASED.in_language(language).format(
            bias=points(found.bias.value, language),
            why=say(f"why_{found.reason}", language),
            **names,
        )
    if one.misleads:
        return FALSE.in_language(language).format(
            false=format_number(100 * found.false_positives.value, language, decimals=0), **names
        )
    if math.isfinite(one.sees_from) and not one.by_lot:
        return IF_ALIKE.in_language(language).format(size=points(one.sees_from, language), **names)
    if math.isfinite(one.sees_from):
        return BLIND.in_language(language).format(size=points(one.sees_from, language), **names)
    return SEES_NONE.in_language(language).format(**names)


def _names(one: Ranked, evaluation: Evaluation, language: str) -> dict[str, str]:
    return {
        "design": one.tried.design.says.in_language(language),
        "answer": one.tried.strategy.says_in(language),
        "inquiry": evaluation.says_of(one.tried.strategy.estimand.name, language),
    }


def points(share: float, language: str) -> str:
    """Return a difference of shares in percentage points."""
    return format_number(100 * share, language, decimals=1)
