"""What the wheel holds beside the code: templates, examples and documentation, as they stand here.

They have one home, the folders of the repository; a wheel is given copies of them when it is built
(`docs/decisions/0047-what-comes-with-the-program.md`). All else about the build stands in
`pyproject.toml`.
"""

from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

HERE = Path(__file__).parent
# Names as `pilotsim.files.shipped` asks for them.
SHIPPED = (
    *("README.md", "README.nb.md", "SCOPE.md", "LICENSE"),
    *("configs", "districts", "docs", "experiments", "modules", "schema"),
    # Made by `make wheel`; a wheel without them says so when it is asked.
    *("site", "bill_of_materials.json"),
)


def shipped_files() -> list[str]:
    """Return each file that goes along, as seen from here."""
    found = []
    for name in SHIPPED:
        place = HERE / name
        files = sorted(place.rglob("*")) if place.is_dir() else [place]
        found += [file.relative_to(HERE).as_posix() for file in files if file.is_file()]
    return found


class BuildWithShipped(build_py):
    """Copies what goes along into the package; where code is edited it is read where it stands."""

    def run(self) -> None:
        """Copy the code, then the rest."""
        super().run()
        if not self.editable_mode:
            for name in shipped_files():
                target = self._place_of(name)
                self.mkpath(str(target.parent))
                self.copy_file(name, str(target))

    def get_outputs(self, include_bytecode: bool = True) -> list[str]:
        """Return what the build writes."""
        own = [] if self.editable_mode else [str(self._place_of(name)) for name in shipped_files()]
        return [*super().get_outputs(include_bytecode), *own]

    def get_source_files(self) -> list[str]:
        """Return what the build reads: a source distribution holds it."""
        return [*super().get_source_files(), *shipped_files()]

    def _place_of(self, name: str) -> Path:
        return Path(self.build_lib, "pilotsim", "shipped", name)


setup(cmdclass={"build_py": BuildWithShipped})
