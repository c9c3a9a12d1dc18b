"""Tell operators once that trainings fail, and once that they work again."""

from collections.abc import Sequence
from datetime import datetime

from domain.identity.chat import Place
from domain.ports.sentence_card import SentenceCard
from domain.ports.transactions import UnitOfWork
from domain.telling.postings import Posting, View
from domain.watch.feed_health import LogEntry

_KIND, _FAILED, _WORKS = "training", "failed", "works"


class TrainingNews:
    """Says what became of trainings, inside the transaction it is given.

    Args:
        places: Where operators read.
        card: Makes the stored card of a title and a text.
    """

    def __init__(self, places: Sequence[Place], card: SentenceCard) -> None:
        self._places = places
        self._card = card

    def failed(self, uow: UnitOfWork, why: str, now: datetime) -> None:
        """Say that a training failed, unless the one before did too."""
        if _last(uow) == _FAILED:
            return
        text = (
            f"The training of the model failed ({why}). Alerts go on with the model in service, which grows"
            " older. It is tried again every day, and I say when it works. The log of the heavy worker says"
            " what is wrong."
        )
        self._say(uow, _FAILED, ("Training failed", text), now)

    def works(self, uow: UnitOfWork, now: datetime) -> None:
        """Say that a training came through, where the one before failed."""
        if _last(uow) == _FAILED:
            self._say(uow, _WORKS, ("Training works again", "The training of the model came through."), now)

    def _say(self, uow: UnitOfWork, what: str, said: tuple[str, str], now: datetime) -> None:
        title, text = said
        uow.forecasts.write(LogEntry(at=now, kind=_KIND, subject=what, sentence=f"{title}. {text}"))
        for place in self._places:
            uow.postings.add(
                Posting(
                    key=f"{_KIND}#{what}@{now.isoformat()}:{place.platform}:{place.workspace}:{place.channel}",
                    view=View.MESSAGE,
                    place=place,
                    card_json=self._card(title, text),
                    created_at=now,
                    next_attempt_at=now,
                )
            )


def _last(uow: UnitOfWork) -> str:
    line = uow.forecasts.last_line(_KIND)
    return "" if line is None else line.subject
