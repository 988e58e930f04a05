"""Comments, macros and included files, and the places they leave in messages."""

from __future__ import annotations

from pathlib import Path

import pytest

from dfs.foundation.errors import UserError
from dfs.organiser.rules import format_rules, load_rules, parse_rules


def write(folder: Path, **texts: str) -> Path:
    for name, text in texts.items():
        (folder / f"{name}.h").write_text(text)
    return folder / f"{next(iter(texts))}.h"


def test_an_included_file_is_found_beside_the_one_that_includes_it(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    main = write(tmp_path, main='#include "sub/one.h"\nif B == 2 then { C = 2; }\n')
    write(tmp_path / "sub", one="#include <two.h>\n", two="if A == 1 then { C = 1; }\n")
    rules = load_rules(main)
    assert rules == parse_rules("if A == 1 then { C = 1; } if B == 2 then { C = 2; }")
    assert [rule.position.file for rule in rules.rules] == [
        str(tmp_path / "sub" / "two.h"),
        str(main),
    ]
    assert [rule.position.line for rule in rules.rules] == [1, 2]


def test_a_fault_in_an_included_file_is_reported_there(tmp_path: Path) -> None:
    main = write(tmp_path, main='\n#include "part.h"\n', part="// fine\nif A = 1 then { }\n")
    with pytest.raises(UserError) as caught:
        load_rules(main)
    assert caught.value.where == f"{tmp_path / 'part.h'}:2:6"


def test_macros_are_replaced_as_words_outside_strings_and_comments() -> None:
    rules = parse_rules(
        "#define BIAS_FRAME DPR.TYPE == KIND // the usual one\n"
        '#define KIND "BIAS"\n'
        'if BIAS_FRAME and KINDS == "KIND" /* KIND */ then { A = KIND; }\n'
        "#undef KIND\n"
        "if KIND == 1 then { A = 1; }\n"
    )
    assert rules == parse_rules(
        'if DPR.TYPE == "BIAS" and KINDS == "KIND" then { A = "BIAS"; }if KIND == 1 then { A = 1; }'
    )


def test_a_macro_may_be_a_part_of_a_keyword_as_in_c() -> None:
    rules = parse_rules("#define CHIP DET.CHIP1\nif CHIP.ID == 1 then { A = CHIP.NAME; }")
    assert rules == parse_rules("if DET.CHIP1.ID == 1 then { A = DET.CHIP1.NAME; }")


def test_a_macro_may_go_over_lines_and_is_not_expanded_in_itself() -> None:
    rules = parse_rules("#define X X == 1 \\\n  and Y == 2\nif X then\n{ A = 1; }")
    assert rules == parse_rules("if X == 1 and Y == 2 then { A = 1; }")
    assert rules.rules[0].position.line == 3


def test_columns_are_the_authors_before_in_and_after_a_macro() -> None:
    text = '#define LONG A == "some long text"\nif LONG and B == 1 and C = 2 then { }'
    with pytest.raises(UserError) as caught:
        parse_rules(text, "f.oca")
    assert caught.value.where == "f.oca:2:26"
    with pytest.raises(UserError) as caught:
        parse_rules("#define WRONG A =\nif B == 1 and WRONG 1 then { }", "f.oca")
    assert caught.value.where == "f.oca:2:15"


def test_a_guarded_file_is_taken_once(tmp_path: Path) -> None:
    main = write(
        tmp_path,
        main='#include "part.h"\n#include "part.h"\n',
        part="#ifndef PART\n#define PART\nif A == 1 then { B = 1; }\n#endif\n",
    )
    assert len(load_rules(main).rules) == 1


def test_conditional_lines_are_left_out() -> None:
    text = "#ifdef OLD\nnonsense\n#define X\n#else\nif A == 1 then { B = 1; }\n#endif\n"
    assert len(parse_rules(text).rules) == 1


def test_lines_of_decoration_are_comments() -> None:
    text = '#####\n## classes: it\'s ##\n# 1 "part.h"\nif A == 1 then { B = 1; }\n'
    rules = parse_rules(text)
    assert len(rules.rules) == 1
    assert format_rules(rules).startswith("//####\n//# classes: it's ##\n")


def test_directives_in_comments_are_comments() -> None:
    assert parse_rules('/*\n#include "nothing.h"\n####\n*/\n// #define X').statements == ()


@pytest.mark.parametrize(
    ("text", "code", "place", "words"),
    [
        ('\n #include "no.h"', "include", "2:2", "no.h can't be included: No such file"),
        ("#include no.h", "directive", "1:1", "needs a file name in quotes"),
        ('#inlcude "x"', "directive", "1:1", "is #include meant?"),
        ("#define", "directive", "1:1", "#define needs a name"),
        ("#define F(x) x", "directive", "1:1", "takes arguments"),
        ("#ifdef A\n#ifdef B\n#endif", "directive", "1:1", "#endif is missing"),
        ("\n#endif", "directive", "2:1", "#endif without #ifdef"),
        ("#else", "directive", "1:1", "#else without #ifdef"),
        ("#if A > 1\n#endif", "directive", "1:1", "only #ifdef and #ifndef"),
    ],
)
def test_a_wrong_directive_is_reported_where_it_is(
    text: str, code: str, place: str, words: str
) -> None:
    with pytest.raises(UserError) as caught:
        parse_rules(text, "f.oca")
    assert caught.value.code.name == f"rules.{code}"
    assert caught.value.where == f"f.oca:{place}"
    assert words in caught.value.detail


def test_a_circle_of_includes_is_reported(tmp_path: Path) -> None:
    main = write(tmp_path, a='#include "b.h"\n', b='#include "a.h"\n')
    with pytest.raises(UserError) as caught:
        load_rules(main)
    assert caught.value.code.name == "rules.include"
    assert "a.h includes itself" in caught.value.detail


def test_macros_that_grow_without_end_are_refused() -> None:
    lines = [f"#define M{n} M{n + 1} M{n + 1}" for n in range(60)]
    with pytest.raises(UserError) as caught:
        parse_rules("\n".join([*lines, "#define M60 x", "M0"]), "f.oca")
    assert caught.value.where == "f.oca:62:1"


def test_several_files_join_in_order(tmp_path: Path) -> None:
    write(tmp_path, one="if A == 1 then { B = 1; }", two="if A == 1 then { B = 2; }")
    joined = load_rules(tmp_path / "one.h", tmp_path / "two.h")
    assert joined == parse_rules("if A == 1 then { B = 1; } if A == 1 then { B = 2; }")
