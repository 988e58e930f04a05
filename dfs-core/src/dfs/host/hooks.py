"""Which hooks a plugin implements, and whether it implements them as specified."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Sequence
from difflib import get_close_matches
from functools import cache
from types import GenericAlias, UnionType
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

import pluggy
from pydantic import InstanceOf, TypeAdapter, ValidationError

from dfs.host.quarantine import ForeignFailure
from dfs.plugin import API_VERSION, hookspecs
from dfs.plugin.hookspecs import HOOKS
from dfs.plugin.markers import PROJECT
from dfs.plugin.values import Value


def new_manager() -> pluggy.PluginManager:
    """Make a plugin manager that knows the hooks and no plugin."""
    manager = pluggy.PluginManager(PROJECT)
    manager.add_hookspecs(hookspecs)
    return manager


def register(manager: pluggy.PluginManager, plugin: object, name: str) -> None:
    """Register a plugin and let pluggy compare it with the specifications.

    Raises
    ------
    ForeignFailure
        An argument or a hook is not in the specifications.
    """
    try:
        manager.register(plugin, name)
        manager.check_pending()
    except pluggy.PluginValidationError as error:
        raise ForeignFailure(" ".join(str(error).split())) from error


def implemented(manager: pluggy.PluginManager, plugin: object) -> frozenset[str]:
    """Give the hooks that a plugin implements.

    Raises
    ------
    ForeignFailure
        It marks what is no hook, forgets to mark what is one, or implements one in
        a way that could not be called or could change another plugin's answer.
    """
    found = set()
    for name in dir(plugin):
        options = manager.parse_hookimpl_opts(plugin, name)
        if options is None:
            if name in HOOKS and inspect.isroutine(getattr(plugin, name)):
                raise ForeignFailure(f"{name} is not marked with @hookimpl")
            continue
        hook = options["specname"] or name
        if problem := _problem(hook, getattr(plugin, name), dict(options)):
            raise ForeignFailure(problem)
        found.add(hook)
    return frozenset(found)


def _problem(hook: str, function: Callable[..., object], options: dict[str, Any]) -> str:
    if hook not in HOOKS:
        close = get_close_matches(hook, HOOKS, n=1)
        hint = f"; did you mean {close[0]}?" if close else ""
        return f"{hook} is not a hook of API {API_VERSION}{hint}"
    if options["wrapper"] or options["hookwrapper"]:
        return f"{hook} is a wrapper, which could change the answer of other plugins"
    function = inspect.unwrap(function)
    if inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function):
        return f"{hook} is asynchronous; hooks are plain functions"
    if inspect.isgeneratorfunction(function) and not returns_iterator(hook):
        return f"{hook} is a generator, so that calling it does nothing; it must return its answer"
    return _argument_problem(hook, function)


def _argument_problem(hook: str, function: Callable[..., object]) -> str:
    specified = list(inspect.signature(getattr(hookspecs, hook)).parameters)
    signature = f"{hook}({', '.join(specified)})"
    for parameter in inspect.signature(function).parameters.values():
        required = parameter.default is parameter.empty
        if parameter.kind is not parameter.POSITIONAL_OR_KEYWORD:
            return f"{hook} must take plain arguments, as in {signature}; {parameter} is not"
        if required and parameter.name not in specified:
            return f"{hook} asks for an argument {parameter.name!r}; the hook is {signature}"
    return ""


def returns_iterator(hook: str) -> bool:
    """Tell whether the answer is made piece by piece while it is read."""
    return get_origin(_return_type(hook)) is get_origin(Iterator[object])


def _return_type(hook: str) -> Any:
    return get_type_hints(getattr(hookspecs, hook))["return"]


@cache
def _adapter(hook: str) -> TypeAdapter[Any]:
    return TypeAdapter(_instances(_return_type(hook)))


def _instances(hint: Any) -> Any:
    # Pydantic would make a value from a mapping that looks like one, even when strict.
    if isinstance(hint, type) and issubclass(hint, Value):
        return Annotated[hint, InstanceOf()]  # type: ignore[type-arg]
    if get_origin(hint) is Sequence:
        (item,) = get_args(hint)
        return GenericAlias(Sequence, (_instances(item),))
    if get_origin(hint) is UnionType:
        return Union[tuple(_instances(each) for each in get_args(hint))]  # noqa: UP007
    return hint


def typed(hook: str, answer: object) -> Any:
    """Give the answer back if its type is the specified one.

    Raises
    ------
    ForeignFailure
        It is not.
    """
    try:
        return _adapter(hook).validate_python(answer, strict=True)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = "".join(f"[{part!r}]" for part in first["loc"])
        where = f" at {place}" if place else ""
        raise ForeignFailure(
            f"{hook} returned a {type(answer).__name__} that is not what it should be{where}: "
            f"{first['msg']}"
        ) from error
