"""Look over all feeds: keep what was estimated, raise and close alerts, show people what changed."""

import threading
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta

from pydantic import BaseModel, ConfigDict
from temporalio import activity

from activities.beating import beating
from domain.alert_raising import Changes
from domain.alert_rules import after_sweep
from domain.alerts import Alert, AlertState
from domain.audit import AuditAct, AuditEntry
from domain.feed_health import FeedHealth, Light, LogEntry
from domain.fixes import FixState
from domain.ids import FeedName
from domain.ports.clock import Clock
from domain.ports.forecaster import Forecaster
from domain.ports.transactions import Opening, UnitOfWork
from domain.runs import TROUBLE
from domain.stories import StoryCall, StoryKind
from domain.wall_clock import moment_in
from domain.watching import Estimate, Swept

_MOST_NAMED = 40
_NOTED_EVERY = timedelta(minutes=30)
_JUDGED_EVERY = timedelta(minutes=5)
_TROUBLE = frozenset(outcome.value for outcome in TROUBLE)
_SHOWN_STEP = 0.01
_FIXES = 50
# A fix that was undone mended nothing.
_MENDING = frozenset({FixState.RUNNING, FixState.VERIFIED})


class WatchRef(BaseModel):
    """Which round of the watch; the first one after the story began or continued has number 0.

    `reviewed_at` is when the last review began, unknown to a story that has just begun.
    """

    model_config = ConfigDict(frozen=True)

    round: int = 0
    reviewed_at: datetime | None = None


class Raised(BaseModel):
    """A trouble above its threshold."""

    model_config = ConfigDict(frozen=True)

    alert: str
    root: str
    probability: float


class Round(BaseModel):
    """What a round found, as little as the story needs: only what stands above its threshold."""

    model_config = ConfigDict(frozen=True)

    feeds: int
    raised: tuple[Raised, ...] = ()
    opened: int = 0
    closed: int = 0
    model: str = ""
    seconds: float = 0.0


class Watching:
    """Activities of the heavy queue around a sweep; `reconcile` opens the comparisons that feeds owe."""

    def __init__(
        self,
        forecaster: Forecaster,
        *,
        reading: Opening,
        writing: Opening,
        clock: Clock,
        wake: Callable[[], None],
        reconcile: Callable[[], None] = lambda: None,
    ) -> None:
        self._forecaster = forecaster
        self._reconcile = reconcile
        self._reading = reading
        self._writing = writing
        self._clock = clock
        self._wake = wake
        # A try that was given up for its time may still be at it when the next one begins.
        self._turn = threading.Lock()
        self._shown: dict[str, FeedHealth] = {}
        self._noted_at: datetime | None = None
        self._judged_at: datetime | None = None
        self._told_damaged: frozenset[str] = frozenset()
        self._late: dict[FeedName, datetime | None] = {}

    @activity.defn
    @beating()
    def sweep(self, ref: WatchRef) -> Round:
        """Score all feeds and do what follows from it, in one transaction; safe to repeat."""
        with self._turn:
            return self._sweep()

    def _sweep(self) -> Round:
        now = self._clock.now()
        try:
            return self._swept(now)
        finally:
            # Calls about rows, and comparisons that are owed, wait for no estimate.
            self._reconcile()
            self._wake()

    def _swept(self, now: datetime) -> Round:
        swept = self._forecaster.sweep(now)
        with self._writing() as uow:
            standing = uow.alerts.hold_open()
            changes = after_sweep(standing, swept, uow.alerts.mutes(now), _mended(uow, standing))
            self._store(uow, changes, now)
            alerts = uow.alerts.every_open()
            self._show(uow, swept, alerts)
            self._note(uow, swept, changes)
            self._note_late(uow, swept)
            uow.watched.note_oddities(swept.odd)
            self._say_damaged(uow, swept)
        named = sorted(alerts, key=lambda alert: -alert.priority)[:_MOST_NAMED]
        return Round(
            feeds=len(swept.estimates),
            raised=tuple(Raised(alert=a.id, root=a.root, probability=a.probability) for a in named),
            opened=len(changes.opened),
            closed=sum(not alert.is_open for alert in changes.moved),
            model=swept.model,
            seconds=round(swept.seconds, 3),
        )

    def _store(self, uow: UnitOfWork, changes: Changes, now: datetime) -> None:
        # Closed ones first: the feed of a closed alert may have a new one, and only one may be open.
        for alert in sorted(changes.alerts.values(), key=lambda one: one.is_open):
            uow.alerts.save(alert)
            uow.postings.refresh(alert.subject, now)
        for label in changes.labels:
            uow.alerts.label(label)
        for alert in changes.opened:
            self._follow(uow, alert, now, "raised")
        for alert in changes.moved:
            self._follow(uow, alert, now, alert.state.value)

    def _follow(self, uow: UnitOfWork, alert: Alert, now: datetime, what: str) -> None:
        """Let the alert's story look; record what people were or will be told."""
        if not alert.is_shadow:
            facts = {"state": what, "probability": f"{alert.probability:.3f}", "model": alert.model}
            uow.audit.append(
                AuditEntry(
                    at=now, act=AuditAct.ALERT_CHANGED, actor="dogwatch", subject=alert.subject, facts=facts
                )
            )
        key = f"alert/{alert.id}#{what}@{now.timestamp():.3f}"
        uow.stories.add(StoryCall(key=key, kind=StoryKind.ALERT, subject_id=alert.id, at=now))

    def _show(self, uow: UnitOfWork, swept: Swept, alerts: Iterable[Alert]) -> None:
        of = {name: alert for alert in alerts for name in (alert.root, *alert.dependants)}
        healths = [health_of(one, of.get(one.name), swept.at) for one in swept.estimates]
        changed = [one for one in healths if _differs(self._shown.get(one.name), one)]
        uow.watched.show(changed, swept.at)
        self._shown |= {one.name: one for one in changed}

    def _note(self, uow: UnitOfWork, swept: Swept, changes: Changes) -> None:
        """Keep estimates for the scorecard: every half hour, and whenever an alert is raised."""
        opened = {name for alert in changes.opened for name in (alert.root, *alert.dependants)}
        is_time = self._noted_at is None or swept.at - self._noted_at >= _NOTED_EVERY
        # Of a run that is overdue already nothing is foretold: no outcome could speak for or against it.
        ahead = [one for one in swept.estimates if not (one.is_late or one.is_unheard)]
        kept = [one for one in ahead if is_time or one.name in opened]
        alerted = frozenset(one.name for one in swept.estimates if one.is_high)
        if kept:
            uow.forecasts.note(kept, alerted)
        if is_time:
            self._noted_at = swept.at
        if self._judged_at is None or swept.at - self._judged_at >= _JUDGED_EVERY:
            uow.forecasts.judge(swept.at)
            self._judged_at = swept.at

    def _note_late(self, uow: UnitOfWork, swept: Swept) -> None:
        """Keep each deadline that was missed, once: what was promised is judged by it."""
        late = {one.name: one.overdue_at for one in swept.estimates if one.is_late}
        fresh = [one for one in swept.estimates if one.is_late and self._late.get(one.name) != one.overdue_at]
        if fresh:
            uow.forecasts.note_late(fresh)
        self._late = late

    def _say_damaged(self, uow: UnitOfWork, swept: Swept) -> None:
        for name in sorted(set(swept.damaged) - self._told_damaged):
            sentence = f"The model file {name} is damaged, so it is not used; {swept.model} answers."
            uow.forecasts.write(LogEntry(at=swept.at, kind="model", subject=name, sentence=sentence))
        self._told_damaged = frozenset(swept.damaged)


def _mended(uow: UnitOfWork, alerts: Sequence[Alert]) -> dict[FeedName, datetime]:
    """Return when the newest fix for each feed began; looked up only while an alert may close."""
    if all(alert.state is not AlertState.BACK_ON_TRACK for alert in alerts):
        return {}
    found: dict[FeedName, datetime] = {}
    for fix in uow.fixes.recent(_FIXES):
        kind, _, name = fix.subject_name.partition("/")
        if kind == "feed" and fix.started_at is not None and fix.state in _MENDING:
            begun = found.get(FeedName(name), fix.started_at)
            found[FeedName(name)] = max(begun, fix.started_at)
    return found


def health_of(one: Estimate, alert: Alert | None, now: datetime) -> FeedHealth:
    """Return what people see of a feed."""
    feed, told = one.watched.feed, one.prediction
    light, why = _light(one, alert, now)
    return FeedHealth(
        name=feed.name,
        team=feed.team,
        criticality=feed.criticality.value,
        impact=feed.impact,
        state=light,
        why=why,
        probability=told.probability,
        within=told.probabilities,
        threshold=one.watched.threshold,
        reasons=tuple(reason.fact for reason in told.reasons),
        record_wrong=told.record.wrong,
        record_asked=told.record.asked,
        next_due=told.due_at,
        overdue_at=one.overdue_at,
        finish_early=told.finish.early if told.finish else None,
        finish_middle=told.finish.middle if told.finish else None,
        finish_late=told.finish.late if told.finish else None,
        last_run=one.last,
        running_since=one.running_since,
        upstreams=feed.upstreams,
        source=feed.source,
        model=told.model,
        is_shadow=not one.watched.speaks,
        alert=alert.id if alert and not alert.is_shadow else "",
        zone=feed.schedule.zone,
        quality=one.data.newest,
        measured_at=now,
    )


def _light(one: Estimate, alert: Alert | None, now: datetime) -> tuple[Light, str]:
    zone = one.watched.feed.schedule.zone
    if one.is_unheard and not (one.data.is_held or one.data.held_days):
        newest = one.last.at if one.last is not None else None
        since = f" since {moment_in(zone, newest)}" if newest is not None else ""
        return Light.GREY, f"no news{since}; watching begins when live runs arrive"
    if one.trouble_at is not None and not one.is_unheard:
        return Light.RED, f"its last run failed at {moment_in(zone, one.trouble_at)}"
    if alert is not None and alert.sender and one.is_without_news(now):
        heard = f"nothing was heard from {alert.about}"
        since = f" since {moment_in(zone, alert.silent_since)}" if alert.silent_since is not None else ""
        return (Light.RED if one.is_late else Light.YELLOW), f"{heard}{since}"
    if one.overdue_at is not None and now > one.overdue_at:
        never = "it never ran and" if one.last is None and one.running_since is None else "it"
        return Light.RED, f"{never} is late since {moment_in(zone, one.overdue_at)}"
    if alert is not None and alert.root != one.name:
        return Light.YELLOW, f"it waits for {alert.root}, which is expected to fail"
    if one.is_high:
        what = "be late" if one.prediction.speaks_of_lateness else "fail"
        return Light.YELLOW, f"{one.prediction.probability:.0%} likely to {what} within the hour"
    if one.data.is_held:
        return Light.YELLOW, f"a delivery of it is held back, {one.data.newest or 0.0:.0f} of 100"
    if one.data.held_days:
        return Light.YELLOW, f"its rows for {', '.join(one.data.held_days)} are held back: they differ"
    return Light.GREEN, "nothing speaks for trouble"


def _differs(before: FeedHealth | None, after: FeedHealth) -> bool:
    if before is None:
        return True
    moving = {"measured_at", "probability", "within", "reasons", "record_wrong", "record_asked"}
    moving |= {"finish_early", "finish_middle", "finish_late", "why"}
    if abs(before.probability - after.probability) >= _SHOWN_STEP:
        return True
    return before.model_dump(exclude=moving) != after.model_dump(exclude=moving)
