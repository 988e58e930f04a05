"""Instrument packages, and who asks."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from fastapi import APIRouter, Query
from fastapi.responses import Response

from dfs.foundation.errors import UserError
from dfs.plugin import InstrumentPackage
from dfs.preparation.errors import UNKNOWN_TEMPLATE
from dfs.preparation.p2 import wire
from dfs.preparation.p2.context import PREFIX, answer
from dfs.preparation.service import Preparation
from dfs.preparation.web import Stage
from dfs.ui.web import Signed as Who

router = APIRouter(prefix=PREFIX, tags=["p2"])

Phase: TypeAlias = Annotated[Literal["phase1", "phase2"], Query(alias="for")]


@router.get("/authenticatedUser")
def get_user(who: Who) -> Response:
    """Say who asks."""
    return answer({"username": who.username, "name": who.name})


@router.get("/instrumentPackages/{instrument}")
@router.get("/instrumentPackages/{instrument}/", include_in_schema=False)
def get_versions(stage: Stage, who: Who, instrument: str) -> Response:
    """List the versions of an instrument's package, the newest last."""
    del who
    return answer(list(stage.packages.versions(instrument)))


@router.get("/instrumentPackages/{instrument}/{version}/instrumentConstraints")
def get_constraints(stage: Stage, who: Who, instrument: str, version: str) -> Response:
    """List the constraints of the instrument with what they may be."""
    del who
    package = _package(stage, instrument, version)
    return answer([wire.constraint(one) for one in package.constraints])


@router.get("/instrumentPackages/{instrument}/{version}/templateSignatures")
def get_signatures(
    stage: Stage, who: Who, instrument: str, version: str, phase: Phase = "phase2"
) -> Response:
    """List the templates of the instrument."""
    del who
    package = _package(stage, instrument, version)
    return answer(
        [wire.signature(one, package) for one in package.templates if phase in one.phases]
    )


@router.get("/instrumentPackages/{instrument}/{version}/templateSignatures/{name}")
def get_signature(stage: Stage, who: Who, instrument: str, version: str, name: str) -> Response:
    """Say what a template asks for."""
    del who
    package = _package(stage, instrument, version)
    found = package.template(name)
    if found is None:
        raise UserError(UNKNOWN_TEMPLATE, f"{instrument} {version} has no template {name!r}")
    return answer(wire.signature(found, package))


def _package(stage: Preparation, instrument: str, version: str) -> InstrumentPackage:
    # A client that keeps versions as numbers asks for 98.1 where 98.10 is meant.
    known = stage.packages.versions(instrument)
    same = [one for one in known if wire.same_version(one, version)]
    chosen = version if version in known or len(same) != 1 else same[0]
    return stage.packages.get(instrument, chosen)
