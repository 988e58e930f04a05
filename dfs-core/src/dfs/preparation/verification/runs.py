"""The rules for a run as a whole."""

from __future__ import annotations

from dfs.plugin import Finding
from dfs.preparation.verification import rules
from dfs.preparation.verification.facts import Facts
from dfs.preparation.verification.findings import waived


def verify_run(facts: Facts) -> list[Finding]:
    """Apply the core's rules to a run: its time, its README, its instrument."""
    found = []
    run = facts.run
    total_s = sum(time for time in facts.times_s.values() if time is not None)
    if not run.is_too and total_s > run.allocated_s:
        found.append(
            rules.ALLOCATION.finding(
                f"Its blocks take {total_s / 3600:.2f} h, and {run.allocated_s / 3600:.2f} h "
                "were granted."
            )
        )
    found += [
        rules.README.finding(
            f"The section {section!r} of the README is empty.", f"readme.{section}"
        )
        for section in facts.readme_missing
    ]
    if not facts.mounted:
        found.append(
            rules.NOT_MOUNTED.finding(
                f"{run.instrument} is mounted at no telescope when period "
                f"{run.scheduled_period} begins."
            )
        )
    return waived(found, facts.waivers)
