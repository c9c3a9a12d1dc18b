"""Open the comparisons that feeds owe: after their good runs, and once a day; a few at a time."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from time import monotonic

from pydantic import BaseModel, ConfigDict
from temporalio import activity

from activities.beating import beating
from activities.comparing import Speaking, keep_discrepancy
from domain.clock.pauses import is_time
from domain.data_quality.discrepancies import LONGEST, left_if_old
from domain.data_quality.reconciling import LOOKED_BACK, Owed, Owner, next_try, owed_now
from domain.errands import Errand, ErrandKind, ErrandState
from domain.identity.chat import Place, Platform
from domain.ids import FeedName, PersonId, TeamId
from domain.ports.clock import Clock
from domain.ports.comparables import Comparables
from domain.ports.transactions import Opening, UnitOfWork
from domain.running.feeds import Criticality
from domain.stories import StoryCall, StoryKind

log = logging.getLogger("dogwatch.reconciling")

_LOOKED_EVERY = timedelta(seconds=30)
# Over many thousand feeds a look takes seconds, in which nobody sweeps.
_SHARE_OF_TIME = 20
_NOWHERE = Place(platform=Platform.WEB, workspace="web", channel="data-feeds")
_NOBODY = PersonId("dogwatch")


@dataclass(frozen=True)
class Pace:
    """How long after a good run a feed is compared, when the daily net falls due (UTC), how many at once."""

    delay: timedelta = timedelta(minutes=30)
    daily_at: time = time(5, 10)
    at_once: int = 1


class DailyRef(BaseModel):
    """Which round of the day's work."""

    model_config = ConfigDict(frozen=True)

    round: int = 0


class Left(BaseModel):
    """How many comparisons are owed or under way."""

    model_config = ConfigDict(frozen=True)

    comparisons: int = 0


class Reconciling:
    """Activity of the heavy queue; the sweeps call `look` as well, so that nothing waits for the day."""

    def __init__(
        self,
        comparables: Comparables,
        speaking: Speaking,
        pace: Pace,
        *,
        reading: Opening,
        writing: Opening,
        clock: Clock,
        wake: Callable[[], None],
    ) -> None:
        self._comparables = comparables
        self._speaking = speaking
        self._pace = pace
        self._reading = reading
        self._writing = writing
        self._clock = clock
        self._wake = wake
        self._looked_at: datetime | None = None
        self._took = timedelta(0)
        self._done: set[str] = set()

    @activity.defn
    @beating()
    def open_owed_comparisons(self, ref: DailyRef) -> Left:
        """Open what is owed, as far as there is room; return how much is left."""
        return Left(comparisons=self.open_owed())

    def look(self) -> None:
        """Open what is owed, at most twice a minute, and for a twentieth of the time."""
        now = self._clock.now()
        if is_time(self._looked_at, now, max(_LOOKED_EVERY, self._took * _SHARE_OF_TIME)):
            begun, self._looked_at = monotonic(), now
            try:
                self.open_owed()
            except Exception:  # a border: what feeds owe must not keep the sweeps from people
                log.exception("comparisons could not be opened")
            self._took = timedelta(seconds=monotonic() - begun)

    def open_owed(self) -> int:
        """Open what is owed, as far as there is room; return how many are owed or under way."""
        now = self._clock.now()
        feeds = [one for one in self._comparables.every() if not one.lacks]
        with self._reading() as uow:
            open_ones = uow.discrepancies.every_open()
            owners = _owners(uow) if feeds else {}
            since, until = now - LOOKED_BACK, now - self._pace.delay
            ended = uow.runs.ended_well([one.feed for one in feeds], since, until)
            kept_out = uow.publications.kept_out((now - LONGEST).date().isoformat())
            owed = owed_now(feeds, owners, ended, open_ones, now, self._pace.daily_at, kept_out)
            self._done &= {one.name for one in owed}
            owed = [one for one in owed if one.name not in self._done]
            known = uow.errands.several([name for one in owed for name in one.tries])
        self._done |= {
            one.name
            for one in owed
            if any(known[name].state is ErrandState.DONE for name in one.tries if name in known)
        }
        running = sum(errand.state is ErrandState.WANTED for errand in known.values())
        due = [(one, name) for one in owed if (name := next_try(one, known, now))]
        room = due[: max(self._pace.at_once - running, 0)]
        waits = [one for one in open_ones if one.announced_at is None or left_if_old(one, now)]
        if room or waits:
            self._write(room, owners, [one.id for one in waits], now)
        return running + len(due)

    def _write(
        self, room: list[tuple[Owed, str]], owners: dict[FeedName, Owner], waits: list[str], now: datetime
    ) -> None:
        with self._writing() as uow:
            for owed, name in room:
                owner = owners.get(owed.feed)
                if uow.errands.find(name) is None:
                    places = self._speaking.places(uow, owed.feed, owner.team if owner else TeamId(""))
                    uow.errands.save(_errand(owed, name, next(iter(places), _NOWHERE), now))
                    key = f"{StoryKind.ERRAND}/{name}"
                    uow.stories.add(StoryCall(key=key, kind=StoryKind.ERRAND, subject_id=name, at=now))
            for waiting in waits:
                one = uow.discrepancies.get(waiting)
                after = left_if_old(one, now) if one.is_open else None
                after = after or self._speaking.announce(uow, one, now)
                if after != one:
                    keep_discrepancy(uow, after, now, "told" if after.is_open else "left")
        self._wake()


def _errand(owed: Owed, name: str, place: Place, now: datetime) -> Errand:
    return Errand(
        id=name,
        kind=ErrandKind.RECONCILE,
        asked_by=_NOBODY,
        place=place,
        at=now,
        feed=owed.feed,
        business_date=owed.day,
        is_quiet=True,
    )


def _owners(uow: UnitOfWork) -> dict[FeedName, Owner]:
    found = {
        FeedName(one.name): Owner(TeamId(one.owner), Criticality(one.criticality or Criticality.NORMAL))
        for one in uow.feeds.every()
    }
    return found | {
        one.feed.name: Owner(one.feed.team, one.feed.criticality, one.feed.schedule)
        for one in uow.watched.every()
    }
