"""The commands of ``dfs rules``."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from dfs.foundation.errors import UserError
from dfs.organiser.rule_commands import app

SOUND = 'if A == 1 then\n{\n  B = "x";\n}\n'
DOUBTFUL = "action A { recipe none; }\n"
WRONG = "if A = 1 then { }\n"


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    texts = {"sound": SOUND, "doubtful": DOUBTFUL, "wrong": WRONG}
    paths = {name: tmp_path / f"{name}.oca" for name in texts}
    for name, text in texts.items():
        paths[name].write_text(text)
    return paths


def test_check_says_nothing_of_a_sound_file(files: dict[str, Path]) -> None:
    result = run("check", files["sound"])
    assert (result.exit_code, result.stdout) == (0, "")


def test_check_prints_warnings_and_fails_on_them_only_if_strict(files: dict[str, Path]) -> None:
    result = run("check", files["doubtful"])
    assert result.exit_code == 0
    assert result.stdout == (
        f"{files['doubtful']}:1:12: missing-recipe: action A has the recipe 'none'\n"
    )
    assert run("check", "--strict", files["doubtful"]).exit_code == 1
    assert run("check", "--strict", files["sound"]).exit_code == 0


def test_check_fails_on_a_syntax_error_and_still_checks_the_other_files(
    files: dict[str, Path],
) -> None:
    result = run("check", files["wrong"], files["doubtful"], files["wrong"].parent / "no.oca")
    assert result.exit_code == 1
    assert f"{files['wrong']}:1:6: rules.syntax: found '='" in result.stdout
    assert "missing-recipe" in result.stdout
    assert "no.oca: rules.unreadable: No such file" in result.stdout


def test_check_writes_json(files: dict[str, Path]) -> None:
    result = run("check", "--json", files["wrong"], files["doubtful"])
    assert result.exit_code == 1
    report = json.loads(result.stdout)
    assert report["errors"][0]["code"] == "rules.syntax"
    assert report["errors"][0]["where"] == f"{files['wrong']}:1:6"
    assert report["warnings"] == [
        {
            "file": str(files["doubtful"]),
            "line": 1,
            "column": 12,
            "rule": "missing-recipe",
            "message": "action A has the recipe 'none'",
        }
    ]


def test_check_knows_keywords_from_dictionaries(files: dict[str, Path], tmp_path: Path) -> None:
    (tmp_path / "dic").write_text("Parameter Name: INS MODE\n")
    assert "no dictionary defines A" in run(
        "check", files["sound"], "--dictionary", tmp_path / "dic"
    ).stdout  # fmt: skip


def test_check_takes_files_as_one_rule_set_if_asked(tmp_path: Path) -> None:
    (tmp_path / "a.oca").write_text("select execute(A) from inputFiles;\naction X { recipe r; }")
    (tmp_path / "b.oca").write_text("action A { recipe r; }\nselect execute(X) from inputFiles;")
    apart = run("check", tmp_path / "a.oca", tmp_path / "b.oca")
    assert "undefined-action" in apart.stdout
    assert run("check", "--together", tmp_path / "a.oca", tmp_path / "b.oca").stdout == ""


def test_format_prints_canonical_text(tmp_path: Path) -> None:
    path = tmp_path / "a.oca"
    path.write_text('if(A==1)then{B="x";}')
    assert run("format", path).stdout == SOUND
    assert path.read_text() == 'if(A==1)then{B="x";}'


def test_format_checks_and_rewrites(files: dict[str, Path]) -> None:
    path = files["doubtful"]
    result = run("format", "--check", path, files["sound"])
    assert (result.exit_code, result.stdout) == (1, f"{path}\n")
    assert path.read_text() == DOUBTFUL
    assert run("format", "--write", path).exit_code == 0
    assert path.read_text() == "action A\n{\n  recipe none;\n}\n"
    assert run("format", "--check", path).exit_code == 0


def test_format_never_rewrites_what_it_would_lose(tmp_path: Path) -> None:
    path = tmp_path / "a.oca"
    path.write_text("#define X A\nif X == 1 then { B = 1; }")
    assert "if A == 1 then" in run("format", path).stdout
    result = run("format", "--write", path)
    assert isinstance(result.exception, UserError)
    assert result.exception.code.name == "rules.format"
    assert path.read_text().startswith("#define")


RULES = """
if DPR.TYPE == "BIAS" then { DO.CATG = "BIAS"; }
minRet = 3;
select execute(BIAS) from inputFiles where DO.CATG == "BIAS" group by DET.BINX as (TPL_A, tpl);
action BIAS { recipe demo_bias { "--k=3"; }
  minRet = 0; maxRet = 1; select file as MASK from calibFiles where PRO.CATG == "MASK";
  product MASTER_BIAS { PRO.CATG = "MASTER_BIAS"; } }
"""


def test_show_draws_the_rules_as_a_tree(tmp_path: Path) -> None:
    (tmp_path / "a.oca").write_text(RULES)
    lines = [line.strip() for line in run("show", tmp_path / "a.oca").stdout.splitlines()]
    assert lines[1:] == [
        "classification: 1 rules",
        "DO.CATG",
        "BIAS",
        "groups",
        "BIAS from inputFiles",
        'DO.CATG == "BIAS"',
        "group by DET.BINX",
        "3.. files",
        "actions",
        "BIAS",
        "recipe demo_bias --k=3",
        "needs MASK 0..1 from calibFiles",
        "makes MASTER_BIAS",
        'PRO.CATG = "MASTER_BIAS"',
    ]


def test_show_writes_json(tmp_path: Path) -> None:
    (tmp_path / "a.oca").write_text(RULES)
    shown = json.loads(run("show", "--json", tmp_path / "a.oca").stdout)
    assert shown["classification"] == {"rules": 1, "targets": {"DO.CATG": ["BIAS"]}}
    assert shown["groups"][0]["keys"] == ["DET.BINX"]
    assert shown["groups"][0]["minimum"] == 3
    (action,) = shown["actions"]
    assert action["recipes"] == [{"name": "demo_bias", "options": ["--k=3"]}]
    assert action["inputs"][0]["tag"] == "MASK"
    assert action["products"][0]["name"] == "MASTER_BIAS"


def test_the_commands_import_nothing_heavy() -> None:
    code = (
        "import sys, dfs.organiser.rule_commands\n"
        "print([m for m in ('lark', 'numpy', 'dfs.organiser.rules') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_importing_the_rules_does_not_build_the_grammar() -> None:
    code = "import sys, dfs.organiser.rules\nprint('lark' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
