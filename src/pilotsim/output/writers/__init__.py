"""Writers: a document put down in one format each.

A writer knows documents and nothing of results. `write_terminal` prints the brief part of one;
`write_html`, `write_markdown` and `write_json` return text; `write_csv` returns one table's file;
`write_folder` puts the page, pictures, tables and JSON into a folder. `write_word`, `write_excel`,
`write_slides` and `write_pdf` return files of office programs (`office.FORMATS`).

A new format is one module here with a function ``write_x(document, ...)``, and a line in the list
of what a folder holds (`pilotsim.output.writers.folder.BESIDE`) where it belongs there.
"""

from __future__ import annotations
