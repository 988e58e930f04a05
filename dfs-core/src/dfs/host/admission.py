"""Which plugins are served: policy, conflicts, versions, content.

A plugin passes the steps in this order, and the first that it fails is its reason.
What needs no import comes first, so that a plugin that would be refused anyway
never runs.
"""

from __future__ import annotations

import logging
import platform
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from dfs.host import hooks, logic
from dfs.host.model import PACKAGE_FILE, Candidate, PluginReport, PluginState
from dfs.host.quarantine import ForeignFailure, quarantine
from dfs.host.registered import RegisteredInstrument, resource_exists
from dfs.plugin import API_VERSION, Resource
from dfs.plugin.hookspecs import HOOKS, HookKind
from dfs.plugin.markers import API_ATTRIBUTE

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Admission:
    """The outcome for one plugin; a ready one comes with itself and its declarations."""

    report: PluginReport
    plugin: object | None = None
    registered: RegisteredInstrument | None = None


class _RefusedError(Exception):
    def __init__(self, state: PluginState, reason: str, api: str = "") -> None:
        super().__init__(state, reason, api)
        self.state = state
        self.reason = reason
        self.api = api


def admit(candidates: Sequence[Candidate], disabled: Iterable[str] = ()) -> tuple[Admission, ...]:
    """Decide for each plugin whether it is served; never raises for a bad plugin.

    Parameters
    ----------
    candidates : the plugins that were found.
    disabled : ids that are switched off.
    """
    switched_off = {name.casefold() for name in disabled}
    admissions = []
    for candidate in candidates:
        rivals = [
            other.source
            for other in candidates
            if other is not candidate and other.id.casefold() == candidate.id.casefold()
        ]
        try:
            if candidate.id.casefold() in switched_off:
                raise _RefusedError(PluginState.DISABLED, "it is switched off in the settings")
            if rivals:
                reason = f"the id {candidate.id!r} is claimed by {' and '.join(rivals)} as well"
                raise _RefusedError(PluginState.CONFLICT, reason)
            admissions.append(_admit_one(candidate))
        except _RefusedError as refusal:
            log.debug("plugin %s (%s)", candidate.id, candidate.source, exc_info=refusal)
            report = _report(candidate, refusal.state, refusal.reason, refusal.api)
            admissions.append(Admission(report))
    return _without_rivals(admissions)


def _report(candidate: Candidate, state: PluginState, reason: str, api: str) -> PluginReport:
    return PluginReport(
        id=candidate.id,
        state=state,
        distribution=candidate.distribution,
        version=candidate.version,
        module=candidate.module,
        reason=reason,
        api=api,
        instrument=None,
    )


def _admit_one(candidate: Candidate) -> Admission:
    problem = logic.requirement_problem(
        candidate.requires,
        candidate.requires_python,
        python=platform.python_version(),
        installed=_installed_version,
    )
    if problem:
        raise _RefusedError(PluginState.INCOMPATIBLE, problem)
    with _broken_on_failure():
        plugin = candidate.load()
        hash(plugin)  # pluggy keeps plugins in sets
        declared_api = getattr(plugin, API_ATTRIBUTE, None)
    api = _api(declared_api)
    with _broken_on_failure(api):
        registered = _registered(candidate, plugin)
    report = replace(
        _report(candidate, PluginState.READY, "", api), instrument=registered.instrument
    )
    return Admission(report, plugin, registered)


@contextmanager
def _broken_on_failure(api: str = "") -> Iterator[None]:
    try:
        with quarantine():
            yield
    except ForeignFailure as failure:
        raise _RefusedError(PluginState.BROKEN, str(failure), api) from failure


def _installed_version(distribution: str) -> str | None:
    try:
        return version(distribution)
    except PackageNotFoundError:
        return None


def _api(declared: object) -> str:
    written_for = logic.api_version(declared)
    served = logic.api_version(API_VERSION)
    if written_for is None or served is None:
        reason = (
            f"it does not say which contract it was written for: {API_ATTRIBUTE} must be "
            f'a string such as "{API_VERSION}"'
        )
        raise _RefusedError(PluginState.BROKEN, reason)
    api = ".".join(map(str, written_for))
    if problem := logic.api_problem(written_for, served):
        raise _RefusedError(PluginState.INCOMPATIBLE, problem, api)
    return api


def _registered(candidate: Candidate, plugin: object) -> RegisteredInstrument:
    manager = hooks.new_manager()
    implemented = hooks.implemented(manager, plugin)
    hooks.register(manager, plugin, candidate.id)
    declared: Mapping[str, Any] = {
        hook: _declaration(hook, getattr(manager.hook, hook))
        for hook, kind in HOOKS.items()
        if kind is HookKind.DECLARATION and hook in implemented
    }
    if "dfs_instrument" not in declared:
        raise ForeignFailure("it does not implement dfs_instrument")
    recipes = tuple(declared.get("dfs_recipes", ()))
    parameters = tuple(declared.get("dfs_quality_parameters", ()))
    workflows = tuple(declared.get("dfs_workflows", ()))
    if problem := logic.recipe_problem(recipes, parameters) or logic.workflow_problem(
        workflows, recipes
    ):
        raise ForeignFailure(problem)
    packages = tuple(declared.get("dfs_instrument_packages", ()))
    if twice := logic.repeated(package.version for package in packages):
        raise ForeignFailure(f"it declares package version {', '.join(twice)} twice")
    _check_resources(
        "dfs_instrument_packages",
        [Resource(package=p.package, path=f"{p.folder}/{PACKAGE_FILE}") for p in packages],
    )
    rules = declared.get("dfs_rules")
    if rules is not None:
        _check_resources("dfs_rules", (*rules.files, *rules.dictionaries))
    static = tuple(declared.get("dfs_static_calibrations", ()))
    _check_resources("dfs_static_calibrations", [each.resource for each in static])
    return RegisteredInstrument(
        id=candidate.id,
        distribution=candidate.distribution,
        version=candidate.version,
        module=candidate.module,
        instrument=declared["dfs_instrument"],
        rules=rules,
        calibration_plan=declared.get("dfs_calibration_plan"),
        recipes={recipe.name: recipe for recipe in recipes},
        quality_parameters={parameter.name: parameter for parameter in parameters},
        workflows={workflow.target: workflow for workflow in workflows},
        static_calibrations=static,
        packages=packages,
    )


def _declaration(hook: str, call: Any) -> Any:
    answers = []
    for _ in range(2):
        # pluggy leaves out an answer of None, which no declaration may give.
        given = call()
        if not given:
            raise ForeignFailure(f"{hook} returned nothing")
        answers.append(hooks.typed(hook, given[0]))
    if answers[0] != answers[1]:
        raise ForeignFailure(f"{hook} gave two different answers; a declaration is constant")
    return answers[0]


def _check_resources(hook: str, resources: Iterable[Resource]) -> None:
    for resource in resources:
        if not resource_exists(resource):
            raise ForeignFailure(
                f"{hook} names {resource.path!r}, which the package {resource.package} "
                "does not contain"
            )


def _without_rivals(admissions: Sequence[Admission]) -> tuple[Admission, ...]:
    claims = {
        registered.id: (registered.id, *registered.instrument.instrume)
        for admission in admissions
        if (registered := admission.registered) is not None
    }
    problems = logic.rival_claims(claims)
    return tuple(
        Admission(
            replace(
                admission.report,
                state=PluginState.CONFLICT,
                reason=problems[admission.report.id],
                instrument=None,
            )
        )
        if admission.registered is not None and admission.report.id in problems
        else admission
        for admission in admissions
    )
