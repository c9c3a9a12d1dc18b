"""A delivery is scored by the feed's configuration and by the deliveries that were released before it."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from config_gen.documents import dump
from domain.errands import DeliveryState, Errand, ErrandKind
from domain.identity.chat import Place, Platform
from domain.ids import FeedName, PersonId
from domain.watch.feed_health import QualityPoint
from runtime.settings.house import Settings
from runtime.wiring.comparing.delivery_scoring import fault_of
from runtime.wiring.stores import Stores, open_stores
from runtime.wiring.watch_errands import EngineErrands
from tests.config_gen.builders import JO, a_change, a_config

FEED = FeedName("fx_trades")
NOW = datetime(2026, 11, 23, 7, tzinfo=UTC)
_RULES = [
    {"id": "traded_before_settled", "check": "order", "columns": ["trade_date", "settle_date"]},
    {"id": "amounts_not_equal", "check": "unique", "columns": ["trade_id"]},
]


@pytest.fixture
def stores(tmp_path: Path) -> Stores:
    stores = open_stores(Settings(data_dir=tmp_path / "data"))
    config = a_config()
    settle = config.columns[2].model_copy(update={"name": "settle_date", "source": "Settle"})
    document = config.model_dump(mode="json") | {
        "columns": [*(c.model_dump(mode="json") for c in config.columns), settle.model_dump(mode="json")],
        "quality": {"rules": _RULES, "least_score": 85},
        "watermark": {"column": "trade_date"},
        "sla": {"fresh_within_minutes": 3 * 24 * 60},
    }
    change = a_change(content=dump(type(config).model_validate(document)))
    review = stores.host.open_review(change)
    stores.host.merge(review.number, expected_head_sha=review.head_sha, merged_by=JO)
    return stores


def _delivery(
    tmp_path: Path, *, rows: int = 100, day: str = "22.11.2026", settle: str = "24.11.2026"
) -> Path:
    path = tmp_path / "fx.csv"
    lines = [f"T{number},{100 + number % 7}.50,{day},{settle}" for number in range(rows)]
    path.write_text("\n".join(["Trade Id,Amount,Date,Settle", *lines]) + "\n")
    return path


def _score(stores: Stores, tmp_path: Path, path: Path, feed: FeedName = FEED) -> QualityPoint:
    return EngineErrands(Settings(data_dir=tmp_path / "data"), stores).score(feed, path, path.name, NOW)


def _release(
    stores: Stores,
    tmp_path: Path,
    count: int,
    *,
    feed: FeedName = FEED,
    settle: str = "24.11.2026",
    overall: float = 100.0,
) -> None:
    for number in range(count):
        path = _delivery(tmp_path, rows=100 + number, settle=settle)
        score = _score(stores, tmp_path, path, feed).model_copy(update={"overall": overall})
        errand = Errand(
            id=f"e{settle}.{number}",
            kind=ErrandKind.SCORE_DELIVERY,
            asked_by=PersonId("erin"),
            place=Place(platform=Platform.WEB, workspace="web", channel="data-feeds"),
            at=NOW,
            feed=feed,
            blob=stores.blobs.put(path.read_bytes()),
            file_name=path.name,
        )
        with stores.transactions.writing() as uow:
            uow.errands.save(errand)
            uow.quality.save_score(errand.id, feed, score, DeliveryState.RELEASED, NOW)


def test_what_nothing_is_known_of_is_not_measured_instead_of_perfect(stores: Stores, tmp_path: Path) -> None:
    score = _score(stores, tmp_path, _delivery(tmp_path))

    assert score.overall == 100.0
    assert "distribution" not in score.dimensions
    assert "volume" not in score.dimensions
    assert {"consistency", "timeliness", "uniqueness"} <= set(score.dimensions)


def test_rules_of_the_configuration_and_old_rows_pull_the_score_down(stores: Stores, tmp_path: Path) -> None:
    settled_before = _score(stores, tmp_path, _delivery(tmp_path, settle="01.11.2026"))
    old = _score(stores, tmp_path, _delivery(tmp_path, day="02.01.2019"))

    assert settled_before.dimensions["consistency"] == 0.0
    assert any("traded_before_settled" in finding for finding in settled_before.findings)
    assert old.dimensions["timeliness"] == 0.0
    assert old.overall <= 20.0


def test_released_deliveries_teach_what_is_usual(stores: Stores, tmp_path: Path) -> None:
    _release(stores, tmp_path, 6)

    usual = _score(stores, tmp_path, _delivery(tmp_path, rows=103))
    text = _delivery(tmp_path, rows=103).read_text()
    constant = tmp_path / "constant.csv"
    constant.write_text(re.sub(r",10\d\.50,", ",100.50,", text))
    flat = _score(stores, tmp_path, constant)
    few = _score(stores, tmp_path, _delivery(tmp_path, rows=3))

    assert usual.overall == 100.0
    assert {"volume", "distribution"} <= set(usual.dimensions)
    assert flat.dimensions["distribution"] == 0.0
    assert few.dimensions["volume"] == 0.0
    assert "volume: usual number of rows (3 rows where 102 are usual)" in few.findings


@pytest.mark.parametrize(("times", "is_told"), [(1, True), (2, True), (3, False)])
def test_what_people_let_pass_once_or_twice_is_no_habit(
    stores: Stores, tmp_path: Path, times: int, is_told: bool
) -> None:
    free = FeedName("free_of_rules")
    _release(stores, tmp_path, 5, feed=free)
    _release(stores, tmp_path, times, feed=free, settle="", overall=40.0)

    again = _score(stores, tmp_path, _delivery(tmp_path, settle=""), free)

    assert ("completeness: usually filled of Settle, 100 of 100" in again.findings) is is_told


def test_three_different_faults_are_no_habit(stores: Stores, tmp_path: Path) -> None:
    free = FeedName("free_of_rules")
    _release(stores, tmp_path, 5, feed=free)
    _release(stores, tmp_path, 2, feed=free, settle="", overall=40.0)
    with stores.transactions.writing() as uow:
        other = QualityPoint(
            measured_at=NOW, overall=40.0, findings=("volume: usual number of rows (3 rows)",)
        )
        uow.quality.save_score("e.1", free, other, DeliveryState.RELEASED, NOW)

    again = _score(stores, tmp_path, _delivery(tmp_path, settle=""), free)

    assert "completeness: usually filled of Settle, 100 of 100" in again.findings


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("completeness: required of Käufer, 60 of 60", "completeness: required of Käufer, 1,060 of 2,000"),
        (
            "volume: usual number of rows (3 rows where 102 are usual)",
            "volume: usual number of rows (9 rows)",
        ),
        ("reconciliation: 12 rows declared, 9 there", "reconciliation: 40 rows declared, 41 there"),
    ],
)
def test_a_fault_is_the_same_however_often_it_was_found(one: str, other: str) -> None:
    assert fault_of(one) == fault_of(other)
    assert fault_of(one) != fault_of("completeness: required of Datum, 60 of 60")


def test_a_configuration_says_from_which_score_its_deliveries_are_held_back(
    stores: Stores, tmp_path: Path
) -> None:
    assert _score(stores, tmp_path, _delivery(tmp_path)).bar == 85.0


def test_cells_that_are_not_of_their_agreed_type_pull_validity_down(stores: Stores, tmp_path: Path) -> None:
    path = _delivery(tmp_path)
    path.write_text(path.read_text().replace("T7,100.50,22.11.2026", "T7,about a hundred,31.02.2026"))

    score = _score(stores, tmp_path, path)

    assert score.dimensions["validity"] < 100.0
    assert any(
        "agreed type of Amount, 1 of 100" in one and "about a hundred" in one for one in score.findings
    )
    assert any("agreed type of Date, 1 of 100" in one and "31.02.2026" in one for one in score.findings)
