"""Let a language model be asked about a plan, by a story, so that nobody waits here."""

import hashlib

from bot.turn import Turn
from domain.errands import Errand, ErrandKind
from domain.identity.access import Act
from domain.remediation.fixes import Fix
from domain.remediation.scripts import ScriptWish
from domain.stories import StoryKind


def ask_model(turn: Turn, fix: Fix, kind: ErrandKind, wish: ScriptWish | None = None) -> None:
    """Let a model be asked about an attempt, durably, by a story of its own."""
    person = turn.require(Act.PROPOSE_FIX)
    name = "e" + hashlib.sha256(f"{turn.incoming.key}/{kind.value}".encode()).hexdigest()[:14]
    errand = Errand(
        id=name, kind=kind, asked_by=person.id, place=turn.thread, at=turn.now, fix=fix.id, wish=wish
    )
    turn.uow.errands.save(errand)
    turn.nudge(StoryKind.ERRAND, name)
