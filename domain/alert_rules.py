"""What a sweep does to alerts: raise, join, calm down, say what happened, close. Pure functions.

One trouble is one alert: feeds above their thresholds that belong together join the open alert of any of
them. An alert is released only well below the level that raised it and after a while, so that a card does
not flicker.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from domain.alerts import Alert, AlertState, Label, Mute, alert_id, cause_of, feed_fingerprint, fingerprint_of
from domain.ids import AlertId, FeedName
from domain.predictions import Verdict
from domain.watching import Estimate, Swept, Trouble

_RELEASE = 0.6
_CALM = timedelta(seconds=45)
_HORIZON = timedelta(minutes=60)
_LASTS_AT_MOST = timedelta(hours=12)
_CLOCKS_DIFFER = timedelta(minutes=10)
_SHOWN_STEP = 0.02
_MINUTES_STEP = 5


@dataclass
class Changes:
    """What has to be stored: alerts, the new ones among them, those whose state moved, and labels."""

    alerts: dict[AlertId, Alert] = field(default_factory=dict)
    opened: list[Alert] = field(default_factory=list)
    moved: list[Alert] = field(default_factory=list)
    labels: list[Label] = field(default_factory=list)


def after_sweep(open_alerts: Sequence[Alert], swept: Swept, mutes: Mapping[str, Mute]) -> Changes:
    """Return what a sweep changes in the open alerts, and the alerts that it raises."""
    by_name = {one.name: one for one in swept.estimates}
    changes = Changes()
    now: dict[AlertId, Alert] = {}
    for alert in open_alerts:
        after = _advanced(alert, by_name, swept.at)
        now[alert.id] = after
        if after.state is not alert.state:
            changes.moved.append(after)
            if after.outcome is not None and alert.outcome is None:
                changes.labels.append(_label(after, swept.at))
    for trouble in swept.troubles:
        _tell(trouble, now, by_name, swept, mutes, changes)
    before = {alert.id: alert for alert in open_alerts}
    changes.alerts = {
        key: alert
        for key, alert in now.items()
        if key not in before or _differs(before[key], alert, swept.at)
    }
    return changes


def _tell(
    trouble: Trouble,
    now: dict[AlertId, Alert],
    by_name: Mapping[FeedName, Estimate],
    swept: Swept,
    mutes: Mapping[str, Mute],
    changes: Changes,
) -> None:
    """Let the open alert of a trouble speak of all its feeds, or raise one."""
    members = set(trouble.members)
    ours = [a for a in now.values() if a.is_open and (a.root in members or trouble.root in a.dependants)]
    if ours:
        first = min(ours, key=lambda alert: (alert.opened_at, alert.id))
        for other in ours:
            if other.id != first.id:
                sentence = f"This is the trouble of {first.root}, so its card tells of it."
                closed = {"state": AlertState.CLOSED, "closed_at": swept.at, "sentence": sentence}
                now[other.id] = other.model_copy(update=closed)
                changes.moved.append(now[other.id])
                members |= {other.root, *other.dependants}
        dependants = tuple(sorted((members | set(first.dependants)) - {first.root}))
        speaks = any(by_name[name].watched.speaks for name in members if name in by_name)
        joined = {
            "dependants": dependants,
            "priority": max(trouble.priority, first.priority),
            "is_shadow": first.is_shadow and not speaks,
        }
        now[first.id] = first.model_copy(update=joined)
        if first.is_shadow and speaks:
            changes.moved.append(now[first.id])
        return
    raised = _raised(trouble, by_name, swept.at)
    if raised.fingerprint in mutes or feed_fingerprint(raised.root) in mutes:
        return
    now[raised.id] = raised
    changes.opened.append(raised)


def _raised(trouble: Trouble, by_name: Mapping[FeedName, Estimate], now: datetime) -> Alert:
    root = by_name[trouble.root]
    feed, told = root.watched.feed, root.prediction
    cause = cause_of(told.reasons[0].fact) if told.reasons else ""
    is_late = root.is_late and root.overdue_at is not None
    return Alert(
        id=alert_id(trouble.root, now),
        fingerprint=fingerprint_of(trouble.root, cause),
        root=trouble.root,
        dependants=tuple(sorted(set(trouble.members) - {trouble.root})),
        team=feed.team,
        criticality=feed.criticality,
        impact=feed.impact,
        is_shadow=not any(by_name[name].watched.speaks for name in trouble.members),
        probability=told.probability,
        peak=told.probability,
        threshold=root.watched.threshold,
        priority=trouble.priority,
        record_wrong=told.record.wrong,
        record_asked=told.record.asked,
        reasons=tuple(reason.fact for reason in told.reasons),
        cause=cause,
        model=told.model,
        due_at=told.due_at,
        lateness=told.lateness,
        zone=feed.schedule.zone,
        state=AlertState.HAPPENED if is_late else AlertState.RAISED,
        outcome=Verdict.HAPPENED if is_late else None,
        trouble_at=root.overdue_at if is_late else None,
        sentence=_is_late(root, root.overdue_at) if is_late and root.overdue_at else "",
        expected_finish=told.finish.middle if told.finish else None,
        overdue_at=root.overdue_at,
        opened_at=now,
        updated_at=now,
        raised_at=now,
        before=root.trouble_at,
    )


def _advanced(alert: Alert, by_name: Mapping[FeedName, Estimate], now: datetime) -> Alert:
    """Return an open alert after what a sweep says of its feed."""
    found = by_name.get(alert.root)
    if found is None:
        gone = {"state": AlertState.CLOSED, "closed_at": now, "sentence": "This feed is watched no more."}
        return alert.model_copy(update=gone)
    if alert.state is AlertState.HAPPENED:
        return _until_over(alert, found, now)
    trouble = _trouble(alert, by_name, now)
    if trouble is not None:
        moved = {"state": AlertState.HAPPENED, "outcome": Verdict.HAPPENED, "trouble_at": trouble[0]}
        return alert.model_copy(update={**moved, "sentence": trouble[1], "updated_at": now})
    alert = _refreshed(alert, found, now)
    recovered = found.good_at is not None and found.good_at > alert.opened_at and not found.is_high
    if found.is_high:
        return alert.model_copy(
            update={"state": AlertState.RAISED, "raised_at": now, "calm_since": None, "sentence": ""}
        )
    if alert.state is AlertState.BACK_ON_TRACK:
        return _perhaps_closed(alert, found, now)
    if found.prediction.probability >= _RELEASE * alert.threshold and not recovered:
        return alert.model_copy(update={"calm_since": None})
    since = alert.calm_since or now
    if recovered or now - since >= _CALM:
        why = "A run ended well." if recovered else "What spoke for trouble is gone."
        return alert.model_copy(
            update={"state": AlertState.BACK_ON_TRACK, "calm_since": since, "sentence": why}
        )
    return alert.model_copy(update={"calm_since": since})


def _trouble(
    alert: Alert, by_name: Mapping[FeedName, Estimate], now: datetime
) -> tuple[datetime, str] | None:
    """Return when and how what was expected came, None while it has not."""
    found = by_name[alert.root]
    failed = found.trouble_at
    if failed is not None and failed != alert.before and failed > alert.opened_at - _CLOCKS_DIFFER:
        return failed, f"{alert.root} failed at {_clock(found, failed)}."
    overdue = max(filter(None, (found.overdue_at, alert.extended_until)), default=None)
    if found.overdue_at is not None and overdue is not None and now > overdue > alert.opened_at:
        return overdue, _is_late(found, overdue)
    for name in alert.dependants:
        other = by_name.get(name)
        if other and other.trouble_at and other.trouble_at > alert.opened_at:
            return other.trouble_at, f"{name} failed at {_clock(other, other.trouble_at)}."
    return None


def _is_late(found: Estimate, since: datetime) -> str:
    return f"{found.name} is late since {_clock(found, since)}."


def _clock(found: Estimate, moment: datetime) -> str:
    return found.watched.feed.schedule.clock(moment)


def _until_over(alert: Alert, found: Estimate, now: datetime) -> Alert:
    trouble = alert.trouble_at or alert.opened_at
    if found.good_at is not None and found.good_at > trouble:
        over = f"It happened, and is over since {_clock(found, found.good_at)}."
    elif now - trouble > _LASTS_AT_MOST and not found.is_late:
        over = "It happened."
    else:
        return alert
    return alert.model_copy(
        update={"state": AlertState.CLOSED, "closed_at": now, "sentence": over, "updated_at": now}
    )


def _perhaps_closed(alert: Alert, found: Estimate, now: datetime) -> Alert:
    ended_well = found.good_at is not None and found.good_at > alert.raised_at
    if now - alert.raised_at < _HORIZON and not (ended_well and found.running_since is None):
        return alert
    ended = {
        "state": AlertState.CLOSED,
        "outcome": Verdict.DID_NOT_HAPPEN,
        "closed_at": now,
        "sentence": "It did not happen.",
    }
    return alert.model_copy(update=ended)


def _refreshed(alert: Alert, found: Estimate, now: datetime) -> Alert:
    told = found.prediction
    news: dict[str, object] = {
        "probability": told.probability,
        "peak": max(alert.peak, told.probability),
        "record_wrong": told.record.wrong,
        "record_asked": told.record.asked,
        "due_at": told.due_at,
        "lateness": told.lateness,
        "zone": found.watched.feed.schedule.zone,
        "expected_finish": told.finish.middle if told.finish else alert.expected_finish,
        "overdue_at": found.overdue_at,
        "model": told.model,
        "updated_at": now,
    }
    if told.reasons and found.is_high:
        news["reasons"] = tuple(reason.fact for reason in told.reasons)
    return alert.model_copy(update=news)


def _differs(before: Alert, after: Alert, now: datetime) -> bool:
    """Return whether people would see a difference."""
    quiet = {"updated_at", "raised_at", "calm_since", "probability", "expected_finish", "record_wrong"}
    quiet |= {"record_asked", "peak", "priority", "due_at", "overdue_at", "lateness"}
    if before.model_dump(exclude=quiet) != after.model_dump(exclude=quiet):
        return True
    if abs(before.probability - after.probability) >= _SHOWN_STEP:
        return True
    # What is stored is what the card shows: it is written anew as the time that is left runs down.
    shown, left = before.minutes_left(before.updated_at), after.minutes_left(now)
    moved = shown is not None and left is not None and abs(shown - left) >= _MINUTES_STEP
    return (
        moved
        or now - before.updated_at > timedelta(minutes=_MINUTES_STEP)
        or (shown is None) != (left is None)
    )


def _label(alert: Alert, now: datetime) -> Label:
    return Label(
        alert=alert.id,
        feed=alert.root,
        verdict=alert.outcome or Verdict.DID_NOT_HAPPEN,
        by="outcome",
        at=now,
        probability=alert.peak,
    )
