"""Who may import whom: import-linter's contracts in pyproject.toml."""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]


def test_every_import_follows_the_layers(monkeypatch, capsys):
    cli = pytest.importorskip("importlinter.cli")
    monkeypatch.chdir(ROOT)

    failed = cli.lint_imports(cache_dir=None, no_cache=True)

    assert failed == 0, capsys.readouterr().out
