"""The report of a whole run: every block with its verdict."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dfs.foundation.errors import StorageError
from dfs.foundation.files import NOT_WRITABLE, atomic_write
from dfs.plugin import Verdict
from dfs.quality.logic import SEVERITY, overall, worst
from dfs.quality.model import RunEntry

__all__ = ["write_run_report"]

_DONE = "done"


@dataclass(frozen=True, slots=True)
class _Line:
    entry: RunEntry
    verdict: Verdict
    reason: str

    @property
    def is_done(self) -> bool:
        """Whether there is something to judge."""
        return self.entry.state == _DONE


def write_run_report(folder: Path, entries: Sequence[RunEntry]) -> Path:
    """Write ``index.html`` and ``index.json`` on the blocks of a run.

    If they are there and would say the same again, they are left as they are.

    Parameters
    ----------
    folder : where to, above the blocks' own reports; it is made if need be.
    entries : the blocks, in the order to show.

    Returns
    -------
    Path
        The page.

    Raises
    ------
    StorageError
        ``storage.disk-full`` or ``storage.not-writable``.
    """
    lines = [_Line(entry, *_judged(entry)) for entry in entries]
    found = Counter(line.verdict for line in lines if line.is_done)
    verdicts = {verdict: found[verdict] for verdict in reversed(SEVERITY) if verdict in found}
    states = Counter(line.entry.state for line in lines)
    document = {
        "states": dict(sorted(states.items())),
        "verdicts": {verdict.value: found[verdict] for verdict in Verdict},
        "blocks": [
            {
                "block": line.entry.block,
                "name": line.entry.name,
                "instrument_title": line.entry.instrument_title,
                "action": line.entry.action,
                "recipe": line.entry.recipe,
                "state": line.entry.state,
                "verdict": line.verdict.value if line.is_done else None,
                "reason": line.reason,
                "seconds": line.entry.seconds,
                "report": line.entry.report,
            }
            for line in lines
        ],
    }
    if _is_told(folder, document):
        return folder / "index.html"
    text = json.dumps(document, indent=2, allow_nan=False, ensure_ascii=False)
    from dfs.quality.report.rendering import render  # jinja2 is for those who have news

    page = render(
        "run.html",
        lines=lines,
        states=states,
        verdicts=verdicts,
        overall=worst(verdicts),
        undone=sum(count for state, count in states.items() if state != _DONE),
    )
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(NOT_WRITABLE, error.strerror or str(error), where=str(folder)) from error
    # The page first: if the other says what it ought to, both do.
    for name, content in (("index.html", page), ("index.json", f"{text}\n".encode())):
        with atomic_write(folder / name) as file:
            file.write(content)
    return folder / "index.html"


def _is_told(folder: Path, document: Mapping[str, Any]) -> bool:
    """Tell whether the page says this already."""
    try:
        said = json.loads((folder / "index.json").read_bytes())
    except (OSError, ValueError):
        return False
    return bool(said == document) and (folder / "index.html").is_file()


def _judged(entry: RunEntry) -> tuple[Verdict, str]:
    verdict, reason = overall(entry.scores)
    return verdict, reason if entry.state == _DONE else entry.problem
