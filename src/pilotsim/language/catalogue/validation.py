"""Phrases of a validation: how the simulation lies to what was published."""

from __future__ import annotations

VALIDATION: dict[str, tuple[str, str]] = {
    "hit": ("treffer", "hit"),
    "inside": ("innenfor", "inside"),
    "outside": ("utenfor", "outside"),
    "contradictory": ("motstridende", "contradictory"),
    "exact": ("nøyaktig", "exact"),
    "rounded": ("avrundet", "rounded"),
    "about": ("omtrent", "about"),
    "just_over": ("litt over", "just over"),
    "just_under": ("litt under", "just under"),
    "published": ("Publisert", "Published"),
    "tolerance": ("Leses som", "Read as"),
    "simulated": ("Simulert", "Simulated"),
    "fitted": ("tilpasset", "fitted"),
    "held_out": ("ikke brukt i tilpasningen", "held out"),
    "figure_validation": (
        "Modellen mot det som er publisert",
        "The model against what was published",
    ),
    "of_published": ("simulert i prosent av publisert", "simulated in per cent of published"),
    "key_validation": ("snitt og 9 av 10 kjøringer", "mean and 9 in 10 of the runs"),
    "key_tolerance": ("toleransen til det publiserte tallet", "tolerance of the published figure"),
    "validation_summary": (
        "{count} publiserte størrelser: {words}.",
        "{count} published outputs: {words}.",
    ),
    "validation_fitted": (
        "Brukt i tilpasningen: {count} ({words}).",
        "Used in fitting: {count} ({words}).",
    ),
    "validation_held_out": (
        "Ikke brukt i tilpasningen: {count} ({words}).",
        "Held out: {count} ({words}).",
    ),
    "validation_rule": (
        "Treffer: snittet over kjøringene ligger i toleransen til det publiserte tallet. Innenfor: spennet der 9 av 10 kjøringer "
        "havner, når inn i toleransen. Utenfor: det gjør det ikke. Motstridende: kildene sier imot hverandre eller seg selv; "
        "teller verken for eller imot.",
        "Hit: the mean over the runs lies within the tolerance of the published figure. Inside: the range where 9 runs in 10 end "
        "reaches into the tolerance. Outside: it does not. Contradictory: the sources contradict each other or themselves; counts "
        "neither for nor against.",
    ),
    "validation_made": (
        "Flyten «{flow}» er simulert {runs} ganger med frø {seed}. pilotsim {version}.",
        "The flow '{flow}' was simulated {runs} times with seed {seed}. pilotsim {version}.",
    ),
    "not_published": (
        "Ikke publisert; slik går det i modellen",
        "Not published; what it comes to in the model",
    ),
    "because": ("Hvorfor motstridende", "Why contradictory"),
    "output": ("Størrelse", "Output"),
    "within_percent": ("Kjøringer i toleransen, prosent", "Runs within the tolerance, per cent"),
    "tolerance_low": ("Toleranse, nedre", "Tolerance, lower"),
    "tolerance_high": ("Toleranse, øvre", "Tolerance, upper"),
    "used_in_fitting": ("Brukt i tilpasningen", "Used in fitting"),
}
