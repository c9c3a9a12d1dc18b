"""What a typed line means as an answer: pure, so that a terminal and a test read it alike."""

from bot.cards.model import Input, InputKind
from bot.cards.words import label_of, offered

_YES = frozenset({"y", "yes", "true", "1", "on"})
_NO = frozenset({"n", "no", "false", "0", "off"})


def as_agreed(typed: str | None) -> bool:
    """Return whether a line says yes; anything else is no."""
    return (typed or "").strip().lower() in _YES


def answer_to(question: Input, typed: str | None) -> str:
    """Return the answer that a line gives; an empty line takes the proposed answer, `-` empties it."""
    said = (typed or "").strip()
    if not said:
        return question.value or ("false" if question.kind is InputKind.TOGGLE else "")
    if said == "-":
        return "false" if question.kind is InputKind.TOGGLE else ""
    if question.kind is InputKind.TOGGLE and said.lower() in _YES | _NO:
        return "true" if said.lower() in _YES else "false"
    if question.kind is InputKind.CHOICE:
        for choice in offered(question):
            if said.lower() in {choice.value.lower(), choice.label.lower()}:
                return choice.value
    return said


def problem_with(question: Input, answer: str) -> str | None:
    """Return why an answer cannot be sent, or None; what it means is for the desk to judge."""
    if question.is_required and not answer:
        return f"{label_of(question)}: I need an answer to this."
    if question.kind is InputKind.TOGGLE and answer not in {"true", "false"}:
        return f"{label_of(question)}: say yes or no."
    values = [choice.value for choice in offered(question)]
    if question.kind is InputKind.CHOICE and values and answer and answer not in values:
        return f"{label_of(question)}: choose one of {', '.join(values)}."
    return None
