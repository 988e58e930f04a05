"""The templates of an Observation Block, and their file parameters."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Body
from fastapi.responses import Response
from pydantic import BaseModel, Field

from dfs.preparation.model import StoredTemplate
from dfs.preparation.p2 import wire
from dfs.preparation.p2.context import PREFIX, FileName, Upload, Version, answer, done, text
from dfs.preparation.service import Preparation, files, lifecycle, templates
from dfs.preparation.web import Stage
from dfs.ui.principal import Principal
from dfs.ui.web import Signed as Who

router = APIRouter(prefix=f"{PREFIX}/obsBlocks/{{ob_id}}/templates", tags=["p2"])


class NewTemplate(BaseModel):
    """A template to add."""

    template_name: str = Field(alias="templateName")


class TemplateReference(BaseModel):
    """One template of a list."""

    template_id: int = Field(alias="templateId")


class ParameterValue(BaseModel):
    """The value of a parameter."""

    name: str
    value: Any = None


class FilledTemplate(BaseModel):
    """What is to be changed of a template."""

    parameters: list[ParameterValue]


class DestinationBlock(BaseModel):
    """Where a copy goes; into the same block if left out."""

    ob_id: int | None = Field(default=None, alias="obId")


def _written(found: StoredTemplate) -> wire.Json:
    return wire.template(found.template.id, found.signature, found.template.parameters)


def _one(found: StoredTemplate, status: int = 200) -> Response:
    return answer(_written(found), found.version, status=status)


def _all(stage: Preparation, who: Principal, ob_id: int) -> Response:
    found, version = templates.templates(stage, who, ob_id)
    return answer([_written(each) for each in found], version)


@router.get("")
def get_templates(stage: Stage, who: Who, ob_id: int) -> Response:
    """List the templates, the acquisition first."""
    return _all(stage, who, ob_id)


@router.post("")
def create_template(stage: Stage, who: Who, ob_id: int, new: NewTemplate) -> Response:
    """Add a template with its default values."""
    return _one(templates.add_template(stage, who, ob_id, new.template_name), status=201)


@router.put("")
def reorder(
    stage: Stage,
    who: Who,
    ob_id: int,
    version: Version,
    order: Annotated[list[TemplateReference], Body()],
) -> Response:
    """Put the templates in another order; the acquisition stays the first."""
    ids = [one.template_id for one in order]
    templates.reorder_templates(stage, who, ob_id, ids, version)
    return _all(stage, who, ob_id)


@router.get("/completelyFilledIn")
def completely_filled_in(stage: Stage, who: Who, ob_id: int) -> Response:
    """Say whether every parameter has a value; this is no verification."""
    return answer({"complete": lifecycle.completely_filled_in(stage, who, ob_id)})


@router.get("/{template_id}")
def get_template(stage: Stage, who: Who, ob_id: int, template_id: int) -> Response:
    """Give a template."""
    return _one(templates.template(stage, who, ob_id, template_id))


@router.put("/{template_id}")
def save_template(
    stage: Stage,
    who: Who,
    ob_id: int,
    template_id: int,
    version: Version,
    filled: FilledTemplate,
) -> Response:
    """Change the values of a template; parameters that are not named stay."""
    values = {each.name: each.value for each in filled.parameters}
    return _one(templates.save_parameters(stage, who, ob_id, template_id, values, version))


@router.delete("/{template_id}")
def delete_template(
    stage: Stage, who: Who, ob_id: int, template_id: int, version: Version
) -> Response:
    """Take a template out of the block."""
    templates.delete_template(stage, who, ob_id, template_id, version)
    return done()


@router.post("/{template_id}/duplicate")
def duplicate(
    stage: Stage,
    who: Who,
    ob_id: int,
    template_id: int,
    destination: DestinationBlock | None = None,
) -> Response:
    """Copy a template to the end of its block, or of another one."""
    target = destination.ob_id if destination else None
    made = templates.duplicate_template(stage, who, ob_id, template_id, target)
    return _one(made, status=201)


@router.get("/{template_id}/{parameter}")
def get_file(stage: Stage, who: Who, ob_id: int, template_id: int, parameter: str) -> Response:
    """Give the file of a file parameter; empty if none was set."""
    found = files.parameter_file(stage, who, ob_id, template_id, parameter)
    return text(found.content, found.version)


@router.put("/{template_id}/{parameter}")
def save_file(
    stage: Stage,
    who: Who,
    ob_id: int,
    template_id: int,
    parameter: str,
    version: Version,
    name: FileName,
    content: Upload,
) -> Response:
    """Set the file of a file parameter."""
    saved = files.save_parameter_file(
        stage, who, ob_id, template_id, parameter, name, content, version
    )
    return done(saved.version, status=201)
