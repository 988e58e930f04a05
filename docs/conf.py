"""Sphinx configuration; `nox -s docs` builds with warnings as errors."""

from __future__ import annotations

from importlib.metadata import version as _version

from pygments.lexer import RegexLexer, words
from pygments.token import Comment, Keyword, Name, Number, Punctuation, String, Whitespace

project = "DFS"
author = "the DFS founders"
copyright = "2026, the DFS founders"
version = release = _version("dfs-core")

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.viewcode",
    "numpydoc",
]
source_suffix = {".md": "markdown", ".rst": "restructuredtext"}
exclude_patterns = ["_build"]
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3
numpydoc_show_class_members = False
autodoc_typehints = "signature"
autodoc_member_order = "bysource"
autodoc_default_options = {"exclude-members": "model_config, __init__"}

html_theme = "pydata_sphinx_theme"
html_title = "DFS"
html_static_path: list[str] = ["_static"]
html_show_sourcelink = False
html_theme_options = {"show_toc_level": 2, "navigation_with_keys": False}


class OcaLexer(RegexLexer):
    """Colours the rule language."""

    name = "OCA"
    tokens = {
        "root": [
            (r"//.*?$|^#.*?$", Comment),
            (r"/\*(.|\n)*?\*/", Comment),
            (r'"[^"]*"', String),
            (r"[-+]?\d*\.?\d+\b", Number),
            (
                words(
                    "if then else select execute file as from where group cluster by action recipe "
                    "product priority minRet maxRet and or not like regexp between tryBetween is "
                    "undefined string".split(),
                    suffix=r"(?![\w.-])",
                ),
                Keyword,
            ),
            (r"[A-Za-z][\w.-]*", Name),
            (r"\s+", Whitespace),
            (r".", Punctuation),
        ]
    }


def setup(app):
    app.add_lexer("oca", OcaLexer)
