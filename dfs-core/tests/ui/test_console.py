"""What commands say: the answer on standard output, the rest on standard error."""

from __future__ import annotations

import json

import pytest

from dfs.foundation.errors import UserError, define
from dfs.ui import console

CODE = define("test.console", "Something is wrong.", "Put it right.")


def test_a_table_in_a_pipe_is_tab_separated(capsys: pytest.CaptureFixture[str]) -> None:
    console.table("Frames", ["file", "tag"], [["a.fits", "BIAS"], ["b\tc.fits", 3]])
    assert capsys.readouterr().out == "file\ttag\na.fits\tBIAS\nb c.fits\t3\n"


def test_a_tree_in_a_pipe_is_indented(capsys: pytest.CaptureFixture[str]) -> None:
    console.tree(console.Branch("flat", [console.Branch("dark", [console.Branch("bias")])]))
    assert capsys.readouterr().out == "flat\n  dark\n    bias\n"


def test_json_is_one_document_and_knows_no_nan(capsys: pytest.CaptureFixture[str]) -> None:
    console.emit_json({"a": (1, 2), "b": frozenset({3})})
    assert json.loads(capsys.readouterr().out) == {"a": [1, 2], "b": [3]}
    with pytest.raises(ValueError, match="Out of range"):
        console.emit_json(float("nan"))


def test_an_error_says_what_where_and_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    console.error(UserError(CODE, "the frame is torn", where="a.fits"))
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err == "error: a.fits: the frame is torn [test.console]\n  Put it right.\n"


def test_warnings_and_notes_go_to_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    console.warn("look")
    console.note("done")
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("", "warning: look\ndone\n")


def test_progress_is_silent_in_a_pipe(capsys: pytest.CaptureFixture[str]) -> None:
    with console.progress("reducing") as bar:
        bar.update(1, 2, "half")
    assert capsys.readouterr().err == ""
