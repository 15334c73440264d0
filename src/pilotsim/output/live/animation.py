"""What stands on the page for a run that is played: its buttons, its map and its table."""

from __future__ import annotations

from collections.abc import Iterator

from pilotsim.judge.check import Check
from pilotsim.language.catalogue import say
from pilotsim.language.numbers import format_number
from pilotsim.output.labels import with_client_note
from pilotsim.output.live.spoken_html import SpokenHtml

__all__ = ["animation_lines"]

# Days a second, and the phrase for each; the first is that which is taken unless said.
SPEEDS = {
    14: "see_speed_two_weeks",
    7: "see_speed_week",
    30.4375: "see_speed_month",
    91.3125: "see_speed_quarter",
}
BUTTONS = ("month_back", "week_back", "play", "week_on", "month_on")


def animation_lines(check: Check, language: str, html: SpokenHtml) -> Iterator[str]:
    """Yield the section in which a run is played; the script shows it and fills it in.

    Parameters
    ----------
    check : Check
        What the page says.
    language : str
        One of `LANGUAGES`.
    html : SpokenHtml
        Makes its elements.
    """
    flow = check.flow
    yield '<section id="see" aria-labelledby="seeing" hidden>'
    yield html.text("h2", say("see_heading", language), id="seeing")
    note = with_client_note(flow, say("see_note", language), language)
    yield html.text("p", note, class_="soft")
    yield '<div class="bar-of-see">'
    yield f'<p class="steps" role="group"{html.label(say("see_steps", language))}>'
    for name in BUTTONS:
        plain = "" if name == "play" else "plain"
        text = say(f"see_{name}", language)
        yield html.text(
            "button", text, type="button", id=f"see-{name.replace('_', '-')}", class_=plain
        )
    yield "</p>"
    yield '<p class="moment"><strong id="see-clock"></strong> <span id="see-setting"></span></p>'
    date = html.label(say("see_date", language))
    yield f'<input type="range" id="see-moment" min="0" max="1" step="1" value="0"{date}/></div>'
    yield '<div id="see-map" class="map" aria-hidden="true">'
    yield '<div id="see-boxes"></div><canvas id="see-canvas"></canvas></div>'
    yield '<p id="see-says" aria-live="off"></p>'
    yield '<p class="fields">'
    runs = format_number(check.replications, language, 0)
    label = html.text("span", say("see_run", language, count=runs))
    yield f'<label>{label}<input type="number" id="see-run" min="1" step="1" value="1"/></label>'
    if flow.has_programme:
        options = "".join(
            html.text("option", say(f"see_{world}", language), value=world)
            for world in ("with", "without")
        )
        label = html.text("span", say("see_world", language))
        yield f'<label>{label}<select id="see-world">{options}</select></label>'
    options = "".join(
        html.text("option", say(key, language), value=f"{days:g}") for days, key in SPEEDS.items()
    )
    label = html.text("span", say("see_speed", language))
    yield f'<label>{label}<select id="see-speed">{options}</select></label></p>'
    yield '<details id="see-table">'
    yield html.text("summary", say("see_table", language))
    yield "<table>" + html.text("caption", say("see_table_note", language))
    yield "<thead><tr>" + html.text("th", say("stage", language), scope="col")
    for key in ("see_here", "see_of_them_wait"):
        yield html.text("th", say(key, language), scope="col", class_="number")
    yield '</tr></thead><tbody id="see-rows"></tbody></table></details></section>'
