"""What must be so of the instrument packages that a plugin declares."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Final

from dfs.instruments.logic import (
    check_parameters,
    default_parameters,
    missing_parameters,
)
from dfs.instruments.logic.values import ELEMENTS
from dfs.instruments.service import Packages, execution_time, migrate
from dfs.plugin import (
    Container,
    ContainerKind,
    InstrumentPackage,
    Member,
    ObservationBlock,
    ParameterType,
    Severity,
    Target,
    Template,
    TemplateKind,
    TemplateParameter,
    TemplateSignature,
    TemplateValue,
)
from dfs.preparation.verification import Facts, verify_block
from dfs.preparation.verification.rules import MISSING
from dfs.programmes.model import Mode, Person, RankClass, Run
from dfs.testkit.bench import Bench, Criterion
from dfs.testkit.report import Level

TARGET: Final = Target(name="Conformance", ra="12:00:00.000", dec="-30:00:00.000")


def packages_load(bench: Bench) -> Iterator[str]:
    """Every version can be read, and every source that is named is listed."""
    packages = Packages(bench.host)
    for declared in bench.instrument.packages:
        reading = packages.reading(bench.instrument.id, declared.version)
        yield from (f"{declared.version}: {fault}" for fault in reading.faults)
        bench.notes += [f"{declared.version}: {remark}" for remark in reading.remarks]
    if not bench.instrument.packages:
        bench.notes.append("the plugin has no package: nothing can be prepared for it")


def templates_have_acquisition_and_timing(bench: Bench) -> Iterator[str]:
    """A block of every science template can be acquired, and its time be told."""
    has_hook = bench.host.implements(bench.instrument.id, "dfs_execution_time")
    for package in _packages(bench):
        kinds = [template.kind for template in package.templates]
        if TemplateKind.ACQUISITION not in kinds:
            yield f"{package.version}: there is no acquisition template"
        for template in package.templates:
            if template.timing is None and not has_hook:
                yield f"{package.version}: {template.name} has no timing, nor is there a hook"
        invented = sum(p.source is None for t in package.templates for p in t.parameters)
        count = sum(len(template.parameters) for template in package.templates)
        bench.notes.append(
            f"{package.version}: {len(package.templates)} templates, "
            f"{count} parameters, {invented} of them invented"
        )


def blocks_of_defaults_are_verified(bench: Bench) -> Iterator[str]:
    """The core finds no error in a block of a template's defaults but what is to be filled in."""
    for package in _packages(bench):
        facts = _facts(package)
        for ob in _blocks(package):
            for finding in verify_block(ob, package, facts):
                if finding.severity is Severity.ERROR and finding.code != MISSING.code:
                    yield f"{package.version}: {ob.name}: {finding.path}: {finding.message}"


def _facts(package: InstrumentPackage) -> Facts:
    """Give what is known around a block of a visitor's run."""
    run = Run(
        id=1,
        code="0.T-0001(A)",
        programme="0.T-0001",
        title="Conformance",
        pi=Person(username="pi", name="A Pi", email=""),
        instrument=package.instrume,
        telescope="",
        period=0,
        scheduled_period=0,
        mode=Mode.VISITOR,
        rank_class=RankClass.A,
        allocated_s=86400.0,
    )
    now = dt.datetime(2026, 11, 22, tzinfo=dt.UTC)
    return Facts(run=run, now=now, latest_version=package.version)


def hooks_of_packages_need_a_package(bench: Bench) -> Iterator[str]:
    """Whoever verifies blocks says what may be in them."""
    if not bench.instrument.packages:
        for hook in ("dfs_verify_ob", "dfs_verify_container", "dfs_execution_time"):
            if bench.host.implements(bench.instrument.id, hook):
                yield f"{hook} is never asked: there is no dfs_instrument_packages"


def blocks_are_verified(bench: Bench) -> Iterator[str]:
    """The verifiers answer, for blocks as they are begun and as they are filled in."""
    verified = 0
    for package in _packages(bench):
        known = {package.version: package}
        for ob in _blocks(package):
            bench.host.verify_ob(bench.instrument.id, ob, package)
            for kind in ContainerKind:
                together = Container(kind=kind, name="Conformance", members=(Member(item=ob),) * 2)
                bench.host.verify_container(bench.instrument.id, together, known)
            verified += 1
    bench.notes.append(f"{verified} blocks")
    yield from ()


def times_are_told(bench: Bench) -> Iterator[str]:
    """The time of a block that is filled in is known; that of a begun one does not fail."""
    packages = Packages(bench.host)
    for package in _packages(bench):
        for ob in _blocks(package):
            time = execution_time(bench.host, packages, ob)
            missing = any(
                missing_parameters(signature, template.parameters)
                for template in ob.templates
                if (signature := package.template(template.name)) is not None
            )
            if time.unknown and not missing:
                yield f"{package.version}: {ob.name}: {time.unknown[0]}"


def blocks_migrate(bench: Bench) -> Iterator[str]:
    """A block of every older version moves to the newest one of its INSTRUME."""
    packages = Packages(bench.host)
    for package in _packages(bench):
        for ob in _blocks(package):
            moved = migrate(bench.host, packages, ob).block
            newest = packages.latest(ob.instrument)
            for template in moved.templates:
                signature = newest.template(template.name)
                if signature is None or check_parameters(signature, template.parameters):
                    yield f"{package.version}: {template.name} does not fit {newest.version}"


def _packages(bench: Bench) -> Iterator[InstrumentPackage]:
    packages = Packages(bench.host)
    for declared in bench.instrument.packages:
        yield packages.get(bench.instrument.id, declared.version)


def _blocks(package: InstrumentPackage) -> Iterator[ObservationBlock]:
    """Make a block for each template, once with its defaults and once filled in."""
    acquiring = [t for t in package.templates if t.kind is TemplateKind.ACQUISITION]
    exposing = [t for t in package.templates if t.kind is not TemplateKind.ACQUISITION]
    for signature in package.templates:
        if signature in acquiring:
            signatures = [signature, *exposing[:1]]
        else:
            signatures = [*acquiring[:1], signature]
        for filled_in in (False, True):
            yield ObservationBlock(
                name=signature.name,
                instrument=package.instrume,
                package_version=package.version,
                target=TARGET,
                constraints={each.name: each.default for each in package.constraints},
                templates=tuple(_template(each, filled_in) for each in signatures),
            )


def _template(signature: TemplateSignature, filled_in: bool) -> Template:
    parameters = default_parameters(signature)
    if filled_in:
        parameters = {
            each.name: _some_value(each) if each.default is None else each.default
            for each in signature.parameters
        }
    return Template(name=signature.name, kind=signature.kind, parameters=parameters)


_EXAMPLES: Final[dict[ParameterType, TemplateValue]] = {
    ParameterType.NUMBER: 1.0,
    ParameterType.INTEGER: 1,
    ParameterType.KEYWORD: "WORD",
    ParameterType.BOOLEAN: True,
    ParameterType.COORDINATE: "00:00:00.000",
    ParameterType.STRING: "text",
    ParameterType.FILE: "file.fits",
    ParameterType.PARAMETER_FILE: "file.paf",
}


def _some_value(parameter: TemplateParameter) -> TemplateValue:
    """Give a value that the parameter allows."""
    kind = ELEMENTS.get(parameter.type, parameter.type)
    value: TemplateValue = _EXAMPLES[kind]
    if parameter.choices:
        value = parameter.choices[0]
    elif parameter.ranges and isinstance(value, (int, float)):
        limits = parameter.ranges[0]
        ends = [end for end in (limits.minimum, limits.maximum) if end is not None]
        value = value if limits.holds(value) or not ends else ends[0]
    if kind is ParameterType.INTEGER and isinstance(value, float):
        value = int(value)
    if parameter.type not in ELEMENTS:
        return value
    return (value,) * max(parameter.minimum_length or 0, 1)  # type: ignore[return-value]


DECLARES = tuple(
    Criterion(Level.DECLARES, name, problems)
    for name, problems in (
        ("every instrument package can be read", packages_load),
        ("every template can be acquired and timed", templates_have_acquisition_and_timing),
        ("the core finds no error in a block of defaults", blocks_of_defaults_are_verified),
        ("hooks of blocks have a package", hooks_of_packages_need_a_package),
    )
)
OPERATES = tuple(
    Criterion(Level.OPERATES, name, problems)
    for name, problems in (
        ("blocks of every template are verified", blocks_are_verified),
        ("the time of every filled-in template is known", times_are_told),
        ("blocks migrate to the newest package", blocks_migrate),
    )
)
