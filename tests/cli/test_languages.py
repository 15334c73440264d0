"""The command line in Norwegian and Swedish: whatever is said, help and faults, has no English left."""

import copy
import os
import random
import re
import string
import subprocess
import sys
from pathlib import Path

import click
import pytest

from pilotsim.base.errors import FlowError, PilotsimError, message_of
from pilotsim.base.messages import Message
from pilotsim.cli import COMMANDS, commands, main
from pilotsim.cli.spoken import find_language
from pilotsim.evaluation.evaluation_file import EvaluationFile
from pilotsim.experiments.optimise.solve_file import SolveFile
from pilotsim.experiments.study import read_study
from pilotsim.experiments.study.study_file import StudyFile
from pilotsim.files.faults import build_record
from pilotsim.files.reading import build_flow, read_document, read_flow, read_text
from pilotsim.files.yaml import YamlDocument
from pilotsim.language.catalogue import catalogue_of, translate_error

ROOT = Path(__file__).parent.parent.parent
INVALID = sorted((ROOT / "tests" / "cases" / "invalid").glob("*.yaml"))
FAULTY_STUDIES = sorted((ROOT / "tests" / "experiments" / "study" / "faults").glob("*.yaml"))
OTHERS = ("nb", "sv")
# Words that no Norwegian or Swedish sentence has, and no key of a file that the faults below name.
TELLTALE = re.compile(
    r"\b(expected|found|unknown|did you mean|known|needs|missing|the|is|are|such as|no such|cannot"
    r"|usage|error|try|options|commands|and|or|of|with|which|show|write|runs)\b",
    re.IGNORECASE,
)
FLOW = """
flow: small
title: {nb: Liten, en: Small, sv: Liten}
starts: 2015-01-01
lasts: {value: 6 months, source: plan 0}
sources: {plan: {nb: Planen, en: Plan, sv: Planen}}
groups: {g: {starts_in: on, stock: {value: 20, source: plan 1}}}
resources: {place: {units: {value: 5, source: plan 2}}}
risks: {job: {to: work, rate: {value: 5 % per month, low: 1, high: 9, assumption: x}}}
stages:
  on:
    risks: {job: 1}
    lasts: {value: 2 weeks, source: plan 3}
    next: {in: {value: 60 %, source: plan 3}, out: {value: 40 %, source: plan 3}}
  in: {needs: {place: 1}, lasts: {value: 4 weeks, source: plan 4}, next: {out: 100 %}}
  out: {}
  work: {counts_as: work}
targets:
  job: {says: {nb: i arbeid, en: in work, sv: i arbete}, source: plan 5,
    at_least: {value: 90 %, source: plan 5},
    measure: {share: {reached: work}, of: {groups: g}}}
"""
STUDY = """
study: s
title: Studie
flow: flow.yaml
responses: {targets: all}
replications: 2
"""
SOLVE = """
solve: s
title: S
flow: flow.yaml
target: job
levers: {places: {sets: resources.place.units, low: 1, high: 4}}
probability: 80 %
"""
EVALUATION = (ROOT / "experiments" / "alna_aktiv_evaluation.yaml").read_text(encoding="utf-8")

# What is wrong: a word of the flow replaced.
IN_FLOWS = {
    "key": ("lasts: {value: 6", "last: {value: 6"),
    "unit": ("6 months", "6 monts"),
    "norwegian unit": ("6 months", "6 måneder"),
    "no unit": ("6 months", "6"),
    "stage": ("next: {out: 100", "next: {owt: 100"),
    "date": ("2015-01-01", "2015-02-30"),
    "date form": ("2015-01-01", "01.02.2015"),
    "shares": ("value: 60 %", "value: 70 %"),
    "share": ("value: 60 %", "value: 160 %"),
    "resource": ("needs: {place", "needs: {plass"),
    "no source": ("units: {value: 5, source: plan 2}", "units: 5"),
    "source": ("source: plan 2", "source: palm 2"),
    "range": ("low: 1, high: 9", "low: 6, high: 9"),
    "yaml": ("resources: {place", "resources: {place: {units: [1"),
    "tab": ("stages:\n  on", "stages:\n\ton"),
    "twice": ("starts: 2015-01-01", "starts: 2015-01-01\nstarts: 2015-01-01"),
    "group": ("of: {groups: g}", "of: {groups: h}"),
    "bound": ("value: 90 %", "value: 14 days"),
    "measure": ("share: {reached: work}, of", "of"),
    "period": ("risks: {job: 1}", "risks: {job: 1}\n    opens: {every: uke, admits: 3}"),
    "number": ("value: 20", "value: mange"),
    "language": ("nb: Liten,", "no: Liten,"),
    "list": ("stages:\n", "stages: [a]\nsteps:\n"),
}
# What is wrong: a file with other text, or none, and what is asked of it.
IN_FILES = {
    "empty": (["check", "other.yaml"], "other.yaml", ""),
    "no file": (["check", "flwo.yaml"], None, None),
    "folder": (["check", "."], None, None),
    "study key": (["run", "study.yaml"], "study.yaml", STUDY.replace("title", "titel")),
    "study flow": (["run", "study.yaml"], "study.yaml", STUDY.replace("flow.yaml", "fow.yaml")),
    "study design": (
        ["run", "study.yaml"],
        "study.yaml",
        STUDY + "design: {method: sobol_sequence, over: {resources.place.units: own_range}}\n",
    ),
    "solve lever": (["solve", "solve.yaml"], "solve.yaml", SOLVE.replace("place.units", "plass.u")),
    "solve levels": (["solve", "solve.yaml"], "solve.yaml", SOLVE.replace("low: 1", "low: 9")),
    "evaluation key": (
        ["evaluate", "e.yaml"],
        "e.yaml",
        EVALUATION.replace("designs:", "desings:"),
    ),
    "evaluation flow": (["evaluate", "e.yaml"], "e.yaml", EVALUATION),
    "plan": (["estimate", "r.csv", "--plan", "plan.json"], "plan.json", "{}"),
    "set": (["check", "flow.yaml", "--set", "resources.plass.units=3"], None, None),
    "set form": (["check", "flow.yaml", "--set", "lasts"], None, None),
    "set value": (["check", "flow.yaml", "--set", "resources.place.units=2.5"], None, None),
    "scenario": (["check", "flow.yaml", "--scenario", "best"], None, None),
    "place": (["check", "flow.yaml", "--json", "nowhere/x.json"], None, None),
    "place in a file": (["check", "flow.yaml", "-n", "1", "--out", "flow.yaml"], None, None),
    "place below a file": (["check", "flow.yaml", "--json", "flow.yaml/x.json"], None, None),
    "observed": (["validate", "flow.yaml", "--engine", "process"], None, None),
    "fit": (
        ["calibrate", "flow.yaml", "--fit", "risks.jobb.rate", "--engine", "process"],
        None,
        None,
    ),
    "fitted": (["calibrate", "flow.yaml", "--fit", "a", "--out", "flow.yaml"], None, None),
    "part": (["run", "study.yaml", "--shard", "3/2"], "study.yaml", STUDY),
    "option": (["check", "flow.yaml", "--replicatons", "3"], None, None),
    "command": (["chek", "flow.yaml"], None, None),
    "argument": (["check"], None, None),
    "arguments": (["check", "flow.yaml", "more", "still"], None, None),
    "choice": (["check", "flow.yaml", "--engine", "fast"], None, None),
    "whole number": (["check", "flow.yaml", "-n", "many"], None, None),
    "out of bounds": (["check", "flow.yaml", "-n", "0"], None, None),
    "value": (["check", "flow.yaml", "--scenario"], None, None),
    "required": (["describe", "flow.yaml"], None, None),
    "parts": (["merge", "out", "nowhere"], None, None),
}


def said_of(capsys, arguments):
    """What the command line says when it is called, and how it ends."""
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    out, err = capsys.readouterr()
    return out + err, ended.value.code


def fixed_pieces():
    """Pieces of the program's English sentences of three words or more."""
    texts = [*catalogue_of("nb").messages, *catalogue_of("nb").help]
    for text in texts:
        for piece, *_ in string.Formatter().parse(text):
            if len(re.findall(r"[a-z]{2,}", piece)) >= 3:
                yield piece.strip()


PIECES = set(fixed_pieces())


def english_in(said):
    """What is left of English in something said, the names that are quoted in it apart."""
    left = {piece for piece in PIECES if piece in said}
    plain = re.sub(
        r"'[^'\n]*'|\{[^}\n]*\}|\[[^\]\n]*\]|--[\w-]+|\S*\w\.\w\S*|^\S+  \w+:", "", said, flags=re.M
    )
    return left | {match[0] for match in TELLTALE.finditer(plain)}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PILOTSIM_LANGUAGE", raising=False)
    (tmp_path / "flow.yaml").write_text(FLOW, encoding="utf-8")
    return tmp_path


def test_the_flow_that_is_made_faulty_is_sound():
    assert read_text(FLOW).flow == "small"


def check_in_other_languages(capsys, arguments):
    english, code = said_of(capsys, [*arguments, "--language", "en"])
    assert code == 2
    assert english_in(english), "the words do not tell English"
    for language in OTHERS:
        said, code = said_of(capsys, [*arguments, "--language", language])
        assert code == 2
        assert not english_in(said), said
        assert len(said.splitlines()) == len(english.splitlines())


@pytest.mark.parametrize("fault", IN_FLOWS)
def test_fault_of_a_flow_is_told_in_the_language_of_the_run(fault, folder, capsys):
    old, new = IN_FLOWS[fault]
    assert old in FLOW
    (folder / "flow.yaml").write_text(FLOW.replace(old, new, 1), encoding="utf-8")
    check_in_other_languages(capsys, ["check", "flow.yaml", "-n", "1", "--jobs", "1"])


@pytest.mark.parametrize("fault", IN_FILES)
def test_fault_of_a_command_is_told_in_the_language_of_the_run(fault, folder, capsys):
    arguments, name, text = IN_FILES[fault]
    if name is not None:
        (folder / name).write_text(text, encoding="utf-8")
    check_in_other_languages(capsys, arguments)


REGISTERS = {
    "columns": "klient;month;status\n1;2015-01;work\n",
    "values": "client;month;status;amount\n1;2015-13;arbeid;-5\n1;2015-02;;mange\n1;2015-02;work;1\n",
    "rows": "client;month;status\n1;2015-01;work\n1;2015-01;work\n1;2015-05;work\n;2015-05;work\n",
    "empty": "",
    "no rows": "client;month;status\n",
}


@pytest.fixture(scope="module")
def filed_plan(tmp_path_factory):
    """The plan of the evaluation of Alna Aktiv, with its belief: written once."""
    place = tmp_path_factory.mktemp("filed") / "plan"
    main(["plan", str(ROOT / "experiments" / "alna_aktiv_evaluation.yaml"), "--out", str(place)])
    return place / "plan.json"


@pytest.mark.parametrize("fault", REGISTERS)
def test_fault_of_a_register_is_told_in_the_language_of_the_run(fault, folder, filed_plan, capsys):
    (folder / "r.csv").write_text(REGISTERS[fault], encoding="utf-8")
    check_in_other_languages(capsys, ["estimate", "r.csv", "--plan", str(filed_plan)])


@pytest.mark.skipif(os.geteuid() == 0 if hasattr(os, "geteuid") else True, reason="root may write")
def test_place_without_right_to_write_is_told_in_the_language(folder, capsys):
    locked = folder / "locked"
    locked.mkdir(mode=0o500)
    check_in_other_languages(capsys, ["check", "flow.yaml", "--out", "locked/out"])


def messages_in(said):
    """Every message that something said is made of."""
    if isinstance(said, Message):
        yield said
        for part in said.parts.values():
            yield from messages_in(part)


def unspoken(error, language):
    """Sentences of an error that a language has no words for."""
    known = catalogue_of(language).messages
    templates = {message.template for message in messages_in(message_of(error))}
    return {one for one in templates - known.keys() if re.sub(r"\{\w*\}", "", one).strip(" :;\n,")}


@pytest.mark.parametrize("file", INVALID, ids=lambda file: file.stem)
def test_every_invalid_flow_is_refused_without_english(file, monkeypatch):
    monkeypatch.chdir(file.parent)
    with pytest.raises(FlowError) as caught:
        read_flow(file.name)
    for language in OTHERS:
        assert not unspoken(caught.value, language)
        assert not PIECES & set(translate_error(caught.value, language).split("\n"))


@pytest.mark.parametrize("file", FAULTY_STUDIES, ids=lambda file: file.stem)
def test_every_faulty_study_is_refused_without_english(file, monkeypatch):
    monkeypatch.chdir(file.parent)
    with pytest.raises(PilotsimError) as caught:
        read_study(file.name)
    for language in OTHERS:
        assert not unspoken(caught.value, language)


BAD = [None, True, 3, -2.5, "x", [], {}, ["a", 1], {"a": 1}, "5 %", "2 weeks", 10**20, "", -1]
FLOWS = sorted((ROOT / "configs").glob("*.yaml"))
PLANS = sorted((ROOT / "experiments").glob("*.yaml"))
RECORDS = {"study": StudyFile, "solve": SolveFile, "evaluation": EvaluationFile}


def places_in(content, above=()):
    """The path of each entry below some content."""
    entries = content.items() if isinstance(content, dict) else ()
    if isinstance(content, list):
        entries = enumerate(content)
    for key, part in entries:
        yield (*above, key)
        yield from places_in(part, (*above, key))


def broken(document, seed):
    """A document with one entry replaced by something that cannot stand there, or misspelled."""
    rng = random.Random(seed)
    content = copy.deepcopy(document.content)
    *above, key = rng.choice(list(places_in(content)))
    here = content
    for one in above:
        here = here[one]
    if isinstance(here, dict) and rng.random() < 0.25:
        here[f"{key}q"] = here.pop(key)
    else:
        here[key] = rng.choice(BAD)
    return YamlDocument(document.file, content, document.keys, document.values)


@pytest.mark.parametrize("file", [*FLOWS, *PLANS], ids=lambda file: file.stem)
def test_randomly_broken_file_is_refused_without_english(file):
    document = read_document(file)
    kind = next((kind for kind in RECORDS if kind in document.content), "flow")
    refused = 0
    for seed in range(40):
        try:
            if kind == "flow":
                build_flow(broken(document, seed))
            else:
                build_record(broken(document, seed), RECORDS[kind])
        except FlowError as error:
            refused += 1
            for language in OTHERS:
                assert not unspoken(error, language)
                assert "Input should" not in translate_error(error, language)
                assert "kan ikke leses (" not in translate_error(error, language)
    assert refused > 10


def test_error_is_english_for_python_and_keeps_its_places_in_other_languages():
    with pytest.raises(FlowError) as caught:
        read_flow(ROOT / "nowhere.yaml")
    assert str(caught.value).endswith("nowhere.yaml  no such file")
    assert translate_error(caught.value, "nb").endswith("nowhere.yaml  filen finnes ikke")
    assert translate_error(caught.value, "sv").endswith("nowhere.yaml  filen finns inte")


@pytest.mark.parametrize(
    ("arguments", "environment", "language"),
    [
        (["check", "f"], {}, "nb"),
        (["check", "f"], {"PILOTSIM_LANGUAGE": "sv"}, "sv"),
        (["check", "f"], {"PILOTSIM_LANGUAGE": ""}, "nb"),
        (["check", "f", "--language", "en"], {"PILOTSIM_LANGUAGE": "sv"}, "en"),
        (["check", "--language=en", "f"], {}, "en"),
        (["--language", "sv", "check", "f"], {}, "sv"),
        (["check", "f", "--language", "da"], {}, "nb"),
        (["check", "--", "--language", "en"], {}, "nb"),
        (["check", "--language"], {}, "nb"),
    ],
)
def test_language_is_found_wherever_it_is_asked_for(arguments, environment, language):
    assert find_language(arguments, environment) == language


def test_language_before_the_command_is_that_of_the_run(folder, capsys):
    said, _ = said_of(capsys, ["--language", "sv", "check", "flwo.yaml"])
    assert "filen finns inte" in said


def test_unknown_language_in_the_environment_is_refused(monkeypatch, capsys):
    monkeypatch.setenv("PILOTSIM_LANGUAGE", "da")
    said, code = said_of(capsys, ["check", "f"])
    assert code == 2
    assert said == "ukjent språk 'da'; det som finnes: en, nb, sv\n"


def test_click_is_english_until_a_command_line_begins():
    code = "import pilotsim.cli, click; print(click.core._('Commands'))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=os.environ
    )
    assert done.stdout == "Commands\n"


def help_of(capsys, arguments, language):
    main([*arguments, "--help", "--language", language])
    return capsys.readouterr().out


@pytest.mark.parametrize("name", ["", *COMMANDS])
def test_help_has_no_english_left(name, capsys):
    arguments = [name] if name else []
    english = help_of(capsys, ["--language", "en", *arguments], "en")
    assert english_in(english)
    for language in OTHERS:
        said = help_of(capsys, ["--language", language, *arguments], language)
        shown = " ".join(said.split())
        assert not {piece for piece in PIECES if piece in shown}
        assert not english_in(said)


def texts_of_help():
    """What the program's own commands and options say of themselves."""
    context = click.Context(commands)
    every = [commands, *(commands.get_command(context, name) for name in COMMANDS)]
    every += [inner for one in every for inner in getattr(one, "commands", {}).values()]
    yield from COMMANDS.values()
    for command in every:
        for paragraph in re.split(r"\n\s*\n", command.help):
            yield " ".join(paragraph.split())
        for parameter in command.get_params(click.Context(command)):
            if isinstance(parameter, click.Option):
                assert parameter.help, f"{command.name} {parameter.opts} says not what it does"
                yield parameter.help


@pytest.mark.parametrize("language", OTHERS)
def test_every_help_text_is_translated_and_none_is_idle(language):
    known = catalogue_of(language).help
    own = set(texts_of_help())
    assert not own - known.keys(), "not translated"
    modules = [Path(click.__file__).with_name(f"{name}.py") for name in CLICK]
    of_click = "".join(module.read_text(encoding="utf-8") for module in modules)
    idle = {text for text in known if text not in own | KINDS_OF_VALUE and text not in of_click}
    assert not idle
    for text, translation in known.items():
        assert translation.strip()
        parts, own_parts = parts_of(translation), parts_of(text)
        assert parts <= own_parts, text
        assert own_parts - parts <= {"name", "number_type"}, text


CLICK = ("core", "exceptions", "formatting", "parser", "types", "decorators")
# How a value is named in help: click's words in capitals, and those of the commands.
KINDS_OF_VALUE = {
    "[OPTIONS]",
    "COMMAND [ARGS]...",
    "COMMAND",
    "ARGS",
    "YYYY-MM-DD",
    "INTEGER RANGE",
    "TEXT",
    "FILE",
    "DIRECTORY",
    "FOLDER",
    "PATH",
    "PATHS",
    "VALUE",
    "NAME",
    "OUTPUT",
    "ADDRESS",
    "HASH",
    "PERCENT",
    "RESULT",
    "FLOW",
    "STUDY",
    "RUN",
    "PART",
    "WORD",
    "DATA",
    "MAPPING",
    "COUNT",
    "CHOICE",
    "OPTION",
    "PAGE",
    "OTHER",
    "EVENTS",
    "SKETCH",
    "MONTHS",
}


@pytest.mark.parametrize("language", OTHERS)
@pytest.mark.parametrize("name", [*COMMANDS, "register prepare", "register check"])
def test_a_value_has_one_name_in_usage_help_and_faults(name, language, capsys):
    known = catalogue_of(language).help
    said = help_of(capsys, name.split(), language)
    named = set(re.findall(r"\b[A-Z]{3,}\b", help_of(capsys, name.split(), "en")))
    for word in named - FORMATS:
        assert word in KINDS_OF_VALUE, f"{word} has no name in {language}"
        assert known[word] in said
        assert known[word] == word or not re.search(rf"\b{word}\b", said)
    usage = said.splitlines()[0]
    if name not in ("schema", "register", "new", "docs"):
        with pytest.raises(SystemExit):
            main([*name.split(), "--language", language])
        found = re.search("'([A-ZÆØÅÄÖ]+)(?:\\.\\.\\.)?'", capsys.readouterr().err)
        assert found is not None
        assert found[1] in usage


# Words in capitals that are the same in all languages.
FORMATS = {
    "JSON",
    "YAML",
    "HTML",
    "CSV",
    "RANGE",
    "INTEGER",
    "PILOTSIM",
    "OPTIONS",
    "YYYY",
}


def parts_of(text):
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("language", ["en", *OTHERS])
@pytest.mark.parametrize("name", ["", *COMMANDS, "register prepare", "register check"])
def test_help_says_forms_and_ends_in_words(name, language, capsys):
    said = help_of(capsys, name.split(), language)
    assert not re.search(r"%[a-zA-Z]|[<>]=?x|x[<>]|\(95\)", said)
    assert language == "en" or not re.search(r"YYYY|COMMAND|ARGS", said)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["check", "x.yaml", "-n", "0"], "0 går ikke; det må være fra 1 til 1 000 000"),
        (["check", "x.yaml", "-j", "-2"], "-2 går ikke; det må være minst −1"),
        (["pool", "x", "--level", "100"], "det må være fra 50 til under 100"),
        (["report", "x.yaml", "--out", "o", "--date", "9. mars"], "ventet en dag som år-måned-dag"),
        (
            ["report", "x.yaml", "--out", "o", "--date", "30.2.2026"],
            "datoen 2026-02-30 finnes ikke",
        ),
    ],
)
def test_what_lies_outside_is_told_where_it_may_lie(words, said, capsys):
    with pytest.raises(SystemExit):
        main([*words, "--language", "nb"])
    assert said in " ".join(capsys.readouterr().err.split())


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["draft"], "det finnes ingen kommando 'draft'"),
        (["register", "draft"], "Kommandoen 'draft' finnes ikke."),
        (["check", "--nowhere"], "Valget '--nowhere' finnes ikke."),
    ],
)
def test_what_click_refuses_is_said_in_norwegian(words, said, capsys):
    with pytest.raises(SystemExit):
        main(words)
    told = capsys.readouterr().err
    assert said in told
    assert "No such" not in told
