"""Calling people in Adaptive Cards: the one place where a text is read as more than its characters.

Teams reads a mention only in a TextBlock, which it reads as Markdown as well. So nothing but names stands
there, and of a name only what can draw nothing.
"""

import re
from collections.abc import Sequence

from bot.cards.ink import Json
from domain.identity.chat import Called

_NOT_PLAIN = re.compile(r"[^\w .'-]|_|(?:^|(?<=\s))[-.]")
_USER = re.compile(r"[0-9A-Za-z:._@-]{1,200}")


def mentions(called: Sequence[Called]) -> tuple[list[Json], list[Json]]:
    """Return the paragraph that names people, and the entities that say who they are."""
    known = {one.account.user: one for one in called if _USER.fullmatch(one.account.user)}
    if not known:
        return [], []
    marks = {user: f"<at>{_plain(one.name)}</at>" for user, one in known.items()}
    entities: list[Json] = [
        {"type": "mention", "text": mark, "mentioned": {"id": user, "name": _plain(known[user].name)}}
        for user, mark in marks.items()
    ]
    return [{"type": "TextBlock", "text": ", ".join(marks.values()), "wrap": True}], entities


def _plain(name: str) -> str:
    return " ".join(_NOT_PLAIN.sub(" ", name).split())[:80] or "you"
