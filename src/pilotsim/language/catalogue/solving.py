"""Phrases of a search: what was proven, what was not, and what it took."""

from __future__ import annotations

SOLVING: dict[str, tuple[str, str]] = {
    "met": ("nok", "enough"),
    "missed": ("for lite", "too little"),
    "close": ("på grensen", "at the bound"),
    "open": ("ikke avgjort", "not decided"),
    "beaten": ("slått", "beaten"),
    "best": ("best", "best"),
    "near": ("like god innenfor slingringsmonnet", "as good within the margin"),
    "dearer": ("dyrere", "dearer"),
    "implied": ("følger av de andre", "follows from the others"),
    "sought": ("Det som søkes", "What is sought"),
    "wanted": (
        "{targets}. Dette skal nås med minst {probability} sannsynlighet.",
        "{targets}. This is to be met with a probability of at least {probability}.",
    ),
    "wanted_within": (
        "{targets}. Søkt er det valget som når dette oftest, for høyst {budget}.",
        "{targets}. Sought is the choice that meets this most often, for at most {budget}.",
    ),
    "least_found": (
        "{lever}: {best} er det minste som er nok. Med {below} nås målet sjeldnere enn i {probability} av tilfellene.",
        "{lever}: {best} is the least that is enough. With {below} the target is met less often than in {probability} of cases.",
    ),
    "least_at_once": (
        "{lever}: {best} er nok, og det er det minste som er prøvd.",
        "{lever}: {best} is enough, and it is the least that was tried.",
    ),
    "least_none": (
        "{lever}: ikke engang {below} er nok, og det er det meste som er prøvd. Målet nås sjeldnere enn i "
        "{probability} av tilfellene.",
        "{lever}: not even {below} is enough, and it is the most that was tried. The target is met less often than in"
        " {probability} of cases.",
    ),
    "least_between": (
        "{lever}: ikke avgjort til siste trinn.",
        "{lever}: not decided to the last step.",
    ),
    "proven_enough": ("Bevist nok: {choice}.", "Proven to be enough: {choice}."),
    "proven_short": ("Bevist for lite: {choice}.", "Proven to be too little: {choice}."),
    "not_decided": ("Ikke avgjort: {choices}.", "Not decided: {choices}."),
    "proven_nothing": (
        "Ingenting som er prøvd, er bevist nok.",
        "Nothing that was tried is proven to be enough.",
    ),
    "cheapest_found": (
        "Det billigste som er nok: {choice}. Det koster {cost}.",
        "The cheapest that is enough: {choice}. It costs {cost}.",
    ),
    "cheapest_none": ("Ingen av valgene er nok.", "None of the choices is enough."),
    "cheapest_so_far": (
        "Det billigste som er bevist nok: {choice}. Det koster {cost}. {count} billigere valg er ikke avgjort.",
        "The cheapest that is proven to be enough: {choice}. It costs {cost}. {count} cheaper choices are not decided.",
    ),
    "surest_found": (
        "Det sikreste for pengene: {choice}. Det koster {cost}. Ingen annen er bevist å være sikrere, og ingen kan "
        "være det med mer enn {margin}.",
        "The surest for the money: {choice}. It costs {cost}. None other is proven to be surer, and none can be by "
        "more than {margin}.",
    ),
    "surest_so_far": (
        "Oftest nådd for pengene: {choice}. Det koster {cost}. {count} andre valg kan være sikrere; det er ikke avgjort.",
        "Met most often for the money: {choice}. It costs {cost}. {count} other choices may be surer; that is not decided.",
    ),
    "share_met": (
        "Med {choice} ble målet nådd i {share} av kjøringene ({range}).",
        "With {choice} the target was met in {share} of the runs ({range}).",
    ),
    "close_line": (
        "På grensen, innenfor {margin} av kravet: {choices}.",
        "At the bound, within {margin} of what is wanted: {choices}.",
    ),
    "open_line": (
        "For få kjøringer til å avgjøre: {choices}. Med flere kjøringer (most_runs) eller større slingringsmonn "
        "(margin) blir det avgjort.",
        "Too few runs to decide: {choices}. More runs (most_runs) or a wider margin will decide it.",
    ),
    "order_holds": (
        "Forutsatt er at mer aldri gjør målet mindre sannsynlig; ingen av kjøringene sier imot.",
        "It is presumed that more never makes the target less likely; no run speaks against it.",
    ),
    "order_broken": (
        "Men mer gjør det mindre sannsynlig fra {lower} til {higher}. Forutsetningen holder altså ikke, og svaret er "
        "ikke bevist. Sett monotone: false.",
        "But more makes it less likely from {lower} to {higher}. So what is presumed does not hold, and the answer is"
        " not proven. Set monotone: false.",
    ),
    "surety": (
        "Alt som er sagt å være bevist, er sant med minst {confidence} sikkerhet, i den verdenen som flytfila "
        "beskriver{drawn}. Det tok {runs} kjøringer.",
        "All that is said to be proven is true with a certainty of at least {confidence}, in the world that the flow "
        "file describes{drawn}. It took {runs} runs.",
    ),
    "surety_drawn": (
        " med antakelsene sine trukket på nytt i hver kjøring",
        " with its assumptions drawn anew in each run",
    ),
    "surety_fixed": (" med alle antakelser på sin verdi", " with all assumptions at their values"),
    "runs_heading": ("Kjøringer", "Runs"),
    "share_heading": ("Nådd", "Met"),
    "cost_heading": ("Kostnad", "Cost"),
    "interval_heading": ("Intervall", "Interval"),
    "figure_frontier": ("Hvor sikkert målet nås", "How surely the target is met"),
    "frontier_wanted": ("ønsket {probability}", "wanted {probability}"),
    "frontier_note": (
        "Andelen kjøringer som når målet, med 95 % intervall for hvert punkt for seg ({runs} kjøringer hvert). Fylt: "
        "bevist nok. Åpent: bevist for lite. Grått felt: ikke avgjort.",
        "The share of runs that meet the target, with the 95 % interval of each point by itself ({runs} runs each). "
        "Filled: proven to be enough. Open: proven to be too little. Grey: not decided.",
    ),
    "frontier_note_costs": (
        "Hvert punkt er et valg: hva det koster, og andelen kjøringer som når målet, med 95 % intervall for seg. "
        "Fylt: bevist nok. Åpent: bevist for lite. Blekt: ikke avgjort, slått eller dyrere.",
        "Each point is a choice: what it costs, and the share of runs that meet the target, with its own 95 % "
        "interval. Filled: proven to be enough. Open: proven to be too little. Pale: not decided, beaten or dearer.",
    ),
    "frontier_point": ("{choice}: {share}", "{choice}: {share}"),
    "tried": ("Hva som er prøvd", "What was tried"),
    "tried_note": (
        "Intervallene i tabellen holder alle samtidig, med minst {confidence} sikkerhet, uansett hvor ofte det er sett på dem.",
        "The intervals of the table hold all together, with a certainty of at least {confidence}, however often they "
        "are looked at.",
    ),
    "solve_made": (
        "Flyten «{flow}» er simulert {runs} ganger, {figure} av dem for figuren, med frø {seed}. pilotsim {version}.",
        "The flow '{flow}' was simulated {runs} times, {figure} of them for the figure, with seed {seed}. pilotsim {version}.",
    ),
}
