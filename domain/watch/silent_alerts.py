"""The one card of a sender that has gone silent: its feeds' own cards fold into it, until news returns.

While nothing is heard the card stands and people are called. Once the sender reports again it calms down and
names the feeds of which nothing came for what was due meanwhile; each leaves it with its next news, or speaks
for itself when its next run is missing too.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from domain.clock.wall_clock import clock_near
from domain.ids import FeedName, TeamId
from domain.running.feeds import COST_OF_A_MISS
from domain.running.senders import in_words
from domain.watch.alerts import Alert, AlertState, Ending, alert_id, sender_fingerprint
from domain.watch.silent_senders import REPORTED_LATE
from domain.watch.watching import Estimate, SilentSender, Swept, Trouble

_WAITS_AT_MOST = timedelta(hours=25)
"""After a return; by then daily feeds have come, and the others speak for themselves."""
_NAMED = 5


def advanced(alert: Alert, by_name: Mapping[FeedName, Estimate], swept: Swept) -> Alert:
    """Return the open card of a silent sender after a sweep; its trouble tells that it is silent still."""
    now, speaks = swept.at, in_words(alert.sender)
    returned = _returned(alert, swept)
    left = _left(alert, by_name, returned, now)
    is_over = returned is not None and now - returned > _WAITS_AT_MOST
    if not left or is_over:
        over = f"{speaks} reports again." if returned else f"Every feed of {speaks} has news again."
        closed = {"state": AlertState.CLOSED, "closed_at": now, "ending": Ending.OVER, "sentence": over}
        return alert.model_copy(update={**closed, "updated_at": now})
    update = _front(alert, left, by_name)
    if returned is not None:
        clock = clock_near(str(update.get("zone", alert.zone)), returned, now)
        some = "1 feed" if len(left) == 1 else f"{len(left)} feeds"
        said = f"{speaks} reports again since {clock}. Of {some} nothing came for what was due meanwhile"
        update |= {"state": AlertState.BACK_ON_TRACK, "calm_since": returned}
        update |= {"sentence": f"{said}: {named(left)}."}
    return alert.model_copy(update=update)


def silent_alert(
    first: Alert | None,
    trouble: Trouble,
    silent: SilentSender,
    by_name: Mapping[FeedName, Estimate],
    now: datetime,
) -> Alert:
    """Return the card of a silent sender: a new one, or one of its feeds' that speaks of all of them now."""
    members = _members(first, trouble)
    root, gravest = by_name[members[0]], max((by_name[name] for name in members), key=_cost)
    teams = {by_name[name].watched.feed.team for name in members}
    speaks = any(by_name[name].watched.speaks for name in members)
    told = _said(silent, members, by_name, now) | {
        "root": root.name,
        "dependants": tuple(sorted(members[1:])),
        "team": root.watched.feed.team,
        "teams": tuple(sorted({*teams, *(first.teams if first else ())})),
        "criticality": gravest.watched.feed.criticality,
        "impact": _impact(gravest),
        "is_shadow": (first is None or first.is_shadow) and not speaks,
        "priority": trouble.priority,
        "probability": root.prediction.probability,
        "threshold": root.watched.threshold,
        "model": root.prediction.model,
        "state": AlertState.HAPPENED,
        "raised_at": now,
        "updated_at": now,
    }
    if first is None:
        peak = {"id": alert_id(root.name, now), "opened_at": now, "peak": root.prediction.probability}
        return Alert.model_validate(told | peak)
    # What was foretold of one feed nobody can judge now: it may have run unheard.
    unjudged = ("outcome", "trouble_at", "due_at", "overdue_at", "expected_finish", "calm_since")
    fresh = dict.fromkeys(sorted({*members} - {first.root, *first.dependants}), now)
    named_at = {"named_at": {**first.named_at, **fresh}}
    return first.model_copy(
        update=told | dict.fromkeys((*unjudged, "well_since")) | named_at | {"lateness": 0.0}
    )


def _members(first: Alert | None, trouble: Trouble) -> list[FeedName]:
    """Return the feeds that the card speaks of, the one that it has started at first."""
    if first is None:
        return list(trouble.members)
    before = (first.root, *first.dependants) if first.sender else ()
    members = list(dict.fromkeys((*trouble.members, *before)))
    return sorted(members, key=lambda name: name != first.root)


def _said(
    silent: SilentSender, members: Sequence[FeedName], by_name: Mapping[FeedName, Estimate], now: datetime
) -> dict[str, object]:
    who, zone = in_words(silent.sender), by_name[members[0]].watched.feed.schedule.zone
    since = clock_near(zone, silent.since, now)
    due = sorted(silent.feeds, key=lambda name: (-_cost(by_name[name]), name))
    due = [name for name in due if name in members]
    count = "1 feed is" if len(due) == 1 else f"{len(due)} feeds are"
    deaf = silent.deaf_until
    asleep = f" I was not listening before {clock_near(zone, deaf, now)}." if deaf is not None else ""
    return {
        "fingerprint": sender_fingerprint(silent.sender),
        "sender": silent.sender,
        "silent_since": silent.since,
        "cause": f"nothing was heard from {who}",
        "reasons": (f"nothing was heard from {who} since {since}",),
        "sentence": f"Nothing was heard from {who} since {since}. {count} due without news: {named(due)}."
        + asleep,
        "zone": zone,
    }


def named(names: Sequence[FeedName]) -> str:
    """Return the first of some feeds, and how many more there are."""
    more = len(names) - _NAMED
    if more <= 1:
        return ", ".join(names)
    return f"{', '.join(names[:_NAMED])} and {more} more"


def _returned(alert: Alert, swept: Swept) -> datetime | None:
    """Return when the sender was first heard again, None while it is silent."""
    if alert.state is AlertState.BACK_ON_TRACK:
        return alert.calm_since
    heard = swept.words.get(alert.sender)
    return heard if heard is not None and heard > (alert.silent_since or alert.opened_at) else None


def _left(
    alert: Alert, by_name: Mapping[FeedName, Estimate], returned: datetime | None, now: datetime
) -> list[FeedName]:
    """Return the feeds for whose missing news the silence still answers, and those that wait for them."""
    known = [by_name[name] for name in (alert.root, *alert.dependants) if name in by_name]
    known = [one for one in known if one.trouble_at is None]
    # A run that began since is the news that was missing, once it has ended: it speaks for itself only when
    # it outlasts what is usual.
    begun = {one.name for one in known if _has_begun_since(one, returned)}
    missing = {one.name for one in known if one.is_without_news(now) and _is_of_then(one, returned)} - begun
    late = {one.name for one in known if one.name in begun and one.is_late and not one.is_without_news(now)}
    follow = {
        one.name
        for one in known
        if one.is_high and not one.is_without_news(now) and (missing | late) & set(one.watched.feed.upstreams)
    }
    return [one.name for one in known if one.name in missing | follow | late]


def _has_begun_since(one: Estimate, returned: datetime | None) -> bool:
    begun = one.running_since
    return returned is not None and begun is not None and begun >= returned - REPORTED_LATE


def _is_of_then(one: Estimate, returned: datetime | None) -> bool:
    """Return whether nothing is missing but of the time of silence: later runs are missing by themselves."""
    last = one.news_due_last or one.news_due_at
    return returned is None or last is None or last <= returned + REPORTED_LATE


def _front(alert: Alert, left: Sequence[FeedName], by_name: Mapping[FeedName, Estimate]) -> dict[str, object]:
    """Return the feeds that a card goes on to speak of; the gravest stands first when the first has left."""
    if alert.root in left:
        return {"dependants": tuple(name for name in alert.dependants if name in left)}
    root = max(left, key=lambda name: (_cost(by_name[name]), name))
    feed = by_name[root].watched.feed
    rest = tuple(name for name in alert.dependants if name in left and name != root)
    return {"root": root, "dependants": rest, "team": TeamId(feed.team), "zone": feed.schedule.zone}


def _impact(gravest: Estimate) -> str:
    feed = gravest.watched.feed
    return f"{feed.impact or feed.criticality.value} ({feed.name})"


def _cost(one: Estimate) -> float:
    return COST_OF_A_MISS[one.watched.feed.criticality]
