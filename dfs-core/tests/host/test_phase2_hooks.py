"""The hooks of Phase 2: asked as specified, and failing closed."""

from __future__ import annotations

import pytest

from dfs.foundation.errors import PluginError, UserError
from dfs.host import Host, PluginState
from dfs.plugin import (
    BadConfiguration,
    Container,
    ContainerKind,
    ExecutionTime,
    Finding,
    InstrumentPackage,
    Member,
    ObservationBlock,
    PackageFiles,
    Severity,
    TimePart,
)

OB = ObservationBlock(id=7, name="M 42", instrument="DEMO", package_version="1.0")
PACKAGE = InstrumentPackage(
    instrument="demo", instrume="DEMO", version="1.0", templates=(), constraints=()
)
NEWER = PACKAGE.model_copy(update={"version": "1.1"})
GROUP = Container(kind=ContainerKind.GROUP, name="G", members=(Member(item=OB),))
TOO_BRIGHT = Finding(code="demo.bright", severity=Severity.ERROR, message="It is too bright.")


def demo(make_plugin, *functions) -> Host:
    return Host.from_modules({"demo": make_plugin(*functions)})


# ── Declarations ────────────────────────────────────────────────────────────


@pytest.fixture
def declaring(make_plugin, tmp_path, monkeypatch):
    """Give the host of a plugin whose package has one folder with and one without a file."""
    package = tmp_path / "dfs_made_packages"
    (package / "good").mkdir(parents=True)
    (package / "empty").mkdir()
    (package / "__init__.py").touch()
    (package / "good" / "package.toml").write_text("not = even = TOML", encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))

    def make(folders: dict[str, str]) -> Host:
        def dfs_instrument_packages():
            return [
                PackageFiles(version=version, package="dfs_made_packages", folder=folder)
                for version, folder in folders.items()
            ]

        return demo(make_plugin, dfs_instrument_packages)

    return make


def test_hook_instrument_packages(declaring):
    host = declaring({"98.09": "good", "98.10": "good"})

    assert [each.version for each in host.instruments["demo"].packages] == ["98.09", "98.10"]


@pytest.mark.parametrize("folder", ["empty", "absent", "../dfs_made_packages/good"])
def test_a_package_without_its_file_is_refused(declaring, folder):
    report = declaring({"1": "good", "2": folder}).plugins[0]

    assert report.state is PluginState.BROKEN
    assert "package.toml', which the package dfs_made_packages does not contain" in report.reason


def test_a_version_declared_twice_is_refused(make_plugin):
    files = PackageFiles(version="1.0", package="dfs", folder="packages")

    def dfs_instrument_packages():
        return (files, files)

    assert "version 1.0 twice" in demo(make_plugin, dfs_instrument_packages).plugins[0].reason


# ── Decisions ───────────────────────────────────────────────────────────────


def test_hook_verify_ob(make_plugin):
    def dfs_verify_ob(ob, package):
        return [TOO_BRIGHT] if ob.name == "M 42" and package.version == "1.0" else []

    assert demo(make_plugin, dfs_verify_ob).verify_ob("demo", OB, PACKAGE) == [TOO_BRIGHT]
    assert demo(make_plugin).verify_ob("demo", OB, PACKAGE) == ()


@pytest.mark.parametrize("code", ["ob.bright", "demo", "demolition.now"])
def test_a_finding_whose_code_is_not_the_instruments_is_a_failure(make_plugin, code):
    def dfs_verify_ob(ob, package):
        return [TOO_BRIGHT.model_copy(update={"code": code})]

    with pytest.raises(PluginError, match=f"'{code}' does not begin with 'demo.'"):
        demo(make_plugin, dfs_verify_ob).verify_ob("demo", OB, PACKAGE)


def test_a_verifier_that_fails_is_an_error_and_never_no_finding(make_plugin):
    def dfs_verify_ob(ob, package):
        raise SystemExit

    with pytest.raises(PluginError, match="SystemExit"):
        demo(make_plugin, dfs_verify_ob).verify_ob("demo", OB, PACKAGE)


@pytest.mark.parametrize("answer", [None, "fine", [None], [{"code": "demo.x"}]])
def test_findings_of_another_type_are_a_failure(make_plugin, answer):
    def dfs_verify_ob(ob, package):
        return answer

    with pytest.raises(PluginError, match="is not what it should be"):
        demo(make_plugin, dfs_verify_ob).verify_ob("demo", OB, PACKAGE)


def test_hook_verify_container(make_plugin):
    def dfs_verify_container(container, packages):
        return [TOO_BRIGHT for block in container.blocks() if block.package_version in packages]

    host = demo(make_plugin, dfs_verify_container)

    assert host.verify_container("demo", GROUP, {"1.0": PACKAGE}) == [TOO_BRIGHT]
    assert demo(make_plugin).verify_container("demo", GROUP, {}) == ()


def test_hook_execution_time(make_plugin):
    time = ExecutionTime(parts=(TimePart(label="acquisition", seconds=60),))

    def dfs_execution_time(ob):
        return time if ob.name == "M 42" else None

    host = demo(make_plugin, dfs_execution_time)

    assert host.execution_time("demo", OB, PACKAGE) == time
    assert host.execution_time("demo", OB.model_copy(update={"name": ""}), PACKAGE) is None
    assert demo(make_plugin).execution_time("demo", OB, PACKAGE) is None


@pytest.mark.parametrize("answer", [60.0, {"exposure_s": 1.0}])
def test_a_time_of_another_type_is_a_failure(make_plugin, answer):
    def dfs_execution_time(ob):
        return answer

    with pytest.raises(PluginError, match="is not what it should be"):
        demo(make_plugin, dfs_execution_time).execution_time("demo", OB, PACKAGE)


@pytest.mark.parametrize(
    ("part", "problem"),
    [
        (TimePart(label="for ever", seconds=float("inf")), "is not finite"),
        (TimePart(label="exposure", seconds=1.0, template=0), "that the block does not have"),
    ],
)
def test_a_time_that_cannot_be_is_a_failure(make_plugin, part, problem):
    def dfs_execution_time(ob):
        return ExecutionTime(parts=(part,))

    with pytest.raises(PluginError, match=problem):
        demo(make_plugin, dfs_execution_time).execution_time("demo", OB, PACKAGE)


def test_hook_migrate_ob(make_plugin):
    def dfs_migrate_ob(ob, from_package, to_package):
        return ob.model_copy(update={"name": f"{from_package.version}>{to_package.version}"})

    moved = demo(make_plugin, dfs_migrate_ob).migrate_ob("demo", OB, PACKAGE, NEWER)

    assert moved.name == "1.0>1.1"
    assert demo(make_plugin).migrate_ob("demo", OB, PACKAGE, NEWER) is None


def test_a_migration_that_gives_another_block_is_a_failure(make_plugin):
    def dfs_migrate_ob(ob, from_package, to_package):
        return ob.model_copy(update={"id": 8})

    with pytest.raises(PluginError, match="another block, DEMO 8"):
        demo(make_plugin, dfs_migrate_ob).migrate_ob("demo", OB, PACKAGE, NEWER)


def test_hook_expand_survey(make_plugin):
    def dfs_expand_survey(document, template, package):
        members = tuple(
            Member(item=template.model_copy(update={"name": name})) for name in document.split()
        )
        return [Container(kind=ContainerKind.GROUP, name="survey", members=members)]

    host = demo(make_plugin, dfs_expand_survey)
    (group,) = host.expand_survey("demo", "N1 N2", OB, PACKAGE)

    assert [block.name for block in group.blocks()] == ["N1", "N2"]


def test_a_survey_that_the_plugin_refuses_is_the_users_and_keeps_the_reason(make_plugin):
    def dfs_expand_survey(document, template, package):
        raise BadConfiguration("tile 3\nhas no pawprint")

    with pytest.raises(UserError, match="tile 3 has no pawprint") as caught:
        demo(make_plugin, dfs_expand_survey).expand_survey("demo", "", OB, PACKAGE)

    assert caught.value.code.name == "plugin.bad-survey"


def test_a_survey_expander_that_fails_is_the_plugins(make_plugin):
    def dfs_expand_survey(document, template, package):
        raise KeyError("TILE")

    with pytest.raises(PluginError, match="KeyError"):
        demo(make_plugin, dfs_expand_survey).expand_survey("demo", "", OB, PACKAGE)


def test_a_survey_of_another_instruments_blocks_is_a_failure(make_plugin):
    def dfs_expand_survey(document, template, package):
        return [GROUP]

    with pytest.raises(PluginError, match=r"a block of DEMO 1\.0"):
        demo(make_plugin, dfs_expand_survey).expand_survey("demo", "", OB, NEWER)


def test_an_instrument_without_surveys_says_so(make_plugin):
    with pytest.raises(UserError, match="does not implement dfs_expand_survey"):
        demo(make_plugin).expand_survey("demo", "", OB, PACKAGE)
