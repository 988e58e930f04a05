"""Moving a block between versions: how the numbers of exposures are spelled differs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from dfs.plugin import InstrumentPackage, ObservationBlock, Template, TemplateValue

SPELLINGS = ("SEQ.NEXPO.", "SEQ.NEXP.")
"""Of exports of 2018, and of the manual."""


def migrate(ob: ObservationBlock, package: InstrumentPackage) -> ObservationBlock:
    """Write a block in the words of another version of the package.

    Parameters
    ----------
    ob : as it was written.
    package : of the version to move to.

    Returns
    -------
    ObservationBlock
        Parameters keep their values by name or other spelling, new ones take their
        defaults; a template that the package lacks stays, for its author to replace.
    """
    return ob.model_copy(
        update={
            "package_version": package.version,
            "templates": tuple(_moved(template, package) for template in ob.templates),
            "constraints": {
                definition.name: ob.constraints.get(definition.name, definition.default)
                for definition in package.constraints
            },
        }
    )


def _moved(template: Template, package: InstrumentPackage) -> Template:
    signature = package.template(template.name)
    if signature is None:
        return template
    parameters = {
        parameter.name: _value(parameter.name, template.parameters, parameter.default)
        for parameter in signature.parameters
    }
    return template.model_copy(update={"parameters": parameters})


def _value(name: str, values: Mapping[str, TemplateValue], default: TemplateValue) -> TemplateValue:
    return next((values[spelled] for spelled in _spellings(name) if spelled in values), default)


def _spellings(name: str) -> Iterator[str]:
    yield name
    for one in SPELLINGS:
        if name.startswith(one):
            yield from (other + name.removeprefix(one) for other in SPELLINGS if other != one)
