"""What becomes of a card that a channel refuses for good: it stands in another one, which is told why.

Slack or Teams may refuse because the channel is gone or because nobody invited us. What people must see or
decide is then shown where we can write: first in a channel of the same name elsewhere, then in the one
that alerts fall back to, then in any other. The refusal itself is said once a day for each channel.
"""

import logging
import re
from collections.abc import Mapping, Sequence
from datetime import datetime

from bot.presenters.sentences import stored_sentence
from domain.identity.chat import Place, Platform
from domain.ports.transactions import UnitOfWork
from domain.telling.postings import Delivery, Posting, View

log = logging.getLogger("dogwatch.delivery")

_MUST_STAND = frozenset({View.ALERT, View.CALL, View.APPROVAL, View.INCIDENT, View.DISCREPANCY})
_MOVED = " > "
"""Between the key of a posting and the place that it was moved to."""
_PLACE = re.compile(f":(?:{'|'.join(Platform)}):")
"""What a key says about its place stands behind this."""


class OtherChannels:
    """Finds the channel that takes what another one refused.

    Args:
        channels: Where each channel of the settings is.
        fallback: Name of the channel that alerts fall back to.
    """

    def __init__(self, channels: Mapping[str, Sequence[Place]], fallback: str) -> None:
        self._names = {place: name for name, places in channels.items() for place in places}
        self._fallback = fallback

    def take_in(self, uow: UnitOfWork, refused: Posting, why: str, now: datetime) -> None:
        """Show a refused card in the first channel that may take it; one that has stood is left alone."""
        where = refused.place
        if refused.view not in _MUST_STAND or where.is_private or where.thread or refused.sent is not None:
            return
        known = [one for one in uow.posting_lookup.about(refused.subject) if one.view is refused.view]
        for place in self._order(refused.place):
            key = f"{_first_key(refused)}{_MOVED}{_name(place)}"[:300]
            there = [one for one in known if one.place == place and _is_same(one, refused)]
            if any(one.state is Delivery.GIVEN_UP for one in there):
                continue
            if not there:
                fresh = {"key": key, "place": place, "state": Delivery.WAITING, "attempts": 0}
                uow.postings.add(
                    refused.model_copy(update=fresh | {"created_at": now, "next_attempt_at": now})
                )
            self._say_why(uow, refused.place, place, why, now)
            return
        log.error("no channel takes the card", extra={"posting": refused.key})

    def _order(self, refused: Place) -> list[Place]:
        """Return the other channels, the likeliest to be read by the same people first."""
        mine = self._names.get(refused, "")
        ranks = {mine: 0, self._fallback: 1}
        others = [place for place in self._names if place != refused]
        return sorted(others, key=lambda place: (ranks.get(self._names[place], 2), self._names[place]))

    def _say_why(self, uow: UnitOfWork, refused: Place, place: Place, why: str, now: datetime) -> None:
        named = f"#{self._names[refused]}" if refused in self._names else "a channel"
        text = (
            f"{refused.platform.value.title()} does not take my cards for {named}: {why}"
            " Until that is mended they stand here."
        )
        uow.postings.add(
            Posting(
                key=f"refused#{_name(refused)}:{now:%Y-%m-%d}"[:300],
                view=View.MESSAGE,
                place=place,
                card_json=stored_sentence(f"I can't write in {named}", text),
                created_at=now,
                next_attempt_at=now,
            )
        )


def _is_same(one: Posting, refused: Posting) -> bool:
    """Return whether a posting tells the same in its channel.

    Cards of one call differ in whom they name, and those of one subject's approvals in what is asked.
    """
    if one.place.thread:
        return False
    is_one_of_several = bool(refused.card_json) or refused.view is View.APPROVAL
    return not is_one_of_several or _what(one) == _what(refused)


def _what(posting: Posting) -> str:
    return _PLACE.split(posting.key)[0]


def _first_key(posting: Posting) -> str:
    return posting.key.split(_MOVED)[0]


def _name(place: Place) -> str:
    return f"{place.platform}:{place.workspace}:{place.channel}"
