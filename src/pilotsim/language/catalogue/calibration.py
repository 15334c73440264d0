"""Phrases of a calibration: how sure the figures make a value, and what they leave open."""

from __future__ import annotations

CALIBRATION: dict[str, tuple[str, str]] = {
    "settled": ("avgjort av tallene", "settled by the figures"),
    "partly": ("delvis avgjort", "partly settled"),
    "open": ("ikke avgjort: tallene sier lite om den", "left open: the figures say little of it"),
    "before": ("Før", "Before"),
    "after": ("Tilpasset", "Fitted"),
    "nine_in_ten": ("9 av 10", "9 in 10"),
    "calibration_head": (
        "Tilpasset til {count} publiserte tall ({names}). {runs} kjøringer, {replications} i hvert punkt, frø {seed}.",
        "Fitted to {count} published figures ({names}). {runs} runs, {replications} at each point, seed {seed}.",
    ),
    "calibration_misfit": (
        "Avvik i det beste punktet: {misfit} (venter omtrent {expected} der modellen passer). Surrogatet bommer med inntil {error} "
        "av usikkerheten i et tall; posterioren hviler på {effective} punkter.",
        "Misfit at the best point: {misfit} (about {expected} where the model fits). The surrogate misses by up to {error} of a "
        "figure's uncertainty; the posterior rests on {effective} points.",
    ),
    "calibration_poor": (
        "Modellen passer dårlig til disse tallene, hva verdiene enn er.",
        "The model fits these figures badly, whatever the values are.",
    ),
    "calibration_apart": (
        "Tallene skiller dårlig mellom {one} og {other} (korrelasjon {correlation}): mer av den ene går opp i {way} av den andre.",
        "The figures can hardly tell {one} from {other} (correlation {correlation}): more of the one is made up for by {way} of "
        "the other.",
    ),
    "more": ("mer", "more"),
    "less": ("mindre", "less"),
    "calibration_direction": (
        "Åpent: {moves} kan endres sammen uten at tallene merker det ({width} av spennet står igjen).",
        "Open: {moves} can move together without the figures noticing ({width} of the range is left).",
    ),
    "calibration_nothing_open": (
        "Tallene skiller mellom alle verdiene.",
        "The figures tell all the values apart.",
    ),
    "calibration_held_out": (
        "Publiserte tall mot den tilpassede flyten, med verdier fra posterioren",
        "Published figures against the fitted flow, with values from the posterior",
    ),
}
