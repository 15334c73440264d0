"""The command line: one module for each command, imported when it is asked for."""

from __future__ import annotations

import os
import sys
from importlib import import_module
from io import StringIO

import click

from pilotsim import __version__
from pilotsim.base.errors import PilotsimError, did_you_mean, message_of_fault
from pilotsim.base.languages import LANGUAGES
from pilotsim.base.messages import Message
from pilotsim.cli.options import LANGUAGE_OF_MESSAGES
from pilotsim.cli.shared import FAULT, INTERRUPTED, UNFORESEEN
from pilotsim.cli.spoken import TranslatedGroup, find_language, speak, spoken_language, tell
from pilotsim.language.catalogue import say, translate, translate_error, translate_help

# Each command is the function of this name in the module of this name; in the order of a project.
COMMANDS = {
    "new": "Make a first flow file, by a dozen questions or from a template.",
    "check": "Which targets of a flow can be met, and what holds them back.",
    "report": "A decision paper, a workbook and slides of a flow.",
    "compare": "Two plans beside each other: what differs, and what that changes.",
    "validate": "Hold a flow to the figures that were published.",
    "scoreboard": "Hold all flows to what was published; true tests first.",
    "calibrate": "Fit assumptions of a flow to published figures.",
    "learn": "The numbers of a flow from an event log or a register.",
    "values": "What of a flow can be set, by path and name.",
    "describe": "A page about a flow: what it rests on, what it shows.",
    "share": "One HTML file that answers whether to start, and runs in a browser.",
    "value": "What is worth finding out before deciding, and how.",
    "solve": "The least places, posts or months that are enough.",
    "run": "Carry out a study, or go on with it.",
    "portfolio": "Several districts run together, and their sum.",
    "merge": "Put the parts of a study together.",
    "analyse": "Work out a study's analysis again.",
    "follow": "Hold a pilot that runs against its plan, month by month.",
    "evaluate": "What each design of an evaluation could see.",
    "plan": "Write the pre-analysis plan of an evaluation.",
    "register": "Check or mend a register extract.",
    "estimate": "Analyse a register by its plan.",
    "pool": "Results of several districts or pilots together.",
    "verify": "Whether flows come to the same here as where the program was made.",
    "docs": "What there is to read, and where it lies.",
    "schema": "What editors complete and check files by.",
}
NO_MEMORY = Message(
    "there is not enough memory for this; fewer clients, runs or processes at once (--jobs) need "
    "less"
)
# What some commands are called in Norwegian and Swedish as well.
ALSO_CALLED = {"ny": "new", "sammenlign": "compare"}


class Commands(TranslatedGroup):
    """Commands that are imported when they are asked for, so that the program starts at once."""

    def list_commands(self, context: click.Context) -> list[str]:
        """Return the commands in the order of a project."""
        return list(COMMANDS)

    def get_command(self, context: click.Context, name: str) -> click.Command:
        """Return a command; an unknown name is answered with the one that was probably meant."""
        name = ALSO_CALLED.get(name, name)
        if name not in COMMANDS:
            message = Message(
                "no command '{name}'{meant}", name=name, meant=did_you_mean(name, COMMANDS)
            )
            raise click.UsageError(translate(message, spoken_language()), context)
        command: click.Command = getattr(import_module(f"pilotsim.cli.{name}"), name)
        return command

    def format_commands(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        """Write what each command is for, without importing any."""
        language = spoken_language()
        with formatter.section(translate_help("Commands", language)):
            formatter.write_dl(
                [(name, translate_help(what, language)) for name, what in COMMANDS.items()]
            )


@click.group(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    invoke_without_command=True,
)
@click.version_option(__version__, prog_name="pilotsim", message="%(prog)s %(version)s")
@LANGUAGE_OF_MESSAGES
@click.pass_context
def commands(context: click.Context) -> None:
    """Simulate a labour-market pilot before it starts, and see which of its targets can be met.

    Start with:  pilotsim new
    """
    if context.invoked_subcommand is None:
        tell(say("begin_here", spoken_language()))


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and exit with its status.

    The status is 0, 2 for a fault in the input, 3 where a target falls short, 70 for a mistake of
    the program, 130 if interrupted.
    """
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # The program was started with that stream closed.
            setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_WRONLY), "w"))
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")
    arguments = sys.argv[1:] if arguments is None else arguments
    speak(LANGUAGES[0])
    try:
        speak(find_language(arguments, os.environ))
        commands.main(args=arguments, standalone_mode=False)
        sys.stdout.flush()
    except click.exceptions.Abort:
        sys.exit(INTERRUPTED)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    except click.ClickException as fault:
        said = StringIO()
        fault.show(said)
        tell(said.getvalue(), err=True, nl=False)
        sys.exit(FAULT)
    except PilotsimError as fault:
        tell(translate_error(fault, spoken_language()), err=True)
        sys.exit(FAULT)
    except BrokenPipeError:
        # Whoever reads has seen enough; nothing more can be printed, at the end neither.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(FAULT)
    except OSError as fault:
        tell(translate(message_of_fault(fault), spoken_language()), err=True)
        sys.exit(FAULT)
    except MemoryError:
        tell(translate(NO_MEMORY, spoken_language()), err=True)
        sys.exit(FAULT)
    except Exception as fault:
        from pilotsim.cli.unforeseen import tell_unforeseen

        tell(translate(tell_unforeseen(fault, arguments), spoken_language()), err=True)
        sys.exit(UNFORESEEN)
