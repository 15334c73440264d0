"""Reading evaluation files: every fault of a file is reported at once, each with its place."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any

from pilotsim.base.arguments import checks_arguments
from pilotsim.base.errors import FlowError, RequestError, RunError, did_you_mean
from pilotsim.base.files import digest_of, digest_of_content
from pilotsim.base.languages import LANGUAGES
from pilotsim.base.messages import Message
from pilotsim.base.text import Text
from pilotsim.evaluation.checks import check_names
from pilotsim.evaluation.designs import DataStrategy
from pilotsim.evaluation.estimators import among_districts, check_under
from pilotsim.evaluation.evaluation import (
    Design,
    Evaluation,
    EvaluationDistrict,
    EvaluationSource,
)
from pilotsim.evaluation.evaluation_file import (
    District,
    EffectSizes,
    EvaluationDesignPart,
    EvaluationFile,
    LooksPart,
    WorthPart,
)
from pilotsim.evaluation.looks import schedule_of
from pilotsim.evaluation.strategy import Strategy
from pilotsim.files.changes import build_changed, put_change
from pilotsim.files.faults import FaultGatherer
from pilotsim.files.modules import flow_document, written_out
from pilotsim.files.posteriors import digests_of
from pilotsim.files.reading import build_flow, read_document
from pilotsim.files.shipped import here_or_shipped
from pilotsim.files.yaml import YamlDocument, parse, read_file
from pilotsim.language.catalogue import say
from pilotsim.model.flow import Flow

Path_ = tuple[str, ...]
# What the grid may change in the evaluation file itself; all other paths are those of the flow.
OWN_PARTS = ("designs", "districts", "spread", "per_month", "begins")
REQUIRED = ", ".join(
    name for name, field in EvaluationFile.model_fields.items() if field.is_required()
)


@checks_arguments
def read_evaluation(file: str | Path) -> tuple[Evaluation, ...]:
    """Return the evaluation that a YAML file describes, one for each cell of its grid.

    Parameters
    ----------
    file : str or Path
        The evaluation file, or an example by its name.

    Raises
    ------
    FlowError
        With every fault of the file and of its flow.
    """
    found = here_or_shipped(file)
    text = read_file(found, "evaluation")
    cells = build_evaluation(parse(text, str(found), "evaluation"))
    source = EvaluationSource(str(found), _digest(str(found)))
    return tuple(replace(cell, source=source) for cell in cells)


def identity_of_source(source: EvaluationSource) -> dict[str, str]:
    """Return what the draws of an evaluation rest on, as `identity_of` its file.

    Raises
    ------
    RunError
        The file, or that of its flow, was changed since it was read.
    """
    if _digest(source.file) != source.digest:
        raise RunError(
            Message("{file} was changed since it was read; read it again", file=source.file)
        )
    return identity_of(source.file)


def _digest(file: str) -> str:
    """Return what tells an evaluation file, with its flow's, from any other."""
    text = read_file(file, "evaluation")
    content = parse(text, file, "evaluation").content
    flow = read_file(Path(file).parent / str(content.get("flow", "")))
    return digest_of("\n".join([text, flow]).encode())


def build_evaluation(document: YamlDocument) -> tuple[Evaluation, ...]:
    """Return the evaluations that a document describes.

    Paths in it are as seen from the folder of its file.
    """
    faults = FaultGatherer(document)
    said = _validate(faults, faults.keys_of("evaluation", EvaluationFile))
    flow_file = faults.file_at(("flow",), said.flow)
    flow = read_document(flow_file)
    cells = tuple(
        _Cell(flow, faults, labels, changes).build(said) for labels, changes in _cells(said)
    )
    faults.stop()
    return tuple(cell for cell in cells if cell is not None)


def identity_of(file: str | Path) -> dict[str, str]:
    """Return the words that the draws of an evaluation rest on, each under a name for people.

    How many draws is no part of it.
    """
    content = _rests_on(file)
    file_of_flow = _file_of_flow(file, content)
    text = read_file(file_of_flow)
    flow = written_out(text, str(file_of_flow))
    drawn_from = digests_of(flow_document(text, str(file_of_flow)))
    return {
        "evaluation": digest_of_content(content),
        "flow": digest_of("\n".join([flow, *drawn_from]).encode()),
    }


def contents_of(file: str | Path) -> dict[str, Any]:
    """Return what the digests of `identity_of` stand for: the contents of both files."""
    content = _rests_on(file)
    flow = _file_of_flow(file, content)
    return {"evaluation": content, "flow": flow_document(read_file(flow), str(flow)).content}


def _rests_on(file: str | Path) -> dict[str, Any]:
    """Return what stands in an evaluation file that draws rest on."""
    document = parse(read_file(file, "evaluation"), str(file), "evaluation")
    return {
        key: part
        for key, part in document.content.items()
        if key not in ("draws", "title", "about", "detectable")
    }


def _file_of_flow(file: str | Path, content: Mapping[str, Any]) -> Path:
    return Path(file).parent / str(content.get("flow", ""))


def _validate(faults: FaultGatherer, content: Any) -> EvaluationFile:
    said, _ = faults.validate(EvaluationFile, content)
    if said is None:
        faults.stop()
    assert said is not None
    return said


def _cells(said: EvaluationFile) -> Iterator[tuple[dict[str, str], dict[str, Any]]]:
    """Yield each cell of the grid: the label of each level, and what stands at which path."""
    names = list(said.grid)
    for levels in product(*(said.grid[name].levels for name in names)):
        chosen = dict(zip(names, levels, strict=True))
        changes = {path: level for name, level in chosen.items() for path in said.grid[name].sets}
        yield {name: str(level) for name, level in chosen.items()}, changes


class _Cell:
    """One cell of the grid, being read."""

    def __init__(
        self,
        flow: YamlDocument,
        faults: FaultGatherer,
        labels: dict[str, str],
        changes: dict[str, Any],
    ) -> None:
        self.flow, self.faults, self.labels = flow, faults, labels
        self.own = {
            path: value for path, value in changes.items() if path.split(".")[0] in OWN_PARTS
        }
        self.flows = {path: value for path, value in changes.items() if path not in self.own}
        # Most districts have the changes of all and no others: one flow is read for all of these.
        self.built: list[tuple[Mapping[str, Any], Flow]] = []

    def build(self, said: EvaluationFile) -> Evaluation | None:
        """Return the evaluation of this cell; None where there are faults, which are noted."""
        if self.own:
            content = copy.deepcopy(self.faults.document.content)
            for path, value in self.own.items():
                self._try(("grid",), put_change, content, path, value)
            said = _validate(self.faults, content)
        places = self._places(said)
        if not places:
            return None
        for path, place in _paths(said):
            if path not in places[0].flow.values:
                self.faults.report(
                    place,
                    Message(
                        "'{path}' stands for no value of the flow{meant}",
                        path=path,
                        meant=did_you_mean(path, places[0].flow.values),
                    ),
                )
        for path in said.spread:
            value = places[0].flow.values.get(path)
            if value is not None and value.follows:
                self.faults.report(
                    ("spread", path),
                    Message("'{path}' follows other values; spread what it follows", path=path),
                )
        if said.effects is not None:
            self._check_strength(said.effects, places)
        estimands = {name: inquiry.estimand(name) for name, inquiry in said.inquiries.items()}
        if said.effects is not None and said.effects.inquiry not in estimands:
            self.faults.report(
                ("effects", "inquiry"),
                Message(
                    "no inquiry '{name}'{meant}",
                    name=said.effects.inquiry,
                    meant=did_you_mean(said.effects.inquiry, estimands),
                ),
            )
        listed = self._listed(said, places[0].flow)
        strategies = self._strategies(said)
        self._try(("checks",), check_names, said.checks)
        compared = [
            design
            for name, part in said.designs.items()
            for design in _two_by_two(self._design(name, part, strategies, said.districts))
        ]
        if said.looks is not None:
            compared = [_with_looks(design, said, said.looks) for design in compared]
        begins = places[0].flow.make_calendar().marks()[listed]
        spread = {path: width.number for path, width in said.spread.items()}
        asked = {name: inquiry.says for name, inquiry in said.inquiries.items()}
        least = said.detectable
        return Evaluation(
            name=said.evaluation,
            title=said.title,
            cell=self.labels,
            places=places,
            begins=begins,
            listed=listed,
            population=said.population,
            treatment=tuple(said.treatment),
            per_month=said.per_month.number if said.per_month else 0.0,
            spread=spread,
            effects=said.effects,
            estimands=estimands,
            asked=asked,
            designs=tuple(own for own in compared if own.part.offers_first_alone),
            draws=int(said.draws.number),
            seed=int(said.seed.number),
            fixed=said.assumptions == "fixed",
            level=said.level.number,
            power=least.power.number if least else 0.8,
            range_draws=int(least.draws.number) if least else 0,
            range_most=least.most.number if least else 0.0,
            above=tuple(limit.number for limit in said.bayes.above) if said.bayes else (),
            worth=_priced(said),
            untried=tuple(own.says for own in compared if not own.part.offers_first_alone),
            conduct=said.conduct,
        )

    def _check_strength(self, effects: EffectSizes, places: Sequence[EvaluationDistrict]) -> None:
        """Report a strength that a flow does not have, or that nothing is raised to."""
        for place in places:
            known = place.flow.shared
            if effects.strength not in known:
                self.faults.report(
                    ("effects", "strength"),
                    Message(
                        "the flow has no shared value '{name}'{meant}",
                        name=effects.strength,
                        meant=did_you_mean(effects.strength, known),
                    ),
                )
                return
            if known[effects.strength].slot not in place.flow.raised.values():
                self.faults.report(
                    ("effects", "strength"),
                    Message(
                        "no factor of the flow is raised to '{name}' (raised_to)",
                        name=effects.strength,
                    ),
                )
                return

    def _try(self, place: Path_, act: Any, *arguments: Any) -> Any:
        try:
            return act(*arguments)
        except (RequestError, FlowError) as error:
            self.faults.report_error(place, error)
        return None

    def _places(self, said: EvaluationFile) -> tuple[EvaluationDistrict, ...]:
        places = []
        for name, district in (said.districts or {"district": District()}).items():
            own = dict(district.changes)
            where: Path_ = ("districts", name) if own else ("grid",) if self.flows else ("set",)
            flow = self._try(where, self._flow, {**said.changes, **self.flows, **own})
            places += [EvaluationDistrict(name, flow)] if flow is not None else []
        return tuple(places) if len(places) == max(1, len(said.districts)) else ()

    def _flow(self, changes: Mapping[str, Any]) -> Flow:
        known = next((flow for own, flow in self.built if own == changes), None)
        if known is not None:
            return known
        flow = self._build_flow(changes)
        self.built.append((changes, flow))
        return flow

    def _build_flow(self, changes: Mapping[str, Any]) -> Flow:
        if not changes:
            return build_flow(self.flow)
        content = copy.deepcopy(self.flow.content)
        for path, value in changes.items():
            put_change(content, path, value, self.flow)
        return build_changed(self.flow, content, changes)

    def _listed(self, said: EvaluationFile, flow: Flow) -> int:
        """Return the month with which offers begin; it must begin a month of the flow."""
        calendar = flow.make_calendar()
        marks = calendar.marks()[:-1]
        day = 0.0 if said.begins is None else calendar.day_of(said.begins)
        if day not in marks:
            dates = ", ".join(calendar.date_of(mark).isoformat() for mark in marks[:3])
            self.faults.report(
                ("begins",),
                Message(
                    "expected the first day of a month of the flow ({dates}, ...); found {found}",
                    dates=dates,
                    found=said.begins,
                ),
            )
            return 0
        months = len(calendar.marks()) - 1 - marks.index(day)
        for name, inquiry in said.inquiries.items():
            if inquiry.estimand(name).months > months:
                self.faults.report(
                    ("inquiries", name),
                    Message(
                        "asks beyond the flow's end; {months} months remain after the beginning",
                        months=months,
                    ),
                )
        return marks.index(day)

    def _strategies(self, said: EvaluationFile) -> dict[str, Strategy]:
        strategies: dict[str, Strategy] = {}
        for name, answer in said.answers.items():
            if answer.inquiry not in said.inquiries:
                self.faults.report(
                    ("answers", name, "inquiry"),
                    Message(
                        "no inquiry '{name}'{meant}",
                        name=answer.inquiry,
                        meant=did_you_mean(answer.inquiry, said.inquiries),
                    ),
                )
                continue
            inquiry = said.inquiries[answer.inquiry]
            strategy = self._try(
                ("answers", name),
                answer.strategy,
                name,
                inquiry,
                said.level.number,
                _asking(said, name),
            )
            strategies |= {name: strategy} if strategy is not None else {}
        return strategies

    def _design(
        self,
        name: str,
        part: EvaluationDesignPart,
        strategies: Mapping[str, Strategy],
        districts: Mapping[str, District],
    ) -> Design:
        for answer in part.answers:
            if answer not in strategies and not self.faults:
                self.faults.report(
                    ("designs", name, "answers"),
                    Message(
                        "no answer '{name}'{meant}",
                        name=answer,
                        meant=did_you_mean(answer, strategies),
                    ),
                )
        says = part.says or Text(name.replace("_", " "), name.replace("_", " "))
        asked = tuple(strategies[answer] for answer in part.answers if answer in strategies)
        check = partial(check_under, is_plan=False, districts=districts)
        for strategy, rule in product(asked, part.two_by_two):
            self._try(("designs", name), check, strategy, rule)
        return Design(name, says, part, asked)


def _asking(said: EvaluationFile, answer: str) -> tuple[DataStrategy, ...]:
    """Return the designs that ask an answer."""
    parts = (part for part in said.designs.values() if answer in part.answers)
    rules = (rule for part in parts for rule in part.two_by_two)
    return tuple(among_districts(rule, said.districts) for rule in rules)


def _with_looks(design: Design, said: EvaluationFile, looks: LooksPart) -> Design:
    """Return a design with the looks of a file, or why its first answer has none."""
    if not design.strategies:
        return design
    is_alone = len(design.strategies) == 1 or said.correction == "none"
    try:
        schedule = schedule_of(looks, design.strategies[0], design.part, is_alone=is_alone)
    except RequestError as fault:
        return replace(design, no_looks=fault.message)
    return replace(design, schedule=schedule)


def _priced(said: EvaluationFile) -> WorthPart | None:
    """Return which answer is told in kroner, with the price of a month where it has none."""
    if said.worth is None or said.worth.price is not None:
        return said.worth
    return said.worth.model_copy(update={"price": said.per_month})


def _two_by_two(design: Design) -> Iterator[Design]:
    """Yield a design with several arms as designs of two of them; others as they are.

    Those of which the second is offered the programme too are left to the register
    (`Evaluation.untried`): what one arm would have had in the place of the other no draw of the
    pilot shows.
    """
    if not design.part.has_several_arms:
        yield design
        return
    for pair in design.part.pairs_of_arms:
        part = design.part.comparing(pair)
        if part.several is None:
            continue
        said = []
        for language in LANGUAGES:
            names = [
                own.in_language(language) if own else name
                for name, own in ((name, part.several.arms[name].says) for name in pair)
            ]
            arms = say("arms_pair", language, first=names[0], second=names[1])
            said.append(f"{design.says.in_language(language)}: {arms}")
        yield Design(f"{design.name}:{pair[0]}", Text(*said), part, design.strategies)


def _paths(said: EvaluationFile) -> Iterator[tuple[str, Path_]]:
    """Yield each path of the flow that the file names, and where."""
    yield from ((path, ("spread", path)) for path in said.spread)
