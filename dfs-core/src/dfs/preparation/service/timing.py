"""How long blocks take, part by part, as the packages and plugins say now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfs.plugin import ObservationBlock
from dfs.preparation.model import BlockTime
from dfs.preparation.service.context import Preparation
from dfs.preparation.service.derive import told_time
from dfs.preparation.service.items import block, container

if TYPE_CHECKING:
    from dfs.ui.principal import Principal


def of_block(room: Preparation, who: Principal, item_id: int) -> BlockTime:
    """Say how long a block takes.

    Raises
    ------
    UserError
        ``preparation.absent``.
    """
    return _time(room, block(room, who, item_id).block)


def of_container(room: Preparation, who: Principal, container_id: int) -> list[BlockTime]:
    """Say how long each block in a container takes, at any depth, in order.

    Raises
    ------
    UserError
        ``preparation.absent``.
    """
    return [_time(room, one) for one in container(room, who, container_id).blocks()]


def _time(room: Preparation, one: ObservationBlock) -> BlockTime:
    time = told_time(room, one)
    total_s = None if time.unknown else time.total_s
    return BlockTime(one.id, one.name, time.exposure_s, total_s, time.parts, time.unknown)
