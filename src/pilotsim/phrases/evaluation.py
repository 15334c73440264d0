"""Phrases of evaluations: designs, diagnoses, effects, registers."""

from __future__ import annotations

EVALUATION: dict[str, tuple[str, str]] = {
    "design": ("Opplegg", "Design"),
    "answer": ("Analyse", "Analysis"),
    "truth": ("Sann effekt", "True effect"),
    "bias": ("Skjevhet", "Bias"),
    "spread": ("Spredning", "SD"),
    "rmse": ("RMSE", "RMSE"),
    "coverage": ("Dekning", "Coverage"),
    "power": ("Styrke", "Power"),
    "type_s": ("Feil fortegn", "Wrong sign"),
    "type_m": ("Overdriver", "Exaggerates"),
    "false_positives": ("Falske funn", "False positives"),
    "detectable": ("Minste effekt", "Least effect"),
    "seed": ("frø", "seed"),
    "draws": ("trekninger", "draws"),
    "no_answer": ("ga ikke svar", "gave no answer"),
}
