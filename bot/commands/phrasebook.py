"""The registry: every verb and every button of the house, area by area."""

from bot.cards.model import Reply
from bot.commands import (
    alerts,
    ask,
    configuration,
    contacts,
    discrepancies,
    guide,
    kb,
    mutes,
    on_messages,
    people,
    quality,
    senders,
    waiting,
    watch,
)
from bot.commands.decide import AREA as APPROVAL
from bot.commands.fix_area import AREA as FIXES
from bot.commands.incidents_area import AREA as INCIDENTS
from bot.intents import Area, Phrasebook, Verb
from bot.turn import Turn

AREAS: tuple[Area, ...] = (
    configuration.AREA,
    APPROVAL,
    INCIDENTS,
    senders.AREA,
    FIXES,
    watch.AREA,
    quality.AREA,
    discrepancies.AREA,
    alerts.AREA,
    mutes.AREA,
    ask.AREA,
    kb.AREA,
    on_messages.AREA,
    Area(
        verbs=(
            Verb(
                ("waiting", "approvals", "inbox"),
                "waiting",
                "what waits for you and what you wait for",
                waiting.list_waiting,
            ),
            Verb(("whoami", "who am i"), "whoami", "who you are to me and what you may do", people.who_am_i),
            Verb(("link",), "link [CODE]", "make a second account the same person", people.link),
        )
    ),
    contacts.AREA,
)
"""In the order in which help shows them. A new part of the house adds its `AREA` here."""


def phrasebook() -> Phrasebook:
    """Return all verbs and buttons."""

    def help_(turn: Turn) -> Reply:
        turn.say(guide.help_card(book.usages()))
        return Reply()

    first = Area(
        verbs=(Verb(("help", "hello", "hi"), "help", "everything I can do", help_),),
        fallback=ask.fallback(lambda text: book.likely(text)),
    )
    book = Phrasebook((first, *AREAS))
    return book
