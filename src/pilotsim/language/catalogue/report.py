"""What only a report says: headings of its tables and sentences of its page, in Norwegian and in English."""

from __future__ import annotations

from pilotsim.language.format import LANGUAGES, PHRASES, check_language

SENTENCES: dict[str, tuple[str, str]] = {
    # Headings of tables.
    "question": ("Spørsmål", "Question"),
    "kind": ("Slags mål", "Kind of target"),
    "limit": ("Grense", "Limit"),
    "low_end": ("Nedre", "Lower"),
    "high_end": ("Øvre", "Upper"),
    "chance_percent": ("Sjanse i prosent", "Chance in per cent"),
    "chance_low": ("Sjanse, nedre", "Chance, lower"),
    "chance_high": ("Sjanse, øvre", "Chance, upper"),
    "chance_change": ("Endring i sjanse, prosentpoeng", "Change of chance, percentage points"),
    "runs": ("Kjøringer", "Runs"),
    "undefined": ("Kjøringer uten grunnlag", "Runs without a base"),
    "end": ("Ende", "End"),
    "basis": ("Hviler på", "Rests on"),
    "mean_with": ("Snitt med piloten", "Mean with the pilot"),
    "mean_without": ("Snitt uten piloten", "Mean without the pilot"),
    "mean_waiting": ("Av dem i kø", "Of these waiting"),
    "name_from": ("Navn fra", "Name from"),
    "name_to": ("Navn til", "Name to"),
    "from_stage": ("Fra", "From"),
    "to_stage": ("Til", "To"),
    "range_of": ("Spenn", "Range"),
    # The page.
    "generator": ("Laget av pilotsim", "Made by pilotsim"),
    "scenario": ("Scenario: {scenario}.", "Scenario: {scenario}."),
    "period": ("{first} til {last}", "{first} to {last}"),
    "summary": (
        "{count} vurderinger av {targets} mål: {words}.",
        "{count} verdicts on {targets} targets: {words}.",
    ),
    "no_targets": ("Flyten har ingen mål å vurdere.", "The flow has no targets to judge."),
    "verdicts": ("Kan målene nås?", "Can the targets be met?"),
    "verdicts_note": (
        "Et mål som kan leses på flere måter, vurderes i hver lesning. Spennet er der 9 av 10 kjøringer havner. Sjansen er andelen "
        "av {runs} kjøringer som når kravet, med 95 % intervall under. Lite sannsynlig: under en tredel. Sannsynlig: fra to "
        "tredeler. Umulig og sikkert: etter regnestykket, eller når intervallet ligger innenfor 1 % av 0 eller 100 %.",
        "A target that can be read in several ways is judged in each reading. The range is where 9 runs in 10 end. The chance is "
        "the share of {runs} runs that meet the bound, with its 95 % interval below. Unlikely: below one third. Likely: from "
        "two thirds. Impossible and certain: by arithmetic, or where the interval lies within 1 % of 0 or 100 %.",
    ),
    "sums": ("Regnestykker før noe er simulert", "Sums, before anything is simulated"),
    "sum_line": (
        "{written} = {number} på det beste; kravet er {bound}. {says}.",
        "{written} = {number} at best; the bound is {bound}. {says}.",
    ),
    "contradictions": ("Motsetninger i kilden", "Contradictions in the source"),
    "conflict_line": (
        "{written} = {number}; oppgitt er {stated}.",
        "{written} = {number}; stated is {stated}.",
    ),
    "drivers": ("Hva som flytter resultatet", "What moves the result"),
    "drivers_note": (
        "For hvert mål som kan glippe: hver antakelse i den ene og den andre enden av spennet sitt, og hver kapasitet uten grense, "
        "én om gangen og med de samme klientene. Alle tallene står i drivers.csv.",
        "For each target that may fail: each assumption at one end of its range and at the other, and each capacity without limit, "
        "one at a time and with the same clients. All numbers are in drivers.csv.",
    ),
    "over_time": ("Klientene og kapasiteten", "Clients and capacity"),
    "rests_on": ("Hva vurderingen hviler på", "What the verdict rests on"),
    "rests_note": (
        "{facts} tall er oppgitt i kilder, {assumed} er antatt, {ranges} av dem med et spenn. {drawn}",
        "{facts} numbers are stated by sources, {assumed} are assumed, {ranges} of them with a range. {drawn}",
    ),
    "drawn": (
        "Antakelser med spenn trekkes på nytt i hver kjøring.",
        "Assumptions with a range are drawn anew in each run.",
    ),
    "held": ("Alle antakelser står på sin verdi.", "All assumptions stand at their values."),
    "plain": (
        "{count} tall har verken kilde eller begrunnelse: dette er en skisse.",
        "{count} numbers have neither source nor reason: this is a sketch.",
    ),
    "facts": ("Tall fra kilder", "Sourced numbers"),
    "assumed": ("Antakelser", "Assumptions"),
    "sources": ("Kilder", "Sources"),
    "how_made": ("Slik er dette laget", "How this was made"),
    "how_line": (
        "Flyten «{flow}» er simulert {runs} ganger med frø {seed}, hver gang med og uten piloten for de samme klientene. Hver "
        "endring er prøvd {few} ganger. pilotsim {version}. De samme tallene kommer igjen med:",
        "The flow '{flow}' was simulated {runs} times with seed {seed}, each time with and without the pilot for the same clients. "
        "Each change was tried {few} times. pilotsim {version}. The same numbers come again from:",
    ),
    "how_short": (
        "Flyten «{flow}» er simulert {runs} ganger med frø {seed}, hver gang med og uten piloten for de samme klientene. "
        "pilotsim {version}.",
        "The flow '{flow}' was simulated {runs} times with seed {seed}, each time with and without the pilot for the same "
        "clients. pilotsim {version}.",
    ),
    "files": ("Filene i mappen", "The files in this folder"),
    "file_page": ("Denne siden", "This page"),
    "file_list": ("Denne listen", "This list"),
    "file_png": ("bilde", "picture"),
    "file_svg": ("bilde for trykk", "picture for print"),
    "file_txt": ("hva bildet viser, i ord", "what the picture shows, in words"),
    "file_targets": ("Vurderingene", "The verdicts"),
    "file_drivers": ("Hva som flytter hvert resultat", "What moves each result"),
    "file_assumptions": ("Tall fra kilder og antakelser", "Sourced numbers and assumptions"),
    "file_stages_over_time": (
        "Klienter i hvert trinn, måned for måned",
        "Clients in each stage, month by month",
    ),
    "file_moves": ("Klienter som går fra trinn til trinn", "Clients who move from stage to stage"),
}


def say(key: str, language: str, **parts: object) -> str:
    """Return a phrase of a report, or one of the program's; `parts` go into its braces.

    Raises
    ------
    RequestError
        The program does not speak this language.
    """
    phrase = (SENTENCES.get(key) or PHRASES[key])[LANGUAGES.index(check_language(language))]
    return phrase.format(**parts) if parts else phrase
