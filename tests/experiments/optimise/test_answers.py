"""What is told of a search: sentences, page, tables, figure, command line."""

import json
from dataclasses import replace

import pytest
from matplotlib.figure import Figure

from pilotsim.base.languages import LANGUAGES
from pilotsim.cli import main
from pilotsim.experiments.optimise.reading import read_problem
from pilotsim.experiments.optimise.solve import solve
from pilotsim.language.numbers import format_number
from pilotsim.output.figures.frontier import alt_text, plot_frontier
from pilotsim.output.sentences.solution import answer_in_words, question_in_words, show_choice
from pilotsim.output.views import document_of
from pilotsim.output.writers.folder import write_folder
from pilotsim.output.writers.json import write_json
from pilotsim.output.writers.terminal import terminal_text
from tests.experiments.optimise.small import FLOW, SOLVE, problem_of, write
from tests.experiments.optimise.test_solve import TWO


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    return solve(problem_of(tmp_path_factory.mktemp("places")))


def quick(folder, text=SOLVE, **replaced):
    return solve(
        problem_of(
            folder, text, **{"most_runs": "most_runs: 600", "frontier": "frontier: 5", **replaced}
        )
    )


def test_answer_says_what_is_least_and_what_is_too_little(found):
    first, *rest = answer_in_words(found, "en")
    assert (
        first
        == "Places: 14 is the least that is enough. With 13 the target is met less often than in 75\u00a0% of cases."
    )
    assert any("true with at least 90\u00a0% confidence" in sentence for sentence in rest)
    assert any(f"It took {format_number(found.runs, 'en')} runs." in sentence for sentence in rest)
    assert "14 er det minste som er nok" in answer_in_words(found, "nb")[0]
    assert (
        question_in_words(found.problem, "nb")
        == "«Plass til alle». Dette skal nås med minst 75\u00a0% sannsynlighet."
    )


@pytest.mark.parametrize(
    ("replaced", "said"),
    [
        (
            {
                "probability": "probability: 20 %",
                "places": "  places: {sets: resources.place.units, levels: [12, 24]}",
            },
            "it is the least that was tried",
        ),
        (
            {"places": "  places: {sets: resources.place.units, levels: [2, 5]}"},
            "not even 5 is enough",
        ),
        ({"most_runs": "most_runs: 90"}, "not decided to the last step"),
        ({"most_runs": "most_runs: 90"}, "Too few runs to decide"),
        (
            {
                "monotone": "monotone: false",
                "places": "  places: {sets: resources.place.units, levels: [2, 5]}",
            },
            "None of the choices is enough.",
        ),
        (
            {"monotone": "monotone: true\nassumptions: fixed"},
            "all assumptions held at their stated values",
        ),
        (
            {
                "places": "  places: {sets: resources.place.units, levels: [24, 20, 14, 12, 11, 10, 9, 8, 4]}",
                "frontier": "frontier: 60",
            },
            "Set monotone: false.",
        ),
    ],
)
def test_each_end_of_a_search_has_its_words(tmp_path, replaced, said):
    assert any(said in sentence for sentence in answer_in_words(quick(tmp_path, **replaced), "en"))


def test_words_of_several_levers(tmp_path):
    two = quick(tmp_path, TWO, most_runs="most_runs: 3000")
    assert any(
        "places" in sentence and "beds" in sentence and "NOK" in sentence
        for sentence in answer_in_words(two, "en")
    )
    within = quick(
        tmp_path, TWO, most_runs="most_runs: 3000", probability="budget: 56", monotone="margin: 4 %"
    )
    assert "for at most 56\u00a0NOK" in question_in_words(within.problem, "en")
    assert answer_in_words(within, "nb")[0].startswith(
        ("Det sikreste for pengene", "Oftest nådd for pengene")
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_figure_draws_each_level_and_says_so(found, language):
    page = plot_frontier(found, language=language)
    assert page.get_figure(root=True).get_size_inches()[0] == pytest.approx(16 / 2.54)
    assert len(page.child_axes) == 1
    assert "14" in alt_text(found, language)


def test_figure_draws_on_given_axes(found):
    axes = Figure((6, 4)).add_axes((0, 0, 1, 1))
    assert plot_frontier(found, ax=axes) is axes


def test_folder_holds_page_figure_table_and_json(found, tmp_path):
    document = document_of(found, "nb", command="pilotsim solve x.yaml")
    names = {file.name for file in write_folder(document, tmp_path / "out")}
    assert names == {
        "index.html",
        "frontier.png",
        "frontier.svg",
        "frontier.txt",
        "tried.csv",
        "solution.json",
        "files.txt",
    }
    page = (tmp_path / "out" / "index.html").read_text(encoding="utf-8")
    assert "Plasser: 14 er det minste som er nok" in page
    assert "pilotsim solve x.yaml" in page
    head, *rows = (tmp_path / "out" / "tried.csv").read_text(encoding="utf-8-sig").splitlines()
    assert head.startswith("Plasser;Kostnad;Simuleringer;")
    assert len(rows) == len(found.rows)


def test_json_says_all_that_is_known(found):
    plain = json.loads(write_json(document_of(found, "en")))
    assert plain["best"] == {"places": "14"}
    assert plain["proven_too_little"] == {"places": "13"}
    assert plain["proven"] is True
    assert plain["runs"] == sum(row["runs"] for row in plain["tried"])
    assert (plain["confidence"], plain["probability"], plain["budget"]) == (
        pytest.approx(0.9),
        0.75,
        None,
    )


def test_a_terminal_shows_thirty_rows_and_says_how_many_more(found):
    document = document_of(found, "en")
    many = replace(found, rows=found.rows * 10)
    left = len(many.rows) - 30
    assert f"… +{left}" in terminal_text(document_of(many, "en"))
    assert "… +" not in terminal_text(document)


def run(*arguments):
    with pytest.raises(SystemExit) as ended:
        main(["solve", *map(str, arguments)])
    return ended.value.code


def test_command_prints_the_answer(tmp_path, capsys):
    file = write(tmp_path, SOLVE)
    main(
        [
            "solve",
            str(file),
            "--jobs",
            "1",
            "--language",
            "en",
            "--json",
            str(tmp_path / "a.json"),
            "--out",
            str(tmp_path / "out"),
        ]
    )
    shown = capsys.readouterr().out
    assert "Places: 14 is the least that is enough." in shown
    assert json.loads((tmp_path / "a.json").read_text())["best"] == {"places": "14"}
    assert (tmp_path / "out" / "index.html").is_file()


def test_command_tells_faults_without_a_traceback(tmp_path, capsys):
    file = write(tmp_path, SOLVE.replace("enough", "enugh"))
    for language, said in (("en", "did you mean 'enough'?"), ("nb", "mente du 'enough'?")):
        assert run(file, "--language", language) == 2
        assert said in capsys.readouterr().err


def test_strict_ends_with_3_where_nothing_is_enough(tmp_path):
    file = write(tmp_path, SOLVE.replace("low: 4, high: 24", "levels: [2, 3]"))
    assert run(file, "--jobs", "1", "--strict") == 3


def test_interrupted_command_goes_on(tmp_path, capsys, monkeypatch):
    file = write(tmp_path, SOLVE.replace("60000", "2000"))
    from pilotsim.experiments.optimise import solve as module

    calls = [0]
    original = module._Runs._run

    def interrupted(self, choices, replications):
        calls[0] += 1
        if calls[0] == 4:
            raise KeyboardInterrupt
        return original(self, choices, replications)

    monkeypatch.setattr(module._Runs, "_run", interrupted)
    assert run(file, "--jobs", "1") == 130
    main(["solve", str(file), "--jobs", "1"])
    assert "Fortsetter med" in capsys.readouterr().err


def test_the_share_of_other_runs_stands_beside_what_is_proven_with_its_own_interval(found):
    document = document_of(found, "nb")
    (table,) = (one for one in document.tables() if one.name == "tried")
    (met,) = (column for column in table.columns if column.key == "met")
    assert met.heading == "Nådd i 10 andre simuleringer (95\u00a0%)"
    rows = {row.choice: row for row in found.rows}
    for point in found.estimates:
        if point.choice in rows and rows[point.choice].tally.runs:
            row, own = rows[point.choice], point.interval
            # Two intervals for one probability: they meet, though the share may lie beside.
            assert own.low <= row.interval.high
            assert row.interval.low <= own.high
    text = terminal_text(document)
    assert "kan derfor ligge utenfor det som er bevist" in " ".join(text.split())


TIMES = """  places: {says: {nb: "Plasser, ganger antallet i planen", en: Places times the plan's number}, times: [resources.place.units, resources.bed.units], levels: [1, 2]}"""


@pytest.mark.parametrize(
    ("language", "said"),
    [("nb", "2 (20)"), ("en", "2 (20)"), ("sv", "2 (20)")],
)
def test_times_the_plan_says_how_many_units_that_is(tmp_path, language, said):
    problem = problem_of(tmp_path, places=TIMES)
    assert show_choice(problem, 1, language) == said
    # The control: a number that is set as it is needs no other beside it.
    assert show_choice(problem_of(tmp_path), 1, language) == "5"


def test_units_that_change_on_the_way_are_told_at_both_ends(tmp_path):
    flow = FLOW.replace(
        "place: {units: 5,", "place: {units: {value: 5, assumption: a, from: {2015-02-01: 9}},"
    )
    places = TIMES.replace("resources.bed.units", "resources.place.units.from.2015-02-01")
    old = next(line for line in SOLVE.splitlines() if line.startswith("  places:"))
    problem = read_problem(write(tmp_path, SOLVE.replace(old, places), flow))
    assert show_choice(problem, 1, "en") == "2 (10 at the start, 18 at the end)"
    assert show_choice(problem, 0, "nb") == "1 (5 ved start, 9 til slutt)"
