"""``dfs serve`` and ``dfs worker``: the service."""

from __future__ import annotations

import signal
import socket
import threading
from typing import TYPE_CHECKING, Annotated

import typer

from dfs.ui import console

if TYPE_CHECKING:
    from dfs.foundation.settings import Settings
    from dfs.ui.web import Services

Database = Annotated[
    str | None, typer.Option(metavar="URL", help="Its database, instead of service.database.")
]


def serve(
    host: Annotated[str | None, typer.Option(help="Address, instead of service.host.")] = None,
    port: Annotated[
        int | None, typer.Option(min=1, max=65535, help="Port, instead of service.port.")
    ] = None,
    database: Database = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Run a worker as well, for a small site.")
    ] = False,
) -> None:
    """Run the web service."""
    from dfs.foundation.extras import WEB, require

    require("web", *WEB)
    import uvicorn

    from dfs.web.app import create_app
    from dfs.web.start import first_administrator
    from dfs.web.worker import work

    services = _started(database)
    settings = services.settings.service
    address = (host or settings.host, port or settings.port)
    ended = _ended_by_the_system()
    helper = threading.Thread(target=work, args=(services, ended), name="worker")
    try:
        app = create_app(services)
        listening = _listening(*address)
        if (password := first_administrator(services)) is not None:
            console.note(f"first start: sign in as admin with the password {password}")
            console.note("it is shown only now; change it on the page /account")
        server = uvicorn.Server(uvicorn.Config(app, server_header=False))
        console.note(f"serving on http://{address[0]}:{address[1]}")
        if everything:
            helper.start()
        server.run(sockets=[listening])
    finally:
        ended.set()
        if helper.is_alive():
            helper.join()
        services.engine.dispose()


def worker(
    database: Database = None,
    once: Annotated[bool, typer.Option("--once", help="End when nothing waits.")] = False,
) -> None:
    """Run what the service left to be done."""
    from dfs.foundation.extras import WEB, require

    require("web", *WEB)
    from dfs.web.worker import work

    services = _started(database)
    try:
        done = work(services, _ended_by_the_system(), once=once)
    finally:
        services.engine.dispose()
    console.print_line(f"{done} jobs and events done")


def _ended_by_the_system() -> threading.Event:
    """Give what is set when the system ends the process, which may finish what it has."""
    ended = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: ended.set())
    return ended


def _listening(host: str, port: int) -> socket.socket:
    from dfs.foundation.errors import UserError
    from dfs.web.errors import ADDRESS

    try:
        (family, *_), *_ = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        return socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        raise UserError(ADDRESS, error.strerror or str(error), where=f"{host}:{port}") from error


def _started(database: str | None) -> Services:
    import logging

    from dfs.foundation.settings import load_settings
    from dfs.web.start import start

    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    return start(_with_database(load_settings(), database))


def _with_database(settings: Settings, database: str | None) -> Settings:
    if database is None:
        return settings
    service = settings.service.model_copy(update={"database": database})
    return settings.model_copy(update={"service": service})
