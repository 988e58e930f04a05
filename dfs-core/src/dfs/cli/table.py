"""The commands, in the order of the flow.

Literal, so that ``dfs --help`` needs no import but this; each command's module is
imported when that command is run.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Command:
    """One line of the table.

    Parameters
    ----------
    name : what one types after ``dfs``.
    target : ``"module:attribute"``: a function, or a typer application for a group.
    help : one line.
    """

    name: str
    target: str
    help: str


@dataclass(frozen=True, slots=True)
class Section:
    """The commands of one stage of the flow."""

    title: str
    commands: tuple[Command, ...]


SECTIONS: tuple[Section, ...] = (
    Section(
        "Preparing observations",
        (
            Command(
                "observatory",
                "dfs.sky.commands:app",
                "Show and check the observatory: sites, telescopes, tonight.",
            ),
            Command(
                "run",
                "dfs.programmes.commands:app",
                "Import, list and delegate runs of programmes.",
            ),
            Command(
                "ob",
                "dfs.preparation.commands:app",
                "List, show, verify, time, draw and exchange Observation Blocks.",
            ),
        ),
    ),
    Section(
        "The night",
        (
            Command(
                "simulate",
                "dfs.execution.commands:simulate",
                "Simulate a night of raw calibration frames.",
            ),
        ),
    ),
    Section(
        "From raw frames to reduction blocks",
        (
            Command(
                "classify",
                "dfs.organiser.commands:classify",
                "Say what each file is.",
            ),
            Command(
                "organise",
                "dfs.organiser.commands:organise",
                "Group frames, associate their calibrations; show the cascade.",
            ),
            Command(
                "rules",
                "dfs.organiser.rule_commands:app",
                "Check, format and show rule files.",
            ),
        ),
    ),
    Section(
        "Reduction and quality",
        (
            Command(
                "reduce",
                "dfs.reduction.commands:reduce",
                "Reduce a folder of raw frames.",
            ),
            Command(
                "prune",
                "dfs.reduction.prune_commands:prune",
                "Remove superseded results.",
            ),
            Command(
                "recipe",
                "dfs.reduction.recipe_commands:app",
                "List, show and run single recipes.",
            ),
            Command(
                "qc",
                "dfs.quality.commands:app",
                "Show quality control: values, verdicts, trends, certificates.",
            ),
            Command(
                "compare",
                "dfs.quality.compare_commands:compare",
                "Compare two products, or the products of two folders.",
            ),
            Command(
                "trace",
                "dfs.reduction.trace_commands:trace",
                "Show where a product comes from.",
            ),
        ),
    ),
    Section(
        "The service",
        (
            Command(
                "serve",
                "dfs.web.commands:serve",
                "Run the web service.",
            ),
            Command(
                "worker",
                "dfs.web.commands:worker",
                "Run what the service left to be done.",
            ),
            Command(
                "user",
                "dfs.accounts.commands:app",
                "Users of the service, their roles and passwords.",
            ),
        ),
    ),
    Section(
        "Instruments and housekeeping",
        (
            Command(
                "plugin",
                "dfs.cli.plugin_commands:app",
                "List, show, check and make instrument plugins.",
            ),
            Command(
                "package",
                "dfs.instruments.commands:app",
                "List, show and check instrument packages.",
            ),
            Command(
                "config",
                "dfs.cli.config_commands:app",
                "Show the settings and where each comes from.",
            ),
            Command(
                "db",
                "dfs.cli.db_commands:app",
                "Show and upgrade the database of a workspace or the service.",
            ),
        ),
    ),
)

EXIT_CODES: tuple[tuple[str, str], ...] = (
    ("0", "All that was asked for is done."),
    ("1", "Something failed, was found wrong, or is missing."),
    ("2", "The command was not understood; nothing was done."),
    ("130", "Ended by the user; nothing half-written stays."),
)
"""What the exit status says; a test holds it to :class:`dfs.ui.console.ExitCode`."""


def commands() -> tuple[Command, ...]:
    """Give every command, in the order of the flow."""
    return tuple(command for section in SECTIONS for command in section.commands)
