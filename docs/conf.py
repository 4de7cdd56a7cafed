"""How Sphinx builds the book: `make book`. Everything that it shows is in the repository."""

import re
import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parent / "src"), str(HERE)]

import generate  # noqa: E402
from pygments.lexers.special import TextLexer  # noqa: E402
from sphinx.application import Sphinx  # noqa: E402
from sphinx.highlighting import lexers  # noqa: E402

from tipoff import __version__  # noqa: E402

generate.write(HERE / "reference")

lexers["csv"] = TextLexer()

project = "tipoff"
author = "the authors of tipoff"
release = version = __version__
extensions = ["myst_parser"]
myst_enable_extensions = ["deflist"]
myst_heading_anchors = 4
html_theme = "furo"
html_title = f"tipoff {release}"
html_show_sphinx = False
html_copy_source = False
html_show_sourcelink = False
# Summaries of found pages are fetched, which browsers refuse to pages that are read from a folder.
html_show_search_summary = False
smartquotes = False


def setup(app: Sphinx) -> None:
    """Let the index name pages, in brackets, that may be there or not."""
    app.connect("source-read", _only_what_is_there)


def _only_what_is_there(_: Sphinx, name: str, source: list[str]) -> None:
    def kept(found: re.Match[str]) -> str:
        return f"{found[1]}\n" if (HERE / f"{found[1]}.md").exists() else ""

    if name == "index":
        source[0] = re.sub(r"^\[([\w-]+)\]\n", kept, source[0], flags=re.MULTILINE)
