"""How a trouble becomes an alert, or joins one: whom it concerns, and how much.

One card tells of feeds that may differ in weight and owner. It matters as much as the gravest of them, and
every team among them hears of it. What is muted at one feed does not silence the others.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from domain.clock.wall_clock import clock_near
from domain.ids import AlertId, FeedName, TeamId
from domain.running.feeds import COST_OF_A_MISS
from domain.running.senders import in_words
from domain.watch.alerts import (
    Alert,
    AlertState,
    Ending,
    Label,
    Mute,
    alert_id,
    feed_fingerprint,
    fingerprint_of,
    sender_fingerprint,
)
from domain.watch.causes import cause_of
from domain.watch.predictions import Verdict
from domain.watch.silent_alerts import silent_alert
from domain.watch.standing_alerts import StandingAlerts
from domain.watch.watching import Estimate, SilentSender, Swept, Trouble


@dataclass
class Changes:
    """What has to be stored: alerts, the new ones among them, those whose state moved, and labels."""

    alerts: dict[AlertId, Alert] = field(default_factory=dict)
    opened: list[Alert] = field(default_factory=list)
    moved: list[Alert] = field(default_factory=list)
    labels: list[Label] = field(default_factory=list)


def tell(
    trouble: Trouble,
    now: StandingAlerts,
    by_name: Mapping[FeedName, Estimate],
    swept: Swept,
    mutes: Mapping[str, Mute],
    changes: Changes,
) -> None:
    """Let the open alert of a trouble speak of all its feeds, or raise one."""
    if trouble.silent is not None:
        _tell_silence(trouble, trouble.silent, now, by_name, swept, mutes, changes)
        return
    standing = now.open_of((trouble.root, *trouble.members))
    ours = [alert for alert in standing if _is_ours(alert, trouble)]
    if ours:
        members = {name for name in trouble.members if not _is_hushed(by_name[name], mutes)}
        first, *others = ours
        for other in others:
            _hand_over(other, f"This is the trouble of {first.root}", now, swept.at, changes)
            members |= {other.root, *other.dependants}
        joined = _joined(first, trouble, members, by_name, swept.at)
        now.keep(joined)
        if _speaks_louder(first, joined):
            changes.moved.append(joined)
        _let_go(members, standing, joined, now)
        return
    heard = _not_muted(trouble, by_name, mutes, _told_as_silent(now))
    if heard is not None:
        raised = _raised(heard, by_name, swept.at)
        now.keep(raised)
        changes.opened.append(raised)
        _let_go(heard.members, standing, raised, now)


def _is_ours(alert: Alert, trouble: Trouble) -> bool:
    """Return whether an alert speaks of a trouble; a silent sender's only of what starts at its feeds.

    One that says *back on track* speaks only of its own feed: what waited for that and is in trouble still
    would be told to nobody.
    """
    if alert.sender:
        return trouble.root in (alert.root, *alert.dependants)
    if alert.state is AlertState.BACK_ON_TRACK:
        return alert.root in trouble.members
    return alert.root in trouble.members or trouble.root in alert.dependants


def _let_go(
    members: Collection[FeedName], standing: Iterable[Alert], speaker: Alert, now: StandingAlerts
) -> None:
    """Take feeds of which another card tells now off those that say *back on track*."""
    for alert in standing:
        if alert.state is not AlertState.BACK_ON_TRACK or alert.sender or alert.id == speaker.id:
            continue
        kept = tuple(name for name in alert.dependants if name not in members)
        if alert.root not in members and kept != alert.dependants:
            now.keep(alert.model_copy(update={"dependants": kept, "updated_at": speaker.updated_at}))


def _hand_over(other: Alert, why: str, now: StandingAlerts, at: datetime, changes: Changes) -> None:
    """Close an alert of which another one's card tells now."""
    closed = {"state": AlertState.CLOSED, "closed_at": at, "ending": Ending.JOINED}
    closed["sentence"] = f"{why}, so its card tells of it."
    handed = other.model_copy(update=closed)
    now.keep(handed)
    changes.moved.append(handed)


def _tell_silence(
    trouble: Trouble,
    silent: SilentSender,
    now: StandingAlerts,
    by_name: Mapping[FeedName, Estimate],
    swept: Swept,
    mutes: Mapping[str, Mute],
    changes: Changes,
) -> None:
    """Let one card tell that a sender is silent, with those of its feeds that nobody muted or expects."""
    members = tuple(name for name in trouble.members if feed_fingerprint(name) not in mutes)
    if not members or sender_fingerprint(silent.sender) in mutes:
        return
    trouble = replace(trouble, root=members[0], members=members)
    theirs = [alert for alert in now.of_silent_senders() if alert.sender == silent.sender]
    of_members = [alert for alert in now.open_of(members) if alert.root in members]
    ours = list({alert.id: alert for alert in (*theirs, *of_members)}.values())
    first = min(ours, key=lambda alert: (alert.sender != silent.sender, alert.opened_at), default=None)
    for other in ours:
        if first is not None and other.id != first.id:
            _hand_over(other, f"Nothing is heard from {in_words(silent.sender)}", now, swept.at, changes)
    told = silent_alert(first, trouble, silent, by_name, swept.at)
    now.keep(told)
    if first is None:
        changes.opened.append(told)
    elif first.state is not told.state or not first.sender or _speaks_louder(first, told):
        changes.moved.append(told)


def _joined(
    first: Alert,
    trouble: Trouble,
    members: set[FeedName],
    by_name: Mapping[FeedName, Estimate],
    now: datetime,
) -> Alert:
    """Return an alert that speaks of more feeds: as grave as the gravest, told to all their teams."""
    gravest = _gravest([first.root, *sorted(members)], by_name)
    heavier = COST_OF_A_MISS[gravest.watched.feed.criticality] > COST_OF_A_MISS[first.criticality]
    speaks = any(by_name[name].watched.speaks for name in members if name in by_name)
    fresh = sorted(members - {first.root, *first.dependants})
    joined: dict[str, object] = {
        "named_at": {**first.named_at, **dict.fromkeys(fresh, now)},
        "dependants": tuple(sorted((members | set(first.dependants)) - {first.root})),
        "teams": tuple(sorted({*first.teams, *_teams(members, by_name)})),
        "priority": max(trouble.priority, first.priority),
        "is_shadow": first.is_shadow and not speaks,
    }
    if heavier:
        joined |= {"criticality": gravest.watched.feed.criticality, "impact": _impact(gravest, first.root)}
    return first.model_copy(update=joined)


def _speaks_louder(before: Alert, after: Alert) -> bool:
    """Return whether people hear of an alert now who would have heard later or not at all."""
    return (before.is_shadow, before.criticality, before.teams) != (
        after.is_shadow,
        after.criticality,
        after.teams,
    )


def _told_as_silent(now: StandingAlerts) -> set[FeedName]:
    """Return the feeds of which the open cards of silent senders tell."""
    return {name for alert in now.of_silent_senders() for name in (alert.root, *alert.dependants)}


def _not_muted(
    trouble: Trouble,
    by_name: Mapping[FeedName, Estimate],
    mutes: Mapping[str, Mute],
    told: Collection[FeedName],
) -> Trouble | None:
    """Return the trouble without the feeds that people muted or expect, None when none is left.

    With the feed at its root go those that a silent sender's card tells of already (`told`): they would
    begin a second card.
    """
    hushed = {name for mute in mutes.values() for name in mute.feeds}
    kept = [
        name
        for name in trouble.members
        if not _is_hushed(by_name[name], mutes)
        and by_name[name].is_high
        and not (name in hushed and by_name[name].is_without_news(by_name[name].prediction.made_at))
    ]
    if not kept:
        return None
    if trouble.root in kept:
        return Trouble(trouble.root, tuple(kept), trouble.priority)
    kept = [name for name in kept if name not in told]
    if not kept:
        return None
    root = max(kept, key=lambda name: (_weight(by_name[name]), name))
    return Trouble(root, (root, *(name for name in kept if name != root)), _weight(by_name[root]))


def _is_hushed(one: Estimate, mutes: Mapping[str, Mute]) -> bool:
    """Return whether nobody is told of a feed: it is expected, or its cause is muted.

    A muted cause stays so while it is among the reasons and no reason stands before it that its card did not
    give: which of the reasons of one trouble is the strongest changes from minute to minute.
    """
    strongest = _cause(one)
    if feed_fingerprint(one.name) in mutes or fingerprint_of(one.name, strongest) in mutes:
        return True
    about = [mute for mute in mutes.values() if one.name == mute.feed or one.name in mute.sharing]
    causes = {cause_of(reason.fact) for reason in one.prediction.reasons} if about else set()
    return any(
        mute.fingerprint == fingerprint_of(mute.feed, mute.cause)
        and mute.cause in causes
        and strongest in (mute.cause, *mute.seen)
        for mute in about
    )


def _gravest(names: Iterable[FeedName], by_name: Mapping[FeedName, Estimate]) -> Estimate:
    """Return the feed whose miss costs most, the first of those that cost the same."""
    known = [by_name[name] for name in names if name in by_name]
    return max(known, key=lambda one: COST_OF_A_MISS[one.watched.feed.criticality])


def _teams(names: Iterable[FeedName], by_name: Mapping[FeedName, Estimate]) -> tuple[TeamId, ...]:
    return tuple(sorted({by_name[name].watched.feed.team for name in names if name in by_name}))


def _impact(gravest: Estimate, root: FeedName) -> str:
    """Return what the trouble costs, with the feed's name where that is not the one it starts at."""
    feed = gravest.watched.feed
    if feed.name == root:
        return feed.impact
    return f"{feed.impact or feed.criticality.value} ({feed.name})"


def _weight(one: Estimate) -> float:
    return one.prediction.probability * COST_OF_A_MISS[one.watched.feed.criticality]


def _cause(one: Estimate) -> str:
    return cause_of(one.prediction.reasons[0].fact) if one.prediction.reasons else ""


def _raised(trouble: Trouble, by_name: Mapping[FeedName, Estimate], now: datetime) -> Alert:
    root = by_name[trouble.root]
    feed, told = root.watched.feed, root.prediction
    gravest = _gravest(trouble.members, by_name)
    is_late = root.is_late and root.overdue_at is not None
    return Alert(
        id=alert_id(trouble.root, now),
        fingerprint=fingerprint_of(trouble.root, _cause(root)),
        root=trouble.root,
        dependants=tuple(sorted(set(trouble.members) - {trouble.root})),
        team=feed.team,
        teams=_teams(trouble.members, by_name),
        criticality=gravest.watched.feed.criticality,
        impact=_impact(gravest, trouble.root),
        is_shadow=not any(by_name[name].watched.speaks for name in trouble.members),
        probability=told.probability,
        peak=told.probability,
        threshold=root.watched.threshold,
        priority=trouble.priority,
        record_wrong=told.record.wrong,
        record_asked=told.record.asked,
        reasons=tuple(reason.fact for reason in told.reasons),
        cause=_cause(root),
        model=told.model,
        due_at=told.due_at,
        lateness=told.lateness,
        zone=feed.schedule.zone,
        state=AlertState.HAPPENED if is_late else AlertState.RAISED,
        outcome=Verdict.HAPPENED if is_late else None,
        trouble_at=root.overdue_at if is_late else None,
        sentence=is_late_since(root, root.overdue_at) if is_late and root.overdue_at else "",
        expected_finish=told.finish.middle if told.finish else None,
        overdue_at=root.overdue_at,
        opened_at=now,
        updated_at=now,
        raised_at=now,
        before=root.trouble_at,
    )


def is_late_since(found: Estimate, since: datetime) -> str:
    """Return in words since when a feed is late."""
    return f"{found.name} has been late since {clock_of(found, since)}."


def clock_of(found: Estimate, moment: datetime) -> str:
    """Return a time as the people of a feed read it."""
    return clock_near(found.watched.feed.schedule.zone, moment, found.prediction.made_at)
