"""Alerts, mutes and labels in SQL; one open alert per feed, whatever the code above believes."""

from datetime import datetime

from sqlalchemy import Connection, delete, exists, literal, select

from domain.errors import NotFound
from domain.ids import AlertId
from domain.watch.alerts import Alert, AlertState, Label, Mute
from storage.statements import put, table_of
from storage.tables.chat import PostingRow
from storage.tables.watch import AlertMuteRow, AlertRow, LabelRow

_ALERTS = table_of(AlertRow)
_MUTES = table_of(AlertMuteRow)
_LABELS = table_of(LabelRow)
_POSTINGS = table_of(PostingRow)
_IDS_AT_ONCE = 500


class SqlAlerts:
    """Implements `AlertStore` on one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, alert: AlertId) -> Alert:
        """Return the alert, locked for this transaction; raises `NotFound`."""
        statement = select(_ALERTS.c.document).where(_ALERTS.c.id == alert).with_for_update()
        document = self._connection.execute(statement).scalar()
        if document is None:
            raise NotFound(f"alert {alert}", say="I don't know that alert any more.")
        return Alert.model_validate_json(document)

    def save(self, alert: Alert) -> None:
        """Add or replace an alert."""
        put(
            self._connection,
            _ALERTS,
            {
                "id": alert.id,
                "root": alert.root,
                "fingerprint": alert.fingerprint,
                "team": alert.team,
                "state": alert.state.value,
                "is_open": alert.is_open,
                "is_shadow": alert.is_shadow,
                "opened_at": alert.opened_at,
                "updated_at": alert.updated_at,
                "outcome": alert.outcome.value if alert.outcome else "",
                "document": alert.model_dump_json(),
            },
        )

    def every_open(self) -> list[Alert]:
        """Return open alerts, shadow ones included, oldest first."""
        rows = self._connection.execute(
            select(_ALERTS.c.document).where(_ALERTS.c.is_open.is_(True)).order_by(_ALERTS.c.opened_at)
        )
        return [Alert.model_validate_json(document) for (document,) in rows]

    def hold_open(self) -> list[Alert]:
        """Return the same, locked for this transaction: what is pressed meanwhile waits, and is not lost."""
        # Everybody who locks several takes them in the order of their ids, so that nobody waits in a circle.
        statement = select(_ALERTS.c.document).where(_ALERTS.c.is_open.is_(True)).order_by(_ALERTS.c.id)
        rows = self._connection.execute(statement.with_for_update())
        found = [Alert.model_validate_json(document) for (document,) in rows]
        return sorted(found, key=lambda alert: alert.opened_at)

    def of_time(
        self, since: datetime, until: datetime | None = None, newest: int | None = None
    ) -> list[Alert]:
        """Return the alerts raised in [since, until) with shadow ones, oldest first; of many the newest."""
        statement = select(_ALERTS.c.document).where(_ALERTS.c.opened_at >= since)
        if until is not None:
            statement = statement.where(_ALERTS.c.opened_at < until)
        rows = self._connection.execute(statement.order_by(_ALERTS.c.opened_at.desc()).limit(newest))
        return [Alert.model_validate_json(document) for (document,) in rows][::-1]

    def mutes_of_time(self, since: datetime) -> list[Mute]:
        """Return the mutes that were in force after a moment."""
        rows = self._connection.execute(select(_MUTES.c.document).where(_MUTES.c.until > since))
        return [Mute.model_validate_json(document) for (document,) in rows]

    def mute(self, mute: Mute) -> None:
        """Tell nobody of a fingerprint until its moment."""
        row = {"fingerprint": mute.fingerprint, "until": mute.until, "document": mute.model_dump_json()}
        put(self._connection, _MUTES, row)

    def mutes(self, now: datetime) -> dict[str, Mute]:
        """Return the mutes in force, by fingerprint."""
        rows = self._connection.execute(select(_MUTES.c.document).where(_MUTES.c.until > now))
        found = [Mute.model_validate_json(document) for (document,) in rows]
        return {mute.fingerprint: mute for mute in found}

    def label(self, label: Label) -> None:
        """Keep a label; one per alert and origin, the newest counts."""
        put(
            self._connection,
            _LABELS,
            {
                "alert": label.alert,
                "by": label.by,
                "feed": label.feed,
                "verdict": label.verdict.value,
                "at": label.at,
                "probability": label.probability,
                "until": label.until,
            },
        )

    def forget_before(self, moment: datetime, *, most: int) -> int:
        """Remove at most so many alerts that have been over since before a moment; return how many.

        What was said of them goes along. One whose card is still kept up to date stays.
        """
        is_shown = exists().where(_POSTINGS.c.subject == literal("alert/") + _ALERTS.c.id)
        # By its index on what is open SQLite would read every alert that is over, and nobody could write.
        is_over = _ALERTS.c.state == AlertState.CLOSED.value
        old = (_ALERTS.c.updated_at < moment) & is_over & ~is_shown
        gone = list(self._connection.execute(select(_ALERTS.c.id).where(old).limit(most)).scalars())
        for first in range(0, len(gone), _IDS_AT_ONCE):
            part = gone[first : first + _IDS_AT_ONCE]
            self._connection.execute(delete(_LABELS).where(_LABELS.c.alert.in_(part)))
            self._connection.execute(delete(_ALERTS).where(_ALERTS.c.id.in_(part)))
        return len(gone)
