"""A real server on a real port, and the official client pointed at it."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from dfs.foundation.clock import system_clock
from dfs.foundation.observatory import load_observatory
from dfs.foundation.settings import Settings
from dfs.host.host import Host

PASSWORD = "a long password"
PEOPLE = {
    "pi": ("astronomer",),
    "stranger": ("astronomer",),
    "support": ("support",),
    "operator": ("operator",),
    "archive": ("archive",),
}
PROGRAMMES = """
[[programme]]
code = "60.A-9253"
title = "Tutorial"
pi = "pi"
[[programme.run]]
designation = "U"
instrument = "UVES"
telescope = "UT2"
mode = "SM"
period = 118
allocated_h = 20
constraints = { seeing = 2.0 }
[[programme.run]]
designation = "V"
instrument = "UVES"
telescope = "UT2"
mode = "VM"
period = 118
allocated_h = 10
[[programme.run]]
designation = "F"
instrument = "FORS2"
telescope = "UT1"
mode = "SM"
period = 118
allocated_h = 10
too = true
too_triggers = 1
[[programme]]
code = "61.A-0001"
title = "Another's"
pi = "stranger"
[[programme.run]]
designation = "A"
instrument = "UVES"
telescope = "UT2"
mode = "SM"
period = 118
allocated_h = 1
"""


@dataclass(frozen=True)
class Server:
    """A server that runs.

    Parameters
    ----------
    url : of its root.
    """

    url: str

    def connect(self, username: str = "pi"):
        """Sign in with the official client."""
        from p2api import p2api

        p2api.API_URL["dfs"] = f"{self.url}/api/v1"
        p2api.LOGIN_URL["dfs"] = f"{self.url}/api/login"
        p2api.P2FC_URL["dfs"] = f"{self.url}/p2fc"
        p2api.GRRMAPI_URL["dfs"] = f"{self.url}/grrmapi/v1"
        return p2api.ApiConnection("dfs", username, PASSWORD)


@contextmanager
def serving(engine) -> Iterator[Server]:
    """Run the application on a free port."""
    import uvicorn

    from dfs.accounts import service as accounts
    from dfs.programmes import document
    from dfs.programmes import service as programmes
    from dfs.ui.web import Services
    from dfs.web.app import create_app

    observatory = load_observatory(Path(__file__).parents[2] / "demo" / "observatory.toml")
    services = Services(engine, system_clock, Settings(), Host.load(), observatory)
    for name, roles in PEOPLE.items():
        accounts.create_user(
            engine, system_clock, name, PASSWORD, name=f"{name.title()} Person", roles=roles
        )
    programmes.import_runs(engine, system_clock, document.parse(PROGRAMMES, where="test"))
    server = uvicorn.Server(
        uvicorn.Config(create_app(services), host="127.0.0.1", port=0, log_level="warning")
    )
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            if not thread.is_alive():
                raise RuntimeError("the server did not start")
            time.sleep(0.01)
        port = server.servers[0].sockets[0].getsockname()[1]
        yield Server(f"http://127.0.0.1:{port}")
    finally:
        server.should_exit = True
        thread.join()


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def server(request, tmp_path_factory) -> Iterator[Server]:
    """Give a server with users and runs, on each database."""
    from dfs.testkit.databases import PostgresServer, sqlite_service

    with ExitStack() as stack:
        if request.param == "sqlite":
            path = tmp_path_factory.mktemp("service") / "dfs.sqlite"
            engine = stack.enter_context(sqlite_service(path))
        else:
            if reason := PostgresServer.why_not():
                pytest.skip(reason)
            engine = stack.enter_context(stack.enter_context(PostgresServer.started()).service())
        yield stack.enter_context(serving(engine))


@pytest.fixture
def api(server):
    """Give the official client, signed in as the PI."""
    return server.connect()


@pytest.fixture
def runs(api):
    """Give the PI's runs by designation."""
    found, _ = api.getRuns()
    return {run["progId"][-2]: run for run in found}
