"""One HTML file that answers whether to start, and runs the flow wherever it is opened."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from gzip import compress
from hashlib import sha256
from html import escape
from pathlib import Path
from typing import Any

from pilotsim import __version__
from pilotsim.base.arguments import checks_arguments
from pilotsim.base.errors import RequestError
from pilotsim.base.files import digest_of, write_whole
from pilotsim.base.languages import LANGUAGES
from pilotsim.base.messages import Message
from pilotsim.files.decided import decided_of
from pilotsim.files.value_tables import table_files
from pilotsim.judge.check import Check
from pilotsim.judge.economy import SPENT
from pilotsim.judge.effect_totals import STATES
from pilotsim.judge.settings_ahead import TriedSetting
from pilotsim.judge.words import LIKELY_FROM, VERDICTS
from pilotsim.language.catalogue import catalogue_of, say
from pilotsim.language.changes import ToldChange
from pilotsim.language.numbers import format_number
from pilotsim.model.flow import Flow
from pilotsim.model.steady import SteadyInflow
from pilotsim.output.live.ahead import AHEAD_WORDS, ahead_setup, ahead_words
from pilotsim.output.live.bench_lines import BENCH_WORDS
from pilotsim.output.live.built_in import BuiltInOptions
from pilotsim.output.live.charts import LOSSES, charted, words_of_charts
from pilotsim.output.live.content import Content
from pilotsim.output.live.decision import answer_of_grade
from pilotsim.output.live.levers import inflow_of, levers_of, options_by_numbers, units_of_values
from pilotsim.output.live.own_numbers import OWN_WORDS, own_setup, own_words
from pilotsim.output.live.prices import AskedPrices
from pilotsim.output.live.stage_map import rows_of_stages
from pilotsim.output.live.zipped import zipped_page
from pilotsim.output.sentences.changes import changes_of
from pilotsim.output.views.economy import money_words
from pilotsim.portable import LAYOUT, LIBRARIES, MODEL_LIBRARIES, MODULE
from pilotsim.portable.bundle import bundle, script_for
from pilotsim.portable.description import MAX_REPLICATIONS, describe_flow
from pilotsim.portable.packing import check_portable, pack
from pilotsim.portable.variants import pack_variants
from pilotsim.simulation.number_columns import can_be_compiled

__all__ = ["LivePage", "check_sharing", "write_live_page"]

HERE = Path(__file__).parent
# What the library is called in the page, and what the page's own modules are.
LIBRARY, OWN = "pilotsim", "live"
SCRIPTS = (*LIBRARIES, *MODEL_LIBRARIES)
# The modules of the page, each after those that it imports from.
MODULE_NAMES = (
    *(
        "elements",
        "people",
        "answers",
        "standing",
        "entered",
        "targets",
        "money",
        "outcomes",
        "shapes",
        "chart",
        "address",
        "decisions",
        "settings_file",
        "inflow",
        "kept_plans",
        "steps",
        "lever_field",
        "search",
        "workbench",
    ),
    *("dates", "course", "animation", "losses", "over_time", "charts"),
    *("following", "balance", "scaling", "own_answer", "own_numbers", "ahead"),
)
MODULES = tuple(HERE / f"{name}.mjs" for name in MODULE_NAMES)
# What is said of each kind of measure of which it is told where clients drop out.
OF_LOSSES = ("says", "tried", "met", "otherwise")
# What the script says, by its key in the catalogue.
WORDS = (
    "live_go_on",
    "live_progress",
    "live_getting_ready",
    "live_ready",
    "live_running",
    "live_done",
    "live_stopped",
    "live_stopped_one",
    "live_stopped_before",
    "live_no_webassembly",
    "live_refused",
    "live_failed",
    "met_anyway",
    "at_least_so_much",
    "answer_as_many",
    "answer_one_more",
    "answer_one_fewer",
    "answer_more",
    "answer_fewer",
    "answer_chance",
    "answer_chance_few",
    "people_one",
    "people_either",
    "people_more",
    "people_fewer",
    "people_up_to_more",
    "people_up_to_fewer",
    "start_yes",
    "start_even",
    "start_no",
    "start_allowed",
    "start_cannot_judge",
    "start_chance",
    "start_chance_anyway",
    "start_target",
    "start_planned",
    "start_more_choose",
    "start_remove",
    "start_plan",
    "start_now",
    "start_kept",
    "start_outcome",
    "start_targets_met",
    "start_so_many_of",
    "start_spent",
    "start_net",
    "start_maybe_chance",
    "start_same",
    "start_against",
    "start_how_sure",
    "decision_rounded",
    "start_not_possible",
    "start_too_large",
    "start_chart",
    "start_running",
    "start_compared",
    *("stands_still", "stands_holding", "stands_waiting", "stands_room", "stands_units"),
    "never_starts",
    *("start_plan_alone", "under_one", "support_bounded", "support_undecided"),
    *("support_undefined", "support_left", "support_not_known", "support_left_out"),
    *("support_waiting", "support_under_way", "support_going_on", "support_cut_off"),
    *("see_play", "see_pause", "see_clock", "see_plan", "see_setting", "see_here_waiting"),
    *("see_nobody", "see_says", "see_none_waits", "see_one_waits", "see_waits"),
    *("see_here", "see_of_them_wait"),
    *("charts_of_plan", "charts_of_pair", "charts_plan", "charts_tried", "charts_numbers"),
    *("charts_head_plan", "charts_head_tried", "losses_bound", "losses_reading", "losses_most"),
    *(f"losses_{kind}_{what}" for kind in LOSSES for what in OF_LOSSES),
    *("losses_waiting", "losses_there", "losses_never", "losses_finished", "losses_drawn"),
    *("losses_turned_away", "losses_risk", "losses_rest", "losses_where", "losses_of_hundred"),
    *("losses_sum", "losses_empty", "over_time_waits", "over_time_use", "over_time_month"),
    *("over_time_mean", "over_time_wait_most", "over_time_wait_tried", "over_time_use_most"),
    *("over_time_use_tried", "waits_short", "over_time_full", "support_overbooked", "and"),
)
ALL_WORDS = (*WORDS, *BENCH_WORDS, *OWN_WORDS, *AHEAD_WORDS)
# How phrases that count the runs are said of one.
OF_ONE = {"live_progress": "live_progress_one", "live_done": "live_done_one"}


def check_sharing(flow: Flow, replications: int = 1) -> None:
    """Refuse a flow that a page cannot answer about.

    Parameters
    ----------
    flow : Flow
        What the page would run.
    replications : int
        How many runs it would judge.

    Raises
    ------
    RequestError
        The flow has no targets, it or its numbers are for Python alone, or there are more runs than
        a page judges.
    """
    if replications > MAX_REPLICATIONS:
        raise RequestError(
            Message(
                "a page judges {most} runs at the most, and these are {runs}",
                most=MAX_REPLICATIONS,
                runs=replications,
            )
        )
    if not flow.targets:
        raise RequestError(
            Message("the flow has no targets, so a page that runs it would have nothing to show")
        )
    check_portable(flow)
    if not can_be_compiled(flow):
        steady = [one.path for one in flow.followers if isinstance(one, SteadyInflow)]
        raise RequestError(
            Message(
                "a page cannot work out what holds a stock steady: {paths}; give the number "
                "itself with --set",
                paths=", ".join(steady),
            )
        )


class LivePage:
    """A check as a page that decides, and runs its flow.

    Parameters
    ----------
    check : Check
        What the page says before anybody moves anything: its flow, with what was changed in it,
        is what the page runs, with the seed and as many runs.
    tried : sequence of TriedSetting
        Other settings that were tried beforehand, for who cannot run them.
    source : Path, optional
        The file that the flow stands in.
    built_in : BuiltInOptions, optional
        What a reader can decide besides numbers; only what numbers make, unless given.
    asked : AskedPrices, optional
        Prices that were added to the flow of the check so that a reader can fill them in.

    Raises
    ------
    RequestError
        The flow cannot be shared (see `check_sharing`), or there are more runs than a page judges.
    """

    @checks_arguments
    def __init__(
        self,
        check: Check,
        *,
        tried: Sequence[TriedSetting] = (),
        source: Path | None = None,
        built_in: BuiltInOptions | None = None,
        asked: AskedPrices | None = None,
    ) -> None:
        check_sharing(check.flow, check.replications)
        self.check = check
        self.flow = check.flow
        self.tried = tried
        self.source = source
        self.built_in = built_in
        self.asked = asked or AskedPrices(check.flow)
        # What nobody has stated yet is asked for, and not told as an amount.
        self.told = replace(check, economy=None) if self.asked.paths else check
        self.packed = pack(check.flow, answer=True)
        self.variants = [] if built_in is None else built_in.variants()

    def html(self, language: str) -> str:
        """Return the page.

        Parameters
        ----------
        language : str
            The language of its text before a reader takes another, one of `LANGUAGES`.
        """
        contents = {
            code: Content(self.told, code, self.stands_for, self.tried, self.asked)
            for code in dict.fromkeys((language, *LANGUAGES))
        }
        body = {code: "\n".join(content.lines()) for code, content in contents.items()}
        style = (HERE / "page.css").read_text(encoding="utf-8")
        places = dict.fromkeys((file.stem for file in SCRIPTS), LIBRARY)
        own = places | dict.fromkeys((file.stem for file in MODULES), OWN)
        scripts = {
            "library": bundle(SCRIPTS, LIBRARY),
            "page-script": bundle(MODULES, OWN, places) + script_for(HERE / "page.mjs", own),
        }
        policy = "; ".join(
            [
                "default-src 'none'",
                f"script-src {' '.join(map(_hash, scripts.values()))} 'wasm-unsafe-eval'",
                f"style-src {_hash(style)}",
                "worker-src blob:",
                "base-uri 'none'",
                "form-action 'none'",
            ]
        )
        texts = {code: content.texts for code, content in contents.items()}
        setup = self._setup(language, texts)
        held = {
            "module": MODULE.read_bytes(),
            "layout": LAYOUT.read_bytes(),
            "packed": self.packed,
            "variants": pack_variants(self.flow, self.variants, LANGUAGES, answer=True),
            "setup": json.dumps(setup, ensure_ascii=False, allow_nan=False).encode(),
        }
        lines = [
            "<!DOCTYPE html>",
            f'<html lang="{escape(language)}">',
            "<head>",
            '<meta charset="utf-8"/>',
            f'<meta http-equiv="Content-Security-Policy" content="{escape(policy)}"/>',
            '<meta name="viewport" content="width=device-width, initial-scale=1"/>',
            '<meta name="color-scheme" content="light dark"/>',
            f'<meta name="generator" content="pilotsim {__version__}"/>',
            contents[language].title,
            f"<style>{style}</style>",
            "</head>",
            "<body>",
            body[language],
            *(_block(name, content) for name, content in held.items()),
            *(f'<script id="{name}">{text}</script>' for name, text in scripts.items()),
            "</body>",
            "</html>",
        ]
        return "\n".join(lines) + "\n"

    def zipped(self, language: str) -> bytes:
        """Return a zip file with the page and a note on how it is opened.

        Parameters
        ----------
        language : str
            As for `html`; the language of the note.
        """
        name, digest = self.stands_for
        made = say(
            "start_made_by",
            language,
            flow=name,
            digest=digest,
            version=__version__,
            seed=str(self.check.seed),
            runs=format_number(self.check.replications, language, 0),
        )
        title = self.flow.title.in_language(language)
        page = f"{self.flow.flow}.html"
        return zipped_page(self.html(language), page, language, title=title, made=made)

    def _setup(self, language: str, texts: dict[str, list[str]]) -> dict[str, Any]:
        """Return what the script goes by."""
        name, digest = self.stands_for
        scenario, effect, economy = self.check.scenario, self.check.effect, self.check.economy
        own = self.built_in
        statuses = json.loads(LAYOUT.read_text(encoding="utf-8"))["statuses"]
        choices = options_by_numbers(self.flow) if own is None else own.choices()
        return {
            "of": {
                "file": name,
                "digest": digest,
                "scenario": scenario and scenario.in_language("en"),
                "changes": [_change_record(change, language) for change in changes_of(self.check)],
            },
            # As text: a number of JSON is exact for 53 bits only.
            "seed": str(self.check.seed),
            "fixed": self.check.fixed,
            "replications": self.check.replications,
            "language": language,
            "languages": {
                code: {
                    "texts": texts[code],
                    "words": {key: say(self._counted(key), code) for key in ALL_WORDS},
                    "own": own_words(self.check, code, self.asked),
                    "ahead": ahead_words(self.told, self.tried, code),
                    "money": money_words(self.flow.currency, code),
                    "states": {state: say(f"answer_{state}", code) for state in STATES},
                    "choices": _choices_in(self.flow, choices, code)
                    if own is None
                    else own.words(code),
                    "dates": {
                        "day": catalogue_of(code).numbers.day,
                        "months": say("months", code).split(),
                    },
                    "charts": words_of_charts(self.check, code),
                    "description": describe_flow(self.flow, code),
                }
                for code in LANGUAGES
            },
            "levers": [one.to_plain() for one in levers_of(self.check)],
            "choices": choices,
            "inflow": inflow_of(self.flow),
            "variants": {} if own is None else own.apart(self.variants),
            "written": {} if own is None else own.written(),
            "own": own_setup(self.check, self.asked, self._when(choices)),
            "ahead": ahead_setup(self.check, self.tried),
            "units": units_of_values(self.flow),
            "stage_rows": rows_of_stages(self.flow),
            "charted": charted(self.check),
            "effect": effect and {"counted": effect.counted[0], "states": effect.states},
            "economy": economy
            and {
                "spent": [one.name for one in economy.lines if one.kind_of_money == SPENT],
                "all": [one.name for one in economy.lines],
                "has_net": economy.has_net,
            },
            "too_large": [statuses[name] for name in ("TOO_MANY_CLIENTS", "TOO_MANY_ROWS")],
            "likely_from": LIKELY_FROM,
            "answers": {grade.name: answer_of_grade(grade) for grade in VERDICTS},
        }

    def _when(self, choices: Mapping[str, Any]) -> list[str]:
        """Return the choices that say when it begins and how long it lasts."""
        places = () if self.built_in is None else self.built_in.place.values()
        return [choice for choice in places if choice in choices]

    def _counted(self, key: str) -> str:
        """Return the key of a phrase that counts the runs, for one or several."""
        return OF_ONE.get(key, key) if self.check.replications == 1 else key

    @property
    def stands_for(self) -> tuple[str, str]:
        """The file that the page stands for, and its digest; of no file, what was packed."""
        if self.source is None:
            return self.flow.flow, digest_of(self.packed)
        decided = decided_of(self.flow)
        tables = [] if decided is None else table_files(decided.document)
        parts = [self.source.read_bytes(), *(Path(one).read_bytes() for one in tables)]
        return self.source.name, digest_of(b"\n".join(parts))


@checks_arguments
def write_live_page(
    check: Check,
    file: Path,
    language: str = "nb",
    *,
    tried: Sequence[TriedSetting] = (),
    source: Path | None = None,
    built_in: BuiltInOptions | None = None,
    asked: AskedPrices | None = None,
) -> None:
    """Write a page that answers whether to start, and runs the flow wherever it is opened.

    Parameters
    ----------
    check : Check
        What the page says before anybody moves anything.
    file : Path
        The page.
    language : str
        The language that it opens in, one of `LANGUAGES`; a reader can take another.
    tried : sequence of TriedSetting
        Other settings that were tried beforehand, for who cannot run them.
    source : Path, optional
        The file that the flow stands in.
    built_in : BuiltInOptions, optional
        What a reader can decide besides numbers; only what numbers make, unless given.
    asked : AskedPrices, optional
        Prices that were added to the flow of the check so that a reader can fill them in.

    Raises
    ------
    RequestError
        The check cannot be a page (see `LivePage`), or the program does not speak this language.
    RunError
        The page cannot be written.
    """
    page = LivePage(check, tried=tried, source=source, built_in=built_in, asked=asked)
    write_whole(file, page.html(language).encode())


def _hash(text: str) -> str:
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"


def _block(name: str, content: bytes) -> str:
    """Return bytes as a block that no browser carries out; the same bytes give the same block."""
    packed = b64encode(compress(content, 9, mtime=0)).decode()
    return f'<script type="text/plain" id="{name}">{packed}</script>'


def _choices_in(flow: Flow, choices: Mapping[str, Collection[str]], language: str) -> Any:
    """Return what choices and their options are called."""
    return {
        name: {
            "says": flow.choices[name].says.in_language(language),
            "options": {
                option: flow.choices[name].options[option].says.in_language(language)
                for option in options
            },
        }
        for name, options in choices.items()
    }


def _change_record(change: ToldChange, language: str) -> dict[str, Any]:
    """Return what was changed with the fields that `check --json` has for it."""
    words = {"label": change.label, "before": change.before, "after": change.after}
    said = {key: text.in_language(language) for key, text in words.items()}
    return {"path": change.path, **said, "follows": change.follows}
