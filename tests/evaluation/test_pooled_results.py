"""Results of several places put together, from the files that estimating writes: one question alone."""

from __future__ import annotations

import itertools
import json
import math
from dataclasses import replace

import numpy as np
import pytest
from click.testing import CliRunner

from pilotsim.base.errors import EstimationError, FlowError, RequestError
from pilotsim.base.languages import LANGUAGES
from pilotsim.cli import commands
from pilotsim.effects import conclude, pool_effects
from pilotsim.evaluation.estimators import known_estimators
from pilotsim.evaluation.pooled_results import pool
from pilotsim.evaluation.register_analysis import analyse
from pilotsim.evaluation.release.ledger import digest_of_clients
from pilotsim.evaluation.result_files import read_result
from pilotsim.language.catalogue import catalogue_of
from pilotsim.output.views import document_of
from pilotsim.output.writers.json import write_json
from pilotsim.output.writers.markdown import write_markdown
from tests.effects.test_several_places import BCG
from tests.evaluation.fifteen_districts import districts_panel, plan_of
from tests.evaluation.registers import panel_of
from tests.evaluation.test_looks import look_at, panel_with

ANSWERS = {
    "main": {"estimator": "difference", "inquiry": "at"},
    "months": {"estimator": "difference", "inquiry": "months"},
}
INQUIRIES = {
    "at": {"at": "12 months"},
    "months": {"outcome": "on_assistance", "cumulated": "12 months"},
}


def write_place(folder, name, seed, effect=0.2, **parts):
    """A lottery of 600 in one place, analysed, and its result written as estimating writes it."""
    panel = districts_panel(seed, effect, districts=2, treated=1, clients=600)
    assigned = (panel.district == 0).astype(float)
    one = panel.districts[:1]
    panel = replace(
        panel, district=np.zeros(len(panel), int), districts=one, traits={"assigned": assigned}
    )
    plan = plan_of(ANSWERS, {**INQUIRIES, **parts}, rule={"lottery": {}})
    found = analyse(panel, plan)
    place = folder / name
    place.mkdir()
    text = write_json(document_of(found, "en", with_figures=False))
    (place / "analysis.json").write_text(text, encoding="utf-8")
    return place, found


@pytest.fixture(scope="module")
def places(tmp_path_factory):
    folder = tmp_path_factory.mktemp("places")
    return [write_place(folder, f"place{seed}", seed) for seed in (1, 2, 3)]


def changed(place, folder, **parts):
    """The same result with other content."""
    content = json.loads((place / "analysis.json").read_text(encoding="utf-8"))
    for name, value in parts.items():
        if name in content["answers"][0]:
            content["answers"][0][name] = value
        elif name in content["answers"][0]["inquiry"]:
            content["answers"][0]["inquiry"][name] = value
        else:
            content[name] = value
    own = folder / "changed.json"
    own.write_text(json.dumps(content), encoding="utf-8")
    return own


def test_files_are_pooled_to_what_their_effects_are(places):
    found = pool([read_result(place) for place, _ in places])
    effects = [analysis.findings[0].effect for _, analysis in places]
    expected = pool_effects(effects)
    assert found.pooled.overall.estimate == pytest.approx(expected.overall.estimate, abs=1e-12)
    assert found.pooled.overall.error == pytest.approx(expected.overall.error, abs=1e-12)
    assert found.pooled.common.error == pytest.approx(expected.common.error, abs=1e-12)
    assert abs(found.pooled.overall.estimate - 0.2) < 3 * found.pooled.overall.error + 0.01
    assert sum(found.pooled.weights) == pytest.approx(1.0)
    months = pool([read_result(place) for place, _ in places], answer="months")
    assert months.first.unit == "months"
    assert months.pooled.overall.estimate < 0.0


def test_the_vaccine_s_trials_give_the_published_digits_from_their_files(tmp_path, places):
    """metafor's rma(method="PM", test="knha") of 13 trials: -0.7150 (0.1807); fixed -0.4303 (0.0405)."""
    files = []
    for number, (a, b, c, d) in enumerate(BCG):
        ratio = math.log(a / (a + b)) - math.log(c / (c + d))
        error = math.sqrt(1 / a - 1 / (a + b) + 1 / c - 1 / (c + d))
        (tmp_path / f"{number}").mkdir()
        own = {"unit": "log_ratio", "estimate": ratio, "error": error, "freedom": None}
        own["clients_digest"] = f"trial {number}"
        files.append(changed(places[0][0], tmp_path / f"{number}", **own))
    found = pool([read_result(file) for file in files])
    assert found.pooled.overall.estimate == pytest.approx(-0.7150, abs=5e-4)
    assert found.pooled.overall.error == pytest.approx(0.1807, abs=2e-3)
    assert round(found.pooled.common.estimate, 4) == -0.4303
    # Shown as a ratio: exp(-0.715) is 0.49.
    assert "0.49" in "".join(
        cell.text for row in next(document_of(found, "en").tables()).rows() for cell in row.cells
    )


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ({"kind": "reached"}, "what is asked differs"),
        ({"months": 6}, "the months differs"),
        ({"outcome": "on_assistance"}, "the outcome differs"),
        ({"who": "treated"}, "whose effect it is differs"),
        ({"traits": {"young": True}}, "the subgroup differs"),
        ({"unit": "months"}, "the unit differs"),
        ({"unit": "test"}, "has no size"),
        ({"unchanged": False}, "the plan was changed after it was written"),
    ],
)
def test_what_is_not_one_question_is_refused(tmp_path, places, parts, said):
    other = read_result(changed(places[1][0], tmp_path, **parts))
    with pytest.raises(RequestError, match=said):
        pool([read_result(places[0][0]), other])


def test_a_result_twice_and_what_is_no_result_are_refused(tmp_path, places):
    one = read_result(places[0][0])
    with pytest.raises(RequestError, match="would count twice"):
        pool([one, one])
    with pytest.raises(RequestError, match="no answer 'mian'; did you mean 'main'"):
        pool([one], answer="mian")
    with pytest.raises(EstimationError, match="two effects or more"):
        pool([one])
    for content, said in (("{", "expected a result"), ("{}", "no result of pilotsim estimate")):
        file = tmp_path / "a.json"
        file.write_text(content, encoding="utf-8")
        with pytest.raises(RequestError, match=said):
            read_result(file)


def test_a_place_that_was_not_released_is_left_out_and_named(tmp_path, places):
    hidden = changed(places[2][0], tmp_path, estimate=None, error=None, precision="withheld")
    results = [read_result(place) for place in (places[0][0], places[1][0], hidden)]
    found = pool(results)
    assert [one.result.name for one in found.left_out] == ["changed"]
    page = json.dumps([p.text for p in _paragraphs(document_of(found, "en", with_figures=False))])
    assert "changed is left out" in page
    assert "Two places tell nothing of a third" in page
    assert math.isnan(found.pooled.low)


def _paragraphs(document):
    for block in document.blocks():
        yield from getattr(block, "items", [])
        if hasattr(block, "spans"):
            yield block


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", "On average over 3 places"), ("nb", "I snitt over 3 steder"), ("sv", "över 3 platser")],
)
def test_the_command_writes_page_table_and_figure(tmp_path, places, language, words):
    run = CliRunner().invoke(
        commands,
        ["pool", *(str(place) for place, _ in places), "--out", str(tmp_path / "out")]
        + ["--language", language],
    )
    assert run.exit_code == 0, run.output
    assert words in run.output
    names = {file.name for file in (tmp_path / "out").iterdir()}
    assert {"index.html", "pooled.csv", "pooled.json", "forest.svg"} <= names
    record = json.loads((tmp_path / "out" / "pooled.json").read_text(encoding="utf-8"))
    assert [one["name"] for one in record["results"]] == ["place1", "place2", "place3"]
    assert record["unit"] == "share"


def test_one_more_place_lies_where_it_is_said_to(places):
    """Six places whose effects lie 10 points apart: one more is in 95 % intervals of it as often as said."""
    draws = np.random.default_rng(5)
    held = []
    for _ in range(300):
        truths = 0.1 + 0.1 * draws.normal(size=7)
        errors = draws.uniform(0.02, 0.05, 6)
        found = pool_effects(
            [
                conclude("a", "b", truth + error * draws.normal(), error, clients=10)
                for truth, error in zip(truths[:6], errors, strict=True)
            ]
        )
        held.append(found.low <= truths[6] <= found.high)
    assert abs(np.mean(held) - 0.95) < 3 * math.sqrt(0.95 * 0.05 / 300)
    assert places


def test_one_register_under_two_plans_is_not_pooled(tmp_path, places):
    """The same clients count once, whatever the plan is called and whatever else it asks."""
    other, _ = write_place(tmp_path, "again", 1, more={"at": "6 months"})
    first = read_result(places[0][0])
    again = read_result(other)
    assert (first.hash, first.digest) != (again.hash, again.digest)
    with pytest.raises(RequestError, match=r"again .* and place1 .* are of the same clients"):
        pool([first, read_result(places[1][0]), again])
    assert first.clients_digest != read_result(places[1][0]).clients_digest
    old = read_result(changed(other, tmp_path, clients_digest=""))
    assert len(pool([first, replace(old, name="old")]).places) == 2


def test_who_the_clients_are_has_nothing_to_do_with_what_became_of_them():
    panel = districts_panel(3, 0.1, clients=40)
    work = panel.in_work.copy()
    work[:, 12:] = 1.0 - work[:, 12:]
    later = replace(panel, in_work=work)
    assert (work != panel.in_work).any()
    assert digest_of_clients(later) == digest_of_clients(panel)
    paid = panel.amount.copy()
    paid[0, 3] += 1.0
    assert digest_of_clients(replace(panel, amount=paid)) != digest_of_clients(panel)
    turned = panel.select(np.arange(len(panel))[::-1])
    assert digest_of_clients(turned) == digest_of_clients(panel)
    fewer = panel.select(np.arange(len(panel)) > 0)
    assert digest_of_clients(fewer) != digest_of_clients(panel)


def test_the_same_clients_under_new_numbers_are_known_by_what_they_were_paid():
    panel = districts_panel(3, 0.1, clients=40)
    paid = np.random.default_rng(5).lognormal(9.0, 0.4, panel.amount.shape).round(2)
    panel = replace(panel, amount=paid)
    order = np.random.default_rng(1).permutation(len(panel))
    renumbered = replace(panel.select(order), client=np.arange(len(panel)) + 7000)
    # Another office has other columns too, and calls the districts otherwise.
    renumbered = replace(renumbered, traits={}, districts=tuple("x" * len(panel.districts)))
    assert digest_of_clients(renumbered) == digest_of_clients(panel) != ""
    others = replace(panel, amount=paid + 1.0)
    assert digest_of_clients(others) != digest_of_clients(panel)


def test_no_digest_can_be_tried_out():
    """Two of 60 have a trait, and nobody was anything but on assistance: 1,770 groups to try."""
    few = np.isin(np.arange(60), (13, 31))

    def register(which):
        return panel_of(np.arange(60) % 2, np.zeros((60, 12)), few=which.astype(np.float64))

    released = digest_of_clients(register(few))
    tried = {
        digest_of_clients(register(np.isin(np.arange(60), pair)))
        for pair in itertools.combinations(range(60), 2)
        if 13 in pair
    }
    assert len(tried) == 1
    assert released == ""
    # Nor does it tell how many clients there are.
    assert digest_of_clients(register(few).select(np.arange(60) < 58)) == ""


def write_look(folder, name, seed, months):
    """What a lottery with looks shows at one of them, or at its end, written as estimating writes it."""
    found, _ = look_at(panel_with(0.4, seed=seed), months)
    place = folder / name
    place.mkdir()
    text = write_json(document_of(found, "en", with_figures=False))
    (place / "analysis.json").write_text(text, encoding="utf-8")
    return read_result(place)


def test_a_look_along_the_way_is_not_pooled_as_if_it_were_the_end(tmp_path):
    """Two looks after as many months ask one question, and nobody knows who stopped because of what they showed."""
    looks = [write_look(tmp_path, f"look{seed}", seed, 12) for seed in (5, 6)]
    ends = [write_look(tmp_path, f"end{seed}", seed, None) for seed in (5, 6)]
    said = r"look5 is look 2 of 3, after 12 months, and not the end of the plan"
    for others in (looks, [looks[0], ends[1]], [ends[1], looks[0]]):
        with pytest.raises(RequestError, match=said):
            pool(others)
    found = pool(ends)
    assert [one.result.look.is_end for one in found.places] == [True, True]
    assert found.first.inquiry.months == 24


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_method_has_a_name_in_every_language(language):
    phrases = catalogue_of(language).phrases
    named = {key.removeprefix("estimator_") for key in phrases if key.startswith("estimator_")}
    assert named == set(known_estimators())


def test_the_page_names_methods_in_its_language(places):
    found = pool([read_result(place) for place, _ in places])
    page = write_markdown(document_of(found, "nb", with_figures=False))
    assert "Forskjell mellom gruppene" in page
    assert "difference" not in page


def test_no_difference_of_shares_is_told_beyond_one(places, tmp_path):
    """Two places that contradict each other: Student's t with one degree of freedom reaches far."""
    results = []
    for (place, _), estimate in zip(places[:2], (0.3, -0.3), strict=True):
        content = json.loads((place / "analysis.json").read_text(encoding="utf-8"))
        content["answers"][0] |= {"estimate": estimate, "error": 0.05}
        file = tmp_path / f"{place.name}.json"
        file.write_text(json.dumps(content), encoding="utf-8")
        results.append(read_result(file))
    overall = pool(results).pooled.overall
    assert (overall.low, overall.high) == (-1.0, 1.0)


def test_a_place_without_an_error_is_named_and_one_with_a_negative_refused(places, tmp_path):
    content = json.loads((places[0][0] / "analysis.json").read_text(encoding="utf-8"))
    file = tmp_path / "odd.json"
    for error in (None, 0.0):
        content["answers"][0]["error"] = error
        file.write_text(json.dumps(content), encoding="utf-8")
        with pytest.raises(EstimationError, match="of odd no effect with an error"):
            pool([read_result(file), read_result(places[1][0])])
    content["answers"][0]["error"] = -1.0
    file.write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(FlowError, match="error"):
        read_result(file)
