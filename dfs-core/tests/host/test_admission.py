"""Who is served: policy, conflicts, names; and what is told of the others."""

from __future__ import annotations

import sys
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dfs.foundation.errors import UserError
from dfs.foundation.settings import PluginSettings
from dfs.host import Host, PluginState
from dfs.host.logic import api_problem, api_version, requirement_problem, rival_claims


def states(host: Host) -> dict[str, PluginState]:
    return {report.id: report.state for report in host.plugins}


def test_without_plugins_there_is_a_host_without_instruments():
    host = Host.load()

    assert host.plugins == ()
    assert host.instruments == {}


def test_an_installed_plugin_is_served_and_its_distribution_known(site):
    site.install_healthy("camera", requires=("dfs-core>=0.1",))

    host = Host.load()

    assert states(host) == {"camera": PluginState.READY}
    assert host.instruments["camera"].source == "camera 1.0"


def test_an_edited_entry_point_is_seen_at_once(site):
    """Stevedore's cache would still give the old one."""
    site.install_healthy("camera")
    assert list(Host.load().instruments) == ["camera"]

    (site.folder / "camera-1.0.dist-info" / "entry_points.txt").write_text(
        "[dfs.instruments]\nspectrograph = camera\n", encoding="utf-8"
    )

    assert list(Host.load().instruments) == ["spectrograph"]


def test_a_disabled_plugin_is_not_imported(site):
    site.install("camera", "raise RuntimeError('imported')")

    host = Host.load(PluginSettings(disabled=["CAMERA"]))

    assert states(host) == {"camera": PluginState.DISABLED}
    assert "camera" not in sys.modules


def test_what_is_incompatible_is_not_imported(site):
    site.install("camera", "raise RuntimeError('imported')", requires=("not-on-any-shelf",))

    host = Host.load()

    assert states(host) == {"camera": PluginState.INCOMPATIBLE}
    assert host.plugins[0].reason == "it requires not-on-any-shelf, which is not installed"
    assert "camera" not in sys.modules


def test_two_plugins_that_claim_one_instrume_are_both_in_conflict(make_plugin):
    host = Host.from_modules(
        {
            "a": make_plugin(instrume="DEMO"),
            "b": make_plugin(instrume="Demo"),
            "c": make_plugin(instrume="OTHER"),
        }
    )

    assert states(host) == {
        "a": PluginState.CONFLICT,
        "b": PluginState.CONFLICT,
        "c": PluginState.READY,
    }
    assert host.plugins[0].reason == "'DEMO' is claimed by b as well"
    assert host.serving("DEMO") is None


def test_a_plugin_may_not_claim_the_id_of_another(make_plugin):
    host = Host.from_modules(
        {"demo": make_plugin(instrume="CAM"), "b": make_plugin(instrume="DEMO")}
    )

    assert set(states(host).values()) == {PluginState.CONFLICT}


def test_an_instrument_answers_to_its_id_and_its_instrume_in_any_case(make_plugin):
    host = Host.from_modules({"demo": make_plugin(instrume="DEMOCAM")})

    for name in ("demo", "DEMO", "democam", "DEMOCAM"):
        assert host.resolve(name).id == "demo"
    served = host.serving("DEMOCAM ")
    assert served is not None
    assert served.id == "demo"
    assert host.serving("demo") is None


def test_an_unknown_instrument_is_answered_with_what_there_is(make_plugin):
    host = Host.from_modules({"demo": make_plugin()})

    with pytest.raises(UserError, match="did you mean demo") as caught:
        host.resolve("demmo")
    assert caught.value.code.name == "plugin.unknown"


def test_an_instrument_that_is_not_ready_is_answered_with_the_reason(site):
    site.install("camera", "import surely_not_here")

    with pytest.raises(UserError, match=r"camera 1\.0.*surely_not_here") as caught:
        Host.load().resolve("Camera")
    assert caught.value.code.name == "plugin.not-ready"


def test_a_required_plugin_that_is_not_ready_stops_the_start(site):
    site.install("camera", "import surely_not_here")
    host = Host.load()
    host.require([])

    with pytest.raises(UserError, match=r"not ready: camera; installed: camera \(broken\)"):
        host.require(["camera"])


def test_a_plugin_that_does_not_say_its_contract_is_broken(make_plugin):
    plugin = make_plugin()
    del plugin.DFS_API

    assert "DFS_API must be" in Host.from_modules({"demo": plugin}).plugins[0].reason


versions = st.tuples(st.integers(0, 9), st.integers(0, 9))


@given(written_for=versions, served=versions)
def test_an_older_contract_is_served_within_one_major_version_and_a_newer_one_never(
    written_for, served
):
    accepted = api_problem(written_for, served) == ""

    assert accepted == (written_for[0] == served[0] and written_for[1] <= served[1])


@pytest.mark.parametrize("text", [None, 1, 0.1, "", "1", "1.2.3", "v1.0", "0.x"])
def test_what_is_no_version_of_a_contract_is_not_taken_for_one(text):
    assert api_version(text) is None


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("numpy", ""),
        ("numpy>=2", ""),
        ("numpy<2", "it requires numpy<2; numpy 2.1rc1 is installed"),
        ("absent; python_version<'3'", ""),
        ("absent; extra=='all'", ""),
        ("absent", "it requires absent, which is not installed"),
        ("num py", "its metadata cannot be read"),
    ],
)
def test_requirements_are_compared_with_what_is_installed(line, problem):
    found = requirement_problem(
        [line], ">=3.11", python="3.12.1", installed={"numpy": "2.1rc1"}.get
    )

    assert found.startswith(problem)
    assert bool(found) == bool(problem)


def test_a_python_that_is_too_old_is_told():
    found = requirement_problem([], ">=3.99", python="3.12.1", installed=lambda name: None)

    assert found == "it requires Python >=3.99; this is Python 3.12.1"


@given(st.dictionaries(st.text("abc", min_size=1), st.lists(st.text("xyX"), min_size=1)))
def test_claims_conflict_exactly_when_two_plugins_share_a_name(claims):
    problems = rival_claims(claims)

    for plugin, names in claims.items():
        others = {n.casefold() for other, ns in claims.items() if other != plugin for n in ns}
        assert (plugin in problems) == any(name.casefold() in others for name in names)


def test_a_plugin_that_cannot_be_kept_is_broken():
    host = Host.from_modules({"odd": SimpleNamespace(DFS_API="0.1")})

    (report,) = host.plugins
    assert report.state is PluginState.BROKEN
    assert "unhashable" in report.reason
