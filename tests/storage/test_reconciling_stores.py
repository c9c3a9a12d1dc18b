"""What comparisons and tidying ask of SQL, on SQLite and PostgreSQL."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from domain.configuration.changes import ChangeKind, ChangeState, ConfigChange
from domain.data_quality.discrepancies import DiscrepancyState, closed
from domain.data_quality.publications import Publication, publication_id
from domain.errands import DeliveryState, Errand, ErrandKind, ErrandState
from domain.errors import Collision
from domain.identity.chat import FileRef, Place, Platform
from domain.ids import BlobId, FeedName, PersonId, RequestId, RunId
from domain.running.runs import Outcome, Run
from domain.telling.postings import View
from domain.watch.feed_health import QualityPoint
from storage.unit_of_work import SqlTransactions
from tests.bot.test_discrepancy_card import _one
from tests.domain.builders import a_posting

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
FX = FeedName("fx_trades")
PLACE = Place(platform=Platform.WEB, workspace="web", channel="data-feeds")
SAMPLE, DELIVERED = BlobId("a" * 64), BlobId("b" * 64)


def _errand(name: str, kind: ErrandKind, state: ErrandState = ErrandState.DONE) -> Errand:
    return Errand(
        id=name,
        kind=kind,
        state=state,
        asked_by=PersonId("erin"),
        place=PLACE,
        at=NOW - timedelta(days=500),
        feed=FX,
        blob=DELIVERED if kind is ErrandKind.SCORE_DELIVERY else None,
    )


def test_a_feed_has_one_open_difference_and_a_closed_one_makes_room(transactions: SqlTransactions) -> None:
    one = _one()
    with transactions.writing() as uow:
        uow.discrepancies.save(one)
    with pytest.raises((IntegrityError, Collision)), transactions.writing() as uow:
        uow.discrepancies.save(one.model_copy(update={"id": "m2"}))

    with transactions.writing() as uow:
        uow.discrepancies.save(closed(one, DiscrepancyState.AGREES, "They agree.", NOW))
        uow.discrepancies.save(one.model_copy(update={"id": "m2"}))
    with transactions.reading() as uow:
        assert [each.id for each in uow.discrepancies.every_open()] == ["m2"]
        found = uow.discrepancies.open_of(one.feed)
        assert found is not None
        assert found.id == "m2"
        assert len(uow.discrepancies.of_names([one.id, "m2", "none"])) == 2


def test_only_good_runs_that_ended_in_the_span_are_followed(transactions: SqlTransactions) -> None:
    def run(name: str, hours: float, outcome: Outcome = Outcome.OK) -> Run:
        end = NOW - timedelta(hours=hours)
        return Run(FX, RunId(name), end, outcome, finished_at=end)

    with transactions.writing() as uow:
        uow.runs.add_history([run("a", 5), run("b", 4), run("bad", 3, Outcome.FAILED), run("new", 0.1)], NOW)
    with transactions.reading() as uow:
        found = uow.runs.ended_well(
            [FX, FeedName("other")], NOW - timedelta(hours=4.5), NOW - timedelta(hours=1)
        )

    assert {feed: [one.run for one in runs] for feed, runs in found.items()} == {FX: ["b"]}


def test_every_use_of_a_file_is_found_and_comparisons_of_long_ago_are_forgotten(
    transactions: SqlTransactions,
) -> None:
    change = ConfigChange(
        id=RequestId("c1"),
        kind=ChangeKind.ONBOARD,
        state=ChangeState.MERGED,
        requested_by=PersonId("erin"),
        place=PLACE,
        files=(FileRef(name="s.csv", size_bytes=1, blob=SAMPLE),),
        opened_at=NOW,
        updated_at=NOW,
    )
    with transactions.writing() as uow:
        uow.errands.save(_errand("d1", ErrandKind.SCORE_DELIVERY))
        uow.errands.save(_errand("r1", ErrandKind.RECONCILE))
        uow.errands.save(_errand("r2", ErrandKind.RECONCILE, ErrandState.WANTED))
        uow.quality.save_score("d1", FX, QualityPoint(measured_at=NOW, overall=50.0), DeliveryState.HELD, NOW)
        uow.changes.save(change)

    with transactions.writing() as uow:
        files = {file.blob: file for file in uow.kept_files.every()}
        assert uow.quality.held(FX) == ["d1"]
        assert uow.kept_files.named_elsewhere([SAMPLE]) == set()
        assert uow.quality.forget_before(NOW - timedelta(days=400), (), newest=10, most=10) == 1
        assert set(uow.errands.several(["d1", "r1", "r2"])) == {"d1", "r2"}
    assert (files[DELIVERED].state, files[DELIVERED].feed) == (DeliveryState.HELD, FX)
    assert files[SAMPLE].is_in_use is False


def test_days_that_are_held_back_are_facts_of_their_feed_until_they_are_decided(
    transactions: SqlTransactions,
) -> None:
    held = Publication(
        id=publication_id(FX, "2026-11-21"),
        feed=FX,
        business_date="2026-11-21",
        state=DeliveryState.HELD,
        at=NOW,
        errand="r1",
    )
    with transactions.writing() as uow:
        uow.publications.save(held)

    with transactions.reading() as uow:
        assert uow.publications.held() == uow.publications.kept_out("2026-11-21") == [held]
        assert uow.publications.kept_out("2026-11-22") == []
        assert uow.publications.held_days() == {FX: ("2026-11-21",)}
    with transactions.writing() as uow:
        assert uow.publications.forget_before(NOW + timedelta(days=1)) == 0
        uow.publications.save(held.model_copy(update={"state": DeliveryState.RELEASED}))
        assert uow.publications.held() == []
        assert uow.publications.held_days() == {}
        assert uow.publications.forget_before(NOW + timedelta(days=1)) == 1
        assert uow.publications.find(held.id) is None


def test_subjects_are_counted_once_by_how_their_keys_begin(transactions: SqlTransactions) -> None:
    with transactions.writing() as uow:
        for key, subject, days in (
            ("a_1", "s1", 1),
            ("a_2", "s1", 1),
            ("a_3", "s2", 1),
            ("a_4", "s3", 9),
            ("ab5", "s4", 1),
        ):
            at = NOW - timedelta(days=days)
            uow.postings.add(a_posting(View.ROWS, subject, PLACE, at, key=key))

    with transactions.reading() as uow:
        assert uow.posting_lookup.subjects_since("a_", NOW - timedelta(days=7)) == 2
