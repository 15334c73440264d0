"""``python -m manual.licences``: `docs/licences.md`, of all libraries that may come along.

``--pins`` prints them with their versions instead, for a bill of materials.
"""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Collection
from importlib.metadata import Distribution, PackageNotFoundError, distribution

from packaging.requirements import Requirement

from manual.sources import ROOT

PAGE = ROOT / "docs" / "licences.md"
HEAD = """# Licences

pilotsim is under the [MIT licence](../LICENSE). What it needs is installed beside it, not shipped
with it: the libraries below, of the core and of all extras, with the licence that each states
(`python -m manual.licences`). `make wheel` writes a bill of materials (CycloneDX) with versions.

| library | licence |
|---|---|
"""


def closure() -> dict[str, Distribution]:
    """Return each library of the core and of all extras that is installed here, by name."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"].values()
    asked = [*project["dependencies"], *(one for some in extras for one in some)]
    found: dict[str, Distribution] = {}
    seen = set()
    while asked:
        needed = Requirement(asked.pop())
        name = _plain(needed.name)
        key = (name, frozenset(needed.extras))
        if key in seen or name == "pilotsim":
            continue
        seen.add(key)
        try:
            library = distribution(needed.name)
        except PackageNotFoundError:
            continue
        found[name] = library
        asked += [one for one in library.requires or () if _is_asked(one, needed.extras)]
    return dict(sorted(found.items()))


def _is_asked(requirement: str, extras: Collection[str]) -> bool:
    marker = Requirement(requirement).marker
    return marker is None or any(marker.evaluate({"extra": extra}) for extra in ("", *extras))


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def licence_of(library: Distribution) -> str:
    """Return the licence that a library states, as short as it states it."""
    told = library.metadata
    said = told.get("License-Expression")
    if said:
        return str(said)
    kinds = [
        one.rsplit(" :: ", 1)[-1]
        for one in told.get_all("Classifier") or ()
        if one.startswith("License :: ") and not one.endswith("OSI Approved")
    ]
    first = str(told.get("License") or "not stated").strip().partition("\n")[0]
    return ", ".join(kinds) or first


if __name__ == "__main__":
    libraries = closure()
    if "--pins" in sys.argv:
        print("\n".join(f"{name}=={library.version}" for name, library in libraries.items()))
    else:
        rows = [f"| {name} | {licence_of(library)} |" for name, library in libraries.items()]
        PAGE.write_text(HEAD + "\n".join(rows) + "\n", encoding="utf-8")
