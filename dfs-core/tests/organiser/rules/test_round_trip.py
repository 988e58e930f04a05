"""Whatever tree: its text parses to it again, and its compiled form says what it means."""

from __future__ import annotations

import re
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from dfs.organiser.rules import compile_rules, format_rules, parse_rules
from dfs.organiser.rules import interpreter as literal
from dfs.organiser.rules.analysis import branches, contradicts, implies, split
from dfs.organiser.rules.codegen import predicate
from dfs.organiser.rules.explain import WORDS
from dfs.organiser.rules.syntax import (
    Action,
    Arithmetic,
    Assignment,
    Association,
    Between,
    Card,
    Comparison,
    Conjunction,
    Constant,
    Disjunction,
    Grouping,
    Keyword,
    Match,
    Negation,
    Negative,
    Organisation,
    Priority,
    Product,
    Recipe,
    Rule,
    RuleSet,
    TypeTest,
)

# Few keywords and values, so that rules see, hit and overwrite each other.
KEYWORDS = ("DPR.CATG", "DPR.TYPE", "DET.CHIPS", "MJD-OBS", "RAW.TYPE", "DO.CATG", "INS.F", "x_1")
STRINGS = ("CALIB", "BIAS", "DARK,BIAS", "SCIENCE", "1", "2.0", " 3", "T", "F", "", "a_b", "1e400")
PATTERNS = ("%BIAS%", "CALIB", "%A%", "B%", "%,BIAS", "%", "a_b", "", "%D%B%", "1%")
NUMBERS = st.one_of(st.integers(-3, 3), st.sampled_from((0.0, -0.2, 3.0, 1e-3, 2.5, 55378.0, 1e22)))

values = st.one_of(st.sampled_from(STRINGS), NUMBERS, st.booleans())
headers = st.dictionaries(st.sampled_from(KEYWORDS), values)
keywords = st.builds(Keyword, st.sampled_from(KEYWORDS), st.booleans())
constants = st.builds(Constant, values)


def is_number(node: Any) -> bool:
    return isinstance(node, Constant) and not isinstance(node.value, bool | str)


def compounds(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    operands = st.lists(inner, min_size=2, max_size=3).map(tuple)
    return st.one_of(
        st.builds(
            Comparison, st.sampled_from(("==", "!=", "<", ">", "<=", ">=", "?=")), inner, inner
        ),
        st.builds(Match, st.just("like"), inner, st.sampled_from(PATTERNS)),
        st.builds(Match, st.just("regexp"), inner, st.sampled_from(("^B", "A.*S", "[0-9]", ""))),
        st.builds(Between, st.sampled_from(("between", "tryBetween")), inner, inner, inner),
        st.builds(TypeTest, st.sampled_from(("undefined", "string")), inner),
        st.builds(Arithmetic, st.sampled_from("+-*/"), inner, inner),
        st.builds(Negative, inner.filter(lambda node: not is_number(node))),
        st.builds(Negation, inner),
        st.builds(Conjunction, operands),
        st.builds(Disjunction, operands),
    )


simple = st.one_of(
    st.builds(Comparison, st.just("=="), keywords, constants),
    st.builds(Match, st.just("like"), keywords, st.sampled_from(PATTERNS)),
)
expressions = st.recursive(st.one_of(keywords, constants), compounds, max_leaves=12)
conditions = st.one_of(
    simple, st.lists(simple, min_size=2, max_size=4).map(tuple).map(Conjunction), expressions
)
assignments = st.lists(
    st.builds(Assignment, st.sampled_from(KEYWORDS), st.one_of(constants, expressions)), max_size=3
).map(tuple)
names = st.one_of(
    st.from_regex(re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.+-]{0,8}", re.ASCII), fullmatch=True),
    st.sampled_from(WORDS),
)
texts = st.text(st.characters(codec="utf-8", exclude_characters="\n\r\0\"'"), max_size=9)
sets = st.sampled_from(("inputFiles", "calibFiles", "rawFiles"))
cards = st.builds(Card, kind=st.sampled_from(("minRet", "maxRet")), count=st.integers(0, 9))
optional = st.one_of(st.none(), conditions)
rules = st.builds(Rule, condition=conditions, assignments=assignments, otherwise=assignments)
plain_rules = st.builds(Rule, condition=conditions, assignments=assignments)
groupings = st.builds(
    lambda keys, cluster, named: Grouping(keys, cluster, *named),
    st.lists(keywords, min_size=1, max_size=3).map(tuple),
    st.booleans(),
    st.one_of(st.just(("", "")), st.tuples(names, names)),
)
organisations = st.builds(
    Organisation,
    action=names,
    source=sets,
    condition=optional,
    grouping=st.one_of(st.none(), groupings),
)
items = st.one_of(
    cards,
    st.builds(Association, tag=names, source=sets, condition=optional),
    st.builds(Recipe, name=names, options=st.lists(texts, max_size=2).map(tuple)),
    st.builds(Product, name=names, assignments=assignments),
    st.builds(Priority, value=NUMBERS),
)
actions = st.builds(Action, name=names, items=st.lists(items, max_size=5).map(tuple))
rule_sets = st.builds(
    RuleSet,
    statements=st.lists(st.one_of(rules, organisations, cards, actions), max_size=5).map(tuple),
)
classifications = st.builds(
    RuleSet,
    statements=st.lists(st.one_of(plain_rules, plain_rules, rules), max_size=9).map(tuple),
)


@given(rule_sets)
def test_canonical_text_parses_to_the_same_tree(rule_set: RuleSet) -> None:
    text = format_rules(rule_set)
    parsed = parse_rules(text)
    assert parsed == rule_set
    assert format_rules(parsed) == text


def typed(assigned: dict[str, Any]) -> dict[str, tuple[type, Any]]:
    return {keyword: (type(value), value) for keyword, value in assigned.items()}


@settings(max_examples=300)
@given(classifications, st.lists(headers, min_size=1, max_size=5))
def test_compiled_classification_equals_the_literal_meaning(
    rule_set: RuleSet, many: list[dict[str, Any]]
) -> None:
    compiled = compile_rules(rule_set)
    for header in many:
        before = dict(header)
        expected = literal.classify(rule_set, header)
        assert typed(compiled.classify(header)) == typed(expected)
        assert header == before, "a header is never changed"


@settings(max_examples=300)
@given(optional, headers, headers)
def test_compiled_conditions_equal_the_literal_meaning(
    condition: Any, candidate: dict[str, Any], asking: dict[str, Any]
) -> None:
    assert predicate(condition)(candidate, asking) is literal.holds(condition, candidate, asking)


@given(conditions, headers, headers)
def test_the_parts_of_an_association_hold_together_if_and_only_if_it_holds(
    condition: Any, candidate: dict[str, Any], asking: dict[str, Any]
) -> None:
    terms = split(condition)
    equalities = [
        Comparison("==", Keyword(asked, True), Keyword(found)) for asked, found in terms.equalities
    ]
    constants = [
        Comparison("==", Keyword(name), Constant(value)) for name, value in terms.constants
    ]
    parts = [*equalities, *constants, *terms.rest]
    together = all(literal.holds(part, candidate, asking) for part in parts)
    assert together == literal.holds(condition, candidate, asking)


@given(conditions, headers)
def test_a_condition_holds_if_and_only_if_one_of_its_alternatives_does(
    condition: Any, header: dict[str, Any]
) -> None:
    alternatives = branches(condition)
    if alternatives is not None:
        hold = [branch for branch in alternatives if all(literal.holds(c, header) for c in branch)]
        assert bool(hold) == literal.holds(condition, header)
        assert not any(contradicts(branch) for branch in hold)


@settings(max_examples=300)
@given(conditions, conditions, headers)
def test_what_follows_by_the_rules_of_the_linter_follows_on_headers(
    condition: Any, consequence: Any, header: dict[str, Any]
) -> None:
    first, second = branches(condition), branches(consequence)
    if first and second and implies(first, second) and literal.holds(condition, header):
        assert literal.holds(consequence, header)
