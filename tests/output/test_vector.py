"""Drawings as files and in pages: words are words, and no picture meddles with another."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

from pilotsim.base.languages import LANGUAGES
from pilotsim.output.document import MAX_SAID, Document, Figure, Section
from pilotsim.output.figures.pictures import picture_of
from pilotsim.output.figures.style import halo, write
from pilotsim.output.figures.vector import SVG, Said
from pilotsim.output.views import document_of
from pilotsim.output.writers.html import write_html
from tests.output.golden import all_results
from tests.output.test_figures import faults_of
from tests.output.test_writers import RESULTS


def drawing(**options):
    from matplotlib.figure import Figure as Canvas

    axes = Canvas((3, 2)).add_axes((0, 0, 1, 1))
    axes.set_axis_off()
    axes.fill_between([0, 1], [0, 1])
    write(axes, 0.5, 0.5, "Æ & <b> 20 %", path_effects=halo(3), **options)
    write(axes, 0.5, 0.2, "to\nlinjer", ha="right")
    return axes


def parsed(axes, said=Said(), **options):  # noqa: B008
    return ElementTree.fromstring(picture_of(axes, said, **options).svg)


def words(root) -> list[str]:
    return [one.text for one in root.iter(f"{{{SVG}}}text")]


def test_words_are_words_with_their_halo_and_shapes_where_that_is_asked_for():
    root = parsed(drawing())
    assert words(root) == ["Æ & <b> 20 %", "to", "linjer"]
    styles = [one.get("style") for one in root.iter(f"{{{SVG}}}text")]
    assert "paint-order: stroke" in styles[0]
    assert "stroke-width: 3px" in styles[0]
    assert not any("paint-order" in style for style in styles[1:])
    assert words(parsed(drawing(), outlined=True)) == []


def test_lines_below_each_other_are_set_by_their_end_in_any_font():
    first, second = [
        one for one in parsed(drawing()).iter(f"{{{SVG}}}text") if one.text in ("to", "linjer")
    ]
    places = [re.match(r"translate\(([\d.]+) ", one.get("transform"))[1] for one in (first, second)]
    assert abs(float(places[0]) - float(places[1])) < 0.1
    assert all("text-anchor: end" in one.get("style") for one in (first, second))


def test_a_picture_is_as_it_was_after_it_has_been_written():
    axes = drawing()
    first, second = (picture_of(axes, Said("a", "T")) for _ in range(2))
    assert first == second
    assert axes.texts[0].get_path_effects()


def test_a_drawing_says_what_it_shows():
    root = parsed(drawing(), Said("a", "Hva & hvem: <b>"))
    assert root.get("role") == "img"
    assert (root[0].tag, root[0].text) == (f"{{{SVG}}}title", "Hva & hvem: <b>")
    assert root.get("aria-labelledby") == root[0].get("id")


def test_drawings_in_one_page_share_no_name_and_no_look():
    figures = [Figure(name, name.upper(), "En. To.", drawing) for name in ("a", "b")]
    page = write_html(Document("check", "T", "nb", (Section("s", "", figures),)))
    ids = re.findall(r' id="([^"]+)"', page)
    assert len(set(ids)) == len(ids)
    asked = set(re.findall(r"url\(#([^)]+)\)", page)) | set(re.findall(r'href="#([^"]+)"', page))
    assert asked <= set(ids)
    assert any(one.startswith("b-") for one in asked)
    assert page.count("<style>") == 1
    assert page.count("<li>En.</li>\n<li>To.</li>") == 2


@pytest.mark.parametrize("name", RESULTS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_figure_is_told_in_one_breath(made, name, language):
    result, context = made[name]
    for figure in document_of(result, language, **context).figures():
        assert 0 < len(figure.says) <= MAX_SAID
        assert "\n" not in figure.says


@pytest.mark.parametrize("name", RESULTS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_is_cut_in_the_figure_of_any_result(made, name, language):
    result, context = made[name]
    for figure in document_of(result, language, **context).figures():
        assert faults_of(figure.draw().figure) == [], figure.name


@pytest.fixture(scope="module")
def made():
    return all_results()
