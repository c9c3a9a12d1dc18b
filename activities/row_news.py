"""Tell a feed's people, once, that its deliveries got worse or changed their shape, as an alert would."""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta

from activities.feed_audiences import Audiences
from domain.acts.notice_calls import call_out, page_of
from domain.data_quality.row_care import RowCare
from domain.data_quality.row_troubles import (
    LOOKED_AT,
    RowTrouble,
    begun_at,
    feed_and_start,
    subject_of,
    troubles_of,
)
from domain.identity.chat import Place
from domain.identity.people import Way
from domain.ids import FeedName, TeamId
from domain.ports.transactions import UnitOfWork
from domain.running.feed_facts import FeedFacts
from domain.running.feeds import Criticality
from domain.telling.notices import Call
from domain.telling.postings import Posting, View
from domain.watch.alert_audience import joined
from domain.watch.feed_health import QualityPoint

_WEEK = timedelta(days=7)


class RowNews:
    """Posts one card per trouble of a feed's rows.

    Args:
        audiences: Who hears of which feed.
        budget: How many cards a week a team wants, alerts included.
    """

    def __init__(self, audiences: Audiences, budget: Callable[[TeamId], float]) -> None:
        self._audiences = audiences
        self._budget = budget

    def tell(self, uow: UnitOfWork, feed: FeedName, delivery: str, now: datetime) -> None:
        """Post, or draw anew, the card of what the newest delivery shows; the same again posts nothing.

        Where the question stands whether that delivery is released, people know of it already.
        """
        points = uow.quality.scores(feed, LOOKED_AT)
        troubles = troubles_of(points)
        if not troubles:
            return
        newest = troubles[-1]
        subject = _known_subject(uow, feed, points) or subject_of(feed, newest)
        is_told = bool(uow.posting_lookup.about(subject))
        if is_told:
            uow.postings.refresh(subject, now)
        elif not newest.is_over and not _is_told_by_alert(uow, feed):
            asked = {_channel(one.place) for one in uow.posting_lookup.about(f"delivery/{delivery}")}
            self._post(uow, feed, newest, asked, now)

    def _post(
        self, uow: UnitOfWork, feed: FeedName, trouble: RowTrouble, asked: Collection[str], now: datetime
    ) -> None:
        entry = uow.feeds.find(feed)
        team = TeamId(entry.owner) if entry is not None else _watched_team(uow, feed)
        criticality = Criticality(entry.criticality or Criticality.NORMAL) if entry else Criticality.NORMAL
        if criticality is not Criticality.CRITICAL and self._spent(uow, team, now) >= self._budget(team):
            return
        facts = entry.facts if entry is not None else FeedFacts()
        heard = ([facts.quality_at] if trouble.has_fallen else []) + (
            [facts.drift_at] if trouble.has_drifted else []
        )
        audience = joined(
            self._audiences.of_feed(uow, FeedFacts(heard_at=one), team) for one in heard or [()]
        )
        subject, speaks_at = subject_of(feed, trouble), self._audiences.policy.may_speak_at(criticality, now)
        places = [one for one in self._audiences.places(audience) if _channel(one) not in asked]
        if places:  # where all are asked already, that question is what calls people
            uow.row_cares.save(
                RowCare(
                    subject=subject, feed=feed, team=team, criticality=criticality, announced_at=speaks_at
                )
            )
        for place in places:
            uow.postings.add(
                Posting(
                    key=f"rows#{team}#{subject}@{_channel(place)}"[:300],
                    view=View.ROWS,
                    subject=subject,
                    place=place,
                    created_at=now,
                    next_attempt_at=speaks_at,
                )
            )
        call_out(
            uow,
            Call(
                key=f"rows#{subject}"[:200],
                people=audience.mailed,
                by=(Way.MAIL, *audience.systems),
                subject=f"feed/{feed}",
                waits_on="",
                title=f"Rows of {feed}",
                text=trouble.sentence(),
                path=page_of(f"feed/{feed}"),
                is_urgent=criticality is Criticality.CRITICAL,
                at=now,
                not_before=speaks_at,
            ),
        )

    def _spent(self, uow: UnitOfWork, team: TeamId, now: datetime) -> int:
        """Return how many cards a team got in the last seven days: alerts that were posted, and these."""
        since = now - _WEEK
        alerts = [
            one for one in uow.alerts.of_time(since) if one.announced_at and team in (one.team, *one.teams)
        ]
        return len(alerts) + uow.posting_lookup.subjects_since(f"rows#{team}#", since)


def _known_subject(uow: UnitOfWork, feed: FeedName, points: Sequence[QualityPoint]) -> str:
    """Return the open card of a trouble that began before the scores looked at, empty without one."""
    open_ones = [one.subject for one in uow.row_cares.every_open() if one.feed == feed]
    newest = troubles_of(points)[-1]
    for subject in open_ones:
        trouble = begun_at(feed_and_start(subject)[1], points)
        if trouble == newest:
            return subject
    return ""


def _channel(place: Place) -> str:
    return f"{place.platform}:{place.workspace}:{place.channel}"


def _is_told_by_alert(uow: UnitOfWork, feed: FeedName) -> bool:
    """Return whether an open card tells of the feed already: the rows stand among its reasons."""
    return any(
        alert.announced_at is not None and feed in (alert.root, *alert.dependants)
        for alert in uow.alerts.every_open()
    )


def _watched_team(uow: UnitOfWork, feed: FeedName) -> TeamId:
    found = uow.watched.find(feed)
    return found.feed.team if found is not None else TeamId("")
