"""Study files to studies: every fault at once, before the first run, with its place."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

from pilotsim.base.arguments import checks_arguments
from pilotsim.base.errors import Fault, FlowError, RequestError, did_you_mean
from pilotsim.base.messages import Message
from pilotsim.base.places import is_file
from pilotsim.base.text import Text
from pilotsim.experiments.study.analysis_request import faults_of_analysis
from pilotsim.experiments.study.factors import make_points, read_factors
from pilotsim.experiments.study.responses import (
    check_bounds_stand,
    read_replications,
    read_responses,
)
from pilotsim.experiments.study.study import Points, Study, StudyScenario
from pilotsim.experiments.study.study_file import ScenarioPart, StudyFile
from pilotsim.files.changes import ChangeError, build_changed, copy_content, put_change
from pilotsim.files.decided import check_option
from pilotsim.files.faults import FaultGatherer, under, validate_sound
from pilotsim.files.modules import module_files
from pilotsim.files.reading import build_flow, read_document
from pilotsim.files.shipped import here_or_shipped
from pilotsim.files.yaml import YamlDocument, parse, read_file
from pilotsim.model.flow import Flow

Path_ = tuple[str, ...]
Report = Callable[[Path_, str], None]
AS_WRITTEN = "as_written"
WHAT_IS_ASKED = ("targets", "conflicts", "scenarios")
# What is put in place of a faulty part, so that everything else can still be checked.
STAND_INS: Mapping[str, Any] = {
    "study": "study",
    "title": "study",
    "replications": 1,
    "responses": {"targets": "all"},
}


@checks_arguments
def read_study(file: str | Path) -> Study:
    """Return the study that a YAML file describes, its flow checked in every scenario.

    Parameters
    ----------
    file : str or Path
        A file here, or what comes with the program, such as ``alna_caseload``.

    Returns
    -------
    Study
        Which `run_study` carries out.

    Raises
    ------
    FlowError
        With every fault of the file, of its flow, and of the flow in any scenario or at any point.
    """
    found = here_or_shipped(file)
    return build_study(parse(read_file(found, "study"), str(found), "study"))


def build_study(document: YamlDocument) -> Study:
    """Return the study that a document describes.

    Paths in it are as seen from the folder of its file.
    """
    return _Reading(document).study()


class _Reading:
    """One reading of a study file, which gathers its faults."""

    def __init__(self, document: YamlDocument) -> None:
        self.document = document
        self.faults = FaultGatherer(document)
        self.broken: set[Path_] = set()

    def study(self) -> Study:
        said = self._validate()
        flow_document, flow = self._flow(said)
        scenarios = self._scenarios(said, flow_document, flow)
        flows = {scenario.name: scenario.flow for scenario in scenarios} or {AS_WRITTEN: flow}
        sound = {key for (key, *_) in self.broken}
        responses = (
            read_responses(said.responses, flows, self.faults.report)
            if "responses" not in sound
            else ()
        )
        replications = read_replications(
            said.replications, responses, self.faults.report, complete="responses" not in sound
        )
        changed = {
            scenario.name: self._changes_of(said, scenario.name, flow) for scenario in scenarios
        }
        factors = (
            read_factors(said.design, flows, changed, self.faults.report) if said.design else ()
        )
        check_bounds_stand(
            responses,
            flows,
            {path for factor in factors for path in factor.paths},
            lambda message: self.faults.report(("responses", "targets"), message),
            fixed=said.assumptions == "fixed",
        )
        points = Points.one()
        if said.design is not None and not self.faults:
            factors, points = make_points(
                said.design, factors, flows, said.seed, self.document, self.faults.report
            )
        study = Study(
            said.study,
            said.title,
            self.document.file,
            self.document.content,
            scenarios,
            factors,
            points,
            responses,
            replications,
            said.assumptions == "fixed",
            said.seed,
            said.keep,
            said.analysis,
            _hashes_of(flow_document.file, *module_files(flow_document), self.document.file),
        )
        if not self.faults:
            for path, message in faults_of_analysis(study):
                self.faults.report(path, message)
        self.faults.stop()
        return study

    def _validate(self) -> StudyFile:
        content = self.faults.keys_of("study", StudyFile)
        said, broken = self.faults.validate(StudyFile, content)
        if said is not None:
            return said
        self.broken = {path[: 2 if path[:1] == ("scenarios",) else 1] for path in broken}
        said = validate_sound(StudyFile, _without(content, self.broken))
        if said is None:
            self.faults.stop()
        assert said is not None
        return said

    def _flow(self, said: StudyFile) -> tuple[YamlDocument, Flow]:
        """Return the flow file and its flow; without it nothing else can be checked."""
        file = self.faults.file_at(("flow",), said.flow)
        try:
            document = read_document(file)
            return document, build_flow(document)
        except FlowError as error:
            self.faults.found += error.faults
            self.faults.stop()
            raise

    def _scenarios(
        self, said: StudyFile, document: YamlDocument, flow: Flow
    ) -> tuple[StudyScenario, ...]:
        """Return every scenario that can be built.

        First all paths are tried, since that takes no time.
        """
        parts = said.scenarios or (
            {} if self._is_broken("scenarios") else {AS_WRITTEN: ScenarioPart()}
        )
        contents = {
            name: self._content(said, name, part, document, flow) for name, part in parts.items()
        }
        if self.faults:
            return ()
        built = (
            self._build(name, parts[name], contents[name], said, document, flow) for name in parts
        )
        return tuple(scenario for scenario in built if scenario is not None)

    def _is_broken(self, key: str) -> bool:
        return any(path[0] == key for path in self.broken)

    def _content(
        self, said: StudyFile, name: str, part: ScenarioPart, document: YamlDocument, flow: Flow
    ) -> Any:
        """Return the flow file with a scenario's changes, and report paths that lead nowhere."""
        content = copy_content(document.content)
        if part.like is not None and part.like not in flow.scenarios:
            message = Message(
                "the flow has no scenario '{name}'{meant}",
                name=part.like,
                meant=did_you_mean(part.like, flow.scenarios),
            )
            self.faults.report(("scenarios", name, "like"), message)
        for choice, option in part.choose.items():
            try:
                check_option(choice, option, flow)
            except RequestError as error:
                self.faults.report_error(("scenarios", name, "choose", choice), error)
        for path, value, place in _changes(said, name, flow):
            if path.split(".")[0] in WHAT_IS_ASKED:
                self.faults.report(
                    place,
                    Message(
                        "a study changes the world, not what is asked of it; write a measure of "
                        "its own in 'responses'"
                    ),
                )
                continue
            try:
                put_change(content, path, value, document)
            except ChangeError as error:
                self.faults.report(place, error.said if error.path == path else error.message)
        return content

    def _build(
        self,
        name: str,
        part: ScenarioPart,
        content: Any,
        said: StudyFile,
        document: YamlDocument,
        flow: Flow,
    ) -> StudyScenario | None:
        changes = list(_changes(said, name, flow))
        try:
            built = (
                build_changed(document, content, [path for path, _, _ in changes])
                if changes
                else flow
            )
        except FlowError as error:
            for fault in error.faults:
                self._report_changed(
                    fault, changes, ("scenarios", name) if said.scenarios else ("set",)
                )
            return None
        like = flow.scenarios[part.like].says if part.like else None
        return StudyScenario(
            name,
            part.says or like or Text(name),
            built,
            json.dumps(content, ensure_ascii=False),
        )

    def _report_changed(
        self, fault: Fault, changes: list[tuple[str, Any, Path_]], otherwise: Path_
    ) -> None:
        """Report a fault of a changed flow where the study file caused it."""
        causes = [
            (len(path), path, place)
            for path, _, place in changes
            if f"{fault.path}.".startswith(f"{path}.")
        ]
        if not causes:
            self.faults.report(otherwise, under(fault.path, fault.message))
            return
        _, path, place = max(causes)
        said = fault.message if fault.path == path else under(fault.path, fault.message)
        self.faults.report(place, said)

    def _changes_of(self, said: StudyFile, name: str, flow: Flow) -> tuple[str, ...]:
        return tuple(path for path, _, _ in _changes(said, name, flow))


def _hashes_of(*files: str) -> dict[str, str]:
    """Return the hash of each file by its name without folder; a text that was given has none."""
    return {
        place.name: sha256(place.read_bytes()).hexdigest()
        for place in map(Path, files)
        if is_file(place)
    }


def _changes(said: StudyFile, name: str, flow: Flow) -> Iterator[tuple[str, Any, Path_]]:
    """Yield each change of a scenario: path in the flow, value, place in the study file."""
    part = said.scenarios.get(name, ScenarioPart())
    for path, value in said.changes.items():
        yield path, value, ("set", path)
    for path, value in (
        flow.scenarios[part.like].changes.items() if part.like in flow.scenarios else ()
    ):
        yield path, value, ("scenarios", name, "like")
    for choice, option in part.choose.items():
        options = flow.choices[choice].options if choice in flow.choices else {}
        taken = options[option].changes if option in options else {}
        for path, value in taken.items():
            yield path, value, ("scenarios", name, "choose", choice)
    for path, value in part.changes.items():
        yield path, value, ("scenarios", name, "set", path)


def _without(content: Mapping[str, Any], broken: set[Path_]) -> dict[str, Any]:
    """Return the content without its broken parts, so that the rest can still be checked."""
    known = {field.alias or name for name, field in StudyFile.model_fields.items()}
    whole = {
        **STAND_INS,
        **{key: part for key, part in content.items() if (key,) not in broken and key in known},
    }
    if isinstance(whole.get("scenarios"), Mapping):
        whole["scenarios"] = {
            name: part
            for name, part in whole["scenarios"].items()
            if ("scenarios", name) not in broken
        }
    return whole
