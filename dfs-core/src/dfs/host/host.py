"""The host: one typed method for each thing that the core asks of plugins."""

from __future__ import annotations

import logging
import math
from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from dfs.foundation.errors import PluginError, UserError
from dfs.host import hooks
from dfs.host.admission import Admission, admit
from dfs.host.discovery import discover
from dfs.host.errors import (
    BAD_SURVEY,
    NO_SIMULATOR,
    NO_SURVEYS,
    NOT_READY,
    REQUIRED,
    UNKNOWN,
)
from dfs.host.model import Candidate, PluginReport
from dfs.host.quarantine import ForeignFailure, quarantine
from dfs.plugin import (
    BadConfiguration,
    BlockReduced,
    Container,
    ExecutionTime,
    Finding,
    Header,
    HeaderValue,
    InstrumentPackage,
    Measurement,
    ObservationBlock,
    RawFrame,
    Score,
    SimulationRequest,
)

if TYPE_CHECKING:
    from dfs.foundation.settings import PluginSettings
    from dfs.host.registered import RegisteredInstrument

log = logging.getLogger(__name__)


class Host:
    """The plugins of this process.

    Parameters
    ----------
    admissions : what admission decided for each plugin.
    """

    def __init__(self, admissions: Sequence[Admission]) -> None:
        self.plugins: tuple[PluginReport, ...] = tuple(a.report for a in admissions)
        """Every plugin that was found, sorted by id."""
        self.instruments: Mapping[str, RegisteredInstrument] = {
            a.registered.id: a.registered for a in admissions if a.registered is not None
        }
        """The ready ones, by id."""
        self._ids = {
            name.casefold(): ready.id
            for ready in self.instruments.values()
            for name in (ready.id, *ready.instrument.instrume)
        }
        self._manager = hooks.new_manager()
        for admission in admissions:
            if admission.registered is not None and admission.plugin is not None:
                hooks.register(self._manager, admission.plugin, admission.registered.id)

    @classmethod
    def load(cls, settings: PluginSettings | None = None) -> Host:
        """Find and admit the installed plugins; never raises for a bad one."""
        return cls(admit(discover(), settings.disabled if settings else ()))

    @classmethod
    def from_modules(cls, modules: Mapping[str, object]) -> Host:
        """Admit these plugins, by id, whatever is installed."""
        return cls(admit([_uninstalled(name, modules[name]) for name in sorted(modules)]))

    # ── Who is there ────────────────────────────────────────────────────────

    def require(self, ids: Sequence[str]) -> None:
        """Insist that these plugins are ready.

        Raises
        ------
        UserError
            One is not; says what is installed, expected and missing.
        """
        ready = {name.casefold() for name in self.instruments}
        missing = [name for name in ids if name.casefold() not in ready]
        if missing:
            installed = [f"{p.id} ({p.state})" for p in self.plugins]
            raise UserError(
                REQUIRED,
                f"required: {', '.join(ids)}; not ready: {', '.join(missing)}; "
                f"installed: {', '.join(installed) or 'none'}",
            )

    def resolve(self, name: str) -> RegisteredInstrument:
        """Give the instrument with this id or INSTRUME value, in any case.

        Raises
        ------
        UserError
            There is none, or its plugin is not ready.
        """
        if (known := self._ids.get(name.casefold())) is not None:
            return self.instruments[known]
        for report in self.plugins:
            if report.id.casefold() == name.casefold():
                raise UserError(
                    NOT_READY,
                    f"plugin {report.id!r} ({report.source}) is {report.state}: {report.reason}",
                )
        close = get_close_matches(name.casefold(), self._ids, n=1)
        hint = f"did you mean {self._ids[close[0]]}? " if close else ""
        ready = ", ".join(self.instruments) or "none"
        raise UserError(UNKNOWN, f"there is no instrument {name!r}; {hint}ready: {ready}")

    def serving(self, instrume: str) -> RegisteredInstrument | None:
        """Give the instrument that serves this INSTRUME value, if one does."""
        known = self._ids.get(instrume.strip().casefold())
        if known is None:
            return None
        found = self.instruments[known]
        values = {value.casefold() for value in found.instrument.instrume}
        return found if instrume.strip().casefold() in values else None

    def implements(self, id: str, hook: str) -> bool:  # noqa: A002 - the contract's word
        """Tell whether a ready instrument implements a hook."""
        plugin = self._manager.get_plugin(id)
        implementations = getattr(self._manager.hook, hook).get_hookimpls()
        return any(implementation.plugin is plugin for implementation in implementations)

    # ── Decisions of Phase 2 ────────────────────────────────────────────────

    def verify_ob(
        self,
        id: str,  # noqa: A002
        ob: ObservationBlock,
        package: InstrumentPackage,
    ) -> Sequence[Finding]:
        """Let the instrument verify a block; empty if its plugin has no say.

        Raises
        ------
        PluginError
            The hook failed; the block is not verified and cannot be certified.
        """
        return self._findings(id, "dfs_verify_ob", ob=ob, package=package)

    def verify_container(
        self,
        id: str,  # noqa: A002
        container: Container,
        packages: Mapping[str, InstrumentPackage],
    ) -> Sequence[Finding]:
        """Let the instrument verify a container of its blocks; empty if it has no say.

        Parameters
        ----------
        packages : by version, those of the blocks.

        Raises
        ------
        PluginError
            The hook failed; the container is not verified.
        """
        return self._findings(id, "dfs_verify_container", container=container, packages=packages)

    def _findings(self, id_: str, hook: str, **arguments: object) -> Sequence[Finding]:
        if not self.implements(id_, hook):
            return ()
        findings: Sequence[Finding] = self._decide(id_, hook, **arguments)
        if foreign := [f.code for f in findings if not f.code.startswith(f"{id_}.")]:
            raise self._error(id_, hook, f"the code {foreign[0]!r} does not begin with '{id_}.'")
        return findings

    def execution_time(
        self,
        id: str,  # noqa: A002
        ob: ObservationBlock,
        package: InstrumentPackage,
    ) -> ExecutionTime | None:
        """Ask the instrument how long a block takes; None if the package's overheads tell.

        Raises
        ------
        PluginError
            The hook failed; the time is unknown.
        """
        hook = "dfs_execution_time"
        if not self.implements(id, hook):
            return None
        time: ExecutionTime | None = self._decide(id, hook, ob=ob, package=package)
        if time is None:
            return None
        if not math.isfinite(time.total_s + time.exposure_s):
            raise self._error(id, hook, "the time is not finite")
        named = {part.template for part in time.parts} - {None, *range(len(ob.templates))}
        if named:
            raise self._error(id, hook, "it names a template that the block does not have")
        return time

    def migrate_ob(
        self,
        id: str,  # noqa: A002
        ob: ObservationBlock,
        from_package: InstrumentPackage,
        to_package: InstrumentPackage,
    ) -> ObservationBlock | None:
        """Let the instrument rename what another version renames; None if names are enough.

        Raises
        ------
        PluginError
            The hook failed, or its answer is another block.
        """
        hook = "dfs_migrate_ob"
        if not self.implements(id, hook):
            return None
        moved: ObservationBlock = self._decide(
            id, hook, ob=ob, from_package=from_package, to_package=to_package
        )
        if (moved.id, moved.instrument) != (ob.id, ob.instrument):
            raise self._error(id, hook, f"gave another block, {moved.instrument} {moved.id}")
        return moved

    def expand_survey(
        self,
        id: str,  # noqa: A002
        document: str,
        template: ObservationBlock,
        package: InstrumentPackage,
    ) -> Sequence[Container]:
        """Let the instrument make the blocks of a survey from its area definition.

        Raises
        ------
        UserError
            ``plugin.no-surveys``, or ``plugin.bad-survey`` with what the plugin says.
        PluginError
            The hook failed, or gave blocks of another instrument or version.
        """
        hook = "dfs_expand_survey"
        if not self.implements(id, hook):
            raise UserError(NO_SURVEYS, f"the plugin {id!r} does not implement {hook}")
        try:
            containers: Sequence[Container] = self._decide(
                id, hook, document=document, template=template, package=package
            )
        except PluginError as error:
            said = error.__cause__.__cause__ if error.__cause__ else None
            if isinstance(said, BadConfiguration):
                raise UserError(BAD_SURVEY, " ".join(str(said).split())) from error
            raise
        made_for = (template.instrument, package.version)
        for block in (block for container in containers for block in container.blocks()):
            if (block.instrument, block.package_version) != made_for:
                raise self._error(
                    id, hook, f"gave a block of {block.instrument} {block.package_version}"
                )
        return containers

    # ── Decisions of the night and of quality control ───────────────────────

    def classify(
        self,
        id: str,  # noqa: A002
        headers: Sequence[Header],
    ) -> Sequence[Mapping[str, HeaderValue]]:
        """Let the instrument classify what its rules cannot.

        Returns
        -------
        sequence of mappings
            One for each header, in order: keywords to assign; all empty if the
            plugin has no say.

        Raises
        ------
        PluginError
            The hook failed; the frames are unclassified.
        """
        hook = "dfs_classify"
        if not self.implements(id, hook):
            return [{} for _ in headers]
        answer: Sequence[Mapping[str, HeaderValue]] = self._decide(id, hook, headers=headers)
        if len(answer) != len(headers):
            raise self._error(id, hook, f"{len(answer)} answers for {len(headers)} headers")
        return answer

    def score_quality(
        self,
        id: str,  # noqa: A002
        measurements: Sequence[Measurement],
        history: Sequence[Measurement],
    ) -> Sequence[Score]:
        """Let the instrument judge measurements; empty if its plugin has no say.

        Raises
        ------
        PluginError
            The hook failed; the parameters are to be judged by a person.
        """
        hook = "dfs_score_quality"
        if not self.implements(id, hook):
            return ()
        scores: Sequence[Score] = self._decide(id, hook, measurements=measurements, history=history)
        return scores

    def simulate(self, id: str, request: SimulationRequest) -> Iterator[RawFrame]:  # noqa: A002
        """Let the instrument simulate raw frames, one at a time.

        Raises
        ------
        UserError
            The plugin cannot simulate.
        PluginError
            The hook failed, perhaps after some frames.
        """
        hook = "dfs_simulate"
        if not self.implements(id, hook):
            raise UserError(NO_SIMULATOR, f"the plugin {id!r} does not implement {hook}")
        frames = self._ask(id, hook, request=request)
        if not isinstance(frames, Iterator):
            raise self._error(id, hook, f"returned a {type(frames).__name__}, not an iterator")
        end = object()
        while True:
            try:
                with quarantine():
                    frame = next(frames, end)
            except ForeignFailure as failure:
                raise self._error(id, hook, str(failure)) from failure
            if frame is end:
                return
            if not isinstance(frame, RawFrame):
                raise self._error(id, hook, f"gave a {type(frame).__name__}, not a RawFrame")
            yield frame

    # ── Events ──────────────────────────────────────────────────────────────

    def block_reduced(self, event: BlockReduced) -> None:
        """Tell every plugin that a block was reduced; a failure is logged."""
        for id_ in self.instruments:
            if self.implements(id_, "dfs_block_reduced"):
                try:
                    self._ask(id_, "dfs_block_reduced", block=event)
                except PluginError as error:
                    log.error("%s", error)

    # ── How a plugin is asked ───────────────────────────────────────────────

    def _decide(self, id_: str, hook: str, **arguments: object) -> Any:
        answer = self._ask(id_, hook, **arguments)
        try:
            return hooks.typed(hook, answer)
        except ForeignFailure as failure:
            raise self._error(id_, hook, str(failure)) from failure

    def _ask(self, id_: str, hook: str, **arguments: object) -> Any:
        others = [p for name, p in self._manager.list_name_plugin() if name != id_]
        caller = self._manager.subset_hook_caller(hook, remove_plugins=others)
        try:
            with quarantine():
                answers = caller(**arguments)
        except ForeignFailure as failure:
            raise self._error(id_, hook, str(failure)) from failure
        return answers[0] if answers else None

    def _error(self, id_: str, hook: str, cause: str) -> PluginError:
        return PluginError(id_, self.instruments[id_].source, hook, cause)


def _uninstalled(name: str, plugin: object) -> Candidate:
    module = getattr(plugin, "__name__", type(plugin).__name__)
    return Candidate(
        id=name,
        module=module,
        distribution=module,
        version="",
        requires=(),
        requires_python="",
        load=lambda: plugin,
    )


def load_host() -> Host:
    """Make the host of this process, as the settings say.

    Raises
    ------
    UserError
        The settings are wrong, or a plugin that they require is not ready.
    """
    from dfs.foundation.settings import load_settings

    settings = load_settings().plugins
    host = Host.load(settings)
    host.require(settings.required)
    return host
