"""Who asks: what every stage needs to know of a person, and nothing more."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final


class Role(StrEnum):
    """What somebody is at the observatory; what they are in a run is the run's to say."""

    ASTRONOMER = "astronomer"
    """Proposes, prepares, fetches, returns."""
    SUPPORT = "support"
    """Helps astronomers prepare, reviews what they submit."""
    OPERATOR = "operator"
    """Executes at the telescope."""
    ARCHIVE = "archive"
    """Keeps the archive and certifies what it holds."""
    PANEL = "panel"
    """Grades proposals."""
    ADMINISTRATOR = "administrator"
    """Keeps the service and its users."""


@dataclass(frozen=True, slots=True)
class Principal:
    """A person who is signed in.

    Parameters
    ----------
    user_id : of the account; 0 is the operator of the machine.
    username : what they sign in with.
    name : what people call them.
    roles : at the observatory.
    """

    user_id: int
    username: str
    name: str
    roles: frozenset[Role] = field(default_factory=frozenset)

    def has(self, *roles: Role) -> bool:
        """Tell whether they have at least one of these roles."""
        return not self.roles.isdisjoint(roles)


SYSTEM: Final = Principal(
    0, "system", "the operator of this machine", frozenset({Role.ADMINISTRATOR})
)
"""Who runs a command on the machine that holds the database."""
