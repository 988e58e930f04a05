"""Packages of ready instruments: found, read once, and wrong ones named."""

from __future__ import annotations

import threading
from types import ModuleType

import pytest

from dfs.foundation.errors import PluginError, UserError
from dfs.host import Host
from dfs.instruments import service
from dfs.instruments.service import Packages
from dfs.plugin import Detector, ExecutionTime, Instrument, PackageFiles, TimePart, hookimpl

CCD = Detector(
    id="ccd",
    title="CCD",
    size_x_px=64,
    size_y_px=64,
    pixel_size_um=15.0,
    gain_e_per_adu=1.0,
    read_noise_e=3.0,
)
ACQUISITION = 'name = "{0}"\ntype = "acquisition"\n[timing]\nfixed_s = 60\n'


@pytest.fixture
def plugin(tmp_path, monkeypatch):
    """Write packages by version, and give the host of the plugin that declares them."""

    def make(instrume=("DEMO",), versions=None, *functions):
        (tmp_path / "made_packages").mkdir()
        (tmp_path / "made_packages" / "__init__.py").touch()
        for version, texts in versions.items():
            for name, text in texts.items():
                file = tmp_path / "made_packages" / version / name
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(text, encoding="utf-8")
        monkeypatch.syspath_prepend(str(tmp_path))
        module = ModuleType("made")
        module.DFS_API = "0.3"

        def dfs_instrument():
            return Instrument(title="Demo", instrume=instrume, detectors=(CCD,))

        def dfs_instrument_packages():
            return [
                PackageFiles(version=version, package="made_packages", folder=version)
                for version in versions
            ]

        for function in (dfs_instrument, dfs_instrument_packages, *functions):
            setattr(module, function.__name__, hookimpl(function))
        return Host.from_modules({"demo": module})

    yield make
    import sys

    sys.modules.pop("made_packages", None)


def test_versions_are_those_declared_oldest_first(packages):
    assert packages.instruments() == ("demo",)
    assert packages.versions("demo") == packages.versions("DEMO") == ("1.00", "1.01")
    assert packages.latest("Demo").version == "1.01"


def test_a_package_is_read_once(packages):
    assert packages.get("demo", "1.01") is packages.get("DEMO", "1.01")


def test_threads_that_ask_at_once_get_one_package(host):
    packages, got = Packages(host), []
    threads = [
        threading.Thread(target=lambda: got.append(packages.latest("demo"))) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(got) == 8
    assert len({id(package) for package in got}) == 1


def test_a_version_that_is_not_there_says_which_are(packages):
    with pytest.raises(UserError, match=r"no package '1.1'; there are: 1.00, 1.01") as caught:
        packages.get("demo", "1.1")

    assert caught.value.code.name == "instruments.unknown-package"
    assert caught.value.code.kind == "absent"


def test_sources_are_cited_and_what_has_none_is_invented(package):
    parameters = {p.name: p for p in package.template("DEMO_img_obs").parameters}

    assert parameters["DET.WIN1.UIT1"].source == "Demonstration camera, manual, issue 2"
    assert parameters["SEQ.NOTE"].source is None


def test_a_set_comes_before_the_own_parameters_and_an_own_definition_replaces_one(package):
    flat = package.template("DEMO_img_cal_flat")

    assert [p.name for p in flat.parameters][:2] == ["DET.WIN1.UIT1", "DET.READ.SPEED"]
    assert flat.parameters[0].default == 5.0


def test_a_signature_file_gets_timing_and_source_from_the_package(package):
    dark = package.template("DEMO_img_cal_dark")

    assert dark.title == "Dark frames"
    assert dark.timing.fixed_s == 10
    assert dark.parameters[0].source == "Demonstration camera, manual, issue 2"


def test_two_instrume_values_have_packages_of_their_own(plugin):
    packages = Packages(
        plugin(
            ("DEMO1", "DEMO2"),
            {
                "1.0": {"package.toml": ""},
                "2.0": {"package.toml": 'instrume = "DEMO2"'},
                "2.1": {"package.toml": 'instrume = "DEMO2"'},
            },
        )
    )

    assert packages.versions("demo") == ("1.0", "2.0", "2.1")
    assert packages.versions("demo1") == ("1.0",)
    assert packages.latest("DEMO2").version == "2.1"
    with pytest.raises(UserError, match=r"there are: 2\.0, 2\.1"):
        packages.get("DEMO2", "1.0")


def test_a_package_that_is_wrong_names_plugin_file_and_key(plugin):
    packages = Packages(
        plugin(("DEMO",), {"1.0": {"package.toml": 'instrume = "OTHER"\ncolour = "red"'}})
    )

    with pytest.raises(PluginError) as caught:
        packages.latest("demo")

    assert caught.value.code.name == "instruments.bad-package"
    assert "made_packages/1.0: package.toml: colour: there is no such key" in str(caught.value)
    assert "package.toml: instrume: the plugin serves DEMO" in str(caught.value)
    assert len(packages.reading("demo", "1.0").faults) == 2


def test_a_file_that_is_no_text_is_the_plugins_failure(plugin, tmp_path):
    packages = Packages(plugin(("DEMO",), {"1.0": {"package.toml": ""}}))
    (tmp_path / "made_packages" / "1.0" / "package.toml").write_bytes(b"\xff\xfe")

    with pytest.raises(PluginError, match=r"package\.toml"):
        packages.latest("demo")


def test_an_instrument_without_a_package_says_so(plugin):
    host = plugin(("DEMO",), {})

    with pytest.raises(UserError, match="has no package"):
        Packages(host).latest("demo")


# ── With the plugin's hooks ─────────────────────────────────────────────────


def test_the_plugin_is_asked_for_the_time_before_the_overheads(host, packages, block):
    scripted = service.execution_time(host, packages, block("DEMO_img_obs_script"))
    plain = service.execution_time(host, packages, block("DEMO_img_acq"))

    assert scripted.total_s == 240 + 5 * 30
    assert plain.parts == (TimePart(label="acquisition", seconds=240, template=0),)


def test_a_plugin_that_fails_makes_the_time_unknown(plugin, block):
    def dfs_execution_time(ob, package):
        raise ZeroDivisionError("no speed")

    template = {
        "package.toml": "",
        "templates/DEMO_img_acq.toml": ACQUISITION.format("DEMO_img_acq"),
    }
    host = plugin(("DEMO",), {"1.0": template}, dfs_execution_time)
    packages = Packages(host)

    time = service.execution_time(host, packages, block("DEMO_img_acq", of=packages.latest("demo")))

    assert time.parts == ()
    assert "ZeroDivisionError: no speed" in time.unknown[0]


def test_a_time_that_is_not_finite_is_a_failure(plugin, block):
    def dfs_execution_time(ob, package):
        return ExecutionTime(parts=(TimePart(label="for ever", seconds=float("inf")),))

    host = plugin(("DEMO",), {"1.0": {"package.toml": ""}}, dfs_execution_time)
    packages = Packages(host)

    assert service.execution_time(host, packages, block(of=packages.latest("demo"))).unknown


def test_migration_lets_the_plugin_rename_and_keeps_the_rest_by_name(host, packages, block):
    old = packages.get("demo", "1.00")
    ob = block(("DEMO_img_obs", {"DET.UIT": 12.0, "INS.FILT1.NAME": "CLEAR"}), of=old)

    migration = service.migrate(host, packages, ob)

    parameters = migration.block.templates[0].parameters
    assert migration.block.package_version == "1.01"
    assert (parameters["DET.WIN1.UIT1"], parameters["INS.FILT1.NAME"]) == (12.0, "R")
    told = [str(change) for change in migration.changes]
    assert "package_version: '1.00' → '1.01'" in told
    assert "constraints.strehl: removed, was 0.0" in told
    assert "constraints.moonDistance: added as 30.0" in told
    assert "templates[0].parameters.DET.UIT: removed, was 12.0" in told
    assert "templates[0].parameters.DET.WIN1.UIT1: added as 12.0" in told
    assert "templates[0].parameters.INS.FILT1.NAME: 'CLEAR' → 'R'" in told
    assert ob.templates[0].parameters["DET.UIT"] == 12.0


def test_migration_without_the_hook_needs_no_files_of_the_old_version(plugin, block, package):
    template = {
        "package.toml": "",
        "templates/DEMO_img_acq.toml": ACQUISITION.format("DEMO_img_acq"),
    }
    host = plugin(("DEMO",), {"2.0": template})

    migration = service.migrate(host, Packages(host), block("DEMO_img_acq", "DEMO_img_obs"))

    assert [template.name for template in migration.block.templates] == ["DEMO_img_acq"]
    assert "templates[1]: removed, was 'DEMO_img_obs'" in map(str, migration.changes)
