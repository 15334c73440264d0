"""What a value is called: in the reader's language, never a key of the file, in every flow there is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pilotsim.base.languages import LANGUAGES
from pilotsim.files.reading import read_flow
from pilotsim.language.catalogue import catalogue_of
from pilotsim.language.labels import SILENT, label_of_value, labels_of_values
from pilotsim.model.distributions import FAMILIES
from pilotsim.portable.description import paths_to_set

CONFIGS = Path(__file__).parents[2] / "configs"
FILES = sorted(path for path in CONFIGS.glob("**/*.yaml") if "experiments" not in path.parts)
FLOWS = [path for path in FILES if "\nflow:" in f"\n{path.read_text(encoding='utf-8')}"]
# Keys of a file are English; those that are words in the other languages too tell nothing.
SHARED = {"odds", "sum", "start"}


@pytest.fixture(scope="module", params=FLOWS, ids=lambda path: path.stem)
def flow(request):
    return read_flow(request.param)


def names_of(flow):
    parts = ("stages", "risks", "traits", "resources", "groups")
    return {name for part in parts for name in getattr(flow, part)}


def test_every_key_below_a_name_has_words_of_its_own(flow):
    phrases = catalogue_of("nb").phrases
    names = names_of(flow)
    bare = set()
    for path, value in flow.values.items():
        if value.label is not None:
            continue
        for key in path.split(".")[2:]:
            told = f"path_{key}" in phrases or key in SILENT or key in FAMILIES or key in names
            if not told and not re.fullmatch(r"[\d.]+( %|-\d\d-\d\d)?", key):
                bare.add((path, key))
    # The name of a reading is no key: the reading says what it counts.
    bare = {(path, key) for path, key in bare if f"readings.{key}" not in path}
    assert {key for _, key in bare} <= {"readings"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_label_is_a_path_or_a_key(flow, language):
    for path in flow.values:
        label = label_of_value(flow, path, language)
        assert label
        assert "_" not in label, path
        assert not re.match(r"\d+:", label), path
        if language != "en":
            keys = {key for key in path.split(".")[2:] if key.isascii()} - SHARED - names_of(flow)
            words = set(re.findall(r"[a-z]+", label.partition(": ")[2]))
            assert not {key for key in keys if len(key) > 3} & words, (path, label)


def test_what_was_shown_as_keys_is_said_in_words():
    flow = read_flow(CONFIGS / "alna_aktiv.yaml")
    assert (
        label_of_value(flow, "stages.kvp.lasts.uniform.longest", "nb") == "KVP: varighet (lengste)"
    )
    stated = label_of_value(flow, "conflicts.0.stated", "nb")
    assert stated.startswith(flow.conflicts[0].says.in_language("nb"))
    assert label_of_value(flow, "costs.posts_karea.per_month", "nb").startswith(
        "Stillinger fra KAREA"
    )
    assert label_of_value(flow, "costs.posts_karea.per_month", "sv").startswith(
        "Tjänster från KAREA"
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_two_values_are_called_the_same_and_none_by_its_path(flow, language):
    """A list of numbers to move had the same words twice."""
    paths = paths_to_set(flow)
    labels = labels_of_values(flow, paths, language)
    assert list(labels) == list(paths)
    assert len(set(labels.values())) == len(labels)
    assert not [label for path, label in labels.items() if path in label and "." in path]
    alone = {path: label_of_value(flow, path, language) for path in paths}
    assert all(labels[path].startswith(alone[path]) for path in labels)


def test_labels_that_are_alike_name_their_part_or_their_place():
    flow = read_flow(CONFIGS / "alna_aktiv.yaml")
    labels = labels_of_values(flow, flow.values, "nb")
    assert labels["traits.readiness.normal.0"] == "Jobbklarhet (snitt)"
    assert labels["traits.readiness.normal.1"] == "Jobbklarhet (spredning)"
    first, second = (f"stages.{name}_place.risks.job.started" for name in ("private", "voluntary"))
    assert labels[first] != labels[second]
    assert labels[first].startswith("Innlåsing i praksis (")
    assert labels["stages.workbox.one_of.1.adviser"].endswith(" (måte 2)")
