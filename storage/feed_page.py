"""Everything about one feed: runs with what is usual of them, estimates, quality, comparisons, lineage."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from sqlalchemy import Connection, select

from domain.running.runs import Run
from domain.trends import forecast_band, share_of, trend_in_words
from domain.watch.alerts import Alert
from domain.watch.feed_health import Band, FeedHealth, FeedPage, Neighbour, QualityPoint, RunPoint, ToldPoint
from domain.watch.oddities import FeedOddities, OddPoint
from storage.statements import table_of
from storage.stores.quality_store import SqlQuality
from storage.stores.runs_store import SqlRuns
from storage.tables.watch import AlertRow, OddityRow, PredictionRow

_ALERTS = table_of(AlertRow)
_PREDICTIONS = table_of(PredictionRow)
_ODDITIES = table_of(OddityRow)

_MOST_TOLD = 400
_SCORES, _COMPARISONS, _MOST_ALERTS = 60, 30, 20
_LEAST_FOR_A_BAND = 5
_NEVER = datetime.min.replace(tzinfo=UTC)


def page_of(
    connection: Connection, health: FeedHealth, others: Sequence[FeedHealth], most_runs: int
) -> FeedPage:
    """Return the page of a feed; `others` are all feeds, for its lineage."""
    runs = sorted(
        (_point(run) for run in SqlRuns(connection).of_feed(health.name, most_runs)),
        key=lambda run: run.scheduled_at or run.at or _NEVER,  # a late report belongs where its run does
    )
    quality = SqlQuality(connection)
    scores = quality.scores(health.name, _SCORES)
    by_name = {one.name: one for one in others}
    return FeedPage(
        health=health.model_copy(update={"quality": scores[-1].overall if scores else None}),
        runs=tuple(runs),
        duration_band=_band(run.minutes for run in runs),
        rows_band=_band(None if run.rows is None else float(run.rows) for run in runs),
        told=tuple(_told(connection, health.name)),
        quality=tuple(scores),
        quality_forecast=_forecast(scores),
        quality_trend=trend_in_words([score.overall for score in scores]),
        reconciliations=tuple(quality.reconciliations(health.name, _COMPARISONS)),
        upstreams=tuple(_neighbour(by_name[name]) for name in health.upstreams if name in by_name),
        downstreams=tuple(_neighbour(one) for one in others if health.name in one.upstreams),
        alerts=tuple(_alerts(connection, health.name)),
        odd=_odd(connection, health.name),
    )


def _point(run: Run) -> RunPoint:
    seconds = run.duration_seconds
    return RunPoint(
        run=run.run,
        outcome=run.outcome.value,
        scheduled_at=run.scheduled_at,
        started_at=run.started_at,
        finished_at=run.finished_at,
        minutes=None if seconds is None else round(seconds / 60.0, 2),
        rows=run.rows_written if run.rows_written is not None else run.rows_read,
        rejected=run.rows_rejected,
        retries=run.retries,
        error=run.error_class,
    )


def _band(values: Iterable[float | None]) -> Band | None:
    known = sorted(value for value in values if value is not None)
    if len(known) < _LEAST_FOR_A_BAND:
        return None
    return Band(low=share_of(known, 0.1), middle=share_of(known, 0.5), high=share_of(known, 0.9))


def _told(connection: Connection, feed: str) -> list[ToldPoint]:
    rows = connection.execute(
        select(
            _PREDICTIONS.c.made_at,
            _PREDICTIONS.c.probability,
            _PREDICTIONS.c.is_alerted,
            _PREDICTIONS.c.is_shadow,
            _PREDICTIONS.c.is_judged,
            _PREDICTIONS.c.trouble_at,
        )
        .where(_PREDICTIONS.c.feed == feed)
        .order_by(_PREDICTIONS.c.made_at.desc())
        .limit(_MOST_TOLD)
    )
    found = [
        ToldPoint(
            made_at=made_at,
            probability=probability,
            alerted=alerted and not in_shadow,
            came_true=trouble_at is not None if judged else None,
        )
        for made_at, probability, alerted, in_shadow, judged, trouble_at in rows
    ]
    return found[::-1]


def _forecast(scores: Sequence[QualityPoint]) -> Band | None:
    if len(scores) < 2:
        return None
    low, middle, high = forecast_band([score.overall for score in scores], ahead=1)
    return Band(low=low, middle=middle, high=high)


def _neighbour(one: FeedHealth) -> Neighbour:
    return Neighbour(name=one.name, state=one.state, probability=one.probability)


def _alerts(connection: Connection, feed: str) -> list[Alert]:
    rows = connection.execute(
        select(_ALERTS.c.document)
        .where(_ALERTS.c.root == feed)
        .order_by(_ALERTS.c.opened_at.desc())
        .limit(_MOST_ALERTS)
    )
    return [Alert.model_validate_json(document) for (document,) in rows]


def _odd(connection: Connection, feed: str) -> tuple[OddPoint, ...]:
    document = connection.execute(select(_ODDITIES.c.document).where(_ODDITIES.c.feed == feed)).scalar()
    return () if document is None else FeedOddities.model_validate_json(document).points
