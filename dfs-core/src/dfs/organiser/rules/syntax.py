"""The syntax tree of the rule language: frozen values, one class a construct.

Two trees are equal if they mean the same text: neither positions nor comments
take part in equality.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

__all__ = [
    "Action",
    "Arithmetic",
    "Assignment",
    "Association",
    "Between",
    "Bounded",
    "Card",
    "Comparison",
    "Conjunction",
    "Constant",
    "Disjunction",
    "Expression",
    "Grouping",
    "Item",
    "Keyword",
    "Match",
    "Negation",
    "Negative",
    "Node",
    "Organisation",
    "Position",
    "Priority",
    "Product",
    "Recipe",
    "Rule",
    "RuleSet",
    "Statement",
    "TypeTest",
    "children",
    "walk",
]


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """A place in a rule file; lines and columns count from 1."""

    file: str = ""
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


NOWHERE = Position()


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """What all constructs share: the place where they begin."""

    position: Position = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Commented(Node):
    """A construct that carries the comments written before it, delimiters included."""

    comments: tuple[str, ...] = field(default=(), compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Container(Commented):
    """A construct with braces, and the comments before the closing one."""

    closing: tuple[str, ...] = field(default=(), compare=False, repr=False)


# --- expressions ------------------------------------------------------------

Comparator: TypeAlias = Literal["==", "!=", "<", ">", "<=", ">=", "?="]
Operator: TypeAlias = Literal["+", "-", "*", "/"]
FileSet: TypeAlias = Literal["inputFiles", "calibFiles", "rawFiles"]


@dataclass(frozen=True, slots=True)
class Constant(Node):
    """A string, a number, or one of the logical values ``T`` and ``F``."""

    value: str | int | float | bool

    def __eq__(self, other: object) -> bool:
        # 1, 1.0 and T are different texts although Python calls them equal.
        if not isinstance(other, Constant):
            return NotImplemented
        return type(self.value) is type(other.value) and self.value == other.value

    def __hash__(self) -> int:
        return hash((type(self.value), self.value))


@dataclass(frozen=True, slots=True)
class Keyword(Node):
    """The value of a header keyword.

    Parameters
    ----------
    name : dotted spelling, ``DPR.CATG``.
    of_input : written ``inputFile.NAME``: of the file or group that asks, where a
        bare keyword is the candidate's.
    """

    name: str
    of_input: bool = False


@dataclass(frozen=True, slots=True)
class Negative(Node):
    """Arithmetic negation of anything but a plain number, which carries its own sign."""

    operand: Expression


@dataclass(frozen=True, slots=True)
class Arithmetic(Node):
    """A sum, difference, product or quotient."""

    operator: Operator
    left: Expression
    right: Expression


@dataclass(frozen=True, slots=True)
class Comparison(Node):
    """A comparison of two values."""

    operator: Comparator
    left: Expression
    right: Expression


@dataclass(frozen=True, slots=True)
class Match(Node):
    """A string against a pattern: ``like`` with ``%``, or ``regexp``."""

    kind: Literal["like", "regexp"]
    operand: Expression
    pattern: str


@dataclass(frozen=True, slots=True)
class Between(Node):
    """An inclusive range; ``tryBetween`` also holds where something is undefined."""

    kind: Literal["between", "tryBetween"]
    operand: Expression
    low: Expression
    high: Expression


@dataclass(frozen=True, slots=True)
class TypeTest(Node):
    """``is undefined`` or ``is string``."""

    kind: Literal["undefined", "string"]
    operand: Expression


@dataclass(frozen=True, slots=True)
class Negation(Node):
    """``not``, also written ``!``."""

    operand: Expression


@dataclass(frozen=True, slots=True)
class Conjunction(Node):
    """Two or more conditions joined by ``and``."""

    operands: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Disjunction(Node):
    """Two or more conditions joined by ``or``."""

    operands: tuple[Expression, ...]


Expression: TypeAlias = (
    Constant
    | Keyword
    | Negative
    | Arithmetic
    | Comparison
    | Match
    | Between
    | TypeTest
    | Negation
    | Conjunction
    | Disjunction
)

# --- statements -------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Assignment(Commented):
    """``KEYWORD = value;``."""

    keyword: str
    value: Expression


@dataclass(frozen=True, slots=True)
class Rule(Container):
    """A classification rule: ``if condition then { … } else { … }``."""

    condition: Expression
    assignments: tuple[Assignment, ...]
    otherwise: tuple[Assignment, ...] = ()


@dataclass(frozen=True, slots=True)
class Card(Commented):
    """``minRet = n;`` or ``maxRet = n;``: how many files the next ``select`` takes."""

    kind: Literal["minRet", "maxRet"]
    count: int


@dataclass(frozen=True, slots=True)
class Grouping(Node):
    """``group by …`` or ``cluster by …``, with the name of the groups."""

    keys: tuple[Keyword, ...]
    cluster: bool = False
    template: str = ""
    suffix: str = ""


@dataclass(frozen=True, slots=True)
class Organisation(Commented):
    """``select execute(ACTION) from set where … group by …;``."""

    action: str
    source: FileSet
    condition: Expression | None = None
    grouping: Grouping | None = None


@dataclass(frozen=True, slots=True)
class Association(Commented):
    """``select file as TAG from set where …;``, in an action."""

    tag: str
    source: FileSet
    condition: Expression | None = None


@dataclass(frozen=True, slots=True)
class Recipe(Commented):
    """``recipe name { "--option=value"; }``."""

    name: str
    options: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Product(Container):
    """``product NAME { … }``: what the action will have made."""

    name: str
    assignments: tuple[Assignment, ...] = ()


@dataclass(frozen=True, slots=True)
class Priority(Commented):
    """``priority = n;``: order of the action's blocks."""

    value: int | float


Item: TypeAlias = Card | Association | Recipe | Product | Priority


@dataclass(frozen=True, slots=True)
class Action(Container):
    """``action NAME { … }``: how a group is reduced and what it needs."""

    name: str
    items: tuple[Item, ...] = ()


@dataclass(frozen=True, slots=True)
class Bounded:
    """A ``select`` with the numbers that the cards before it set.

    Parameters
    ----------
    select : the organisation or association.
    minimum : least number of files; None if no card says.
    maximum : greatest number of files; None if no card says.
    """

    select: Organisation | Association
    minimum: int | None
    maximum: int | None


Statement: TypeAlias = Rule | Organisation | Card | Action


@dataclass(frozen=True, slots=True)
class RuleSet(Container):
    """Statements in the order in which they were read."""

    statements: tuple[Statement, ...] = ()

    @property
    def rules(self) -> tuple[Rule, ...]:
        """Classification rules, in order."""
        return tuple(s for s in self.statements if isinstance(s, Rule))

    @property
    def organisations(self) -> tuple[Organisation, ...]:
        """Organisation rules, in order."""
        return tuple(s for s in self.statements if isinstance(s, Organisation))

    @property
    def actions(self) -> tuple[Action, ...]:
        """Actions, in order; of two with one name the later is in force."""
        return tuple(s for s in self.statements if isinstance(s, Action))

    def __add__(self, other: RuleSet) -> RuleSet:
        """Join two rule sets, the other's statements after this one's."""
        return RuleSet(
            statements=self.statements + other.statements,
            closing=self.closing + other.closing,
            position=self.position,
        )


def bounded(sequence: tuple[Statement, ...] | tuple[Item, ...]) -> Iterator[Bounded]:
    """Give each ``select`` of a file or an action with its cards.

    A card speaks for the one ``select`` that follows it; of two cards of one kind
    the later holds.
    """
    cards: dict[str, int] = {}
    for node in sequence:
        if isinstance(node, Card):
            cards[node.kind] = node.count
        elif isinstance(node, Organisation | Association):
            yield Bounded(node, cards.get("minRet"), cards.get("maxRet"))
            cards = {}


# --- walking ----------------------------------------------------------------


def children(node: Expression) -> tuple[Expression, ...]:
    """Operands of an expression, left to right."""
    match node:
        case Constant() | Keyword():
            return ()
        case Arithmetic() | Comparison():
            return (node.left, node.right)
        case Between():
            return (node.operand, node.low, node.high)
        case Conjunction() | Disjunction():
            return node.operands
        case _:
            return (node.operand,)


def walk(node: Expression) -> Iterator[Expression]:
    """An expression and all below it, left to right."""
    yield node
    for child in children(node):
        yield from walk(child)
