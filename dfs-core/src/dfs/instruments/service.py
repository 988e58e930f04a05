"""The packages of the ready instruments, read when they are first asked for."""

from __future__ import annotations

import threading
from dataclasses import replace
from difflib import get_close_matches
from importlib.resources import files
from typing import TYPE_CHECKING

from dfs.foundation.errors import PluginError, UserError
from dfs.host.model import PACKAGE_FILE
from dfs.instruments import timing
from dfs.instruments.errors import BAD_PACKAGE, UNKNOWN_PACKAGE, UNKNOWN_TEMPLATE
from dfs.instruments.logic import differences
from dfs.instruments.logic import migrate as migrate_by_names
from dfs.instruments.model import Fault, Migration, Reading
from dfs.instruments.reading import TEMPLATES, instrume_of, read_package
from dfs.plugin import (
    ExecutionTime,
    InstrumentPackage,
    ObservationBlock,
    PackageFiles,
    TemplateSignature,
)

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

    from dfs.host import Host, RegisteredInstrument

__all__ = ["Packages", "execution_time", "migrate", "template_of"]

_MOST_FAULTS = 5
_SUFFIXES = (".toml", ".tsf")


class Packages:
    """The instrument packages of a host; safe to share between threads.

    Parameters
    ----------
    host : whose plugins declare them.
    """

    def __init__(self, host: Host) -> None:
        self._host = host
        self._lock = threading.RLock()
        self._read: dict[tuple[str, str], InstrumentPackage] = {}
        self._instrumes: dict[tuple[str, str], str] = {}

    def instruments(self) -> tuple[str, ...]:
        """Give the ids of the instruments that have a package."""
        return tuple(id_ for id_, each in self._host.instruments.items() if each.packages)

    def versions(self, instrument: str) -> tuple[str, ...]:
        """Give the versions of an instrument's package, oldest first.

        Parameters
        ----------
        instrument : id, for the versions of all its INSTRUME values, or an INSTRUME
            value, in any case.

        Raises
        ------
        UserError
            There is no such instrument.
        PluginError
            A file cannot be read.
        """
        return tuple(each.version for each in self._declared(instrument))

    def latest(self, instrument: str) -> InstrumentPackage:
        """Give the newest package of an instrument.

        Raises
        ------
        UserError
            ``instruments.unknown-package``: it has none; or there is no such instrument.
        PluginError
            ``instruments.bad-package``.
        """
        versions = self.versions(instrument)
        if not versions:
            raise UserError(UNKNOWN_PACKAGE, f"the plugin of {instrument} has no package")
        return self.get(instrument, versions[-1])

    def get(self, instrument: str, version: str) -> InstrumentPackage:
        """Give one version of an instrument's package.

        Raises
        ------
        UserError
            ``instruments.unknown-package``, or there is no such instrument.
        PluginError
            ``instruments.bad-package``: its files are wrong; says which and where.
        """
        registered = self._host.resolve(instrument)
        known = self._read.get((registered.id, version))
        if known is not None and _means(registered, instrument, known.instrume):
            return known
        declared = self._version(instrument, version)
        with self._lock:
            if (registered.id, version) not in self._read:
                reading = self._from_files(registered, declared)
                if reading.faults:
                    raise _bad_package(registered, declared, reading.faults)
                self._read[registered.id, version] = reading.package
            return self._read[registered.id, version]

    def reading(self, instrument: str, version: str) -> Reading:
        """Read the files of a package afresh, and say everything that is wrong in them.

        Raises
        ------
        UserError
            ``instruments.unknown-package``, or there is no such instrument.
        PluginError
            A file is no text.
        """
        registered = self._host.resolve(instrument)
        return self._from_files(registered, self._version(instrument, version))

    def _version(self, instrument: str, version: str) -> PackageFiles:
        declared = {each.version: each for each in self._declared(instrument)}
        if version not in declared:
            raise UserError(
                UNKNOWN_PACKAGE,
                f"{instrument} has no package {version!r}; "
                f"there are: {', '.join(declared) or 'none'}",
            )
        return declared[version]

    def _declared(self, instrument: str) -> tuple[PackageFiles, ...]:
        registered = self._host.resolve(instrument)
        return tuple(
            each
            for each in registered.packages
            if _means(registered, instrument, self._instrume(registered, each))
        )

    def _instrume(self, registered: RegisteredInstrument, declared: PackageFiles) -> str:
        """Give the INSTRUME value of a package without reading more of it than need be."""
        first = registered.instrument.instrume[0]
        if len(registered.instrument.instrume) == 1:
            return first
        key = registered.id, declared.version
        if key not in self._instrumes:
            folder = files(declared.package).joinpath(declared.folder)
            text = _text(registered, folder.joinpath(PACKAGE_FILE))
            self._instrumes[key] = instrume_of(text) or first
        return self._instrumes[key]

    def _from_files(self, registered: RegisteredInstrument, declared: PackageFiles) -> Reading:
        folder = files(declared.package).joinpath(declared.folder)
        texts = {PACKAGE_FILE: _text(registered, folder.joinpath(PACKAGE_FILE))}
        templates = folder.joinpath(TEMPLATES)
        if templates.is_dir():
            for file in templates.iterdir():
                if file.name.endswith(_SUFFIXES):
                    texts[f"{TEMPLATES}/{file.name}"] = _text(registered, file)
        served = registered.instrument.instrume
        reading = read_package(registered.id, served[0], declared.version, texts)
        if reading.package.instrume in served:
            return reading
        foreign = Fault(PACKAGE_FILE, "instrume", f"the plugin serves {', '.join(served)}")
        return replace(reading, faults=(*reading.faults, foreign))


def _means(registered: RegisteredInstrument, instrument: str, instrume: str) -> bool:
    return instrument.casefold() in {registered.id.casefold(), instrume.casefold()}


def _text(registered: RegisteredInstrument, file: Traversable) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise PluginError(
            registered.id,
            registered.source,
            "dfs_instrument_packages",
            f"{file.name}: {error}",
            code=BAD_PACKAGE,
        ) from error


def _bad_package(
    registered: RegisteredInstrument, declared: PackageFiles, faults: tuple[Fault, ...]
) -> PluginError:
    more = f"; and {len(faults) - _MOST_FAULTS} more" if len(faults) > _MOST_FAULTS else ""
    told = "; ".join(map(str, faults[:_MOST_FAULTS])) + more
    return PluginError(
        registered.id,
        registered.source,
        "dfs_instrument_packages",
        f"{declared.package.replace('.', '/')}/{declared.folder}: {told}",
        code=BAD_PACKAGE,
    )


def template_of(package: InstrumentPackage, name: str) -> TemplateSignature:
    """Give a template of a package.

    Raises
    ------
    UserError
        ``instruments.unknown-template``; names similar ones.
    """
    template = package.template(name)
    if template is None:
        close = get_close_matches(name, [each.name for each in package.templates], n=3)
        hint = f"; did you mean {' or '.join(close)}?" if close else ""
        raise UserError(
            UNKNOWN_TEMPLATE,
            f"{package.instrume} {package.version} has no template {name!r}{hint}",
        )
    return template


def execution_time(host: Host, packages: Packages, ob: ObservationBlock) -> ExecutionTime:
    """Say how long a block takes: the plugin, where it has a say, else the overheads.

    Returns
    -------
    ExecutionTime
        If the plugin fails, nothing is known, and the failure is the reason.

    Raises
    ------
    UserError
        The instrument or the version of its package is unknown.
    PluginError
        ``instruments.bad-package``.
    """
    package = packages.get(ob.instrument, ob.package_version)
    try:
        told = host.execution_time(package.instrument, ob, package)
    except PluginError as error:
        return ExecutionTime(unknown=(str(error),))
    return timing.execution_time(ob, package) if told is None else told


def migrate(
    host: Host, packages: Packages, ob: ObservationBlock, version: str | None = None
) -> Migration:
    """Move a block to another version of its package: first the plugin, then by names.

    Parameters
    ----------
    host, packages : who knows.
    ob : as it was written; it is not changed.
    version : to which; None for the newest.

    Returns
    -------
    Migration
        The block as it would be and every change, which is all that a dry run shows.

    Raises
    ------
    UserError
        The instrument or a version of its package is unknown.
    PluginError
        The plugin failed; the block stays as it is.
    """
    to = packages.latest(ob.instrument) if version is None else packages.get(ob.instrument, version)
    if host.implements(to.instrument, "dfs_migrate_ob"):
        now = packages.get(ob.instrument, ob.package_version)
        moved = host.migrate_ob(to.instrument, ob, now, to)
        if moved is not None:
            renamed = migrate_by_names(moved, to).block
            return Migration(renamed, tuple(differences(ob, renamed)))
    return migrate_by_names(ob, to)
