"""Decisions of people on products: certified, rejected, or neither any more; pure.

A decision concerns one content of one product. The latest one counts; none is erased.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from dfs.foundation.errors import UserError
from dfs.plugin import Verdict
from dfs.quality.errors import NOTHING_TO_REVOKE, REASON_NEEDED

__all__ = ["Certificate", "Decision", "check", "standing"]


class Decision(StrEnum):
    """What was decided."""

    CERTIFIED = "certified"
    """It may be used, whatever the verdict says."""
    REJECTED = "rejected"
    """It is not to be used."""
    REVOKED = "revoked"
    """The decision before is taken back."""


@dataclass(frozen=True, slots=True)
class Certificate:
    """A decision on record.

    Parameters
    ----------
    product : identifier of the product.
    sha256 : of the file that was decided on.
    content : digest of what of it outlives its making; to this the decision is bound.
    decision : what was decided.
    who : by whom.
    reason : why; may be empty where nothing speaks against a certified product.
    decided_at : when, UTC.
    in_force : whether it is the latest one on the content that the product has now.
    """

    product: str
    sha256: str
    content: str
    decision: Decision
    who: str
    reason: str
    decided_at: dt.datetime
    in_force: bool


def standing(decisions: Sequence[Decision]) -> Decision | None:
    """Give how a product stands after decisions, oldest first; None for undecided."""
    latest = decisions[-1] if decisions else Decision.REVOKED
    return None if latest is Decision.REVOKED else latest


def check(product: str, before: Decision | None, new: Decision, verdict: Verdict, why: str) -> None:
    """Insist that a decision is possible and, where one is needed, has a reason.

    Only the certification of a product against which nothing speaks needs none.

    Parameters
    ----------
    product : what messages call the product.
    before : how it stands.
    new : what is to be decided.
    verdict : the worst one on its measurements.
    why : the reason that is given; may be empty.

    Raises
    ------
    UserError
        ``qc.reason-needed`` or ``qc.nothing-to-revoke``.
    """
    if new is Decision.REVOKED and before is None:
        raise UserError(NOTHING_TO_REVOKE, "nothing is decided about it", where=product)
    if why.strip():
        return
    if new is not Decision.CERTIFIED:
        word = "rejection" if new is Decision.REJECTED else "revocation"
        raise UserError(REASON_NEEDED, f"no {word} is understood later without one", where=product)
    if before is Decision.REJECTED:
        raise UserError(REASON_NEEDED, "it is rejected so far", where=product)
    if verdict is Verdict.BAD:
        raise UserError(REASON_NEEDED, "its verdict is bad", where=product)
