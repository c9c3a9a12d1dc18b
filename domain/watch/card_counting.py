"""Say how alerts and troubles count on the scorecard: which cards were forecasts, which troubles were to be
told.

Left out are cards of silent senders, cards that another card took over, cards that people were told of when
the trouble was there already, and late runs that people gave more time and that kept to it. A trouble that
began while its feed was muted or expected, or while its card waited for the end of the quiet hours, is
nobody's miss.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TypeVar

from domain.ids import FeedName
from domain.running.feeds import Criticality
from domain.watch.alerts import Alert, Ending, Mute
from domain.watch.predictions import Verdict
from domain.watch.scorecards import EstimateTally, FeedTrouble, Ledger, ScoredCard, cards_by_feed
from domain.watch.verdicts import NEITHER

_HORIZON, _ON_ITS_WAY = timedelta(minutes=60), timedelta(minutes=5)
_One = TypeVar("_One")


def ledger_of(
    alerts: Sequence[Alert],
    troubles: Sequence[FeedTrouble],
    estimates: Sequence[EstimateTally],
    mutes: Sequence[Mute],
    *,
    weeks: float,
    now: datetime,
) -> Ledger:
    """Return what is counted of a stretch of time."""
    naming = _by_feed((name, alert) for alert in alerts for name in (alert.root, *alert.dependants))
    silent = _by_feed((name, mute) for mute in mutes for name in (mute.feed, *mute.sharing))
    happened = _by_feed((one.feed, one) for one in troubles)
    cards = [card for alert in alerts for card in _cards_of(alert, happened.get(alert.root, ()), now)]
    told = cards_by_feed(card for card in cards if not card.is_shadow)
    counted, unheard = [], []
    for one in troubles:
        about = naming.get(one.feed, ())
        if any(_was_given_time(alert, one) for alert in about):
            continue
        if any(card.foretells(one) for card in told.get(one.feed, ())):
            counted.append(FeedTrouble(one.feed, one.began_at, one.is_late))
        elif any(_is_muted(mute, one) for mute in silent.get(one.feed, ())) or any(
            _was_kept_quiet(alert, one) for alert in about
        ):
            unheard.append(one)
        else:
            counted.append(one)
    return Ledger(cards, counted, unheard, list(estimates), weeks)


def _cards_of(alert: Alert, happened: Sequence[FeedTrouble], now: datetime) -> Iterable[ScoredCard]:
    """Return the card of an alert; none where people were told too late, or are told by another card.

    That a sender is silent is a fact and no forecast.
    """
    told = alert.opened_at if alert.is_shadow else alert.announced_at
    if told is None or alert.ending is Ending.JOINED or alert.sender:
        return
    if alert.trouble_at is not None and told >= alert.trouble_at:
        return
    yield ScoredCard(
        reach={name: max(since, told) for name, since in _named_at(alert).items()},
        teams=frozenset(alert.teams or (alert.team,)),
        until=alert.closed_at or now,
        is_shadow=alert.is_shadow,
        right=_came_true(alert, happened, now),
        is_neither=alert.outcome in NEITHER,
    )


def _came_true(alert: Alert, happened: Sequence[FeedTrouble], now: datetime) -> bool | None:
    if alert.outcome is Verdict.HAPPENED:
        return True
    if alert.outcome is Verdict.DID_NOT_HAPPEN:
        return False
    if alert.ending is Ending.MUTED and alert.closed_at is not None:
        # Whoever mutes a cause ends the card and not the trouble: what came within the hour decides.
        until = alert.closed_at + _HORIZON
        came = any(alert.opened_at < one.began_at <= until for one in happened)
        return came if came or now >= until else None
    return None


def _was_given_time(alert: Alert, trouble: FeedTrouble) -> bool:
    """Return whether a run was late by the calendar only: people gave it more time, and it kept to it."""
    return (
        trouble.is_late
        and alert.root == trouble.feed
        and alert.outcome is Verdict.DID_NOT_HAPPEN
        and alert.extended_until is not None
        and alert.opened_at <= trouble.began_at <= alert.extended_until
    )


def _is_muted(mute: Mute, trouble: FeedTrouble) -> bool:
    return mute.since is not None and mute.since <= trouble.began_at < mute.until


def _was_kept_quiet(alert: Alert, trouble: FeedTrouble) -> bool:
    """Return whether a card was there in time and waited for the end of the quiet hours."""
    opened = _named_at(alert)[trouble.feed]
    in_time = opened < trouble.began_at <= (alert.closed_at or trouble.began_at)
    told = alert.announced_at
    # What is critical speaks at any hour, and a card that was only on its way is late like any other.
    may_wait = not alert.is_shadow and alert.criticality is not Criticality.CRITICAL
    waited = told is None or (told >= trouble.began_at and told - opened >= _ON_ITS_WAY)
    return in_time and may_wait and waited


def _named_at(alert: Alert) -> Mapping[FeedName, datetime]:
    return {name: alert.named_at.get(name, alert.opened_at) for name in (alert.root, *alert.dependants)}


def _by_feed(pairs: Iterable[tuple[FeedName, _One]]) -> dict[FeedName, list[_One]]:
    found: dict[FeedName, list[_One]] = {}
    for name, one in pairs:
        found.setdefault(name, []).append(one)
    return found
