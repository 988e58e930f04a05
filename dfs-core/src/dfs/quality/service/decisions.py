"""Certificates and rejections, and what the organiser is told of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine, Select, func, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from dfs.foundation.database import writing
from dfs.foundation.errors import StorageError, UserError
from dfs.foundation.files import sha256_file
from dfs.plugin import Verdict
from dfs.quality.certification import Certificate, Decision, check, standing
from dfs.quality.errors import NOT_RECORDED, OTHER_CONTENT
from dfs.quality.logic import worst
from dfs.quality.model import RecordedProduct
from dfs.quality.service.lookup import find, open_workspace
from dfs.quality.tables import CertificateRow, JudgedProductRow, MeasurementRow

__all__ = ["RejectedProducts", "certificates", "decide", "rejections", "rejections_of_workspace"]


def decide(
    engine: Engine,
    target: str,
    decision: Decision,
    *,
    who: str,
    reason: str = "",
    now: dt.datetime,
) -> list[Certificate]:
    """Certify or reject a product, or revoke the decision before; of a block all products.

    Parameters
    ----------
    engine : the database.
    target : what `find` understands. If it is a file, that file must be the product.
    decision : what is decided.
    who : by whom.
    reason : why.
    now : when, UTC.

    Returns
    -------
    list of Certificate
        One for each product.

    Raises
    ------
    UserError
        ``qc.unknown-target``, ``qc.ambiguous-target``, ``qc.other-content``,
        ``qc.reason-needed`` or ``qc.nothing-to-revoke``; nothing is decided.
    StorageError
        ``qc.not-recorded``; nothing is decided.
    """
    with _on_record(engine), writing(engine) as session:
        chosen = find(_products(session), target)
        if (file := Path(target)).is_file():
            _insist_on_content(file, chosen[0])
        for product in chosen:
            check(
                product.product,
                standing(_decisions(session, product)),
                decision,
                _verdict(session, product),
                reason,
            )
        rows = [
            CertificateRow(
                product=product.product,
                sha256=product.sha256,
                content=product.content,
                decision=decision.value,
                who=who,
                reason=reason.strip(),
                decided_at=now,
            )
            for product in chosen
        ]
        session.add_all(rows)
        return [_certificate(row, in_force=True) for row in rows]


@contextmanager
def _on_record(engine: Engine) -> Iterator[None]:
    try:
        yield
    except DBAPIError as error:
        where = str(engine.url.database)
        raise StorageError(NOT_RECORDED, str(error.orig), where=where) from error


def _products(session: Session) -> list[RecordedProduct]:
    row = JudgedProductRow
    query = select(row.id, row.block, row.category, row.sha256, row.content).order_by(row.id)
    return [RecordedProduct(*r) for r in session.execute(query)]


def _insist_on_content(file: Path, product: RecordedProduct) -> None:
    if sha256_file(file) != product.sha256:
        detail = f"it has another content than {product.product} has in this workspace"
        raise UserError(OTHER_CONTENT, detail, where=str(file))


def _decisions(session: Session, product: RecordedProduct) -> list[Decision]:
    row = CertificateRow
    same = row.product == product.product, row.content == product.content
    query = select(row.decision).where(*same).order_by(row.id)
    return [Decision(decision) for decision in session.scalars(query)]


def _verdict(session: Session, product: RecordedProduct) -> Verdict:
    query = select(MeasurementRow.verdict).where(MeasurementRow.product == product.product)
    return worst(Verdict(verdict) for verdict in session.scalars(query))


def certificates(engine: Engine, target: str = "") -> list[Certificate]:
    """Give all decisions on record, in their order.

    Parameters
    ----------
    engine : the database.
    target : only of these products, see `find`; empty for all.

    Raises
    ------
    UserError
        ``qc.unknown-target`` or ``qc.ambiguous-target``.
    """
    with Session(engine) as session:
        products = {p.product: p for p in _products(session)}
        chosen = find(list(products.values()), target) if target else ()
        wanted = {product.product for product in chosen}
        latest = set(session.scalars(_latest_of_each_content()))
        rows = session.scalars(select(CertificateRow).order_by(CertificateRow.id))
        return [
            _certificate(row, in_force=row.id in latest and _is_of(row, products))
            for row in rows
            if not target or row.product in wanted
        ]


def _latest_of_each_content() -> Select[int]:
    row = CertificateRow
    return select(func.max(row.id)).group_by(row.product, row.content)


def _is_of(row: CertificateRow, products: Mapping[str, RecordedProduct]) -> bool:
    product = products.get(row.product)
    return product is not None and product.content == row.content


def _certificate(row: CertificateRow, *, in_force: bool) -> Certificate:
    return Certificate(
        product=row.product,
        sha256=row.sha256,
        content=row.content,
        decision=Decision(row.decision),
        who=row.who,
        reason=row.reason,
        decided_at=row.decided_at,
        in_force=in_force,
    )


@dataclass(frozen=True, slots=True)
class RejectedProducts:
    """The rejected products of a workspace, as the organiser asks for them.

    See `dfs.organiser.ports.Rejections`.

    Parameters
    ----------
    reasons : by identifier of the product.
    """

    reasons: Mapping[str, str]

    def reason(self, product_id: str) -> str:
        """Say why a product was rejected; empty if it was not."""
        return self.reasons.get(product_id, "")


def rejections(engine: Engine) -> RejectedProducts:
    """Give the products whose present content is rejected, with who said so, when and why."""
    row, product = CertificateRow, JudgedProductRow
    query = (
        select(row)
        .join(product, (product.id == row.product) & (product.content == row.content))
        .where(row.id.in_(_latest_of_each_content()), row.decision == Decision.REJECTED.value)
    )
    with Session(engine) as session:
        return RejectedProducts(
            {
                found.product: f"{found.reason} ({found.who}, {found.decided_at:%Y-%m-%d})"
                for found in session.scalars(query)
            }
        )


def rejections_of_workspace(folder: Path) -> RejectedProducts:
    """Give what is rejected in a workspace that exists.

    Raises
    ------
    UserError
        ``qc.no-workspace``.
    StorageError
        The database cannot be opened.
    """
    with open_workspace(folder) as engine:
        return rejections(engine)
