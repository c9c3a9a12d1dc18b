"""Look over all feeds: keep what was estimated, raise and close alerts, show people what changed."""

import threading
from collections.abc import Callable, Sequence
from datetime import datetime

from pydantic import BaseModel, ConfigDict
from temporalio import activity

from activities.beating import beating
from activities.leavers import alerts_given_back
from activities.sweep_notes import Kept, keep
from activities.training_news import TrainingNews
from domain.ids import FeedName
from domain.ports.clock import Clock
from domain.ports.forecaster import Forecaster
from domain.ports.transactions import Opening, UnitOfWork
from domain.proof.audit import AuditAct, AuditEntry
from domain.remediation.fixes import FixState
from domain.stories import StoryCall, StoryKind
from domain.watch.alert_raising import Changes
from domain.watch.alert_rules import after_sweep
from domain.watch.alerts import Alert, AlertState

_MOST_NAMED = 40
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
    """Activities of the heavy queue around a sweep.

    `reconcile` opens the comparisons that feeds owe, `news` tells operators of a model that is gone.
    """

    def __init__(
        self,
        forecaster: Forecaster,
        *,
        reading: Opening,
        writing: Opening,
        clock: Clock,
        wake: Callable[[], None],
        reconcile: Callable[[], None] = lambda: None,
        news: TrainingNews | None = None,
    ) -> None:
        self._forecaster = forecaster
        self._reconcile = reconcile
        self._news = news
        self._reading = reading
        self._writing = writing
        self._clock = clock
        self._wake = wake
        # A try that was given up for its time may still be at it when the next one begins.
        self._turn = threading.Lock()
        self._kept = Kept()

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
            standing = alerts_given_back(uow, uow.alerts.hold_open(), now)
            changes = after_sweep(standing, swept, uow.alerts.mutes(now), _mended(uow, standing))
            self._store(uow, changes, now)
            alerts = uow.alerts.every_open()
            kept = keep(uow, self._kept, swept, alerts, changes.opened, self._news)
        # A transaction that failed has stored nothing: the next try begins from what was known before.
        self._kept = kept
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


def _mended(uow: UnitOfWork, alerts: Sequence[Alert]) -> dict[FeedName, datetime]:
    """Return when the newest fix for each feed began; looked up only while an alert may close."""
    if all(alert.state is not AlertState.BACK_ON_TRACK for alert in alerts):
        return {}
    found: dict[FeedName, datetime] = {}
    for fix in uow.fixes.recent(_FIXES):
        kind, _, name = fix.subject_name.partition("/")
        is_mending = fix.state in _MENDING and fix.undoes is None and fix.undone_at is None
        if kind == "feed" and fix.started_at is not None and is_mending:
            begun = found.get(FeedName(name), fix.started_at)
            found[FeedName(name)] = max(begun, fix.started_at)
    return found
