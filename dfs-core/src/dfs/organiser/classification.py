"""What each frame is: the instrument's rules first, then its plugin."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice

from dfs.foundation.clock import mjd_from_datetime
from dfs.foundation.errors import PluginError
from dfs.host import Host
from dfs.organiser.errors import DUPLICATE, NO_INSTRUMENT, NO_TIME, UNCLASSIFIED
from dfs.organiser.model import ClassifiedFrame, Problem, ScannedFile
from dfs.organiser.rulebook import DESCRIPTION, Rulebook
from dfs.plugin import Header, HeaderValue

__all__ = ["TAG_KEYWORDS", "classify", "without_duplicates"]

TAG_KEYWORDS = ("DO.CATG", "REFLEX.CATG", "DO.CLASS", "RAW.TYPE")
"""Keywords that rules assign as a frame's class, the first that is there counting."""

BATCH = 1000
"""Headers that a plugin is asked about at a time."""


def classify(
    host: Host, books: Mapping[str, Rulebook], files: Iterable[ScannedFile]
) -> tuple[list[ClassifiedFrame], list[Problem]]:
    """Classify frames.

    Parameters
    ----------
    host : asks the plugins.
    books : rulebooks by instrument; frames of a ready instrument without one are
        left out.
    files : what was scanned.

    Returns
    -------
    frames : of these instruments, also those that stay unclassified; in the order
        of the files.
    problems : frames of no ready instrument, and what could not be classified.
    """
    mine: dict[str, list[ScannedFile]] = {}
    problems: list[Problem] = []
    places: dict[str, int] = {}
    for place, file in enumerate(files):
        places[file.path] = place
        instrume = str(file.header.get("INSTRUME", "")).strip()
        registered = host.serving(instrume) if instrume else None
        if registered is None:
            problems.append(_foreign(host, file.path, instrume))
        elif registered.id in books:
            mine.setdefault(registered.id, []).append(file)
    frames: list[ClassifiedFrame] = []
    for id_ in sorted(mine):
        classified, unclear = _classify(host, books[id_], mine[id_])
        frames += classified
        problems += unclear
    frames.sort(key=lambda frame: places[frame.path])
    return frames, problems


def without_duplicates(
    frames: Iterable[ClassifiedFrame],
) -> tuple[list[ClassifiedFrame], list[Problem]]:
    """Of raw frames with one identity keep the one whose path comes first.

    Products are not looked at: they inherit the identity of the first raw frame.
    """
    kept: list[ClassifiedFrame] = []
    problems: list[Problem] = []
    first: dict[tuple[str, str], ClassifiedFrame] = {}
    for frame in sorted(frames, key=lambda frame: frame.path):
        if frame.is_product:
            kept.append(frame)
            continue
        known = first.setdefault((frame.instrument, frame.identity), frame)
        if known is frame:
            kept.append(frame)
            continue
        same = "the headers agree" if known.header == frame.header else "the headers differ"
        detail = f"{frame.identity} is {known.path} already, which is taken; {same}"
        problems.append(Problem(frame.path, DUPLICATE.name, detail))
    return kept, problems


def _foreign(host: Host, path: str, instrume: str) -> Problem:
    if not instrume:
        detail = "INSTRUME is missing"
    else:
        served = sorted(n for r in host.instruments.values() for n in r.instrument.instrume)
        detail = f"INSTRUME is {instrume!r}; ready plugins serve {', '.join(served) or 'nothing'}"
    return Problem(path, NO_INSTRUMENT.name, detail)


def _classify(
    host: Host, book: Rulebook, files: Sequence[ScannedFile]
) -> tuple[list[ClassifiedFrame], list[Problem]]:
    frames: list[ClassifiedFrame] = []
    problems: list[Problem] = []
    id_ = book.registered.id
    asks_plugin = host.implements(id_, "dfs_classify")
    rest = iter(files)
    while batch := list(islice(rest, BATCH)):
        assigned = [book.rules.classify(file.header) if book.rules else {} for file in batch]
        failure: PluginError | None = None
        if asks_plugin:
            headers = [
                {**file.header, **values} for file, values in zip(batch, assigned, strict=True)
            ]
            try:
                answers = host.classify(id_, headers)
                assigned = [
                    {**values, **answer} for values, answer in zip(assigned, answers, strict=True)
                ]
            except PluginError as error:
                failure = error
                assigned = [{} for _ in batch]
        for file, values in zip(batch, assigned, strict=True):
            frame = _frame(book, file, values, "" if failure else _tag(file.header, values))
            frames.append(frame)
            if failure is not None:
                problems.append(Problem(file.path, failure.code.name, failure.detail))
            elif not frame.tag:
                problems.append(Problem(file.path, UNCLASSIFIED.name, _why_not(book, frame)))
            elif frame.time_mjd is None and not frame.is_product:
                keyword = book.registered.instrument.time_keyword
                detail = f"neither {keyword} nor DATE-OBS holds a time"
                problems.append(Problem(file.path, NO_TIME.name, detail))
    return frames, problems


def _frame(
    book: Rulebook, file: ScannedFile, assigned: Mapping[str, HeaderValue], tag: str
) -> ClassifiedFrame:
    instrument = book.registered.instrument
    header = {**file.header, **assigned}
    named = str(file.header.get(instrument.identity_keyword, "")).strip()
    return ClassifiedFrame(
        path=file.path,
        # Products inherit the identity of a raw frame, so theirs is the file itself.
        identity=file.path if not named or "PRO.CATG" in header else named,
        instrument=book.registered.id,
        tag=tag,
        header=header,
        assigned=assigned,
        time_mjd=_time(file.header, instrument.time_keyword),
    )


def _tag(header: Header, assigned: Mapping[str, HeaderValue]) -> str:
    for keyword in TAG_KEYWORDS:
        if value := assigned.get(keyword):
            return str(value)
    return str(assigned.get("PRO.CATG", header.get("PRO.CATG", "")))


def _time(header: Header, keyword: str) -> float | None:
    """Start of the exposure, MJD in days, of the instrument's keyword or else DATE-OBS."""
    value = header.get(keyword)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    try:
        moment = dt.datetime.fromisoformat(str(header.get("DATE-OBS", "")))
    except ValueError:
        return None
    return mjd_from_datetime(moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC))


def _why_not(book: Rulebook, frame: ClassifiedFrame) -> str:
    if book.rules is None:
        can = "can't be used" if book.problem else "do not exist"
        return f"the rules of {book.registered.id} {can}"
    missing = [keyword for keyword in DESCRIPTION if keyword not in frame.header]
    if missing:
        return f"no rule applies; {', '.join(missing)} missing from the header"
    values = ", ".join(f"{keyword} {frame.header[keyword]!r}" for keyword in DESCRIPTION)
    return f"no rule applies to {values}"
