"""Read what the watch knows of feeds, for pages, the REST interface and the chat."""

import json
import time
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, func, select

from domain.investigation.incidents import IncidentKind
from domain.ports.feed_health import A_FEW_HOURS
from domain.running.feed_troubles import FeedTroubles
from domain.running.feeds import COST_OF_A_MISS, Criticality
from domain.watch.alerts import Alert
from domain.watch.feed_health import (
    FeedHealth,
    FeedPage,
    IntakeHealth,
    Light,
    LogEntry,
    ScorecardView,
    TimelineEntry,
)
from domain.watch.models import RULE
from storage.engine import Database
from storage.feed_page import page_of
from storage.statements import table_of
from storage.stores.forecast_log import SERVING
from storage.tables.incidents import IncidentRow
from storage.tables.rows import DeliveryRow, ReconciliationRow
from storage.tables.watch import (
    IN_TROUBLE,
    AlertRow,
    RefusedRow,
    RunRow,
    ScorecardRow,
    WatchedFeedRow,
    WatchLogRow,
)

_FEEDS = table_of(WatchedFeedRow)
_ALERTS = table_of(AlertRow)
_RUNS = table_of(RunRow)
_REFUSED = table_of(RefusedRow)
_LOG = table_of(WatchLogRow)
_CARDS = table_of(ScorecardRow)
_DELIVERIES = table_of(DeliveryRow)
_RECONCILIATIONS = table_of(ReconciliationRow)
_INCIDENTS = table_of(IncidentRow)

_URGENCY = {Light.RED: 0, Light.YELLOW: 1, Light.GREEN: 2, Light.GREY: 3}
_LINES = 50
_LIKELY_SHARE = 0.5
"""Of its threshold: from there a feed is worth a line in the timeline."""
_COUNT_KEPT = 100
"""So many times as long as counting all runs took, the number is kept: a hundredth of the time at most."""


class SqlFeedHealth:
    """Implements `FeedHealthReader` and `AlertReader`; parsed feeds are kept until their row changes."""

    def __init__(self, database: Database, stopwatch: Callable[[], float] = time.monotonic) -> None:
        self._database = database
        self._stopwatch = stopwatch
        self._parsed: dict[str, tuple[str, FeedHealth]] = {}
        self._run_count = (0, 0.0)
        """How many runs are known, and until when by the stopwatch that is new enough."""

    def version(self) -> str:
        """Return a short text that changes whenever anything may have."""
        with self._reading() as connection:
            parts = [
                connection.execute(select(func.max(table.c[column]))).scalar()
                for table, column in (
                    (_FEEDS, "changed_at"),
                    (_ALERTS, "updated_at"),
                    (_CARDS, "at"),
                    (_DELIVERIES, "changed_at"),
                    (_RECONCILIATIONS, "changed_at"),
                )
            ]
            # Closed ones are many after a year, and change no more.
            states = connection.execute(
                select(_ALERTS.c.state, func.count())
                .where(_ALERTS.c.is_open.is_(True))
                .group_by(_ALERTS.c.state)
                .order_by(_ALERTS.c.state)
            )
            counts = ",".join(f"{state}={count}" for state, count in states)
            incidents = connection.execute(
                select(_INCIDENTS.c.document)
                .where(_INCIDENTS.c.is_open.is_(True), _INCIDENTS.c.kind == IncidentKind.INCIDENT.value)
                .order_by(_INCIDENTS.c.id)
            )
            worked_on = zlib.crc32("".join(incidents.scalars()).encode())
        moments = "|".join("" if at is None else f"{at.timestamp():.3f}" for at in parts)
        return f"{moments}|{counts}|{worked_on:x}"

    def every(self) -> Sequence[FeedHealth]:
        """Return all feeds under watch, the most urgent first."""
        with self._reading() as connection:
            found = self._healths(connection)
        return sorted(found, key=_urgency)

    def one(self, name: str, *, runs: int = 90) -> FeedPage | None:
        """Return everything about a feed, None when it is not under watch."""
        with self._reading() as connection:
            health = next(iter(self._healths(connection, name)), None)
            if health is None:
                return None
            return page_of(connection, health, self._healths(connection), runs)

    def timeline(self, now: datetime, ahead: timedelta = A_FEW_HOURS) -> Sequence[TimelineEntry]:
        """Return what is likely to fail in the next hours, in order of time."""
        entries = []
        for one in self.every():
            is_late = one.overdue_at is not None and one.overdue_at < now
            # A feed whose last run failed is in trouble; only another failure is a thing to come.
            likely = one.probability >= _LIKELY_SHARE * one.threshold or one.state is Light.YELLOW or is_late
            at = one.overdue_at or one.next_due or now
            if likely and one.state is not Light.GREY and at <= now + ahead:
                entries.append(
                    TimelineEntry(
                        feed=one.name,
                        at=max(at, now),
                        probability=one.probability,
                        state=one.state,
                        team=one.team,
                        criticality=one.criticality,
                        impact=one.impact,
                        reasons=one.reasons,
                        alert=one.alert,
                        zone=one.zone,
                        finish_early=one.finish_early,
                        finish_late=one.finish_late,
                    )
                )
        return sorted(entries, key=lambda entry: (entry.at, -entry.probability, entry.feed))

    def troubles(self, since: datetime, until: datetime) -> Sequence[FeedTroubles]:
        """Return the feeds whose runs ended in trouble in [since, until), the most often first."""
        # Counted here: asked to group them, SQLite reads all runs by feed instead of these alone.
        statement = select(_RUNS.c.feed, _RUNS.c.outcome, _RUNS.c.finished_at).where(
            IN_TROUBLE, _RUNS.c.finished_at >= since, _RUNS.c.finished_at < until
        )
        counts: dict[str, Counter[str]] = {}
        last: dict[str, datetime] = {}
        with self._reading() as connection:
            for feed, outcome, ended in connection.execute(statement):
                counts.setdefault(feed, Counter())[outcome] += 1
                last[feed] = max(last.get(feed, ended), ended)
        found = [
            FeedTroubles(feed=feed, counts=dict(some), last_at=last[feed]) for feed, some in counts.items()
        ]
        return sorted(found, key=lambda one: (-one.count, one.feed))

    def intake(self) -> IntakeHealth:
        """Return what came in and what was refused."""
        with self._reading() as connection:
            refused = connection.execute(
                select(_REFUSED.c.source, _REFUSED.c.reason, func.sum(_REFUSED.c.count))
                .group_by(_REFUSED.c.source, _REFUSED.c.reason)
                .order_by(func.sum(_REFUSED.c.count).desc())
                .limit(_LINES)
            )
            newest = connection.execute(select(_REFUSED).order_by(_REFUSED.c.at.desc()).limit(20)).mappings()
            examples = [
                (row["at"], row["source"], row["reason"], text)
                for row in newest
                for text in json.loads(row["examples"])
            ]
            return IntakeHealth(
                runs=self._count_runs(connection),
                feeds=int(connection.execute(select(func.count()).select_from(_FEEDS)).scalar() or 0),
                last_report_at=connection.execute(select(func.max(_RUNS.c.taken_at))).scalar(),
                refused=tuple((source, reason, int(count)) for source, reason, count in refused),
                examples=tuple(examples[:_LINES]),
            )

    def _count_runs(self, connection: Connection) -> int:
        """Return how many runs are known: of some millions, how many were half a minute ago."""
        count, until = self._run_count
        begun = self._stopwatch()
        if begun >= until:
            count = int(connection.execute(select(func.count()).select_from(_RUNS)).scalar() or 0)
            ended = self._stopwatch()
            self._run_count = count, ended + _COUNT_KEPT * (ended - begun)
        return count

    def open_alerts(self, *, with_shadow: bool = False) -> Sequence[Alert]:
        """Return open alerts, the most urgent first."""
        statement = select(_ALERTS.c.document).where(_ALERTS.c.is_open.is_(True))
        if not with_shadow:
            statement = statement.where(_ALERTS.c.is_shadow.is_(False))
        with self._reading() as connection:
            found = [Alert.model_validate_json(document) for (document,) in connection.execute(statement)]
        return sorted(found, key=lambda alert: (-alert.priority, alert.opened_at))

    def alert(self, alert: str) -> Alert | None:
        """Return one alert, open or closed."""
        with self._reading() as connection:
            document = connection.execute(select(_ALERTS.c.document).where(_ALERTS.c.id == alert)).scalar()
        return None if document is None else Alert.model_validate_json(document)

    def alerts(
        self, *, feed: str = "", team: str = "", limit: int = 100, before: datetime | None = None
    ) -> Sequence[Alert]:
        """Return alerts opened before a moment, the newest first."""
        statement = select(_ALERTS.c.document).order_by(_ALERTS.c.opened_at.desc()).limit(limit)
        wanted: list[tuple[bool, Callable[[], Any]]] = [
            (bool(feed), lambda: _ALERTS.c.root == feed),
            (bool(team), lambda: _ALERTS.c.team == team),
            (before is not None, lambda: _ALERTS.c.opened_at < before),
        ]
        for is_asked, condition in wanted:
            if is_asked:
                statement = statement.where(condition())
        with self._reading() as connection:
            return [Alert.model_validate_json(document) for (document,) in connection.execute(statement)]

    def scorecard(self) -> ScorecardView:
        """Return the newest scorecard; empty before the first."""
        with self._reading() as connection:
            rows = connection.execute(select(_CARDS.c.basis, _CARDS.c.document))
            cards = {basis: ScorecardView.model_validate_json(document) for basis, document in rows}
            # Of one training: the model, then the levels of teams, then feeds.
            order = (_LOG.c.at.desc(), _LOG.c.kind.desc(), _LOG.c.subject)
            lines = connection.execute(select(_LOG).order_by(*order).limit(_LINES)).mappings()
            log = tuple(
                LogEntry(at=row["at"], kind=row["kind"], subject=row["subject"], sentence=row["sentence"])
                for row in lines
            )
        none = ScorecardView()
        live, tested, serving = (cards.get(basis, none) for basis in ("live", "backtest", SERVING))
        return live.model_copy(
            update={
                "backtest": tested.overall,
                "teams": live.teams or tested.teams,
                "feeds": live.feeds or tested.feeds,
                "model": "" if serving.model == RULE else serving.model or tested.model,
                "log": log,
                "measured_at": live.measured_at or tested.measured_at,
            }
        )

    def _healths(self, connection: Connection, name: str = "") -> list[FeedHealth]:
        statement = select(_FEEDS.c.name, _FEEDS.c.health).where(_FEEDS.c.health != "")
        if name:
            statement = statement.where(_FEEDS.c.name == name)
        found = []
        for feed, text in connection.execute(statement):
            before = self._parsed.get(feed)
            if before is None or before[0] != text:
                before = (text, FeedHealth.model_validate_json(text))
                self._parsed[feed] = before
            found.append(before[1])
        return found

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        with self._database.reading() as connection:
            yield connection


def _urgency(one: FeedHealth) -> tuple[int, float, str]:
    cost = COST_OF_A_MISS.get(Criticality(one.criticality), 1.0)
    return _URGENCY[one.state], -one.probability * cost, one.name
