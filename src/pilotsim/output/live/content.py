"""What stands on the page of a flow, in one language: the decision first, details behind."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from html import escape
from itertools import groupby

from pilotsim import __version__
from pilotsim.base.errors import Notice
from pilotsim.base.languages import LANGUAGES
from pilotsim.judge.check import Check
from pilotsim.judge.settings_ahead import TriedSetting
from pilotsim.judge.verdicts import TargetReading, Verdict
from pilotsim.language.catalogue import catalogue_of, say, translate
from pilotsim.language.numbers import (
    format_number,
    format_probability_range,
    join,
)
from pilotsim.output.labels import (
    format_bound,
    format_chance,
    format_expected,
    format_expected_range,
    format_measured,
    is_reduction,
    source_of_question,
    word_of_verdict,
)
from pilotsim.output.live.animation import animation_lines
from pilotsim.output.live.beforehand import (
    ComparedCell,
    columns_of,
    plan_cells,
    runs_of,
    setting_in_words,
    subject_in_words,
    tried_cells,
)
from pilotsim.output.live.bench_lines import inflow_lines, kept_lines, search_lines
from pilotsim.output.live.charts import chart_lines
from pilotsim.output.live.decision import (
    StateChange,
    TargetAnswer,
    answers_of_targets,
    changes_by_state,
    headline_of,
    reason_of,
    what_to_do_first,
)
from pilotsim.output.live.glossary import glossary_lines
from pilotsim.output.live.own_numbers import own_lines, own_notice
from pilotsim.output.live.prices import AskedPrices
from pilotsim.output.live.reach import drawn_reach
from pilotsim.output.live.spoken_html import SpokenHtml
from pilotsim.output.sentences.changes import (
    change_lines,
    notice_line,
    notices_of,
    scenario_told,
)
from pilotsim.output.views.answer import basis_line, quoted, strength_lines
from pilotsim.output.views.economy import cost_sentences
from pilotsim.output.views.support import notes_beneath_target
from pilotsim.output.views.verdict_words import legend_notes

__all__ = ["Content"]

# Columns of the table of all readings that the script fills, by the key of the heading.
FILLED = ("expected", "range", "anyway", "chance", "verdict")

# What is said of accessibility, in this order; docs/accessibility.md says more.
ACCESS = ("tested", "unknown", "tell")


class Content:
    """The elements of a page in one language.

    Parameters
    ----------
    check : Check
        What the page says.
    language : str
        One of `LANGUAGES`.
    stands_for : tuple of (str, str)
        The file that it stands for, and its digest.
    tried : sequence of TriedSetting
        Other settings that were tried beforehand.
    asked : AskedPrices, optional
        Prices that a reader can fill in.
    """

    def __init__(
        self,
        check: Check,
        language: str,
        stands_for: tuple[str, str],
        tried: Sequence[TriedSetting] = (),
        asked: AskedPrices | None = None,
    ) -> None:
        self.check = check
        self.flow = check.flow
        self.language = language
        self.stands_for = stands_for
        self.tried = tried
        self.asked = asked
        self._html = SpokenHtml()
        self._answers = answers_of_targets(check, language)
        title = check.flow.title.in_language(language)
        self.title = self._html.text("title", title)

    @property
    def texts(self) -> list[str]:
        """The texts of all elements, in the order in which they stand."""
        return self._html.texts

    def lines(self) -> Iterator[str]:
        """Yield what stands in the body of the page."""
        yield self._html.text("a", self._say("start_skip"), class_="skip", href="#decision")
        yield from self._languages()
        yield '<main id="main">'
        yield from self._decision()
        yield from own_lines(self._html, self.language)
        yield from self._try()
        yield from animation_lines(self.check, self.language, self._html)
        yield from self._ahead()
        yield from chart_lines(self.check, self.language, self._html)
        yield from self._details()
        yield from self._run()
        yield from glossary_lines(self.check, self.language, self._html)
        yield from self._accessibility()
        yield "</main>"
        yield from self._footer()

    def _say(self, key: str, **parts: object) -> str:
        return say(key, self.language, **parts)

    def _languages(self) -> Iterator[str]:
        group = self._html.label(self._say("start_language"))
        yield f'<header class="bar"><div class="languages" role="group"{group} hidden>'
        for code in LANGUAGES:
            name = catalogue_of(code).name.capitalize()
            pressed = "true" if code == self.language else "false"
            yield (
                f'<button type="button" class="quiet" lang="{code}" data-language="{code}" '
                f'aria-pressed="{pressed}">{escape(name)}</button>'
            )
        yield "</div></header>"

    # ----------------------------------------------------------------------------------------------
    # The decision

    def _decision(self) -> Iterator[str]:
        html = self._html
        title = self.flow.title.in_language(self.language)
        yield '<section id="decision" aria-labelledby="question">'
        yield html.text("h1", self._say("start_question", title=title), id="question")
        yield html.text("p", headline_of(self._answers, self.language), class_="headline")
        yield html.text("p", reason_of(self._answers, self.language), class_="lead")
        yield own_notice(html, self.language)
        yield from self._changed()
        yield '<div class="sides">'
        yield from self._effect()
        yield from self._costs()
        yield "</div>"
        yield from self._targets()
        yield '<div class="sides even">'
        yield from self._sure()
        yield from self._first()
        yield "</div></section>"

    def _changed(self) -> Iterator[str]:
        """Yield what was changed from the file, and what a reader should know of it."""
        html = self._html
        scenario = scenario_told(self.check)
        if scenario is not None:
            words = scenario.in_language(self.language).rstrip(".")
            yield html.text("p", self._say("scenario_sentence", scenario=words), class_="notice")
        beside = {id(one) for answer in self._answers for one in self._found_of(answer.target)}
        notices = [
            notice_line(one, self.language)
            for one in notices_of(self.check)
            if id(one) not in beside
        ]
        told = (
            ("changed_heading", change_lines(self.check, self.language)),
            ("notices_heading", notices),
        )
        for key, lines in told:
            if lines:
                yield '<div class="notice">' + html.text("p", self._say(key))
                yield "<ul>" + "".join(html.text("li", line) for line in lines) + "</ul></div>"

    def _effect(self) -> Iterator[str]:
        html, effect = self._html, self.check.effect
        yield '<section aria-labelledby="changes">'
        yield html.text("h2", self._say("start_changes"), id="changes")
        if effect is None or effect.flow.mechanisms is None:
            yield html.text("p", self._say("start_no_effect")) + "</section>"
            return
        who = effect.flow.mechanisms.counted[effect.counted[0]].says.in_language(self.language)
        note = html.text("span", self._say("start_changes_note", who=who))
        reach = html.text("span", self._say("start_reach_note"), class_="of-reach")
        yield f'<p class="soft">{note} {reach}</p>'
        changes = changes_by_state(self.check, self.language)
        cards = "".join(self._card(change, drawn_reach(change, changes)) for change in changes)
        yield f'<ul class="cards">{cards}</ul></section>'

    def _card(self, change: StateChange, reach: str) -> str:
        html = self._html
        notes = "; ".join(change.notes)
        said = [
            html.text("strong", change.change),
            reach,
            html.text("span", notes) if notes else "",
            html.text("span", self._say("start_anyway", number=change.anyway), class_="anyway"),
        ]
        unclear = "" if change.is_clear else ' class="unclear"'
        return f"<li{unclear}>{''.join(said)}</li>"

    def _costs(self) -> Iterator[str]:
        html = self._html
        yield '<section aria-labelledby="costs" class="costs">'
        yield html.text("h2", self._say("start_costs"), id="costs")
        sentences = cost_sentences(self.check, self.language)
        if not sentences:
            yield html.text("p", self._say("start_no_prices"))
            unpriced = [
                quoted(self.flow.label_of("resources", name, self.language), self.language)
                for name in self.flow.resources
            ]
            if unpriced:
                names = join(unpriced, self.language)
                yield html.text("p", self._say("start_prices_missing", names=names))
            count = 0 if self.asked is None else len(self.asked.paths)
            if count:
                key = "own_prices_ask" if count > 1 else "own_prices_ask_one"
                words = self._say(key, count=count)
                yield '<p id="own-ask-prices" hidden>'
                yield html.text("a", words, href="#own-section-prices") + "</p>"
        else:
            economy = self.check.economy
            has_each = economy is not None and not math.isnan(economy.results[0].each)
            first = [" ".join(sentences[: 2 if has_each else 1]), sentences[-1]]
            yield "".join(html.text("p", sentence) for sentence in first)
        yield "</section>"

    def _targets(self) -> Iterator[str]:
        html = self._html
        yield '<section aria-labelledby="met">'
        yield html.text("h2", self._say("start_targets"), id="met")
        yield '<table class="answers">'
        yield html.text("caption", self._say("start_answers_note"))
        keys = ("start_target", "start_met", "start_takes")
        headings = [self._say(key) for key in keys]
        cells = "".join(html.text("th", heading, scope="col") for heading in headings)
        yield f"<thead><tr>{cells}</tr></thead><tbody>"
        for answer in self._answers:
            yield self._answer_row(answer, headings)
        yield "</tbody></table></section>"

    def _answer_row(self, answer: TargetAnswer, headings: list[str]) -> str:
        html = self._html
        says = html.text("span", answer.says)
        if answer.source:
            says += " " + html.text("span", f"({answer.source})", class_="source")
        says += "".join(
            html.text("p", note, class_="soft") for note in self._notes_of(answer.target)
        )
        readings = "".join(
            f"<li>{html.text('span', f'{reads}:')} "
            f"{html.text('span', words, class_=f'answer {given}')}</li>"
            for reads, given, words in answer.readings
        )
        if readings:
            summary = html.text("summary", self._say("start_readings", count=len(answer.readings)))
            says += f'<details>{summary}<ul class="readings">{readings}</ul></details>'
        return (
            f'<tr><th scope="row">{says}</th>'
            f"<td{html.cell(headings[1])}>"
            f"{html.text('span', answer.words, class_=f'answer {answer.answer}')}</td>"
            f"<td{html.cell(headings[2])}>{html.text('span', answer.takes)}</td></tr>"
        )

    def _found_of(self, target: str) -> list[Notice]:
        """Return what only runs show of a target: that its measure is not steady."""
        return [one for one in self.check.found_in_runs if one.path == f"targets.{target}"]

    def _notes_of(self, target: str) -> list[str]:
        """Return what must be known of the numbers of a target: who still waits, what moves yet."""
        own = (one for one in self.check.verdicts if one.question.target == target)
        notes = [note for one in own for note in notes_beneath_target(one, self.language)]
        return notes + [translate(one.message, self.language) for one in self._found_of(target)]

    def _sure(self) -> Iterator[str]:
        html = self._html
        yield '<section aria-labelledby="sure">'
        yield html.text("h2", self._say("start_sure"), id="sure")
        lines = [basis_line(self.check, self.language), *strength_lines(self.check, self.language)]
        yield "<ul>" + "".join(html.text("li", line) for line in lines) + "</ul>"
        yield html.text("a", self._say("words_explained"), href="#words") + "</section>"

    def _first(self) -> Iterator[str]:
        lines = what_to_do_first(self.check, self.language)
        if not lines:
            return
        html = self._html
        yield '<section aria-labelledby="first">'
        yield html.text("h2", self._say("start_first"), id="first")
        yield "<ul>" + "".join(html.text("li", line) for line in lines) + "</ul></section>"

    # ----------------------------------------------------------------------------------------------
    # Levers, and plans side by side: the script fills them in

    def _try(self) -> Iterator[str]:
        html = self._html
        yield '<section id="try" aria-labelledby="trying" tabindex="-1" hidden>'
        yield html.text("h2", self._say("start_try"), id="trying")
        yield html.text("p", self._say("start_try_note"), class_="soft")
        yield '<p id="unknown" class="notice" role="status" hidden></p>'
        yield '<div class="bench"><div class="levers">'
        yield from search_lines(html, self.language)
        for name in ("decided", "choices", "assumed"):
            yield f'<fieldset id="group-{name}">' + html.text("legend", self._say(f"start_{name}"))
            if name == "assumed":
                yield from inflow_lines(html, self.language)
            yield f'<div id="levers-{name}"></div>'
            if name == "assumed":
                label = html.text("label", self._say("start_more"), for_="more")
                yield f'<div class="lever">{label}<select id="more"></select></div>'
            if name == "decided":
                yield '<details id="levers-further">'
                yield html.text("summary", self._say("start_fewer_levers"))
                yield '<div id="levers-rest"></div></details>'
            yield "</fieldset>"
        yield "</div>"
        yield '<div class="side"><p class="buttons">'
        yield self._button("keep", self._say("start_keep"), disabled="disabled")
        yield self._button("reset", self._say("start_reset"), class_="plain", disabled="disabled")
        yield self._button(
            "save-settings", self._say("start_save"), class_="plain", disabled="disabled"
        )
        label = html.text("label", self._say("start_load"), for_="load-settings")
        yield f'</p><p class="lever">{label}'
        yield '<input type="file" id="load-settings" accept=".json,application/json"/>'
        yield '</p><p id="impossible" class="notice" role="alert" hidden></p>'
        yield from kept_lines(html, self.language)
        yield '<div id="side" hidden>'
        yield html.text("h3", self._say("start_chart_title"))
        yield '<div id="drawing"></div>'
        yield '<table class="plans"><caption id="side-note"></caption>'
        yield '<thead><tr id="side-head"></tr></thead><tbody id="side-rows"></tbody></table>'
        each = self._say("start_each_target")
        yield "<details>" + html.text("summary", each)
        yield '<table class="plans">' + html.text("caption", each)
        yield '<thead><tr id="side-targets-head"></tr></thead>'
        yield '<tbody id="side-targets"></tbody></table></details></div></div></div>'
        yield '<p id="tried" role="status"></p></section>'

    def _ahead(self) -> Iterator[str]:
        """Yield the settings that were tried beforehand: they are there without scripts too."""
        if not self.tried:
            return
        html, language = self._html, self.language
        runs = format_number(runs_of(self.tried), language, 0)
        yield '<section id="ahead" aria-labelledby="beforehand">'
        yield html.text("h2", self._say("start_ahead"), id="beforehand")
        note = html.text("caption", self._say("start_ahead_note", runs=runs))
        yield f'<table class="plans">{note}'
        columns = columns_of(self.check, language)
        first = self._say("start_changed_from")
        heads = "".join(html.text("th", one, scope="col") for one in (first, *columns))
        yield f"<thead><tr>{heads}</tr></thead><tbody>"
        plan = self._say("start_ahead_plan")
        cells = plan_cells(self.check, self.tried[0], language)
        yield self._ahead_row(plan, cells, columns)
        planned, *others = (one for one in self.tried if one.setting.is_told)
        for _, group in groupby(others, lambda one: one.setting.subject):
            own = list(group)
            says = subject_in_words(self.flow, own[0].setting, language)
            head = html.text("th", says, scope="rowgroup", colspan=str(len(columns) + 1))
            yield f'<tr class="group">{head}</tr>'
            for one in own:
                label = setting_in_words(self.flow, one, language)
                cells = tried_cells(self.check, planned, one, language)
                yield self._ahead_row(label, cells, columns)
        yield "</tbody></table></section>"

    def _ahead_row(self, label: str, cells: Sequence[ComparedCell], columns: Sequence[str]) -> str:
        html = self._html
        shown = []
        for cell, column in zip(cells, columns, strict=True):
            own = html.text("span", cell.text, class_="value")
            if cell.how == "chance":
                own += html.text("span", self._say("start_maybe_chance"), class_="against")
            shown.append(f'<td class="{cell.how}"{html.cell(column)}>{own}</td>')
        return f"<tr>{html.text('th', label, scope='row')}{''.join(shown)}</tr>"

    # ----------------------------------------------------------------------------------------------
    # Details

    def _details(self) -> Iterator[str]:
        html = self._html
        sentences = cost_sentences(self.check, self.language)[1:-1]
        economy = self.flow.economy
        if economy is not None and economy.says is not None:
            sentences.append(economy.says.in_language(self.language))
        if sentences:
            yield "<details>" + html.text("summary", self._say("start_costs_all"))
            yield "".join(html.text("p", line) for line in sentences) + "</details>"

    def _run(self) -> Iterator[str]:
        """Yield the runs of the plan in this browser, and all targets in each reading."""
        html, runs = self._html, self.check.replications
        count = format_number(runs, self.language, 0)
        key = "live_run_one" if runs == 1 else "live_run"
        yield '<details id="all">' + html.text("summary", self._say("start_all_readings"))
        note = f"{self._say('live_note')} {self._say('drawn')}"
        yield html.text("p", note, class_="soft")
        yield from self._table()
        for legend in legend_notes(self.check.verdicts, self.language):
            yield html.text("p", legend.text, class_="soft")
        yield '<section aria-labelledby="run">'
        yield html.text("h2", self._say("live_heading"), id="run")
        yield html.text("p", self._say("live_local"))
        yield f"<noscript>{html.text('p', self._say('live_no_script'), class_='notice')}</noscript>"
        start, stop, save = (
            self._button(name, self._say(said, count=count), **attributes)
            for name, said, attributes in (
                ("start", key, {"disabled": "disabled"}),
                ("stop", "live_stop", {"class_": "plain", "disabled": "disabled"}),
                ("save", "live_save", {"class_": "plain", "hidden": "hidden"}),
            )
        )
        yield f'<p class="buttons">{start}{stop}{save}</p>'
        label = html.label(self._say("live_progress_label"))
        yield (
            f'<p><progress id="progress" max="{runs}" value="0"{label}></progress> '
            '<span id="count"></span></p>'
        )
        yield "</section></details>"

    def _button(self, name: str, text: str, **attributes: str) -> str:
        return self._html.text("button", text, type="button", id=name, **attributes)

    def _table(self) -> Iterator[str]:
        """Yield the table of all targets in each reading; the script fills in its own numbers."""
        html = self._html
        headings = {key: self._say(key) for key in ("reading", "bound", *FILLED)}
        yield "<table>" + html.text("caption", self._say("live_caption")) + "<thead><tr>"
        for key, heading in headings.items():
            number = "" if key in ("reading", "verdict") else "number"
            yield html.text("th", heading, scope="col", class_=number)
        yield "</tr></thead><tbody>"
        for _, group in groupby(self.check.verdicts, lambda one: one.question.target):
            verdicts = list(group)
            question = verdicts[0].question
            if question.reading:
                words = html.text("span", question.says.in_language(self.language))
                yield (
                    f'<tr class="group"><th scope="rowgroup" colspan="{len(headings)}">'
                    f"{words}{self._source(question)}</th></tr>"
                )
            for verdict in verdicts:
                yield self._row(verdict, headings)
        yield "</tbody></table>"

    def _row(self, verdict: Verdict, headings: dict[str, str]) -> str:
        html, language, question = self._html, self.language, verdict.question
        words = html.text("span", question.own_words.in_language(language))
        source = "" if question.reading else self._source(question)
        reduction = ' data-reduction=""' if is_reduction(question) else ""
        ends = format_probability_range(*verdict.interval, language) if verdict.replications else ""
        filled = {
            "expected": format_expected(verdict, language),
            "range": format_expected_range(verdict, language),
            "anyway": format_measured(
                question, verdict.counterfactual, language, half=verdict.half
            ),
            "chance": format_chance(verdict, language),
            "verdict": word_of_verdict(verdict, language),
        }
        cells = [
            f'<tr data-question="{escape(question.name)}"{reduction}>'
            f'<th scope="row">{words}{source}</th>',
            f'<td class="number"{html.cell(headings["bound"])}>'
            f"{html.text('span', format_bound(question, language))}</td>",
        ]
        for key, text in filled.items():
            number = "" if key == "verdict" else ' class="number"'
            own = html.text("span", text, class_=key)
            if key == "chance":
                own += "<br/>" + html.text("span", ends, class_="below interval")
            cells.append(f"<td{number}{html.cell(headings[key])}>{own}</td>")
        return "".join([*cells, "</tr>"])

    def _source(self, question: TargetReading) -> str:
        source = source_of_question(question, self.language)
        return " " + self._html.text("span", f"({source})", class_="source") if source else ""

    def _accessibility(self) -> Iterator[str]:
        """Yield what was tested, what is known not to work, and whom to tell."""
        html = self._html
        yield '<section id="accessibility" aria-labelledby="accessible">'
        yield html.text("h2", self._say("access_heading"), id="accessible")
        for name in ACCESS:
            yield html.text("p", self._say(f"access_{name}"), class_="soft")
        yield "</section>"

    def _footer(self) -> Iterator[str]:
        html = self._html
        name, digest = self.stands_for
        yield "<footer>"
        # It stands until the script says something else: a page that was cut, or whose script was
        # changed on its way, says nothing more.
        no_packing = escape(self._say("live_no_packing"))
        yield (
            f'<p id="status" role="status" tabindex="-1" data-no-packing="{no_packing}">'
            f"{escape(self._say('live_not_whole'))}</p>"
        )
        yield '<p id="fault" role="alert" hidden></p>'
        made = self._say(
            "start_made_by",
            flow=name,
            digest=digest,
            version=__version__,
            seed=str(self.check.seed),
            runs=format_number(self.check.replications, self.language, 0),
        )
        yield html.text("p", made, class_="soft") + "</footer>"
