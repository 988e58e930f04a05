"""Containers and their members."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Body
from fastapi.responses import Response
from pydantic import BaseModel, Field

from dfs.preparation.model import Item, ItemKind
from dfs.preparation.p2 import wire
from dfs.preparation.p2.context import PREFIX, Version, answer, done
from dfs.preparation.p2.exports import zipped
from dfs.preparation.p2.verify import VerifyRequest, verification
from dfs.preparation.service import Preparation, items, lifecycle, timing, too
from dfs.preparation.web import Stage
from dfs.ui.principal import Principal
from dfs.ui.web import Signed as Who

router = APIRouter(prefix=f"{PREFIX}/containers/{{container_id}}", tags=["p2"])


class NewItem(BaseModel):
    """An item to make."""

    item_type: ItemKind = Field(alias="itemType")
    name: str


class AppendedItem(BaseModel):
    """An item to move here: a block by `obId`, a container by `containerId`."""

    item_type: ItemKind = Field(alias="itemType")
    block: int | None = Field(default=None, alias="obId")
    container: int | None = Field(default=None, alias="containerId")

    @property
    def id(self) -> int | None:
        """Which item is meant."""
        return self.block if self.block is not None else self.container


class Trigger(BaseModel):
    """A target of opportunity that is to be observed now."""

    phone: str
    notify: list[str]
    execute_within: Literal["OneNight", "TwoNight", "SevenNights"] = Field(alias="executeWithin")
    calibrations: list[int] = []
    comments: str = ""


@router.get("")
def get_container(stage: Stage, who: Who, container_id: int) -> Response:
    """Give a container without its members."""
    found = items.item(stage, who, container_id, container=True)
    return answer(wire.container(found), found.version)


@router.put("")
def save_container(
    stage: Stage,
    who: Who,
    container_id: int,
    version: Version,
    document: Annotated[dict[str, Any], Body()],
) -> Response:
    """Change a container's name or priority; absent keys stay."""
    changes = {
        name: document[key]
        for key, name in (("name", "name"), ("userPriority", "user_priority"))
        if key in document
    }
    found = items.save_container(stage, who, container_id, changes, version)
    return answer(wire.container(found), found.version)


@router.delete("")
def delete_container(stage: Stage, who: Who, container_id: int, version: Version) -> Response:
    """Delete a container, which must be empty."""
    items.delete_item(stage, who, container_id, version, container=True)
    return done()


@router.post("/items")
def create_item(stage: Stage, who: Who, container_id: int, new: NewItem) -> Response:
    """Make an item at the end of a container."""
    made = items.create_item(stage, who, container_id, new.item_type, new.name)
    return answer(_written(stage, who, made), made.version, status=201)


def _written(stage: Preparation, who: Principal, made: Item) -> wire.Json:
    if made.kind not in {ItemKind.OB, ItemKind.CB}:
        return wire.container(made)
    stored = items.block(stage, who, made.id)
    return wire.block(stored.item, stored.block, migrate=False)


@router.get("/items")
def get_items(stage: Stage, who: Who, container_id: int) -> Response:
    """List the members in order."""
    return _members(stage, who, container_id)


@router.put("/items")
def reorder(
    stage: Stage,
    who: Who,
    container_id: int,
    version: Version,
    order: Annotated[list[AppendedItem], Body()],
) -> Response:
    """Put the members in another order; all of them are to be named."""
    items.reorder(stage, who, container_id, [one.id or 0 for one in order], version)
    return _members(stage, who, container_id)


def _members(stage: Preparation, who: Principal, container_id: int) -> Response:
    container = items.item(stage, who, container_id, container=True)
    members = items.members(stage, who, container_id)
    return answer([wire.item(member) for member in members], container.items_version)


@router.post("/items/append")
def append(stage: Stage, who: Who, container_id: int, moved: AppendedItem) -> Response:
    """Move an item to the end of this container."""
    items.move_item(stage, who, moved.id or 0, container_id)
    return done()


@router.get("/items/summary")
def get_summary(stage: Stage, who: Who, container_id: int) -> Response:
    """List the blocks in a container with more of their details."""
    members = items.members(stage, who, container_id)
    blocks = [member for member in members if member.is_block]
    return answer([wire.summary(member) for member in blocks])


@router.get("/items/scheduling")
@router.get("/items/schedule", include_in_schema=False)
def get_members_scheduling(stage: Stage, who: Who, container_id: int) -> Response:
    """List what the container says of its members."""
    members = items.members(stage, who, container_id)
    return answer([wire.item(member) | wire.membership(member.membership) for member in members])


@router.post("/items/executionTimes")
def execution_times(stage: Stage, who: Who, container_id: int) -> Response:
    """Say how long each block in a container takes, at any depth."""
    return answer(
        [wire.execution_time(time) for time in timing.of_container(stage, who, container_id)]
    )


@router.get("/schedule")
def get_scheduling(stage: Stage, who: Who, container_id: int) -> Response:
    """Give what the container around says of this one."""
    found = items.item(stage, who, container_id, container=True)
    return answer(wire.membership(found.membership), found.membership_version)


@router.put("/schedule")
def save_scheduling(
    stage: Stage,
    who: Who,
    container_id: int,
    version: Version,
    document: Annotated[dict[str, Any], Body()],
) -> Response:
    """Change what the container around says of this one."""
    changes = wire.membership_changes(document)
    found = items.save_membership(stage, who, container_id, changes, version)
    return answer(wire.membership(found.membership), found.membership_version)


@router.post("/verify")
def verify(stage: Stage, who: Who, container_id: int, request: VerifyRequest) -> Response:
    """Verify a container and all in it; certify it if `submit` is set."""
    return answer(verification(lifecycle.verify(stage, who, container_id, submit=request.submit)))


@router.post("/revise")
def revise(stage: Stage, who: Who, container_id: int) -> Response:
    """Open a certified container for changes."""
    found = lifecycle.revise(stage, who, container_id)
    return done(found.version)


@router.get("/export")
def export(stage: Stage, who: Who, container_id: int) -> Response:
    """Give a container with all its files, as ZIP."""
    return zipped(stage, who, container_id)


@router.post("/triggerToO")
def trigger_too(stage: Stage, who: Who, container_id: int, trigger: Trigger) -> Response:
    """Ask for a target of opportunity to be observed now."""
    made = too.trigger(
        stage,
        who,
        container_id,
        phone=trigger.phone,
        notify=tuple(trigger.notify),
        execute_within=trigger.execute_within,
        calibrations=tuple(trigger.calibrations),
        comments=trigger.comments,
    )
    return answer(wire.trigger(made), status=201)
