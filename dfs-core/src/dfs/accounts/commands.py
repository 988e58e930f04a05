"""``dfs user``: who may use the service."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from dfs.ui import console

if TYPE_CHECKING:
    from dfs.accounts.model import User

app = typer.Typer(help="Users of the service, their roles and passwords.")

Name = Annotated[str, typer.Argument(metavar="USERNAME", help="What the user signs in with.")]
Database = Annotated[
    str | None,
    typer.Option(metavar="URL", help="The service's database, instead of the settings'."),
]
Json = Annotated[bool, typer.Option("--json", help="Answer in JSON.")]
Roles = Annotated[
    list[str] | None,
    typer.Option(
        "--role",
        metavar="ROLE",
        help="astronomer, support, operator, archive, panel or administrator; may be repeated.",
    ),
]
PasswordIn = Annotated[
    typer.FileText | None,
    typer.Option("--password-file", help="Read the password from this file; - is standard input."),
]


@app.command()
def add(
    username: Name,
    name: Annotated[str, typer.Option(help="What people call them.")] = "",
    email: Annotated[str, typer.Option(help="Where to write to.")] = "",
    role: Roles = None,
    password_file: PasswordIn = None,
    database: Database = None,
) -> None:
    """Make a user; without a password file, the password is asked for."""
    from dfs.accounts import service
    from dfs.accounts.desk import desk
    from dfs.foundation.clock import system_clock

    password = _password(password_file)
    with desk(database) as (engine, _):
        roles = tuple(role or ("astronomer",))
        user = service.create_user(
            engine, system_clock, username, password, name=name, email=email, roles=roles
        )
    console.print_line(f"{user.username}: {', '.join(sorted(user.roles))}")


@app.command("list")
def list_(database: Database = None, as_json: Json = False) -> None:
    """List the users."""
    from sqlalchemy.orm import Session

    from dfs.accounts import service
    from dfs.accounts.desk import desk

    with desk(database) as (engine, _), Session(engine) as session:
        found = service.users(session)
    if as_json:
        console.emit_json([_plain(user) for user in found])
        return
    console.table(
        "Users",
        ("username", "name", "e-mail", "roles", "active"),
        [
            (u.username, u.name, u.email, ", ".join(sorted(u.roles)), "yes" if u.active else "no")
            for u in found
        ],
    )


def _plain(user: User) -> dict[str, object]:
    return {
        "username": user.username,
        "name": user.name,
        "email": user.email,
        "roles": sorted(user.roles),
        "active": user.active,
    }


@app.command()
def grant(username: Name, role: Roles = None, database: Database = None) -> None:
    """Say anew which roles a user has."""
    from dfs.accounts import service
    from dfs.accounts.desk import desk

    with desk(database) as (engine, _):
        user = service.set_roles(engine, username, role or ())
    console.print_line(f"{user.username}: {', '.join(sorted(user.roles)) or 'no role'}")


@app.command()
def password(username: Name, password_file: PasswordIn = None, database: Database = None) -> None:
    """Give a user another password; all their sessions end."""
    from dfs.accounts import service
    from dfs.accounts.desk import desk

    wanted = _password(password_file)
    with desk(database) as (engine, _):
        service.set_password(engine, username, wanted)
    console.print_line(f"{username}: the password is changed")


@app.command()
def suspend(username: Name, database: Database = None) -> None:
    """Let a user not sign in any more; nothing that they did is lost."""
    _set_active(username, database, active=False)


@app.command()
def restore(username: Name, database: Database = None) -> None:
    """Let a user sign in again."""
    _set_active(username, database, active=True)


def _set_active(username: str, database: str | None, *, active: bool) -> None:
    from dfs.accounts import service
    from dfs.accounts.desk import desk

    with desk(database) as (engine, _):
        service.set_active(engine, username, active=active)
    console.print_line(f"{username}: {'may sign in' if active else 'suspended'}")


def _password(file: typer.FileText | None) -> str:
    from dfs.foundation.extras import require

    require("web", "argon2")
    if file is not None:
        return file.read().rstrip("\r\n")
    given: str = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    return given
