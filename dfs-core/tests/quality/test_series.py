"""Judging by what was measured before, and following series in time."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from dfs.host import Host
from dfs.plugin import Measurement, Score, Verdict
from dfs.quality import service
from dfs.quality.certification import Decision

NOW = dt.datetime(2026, 11, 23, 8, 0, tzinfo=dt.UTC)
FIRST_MJD = 61000.0
USUAL = (3.0, 3.1, 2.9, 3.05, 2.95, 3.0)
"""Median 3.0, 1.4826 MAD 0.07413."""


@dataclass
class Product:
    id: str
    category: str = "MASTER_BIAS"
    sha256: str = "0" * 64
    content: str = ""


@pytest.fixture
def host(make_host: Callable[..., Host]) -> Host:
    return make_host()


@pytest.fixture
def put(database: Engine, host: Host, noise: Callable[..., Measurement]) -> Callable[..., Score]:
    """Record the read noise of a night."""

    def run(night: int, value: float, **setup: str | int) -> Score:
        block = f"b{night}{''.join(map(str, setup.values()))}"
        product = f"{block}.MASTER_BIAS"
        measurement = noise(value, FIRST_MJD + night)
        with Session(database) as session, session.begin():
            (score,) = service.record(
                session,
                host=host,
                instrument="demo",
                recipe="demo_bias",
                block_id=block,
                measurements=[measurement.model_copy(update={"product": product, "setup": setup})],
                products=[Product(product)],
                now=NOW,
            )
        return score

    return run


@pytest.fixture
def usual(put: Callable[..., Score]) -> list[Score]:
    return [put(night, value) for night, value in enumerate(USUAL)]


def test_with_too_few_values_only_the_declared_limits_judge(usual: list[Score]) -> None:
    assert {score.verdict for score in usual} == {Verdict.GOOD}
    assert usual[0].reason == (
        "3 e- is within the limits, 0 to 10 e-; no trend yet: 0 of 4 earlier values"
    )
    assert "no trend yet: 3 of 4" in usual[3].reason
    assert usual[4].reason == (
        "2.95 e- is within the limits, 0 to 10 e-; it is within 3 σ of "
        "the median 3.025 e- of 4 earlier values (σ is 0.0741 e-)"
    )


@pytest.mark.parametrize(
    ("value", "verdict", "reason"),
    [
        (3.26, Verdict.WARNING, "3.26 e- is 3.5 σ above the median 3 e- of 6 earlier values "
         "(σ is 0.0741 e-); more than 3 σ is warning: look at the product before relying on it; "
         "3.26 e- is within the limits, 0 to 10 e-"),
        (2.5, Verdict.BAD, "2.5 e- is 6.7 σ below the median 3 e- of 6 earlier values "
         "(σ is 0.0741 e-); more than 5 σ is bad: check the raw frames, and do not use the "
         "product until then; 2.5 e- is within the limits, 0 to 10 e-"),
        (11.0, Verdict.BAD, "11 e- is above the limit 10 e-: check the raw frames, and do not use "
         "the product until then; 11 e- is 107.9 σ above the median 3 e- of 6 earlier values "
         "(σ is 0.0741 e-); more than 5 σ is bad"),
    ],
)  # fmt: skip
def test_of_limits_and_trend_the_worse_verdict_wins(
    usual: list[Score], put, value: float, verdict: Verdict, reason: str
) -> None:
    score = put(10, value)
    assert (score.verdict, score.reason) == (verdict, reason)


def test_what_was_bad_is_not_learnt_until_a_person_certifies_it(
    database: Engine, usual: list[Score], put
) -> None:
    jumped = [put(10 + night, 5.0 + night % 2 / 10).verdict for night in range(8)]
    assert set(jumped) == {Verdict.BAD}
    for night in range(8):
        service.decide(
            database, f"b{10 + night}", Decision.CERTIFIED, who="jane", reason="a new CCD", now=NOW
        )
    assert put(20, 5.05).verdict is Verdict.GOOD


def test_rejected_products_do_not_enter(database: Engine, usual: list[Score], put) -> None:
    for night in range(3):
        service.decide(
            database, f"b{night}", Decision.REJECTED, who="jane", reason="light leak", now=NOW
        )
    assert "no trend yet: 3 of 4 earlier values" in put(10, 3.0).reason


def test_a_night_is_judged_by_the_nights_before_it(usual: list[Score], put) -> None:
    assert "no trend yet: 2 of 4" in put(2, 3.0).reason


def test_another_set_up_is_another_series(usual: list[Score], put) -> None:
    assert "no trend yet: 0 of 4" in put(10, 5.0, SPEED="slow").reason


def test_the_floor_stands_in_for_a_scatter_that_is_too_small(put) -> None:
    for night in range(5):
        assert put(night, 3.0).verdict is Verdict.GOOD
    assert put(10, 3.04).verdict is Verdict.WARNING


def test_a_trend_has_the_latest_values_that_count_and_all_between(
    database: Engine, host: Host, usual: list[Score], put
) -> None:
    put(10, 9.0)
    put(11, 3.02)
    (wanted,) = service.select_series(database, name="QC.BIAS.RON")
    (trend,) = service.trends(database, host, [wanted], 3)
    assert [p.value for p in trend.points] == [2.95, 3.0, 9.0, 3.02]
    assert trend.statistics is not None
    assert (trend.statistics.count, trend.unit, trend.is_declared) == (3, "e-", True)
    (whole,) = service.trends(database, host, [wanted])
    assert [p.value for p in whole.points if whole.is_outlier(p)] == [9.0]


def test_series_are_chosen_by_what_tells_them_apart(database: Engine, put) -> None:
    put(0, 3.0, SPEED="slow", BIN=1)
    put(1, 3.0, SPEED="fast", BIN=2)
    every = service.select_series(database)
    assert [s.setup["SPEED"] for s in every] == ["fast", "slow"]
    assert service.select_series(database, setup={"SPEED": "SLOW"}) == every[1:]
    assert service.select_series(database, setup={"BIN": "2.0"}) == every[:1]
    assert service.select_series(database, setup={"BIN": "two"}) == []
    assert service.select_series(database, setup={"MODE": "x"}) == []
    assert service.select_series(database, category="MASTER_FLAT") == []


def test_a_report_is_told_what_was_measured_before(
    database: Engine, host: Host, usual: list[Score], noise, put
) -> None:
    measurement = noise(2.95, FIRST_MJD + 4)
    score = usual[4]
    (alone,) = service.describe(host, "demo", "demo_bias", [measurement], [score])
    assert alone.trend is None
    (told,) = service.describe(
        host, "demo", "demo_bias", [measurement], [score], database=database, block_id="b4"
    )
    assert told.trend is not None
    assert [p.value for p in told.trend.points] == list(USUAL[:4])
