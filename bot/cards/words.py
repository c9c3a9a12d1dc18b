"""Words that every renderer uses, so that a card reads alike on all platforms."""

from bot.cards.exact import line
from bot.cards.ink import Ink
from bot.cards.model import Card, Choice, Input, Tone

NO_TITLE = "Dogwatch"

TONE_WORDS: dict[Tone, str] = {
    Tone.CALM: "",
    Tone.GOOD: "Good",
    Tone.WARNING: "Warning",
    Tone.DANGER: "Danger",
}


def progress_words(percent: int) -> str:
    """Return a bar of twenty marks with the figure, readable without colour."""
    filled = percent // 5
    return f"{'█' * filled}{'░' * (20 - filled)} {percent}% done"


def cut_note(card: Card, ink: Ink) -> tuple[str, str | None]:
    """Return the words at the end of a shortened card, and the address of the full text, if any."""
    address = ink.address(card.full_view) if card.full_view else None
    return ("… (full text:" if address else "… (shortened: it did not fit here)"), address


def offered(question: Input) -> list[Choice]:
    """Return the choices that can be picked: first of each value, none without a value."""
    found: dict[str, Choice] = {}
    for choice in question.choices:
        if choice.value and choice.value not in found:
            found[choice.value] = choice
    return list(found.values())


def label_of(question: Input) -> str:
    """Return the question as it is asked."""
    return line(question.label) or question.name.replace("_", " ")
