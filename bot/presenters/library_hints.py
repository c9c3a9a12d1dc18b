"""What the library knows, put onto the card of an alert or incident: the runbook, and what helped before."""

import re
from collections.abc import Callable

from bot.cards.model import Card, Link, Section
from bot.cards.text import md, told
from domain.counting import times
from domain.knowledge.library import Hint, Related
from domain.ports.transactions import UnitOfWork
from domain.telling.postings import Posting

_EXCERPT = 220
_BULLET = re.compile(r"^\s*(?:[-*•]|\d+\.)\s+", re.MULTILINE)
_LABEL = 70
_RUNBOOKS = 2
_INCIDENTS = 3

Painter = Callable[[Posting, UnitOfWork], Card]


def with_library(paint: Painter) -> Painter:
    """Return a painter whose cards also carry what the library knows beside their subject."""

    def painted(posting: Posting, uow: UnitOfWork) -> Card:
        card = paint(posting, uow)
        related = uow.hints.find(posting.subject)
        return card if related is None else carrying(card, related)

    return painted


def carrying(card: Card, related: Related) -> Card:
    """Return the card with a section and links for the runbooks and incidents that were found."""
    runbooks, incidents = related.runbooks[:_RUNBOOKS], related.incidents[:_INCIDENTS]
    if not runbooks and not incidents:
        return card
    sections = list(card.sections)
    if runbooks:
        sections.append(Section(heading="Runbook", text="\n".join(_runbook(one) for one in runbooks)))
    if incidents:
        sections.append(Section(heading="Alike before", text="\n".join(_incident(one) for one in incidents)))
    links = tuple(Link(label=_label(one), target=one.path) for one in (*runbooks, *incidents))
    said = "; ".join(one.title for one in (*runbooks, *incidents))
    return card.model_copy(
        update={
            "sections": tuple(sections),
            "links": (*card.links, *links),
            "plain": f"{card.plain} The library knows: {said}."[:4000],
        }
    )


def _runbook(one: Hint) -> str:
    often = f" (worked {times(one.worked)})" if one.worked else ""
    text = _short(_BULLET.sub("", one.excerpt))
    return md("**{title}**{often}", title=one.title, often=often) + (f": {told(text)}" if text else "")


def _incident(one: Hint) -> str:
    if one.what_fixed:
        return md("**{title}**: what helped: {helped}", title=one.title, helped=_short(one.what_fixed))
    text = _short(one.excerpt)
    return md("**{title}**", title=one.title) + (md(": {text}", text=text) if text else "")


def _short(text: str) -> str:
    """Return the beginning of a text, on one line, cut between words."""
    said = " ".join(text.split())
    return said if len(said) <= _EXCERPT else f"{said[:_EXCERPT].rpartition(' ')[0] or said[:_EXCERPT]} …"


def _label(one: Hint) -> str:
    text = f"Open: {one.title}"
    return text if len(text) <= _LABEL else text[: _LABEL - 1].rstrip() + "…"
