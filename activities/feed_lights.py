"""What people see of a feed: a light, why it is on, and the numbers behind it."""

from datetime import datetime, timedelta

from domain.clock.wall_clock import moment_in
from domain.watch.alerts import Alert, AlertState
from domain.watch.feed_health import FeedHealth, Light
from domain.watch.watching import Estimate

_SHOWN_STEP = 0.01
_STALE = timedelta(minutes=3)
_PROBABLE, _WORTH_A_WORD = 0.5, 0.1
"""From where an estimate that calls nobody is told as a risk, and from where it is told at all."""


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
        since = f" since {moment_in(zone, newest, now)}" if newest is not None else ""
        return Light.GREY, f"no news{since}; watching begins when live runs arrive"
    if one.trouble_at is not None and not one.is_unheard:
        return Light.RED, f"its last run failed at {moment_in(zone, one.trouble_at)}"
    if alert is not None and alert.sender and one.is_without_news(now):
        heard = f"nothing was heard from {alert.about}"
        since = f" since {moment_in(zone, alert.silent_since)}" if alert.silent_since is not None else ""
        return (Light.RED if one.is_late else Light.YELLOW), f"{heard}{since}"
    if one.overdue_at is not None and now > one.overdue_at:
        never = "it has never run and" if one.last is None and one.running_since is None else "it"
        return Light.RED, f"{never} has been late since {moment_in(zone, one.overdue_at)}"
    if alert is not None and alert.root != one.name and alert.state is not AlertState.BACK_ON_TRACK:
        how = "waits for" if alert.root in one.watched.feed.upstreams else "shares the card of"
        is_there = alert.state is AlertState.HAPPENED and alert.stricken is None
        what = "in trouble" if is_there else "expected to fail"
        return Light.YELLOW, f"it {how} {alert.root}, which is {what}"
    what = "be late" if one.prediction.speaks_of_lateness else "fail"
    likely = f"{one.prediction.probability:.0%} likely to {what} within the hour"
    if one.is_high:
        return Light.YELLOW, likely
    if one.data.is_held:
        return Light.YELLOW, f"a delivery of it is held back, {one.data.newest or 0.0:.0f} of 100"
    if one.data.held_days:
        return Light.YELLOW, f"its rows for {', '.join(one.data.held_days)} are held back: they differ"
    if one.last is None and one.running_since is None and one.prediction.probability < _PROBABLE:
        due = one.prediction.due_at
        first = f"; the first is due at {moment_in(zone, due)}" if due is not None else ""
        return Light.GREY, f"no runs yet{first}"
    if one.prediction.probability < _WORTH_A_WORD:
        return Light.GREEN, "nothing speaks for trouble"
    # Not worth a card, and from where it is probable not fine.
    light = Light.YELLOW if one.prediction.probability >= _PROBABLE else Light.GREEN
    return light, f"{likely}; it alerts from {one.watched.threshold:.0%}"


def differs(before: FeedHealth | None, after: FeedHealth) -> bool:
    """Return whether people should be shown anew."""
    if before is None:
        return True
    moving = {"measured_at", "probability", "within", "reasons", "record_wrong", "record_asked"}
    moving |= {"finish_early", "finish_middle", "finish_late", "why"}
    if abs(before.probability - after.probability) >= _SHOWN_STEP:
        return True
    if _is_out_of_date(before, after):
        return True
    return before.model_dump(exclude=moving) != after.model_dump(exclude=moving)


def _is_out_of_date(before: FeedHealth, after: FeedHealth) -> bool:
    """Return whether people who look at a feed in danger would read what was true some minutes ago.

    Its chance may stand still while *should have started 19 minutes ago* and the time at which it should
    finish do not. Feeds that are well have nothing to tell by the minute, and there may be thousands.
    """
    is_looked_at = after.probability >= _WORTH_A_WORD or after.state in (Light.RED, Light.YELLOW)
    if not is_looked_at or after.measured_at is None or before.measured_at is None:
        return False
    moved = (before.reasons, before.why, before.finish_middle) != (
        after.reasons,
        after.why,
        after.finish_middle,
    )
    return moved and after.measured_at - before.measured_at >= _STALE
