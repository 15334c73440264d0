"""An evaluation's page tells how the programme is to work, what is done with people's data, and what nobody has said yet."""

import pytest

from pilotsim.base.errors import FlowError
from pilotsim.base.languages import LANGUAGES
from pilotsim.evaluation.preanalysis_plan import SMALL_CELLS
from pilotsim.language.catalogue import say
from pilotsim.output.views.evaluation_conduct import conduct_sections
from tests.evaluation.pilots import build, pilot_flow

KEYS = ("legal_basis", "consent", "decided_by", "meanwhile", "deleted")


def told(cell, language="en"):
    return {
        section.name: {item.term: item.says.text for item in section.blocks[1].items}
        for section in conduct_sections(cell, language)
    }


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_the_file_does_not_say_is_told_as_missing(tmp_path, language):
    (cell,) = build(tmp_path)
    texts = " ".join(text for items in told(cell, language).values() for text in items.values())
    for key in KEYS:
        assert say("conduct_gap", language, path=f"conduct.{key}") in texts
    # The control: what it says stands there instead.
    (cell,) = build(tmp_path, conduct={key: f"said of {key}" for key in KEYS})
    texts = " ".join(text for items in told(cell, language).values() for text in items.values())
    assert all(f"said of {key}" in texts for key in KEYS)
    assert "conduct." not in texts


def test_a_key_that_is_not_known_is_refused(tmp_path):
    with pytest.raises(FlowError, match="consents"):
        build(tmp_path, conduct={"consents": "yes"})


def test_the_chain_and_what_is_collected_are_those_of_flow_and_file(tmp_path):
    flow = pilot_flow(
        shared={
            "strength": {"value": 1, "assumption": "a", "label": {"en": "Strength", "nb": "Styrke"}}
        },
        effects=[
            {
                "after": "training",
                "on": "work",
                "times": {
                    "value": 2.5,
                    "assumption": "a",
                    "raised_to": "strength",
                    "label": {"en": "Faster to work", "nb": "Fortere"},
                },
            }
        ],
    )
    (cell,) = build(
        tmp_path,
        flow,
        effects={"inquiry": "in_work"},
        answers={
            "adjusted": {
                "estimator": "adjusted",
                "inquiry": "in_work",
                "covariates": ["young", "record"],
            }
        },
        designs={"lottery": {"lottery": {}, "answers": "adjusted"}},
    )
    found = told(cell)
    assert found["theory"]["Means"] == "place"
    assert found["theory"]["What is done"] == "training"
    assert found["theory"]["How it is to work"] == "faster to work (2.5)"
    assert found["ethics"]["Lots"].startswith("Lots decide who is offered the programme")
    collected = found["privacy"]["What is collected"]
    assert "in work" in collected
    assert "young and record" in collected
    assert "12 months" in collected
    assert f"below {SMALL_CELLS}" in found["privacy"]["Small numbers"]


def test_without_a_lot_the_page_says_so(tmp_path):
    (cell,) = build(
        tmp_path,
        answers={"before": {"estimator": "before_after", "inquiry": "in_work"}},
        designs={"everyone": {"everyone": {}, "answers": "before"}},
    )
    assert told(cell)["ethics"]["Lots"] == "No design draws lots."
