"""How good the telemetry is that comes in: each sender's score and what lowers it."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from bot.cards.model import Card, Link, Reply, Section
from bot.cards.text import literal, md
from bot.intents import Area, Verb
from bot.turn import Asked, Turn
from domain.counting import counted
from domain.errors import NotFound
from domain.identity.access import Act, may
from domain.ports.telemetry_store import DOUBTFUL_FROM, SourceHealth

_BACK = timedelta(hours=24)
_SHOWN = 12
_REASONS = 3


async def look(asked: Asked) -> object:
    """Ask the telemetry store before the transaction; None where no telemetry is taken."""
    senders = asked.tools.senders
    if senders is None or not may(asked.person, Act.SEE_FEEDS):
        return None
    now = datetime.now(UTC)
    return await asyncio.to_thread(senders.health, now - _BACK, now)


def list_senders(turn: Turn) -> Reply:
    """Say how good each sender's telemetry was in the last day, worst first."""
    turn.require(Act.SEE_FEEDS)
    if not isinstance(turn.prepared, tuple):
        raise NotFound(
            "no telemetry is taken",
            say="No telemetry is pushed to me here.",
            next_step="An operator can set telemetry.port and telemetry.keys.",
        )
    turn.say(senders_card(turn.prepared))
    return Reply()


def senders_card(found: Sequence[SourceHealth]) -> Card:
    """Return the senders of the last day."""
    doubtful = sum(one.doubt >= DOUBTFUL_FROM for one in found)
    lead = md("**{n}** told me something in the last 24 hours.", n=counted(len(found), "sender"))
    lead += md(" What **{n}** of them send counts less in a diagnosis.", n=doubtful) if doubtful else ""
    sections = [
        Section(
            heading=f"{one.source}, {one.dialect}: {one.score:.0f} of 100"[:150],
            text=md("{n}. {why}", n=counted(one.records, "record"), why=_why(one)),
        )
        for one in found[:_SHOWN]
    ]
    if len(found) > _SHOWN:
        sections.append(Section(text=f"… and {len(found) - _SHOWN} more on the page."))
    return Card(
        title="Who sends telemetry",
        lead=lead,
        sections=tuple(sections),
        links=(Link(label="What came in", target="/dashboard/intake"),),
        full_view="/dashboard/intake",
        plain=f"{literal(lead)} " + " ".join(f"{one.source}: {one.score:.0f} of 100." for one in found),
    )


def _why(one: SourceHealth) -> str:
    return "; ".join(one.reasons[:_REASONS]) if one.reasons else "Nothing lowers it"


AREA = Area(
    verbs=(
        Verb(
            ("senders",),
            "senders",
            "how good the telemetry is that comes in",
            list_senders,
            prepare=look,
            is_harmless=True,
        ),
    )
)
