"""Tell operators once what became of the model, and people that they hear of a feed no more.

Trainings fail or work again, the world has left the model, its file is gone. What was told last is read off
the log, so that a process that begins anew tells nothing twice.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.counting import counted
from domain.identity.chat import Place
from domain.ports.sentence_card import SentenceCard
from domain.ports.transactions import UnitOfWork
from domain.telling.postings import Posting, View
from domain.watch.feed_health import LogEntry
from domain.watch.promotions import counts_in_words
from domain.watch.watching import Threshold

_KIND, _FAILED, _WORKS = "training", "failed", "works"
_TRUST, _LEFT, _REGAINED = "trust", "left", "regained"
_SERVING = "serving"
_NAMED = 5
_PATIENCE = timedelta(days=1)
"""Estimates that come true for less than this after they did not may be near the edge."""
_DRIFT_SAID_AGAIN = timedelta(hours=20)
"""While the world is away from the model, the log says so no more often than a training is called for it."""


@dataclass(frozen=True)
class FeedPlaces:
    """Where people hear of each of some feeds, and from when on they may be told what can wait."""

    of_feeds: Callable[[UnitOfWork, Sequence[Threshold]], Sequence[Sequence[Place]]]
    may_speak_at: Callable[[datetime], datetime]


class TrainingNews:
    """Says what became of trainings, inside the transaction it is given.

    Args:
        places: Where operators read.
        card: Makes the stored card of a title and a text.
        feeds: Where people hear of feeds; None: of a feed nobody is told anything.
    """

    def __init__(self, places: Sequence[Place], card: SentenceCard, feeds: FeedPlaces | None = None) -> None:
        self._places = places
        self._card = card
        self._feeds = feeds

    def failed(self, uow: UnitOfWork, why: str, now: datetime) -> None:
        """Say that a training failed, unless the one before did too."""
        if _last(uow, _KIND) == _FAILED:
            return
        text = (
            f"The training of the model failed ({why}). Alerts go on with the model in service, which grows"
            " older. It is tried again every day, and I say when it works. The log of the heavy worker says"
            " what is wrong."
        )
        self._say(uow, _KIND, _FAILED, ("Training failed", text), now)

    def works(self, uow: UnitOfWork, now: datetime) -> None:
        """Say that a training came through, where the one before failed."""
        if _last(uow, _KIND) == _FAILED:
            said = ("Training works again", "The training of the model came through.")
            self._say(uow, _KIND, _WORKS, said, now)

    def left(self, uow: UnitOfWork, why: str, now: datetime) -> None:
        """Say that the world has left the model in service, until it is said that it no longer has."""
        if _last(uow, _TRUST) == _LEFT:
            return
        text = (
            f"{why} I train one every day; it serves as soon as it does better. Until then take"
            " percentages with care: what is late or failed already is told as before."
        )
        # Why stands in the line before.
        said = ("A new model is due", text)
        self._say(uow, _TRUST, _LEFT, said, now, logged="Operators were told that a new model is due.")

    def fits_again(self, uow: UnitOfWork, now: datetime) -> None:
        """Say that nothing speaks against the model in service any more, where something did."""
        line = uow.forecasts.last_line(_TRUST)
        is_left = line is not None and line.subject == _LEFT and now - line.at >= _PATIENCE
        if is_left and not uow.forecasts.has_line("drift", now - _PATIENCE - _DRIFT_SAID_AGAIN):
            self._regained(uow, "For a day nothing has spoken against the model in service any more.", now)

    def replaced(self, uow: UnitOfWork, version: str, now: datetime) -> None:
        """Say that a new model serves, where the world had left the one before."""
        if _last(uow, _TRUST) == _LEFT:
            self._regained(uow, f"{version} has learned what is new, and is in service.", now)

    def fell_back(self, uow: UnitOfWork, said: str, now: datetime) -> None:
        """Say that an older model answers, or none, because the file of the one in service can't be used."""
        self._post(uow, f"{_SERVING}#{now.isoformat()}", ("A model is gone", said), now)

    def silenced(self, uow: UnitOfWork, feeds: Sequence[Threshold], now: datetime) -> None:
        """Say where people heard of some feeds that they do not from now on: one message a channel.

        Who is told nothing would take silence for good news.
        """
        if self._feeds is None:
            return
        heard: dict[Place, list[Threshold]] = {}
        for one, places in zip(feeds, self._feeds.of_feeds(uow, feeds), strict=True):
            for place in dict.fromkeys(places):
                heard.setdefault(place, []).append(one)
        at = self._feeds.may_speak_at(now)
        for place, some in heard.items():
            said = (f"No more alerts of {counted(len(some), 'feed')}", _silence(some))
            self._post(uow, f"shadow@{now.isoformat()}", said, at, (place,))

    def _regained(self, uow: UnitOfWork, text: str, now: datetime) -> None:
        self._say(uow, _TRUST, _REGAINED, ("Estimates fit again", text), now)

    def _say(
        self, uow: UnitOfWork, kind: str, what: str, said: tuple[str, str], now: datetime, logged: str = ""
    ) -> None:
        sentence = logged or ". ".join(said)
        uow.forecasts.write(LogEntry(at=now, kind=kind, subject=what, sentence=sentence))
        self._post(uow, f"{kind}#{what}@{now.isoformat()}", said, now)

    def _post(
        self,
        uow: UnitOfWork,
        key: str,
        said: tuple[str, str],
        at: datetime,
        places: Sequence[Place] | None = None,
    ) -> None:
        for place in self._places if places is None else places:
            uow.postings.add(
                Posting(
                    key=f"{key}:{place.platform}:{place.workspace}:{place.channel}",
                    view=View.MESSAGE,
                    place=place,
                    card_json=self._card(*said),
                    created_at=at,
                    next_attempt_at=at,
                )
            )


def _last(uow: UnitOfWork, kind: str) -> str:
    line = uow.forecasts.last_line(kind)
    return "" if line is None else line.subject


def _silence(some: Sequence[Threshold]) -> str:
    """Return in words which feeds are in shadow again, and why."""
    named = "; ".join(f"{one.feed}: {counts_in_words(one)}" for one in some[:_NAMED])
    more = f"; and {len(some) - _NAMED} more" if len(some) > _NAMED else ""
    return (
        f"{named}{more}. From now on their alerts are only counted, in shadow, until they prove themselves"
        " again; a run that failed or is late still shows on the board, in feeds and in feed NAME. The log of"
        " it stands on the scorecard."
    )
