"""Texts of Adaptive Cards: always runs of a RichTextBlock, where no Markdown and no mention is read."""

import json
from collections.abc import Sequence

from bot.cards.ink import Json
from bot.cards.text import Span, Style

_LOOK: dict[Style, Json] = {
    Style.PLAIN: {},
    Style.BOLD: {"weight": "Bolder"},
    Style.EMPHASIS: {"italic": True},
    Style.CODE: {"fontType": "Monospace"},
}


def json_width(text: str) -> int:
    """Return the bytes of a text within JSON when everything beyond ASCII is escaped."""
    if text.isascii() and text.isprintable():
        return len(text) + text.count('"') + text.count("\\")
    return sum(_character_width(character) for character in text)


def _character_width(character: str) -> int:
    if character > "\uffff":
        return 12
    if character in '"\\\n\t\r\b\f':
        return 2
    return 1 if " " <= character <= "~" else 6


def size_of(value: object) -> int:
    """Return the bytes of a value as JSON in its widest form: ASCII escapes, blanks after separators."""
    return len(json.dumps(value))


def rich_text(runs: Sequence[Span], **look: object) -> Json:
    """Return one paragraph; `look` holds properties of the block."""
    return {
        "type": "RichTextBlock",
        "inlines": [{"type": "TextRun", "text": run.text, **_LOOK[run.style]} for run in runs if run.text],
        **look,
    }


def paragraphs(runs: Sequence[Span]) -> list[list[Span]]:
    """Split runs at line ends: a line end inside a run is not drawn everywhere."""
    found: list[list[Span]] = [[]]
    for run in runs:
        first, *rest = run.text.split("\n")
        if first:
            found[-1].append(Span(first, run.style))
        for piece in rest:
            found.append([Span(piece, run.style)] if piece else [])
    return [paragraph for paragraph in found if paragraph]


def code_line(text: str, *, is_diff: bool) -> Json:
    """Return one line of exact text; blanks stay, and lines of a difference are coloured."""
    text = text.expandtabs(4)
    indent = len(text) - len(text.lstrip(" "))
    run: Json = {
        "type": "TextRun",
        "text": "\u00a0" * indent + text[indent:] or "\u00a0",
        "fontType": "Monospace",
    }
    if is_diff and text[:1] in "+-" and text[:1]:
        run["color"] = "Good" if text[0] == "+" else "Attention"
    return {"type": "RichTextBlock", "spacing": "None", "inlines": [run]}


def looks_like_diff(text: str) -> bool:
    """Return whether a code section is a difference, line by line."""
    return any(line.startswith(("@@ ", "--- ", "+++ ", "diff ")) for line in text.splitlines())
