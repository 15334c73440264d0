"""What a user waits for: the first result, the help, imports, and the one compilation."""

from __future__ import annotations

import re
import resource
import sys
from collections import Counter
from collections.abc import Iterator
from statistics import median
from tempfile import TemporaryDirectory

from benchmarks.alna import FLOW_FILE
from benchmarks.child import ROOT, pilotsim_command, time_command
from benchmarks.effort import Effort
from benchmarks.machine import load
from benchmarks.results import Result, at_most, in_time

WARM_UP = "from pilotsim.simulation.engines.compiled.engine import warm_up; warm_up()"
IMPORTS = (
    "import pilotsim",
    "import pilotsim.cli",
    "import pilotsim.judge.check",
    "import pilotsim.simulation.engines.compiled.engine",
)
_LINE = re.compile(r"import time:\s+(\d+) \|\s+(\d+) \|\s+(\S+)")


def first_result(effort: Effort) -> Iterator[Result]:
    """Yield how long a check of Alna takes, everything compiled: verdicts and all what-ifs."""
    python([WARM_UP])
    flow = str(FLOW_FILE.relative_to(ROOT))
    command = [*pilotsim_command(), "check", flow, "--replications", str(effort.check_replications)]
    busy = load()
    before = _processor_seconds()
    seconds, _ = time_command(command)
    half = (_processor_seconds() - before) / 2
    bound = at_most(8) if effort.check_replications == 1000 else None
    yield _alone(
        f"pilotsim check, {effort.check_replications:,} replications, all what-ifs",
        [seconds],
        bound,
        busy,
    )
    yield _alone(
        "The same by processor time: the least that two cores without other work need",
        [half],
        None,
        "Half the processor time of all its processes.",
    )


def _processor_seconds() -> float:
    """Return the processor time of all processes that were started and have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def help_page(effort: Effort) -> Iterator[Result]:
    """Yield how long the help takes."""
    seconds = [time_command([*pilotsim_command(), "--help"])[0] for _ in range(2 * effort.rounds)]
    yield _alone("pilotsim --help", seconds, at_most(0.3), "")


def imports(effort: Effort) -> Iterator[Result]:
    """Yield how long imports take beyond Python's own start, and which packages take it."""
    for statement in IMPORTS:
        found = [_import_times(statement) for _ in range(effort.rounds)]
        totals = [sum(times.values()) for times in found]
        heaviest = Counter(
            {name: median(times[name] for times in found) for name in found[0]}
        ).most_common(5)
        note = (
            "Most of it: "
            + ", ".join(f"{name} {in_time(seconds)}" for name, seconds in heaviest)
            + "."
        )
        yield _alone(statement, totals, None, note)


def _import_times(statement: str) -> Counter[str]:
    """Return the seconds that each top-level package adds to an import, its own modules only."""
    times: Counter[str] = Counter()
    for text, sign in ((statement, 1), ("pass", -1)):
        _, written = time_command([sys.executable, "-X", "importtime", "-c", text])
        for own, _, module in _LINE.findall(written):
            times[module.partition(".")[0]] += sign * int(own) * 1e-6
    return times


def compilation(effort: Effort) -> Iterator[Result]:
    """Yield how long the first use takes on a machine, and the next one."""
    with TemporaryDirectory() as folder:
        first = python([WARM_UP], {"NUMBA_CACHE_DIR": folder})
        later = [python([WARM_UP], {"NUMBA_CACHE_DIR": folder}) for _ in range(effort.rounds)]
    yield _alone(
        "Compiling the engine, nothing cached",
        [first],
        at_most(15),
        "Imports included; once on a machine.",
    )
    yield _alone(
        "Loading the compiled engine", later, None, "Imports included; once in every process."
    )


def python(statements: list[str], environment: dict[str, str] | None = None) -> float:
    """Return the seconds that Python takes for some statements."""
    return time_command([sys.executable, "-c", "\n".join(statements)], environment)[0]


def _alone(name: str, seconds: list[float], bound: object, note: str) -> Result:
    middle = median(seconds)
    several = len(seconds) > 1
    return Result(
        name,
        in_time(middle),
        "",
        middle,
        "s",
        low=min(seconds) if several else None,
        high=max(seconds) if several else None,
        bound=bound,
        note=note,
    )
