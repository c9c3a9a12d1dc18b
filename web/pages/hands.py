"""In whose hands the trouble of a feed is: the open alert that speaks of it, and who has that."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from domain.clock.wall_clock import moment_in
from domain.watch.alert_remedies import advice_for
from domain.watch.alerts import Alert, AlertState, Ending, Mute, feed_fingerprint
from domain.watch.causes import cause_in_words
from domain.watch.feed_health import FeedHealth


def alert_of_each(alerts: Sequence[Alert]) -> dict[str, Alert]:
    """Return the open alert of each feed that one speaks of; its own before that of another."""
    found: dict[str, Alert] = {name: alert for alert in alerts for name in alert.dependants}
    return found | {alert.root: alert for alert in alerts}


def unowned_first(
    feeds: Sequence[FeedHealth], about: Mapping[str, Alert], mutes: Mapping[str, Sequence[Mute]]
) -> list[FeedHealth]:
    """Return the feeds, those that nobody has taken care of before the others.

    Whoever says that a trouble is expected, or mutes its cause, has taken care of it: no alert is open then.
    """

    def is_taken(feed: FeedHealth) -> bool:
        alert = about.get(feed.name)
        return feed.name in mutes if alert is None else alert.acknowledged_by is not None

    return sorted(feeds, key=is_taken)


@dataclass(frozen=True, slots=True)
class Need:
    """A trouble: its most urgent feed, and the others in trouble of which the same alert speaks."""

    feed: FeedHealth
    others: tuple[FeedHealth, ...]


def needs_of(feeds: Iterable[FeedHealth], about: Mapping[str, Alert]) -> list[Need]:
    """Return troubles in the order of their first feeds: a source that fails under many is one."""
    found: dict[str, list[FeedHealth]] = {}
    for feed in feeds:
        alert = about.get(feed.name)
        found.setdefault(f"feed/{feed.name}" if alert is None else f"alert/{alert.id}", []).append(feed)
    return [Need(some[0], tuple(some[1:])) for some in found.values()]


def worst_first(alerts: Sequence[Alert]) -> list[Alert]:
    """Return open alerts in their order, those only counted and those back on track behind the others."""
    return sorted(alerts, key=lambda one: (one.is_shadow, one.state is AlertState.BACK_ON_TRACK))


def past_of(alerts: Sequence[Alert]) -> list[Alert]:
    """Return the alerts that are over, in their order."""
    return [one for one in alerts if not one.is_open]


def whose(alert: Alert, names: Mapping[str, str]) -> str:
    """Return in words who has an alert, or why nobody does."""
    if alert.acknowledged_by is not None:
        who = names.get(alert.acknowledged_by, "somebody")
        since = f" since {alert.clock(alert.acknowledged_at)}" if alert.acknowledged_at else ""
        return f"{who} has it{since}"
    if alert.is_shadow:
        return "only counted, not told"
    if alert.snoozed_until is not None:
        return f"nobody has it, snoozed until {alert.clock(alert.snoozed_until)}"
    if alert.announced_at is None:
        return "not told to anybody yet"
    if alert.calls:
        last = alert.calls[-1]
        how = "called" if last.is_heard else "could not be reached"
        return f"nobody has it; {last.whom} {how} at {alert.clock(last.at)}"
    return "nobody has it yet"


def stands(alert: Alert) -> str:
    """Return in words how an alert stands, or how it ended."""
    if alert.ending is Ending.JOINED:
        return "on another card"
    if alert.state is AlertState.RAISED:
        return "foretold"
    if alert.sender and alert.is_open:
        return "no news" if alert.state is AlertState.HAPPENED else "reports again"
    if alert.state is AlertState.HAPPENED:
        return "happened" if alert.is_foretold else "late"
    if alert.state is AlertState.CLOSED and alert.ending is Ending.MUTED:
        return "muted"
    if alert.state is AlertState.CLOSED and alert.outcome:
        return f"over: {alert.outcome.value}"
    return alert.state.value


def shade(alert: Alert) -> str:
    """Return the colour of how an alert stands; what is over has none."""
    return {AlertState.RAISED: "yellow", AlertState.HAPPENED: "red", AlertState.BACK_ON_TRACK: "green"}.get(
        alert.state, "grey"
    )


def hushed(mute: Mute, names: Mapping[str, str]) -> str:
    """Return in words what is told to nobody, by whose wish and until when."""
    until = f"{moment_in('UTC', mute.until)} by {names.get(mute.by, 'somebody')}"
    if mute.fingerprint == feed_fingerprint(mute.feed):
        return f"told to nobody until {until}: it is expected"
    if mute.feeds:
        return f"told to nobody until {until}, nor are the feeds without news: {mute.cause}"
    return f"muted until {until}, for this cause: {cause_in_words(mute.cause)}"


def mutes_of_each(mutes: Iterable[Mute]) -> dict[str, list[Mute]]:
    """Return what is told to nobody, by feed, the soonest to end first."""
    found: dict[str, list[Mute]] = {}
    for mute in sorted(mutes, key=lambda one: (one.until, one.fingerprint)):
        for name in (mute.feed, *mute.sharing):
            found.setdefault(name, []).append(mute)
    return found


def helps(reasons: Sequence[str]) -> str:
    """Return what helps against the strongest reasons, one sentence, empty when nothing is known."""
    said = "; ".join(advice_for(reasons)).replace("*", "")
    return f"{said[0].upper()}{said[1:]}." if said else ""
