"""Phrases of studies: what they cost, how far they are, what they came to."""

from __future__ import annotations

STUDIES: dict[str, tuple[str, str]] = {
    "study_size": (
        "{scenarios} scenarioer × {points} punkter × {replications} gjentakelser: {runs} kjøringer",
        "{scenarios} scenarios × {points} points × {replications} replications: {runs} runs",
    ),
    "study_up_to": ("{low} til {high}", "{low} to {high}"),
    "study_cost": (
        "Anslag: {time} på {workers} prosesser om gangen, {size} på disken",
        "Estimate: {time} with {workers} processes at once, {size} on the disk",
    ),
    "study_cost_of_missing": (" ({runs} kjøringer gjenstår)", " ({runs} runs are left)"),
    "study_goes_on": (
        "Fortsetter: {runs} kjøringer står fra før i {folder}",
        "Goes on: {runs} runs stand already in {folder}",
    ),
    "study_damaged": (
        "{count} ødelagte blokker lages på nytt",
        "{count} damaged blocks are made again",
    ),
    "study_done_before": ("Alt står fra før", "All of it stands already"),
    "study_set_aside": ("Det som sto, heter nå {folder}", "What stood is now called {folder}"),
    "study_results": ("Resultater: {folder}", "Results: {folder}"),
    "study_part_done": (
        "Del {shard} er ferdig i {folder}. Når alle er det: pilotsim merge MAPPE DEL1 DEL2 …",
        "Part {shard} is done in {folder}. Once all are: pilotsim merge FOLDER PART1 PART2 …",
    ),
    "study_interrupted": (
        "Avbrutt. Det som er ferdig, står i {folder}; samme kommando fortsetter der.",
        "Interrupted. What is done stands in {folder}; the same command goes on there.",
    ),
    "study_failed": (
        "{count} punkter kunne ikke kjøres; først: {reason}",
        "{count} points could not be run; first: {reason}",
    ),
    "study_more_rows": ("… og {count} punkter til i {file}", "… and {count} more points in {file}"),
    "scenario": ("Scenario", "Scenario"),
    "point": ("Punkt", "Point"),
    "replications": ("Gjentakelser", "Replications"),
    "under_a_minute": ("under et minutt", "under a minute"),
    "minutes": ("{count} minutter", "{count} minutes"),
    "hours": ("{count} timer", "{count} hours"),
}
