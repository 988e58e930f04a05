"""Which plugins are installed, found without importing one.

Two ways, because they answer different questions. :func:`names` asks stevedore,
which answers from a cache on disk: right for completing a name in a shell. The
cache knows no distributions, and when entry points are edited in place within
about two minutes it is not renewed, so :func:`discover`, on which admission rests,
reads the metadata of the installed distributions themselves.
"""

from __future__ import annotations

from importlib.metadata import EntryPoint, entry_points

from dfs.host.model import Candidate
from dfs.plugin.markers import ENTRY_POINT_GROUP


def names(group: str = ENTRY_POINT_GROUP) -> tuple[str, ...]:
    """Give the ids of the installed plugins, sorted, quickly and perhaps slightly stale."""
    from stevedore.named import NamedExtensionManager

    # No name is asked for, so that none is loaded.
    manager: NamedExtensionManager[object] = NamedExtensionManager(
        group, names=[], on_missing_entrypoints_callback=None
    )
    return tuple(sorted({point.name for point in manager.list_entry_points()}))


def discover(group: str = ENTRY_POINT_GROUP) -> tuple[Candidate, ...]:
    """Find the installed plugins, sorted by id, then distribution.

    Plugins that share an id are all given: the host decides what that means.
    """
    found = [_candidate(point) for point in entry_points(group=group)]
    return tuple(sorted(found, key=lambda c: (c.id.casefold(), c.id, c.distribution, c.module)))


def _candidate(point: EntryPoint) -> Candidate:
    distribution = point.dist
    return Candidate(
        id=point.name,
        module=point.value,
        distribution=distribution.name if distribution else "",
        version=distribution.version if distribution else "",
        requires=tuple(distribution.requires or ()) if distribution else (),
        requires_python=(distribution.metadata["Requires-Python"] or "") if distribution else "",
        load=point.load,
    )
