"""Cut texts to a limit so that the reader sees that something was cut."""

from collections.abc import Callable, Sequence

from bot.cards.text import Span

ELLIPSIS = "…"
Width = Callable[[str], int]


def utf16(text: str) -> int:
    """Return the length in UTF-16 units, the way chat platforms count characters."""
    if text.isascii():
        return len(text)
    return len(text) + sum(1 for character in text if ord(character) > 0xFFFF)


def clip(text: str, limit: int, width: Width = utf16) -> tuple[str, bool]:
    """Return at most `limit` wide a beginning of the text ending in an ellipsis, and whether it was cut."""
    # A character is at least one wide, so what lies beyond the limit need not be measured.
    if len(text) <= limit and width(text) <= limit:
        return text, False
    room = limit - width(ELLIPSIS)
    used, kept = 0, 0
    for character in text[: max(room, 0)]:
        used += width(character)
        if used > room:
            break
        kept += 1
    return (text[:kept].rstrip() + ELLIPSIS if room >= 0 else ""), True


def clip_runs(runs: Sequence[Span], limit: int, width: Width = utf16) -> tuple[list[Span], bool]:
    """Cut styled runs to `limit` in all, as `clip` does for one text."""
    kept: list[Span] = []
    for run in runs:
        text, was_cut = clip(run.text, limit, width)
        if text:
            kept.append(run if text is run.text else Span(text, run.style))
        if was_cut:
            return kept, True
        limit -= width(text)
    return kept, False


def pages(text: str, limit: int, width: Width = utf16) -> list[str]:
    """Split exact text into pages of at most `limit`, at line ends; a longer line is split within."""
    found: list[str] = []
    page, used = "", 0
    for one in text.splitlines(keepends=True):
        for piece in _pieces(one, limit, width):
            wide = width(piece)
            if page and used + wide > limit:
                found.append(page)
                page, used = "", 0
            page, used = page + piece, used + wide
    return [*found, page] if page else found


def _pieces(text: str, limit: int, width: Width) -> list[str]:
    if width(text) <= limit:
        return [text]
    pieces, start, used = [], 0, 0
    for at, character in enumerate(text):
        wide = width(character)
        if used + wide > limit and at > start:
            pieces.append(text[start:at])
            start, used = at, 0
        used += wide
    return [*pieces, text[start:]]
