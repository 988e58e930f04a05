"""Whatever a plugin does, the others answer as before and the reason is told."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from dfs.host import Host, PluginState
from dfs.plugin import SimulationRequest

MARKED = "from dfs.plugin import hookimpl\nDFS_API = '0.1'\n"


@dataclass(frozen=True)
class Hostile:
    state: PluginState
    reason: str
    """What the reason must contain."""
    code: str = ""
    """A whole module."""
    extra: str = ""
    """Code after a healthy module's."""
    target: str = ""
    requires: tuple[str, ...] = ()


HOSTILE = {
    "import_error": Hostile(
        PluginState.BROKEN, "No module named 'surely_not_here'", "import surely_not_here"
    ),
    "syntax_error": Hostile(
        PluginState.BROKEN, "syntax_error.py, line 2", "DFS_API = '0.1'\ndef ("
    ),
    "assert_error": Hostile(
        PluginState.BROKEN, "AssertionError: two is three", "assert 2 == 3, 'two is three'"
    ),
    "system_exit": Hostile(PluginState.BROKEN, "SystemExit: 3", "import sys\nsys.exit(3)"),
    "missing_attribute": Hostile(
        PluginState.BROKEN, "has no attribute 'plugin'", MARKED, target="missing_attribute:plugin"
    ),
    "wrong_argument": Hostile(
        PluginState.BROKEN,
        "asks for an argument 'wish'; the hook is dfs_simulate(request)",
        extra="""
            @hookimpl
            def dfs_simulate(wish):
                yield from ()
        """,
    ),
    "unknown_hook": Hostile(
        PluginState.BROKEN,
        "dfs_recipies is not a hook of API 0.3; did you mean dfs_recipes?",
        extra="""
            @hookimpl
            def dfs_recipies():
                return ()
        """,
    ),
    "api_too_new": Hostile(
        PluginState.INCOMPATIBLE,
        "written for API 9.9 and this core serves 0.3",
        extra="DFS_API = '9.9'",
    ),
    "incompatible_requirement": Hostile(
        PluginState.INCOMPATIBLE,
        "requires pluggy>=9999",
        "raise RuntimeError('must not be imported')",
        requires=("dfs-core", "pluggy>=9999"),
    ),
    "hook_raises": Hostile(
        PluginState.BROKEN,
        "ValueError: no recipes today (hook_raises.py, line",
        extra="""
            @hookimpl
            def dfs_recipes():
                raise ValueError("no recipes today")
        """,
    ),
    "wrong_type": Hostile(
        PluginState.BROKEN,
        "dfs_recipes returned a list that is not what it should be at [0]",
        extra="""
            @hookimpl
            def dfs_recipes():
                return ["master bias"]
        """,
    ),
    "coroutine_hook": Hostile(
        PluginState.BROKEN,
        "dfs_classify is asynchronous",
        extra="""
            @hookimpl
            async def dfs_classify(headers):
                return [{} for _ in headers]
        """,
    ),
    "foreign_wrapper": Hostile(
        PluginState.BROKEN,
        "dfs_classify is a wrapper",
        extra="""
            @hookimpl(wrapper=True)
            def dfs_classify(headers):
                yield
                return [{"DO.CATG": "MINE"} for _ in headers]
        """,
    ),
}
"""Thirteen; the fourteenth is the pair of distributions that claim one id."""

ANSWERS = """
    @hookimpl
    def dfs_classify(headers):
        return [{"DO.CATG": "BIAS"} for _ in headers]
"""


@pytest.fixture
def all_of_them(site):
    """Install every hostile plugin beside a healthy one."""
    site.install_healthy("healthy", extra=ANSWERS)
    for id_, hostile in HOSTILE.items():
        install = site.install_healthy if hostile.extra else site.install
        install(
            id_,
            **({"extra": hostile.extra} if hostile.extra else {"code": hostile.code}),
            target=hostile.target,
            requires=hostile.requires,
        )
    site.install_healthy("first", id="twin")
    site.install_healthy("second", id="Twin")
    return site


@pytest.mark.parametrize("id_", HOSTILE)
def test_a_hostile_plugin_is_reported_with_distribution_and_reason(all_of_them, id_):
    report = next(r for r in Host.load().plugins if r.id == id_)

    assert report.state is HOSTILE[id_].state
    assert HOSTILE[id_].reason in report.reason
    assert (report.distribution, report.version) == (id_, "1.0")
    assert report.instrument is None


def test_two_distributions_that_claim_one_id_are_both_in_conflict(all_of_them):
    twins = [r for r in Host.load().plugins if r.id.casefold() == "twin"]

    assert [(r.distribution, r.state) for r in twins] == [
        ("second", PluginState.CONFLICT),
        ("first", PluginState.CONFLICT),
    ]
    assert "first 1.0" in twins[0].reason
    assert "second 1.0" in twins[1].reason


def test_the_healthy_plugin_answers_as_before(all_of_them):
    host = Host.load()

    assert list(host.instruments) == ["healthy"]
    assert host.classify("healthy", [{"INSTRUME": "HEALTHY"}]) == [{"DO.CATG": "BIAS"}]


def run(site, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "dfs", *arguments],
        env=site.environment,
        cwd=site.folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_help_works_beside_all_of_them(all_of_them):
    done = run(all_of_them, "--help")

    assert done.returncode == 0
    assert done.stderr == ""


def test_the_list_of_plugins_tells_of_all_of_them(all_of_them):
    done = run(all_of_them, "plugin", "list", "--json")
    states = {(p["id"], p["distribution"]): p["state"] for p in json.loads(done.stdout)}

    assert done.returncode == 0
    assert done.stderr == ""
    expected = {(id_, id_): hostile.state for id_, hostile in HOSTILE.items()}
    expected |= {("twin", "first"): "conflict", ("Twin", "second"): "conflict"}
    expected |= {("healthy", "healthy"): "ready"}
    assert expected.items() <= states.items()


def test_the_healthy_plugin_is_shown_as_if_it_were_alone(all_of_them):
    done = run(all_of_them, "plugin", "show", "HEALTHY", "--json")

    assert done.returncode == 0
    assert json.loads(done.stdout)["hooks"] == ["dfs_instrument", "dfs_classify"]


def test_what_a_plugin_prints_does_not_get_into_the_answer(site):
    site.install_healthy("chatty", extra="print('hello from the plugin')")
    done = run(site, "plugin", "list", "--json")

    assert "chatty" in {p["id"] for p in json.loads(done.stdout)}
    assert "hello from the plugin" in done.stderr


def test_a_plugin_may_be_interrupted_by_the_user(site):
    site.install("slow", "raise KeyboardInterrupt")

    with pytest.raises(KeyboardInterrupt):
        Host.load()


def test_a_simulator_that_exits_half_way_ends_in_a_plugin_error(make_plugin):
    from dfs.foundation.errors import PluginError

    def dfs_simulate(request: SimulationRequest) -> Iterator[object]:
        yield from ()
        raise SystemExit("enough")

    host = Host.from_modules({"demo": make_plugin(dfs_simulate)})
    with pytest.raises(PluginError, match="SystemExit: enough"):
        list(host.simulate("demo", SimulationRequest(night="2026-03-01")))
