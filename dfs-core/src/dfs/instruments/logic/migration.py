"""Moving a block to another version of its package, and saying what that changes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from dfs.foundation.errors import UserError
from dfs.instruments.logic.constraints import check_constraint
from dfs.instruments.logic.parameters import accept
from dfs.instruments.model import Change, ChangeKind, Migration
from dfs.plugin import (
    ConstraintValue,
    InstrumentPackage,
    ObservationBlock,
    Template,
    TemplateParameter,
    TemplateSignature,
    TemplateValue,
)


def migrate(ob: ObservationBlock, to: InstrumentPackage) -> Migration:
    """Move a block by names: what the new version knows and allows stays as it is.

    A template that the new version lacks is left out. A parameter or constraint keeps
    its value where that is allowed and takes its default otherwise.

    Parameters
    ----------
    ob : as it was written.
    to : the package of its future version.
    """
    moved = ob.model_copy(
        update={
            "package_version": to.version,
            "templates": tuple(
                _template(template, signature)
                for template in ob.templates
                if (signature := to.template(template.name)) is not None
            ),
            "constraints": {
                definition.name: ob.constraints[definition.name]
                if definition.name in ob.constraints
                and not check_constraint(definition, ob.constraints[definition.name])
                else definition.default
                for definition in to.constraints
            },
        }
    )
    return Migration(moved, tuple(differences(ob, moved)))


def _template(template: Template, signature: TemplateSignature) -> Template:
    return template.model_copy(
        update={
            "kind": signature.kind,
            "parameters": {
                parameter.name: _value(parameter, template.parameters.get(parameter.name))
                for parameter in signature.parameters
            },
        }
    )


def _value(parameter: TemplateParameter, value: TemplateValue) -> TemplateValue:
    if value is None:
        return parameter.default
    try:
        return accept(parameter, value)
    except UserError:
        return parameter.default


def differences(before: ObservationBlock, after: ObservationBlock) -> Iterator[Change]:
    """Say every difference between a block and its migrated self."""
    if before.package_version != after.package_version:
        yield _changed("package_version", before.package_version, after.package_version)
    yield from _entries("constraints", before.constraints, after.constraints)
    pairs = _pairs(before.templates, after.templates)
    for old, new in pairs:
        if old is not None and new is None:
            name = before.templates[old].name
            yield Change(f"templates[{old}]", ChangeKind.REMOVED, before=name)
    for old, new in pairs:
        if new is None:
            continue
        template, path = after.templates[new], f"templates[{new}]"
        if old is None:
            yield Change(path, ChangeKind.ADDED, after=template.name)
            continue
        if before.templates[old].kind != template.kind:
            yield _changed(f"{path}.kind", before.templates[old].kind.value, template.kind.value)
        if before.templates[old].name != template.name:
            yield _changed(f"{path}.name", before.templates[old].name, template.name)
        yield from _entries(
            f"{path}.parameters", before.templates[old].parameters, template.parameters
        )


def _pairs(
    before: tuple[Template, ...], after: tuple[Template, ...]
) -> list[tuple[int | None, int | None]]:
    """Match templates: by id where they are stored, else by name and order."""
    left = list(range(len(before)))
    pairs: list[tuple[int | None, int | None]] = []
    for new, template in enumerate(after):
        match = next(
            (
                old
                for old in left
                if (
                    before[old].id == template.id
                    if template.id
                    else before[old].name == template.name
                )
            ),
            None,
        )
        if match is not None:
            left.remove(match)
        pairs.append((match, new))
    return [*((old, None) for old in left), *pairs]


def _entries(
    path: str,
    before: Mapping[str, TemplateValue] | Mapping[str, ConstraintValue],
    after: Mapping[str, TemplateValue] | Mapping[str, ConstraintValue],
) -> Iterator[Change]:
    for name, value in before.items():
        if name not in after:
            yield Change(f"{path}.{name}", ChangeKind.REMOVED, before=value)
        elif after[name] != value or type(after[name]) is not type(value):
            yield _changed(f"{path}.{name}", value, after[name])
    for name, value in after.items():
        if name not in before:
            yield Change(f"{path}.{name}", ChangeKind.ADDED, after=value)


def _changed(path: str, before: TemplateValue, after: TemplateValue) -> Change:
    return Change(path, ChangeKind.CHANGED, before, after)
