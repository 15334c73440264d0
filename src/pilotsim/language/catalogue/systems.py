"""Phrases of the pages of systems."""

from __future__ import annotations

SYSTEMS: dict[str, tuple[str, str]] = {
    "system_made": (
        "*Laget av `{command}`; tallene kommer fra kjøringene.*",
        "*Made by `{command}`; the numbers come from the runs.*",
    ),
    "system_learned": ("Det vi lærte", "What we learned"),
    "system_hangs": ("Det konklusjonene henger på", "What the conclusions hang on"),
    "system_ends": (
        "De tre antakelsene som flytter hver størrelse mest, én om gangen fra laveste til høyeste verdi, med de samme klientene.",
        "The three assumptions that move each output most, one at a time from its lowest to its highest value, with the same "
        "clients.",
    ),
    "system_output": ("Størrelse, som skrevet", "Output, as written"),
    "system_assumption": ("Antakelse", "Assumption"),
    "system_range": ("Verdi (spenn)", "Value (range)"),
    "system_low": ("Ved laveste", "At the lowest"),
    "system_high": ("Ved høyeste", "At the highest"),
    "system_flow": ("Flyten", "The flow"),
    "system_word": ("Dom", "Word"),
    "system_scenarios": ("Hva hver endring gjør", "What each change does"),
    "system_paired": (
        "Forskjellen til flyten som den er skrevet, med de samme klientene, og 95 %-intervall over kjøringene; andeler i "
        "prosentpoeng.",
        "The difference to the flow as written, with the same clients, and the 95 % interval over the runs; for shares in points.",
    ),
    "system_written": ("Som skrevet", "As written"),
    "system_rests": ("Hva som er kjent og hva som er antatt", "What is known and what is assumed"),
    "system_counts": (
        "{sourced} verdier er lest i en kilde, {assumed} er antatt; av dem har {ranges} et spenn og trekkes på nytt i hver "
        "kjøring.",
        "{sourced} values were read in a source, {assumed} are assumed; {ranges} of these have a range and are drawn anew in "
        "each run.",
    ),
    "system_why": ("Hvorfor", "Why"),
}
