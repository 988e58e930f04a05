"""Each kind of fault: its code, its place, and words that help."""

from __future__ import annotations

from pathlib import Path

import pytest

from dfs.foundation.errors import UserError
from dfs.organiser.rules import load_dictionaries, load_rules, parse_rules


def refuse(text: str, filename: str = "night.oca") -> UserError:
    with pytest.raises(UserError) as caught:
        parse_rules(text, filename)
    return caught.value


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ('if A == "X" { B = 1; }', "1:13", "found '{', expected 'and', 'or' or 'then'"),
        ('if A == 1 then\n{\n  B = "x"\n}', "3:10", "found '}', expected ';'"),
        ('if A == 1 then {\n B = "x"\n C = 1; }', "2:9", "found 'C', expected ';'"),
        ("if A == 1 then { B = 1; } }", "1:27", "found '}', expected 'action', 'else', 'if'"),
        ("if A == 1 then {\n", "2:1", "the file ends, expected '}' or a keyword"),
        ("IF A == 1 then { }", "1:1", "is 'if' meant? Words of the language keep their case"),
        ("if A == 1 And B == 2 then { }", "1:11", "is 'and' meant?"),
        ("if A = 1 then { }", "1:6", "'=' assigns, '==' compares"),
        ("if A == 1 then { B == 2; }", "1:21", "'==' compares, '=' assigns"),
        ("if (A == 1 then { }", "1:12", "expected ')'"),
        ("if A == 1) then { }", "1:10", "found ')'"),
        ("if A == then { }", "1:9", "expected a value"),
        ("if A == B == C then { }", "1:11", "found '=='"),
        ("if A like B then { }", "1:11", "expected a string in quotes"),
        ("if A between 1 or 2 then { }", "1:16", "expected 'and'"),
        ("if A is number then { }", "1:9", "expected 'string' or 'undefined'"),
        ('if A == "x then { }\n', "1:9", "the string that begins here does not end"),
        ("if A == 'x then { }\n", "1:9", "the string that begins here does not end"),
        ('if A == 1 then { B = 1; }\n "', "2:2", "the string that begins here does not end"),
        ("if A == %x then { }", "1:9", "found '%', expected a value"),
        ("if A == 1 then { B = é; }", "1:22", "found 'é', expected a value"),
        ("if A == 3x then { }", "1:9", "found '3x'"),
        ("if A == 1e999 then { }", "1:9", "the number is out of range"),
        (f"if A == {'9' * 5000} then {{ }}", "1:9", "the number has too many digits"),
        ("a;\n/* no end\n", "2:1", "'*/' is missing"),
        ("select execute() from inputFiles;", "1:16", "expected a name"),
        ("select execute(A) from allFiles;", "1:24", "inputFiles, calibFiles or rawFiles"),
        ("select execute(A) from inputFiles group A;", "1:41", "expected 'by'"),
        ("select execute(A) from inputFiles", "1:34", "the file ends, expected ';'"),
        ("select file as A from calibFiles;", "1:8", "expected 'execute'"),
        ("action { }", "1:8", "expected a name"),
        ("action A { DO.CATG = 1; }", "1:12", "found 'DO.CATG'"),
        ("action A { recipe; }", "1:18", "expected a name"),
        ("minRet = 1.5;", "1:10", "minRet needs a whole number"),
        ("minRet = -1;", "1:10", "expected a number"),
        (
            "action A\n{ select file as X from calibFiles\n where\n  A==DET.WIN1.BINYand\n B==C; }",
            "4:6",
            "DET.WIN1.BINYand runs into the word 'and': a blank is missing",
        ),
        (
            'action A\n{\n  select file as X from calibFiles where B == "x"\n  recipe r;\n}',
            "3:50",
            "found 'recipe', expected ';'",
        ),
        ('if A == "x"\n   B == "y" then { }', "1:12", "found 'B', expected 'and', 'or' or 'then'"),
        (f"if A == {'1+' * 200}1 then {{ }}", "1:9", "nested deeper than 100 levels"),
        (f"if {'not ' * 5000}A then {{ }}", "1:408", "nested deeper than 100 levels"),
    ],
)
def test_a_syntax_error_is_reported_where_it_is(text: str, place: str, words: str) -> None:
    error = refuse(text)
    assert error.code.name == "rules.syntax"
    assert error.where == f"night.oca:{place}"
    assert words in error.detail


def test_a_message_shows_the_line_and_points_at_the_place() -> None:
    error = refuse("if A == 1 then\n{\n\tB = = 1;\n}")
    assert error.detail.split("\n")[1:] == ["  \tB = = 1;", "  \t    ^"]


def test_of_a_long_line_the_part_around_the_place_is_shown() -> None:
    text = f"if {' and '.join(f'A{n} == {n}' for n in range(500))} and then {{ }}"
    error = refuse(text)
    _, excerpt, caret = error.detail.split("\n")
    assert len(excerpt) == 102
    assert excerpt[caret.index("^") :].startswith("then {")


def test_many_parentheses_are_no_deep_nesting() -> None:
    rules = parse_rules(f"if {'(' * 1000}A{')' * 1000} then {{ }}")
    assert len(rules.rules) == 1


def test_a_wrong_regular_expression_is_reported_where_it_is() -> None:
    error = refuse('if A == 1\n and B regexp "(x" then { }')
    assert error.code.name == "rules.pattern"
    assert error.where == "night.oca:2:15"


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError) as caught:
        load_rules(tmp_path / "absent.oca")
    assert caught.value.code.name == "rules.unreadable"
    assert caught.value.where.endswith("absent.oca")


@pytest.mark.parametrize("data", [b"SIMPLE\0  =", "if A == 1 then { }".encode("utf-16")])
def test_what_is_not_text_is_refused(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "image.fits"
    path.write_bytes(data)
    with pytest.raises(UserError) as caught:
        load_rules(path)
    assert caught.value.code.name == "rules.not-text"


def test_a_folder_is_not_a_rule_file(tmp_path: Path) -> None:
    with pytest.raises(UserError) as caught:
        load_rules(tmp_path)
    assert caught.value.code.name == "rules.unreadable"


def test_latin_1_and_utf_8_are_both_read(tmp_path: Path) -> None:
    text = 'if OBS.OBSERVER == "Müller" then { A = 1; }'
    for number, encoding in enumerate(("latin-1", "utf-8", "utf-8-sig")):
        (tmp_path / f"{number}.oca").write_bytes(text.encode(encoding))
        assert load_rules(tmp_path / f"{number}.oca") == parse_rules(text)


def test_a_file_without_records_is_no_dictionary(tmp_path: Path) -> None:
    (tmp_path / "rules.oca").write_text("if A == 1 then { B = 1; }")
    with pytest.raises(UserError) as caught:
        load_dictionaries([tmp_path / "rules.oca"])
    assert caught.value.code.name == "rules.dictionary"
