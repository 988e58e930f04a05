"""Which plugins are installed, found without importing one.

The metadata of the installed distributions are read each time; see decision 0005.
"""

from __future__ import annotations

from importlib.metadata import EntryPoint, entry_points

from dfs.host.model import Candidate
from dfs.plugin.markers import ENTRY_POINT_GROUP


def names(group: str = ENTRY_POINT_GROUP) -> tuple[str, ...]:
    """Give the ids of the installed plugins, sorted."""
    return tuple(sorted({point.name for point in entry_points(group=group)}))


def discover(group: str = ENTRY_POINT_GROUP) -> tuple[Candidate, ...]:
    """Find the installed plugins, sorted by id, then distribution.

    Plugins that share an id are all given: the host decides what that means.
    """
    found = [_candidate(point) for point in entry_points(group=group)]
    return tuple(sorted(found, key=lambda c: (c.id.casefold(), c.id, c.distribution, c.module)))


def _candidate(point: EntryPoint) -> Candidate:
    distribution = point.dist
    metadata = distribution.metadata if distribution else None
    return Candidate(
        id=point.name,
        module=point.value,
        distribution=distribution.name if distribution else "",
        version=distribution.version if distribution else "",
        requires=tuple(distribution.requires or ()) if distribution else (),
        requires_python=(
            metadata["Requires-Python"] if metadata and "Requires-Python" in metadata else ""
        ),
        load=point.load,
    )
