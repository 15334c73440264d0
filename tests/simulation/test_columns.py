"""Records of columns: what is declared once is what is made, checked and seen by compiled code."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from pilotsim.files.reading import read_flow
from pilotsim.simulation.columns import (
    CodeColumn,
    Columns,
    FloatColumn,
    FloatRows,
    Int8Column,
    IntColumn,
    column,
)
from pilotsim.simulation.compile import compile_flow
from pilotsim.simulation.engines.compiled.state import Clients, State
from pilotsim.simulation.engines.compiled.tables import Tables, Values
from pilotsim.simulation.flow_columns import FlowColumns
from tests.small_flows import plan_of, small_flow


class Person(Columns, side_by_side=True):
    age: FloatColumn = column("In years.", over="people")
    sex: Int8Column = column("0 or 1.", over="people")
    grades: FloatRows = column("By subject.", over="people", width="subjects")


class School(Person):
    code: CodeColumn = column("Of each class.", over="classes")
    many: IntColumn = column("How many there are.")


ALNA = Path(__file__).parent.parent.parent / "configs" / "alna_aktiv.yaml"
SIZES = {"people": 4, "subjects": 2, "classes": 3}


def school(**columns):
    given = {
        "age": [6.0, 7.0, 8.0, 9.0],
        "sex": [0, 1, 0, 1],
        "grades": np.zeros((4, 2)),
        "code": [2**63, 1, 2],
        "many": [4],
    }
    return School({**given, **columns}, SIZES)


def test_a_column_has_the_declared_kind_of_number_and_dimensions():
    made = school()
    assert {name: getattr(made, name).dtype.str[1:] for name in School.declared} == {
        "age": "f8",
        "sex": "i1",
        "grades": "f8",
        "code": "u8",
        "many": "i8",
    }
    assert made.grades.ndim == 2
    assert made.code[0] == 2**63


def test_columns_side_by_side_are_the_numbers_of_a_row():
    made = Person.room(SIZES)
    # Two single numbers in front, the wider one first by alignment, and two grades: 8 + 8 + 16.
    assert made.age.strides == made.sex.strides == (32,)
    assert made.grades.strides == (32, 8)
    assert made.age.base is made.grades.base
    assert School.tables == (("age", "sex", "grades"),)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"age": [1.0]}, r"age: expected the shape \(4,\); found \(1,\)"),
        ({"grades": np.zeros((4, 3))}, r"grades: expected the shape \(4, 2\); found \(4, 3\)"),
        ({"height": [1.0]}, "School: missing or unknown: height"),
    ],
)
def test_a_column_of_another_shape_or_name_raises(wrong, message):
    with pytest.raises(ValueError, match=message):
        school(**wrong)


def test_a_record_without_one_of_its_columns_raises():
    with pytest.raises(ValueError, match="missing or unknown: grades"):
        Person({"age": np.zeros(4), "sex": np.zeros(4)}, SIZES)


@pytest.mark.parametrize("record", [FlowColumns, Tables, Values, Clients, State])
def test_every_column_says_what_its_numbers_mean(record):
    assert [name for name, one in record.declared.items() if not one.doc] == []


def test_columns_that_cut_others_into_parts_reach_to_their_ends():
    flow = read_flow(ALNA)
    columns = compile_flow(flow).columns
    for name, cut in {
        "timeline_from": "timeline_time",
        "length_from": "point_at",
        "factors_from": "factor_trait",
        "clock_from": "clock_risk",
        "needs_from": "need_resource",
        "stage_routes_from": "route_to",
        "unit_from": "unit_time",
        "calendar_from": "calendar_event",
        "noted_from": "noted_effect",
    }.items():
        begins = getattr(columns, name)
        assert begins[0] == 0
        assert np.all(np.diff(begins[:]) >= 0)
        assert begins[-1] == len(getattr(columns, cut))


def test_a_flow_is_compiled_once_and_draws_change_only_numbers():
    flow = read_flow(ALNA)
    assert compile_flow(flow) is compile_flow(flow)


def test_both_engines_read_the_same_columns():
    """The readable engine's records are the columns with their numbers: moving a slot moves both."""
    stages = {
        "in": {"lasts": {"gamma": {"mean": "9 days", "cv": 0.5}}, "next": {"out": "100 %"}},
        "out": {},
    }
    plan = plan_of(small_flow(groups={"g": {"starts_in": "in"}}, stages=stages))
    columns = plan.compiled.columns
    which = columns.stage_length[0]
    slots = columns.length_slots[which][:2]
    assert tuple(plan.numbers[slots]) == (9.0, 0.5)
    # What the family's quantiles take is worked out of them once: scale, shape, its gamma function.
    assert plan.stages[0].lasts.numbers == (9.0 * 0.25, 4.0, 6.0)
    assert plan.stages[0].lasts.law is plan.compiled.laws[columns.length_law[which]]
    assert plan.stages[0].lasts.law.name == "gamma"
