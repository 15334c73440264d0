"""What does each district come to, in each scenario?"""

from __future__ import annotations

from matplotlib.axes import Axes

from pilotsim.experiments.portfolio.execute import PortfolioRun, ends_of_runs
from pilotsim.language.catalogue import say
from pilotsim.language.numbers import format_number
from pilotsim.output.figures.panels import add_sheet
from pilotsim.output.figures.style import BLUE, ORANGE, write
from pilotsim.output.figures.titles import fit_title

# How far above its line a scenario is named, and what is left below the last, in lines.
ABOVE, BELOW = 0.38, 0.3


def plot_portfolio(
    found: PortfolioRun, *, ax: Axes | None = None, language: str = "nb", outcome: int = 0
) -> Axes:
    """Draw a panel for each district: the scenarios, with the ends of nine runs in ten.

    Parameters
    ----------
    found : PortfolioRun
        What to show.
    ax : Axes, optional
        Where to draw; a new figure 16 cm wide, unless given.
    language : str
        One of `LANGUAGES`.
    outcome : int
        The place of the outcome; the first, unless given.
    """
    portfolio = found.portfolio
    names = [one.says.in_language(language) for one in portfolio.districts]
    what = portfolio.outcomes[outcome].says.in_language(language)
    note = say("portfolio_figure_note", language, what=what)
    sheet = add_sheet(ax, names, title(found, language, outcome), note)
    count = len(portfolio.scenarios)
    most = max(
        ends_of_runs(found.values[s, d, outcome])[1]
        for s in range(count)
        for d in range(len(names))
    )
    labels = [say("portfolio_as_written", language)]
    labels += [one.says.in_language(language) for one in portfolio.scenarios[1:]]
    for district, panel in enumerate(sheet.panels):
        for scenario in range(count):
            numbers = found.values[scenario, district, outcome]
            colour = BLUE if scenario == 0 else ORANGE
            panel.plot(ends_of_runs(numbers), [scenario, scenario], color=colour, linewidth=1.6)
            panel.plot([float(numbers.mean())], [scenario], marker="o", color=colour)
            write(panel, 0, scenario - ABOVE, labels[scenario])
        panel.set_xlim(0, most * 1.05)
        panel.set_ylim(count - 1 + BELOW, -2 * ABOVE)
        panel.set_yticks([])
        panel.xaxis.set_major_formatter(lambda number, _: format_number(number, language, 0))
    return sheet.page


def title(found: PortfolioRun, language: str = "nb", outcome: int = 0) -> str:
    """Return what was found, in one sentence: the sum over districts as written."""
    total = float(found.totals[0, outcome].mean())
    what = found.portfolio.outcomes[outcome].says.in_language(language)
    return fit_title(
        "portfolio_figure",
        language,
        long=["what"],
        what=what,
        number=format_number(total, language, 0),
        districts=format_number(len(found.portfolio.districts), language, 0),
    )


def alt_text(found: PortfolioRun, language: str = "nb") -> str:
    """Return what the figure shows, for those who cannot see it."""
    parts = [
        f"{district.says.in_language(language)}: "
        + ", ".join(
            format_number(float(found.values[s, d, 0].mean()), language, 0)
            for s in range(len(found.portfolio.scenarios))
        )
        for d, district in enumerate(found.portfolio.districts)
    ]
    return f"{title(found, language)} {'; '.join(parts)}."
