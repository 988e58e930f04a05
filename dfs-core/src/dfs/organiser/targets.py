"""Targets: of all the blocks of a folder, those that somebody wants, and what they need."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from dfs.foundation.errors import UserError
from dfs.host import RegisteredInstrument
from dfs.organiser.errors import UNKNOWN_TARGET
from dfs.organiser.model import Organisation, ReductionBlock

EVERYTHING: Final = "all"
"""The target of every block."""


def restrict(
    organisation: Organisation, target: str, instruments: Mapping[str, RegisteredInstrument]
) -> Organisation:
    """Keep the blocks that a target asks for, and those that they need.

    Parameters
    ----------
    organisation : the folder.
    target : one that the instruments declare; an action of the rules; a category of
        products; or ``all``.
    instruments : by id.

    Returns
    -------
    Organisation
        Its blocks have the parameters of the target.

    Raises
    ------
    UserError
        ``organise.unknown-target``: nothing here is called so.
    """
    if target == EVERYTHING:
        return organisation
    here = {block.instrument: instruments[block.instrument] for block in organisation.blocks}
    wanted = [block for block in organisation.blocks if _is_wanted(block, target, here)]
    declared = any(target in instrument.workflows for instrument in here.values())
    if not wanted and not declared:
        raise UserError(UNKNOWN_TARGET, _unknown(target, here.values(), organisation.blocks))
    kept = _with_ancestors(wanted, organisation.blocks)
    return replace(
        organisation,
        blocks=tuple(
            _with_parameters(block, target, here[block.instrument])
            for block in organisation.blocks
            if block.id in kept
        ),
    )


def _is_wanted(
    block: ReductionBlock, target: str, instruments: Mapping[str, RegisteredInstrument]
) -> bool:
    workflow = instruments[block.instrument].workflows.get(target)
    if workflow is not None:
        return block.action in workflow.actions
    return target == block.action or target in block.products


def _with_ancestors(
    wanted: Iterable[ReductionBlock], blocks: Sequence[ReductionBlock]
) -> frozenset[str]:
    by_id = {block.id: block for block in blocks}
    kept: set[str] = set()
    waiting = [block.id for block in wanted]
    while waiting:
        id_ = waiting.pop()
        if id_ not in kept:
            kept.add(id_)
            waiting += by_id[id_].depends_on
    return frozenset(kept)


def _with_parameters(
    block: ReductionBlock, target: str, instrument: RegisteredInstrument
) -> ReductionBlock:
    workflow = instrument.workflows.get(target)
    given = workflow.parameters.get(block.recipe) if workflow else None
    return replace(block, parameters={**block.parameters, **given}) if given else block


def _unknown(
    target: str,
    instruments: Iterable[RegisteredInstrument],
    blocks: Iterable[ReductionBlock],
) -> str:
    declared = sorted({name for instrument in instruments for name in instrument.workflows})
    actions = sorted({block.action for block in blocks})
    categories = sorted({category for block in blocks for category in block.products})
    return (
        f"nothing here is called {target!r}; there are the targets "
        f"{', '.join([EVERYTHING, *declared])}, the actions {', '.join(actions) or 'none'} "
        f"and the products {', '.join(categories) or 'none'}"
    )
