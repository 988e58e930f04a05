"""Certificates and rejections on record, and what follows from them."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import Engine, event
from sqlalchemy.orm import Session

from dfs.foundation.errors import StorageError, UserError
from dfs.host import Host
from dfs.plugin import Measurement, Verdict
from dfs.quality import service
from dfs.quality.certification import Certificate, Decision

NOW = dt.datetime(2026, 11, 23, 8, 0, tzinfo=dt.UTC)


@dataclass
class Product:
    id: str
    category: str
    sha256: str
    content: str = ""


@pytest.fixture
def reduce_bias(
    database: Engine, make_host: Callable[..., Host], level: Callable[..., Measurement]
) -> Callable[..., Verdict]:
    """Record a block that made a master bias of some content."""

    def run(
        block: str, content: str = "content", value: float = 200.0, lasting: str = ""
    ) -> Verdict:
        product = f"{block}.MASTER_BIAS"
        digest = hashlib.sha256(content.encode()).hexdigest()
        with Session(database) as session, session.begin():
            (score,) = service.record(
                session,
                host=make_host(),
                instrument="demo",
                recipe="demo_bias",
                block_id=block,
                measurements=[level(value, 61000.0).model_copy(update={"product": product})],
                products=[Product(product, "MASTER_BIAS", digest, lasting)],
                now=NOW,
            )
        return score.verdict

    return run


@pytest.fixture
def decide(database: Engine) -> Callable[..., list[Certificate]]:
    def run(target: str, decision: Decision, reason: str = "") -> list[Certificate]:
        return service.decide(database, target, decision, who="jane", reason=reason, now=NOW)

    return run


def test_a_decision_is_on_record_with_who_why_and_when(database, reduce_bias, decide) -> None:
    reduce_bias("b1")
    (made,) = decide("b1", Decision.REJECTED, " a gradient ")
    assert service.certificates(database) == [made]
    assert (made.product, made.decision, made.who, made.reason, made.decided_at) == (
        *("b1.MASTER_BIAS", Decision.REJECTED, "jane", "a gradient", NOW),
    )
    assert made.in_force


def test_the_history_is_kept_and_the_latest_decision_counts(database, reduce_bias, decide) -> None:
    reduce_bias("b1")
    decide("b1", Decision.CERTIFIED)
    decide("b1", Decision.REJECTED, "a gradient")
    assert service.rejections(database).reason("b1.MASTER_BIAS") == "a gradient (jane, 2026-11-23)"
    decide("b1", Decision.REVOKED, "it was the lamp")
    assert service.rejections(database).reason("b1.MASTER_BIAS") == ""
    found = service.certificates(database)
    assert [c.decision.value for c in found] == ["certified", "rejected", "revoked"]
    assert [c.in_force for c in found] == [False, False, True]


def test_a_product_made_anew_with_other_content_is_undecided(database, reduce_bias, decide) -> None:
    reduce_bias("b1")
    decide("b1", Decision.REJECTED, "a gradient")
    reduce_bias("b1")
    assert service.rejections(database).reason("b1.MASTER_BIAS")
    reduce_bias("b1", "other content")
    assert not service.rejections(database).reason("b1.MASTER_BIAS")
    assert [c.in_force for c in service.certificates(database)] == [False]
    (record,) = service.measurements(database)
    assert record.decision is None
    with pytest.raises(UserError, match=r"nothing is decided .*\[qc.nothing-to-revoke\]"):
        decide("b1", Decision.REVOKED, "why not")


def test_a_product_made_again_alike_stays_decided(database, reduce_bias, decide) -> None:
    reduce_bias("b1", "made in May", lasting="same pixels")
    decide("b1", Decision.REJECTED, "a gradient")
    reduce_bias("b1", "made in June", lasting="same pixels")
    assert service.rejections(database).reason("b1.MASTER_BIAS")
    assert service.certificates(database)[0].in_force


def test_a_bad_product_is_certified_with_a_reason_only(database, reduce_bias, decide) -> None:
    assert reduce_bias("b1", value=300.0) is Verdict.BAD
    with pytest.raises(UserError, match=r"verdict is bad \[qc.reason-needed\]"):
        decide("b1", Decision.CERTIFIED)
    assert service.certificates(database) == []
    decide("b1", Decision.CERTIFIED, "a new amplifier")
    (record,) = service.measurements(database)
    assert (record.verdict, record.decision) == (Verdict.BAD, Decision.CERTIFIED)


def test_only_the_products_that_are_named_are_decided_on(database, reduce_bias, decide) -> None:
    reduce_bias("b1")
    reduce_bias("c2")
    decide("c2.MASTER_BIAS", Decision.REJECTED, "a gradient")
    assert not service.rejections(database).reason("b1.MASTER_BIAS")
    assert service.certificates(database, "b1") == []
    assert len(service.certificates(database, "c")) == 1


@pytest.mark.parametrize("target", ["x9", "b1.MASTER_DARK"])
def test_what_is_not_on_record_cannot_be_decided_on(reduce_bias, decide, target: str) -> None:
    reduce_bias("b1")
    with pytest.raises(UserError, match=r"\[qc.unknown-target\]"):
        decide(target, Decision.CERTIFIED)


def test_a_file_must_be_the_product_that_is_decided_on(reduce_bias, decide, tmp_path: Path) -> None:
    reduce_bias("b1", "content")
    file = tmp_path / "results" / "demo" / "b1" / "a-key" / "night_master_bias.fits"
    file.parent.mkdir(parents=True)
    file.write_text("content")
    (made,) = decide(str(file), Decision.CERTIFIED)
    assert made.product == "b1.MASTER_BIAS"
    file.write_text("what was made last year")
    with pytest.raises(UserError, match=r"another content .*\[qc.other-content\]"):
        decide(str(file), Decision.CERTIFIED)


def test_a_block_stands_for_all_its_products_or_for_none(
    database, make_host, level, decide
) -> None:
    good, bad = level(200.0), level(300.0).model_copy(update={"category": "BPM"})
    with Session(database) as session, session.begin():
        service.record(
            session,
            host=make_host(),
            instrument="demo",
            recipe="demo_bias",
            block_id="b1",
            measurements=[
                m.model_copy(update={"product": f"b1.{m.category}"}) for m in (good, bad)
            ],
            products=[Product(f"b1.{c}", c, "0" * 64) for c in ("MASTER_BIAS", "BPM")],
            now=NOW,
        )
    with pytest.raises(UserError, match=r"b1\.BPM: its verdict is bad"):
        decide("b1", Decision.CERTIFIED)
    assert service.certificates(database) == []
    assert len(decide("b1", Decision.REJECTED, "a gradient")) == 2


def test_a_decision_that_cannot_be_written_is_refused_by_name(
    database, reduce_bias, decide
) -> None:
    reduce_bias("b1")
    event.listen(database, "connect", lambda dbapi, _: dbapi.execute("PRAGMA query_only = ON"))
    with pytest.raises(StorageError) as caught:
        decide("b1", Decision.REJECTED, "a gradient")
    assert caught.value.code.name == "qc.not-recorded"
    assert service.certificates(database) == []
