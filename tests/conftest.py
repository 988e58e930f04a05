"""Fixtures of the whole system's tests: the commands, and a service, as a user meets them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="session")
def dfs(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Run ``dfs …`` in a fresh shell with no settings; fails unless it exits as expected."""
    command = shutil.which("dfs", path=str(Path(sys.executable).parent))
    if command is None:
        pytest.fail("the dfs command is not installed beside this Python")
    home = tmp_path_factory.mktemp("home")
    environment = {k: v for k, v in os.environ.items() if not k.startswith("DFS_")}
    environment |= {"HOME": str(home), "XDG_CACHE_HOME": str(home), "XDG_CONFIG_HOME": str(home)}

    def run(*arguments: str | Path, code: int = 0, cwd: Path | None = None):
        done = subprocess.run(
            [command, *map(str, arguments)],
            cwd=cwd or home,
            env=environment,
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )
        assert done.returncode == code, f"exit {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done

    return run


# ── A real service on a real port ───────────────────────────────────────────

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
[[programme.run]]
designation = "N"
instrument = "VIRCAM"
telescope = "VISTA"
mode = "SM"
period = 118
allocated_h = 10
[[programme.run]]
designation = "P"
instrument = "XSHOOTER"
telescope = "UT3"
mode = "SM"
period = 118
allocated_h = 10
[[programme]]
code = "60.A-9252"
title = "Of an instrument that is gone"
pi = "pi"
[[programme.run]]
designation = "B"
instrument = "SUSI2"
telescope = "NTT"
mode = "SM"
period = 118
allocated_h = 10
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
    password: str = PASSWORD

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
    from dfs.foundation.clock import system_clock
    from dfs.foundation.observatory import load_observatory
    from dfs.foundation.settings import Settings
    from dfs.host import Host
    from dfs.programmes import document
    from dfs.programmes import service as programmes
    from dfs.ui.web import Services
    from dfs.web.app import create_app

    observatory = load_observatory(Path(__file__).parents[1] / "demo" / "observatory.toml")
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


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Iterator[Server]:
    """Give a server with users and runs, on SQLite alone."""
    from dfs.testkit.databases import sqlite_service

    path = tmp_path_factory.mktemp("site") / "dfs.sqlite"
    with sqlite_service(path) as engine, serving(engine) as running:
        yield running
