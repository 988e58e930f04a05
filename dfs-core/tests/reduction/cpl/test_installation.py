"""What is installed: esorex, its age, its pipelines, and what it says of their recipes."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from dfs.foundation.errors import UserError
from dfs.reduction.cpl import discovery
from dfs.reduction.cpl.discovery import describe
from dfs.reduction.cpl.installation import find_installation

Make = Callable[..., Path]


def test_esorex_tells_its_version_and_its_folders(esorex: Path, plugins: Path) -> None:
    found = find_installation(esorex)
    assert (found.version, found.cpl_version, found.folders) == ("3.13.6", "7.2.3", (plugins,))


def test_it_is_found_on_the_path(esorex: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(esorex.parent), prepend=os.pathsep)
    find_installation.cache_clear()
    assert find_installation(None).program == esorex
    find_installation.cache_clear()


def test_the_variable_of_esorex_counts(
    esorex: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ESOREX_PLUGIN_DIR", f"{tmp_path / 'here'}:{tmp_path / 'there'}")
    assert find_installation(esorex).folders == (tmp_path / "here", tmp_path / "there")


def test_the_highest_version_wins_and_the_settings_come_first(
    esorex: Path, plugins: Path, tmp_path: Path
) -> None:
    assert find_installation(esorex).pipeline("demo").version == "1.10.0"
    own = tmp_path / "own" / "demo-1.10.0"
    own.mkdir(parents=True)
    (own / "demo_bias.so").write_text("")
    for folder in (own.parent, own):  # of pipelines, or the pipeline itself
        assert find_installation(esorex, (folder,)).pipeline("demo").folder == own


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (None, "cpl.missing"),
        ("#!/bin/sh\necho 'Recipe Execution Tool, version 3.9.6'\necho '  recipe-dir : /x'", "old"),
        ("#!/bin/sh\necho hello", "cpl.broken"),
        ("#!/bin/sh\nexit 3", "cpl.broken"),
        ("#!/no/such/interpreter\n", "cpl.broken"),
    ],
)
def test_an_esorex_that_will_not_do_is_refused(tmp_path: Path, text: str | None, code: str) -> None:
    program = tmp_path / "esorex"
    if text is not None:
        program.write_text(text)
        program.chmod(0o755)
    with pytest.raises(UserError) as caught:
        find_installation(program)
    assert caught.value.code.name == {"old": "cpl.too-old"}.get(code, code)


def test_a_pipeline_that_is_not_there_is_named_with_those_that_are(esorex: Path) -> None:
    with pytest.raises(
        UserError, match=r"no pipeline other in .*; there are: demo 1\.10\.0"
    ) as error:
        find_installation(esorex).pipeline("other")
    assert error.value.code.name == "cpl.no-pipeline"


def test_a_recipe_is_described(esorex: Path) -> None:
    found = find_installation(esorex)
    recipe = describe(found, found.pipeline("demo"), "demo_bias")
    assert recipe.synopsis == "Combines frames without light"
    assert recipe.description.startswith("Makes a master.\n\nInput files:")
    assert [p.parameter.name for p in recipe.parameters] == ["level", "fault", "keep_temp"]


def test_a_description_is_asked_for_once_for_each_plugin(
    esorex: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []
    real = discovery.ask
    monkeypatch.setattr(discovery, "ask", lambda *a, **k: asked.append(a) or real(*a, **k))
    found = find_installation(esorex)
    pipeline = found.pipeline("demo")
    first = describe(found, pipeline, "demo_bias")
    assert describe(found, pipeline, "demo_bias") == first
    assert len(asked) == 2
    os.utime(pipeline.library("demo_bias"), ns=(1, 1))
    describe(found, pipeline, "demo_bias")
    assert len(asked) == 4
    assert len(list(cache.iterdir())) == 2


@pytest.mark.parametrize("damage", ["", "{}", "[]", '{"library": 3, "manual": 1}', "\xff"])
def test_a_memory_damaged_by_hand_is_made_anew(esorex: Path, cache: Path, damage: str) -> None:
    found = find_installation(esorex)
    pipeline = found.pipeline("demo")
    first = describe(found, pipeline, "demo_bias")
    (memory,) = cache.iterdir()
    memory.write_bytes(damage.encode("latin-1"))
    assert describe(found, pipeline, "demo_bias") == first
    assert json.loads(memory.read_text())["parameters"]


def test_without_a_place_for_it_nothing_is_remembered(
    esorex: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    found = find_installation(esorex)
    assert describe(found, found.pipeline("demo"), "demo_bias").parameters


@pytest.mark.parametrize("content", [None, "no plugin"])
def test_a_recipe_that_cannot_be_loaded_is_named_with_those_that_are_there(
    esorex: Path, content: str | None
) -> None:
    found = find_installation(esorex)
    pipeline = found.pipeline("demo")
    if content is not None:
        (pipeline.folder / "demo_dark.so").write_text(content)
    with pytest.raises(UserError, match=r"demo 1\.10\.0 has no recipe demo_dark.*it has demo_bias"):
        describe(found, pipeline, "demo_dark")


def test_a_recipe_may_lie_in_a_plugin_of_another_name(esorex: Path) -> None:
    found = find_installation(esorex)
    pipeline = found.pipeline("demo")
    nested = pipeline.folder / "more"
    nested.mkdir()
    (pipeline.folder / "demo_bias.so").rename(nested / "demo_bias.so")
    (pipeline.folder / "demo_lib.so").write_text("")
    recipe = describe(found, pipeline, "demo_bias")
    assert recipe.library == pipeline.folder


def test_a_description_that_is_none_is_refused(esorex: Path) -> None:
    found = find_installation(esorex)
    pipeline = found.pipeline("demo")
    told = {"parameters": [{"name": "x"}], "manual": ""}
    (pipeline.folder / "demo_bias.so").write_text(json.dumps(told))
    with pytest.raises(UserError, match="description of demo_bias cannot be read") as caught:
        describe(found, pipeline, "demo_bias")
    assert caught.value.code.name == "cpl.broken"
