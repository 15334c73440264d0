"""Functions that only compiled code calls: kept as text, which becomes part of what calls them.

The compiler makes a module of each function, with all that it calls; optimises it; makes machine
code of it; and does so again for each of its callers. A part ends before that: it is text, as it
was first written. What Python calls is linked with all its parts and made machine code as a whole.
"""

from __future__ import annotations

from typing import Any

from llvmlite import binding
from numba import _dynfunc
from numba.core.codegen import JITCodeLibrary
from numba.core.compiler import Compiler
from numba.core.registry import CPUDispatcher


class PartLibrary(JITCodeLibrary):  # type: ignore[misc]
    """The text of a part, and which parts it calls in its turn."""

    _shared_module: Any

    def finalize(self) -> None:
        """Add nothing any more; optimise nothing, and make no machine code."""
        self._raise_if_finalized()
        for library in self._linking_libraries:
            self._reload_init.update(library._reload_init)
        self._finalized = True

    def get_pointer_to_function(self, name: str) -> int:
        """Return no address: there is no machine code."""
        self._ensure_finalized()
        return 0

    def _get_module_for_linking(self) -> Any:
        """Return the text of this part with that of all that it calls."""
        self._ensure_finalized()
        if self._shared_module is None:
            linked = self._final_module.clone()
            for library in _all_called_by(self):
                is_part = isinstance(library, PartLibrary)
                text = library._final_module if is_part else library._get_module_for_linking()
                linked.link_in(text, preserve=True)
            for function in linked.functions:
                if not function.is_declaration and function.linkage == binding.Linkage.external:
                    function.linkage = binding.Linkage.linkonce_odr
            self._shared_module = linked
        return self._shared_module


def _all_called_by(part: PartLibrary) -> list[Any]:
    """Return what a part calls, at whatever depth; what is no part has all that it calls itself."""
    found: dict[Any, None] = {}
    left = list(part._linking_libraries)
    while left:
        library = left.pop()
        if library not in found:
            found[library] = None
            left += library._linking_libraries if isinstance(library, PartLibrary) else []
    return [library for library in found if library is not part]


class PartCompiler(Compiler):  # type: ignore[misc]
    """The compiler, as far as the text."""

    def compile_extra(self, function: Any) -> Any:
        """Return what is known of a function once it is text.

        Parameters
        ----------
        function : FunctionType
            The plain function.
        """
        flags, context = self.state.flags, self.state.targetctx
        flags.no_cpython_wrapper = flags.no_cfunc_wrapper = flags.no_compile = True
        self.state.library = PartLibrary(context.codegen(), function.__qualname__)
        found = super().compile_extra(function)
        # What callers ask for it by. It leads nowhere, like that of the compiler's own overloads.
        handle = _dynfunc.make_function(
            found.fndesc.lookup_module(),
            function.__name__,
            "part of compiled code",
            found.library.get_pointer_to_function(found.fndesc.llvm_func_name),
            found.environment,
            (found.library,),
        )
        context.insert_user_function(handle, found.fndesc, [found.library])
        return found._replace(entry_point=handle)


class Part(CPUDispatcher):  # type: ignore[misc]
    """A part as its callers name it.

    Parameters
    ----------
    function : FunctionType
        The plain function.
    options : dict
        The compiler's, see `jit.OPTIONS`.
    """

    def __init__(self, function: Any, options: dict[str, Any]) -> None:
        super().__init__(
            function, targetoptions={"nopython": True, **options}, pipeline_class=PartCompiler
        )

    def add_overload(self, found: Any) -> None:
        """Remember what was compiled, for compiled code alone.

        Parameters
        ----------
        found : CompileResult
            What was compiled.
        """
        self.overloads[tuple(found.signature.args)] = found

    def _compile_for_args(self, *arguments: Any, **named: Any) -> Any:
        name = self.py_func.__qualname__
        raise TypeError(f"only compiled code calls '{name}'; what Python calls is a `jit.entry`")
