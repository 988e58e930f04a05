"""Real rule files of observatories, which lie beside the repository."""

from __future__ import annotations

import csv
import json
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from dfs.foundation.errors import UserError
from dfs.organiser.rules import (
    LintWarning,
    RuleSet,
    Value,
    compile_rules,
    format_rules,
    lint_rules,
    load_dictionaries,
    load_rules,
    parse_rules,
)
from dfs.organiser.rules import interpreter as literal
from dfs.organiser.rules.preprocessor import preprocess
from dfs.organiser.rules.syntax import (
    Comparison,
    Conjunction,
    Constant,
    Disjunction,
    Expression,
    Keyword,
    Match,
    walk,
)

pytestmark = pytest.mark.shared_data


@pytest.fixture(scope="module")
def pipeline(shared_data: Path) -> Path:
    folder = shared_data / "pipeline"
    if not folder.is_dir():
        pytest.skip(f"no rule files: {folder}")
    return folder


@pytest.fixture(scope="module")
def corpus(pipeline: Path) -> dict[str, RuleSet]:
    """Rule sets by the stem of their file."""
    files = sorted((pipeline / "oca").glob("*.oca"))
    assert len(files) >= 9
    return {file.stem: load_rules(file) for file in files}


def test_every_file_parses_and_its_canonical_text_means_the_same(
    corpus: dict[str, RuleSet],
) -> None:
    for name, rules in corpus.items():
        assert rules.statements, name
        text = format_rules(rules)
        parsed = parse_rules(text)
        assert parsed == rules, name
        assert format_rules(parsed) == text, name


def test_the_formatter_loses_no_comment(pipeline: Path) -> None:
    def comments(text: str) -> list[str]:
        return sorted(" ".join(c.text.split()) for c in preprocess(text, "").comments)

    for file in sorted((pipeline / "oca").glob("*.oca")):
        text = file.read_text("latin-1")
        assert comments(format_rules(parse_rules(text))) == comments(text), file.name


def test_a_fault_put_into_any_line_is_reported_at_that_line(pipeline: Path) -> None:
    generator = random.Random(20)
    for file in sorted((pipeline / "oca").glob("*.oca")):
        lines = file.read_text("latin-1").split("\n")
        source = preprocess("\n".join(lines), file.name)
        candidates = [n for n, line in enumerate(source.lines) if "==" in line.code]
        for number in generator.sample(candidates, min(5, len(candidates))):
            broken = [*lines]
            code = source.lines[number].code
            column = code.index("==")
            broken[number] = f"{lines[number][:column]}= ={lines[number][column + 2 :]}"
            with pytest.raises(UserError) as caught:
                parse_rules("\n".join(broken), file.name)
            assert caught.value.where == f"{file.name}:{number + 1}:{column + 1}"


def flat(node: Expression) -> Expression:
    """Nested ``and`` and ``or`` written as one."""
    if isinstance(node, Conjunction | Disjunction):
        operands: list[Expression] = []
        for operand in map(flat, node.operands):
            operands += operand.operands if type(operand) is type(node) else (operand,)
        return type(node)(tuple(operands))
    return node


def rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(newline="") as file:
        yield from csv.DictReader(file)


def test_classification_agrees_with_tables_made_by_another_parser(
    pipeline: Path, corpus: dict[str, RuleSet]
) -> None:
    compared = 0
    for name, rules in corpus.items():
        table = pipeline / "tables" / f"{name}_classification.csv"
        if not table.is_file():
            continue
        expected = list(rows(table))
        assert len(expected) == len(rules.rules), name
        for row, rule in zip(expected, rules.rules, strict=True):
            text = f"if {row['condition']} then {{ {row['assignments']}; }}"
            (other,) = parse_rules(text).rules
            assert flat(rule.condition) == flat(other.condition), (name, row["n"])
            assert rule.assignments == other.assignments, (name, row["n"])
            compared += 1
    assert compared > 1000


def test_cascades_agree_with_tables_made_by_another_parser(
    pipeline: Path, corpus: dict[str, RuleSet]
) -> None:
    compared = 0
    for name, rules in corpus.items():
        table = pipeline / "tables" / f"{name}_cascade.csv"
        if not table.is_file():
            continue
        actions = compile_rules(rules).actions
        expected = list(rows(table))
        assert [row["action"] for row in expected] == list(actions), name
        for row in expected:
            action = actions[row["action"]]
            inputs = [f"{a.tag}[{a.minimum}..{a.maximum}]" for a in action.associations]
            # The tables leave open what no card says; here it is one file.
            wanted = row["associated inputs [min..max]"].replace("[..]", "[1..1]").split()
            assert inputs == wanted, (name, action.name)
            assert [product.name for product in action.products] == row["products"].split()
            assert [recipe.name for recipe in action.recipes] == [row["recipe"]]
            compared += len(inputs)
    assert compared > 1000


def random_headers(rules: RuleSet, count: int, seed: int) -> Iterator[dict[str, Value]]:
    """Headers made of the values for which rules ask, and some others."""
    known: dict[str, list[Value]] = {}
    for rule in rules.rules:
        for node in walk(rule.condition):
            match node:
                case Comparison(_, Keyword(name), Constant(value)):
                    known.setdefault(name, []).append(value)
                case Match(_, Keyword(name), pattern):
                    known.setdefault(name, []).append(pattern.replace("%", ""))
                case Keyword(name):
                    known.setdefault(name, [])
    generator = random.Random(seed)
    others: tuple[Value, ...] = ("ODD", 1, 2, 2.5, "1", "2.0", True, "T", "")
    for _ in range(count):
        yield {
            name: generator.choice(values if values and generator.random() < 0.9 else others)
            for name, values in known.items()
            if generator.random() < 0.8
        }


def test_compiled_rules_equal_the_literal_meaning_on_headers(corpus: dict[str, RuleSet]) -> None:
    for name, rules in corpus.items():
        compiled = compile_rules(rules)
        classified = 0
        for header in random_headers(rules, 150, seed=7):
            assigned = compiled.classify(header)
            assert assigned == literal.classify(rules, header), name
            classified += bool(assigned)
        assert classified > 5, name


@pytest.fixture(scope="module")
def warnings(corpus: dict[str, RuleSet], pipeline: Path) -> dict[str, tuple[LintWarning, ...]]:
    listed = json.loads((pipeline / "recipes" / "recipes_cpl.json").read_text())
    recipes = {entry["name"] if isinstance(entry, dict) else entry for entry in listed}
    return {name: lint_rules(rules, recipes=recipes) for name, rules in corpus.items()}


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("doubled-prefix", "DET.DET.WIN1.NY has DET twice in a row"),
        ("missing-prefix", "WIN1.BINX looks like the end of DET.WIN1.BINX"),
        ("untested-group-key", "no condition tests DET.DET.WIN1.NY, by which DARK groups"),
        ("misnamed-tag", "called SPECTRAL_FORMAT_TAB_BIR but their tag is SPECTRAL_FORMAT_TAB_NIR"),
        ("missing-recipe", "action ACTION_SCI_IMG has the recipe 'none'"),
        ("unknown-recipe", "there is no recipe vmimflatsky"),
        ("unknown-recipe", "there is no recipe vmimobsjitter"),
        ("unknown-recipe", "there is no recipe vmskyccd"),
        ("unknown-recipe", "there is no recipe vmspflat"),
        ("unknown-recipe", "_cal_lingain"),
        ("never-taken", "MASTER_DARK is never taken, since maxRet is 0"),
        ("never-taken", "MASTER_BIAS is never taken, since maxRet is 0"),
        ("case-trap", '"%test%" and "%TEST%" are two values of DPR.CATG'),
        ("shadowed-rule", "which overwrites all it assigns"),
        ("undefined-action", "no action ACTION_SCIRED_IFU_OFFSET_JH_NIR is defined"),
        ("unproduced-tag", "nothing makes files with RAW.TYPE SCIENCE_IFU_STARE_UVB"),
        ("dangling-card", "no select uses this minRet = 0"),
    ],
)
def test_the_linter_finds_the_known_bugs(
    warnings: dict[str, tuple[LintWarning, ...]], name: str, words: str
) -> None:
    everything = [warning for found in warnings.values() for warning in found]
    assert any(warning.rule == name and words in warning.message for warning in everything)


def test_the_doubled_prefix_is_found_at_its_place(
    warnings: dict[str, tuple[LintWarning, ...]],
) -> None:
    places = [
        (warning.position.line, warning.position.column)
        for found in warnings.values()
        for warning in found
        if warning.rule in {"doubled-prefix", "missing-prefix"}
    ]
    assert places == [(121, 40), (121, 56)]


def test_the_linter_does_not_cry_wolf(warnings: dict[str, tuple[LintWarning, ...]]) -> None:
    unfounded = {"unreachable-rule", "glued-token", "inverted-limits", "cyclic-cascade"}
    for name, found in warnings.items():
        assert not [str(warning) for warning in found if warning.rule in unfounded], name


def test_every_dictionary_is_read(pipeline: Path) -> None:
    files = sorted((pipeline / "dic").glob("ESO-*"))
    dictionary = load_dictionaries(files)
    assert len(dictionary.entries) > 1000
    assert {"INS", "QC"} <= dictionary.categories
    assert dictionary.find("INS.LAMP1.NAME") is not None
    for file in files:
        for entry in load_dictionaries([file]).entries.values():
            assert entry.type, (file.name, entry.name)
            assert entry.name == entry.name.strip()
