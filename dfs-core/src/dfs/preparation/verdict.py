"""All that is found of blocks and containers: by the core's rules, then by the instrument's own.

Whoever asks, the service or an astronomer at home, hears the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from dfs.foundation.errors import DfsError
from dfs.host import Host
from dfs.instruments.service import Packages
from dfs.plugin import Container, ContainerKind, Finding, ObservationBlock
from dfs.preparation.verification import (
    Facts,
    is_malformed,
    placed,
    verifier_failed,
    verify_block,
    verify_container,
    waived,
)


def of_block(
    host: Host, packages: Packages, block: ObservationBlock, facts: Facts
) -> list[Finding]:
    """Verify a block; an instrument that gives no answer is a finding that blocks."""
    try:
        package = packages.get(block.instrument, block.package_version)
    except DfsError as error:
        return [verifier_failed(error.detail, "package_version")]
    found = verify_block(block, package, facts)
    if not is_malformed(found):
        found += _asked(lambda: host.verify_ob(package.instrument, block, package), facts)
    return found


def of_container(
    host: Host,
    packages: Packages,
    container: Container,
    facts: Facts,
    found: Mapping[int, Sequence[Finding]],
) -> list[Finding]:
    """Verify a container whose blocks are verified already.

    Parameters
    ----------
    found : of each block in it, by id.

    Returns
    -------
    list of Finding
        Paths of what concerns a member begin with ``members[i]``.
    """
    findings = verify_container(container, facts)
    blocks = container.blocks()
    sound = not any(is_malformed(found[block.id]) for block in blocks)
    if container.kind is not ContainerKind.FOLDER and blocks and sound:
        findings += _asked(lambda: _of_instrument(host, packages, container), facts)
    for index, member in enumerate(container.members):
        item = member.item
        inner = (
            of_container(host, packages, item, facts, found)
            if isinstance(item, Container)
            else found[item.id]
        )
        findings += [placed(finding, index) for finding in inner]
    return findings


def _of_instrument(host: Host, packages: Packages, container: Container) -> Sequence[Finding]:
    used = {
        block.package_version: packages.get(block.instrument, block.package_version)
        for block in container.blocks()
    }
    instrument = next(iter(used.values())).instrument
    return host.verify_container(instrument, container, used)


def _asked(question: Callable[[], Sequence[Finding]], facts: Facts) -> list[Finding]:
    try:
        return waived(question(), facts.waivers)
    except DfsError as error:
        return [verifier_failed(error.detail)]
