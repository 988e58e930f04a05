"""A rejected master: what used it is made anew without it, and comes back when it is revoked."""

from __future__ import annotations

import json
from pathlib import Path


def test_what_used_a_rejected_master_is_made_anew_with_the_next_best(dfs, tmp_path: Path) -> None:
    for night in ("2026-11-20", "2026-11-21"):
        dfs("simulate", "fors", "--out", "raw", "--night", night, "--rows", "32", cwd=tmp_path)

    def reduce() -> dict[str, tuple[bool, set[str]]]:
        """Give of each block whether an earlier result was taken, and from whom it takes."""
        answer = json.loads(dfs("reduce", "raw", "--json", cwd=tmp_path).stdout)
        return {
            entry["block"]["id"]: (
                entry["reused"],
                {Path(used["path"]).parts[-3] for used in entry["block"]["calibrations"]},
            )
            for entry in answer["blocks"]
        }

    def again() -> set[str]:
        return {id_ for id_, (reused, _) in reduce().items() if not reused}

    first = reduce()
    bias = next(id_ for id_, (_, taken) in first.items() if id_ in used_by_any(first) and not taken)
    takers = {id_ for id_, (_, taken) in first.items() if bias in taken}
    assert takers
    assert again() == set()

    dfs("qc", "reject", bias, "--reason", "light leak", "--by", "jane", cwd=tmp_path)
    second = reduce()
    assert {id_ for id_, (reused, _) in second.items() if not reused} == takers
    assert bias not in used_by_any(second)
    assert all(second[id_][1] for id_ in takers)

    dfs("qc", "revoke", bias, "--reason", "it was the moon", "--by", "jane", cwd=tmp_path)
    assert again() == set()
    assert bias in used_by_any(reduce())


def used_by_any(blocks: dict[str, tuple[bool, set[str]]]) -> set[str]:
    return {id_ for _, taken in blocks.values() for id_ in taken}
