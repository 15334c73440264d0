"""Files of rows that a flow draws from: read with the flow, every fault with its place."""

from pathlib import Path

import numpy as np
import pytest

from pilotsim.base.errors import FlowError
from pilotsim.files.changes import apply_changes
from pilotsim.files.reading import read_document, read_flow
from pilotsim.model.joint import PosteriorRows

FLOW = """
flow: small
title: Small
starts: 2015-01-01
lasts: 12 months
joint:
  speeds:
    says: Fitted together
    file: rows.csv
    assumption: Made up
    gives: {risks.leave.rate: leaves, traits.short.share: short}
traits: {short: {share: 20 %}}
groups: {g: {stock: 10, starts_in: on}}
risks: {leave: {to: out, rate: {value: 3 % per month, joint: speeds}, times: {short: 2}}}
stages: {on: {risks: {leave: 1}}, out: {}}
"""
HEAD = "# Made up: the two move against each other.\nleaves [% per month], short [%]\n"
# Symmetric around 3 % and 20 %: the middle row is the central one.
ROWS = [f"{3 + k / 10:.1f}, {20 - k}" for k in range(-10, 11)]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("flow.yaml").write_text(FLOW)
    Path("rows.csv").write_text(HEAD + "\n".join(ROWS) + "\n")
    return tmp_path


def faults():
    with pytest.raises(FlowError) as caught:
        read_flow("flow.yaml")
    return str(caught.value).splitlines()


def write(old, new, file="rows.csv"):
    text = Path(file).read_text()
    assert old in text
    Path(file).write_text(text.replace(old, new, 1))


def test_rows_are_read_in_base_units_with_how_they_were_made(folder):
    flow = read_flow("flow.yaml")
    rows = flow.posteriors["speeds"]
    assert rows.made == ("Made up: the two move against each other.",)
    assert len(rows) == 21
    assert rows.central.tolist() == pytest.approx([0.03 / 30.4375, 0.20])
    assert sorted(rows.numbers[:, 1]) == pytest.approx([k / 100 for k in range(10, 31)])


def test_how_they_were_made_is_said_in_the_language_of_the_reader(folder):
    made = read_flow("flow.yaml").posteriors["speeds"].made_in
    assert made("nb") == made("en") == "Made up: the two move against each other."
    write(HEAD, "# nb: Oppdiktet: for prøven.\n# en: Made up: for the test.\n# Seed 1.\n" + HEAD)
    made = read_flow("flow.yaml").posteriors["speeds"].made_in
    assert made("nb") == "Oppdiktet: for prøven."
    assert made("en") == "Made up: for the test."
    # Who reads Swedish reads Norwegian; what concerns the maker stays in the file.
    assert made("sv") == made("nb")


def test_value_shows_the_range_of_the_rows_and_that_it_is_drawn_with_others(folder):
    value = read_flow("flow.yaml").values["traits.short.share"]
    assert value.joint == "speeds"
    assert (value.low, value.high) == pytest.approx((0.11, 0.29))
    assert value.extremes == pytest.approx((0.10, 0.30))
    assert value.assumption.in_language("en") == "Made up"
    assert read_flow("flow.yaml").values["risks.leave.rate"].written == "3 % per month"


def test_cells_may_be_separated_by_semicolons(folder):
    before = read_flow("flow.yaml").posteriors["speeds"]
    text = Path("rows.csv").read_text()
    Path("rows.csv").write_text(text.replace(", ", ";"))
    after = read_flow("flow.yaml").posteriors["speeds"]
    assert np.array_equal(before.numbers, after.numbers)
    assert before.digest != after.digest


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        (
            "2.5, 25",
            "2.5, about",
            "rows.csv:8:6  traits.short.share: expected a number; found 'about'",
        ),
        (
            "2.5, 25",
            "2.5, 125",
            "rows.csv:8:6  traits.short.share: a share lies between 0 % and 100 %; found 125 %",
        ),
        ("2.5, 25", "2.5", "rows.csv:8:1  expected 2 cells; found 1"),
        (
            "2.5, 25",
            "2,5, 25,0",
            "rows.csv:8:6  expected 2 cells; found 4; are its decimal signs commas? Write points, "
            "or separate the cells by ;",
        ),
        (
            "short [%]",
            "shorts [%]",
            "rows.csv:2:1  there is no column 'short', which is to give 'traits.short.share'; did "
            "you mean 'shorts'?",
        ),
        (
            "short [%]",
            "leaves [%]",
            "rows.csv:2:23  the column 'leaves' stands twice",
        ),
        (
            "short [%]",
            "short %]",
            "rows.csv:2:23  expected a name and a unit in brackets, such as pauses [% per month]; "
            "found 'short %]'",
        ),
        (
            "# Made up: the two move against each other.\n",
            "",
            "rows.csv:1:1  expected a remark (#) on top that says how the rows were made",
        ),
        (
            "short [%]",
            "short [%], reading",
            "rows.csv:2:1  the column 'reading' needs the part 'readings' in the flow, which says "
            "what each of its words stands for",
        ),
        (
            "3.0, 20\n3.1, 19",
            "",
            "rows.csv:2:1  expected 20 to 2000 rows; found 19",
        ),
    ],
)
def test_fault_of_the_rows_is_named_with_its_place(folder, old, new, fault):
    write(old, new)
    assert fault in faults()


def test_unit_that_is_none_of_the_value_is_refused(folder):
    write("leaves [% per month]", "leaves [days]")
    first = faults()[0]
    assert first.startswith("rows.csv:3:1  risks.leave.rate: expected a rate such as")


def test_decimal_comma_is_put_right(folder):
    text = Path("rows.csv").read_text().replace(", ", ";").replace("2.5;25", "2,5;25")
    Path("rows.csv").write_text(text)
    assert faults() == [
        "rows.csv:8:1  risks.leave.rate: expected a number; found '2,5'; did you mean 2.5?"
    ]


def test_value_off_the_central_row_is_refused_and_the_right_one_named(folder):
    write("value: 3 % per month", "value: 3.2 % per month", "flow.yaml")
    assert faults() == [
        "flow.yaml:14:26  risks.leave.rate: expected 3 % per month, the central row of rows.csv; "
        "found 3.2 % per month"
    ]


def test_value_within_rounding_of_the_central_row_is_let_pass(folder):
    write("value: 3 % per month", "value: 3.02 % per month", "flow.yaml")
    assert read_flow("flow.yaml").values["risks.leave.rate"].written == "3.02 % per month"


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        (
            "file: rows.csv",
            "file: row.csv",
            "flow.yaml:9:5  joint.speeds.file: no such file: row.csv; did you mean 'rows.csv'?",
        ),
        (
            "traits.short.share: short",
            "traits.shrt.share: short",
            "flow.yaml:11:39  joint.speeds.gives.traits.shrt.share: 'traits.shrt.share' stands for "
            "no number of the flow; did you mean 'traits.short.share'?",
        ),
        (
            "share: 20 %",
            "share: {value: 20 %, low: 10 %, high: 30 %, assumption: a}",
            "flow.yaml:12:39  traits.short.share.low: is drawn together with others (joint.speeds), "
            "from the rows of its file, which give its range; leave 'low' and 'high' out",
        ),
        (
            "joint: speeds",
            "joint: speed",
            "flow.yaml:14:55  risks.leave.rate.joint: no part joint of the name 'speed' gives this "
            "value; did you mean 'speeds'?",
        ),
        (
            "    assumption: Made up\n",
            "",
            "flow.yaml:7:3  joint.speeds: says neither where the rows come from (source) nor why "
            "they are assumed (assumption)",
        ),
        (
            "    assumption: Made up\n",
            "    assumption: Made up\n    only: survey\n    readings: {register: {says: One}}\n",
            "flow.yaml:11:5  joint.speeds.only: unknown reading 'survey'; known: register",
        ),
        (
            "short}\ntraits",
            "short, lasts: leaves}\ntraits",
            "flow.yaml:11:66  joint.speeds.gives.lasts: 'lasts' is not what a run goes by; what is "
            "drawn is the world, not what is asked of it",
        ),
    ],
)
def test_fault_of_the_flow_is_named_with_its_place(folder, old, new, fault):
    write(old, new, "flow.yaml")
    assert fault in faults()


def test_other_faults_of_a_flow_are_named_beside_those_of_its_rows(folder):
    write("2.5, 25", "2.5, about")
    write("starts_in: on}", "starts_in: onn}", "flow.yaml")
    assert [fault.split("  ")[0] for fault in faults()] == ["flow.yaml:13:25", "rows.csv:8:6"]


def test_lengths_that_some_row_would_put_out_of_order_are_refused(folder):
    length = "{triangular: {shortest: 1 day, usual: 25 days, longest: 30 days}}"
    write("on: {risks: {leave: 1}}", f"on: {{lasts: {length}, next: {{out: 100 %}}}}", "flow.yaml")
    write("traits.short.share: short}", "stages.on.lasts.triangular.longest: short}", "flow.yaml")
    write("longest: 30 days", "longest: 20 days", "flow.yaml")
    write("usual: 25 days", "usual: 15 days", "flow.yaml")
    write("short [%]", "short [days]")
    (fault,) = faults()
    assert fault == (
        "flow.yaml:15:23  stages.on.lasts.triangular: expected the shortest first and the longest "
        "last, over their whole ranges"
    )


def test_scenario_may_name_another_file_of_rows(folder):
    shifted = [f"{4 + k / 10:.1f}, {20 - k}" for k in range(-10, 11)]
    Path("other.csv").write_text(HEAD + "\n".join(shifted) + "\n")
    document = read_document("flow.yaml")
    changed = apply_changes(document, {"joint.speeds.file": "other.csv"})
    assert changed.values["risks.leave.rate"].written == "4 % per month"
    assert changed.digests != read_flow("flow.yaml").digests


def test_central_row_is_the_medoid_and_not_the_mean():
    numbers = np.array([[0.0], [1.0], [2.0], [3.0], [100.0]])
    rows = PosteriorRows.in_order("a", [], "", ["x"], ["x"], numbers, (), np.zeros(5, np.int64))
    assert rows.central.tolist() == [2.0]


def test_rows_stand_along_their_first_principal_component():
    random = np.random.default_rng(2)
    main = random.standard_normal(200)
    numbers = np.column_stack([main, -3 * main + 0.1 * random.standard_normal(200)])
    rows = PosteriorRows.in_order(
        "a", [], "", ["x", "y"], ["x", "y"], numbers, (), np.zeros(200, np.int64)
    )
    along = rows.numbers[:, 0]
    assert abs(np.corrcoef(along, np.arange(200))[0, 1]) > 0.9
    low, high = rows.ends_of("x")
    order = np.argsort(numbers[:, 0])
    assert low == pytest.approx(numbers[order[:20]].mean(axis=0))
    assert high == pytest.approx(numbers[order[-20:]].mean(axis=0))
    # The companion moves the other way.
    assert (low[1] > high[1]) == (low[0] < high[0])


def test_column_that_gives_several_values_counts_once():
    """Else the row in the middle would be that of the column that gives most values."""
    # (0, 0.4) is in the middle of all; by the second number alone (1, 0) is.
    points = np.array(
        [(0, 0.4), (1, 0), (3, 0), (-3, 0), (3, 0.1), (-3, -0.1), (0.1, 3), (-0.1, -3)]
    )
    one, other = points.T
    none = np.zeros(8, np.int64)

    def rows(*columns):
        numbers = np.column_stack([{"a": one, "b": other}[name] for name in columns])
        paths = [str(number) for number in range(len(columns))]
        return PosteriorRows.in_order("f", [], "", paths, columns, numbers, (), none)

    central = rows("a", "b").central
    assert rows("a", "b", "b", "b", "b").central.tolist() == [central[0], *[central[1]] * 4]
    # The control: as columns of names of their own they weigh more.
    numbers = np.column_stack([one, *[other] * 4])
    weighed = PosteriorRows.in_order("f", [], "", "abcde", "abcde", numbers, (), none)
    assert weighed.central.tolist() != [central[0], *[central[1]] * 4]
