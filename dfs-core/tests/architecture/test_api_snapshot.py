"""The public interface changes only on purpose and with its version."""

from __future__ import annotations

import json
import runpy
from pathlib import Path

import pytest

SNAPSHOT = runpy.run_path(str(Path(__file__).with_name("api_snapshot.py")))
describe, differences, due = (SNAPSHOT[name] for name in ("describe", "differences", "due"))


def test_the_public_interface_is_the_one_in_the_snapshot():
    old = json.loads(SNAPSHOT["FILE"].read_text(encoding="utf-8"))
    new = json.loads(SNAPSHOT["render"]())
    changes = {k: v for k, v in differences(old, new).items() if k != "api"}
    if not changes and old["api"] == new["api"]:
        return
    version = due(old["api"], new["api"], changes)
    advice = (
        f"API {old['api']} was changed: API_VERSION must become {version}, and the change "
        "belongs into docs/plugins/hooks.md and the changelog"
        if version
        else f"API_VERSION became {new['api']}"
    )
    listed = "\n".join(f"  {'+' if added else '!'} {place}" for place, added in changes.items())
    pytest.fail(
        f"{advice}. Then run `python dfs-core/tests/architecture/api_snapshot.py`.\n{listed}"
    )


@pytest.mark.parametrize(
    ("old_api", "new_api", "addition", "expected"),
    [
        ("0.1", "0.1", True, "0.2"),
        ("0.1", "0.1", False, "0.2"),
        ("0.1", "0.2", False, ""),
        ("1.0", "1.0", True, "1.1"),
        ("1.0", "1.1", False, "2.0"),
        ("1.0", "1.1", True, ""),
    ],
)
def test_a_change_calls_for_the_next_version(old_api, new_api, addition, expected):
    assert due(old_api, new_api, {"hooks.dfs_new": addition}) == expected


def test_a_new_hook_is_an_addition_and_a_changed_one_is_not():
    old = {"hooks": {"a": {"signature": "()"}}}
    new = {"hooks": {"a": {"signature": "(x)"}, "b": {"signature": "()"}}}

    assert differences(old, new) == {"hooks.a.signature": False, "hooks.b": True}
    assert differences(new, old)["hooks.b"] is False
