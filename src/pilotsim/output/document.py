"""A result as people read it: one document, which each writer puts down in its own format.

A view (`pilotsim.output.views`) makes a document of a result, in one language. A writer
(`pilotsim.output.writers`) makes a terminal's screen, a page, tables for a spreadsheet or JSON of a
document, and knows nothing of results. What is said is decided once, in the view; so two writers
cannot say different things.

A table's cell holds both what is read (`text`) and what stands behind it (`value`). Every column
can be shown, filed for spreadsheets, or both.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = [
    "MAX_SAID",
    "Attachment",
    "Block",
    "Bound",
    "Cell",
    "Code",
    "Column",
    "Definition",
    "Definitions",
    "Document",
    "Figure",
    "Listing",
    "Paragraph",
    "Row",
    "RowGroup",
    "Section",
    "Span",
    "Table",
    "Tone",
    "Value",
    "sentences_of",
]

# Where a sentence ends: before a capital, so that abbreviations and dates go on.
_SENTENCE_END = re.compile(r"(?<=[.!?])[ \n]+(?=[A-ZÆØÅÄÖ«“])")
# Letters of what a picture says in one breath: longer ones are cut by those who read them aloud.
MAX_SAID = 150

# How something is meant; each writer has its own way to show it, none by colour alone. `code` is
# for what is typed as it stands: a path, a name in a file.
Tone = Literal["plain", "strong", "soft", "code", "good", "fair", "doubtful", "poor", "bad"]
Role = Literal["body", "lead", "note", "warning"]


@dataclass(frozen=True)
class Bound:
    """A number of which only a bound is told, such as a p-value below 0.001.

    Parameters
    ----------
    number : float
        The bound.
    is_upper : bool
        Whether the number is below it; else it is above.
    """

    number: float
    is_upper: bool = True


Value = str | int | float | bool | date | Bound | None


@dataclass(frozen=True)
class Span:
    """A run of words within a paragraph, with its tone."""

    text: str
    tone: Tone = "plain"


@dataclass(frozen=True)
class Paragraph:
    """A paragraph.

    Parameters
    ----------
    spans : sequence of Span
        Its words, one span after the other with nothing between them.
    role : str
        `lead` is read first, `note` explains what follows, `warning` must not be missed.
    is_brief : bool
        Whether it belongs on one screen of a terminal too.
    """

    spans: Sequence[Span]
    role: Role = "body"
    is_brief: bool = True

    @classmethod
    def of(cls, *parts: str | Span, role: Role = "body", is_brief: bool = True) -> Paragraph:
        """Return a paragraph of strings and spans."""
        spans = [part if isinstance(part, Span) else Span(part) for part in parts]
        return cls(tuple(spans), role, is_brief)

    @property
    def text(self) -> str:
        """Its words without their tones."""
        return "".join(span.text for span in self.spans)


@dataclass(frozen=True)
class Code:
    """Something to be typed or copied as it is: a command, a hash."""

    text: str
    is_brief: bool = False


@dataclass(frozen=True)
class Listing:
    """Points one below the other, numbered where their order counts."""

    items: Sequence[Paragraph]
    is_brief: bool = True
    is_ordered: bool = False


@dataclass(frozen=True)
class Definition:
    """A term and what is said of it."""

    term: str
    says: Paragraph


@dataclass(frozen=True)
class Definitions:
    """Terms with what is said of each."""

    items: Sequence[Definition]
    is_brief: bool = True


@dataclass(frozen=True)
class Column:
    """A column of a table.

    Parameters
    ----------
    key : str
        Its name for programs: English, lower case, the same in every language.
    heading : str
        Its name for people.
    is_number : bool
        Whether its cells stand to the right, digit below digit.
    is_shown : bool
        Whether it stands where people read the table.
    is_filed : bool
        Whether it stands in the table's file for spreadsheets and in JSON, by its cells' values.
    is_brief : bool
        Whether it belongs on one screen of a terminal; only what is shown can be.
    wraps : bool
        Whether its cells may be long: on a terminal it takes the room that is left and breaks over
        lines, while the others stay on one line. A table without such a column lets its first be
        one.
    filed_heading : str
        Its name in the file, where that must say more, such as the unit; `heading` unless given.
    is_essential : bool
        Whether it stays where a table has room for few columns, as on paper; the others are looked
        up in a spreadsheet.
    is_key : bool
        Whether it holds names for programs alone: filed in JSON, and in no spreadsheet.
    folds_into : str
        The key of the column in whose cells it stands in small type where it has no room of its
        own; empty for none.
    unit : str
        In which unit its values stand, for programs, where the kind of its cells does not say it.
    """

    key: str
    heading: str
    is_number: bool = False
    is_shown: bool = True
    is_filed: bool = True
    is_brief: bool = True
    wraps: bool = False
    filed_heading: str = ""
    is_essential: bool = True
    is_key: bool = False
    folds_into: str = ""
    unit: str = ""


@dataclass(frozen=True)
class Cell:
    """A cell of a table.

    Parameters
    ----------
    text : str
        What people read, written in the document's language.
    value : str, number, bool, date, Bound or None
        What stands behind it, in the unit that the table's heading or its column of units names;
        None where there is nothing. Spreadsheets and programs read this.
    tone : str
        How it is meant.
    below : str
        What stands below it in small type, such as an interval; left out on a terminal.
    kind : str
        What the value is a number of, for those who give it a number format: `share` (in per cent),
        `points` (percentage points), `duration` (days), `rate` (per month); empty for a plain one.
    says_more : bool
        Whether `text` says more than the words of `value`, such as the sign of a note: `value` is
        filed then, since rows are counted and filtered by the words alone.
    """

    text: str
    value: Value = None
    tone: Tone = "plain"
    below: str = ""
    kind: str = ""
    says_more: bool = False

    @property
    def filed(self) -> Value:
        """What a spreadsheet shows: the value, or what people read where that is a name."""
        if self.says_more or self.tone == "code" or not self.text:
            return self.value
        return self.text if isinstance(self.value, str) else self.value

    @classmethod
    def of_text(cls, text: str, tone: Tone = "plain", below: str = "") -> Cell:
        """Return a cell of words, which are its value too."""
        return cls(text, text, tone, below)

    @classmethod
    def of_value(cls, value: Value, kind: str = "") -> Cell:
        """Return a cell of a column that is filed and not shown."""
        return cls("", value, kind=kind)


@dataclass(frozen=True)
class Row:
    """A row: a cell for each column of its table."""

    cells: Sequence[Cell]


@dataclass(frozen=True)
class RowGroup:
    """Rows that belong together, under a line of their own where `heading` is not empty."""

    rows: Sequence[Row]
    heading: Sequence[Span] = ()

    @property
    def title(self) -> str:
        """Its heading without tones."""
        return "".join(span.text for span in self.heading)


@dataclass(frozen=True)
class Table:
    """A table.

    Parameters
    ----------
    name : str
        Its name for programs, and that of its file.
    title : str
        What it holds; stands above it, and in the list of files.
    columns : sequence of Column
        Its columns.
    groups : sequence of RowGroup
        Its rows.
    is_shown : bool
        Whether people read it in the document; else it is filed only.
    is_filed : bool
        Whether it becomes a file for spreadsheets.
    is_brief : bool
        Whether it belongs on one screen of a terminal.
    has_title : bool
        Whether its title is written above it, where a section's heading does not say the same.
    max_brief_rows : int, optional
        How many rows a terminal shows; it says how many more there are. All unless given.
    """

    name: str
    title: str
    columns: Sequence[Column]
    groups: Sequence[RowGroup]
    is_shown: bool = True
    is_filed: bool = True
    is_brief: bool = True
    has_title: bool = False
    max_brief_rows: int | None = None

    def __post_init__(self) -> None:
        keys = [column.key for column in self.columns]
        if len(set(keys)) < len(keys):
            raise ValueError(f"table '{self.name}' names a column twice: {keys}")
        for row in self.rows():
            if len(row.cells) != len(keys):
                raise ValueError(
                    f"table '{self.name}' has {len(keys)} columns, a row {len(row.cells)} cells"
                )

    @classmethod
    def of_rows(
        cls, name: str, title: str, columns: Sequence[Column], rows: Sequence[Row], **options: Any
    ) -> Table:
        """Return a table whose rows stand in one group without a heading."""
        return cls(name, title, columns, (RowGroup(tuple(rows)),), **options)

    def rows(self) -> Iterator[Row]:
        """Yield the rows of all groups."""
        for group in self.groups:
            yield from group.rows

    @property
    def is_read(self) -> bool:
        """Whether people read it in the document, and there is something to read."""
        return self.is_shown and self.has_rows

    @property
    def has_rows(self) -> bool:
        """Whether it holds anything."""
        return any(group.rows for group in self.groups)

    def shown_columns(self) -> list[int]:
        """Return which columns people read in the document."""
        return [k for k, column in enumerate(self.columns) if column.is_shown]

    def brief_columns(self) -> list[int]:
        """Return which columns people read on a terminal."""
        return [k for k in self.shown_columns() if self.columns[k].is_brief]

    def filed_columns(self) -> list[int]:
        """Return which columns stand in the table's file for spreadsheets."""
        return [k for k in self.recorded_columns() if not self.columns[k].is_key]

    def recorded_columns(self) -> list[int]:
        """Return which columns stand in JSON: those of the file, and names for programs."""
        return [k for k, column in enumerate(self.columns) if column.is_filed]


@dataclass(frozen=True)
class Figure:
    """A figure.

    Parameters
    ----------
    name : str
        The name of its files, without their ends.
    title : str
        What it is; stands in the list of files.
    alt : str
        All that it shows, in words and numbers.
    draw : callable
        Draws it and returns its axes; called once for each writer that shows pictures.
    basis : str
        How many runs it is of and whether assumptions were drawn in them, where that is not what
        the whole document is of.
    """

    name: str
    title: str
    alt: str
    draw: Callable[[], Axes]
    is_brief: bool = False
    basis: str = ""

    @property
    def says(self) -> str:
        """Return its title in at most `MAX_SAID` letters: for those who hear one line of it."""
        return _in_short(self.title)

    @property
    def sentences(self) -> list[str]:
        """Return all that it shows, sentence by sentence."""
        return sentences_of(self.alt)


def sentences_of(text: str) -> list[str]:
    """Return the sentences of a text."""
    return [one for one in _SENTENCE_END.split(text.strip()) if one]


def _in_short(text: str) -> str:
    """Return a text of at most `MAX_SAID` letters, cut between two words where it is longer."""
    plain = " ".join(re.split("[ \t\r\n]+", text.strip()))
    if len(plain) <= MAX_SAID:
        return plain
    whole = plain[: MAX_SAID - 1]
    return whole[: max(whole.rfind(" "), MAX_SAID // 2)].rstrip(" ,;:(") + "\u2026"


Block = Paragraph | Code | Listing | Definitions | Table | Figure


@dataclass(frozen=True)
class Section:
    """A part of a document under a heading; an empty heading for what needs none.

    Parameters
    ----------
    name : str
        Its name for programs and for links.
    heading : str
        What stands above it.
    blocks : sequence of Block
        What it holds.
    level : int
        1 for a chapter, 2 for a part of the one before.
    """

    name: str
    heading: str
    blocks: Sequence[Block]
    level: int = 1

    @property
    def is_brief(self) -> bool:
        """Whether anything of it belongs on one screen of a terminal."""
        return any(block.is_brief for block in self.blocks)


@dataclass(frozen=True)
class Attachment:
    """A file that goes with a document and is none of its tables or figures.

    Parameters
    ----------
    name : str
        The name of the file.
    title : str
        What it is; stands in the list of files.
    content : bytes
        What it holds.
    """

    name: str
    title: str
    content: bytes


@dataclass(frozen=True)
class Document:
    """A result as people read it, in one language.

    Parameters
    ----------
    kind : str
        What is shown: `check`, `validation`, `study` and so on.
    title : str
        Its title.
    language : str
        The language it is written in.
    sections : sequence of Section
        What it says, from the most to the least important.
    record : mapping
        The result itself as plain mappings, lists, words and numbers, for programs; the same in
        every language. None for what is infinite or undefined.
    attachments : sequence of Attachment
        Other files that go with it.
    changed : str
        In one line, that it is not of the flow as its file stands; empty where it is.
    decision : sequence of Section
        What those read who decide, in a few sections with a message for a heading each: two pages
        on paper, a slide each. Empty where a result is nothing to decide on. It says nothing that
        the sections do not say.
    annex : sequence of Section
        What goes with it on paper alone, for those who judge how it was made.
    """

    kind: str
    title: str
    language: str
    sections: Sequence[Section]
    record: Mapping[str, Any] = field(default_factory=dict)
    attachments: Sequence[Attachment] = ()
    changed: str = ""
    decision: Sequence[Section] = ()
    annex: Sequence[Section] = ()

    def blocks(self) -> Iterator[Block]:
        """Yield every block of every section."""
        for section in self.sections:
            yield from section.blocks

    def tables(self) -> Iterator[Table]:
        """Yield every table."""
        for block in self.blocks():
            if isinstance(block, Table):
                yield block

    def figures(self) -> Iterator[Figure]:
        """Yield every figure."""
        for block in self.blocks():
            if isinstance(block, Figure):
                yield block
