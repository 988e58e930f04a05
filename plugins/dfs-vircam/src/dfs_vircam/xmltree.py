"""A document from outside as a tree of elements that know their lines.

No declaration of a document type is accepted, so there are no entities to expand; depth,
length and number of elements are limited.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from xml.parsers import expat

from dfs.plugin import BadConfiguration

MOST_CHARACTERS = 50_000_000
MOST_ELEMENTS = 1_000_000
DEEPEST = 12


@dataclass(frozen=True, slots=True)
class Element:
    """One element of the document.

    Parameters
    ----------
    name : tag.
    line : where it begins, counted from 1.
    attributes : as written.
    children : in order.
    """

    name: str
    line: int
    attributes: Mapping[str, str]
    children: list[Element] = field(default_factory=list)

    def named(self, name: str) -> Iterator[Element]:
        """Give the children of a name."""
        return (child for child in self.children if child.name == name)

    def trouble(self, what: str) -> BadConfiguration:
        """Say what is wrong with this element."""
        return BadConfiguration(f"line {self.line}, {self.name}: {what}")


def parse(document: str) -> Element:
    """Read a document.

    Parameters
    ----------
    document : text of the whole document.

    Returns
    -------
    Element
        The outermost.

    Raises
    ------
    BadConfiguration
        It is no well-formed XML, declares a document type, or is too large.
    """
    if len(document) > MOST_CHARACTERS:
        raise BadConfiguration(f"the document has more than {MOST_CHARACTERS:,} characters")
    builder = _Builder()
    try:
        builder.parser.Parse(document.encode("utf-8"), True)
    except UnicodeEncodeError as error:
        raise BadConfiguration(f"character {error.start}: it is no text") from error
    except expat.ExpatError as error:
        message = expat.ErrorString(error.code)
        raise BadConfiguration(f"line {error.lineno}: {message}") from error
    return builder.root


class _Builder:
    """Collects elements while the parser reads."""

    def __init__(self) -> None:
        # The text is ours to encode, whatever encoding the document claims.
        self.parser = expat.ParserCreate("utf-8")
        self.parser.StartElementHandler = self.start
        self.parser.EndElementHandler = self.end
        self.parser.StartDoctypeDeclHandler = self.doctype
        self.open: list[Element] = []
        self.root = Element("", 0, {})
        self.count = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        element = Element(name, self.parser.CurrentLineNumber, attributes)
        self.count += 1
        if self.count > MOST_ELEMENTS:
            raise element.trouble(f"there are more than {MOST_ELEMENTS:,} elements")
        if len(self.open) >= DEEPEST:
            raise element.trouble(f"elements are nested deeper than {DEEPEST}")
        if self.open:
            self.open[-1].children.append(element)
        else:
            self.root = element
        self.open.append(element)

    def end(self, _name: str) -> None:
        self.open.pop()

    def doctype(self, name: str, *_where: object) -> None:
        line = self.parser.CurrentLineNumber
        raise BadConfiguration(
            f"line {line}: a document type ({name}) is declared, which is not accepted here"
        )
