"""What Sphinx is told; the sources are laid out by `manual.sources`."""

from pygments.lexers.special import TextLexer
from sphinx.application import Sphinx

import pilotsim

project = "pilotsim"
author = "The pilotsim developers"
version = release = pilotsim.__version__
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
source_suffix = {".md": "markdown", ".rst": "restructuredtext"}
root_doc = "index"

# Nothing is fetched from elsewhere: the pages are read without a network.
html_theme = "furo"
html_title = "pilotsim"
html_copy_source = False
html_show_sphinx = False

# Links to headings, named as on other sites that show these pages.
myst_heading_anchors = 4
myst_enable_extensions = ["colon_fence"]
# Pages of systems begin below a heading that the program writes.
suppress_warnings = ["myst.header", "misc.highlighting_failure", "toc.not_included"]

napoleon_google_docstring = False
napoleon_numpy_docstring = True
napoleon_preprocess_types = False
autodoc_typehints = "signature"
autodoc_member_order = "bysource"
# Single backticks in docstrings are names and code.
default_role = "literal"
nitpicky = False


def setup(app: Sphinx) -> None:
    """Show diagrams as the text that they are drawn by."""
    app.add_lexer("mermaid", TextLexer)
