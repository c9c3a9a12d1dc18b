"""What a sweep does to alerts: raise, join, calm down, say what happened, close. Pure functions.

One trouble is one alert: feeds above their thresholds that belong together join the open alert of any of
them. An alert is released only well below the level that raised it and after a while, so that a card does
not flicker.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType

from domain.ids import FeedName
from domain.watch.alert_following import of_its_team, of_one_card, until_others_follow
from domain.watch.alert_raising import Changes, clock_of, is_late_since, tell
from domain.watch.alert_remedies import is_of_missing_run
from domain.watch.alerts import Alert, AlertState, Ending, Label, Mute
from domain.watch.causes import cause_of
from domain.watch.predictions import Verdict
from domain.watch.silent_alerts import advanced
from domain.watch.standing_alerts import StandingAlerts
from domain.watch.verdicts import OUTCOME
from domain.watch.watching import Estimate, Swept

_RELEASE = 0.6
_CALM = timedelta(seconds=45)
_HEARD_LATE = timedelta(seconds=90)
"""A run that had just ended when its alert was raised may be heard of so much later."""
_EARLY_START = timedelta(minutes=5)
_HORIZON = timedelta(minutes=60)
_LASTS_AT_MOST = timedelta(hours=12)
_CLOCKS_DIFFER = timedelta(minutes=10)
_SHOWN_STEP = 0.02
_MINUTES_STEP = 5
NOTHING_MENDED: Mapping[FeedName, datetime] = MappingProxyType({})


def after_sweep(
    open_alerts: Sequence[Alert],
    swept: Swept,
    mutes: Mapping[str, Mute],
    mended: Mapping[FeedName, datetime] = NOTHING_MENDED,
) -> Changes:
    """Return what a sweep changes in the open alerts, and the alerts that it raises.

    Args:
        open_alerts: The open alerts.
        swept: What the sweep found.
        mutes: What nobody is told about, by fingerprint.
        mended: When the newest fix began to run, by the feed that it was for.
    """
    by_name = {one.name: one for one in swept.estimates}
    changes = Changes()
    now = StandingAlerts()
    for alert in open_alerts:
        if alert.sender:
            after = advanced(alert, by_name, swept)
        else:
            after = _advanced(alert, by_name, swept.at, mended.get(alert.root))
            after = until_others_follow(alert, after, by_name, swept)
        after = of_its_team(after, by_name, swept.at)
        now.keep(after)
        if (after.state, after.team) != (alert.state, alert.team):
            changes.moved.append(after)
        is_judged = after.outcome is not None and after.outcome is not alert.outcome
        if after.state is not alert.state and is_judged:
            changes.labels.append(_label(after, swept.at))
    for trouble in of_one_card(swept.troubles, now):
        tell(trouble, now, by_name, swept, mutes, changes)
    before = {alert.id: alert for alert in open_alerts}
    changes.alerts = {
        alert.id: alert
        for alert in now
        if alert.id not in before or _differs(before[alert.id], alert, swept.at)
    }
    return changes


def _advanced(
    alert: Alert, by_name: Mapping[FeedName, Estimate], now: datetime, mended_at: datetime | None
) -> Alert:
    """Return an open alert after what a sweep says of its feed."""
    found = by_name.get(alert.root)
    if found is None:
        gone = {"state": AlertState.CLOSED, "closed_at": now, "ending": Ending.UNWATCHED}
        return alert.model_copy(update={**gone, "sentence": "This feed is watched no more."})
    trouble = _trouble(alert, by_name, now)
    if alert.state is AlertState.HAPPENED:
        after = _until_over(alert, found, by_name.get(alert.stricken or alert.root, found), now)
        if after.is_open and after.stricken and trouble is not None and trouble.stricken is None:
            after = _at_the_root_too(after, trouble, found, now)
        if after.is_open:
            given = after if trouble else _given_time(after, found, now)
            after = _as_it_is(after, found, now) if given is after else given
        return after
    if trouble is not None:
        moved = {"state": AlertState.HAPPENED, "outcome": Verdict.HAPPENED, "trouble_at": trouble.at}
        moved |= {"sentence": trouble.sentence, "updated_at": now, "overdue_at": found.overdue_at}
        moved["stricken"] = trouble.stricken
        return _as_it_is(alert.model_copy(update=moved), found, now)
    alert = _refreshed(alert, found, now)
    recovered = _ended_well_since(found, alert.opened_at) and not found.is_high
    if found.is_high:
        return alert.model_copy(
            update={"state": AlertState.RAISED, "raised_at": now, "calm_since": None, "sentence": ""}
        )
    if alert.state is AlertState.BACK_ON_TRACK:
        return _perhaps_closed(alert, found, now, mended_at)
    if found.prediction.probability >= _RELEASE * alert.threshold and not recovered:
        return alert.model_copy(update={"calm_since": None})
    since = alert.calm_since or now
    if recovered or now - since >= _CALM:
        why = "A run ended well." if recovered else "What spoke for trouble is gone."
        return alert.model_copy(
            update={"state": AlertState.BACK_ON_TRACK, "calm_since": since, "sentence": why}
        )
    return alert.model_copy(update={"calm_since": since})


@dataclass(frozen=True, slots=True)
class _Came:
    """When and how what was expected came, and to which dependant where it was not the root."""

    at: datetime
    sentence: str
    stricken: FeedName | None = None


def _trouble(alert: Alert, by_name: Mapping[FeedName, Estimate], now: datetime) -> _Came | None:
    """Return when and how what was expected came, None while it has not."""
    found = by_name[alert.root]
    failed = found.trouble_at
    if failed is not None and _failed_since(alert, found):
        return _Came(failed, f"{alert.root} failed at {clock_of(found, failed)}.")
    overdue = max(filter(None, (found.overdue_at, alert.extended_until)), default=None)
    if found.overdue_at is not None and overdue is not None and now > overdue > alert.opened_at:
        return _Came(overdue, is_late_since(found, overdue))
    for name in alert.dependants:
        other = by_name.get(name)
        # What failed before the card named it was not foretold by it.
        since = alert.named_at.get(name, alert.opened_at)
        if other and other.trouble_at and other.trouble_at > since:
            return _Came(other.trouble_at, f"{name} failed at {clock_of(other, other.trouble_at)}.", name)
    return None


def _at_the_root_too(alert: Alert, came: _Came, found: Estimate, now: datetime) -> Alert:
    """Return an alert whose trouble came to a dependant first, and now to the feed that it starts at."""
    said = f"{came.sentence.removesuffix('.')}; before that, {alert.sentence}"
    reasons = tuple(reason.fact for reason in found.prediction.reasons) or alert.reasons
    moved = {"sentence": said, "reasons": reasons, "stricken": None, "updated_at": now}
    return alert.model_copy(update=moved)


def _given_time(alert: Alert, found: Estimate, now: datetime) -> Alert:
    """Return an alert whose run was late by the deadline before as one whose new deadline lies ahead."""
    # A configuration may have moved the deadline of the same run as well.
    moved = found.overdue_at if found.prediction.due_at == alert.due_at else None
    until = max(filter(None, (alert.extended_until, moved)), default=None)
    if until is None or until <= now or not (alert.was_late and alert.is_foretold):
        return alert
    said = f"It counts as late from {alert.clock(until)} on."
    ahead = {"state": AlertState.RAISED, "outcome": None, "trouble_at": None, "sentence": said}
    return alert.model_copy(update={**ahead, "updated_at": now})


def _until_over(alert: Alert, found: Estimate, struck: Estimate, now: datetime) -> Alert:
    """Return an alert whose trouble came to `struck`, closed when that is over and its root is well."""
    trouble = alert.trouble_at or alert.opened_at
    outcome = alert.outcome
    if struck.good_at is not None and struck.good_at > trouble and not _has_failed_again(struck):
        if struck is not found and (found.is_high or _failed_since(alert, found)):
            return alert
        over = f"It happened, and has been over since {clock_of(struck, struck.good_at)}."
    elif found.good_at is not None and _came_in_time(alert, found, found.good_at):
        outcome = Verdict.DID_NOT_HAPPEN
        over = f"Its run ended in time, at {clock_of(found, found.good_at)}; I was told later."
    elif now - trouble > _LASTS_AT_MOST and not found.is_late:
        over = "It happened."
    else:
        return alert
    closed = {"state": AlertState.CLOSED, "outcome": outcome, "closed_at": now, "sentence": over}
    return alert.model_copy(update={**closed, "updated_at": now})


def _has_failed_again(found: Estimate) -> bool:
    """Return whether a run failed after the last that ended well."""
    good, failed = found.good_at, found.trouble_at
    return good is not None and failed is not None and failed > good


def _as_it_is(alert: Alert, found: Estimate, now: datetime) -> Alert:
    """Return an alert whose trouble came, with reasons that are true of it: they say what helps."""
    failed, reasons, sentence = found.trouble_at, alert.reasons, alert.sentence
    if failed is not None and failed != alert.before and failed >= (alert.trouble_at or failed):
        kept = (one for one in reasons if not is_of_missing_run(one))
        reasons = tuple(dict.fromkeys(("its last run failed", *kept)))
        if alert.was_late and failed != alert.trouble_at:
            late = is_late_since(found, alert.trouble_at or failed).removesuffix(".")
            sentence = f"{late}, and its run failed at {clock_of(found, failed)}."
    elif alert.was_late and found.is_late and found.prediction.reasons:
        reasons = tuple(reason.fact for reason in found.prediction.reasons)
    is_same = [cause_of(one) for one in reasons] == [cause_of(one) for one in alert.reasons]
    if is_same and sentence == alert.sentence:
        return alert
    return alert.model_copy(update={"reasons": reasons, "sentence": sentence, "updated_at": now})


def _failed_since(alert: Alert, found: Estimate) -> bool:
    failed = found.trouble_at
    return failed is not None and failed != alert.before and failed > alert.opened_at - _CLOCKS_DIFFER


def _came_in_time(alert: Alert, found: Estimate, good_at: datetime) -> bool:
    """Return whether the run that a late feed missed had ended well by then: reports come late.

    One that ends when that was due may be the run before it: it began earlier.
    """
    begun = found.last.started_at if found.last is not None else None
    if alert.due_at is None:
        is_of_it = good_at > alert.opened_at - _HEARD_LATE
    else:
        is_of_it = (begun or good_at) >= alert.due_at - _EARLY_START
    return is_of_it and alert.was_late and not found.is_late and found.trouble_at is None


def _ended_well_since(found: Estimate, moment: datetime) -> bool:
    return found.good_at is not None and found.good_at > moment - _HEARD_LATE


def _perhaps_closed(alert: Alert, found: Estimate, now: datetime, mended_at: datetime | None) -> Alert:
    until = alert.raised_at + _HORIZON
    ended_well = _ended_well_since(found, alert.raised_at)
    if now < until and not (ended_well and found.running_since is None and not _is_due_by(found, until)):
        return alert
    outcome, sentence = Verdict.DID_NOT_HAPPEN, "It did not happen."
    good_at = found.good_at
    if mended_at is not None and good_at is not None and good_at > mended_at > alert.opened_at:
        outcome, sentence = Verdict.PREVENTED, "A fix ran, and then a run ended well."
    ended = {"state": AlertState.CLOSED, "outcome": outcome, "closed_at": now, "sentence": sentence}
    return alert.model_copy(update=ended)


def _is_due_by(found: Estimate, moment: datetime) -> bool:
    """Return whether another run is due by then: of a feed that runs often, a good run is not the end."""
    due = found.prediction.due_at
    return due is not None and due < moment


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
        by=OUTCOME,
        at=now,
        probability=alert.peak,
    )
