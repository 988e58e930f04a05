"""The reference page: its examples parse, and it lists what there is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from dfs.foundation.errors import CODES
from dfs.organiser.rules import compile_rules, format_rules, parse_rules
from dfs.organiser.rules.explain import WORDS
from dfs.organiser.rules.lint import LINTS

PAGE = Path(__file__).parents[4] / "docs" / "reference" / "rule-language.md"


@pytest.fixture(scope="module")
def page() -> str:
    if not PAGE.is_file():
        pytest.skip(f"the documentation is not here: {PAGE}")
    return PAGE.read_text("utf-8")


def test_every_example_parses_compiles_and_formats(page: str) -> None:
    examples = re.findall(r"^```oca\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    assert len(examples) >= 10
    for example in examples:
        rules = parse_rules(example)
        assert rules.statements, example
        assert parse_rules(format_rules(rules)) == rules
        compile_rules(rules).classify({})


def test_every_warning_is_described(page: str) -> None:
    described = re.findall(r"^\| `([a-z-]+)` \|", page, re.MULTILINE)
    assert sorted(described) == sorted(LINTS)


def test_every_error_code_is_described(page: str) -> None:
    described = set(re.findall(r"^\| `(rules\.[a-z-]+)` \|", page, re.MULTILINE))
    assert described == {name for name in CODES if name.startswith("rules.")}


def test_every_word_of_the_language_is_in_the_grammar(page: str) -> None:
    grammar = re.search(r"^```ebnf\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    assert grammar is not None
    for word in WORDS:
        assert f'"{word}"' in grammar[1], word
