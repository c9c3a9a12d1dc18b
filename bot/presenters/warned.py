"""How it reads whether a feed's last trouble was told beforehand, and what kept it from being told."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.cards.model import Card, Link
from bot.cards.text import literal, md
from bot.presenters.alerts import minutes_in_words, moment
from domain.counting import in_series
from domain.watch.alerts import Alert, Mute, feed_fingerprint
from domain.watch.feed_health import FeedPage, RunPoint, ScorecardView
from domain.watch.watching import WatchedFeed

_TROUBLE = frozenset({"failed", "late", "partial"})
_LOOKED_BACK, _AFTERWARDS = timedelta(hours=2), timedelta(days=1)


def newest_trouble(page: FeedPage) -> RunPoint | None:
    """Return the newest run of a feed that ended in trouble."""
    return next((run for run in reversed(page.runs) if run.outcome in _TROUBLE and run.at is not None), None)


@dataclass(frozen=True)
class Kept:
    """What is kept of the time of a feed's newest trouble: alerts that name the feed, and mutes.

    Attributes:
        alerts: The newest first, shadow ones included.
    """

    watched: WatchedFeed | None
    alerts: Sequence[Alert] = ()
    mutes: Sequence[Mute] = ()


def warned_card(page: FeedPage, kept: Kept, card: ScorecardView, now: datetime) -> Card:
    """Return whether people were told before a feed's newest trouble, and if not, why not."""
    feed, zone = page.health.name, page.health.zone
    title = f"Was {feed} told beforehand?"
    run = newest_trouble(page)
    link = Link(label="How good the predictions were", target="/dashboard/scorecard")
    if run is None or run.at is None:
        said = md("I know of no trouble of **{feed}** in the runs that I have.", feed=feed)
        return Card(title=title, lead=said, links=(link,), plain=literal(said))
    what = md("**{feed}** {how} {at}. ", feed=feed, how=_how(run), at=moment(run.at, zone, now))
    said = what + _why(page, run.at, kept, now)
    row = card.overall or card.backtest
    if row is not None and row.told.troubles:
        cards = row.told
        said += f" Of {cards.troubles:,} troubles of all feeds {cards.foretold:,} had a card beforehand."
    return Card(title=title, lead=said, links=(link,), plain=literal(said))


def warned_of_which_card(troubled: Sequence[str]) -> Card:
    """Return which feeds may be meant by who asks why nobody was warned, and names none."""
    if troubled:
        named = in_series([md("**{feed}**", feed=one) for one in troubled])
        said = f"About which feed? In trouble now: {named}."
        said += md(" Ask *why didn't you warn me about {feed}?*", feed=troubled[0])
    else:
        said = "About which feed? None is in trouble now. Ask *why didn't you warn me about NAME?*"
    return Card(title="Why nobody was told", lead=said, plain=literal(said))


def _how(run: RunPoint) -> str:
    return {"failed": "failed", "late": "was late", "partial": "came in part"}[run.outcome]


def _why(page: FeedPage, at: datetime, kept: Kept, now: datetime) -> str:
    zone, feed = page.health.zone, page.health.name
    before = [one for one in kept.alerts if one.opened_at < at and (one.closed_at or now) >= at]
    said = next((one for one in before if not one.is_shadow), None)
    if said is not None:
        return _told_before(said, at, now)
    counted = next(iter(before), None)
    if counted is not None:
        return (
            f"I saw it coming {_earlier(counted.opened_at, at)} before and told nobody: it was in shadow,"
            f" where alerts are only counted until enough of them were right.{_later(kept, at, now)}"
        )
    mute = next((one for one in kept.mutes if _covers(one, feed, at)), None)
    if mute is not None:
        until = moment(mute.until, zone, now)
        return f"Nobody was to be told of it until {until}: `muted` shows what is muted now."
    heard_since = kept.watched.heard_since if kept.watched is not None else None
    if heard_since is None or heard_since > at:
        return "I did not watch it yet: its runs were reported to me only afterwards, as history."
    return f"No, I did not see it coming: {_estimates(page, at)}.{_later(kept, at, now)}"


def _told_before(one: Alert, at: datetime, now: datetime) -> str:
    if one.announced_at is None or one.announced_at > at:
        seen = _earlier(one.opened_at, at)
        return f"I saw it coming {seen} before, and it waited to be told, as in quiet hours."
    raised = moment(one.announced_at, one.zone, now)
    return f"Yes: its alert was posted {_earlier(one.announced_at, at)} before, {raised}."


def _later(kept: Kept, at: datetime, now: datetime) -> str:
    """Return that an alert came when it had happened, empty where none did."""
    came = [one for one in kept.alerts if at <= one.opened_at < at + _AFTERWARDS and not one.is_shadow]
    return f" Its alert came afterwards, {moment(came[-1].opened_at, came[-1].zone, now)}." if came else ""


def _estimates(page: FeedPage, at: datetime) -> str:
    seen = [one.probability for one in page.told if at - _LOOKED_BACK <= one.made_at < at]
    level = f"{page.health.threshold:.0%}"
    if not seen:
        return f"I have no estimate of the two hours before; it alerts from {level}"
    return f"my highest estimate in the two hours before was {max(seen):.0%}, and it alerts from {level}"


def _covers(mute: Mute, feed: str, at: datetime) -> bool:
    """Return whether nobody was to be told anything about a feed; a muted cause leaves its others."""
    is_of_it = mute.feed == feed and mute.fingerprint == feed_fingerprint(mute.feed)
    return is_of_it and (mute.since or at) <= at < mute.until


def _earlier(raised: datetime, at: datetime) -> str:
    return minutes_in_words(max(round((at - raised).total_seconds() / 60.0), 1))
