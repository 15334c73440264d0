"""Calibration: known values are recovered, intervals cover as often as they say, and what cannot be told apart is said."""

import json
from pathlib import Path

import numpy as np
import pytest

from pilotsim.base import randomness
from pilotsim.base.errors import RequestError
from pilotsim.base.quantity import in_unit_of, read_value
from pilotsim.files.reading import read_flow, read_text
from pilotsim.files.rewriting import rewrite
from pilotsim.files.yaml import parse
from pilotsim.judge.calibrated_file import fitted_text, posterior_text
from pilotsim.judge.calibration import calibrate
from pilotsim.judge.posterior import FITTED, OPEN
from pilotsim.judge.surrogate import Surrogate
from pilotsim.output.views import document_of
from pilotsim.output.writers.json import write_json
from pilotsim.output.writers.terminal import terminal_text
from pilotsim.runs.batches import Variant, run_variants
from pilotsim.simulation.parameters import draw_rows_of_numbers
from tests.cli.test_cli import run

MONTH = 30.4375
FLOW = """# The truth.
flow: truth
title: {nb: Sannhet, en: Truth}
starts: 2015-01-01
lasts: 12 months
groups:
  g: {starts_in: on, stock: 200}  # stays
risks:
  job: {to: work, rate: {value: 4 % per month, low: 1, high: 9, assumption: &guess "a guess", label: Speed to work}}
  other:
    to: away
    rate: {value: 2 % per month, low: 0.2, high: 6, assumption: *guess}
stages:
  on: {risks: {job: 1, other: 1}}
  work: {counts_as: work}
  away: {counts_as: other_benefit}
observed:
  work: {says: In work, measure: {count: {state: work}}, value: WORK, tolerance: exact, source: r p. 1}
  left: {says: Left, measure: {count: {reached: [work, away]}}, value: LEFT, tolerance: exact, source: r p. 1}
  half: {says: In work at half time, measure: {count: {state: work, at: 2015-07-01}}, value: HALF, source: r p. 2}
"""
JOB, OTHER = "risks.job.rate", "risks.other.rate"


def flow_text(work=90, left=130, half=50):
    return FLOW.replace("WORK", str(work)).replace("LEFT", str(left)).replace("HALF", str(half))


def truth(job, other, seed):
    """The figures that one run of the flow gives with these speeds a month."""
    flow = read_text(flow_text())
    numbers = {flow.values[JOB].slot: job / MONTH, flow.values[OTHER].slot: other / MONTH}
    measures = [one.measure for one in flow.observed.values()]
    found = run_variants(
        [Variant("truth", flow, numbers, fixed=True)],
        measures,
        seed=seed,
        replications={"truth": 1},
    )
    return [int(number) for number in found["truth"].values[0]]


@pytest.fixture(scope="module")
def both():
    return calibrate(
        read_text(flow_text(*truth(0.05, 0.02, 77))),
        [JOB, OTHER],
        ["work", "left"],
        replications=40,
    )


@pytest.fixture(scope="module")
def one_figure():
    return calibrate(read_text(flow_text()), [JOB, OTHER], ["left"], replications=40)


def test_known_values_are_recovered(both):
    """The truth is 5 % and 2 % a month.

    Of 200 clients chance leaves about a tenth of the one and a sixth of the other.
    """
    job, other = both.parameters
    assert job.low < 0.05 / MONTH < job.high
    assert other.low < 0.02 / MONTH < other.high
    assert job.word == other.word == FITTED
    assert not both.pairs
    assert not both.directions
    assert not both.fits_badly


def test_held_out_figure_is_compared_and_marked(both):
    assert {one.output: one.observed.fitted for one in both.comparisons} == {
        "work": True,
        "left": True,
        "half": False,
    }
    assert next(one for one in both.comparisons if one.output == "half").judged in ("hit", "inside")


def test_what_one_figure_cannot_tell_apart_is_said(one_figure):
    """Who left is a matter of the sum of both speeds: either may be high if the other is low."""
    assert [pair[:2] for pair in one_figure.pairs] == [(OTHER, JOB)]
    assert one_figure.pairs[0][2] < -0.8
    assert len(one_figure.directions) == 1
    weights = one_figure.directions[0].weights
    assert weights[JOB] * weights[OTHER] < 0
    assert any(one.word != FITTED for one in one_figure.parameters)
    both_speeds = sum(one.number for one in one_figure.parameters) * MONTH
    assert both_speeds == pytest.approx(-np.log(1 - 130 / 200) / 12, rel=0.1)


ENTRANTS = """
flow: entrants
title: Entrants
starts: 2015-01-01
lasts: 36 months
groups: {g: {starts_in: on, arrivals: 40 per month}}
risks: {job: {to: work, rate: {value: 4 % per month, low: 1, high: 12, assumption: a guess}}}
stages: {on: {risks: {job: 1}}, work: {counts_as: work}}
observed:
  soon: {says: In work within a year, measure: {share: {reached: work, after: on, within: 12 months}, of: {groups: g}}, value: SHARE, tolerance: exact, source: r p. 1}
"""


@pytest.mark.parametrize("job", [0.03, 0.05])
def test_clients_who_came_too_late_to_be_followed_are_no_failures(job):
    """Of those who are followed for twelve months, 1 - exp(-12 r) are in work.

    A third of all came in the last year. Taken for failures, they would make of 5 % a month 6.6.
    """
    share = 100 * (1 - np.exp(-12 * job / MONTH * 365.25 / 12))
    text = ENTRANTS.replace("SHARE", f"{share:.2f} %")
    found = calibrate(read_text(text), [JOB], ["soon"], replications=40).parameters[0]
    assert found.word == FITTED
    assert found.low * MONTH < job < found.high * MONTH
    assert found.high - found.low < 0.25 * job / MONTH, "else it would hold what is wrong, too"


ALONE = {
    "nb": "Åpent: Other: rate kan endres uten at tallene merker det (",
    "en": "Open: Other: rate can change without the figures noticing (",
    "sv": "Öppet: Other: takt kan ändras utan att det märks i uppgifterna (",
}


def test_value_that_no_figure_knows_of_is_left_open():
    text = flow_text().replace(
        "on: {risks: {job: 1, other: 1}}", "on: {risks: {job: 1}}\n  spare: {risks: {other: 1}}"
    )
    found = calibrate(read_text(text), [JOB, OTHER], ["work"], replications=20, rounds=2)
    assert [one.word for one in found.parameters] == [FITTED, OPEN]
    assert found.parameters[1].width == pytest.approx(1, abs=0.05)
    # Nothing moves together with the one value that is open.
    assert [list(one.weights) for one in found.directions] == [[OTHER]]
    for language, said in ALONE.items():
        text = " ".join(terminal_text(document_of(found, language)).split())
        assert said in text
        assert "Speed to work \u2191" not in text


def test_figures_that_no_value_can_give_are_said_to_fit_badly():
    found = calibrate(
        read_text(flow_text(work=190, left=195)), [JOB], ["work", "left"], replications=20
    )
    assert found.fits_badly


@pytest.mark.slow
def test_intervals_cover_the_truth_as_often_as_they_say():
    """40 truths, each drawn from the range, each published once.

    Nine in ten intervals should hold the truth.

    Fewer than 29 of 40 come by chance in less than 1 case in 5,000. The control, intervals of a
    third of their width, must fall short of that.
    """
    covered = narrow = 0
    for case in range(40):
        u = randomness.uniform(4, 0, 0, case, randomness.code("coverage"), 0)
        job = 0.01 + 0.08 * u
        found = calibrate(
            read_text(flow_text(*truth(job, 0.02, 500 + case))),
            [JOB],
            ["work"],
            replications=20,
            rounds=2,
            seed=case + 1,
        )
        one = found.parameters[0]
        covered += one.low <= job / MONTH <= one.high
        narrow += abs(job / MONTH - one.number) <= (one.high - one.low) / 6
    assert covered >= 29
    assert narrow < 29


def test_chance_in_the_figures_can_be_left_out(both):
    figures = truth(0.05, 0.02, 77)
    sharp = calibrate(
        read_text(flow_text(*figures)),
        [JOB, OTHER],
        ["work", "left"],
        replications=40,
        one_course=False,
    )
    assert all(
        a.high - a.low < 0.7 * (b.high - b.low)
        for a, b in zip(sharp.parameters, both.parameters, strict=True)
    )


def test_same_seed_same_fit(one_figure):
    again = calibrate(read_text(flow_text()), [JOB, OTHER], ["left"], replications=40)
    assert [one.number for one in again.parameters] == [one.number for one in one_figure.parameters]


def test_surrogate_of_a_quadratic_is_exact():
    keys = np.arange(20, dtype=np.uint64)
    points = randomness.uniforms(1, 0, keys, keys, randomness.code("points"), 0)[:, :3]
    outputs = np.column_stack([points[:, 0] * points[:, 1] + points[:, 2] ** 2, 3 - points[:, 0]])
    found = Surrogate.fit(points, outputs)
    np.testing.assert_allclose(found.at(points), outputs, atol=1e-10)
    assert found.error.max() < 1e-9


# The fitted file.


def test_fitted_file_says_so_and_changes_nothing_else(one_figure):
    text = flow_text()
    new = fitted_text(one_figure, text, "pilotsim calibrate truth.yaml")
    assert new.startswith("# Fitted by: pilotsim calibrate truth.yaml")
    assert "it found correlated: risks.other.rate and risks.job.rate" in new
    assert "# The truth." in new
    assert "# stays" in new
    flow = read_text(new)
    assert flow.observed["left"].fitted
    assert not flow.observed["work"].fitted
    for one in one_figure.parameters:
        value = flow.values[one.path]
        assert (value.number, value.low, value.high) == pytest.approx(
            (one.number, one.low, one.high), rel=1e-3
        )
        assert value.assumption.in_language("en").startswith("Fitted to left")
        assert "a guess" in value.assumption.in_language("nb")
    assert flow.values[JOB].label.in_language("en") == "Speed to work"
    assert new.splitlines()[-1] == text.splitlines()[-1]


@pytest.mark.parametrize(
    ("text", "path", "expected"),
    [
        ("a: {b: 3 days}", "a.b", {"a": {"b": {"value": 4, "assumption": "x"}}}),
        (
            "a: {b: {constant: 3 days, times: 2}}",
            "a.b",
            {"a": {"b": {"constant": {"value": 4, "assumption": "x"}, "times": 2}}},
        ),
        (
            "a: {b: {share: 3 %, odds: {c: 2}}}",
            "a.b",
            {"a": {"b": {"share": {"value": 4, "assumption": "x"}, "odds": {"c": 2}}}},
        ),
        (
            "a: [{b: 1}, {b: {value: 2, source: p, label: L}}]",
            "a.1.b",
            {"a": [{"b": 1}, {"b": {"value": 4, "label": "L", "assumption": "x"}}]},
        ),
        (
            "a: &n {value: 1, assumption: y}\nb: *n",
            "b",
            {"a": {"value": 1, "assumption": "y"}, "b": {"value": 4, "assumption": "x"}},
        ),
    ],
)
def test_value_is_found_where_the_file_writes_it(text, path, expected):
    new = rewrite(text + "\n", {path: {"value": 4, "assumption": "x"}}, {}, [])
    assert parse(new, "new").content == expected


def test_value_that_is_not_written_cannot_be_rewritten():
    with pytest.raises(RequestError, match="is not written in the file"):
        rewrite("a: {b: 1}\n", {"a.c": {"value": 1}}, {}, [])


@pytest.mark.parametrize(
    ("written", "kind", "number", "shown"),
    [
        ("4 % per month", "rate", 0.05 / MONTH, "5 % per month"),
        ("6 weeks", "duration", 17.5, "2.5 weeks"),
        ("30 %", "share", 0.12345, "12.35 %"),
        ("10 working days", "duration", 3, "3 working days"),
    ],
)
def test_fitted_number_is_written_in_the_unit_of_the_file(written, kind, number, shown):
    assert in_unit_of(read_value(written, kind), number) == shown


# What a user may ask wrongly.


@pytest.mark.parametrize(
    ("fit", "to", "message"),
    [
        (["risks.jb.rate"], ["work"], "did you mean 'risks.job.rate'?"),
        (["groups.g.stock"], ["work"], "'groups.g.stock' has no range"),
        ([], ["work"], "name the assumptions to fit"),
        ([JOB], [], "name the observed outputs to fit to"),
        ([JOB], ["wrk"], "did you mean 'work'?"),
    ],
)
def test_what_cannot_be_fitted_is_named(fit, to, message):
    with pytest.raises(RequestError) as caught:
        calibrate(read_text(flow_text()), fit, to)
    assert message in str(caught.value)


def test_bound_alone_is_nothing_to_fit_to():
    with pytest.raises(RequestError, match="only a bound"):
        calibrate(
            read_text(
                flow_text().replace(
                    "tolerance: exact, source: r p. 1}\n  left",
                    "tolerance: at_least, source: r}\n  left",
                )
            ),
            [JOB],
            ["work"],
        )


@pytest.mark.parametrize("language", ["nb", "en"])
def test_screen_says_what_is_open(one_figure, language):
    text = terminal_text(document_of(one_figure, language))
    text = " ".join(text.split())
    assert ("skiller dårlig mellom" if language == "nb" else "can hardly tell") in text
    assert "Speed to work" in text
    assert "In work at half time" in text


def test_command_writes_the_fitted_file(tmp_path):
    file, new, plain = tmp_path / "truth.yaml", tmp_path / "fitted.yaml", tmp_path / "found.json"
    file.write_text(flow_text(), encoding="utf-8")
    done = run(
        "calibrate",
        file,
        "--fit",
        JOB,
        "--to",
        "work",
        "-n",
        "5",
        "--rounds",
        "1",
        "-j",
        "1",
        "--out",
        new,
        "--json",
        plain,
    )
    assert done.returncode == 0, done.stderr
    assert read_text(new.read_text(encoding="utf-8")).observed["work"].fitted
    assert json.loads(plain.read_text())["parameters"][0]["path"] == JOB
    again = run("calibrate", file, "--fit", JOB, "--to", "work", "--out", file, "--language", "en")
    assert again.returncode == 2
    assert "name another place to write to" in again.stderr


def test_json_is_whole(one_figure):
    plain = json.loads(write_json(document_of(one_figure, "en")))
    assert len(plain["correlations"]) == 2
    assert [row["name"] for row in plain["tables"]["parameters"]] == [
        one.path for one in one_figure.parameters
    ]


# What was fitted together is kept together.


def test_fitted_values_are_kept_as_rows_that_are_drawn_together(tmp_path):
    """Work takes from both exits: where one speed is high, the other must be low, or high with it.

    The flow that is written draws the posterior's own correlation; drawn from ranges of their own,
    the control, its values have none.
    """
    text = flow_text()
    found = calibrate(read_text(text), [JOB, OTHER], ["left"], replications=20, seed=4, rounds=1)
    fitted = found.correlations[0, 1]
    assert fitted < -0.5
    (tmp_path / "posteriors").mkdir()
    (tmp_path / "posteriors" / "exits.csv").write_text(posterior_text(found, "a command"))
    together = fitted_text(found, text, folder=tmp_path, together="exits")
    apart = read_text(fitted_text(found, text))
    flow = read_text(together, str(tmp_path / "new.yaml"))

    def drawn(one):
        numbers = draw_rows_of_numbers(one, 3, range(400))
        return [numbers[:, one.values[path].slot] for path in (JOB, OTHER)]

    assert np.corrcoef(drawn(flow))[0, 1] == pytest.approx(fitted, abs=0.05)
    assert abs(np.corrcoef(drawn(apart))[0, 1]) < 0.2
    means = [one.number for one in found.parameters]
    errors = np.std(drawn(flow), axis=1) / np.sqrt(400)
    assert np.all(np.abs(np.mean(drawn(flow), axis=1) - means) < 4 * errors)
    rows = flow.posteriors["exits"]
    assert rows.made[0].startswith("Made by: a command")
    assert len(rows) == 400
    assert "Drawn one by one" in fitted_text(found, text) or not found.pairs
    assert "Drawn one by one" not in together


def test_value_that_is_drawn_together_is_not_fitted_by_itself():
    flow = read_flow(Path(__file__).parent.parent / "files" / "data" / "together.yaml")
    with pytest.raises(RequestError, match=r"drawn together with others \(joint.turnover\)"):
        calibrate(flow, ["risks.leave.rate"], ["anything"])


def test_command_writes_the_rows_beside_the_new_flow(tmp_path):
    (tmp_path / "flow.yaml").write_text(flow_text())
    new = tmp_path / "new.yaml"
    options = ["--fit", JOB, "--fit", OTHER, "--to", "work", "--to", "left", "-n", "10"]
    result = run(
        "calibrate",
        str(tmp_path / "flow.yaml"),
        *options,
        "--rounds",
        "1",
        "--out",
        str(new),
        "--together",
        "exits",
    )
    assert result.returncode == 0, result.stderr
    assert (tmp_path / "posteriors" / "exits.csv").is_file()
    flow = read_flow(new)
    assert list(flow.drawn_together["exits"]) == [JOB, OTHER]
    assert "posteriors/exits.csv" in new.read_text()
    refused = run("calibrate", str(tmp_path / "flow.yaml"), *options, "--together", "exits")
    assert refused.returncode == 2
    assert "--together hører sammen med --out" in refused.stderr


def test_fitted_flow_in_another_folder_still_finds_the_rows_it_draws_from(tmp_path):
    """The stock is fitted, and what was drawn together stays so."""
    data = Path(__file__).parent.parent / "files" / "data"
    text = (data / "together.yaml").read_text(encoding="utf-8")
    text += (
        "observed:\n  on_it: {says: On it, measure: {count: {in_stage: on, at: end}}, "
        "value: 90, source: r p. 1}\n"
    )
    flow = read_text(text, str(data / "flow.yaml"))
    found = calibrate(flow, ["groups.g.stock"], ["on_it"], replications=5, seed=1, rounds=1)
    new = fitted_text(found, text, folder=tmp_path)
    again = read_text(new, str(tmp_path / "new.yaml"))
    assert again.digests == flow.digests
    assert list(again.drawn_together) == ["turnover"]
