"""The command line: pilotsim check, pilotsim schema."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pilotsim import __version__
from pilotsim.errors import PilotsimError

if TYPE_CHECKING:
    from pilotsim.check import Check
    from pilotsim.flow import Flow
    from pilotsim.values import Text

FAULT, FALLS_SHORT, INTERRUPTED = 2, 3, 130


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="pilotsim")
def commands() -> None:
    """Simulate a labour-market pilot before it starts, and see which of its targets can be met.

    Start with:  pilotsim check configs/alna_aktiv.yaml
    """


@commands.command()
@click.argument("flow_file", metavar="FLOW", type=click.Path(path_type=Path))
@click.option("--replications", "-n", type=click.IntRange(1, 1_000_000), default=400, show_default=True, help="Runs per verdict.")
@click.option("--what-if-replications", type=click.IntRange(2, 1_000_000), help="Runs per change. [default: a tenth, 20 at least]")
@click.option("--what-if/--no-what-if", default=True, help="Whether to ask what holds the targets back.")
@click.option("--seed", type=click.IntRange(0, 2**63 - 1), default=1, show_default=True, help="The same seed, the same results.")
@click.option("--set", "changes", metavar="PATH=VALUE", multiple=True, help="Change an entry for this run; may be repeated.")
@click.option("--scenario", metavar="NAME", help="Run a scenario of the flow file.")
@click.option("--fixed", is_flag=True, help="All assumptions at their values; otherwise each is drawn once per run.")
@click.option("--jobs", "-j", type=click.IntRange(-1), default=-1, show_default=True, help="Processes at once; -1: one a core.")
@click.option("--engine", type=click.Choice(["kernel", "process"]), help="Compiled or readable. [default: the fastest there is]")
@click.option("--json", "json_file", type=click.Path(path_type=Path, dir_okay=False), help="Write the results as JSON.")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="Write figures, tables and a page into a folder.")
@click.option("--language", type=click.Choice(["nb", "en"]), envvar="PILOTSIM_LANGUAGE", default="nb", show_default=True)
@click.option("--strict", is_flag=True, help="End with code 3 where a target falls short.")
def check(flow_file: Path, changes: tuple[str, ...], scenario: str | None, json_file: Path | None, out: Path | None,
          language: str, strict: bool, what_if: bool, **options: Any) -> None:  # fmt: skip
    """Say which targets of FLOW can be met, and what holds each back."""
    _check_places(json_file, out)
    flow, says = _read(flow_file, changes, scenario)
    found = _run(flow, says, what_if, language, options)
    from rich.console import Console

    from pilotsim.screen import falls_short, show_check

    show_check(found, Console(highlight=False, width=None if sys.stdout.isatty() else 160), language)
    if json_file is not None:
        from pilotsim.export import write_json

        write_json(found, json_file)
        click.echo(f"\nJSON: {json_file}")
    if out is not None:
        from pilotsim.report import write_report

        write_report(found, out, language, command=_command())
        click.echo(f"\n{'Side og figurer' if language == 'nb' else 'Page and figures'}: {out / 'index.html'}")
    if strict and falls_short(found):
        raise SystemExit(FALLS_SHORT)


def _check_places(json_file: Path | None, out: Path | None) -> None:
    """Raise an error for a place that cannot be written to, before anything is run."""
    for place in (json_file, out):
        if place is not None and not os.access(_nearest(place.absolute()), os.W_OK):
            raise PilotsimError(f"cannot write to {place}: no such folder, or no right to write there")
    if json_file is not None and not json_file.absolute().parent.is_dir():
        raise PilotsimError(f"cannot write {json_file}: there is no folder {json_file.parent}")


def _nearest(place: Path) -> Path:
    return place if place.exists() or place == place.parent else _nearest(place.parent)


def _read(flow_file: Path, changes: tuple[str, ...], scenario: str | None) -> tuple[Flow, Text | None]:
    from pilotsim.read import build_flow, read_document
    from pilotsim.scenario import apply_changes, read_change, scenario_changes

    document = read_document(flow_file)
    flow = build_flow(document)
    says, changed = scenario_changes(flow, scenario) if scenario else (None, {})
    wanted = {**changed, **dict(read_change(change) for change in changes)}
    return (apply_changes(document, wanted) if wanted else flow), says


def _run(flow: Flow, says: Text | None, what_if: bool, language: str, options: dict[str, Any]) -> Check:
    from pilotsim.check import check_targets, count_runs
    from pilotsim.engines import prepare

    few = options["what_if_replications"]
    for line in prepare(options["engine"]):
        click.echo(line, err=True)
    with _progress(count_runs(flow, options["replications"], few, what_if=what_if), language) as advance:
        return check_targets(flow, what_if=what_if, scenario=says, progress=advance, **options)


class _progress:  # noqa: N801
    """A progress bar on the error stream, where somebody looks at it."""

    def __init__(self, total: int, language: str) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        console = Console(stderr=True)
        self._bar = Progress(TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(),
                             console=console, transient=True, disable=not console.is_terminal)  # fmt: skip
        self._task = self._bar.add_task("Simulerer" if language == "nb" else "Simulating", total=total)

    def __enter__(self) -> Callable[[int], None]:
        self._bar.start()
        return lambda done: self._bar.advance(self._task, done)

    def __exit__(self, *_: object) -> None:
        self._bar.stop()


def _command() -> str:
    import shlex

    return "pilotsim " + shlex.join(sys.argv[1:])


@commands.command()
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Write to a file instead of the screen.")
def schema(out: Path | None) -> None:
    """Print the JSON schema of flow files, by which editors complete and check them."""
    from pilotsim.export import schema_text

    if out is None:
        click.echo(schema_text(), nl=False)
    else:
        out.write_text(schema_text(), encoding="utf-8")


def main(arguments: list[str] | None = None) -> None:
    """Run the command line; end with 0, 2 for a fault in the input, 3 where a target falls short, 130 if interrupted."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")
    try:
        commands.main(args=arguments, standalone_mode=False)
    except click.exceptions.Abort:
        sys.exit(INTERRUPTED)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    except click.ClickException as fault:
        fault.show()
        sys.exit(FAULT)
    except (PilotsimError, OSError) as fault:
        click.echo(str(fault), err=True)
        sys.exit(FAULT)


if __name__ == "__main__":
    main()
