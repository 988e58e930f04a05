"""Judging with a plugin, keeping on record, looking up."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from dfs.foundation.errors import UserError
from dfs.host import Host
from dfs.plugin import Measurement, Score, Verdict
from dfs.quality import service

NOW = dt.datetime(2026, 11, 23, 8, 0, tzinfo=dt.UTC)
MakeHost = Callable[..., Host]
Measure = Callable[..., Measurement]


@pytest.fixture
def engine(database: Engine) -> Engine:
    return database


def put(
    engine: Engine,
    host: Host,
    block: str,
    *measurements: Measurement,
    recipe: str = "demo_bias",
) -> tuple[Score, ...]:
    with Session(engine) as session, session.begin():
        return service.record(
            session,
            host=host,
            instrument="demo",
            recipe=recipe,
            block_id=block,
            measurements=[
                m.model_copy(update={"product": f"{block}.{m.category}"}) for m in measurements
            ],
            now=NOW,
        )


def test_hook_dfs_quality_parameters(make_host: MakeHost, level: Measure, struct: Measure) -> None:
    scores = service.measure(make_host(), "demo", "demo_bias", [level(190.0), struct(1.0)])
    assert [s.verdict for s in scores] == [Verdict.WARNING, Verdict.UNJUDGED]


def test_a_parameter_counts_only_for_the_recipes_that_it_names(
    make_host: MakeHost, level: Measure
) -> None:
    (score,) = service.measure(make_host(), "demo", "demo_flat", [level(200.0)])
    assert score.verdict is Verdict.UNJUDGED


def test_hook_dfs_score_quality(engine: Engine, make_host: MakeHost, level: Measure) -> None:
    seen: list[list[float]] = []

    def score(now: Sequence[Measurement], before: Sequence[Measurement]) -> list[Score]:
        seen.append([m.value for m in before])
        return [
            Score(name=m.name, category=m.category, verdict=Verdict.WARNING, reason="it drifts")
            for m in now
            if before and abs(m.value - before[-1].value) > 2.0
        ]

    host = make_host(score)
    put(engine, host, "b3", level(200.5, 61002.0))
    put(engine, host, "b1", level(200.0, 61000.0))
    (score_b2,) = put(engine, host, "b2", level(204.0, 61001.0))
    (score_b4,) = put(engine, host, "b4", level(202.0, 61003.0))
    assert score_b2.reason == "it drifts"
    assert score_b4.verdict is Verdict.GOOD
    assert seen == [[], [], [200.0], [200.0, 204.0, 200.5]]


def raise_error(*_: Any) -> list[Score]:
    raise ValueError("boom")


def score_other(*_: Any) -> list[Score]:
    return [Score(name="QC.OTHER", category="X", verdict=Verdict.GOOD, reason="why not")]


@pytest.mark.parametrize("fault", [raise_error, score_other, lambda *_: 42, lambda *_: ["good"]])
def test_a_plugin_that_fails_to_score_leaves_the_verdict_to_a_person(
    make_host: MakeHost, level: Measure, fault: Callable[..., Any]
) -> None:
    (score,) = service.measure(make_host(fault), "demo", "demo_bias", [level(300.0)])
    assert score.verdict is Verdict.UNJUDGED
    assert "the plugin's scoring failed" in score.reason
    assert "above the limit 220 ADU" in score.reason


def test_measurements_stand_on_record_with_unit_and_verdict(
    engine: Engine, make_host: MakeHost, level: Measure, struct: Measure
) -> None:
    put(engine, make_host(), "b1", level(231.0, 61000.0), struct(math.nan, 61000.0))
    first, second = service.measurements(engine, block="b1")
    assert (first.name, first.value, first.unit) == ("QC.BIAS.LEVEL", 231.0, "ADU")
    assert (first.product, first.verdict) == ("b1.MASTER_BIAS", Verdict.BAD)
    assert first.measured_at == NOW
    assert (second.value, second.verdict) == (None, Verdict.BAD)


def test_a_block_that_runs_again_replaces_its_measurements(
    engine: Engine, make_host: MakeHost, level: Measure, struct: Measure
) -> None:
    host = make_host()
    put(engine, host, "b1", level(231.0), struct(1.0))
    put(engine, host, "b2", level(201.0))
    put(engine, host, "b1", level(200.0))
    assert [(r.block, r.value) for r in service.measurements(engine)] == [
        ("b1", 200.0),
        ("b2", 201.0),
    ]


def test_a_failed_transaction_leaves_nothing_on_record(
    engine: Engine, make_host: MakeHost, level: Measure
) -> None:
    with pytest.raises(RuntimeError), Session(engine) as session, session.begin():
        service.record(
            session,
            host=make_host(),
            instrument="demo",
            recipe="demo_bias",
            block_id="b1",
            measurements=[level(200.0)],
            now=NOW,
        )
        raise RuntimeError
    assert service.measurements(engine) == []


def test_history_gives_the_latest_values_oldest_first(
    engine: Engine, make_host: MakeHost, level: Measure, struct: Measure
) -> None:
    host = make_host()
    for day in (3, 1, 2, 4):
        put(engine, host, f"b{day}", level(200.0 + day, 61000.0 + day), struct(0.5, 61000.0 + day))
    put(engine, host, "b5", level(math.nan, 61000.5))
    with Session(engine) as session:
        found = service.history(
            session,
            instrument="demo",
            recipe="demo_bias",
            names=["QC.BIAS.LEVEL"],
            before_mjd=61004.0,
            without_block="b2",
        )
        latest = service.history(
            session, instrument="demo", recipe="demo_bias", names=["QC.BIAS.LEVEL"], length=2
        )
    assert math.isnan(found[0].value)
    assert [m.value for m in found[1:]] == [201.0, 203.0]
    assert [m.value for m in latest] == [203.0, 204.0]


def test_records_are_found_by_block_product_and_path(
    engine: Engine, make_host: MakeHost, level: Measure
) -> None:
    host = make_host()
    flat = level(200.0).model_copy(update={"category": "FLAT"})
    master = level(200.0).model_copy(update={"category": "MASTER_FLAT"})
    put(engine, host, "abc1", level(200.0), flat, master)
    put(engine, host, "abd2", level(201.0))
    records = service.measurements(engine)
    assert [r.block for r in service.find(records, "abd")] == ["abd2"]
    assert len(service.find(records, "abc1")) == 3
    assert [r.category for r in service.find(records, "abc1.FLAT")] == ["FLAT"]
    path = "dfs-out/products/demo/abc1/night_master_flat.fits"
    assert [r.category for r in service.find(records, path)] == ["MASTER_FLAT"]


@pytest.mark.parametrize(
    ("target", "code"), [("xyz", "qc.unknown-target"), ("ab", "qc.ambiguous-target")]
)
def test_a_target_that_is_unknown_or_ambiguous_is_an_error(
    engine: Engine, make_host: MakeHost, level: Measure, target: str, code: str
) -> None:
    host = make_host()
    put(engine, host, "abc1", level(200.0))
    put(engine, host, "abd2", level(201.0))
    with pytest.raises(UserError) as error:
        service.find(service.measurements(engine), target)
    assert error.value.code.name == code
