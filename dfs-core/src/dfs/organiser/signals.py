"""Signals of the on-line pipeline, for rules that were written for it.

At the telescope rules run as frames arrive: ``SIG.FRAME`` is 1 when a frame has come,
``SIG.TEMPLATE`` is 1 when its template has ended, and ``LF.X`` is the keyword X of the
last frame. In a folder everything has come, so both signals are 1, the last frame is
that of the template, and what each signal stands for becomes a way of grouping: one
block a frame, or one a template.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping

from dfs.organiser.model import ClassifiedFrame
from dfs.organiser.rules import CompiledGroup, Value
from dfs.organiser.rules.analysis import keywords
from dfs.plugin import Header

__all__ = ["TEMPLATE", "keywords_behind", "signal_keys", "with_signals"]

TEMPLATE = "TPL.START"
"""Frames with one value of it belong to one template."""

_FRAME_SIGNAL, _TEMPLATE_SIGNAL, _LAST_FRAME = "SIG.FRAME", "SIG.TEMPLATE", "LF."


def keywords_behind(names: Iterable[str]) -> frozenset[str]:
    """Give the keywords of files that are needed for the signals among these."""
    last = {n.removeprefix(_LAST_FRAME) for n in names if n.startswith(_LAST_FRAME)}
    return frozenset(last | {TEMPLATE})


def with_signals(frames: Iterable[ClassifiedFrame], names: Collection[str]) -> Mapping[str, Header]:
    """Give each frame's header with the signals that rules read, by path.

    Parameters
    ----------
    frames : in order of time.
    names : keywords that the rules read.
    """
    frames = tuple(frames)
    last_names = [name for name in names if name.startswith(_LAST_FRAME)]
    signals = {name: 1 for name in (_FRAME_SIGNAL, _TEMPLATE_SIGNAL) if name in names}
    if not last_names and not signals:
        return {frame.path: frame.header for frame in frames}
    last_of = {_template(frame): frame.header for frame in frames}

    def header(frame: ClassifiedFrame) -> Header:
        last = last_of[_template(frame)]
        behind = {name: last.get(name.removeprefix(_LAST_FRAME)) for name in last_names}
        known = {name: value for name, value in behind.items() if value is not None}
        return {**frame.header, **signals, **known}

    return {frame.path: header(frame) for frame in frames}


def signal_keys(group: CompiledGroup) -> Callable[[ClassifiedFrame], tuple[Value, ...]]:
    """Give what, beside the group's keys, tells its blocks apart because of signals."""
    names = {keyword.name for keyword in keywords(group.rule.condition)}
    if _FRAME_SIGNAL in names:
        return lambda frame: (frame.path,)
    if _TEMPLATE_SIGNAL in names:
        return lambda frame: (_template(frame),)
    return lambda _: ()


def _template(frame: ClassifiedFrame) -> Value:
    # A frame of no template is one by itself.
    return frame.header.get(TEMPLATE, frame.path)
