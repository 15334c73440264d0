"""`pilotsim report`, and files of office programs beside what any command writes."""

from __future__ import annotations

import io
from hashlib import sha256

import docx
import pytest

from pilotsim.base.errors import RequestError
from pilotsim.base.kept_inputs import inputs_kept, note_read
from pilotsim.cli import main
from pilotsim.cli.options import FORMATS, OfficeAsked
from pilotsim.cli.shared import FAULT, office_files_of
from pilotsim.output.imprint import InputFile
from pilotsim.output.writers.office import FORMATS as WRITTEN
from pilotsim.output.writers.office import formats_here
from tests.experiments.study.small import STUDY, write_study
from tests.output.small_checks import SYSTEM
from tests.output.test_figures import PILOT

RUNS = ("-n", "4", "--what-if-replications", "2", "--language", "en", "--date", "2026-03-09")


def run(*arguments: object, code: int = 0) -> None:
    try:
        main([str(one) for one in arguments])
    except SystemExit as end:
        assert end.code == code
    else:
        assert code == 0


@pytest.fixture
def flow(tmp_path):
    file = tmp_path / "pilot.yaml"
    file.write_text(PILOT, encoding="utf-8")
    return file


def test_the_command_line_knows_the_formats_that_there_are():
    assert tuple(WRITTEN) == FORMATS


def test_a_report_is_all_files_of_office_programs_and_their_list(flow, tmp_path, capsys):
    run("report", flow, "--out", tmp_path / "out", *RUNS)
    names = {file.name for file in (tmp_path / "out").iterdir()}
    ends = {WRITTEN[name][0] for name in formats_here()}
    assert names == {f"pilot.{end}" for end in ends} | {"files.txt"}
    said = capsys.readouterr().out
    assert all(name in said for name in names)
    file = docx.Document(tmp_path / "out" / "pilot.docx")
    texts = [paragraph.text for paragraph in file.paragraphs]
    assert any(sha256(flow.read_bytes()).hexdigest() in text for text in texts)
    assert any("9 March 2026" in text or "9 Mar. 2026" in text for text in texts), texts[:3]


def test_two_reports_are_the_same_to_the_bit(flow, tmp_path):
    contents = []
    for _ in range(2):
        run("report", flow, "--out", tmp_path / "out", *RUNS)
        files = sorted((tmp_path / "out").iterdir())
        contents.append([file.read_bytes() for file in files])
    assert contents[0] == contents[1]


def test_another_result_has_them_beside_its_page(tmp_path):
    file = tmp_path / "small.yaml"
    file.write_text(SYSTEM, encoding="utf-8")
    given = ("--out", tmp_path / "out", "-n", 4, "--language", "en", "--also", "word")
    run("validate", file, *given)
    names = {one.name for one in (tmp_path / "out").iterdir()}
    assert {"index.html", "validation.docx"} <= names
    assert "validation.xlsx" not in names
    assert 'href="validation.docx"' in (tmp_path / "out" / "index.html").read_text("utf-8")
    # A later report without it takes it away again.
    run("validate", file, *given[:-2])
    assert not (tmp_path / "out" / "validation.docx").exists()


def test_what_cannot_be_written_is_said_before_anything_is_run(flow, tmp_path, capsys):
    run("check", flow, "--also", "word", "--language", "en", code=FAULT)
    assert "--out" in capsys.readouterr().err
    no_template = tmp_path / "no.docx"
    no_template.write_bytes(b"no")
    given = ("--template", no_template, "--language", "en", "-n", 1_000_000)
    run("report", flow, "--out", tmp_path / "o", *given, code=FAULT)
    assert "no Word file" in capsys.readouterr().err
    assert not (tmp_path / "o").exists()


def test_a_template_is_taken_and_not_written_over(flow, tmp_path, capsys):
    styled = docx.Document()
    styled.sections[0].header.paragraphs[0].text = "Example Council"
    content = io.BytesIO()
    styled.save(content)
    template = tmp_path / "out" / "pilot.docx"
    template.parent.mkdir()
    template.write_bytes(content.getvalue())
    run("report", flow, "--out", tmp_path / "new", "--template", template, *RUNS)
    made = docx.Document(tmp_path / "new" / "pilot.docx")
    assert made.sections[0].header.paragraphs[0].text == "Example Council"
    run("report", flow, "--out", tmp_path / "out", "--template", template, *RUNS, code=FAULT)
    assert template.read_bytes() == content.getvalue()


def test_a_file_names_what_it_was_made_of_and_gives_no_hash_of_a_register(tmp_path):
    """By the hash of a small register, who knows all but one client could try out the last."""
    for name in ("plan.yaml", "register.csv", "register.parquet", "style.docx"):
        (tmp_path / name).write_bytes(name.encode())
    with inputs_kept():
        for file in sorted(tmp_path.iterdir()):
            note_read(file)
        office = office_files_of(OfficeAsked(template=tmp_path / "style.docx"))
    assert office.imprint.inputs == [InputFile("plan.yaml", sha256(b"plan.yaml").hexdigest())]


def test_a_page_names_the_table_whose_numbers_its_flow_has(tmp_path):
    flow, table = tmp_path / "flow.yaml", tmp_path / "lengths.csv"
    plain = PILOT.replace("{gamma: {mean: 8 weeks, cv: 0.5}}", "{gamma: {cv: 0.5}}")
    flow.write_text(f"values_from: {table.name}\n{plain}", encoding="utf-8")
    table.write_text("path;value\nstages.mapping.lasts.gamma.mean;8 weeks\n", encoding="utf-8")
    run("check", flow, "--out", tmp_path / "out", *RUNS)
    page = (tmp_path / "out" / "index.html").read_text("utf-8")
    for file in (flow, table):
        assert f"{file.name}, SHA-256" in page
        assert sha256(file.read_bytes()).hexdigest() in page


def test_a_page_says_what_it_is(flow, tmp_path):
    run("check", flow, "--out", tmp_path / "out", *RUNS)
    page = (tmp_path / "out" / "index.html").read_text("utf-8")
    for words in (
        sha256(flow.read_bytes()).hexdigest(),
        "9 March 2026",
        "free software (MIT)",
        "How to cite",
    ):
        assert words in page, words


def test_a_report_tests_the_program_on_the_flow(flow, tmp_path):
    run("report", flow, "--out", tmp_path / "a", "--as", "word", *RUNS)
    run("report", flow, "--out", tmp_path / "b", "--as", "word", "--no-tests", *RUNS)
    texts = [
        [one.text for one in docx.Document(tmp_path / name / "pilot.docx").paragraphs]
        for name in ("a", "b")
    ]
    heading, passed = "Tests of the program on this flow", "No deviation in any of the tests."
    assert {heading, passed} <= set(texts[0])
    assert heading not in texts[1]


@pytest.mark.parametrize("observed", [True, False])
def test_a_flow_of_ones_own_is_described_without_notes(tmp_path, observed):
    file = tmp_path / "own.yaml"
    file.write_text(SYSTEM if observed else PILOT, encoding="utf-8")
    out = tmp_path / "out"
    given = ("-n", 8, "--few", 2, "--language", "en", "--also", "word", "--date", "2026-03-09")
    run("describe", file, "--out", out, *given)
    (page,) = out.glob("*_en.md")
    assert page.read_text("utf-8").startswith("# ")
    (report,) = out.glob("*_en/index.html")
    (paper,) = report.parent.glob("*.docx")
    texts = [one.text for one in docx.Document(paper).paragraphs]
    assert "The model by ODD" in texts
    if not observed:
        assert "Can the targets be met?" in page.read_text("utf-8")


def test_what_a_fit_writes_has_its_report_beside_it(tmp_path):
    file = tmp_path / "small.yaml"
    file.write_text(SYSTEM, encoding="utf-8")
    fitted = tmp_path / "fitted.yaml"
    given = ("--fit", "risks.job.rate", "-n", 20, "--rounds", 1, "--out", fitted)
    run("calibrate", file, *given, "--also", "excel", "--language", "en")
    names = {one.name for one in (tmp_path / "fitted_report").iterdir()}
    assert {"index.html", "calibration.xlsx"} <= names
    assert fitted.exists()


def test_drawings_and_tables_are_written_as_asked(flow, tmp_path):
    out = tmp_path / "out"
    run("check", flow, "--out", out, "--outlines", "--tables-for", "nb", *RUNS)
    assert "<text" not in (out / "clients.svg").read_text("utf-8")
    head = (out / "targets.csv").read_text("utf-8-sig").splitlines()[0]
    assert head.startswith("Name;Target;")
    run("check", flow, "--out", out, *RUNS)
    assert "<text" in (out / "clients.svg").read_text("utf-8")
    assert (out / "targets.csv").read_text("utf-8-sig").startswith("Name,Target,")


def test_a_report_from_python_has_office_files_and_hashes(flow, tmp_path):
    from datetime import date

    from pilotsim import check_targets, read_flow, write_report

    check = check_targets(read_flow(flow), replications=2, what_if=False)
    files = write_report(
        check, tmp_path / "out", "en", also=["word"], made=date(2026, 3, 9), made_of=[flow]
    )
    assert "check.docx" in {file.name for file in files}
    assert sha256(flow.read_bytes()).hexdigest() in files[0].read_text("utf-8")
    with pytest.raises(RequestError, match="there is no format 'odt'"):
        write_report(check, tmp_path / "other", "en", also=["odt"])


def test_a_study_and_its_analysis_have_office_files(tmp_path):
    text = STUDY + "analysis: {differences: {against: as_written}}\n"
    study = write_study(tmp_path, text)
    out = tmp_path / "run"
    run("run", study, "--out", out, "--jobs", 1, "--language", "en", "--also", "word")
    assert (out / "report" / "study.docx").exists()
    assert (out / "analysis" / "findings.docx").exists()
    again = tmp_path / "again"
    run("analyse", out, "--out", again, "--language", "en", "--also", "excel")
    assert {"index.html", "findings.xlsx"} <= {one.name for one in again.iterdir()}
    for folder in (out / "analysis", again):
        page = (folder / "index.html").read_text(encoding="utf-8")
        for file in (study, tmp_path / "small.yaml"):
            assert f"{file.name}, SHA-256" in page
            assert sha256(file.read_bytes()).hexdigest() in page
        assert "Flow file small.yaml, SHA-256" in page
        assert page.count("study.yaml, SHA-256</dt>") == 1
        assert "<dt>Command</dt><dd>pilotsim " in page
        assert "<dt>Seed</dt><dd>7</dd>" in page
