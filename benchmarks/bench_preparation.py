"""A service with 100,000 Observation Blocks: what a page and a call cost, over real HTTP.

A run of 1,000 blocks is opened as a tree, its groups are listed by REST, it is verified, one
block is read and saved; and 1,000 blocks are changed at once. The peer is the floor: the same
server answering ``/health``, which reads one row.
"""

from __future__ import annotations

import json
import statistics
import tempfile
import threading
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

from common import Figure, parser, report
from sqlalchemy import Engine, insert, select

from dfs.accounts import service as accounts
from dfs.foundation.clock import system_clock
from dfs.foundation.observatory import load_observatory
from dfs.foundation.settings import Settings
from dfs.host import Host
from dfs.instruments.service import Packages
from dfs.preparation.model import ItemKind
from dfs.preparation.service import Preparation, bulk, items, lifecycle, templates
from dfs.preparation.service.journal import ITEM, TEMPLATE
from dfs.programmes import document
from dfs.programmes.service import import_runs
from dfs.testkit.databases import sqlite_service
from dfs.ui.principal import Principal, Role
from dfs.ui.web import Services
from dfs.web.app import create_app

PAGE_GOAL_MS = 150.0
BULK_GOAL_S = 2.0
BLOCKS = 1000
GROUPS = 20
PASSWORD = "a long password"


def programmes(count: int) -> str:
    """Grant as many runs."""
    lines = []
    for number in range(count):
        lines += [
            "[[programme]]",
            f'code = "{number:03d}.A-0001"\ntitle = "x"\npi = "pi"',
            '[[programme.run]]\ndesignation = "A"\ninstrument = "UVES"\ntelescope = "UT2"',
            'mode = "SM"\nperiod = 118\nallocated_h = 1000',
        ]
    return "\n".join(lines)


def fill(engine: Engine, stage: Preparation, who: Principal) -> list[int]:
    """Make a block by hand, and all others like it; give the ids of the runs."""
    runs = items.runs(stage, who)
    made = items.create_item(stage, who, runs[0].root_id, ItemKind.OB, "like this")
    items.save_block(
        stage,
        who,
        made.id,
        {"target": {"name": "F", "ra": "12:00:00.000", "dec": "-30:00:00.000"}},
        made.version,
    )
    templates.add_template(stage, who, made.id, "UVES_blue_acq_imsl")
    science = templates.add_template(stage, who, made.id, "UVES_blue_obs_exp")
    values = {one.name: 10 for one in science.signature.parameters if one.default is None}
    templates.save_parameters(stage, who, made.id, science.template.id, values, science.version)
    with engine.begin() as connection:
        item = dict(
            connection.execute(select(ITEM.table).where(ITEM.table.c.id == made.id))
            .mappings()
            .one()
        )
        parts = [
            dict(row)
            for row in connection.execute(
                select(TEMPLATE.table).where(TEMPLATE.table.c.item_id == made.id)
            ).mappings()
        ]
        number = 10_000
        for run in runs:
            number = fill_run(connection, run.run.id, run.root_id, item, parts, number)
        connection.exec_driver_sql("ANALYZE")
    return [run.run.id for run in runs]


def fill_run(connection, run_id, root_id, item, parts, number) -> int:
    """Put 1,000 blocks into groups of a run; give the last id."""
    container = {"kind": "Group", "target": None, "target_name": "", "template_count": 0}
    container |= {"target_ra": "", "target_dec": "", "execution_s": None, "package_version": ""}
    rows, groups, filled = [], [], []
    for place in range(GROUPS):
        number += 1
        groups.append(number)
        rows.append({**item, "id": number, "run_id": run_id, "parent_id": root_id,
                     "position": place + 1, "name": f"G{place}", **container})  # fmt: skip
    connection.execute(insert(ITEM.table), rows)
    rows = []
    for place in range(BLOCKS):
        number += 1
        ra = f"{place % 24:02d}:{place % 60:02d}:00.000"
        dec = f"-{place % 70:02d}:{place * 7 % 60:02d}:00.000"
        target = {**item["target"], "name": f"F{place}", "ra": ra, "dec": dec}
        rows.append({**item, "id": number, "run_id": run_id, "name": f"OB {place}",
                     "parent_id": groups[place * GROUPS // BLOCKS], "position": place,
                     "target": target, "target_name": f"F{place}", "target_ra": ra,
                     "target_dec": dec})  # fmt: skip
        filled += [
            {**part, "id": number * 4 + index, "item_id": number}
            for index, part in enumerate(parts)
        ]
    connection.execute(insert(ITEM.table), rows)
    connection.execute(insert(TEMPLATE.table), filled)
    return number


def p95_ms(call: Callable[[], object], times: int = 40) -> tuple[float, float]:
    """Give the median and the 95th percentile of a call, ms, the first one left out."""
    call()
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        call()
        taken.append((time.perf_counter() - start) * 1e3)
    taken.sort()
    return statistics.median(taken), taken[int(times * 0.95) - 1]


def told(value: float, goal: float, unit: str) -> str:
    """Say whether a goal is met."""
    return f"goal <= {goal:g} {unit}: {'met' if value <= goal else 'MISSED'}"


def main() -> None:
    arguments = parser(__doc__)
    arguments.add_argument("--runs", type=int, default=100)
    options = arguments.parse_args()
    observatory = load_observatory(Path(__file__).parents[1] / "demo" / "observatory.toml")
    folder = tempfile.TemporaryDirectory(prefix="dfs-bench-")
    with folder, sqlite_service(Path(folder.name) / "dfs.sqlite") as engine:
        accounts.create_user(engine, system_clock, "pi", PASSWORD, roles=(Role.ASTRONOMER,))
        import_runs(engine, system_clock, document.parse(programmes(options.runs), where="bench"))
        who = accounts.principal_of_user(engine, "pi")
        services = Services(engine, system_clock, Settings(), Host.load(), observatory)
        app = create_app(services)
        packages = Packages(services.host)
        stage = Preparation(engine, system_clock, services.host, packages, observatory)
        runs = fill(engine, stage, who)
        figures = measure(app, stage, who, runs[len(runs) // 2])
    title = f"{options.runs * BLOCKS} Observation Blocks on SQLite, over HTTP"
    report(title, "calls", figures, as_json=options.json)


def measure(app, stage: Preparation, who: Principal, run_id: int) -> list[Figure]:
    """Serve the application and ask it."""
    import uvicorn

    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="warning"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    root = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    token = accounts.issue_token(stage.engine, system_clock, who)

    def get(path: str, accept: str = "application/json", **headers: str) -> bytes:
        sent = {"Authorization": f"Bearer {token}", "Accept": accept, **headers}
        with urllib.request.urlopen(urllib.request.Request(root + path, headers=sent)) as answer:
            return answer.read()

    run = items.prepared_run(stage, who, run_id)
    group = json.loads(get(f"/api/v1/containers/{run.root_id}/items"))[0]["containerId"]
    block = json.loads(get(f"/api/v1/containers/{group}/items"))[0]["obId"]
    calls = {
        "floor: /health": lambda: get("/health"),
        "page: tree of 1,000": lambda: get(f"/prepare/runs/{run_id}", "text/html"),
        "its JSON twin": lambda: get(f"/prepare/runs/{run_id}.json"),
        "page: a block": lambda: get(f"/prepare/blocks/{block}", "text/html"),
        "REST: a group of 50": lambda: get(f"/api/v1/containers/{group}/items"),
        "REST: a block": lambda: get(f"/api/v1/obsBlocks/{block}"),
        "verify the run of 1,000": lambda: lifecycle.verify_run(stage, who, run_id),
    }
    figures = []
    for name, call in calls.items():
        median, p95 = p95_ms(call)
        verdict = "" if name.startswith("floor") else told(p95, PAGE_GOAL_MS, "ms")
        figures.append(Figure(name, p95 / 1e3, 1, note=f"p95; median {median:.0f} ms {verdict}"))
    ids = [one.id for one in items.tree(stage, who, run_id) if one.is_block]
    start = time.perf_counter()
    bulk.set_many(stage, who, ids, {"constraints": {"airmass": 1.5}})
    taken = time.perf_counter() - start
    verdict = told(taken, BULK_GOAL_S, "s")
    figures.append(Figure("1,000 blocks changed at once", taken, 1, note=verdict))
    server.should_exit = True
    thread.join()
    return figures


if __name__ == "__main__":
    main()
