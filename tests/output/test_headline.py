"""One number, one value: what the answer says of the effect is what every other place says."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from pilotsim.base.languages import LANGUAGES
from pilotsim.files.reading import read_flow
from pilotsim.judge.check import Check, check_targets
from pilotsim.language.catalogue import say
from pilotsim.language.numbers import format_change, format_number
from pilotsim.output.figures import clients, effect_split
from pilotsim.output.sentences.people import change_in_words, show_people
from pilotsim.output.views import document_of
from tests.judge.test_effect_split import parted_flow
from tests.output.test_effect_split import rows_of, table_of

CONFIG = Path(__file__).parent.parent.parent / "configs" / "alna_aktiv.yaml"


@pytest.fixture(scope="module")
def alna() -> Check:
    """Money and several groups; some clients of the flow are not recipients."""
    return check_targets(read_flow(CONFIG), replications=12, what_if=False, seed=4)


@pytest.fixture(scope="module")
def parted() -> Check:
    return check_targets(parted_flow(), replications=20, what_if_replications=2, seed=3)


def headline(check: Check, state: str) -> np.ndarray:
    """With minus without of the first counted, run by run."""
    assert check.effect is not None
    return np.asarray(check.effect.total[:, 0, check.effect.states.index(state)])


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", ["alna", "parted"])
def test_the_figure_of_clients_says_what_the_answer_says(name, language, request):
    check = request.getfixturevalue(name)
    words = clients.alt_text(check, language)
    drawn = clients.states_of(check)
    assert set(drawn) <= set(check.effect.states)
    for state in drawn:
        k = check.effect.states.index(state)
        ends = [check.effect.programme[:, 0, k].mean(), check.effect.without[:, 0, k].mean()]
        shown = [format_number(end, language, 0) for end in ends]
        labels = clients._labels(clients._ends(check, state), language)
        assert [label.split()[-1] for label in labels] == shown
        change = format_change(round(headline(check, state).mean()), "count", language)
        assert say("clients_difference", language, difference=f"{change} (")[:-1] in " ".join(
            text.get_text() for text in clients.plot_clients(check, language=language).texts
        )
        assert f"{say(state, language).capitalize()}: " in words


@pytest.mark.parametrize("name", ["alna", "parted"])
def test_the_lines_of_the_figure_end_where_its_labels_say(name, request):
    """The lines are of the same clients, counted another way: month by month."""
    check = request.getfixturevalue(name)
    for k, state in enumerate(check.effect.states):
        for paths, numbers in (
            (check.paths, check.effect.programme),
            (check.counterfactual_paths, check.effect.without),
        ):
            assert np.array_equal(clients._in_state(check, paths, state)[:, -1], numbers[:, 0, k])


def test_everybody_in_the_flow_is_another_number(alna):
    """The control: spouses and those on benefits before are in the flow, and not in the answer."""
    benefit = [stage.counts_as == "other_benefit" for stage in alna.flow.stages.values()]
    everybody = np.array([path.occupancy[-1, benefit].sum() for path in alna.paths])
    counted = alna.effect.programme[:, 0, alna.effect.states.index("other_benefit")]
    assert (everybody > counted).all()


def test_what_one_more_in_work_costs_rests_on_the_headline(alna):
    counts = {one.name: one.count.mean for one in alna.economy.results}
    assert counts["job"] == pytest.approx(headline(alna, "work").mean())
    assert counts["off"] == pytest.approx(-headline(alna, "assistance").mean())


@pytest.mark.parametrize("language", LANGUAGES)
def test_table_and_figure_of_the_parts_say_what_the_answer_says(parted, language):
    document = document_of(parted, language)
    filed = {
        (row["counted"], row["state"]): row["mean"]
        for row in rows_of(table_of(document, "effect_parts"))
        if row["part"] == "total"
    }
    told = effect_split.alt_text(parted, language)
    first = parted.effect.counted[0]
    for state in parted.effect.states:
        mean = headline(parted, state).mean()
        assert filed[first, say(state, language)] == pytest.approx(mean)
        if state in effect_split.SHOWN:
            assert show_people(float(mean), language, is_change=True) in told


@pytest.mark.parametrize("language", LANGUAGES)
def test_more_in_work_has_one_value_and_others_are_named(alna, language):
    """In the words of the answer: whose number it is, and that less displacement is another."""
    (answer,) = (one for one in document_of(alna, language).sections if one.name == "answer")
    lines = ["".join(span.text for span in item.spans) for item in answer.blocks[0].items]
    place = say("answer_work", language)
    named = [
        line for line in lines if re.search(rf"{re.escape(place)}\b", line) and "NOK" not in line
    ]
    says = [counted.says.in_language(language) for counted in alna.flow.mechanisms.counted.values()]
    assert named[0].startswith(says[0])
    assert change_in_words(headline(alna, "work"), place, language) in named[0]
    others = named[1:]
    net = say("answer_net", language, change="").split(".")[0]
    assert all(line.startswith((*says[1:], net)) for line in others)
