"""Each criterion of instrument packages finds what it looks for."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from dfs.host import Host
from dfs.instruments import service
from dfs.plugin import ExecutionTime, Finding, Severity
from dfs.testkit import packages
from dfs.testkit.bench import Bench

Edit = Callable[..., None]


@pytest.fixture
def edit(monkeypatch: pytest.MonkeyPatch) -> Edit:
    """Change what a file of the packages says."""

    def change(name: str, *pairs: tuple[str, str]) -> None:
        real = service._text

        def text(registered, file):
            found = real(registered, file)
            if file.name == name:
                for old, new in pairs:
                    found = found.replace(old, new)
            return found

        monkeypatch.setattr(service, "_text", text)

    return change


def problems(bench: Bench, name: str) -> list[str]:
    (criterion,) = [each for each in packages.DECLARES + packages.OPERATES if each.name == name]
    return list(criterion.problems(bench))


@pytest.mark.parametrize("criterion", packages.DECLARES + packages.OPERATES, ids=lambda c: c.name)
def test_the_demonstration_meets_every_criterion(demo: Bench, criterion) -> None:
    assert list(criterion.problems(demo)) == []


def test_every_fault_of_every_version_is_found(demo: Bench, edit: Edit) -> None:
    edit("package.toml", ('source = "manual"', 'source = "hearsay"'))

    found = problems(demo, "every instrument package can be read")

    assert any(each.startswith("1.00: package.toml: constraint[0].source") for each in found)
    assert any(each.startswith("1.01: ") for each in found)


def test_what_a_signature_file_cannot_hold_is_noted(demo: Bench, edit: Edit) -> None:
    edit("DEMO_img_cal_dark.tsf", ('"1..100"', '"QUERY_INST x"'))

    assert problems(demo, "every instrument package can be read") == []
    assert "must be asked of the instrument" in demo.notes[0]


def test_a_package_without_acquisition_is_found(demo: Bench, edit: Edit) -> None:
    acquisition = ('type = "acquisition"', 'type = "science"')
    edit("DEMO_img_acq.toml", acquisition)

    (found,) = problems(demo, "every template can be acquired and timed")

    assert found == "1.00: there is no acquisition template"


def test_a_template_whose_time_nobody_tells_is_found(
    demo: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(demo.host, "implements", lambda *_: False)

    (found,) = problems(demo, "every template can be acquired and timed")

    assert found == "1.01: DEMO_img_obs_script has no timing, nor is there a hook"


def test_hooks_that_would_never_be_asked_are_found(demo: Bench) -> None:
    import dataclasses

    demo.instrument = dataclasses.replace(demo.instrument, packages=())

    assert len(problems(demo, "hooks of blocks have a package")) == 3


def test_a_time_that_is_not_known_of_a_filled_in_block_is_found(
    demo: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Host, "execution_time", lambda *_: ExecutionTime(unknown=("nobody knows",)))

    found = problems(demo, "the time of every filled-in template is known")

    assert "1.01: DEMO_img_acq: nobody knows" in found


def test_a_migration_into_what_is_not_allowed_is_found(
    demo: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packages, "migrate", lambda host, all_, ob: service.Migration(ob, ()))

    found = problems(demo, "blocks migrate to the newest package")

    assert "1.00: DEMO_img_obs_jitter does not fit 1.01" in found


def test_an_error_of_the_core_in_a_block_of_defaults_is_found(
    demo: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = Finding(code="ob.value", severity=Severity.ERROR, path="here", message="It is odd.")
    monkeypatch.setattr(
        packages, "verify_block", lambda ob, *_: [found] * (ob.name == "DEMO_mos_obs")
    )

    assert (
        problems(demo, "the core finds no error in a block of defaults")
        == ["1.01: DEMO_mos_obs: here: It is odd."] * 2
    )
