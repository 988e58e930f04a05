"""From rule text to the syntax tree."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from dfs.foundation.errors import UserError
from dfs.organiser import errors
from dfs.organiser.rules import explain
from dfs.organiser.rules.formatter import format_rules
from dfs.organiser.rules.preprocessor import preprocess
from dfs.organiser.rules.source import Comment, Reader, Source, fault, read_text
from dfs.organiser.rules.syntax import (
    Action,
    Arithmetic,
    Assignment,
    Association,
    Between,
    Card,
    Comparison,
    Conjunction,
    Constant,
    Disjunction,
    Expression,
    Grouping,
    Item,
    Keyword,
    Match,
    Negation,
    Negative,
    Organisation,
    Position,
    Priority,
    Product,
    Recipe,
    Rule,
    RuleSet,
    Statement,
    TypeTest,
)

if TYPE_CHECKING:
    from lark import Lark, Token, Tree

__all__ = ["formatted_file", "load_rules", "parse_rules"]

MAX_DEPTH = 100
"""Deepest nesting of an expression; the compiled form must stay below Python's own limit."""

MAX_NUMBER = 1e300
"""Greatest number that may be written."""

INPUT_PREFIX = "inputFile."


@cache
def _lark() -> Lark:
    from lark import Lark

    return Lark.open(
        "grammar.lark",
        rel_to=__file__,
        parser="lalr",
        lexer="contextual",
        propagate_positions=True,
        maybe_placeholders=False,
    )


def parse_rules(text: str, filename: str = "<rules>", *, read: Reader = read_text) -> RuleSet:
    """Parse rule text.

    Parameters
    ----------
    text : classification, organisation and association rules, in any order.
    filename : named in messages; included files are looked for beside it.
    read : gives the text of an included file.

    Raises
    ------
    UserError
        ``rules.syntax`` and the other ``rules.…`` codes, with file, line and column.
    """
    return _parse(preprocess(text, filename, read=read), filename)


def load_rules(*paths: str | Path, read: Reader = read_text) -> RuleSet:
    """Read rule files and join them in the order given.

    Raises
    ------
    UserError
        As `parse_rules`; also ``rules.unreadable`` and ``rules.not-text``.
    """
    joined = RuleSet()
    for path in paths:
        joined += parse_rules(read(Path(path)), str(path), read=read)
    return joined


def formatted_file(path: str | Path, *, in_place: bool = False) -> tuple[str, str]:
    """Give the text of a rule file and its canonical form.

    Parameters
    ----------
    path : the file.
    in_place : the form is to replace the text, so preprocessor lines are refused:
        they would be lost.

    Raises
    ------
    UserError
        As `load_rules`; ``rules.format`` for preprocessor lines.
    """
    text = read_text(Path(path))
    source = preprocess(text, str(path))
    if in_place and source.has_directives:
        detail = "preprocessor lines would be lost"
        raise UserError(errors.RULES_FORMAT, detail, where=str(path))
    return text, format_rules(_parse(source, str(path)))


def _parse(source: Source, filename: str) -> RuleSet:
    from lark.exceptions import UnexpectedInput

    try:
        tree = _lark().parse(source.code)
    except UnexpectedInput as refused:
        raise explain.refusal(refused, source) from refused
    return _Builder(source, filename).rule_set(tree)


class _Builder:
    """Walks lark's tree from the top, so that each comment finds its construct."""

    def __init__(self, source: Source, filename: str) -> None:
        self.source = source
        self.code = source.code
        self.filename = filename
        self.comments = deque[Comment](source.comments)

    # --- places and comments ---

    def place(self, node: Tree[Token] | Token) -> Position:
        meta: Any = getattr(node, "meta", node)
        return self.source.position(meta.line, meta.column)

    def comments_before(self, offset: int) -> tuple[str, ...]:
        taken = []
        while self.comments and self.comments[0].offset < offset:
            taken.append(self.comments.popleft().text)
        return tuple(taken)

    def comments_of(self, tree: Tree[Token]) -> tuple[str, ...]:
        """Take the comments before and inside a construct, and those that end its line."""
        line_end = self.code.find("\n", tree.meta.end_pos)
        rest = self.code[tree.meta.end_pos : line_end if line_end >= 0 else None]
        ends_line = not rest.strip(" \t;")
        return self.comments_before(tree.meta.end_pos + (len(rest) + 1 if ends_line else 0))

    def common(self, tree: Tree[Token]) -> dict[str, Any]:
        return {"position": self.place(tree), "comments": self.comments_of(tree)}

    # --- statements ---

    def rule_set(self, tree: Tree[Token]) -> RuleSet:
        build: dict[str, Callable[[Tree[Token]], Statement]] = {
            "rule": self.rule,
            "organisation": self.organisation,
            "card": self.card,
            "action": self.action,
        }
        statements = tuple(build[child.data](child) for child in _trees(tree))
        return RuleSet(
            statements=statements,
            closing=self.comments_before(len(self.code) + 1),
            position=Position(self.filename, 1, 1),
        )

    def rule(self, tree: Tree[Token]) -> Rule:
        condition, then, *otherwise = _trees(tree)
        comments = self.comments_before(then.meta.start_pos)
        assignments = self.block(then)
        alternative = self.block(otherwise[0]) if otherwise else ()
        return Rule(
            condition=self.expression(condition),
            assignments=assignments,
            otherwise=alternative,
            comments=comments,
            closing=self.comments_before(tree.meta.end_pos),
            position=self.place(tree),
        )

    def block(self, tree: Tree[Token]) -> tuple[Assignment, ...]:
        return tuple(self.assignment(child) for child in _trees(tree))

    def assignment(self, tree: Tree[Token]) -> Assignment:
        keyword, value = tree.children
        return Assignment(
            keyword=str(keyword),
            value=self.expression(cast("Tree[Token]", value)),
            **self.common(tree),
        )

    def organisation(self, tree: Tree[Token]) -> Organisation:
        name, source, *_ = _tokens(tree)
        parts = {child.data: child for child in _trees(tree)}
        return Organisation(
            action=str(name),
            source=cast("Any", str(source)),
            condition=self.where(parts.get("where")),
            grouping=self.grouping(parts["grouping"]) if "grouping" in parts else None,
            **self.common(tree),
        )

    def where(self, tree: Tree[Token] | None) -> Expression | None:
        return None if tree is None else self.expression(_trees(tree)[0])

    def grouping(self, tree: Tree[Token]) -> Grouping:
        word, *rest = _tokens(tree)
        keys = tuple(self.keyword(token) for token in rest if token.type == "KEYWORD")
        names = [str(token) for token in rest if token.type == "NAME"]
        template, suffix = names or ("", "")
        return Grouping(keys, word.type == "CLUSTER", template, suffix, position=self.place(tree))

    def card(self, tree: Tree[Token]) -> Card:
        kind, number = _tokens(tree)
        count = self.number(number)
        if count != int(count):
            raise self.fault(f"{kind} needs a whole number, not {number}", number)
        return Card(kind=cast("Any", str(kind)), count=int(count), **self.common(tree))

    def action(self, tree: Tree[Token]) -> Action:
        build: dict[str, Callable[[Tree[Token]], Item]] = {
            "card": self.card,
            "association": self.association,
            "recipe": self.recipe,
            "product": self.product,
            "priority": self.priority,
        }
        name = _tokens(tree)[0]
        comments = self.comments_before(cast("int", name.end_pos))
        return Action(
            name=str(name),
            items=tuple(build[child.data](child) for child in _trees(tree)),
            comments=comments,
            closing=self.comments_before(tree.meta.end_pos),
            position=self.place(tree),
        )

    def association(self, tree: Tree[Token]) -> Association:
        tag, source = _tokens(tree)
        where = _trees(tree)
        return Association(
            tag=str(tag),
            source=cast("Any", str(source)),
            condition=self.where(where[0] if where else None),
            **self.common(tree),
        )

    def recipe(self, tree: Tree[Token]) -> Recipe:
        name, *options = _tokens(tree)
        return Recipe(
            name=str(name), options=tuple(text[1:-1] for text in options), **self.common(tree)
        )

    def product(self, tree: Tree[Token]) -> Product:
        name = _tokens(tree)[0]
        comments = self.comments_before(cast("int", name.end_pos))
        return Product(
            name=str(name),
            assignments=self.block(_trees(tree)[0]),
            comments=comments,
            closing=self.comments_before(tree.meta.end_pos),
            position=self.place(tree),
        )

    def priority(self, tree: Tree[Token]) -> Priority:
        *sign, number = _tokens(tree)
        value = self.number(number)
        return Priority(value=-value if sign else value, **self.common(tree))

    # --- expressions ---

    def expression(self, tree: Tree[Token], depth: int = 0) -> Expression:
        if depth > MAX_DEPTH:
            raise self.fault(f"the expression is nested deeper than {MAX_DEPTH} levels", tree)
        operands = [self.expression(child, depth + 1) for child in _trees(tree)]
        return self.compound(tree, operands) if operands else self.atom(tree)

    def atom(self, tree: Tree[Token]) -> Expression:
        (token,) = _tokens(tree)
        place = self.place(token)
        match tree.data:
            case "keyword":
                return self.keyword(token)
            case "string":
                return Constant(token[1:-1], position=place)
            case "number":
                return Constant(self.number(token), position=place)
            case _:
                return Constant(token == "T", position=place)

    def compound(self, tree: Tree[Token], operands: list[Expression]) -> Expression:
        kinds: dict[str, Callable[..., Expression]] = {
            "arithmetic": Arithmetic,
            "comparison": Comparison,
            "between": Between,
            "type_test": TypeTest,
        }
        place = self.place(tree)
        match tree.data:
            case "positive":
                return operands[0]
            case "negative":
                return _negative(operands[0], place)
            case "match":
                return self.pattern(tree, operands[0])
            case "negation":
                return Negation(operands[0], position=place)
            case "conjunction" | "disjunction" as kind:
                joined = Conjunction if kind == "conjunction" else Disjunction
                return joined(tuple(operands), position=place)
        word = str(_tokens(tree)[0])
        return kinds[tree.data](word, *operands, position=place)

    def pattern(self, tree: Tree[Token], operand: Expression) -> Match:
        kind, text = _tokens(tree)
        if kind == "regexp":
            try:
                re.compile(text[1:-1])
            except (re.error, OverflowError, RecursionError) as cause:
                place = self.place(text)
                line = self.source.lines[(text.line or 1) - 1].text
                message = f"the regular expression is not valid: {cause}"
                raise fault(errors.RULES_PATTERN, message, place, line) from cause
        return Match(cast("Any", str(kind)), operand, text[1:-1], position=self.place(tree))

    def keyword(self, token: Token) -> Keyword:
        name = token.removeprefix(INPUT_PREFIX)
        return Keyword(name, name != token, position=self.place(token))

    def number(self, token: Token) -> int | float:
        try:
            value = int(token) if token.isdigit() else float(token)
        except ValueError as cause:
            raise self.fault("the number has too many digits", token) from cause
        if abs(value) > MAX_NUMBER:
            raise self.fault("the number is out of range", token)
        return value

    def fault(self, message: str, node: Tree[Token] | Token) -> UserError:
        meta: Any = getattr(node, "meta", node)
        return self.source.fault(message, meta.line, meta.column)


def _negative(operand: Expression, place: Position) -> Expression:
    if (
        isinstance(operand, Constant)
        and isinstance(operand.value, int | float)
        and not isinstance(operand.value, bool)
    ):
        return Constant(-operand.value, position=place)
    return Negative(operand, position=place)


def _trees(tree: Tree[Token]) -> list[Tree[Token]]:
    return [child for child in tree.children if not isinstance(child, str)]


def _tokens(tree: Tree[Token]) -> list[Token]:
    return [child for child in tree.children if isinstance(child, str)]
