"""OBX: the text in which P2PP exported an Observation Block, and still the field's currency.

Read in both headers that exist (with IMPEX.VERSION and IPVersion, 2000s; without, 2018),
aligned with blanks or tabs. What is read is written again byte for byte. A block that was
made from it gives every key that a block can hold, in the same order; numbers may be
spelt anew (1 for 1.0).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from dfs.foundation.errors import UserError
from dfs.instruments.logic import coerce, coerce_constraint
from dfs.plugin import (
    BlockKind,
    InstrumentPackage,
    ObservationBlock,
    Target,
    Template,
    TemplateValue,
)
from dfs.preparation.formats.errors import OBX

_LINE: Final = re.compile(r'^(?P<key>[A-Za-z][\w.]*)(?P<gap>\s+)"(?P<value>[^"]*)"(?P<rest>\s*)$')
_COLUMN: Final = 32

_ACQUISITION: Final = "ACQUISITION.TEMPLATE.NAME"
_TEMPLATE: Final = "TEMPLATE.NAME"
_TARGET_NAME: Final = "TARGET.NAME"
_CONSTRAINTS_NAME: Final = "CONSTRAINT.SET.NAME"
_DESCRIPTION_NAME: Final = "OBSERVATION.DESCRIPTION.NAME"

_TARGET: Final = {
    "ra": "ra",
    "dec": "dec",
    "equinox": "equinox",
    "epoch": "epoch",
    "propRA": "proper_motion_ra_arcsec_yr",
    "propDec": "proper_motion_dec_arcsec_yr",
    "diffRA": "differential_ra_arcsec_s",
    "diffDec": "differential_dec_arcsec_s",
}
_CONSTRAINTS: Final = {
    "air_mass": "airmass",
    "sky_transparency": "skyTransparency",
    "fractional_lunar_illumination": "fli",
    "moon_angular_distance": "moonDistance",
    "seeing": "seeing",
    "strehlratio": "strehl",
    "twilight": "twilight",
    "watervapour": "waterVapour",
    "atm": "atm",
    "contrast": "contrast",
}
_HEADER: Final = {
    "name": "name",
    "userComments": "user_comments",
    "InstrumentComments": "instrument_comments",
    "calibrationReq": "calibration_requirements",
}
_KINDS: Final = {"O": BlockKind.OBSERVATION, "C": BlockKind.CALIBRATION}
_NUMBERS: Final = ("epoch", "propRA", "propDec", "diffRA", "diffDec")


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the file.

    Parameters
    ----------
    key, value : empty of a line that is blank.
    gap, rest : what stands between them and behind, kept as it is.
    number : from one; 0 of a line that was never in a file.
    """

    key: str = ""
    value: str = ""
    gap: str = ""
    rest: str = ""
    number: int = 0

    def __str__(self) -> str:
        return f'{self.key}{self.gap}"{self.value}"{self.rest}' if self.key else self.rest


@dataclass(frozen=True, slots=True)
class Read:
    """A block that was read from a file.

    Parameters
    ----------
    block : what it says.
    remarks : what of the file the block cannot hold, in sentences.
    """

    block: ObservationBlock
    remarks: tuple[str, ...]


def is_obx(text: str) -> bool:
    """Tell whether a text begins as these files do."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    return _LINE.match(first) is not None


def parse(text: str) -> tuple[Line, ...]:
    """Split a file into its lines, losing nothing.

    Raises
    ------
    UserError
        ``format.obx``: a line is no keyword with a value in quotes; names the line.
    """
    lines = []
    for number, raw in enumerate(text.split("\n"), start=1):
        if not raw.strip():
            lines.append(Line(rest=raw, number=number))
        elif found := _LINE.match(raw):
            lines.append(Line(**found.groupdict(), number=number))
        else:
            raise UserError(
                OBX,
                f"{raw.strip()[:60]!r} is no keyword and value in quotes",
                where=f"line {number}",
            )
    return tuple(lines)


def text_of(lines: Iterable[Line]) -> str:
    """Write lines as they were read."""
    return "\n".join(map(str, lines))


def instrument_of(lines: Iterable[Line]) -> str:
    """Give the instrument that a file is for, as it spells it; empty if it does not say."""
    return next((line.value for line in lines if line.key == "instrument"), "")


# ── Reading ─────────────────────────────────────────────────────────────────


def block_of(lines: Iterable[Line], package: InstrumentPackage) -> Read:
    """Make a block of a file.

    Parameters
    ----------
    lines : of the file.
    package : of the instrument; its signatures say of what type each value is.

    Raises
    ------
    UserError
        ``format.obx``: what must be there is not, or a template or value is none of the
        instrument's; names the line.
    """
    reader = _Reader(package)
    for line in lines:
        if line.key:
            reader.take(line)
    return reader.read()


class _Reader:
    def __init__(self, package: InstrumentPackage) -> None:
        self._package = package
        self._fields: dict[str, Any] = {}
        self._target: dict[str, Any] = {}
        self._constraints: dict[str, float | str] = {}
        self._templates: list[Template] = []
        self._remarks: list[str] = []

    def take(self, line: Line) -> None:
        if line.key in {_ACQUISITION, _TEMPLATE}:
            self._begin_template(line)
        elif self._templates:
            self._parameter(line)
        elif line.key == _TARGET_NAME:
            self._target["name"] = line.value
        elif line.key in _TARGET:
            self._target[_TARGET[line.key]] = self._target_value(line)
        elif line.key == _CONSTRAINTS_NAME:
            self._fields["constraint_set_name"] = line.value
        elif line.key in _CONSTRAINTS:
            self._constraint(line)
        elif line.key == _DESCRIPTION_NAME:
            self._fields["description_name"] = line.value
        elif line.key in _HEADER:
            self._fields[_HEADER[line.key]] = line.value
        else:
            self._other(line)

    def read(self) -> Read:
        if "name" not in self._fields:
            raise UserError(OBX, "there is no line with the name of the block")
        if not self._templates:
            raise UserError(OBX, "there is no template")
        kind = self._fields.setdefault("kind", BlockKind.OBSERVATION)
        block = ObservationBlock(
            instrument=self._package.instrume,
            package_version=self._package.version,
            target=Target(**self._target) if kind is BlockKind.OBSERVATION else None,
            constraints=self._defaults() | self._constraints,
            templates=tuple(self._templates),
            **self._fields,
        )
        return Read(block, tuple(self._remarks))

    def _defaults(self) -> dict[str, float | str]:
        return {one.name: one.default for one in self._package.constraints}

    def _other(self, line: Line) -> None:
        if line.key == "userPriority":
            if (
                not line.value.isascii()
                or not line.value.isdigit()
                or not 1 <= int(line.value) <= 10
            ):
                raise _bad(line, "is no priority from 1 to 10")
            self._fields["user_priority"] = int(line.value)
        elif line.key == "type":
            if line.value not in _KINDS:
                raise _bad(line, f"is none of {', '.join(_KINDS)}")
            self._fields["kind"] = _KINDS[line.value]
        elif line.key == "instrument":
            if line.value.casefold() != self._package.instrume.casefold():
                raise _bad(line, f"is not {self._package.instrume}")
        elif line.key == "IPVersion":
            if line.value != self._package.version:
                self._remarks.append(
                    f"line {line.number}: it was written for package {line.value} and is read "
                    f"with {self._package.version}"
                )
        elif line.value and line.key not in {"IMPEX.VERSION", "LineNumber"}:
            self._remarks.append(
                f"line {line.number}: a block has no {line.key}; {line.value!r} is left out"
            )

    def _target_value(self, line: Line) -> str | float:
        if line.key in _NUMBERS:
            try:
                return float(line.value)
            except ValueError as error:
                raise _bad(line, "is no number") from error
        if line.key == "equinox":
            return line.value if line.value.startswith("J") else f"J{line.value}"
        if not re.fullmatch(r"[+-]?\d{1,2}:[0-5]?\d:[0-5]?\d(\.\d*)?", line.value):
            raise _bad(line, "is no sexagesimal coordinate")
        return line.value

    def _constraint(self, line: Line) -> None:
        definition = self._package.constraint(_CONSTRAINTS[line.key])
        if definition is None:
            self._remarks.append(
                f"line {line.number}: {self._package.instrume} {self._package.version} has no "
                f"constraint {line.key}; {line.value!r} is left out"
            )
            return
        try:
            value = coerce_constraint(definition, line.value)
        except UserError as error:
            raise _bad(line, error.detail) from error
        self._constraints[definition.name] = value

    def _begin_template(self, line: Line) -> None:
        signature = self._package.template(line.value)
        if signature is None:
            raise _bad(line, f"is no template of {self._package.instrume} {self._package.version}")
        self._templates.append(Template(name=signature.name, kind=signature.kind))

    def _parameter(self, line: Line) -> None:
        template = self._templates[-1]
        signature = self._package.template(template.name)
        known = {one.name: one for one in signature.parameters} if signature else {}
        if line.key not in known:
            raise _bad(line, f"is no parameter of {template.name}", of_key=True)
        try:
            value = coerce(known[line.key], line.value)
        except UserError as error:
            raise _bad(line, error.detail) from error
        values = {**template.parameters, line.key: value}
        self._templates[-1] = template.model_copy(update={"parameters": values})


def _bad(line: Line, problem: str, *, of_key: bool = False) -> UserError:
    subject = line.key if of_key else f"{line.key} {line.value!r}"
    return UserError(OBX, f"{subject} {problem}", where=f"line {line.number}")


# ── Writing ─────────────────────────────────────────────────────────────────


def lines_of(block: ObservationBlock) -> tuple[Line, ...]:
    """Write a block as P2PP did in 2018."""
    sections = [
        {
            "name": block.name,
            "userComments": block.user_comments,
            "InstrumentComments": block.instrument_comments,
            "userPriority": str(block.user_priority),
            "type": "O" if block.kind is BlockKind.OBSERVATION else "C",
            **({"calibrationReq": one} if (one := block.calibration_requirements) else {}),
        }
    ]
    if block.target is not None:
        sections.append(_target_section(block.target))
    if block.constraints:
        sections.append(_constraint_section(block))
    sections.append(
        {
            _DESCRIPTION_NAME: block.description_name or block.name,
            "instrument": block.instrument,
            "IPVersion": block.package_version,
        }
    )
    for index, template in enumerate(block.templates):
        named = {
            _ACQUISITION
            if template.kind == "acquisition" and not index
            else _TEMPLATE: template.name
        }
        values = {
            name: spelt(value) for name, value in template.parameters.items() if value is not None
        }
        sections.append(named | values)
    return tuple(_laid_out(sections))


def losses(block: ObservationBlock) -> tuple[str, ...]:
    """Say what of a block the format cannot hold, in sentences; empty if it holds all."""
    held = {
        "absolute time intervals": not block.absolute_intervals,
        "sidereal time intervals": not block.sidereal_intervals,
        "finding charts": not block.finding_charts,
        "an ephemeris": block.ephemeris is None,
        "values with quotes or of several lines": not any(
            mark in text for text in _texts(block) for mark in '"\n'
        ),
    }
    return tuple(
        f"OBX has no place for {what}; a ZIP file has"
        for what, is_held in held.items()
        if not is_held
    )


def _texts(block: ObservationBlock) -> Iterator[str]:
    yield from (str(getattr(block, field)) for field in _HEADER.values())
    yield from (block.description_name, block.constraint_set_name)
    for template in block.templates:
        yield from map(spelt, template.parameters.values())


def _target_section(target: Target) -> dict[str, str]:
    values = {key: spelt(getattr(target, field)) for key, field in _TARGET.items()}
    order = ("propRA", "propDec", "diffRA", "diffDec", "equinox", "epoch", "ra", "dec")
    return {_TARGET_NAME: target.name} | {key: values[key] for key in order}


def _constraint_section(block: ObservationBlock) -> dict[str, str]:
    keys = {name: key for key, name in _CONSTRAINTS.items()}
    given = {keys.get(name, name): spelt(value) for name, value in block.constraints.items()}
    return {_CONSTRAINTS_NAME: block.constraint_set_name} | given


def _laid_out(sections: Iterable[Mapping[str, str]]) -> Iterator[Line]:
    for section in sections:
        for key, value in section.items():
            plain = value.replace('"', "'").replace("\n", " ")
            yield Line(key, plain, " " * max(1, _COLUMN - len(key)))
        yield Line()
        yield Line()


def spelt(value: TemplateValue) -> str:
    """Write a value as the files do: ``T`` and ``F``, lists with blanks."""
    if isinstance(value, bool):
        return "T" if value else "F"
    if isinstance(value, tuple):
        return " ".join(spelt(one) for one in value)
    return "" if value is None else str(value)
