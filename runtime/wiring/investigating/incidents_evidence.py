"""Evidence about our own feeds: their runs, the feeds they wait for, their configuration and its history."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from domain.clock.wall_clock import moment_in, span_in
from domain.configuration.reviews import text_diff
from domain.errors import DogwatchError
from domain.ids import FeedName, RunId
from domain.investigation.evidence import (
    Alert,
    Change,
    ChangeKind,
    IncidentCase,
    PastRun,
    RunFacts,
    UpstreamRun,
)
from domain.ports.change_host import FeedShelf
from domain.ports.diagnostician import EvidenceGatherer, Gathered, Inquiry
from domain.ports.transactions import Opening, UnitOfWork
from domain.running.feeds import UNKNOWN_SCHEDULE, Feed
from domain.running.runs import Outcome, Run
from runtime.wiring.investigating.run_in_question import (
    began,
    due_of,
    late_by,
    missing_since,
    row_in_question,
)
from runtime.wiring.investigating.task_log import task_log
from runtime.wiring.investigating.upstream_runs import status_of, upstream_runs

log = logging.getLogger("dogwatch.evidence")

_MOST_RUNS = 60
_LONG_BEFORE = timedelta(minutes=10)
_SAME_STORY = timedelta(hours=12)  # a daily feed has not run again by then
_MOST_CHANGES, _LOOKED_BACK = 6, 200
"""Versions of the configuration that are told, and among how many those of a past day are looked for."""


class FeedEvidence:
    """Implements `EvidenceGatherer` with what this house knows of its feeds, on top of telemetry.

    Args:
        telemetry: Gathers metrics, logs, traces, topology and changes; None where nothing is connected.
    """

    def __init__(self, reading: Opening, shelf: FeedShelf, telemetry: EvidenceGatherer | None = None) -> None:
        self._reading = reading
        self._shelf = shelf
        self._telemetry = telemetry

    def gather(self, inquiry: Inquiry) -> Gathered:
        """Return what could be had; what is away is named in the case."""
        kind, _, name = inquiry.about.partition("/")
        if kind != "feed":
            return self._below(inquiry)
        run = self._run(name, inquiry)
        # The run says when; nothing has to be looked for in the hours that were asked about.
        found = self._below(replace(inquiry, began_at=_moment(run, inquiry), since=None))
        unavailable = list(found.case.unavailable)
        if run is None:
            unavailable.append(f"runs of {name}: none was reported to me yet")
            run = RunFacts(feed=name, run_id="", status="unknown", started_at=inquiry.asked_at.timestamp())
        told = task_log(found.case, run)
        run = replace(run, changes=self._changes(name, inquiry.until, unavailable), log=(*run.log, *told))
        heard = [found.where_from["log"]] if told and "log" in found.where_from else []
        known_by = ", ".join(["runs reported to Dogwatch", *heard])
        sources = {"run": known_by, "schema": "the feed's configuration"}
        return replace(
            found,
            case=replace(found.case, unavailable=tuple(unavailable)),
            run=run,
            looked=_other_run(run, inquiry),
            where_from={**sources, "change": "the configuration repository", **found.where_from},
        )

    def _below(self, inquiry: Inquiry) -> Gathered:
        empty = IncidentCase(
            case_id=inquiry.incident,
            anomaly_time=inquiry.began_at.timestamp(),
            alert=Alert(service=inquiry.about.partition("/")[2], summary=inquiry.title),
        )
        if self._telemetry is None:
            missing = "metrics, logs and traces: no source of telemetry is connected"
            return Gathered(case=replace(empty, unavailable=(missing,)))
        try:
            return self._telemetry.gather(inquiry)
        except DogwatchError as error:
            log.warning("no telemetry for a diagnosis: %s", error, extra={"incident": inquiry.incident})
            return Gathered(case=replace(empty, unavailable=(f"telemetry: {error.sentence()}",)))

    def _run(self, name: str, inquiry: Inquiry) -> RunFacts | None:
        # Whoever looks again a week later asks about the run of then: the feed has gone on since.
        at = inquiry.until or min(inquiry.asked_at, inquiry.began_at + _SAME_STORY)
        with self._reading() as uow:
            known = _known(uow, FeedName(name), inquiry.asked_at, at, inquiry.since)
        if known.due is not None:
            return RunFacts(
                feed=name,
                run_id="",
                status="missing",
                started_at=known.due.timestamp(),
                upstream=known.upstream,
                earlier=tuple(_past(run) for run in known.before),
                services=_services(known.feed),
                usual_columns=known.configured,
            )
        if known.run is None:
            return None
        columns = known.delivered.get(known.run.run, {})
        usual = _usual_columns(columns, known.before, known.delivered, known.configured)
        found = _facts(name, known.run, known.before, known.upstream, known.feed)
        found = replace(found, columns=columns, usual_columns=usual)
        if known.feed is None or known.feed.schedule == UNKNOWN_SCHEDULE:
            return found
        return replace(found, late_by=late_by(known.feed, known.run, known.before, at))

    def _changes(self, name: str, until: datetime | None, unavailable: list[str]) -> tuple[Change, ...]:
        try:
            versions = list(self._shelf.history(FeedName(name), _LOOKED_BACK if until else _MOST_CHANGES + 1))
            # Of a day that is over, what was changed since is no cause, and must not crowd out what was.
            versions = [one for one in versions if until is None or one.at <= until][: _MOST_CHANGES + 1]
            contents = [self._shelf.read_feed(FeedName(name), version.sha) for version in versions]
        except DogwatchError as error:
            unavailable.append(f"history of the configuration: {error.sentence()}")
            return ()
        changes = []
        for row, version in enumerate(versions[:_MOST_CHANGES]):
            before = contents[row + 1] if row + 1 < len(contents) else None
            changes.append(
                Change(
                    change_id=version.sha,
                    kind=ChangeKind.CONFIG,
                    at=version.at.timestamp(),
                    service=name,
                    summary=f"{version.subject} by {version.author}",
                    files=(f"feeds/{name}.yaml",),
                    diff=text_diff(before, contents[row], f"feeds/{name}.yaml")[:6000],
                )
            )
        return tuple(changes)


@dataclass(frozen=True)
class _Known:
    """What is kept of a feed: the run that is asked about, or when one was due that never came."""

    feed: Feed | None
    run: Run | None
    due: datetime | None
    before: Sequence[Run]
    upstream: tuple[UpstreamRun, ...]
    configured: dict[str, str]
    delivered: dict[RunId, dict[str, str]]


def _known(
    uow: UnitOfWork, name: FeedName, asked_at: datetime, at: datetime, since: datetime | None
) -> _Known:
    """Return what is known by now of the run that people asked about at a moment, or in the hours before."""
    everything = {watched.feed.name: watched for watched in uow.watched.every()}
    watched = {key: one.feed for key, one in everything.items()}
    feed, entry = watched.get(name), uow.feeds.find(name)
    seen = [run for run in uow.runs.of_feed(name, _MOST_RUNS) if run.seen_at <= asked_at and began(run) <= at]
    runs = sorted(seen, key=began)  # as they ran, not as they were reported
    due = missing_since(feed, runs, everything[name].since if feed is not None else None, at)
    row = row_in_question(feed, runs, at, since) if runs and due is None else len(runs)
    run = runs[row] if row < len(runs) else None
    start = due or (began(run) if run is not None else at)
    end = run.finished_at if run is not None and run.finished_at is not None else at
    return _Known(
        feed=feed,
        run=run,
        due=due,
        before=runs[:row],
        upstream=upstream_runs(
            feed, lambda other: uow.runs.of_feed(other, _MOST_RUNS), watched, start=start, end=end
        ),
        configured=dict(entry.facts.columns) if entry is not None else {},
        delivered=uow.runs.columns_of_feed(name, _MOST_RUNS),
    )


def _other_run(run: RunFacts, inquiry: Inquiry) -> str:
    """Return that no run went on in the hours that are asked about, and which one this is about instead."""
    if inquiry.since is None or run.status == "unknown":
        return ""
    until = inquiry.until or inquiry.asked_at
    begun = datetime.fromtimestamp(run.started_at, UTC)
    ended = until if run.finished_at is None else datetime.fromtimestamp(run.finished_at, UTC)
    due = begun if run.due_at is None else datetime.fromtimestamp(run.due_at, UTC)
    if (begun <= until and ended >= inquiry.since) or inquiry.since <= due <= until:
        return ""
    when = span_in(inquiry.zone, inquiry.since, until, inquiry.asked_at)
    which = "what is missing since" if run.status == "missing" else "the run before, which began"
    return (
        f"I know no run of {run.feed} of {when}; this is about {which} "
        f"{moment_in(inquiry.zone, begun, inquiry.asked_at)}"
    )


def _moment(run: RunFacts | None, inquiry: Inquiry) -> datetime:
    """Return around which moment telemetry tells of a run: in the morning people ask about the night.

    A run that still goes on is asked about now; one that failed is about its end, a slow one about its start.
    """
    if run is None or run.status in ("unknown", "running"):
        return inquiry.began_at
    at = run.started_at
    if run.status == "failed" and run.finished_at is not None:
        at = run.finished_at
    moment = datetime.fromtimestamp(at, UTC)
    return moment if moment < inquiry.began_at - _LONG_BEFORE else inquiry.began_at


def _facts(
    name: str, run: Run, before: Sequence[Run], upstream: tuple[UpstreamRun, ...], feed: Feed | None
) -> RunFacts:
    good = [earlier for earlier in before if earlier.outcome is Outcome.OK]
    said = list(run.warnings)
    if run.error_class:
        said.append(f"ERROR {run.error_class}")
    return RunFacts(
        feed=name,
        run_id=run.run,
        status=status_of(run),
        started_at=began(run).timestamp(),
        finished_at=None if run.finished_at is None else run.finished_at.timestamp(),
        usual_seconds=[d for earlier in good if (d := earlier.duration_seconds) is not None],
        rows=run.rows_written if run.rows_written is not None else run.rows_read,
        usual_rows=[rows for earlier in good if (rows := _rows(earlier)) is not None],
        upstream=upstream,
        log=tuple(said),
        services=_services(feed),
        earlier=tuple(_past(earlier) for earlier in before),
        due_at=None if (due := due_of(feed, run)) is None else due.timestamp(),
    )


def _usual_columns(
    columns: dict[str, str],
    before: Sequence[Run],
    delivered: dict[RunId, dict[str, str]],
    configured: dict[str, str],
) -> dict[str, str]:
    """Return what comes usually: as the newest good run told it, or else as it is configured.

    Types of the configuration are its own words: beside a delivery only its names are compared, and not at
    all where most of them are strange to the delivery.
    """
    for run in reversed(before):
        if run.outcome is Outcome.OK and run.run in delivered:
            return delivered[run.run]
    if not columns:
        return configured
    shared = configured.keys() & columns.keys()
    if 2 * len(shared) < len(configured):
        return {}
    return {name: columns.get(name, kind) for name, kind in configured.items()}


def _services(feed: Feed | None) -> tuple[str, ...]:
    """Return what the feed's runs use, as far as it is known."""
    used = (*feed.databases, feed.source, feed.pool) if feed else ()
    return tuple(sorted({service for service in used if service}))


def _past(run: Run) -> PastRun:
    return PastRun(
        run_id=run.run,
        status=status_of(run),
        started_at=began(run).timestamp(),
        seconds=run.duration_seconds,
        rows=_rows(run),
        error=run.error_class,
    )


def _rows(run: Run) -> int | None:
    return run.rows_written if run.rows_written is not None else run.rows_read
