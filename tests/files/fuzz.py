"""Valid files of every kind made faulty at random: each is read, or refused in words, at once.

``python -m tests.files.fuzz --mutants 50000`` tries so many and says what came of them. What may stand
in a file is taken from the schemas that editors complete by; a new kind of schema wants a file here.
"""

from __future__ import annotations

import argparse
import copy
import json
import random
import resource
import signal
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from pilotsim.base.errors import PilotsimError
from pilotsim.cli.schema import schema, schema_text
from pilotsim.evaluation.preanalysis_plan import read_plan
from pilotsim.evaluation.reading import read_evaluation
from pilotsim.evaluation.register import read_register
from pilotsim.evaluation.register.mapping import read_mapping
from pilotsim.experiments.optimise.reading import read_problem
from pilotsim.experiments.portfolio.reading import read_portfolio
from pilotsim.experiments.study import read_study
from pilotsim.files.reading import read_flow
from pilotsim.learning.mapping import read_event_mapping
from pilotsim.measures.monthly_counts import calendar_months
from pilotsim.model.flow import Flow
from pilotsim.monitoring.departures import flows_of_departures
from pilotsim.monitoring.mapping import CountsMapping, read_counts_mapping
from tests.evaluation.norwegian_extracts import MAPPING
from tests.evaluation.pilots import IN_WORK, pilot_flow
from tests.evaluation.registers import content_of
from tests.experiments.optimise.small import FLOW as FLOW_OF_PLACES
from tests.experiments.optimise.small import SOLVE
from tests.experiments.portfolio.small import FILES
from tests.experiments.study.small import FLOW, STUDY
from tests.files.small_stays import FLOW as FLOW_OF_STAYS
from tests.files.small_stays import STAYS
from tests.files.small_table import FLOW as FLOW_OF_A_TABLE
from tests.files.small_table import TABLE
from tests.monitoring.small import COUNTS, WATCHED, small_pilot

SECONDS = 10  # in which each is to be read or refused
GIGABYTES = 1
EVALUATION = {
    "evaluation": "test",
    "title": "Test",
    "flow": "pilot.yaml",
    "population": {"groups": "clients"},
    "treatment": "training",
    "inquiries": IN_WORK,
    "answers": {"difference": {"estimator": "difference", "inquiry": "in_work"}},
    "designs": {"lottery": {"lottery": {"share": "50 %"}, "answers": "difference"}},
    "draws": 20,
}
EVENTS = {
    "event_mapping": "office",
    "form": "events",
    "events": {
        "Sent": {"enters": "desk"},
        "In": {"starts": "desk"},
        "Done": {"leaves": "desk", "to": "work", "cause": "finished"},
    },
    "left_out": ["Called"],
}
REGISTER = "client,month,status,offered,started,assigned,age\n" + "".join(
    f"k{client},2015-{month:02d},assistance,2015-03,,{client % 2},{30 + client}\n"
    for client in range(4)
    for month in range(1, 5)
)
# What stands beside the file that is made faulty, by name.
BESIDE = {
    "small.yaml": FLOW,
    "places.yaml": FLOW_OF_PLACES,
    "talks.yaml": FLOW_OF_A_TABLE,
    "course.yaml": FLOW_OF_STAYS,
    "pilot.yaml": json.dumps(pilot_flow()),
    **FILES,
}


def departures_of(mapping: CountsMapping) -> list[Flow]:
    """What a small flow becomes by the departures of a mapping, as `follow` makes them."""
    months = calendar_months(small_pilot().make_calendar())[0]
    return flows_of_departures(small_pilot(), mapping.departures(), COUNTS, months)


# Each kind: its file's name, a valid text, and what reads it (the file that takes it, for a module and a table).
Kind = tuple[str, str, Callable[[Path], object]]
KINDS: dict[str, Kind] = {
    "flow": ("small.yaml", FLOW, read_flow),
    "module": ("own.yaml", FILES["own.yaml"], lambda file: read_flow(file.with_name("flow.yaml"))),
    "study": ("study.yaml", STUDY, read_study),
    "solve": ("solve.yaml", SOLVE.replace("flow.yaml", "places.yaml"), read_problem),
    "evaluation": ("evaluation.yaml", json.dumps(EVALUATION), read_evaluation),
    "mapping": ("mapping.yaml", json.dumps(MAPPING), read_mapping),
    "event-mapping": ("events.yaml", json.dumps(EVENTS), read_event_mapping),
    "counts": ("counts.yaml", WATCHED, lambda file: departures_of(read_counts_mapping(file))),
    "portfolio": ("four.yaml", FILES["four.yaml"], read_portfolio),
    "plan": ("plan.json", json.dumps(content_of() | {"hash": "0" * 64}), read_plan),
    "register": ("register.csv", REGISTER, read_register),
    "values": ("numbers.csv", TABLE, lambda file: read_flow(file.with_name("talks.yaml"))),
    "stays": ("stays.csv", STAYS, lambda file: read_flow(file.with_name("course.yaml"))),
}
TABLES = ("register", "values", "stays")
# None of them as a value of its own kind; most of any.
VALUES: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 1, 3, 2.5, -2.5, 1e300, -1e300, 1e-300, 10**20, 10**39, 2**63),
    *("", " ", "x", "=cmd()", "[/x]", "<script>", "{x}", "{{}}", "%s", "\u00b2", "\u0663", "\uff11"),
    *("5 %", "101 %", "-5 %", "1e999", "nan", "inf", "NaN", "1_000", "0x10", "0301", "1,5", "1.5.5"),
    *("2 weeks", "2 wekes", "1e9 months", "15e9 months", "-1 day", "0 days", "1 day per month"),
    *("2015-02-30", "2015-13-01", "9999-12-31", "0001-01-01", "2015", "2015-01", "12:61", "mon-sun"),
    *("a + b", "1 / 0", "((((1))))", "2 ** 99999", "__import__('os')", "x" * 3000, "9" * 400),
    *([], {}, [[]], [{}], {"a": 1}, {"": ""}, ["a", 1, None], {"value": {"value": {"value": 1}}}),
    *({"value": 1, "low": 2, "high": 0}, {"value": "5 %", "low": "x"}, {"from": {"2015-01-01": 1}}),
    *("../../etc/passwd", "/dev/zero", "/dev/stdin", "small.yaml", ".", "nowhere.yaml"),
)  # fmt: skip
PIECES = (
    *("\t", "\x00", "\x1b", "\ufeff", "\u2028", "\udc80", "%", "&a ", "*a", "!!python/object:os.system "),
    *("!x ", "<<: ", "? ", "---\n", "...\n", "[", "{", "}", "]", ",", ":", "- ", "#", "|\n", ">\n", "'"),
    *('"', "\\", "@", "`", "\n", "  ", ";", "\r", "\r\r\n", '"\\ud800"', '"\\0"', "%YAML 9.9\n"),
)  # fmt: skip


def names_in(part: Any) -> Iterator[str]:
    """The keys that a schema knows, wherever they may stand."""
    if isinstance(part, dict):
        yield from part.get("properties", {})
        for own in part.values():
            yield from names_in(own)
    elif isinstance(part, list):
        for own in part:
            yield from names_in(own)


@cache
def known_keys(kind: str) -> tuple[str, ...]:
    has_schema = kind in kinds_of_schemas()
    content = json.loads(schema_text(kind)) if has_schema else {}
    return tuple(sorted(set(names_in(content)))) or ("client", "month", "status")


def kinds_of_schemas() -> tuple[str, ...]:
    """The kinds that `pilotsim schema` knows."""
    option = next(one for one in schema.params if one.name == "kind")
    return tuple(map(str, getattr(option.type, "choices", ())))


@cache
def content_of_kind(kind: str) -> Any:
    return YAML(typ="safe", pure=True).load(KINDS[kind][1])


def places_in(content: Any, above: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path of each entry below some content."""
    entries: Any = ()
    if isinstance(content, dict):
        entries = content.items()
    elif isinstance(content, list):
        entries = enumerate(content)
    for key, part in entries:
        yield (*above, key)
        yield from places_in(part, (*above, key))


def mutant(kind: str, seed: int) -> str:
    """A valid file of a kind, made faulty in one way or several."""
    draw = random.Random(f"{kind} {seed}")
    if kind in TABLES or draw.random() < 0.35:
        return _other_text(KINDS[kind][1], draw)
    content = copy.deepcopy(content_of_kind(kind))
    for _ in range(draw.choice((1, 1, 1, 2, 3))):
        _change(content, kind, draw)
    text = json.dumps(content, ensure_ascii=draw.random() < 0.2, default=str)
    return _other_text(text, draw) if draw.random() < 0.1 else text


def _change(content: Any, kind: str, draw: random.Random) -> None:
    places = list(places_in(content))
    if not places:
        return
    *above, key = draw.choice(places)
    here = content
    for one in above:
        here = here[one]
    way = draw.randrange(8)
    if way == 0:
        del here[key]
    elif way == 1 and isinstance(here, dict):
        here[draw.choice((f"{key}q", key.upper(), "", draw.choice(known_keys(kind))))] = here.pop(
            key
        )
    elif way == 2 and isinstance(here, dict):
        here[draw.choice(known_keys(kind))] = copy.deepcopy(draw.choice(VALUES))
    elif way == 3:
        *path, last = draw.choice(places)
        other = content
        for one in path:
            other = other[one] if isinstance(other, dict | list) else {}
        here[key] = copy.deepcopy(other[last]) if isinstance(other, dict) and last in other else []
    elif way == 4:
        here[key] = {draw.choice(known_keys(kind)): copy.deepcopy(here[key])}
    elif way == 5:
        here[key] = [copy.deepcopy(here[key])] * draw.choice((0, 1, 2, 50))
    elif way == 6:
        deep: Any = here[key]
        for _ in range(draw.choice((3, 30, 200))):
            deep = [deep] if draw.random() < 0.5 else {"a": deep}
        here[key] = deep
    else:
        here[key] = copy.deepcopy(draw.choice(VALUES))


def _other_text(text: str, draw: random.Random) -> str:
    way = draw.randrange(9)
    place = draw.randrange(len(text))
    if way == 0:
        return text[:place]
    if way == 1:
        return text[:place] + text[place + draw.randrange(1, 40) :]
    if way == 2:
        words = draw.choice(VALUES)
        return text[:place] + str(words) + text[place:]
    if way == 3:
        return text[:place] + draw.choice(PIECES) * draw.choice((1, 2, 500)) + text[place:]
    if way == 4:
        return draw.choice(("[", "{", "- ", "? ", "a: ", "[{a: ")) * draw.choice((10, 2000)) + text
    if way == 5:
        return bomb(draw.choice((3, 9))) + text
    if way == 6:
        other = draw.randrange(len(text))
        low, high = sorted((place, other))
        return text[:low] + text[low:high] * draw.choice((0, 2, 9)) + text[high:]
    if way == 7:
        return "".join(draw.choice(PIECES) if draw.random() < 0.02 else sign for sign in text)
    return text.replace(
        *draw.choice(((",", ";"), (":", " "), ("\n", "\r\n"), ("1", "\u0661"), ("\n", "")))
    )


def bomb(levels: int) -> str:
    """Aliases in aliases, which unfold to ten to the power of `levels` words."""
    lines = ["a0: &a0 [x, x]"]
    for level in range(1, levels + 1):
        inner = ", ".join([f"*a{level - 1}"] * 10)
        lines.append(f"a{level}: &a{level} [{inner}]")
    return "\n".join(lines) + "\n"


class TooSlow(BaseException):
    """No reader may catch it."""


def _too_slow(*_: object) -> None:
    raise TooSlow


def outcome(kind: str, text: str, folder: Path) -> str:
    """What came of a text: read, refused, or what it ended in with its place."""
    name, _, read = KINDS[kind]
    for beside, content in BESIDE.items():
        if not (folder / beside).exists():
            (folder / beside).write_text(content, encoding="utf-8")
    file = folder / name
    file.write_bytes(text.encode("utf-8", "surrogatepass"))
    signal.signal(signal.SIGALRM, _too_slow)
    signal.alarm(SECONDS)
    try:
        read(file)
    except PilotsimError as fault:
        return "refused" if str(fault).strip() else "refused without a word"
    except TooSlow:
        return f"more than {SECONDS} seconds"
    except BaseException as fault:
        last = traceback.extract_tb(fault.__traceback__)[-1]
        return f"{type(fault).__name__} in {Path(last.filename).name}:{last.lineno}: {fault}"[:160]
    finally:
        signal.alarm(0)
        if name in BESIDE:
            file.write_text(BESIDE[name], encoding="utf-8")
    return "read"


def tried(kinds: list[str], seeds: range) -> Iterator[tuple[str, int, str]]:
    """What came of each mutant: its kind, its number, and `outcome`."""
    with tempfile.TemporaryDirectory() as folder:
        for seed in seeds:
            for kind in kinds:
                yield kind, seed, outcome(kind, mutant(kind, seed), Path(folder))


def main() -> None:
    """Try so many mutants, and say what came of them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mutants", type=int, default=1100)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--out", type=Path)
    asked = parser.parse_args()
    size = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    each = -(-asked.mutants // len(KINDS))
    counts: Counter[tuple[str, str]] = Counter()
    began, findings = time.monotonic(), []
    for kind, seed, found in tried(list(KINDS), range(asked.first, asked.first + each)):
        counts[kind, found if found in ("read", "refused") else "at fault"] += 1
        if found not in ("read", "refused"):
            findings.append(f"{kind} {seed}: {found}")
            print(findings[-1], flush=True)
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - size) / 1024**2
    lines = [
        f"{each * len(KINDS):,} mutants, numbers {asked.first} to {asked.first + each - 1} of each kind"
    ]
    lines += [
        f"{kind}: {counts[kind, 'read']} read, {counts[kind, 'refused']} refused, "
        f"{counts[kind, 'at fault']} at fault"
        for kind in KINDS
    ]
    lines += [f"memory grew by less than {GIGABYTES} GB: {grown < GIGABYTES}", *findings]
    print("\n".join(lines), f"{time.monotonic() - began:.0f} s", sep="\n")
    if asked.out:
        asked.out.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
