"""Extracts as Norwegian offices deliver them, each made of one clean register with a known effect."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

MONTHS = [f"{2014 + k // 12}-{k % 12 + 1:02}" for k in range(30)]
BEGINS = "2015-01"
CLIENTS = 80
NAMES = [
    "januar",
    "februar",
    "mars",
    "april",
    "mai",
    "juni",
    "juli",
    "august",
    "september",
    "oktober",
    "november",
    "desember",
]
STATES = {
    "assistance": "Sosialhjelp",
    "work": "I arbeid",
    "other_benefit": "Annen ytelse",
    "education": "Utdanning",
    "unknown": "Ukjent",
}
MAPPING = {
    "mapping": "test",
    "columns": {
        name: name
        for name in (
            "client", "month", "status", "in_work", "amount", "offered", "started", "district",
            "assigned", "block", "age", "area",
        )
    },
}  # fmt: skip


def planted() -> pd.DataFrame:
    """A lottery among 80 clients: 15 of 40 more of the drawn are in work from the seventh month on."""
    draw = np.random.default_rng(13)
    rows = []
    for client in range(1, CLIENTS + 1):
        drawn = client % 2
        works_from = 18 if draw.random() < (0.6 if drawn else 0.2) else 99
        moves = 20 if client % 16 == 0 else 99
        age, area = round(20 + 40 * draw.random(), 2), ("Øst", "Vest", "Sør")[client % 3]
        for k, month in enumerate(MONTHS):
            status = "work" if k >= works_from else "assistance"
            if draw.random() < 0.03:
                status = "unknown"
            amount = round(8000 + 4000 * draw.random(), 2) if status == "assistance" else 0.0
            rows.append(
                {
                    "client": str(client),
                    "month": month,
                    "status": status,
                    "in_work": "" if status == "unknown" else str(int(status == "work")),
                    "amount": "" if status == "unknown" else repr(amount),
                    "offered": BEGINS if drawn else "",
                    "started": "2015-02" if drawn and client % 3 else "",
                    "district": ("Østensjø" if client % 4 < 2 else "Gamle Oslo")
                    if k < moves
                    else "Alna",
                    "assigned": str(drawn),
                    "block": str(client // 2 % 2 + 1),
                    "age": repr(age),
                    "area": area,
                }
            )
    return pd.DataFrame(rows)


def write(
    table: pd.DataFrame,
    file: Path,
    *,
    encoding: str = "utf-8",
    sep: str = ",",
    above: str = "",
    below: str = "",
) -> None:
    text = io.StringIO(newline="")
    table.to_csv(text, index=False, sep=sep, quoting=csv.QUOTE_MINIMAL, lineterminator="\r\n")
    file.write_bytes((above + text.getvalue() + below).encode(encoding))


def in_payments(split: Callable[[float], list[float]]):
    """A row for each payment, of which a month has several, on days of their own."""

    def make(table: pd.DataFrame) -> pd.DataFrame:
        rows = []
        for row in table.to_dict("records"):
            paid = float(row["amount"] or 0.0)
            parts = split(paid) if paid else [row["amount"]]
            for day, part in enumerate(parts, 1):
                # To the øre, as payments are: the sum is that of the month to the bit.
                amount = f"{part:.3f}" if paid else part
                rows.append({**row, "month": f"{row['month']}-{day:02}", "amount": amount})
        return pd.DataFrame(rows)

    return make


def offer_beside_one(table: pd.DataFrame) -> pd.DataFrame:
    """The offer and the start stand beside a client's last payment alone."""
    last = ~table.duplicated("client", keep="last")
    return table.assign(
        offered=table["offered"].where(last, ""), started=table["started"].where(last, "")
    )


@dataclass(frozen=True)
class Extract:
    """How an office makes its file, and what a person says of it.

    Parameters
    ----------
    make : callable
        From the clean table to the office's.
    mapping : dict
        What the mapping says beside the usual.
    refused : str
        What is said where this mapping is not enough; empty where it is.
    then : dict
        The lines that a person adds.
    options : dict
        How the file is written.
    """

    make: Callable[[pd.DataFrame], pd.DataFrame] = lambda table: table
    mapping: dict = field(default_factory=dict)
    refused: str = ""
    then: dict = field(default_factory=dict)
    options: dict = field(default_factory=dict)


def months_as(spell: Callable[[int, int], str], *names: str):
    def make(table: pd.DataFrame) -> pd.DataFrame:
        other = table.copy()
        for name in names or ("month", "offered", "started"):
            other[name] = [
                spell(int(month[:4]), int(month[5:])) if month else "" for month in table[name]
            ]
        return other

    return make


def words_as(name: str, words: dict[str, str]):
    return lambda table: table.assign(**{name: [words.get(word, word) for word in table[name]]})


def numbers_as(change: Callable[[str], str], *names: str):
    return lambda table: table.assign(
        **{name: [change(text) if text else "" for text in table[name]] for name in names}
    )


def grouped(text: str, sign: str, decimal: str) -> str:
    whole, _, rest = text.partition(".")
    return f"{int(whole):,}".replace(",", sign) + (decimal + rest if rest else "")


def both(*makes):
    def make(table):
        for one in makes:
            table = one(table)
        return table

    return make


def named(names: dict[str, str]):
    """The extract with other headers, and the part of the mapping that says which."""
    columns = {name: names.get(name, name) for name in MAPPING["columns"]}
    return Extract(lambda table: table.rename(columns=names), {"columns": columns})


def with_gap(table: pd.DataFrame) -> pd.DataFrame:
    """Without two months of which nothing was known anyway."""
    unknown = table.index[
        (table["status"] == "unknown")
        & (table["month"] > MONTHS[2])
        & (table["month"] < MONTHS[-2])
    ]
    return table.drop(index=unknown[:2])


def one_row_each(table: pd.DataFrame) -> pd.DataFrame:
    first = ~table.duplicated("client")
    return table.assign(
        **{name: table[name].where(first, "") for name in ("offered", "started", "assigned")}
    )


def wide(table: pd.DataFrame) -> pd.DataFrame:
    """A row for each client, and a column for each month of what changes."""
    own = ["offered", "started", "assigned", "block", "age", "area"]
    first = table.drop_duplicates("client").set_index("client")[own]
    parts = [
        table.pivot(index="client", columns="month", values=name).add_prefix(f"{name.upper()}_")
        for name in CHANGING
    ]
    other = pd.concat([first, *parts], axis=1).loc[first.index].reset_index()
    return other.rename(columns=lambda name: name.replace("-", "_") if name[:1].isupper() else name)


CHANGING = ("status", "in_work", "amount", "district")
HEADERS = {
    "client": "KLIENTNR", "month": "PERIODE", "status": "TILSTAND", "in_work": "I ARBEID", "amount": "BELØP",
    "offered": "TILBUDT", "started": "STARTET", "district": "BYDEL", "assigned": "TRUKKET UT", "block": "BLOKK",
    "age": "ALDER", "area": "OMRÅDE",
}  # fmt: skip
STATUS_WORDS = {"values": {"status": {word: state for state, word in STATES.items()}}}
EXTRACTS = {
    "as it should be": Extract(),
    "latin-1": Extract(options={"encoding": "latin-1"}),
    "cp1252 with semicolons": Extract(options={"encoding": "cp1252", "sep": ";"}),
    "utf-16": Extract(options={"encoding": "utf-16", "sep": "\t"}),
    "utf-16 without a mark": Extract(options={"encoding": "utf-16-le", "sep": ";"}),
    "utf-8 with a mark": Extract(options={"encoding": "utf-8-sig", "sep": ";"}),
    "letters of DOS": Extract(
        options={"encoding": "cp850", "sep": ";"}, refused="encoding: cp850", then={"encoding": "cp850"}
    ),
    "decimal comma": Extract(
        numbers_as(lambda text: text.replace(".", ","), "amount", "age"), options={"sep": ";"}
    ),
    "thousands with spaces": Extract(
        numbers_as(lambda text: grouped(text, "\u00a0", ","), "amount"), options={"sep": ";"}
    ),
    "thousands with points and kroner": Extract(
        numbers_as(lambda text: "kr " + grouped(text, ".", ","), "amount"), options={"sep": ";"}
    ),
    "dates with points": Extract(months_as(lambda year, month: f"01.{month:02}.{year}")),
    "six digits": Extract(months_as(lambda year, month: f"{year}{month:02}")),
    "names of months": Extract(months_as(lambda year, month: f"{NAMES[month - 1].capitalize()} {year}")),
    "months of Excel": Extract(months_as(lambda year, month: f"{NAMES[month - 1][:3]}.{year % 100:02}")),
    "slashes": Extract(
        months_as(lambda year, month: f"01/{month:02}/{year}"),
        refused="dates: day_first",
        then={"dates": "day_first"},
    ),
    "serial numbers of Excel": Extract(
        months_as(lambda year, month: str((pd.Timestamp(year, month, 1) - pd.Timestamp(1899, 12, 30)).days)),
        refused="dates: excel",
        then={"dates": "excel"},
    ),
    "headers in capitals": named({name: name.upper() for name in MAPPING["columns"]}),
    "Norwegian headers": named(HEADERS),
    "words for states": Extract(
        words_as("status", STATES), refused="under 'values: status:'; did you mean", then=STATUS_WORDS
    ),
    "words for the lot": Extract(
        words_as("assigned", {"1": "trukket", "0": "venteliste"}),
        refused="under 'values: assigned:'",
        then={"values": {"assigned": {"trukket": 1, "venteliste": 0}}},
    ),
    "yes and no": Extract(
        both(words_as("assigned", {"1": "Ja", "0": "Nei"}), words_as("in_work", {"1": "J", "0": "N"})),
        refused="under 'values: in_work:'; did you mean '0'?",
        then={"values": {"assigned": {"ja": 1, "nei": 0}, "in_work": {"j": 1, "n": 0}}},
    ),
    "rows twice": Extract(
        lambda table: pd.concat([table, table.iloc[5:40]]),
        refused="'repeats: drop' where one payment was written twice",
        then={"repeats": "drop"},
    ),
    "rows twice, no amounts": Extract(
        lambda table: pd.concat([table, table[table["amount"].isin(["", "0.0"])].iloc[5:40]]),
    ),
    "two equal payments": Extract(
        in_payments(lambda amount: [amount / 2.0, amount / 2.0]),
        refused="'repeats: sum' in the mapping where each row is a payment",
        then={"repeats": "sum"},
    ),
    "three payments": Extract(
        in_payments(lambda amount: [amount - 3000.0, 1000.0, 2000.0]),
        refused="differs from another row of the client and month by its amount alone",
        then={"repeats": "sum"},
    ),
    "a payment taken back": Extract(
        in_payments(lambda amount: [amount, 500.25, -500.25]),
        refused="'repeats: sum' in the mapping where each row is a payment",
        then={"repeats": "sum"},
    ),
    "payments by day, the offer beside one": Extract(
        lambda table: offer_beside_one(
            in_payments(lambda amount: [amount / 2.0, amount / 2.0])(table)
        ),
        {"repeats": "sum"},
        refused="differs from the client's other rows",
        then={"same_for_client": ["offered", "started"]},
    ),
    "rows out of order": Extract(
        lambda table: pd.concat([table[table["month"] == MONTHS[0]], table[table["month"] != MONTHS[0]].iloc[::-1]])
    ),
    "a gap": Extract(with_gap, refused="gaps: unknown", then={"gaps": "unknown"}),
    "the offer in one row": Extract(
        one_row_each,
        refused="differs from the client's other rows",
        then={"same_for_client": ["offered", "started", "assigned"]},
    ),
    "words for nothing": Extract(
        lambda table: table.replace({"amount": {"": "-"}, "in_work": {"": "-"}}),
        refused="under 'empty' in the mapping",
        then={"empty": ["-"]},
    ),
    "a title above and rows of signs below": Extract(
        options={"sep": ";", "above": "Uttrekk Alna\r\n\r\n", "below": ";" * 11 + "\r\n"},
        refused="skip_rows: 2",
        then={"skip_rows": 2},
    ),
    "spaces": Extract(lambda table: table.map(lambda text: f" {text}  ")),
    "a column too many": Extract(
        lambda table: table.assign(navn="x"),
        refused="'columns' or under 'dropped'",
        then={"dropped": ["navn"]},
    ),
    "a row for each client": Extract(
        wide,
        {
            "columns": {name: name for name in MAPPING["columns"] if name not in ("month", *CHANGING)},
            "wide": {name: f"{name.upper()}_" for name in CHANGING},
        },
    ),
    "thousands or decimals": Extract(
        lambda table: table.assign(kids=["1.200", "3.400"] * (len(table) // 2)),
        {"columns": {**MAPPING["columns"], "kids": "kids"}, "first_month": ["kids"]},
        refused="decimal: ','",
        then={"dropped": ["kids"], "columns": MAPPING["columns"], "first_month": []},
    ),
}  # fmt: skip
