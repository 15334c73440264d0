"""Compiled text as an object file for another machine than this one.

The back ends of all machines are in the compiler's library. What the text has besides the engine
(how Python calls it) is left out, and each entry gets a form that any program can call: addresses
of rows of words, then plain numbers; it returns what the engine returns, or -1 if it was left by an
exception, which it never is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from llvmlite import binding as llvm

from pilotsim.portable.text import ENTRIES


@dataclass(frozen=True)
class Machine:
    """What code is lowered for.

    Parameters
    ----------
    triple : str
        Its name, as the compiler's library writes it.
    processor : str
        Which processor; empty for any.
    features : str
        What every one of them can do besides.
    multiplies_wide : bool
        Whether it has an instruction for the upper half of a product.
    """

    triple: str
    processor: str = ""
    features: str = ""
    multiplies_wide: bool = True


# What browsers have had since 2021, Safari as the last of them.
WEBASSEMBLY = Machine(
    "wasm32-unknown-unknown",
    features="+bulk-memory,+sign-ext,+nontrapping-fptoint,+mutable-globals",
    multiplies_wide=False,
)
ARM = Machine("aarch64-unknown-linux-gnu", "generic")
# An array of words as the compiler hands it over: two owners, its size, the size of a word, where
# it lies, how many there are, the bytes from one to the next.
ROW = ("ptr null", "ptr null", "i64 1", "i64 8", "ptr {name}", "i64 1", "i64 8")
# The product of two numbers of 128 bits, from 32 bits at a time. It is not optimised: that would
# make the very product of it that it stands for.
WIDE_PRODUCT = """
define void @__multi3(ptr %to, i64 %a, i64 %a_upper, i64 %b, i64 %b_upper) {
  %a_low = and i64 %a, 4294967295
  %a_high = lshr i64 %a, 32
  %b_low = and i64 %b, 4294967295
  %b_high = lshr i64 %b, 32
  %low = mul i64 %a_low, %b_low
  %cross = mul i64 %a_low, %b_high
  %crossing = mul i64 %a_high, %b_low
  %high = mul i64 %a_high, %b_high
  %carried = lshr i64 %low, 32
  %cross_low = and i64 %cross, 4294967295
  %crossing_low = and i64 %crossing, 4294967295
  %middle_one = add i64 %carried, %cross_low
  %middle = add i64 %middle_one, %crossing_low
  %cross_high = lshr i64 %cross, 32
  %crossing_high = lshr i64 %crossing, 32
  %middle_high = lshr i64 %middle, 32
  %sum_one = add i64 %high, %cross_high
  %sum_two = add i64 %sum_one, %crossing_high
  %sum = add i64 %sum_two, %middle_high
  %side_one = mul i64 %a_upper, %b
  %side_two = mul i64 %a, %b_upper
  %sides = add i64 %side_one, %side_two
  %upper = add i64 %sum, %sides
  %product = mul i64 %a, %b
  store i64 %product, ptr %to
  %next = getelementptr i64, ptr %to, i32 1
  store i64 %upper, ptr %next
  ret void
}
"""


def objects_of(texts: Mapping[str, str], machine: Machine) -> dict[str, bytes]:
    """Return the object files that are to be linked, by name.

    Parameters
    ----------
    texts : mapping of str to str
        The compiled text of each entry.
    machine : Machine
        What they are for.
    """
    llvm.initialize_all_targets()
    llvm.initialize_all_asmprinters()
    target = llvm.Target.from_triple(machine.triple)
    made = target.create_target_machine(
        cpu=machine.processor, features=machine.features, opt=3, reloc="pic"
    )
    whole = _parsed("", machine, made)
    for name, text in texts.items():
        whole.link_in(_engine_alone(text, name, machine, made))
    for function in whole.functions:
        if function.name in {_inner(name) for name in ENTRIES}:
            function.linkage = "internal"
    whole.verify()
    passes = llvm.create_pass_builder(made, llvm.create_pipeline_tuning_options(speed_level=3))
    passes.getModulePassManager().run(whole, passes)
    objects = {"kernel.o": made.emit_object(whole)}
    if not machine.multiplies_wide:
        objects["product.o"] = made.emit_object(_parsed(WIDE_PRODUCT, machine, made))
    return objects


def _parsed(text: str, machine: Machine, made: Any) -> Any:
    """Return a module of a text, for a machine."""
    # Blocks are named after the functions that they came from, with their arguments' types.
    llvm.set_option("", "-non-global-value-max-name-size=1000000")
    module = llvm.parse_assembly(text)
    module.triple = machine.triple
    module.data_layout = str(made.target_data)
    return module


def _engine_alone(text: str, name: str, machine: Machine, made: Any) -> Any:
    """Return a module of what an entry calls, and of the entry as any program can call it."""
    module = _parsed(text, machine, made)
    defined = [one for one in module.functions if not one.is_declaration]
    (entry,) = [one for one in defined if _is_entry(one.name, name)]
    for one in (*defined, *module.global_variables):
        if not one.is_declaration:
            one.linkage = "internal"
    others = [str(one.type) for one in entry.arguments][2 + len(ROW) * len(ENTRIES[name].rows) :]
    entry.name = _inner(name)
    entry.linkage = "external"
    module.link_in(_parsed(_callable(name, others), machine, made))
    return module


def _is_entry(symbol: str, name: str) -> bool:
    """Tell whether a symbol is the engine's function, and not what calls it from Python or C."""
    path = [*ENTRIES[name].module.split("."), name]
    return symbol.startswith("_ZN" + "".join(f"{len(part)}{part}" for part in path) + "B")


def _inner(name: str) -> str:
    return f"inner_{name}"


def _callable(name: str, others: list[str]) -> str:
    """Return the text of an entry as any program can call it."""
    rows = [f"%row{k}" for k in range(len(ENTRIES[name].rows))]
    numbers = [f"{kind} %number{k}" for k, kind in enumerate(others)]
    words = [word.format(name=row) for row in rows for word in ROW]
    kinds = ["ptr", "ptr", *[word.split()[0] for word in words], *others]
    given = ["ptr %result", "ptr %raised", *words, *numbers]
    return f"""
declare i32 @{_inner(name)}({", ".join(kinds)})
define i64 @{name}({", ".join([*[f"ptr {row}" for row in rows], *numbers])}) {{
  %result = alloca i64
  %raised = alloca ptr
  store i64 0, ptr %result
  %status = call i32 @{_inner(name)}({", ".join(given)})
  %is_fine = icmp eq i32 %status, 0
  %found = load i64, ptr %result
  %told = select i1 %is_fine, i64 %found, i64 -1
  ret i64 %told
}}
"""
