"""What is built into a packed flow is packed beside it, and comes to what the program says."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pilotsim.base.languages import LANGUAGES
from pilotsim.files.reading import read_flow
from pilotsim.output.live.built_in import BuiltInOptions, name_of
from pilotsim.output.live.levers import options_by_numbers
from pilotsim.portable.packing import pack
from pilotsim.portable.patches import patched_bytes
from pilotsim.portable.variants import pack_variants
from tests.portable.deciding import COUNT, checked, written
from tests.portable.test_model import record_of
from tests.portable.test_variants import ask

ALNA = Path(__file__).parents[2] / "configs" / "alna_aktiv.yaml"


@pytest.fixture(scope="module")
def file(tmp_path_factory) -> Path:
    return written(tmp_path_factory.mktemp("flow"))


@pytest.fixture(scope="module")
def options(file) -> BuiltInOptions:
    return BuiltInOptions(read_flow(file))


def test_what_numbers_make_and_what_is_built_in(options):
    choices = {
        choice: {
            name: numbers if numbers is None else len(numbers) for name, numbers in own.items()
        }
        for choice, own in options.choices().items()
    }
    assert choices == {
        "staff": {"planned": 0, "many": 1},
        # It follows the number of clients, which a number would not.
        "youths": {"guessed": 0, "counted": None},
        "way": {"none": 0, "some": None},
        "later": {"planned": 0, "1_later": None, "2_later": None, "3_later": None, "6_later": None},
        "length": {"planned": 0, "6_months": None, "18_months": None, "24_months": None},
    }
    names = [one.name for one in options.variants()]
    assert len(names) == 9 + 1 + 2 * 4 + 2 * 3 + 4 * 3
    assert "later=3_later&way=some" in names


def test_where_the_file_asks_when_it_begins_the_months_stand_there_too():
    options = BuiltInOptions(read_flow(ALNA), pairs=0)
    choices = options.choices()
    # Half a year later is the file's own option.
    later = ["at_once", "after_half_a_year", "1_later", "2_later", "3_later"]
    assert list(choices["start"]) == later
    assert list(choices["length"]) == ["12_months", "24_months", "36_months", "48_months"]
    assert choices["youths"] == {"as_elsewhere": {}, "within": None, "on_top": None}
    says = options.words("nb")["start"]["options"]
    assert says["3_later"] == "3 måneder senere: 7. april 2015"


@pytest.mark.parametrize("language", LANGUAGES)
def test_all_has_words(options, language):
    words = options.words(language)
    for choice, own in options.choices().items():
        assert words[choice]["says"].endswith("?")
        assert set(words[choice]["options"]) == set(own)
        assert len(set(words[choice]["options"].values())) == len(own)


def test_what_follows_others_is_not_made_by_numbers(options):
    assert "youths" not in options_by_numbers(options.flow)


def test_options_that_touch_the_same_are_no_pair():
    options = BuiltInOptions(read_flow(ALNA), pairs=0)
    own = {one.variant: one for one in options.options}
    pair = [own["existing_schemes=many"], own["places_outside=private"]]
    options.pairs = 1000
    names = {one.name for one in options.variants()}
    assert name_of(pair) not in names
    assert name_of([own["existing_schemes=some"], own["start=3_later"]]) in names


@pytest.mark.slow
def test_each_comes_to_what_the_program_says_of_it(options, file, tmp_path):
    """Alone and in pairs, with numbers on top; as a page saves it, and `--settings` reads it."""
    variants = options.variants()
    set_by = options.written()
    asked = []
    for k, variant in enumerate(variants):
        taken = dict(part.split("=") for part in variant.name.split("&"))
        choose = {name: one for name, one in taken.items() if one not in set_by.get(name, {})}
        set_ = {}
        for name, one in taken.items():
            set_ |= set_by.get(name, {}).get(one, {})
        numbers = {}
        if k % 2:
            numbers = {"groups.there.stock": 75, "resources.place.units": 5}
            set_ |= {path: str(number) for path, number in numbers.items()}
        asked.append((variant.name, choose, set_, numbers))
    questions = [
        ["ask", {"variant": name, "set": numbers, "replications": COUNT}]
        for name, _, _, numbers in asked
    ]
    plan = record_of(checked(file, tmp_path, {}, {}))
    answers = ask(options.flow, variants, questions, tmp_path)
    assert len(answers) > 30
    for (name, choose, set_, _), answer in zip(asked, answers, strict=True):
        ours = record_of(checked(file, tmp_path, choose, set_))
        assert answer["values"] == ours["values"], name
        assert ours["values"] != plan["values"] or name == "length=24_months", name
        for theirs, mine in zip(answer["verdicts"], ours["verdicts"], strict=True):
            assert theirs == mine, name


def test_a_page_packs_what_it_says_that_it_packs(options):
    variants = options.variants()
    assert set(options.apart(variants)) == {one.name for one in variants}
    assert options.apart(variants)["way=some"] == []
    assert json.dumps(options.choices())


CONFIGS = ("course_waiting_list", "ips_team", "qualification_programme", "vilkar_today")


@pytest.mark.parametrize("name", CONFIGS)
def test_any_flow_is_packed_with_what_can_be_decided_of_it(name):
    """Each patch makes the packed flow that it stands for; a programme that draws can begin later."""
    flow = read_flow(ALNA.with_name(f"{name}.yaml"))
    options = BuiltInOptions(flow, pairs=2)
    variants = options.variants()
    packed = pack_variants(flow, variants, ["nb"], answer=True)
    length = int.from_bytes(packed[:8], "little")
    header, content = json.loads(packed[8 : 8 + length]), packed[8 + length :]
    made = {"": pack(flow, answer=True)}
    for variant in variants:
        entry = header[variant.name]
        patch = content[entry["at"] : entry["at"] + entry["length"]]
        sources = [made[one] for one in ("", *entry["of"])]
        made[variant.name] = patched_bytes(patch, *sources)
        assert made[variant.name] == pack(variant.flow, answer=True)
    draws = any(stage.draws_from is not None for stage in flow.stages.values())
    assert draws == ("later" in options.choices())
