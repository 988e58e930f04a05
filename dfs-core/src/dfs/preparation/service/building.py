"""Blocks and containers that come from outside, stored as part of one change."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from dfs.foundation.errors import UserError
from dfs.plugin import Container, ContainerKind, ObservationBlock
from dfs.preparation.errors import NESTING, OTHER_INSTRUMENT
from dfs.preparation.formats.archive import ArchivedFile, Files
from dfs.preparation.logic.containers import nesting_problem
from dfs.preparation.logic.fields import read_name, read_priority
from dfs.preparation.logic.intervals import settle_absolute, settle_sidereal
from dfs.preparation.model import ItemKind
from dfs.preparation.service.arranging import HOLDS, append_member, require_open
from dfs.preparation.service.blocks import read_changes, starting_constraints
from dfs.preparation.service.context import Preparation
from dfs.preparation.service.files import put_chart, put_ephemeris, put_parameter_file
from dfs.preparation.service.journal import ITEM, TEMPLATE, Journal, Record, empty_item
from dfs.preparation.service.store import absolute_json, membership_columns, sidereal_json
from dfs.preparation.service.templates import FILES, append_template, read_parameters

if TYPE_CHECKING:
    from dfs.plugin import InstrumentPackage

_FIELDS = (
    "user_priority",
    "description_name",
    "user_comments",
    "instrument_comments",
    "calibration_requirements",
    "constraint_set_name",
)


def build(
    room: Preparation,
    journal: Journal,
    container_id: int,
    items: Sequence[ObservationBlock | Container],
    files: Files | None = None,
) -> list[int]:
    """Store blocks and containers at the end of a container.

    Parameters
    ----------
    journal : of the change.
    container_id : that gets them.
    items : with all that they hold; everything in them is read as if a person had typed it.
    files : of their blocks, counted through all items from zero.

    Returns
    -------
    list of int
        Ids of the items, in order.

    Raises
    ------
    UserError
        ``preparation.*``, ``parameter.*``: something of them cannot be; `where` begins
        with the name of the item. Nothing is stored.
    """
    around = journal.item(container_id)
    require_open(around)
    counted = _Builder(room, journal, files or {})
    made = [counted.put(item, around) for item in items]
    journal.count_up(around, *HOLDS)
    return made


class _Builder:
    def __init__(self, room: Preparation, journal: Journal, files: Files) -> None:
        self._room = room
        self._journal = journal
        self._files = files
        self._blocks = iter(range(1 << 31))

    def put(self, item: ObservationBlock | Container, around: Record) -> int:
        try:
            row = self._item(item, around)
        except UserError as error:
            where = f"{item.name}: {error.where}" if error.where else item.name
            raise UserError(error.code, error.detail, where=where) from error
        if isinstance(item, Container):
            self._members(item, row)
        return int(row["id"])

    def _item(self, item: ObservationBlock | Container, around: Record) -> Record:
        journal = self._journal
        kind = ItemKind(item.kind)
        problem = nesting_problem(kind, ItemKind(around["kind"]), is_service=journal.run.is_service)
        if problem:
            raise UserError(NESTING, problem)
        values = empty_item(kind, read_name(item.name, "name"), journal.run.id, around["id"], 0)
        if isinstance(item, Container):
            if item.kind is not ContainerKind.FOLDER:
                values["user_priority"] = read_priority(item.user_priority)
            return journal.item(journal.insert(ITEM, values | append_member(journal, around)))
        return self._block(item, values, around)

    def _members(self, container: Container, row: Record) -> None:
        for index, member in enumerate(container.members):
            made = self._journal.item(self.put(member.item, row))
            if container.kind is ContainerKind.GROUP or (
                container.kind is ContainerKind.TIME_LINK and index
            ):
                self._journal.update(ITEM, made, membership_columns(member.membership))

    def _block(self, block: ObservationBlock, values: Record, around: Record) -> Record:
        journal, run = self._journal, self._journal.run
        package = self._room.packages.get(run.instrument, block.package_version)
        if block.instrument.casefold() != package.instrume.casefold():
            raise UserError(
                OTHER_INSTRUMENT, f"it is for {block.instrument}, the run for {run.instrument}"
            )
        values["package_version"] = package.version
        values["constraints"] = starting_constraints(package, run)
        changes: Record = {name: getattr(block, name) for name in _FIELDS}
        changes["constraints"] = dict(block.constraints)
        if block.target is not None:
            changes["target"] = block.target
        values |= read_changes(values, changes, package)
        values["absolute_intervals"] = absolute_json(settle_absolute(block.absolute_intervals))
        values["sidereal_intervals"] = sidereal_json(settle_sidereal(block.sidereal_intervals))
        made = journal.insert(ITEM, values | append_member(journal, around))
        row = journal.item(made)
        templates = list(self._templates(block, row, package))
        for file in self._files.get(next(self._blocks), ()):
            self._attach(file, row, templates)
        return row

    def _templates(
        self, block: ObservationBlock, row: Record, package: InstrumentPackage
    ) -> Iterator[Record]:
        for index, template in enumerate(block.templates):
            signature = package.template(template.name)
            known = signature.parameters if signature else ()
            empty: Record = {
                "name": template.name,
                "parameters": {one.name: one.default for one in known},
            }
            # The name of a file stands for its content, which comes with the files.
            files = {one.name for one in known if one.type in FILES}
            given = {
                name: value
                for name, value in template.parameters.items()
                if value is not None and name not in files
            }
            read = read_parameters(package, empty, given, f"templates[{index}].parameters")
            kind = signature.kind if signature else template.kind
            made = append_template(self._journal, row, template.name, kind, read)
            yield self._journal.rows(TEMPLATE, TEMPLATE.table.c.id == made)[0]

    def _attach(self, file: ArchivedFile, row: Record, templates: Sequence[Record]) -> None:
        if file.kind == "chart":
            put_chart(self._journal, row["id"], file.name, file.content)
        elif file.kind == "ephemeris":
            put_ephemeris(self._journal, row, file.name, file.content)
        elif file.template is not None and 0 <= file.template < len(templates):
            put_parameter_file(
                self._room,
                self._journal,
                row,
                templates[file.template],
                file.parameter,
                file.name,
                file.content,
            )
