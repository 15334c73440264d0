"""pilotsim schema: what editors complete and check files by."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write to a file instead of the screen.",
)
@click.option(
    "--kind",
    type=click.Choice(["flow", "study", "solve", "evaluation"]),
    default="flow",
    show_default=True,
)
def schema(out: Path | None, kind: str) -> None:
    """Print the JSON schema of a kind of file, by which editors complete and check it."""
    from pilotsim.output.json import schema_text

    if out is None:
        click.echo(schema_text(kind), nl=False)
    else:
        from pilotsim.base.files import write_text

        write_text(out, schema_text(kind))
