"""Many blocks at once: a template block for each target of a list, or of a survey's areas."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dfs.plugin import Container, ContainerKind, Member, ObservationBlock, Target
from dfs.preparation.model import Item
from dfs.preparation.service import items
from dfs.preparation.service.building import build
from dfs.preparation.service.changes import changing
from dfs.preparation.service.context import Preparation

if TYPE_CHECKING:
    from dfs.ui.principal import Principal


@dataclass(frozen=True, slots=True)
class Made:
    """What was made.

    Parameters
    ----------
    items : what now stands in the container, in order.
    blocks : how many blocks they hold.
    """

    items: tuple[Item, ...]
    blocks: int


def from_targets(
    room: Preparation,
    who: Principal,
    template_id: int,
    container_id: int,
    targets: Sequence[Target],
    kind: ContainerKind | None = None,
    name: str = "",
) -> Made:
    """Make a block like another one for each target, all of them or none.

    Parameters
    ----------
    template_id : block that they are made like.
    container_id : that gets them.
    targets : one for each block; its name becomes the block's.
    kind, name : of a container to put them into; None to put them beside each other.

    Raises
    ------
    UserError
        ``preparation.*``.
    """
    pattern = items.block(room, who, template_id).block
    blocks = tuple(
        pattern.model_copy(update={"name": target.name, "target": target, "ephemeris": None})
        for target in targets
    )
    if kind is None:
        return _store(room, who, container_id, blocks, f"make {len(blocks)} blocks from a list")
    members = tuple(Member(item=block) for block in blocks)
    whole = Container(kind=kind, name=name or "targets", members=members)
    return _store(room, who, container_id, (whole,), f"make {len(blocks)} blocks from a list")


def from_survey(
    room: Preparation, who: Principal, template_id: int, container_id: int, document: str
) -> Made:
    """Make the blocks of a survey's areas, as the instrument lays them out, all or none.

    Parameters
    ----------
    template_id : block that they are made like.
    container_id : that gets them.
    document : area definition, e.g. XML.

    Raises
    ------
    UserError
        ``preparation.*``, ``plugin.no-surveys``, ``plugin.bad-survey``.
    PluginError
        The instrument's plugin failed.
    """
    pattern = items.block(room, who, template_id).block
    package = room.packages.get(pattern.instrument, pattern.package_version)
    areas = room.host.expand_survey(package.instrument, document, pattern, package)
    return _store(room, who, container_id, tuple(areas), "make the blocks of a survey")


def _store(
    room: Preparation,
    who: Principal,
    container_id: int,
    made: tuple[ObservationBlock | Container, ...],
    summary: str,
) -> Made:
    with changing(room, who, container_id, summary) as journal:
        ids = build(room, journal, container_id, made)
    count = sum(len(one.blocks()) if isinstance(one, Container) else 1 for one in made)
    return Made(tuple(items.item(room, who, id_) for id_ in ids), count)
