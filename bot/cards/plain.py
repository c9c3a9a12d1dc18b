"""Draw a card as text alone, with numbered actions: for terminals, mail and short messages."""

from dataclasses import dataclass

from bot.cards.exact import flat, line, runs, shown
from bot.cards.ink import Ink
from bot.cards.limits import PLAIN
from bot.cards.model import Action, Card, Input, InputKind
from bot.cards.shorten import clip
from bot.cards.tables import table_lines
from bot.cards.words import NO_TITLE, TONE_WORDS, cut_note, label_of, offered, progress_words


@dataclass(frozen=True)
class PlainMessage:
    """The text, and what each number stands for: `actions[0]` is "1"."""

    text: str
    actions: tuple[Action, ...]
    is_shown_whole: bool


def render_message(card: Card, ink: Ink) -> PlainMessage:
    """Return the whole card as text; its last line numbers the actions."""
    head = ": ".join(filter(None, [TONE_WORDS[card.tone], line(card.title) or NO_TITLE]))
    parts = [head]
    if card.progress is not None:
        parts.append(progress_words(card.progress))
    if card.lead:
        parts.append(_prose(card.lead))
    if card.facts:
        parts.append("\n".join(f"{flat(fact.label)}: {_prose(fact.value)}" for fact in card.facts))
    for section in card.sections:
        text = shown(section.text) if section.is_code else _prose(section.text)
        parts.append("\n".join(filter(None, [flat(section.heading), text])))
    if card.table is not None:
        parts.append("\n".join(table_lines(card.table)))
    if card.picture is not None:
        parts.append(f"Picture: {line(card.picture.alternative)}")
    parts += [question_line(question) for question in card.inputs]
    tail = _tail(card, ink)
    body, was_cut = clip("\n\n".join(filter(str.strip, parts)), PLAIN.text - len(tail) - 200)
    if was_cut:
        words, address = cut_note(card, ink)
        body += f"\n{words} {address})" if address else f"\n{words}"
    return PlainMessage("\n\n".join(filter(None, [body, tail])), card.actions, not was_cut)


def _prose(text: str) -> str:
    return "".join(run.text for run in runs(text))


def _tail(card: Card, ink: Ink) -> str:
    links = [f"{line(one.label)}: {ink.address(one.target) or line(one.target)}" for one in card.links[:20]]
    lines = [clip(one, 400)[0] for one in links]
    if card.footer:
        lines.append(clip(_prose(card.footer), 400)[0])
    if card.actions:
        lines.append(numbered(card.actions))
    return "\n".join(lines)


def numbered(actions: tuple[Action, ...]) -> str:
    """Return `1 approve · 2 reject`."""
    return " · ".join(
        f"{number} {clip(line(action.label), 75)[0] or action.verb}"
        for number, action in enumerate(actions, 1)
    )


def question_line(question: Input) -> str:
    """Return a question with its proposed answer and its choices."""
    words = [label_of(question)]
    if question.kind is InputKind.TOGGLE:
        words.append("(yes or no)")
    if offered(question):
        words.append(
            "(" + ", ".join(clip(line(choice.value), 60)[0] for choice in offered(question)[:30]) + ")"
        )
    if question.value:
        words.append(f"[{clip(line(question.value), 200)[0]}]")
    hint = line(question.hint)
    return " ".join(words) + (f": {clip(hint, 300)[0]}" if hint else "")
