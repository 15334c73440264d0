"""Modules of JavaScript as scripts without imports, for a page that is opened from a disk.

A browser loads no module from a file, and a worker from a text alone. Each module becomes a
function that is called once and returns what it exports; nothing else of its text is changed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

__all__ = ["bundle", "script_for"]

IMPORT = re.compile(r"^import \{([^}]*)\} from '(?:\.{1,2}/)+(?:\w+/)*(\w+)\.mjs'$", re.MULTILINE)
EXPORT = re.compile(r"^export (?=(?:async )?(?:class|function\*?|const|let) (\w+))", re.MULTILINE)
# What would end the element that the script stands in, or begin a comment there.
UNSAFE = re.compile(r"</script|<!--", re.IGNORECASE)


def bundle(files: Sequence[Path], name: str, outside: Mapping[str, str] | None = None) -> str:
    """Return a script that defines one object with all that some modules export.

    Parameters
    ----------
    files : sequence of Path
        The modules, each after those that it imports from.
    name : str
        What the object is called.
    outside : mapping of str to str, optional
        Modules that stand in objects before it, with the names of these.

    Raises
    ------
    ValueError
        A module imports or exports in a form, or from a place, that is not known here; or two
        export the same name.
    """
    parts = [f"const {name} = (() => {{", "'use strict'"]
    exported: dict[str, str] = {}
    done = dict(outside or {})
    for file in files:
        text = file.read_text(encoding="utf-8")
        names = EXPORT.findall(text)
        twice = exported.keys() & set(names)
        if twice:
            raise ValueError(f"{file.name} exports again: {', '.join(sorted(twice))}")
        exported |= dict.fromkeys(names, file.name)
        body = _without_imports(file, EXPORT.sub("", text), done)
        given = ", ".join(names)
        parts.append(f"const from_{file.stem} = (() => {{\n{body}\nreturn {{ {given} }}\n}})()")
        done[file.stem] = f"from_{file.stem}"
    given = ", ".join(f"...from_{file.stem}" for file in files)
    parts.append(f"return {{ {given} }}\n}})();\n")
    return "\n".join(parts)


def script_for(file: Path, outside: Mapping[str, str]) -> str:
    """Return a module that exports nothing as a script that takes what it imports from objects.

    Parameters
    ----------
    file : Path
        The module.
    outside : mapping of str to str
        The modules, with the names of the objects, as `bundle` defines them, in which they stand.

    Raises
    ------
    ValueError
        It imports from another module, or exports something.
    """
    text = _without_imports(file, file.read_text(encoding="utf-8"), outside)
    return f"(() => {{\n'use strict'\n{text}\n}})();\n"


def _without_imports(file: Path, text: str, known: Mapping[str, str]) -> str:
    def taken(found: re.Match[str]) -> str:
        names, module = found.groups()
        if module not in known:
            raise ValueError(f"{file.name} imports from {module}.mjs, which is not there yet")
        return f"const {{{names.replace(' as ', ': ')}}} = {known[module]}"

    text = IMPORT.sub(taken, text)
    left = re.search(r"^(?:import|export)\b.*", text, re.MULTILINE) or UNSAFE.search(text)
    if left is not None:
        raise ValueError(f"{file.name} cannot stand in a script: {left[0]}")
    return text
