"""Where I reach you outside of the chats, and how an address of yours is confirmed.

Addresses stand in the roster and nowhere else: nobody can say one here. Only you see yours, and only in part.
"""

from bot.cards.model import Card, Fact, Reply
from bot.cards.text import md, quote
from bot.intents import Area, Verb
from bot.presenters.sentences import sentence
from bot.turn import Turn
from domain.errors import NotNow
from domain.identity.access import Act
from domain.identity.contacts import address_of, after_code, asked, is_trusted, masked
from domain.identity.people import PERSONAL_WAYS, Person, Way
from domain.proof.audit import AuditAct
from domain.telling.notices import WORDS, Notice, NoticeKind

_WAYS = sorted(PERSONAL_WAYS)


def contacts(turn: Turn) -> Reply:
    """Show the ways, send codes (`contacts confirm`), or take a code (`contacts 12345678`)."""
    person = turn.require(Act.LINK_ACCOUNT)
    word = "".join(turn.words).replace("-", "").casefold()
    if word == "confirm":
        return _send_codes(turn, person)
    if word.isdecimal() and word.isascii():
        return _take_code(turn, person, word)
    return Reply(whispers=(_shown(turn, person),))


def _shown(turn: Turn, person: Person) -> Card:
    facts = tuple(
        Fact(label=WORDS[way].capitalize(), value=quote(_standing(turn, person, way))) for way in _WAYS
    )
    told = "; ".join(f"{fact.label}: {fact.value}" for fact in facts)
    lead = (
        "When nobody answers in a chat, I tell people by these ways too. "
        "They only tell: I take no decision there."
    )
    return Card(title="Where I reach you", lead=lead, facts=facts, plain=f"{lead} {told}.")


def _standing(turn: Turn, person: Person, way: Way) -> str:
    address = address_of(person, way)
    if not address:
        return "none in the roster; an administrator adds it there"
    if way in person.vouched:
        return f"{masked(address)}, vouched for by the roster"
    if is_trusted(person, way, turn.uow.contacts.find(person.id, way)):
        return f"{masked(address)}, confirmed by you"
    return f"{masked(address)}, not confirmed: say contacts confirm"


def _open_ways(turn: Turn, person: Person) -> list[Way]:
    return [
        way
        for way in _WAYS
        if address_of(person, way) and not is_trusted(person, way, turn.uow.contacts.find(person.id, way))
    ]


def _send_codes(turn: Turn, person: Person) -> Reply:
    ways = _open_ways(turn, person)
    if not ways:
        raise NotNow(
            "nothing to confirm",
            say="There is no address of yours that waits for a code.",
            next_step="Say `contacts` to see what the roster has.",
        )
    for way in ways:
        turn.uow.contacts.save(asked(person, way, turn.now))
        turn.uow.notices.add(
            Notice(
                key=f"code#{turn.incoming.key}:{way}"[:300],
                kind=NoticeKind.CODE,
                person=person.id,
                title="Confirm this address",
                ways=(way,),
                is_urgent=True,
                created_at=turn.now,
                next_attempt_at=turn.now,
            )
        )
    turn.record(AuditAct.CONTACT_ASKED, f"person/{person.id}", ways=",".join(ways))
    where = " and ".join(masked(address_of(person, way)) for way in ways)
    text = md("A code goes to {where}. Tell it to me here: `contacts CODE`, within 30 minutes.", where=where)
    return Reply(whispers=(sentence("Sent", text),))


def _take_code(turn: Turn, person: Person, code: str) -> Reply:
    make = turn.tools.contact_code
    if make is None:
        raise NotNow("no codes here", say="Nothing leaves this house, so there is nothing to confirm.")
    for way in _open_ways(turn, person):
        known = turn.uow.contacts.find(person.id, way)
        if known is None or known.asked_at is None:
            continue
        after = after_code(known, code, make(known), turn.now)
        turn.uow.contacts.save(after)
        if is_trusted(person, way, after):
            turn.record(AuditAct.CONTACT_CONFIRMED, f"person/{person.id}", way=way.value)
            text = md("From now on I reach you by {way} too.", way=WORDS[way])
            return Reply(whispers=(sentence("Confirmed", text),))
    # Answered, not raised: what the guess cost has to stay.
    turn.record(AuditAct.REFUSED, f"person/{person.id}", reason="wrong contact code")
    text = "That code is wrong, used or older than 30 minutes. Say `contacts confirm` for a new one."
    return Reply(whispers=(sentence("Not confirmed", text),))


AREA = Area(
    verbs=(Verb(("contacts",), "contacts [confirm | CODE]", "where I reach you by mail and phone", contacts),)
)
