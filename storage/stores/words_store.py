"""What people said of alerts, and how alerts ended, for what learns from it."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, RowMapping, and_, exists, select, text

from domain.ids import AlertId, FeedName
from domain.running.runs import TROUBLE, Outcome
from domain.watch.alerts import Alert, Label
from domain.watch.predictions import Verdict
from domain.watch.verdicts import OUTCOME, Word, words_of
from domain.watch.watching import ToldAlert
from storage.statements import table_of
from storage.tables.calendars import DeadlineExtensionRow
from storage.tables.watch import AlertRow, LabelRow, RunRow

_ALERTS = table_of(AlertRow)
_LABELS = table_of(LabelRow)
_EXTENSIONS = table_of(DeadlineExtensionRow)
_RUNS = table_of(RunRow)
_A_DAY_MICROSECONDS = 86_400 * 1_000_000


class SqlWords:
    """Implements `WordStore` on one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def since(self, moment: datetime) -> Sequence[Word]:
        """Return what stands above the reports, of alerts raised after a moment; the newest word counts."""
        rows = self._connection.execute(
            select(_LABELS, _ALERTS.c.document)
            .join_from(_LABELS, _ALERTS, _LABELS.c.alert == _ALERTS.c.id)
            .where(_ALERTS.c.opened_at > moment)
            .order_by(_LABELS.c.at, _LABELS.c.by)
        ).mappings()
        newest: dict[str, tuple[Label, Alert]] = {}
        for row in rows:
            label, before = _label(row), newest.get(row["alert"])
            # What a person said stands, whatever the sweeps see afterwards.
            if before is None or label.by != OUTCOME or before[0].by == OUTCOME:
                newest[row["alert"]] = label, Alert.model_validate_json(row["document"])
        told = [word for label, alert in newest.values() for word in words_of(label, alert)]
        return [*told, *self._in_time(moment)]

    def _in_time(self, since: datetime) -> list[Word]:
        """Return a word for each later deadline by which a run had ended well, and none had failed."""
        ended = and_(
            _RUNS.c.feed == _EXTENSIONS.c.feed,
            # What ended since then was reported since then: the index leads there, past all older runs.
            _RUNS.c.seen_at > _EXTENSIONS.c.given_at - text(str(_A_DAY_MICROSECONDS)),
            _RUNS.c.finished_at > _EXTENSIONS.c.given_at,
            _RUNS.c.finished_at <= _EXTENSIONS.c.until,
        )
        bad = _RUNS.c.outcome.in_([outcome.value for outcome in TROUBLE])
        kept = (
            select(_EXTENSIONS.c.feed, _EXTENSIONS.c.given_at, _EXTENSIONS.c.until)
            .where(_EXTENSIONS.c.until > since)
            .where(exists().where(ended, _RUNS.c.outcome == Outcome.OK.value))
            .where(~exists().where(ended, bad))
        )
        return [
            Word(FeedName(feed), Verdict.DID_NOT_HAPPEN, given_at, until, until)
            for feed, given_at, until in self._connection.execute(kept)
        ]

    def endings(self, since: datetime) -> Sequence[ToldAlert]:
        """Return how alerts that foretold something ended, shadow ones included, oldest first.

        Left out are those of which that is not known: open ones, muted ones, those that joined another; and
        those that were raised when it was late already.
        """
        rows = self._connection.execute(
            select(_ALERTS.c.document)
            .where(_ALERTS.c.opened_at > since, _ALERTS.c.outcome != "")
            .order_by(_ALERTS.c.opened_at)
        )
        alerts = (Alert.model_validate_json(document) for (document,) in rows)
        return [
            ToldAlert(
                alert.root, alert.opened_at, alert.closed_at or alert.updated_at, alert.outcome, alert.peak
            )
            for alert in alerts
            if alert.outcome is not None and alert.is_foretold
        ]


def _label(row: RowMapping) -> Label:
    return Label(
        alert=AlertId(row["alert"]),
        feed=FeedName(row["feed"]),
        verdict=Verdict(row["verdict"]),
        by=row["by"],
        at=row["at"],
        probability=row["probability"],
        until=row["until"],
    )
