"""The buttons of a feed that differs from its source: compare again, this is expected."""

import hashlib

from bot.cards.model import Reply
from bot.cards.text import md
from bot.intents import Area
from bot.presenters.sentences import sentence
from bot.turn import Turn
from domain.data_quality.discrepancies import EXPECTED_FOR, Discrepancy, DiscrepancyState, closed, mute_of
from domain.errands import Errand, ErrandKind
from domain.errors import NotNow
from domain.identity.access import Act
from domain.identity.people import Person
from domain.proof.audit import AuditAct
from domain.stories import StoryKind
from domain.watch.alerts import Mute


def again(turn: Turn) -> Reply:
    """Compare every day that differs once more; the thread hears the result, and the card follows it."""
    person, one = _open(turn, Act.SEE_FEEDS)
    for day in one.differing:
        told = f"{turn.incoming.key}/{day.business_date}"
        name = "r" + hashlib.sha256(told.encode()).hexdigest()[:14]
        turn.uow.errands.save(
            Errand(
                id=name,
                kind=ErrandKind.RECONCILE,
                asked_by=person.id,
                place=turn.thread,
                at=turn.now,
                feed=one.feed,
                business_date=day.business_date,
            )
        )
        turn.nudge(StoryKind.ERRAND, name)
    turn.record(AuditAct.ALERT_CHANGED, one.subject, did="compared again")
    said = md("I compare **{feed}** with its source again; the result comes into this thread.", feed=one.feed)
    return Reply(whispers=(sentence("On it", said),))


def expected(turn: Turn) -> Reply:
    """Close it, and count so much of these kinds of difference as usual for a while."""
    person, one = _open(turn, Act.ACKNOWLEDGE_ALERT)
    until = turn.now + EXPECTED_FOR
    kinds = ", ".join(dict.fromkeys(kind.kind for day in one.differing for kind in day.mismatches))
    turn.uow.alerts.mute(
        Mute(
            fingerprint=mute_of(one),
            feed=one.feed,
            cause=f"differences from its source: {kinds}"[:120],
            until=until,
            by=person.id,
        )
    )
    said = f"This is expected; so much of it counts as usual until {until:%d %b}."
    turn.uow.discrepancies.save(closed(one, DiscrepancyState.EXPECTED, said, turn.now, person.id))
    turn.record(AuditAct.ALERT_CHANGED, one.subject, did="expected", kinds=kinds[:200])
    turn.uow.postings.refresh(one.subject, turn.now)
    noted = md(
        "So much of **{kinds}** counts as usual for **{feed}** until {until}. `muted` lists and undoes it.",
        kinds=kinds,
        feed=one.feed,
        until=f"{until:%d %b}",
    )
    return Reply(whispers=(sentence("Noted", noted),))


def _open(turn: Turn, act: Act) -> tuple[Person, Discrepancy]:
    """Return the presser and what it is about; raises when they may not or when it is over."""
    person = turn.require(act)
    one = turn.uow.discrepancies.get(turn.subject.removeprefix("discrepancy/"))
    if not one.is_open:
        raise NotNow(f"{one.id} is closed", say="This is over already.")
    return person, one


AREA = Area(buttons={"discrepancy.again": again, "discrepancy.expected": expected})
