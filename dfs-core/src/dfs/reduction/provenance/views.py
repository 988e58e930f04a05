"""A traced product as lines of a tree, and as values for programs. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dfs.reduction.provenance.record import record_to_json
from dfs.reduction.provenance.tree import FileState, Source, Standing, TracedFile, TracedRun
from dfs.ui.console import Branch

__all__ = ["branch", "to_json"]

_OF_THE_RUN = (
    *("key", "instrument", "action", "recipe", "runner", "software", "parameters"),
    *("measurements", "environment", "machine", "started_at", "ended_at", "peak_memory_mb"),
)


def branch(file: TracedFile, depth: int | None = None) -> Branch:
    """Draw the tree: a file, the run that made it, what that took, and so on.

    A run that several files come from is drawn in full where it comes first.

    Parameters
    ----------
    file : at the top.
    depth : so many generations of inputs; None for all.
    """
    return _branch(file, depth, set())


def _branch(file: TracedFile, depth: int | None, seen: set[str]) -> Branch:
    run = file.maker
    if run is None:
        return Branch(_file_line(file))
    if run.place in seen:
        return Branch(_file_line(file), (Branch(f"← {run.record.recipe}, see above"),))
    if depth == 0:
        taken = [Branch(f"… {len(run.inputs)} files")]
    else:
        seen.add(run.place)
        taken = [_branch(used, _below(depth), seen) for used in run.inputs]
    about = [Branch(line) for line in _more_lines(run)]
    return Branch(_file_line(file), (Branch(_run_line(run), (*about, *taken)),))


def _below(depth: int | None) -> int | None:
    return None if depth is None else depth - 1


def _file_line(file: TracedFile) -> str:
    words = [file.tag or file.category, file.path if not file.tag else file.name]
    said = [] if file.state is FileState.UNKNOWN else [file.state.value]
    if file.standing not in (Standing.NONE, Standing.CURRENT):
        said.append(file.standing.value)
    if file.rejected:
        said.append(f"rejected: {file.rejected}")
    if file.note:
        said.append(file.note)
    told = f" ({', '.join(said)})" if said else ""
    return " ".join(word for word in words if word) + told


def _run_line(run: TracedRun) -> str:
    record = run.record
    name = f"{record.instrument}.{record.recipe}" if record.instrument else record.recipe
    words = [f"← {name}"]
    if record.runner:
        words.append(record.runner)
    if record.started_at is not None:
        words.append(f"{record.started_at:%Y-%m-%d %H:%M:%S} UTC")
    if run.seconds is not None:
        words.append(f"{run.seconds:.1f} s")
    if host := record.machine.get("host"):
        words.append(f"on {host}")
    if run.source is Source.HEADER:
        words.append("from the header")
    return ", ".join(words)


def _more_lines(run: TracedRun) -> Iterator[str]:
    software = [f"{name} {known.version}".strip() for name, known in run.record.software.items()]
    if software:
        yield f"with {', '.join(software)}"
    parameters = run.record.parameters if run.changed is None else run.changed
    if parameters:
        told = ", ".join(f"{name}={value}" for name, value in parameters.items())
        yield f"parameters {told}" + (" (defaults not known)" if run.changed is None else "")


def to_json(file: TracedFile, depth: int | None = None) -> dict[str, Any]:
    """Give the tree in plain values.

    A run that several files come from has its inputs where it comes first; elsewhere, and
    where the tree is cut, they are null.

    Parameters
    ----------
    file : at the top.
    depth : so many generations of inputs; None for all.
    """
    return _file_json(file, depth, set())


def _file_json(file: TracedFile, depth: int | None, seen: set[str]) -> dict[str, Any]:
    return {
        "path": file.path,
        "tag": file.tag,
        "is_raw": file.is_raw,
        "product": file.product,
        "category": file.category,
        "sha256": file.sha256,
        "state": file.state.value,
        "standing": file.standing.value,
        "rejected": file.rejected,
        "note": file.note,
        "made_by": _run_json(file.maker, depth, seen) if file.maker else None,
    }


def _run_json(run: TracedRun, depth: int | None, seen: set[str]) -> dict[str, Any]:
    known = record_to_json(run.record)
    inputs = None
    if depth != 0 and run.place not in seen:
        seen.add(run.place)
        inputs = [_file_json(used, _below(depth), seen) for used in run.inputs]
    return {
        "block": run.record.id,
        **{name: known[name] for name in _OF_THE_RUN},
        "seconds": run.seconds,
        "changed": None if run.changed is None else dict(run.changed),
        "source": run.source.value,
        "place": run.place,
        "inputs": inputs,
    }
