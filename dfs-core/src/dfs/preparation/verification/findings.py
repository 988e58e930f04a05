"""Findings: waived, told, weighed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from dfs.plugin import Finding, Severity
from dfs.preparation.model import BLOCKING
from dfs.preparation.verification import rules

_WORDS: Final = {
    Severity.INFO: "INFO",
    Severity.WARNING: "WARNING",
    Severity.WAIVABLE: "WAIVERABLE ERROR",
    Severity.ERROR: "ERROR",
}


def waived(findings: Iterable[Finding], waivers: Mapping[str, str]) -> list[Finding]:
    """Turn what was waived into a remark that says by whom."""
    return [
        finding.model_copy(
            update={
                "severity": Severity.INFO,
                "message": f"{finding.message} Waived: {waivers[finding.code]}",
            }
        )
        if finding.severity is Severity.WAIVABLE and finding.code in waivers
        else finding
        for finding in findings
    ]


def blocks_observation(findings: Iterable[Finding]) -> bool:
    """Tell whether something found forbids the observation."""
    return any(finding.severity in BLOCKING for finding in findings)


def is_malformed(findings: Iterable[Finding]) -> bool:
    """Tell whether parameters are not as their signature wants them.

    Then the instrument's own verifier is not asked: the contract promises it parameters
    of the right type and range.
    """
    return blocks_observation(one for one in findings if ".parameters." in one.path)


def message_of(finding: Finding) -> str:
    """Write a finding as the one line that the official client shows."""
    place = f" [{finding.path}]" if finding.path else ""
    return f"{_WORDS[finding.severity]}: {finding.message}{place}"


def verifier_failed(reason: str, path: str = "") -> Finding:
    """Say that the instrument's verifier gave no answer, which blocks."""
    message = f"The instrument's own verification failed, so nothing is certain: {reason}"
    return rules.VERIFIER.finding(message, path)
