"""Files as they come: each to the planted estimate to the bit, or to what a person must decide."""

from __future__ import annotations

import csv
import io
import json
import re
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from pilotsim.base.errors import FlowError, RegisterError
from pilotsim.base.languages import LANGUAGES
from pilotsim.cli import commands
from pilotsim.effects.estimators.difference_in_means import estimate_difference
from pilotsim.evaluation.register import Panel, read_register
from pilotsim.evaluation.register.mapping import RegisterMapping, read_mapping
from pilotsim.evaluation.register.mending import prepare_register
from pilotsim.evaluation.register.proposal import propose_mapping
from pilotsim.language.catalogue import translate_error
from pilotsim.output.views import document_of
from pilotsim.output.writers.json import write_json
from pilotsim.output.writers.markdown import write_markdown
from tests.evaluation.norwegian_extracts import EXTRACTS, MAPPING, MONTHS, planted, write


@pytest.fixture(scope="module")
def clean():
    return planted()


@pytest.fixture(scope="module")
def wanted(clean, tmp_path_factory):
    file = tmp_path_factory.mktemp("clean") / "register.csv"
    clean.to_csv(file, index=False)
    return read_register(file, date(2015, 1, 1))


def same(found: Panel, wanted: Panel) -> None:
    for part in ("status", "in_work", "on_assistance", "amount", "offered", "started", "district"):
        np.testing.assert_array_equal(getattr(found, part), getattr(wanted, part), err_msg=part)
    assert (found.months, found.districts) == (wanted.months, wanted.districts)
    assert found.traits.keys() == wanted.traits.keys()
    for name, trait in wanted.traits.items():
        np.testing.assert_array_equal(found.traits[name], trait, err_msg=name)


def estimates(panel: Panel) -> list[float]:
    """The difference in work in the last month and in kroner, with their errors."""
    arm = panel.traits["assigned"]
    found = []
    for outcome in (panel.in_work[:, 20], np.nansum(panel.amount, axis=1)):
        known = ~np.isnan(outcome)
        effect = estimate_difference(outcome[known], arm[known])
        found += [effect.estimate, effect.error]
    return found


@pytest.mark.parametrize("name", EXTRACTS)
def test_a_norwegian_extract_comes_to_the_planted_estimate_to_the_bit(
    tmp_path, clean, wanted, name
):
    extract = EXTRACTS[name]
    file = tmp_path / "uttrekk.csv"
    write(extract.make(clean), file, **extract.options)
    said = {**MAPPING, **extract.mapping}
    if extract.refused:
        with pytest.raises(RegisterError) as fault:
            prepare_register(file, RegisterMapping(**said))
        assert extract.refused in str(fault.value)
        said |= extract.then
    found = prepare_register(file, RegisterMapping(**said))
    (tmp_path / "clean.csv").write_bytes(found.content)
    again = read_register(tmp_path / "clean.csv", date(2015, 1, 1))
    same(again, wanted)
    assert estimates(again) == estimates(wanted)


def test_the_planted_effect_is_there_and_turns_with_the_words_for_the_lot(tmp_path, clean, wanted):
    """The control: the same words the other way about give the other sign."""
    assert estimates(wanted)[0] > 0.2
    extract = EXTRACTS["words for the lot"]
    write(extract.make(clean), tmp_path / "u.csv")
    words = {"values": {"assigned": {"trukket": 0, "venteliste": 1}}}
    found = prepare_register(tmp_path / "u.csv", RegisterMapping(**MAPPING, **words))
    assert estimates(found.panel)[0] == pytest.approx(-estimates(wanted)[0], rel=1e-12)


@pytest.mark.parametrize(("yes", "no"), [("yes", "no"), (True, False), ("1", "0"), (1, 0)])
def test_a_meaning_is_any_word_that_the_register_reads(tmp_path, clean, wanted, yes, no):
    write(EXTRACTS["words for the lot"].make(clean), tmp_path / "u.csv")
    words = {"values": {"assigned": {"trukket": yes, "venteliste": no}}}
    found = prepare_register(tmp_path / "u.csv", RegisterMapping(**MAPPING, **words))
    assert estimates(found.panel) == estimates(wanted)


def run(*arguments):
    return CliRunner().invoke(commands, ["register", *map(str, arguments), "--language", "en"])


def test_from_the_office_s_file_over_a_draft_to_the_clean_register(tmp_path, clean, wanted):
    """The whole way: a draft, what a person decides in it, the clean file and its log."""
    table = EXTRACTS["words for states"].make(EXTRACTS["words for the lot"].make(clean))
    names = EXTRACTS["Norwegian headers"]
    office = names.make(table).assign(Etternavn="Hemmelig")
    write(office, tmp_path / "Uttrekk 2017.csv", encoding="cp1252", sep=";")
    draft = run("prepare", tmp_path / "Uttrekk 2017.csv", "--propose")
    assert draft.exit_code == 0, draft.output
    assert "Hemmelig" not in draft.output
    assert "dropped: [Etternavn]" in draft.output
    assert "    Sosialhjelp: assistance" in draft.output
    file = tmp_path / "mapping.yaml"
    file.write_text(draft.output, encoding="utf-8")
    with pytest.raises(FlowError, match=r"values.assigned.trukket: a person must decide"):
        read_mapping(file)
    assert "    venteliste: decide" in draft.output
    assert "    trukket: decide  # 1 | 0\n" in draft.output
    decided = draft.output.replace("trukket: decide", "trukket: 1").replace(
        "venteliste: decide", "venteliste: 0"
    )
    decided = decided.replace("  omrade: ", "  area: ").replace("  alder: ", "  age: ")
    file.write_text(decided, encoding="utf-8")
    found = run(
        "prepare", tmp_path / "Uttrekk 2017.csv", "--as", file, "--out", tmp_path / "clean.csv"
    )
    assert found.exit_code == 0, found.output
    same(read_register(tmp_path / "clean.csv", date(2015, 1, 1)), wanted)
    log = json.loads((tmp_path / "clean.mends.json").read_text(encoding="utf-8"))
    mends = {(mend["kind"], mend["column"]): mend["rows"] for mend in log["tables"]["mends"]}
    assert log["rows_read"] == log["rows_written"] == len(clean)
    assert mends["translated", "assigned"] == len(clean)
    assert mends["encoding_windows", ""] == 1
    said = (tmp_path / "clean.mends.md").read_text(encoding="utf-8")
    assert "words were given the meaning that the mapping says" in said
    assert "Hemmelig" not in said


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        ({"columns": {"client": "a", "month": "b"}}, "columns: the column 'status' is missing"),
        ({"columns": {**MAPPING["columns"], "offerd": "x"}}, "columns.offerd: no column 'offerd'; did you mean 'offered'?"),
        ({"columns": {**MAPPING["columns"], "kids": "age"}}, "columns.kids: the column 'age' is taken twice"),
        ({"columns": {**MAPPING["columns"], "kids": "decide"}}, "columns.kids: a person must decide"),
        ({"values": {"status": {"jobb": "wrk"}}}, "values.status.jobb: expected another word than 'wrk'; did you mean 'work'?"),
        ({"values": {"assigned": {"ja": 2}}}, "values.assigned.ja: expected another word than '2'"),
        ({"values": {"assigned": {"Ja": 1, "ja": 0}}}, "values.assigned.ja: the word stands twice"),
        ({"values": {"arm": {"ja": 1}}}, "values: no column 'arm'"),
        ({"wide": {"amount": "B"}}, "columns.month: the months stand in the names of the columns"),
        ({"wide": {"age": "B"}, "columns": {"client": "a"}}, "wide.age: only columns of the month can be wide"),
        ({"repeats": "decide"}, "repeats: a person must decide"),
        ({"decimal": "decide"}, "decimal: a person must decide"),
        ({"repeats": "keep"}, "repeats: expected sum or drop; found 'keep'"),
        ({"first_month": ["assigned"]}, "first_month.assigned: only traits of the file's own can be those of the first month"),
        ({"first_month": ["offered"]}, "first_month.offered: only traits of the file's own can be those of the first month"),
        ({"gaps": "fill"}, "gaps: expected unknown, no_payment or refuse; found 'fill'"),
        ({"skip_rows": -1}, "skip_rows: expected a whole number from 0 to 1000"),
    ],
)  # fmt: skip
def test_a_faulty_mapping_is_told_by_line(tmp_path, lines, says):
    file = tmp_path / "mapping.yaml"
    file.write_text(json.dumps({**MAPPING, **lines}), encoding="utf-8")
    with pytest.raises(FlowError) as fault:
        read_mapping(file)
    assert says in str(fault.value)
    assert "mapping.yaml:1:" in str(fault.value)


@pytest.mark.parametrize("name", ["book.xlsx", "book.ods"])
def test_a_workbook_is_refused_with_the_way_out(tmp_path, name):
    (tmp_path / name).write_bytes(b"PK")
    with pytest.raises(RegisterError, match="save the sheet as 'CSV UTF-8'"):
        prepare_register(tmp_path / name, RegisterMapping(**MAPPING))


def test_a_parquet_file_is_mended_too(tmp_path, clean, wanted):
    office = clean.assign(
        amount=pd.to_numeric(clean["amount"]), month=pd.to_datetime(clean["month"])
    )
    office.to_parquet(tmp_path / "office.parquet")
    found = prepare_register(tmp_path / "office.parquet", RegisterMapping(**MAPPING))
    (tmp_path / "clean.csv").write_bytes(found.content)
    same(read_register(tmp_path / "clean.csv", date(2015, 1, 1)), wanted)


def test_rows_are_named_as_they_stand_in_the_office_s_file(tmp_path, clean):
    table = pd.concat([clean.iloc[::-1], clean.iloc[:3]])
    table.iloc[6, table.columns.get_loc("amount")] = "-7"
    write(table, tmp_path / "u.csv")
    with pytest.raises(RegisterError, match="row 8, column amount: is below 0"):
        prepare_register(tmp_path / "u.csv", RegisterMapping(**MAPPING, repeats="drop"))


def test_a_trait_that_changes_is_taken_from_the_first_month(tmp_path, clean, wanted):
    years = clean["month"].str[:4].astype(int) - 2014
    older = clean.assign(
        age=[repr(float(age) + year) for age, year in zip(clean["age"], years, strict=True)]
    )
    write(older, tmp_path / "u.csv")
    with pytest.raises(RegisterError, match="column age: changes between rows"):
        prepare_register(tmp_path / "u.csv", RegisterMapping(**MAPPING))
    found = prepare_register(tmp_path / "u.csv", RegisterMapping(**MAPPING, first_month=["age"]))
    (tmp_path / "clean.csv").write_bytes(found.content)
    same(read_register(tmp_path / "clean.csv", date(2015, 1, 1)), wanted)


@pytest.mark.parametrize("column", MAPPING["columns"])
@pytest.mark.parametrize(
    "secret", ["Ola Hemmelig 4711", "4711,47,11", "4711/47/11", "\x07Hemmelig", "01010750160"]
)
def test_no_message_of_the_workshop_holds_what_stands_in_a_cell(tmp_path, clean, column, secret):
    table = clean.copy()
    table.loc[7, column] = secret
    write(table, tmp_path / "u.csv", sep=";")
    said = ""
    try:
        found = prepare_register(tmp_path / "u.csv", RegisterMapping(**MAPPING))
    except RegisterError as fault:
        said = "".join(translate_error(fault, language) for language in LANGUAGES)
    else:
        assert column in ("client", "district", "area", "block")
        said = write_json(document_of(found, "nb")) + write_markdown(document_of(found, "nb"))
    said += propose_mapping(tmp_path / "u.csv")
    assert not any(part in said for part in ("Hemmelig", "4711", "01010750160"))


CELLS = st.one_of(
    st.sampled_from(["", " ", "0", "1", "ja", "work", "2015-03", "01.03.2015", "8 211,85", "-", "NA", '"', "x;y", "\n", "1e999", "²", "9" * 30]),
    # A sign that no message has.
    st.text(max_size=12).map("§{}".format),
)  # fmt: skip


@settings(max_examples=150, deadline=None, derandomize=True)
@given(
    rows=st.lists(st.lists(CELLS, min_size=0, max_size=7), max_size=8),
    header=st.booleans(),
    encoding=st.sampled_from(["utf-8", "utf-16", "cp1252", "latin-1"]),
    sign=st.sampled_from([",", ";", "\t"]),
    gaps=st.sampled_from(["unknown", "no_payment", "refuse"]),
)
def test_whatever_stands_in_a_file_is_read_or_refused_in_words(
    tmp_path_factory, rows, header, encoding, sign, gaps
):
    folder = tmp_path_factory.getbasetemp()
    names = ["client", "month", "status", "amount", "offered", "assigned", "age"]
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=sign).writerows([names, *rows] if header else rows)
    (folder / "any.csv").write_bytes(text.getvalue().encode(encoding, errors="replace"))
    mapping = RegisterMapping(mapping="m", columns={name: name for name in names}, gaps=gaps)
    for read in (read_register, propose_mapping, lambda file: prepare_register(file, mapping)):
        try:
            read(folder / "any.csv")
        except RegisterError as fault:
            assert "§" not in str(fault)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.binary(max_size=200))
def test_any_bytes_are_refused_in_words(tmp_path_factory, content):
    file = tmp_path_factory.getbasetemp() / "any.csv"
    file.write_bytes(content)
    mapping = RegisterMapping(**MAPPING)
    for read in (read_register, propose_mapping, lambda file: prepare_register(file, mapping)):
        with pytest.raises(RegisterError):
            read(file)


WIDE = ["client;age;age;S_2015-01;S_jan 2015", *(f"{k};3{k};40;work;assistance" for k in range(9))]


def prepared_from_wide(folder, dropped, **columns):
    file = folder / "wide.csv"
    file.write_text("\n".join(WIDE) + "\n", encoding="utf-8")
    said = {"columns": {"client": "client", **columns}, "wide": {"status": "S_"}}
    return prepare_register(file, RegisterMapping(mapping="m", dropped=dropped, **said))


def test_two_wide_columns_of_one_month_are_refused_unless_one_is_dropped(tmp_path):
    with pytest.raises(RegisterError, match="'S_2015-01' and 'S_jan 2015' are of the same month"):
        prepared_from_wide(tmp_path, ["age"])
    found = prepared_from_wide(tmp_path, ["age", "s_JAN 2015"])
    assert found.panel.in_work.tolist() == [[1.0]] * 9


def test_a_column_that_stands_twice_beside_wide_ones_is_refused(tmp_path):
    with pytest.raises(RegisterError, match="column age: the file has the column 'age' twice"):
        prepared_from_wide(tmp_path, ["S_jan 2015"], age="age")


@pytest.mark.parametrize("word", ["NULL", "null", "None", "-"])
def test_a_draft_names_words_for_nothing_as_its_reader_takes_them(tmp_path, word):
    rows = [f"{k};2015-0{1 + k % 4};work;{word}" for k in range(12)]
    file = tmp_path / "u.csv"
    file.write_text("\n".join(["client;month;status;amount", *rows]) + "\n", encoding="utf-8")
    draft = tmp_path / "m.yaml"
    draft.write_text(propose_mapping(file).replace("decide", "unknown"), encoding="utf-8")
    assert read_mapping(draft).empty == (word,)


def test_wide_columns_that_are_not_there_are_named(tmp_path, clean):
    write(clean, tmp_path / "u.csv")
    mapping = RegisterMapping(mapping="m", columns={"client": "client"}, wide={"status": "STATUS_"})
    with pytest.raises(RegisterError, match="no column's name begins with 'STATUS_'"):
        prepare_register(tmp_path / "u.csv", mapping)


def test_the_mapping_of_the_documentation_is_one(tmp_path):
    page = (Path(__file__).parent.parent.parent / "docs" / "register.md").read_text(
        encoding="utf-8"
    )
    (tmp_path / "mapping.yaml").write_text(
        page.split("```yaml\n")[1].split("```")[0], encoding="utf-8"
    )
    assert read_mapping(tmp_path / "mapping.yaml").meanings("assigned") == {
        "trukket": "1",
        "venteliste": "0",
    }


def test_a_file_of_payments_only_says_who_was_not_on_assistance(tmp_path):
    """Client 1 is paid in January and March, client 2 in April: nothing is known of their work."""
    table = pd.DataFrame(
        [
            ("1", "2015-01", "900"),
            ("1", "2015-03", "700"),
            ("2", "2015-02", "5"),
            ("2", "2015-04", "6"),
        ],
        columns=["client", "month", "amount"],
    ).assign(status="assistance")
    write(table, tmp_path / "u.csv")
    columns = {name: name for name in table.columns}
    with pytest.raises(RegisterError, match="gaps: no_payment"):
        prepare_register(tmp_path / "u.csv", RegisterMapping(mapping="m", columns=columns))
    paid = prepare_register(
        tmp_path / "u.csv", RegisterMapping(mapping="m", columns=columns, gaps="no_payment")
    ).panel
    nan = np.nan
    np.testing.assert_array_equal(paid.on_assistance, [[1, 0, 1, 0], [nan, 1, 0, 1]])
    np.testing.assert_array_equal(paid.amount, [[900, 0, 700, 0], [nan, 5, 0, 6]])
    np.testing.assert_array_equal(paid.in_work, [[0, nan, 0, nan], [nan, 0, nan, 0]])
    unknown = prepare_register(
        tmp_path / "u.csv", RegisterMapping(mapping="m", columns=columns, gaps="unknown")
    ).panel
    np.testing.assert_array_equal(unknown.on_assistance, [[1, nan, 1, nan], [nan, 1, nan, 1]])


def test_an_outcome_with_a_source_of_its_own_holds_beside_an_unknown_status(tmp_path):
    """Of a column of 1s and empty cells a person says what empty means; nothing of it is taken for granted."""
    table = pd.DataFrame(
        [(client, month) for client in ("1", "2") for month in ("2015-01", "2015-02", "2015-03")],
        columns=["client", "month"],
    ).assign(status=["assistance", "unknown", "unknown"] * 2, job=["1", "1", "", "", "", "1"])
    write(table, tmp_path / "u.csv")
    columns = {"client": "client", "month": "month", "status": "status", "in_work": "job"}

    def read(**more):
        found = RegisterMapping(mapping="m", columns=columns, **more)
        return prepare_register(tmp_path / "u.csv", found)

    with pytest.raises(RegisterError, match="column in_work: is empty, and the column holds 1"):
        read()
    # One 0 says nothing of three other empty cells; `unknown` does.
    write(table.assign(job=["", "1", "", "0", "", "1"], status="assistance"), tmp_path / "one.csv")
    mapping = RegisterMapping(mapping="m", columns=columns)
    with pytest.raises(RegisterError, match="column in_work: is empty, and the column holds 1"):
        prepare_register(tmp_path / "one.csv", mapping)
    said = RegisterMapping(mapping="m", columns=columns, values={"in_work": {"": "unknown"}})
    told = prepare_register(tmp_path / "one.csv", said).panel.in_work
    np.testing.assert_array_equal(told, [[np.nan, 1, np.nan], [0, np.nan, 1]])
    zeros = {"values": {"in_work": {"": 0}}}
    blanked, known = read(**zeros), read(**zeros, known=["in_work"])
    nan = np.nan
    np.testing.assert_array_equal(blanked.panel.in_work, [[1, nan, nan], [0, nan, nan]])
    np.testing.assert_array_equal(known.panel.in_work, [[1, 1, 0], [0, 0, 1]])
    assert [note.kind for note in blanked.panel.notes] == ["blanked"]
    assert known.panel.notes == ()
    assert [mend.count for mend in known.mends if mend.kind == "known"] == [4]
    (tmp_path / "clean.csv").write_bytes(known.content)
    np.testing.assert_array_equal(
        read_register(tmp_path / "clean.csv").in_work, known.panel.in_work
    )


REMARKS = ("Ringte mor, kommer ikke", "Flyttet til Bergen i mai", "Vil ikke ha tilbudet nå", "syk")


@pytest.mark.parametrize(
    ("name", "cells", "is_refused"),
    [
        # A remark for every fourth client, each its own.
        ("Info", lambda k: f"{REMARKS[k % 3]} {k}" if k % 4 == 0 else "", True),
        # The same few remarks again and again, of three clients each.
        ("Info", lambda k: REMARKS[k % 4] if k < 12 else "", True),
        # A word for three clients of 160.
        ("Info", lambda k: ("syk", "mor", "ferie")[k] if k < 3 else "", True),
        # Short words, other ones for every third client.
        ("Info", lambda k: f"sak{chr(97 + k % 26)}{chr(97 + k // 26)}" if k % 3 == 0 else "", True),
        ("Merknad", lambda k: "ok" if k % 2 else "sen", True),
        # Classes, in many words too, and numbers under whatever name.
        (
            "Info",
            lambda k: "Ikke fullført videregående skole" if k % 2 else "Høyere utdanning",
            False,
        ),
        ("Info", lambda k: "" if k % 3 else "Enslig forsørger med barn", False),
        (
            "Info",
            lambda k: ("Norge", "Sverige", "Somalia", "Syria")[k % 4] if k > 3 else "Peru",
            False,
        ),
        ("Merknad", lambda k: str(k % 3), False),
    ],
)
def test_free_text_is_no_trait_and_is_never_copied(tmp_path, name, cells, is_refused):
    """It is dropped in the draft, refused where a mapping or a register holds it, and told of nowhere."""
    table = pd.DataFrame(
        [(str(client), month) for client in range(160) for month in ("2015-01", "2015-02")],
        columns=["client", "month"],
    ).assign(status="assistance")
    table[name] = [cells(int(client)) for client in table["client"]]
    table.to_csv(tmp_path / "u.csv", index=False)
    draft = propose_mapping(tmp_path / "u.csv")
    assert (f"dropped: [{name}]" in draft) == is_refused
    assert (f"{name.casefold()}: {name}" in draft) == (not is_refused)
    columns = {"client": "client", "month": "month", "status": "status", "about": name}
    mapping = RegisterMapping(mapping="m", columns=columns)
    if not is_refused:
        assert prepare_register(tmp_path / "u.csv", mapping).rows_written == 320
        assert name in read_register(tmp_path / "u.csv").traits
        return
    for read in (
        lambda: prepare_register(tmp_path / "u.csv", mapping),
        lambda: read_register(tmp_path / "u.csv"),
    ):
        with pytest.raises(RegisterError, match="give a few classes instead") as fault:
            read()
        said = draft + "".join(translate_error(fault.value, language) for language in LANGUAGES)
        assert not any(cell and cell in said for cell in set(table[name]) - {"ok", "sen"})
    dropped = {name: name for name in ("client", "month", "status")}
    clean = prepare_register(
        tmp_path / "u.csv", RegisterMapping(mapping="m", columns=dropped, dropped=[name])
    )
    assert name.encode() not in clean.content


def test_the_data_owner_s_file_is_not_written_over(tmp_path, clean):
    write(clean, tmp_path / "u.csv")
    (tmp_path / "m.yaml").write_text(json.dumps(MAPPING), encoding="utf-8")
    before = (tmp_path / "u.csv").read_bytes()
    found = run(
        "prepare", tmp_path / "u.csv", "--as", tmp_path / "m.yaml", "--out", tmp_path / "u.csv"
    )
    assert found.exit_code != 0
    assert (tmp_path / "u.csv").read_bytes() == before


@pytest.mark.parametrize("out", ["m.yaml", "notes.txt"])
def test_no_other_file_is_written_over(tmp_path, clean, out):
    """The mapping, and what is no result of an earlier run; a register with its log is one."""
    write(clean, tmp_path / "u.csv")
    (tmp_path / "m.yaml").write_text(json.dumps(MAPPING), encoding="utf-8")
    (tmp_path / "notes.txt").write_text("mine", encoding="utf-8")
    before = (tmp_path / out).read_bytes()
    prepare = ("prepare", tmp_path / "u.csv", "--as", tmp_path / "m.yaml", "--out")
    found = run(*prepare, tmp_path / out)
    assert found.exit_code != 0
    assert "name another" in str(found.exception)
    assert (tmp_path / out).read_bytes() == before
    assert not list(tmp_path.glob("*.mends.*"))
    assert [run(*prepare, tmp_path / "new.csv").exit_code for _ in range(2)] == [0, 0]
    # Nor is a log, where the mapping is called as one.
    (tmp_path / "x.mends.json").write_text(json.dumps(MAPPING), encoding="utf-8")
    found = run(
        "prepare",
        tmp_path / "u.csv",
        "--as",
        tmp_path / "x.mends.json",
        "--out",
        tmp_path / "x.csv",
    )
    assert "is read here and stays as it is" in str(found.exception)
    assert not (tmp_path / "x.csv").exists()


@pytest.mark.parametrize(
    ("column", "words", "line"),
    [
        ("assigned", {"1": "X", "0": ""}, '    "": decide  # 0 | 1 | ""\n'),
        ("in_work", {"1": "ja", "0": ""}, '    "": decide  # 0 | unknown\n'),
    ],
)
def test_a_draft_asks_what_an_empty_cell_beside_a_yes_means(tmp_path, clean, column, words, line):
    write(clean.assign(**{column: clean[column].replace(words)}), tmp_path / "u.csv")
    assert line in propose_mapping(tmp_path / "u.csv").split(f"  {column}:")[-1]
    write(clean, tmp_path / "u.csv")
    assert '"": decide' not in propose_mapping(tmp_path / "u.csv")


def test_a_lot_of_which_the_drawn_alone_are_marked_is_asked_about(tmp_path, clean, wanted):
    """Left empty the others would be in no arm; by the mapping they are the compared."""
    write(clean.assign(assigned=clean["assigned"].replace({"1": "X", "0": ""})), tmp_path / "u.csv")
    with pytest.raises(RegisterError, match="column assigned: is empty, and the column holds 1"):
        prepare_register(
            tmp_path / "u.csv", RegisterMapping(**MAPPING, values={"assigned": {"x": 1}})
        )
    said = RegisterMapping(**MAPPING, values={"assigned": {"x": 1, "": 0}})
    assert estimates(prepare_register(tmp_path / "u.csv", said).panel) == estimates(wanted)


def test_a_draft_asks_whether_rows_of_one_month_are_payments(tmp_path, clean):
    extract = EXTRACTS["two equal payments"]
    write(extract.make(clean), tmp_path / "u.csv")
    draft = propose_mapping(tmp_path / "u.csv")
    assert "\nrepeats: decide  # sum | drop\n" in draft
    (tmp_path / "m.yaml").write_text(draft, encoding="utf-8")
    with pytest.raises(FlowError, match="repeats: a person must decide"):
        read_mapping(tmp_path / "m.yaml")
    write(clean, tmp_path / "u.csv")
    assert "repeats" not in propose_mapping(tmp_path / "u.csv")


def test_payments_are_added_up_as_they_are_written(tmp_path):
    """0,1 + 0,2 is 0,3; a row that is not known beside a payment is no 0."""
    table = pd.DataFrame(
        [("1", "2015-01", "0,1"), ("1", "2015-01", "0,2"), ("2", "2015-01", "7"), ("2", "2015-01", "")],
        columns=["client", "month", "amount"],
    ).assign(status="assistance")  # fmt: skip
    columns = {name: name for name in table.columns}
    mapping = RegisterMapping(mapping="m", columns=columns, repeats="sum")
    write(table, tmp_path / "u.csv", sep=";")
    with pytest.raises(RegisterError, match="row 5, column amount: is no number, and the amounts"):
        prepare_register(tmp_path / "u.csv", mapping)
    write(table[:3], tmp_path / "u.csv", sep=";")
    found = prepare_register(tmp_path / "u.csv", mapping)
    assert found.panel.amount[:, 0].tolist() == [0.3, 7.0]
    assert [(mend.kind, mend.count) for mend in found.mends if mend.column == "amount"] == [
        ("number_comma", 2),
        ("summed", 2),
    ]


@pytest.mark.parametrize(
    "month",
    ["31.02.2015", "29.02.2015", "99.03.2015", "00.03.2015", "2015-02-29", "20150230", "31022015", "31. februar 2015", "2015-2-30"],
)  # fmt: skip
@pytest.mark.parametrize("column", ["month", "offered", "started"])
def test_a_day_that_no_calendar_has_is_no_month(tmp_path, clean, column, month):
    table = clean.copy()
    table.loc[14, column] = month
    write(table, tmp_path / "u.csv")
    with pytest.raises(RegisterError, match=rf"row 16, column {column}: expected a month"):
        prepare_register(tmp_path / "u.csv", RegisterMapping(**MAPPING))


def test_a_day_that_no_calendar_has_decides_no_order(tmp_path, clean):
    table = clean.assign(month=[f"03/{month[5:]}/{month[:4]}" for month in clean["month"]])
    table.loc[14, "month"] = "99/04/2015"
    write(table, tmp_path / "u.csv")
    with pytest.raises(RegisterError, match="is the day or the month first"):
        prepare_register(tmp_path / "u.csv", RegisterMapping(**MAPPING))


def test_spaces_around_an_id_make_no_second_client_of_a_file_as_it_comes(tmp_path, clean, wanted):
    late = clean["month"] > "2015-06"
    own = clean.assign(client=clean["client"].where(~late, "\u00a0" + clean["client"] + " "))
    write(own, tmp_path / "u.csv")
    found = prepare_register(tmp_path / "u.csv", RegisterMapping(**MAPPING))
    assert estimates(found.panel) == estimates(wanted)
    assert propose_mapping(tmp_path / "u.csv").count("decide") == propose_mapping_of(
        tmp_path, clean
    ).count("decide")


def propose_mapping_of(folder: Path, table: pd.DataFrame) -> str:
    write(table, folder / "control.csv")
    return propose_mapping(folder / "control.csv")


def test_a_draft_tells_no_word_of_a_file_in_which_no_client_is_known(tmp_path):
    table = pd.DataFrame({"x1": ["7"] * 30, "status": ["Hemmelig"] * 30, "month": MONTHS})
    write(table, tmp_path / "u.csv")
    assert "Hemmelig" not in propose_mapping(tmp_path / "u.csv")
    write(table.assign(client=[str(k) for k in range(30)]), tmp_path / "u.csv")
    assert "Hemmelig: decide  # assistance | work | " in propose_mapping(tmp_path / "u.csv")


def test_lists_and_bytes_of_a_parquet_file_are_no_words(tmp_path, clean):
    clean.assign(age=[[1]] * len(clean)).to_parquet(tmp_path / "u.parquet")
    with pytest.raises(RegisterError, match="column age: holds lists, records or bytes"):
        prepare_register(tmp_path / "u.parquet", RegisterMapping(**MAPPING))


def test_a_draft_proposes_yes_and_no_of_a_trait(tmp_path, clean):
    young = np.where(clean["age"].astype(float) < 40, "Ja", "Nei")
    write(clean.assign(Ung=young), tmp_path / "u.csv")
    draft = propose_mapping(tmp_path / "u.csv")
    assert "  ung:\n    Ja: 1\n    Nei: 0\n" in draft
    assert "block" not in draft.split("values:")[1]


@pytest.mark.parametrize(
    "called", ["Utbetalt beløp", "UTBETALING", "Stønadsbeløp", "Utbetalt belopp"]
)
def test_a_draft_knows_what_was_paid_by_what_offices_call_it(tmp_path, clean, called):
    write(clean.rename(columns={"amount": called}), tmp_path / "u.csv")
    assert f"  amount: {called}\n" in propose_mapping(tmp_path / "u.csv")


def test_a_draft_asks_what_an_empty_amount_and_a_changing_trait_mean(tmp_path, clean):
    years = clean["month"].str[:4].astype(int) - 2014
    paid = clean.assign(
        amount=clean["amount"].replace("0.0", ""),
        age=[repr(float(age) + year) for age, year in zip(clean["age"], years, strict=True)],
    )
    write(paid, tmp_path / "u.csv")
    draft = propose_mapping(tmp_path / "u.csv")
    assert '  amount:\n    "": decide  # 0 | unknown\n' in draft
    assert "first_month: [age, decide]  # [age] | []\n" in draft
    (tmp_path / "m.yaml").write_text(draft, encoding="utf-8")
    with pytest.raises(FlowError, match="first_month: a person must decide"):
        read_mapping(tmp_path / "m.yaml")
    write(clean, tmp_path / "u.csv")
    control = propose_mapping(tmp_path / "u.csv")
    assert "amount:\n" not in control
    assert "first_month" not in control


def test_a_draft_asks_whether_what_stands_in_one_row_is_true_of_all(tmp_path, clean):
    first = ~clean["client"].duplicated()
    once = clean.assign(
        offered=clean["offered"].where(first, ""), age=clean["age"].where(first, "")
    )
    write(once, tmp_path / "u.csv")
    draft = propose_mapping(tmp_path / "u.csv")
    assert "same_for_client: [offered, age, decide]  # [offered, age] | []\n" in draft
    (tmp_path / "m.yaml").write_text(draft, encoding="utf-8")
    with pytest.raises(FlowError, match="same_for_client: a person must decide"):
        read_mapping(tmp_path / "m.yaml")
    # Who decided has the register that was meant.
    decided = draft.replace("age, decide]", "age]")
    (tmp_path / "m.yaml").write_text(decided, encoding="utf-8")
    found = prepare_register(tmp_path / "u.csv", read_mapping(tmp_path / "m.yaml")).panel
    write(clean, tmp_path / "c.csv")
    control = propose_mapping(tmp_path / "c.csv")
    assert "same_for_client" not in control
    (tmp_path / "c.yaml").write_text(control, encoding="utf-8")
    wanted = prepare_register(tmp_path / "c.csv", read_mapping(tmp_path / "c.yaml")).panel
    pd.testing.assert_frame_equal(found.to_frame(), wanted.to_frame())


@pytest.mark.parametrize(("meant", "wanted"), [(0, "0.0"), ("unknown", "")])
def test_what_an_empty_amount_means_is_said_by_the_mapping(tmp_path, clean, meant, wanted):
    paid = clean.assign(amount=clean["amount"].replace("0.0", ""))
    write(paid, tmp_path / "u.csv")
    with pytest.raises(RegisterError, match="column amount: is empty, and hardly a 0"):
        prepare_register(tmp_path / "u.csv", RegisterMapping(**MAPPING))
    said = RegisterMapping(**MAPPING, values={"amount": {"": meant}})
    panel = prepare_register(tmp_path / "u.csv", said).panel
    unpaid = (clean["amount"] == "0.0").to_numpy()
    assert unpaid.any()
    found = panel.to_frame().sort_values(["client", "month"], kind="stable")["amount"]
    own = clean.sort_values(["client", "month"], kind="stable")
    known = (own["status"] != "unknown").to_numpy()
    np.testing.assert_array_equal(
        found.to_numpy()[known],
        pd.to_numeric(own["amount"].replace({"0.0": wanted})).to_numpy()[known],
    )


def test_a_client_that_loses_its_leading_zero_halfway_is_refused(tmp_path, clean):
    """Two clients of half the months each, with no month missing in between."""
    own = clean.assign(client="0" + clean["client"])
    write(own, tmp_path / "u.csv")
    assert len(prepare_register(tmp_path / "u.csv", RegisterMapping(**MAPPING)).panel) == len(
        set(clean["client"])
    )
    late = (own["month"] > "2015-06").to_numpy()
    own.loc[late, "client"] = clean.loc[late, "client"]
    write(own, tmp_path / "u.csv")
    with pytest.raises(RegisterError, match="column client: differs from another client by"):
        prepare_register(tmp_path / "u.csv", RegisterMapping(**MAPPING))


def test_a_file_of_two_encodings_makes_no_two_districts_of_one(tmp_path, clean):
    write(clean, tmp_path / "u.csv")
    lines = (tmp_path / "u.csv").read_bytes().split(b"\r\n")
    half = len(lines) // 2
    mixed = [
        line.decode("utf-8").encode("cp1252") if k < half else line for k, line in enumerate(lines)
    ]
    (tmp_path / "u.csv").write_bytes(b"\r\n".join(mixed))
    with pytest.raises(RegisterError, match="coded twice, or in two ways"):
        prepare_register(tmp_path / "u.csv", RegisterMapping(**MAPPING))


def mars(few, clients=40, spelled="mars 2015"):
    """A file in which the offers of the first few are spelled by the name of the month."""
    months = [f"2015-{number:02}" for number in range(1, 13)]
    rows = [
        f"{client},{month},work,{spelled if client < few else '2015-03'}"
        for client in range(clients)
        for month in months
    ]
    return "\n".join(["client,month,status,offered", *rows]) + "\n"


MARS = """
mapping: m
columns: {client: client, month: month, status: status, offered: offered}
"""


def prepared(folder, text, mapping):
    """What a file is by a mapping."""
    (folder / "file.csv").write_text(text, encoding="utf-8")
    (folder / "m.yaml").write_text(mapping, encoding="utf-8")
    return prepare_register(folder / "file.csv", read_mapping(folder / "m.yaml"))


@pytest.mark.parametrize("few", [1, 3, 4, 5, 35, 36, 37, 39])
def test_the_log_tells_no_number_of_rows_of_few_clients(tmp_path, few):
    """Twelve rows of each: 36 rows are three clients; and so are all rows but 36."""
    found = prepared(tmp_path, mars(few), MARS)
    (mend,) = [mend for mend in found.mends if mend.kind == "month_named"]
    assert (mend.count, mend.clients, mend.others) == (12 * few, few, 40 - few)
    text = write_markdown(document_of(found, "en"))
    is_told = 5 <= few <= 35
    assert (f"| {12 * few} |" in text) == is_told
    assert ("of fewer than 5 clients" in text) == (few < 5)
    assert ("of 5 clients or more" in text) == (few > 35)


@pytest.mark.parametrize("spaces", [("{} ", " {}", "  {}"), ("{} ", "{}", "{}")])
def test_a_client_whose_id_has_spaces_in_some_rows_is_not_counted_twice(tmp_path, spaces):
    """Three clients in nine spellings are three clients, and so are all others but those."""
    lines = mars(0, clients=8).split("\n")
    for row, line in enumerate(lines[1:-1]):
        client, rest = line.split(",", 1)
        if int(client) < 3:
            lines[1 + row] = f"{spaces[row % 3].format(client)},{rest}"
    found = prepared(tmp_path, "\n".join(lines), MARS)
    (mend,) = [mend for mend in found.mends if (mend.kind, mend.column) == ("stripped", "client")]
    assert mend.clients == 3
    assert mend.is_few
    assert "of fewer than 5 clients" in write_markdown(document_of(found, "en"))


def test_what_was_done_to_all_others_in_a_column_does_not_tell_the_few(tmp_path):
    text = mars(3).replace("2015-03\n", "03.2015\n")
    said = write_markdown(document_of(prepared(tmp_path, text, MARS), "en"))
    assert said.count("of fewer than 5 clients") == 1
    assert said.count("of 5 clients or more") == 1
    assert "444" not in said


def test_rows_of_few_clients_left_out_do_not_follow_from_the_rows_read(tmp_path):
    lines = mars(0).split("\n")
    for again, is_told in ((3, False), (6, True)):
        twice = "\n".join([*lines[:-1], *(lines[1 + 12 * k] for k in range(again)), ""])
        twice = twice.replace(",2015-03\n", ",03.2015\n")
        document = document_of(prepared(tmp_path, twice, MARS), "en")
        assert (document.record["rows_read"] is not None) == is_told
        said = write_markdown(document)
        assert (f"{480 + again} rows were read" in said) == is_told
        # Nor from a mend that was done to every row: the offers are spelled anew in all.
        assert (f"| {480 + again} |" in said) == is_told


def test_a_fault_of_few_clients_is_not_counted(tmp_path):
    for few, count in ((1, None), (3, None), (5, 60)):
        with pytest.raises(RegisterError) as fault:
            prepared(tmp_path, mars(few, spelled="soon"), MARS)
        found = re.search(r"\(([0-9,]+) rows like this\)", str(fault.value))
        assert (int(found[1]) if found else None) == count
