"""Why a result will not do: what has changed since it was made. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from dfs.reduction.provenance.model import ProvenanceRecord, Software, UsedFrame
from dfs.reduction.reuse.model import Cause, Ingredients, Staleness

__all__ = ["staleness"]


def staleness(wanted: Ingredients, made: ProvenanceRecord) -> tuple[Staleness, ...]:
    """Say what has changed since a result was made; empty if nothing has.

    It is empty exactly if the keys are equal, as far as the contents of all inputs are
    known.
    """
    return (
        *_recipe(wanted, made),
        *_inputs(wanted.inputs, made.inputs),
        *_values(Cause.PARAMETER, wanted.parameters, made.parameters),
        *_changed(Cause.RUNNER, "runner", made.runner, wanted.runner),
        *_software(wanted.software, made.software),
    )


def _recipe(wanted: Ingredients, made: ProvenanceRecord) -> Iterator[Staleness]:
    for what in ("instrument", "recipe", "stem"):
        yield from _changed(Cause.RECIPE, what, getattr(made, what), getattr(wanted, what))


def _inputs(wanted: Iterable[UsedFrame], made: Iterable[UsedFrame]) -> Iterator[Staleness]:
    now, then = tuple(wanted), tuple(made)
    for frame in now:
        if not frame.content:
            detail = f"block {frame.block} will be made anew"
            yield Staleness(Cause.ANCESTOR, detail)
    coming = {frame.product for frame in now if not frame.content}
    known = [frame for frame in now if frame.content]
    before = [frame for frame in then if frame.product not in coming]
    added = _without(known, before)
    gone = _without(before, known)
    names_gone = {_name(frame): frame for frame in gone}
    for frame in added:
        is_changed = names_gone.pop(_name(frame), None) is not None
        yield Staleness(Cause.INPUT, f"{_said(frame)} {'has changed' if is_changed else 'is new'}")
    for frame in names_gone.values():
        yield Staleness(Cause.INPUT, f"{_said(frame)} is not taken any more")
    same = [_identity(frame) for frame in known] == [_identity(frame) for frame in before]
    if not added and not gone and not same:
        yield Staleness(Cause.INPUT, "the frames are in another order")


def _without(some: Iterable[UsedFrame], others: Iterable[UsedFrame]) -> list[UsedFrame]:
    """Give those whose like is not among the others."""
    left = Counter(map(_identity, others))
    found = []
    for frame in some:
        if left[_identity(frame)] > 0:
            left[_identity(frame)] -= 1
        else:
            found.append(frame)
    return found


def _identity(frame: UsedFrame) -> tuple[str, bool, str]:
    return frame.tag, frame.is_raw, frame.content


def _name(frame: UsedFrame) -> tuple[str, str]:
    return frame.tag, frame.product or frame.path


def _said(frame: UsedFrame) -> str:
    return f"{frame.tag} {frame.product or frame.path.rpartition('/')[2]}"


def _values(
    cause: Cause, wanted: Mapping[str, Any], made: Mapping[str, Any]
) -> Iterator[Staleness]:
    for name in sorted({*wanted, *made}):
        if name not in made:
            yield Staleness(cause, f"{name} is new: {wanted[name]}")
        elif name not in wanted:
            yield Staleness(cause, f"{name} is gone, it was {made[name]}")
        else:
            yield from _changed(cause, name, made[name], wanted[name])


def _changed(cause: Cause, what: str, before: Any, now: Any) -> Iterator[Staleness]:
    # 1, 1.0 and True are equal to Python, but not to a recipe.
    if (type(before), before) != (type(now), now):
        yield Staleness(cause, f"{what}: {before} → {now}")


def _software(wanted: Mapping[str, Software], made: Mapping[str, Software]) -> Iterator[Staleness]:
    versions = ({name: s.version for name, s in some.items()} for some in (wanted, made))
    yield from _values(Cause.SOFTWARE, *versions)
    for name in sorted(wanted.keys() & made.keys()):
        now, then = wanted[name], made[name]
        if now.version == then.version and now.fingerprint != then.fingerprint:
            yield Staleness(Cause.SOFTWARE, f"the sources of {name} {now.version} have changed")
