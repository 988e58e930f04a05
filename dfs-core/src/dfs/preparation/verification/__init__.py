"""What must hold of blocks, containers and runs before they may be observed.

The core's rules know no instrument; the instrument's own verifiers follow them. The
catalogue is a literal table, `RULES`; docs/reference/verification.md shows it.
"""

from dfs.preparation.verification.blocks import verify_block
from dfs.preparation.verification.containers import placed, verify_container
from dfs.preparation.verification.facts import Facts, ProgrammeTarget, Visibility
from dfs.preparation.verification.findings import (
    blocks_observation,
    is_malformed,
    message_of,
    verifier_failed,
    waived,
)
from dfs.preparation.verification.rules import RULES, Rule
from dfs.preparation.verification.runs import verify_run

__all__ = [
    "RULES",
    "Facts",
    "ProgrammeTarget",
    "Rule",
    "Visibility",
    "blocks_observation",
    "is_malformed",
    "message_of",
    "placed",
    "verifier_failed",
    "verify_block",
    "verify_container",
    "verify_run",
    "waived",
]
