"""Evidence about our own feeds: their runs, the feeds they wait for, their configuration and its history."""

import logging
import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from domain.errors import DogwatchError
from domain.evidence import Alert, Change, ChangeKind, IncidentCase, PastRun, RunFacts, UpstreamRun
from domain.feeds import Feed
from domain.ids import FeedName, RunId
from domain.ports.change_host import FeedShelf
from domain.ports.diagnostician import EvidenceGatherer, Gathered, Inquiry
from domain.ports.transactions import Opening
from domain.reviews import text_diff
from domain.run_lines import tells_state
from domain.runs import Outcome, Run
from runtime.wiring.run_in_question import began, missing_since, row_in_question

log = logging.getLogger("dogwatch.evidence")

_MOST_RUNS, _FEW_RUNS = 60, 20
_MOST_CHANGES = 6
_ERRORS = ("error", "fatal")
_SLACK_SECONDS, _MOST_LINES = 30.0, 200
"""How far a log's clock may be off a run's, and how many lines are taken."""
_STATUS = {Outcome.OK: "succeeded", Outcome.FAILED: "failed", Outcome.RUNNING: "running"}


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
        found = self._below(inquiry)
        if kind != "feed":
            return found
        unavailable = list(found.case.unavailable)
        run = self._run(name, inquiry)
        if run is None:
            unavailable.append(f"runs of {name}: none was reported to me yet")
            run = RunFacts(feed=name, run_id="", status="unknown", started_at=inquiry.asked_at.timestamp())
        told = task_log(found.case, run)
        run = replace(run, changes=self._changes(name, unavailable), log=(*run.log, *told))
        heard = [found.where_from["log"]] if told and "log" in found.where_from else []
        known_by = ", ".join(["runs reported to Dogwatch", *heard])
        sources = {"run": known_by, "schema": "the feed's configuration"}
        return replace(
            found,
            case=replace(found.case, unavailable=tuple(unavailable)),
            run=run,
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
        with self._reading() as uow:
            runs = uow.runs.of_feed(name, _MOST_RUNS)
            everything = {w.feed.name: w for w in uow.watched.every()}
            watched = {key: one.feed for key, one in everything.items()}
            feed = watched.get(FeedName(name))
            at = inquiry.asked_at
            upstream = _upstreams(feed, lambda other: uow.runs.of_feed(other, _FEW_RUNS), watched, at)
            entry = uow.feeds.find(name)
            delivered = uow.runs.columns_of_feed(name, _MOST_RUNS)
        # In the order in which they ran, not in that in which they were reported.
        runs = sorted((run for run in runs if run.seen_at <= inquiry.asked_at), key=began)
        since = everything[FeedName(name)].since if feed is not None else None
        due = missing_since(feed, runs, since, inquiry.asked_at)
        configured = dict(entry.facts.columns) if entry is not None else {}
        if due is not None:
            missing = RunFacts(feed=name, run_id="", status="missing", started_at=due.timestamp())
            earlier = tuple(_past(run) for run in runs)
            facts = {"upstream": upstream, "earlier": earlier, "services": _services(feed)}
            return replace(missing, usual_columns=configured, **facts)  # type: ignore[arg-type]
        if not runs:
            return None
        row = row_in_question(feed, runs, inquiry.asked_at)
        columns = delivered.get(runs[row].run, {})
        usual = _usual_columns(columns, runs[:row], delivered, configured)
        found = _facts(name, runs[row], runs[:row], upstream, feed)
        return replace(found, columns=columns, usual_columns=usual)

    def _changes(self, name: str, unavailable: list[str]) -> tuple[Change, ...]:
        try:
            versions = list(self._shelf.history(FeedName(name), _MOST_CHANGES + 1))
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


def task_log(case: IncidentCase, run: RunFacts) -> tuple[str, ...]:
    """Return what the sources of logs hold of a run's own words: the lines of its feed while it went on.

    What comes after its last error only clears up, and may speak of failing once more.
    """
    logs = case.telemetry.logs
    begin = (run.started_at - case.anomaly_time - _SLACK_SECONDS) * 1000.0
    end = math.inf
    if run.finished_at is not None:
        end = (run.finished_at - case.anomaly_time + _SLACK_SECONDS) * 1000.0
    rows = sorted(
        (t, row)
        for row, (t, service) in enumerate(zip(logs.t_ms, logs.service, strict=True))
        if service == run.feed and begin <= t <= end and not tells_state(logs.message[row])
    )
    errors = [place for place, (_, row) in enumerate(rows) if logs.level[row] in _ERRORS]
    kept = rows[: errors[-1] + 1] if errors else rows
    return tuple(f"{logs.level[row].upper()} {logs.message[row]}".strip() for _, row in kept[-_MOST_LINES:])


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
        status=_status(run),
        started_at=began(run).timestamp(),
        finished_at=None if run.finished_at is None else run.finished_at.timestamp(),
        usual_seconds=[d for earlier in good if (d := earlier.duration_seconds) is not None],
        rows=run.rows_written if run.rows_written is not None else run.rows_read,
        usual_rows=[rows for earlier in good if (rows := _rows(earlier)) is not None],
        upstream=upstream,
        log=tuple(said),
        services=_services(feed),
        earlier=tuple(_past(earlier) for earlier in before),
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


def _upstreams(
    feed: Feed | None, runs_of: Callable[[str], list[Run]], watched: dict[FeedName, Feed], now: datetime
) -> tuple[UpstreamRun, ...]:
    found = []
    for name in feed.upstreams if feed else ():
        runs, other = runs_of(name), watched.get(name)
        missing = missing_since(other, runs, None, now)
        if missing is not None:
            found.append(UpstreamRun(feed=name, status="missing", due_at=missing.timestamp()))
        elif runs:
            newest = runs[-1]
            due = newest.scheduled_at or began(newest)
            grace = other.schedule.grace_minutes if other else 0
            found.append(
                UpstreamRun(
                    feed=name,
                    status=_status(newest),
                    due_at=(due + timedelta(minutes=grace)).timestamp(),
                    finished_at=None if newest.finished_at is None else newest.finished_at.timestamp(),
                )
            )
    return tuple(found)


def _past(run: Run) -> PastRun:
    return PastRun(
        run_id=run.run,
        status=_status(run),
        started_at=began(run).timestamp(),
        seconds=run.duration_seconds,
        rows=_rows(run),
        error=run.error_class,
    )


def _rows(run: Run) -> int | None:
    return run.rows_written if run.rows_written is not None else run.rows_read


def _status(run: Run) -> str:
    return _STATUS.get(run.outcome, run.outcome.value)
