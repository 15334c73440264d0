"""From an evaluation file to the plan of one of its designs, with its hash."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pilotsim.base.arguments import checks_arguments
from pilotsim.base.errors import RequestError
from pilotsim.base.files import write_text
from pilotsim.base.from_above import Shown
from pilotsim.base.messages import Message
from pilotsim.evaluation.evaluation_file import EvaluationFile
from pilotsim.evaluation.filed_evaluation import file_evaluation
from pilotsim.evaluation.preanalysis_plan import PreAnalysisPlan, write_plan
from pilotsim.evaluation.prior_beliefs import priors_of
from pilotsim.evaluation.reading import identity_of, read_evaluation
from pilotsim.evaluation.run import digest_of_draws, read_stored
from pilotsim.files.faults import build_record
from pilotsim.files.shipped import here_or_shipped
from pilotsim.files.yaml import parse, read_file

__all__ = ["WrittenPlan", "plan"]


@dataclass(frozen=True)
class WrittenPlan(Shown):
    """A plan as it is to be filed.

    Parameters
    ----------
    plan : PreAnalysisPlan
        What it holds.
    text : str
        The words of its file, whose hash stands at their end.
    """

    plan: PreAnalysisPlan
    text: str

    @property
    def hash(self) -> str:
        """What is filed with it: 64 hexadecimal digits that another plan does not have."""
        return self.plan.hash

    def save(self, file: str | Path) -> Path:
        """Write the plan as a file that `estimate` reads, and return its place.

        Raises
        ------
        RunError
            It cannot be written.
        """
        write_text(Path(file), self.text)
        return Path(file)


@checks_arguments
def plan(
    file: str | Path, design: str | None = None, *, evaluated: str | Path | None = None
) -> WrittenPlan:
    """Return the pre-analysis plan of one design of an evaluation, to be filed before data arrive.

    Parameters
    ----------
    file : str or Path
        The evaluation file, or an example by its name.
    design : str, optional
        The design that was chosen; the first of the file, unless named.
    evaluated : str or Path, optional
        The folder in which `evaluate` kept its draws: what it found of the design goes into the
        plan.

    Raises
    ------
    RequestError
        There is no such design, the plan needs a date to begin from, or a plan with several arms
        was to hold what was evaluated.
    RunError
        The folder holds no evaluation of this file, or one with gaps.
    FlowError
        The evaluation file is faulty.

    Examples
    --------
    >>> written = pilotsim.plan("evaluation.yaml", design="lottery")   # doctest: +SKIP
    >>> written.save("plan.json"), written.hash                        # doctest: +SKIP
    """
    file = here_or_shipped(file)
    cells = read_evaluation(file)
    document = parse(read_file(file, "evaluation"), str(file), "evaluation")
    said = build_record(document, EvaluationFile)
    chosen = design or next(iter(said.designs))
    # Only a design that is a plan is worth the runs.
    write_plan(document, said, chosen)
    has_arms = said.designs[chosen].has_several_arms
    priors = None if said.bayes is None or has_arms else priors_of(cells[0], chosen)
    found = None
    if evaluated is not None and has_arms:
        raise RequestError(
            Message(
                "--evaluated: a plan with several arms does not hold what was evaluated; the page "
                "of pilotsim evaluate has each arm"
            )
        )
    if evaluated is not None:
        folder = Path(evaluated)
        tried = read_stored(cells, folder, identity_of(file))
        found = file_evaluation(tried, chosen, digest_of_draws(folder))
    text = write_plan(document, said, chosen, priors, found)
    return WrittenPlan(build_record(parse(text, "plan.json", "plan"), PreAnalysisPlan), text)
