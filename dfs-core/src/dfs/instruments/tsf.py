"""Template signature files: the observatory's own format of what a template asks for.

A file is a parameter file: a header between ``PAF.HDR.START`` and ``PAF.HDR.END``, then
lines ``KEY "value"; # comment``. ``TPL.PARAM "DET.WIN1.UIT1"`` opens a parameter, whose
properties follow as ``DET.WIN1.UIT1.TYPE "number"`` and so on (VLT-ICD-ESO-17240-19200,
"ICD between VCS and OH"). Nothing here does I/O.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from dfs.foundation.errors import UserError
from dfs.instruments.errors import TSF_SYNTAX
from dfs.instruments.logic.values import NUMERIC, coerce, element, spelt
from dfs.instruments.model import Remark
from dfs.plugin import (
    ParameterType,
    Range,
    TemplateKind,
    TemplateParameter,
    TemplateSignature,
    TemplateValue,
)

_LINE: Final = re.compile(
    r"""\s*(?P<key>[A-Za-z][A-Za-z0-9_.\-]*)
        (?:\s+(?:"(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<bare>[^\s";,\#]+)))?
        \s*[;,]?\s*(?:\#.*)?""",
    re.VERBOSE,
)
_BLANK: Final = re.compile(r"\s*(?:#.*)?")
_ESCAPED: Final = re.compile(r"\\(.)")
_WORD: Final = re.compile(r"\{([^{}]*)\}|([^\s{}]+)")
_NUMBER: Final = r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?"
_INTERVAL: Final = re.compile(rf"({_NUMBER})?\.\.({_NUMBER})?")
_ONE_NUMBER: Final = re.compile(_NUMBER)

_TYPES: Final = {each.value: each for each in ParameterType} | {
    "intrect": ParameterType.INTEGERS,
}
_KINDS: Final = {
    "acquisition": TemplateKind.ACQUISITION,
    "acq": TemplateKind.ACQUISITION,
    "science": TemplateKind.SCIENCE,
    "observation": TemplateKind.SCIENCE,
    "obs": TemplateKind.SCIENCE,
    "calib": TemplateKind.CALIBRATION,
    "calibration": TemplateKind.CALIBRATION,
    "cal": TemplateKind.CALIBRATION,
}
_NO_DEFAULT: Final = frozenset({"", "NODEFAULT"})
_VISIBLE: Final = frozenset({"", "F", "NONE"})
_PROPERTIES: Final = frozenset(
    {"TYPE", "RANGE", "DEFAULT", "VALUE", "LABEL", "MINIHELP", "HIDE", "UNIT"}
)


class TsfError(UserError):
    """A signature file cannot be read.

    Parameters
    ----------
    line : of the file, counted from 1.
    message : what is wrong there.
    """

    def __init__(self, line: int, message: str) -> None:
        super().__init__(TSF_SYNTAX, message, where=f"line {line}")
        self.line = line
        self.message = message


@dataclass(frozen=True, slots=True)
class SignatureFile:
    """What a signature file says.

    Parameters
    ----------
    name : of the template; empty if the file does not say.
    kind : None if neither ``TPL.TYPE`` nor the name says.
    title : from the header.
    parameters : in the order of the file.
    remarks : what a signature cannot hold, e.g. a range that only the instrument knows.
    """

    name: str
    kind: TemplateKind | None
    title: str
    parameters: tuple[TemplateParameter, ...]
    remarks: tuple[Remark, ...]


@dataclass(slots=True)
class _Draft:
    """A parameter while its lines are read: each property with its line."""

    name: str
    line: int
    properties: dict[str, tuple[int, str]] = field(default_factory=dict)

    def text(self, key: str) -> str:
        return self.properties.get(key, (self.line, ""))[1]

    def line_of(self, key: str) -> int:
        return self.properties.get(key, (self.line, ""))[0]


# ── Reading ─────────────────────────────────────────────────────────────────


def parse_tsf(text: str) -> SignatureFile:
    """Read a template signature file.

    Parameters
    ----------
    text : of the file. A terminating ``;`` or ``,`` and the header may be missing.

    Raises
    ------
    TsfError
        With the line.
    """
    header: dict[str, str] = {}
    drafts: dict[str, _Draft] = {}
    remarks: list[Remark] = []
    for line, key, value in _lines(text):
        if key == "TPL.PARAM":
            if not value or value in drafts:
                raise TsfError(
                    line, f"parameter {value!r} is {'given twice' if value else 'no name'}"
                )
            drafts[value] = _Draft(value, line)
        elif key.startswith(("PAF.", "TPL.")):
            header.setdefault(key, value)
        else:
            _property(drafts, line, key, value, remarks)
    parameters = tuple(_parameter(draft, remarks) for draft in drafts.values())
    name = header.get("TPL.ID") or header.get("PAF.NAME", "").removesuffix(".tsf")
    return SignatureFile(
        name=name,
        kind=_kind(header.get("TPL.TYPE", ""), name),
        title=header.get("PAF.DESC", ""),
        parameters=parameters,
        remarks=tuple(sorted(remarks, key=lambda remark: remark.line)),
    )


def _lines(text: str) -> Iterator[tuple[int, str, str]]:
    for number, line in enumerate(text.split("\n"), 1):
        if _BLANK.fullmatch(line):
            continue
        match = _LINE.fullmatch(line)
        if match is None:
            raise TsfError(number, 'it is not written as KEY "value"; # comment')
        quoted, bare = match["quoted"], match["bare"]
        value = _ESCAPED.sub(r"\1", quoted) if quoted is not None else bare or ""
        yield number, match["key"], value


def _property(
    drafts: dict[str, _Draft], line: int, key: str, value: str, remarks: list[Remark]
) -> None:
    name, _, word = key.rpartition(".")
    draft = drafts.get(name)
    if draft is None:
        raise TsfError(line, f"{key}: no TPL.PARAM has opened {name or key}")
    if word not in _PROPERTIES:
        remarks.append(Remark(line, f"{key} is not used"))
    elif word in draft.properties:
        raise TsfError(line, f"{key} is given twice")
    else:
        draft.properties[word] = line, value


def _kind(word: str, name: str) -> TemplateKind | None:
    if word:
        return _KINDS.get(word.casefold())
    parts = (_KINDS.get(part) for part in name.split("_") if part in {"acq", "obs", "cal"})
    return next(parts, None)


def _parameter(draft: _Draft, remarks: list[Remark]) -> TemplateParameter:
    word = draft.text("TYPE")
    type_ = _TYPES.get(word.casefold())
    if type_ is None:
        raise TsfError(
            draft.line_of("TYPE"),
            f"{draft.name}: there is no type {word!r}; types: {', '.join(_TYPES)}",
        )
    if word.casefold() == "intrect":
        remarks.append(Remark(draft.line_of("TYPE"), f"{draft.name}: intrect is read as intlist"))
    parameter = TemplateParameter(
        name=draft.name,
        type=type_,
        label=draft.text("LABEL"),
        help=draft.text("MINIHELP"),
        unit=draft.text("UNIT"),
        hidden=draft.text("HIDE").upper() not in _VISIBLE,
    )
    parameter = parameter.model_copy(update=_limits(draft, parameter, remarks))
    fixed = "VALUE" in draft.properties
    return parameter.model_copy(
        update={
            "default": _default(draft, parameter, "VALUE" if fixed else "DEFAULT"),
            "fixed": fixed,
        }
    )


def _limits(
    draft: _Draft, parameter: TemplateParameter, remarks: list[Remark]
) -> dict[str, object]:
    text, line = draft.text("RANGE").strip(), draft.line_of("RANGE")
    kind = element(parameter)
    if not text:
        return {}
    if text.split()[0] == "QUERY_INST":
        remarks.append(
            Remark(line, f"{draft.name}: its range must be asked of the instrument; all is allowed")
        )
        return {}
    if kind is ParameterType.BOOLEAN:
        return {}
    if kind in {ParameterType.KEYWORD, ParameterType.STRING}:
        return {"choices": tuple(braced or word for braced, word in _WORD.findall(text))}
    if kind not in NUMERIC and kind is not ParameterType.COORDINATE:
        remarks.append(Remark(line, f"{draft.name}: a {parameter.type} has no range"))
        return {}
    choices, ranges = [], []
    for word in text.replace(",", " ").split():
        if interval := _INTERVAL.fullmatch(word):
            low, high = (None if end is None else float(end) for end in interval.groups())
            if low is not None and high is not None and low > high:
                raise TsfError(line, f"{draft.name}: the range {word} is upside down")
            ranges.append(Range(minimum=low, maximum=high))
        elif _ONE_NUMBER.fullmatch(word) and kind in NUMERIC:
            choices.append(float(word))
        else:
            raise TsfError(line, f"{draft.name}: {word!r} is neither a number nor min..max")
    return {"choices": tuple(choices), "ranges": tuple(ranges)}


def _default(draft: _Draft, parameter: TemplateParameter, key: str) -> TemplateValue:
    text = draft.text(key)
    is_text = parameter.type is ParameterType.STRING and key in draft.properties
    if text in _NO_DEFAULT and not (is_text and text == ""):
        return None
    try:
        return coerce(parameter, _words(text) if _braced(parameter, text) else text)
    except UserError as error:
        raise TsfError(draft.line_of(key), error.detail) from error


def _braced(parameter: TemplateParameter, text: str) -> bool:
    return parameter.type is ParameterType.KEYWORDS and "{" in text


def _words(text: str) -> list[str]:
    return [braced or word for braced, word in _WORD.findall(text)]


# ── Writing ─────────────────────────────────────────────────────────────────


def format_tsf(signature: TemplateSignature) -> str:
    """Write a template signature file.

    It has no place for sources, overheads, the phases, and the allowed length of a list.
    """
    lines = [
        "PAF.HDR.START;",
        _line("PAF.TYPE", "Template Signature"),
        _line("PAF.NAME", signature.name),
        _line("PAF.DESC", signature.title),
        "PAF.HDR.END;",
        "",
        _line("TPL.TYPE", signature.kind.value),
    ]
    for parameter in signature.parameters:
        lines += ["", _line("TPL.PARAM", parameter.name)]
        lines += [_line(f"{parameter.name}.{key}", value) for key, value in _properties(parameter)]
    return "\n".join(lines) + "\n"


def _properties(parameter: TemplateParameter) -> Iterator[tuple[str, str]]:
    yield "TYPE", parameter.type.value
    limits = [_word(choice) for choice in parameter.choices] + [_ends(r) for r in parameter.ranges]
    if limits:
        yield "RANGE", " ".join(limits)
    if parameter.default is not None:
        yield "VALUE" if parameter.fixed else "DEFAULT", _value(parameter.default)
    if parameter.label:
        yield "LABEL", parameter.label
    if parameter.help:
        yield "MINIHELP", parameter.help
    if parameter.unit:
        yield "UNIT", parameter.unit
    if parameter.hidden:
        yield "HIDE", "T"


def _line(key: str, value: str) -> str:
    escaped = " ".join(value.splitlines()).replace("\\", "\\\\").replace('"', '\\"')
    return f'{key} "{escaped}";'


def _word(value: float | str) -> str:
    """Write a word, in braces where it would be read as several."""
    text = spelt(value)
    return text if _WORD.fullmatch(text) and "{" not in text else f"{{{text}}}"


def _ends(limits: Range) -> str:
    return f"{spelt(limits.minimum)}..{spelt(limits.maximum)}"


def _value(value: TemplateValue) -> str:
    return " ".join(map(_word, value)) if isinstance(value, tuple) else spelt(value)
