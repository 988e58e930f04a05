"""Second level: the plugin simulates its instrument, and recognises what it simulates."""

from __future__ import annotations

import filecmp
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from dfs.foundation.fits.headers import read_header
from dfs.testkit.bench import Bench, Criterion
from dfs.testkit.foreign import look
from dfs.testkit.report import Level

FLOATS: Final = re.compile(
    r"EXPTIME|MJD-OBS|MJD-END|RA|DEC|EQUINOX|UTC|LST|CR(VAL|PIX)\d|CDELT\d|CD\d_\d|BZERO|BSCALE"
)
"""Keywords that are floats by standard or convention; strict readers refuse integers."""


def frames_are_simulated(bench: Bench) -> Iterator[str]:
    """The hook gives frames."""
    if not bench.raw:
        yield "dfs_simulate gave no frame"
    bench.notes.append(f"{len(bench.raw)} frames")


def simulation_is_repeatable(bench: Bench) -> Iterator[str]:
    """The same request gives the same bytes."""
    again = bench.simulate("again")
    if [path.name for path in again] != [path.name for path in bench.raw]:
        yield "the second time the frames have other names"
        return
    for first, second in zip(bench.raw, again, strict=True):
        if not filecmp.cmp(first, second, shallow=False):
            yield f"{first.name} differs the second time"


def headers_are_valid(bench: Bench) -> Iterator[str]:
    """Another reader finds the files valid and their checksums right."""
    yield from filter(None, (look(path).problem for path in bench.raw))


def keywords_have_one_type(bench: Bench) -> Iterator[str]:
    """A keyword has the same type in every frame, and those of floats are floats."""
    types: dict[str, dict[type, str]] = defaultdict(dict)
    for path in bench.raw:
        for header in look(path).headers:
            for keyword, value in header.items():
                types[keyword].setdefault(type(value), path.name)
    for keyword, found in types.items():
        if len(found) > 1:
            places = ", ".join(f"{kind.__name__} in {name}" for kind, name in found.items())
            yield f"{keyword} is {places}"
        elif FLOATS.fullmatch(keyword) and float not in found:
            ((kind, name),) = found.items()
            yield f"{keyword} is {kind.__name__} in {name}, and must be a float"


def frames_say_who_and_when(bench: Bench) -> Iterator[str]:
    """Every frame names its instrument, its time and, uniquely, itself."""
    declared = bench.instrument.instrument
    identities: Counter[str] = Counter()
    for path in bench.raw:
        header = read_header(path)
        if header.get("INSTRUME") not in declared.instrume:
            yield f"{path.name}: INSTRUME is {header.get('INSTRUME')!r}"
        if not isinstance(header.get(declared.time_keyword), float):
            yield f"{path.name}: {declared.time_keyword} is no float"
        identity = header.get(declared.identity_keyword)
        if identity is None:
            yield f"{path.name}: there is no {declared.identity_keyword}"
        else:
            identities[str(identity)] += 1
    for identity, count in identities.items():
        if count > 1:
            yield f"{count} frames have {declared.identity_keyword} {identity!r}"


def frames_are_classified(bench: Bench) -> Iterator[str]:
    """Rules and plugin give every frame a class."""
    for problem in bench.organisation.problems:
        yield f"{Path(problem.path).name}: {problem.detail} [{problem.code}]"
    tags = Counter(frame.tag for frame in bench.organisation.frames)
    bench.notes.append(", ".join(f"{count} {tag}" for tag, count in sorted(tags.items())))


CRITERIA = tuple(
    Criterion(Level.OPERATES, name, problems)
    for name, problems in (
        ("a day is simulated", frames_are_simulated),
        ("the same request gives the same bytes", simulation_is_repeatable),
        ("every file is valid FITS with right checksums", headers_are_valid),
        ("keywords have one type, and floats are floats", keywords_have_one_type),
        ("every frame says who made it and when", frames_say_who_and_when),
        ("every frame is classified", frames_are_classified),
    )
)
