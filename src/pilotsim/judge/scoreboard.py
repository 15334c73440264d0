"""A scoreboard: every published figure of several flows, by what it proves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pilotsim.base.arguments import checks_arguments
from pilotsim.base.errors import RequestError
from pilotsim.base.from_above import Shown
from pilotsim.base.messages import Message
from pilotsim.judge.scores import EvidenceScore, scores_of
from pilotsim.judge.validation import PublishedComparison, Validation, validate
from pilotsim.model.evidence import EvidenceClass
from pilotsim.model.flow import Flow
from pilotsim.runs.batches import Progress


@dataclass(frozen=True)
class Scoreboard(Shown):
    """What several flows come to, beside what was published about each.

    Parameters
    ----------
    validations : tuple of Validation
        One for each flow, in the order asked for.
    """

    validations: tuple[Validation, ...]

    @property
    def scores(self) -> tuple[EvidenceScore, ...]:
        """How each class of evidence is met over all flows, true tests first."""
        return scores_of(one.comparisons for one in self.validations)

    @property
    def replications(self) -> int:
        """The runs behind each flow."""
        return self.validations[0].replications

    @property
    def seed(self) -> int:
        """The seed of all of them."""
        return self.validations[0].seed

    def rows_of(
        self, kind: EvidenceClass
    ) -> list[tuple[Validation, tuple[PublishedComparison, ...]]]:
        """Return the figures of a class of evidence, for each flow that has some."""
        by_flow = [
            (one, tuple(row for row in one.comparisons if row.evidence.kind is kind))
            for one in self.validations
        ]
        return [(one, rows) for one, rows in by_flow if rows]


@checks_arguments
def score_flows(
    flows: Sequence[Flow],
    *,
    replications: int = 200,
    seed: int = 1,
    jobs: int = 1,
    engine: str | None = None,
    progress: Progress | None = None,
) -> Scoreboard:
    """Return the scoreboard of flows: each held to what was published about it.

    Parameters
    ----------
    flows : sequence of Flow
        The flows; those of which nothing was published add nothing.
    replications : int
        Runs of each; assumptions are drawn in each run.
    seed : int
        The seed.
    jobs : int
        Processes at once; -1 for one a core.
    engine : str, optional
        `kernel` (compiled) or `process` (SimPy); the fastest there is, unless said.
    progress : callable, optional
        Called with the number of replications just done.

    Raises
    ------
    RequestError
        Nothing was published about any of them.
    """
    held = [flow for flow in flows if any(one.published for one in flow.observed.values())]
    if not held:
        raise RequestError(
            Message("none of the flows says what was observed; a scoreboard needs figures")
        )
    found = [
        validate(
            flow,
            replications=replications,
            seed=seed,
            jobs=jobs,
            engine=engine,
            progress=progress,
        )
        for flow in held
    ]
    return Scoreboard(tuple(found))
