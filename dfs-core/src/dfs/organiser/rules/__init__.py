"""The rule language: classification, organisation and association rules as text.

Importing this package is cheap; the grammar is built when the first file is parsed.
"""

from dfs.organiser.rules.compiler import (
    CompiledAction,
    CompiledAssociation,
    CompiledGroup,
    CompiledProduct,
    CompiledRules,
    compile_rules,
)
from dfs.organiser.rules.dictionary import Dictionary, load_dictionaries
from dfs.organiser.rules.formatter import format_rules
from dfs.organiser.rules.lint import LintWarning, lint_rules
from dfs.organiser.rules.parser import formatted_file, load_rules, parse_rules
from dfs.organiser.rules.summary import summary
from dfs.organiser.rules.syntax import Position, RuleSet
from dfs.organiser.rules.values import Header, Value, index_key

__all__ = [
    "CompiledAction",
    "CompiledAssociation",
    "CompiledGroup",
    "CompiledProduct",
    "CompiledRules",
    "Dictionary",
    "Header",
    "LintWarning",
    "Position",
    "RuleSet",
    "Value",
    "compile_rules",
    "format_rules",
    "formatted_file",
    "index_key",
    "lint_rules",
    "load_dictionaries",
    "load_rules",
    "parse_rules",
    "summary",
]
