"""How a notice reads in a mailbox or on a telephone, and how its fate reads on the cards it is about."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from bot.cards.model import Card, Fact
from bot.cards.text import literal, quote
from domain.ids import PersonId
from domain.ports.notifier import Letter
from domain.ports.transactions import UnitOfWork
from domain.telling.notices import Notice, NoticeKind, fate_in_words
from domain.text.outward_text import Mask, outward

_TITLE, _LINE = 110, 400
_LISTED = 8
_SHOWN = 6


@dataclass(frozen=True)
class Stationery:
    """What every letter is written with.

    Attributes:
        public_url: Our own address as people reach it.
        mask: Masks the secrets that this process holds, and what looks like one.
    """

    public_url: str
    mask: Mask

    def letter(self, notices: Sequence[Notice], to: str, code: str = "") -> Letter:
        """Return the one message that tells of all these notices; they go to one address.

        Args:
            code: What confirms the address, where that is what the notice is for.
        """
        first = notices[0]
        urgent = any(notice.is_urgent for notice in notices)
        title, lines, path = self._words(notices, code)
        return Letter(
            key=first.bundle or bundle_name(notices),
            to=to,
            title=title,
            lines=lines,
            link=f"{self.public_url.rstrip('/')}{path}",
            about=first.subject or first.key,
            is_urgent=urgent,
            at=first.created_at,
            is_repeat=any(notice.way_was_tried for notice in notices),
        )

    def _words(self, notices: Sequence[Notice], code: str) -> tuple[str, tuple[str, ...], str]:
        first = notices[0]
        if first.kind is NoticeKind.CODE:
            said = "Say the code to me where I know you, in a chat: contacts followed by the code."
            line = f"The code that confirms this address is {code}, for 30 minutes. {said}"
            return "Confirm this address", (line, "Nobody asked for it? Then do nothing."), "/"
        if len(notices) == 1:
            return self._title(first), (self._line(first.text),), first.path
        lines = [f"{self._title(one)}: {self._line(one.text)}" for one in notices[:_LISTED]]
        if len(notices) > _LISTED:
            lines.append(f"and {len(notices) - _LISTED} more.")
        path = first.path if len({notice.path for notice in notices}) == 1 else "/dashboard/"
        return f"{len(notices)} things wait for you", tuple(lines), path

    def _title(self, notice: Notice) -> str:
        return outward(literal(notice.title), _TITLE, self.mask) or "Dogwatch"

    def _line(self, text: str) -> str:
        return outward(literal(text), _LINE, self.mask)


def bundle_name(notices: Sequence[Notice]) -> str:
    """Return the name of what goes out together: the same for the same notices."""
    keys = "\0".join(sorted(notice.key for notice in notices))
    return hashlib.sha256(f"dogwatch/notice/1\0{keys}".encode()).hexdigest()[:32]


def with_fates(card: Card, subject: str, uow: UnitOfWork) -> Card:
    """Return a card with a line on who was told of its subject by mail, text message and the like."""
    notices = uow.notices.about(subject) if subject else ()
    if not notices:
        return card
    names = {person.id: person.name for person in uow.people.everybody()}
    said = [words for notice in notices if (words := fate_in_words(notice, name_of(notice.person, names)))]
    if not said:
        return card
    more = f"; {len(said) - _SHOWN} more" if len(said) > _SHOWN else ""
    fact = Fact(label="Told outside this chat", value=quote("; ".join(said[-_SHOWN:]) + more))
    return card.model_copy(update={"facts": (*card.facts, fact)})


def name_of(person: PersonId, names: dict[PersonId, str]) -> str:
    """Return a person's name, their id when nobody is known by it, and nothing for a system."""
    return names.get(person, person)
