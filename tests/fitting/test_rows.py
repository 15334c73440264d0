"""The committed rows: what stands beside them is what they come to, and how they were made is said."""

from pathlib import Path

import numpy as np
import pytest
from fitting.chain import Turnover, expected, short_among_leavers, still_employed
from fitting.figures import PUBLISHED
from fitting.likelihood import READINGS
from fitting.prior import MIDDLE, NAMES, SD
from fitting.rows import ROWS, columns_of, write
from fitting.sampling import Draws, Effort

FILE = Path(__file__).parent.parent.parent / "configs" / "posteriors" / "turnover.csv"


def read(file):
    lines = file.read_text(encoding="utf-8").splitlines()
    remarks = [line for line in lines if line.startswith("#")]
    names, *rows = [line.split(", ") for line in lines[len(remarks) :]]
    names = [name.partition(" [")[0] for name in names]
    table = {name: [row[k] for row in rows] for k, name in enumerate(names)}
    readings = np.array(table.pop("reading"))
    return remarks, {name: np.array(cells, float) for name, cells in table.items()}, readings


@pytest.fixture(scope="module")
def kept():
    return read(FILE)


def turnover_of(table, place=""):
    short_times = table["short_times"]
    return Turnover(
        pauses=table[f"{place}pauses"] / 100,
        job=table[f"{place}job"] / 100,
        benefit=table[f"{place}other_benefit"] / 100,
        leaves=table[f"{place}leaves"] / 100,
        short_times=short_times,
        short_new=short_among_leavers(table[f"{place}short_stock"] / 100, short_times),
        returns=table["returns"],
        comes_back=table["comes_back"] / 100,
        stays_away=table["stays_away"] / 100,
        job_loss=table["job_loss"] / 100,
        settles=table["settles"] / 100,
        lasting_loss=table["job_loss"] * table["lasting_times"] / 100,
        benefit_ends=table["benefit_ends"] / 100,
    )


def test_each_reading_has_its_rows(kept):
    _, table, readings = kept
    assert {reading: int((readings == reading).sum()) for reading in READINGS} == dict.fromkeys(
        READINGS, ROWS
    )
    assert all(np.isfinite(column).all() for column in table.values())


def test_what_stands_beside_a_row_is_what_it_comes_to(kept):
    """Worked out again from the rounded numbers that flows read."""
    _, table, _ = kept
    country, city = expected(turnover_of(table)), expected(turnover_of(table, "oslo_"))
    for name, found in {
        "again_2010_13": 100 * country.again,
        "each_year_2009_13": 100 * country.each_year,
        "some_work_2009_13": 100 * country.some_work,
        "spells_over_12": 100 * country.over_12,
        "spells_from_12": 100 * country.from_12,
        "back_in_3": 100 * country.back_in_3,
        "for_good": 100 * country.for_good,
        "employed_3": 100 * still_employed(turnover_of(table), 3),
        "employed_12": 100 * still_employed(turnover_of(table), 12),
        "oslo_mean_months": city.mean_months,
        "oslo_at_least_six": 100 * city.at_least_six,
        "stock": 1177 / country.recipients,
    }.items():
        assert found == pytest.approx(table[name], rel=2e-3), name


def test_rows_agree_with_what_was_published(kept):
    """Each figure lies within two of its standard deviations of the mean over all rows."""
    _, table, readings = kept
    dokken = readings == "dokken"
    worst = table["worst_cell_2009"]
    assert worst[dokken].mean() < 1.0 < worst[~dokken].mean() < 1.5
    for name, figure in {
        "again_2010_13": PUBLISHED.again,
        "each_year_2009_13": PUBLISHED.each_year,
        "employed_3": PUBLISHED.employed_3,
        "employed_12": PUBLISHED.employed_12,
        "some_work_2009_13": PUBLISHED.some_work,
        "oslo_at_least_six": PUBLISHED.oslo_six,
    }.items():
        assert abs(table[name].mean() / 100 - figure.value) < 2 * figure.sd, name
    dokken_figure = PUBLISHED.dokken_from_12
    assert abs(table["spells_from_12"][dokken].mean() / 100 - dokken_figure.value) < (
        dokken_figure.sd
    )
    # The miss of the other reading: the table and the follow-up speak against so few long spells.
    assert table["spells_over_12"][~dokken].mean() / 100 > PUBLISHED.konigs_over_12.value + (
        2 * PUBLISHED.konigs_over_12.sd
    )


def test_ranges_reach_what_was_published(kept):
    """Half of new jobs lost in a year, and a return of one in seven a month, lie within."""
    _, table, _ = kept
    low, high = np.quantile(table["employed_12"], [0.05, 0.95])
    assert low < 50 < high
    low, high = np.quantile(table["comes_back"], [0.05, 0.95])
    assert low < 14 < high


def test_candidates_of_the_short_kind_are_none_to_as_many_as_all(kept):
    _, table, _ = kept
    candidates, others = table["alna_short_candidates"], table["alna_short_others"]
    all_clients = table["oslo_short_stock"]
    assert np.all((candidates >= 0) & (candidates <= all_clients))
    assert np.all((others >= all_clients - 0.01) & (others <= 100))
    assert candidates * 215 + others * 285 == pytest.approx(all_clients * 500, rel=2e-3)


def test_the_head_says_how_the_rows_were_made(kept):
    remarks, _, _ = kept
    text = " ".join(remarks)
    for word in ("emcee 3", "seed 2009", "acceptance", "autocorrelation", "R-hat", "effective"):
        assert word in text
    worst = max(float(part.split()[0]) for part in text.split("split R-hat ")[1:])
    fewest = min(float(part.split()[0]) for part in text.split("effective draws ")[1:])
    assert worst < 1.02
    assert fewest > 2000


def test_a_file_is_written_as_it_is_read(tmp_path):
    z = MIDDLE + 0.1 * SD * np.random.default_rng(1).standard_normal((60, len(NAMES)))
    ones = np.ones(len(NAMES))
    draws = Draws(z.reshape(1, 3, 20, -1), 0.3, ones, ones, ones)
    file = tmp_path / "new" / "rows.csv"
    write(file, dict.fromkeys(READINGS, draws), seed=1, effort=Effort(), rows=30)
    remarks, table, readings = read(file)
    assert len(remarks) == 8
    committed, _, _ = read(FILE)
    assert remarks[:3] == committed[:3]
    assert [remark[:5] for remark in remarks[:3]] == ["# nb:", "# en:", "# sv:"]
    assert list(readings) == ["konigs"] * 30 + ["dokken"] * 30
    first = columns_of(draws.thinned(30), 1, "konigs")
    assert table["pauses"][:30] == pytest.approx(first["pauses [% per month]"], rel=1e-3)
    # What the figures say nothing of is drawn anew in each reading.
    assert table["pauses"][30] == table["pauses"][0]
    assert table["alna_short_candidates"][30] != table["alna_short_candidates"][0]
