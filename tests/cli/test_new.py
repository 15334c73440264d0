"""A first flow file: by questions, from flags or a file, or from a template."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from pilotsim.base.errors import PilotsimError
from pilotsim.base.languages import LANGUAGES
from pilotsim.cli import main
from pilotsim.files.reading import read_flow, read_text
from pilotsim.files.shipped import templates
from pilotsim.judge.check import check_targets
from pilotsim.language.catalogue import catalogue_of, say, translate_help
from pilotsim.language.first_flow import (
    QUESTIONS,
    name_of_flow,
    proposal,
    read_answer,
    write_first_flow,
)
from pilotsim.output.live.page import check_sharing
from pilotsim.output.views import document_of

ROOT = Path(__file__).parent.parent.parent
BY_KEY = {question.key: question for question in QUESTIONS}


@pytest.fixture(autouse=True)
def in_a_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PILOTSIM_LANGUAGE", raising=False)


def answers_of(language="nb", **typed):
    answers = {}
    for question in QUESTIONS:
        text = typed.get(question.key)
        given = text is not None
        text = text if given else proposal(question, answers, language)
        answers[question.key] = read_answer(question, text, language, given=given)
    return answers


def ends_with(arguments, capsys):
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    return ended.value.code, capsys.readouterr()


def test_there_are_twelve_questions_and_each_says_why():
    assert len(QUESTIONS) == 12
    for language in LANGUAGES:
        for question in QUESTIONS:
            assert say(f"first_why_{question.key}", language)
            asks = translate_help(question.asks, language)
            assert asks.endswith("?")
            assert (asks == question.asks) == (language == "en")


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_proposed_is_a_sound_flow_in_the_language(language):
    flow = read_text(write_first_flow(answers_of(language), language))
    assert not flow.notices
    assert flow.title.in_language(language) == say("first_title", language)
    others = [one for one in LANGUAGES if one != language]
    own = say("first_w_on_assistance", language)
    assert flow.stages["on_assistance"].label.in_language(others[0]) == own


def test_every_number_says_that_its_source_is_missing():
    flow = read_text(write_first_flow(answers_of(months="18"), "nb"))
    assert not flow.sources
    why = {
        path: value.assumption.in_language("nb")
        for path, value in flow.values.items()
        if value.assumption is not None
    }
    assert len(why) > 15
    assert all(words.startswith("Kilde mangler") for words in why.values())
    assert why["lasts"] == say("first_said", "nb")
    assert why["groups.target_group.stock"] == say("first_proposed", "nb")
    assert why["risks.leaves.rate"] == say("first_guess", "nb")


def test_answers_are_the_numbers_of_the_flow():
    flow = read_text(
        write_first_flow(
            answers_of(
                title="Årets «pilot»: $5 & 'mer'",
                starts="1.3.2027",
                months="18",
                clients="155",
                new_clients="4-9",
                referred="12",
                attend="70-90 %",
                posts="2,5",
                caseload="16",
                stay="4-6",
                work_anyway="30",
                goal="35",
            ),
            "nb",
        )
    )
    values = flow.values
    assert "groups.target_group.stock" not in flow.assumptions
    assert flow.title.in_language("nb") == "Årets «pilot»: $5 & 'mer'"
    assert flow.flow == "arets_pilot_5_mer"
    assert flow.starts.isoformat() == "2027-03-01"
    assert values["groups.target_group.stock"].written == "155"
    inflow = values["groups.target_group.arrivals"]
    a_day = 12 / 365.25
    assert (inflow.low, inflow.high) == pytest.approx((4 * a_day, 9 * a_day))
    attend = values["stages.referred.next.programme"]
    assert (attend.number, attend.low, attend.high) == pytest.approx((0.8, 0.7, 0.9))
    assert values["resources.caseworker.fte"].number == 2.5
    assert values["resources.caseworker.caseload"].number == 16
    assert values["stages.programme.lasts.gamma.mean"].written == "5 months"
    # 30 of 100 are gone after a year at this speed: 1 - exp(-12 x 2.97 %) = 30 %.
    assert values["risks.job.rate"].written == "2.97 % per month"
    says = flow.targets["in_work"].says.in_language("nb").replace("\u00a0", " ")
    assert says == "35 % av deltakerne er i arbeid ved slutten"


def test_what_is_decided_has_no_range_and_what_may_be_otherwise_has():
    assumptions = read_text(write_first_flow(answers_of(), "en")).assumptions
    for path in ("lasts", "resources.caseworker.fte", "stages.referred.opens.admits"):
        assert path not in assumptions
    for path in ("stages.referred.next.programme", "risks.job.rate", "risks.leaves.rate"):
        assert path in assumptions


def test_the_belief_about_the_effect_is_the_one_of_alna_aktiv():
    own = read_text(write_first_flow(answers_of(), "nb")).values["shared.strength"]
    alna = read_flow(ROOT / "configs" / "alna_aktiv.yaml").values["shared.strength"]
    assert own.mixture == alna.mixture


@pytest.mark.parametrize("language", LANGUAGES)
def test_with_the_prices_that_stand_as_remarks_it_says_what_the_pilot_costs(language):
    text = write_first_flow(answers_of(language), language)
    priced = re.sub(r"(?m)^# ((payers|costs|economy):.*|  .*)$", r"\1", text)
    flow = read_text(priced)
    assert set(flow.costs) == {"staff", "assistance"}
    assert flow.economy is not None
    assert not flow.notices


def test_a_sure_effect_is_told_where_nothing_is_said_of_displacement():
    text = write_first_flow(answers_of(), "nb")
    certain = text.replace("value: 1.5, low: 1.1, high: 2,", "value: 30,")
    assert certain != text
    check = check_targets(read_text(certain), replications=6, what_if=False, fixed=True)
    assert "flere i arbeid" in str(document_of(check, "nb"))


@pytest.mark.parametrize(
    ("key", "text", "said"),
    [
        ("months", "mange", "ventet et helt tall fra 1 til 120; fant 'mange'"),
        ("months", "2,5", "ventet et helt tall fra 1 til 120; fant '2,5'"),
        ("months", "12-24", "dette er bestemt, så svar med ett tall; fant '12-24'"),
        ("clients", "0", "ventet et helt tall fra 1 til 100 000; fant '0'"),
        ("clients", "nan", "ventet et helt tall fra 1 til 100 000; fant 'nan'"),
        ("attend", "180", "ventet et tall fra 1 til 100; fant '180'"),
        ("attend", "90-70", "et spenn går fra det laveste tallet; fant '90-70'"),
        ("starts", "31.2.2027", "datoen 2027-02-31 finnes ikke; den måneden har 28 dager"),
        ("starts", "1. mars", "ventet en dag som år-måned-dag"),
        ("clients", "85 %", "ventet et helt tall fra 1 til 100 000; fant '85 %'"),
        ("clients", "12 5", "ventet et helt tall fra 1 til 100 000; fant '12 5'"),
        ("clients", "1.500", "ventet et helt tall fra 1 til 100 000; fant '1.500'"),
        ("new-clients", "jevn", "ventet et helt tall fra 0 til 10 000, eller ordet «jevnt»; fant"),
        ("title", "{x}", "ventet noen ord, uten krøllparenteser; fant '{x}'"),
        ("title", "", "ventet noen ord"),
    ],
)
def test_what_is_no_answer_is_refused_with_what_is_wanted(key, text, said, capsys):
    with pytest.raises(PilotsimError):
        read_answer(BY_KEY[key.replace("-", "_")], text, "nb")
    code, told = ends_with(["new", "--defaults", f"--{key}", text], capsys)
    assert code == 2
    assert told.err.replace("\u00a0", " ").startswith(f"--{key}: {said}")
    assert not list(Path().iterdir())


@pytest.mark.parametrize(
    ("text", "language", "number"),
    [("1 000", "nb", 1000), ("1,000", "en", 1000), ("1\u00a0000", "sv", 1000)],
)
def test_numbers_are_read_as_the_language_writes_them(text, language, number):
    assert read_answer(BY_KEY["clients"], text, language).number == number


@pytest.mark.parametrize(
    ("text", "language", "number"),
    [
        ("1,5", "nb", 1.5),
        ("1.5", "nb", 1.5),
        ("0.125", "nb", 0.125),
        ("1.5", "en", 1.5),
        ("1,5", "en", None),
        ("0,125", "en", None),
        ("1.500", "nb", None),
        ("1e2", "nb", None),
        ("\u0663", "nb", None),
    ],
)
def test_a_number_that_could_be_another_is_refused(text, language, number):
    if number is not None:
        assert read_answer(BY_KEY["posts"], text, language).number == number
        return
    with pytest.raises(PilotsimError, match=r"expected a number from 0\.1 to 1,000"):
        read_answer(BY_KEY["posts"], text, language)


@pytest.mark.parametrize("text", ["155", "1 234", "0,125"])
def test_what_is_decided_is_that_number_and_no_other(text):
    answer = read_answer(BY_KEY["posts" if "," in text else "clients"], text, "nb")
    assert answer.low == answer.number == answer.high


@pytest.mark.parametrize("text", ["70-90", "70 - 90 %", "70 % til 90 %", "70 to 90", "70–90"])
def test_a_range_is_read_in_any_form(text):
    answer = read_answer(BY_KEY["attend"], text, "nb")
    assert (answer.low, answer.number, answer.high) == (70, 80, 90)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_word_for_a_steady_group_is_an_answer(language):
    text = write_first_flow(
        answers_of(language, new_clients=say("first_steady", language)), language
    )
    assert "arrivals: {sum: groups.target_group.stock * (risks.leaves.rate" in text


@pytest.mark.parametrize("months", ["12", "24", "48"])
def test_as_many_come_as_leave_without_the_pilot(months):
    """The stock without the pilot is at the end what it was at the start, within a tenth."""
    flow = read_text(write_first_flow(answers_of(months=months, clients="1000"), "nb"))
    found = check_targets(flow, replications=8, what_if=False, fixed=True).effect
    state = found.states.index("assistance")
    assert found.without[:, 0, state].mean() == pytest.approx(1000, rel=0.1)


def test_the_first_flow_can_be_shared_as_a_page():
    check_sharing(read_text(write_first_flow(answers_of(), "nb")))


def test_a_name_is_made_of_any_title():
    assert name_of_flow("Ærlig Østfold på Åsen – 2. forsøk") == "aerlig_ostfold_pa_asen_2_forsok"
    assert name_of_flow("???") == "pilot"


def test_without_a_terminal_it_says_what_to_give_and_writes_nothing():
    done = subprocess.run(
        [sys.executable, "-m", "pilotsim", "ny", "--months", "12"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    assert done.returncode == 2
    for question in QUESTIONS:
        asked = f"--{question.key.replace('_', '-')} " in done.stderr
        assert asked == (question.key != "months")
    assert "--defaults" in done.stderr
    assert "Traceback" not in done.stderr
    assert not list(Path().iterdir())


@pytest.mark.skipif(sys.platform == "win32", reason="no pseudo-terminals there")
def test_on_a_terminal_it_asks_until_it_has_an_answer(tmp_path):
    import pty

    mine, theirs = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "pilotsim", "new", "--language", "nb"],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        cwd=tmp_path,
    ) as asked:
        os.close(theirs)
        os.write(mine, "\n".join(["Prøven", "2027-02-01", "lenge", "18", *[""] * 9, ""]).encode())
        said = b""
        while True:
            try:
                part = os.read(mine, 4096)
            except OSError:
                break
            if not part:
                break
            said += part
        assert asked.wait(60) == 0
    told = said.decode().replace("\u00a0", " ")
    assert "12/12" in told
    assert "ventet et helt tall fra 1 til 120; fant 'lenge'" in told
    assert "Du har svart på 3 av 12 spørsmål" in told
    flow = read_flow(tmp_path / "proven.yaml")
    assert (flow.title.in_language("nb"), flow.values["lasts"].written) == ("Prøven", "18 months")


def test_answers_stand_in_a_file_and_options_win(capsys):
    Path("svar.yaml").write_text("title: Fra fil\nmonths: 12\nstarts: 2027-05-01\n")
    main(["ny", "a.yaml", "--answers", "svar.yaml", "--months", "6", "--defaults"])
    flow = read_flow("a.yaml")
    assert flow.title.in_language("nb") == "Fra fil"
    assert flow.values["lasts"].written == "6 months"
    assert "Du har svart på 3 av 12 spørsmål" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("monts: 3\n", "ukjent nøkkel 'monts'; mente du 'months'?"),
        ("- 3\n", "ventet svar i svar.yaml"),
        ("months: [1]\n", "ventet ett svar ved 'months'; fant [1]"),
        ("title:\n", "ventet ett svar ved 'title'; fant"),
        ("posts: yes\n", "--posts: ventet et tall"),
        ("posts: true\n", "ventet ett svar ved 'posts'; fant true"),
    ],
)
def test_a_file_that_holds_no_answers_is_refused(text, said, capsys):
    Path("svar.yaml").write_text(text)
    code, told = ends_with(["new", "--answers", "svar.yaml", "--defaults"], capsys)
    assert code == 2
    assert said in told.err


def test_a_file_that_is_there_stays_as_it_is(capsys):
    Path("min_pilot.yaml").write_text("mine")
    for arguments in (["--defaults"], ["min_pilot.yaml", "--from", "alna_aktiv"]):
        code, told = ends_with(["new", *arguments], capsys)
        assert code == 2
        assert "finnes fra før" in told.err
    assert Path("min_pilot.yaml").read_text() == "mine"
    Path("posteriors").mkdir()
    Path("posteriors/turnover.csv").write_text("mine")
    code, _ = ends_with(["new", "--from", "alna_aktiv"], capsys)
    assert code == 2
    assert not Path("alna_aktiv.yaml").exists()


@pytest.mark.parametrize("name", [one.name for one in templates()])
def test_a_template_is_copied_whole_and_is_the_same_flow(name):
    main(["new", "--from", name])
    written = Path(f"{name}.yaml").read_text(encoding="utf-8")
    own = (ROOT / "configs" / f"{name}.yaml").read_text(encoding="utf-8")
    assert written == own.partition("\n\n")[2]
    copied, original = read_flow(f"{name}.yaml"), read_flow(ROOT / "configs" / f"{name}.yaml")
    assert copied.flow == original.flow
    assert {path: value.number for path, value in copied.values.items()} == {
        path: value.number for path, value in original.values.items()
    }


@pytest.mark.parametrize("language", LANGUAGES)
def test_templates_are_listed_by_name_in_the_language(language, capsys):
    main(["new", "--list", "--language", language])
    said = capsys.readouterr().out
    for template in templates():
        assert re.search(
            rf"(?m)^  {template.name} +{re.escape(template.title.in_language(language))}$", said
        )


def test_a_template_that_is_not_there_is_answered_with_the_one_that_was_meant(capsys):
    code, told = ends_with(["new", "--from", "alna_aktv"], capsys)
    assert (code, told.err) == (2, "det finnes ingen mal 'alna_aktv'; mente du 'alna_aktiv'?\n")
    code, told = ends_with(["new", "--from", "alna_aktiv", "--months", "3"], capsys)
    assert code == 2
    assert not list(Path().iterdir())


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_command_alone_says_where_to_begin(language, capsys):
    main(["--language", language])
    assert capsys.readouterr().out == say("begin_here", language) + "\n"


def test_a_command_without_its_flow_says_how_to_get_one(capsys):
    for name in ("check", "validate", "report", "values", "verify", "scoreboard"):
        code, told = ends_with([name], capsys)
        assert code == 2
        assert "pilotsim new" in told.err, name


def test_norwegian_by_its_common_code_is_bokmal(monkeypatch, capsys):
    main(["new", "--list", "--language", "no"])
    said = capsys.readouterr().out
    main(["new", "--list", "--language", "nb"])
    assert said == capsys.readouterr().out
    monkeypatch.setenv("PILOTSIM_LANGUAGE", "no")
    main([])
    assert capsys.readouterr().out == say("begin_here", "nb") + "\n"


def test_pages_are_listed_and_printed(capsys):
    main(["docs", "--language", "en"])
    said = capsys.readouterr().out
    assert str(ROOT / "docs") in said
    for file in (ROOT / "docs").glob("*.md"):
        assert f"  {file.stem} " in said
    main(["docs", "language"])
    assert capsys.readouterr().out == (ROOT / "docs" / "language.md").read_text(encoding="utf-8")
    code, told = ends_with(["docs", "langage"], capsys)
    assert (code, told.err) == (2, "det finnes ingen side 'langage'; mente du 'language'?\n")


def test_the_page_about_beginning_has_every_question_as_it_is_asked():
    page = (ROOT / "docs" / "beginning.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"(?m)^\| `--([\w-]+)` \| (.+?) \|", page))
    assert rows == {question.key.replace("_", "-"): question.asks for question in QUESTIONS}


def test_no_phrase_of_the_first_flow_lacks_its_place():
    """Each phrase of the file stands in it: none is left over in the catalogue."""
    skeleton = (ROOT / "src/pilotsim/language/first_flow.yaml").read_text(encoding="utf-8")
    kept = set(re.findall(r"\$\{w_(\w+)\}", skeleton)) | {"new_clients"}
    phrases = catalogue_of("nb").phrases
    assert {key[8:] for key in phrases if key.startswith("first_w_")} == kept
    remarks = set(re.findall(r"#: (\w+)", skeleton))
    assert {key[13:] for key in phrases if key.startswith("first_remark_")} == remarks
