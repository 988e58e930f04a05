"""The README of a run."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from pydantic import BaseModel
from starlette.datastructures import FormData

from dfs.foundation.errors import ErrorKind, UserError
from dfs.preparation.service.readme import SECTIONS, readme, save_readme
from dfs.preparation.service.runs import prepared_run
from dfs.preparation.web import Stage
from dfs.ui.web import Id, Signed, page, see_other, view
from dfs.ui.web.replies import STATUS

router = APIRouter()


class Section(BaseModel):
    """A section of a README."""

    name: str
    help: str
    required: bool
    text: str


class ReadmePage(BaseModel):
    """What a run's author tells the observers, and why that cannot be changed, if so."""

    run_id: int
    code: str
    version: int
    locked: str
    sections: list[Section]


@view(router, "/prepare/runs/{run_id}/readme", "preparation/readme.html")
def show_readme(stage: Stage, who: Signed, run_id: Id) -> ReadmePage:
    """Show the README of a run."""
    run = prepared_run(stage, who, run_id)
    found = readme(stage, who, run_id)
    return ReadmePage(
        run_id=run_id,
        code=run.run.code,
        version=found.version,
        locked=run.read_only or ("It was submitted with the run." if found.locked else ""),
        sections=[
            Section(name=name, help=text, required=required, text=found.content[name])
            for name, (text, required) in SECTIONS.items()
        ],
    )


async def _form(request: Request) -> FormData:
    return await request.form()


@router.post("/prepare/runs/{run_id}/readme", include_in_schema=False)
def save(
    request: Request,
    stage: Stage,
    who: Signed,
    run_id: Id,
    typed: Annotated[FormData, Depends(_form)],
) -> Response:
    """Save the README; where another was faster, show both texts of each section."""
    # Browsers send CR LF, which would look like a change of every line.
    texts = {
        name: value.replace("\r\n", "\n")
        for name in SECTIONS
        if isinstance(value := typed.get(name), str)
    }
    version = str(typed.get("version", ""))
    try:
        save_readme(stage, who, run_id, texts, int(version) if version.isdecimal() else None)
    except UserError as error:
        return page(
            request,
            "preparation/readme.html",
            status=STATUS[error.code.kind],
            view=show_readme(stage, who, run_id),
            problem=error,
            typed=texts,
            is_stale=error.code.kind is ErrorKind.STALE,
        )
    return see_other(f"/prepare/runs/{run_id}/readme", "The README is saved.")
