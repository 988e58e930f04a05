"""Rule sets in the form that works: functions on headers, and the parts that index them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import Any

from dfs.organiser.rules import analysis, codegen
from dfs.organiser.rules.interpreter import assign
from dfs.organiser.rules.syntax import (
    Action,
    Association,
    Organisation,
    Position,
    Priority,
    Product,
    Recipe,
    RuleSet,
    bounded,
)
from dfs.organiser.rules.values import Header, Value

__all__ = [
    "CompiledAction",
    "CompiledAssociation",
    "CompiledGroup",
    "CompiledProduct",
    "CompiledRules",
    "compile_rules",
]


@dataclass(frozen=True)
class CompiledGroup:
    """An organisation rule: which files form the groups of an action.

    Parameters
    ----------
    action : name of the action that reduces each group.
    source : ``inputFiles``, ``calibFiles`` or ``rawFiles``.
    keys : keywords; files with equal values of all form one group. Without keys all
        selected files form one.
    cluster : written ``cluster by``: members also follow each other in time.
    template, suffix : names of ``as (TEMPLATE, suffix)``; empty if not given.
    minimum : least number of files in a group.
    maximum : greatest number of files in a group; None is no limit.
    position : where the rule stands.
    """

    action: str
    source: str
    keys: tuple[str, ...]
    cluster: bool
    template: str
    suffix: str
    minimum: int
    maximum: int | None
    position: Position
    rule: Organisation = field(repr=False)

    @cached_property
    def _predicate(self) -> codegen.Predicate:
        return codegen.predicate(self.rule.condition)

    def predicate(self, header: Header) -> bool:
        """Tell whether the rule selects a classified file."""
        return self._predicate(header, header)


@dataclass(frozen=True)
class CompiledAssociation:
    """What an action takes beside its group.

    Parameters
    ----------
    tag : name under which the recipe gets the files.
    source : ``inputFiles``, ``calibFiles`` or ``rawFiles``.
    minimum, maximum : how many files; a minimum of 0 makes them optional.
    equalities : keyword of the group, keyword of the candidate that must equal it.
    constants : keyword of the candidate, value that it must equal.
    position : where the association stands.

    Notes
    -----
    ``equalities`` and ``constants`` serve an index, with
    `dfs.organiser.rules.index_key` of the values as keys; what it finds is still to
    be tested with `predicate`, which is the whole condition.
    """

    tag: str
    source: str
    minimum: int
    maximum: int
    equalities: tuple[tuple[str, str], ...]
    constants: tuple[tuple[str, Value], ...]
    position: Position
    association: Association = field(repr=False)

    @cached_property
    def _predicate(self) -> codegen.Predicate:
        return codegen.predicate(self.association.condition)

    def predicate(self, candidate: Header, asking: Header) -> bool:
        """Tell whether a candidate suits a group.

        Parameters
        ----------
        candidate : header of the file that may be taken.
        asking : header of the group, ``inputFile`` in the rules.
        """
        return self._predicate(candidate, asking)


@dataclass(frozen=True, slots=True)
class CompiledProduct:
    """A file that an action will have made.

    Parameters
    ----------
    name : name of the product.
    position : where it is declared.
    """

    name: str
    position: Position
    product: Product = field(repr=False)

    def assign(self, header: Header) -> dict[str, Value]:
        """What the product's header has other than the header of its group."""
        return assign(self.product.assignments, header)


@dataclass(frozen=True, slots=True)
class CompiledAction:
    """How a group is reduced.

    Parameters
    ----------
    name : name of the action.
    recipes : recipes with their options, in order.
    priority : order of the action's blocks; 0 if not given.
    associations : what it takes beside its group.
    products : what it makes.
    position : where the action stands.
    """

    name: str
    recipes: tuple[Recipe, ...]
    priority: float
    associations: tuple[CompiledAssociation, ...]
    products: tuple[CompiledProduct, ...]
    position: Position


@dataclass(frozen=True, slots=True)
class CompiledRules:
    """A rule set that works on headers; it raises nothing on odd values.

    Parameters
    ----------
    rules : the rule set.
    keywords : every header keyword that the rules read.
    classify : gives what the classification rules assign to a header.
    groups : organisation rules, in order.
    actions : actions by name.
    """

    rules: RuleSet
    keywords: frozenset[str]
    classify: codegen.Classifier
    groups: tuple[CompiledGroup, ...]
    actions: Mapping[str, CompiledAction]

    def __reduce__(self) -> tuple[Callable[[RuleSet], CompiledRules], tuple[Any, ...]]:
        # Functions made on the spot do not travel between processes; the rules do.
        return compile_rules, (self.rules,)


def compile_rules(rules: RuleSet) -> CompiledRules:
    """Compile a rule set.

    Of two actions with one name the later is in force.
    """
    groups = tuple(
        _group(select.select, select.minimum, select.maximum)
        for select in bounded(rules.statements)
        if isinstance(select.select, Organisation)
    )
    return CompiledRules(
        rules=rules,
        keywords=analysis.keywords_read(rules),
        classify=codegen.classifier(rules.rules),
        groups=groups,
        actions=MappingProxyType({action.name: _action(action) for action in rules.actions}),
    )


def _group(rule: Organisation, minimum: int | None, maximum: int | None) -> CompiledGroup:
    grouping = rule.grouping
    return CompiledGroup(
        action=rule.action,
        source=rule.source,
        keys=tuple(key.name for key in grouping.keys) if grouping else (),
        cluster=grouping.cluster if grouping else False,
        template=grouping.template if grouping else "",
        suffix=grouping.suffix if grouping else "",
        minimum=1 if minimum is None else minimum,
        maximum=maximum,
        position=rule.position,
        rule=rule,
    )


def _action(action: Action) -> CompiledAction:
    items = action.items
    priorities = [item.value for item in items if isinstance(item, Priority)]
    return CompiledAction(
        name=action.name,
        recipes=tuple(item for item in items if isinstance(item, Recipe)),
        priority=priorities[-1] if priorities else 0,
        associations=tuple(
            _association(select.select, select.minimum, select.maximum)
            for select in bounded(items)
            if isinstance(select.select, Association)
        ),
        products=tuple(
            CompiledProduct(item.name, item.position, item)
            for item in items
            if isinstance(item, Product)
        ),
        position=action.position,
    )


def _association(
    node: Association, minimum: int | None, maximum: int | None
) -> CompiledAssociation:
    terms = analysis.split(node.condition)
    least = 1 if minimum is None else minimum
    return CompiledAssociation(
        tag=node.tag,
        source=node.source,
        minimum=least,
        maximum=max(1, least) if maximum is None else maximum,
        equalities=terms.equalities,
        constants=terms.constants,
        position=node.position,
        association=node,
    )
