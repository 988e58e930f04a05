"""``dfs classify`` and ``dfs organise``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from dfs.ui import console

if TYPE_CHECKING:
    from dfs.organiser.ports import Ports

Json = Annotated[bool, typer.Option("--json", help="Write JSON.")]
Target = Annotated[
    str,
    typer.Option(
        metavar="NAME",
        help="Only what this needs: a target of the instrument (quick-look, calibration, "
        "science), an action, or a category of products.",
    ),
]
Calibrations = Annotated[
    Literal["raw", "master", "raw-per-level", "master-per-level"],
    typer.Option(
        help="Of calibrations that fit, take those to be made of raw frames, or masters; "
        "always, or among those of one quality level."
    ),
]


def classify(
    files: Annotated[
        list[Path],
        typer.Argument(metavar="FILE...", help="FITS files, or folders of them."),
    ],
    json: Json = False,
) -> None:
    """Say what each file is: its instrument, its class and when it was taken.

    Exits with 1 if no file belongs to a ready instrument.
    """
    from dfs.foundation.clock import datetime_from_mjd, isot
    from dfs.foundation.settings import load_settings
    from dfs.host import load_host
    from dfs.organiser import service
    from dfs.organiser.views import problem_lines

    settings = load_settings().organiser
    with console.progress("reading headers") as bar:
        index = service.open_index(settings.index)
        frames, problems = service.classify_files(load_host(), files, index=index, progress=bar)
    for line in problem_lines(problems):
        console.warn(line)
    service.require_frames(frames)
    if json:
        console.emit_json(
            {
                "frames": [service.frame_to_json(frame) for frame in frames],
                "problems": [service.problem_to_json(problem) for problem in problems],
            }
        )
    else:
        console.table(
            "",
            ("file", "instrument", "class", "time"),
            (
                (
                    frame.path,
                    frame.instrument,
                    frame.tag or "unclassified",
                    "" if frame.time_mjd is None else isot(datetime_from_mjd(frame.time_mjd)),
                )
                for frame in frames
            ),
        )


def organise(
    ctx: typer.Context,
    folder: Annotated[
        Path,
        typer.Argument(metavar="DIR", exists=True, help="Folder of frames.", show_default=False),
    ],
    block: Annotated[
        str | None,
        typer.Option(
            "--explain",
            metavar="BLOCK",
            help="Say of this block why it takes what it takes; the beginning of its id will do.",
        ),
    ] = None,
    instrument: Annotated[
        str | None,
        typer.Option(metavar="ID", help="Only this instrument, by id or INSTRUME."),
    ] = None,
    target: Target = "all",
    calibrations: Calibrations = "raw-per-level",
    workspace: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR", help="Take nothing that quality control has rejected in this workspace."
        ),
    ] = None,
    json: Json = False,
) -> None:
    """Group frames into blocks, associate their calibrations and show the cascades.

    An incomplete block is shown with what it lacks. Exits with 1 if there is no frame
    of a ready instrument.
    """
    from dfs.foundation.settings import load_settings
    from dfs.host import load_host
    from dfs.organiser import service, views
    from dfs.organiser.model import Preference
    from dfs.organiser.targets import restrict

    settings = load_settings().organiser
    breakpoints = service.load_breakpoints(settings.breakpoints)
    preference = Preference(calibrations)
    ports: Ports = ctx.obj
    rejected = None if workspace is None else ports.rejections(workspace)
    host = load_host()
    with console.progress("reading headers") as bar:
        organisation = service.organise(
            host,
            [folder],
            instrument=instrument,
            index=service.open_index(settings.index),
            breakpoints=breakpoints,
            preference=preference,
            rejected=rejected,
            progress=bar,
        )
    for line in views.problem_lines(organisation.problems):
        console.warn(line)
    service.require_frames(organisation.frames)
    organisation = restrict(organisation, target, host.instruments)
    if block is not None:
        explanation = service.explain(
            host,
            organisation,
            block,
            breakpoints=breakpoints,
            preference=preference,
            rejected=rejected,
        )
        if json:
            console.emit_json(service.explanation_to_json(explanation))
        else:
            console.tree(views.explanation_tree(explanation))
    elif json:
        console.emit_json(service.organisation_to_json(organisation))
    else:
        console.tree(views.organisation_tree(organisation, str(folder)))
