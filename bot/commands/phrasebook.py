"""The registry: every verb and every button of the house, area by area."""

from itertools import chain

from bot.cards.model import Reply
from bot.commands import (
    alerts,
    ask,
    contacts,
    discrepancies,
    guide,
    held_rows,
    mutes,
    people,
    quality,
    quiet_feeds,
    row_hands,
    senders,
    waiting,
    watch,
)
from bot.commands.configuring import configuration
from bot.commands.decide import AREA as APPROVAL
from bot.commands.fixing.fix_area import AREA as FIXES
from bot.commands.incidents_area import AREA as INCIDENTS
from bot.commands.library import kb, on_messages
from bot.commands.plain import PlainQuestions
from bot.intents import Area, Phrasebook, Verb
from bot.turn import Turn

YOU = Area(
    verbs=(
        Verb(
            ("waiting", "approvals", "inbox"),
            "waiting",
            "what waits for you and what you wait for",
            waiting.list_waiting,
            is_harmless=True,
        ),
        Verb(
            ("whoami", "who am i"),
            "whoami",
            "who you are to me and what you may do",
            people.who_am_i,
            is_harmless=True,
        ),
        Verb(
            ("link",),
            "link [CODE]",
            "make a second account the same person",
            people.link,
            fits=people.is_code,
        ),
    )
)

AREAS: dict[str, tuple[Area, ...]] = {
    "Configurations": (configuration.AREA, APPROVAL),
    "Causes and incidents": (INCIDENTS, senders.AREA),
    "Ways out": (FIXES,),
    "Feeds under watch": (
        watch.AREA,
        quality.AREA,
        held_rows.AREA,
        row_hands.AREA,
        discrepancies.AREA,
        alerts.AREA,
        mutes.AREA,
        quiet_feeds.AREA,
    ),
    "Questions and the library": (ask.AREA, kb.AREA, on_messages.AREA),
    "You": (YOU, contacts.AREA),
}
"""In the order in which help shows them, by heading. A new part of the house adds its `AREA` here; a new
heading gets the words that people call it by in `guide.SUBJECTS`."""


def phrasebook() -> Phrasebook:
    """Return all verbs and buttons."""

    def help_(turn: Turn) -> Reply:
        turn.say(guide.help_card(usages_by_heading(), turn.words))
        return Reply()

    first = Area(
        verbs=(
            Verb(
                ("help", "commands"),
                "help [SUBJECT]",
                "everything I can do, or what there is about one subject",
                help_,
                is_harmless=True,
                is_bare=True,
            ),
        ),
    )
    book = Phrasebook((first, *chain.from_iterable(AREAS.values())))
    plain = PlainQuestions(book)
    book.fallback, book.going_on = plain.verb, plain.going_on
    return book


def usages_by_heading() -> dict[str, list[tuple[str, str]]]:
    """Return what one can say and what it is for, under the headings of help."""
    return {
        heading: [(verb.usage, verb.purpose) for area in areas for verb in area.verbs]
        for heading, areas in AREAS.items()
    }
