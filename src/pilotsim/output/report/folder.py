"""A report's folder: complete or absent, and other people's files left alone."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from pilotsim.base.files import write_folder
from pilotsim.base.languages import check_language
from pilotsim.judge.check import Check
from pilotsim.language.catalogue import say
from pilotsim.output.report.images import Picture, draw_pictures, picture_files
from pilotsim.output.report.page import make_page
from pilotsim.output.report.tables import tables_of

PAGE, LIST = "index.html", "files.txt"
OWN_ENDS = (".png", ".svg", ".txt", ".csv")


def write_report(
    check: Check, folder: str | Path, language: str = "nb", command: str = ""
) -> list[Path]:
    """Write a check as a page, pictures, tables and words into a folder.

    Return the files, the page first.

    Everything is made before anything is written. A folder that is not there comes into being
    complete; in a folder that is there, the files of an earlier report are replaced and all others
    left alone. The page goes first and comes last: where it is, the report is complete.

    Parameters
    ----------
    check : Check
        What to report.
    folder : str or Path
        Where to.
    language : str
        `nb` or `en`.
    command : str
        How the check was called, to be shown on the page.

    Raises
    ------
    PilotsimError
        The folder cannot be written to, or a file in it is open in another program.
    """
    return write_files(make_files(check, check_language(language), command), folder)


def write_files(files: Mapping[str, bytes], folder: str | Path) -> list[Path]:
    """Write the files of a report into a folder as `write_report` does, the first last.

    Return them.

    Raises
    ------
    PilotsimError
        The folder cannot be written to, or a file in it is open in another program.
    """
    place = Path(folder)
    return write_folder(place, files, stale=_own_files(place))


def make_files(check: Check, language: str, command: str = "") -> dict[str, bytes]:
    """Return the content of each file of a report by name, the page first.

    The same bytes for the same check.
    """
    pictures = draw_pictures(check, language)
    described = {PAGE: say("file_page", language), **_describe_pictures(pictures, language)}
    content = picture_files(pictures)
    for table in tables_of(check, language):
        content[f"{table.name}.csv"] = table.to_csv(language)
        described[f"{table.name}.csv"] = say(f"file_{table.name}", language)
    described[LIST] = say("file_list", language)
    content[LIST] = "".join(f"{name}\t{what}\n" for name, what in described.items()).encode(
        "utf-8-sig"
    )
    beside = [(name, what) for name, what in described.items() if name.endswith((".csv", ".svg"))]
    return {PAGE: make_page(check, pictures, beside, command, language).encode("utf-8"), **content}


def _describe_pictures(pictures: list[Picture], language: str) -> dict[str, str]:
    ends = ("png", "svg", "txt")
    return {
        f"{p.name}.{end}": f"{p.title}: {say(f'file_{end}', language)}"
        for p in pictures
        for end in ends
    }


def _own_files(place: Path) -> set[str]:
    """Return the files of the report that a folder holds already, as its own list names them."""
    if not (place / LIST).is_file():
        return set()
    lines = (place / LIST).read_text(encoding="utf-8-sig", errors="replace").splitlines()
    names = {line.partition("\t")[0] for line in lines if "\t" in line}
    return {name for name in names if name.endswith(OWN_ENDS) and not set(name) & set('/\\:<>|"?*')}
