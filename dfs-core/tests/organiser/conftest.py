"""Instruments made up for a test: rules as text, hooks as functions, frames as headers."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from dfs.host import Host
from dfs.organiser.model import Organisation, ReductionBlock, ScannedFile
from dfs.organiser.service import organise_scanned
from dfs.plugin import (
    AssociationLevel,
    AssociationValidity,
    CalibrationPlan,
    Detector,
    Instrument,
    LevelRange,
    Resource,
    Rules,
    hookimpl,
)

CCD = Detector(
    id="CCD",
    title="A small CCD",
    size_x_px=16,
    size_y_px=16,
    pixel_size_um=15.0,
    gain_e_per_adu=1.0,
    read_noise_e=3.0,
)

MakeHost = Callable[..., Host]


@pytest.fixture(scope="session")
def make_host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MakeHost]:
    """Make a host with one instrument, ``demo``, that has these rules and hooks."""
    site = tmp_path_factory.mktemp("packages")
    numbers = itertools.count()
    sys.path.insert(0, str(site))

    def make(
        rules: str | None = None, *, plan: Sequence[tuple[Any, ...]] = (), **hooks: Any
    ) -> Host:
        """Plan entries are action, tag and (level, days before, days after) ranges."""
        package = site / f"dfs_made_{next(numbers)}"
        package.mkdir()
        (package / "__init__.py").write_text("")
        (package / "rules.oca").write_text(rules or "")
        about = {"title": "Demonstration camera", "instrume": ("DEMO",), "detectors": (CCD,)}
        instrument = Instrument(**about | hooks.pop("instrument", {}))
        implemented = {"dfs_instrument": lambda: instrument}
        if rules is not None:
            resource = Resource(package=package.name, path="rules.oca")
            implemented["dfs_rules"] = lambda: Rules(files=(resource,))
        if plan:
            implemented["dfs_calibration_plan"] = lambda: calibration_plan(plan)
        for name, function in (implemented | hooks).items():
            function.__name__ = name
            function.__module__ = package.name
        plugin = ModuleType(package.name)
        vars(plugin)["DFS_API"] = "0.1"
        for name, function in (implemented | hooks).items():
            setattr(plugin, name, hookimpl(function))
        host = Host.from_modules({"demo": plugin})
        assert host.instruments, host.plugins[0].reason
        return host

    yield make
    sys.path.remove(str(site))


def calibration_plan(entries: Sequence[tuple[Any, ...]]) -> CalibrationPlan:
    return CalibrationPlan(
        validities=tuple(
            AssociationValidity(
                action=action,
                tag=tag,
                ranges=tuple(
                    LevelRange(level=AssociationLevel[level], before_days=before, after_days=after)
                    for level, before, after in ranges
                ),
            )
            for action, tag, *ranges in entries
        )
    )


@pytest.fixture(scope="session")
def frame() -> Callable[..., ScannedFile]:
    """Make a frame's header; a keyword with a dot is given with ``__`` for it."""

    def make(name: str, time_mjd: float | None = 60000.0, /, **keywords: Any) -> ScannedFile:
        header: dict[str, Any] = {"INSTRUME": "DEMO"}
        if time_mjd is not None:
            header["MJD-OBS"] = time_mjd
        header |= {keyword.replace("__", "."): value for keyword, value in keywords.items()}
        if "PRO.CATG" not in header:
            header.setdefault("ARCFILE", f"DEMO.{name}.fits")
        return ScannedFile(f"/raw/{name}.fits", header)

    return make


@pytest.fixture(scope="session")
def organised() -> Callable[..., Organisation]:
    """Organise frames and insist that nothing is wrong with them."""

    def run(host: Host, files: Sequence[ScannedFile], **options: Any) -> Organisation:
        result = organise_scanned(host, files, **options)
        assert result.problems == ()
        return result

    return run


@pytest.fixture(scope="session")
def block_of() -> Callable[[Organisation, str], ReductionBlock]:
    """Find the block that takes a frame as an input."""

    def find(organisation: Organisation, name: str) -> ReductionBlock:
        path = str(Path("/raw") / f"{name}.fits")
        (found,) = [b for b in organisation.blocks if path in {i.path for i in b.inputs}]
        return found

    return find


@pytest.fixture(scope="session")
def raw(frame: Callable[..., ScannedFile]) -> Callable[..., ScannedFile]:
    """Make a raw frame of a kind, taken so many nights after the first."""

    def make(kind: str, night: int = 0, **keywords: Any) -> ScannedFile:
        name = f"{kind.lower()}{night}"
        return frame(
            name,
            60000.0 + night,
            DPR__TYPE=kind,
            TPL__START=f"night {night}",
            **({"SPEED": "fast"} | keywords),
        )

    return make
