"""What one can ask: all of it on `help`, the three likeliest when I did not understand."""

from collections.abc import Sequence

from bot.cards.model import Card, Reply, Section
from bot.cards.text import md
from bot.turn import Turn


def help_card(usages: Sequence[tuple[str, str]]) -> Card:
    """Return every command with what it is for."""
    lines = "\n".join(md("`{usage}` {purpose}", usage=usage, purpose=purpose) for usage, purpose in usages)
    return Card(
        title="What I can do",
        lead="Drop a sample file, press a button, or say one of these.",
        sections=(Section(text=lines),),
        plain="\n".join(f"{usage}: {purpose}" for usage, purpose in usages),
    )


def not_understood(turn: Turn, likely: Sequence[tuple[str, str]]) -> Reply:
    """Offer the three most likely commands, not an essay."""
    lines = "\n".join(md("`{usage}` {purpose}", usage=usage, purpose=purpose) for usage, purpose in likely)
    turn.say(
        Card(
            title="I did not understand that",
            lead="Did you mean one of these?",
            sections=(Section(text=lines),),
            plain="I did not understand that. Did you mean: " + "; ".join(usage for usage, _ in likely),
        )
    )
    return Reply()
