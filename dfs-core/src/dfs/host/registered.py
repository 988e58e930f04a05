"""An admitted instrument: everything that its plugin declares."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path, PurePosixPath

from dfs.foundation.errors import PluginError
from dfs.host.errors import RESOURCE_UNREADABLE
from dfs.host.model import source
from dfs.plugin import (
    CalibrationPlan,
    Instrument,
    PackageFiles,
    QualityParameter,
    Recipe,
    Resource,
    Rules,
    StaticCalibration,
    Workflow,
)


@dataclass(frozen=True, slots=True)
class RegisteredInstrument:
    """An instrument whose plugin is ready.

    Parameters
    ----------
    id : the instrument's id.
    distribution, version : who brings the plugin.
    module : the plugin's module.
    instrument : what it is.
    rules : its rules, if it has any.
    calibration_plan : validity of its calibrations, if declared.
    recipes, quality_parameters : by name, in the order declared.
    workflows : by target, likewise.
    static_calibrations : calibrations that come with the plugin.
    packages : versions of its instrument package, the newest last.
    """

    id: str
    distribution: str
    version: str
    module: str
    instrument: Instrument
    rules: Rules | None
    calibration_plan: CalibrationPlan | None
    recipes: Mapping[str, Recipe]
    quality_parameters: Mapping[str, QualityParameter]
    workflows: Mapping[str, Workflow] = field(default_factory=dict)
    static_calibrations: tuple[StaticCalibration, ...] = ()
    packages: tuple[PackageFiles, ...] = ()

    @property
    def source(self) -> str:
        """Distribution and version, as messages name them."""
        return source(self.distribution, self.version)

    def read_text(self, resource: Resource) -> str:
        """Read a data file of the plugin.

        Raises
        ------
        PluginError
            It is not there, or not UTF-8.
        """
        try:
            return files(resource.package).joinpath(resource.path).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError, ImportError) as error:
            raise PluginError(
                self.id,
                self.source,
                "dfs_rules",
                f"{self.resource_name(resource)}: {error}",
                code=RESOURCE_UNREADABLE,
            ) from error

    def path(self, resource: Resource) -> Path:
        """Give the path of a data file of the plugin, for programs that read it themselves.

        Raises
        ------
        PluginError
            It is not a file on disk, e.g. because the package was not unpacked.
        """
        path = Path(str(files(resource.package).joinpath(resource.path)))
        if not path.is_file():
            raise PluginError(
                self.id,
                self.source,
                "dfs_static_calibrations",
                f"{self.resource_name(resource)} is not a file on disk",
                code=RESOURCE_UNREADABLE,
            )
        return path

    @staticmethod
    def resource_name(resource: Resource) -> str:
        """Name a data file for messages, e.g. ``dfs_demo/rules/demo.oca``."""
        return f"{resource.package.replace('.', '/')}/{resource.path}"


def resource_exists(resource: Resource) -> bool:
    """Tell whether a data file lies where its plugin says, inside its package."""
    path = PurePosixPath(resource.path)
    inside = not path.is_absolute() and ".." not in path.parts
    return inside and files(resource.package).joinpath(resource.path).is_file()
