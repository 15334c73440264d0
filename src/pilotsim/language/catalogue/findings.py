"""Phrases of findings: differences, what the spread comes from, where targets are missed, joint effects."""

from __future__ import annotations

FINDINGS: dict[str, tuple[str, str]] = {
    "found_change": (
        "{scenario}: «{response}» går fra {before} til {after} ({change}; {low} til {high}).",
        "{scenario}: '{response}' goes from {before} to {after} ({change}; {low} to {high}).",
    ),
    "found_no_change": (
        "Ingen av scenarioene endrer «{response}» klart.",
        "No scenario clearly changes '{response}'.",
    ),
    "found_spread": (
        "Av spredningen i «{response}» kommer {share} ({low} til {high}) av det som er variert; resten er {rest}.",
        "Of the spread of '{response}' {share} ({low} to {high}) comes from what was varied; the rest is {rest}.",
    ),
    "found_rest": ("tilfeldighet", "chance"),
    "found_rest_drawn": (
        "tilfeldighet og de andre antakelsene",
        "chance and the other assumptions",
    ),
    "found_no_spread": (
        "«{response}» er den samme i alle kjøringer.",
        "'{response}' is the same in all runs.",
    ),
    "found_indices": (
        "«{response}» henger mest på {factors}.",
        "'{response}' hangs most on {factors}.",
    ),
    "found_index": ("{factor} ({share})", "{factor} ({share})"),
    "found_effect": (
        "{factor} ({change} over hele spennet)",
        "{factor} ({change} over its whole range)",
    ),
    "found_missed": (
        "«{response}» bommer i {missed} av kjøringene. Der {limits}, bommer {density}; der ligger {coverage} av alle bommene.",
        "'{response}' is missed in {missed} of the runs. Where {limits}, {density} miss; {coverage} of all misses lie there.",
    ),
    "found_missed_nowhere": (
        "«{response}» bommer i {missed} av kjøringene, og ikke noe bestemt sted i spennene.",
        "'{response}' is missed in {missed} of the runs, and nowhere in particular in the ranges.",
    ),
    "limit_above": ("{factor} er minst {low}", "{factor} is at least {low}"),
    "limit_below": ("{factor} er høyst {high}", "{factor} is at most {high}"),
    "limit_between": ("{factor} er mellom {low} og {high}", "{factor} is between {low} and {high}"),
    "found_together": (
        "{first} fra {low} til {high} endrer «{response}» med {at_low} når {second} er {second_low}, og med {at_high}"
        " når {second} er {second_high}; forskjellen er {together} ({from_} til {to}).",
        "{first} from {low} to {high} changes '{response}' by {at_low} where {second} is {second_low}, and by "
        "{at_high} where {second} is {second_high}; the difference is {together} ({from_} to {to}).",
    ),
    "in_scenario": ("{scenario}: {sentence}", "{scenario}: {sentence}"),
    "findings": ("Hva som ble funnet", "What was found"),
    "differences_heading": ("Forskjeller mellom scenarioene", "Differences between the scenarios"),
    "differences_note": (
        "Hvert scenario mot «{against}», med de samme klientene i begge, og 95 % intervall over {runs} gjentakelser.",
        "Each scenario against '{against}', with the same clients in both, and the 95 % interval over {runs} replications.",
    ),
    "figure_differences": ("Hva scenarioene endrer", "What the scenarios change"),
    "before": ("Før", "Before"),
    "after": ("Etter", "After"),
    "spread_heading": ("Antakelser eller tilfeldighet?", "Assumptions or chance?"),
    "spread_note": (
        "Hvor stor del av variansen mellom kjøringer som forsvinner om det som er variert, var kjent. Resten er flaks"
        " og uflaks i en enkelt pilot.",
        "How much of the variance between runs would go if what was varied were known. The rest is the luck of a single pilot.",
    ),
    "response": ("Størrelse", "Response"),
    "share_of_assumptions": ("Fra antakelsene", "From the assumptions"),
    "chance_share": ("Tilfeldighet", "Chance"),
    "indices_heading": ("Hva spredningen henger på", "What the spread hangs on"),
    "indices_note": (
        "Sobol-indekser av det forventede resultatet: hvor mye av variansen faktoren gjør alene (mørkt), og i alt, "
        "sammen med andre (lyst), med 95 % intervall. Det som skiller kjøringer med samme verdier, er skilt ut.",
        "Sobol indices of the expected result: how much of the variance a factor makes by itself (dark), and in all, "
        "together with others (pale), with 95 % intervals. What differs between runs with the same values is set "
        "apart.",
    ),
    "effects_heading": ("Hva et skritt i hver faktor gjør", "What a step in each factor does"),
    "effects_note": (
        "Elementæreffekter (Morris): hvor mye resultatet i snitt endrer seg når faktoren går over hele spennet, "
        "uansett retning, med 95 % intervall.",
        "Elementary effects (Morris): how much the result changes on average when the factor goes over its whole "
        "range, whatever the direction, with 95 % intervals.",
    ),
    "figure_sensitivity": ("Hva «{response}» henger på", "What '{response}' hangs on"),
    "factor": ("Faktor", "Factor"),
    "first_order": ("Alene", "Alone"),
    "total_order": ("I alt", "In all"),
    "effect_size": ("Størrelse", "Size"),
    "effect_mean": ("Snitt", "Mean"),
    "effect_spread": ("Spredning", "Spread"),
    "missed_heading": ("Hvor målene bommer", "Where targets are missed"),
    "missed_note": (
        "Området er funnet ved å skrelle bort skive etter skive (PRIM). Gjenfunnet: i hvor mange av utvalgene trukket"
        " på nytt samme faktor avgrenser. Flaks: sjansen for så mange bommerter uten avgrensningen.",
        "The region was found by peeling off slice after slice (PRIM). Found again: in how many of the samples drawn "
        "anew the same factor restricts. Luck: the chance of so many misses without the restriction.",
    ),
    "limit_range": ("Avgrensning", "Restriction"),
    "found_again": ("Gjenfunnet", "Found again"),
    "luck": ("Flaks", "Luck"),
    "together_heading": ("Hva faktorene gjør sammen", "What factors do together"),
    "figure_interactions": (
        "«{response}» etter {first} og {second}",
        "'{response}' by {first} and {second}",
    ),
    "interactions_note": (
        "Snitt over gjentakelsene, med 95 % intervall; de samme klientene i hvert punkt. Linjer som ikke er "
        "parallelle, sier at faktorene virker sammen. Stiplet: kravet.",
        "Mean over the replications, with the 95 % interval; the same clients at each point. Lines that are not "
        "parallel say that the factors act together. Dashed: the bound.",
    ),
    "analysis_made": (
        "Studien «{study}»: {runs} kjøringer med frø {seed}. {drawn} pilotsim {version}. De samme tallene kommer igjen med:",
        "The study '{study}': {runs} runs with seed {seed}. {drawn} pilotsim {version}. The same numbers come again from:",
    ),
    "analysis_drawn": (
        "Antakelser som ikke er variert, er trukket på nytt i hver gjentakelse.",
        "Assumptions that are not varied are drawn anew in each replication.",
    ),
    "analysis_fixed": (
        "Antakelser som ikke er variert, står på sin verdi.",
        "Assumptions that are not varied stand at their values.",
    ),
    "analysis_nothing": (
        "Studien ber ikke om noen analyse; skriv «analysis» i fila.",
        "The study asks for no analysis; write 'analysis' in its file.",
    ),
    "analysis_place": ("Analyse: {file}", "Analysis: {file}"),
}
