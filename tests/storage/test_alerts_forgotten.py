"""What a year of alerts leaves behind goes at the age of their runs, and nothing that is still looked at."""

from datetime import timedelta

from sqlalchemy import select

from domain.identity.chat import Place, Platform
from domain.ids import AlertId, FeedName
from domain.telling.postings import View
from domain.watch.alerts import AlertState, Label
from domain.watch.feed_health import LogEntry
from domain.watch.predictions import Verdict
from storage.engine import Database
from storage.statements import table_of
from storage.tables.watch import AlertRow, LabelRow
from storage.unit_of_work import SqlTransactions
from tests.domain.builders import NOW, a_posting, an_alert


def test_alerts_that_were_over_long_ago_are_forgotten_with_their_words_but_not_under_a_card(
    transactions: SqlTransactions, database: Database
) -> None:
    ages = {"old": 500, "older": 501, "shown": 502, "open": 503, "new": 5}
    place = Place(platform=Platform.WEB, workspace="web", channel="data-feeds")
    with transactions.writing() as uow:
        for name, days in ages.items():
            at = NOW - timedelta(days=days)
            state = AlertState.RAISED if name == "open" else AlertState.CLOSED
            alert = an_alert(at, id=AlertId(name), root=FeedName(name), state=state)
            uow.alerts.save(alert)
            uow.alerts.label(
                Label(alert=alert.id, feed=alert.root, verdict=Verdict.HAPPENED, by="ana", at=at)
            )
        uow.postings.add(a_posting(View.ALERT, "alert/shown", place, NOW))

    gone = []
    while not gone or gone[-1]:
        with transactions.writing() as uow:
            gone.append(uow.alerts.forget_before(NOW - timedelta(days=400), most=1))

    assert gone == [1, 1, 0]
    with database.reading() as connection:
        for table, column in ((AlertRow, "id"), (LabelRow, "alert")):
            kept = connection.execute(select(table_of(table).c[column])).scalars()
            assert sorted(kept) == ["new", "open", "shown"]


def test_old_lines_of_the_promotion_log_go_but_for_those_by_which_nothing_is_told_twice(
    transactions: SqlTransactions,
) -> None:
    long_ago = NOW - timedelta(days=500)
    kept = ("model", "training", "trust")
    with transactions.writing() as uow:
        for kind, at in (("feed", long_ago), ("feed", NOW), *((kind, long_ago) for kind in kept)):
            uow.forecasts.write(LogEntry(at=at, kind=kind, subject="fx", sentence="moved"))

    with transactions.writing() as uow:
        gone = [uow.forecasts.forget_lines(NOW - timedelta(days=400), most=5) for _ in range(2)]

    assert gone == [1, 0]
    with transactions.reading() as uow:
        assert all(uow.forecasts.last_line(kind) for kind in kept)
        assert uow.forecasts.last_line("feed") == LogEntry(
            at=NOW, kind="feed", subject="fx", sentence="moved"
        )
