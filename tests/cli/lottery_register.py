"""The register of the guide: 155 people, a lottery, and 24 months after it."""

from __future__ import annotations

from pathlib import Path

# In work when two years have gone: 25 of the 78 who were drawn, 17 of the 77 others.
DRAWN, OTHERS = (78, 25), (77, 17)
MONTHS = [f"{year}-{month:02}" for year in (2014, 2015, 2016) for month in range(1, 13)]
BEGINS = MONTHS.index("2015-01")


def write_register(file: Path) -> None:
    """Write it: who finds work does so in turn, one month after another, and keeps it."""
    rows = ["client,month,status,assigned,offered,started"]
    client = 0
    for assigned, (people, in_work) in ((1, DRAWN), (0, OTHERS)):
        for place in range(people):
            first = BEGINS + 4 + place % 19 if place < in_work else len(MONTHS)
            offered = "2015-01" if assigned else ""
            started = "2015-02" if assigned and place % 8 else ""
            for number, month in enumerate(MONTHS):
                status = "work" if number >= first else "assistance"
                rows.append(f"{client},{month},{status},{assigned},{offered},{started}")
            client += 1
    file.write_text("\n".join(rows) + "\n", encoding="utf-8")
