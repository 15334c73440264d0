"""Figures: legible in both languages, nothing cut, nothing written over something else, nothing global touched."""

import itertools
import math
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text

from pilotsim.base.languages import LANGUAGES
from pilotsim.files.reading import read_flow, read_text
from pilotsim.judge.check import check_targets
from pilotsim.language.labels import inside, label_of_value
from pilotsim.language.numbers import format_value_range
from pilotsim.output import figures
from pilotsim.output.figures import clients, flow, targets, tornado, use, waits
from pilotsim.output.figures.flow import FROM, TO, groups_shown, programme_moves
from pilotsim.output.figures.layers import lay_out, layers_of, order_stages
from pilotsim.output.figures.scale import round_step, scale_for
from pilotsim.output.figures.style import SMALL, count_lines, spread, text_width, wrap

ROOT = Path(__file__).parent.parent.parent
DPI = 150
PILOT = """
flow: pilot
title: {nb: Pilot, en: Pilot}
starts: 2015-01-01
lasts: 12 months
groups:
  g: {label: {nb: Målgruppen, en: Target group}, starts_in: on, stock: 60, arrivals: 3 per month}
  o: {starts_in: others, stock: 40}
resources:
  adviser: {label: {nb: Veileder, en: Adviser}, fte: 1, caseload: {value: 9, low: 5, high: 20, assumption: guess, label: {nb: Klienter per veileder, en: Clients per adviser}}}
  place: {units: {value: 3, low: 1, high: 9, assumption: guess}, price_per_month: 5000}
risks:
  job: {to: work, rate: {value: 4 % per month, low: 2, high: 8, assumption: guess, label: {nb: "Fart til arbeid, uten pilot", en: "Speed to work, without the pilot"}}}
  drop: {to: gone, rate: 2 % per month}
stages:
  on: {label: {nb: Sosialhjelp, en: On assistance}, risks: {job: 1, drop: 1}}
  others: {risks: {job: 1}}
  referred:
    label: {nb: Henvist med vilkår, en: Referred with a condition}
    draws_from: on
    opens: {every: 1 week, admits: 2}
    lasts: 5 working days
    next: {mapping: 80 %, on: rest}
  mapping:
    label: {nb: Kartlegging og avklaring, en: Mapping and clarification}
    needs: {adviser: 1}
    lasts: {gamma: {mean: 8 weeks, cv: 0.5}}
    next: {training: 60 %, search: rest}
  training:
    label: {nb: Arbeidstrening, en: Work training}
    needs: {place: 1}
    lasts: {gamma: {mean: 3 months, cv: 0.4}}
    next: {search: rest}
    risks: {job: {started: {value: 0.5, low: 0.2, high: 1, assumption: guess}}}
  search: {label: {nb: Jobbsøking, en: Job search}, lasts: 2 months, risks: {job: 2}, next: {training: 20 %, on: rest}}
  work: {label: {nb: Arbeid, en: Work}, counts_as: work}
  gone: {label: {nb: Ute, en: Gone}, counts_as: unknown}
effects:
  - {label: {nb: Etter trening, en: After training}, after: training, on: job, times: {value: 1.5, low: 1, high: 2, assumption: guess}}
targets:
  work:
    says: {nb: 40 % av dem som møter skal komme i arbeid innen piloten er over, en: 40 % of those who turn up come into work before the pilot ends}
    at_least: 40 %
    readings:
      all: {says: {nb: Av alle som møter til den første samtalen, en: Of all who turn up at the first meeting}, measure: {share: {reached: work}, of: {reached: mapping}}}
      trained: {says: {nb: Av dem som har trent, en: Of those who trained}, at_least: 60 %, measure: {share: {reached: work, after: training}, of: {finished: training}}}
  wait: {says: {nb: Høyst to uker i kø, en: At most two weeks in the queue}, kind: activity, at_most: 14 days, measure: {wait: mapping}}
  fewer:
    says: {nb: 30 færre, en: 30 fewer}
    at_most: -30
    readings:
      sum: {says: {nb: Regnet ut, en: Worked out}, ceiling: {sum: 0 - groups.g.stock * 0.4, says: {nb: alt går bra, en: all goes well}}}
      net: {says: {nb: Nye regnet med, en: New ones counted}, measure: {change_in: assistance}}
  cost: {says: {nb: Pris for plassene, en: What the places cost}, at_most: 150000, measure: {cost: place}}
"""
SHOP = """
flow: shop
title: Shop
starts: 2015-01-01
lasts: 3 months
groups: {g: {starts_in: first, arrivals: 20 per month}}
stages:
  first: {lasts: 3 days, next: {second: 50 %, third: rest}}
  second: {lasts: 3 days, next: {first: 30 %, third: rest}}
  third: {lasts: 3 days, next: {second: 20 %, done: rest}}
  done: {counts_as: work}
"""
PLOTS = ("clients", "flow", "waits", "use", "targets")
MODULES = {
    "clients": clients,
    "flow": flow,
    "waits": waits,
    "use": use,
    "targets": targets,
    "drivers": tornado,
}


@pytest.fixture(scope="module")
def pilot():
    return check_targets(read_text(PILOT), replications=6, what_if_replications=3, seed=3)


@pytest.fixture(scope="module")
def shop():
    return check_targets(read_text(SHOP), replications=2, what_if=False)


@pytest.fixture(scope="module")
def alna():
    return check_targets(
        read_flow(ROOT / "configs" / "alna_aktiv.yaml"), replications=2, what_if=False
    )


def texts_on(figure: Figure) -> list[tuple[str, object]]:
    """Each text of a figure with the box that it fills, in pixels."""
    figure.set_dpi(DPI)
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    shown = [
        text for text in figure.findobj(Text) if text.get_visible() and text.get_text().strip()
    ]
    return [(text.get_text(), text.get_window_extent(canvas.get_renderer())) for text in shown]


def faults_of(figure: Figure) -> list[str]:
    """What is cut by the edge, and what is written over something else by more than a pixel or two."""
    texts = texts_on(figure)
    width, height = figure.bbox.width, figure.bbox.height
    cut = [
        text for text, box in texts if box.x0 < 0 or box.y0 < 0 or box.x1 > width or box.y1 > height
    ]
    over = []
    for (one, a), (other, b) in itertools.combinations(texts, 2):
        across, down = min(a.x1, b.x1) - max(a.x0, b.x0), min(a.y1, b.y1) - max(a.y0, b.y0)
        if across > 1 and down > 3:
            over.append(f"{one} / {other}")
    return cut + over


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", PLOTS)
def test_nothing_is_cut_and_nothing_overlaps(pilot, name, language):
    axes = getattr(figures, f"plot_{name}")(pilot, language=language)
    assert faults_of(axes.figure) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_moves_each_target_is_legible(pilot, language):
    for question in pilot.values:
        assert faults_of(figures.plot_drivers(pilot, question, language=language).figure) == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", PLOTS)
def test_figures_of_alna_aktiv_are_legible(alna, name, language):
    for kind in targets.kinds_of(alna) if name == "targets" else [None]:
        axes = (
            figures.plot_targets(alna, kind, language=language)
            if kind
            else getattr(figures, f"plot_{name}")(alna, language=language)
        )
        assert faults_of(axes.figure) == []


@pytest.mark.parametrize("config", sorted(file.stem for file in (ROOT / "configs").glob("*.yaml")))
def test_flow_of_each_system_is_legible(config):
    check = check_targets(
        read_flow(ROOT / "configs" / f"{config}.yaml"), replications=3, what_if=False
    )
    for language in LANGUAGES:
        assert faults_of(figures.plot_flow(check, language=language).figure) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_stages_stand_by_their_names_in_every_language_however_many_there_are(language):
    """Letters with a key below stood for names where a language had longer ones."""
    # 14 stages one after the other, and 13 beside each other: a layer has no room for so many.
    stages = "".join(
        f"  s{k}: {{label: {{nb: Et langt navn på trinn {k}, en: A long name of stage {k}}}, lasts: 1 day, next: {{{f's{k + 1}' if k < 13 else 'work'}: 100 %}}}}\n"
        for k in range(14)
    )
    ways = ", ".join(f"w{k}: 7 %" for k in range(13))
    beside = f"  fork: {{lasts: 1 day, next: {{{ways}, work: rest}}}}\n" + "".join(
        f"  w{k}: {{label: {{nb: En lang vei nummer {k}, en: A long way number {k}}}, lasts: 1 day, next: {{work: 100 %}}}}\n"
        for k in range(13)
    )
    for body, first, named in (
        (stages, "s0", ("stage", "trinn")),
        (beside, "fork", ("number", "nummer")),
    ):
        flow_text = f"flow: row\ntitle: Row\nstarts: 2015-01-01\nlasts: 2 months\ngroups: {{g: {{starts_in: {first}, stock: 200}}}}\nstages:\n{body}  work: {{counts_as: work}}\n"
        check = check_targets(read_text(flow_text), replications=2, what_if=False)
        axes = figures.plot_flow(check, language=language)
        written = " ".join(" ".join(text for text, _ in texts_on(axes.figure)).split())
        word = named[0] if language == "en" else named[1]
        assert all(f"{word} {k}: " in written for k in range(13))
        assert faults_of(axes.figure) == []


def test_the_check_of_legibility_finds_faults():
    """The twin that must fail: a text beyond the edge, and one upon another."""
    figure = Figure((4, 2))
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_axis_off()
    for x, text in ((0.5, "one"), (0.51, "two"), (0.98, "beyond")):
        axes.text(x, 0.5, text)
    assert faults_of(figure) == ["beyond", "one / two"]


@pytest.mark.parametrize("name", PLOTS)
def test_no_letter_is_smaller_than_8_points(pilot, name):
    figure = getattr(figures, f"plot_{name}")(pilot).figure
    sizes = [text.get_fontsize() for text in figure.findobj(Text) if text.get_text().strip()]
    assert min(sizes) >= SMALL == 8


def test_a_figure_is_as_wide_as_an_a4_column(pilot):
    assert figures.plot_flow(pilot).figure.get_figwidth() * 2.54 == pytest.approx(16.0)


@pytest.mark.parametrize("name", PLOTS)
def test_figures_draw_on_the_axes_they_are_given(pilot, name):
    axes = Figure((9, 9)).add_subplot()
    assert getattr(figures, f"plot_{name}")(pilot, ax=axes) is axes
    assert texts_on(axes.figure)


def test_nothing_global_is_touched(pilot):
    before = dict(mpl.rcParams)
    for name in PLOTS:
        getattr(figures, f"plot_{name}")(pilot)
    assert dict(mpl.rcParams) == before


def test_figures_start_matplotlib_only_when_asked():
    code = "import sys, pilotsim.output.figures as f; assert 'matplotlib' not in sys.modules; f.plot_use; assert 'matplotlib.pyplot' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
    with pytest.raises(AttributeError):
        _ = figures.plot_nothing


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_figure_says_in_words_what_it_shows(pilot, language):
    for name in PLOTS:
        said = MODULES[name].alt_text(pilot, language=language)
        assert len(said) > 60, name
        assert "{" not in said, name
    expected = {"nb": "minst 40", "en": "at least 40", "sv": "minst 40"}[language]
    assert expected in tornado.alt_text(pilot, "work.all", language)


def test_dollar_signs_are_no_formulas(pilot):
    odd = pilot.flow.model_copy(update={"title": pilot.flow.title})
    stage = odd.stages["mapping"].model_copy(
        update={"label": replace(pilot.flow.title, nb="Pris $5 og $6", en="$5")}
    )
    check = replace(pilot, flow=odd.model_copy(update={"stages": {**odd.stages, "mapping": stage}}))
    assert any("$5" in text for text, _ in texts_on(figures.plot_flow(check).figure))


# ---------------------------------------------------------------------------------------------------------------------
# A flow without a programme, and nothing at all


def test_a_flow_that_draws_nobody_is_shown_whole_and_without_a_second_world(shop):
    assert not shop.flow.has_programme
    assert {name for move in programme_moves(shop) for name in move} == {
        "first",
        "second",
        "third",
        "done",
    }
    said = " ".join(text for text, _ in texts_on(figures.plot_clients(shop, language="en").figure))
    assert "without" not in said
    assert faults_of(figures.plot_flow(shop).figure) == []
    for name in ("waits", "use", "targets"):
        assert faults_of(getattr(figures, f"plot_{name}")(shop).figure) == []


def test_those_who_are_drawn_are_followed_from_the_stage_that_draws_them(pilot):
    moves = programme_moves(pilot)
    assert {source for source, _ in moves if source.startswith(FROM)} == {"from:on"}
    assert {target for _, target in moves if target.startswith(TO)} <= {
        "to:on",
        "to:work",
        "to:gone",
    }
    assert not any("others" in name for move in moves for name in move)
    referred = [int(path.moves[0, 2]) for path in pilot.paths]
    assert moves["from:on", "referred"] == pytest.approx(np.mean(referred))


# ---------------------------------------------------------------------------------------------------------------------
# Labels


@pytest.mark.parametrize(
    ("path", "nb", "en"),
    [
        ("resources.adviser.caseload", "Klienter per veileder", "Clients per adviser"),
        ("groups.g.stock", "Målgruppen: antall ved start", "Target group: number at the start"),
        (
            "stages.mapping.lasts.gamma.mean",
            "Kartlegging og avklaring: varighet (gjennomsnitt)",
            "Mapping and clarification: length (mean)",
        ),
        (
            "stages.mapping.next.training",
            "Kartlegging og avklaring: videre til arbeidstrening",
            "Mapping and clarification: on to work training",
        ),
        (
            "stages.training.risks.job.started",
            "Arbeidstrening: job underveis",
            "Work training: job once started",
        ),
        ("effects.0.times", "Etter trening: ganger", "After training: times"),
        ("lasts", "Lengden på piloten", "Length of the pilot"),
    ],
)
def test_a_value_without_a_label_is_called_by_its_path_in_words(pilot, path, nb, en):
    assert path in pilot.flow.values
    assert [label_of_value(pilot.flow, path, language) for language in ("nb", "en")] == [nb, en]


def test_a_range_says_its_unit_once(pilot):
    values = pilot.flow.values
    assert format_value_range(values["risks.job.rate"], "nb") == "2–8\u00a0% per måned"
    assert format_value_range(values["resources.adviser.caseload"], "en") == "5–20"
    assert format_value_range(values["groups.g.stock"], "en") == ""
    stock = values["groups.g.stock"]
    # Thousands stay: 14–20 000 would be fourteen to twenty thousand, or from 14.
    assert format_value_range(stock, "nb", 14_700, 20_000) == "14\u00a0700–20\u00a0000"
    assert format_value_range(stock, "en", 14_700, 20_000) == "14,700–20,000"
    assert format_value_range(stock, "sv", -14_700, 20_000) == "−14\u00a0700 till 20\u00a0000"


def test_inside_a_sentence_words_lose_their_capital_but_abbreviations_do_not():
    assert [inside(text) for text in ("Av alle", "AAP og uføre", "Ø", "K9 ja")] == [
        "av alle",
        "AAP og uføre",
        "ø",
        "K9 ja",
    ]


def test_units_without_limit_say_nothing_of_their_own_cost(pilot):
    question = pilot.verdict_of("cost").question
    assert not any(driver.kind == "unlimited" for driver in pilot.drivers_of(question))


# ---------------------------------------------------------------------------------------------------------------------
# Layout, scales, text


def test_the_few_who_go_back_are_set_apart():
    moves = {("a", "b"): 10.0, ("b", "c"): 8.0, ("c", "a"): 2.0, ("b", "b"): 1.0}
    assert order_stages(moves) == ["a", "b", "c"]
    layer, back = layers_of(moves, ["c"])
    assert layer == {"a": 0, "b": 1, "c": 2}
    assert back == {("c", "a"): 2.0, ("b", "b"): 1.0}


def test_bands_to_one_stage_run_together_and_keep_every_client():
    moves = {("a", "b"): 6.0, ("b", "c"): 4.0, ("a", "d"): 3.0, ("b", "d"): 2.0, ("c", "d"): 4.0}
    layout = lay_out(moves, ["d"], 10.0, at_least(0.5), apart=0.5)
    assert [[(node.name, node.passes) for node in layer] for layer in layout.layers] == [
        [("a", False)],
        [("b", False), ("d", True)],
        [("c", False), ("d", True)],
        [("d", False)],
    ]
    # Bands to d: 3 pass the second layer, 3 + 2 the third, and 4 more join from c.
    sizes = {
        (link.source.name, link.source.layer, link.target.name): link.size for link in layout.links
    }
    assert sizes == {
        ("a", 0, "b"): 6,
        ("a", 0, "d"): 3,
        ("b", 1, "c"): 4,
        ("b", 1, "d"): 2,
        ("d", 1, "d"): 3,
        ("c", 2, "d"): 4,
        ("d", 2, "d"): 5,
    }
    # The fullest layer holds 9 clients in two nodes half a centimetre apart: 9.5 cm for 9 clients.
    assert layout.scale == pytest.approx(9.5 / 9)


def at_least(wide):
    """Stages that take this much of their layer at least."""
    return lambda name, clients, scale: max(wide, clients * scale)


def test_nodes_of_a_layer_never_overlap_and_stay_on_the_page():
    stages = [f"s{k}" for k in range(11)]
    moves = {("start", name): float(k + 1) for k, name in enumerate(stages)} | {
        (name, "end"): 1.0 for name in stages
    }
    layout = lay_out(moves, ["end"], 12.0, at_least(0.8), apart=0.2)
    assert len(layout.layers) == 3
    for layer in layout.layers:
        for before, after in itertools.pairwise(layer):
            taken = max(0.8, before.size * layout.scale)
            assert after.start >= before.start + taken + 0.2 - 1e-9
        assert layer[0].start >= -1e-9
        assert layer[-1].start + layer[-1].size * layout.scale <= 12.0 + 1e-9


def test_a_layer_without_room_for_its_names_is_made_into_two():
    stages = [f"s{k}" for k in range(25)]
    moves = {("start", name): float(k + 1) for k, name in enumerate(stages)}
    layout = lay_out(moves, stages, 12.0, at_least(0.8), apart=0.2)
    # 12 of 0.8 cm with 0.2 between fit on 12 cm: of 25 the first 13 are halved once more.
    rows = [[node.name for node in layer if not node.passes] for layer in layout.layers[1:]]
    assert [len(row) for row in rows] == [7, 6, 12]
    assert [name for row in rows for name in row] == stages


def test_scales_have_round_ticks_that_hold_all_numbers():
    assert scale_for([0.2, 0.9], "share", 0.0, 10.0).ticks == (0.0, 0.25, 0.5, 0.75, 1.0)
    scale = scale_for([-131.0, 69.0], "real", 0.0, 10.0)
    assert scale.ticks == (-100.0, -50.0, 0.0, 50.0)
    assert 0 < scale.at(-131.0) < scale.at(69.0) < 10
    assert scale.at(1e9) == 10.0
    assert [round_step(x) for x in (0.7, 1.0, 1.1, 23.0, 51.0)] == [1, 1, 2, 50, 100]


def test_text_is_broken_where_it_must_be_and_never_lost():
    text = "Kartlegging og avklaring hos hovedveilederen"
    lines = wrap(text, 2.3)
    assert all(text_width(line) <= 2.3 for line in lines.split("\n"))
    assert lines.replace("-\n", "").replace("\n", " ") == text
    assert count_lines(lines) == 4
    assert (
        wrap("arbeidsevnevurderingsrapport", 2.0).replace("-\n", "")
        == "arbeidsevnevurderingsrapport"
    )


def test_labels_are_moved_apart_no_further_than_needed():
    assert spread([5.0, 5.0, 1.0], 1.0, 0.0, 10.0) == [5.0, 6.0, 1.0]
    assert spread([9.9, 10.0], 1.0, 0.0, 10.0) == [9.0, 10.0]
    assert spread([], 1.0, 0.0, 1.0) == []


def test_bands_leave_out_what_no_run_has():
    from pilotsim.output.figures.time import Band

    band = Band.of(np.array([[1.0, math.nan, 4.0], [3.0, math.nan, math.nan]]))
    assert band.median.tolist()[::2] == [2.0, 4.0]
    assert math.isnan(band.median[1])


def test_every_figure_has_its_name_in_the_package_without_a_list():
    import pilotsim

    names = {name for name in dir(pilotsim) if name.startswith("plot_")}
    assert {"plot_clients", "plot_drivers", "plot_validation", "plot_power"} <= names
    for name in names:
        plot = getattr(pilotsim, name)
        assert plot.__name__ == name
        assert sys.modules[plot.__module__].alt_text
    with pytest.raises(AttributeError, match="plot_nothing"):
        pilotsim.plot_nothing  # noqa: B018


def test_captions_say_what_a_client_is_where_it_is_no_person():
    other = PILOT.replace("lasts:", "client_is: a monthly decision\nlasts:", 1)
    for text, says in ((PILOT, False), (other, True)):
        check = check_targets(read_text(text), replications=4, what_if=False, seed=3)
        for words in (
            clients.alt_text(check, "en"),
            flow.alt_text(check, "en"),
            waits.alt_text(check, "en"),
        ):
            assert ("What is counted is a monthly decision." in words) is says


def test_clients_picture_says_that_everybody_is_counted():
    check = check_targets(read_text(PILOT), replications=4, what_if=False, seed=3)
    totals = np.array([path.occupancy.sum(axis=1) for path in check.paths])
    words = clients.alt_text(check, "en")
    first, last = totals[:, [0, -1]].mean(axis=0)
    assert f"{first:.0f} at the start and {last - first:.0f} who came since" in words


def test_the_picture_of_the_flow_says_whose_moves_it_counts():
    """The moves of spouses stood among those of clients, and nobody said so."""
    others = (
        "groups:\n  guests: {label: {nb: Gjester, en: Guests}, stock: 5, starts_in: mapping}"
        "\n  away: {label: {nb: Andre, en: Others}, stock: 5, starts_in: elsewhere}\n"
    )
    start = PILOT.index("groups:")
    inline = PILOT[start + len("groups:") :].lstrip()
    assert inline.startswith("g: {")
    text = (PILOT[:start] + others + "  " + inline).replace(
        "stages:", "stages:\n  elsewhere: {counts_as: unknown}", 1
    )
    found = check_targets(read_text(text), replications=4, what_if=False, seed=3)
    # The control: who never leaves a stage outside the programme is not among them.
    assert groups_shown(found) == ["guests", "g"]
    said = " ".join(text for text, _ in texts_on(figures.plot_flow(found).figure))
    assert "Regnet med er alle som kommer innom: gjester; målgruppen." in " ".join(said.split())
    alone = check_targets(read_text(PILOT), replications=4, what_if=False, seed=3)
    assert groups_shown(alone) == ["g"]
    said = " ".join(text for text, _ in texts_on(figures.plot_flow(alone).figure))
    assert "Regnet med er" not in said


@pytest.mark.parametrize(
    ("x", "bound", "inward", "expected"),
    [
        (9.0, 8.6, -1, 1),  # the bound would be hidden
        (9.0, 6.5, -1, -1),  # ... and is not, so far away
        (9.0, 9.0, -1, -1),  # at the bound itself
        (6.5, 9.0, -1, 1),  # no room
        (11.4, 10.9, -1, -1),  # no room beyond: the bound is hidden rather than words cut
        (9.0, 9.3, 1, -1),
    ],
)
def test_words_of_a_ceiling_hide_no_bound_where_there_is_room(x, bound, inward, expected):
    assert targets._side_of_words(x, 2.0, bound, inward) == expected
