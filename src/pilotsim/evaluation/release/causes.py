"""Which earlier release of a register is why something is not shown now.

Only where the ledger is the cause: what the register alone would let be shown. The release is found
by holding the plan against the first of them, the first two, and so on.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache

from pilotsim.base.messages import Message
from pilotsim.evaluation.preanalysis_plan import PreAnalysisPlan
from pilotsim.evaluation.release.records import (
    EarlierRelease,
    PlanAnswer,
    RegisterAnalysis,
    Unreleased,
)

# Of a plan's hash so much is said.
HASH_DIGITS = 12


def name_release(plan: PreAnalysisPlan) -> Message:
    """Return what a release of a plan is called: the plan, and which arms where it has several."""
    between = plan.rule.between
    if between is not None:
        return Message(
            "'{plan}' ({hash}), {first} against {second}",
            plan=plan.plan,
            hash=plan.hash[:HASH_DIGITS],
            first=between[0],
            second=between[1],
        )
    return Message("'{plan}' ({hash})", plan=plan.plan, hash=plan.hash[:HASH_DIGITS])


def release_with_causes(
    raw: Unreleased, release: Callable[[Unreleased], RegisterAnalysis]
) -> RegisterAnalysis:
    """Return a release in which each answer that is withheld because of an earlier one says so.

    Parameters
    ----------
    raw : Unreleased
        What was worked out.
    release : callable
        From that to what may be seen of it.
    """
    found = release(raw)
    if not raw.earlier:
        return found

    @cache
    def withheld_beside(count: int) -> frozenset[str]:
        """Return which answers are withheld beside so many earlier releases."""
        return _withheld(raw, release(replace(raw, earlier=raw.earlier[:count])))

    def cause(name: str) -> EarlierRelease | None:
        """Return the release from which on an answer is withheld; None where it is so by itself."""
        counts = range(len(raw.earlier))
        first = bisect_left(counts, True, key=lambda count: name in withheld_beside(count))
        return raw.earlier[first - 1] if first else None

    causes = {name: cause(name) for name in sorted(_withheld(raw, found))}
    return replace(found, findings=tuple(_named(one, causes, raw.plan) for one in found.findings))


def _withheld(raw: Unreleased, found: RegisterAnalysis) -> frozenset[str]:
    """Return the answers that were worked out and are not shown, by name."""
    return frozenset(
        one.strategy.name
        for one, own in zip(found.findings, raw.findings, strict=True)
        if one.effect is None and own.effect is not None
    )


def _named(
    finding: PlanAnswer, causes: Mapping[str, EarlierRelease | None], plan: PreAnalysisPlan
) -> PlanAnswer:
    hinders = causes.get(finding.strategy.name)
    if hinders is None:
        return finding
    between = hinders.plan.rule.between
    if hinders.same and hinders.plan.hash == plan.hash and between is not None:
        # Nothing was shown before: it is the plan's own other comparison, which comes first.
        beside = Message(
            "{why}; the cause is another comparison of the same plan, {first} against {second}, "
            "which is told first: both together would tell of few",
            why=finding.refusal,
            first=between[0],
            second=between[1],
        )
        return replace(finding, refusal=beside)
    refusal = Message(
        "{why}; the cause is what was released of this register before, with the plan {release}: "
        "the ledger of releases holds it",
        why=finding.refusal,
        release=name_release(hinders.plan),
    )
    return replace(finding, refusal=refusal)
