"""Texts of Adaptive Cards: always runs of a RichTextBlock, where no Markdown and no mention is read.

One thing is read there: `{{DATE(…)}}` and `{{TIME(…)}}`, the reader's own time. Only ours may be; in a text
from outside the braces stand in two runs, so that it reads as it is.
"""

import json
import re
from collections.abc import Sequence
from datetime import UTC, datetime

from bot.cards.ink import Json
from bot.cards.moments import Told, moments_in
from bot.cards.text import Span, Style

_LOOK: dict[Style, Json] = {
    Style.PLAIN: {},
    Style.BOLD: {"weight": "Bolder"},
    Style.EMPHASIS: {"italic": True},
    Style.CODE: {"fontType": "Monospace"},
}


# Between the braces of what a client would read as a function.
_FUNCTION = re.compile(r"(?<=\{)(?=\{(?:DATE|TIME)\()")


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


def rich_text(runs: Sequence[Span], now: datetime | None = None, **look: object) -> Json:
    """Return one paragraph; with `now`, its moments have the reader's own time beside them.

    Args:
        runs: What it says.
        now: When it is drawn.
        look: Properties of the block.
    """
    inlines: list[Json] = []
    for run in runs:
        done = 0
        for told in moments_in(run.text, now) if now is not None and run.style is not Style.CODE else ():
            inlines += literal_runs(run.text[done : told.end], _LOOK[run.style])
            inlines.append({"type": "TextRun", "text": _own_time(told), **_LOOK[run.style]})
            done = told.end
        inlines += literal_runs(run.text[done:], _LOOK[run.style])
    return {"type": "RichTextBlock", "inlines": inlines, **look}


def literal_runs(text: str, look: Json) -> list[Json]:
    """Return exact text as runs in which nothing is read as a function."""
    return [{"type": "TextRun", "text": piece, **look} for piece in _FUNCTION.split(text) if piece]


def _own_time(told: Told) -> str:
    moment = f"{told.at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    day = f"{{{{DATE({moment}, SHORT)}}}} " if told.has_day else ""
    return f" ({day}{{{{TIME({moment})}}}} your time)"


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
    look: Json = {"fontType": "Monospace"}
    if is_diff and text[:1] in "+-" and text[:1]:
        look["color"] = "Good" if text[0] == "+" else "Attention"
    words = "\u00a0" * indent + text[indent:] or "\u00a0"
    return {"type": "RichTextBlock", "spacing": "None", "inlines": literal_runs(words, look)}


def looks_like_diff(text: str) -> bool:
    """Return whether a code section is a difference, line by line."""
    return any(line.startswith(("@@ ", "--- ", "+++ ", "diff ")) for line in text.splitlines())
