"""pilotsim schema: what editors complete and check flow files by."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Write to a file instead of the screen.")
def schema(out: Path | None) -> None:
    """Print the JSON schema of flow files, by which editors complete and check them."""
    from pilotsim.export import schema_text

    if out is None:
        click.echo(schema_text(), nl=False)
    else:
        out.write_text(schema_text(), encoding="utf-8")
