"""Errors that a plugin raises to tell the core what to do next."""

from __future__ import annotations


class RecipeError(Exception):
    """A recipe could not make its products.

    Raise one of the subclasses: the class decides what the core does next.
    """


class BadConfiguration(RecipeError):
    """Parameters or inputs contradict each other; running again is useless."""


class UnprocessableData(RecipeError):
    """The frames cannot be reduced; a finding about the data, not about us."""


class Retryable(RecipeError):
    """A passing trouble, e.g. a licence or a service; the core may try again."""
