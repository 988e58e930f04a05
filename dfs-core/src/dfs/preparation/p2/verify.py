"""What verification answers."""

from __future__ import annotations

from pydantic import BaseModel

from dfs.preparation.model import Verification
from dfs.preparation.verification import message_of


class VerifyRequest(BaseModel):
    """Whether a block that is found observable is certified as well."""

    submit: bool = False


def verification(found: Verification) -> dict[str, object]:
    """Write what was found, as sentences and, for other clients, with codes and places."""
    return {
        "observable": found.observable,
        "messages": [message_of(finding) for finding in found.findings],
        "findings": [finding.model_dump(mode="json") for finding in found.findings],
    }
