"""Long exact text in as many cards as it needs, cut at line ends where possible."""

from collections.abc import Sequence

from bot.cards.adaptive_text import looks_like_diff
from bot.cards.model import Card, Section
from bot.cards.text import md

_CHUNK = 2_500
_CHUNKS_A_CARD = 20


def pages(title: str, texts: Sequence[tuple[str, str]], lead: str = "") -> tuple[Card, ...]:
    """Return cards that hold all of the texts, given as pairs of heading and text."""
    parts = [
        Section(heading=heading, text=chunk, is_code=True, is_difference=looks_like_diff(text))
        for heading, text in texts
        for chunk in _chunks(text)
    ]
    cards = []
    for start in range(0, len(parts), _CHUNKS_A_CARD):
        page = parts[start : start + _CHUNKS_A_CARD]
        number = start // _CHUNKS_A_CARD + 1
        cards.append(
            Card(
                title=f"{title}, part {number}",
                lead=lead or md("Part {n}.", n=number),
                sections=tuple(page),
                plain="\n".join(section.text for section in page),
            )
        )
    return tuple(cards)


def _chunks(text: str) -> list[str]:
    """Return the text in pieces that every platform can show."""
    pieces, piece = [], ""
    for line in text.splitlines(keepends=True):
        while len(line) > _CHUNK:
            pieces.append(piece + line[: _CHUNK - len(piece)])
            line, piece = line[_CHUNK - len(piece) :], ""
        if len(piece) + len(line) > _CHUNK:
            pieces.append(piece)
            piece = ""
        piece += line
    return [*pieces, piece] if piece else pieces
