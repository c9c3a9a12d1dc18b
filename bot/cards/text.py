"""Small Markdown: made with `md`, which escapes what came from outside, and read with `spans`."""

import re
import string
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

_SPECIAL = re.compile(r"([\\*`])")
# Invisible and direction-changing characters can make a text read differently from what it is.
_HIDDEN = re.compile(
    "[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u180b-\u180f"
    "\u200b-\u200f\u2028-\u202e\u2060-\u206f"
    # Variation selectors: a row of them hides any text. Those that only choose how an emoji looks stay.
    "\ufe00-\ufe0d\ufeff\ufff9-\ufffb\U00013430-\U0001345f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U000e0000-\U000e0fff]"
)


# What an engine or an error marks itself: a whole word or phrase, never a sign inside one, such as in 2*3*4.
_TOLD = re.compile(r"(?<![\w*`\\])(\*\*|\*|`)(?=\S)([^*`\\\n]{1,200}?)(?<=\S)\1(?![\w*`])")


class Style(StrEnum):
    """How a span of text is drawn."""

    PLAIN = "plain"
    BOLD = "bold"
    EMPHASIS = "emphasis"
    CODE = "code"


@dataclass(frozen=True)
class Span:
    """A run of text in one style; the text is literal and must be escaped for the platform."""

    text: str
    style: Style = Style.PLAIN


def visible(text: str) -> str:
    """Return the text with hidden and control characters written out, such as `\\u202e`."""
    if text.isascii() and text.isprintable():
        return text
    return _HIDDEN.sub(lambda match: f"\\u{ord(match.group()):04x}", text)


def quote(text: object) -> str:
    """Return outside text so that it reads literally inside small Markdown."""
    return _SPECIAL.sub(r"\\\1", visible(str(text)))


def told(text: object) -> str:
    """Return a sentence that one of our own parts wrote, as small Markdown.

    Phrases that it marks whole (`**x**`, `*x*`, `` `x` ``) keep their look; every other sign is literal,
    because such sentences carry names from outside.
    """
    said = visible(str(text))
    kept, at = [], 0
    for marked in _TOLD.finditer(said):
        kept += [_SPECIAL.sub(r"\\\1", said[at : marked.start()]), marked.group()]
        at = marked.end()
    return "".join([*kept, _SPECIAL.sub(r"\\\1", said[at:])])


def md(template: str, /, **values: object) -> str:
    """Fill our own template, such as `**{feed}** is late`, with escaped outside text."""
    filled = []
    for ours, name, spec in _parts(template):
        filled.append(ours)
        if name is not None:
            filled.append(quote(format(values[name], spec)))
    return "".join(filled)


@lru_cache(maxsize=2_000)
def _parts(template: str) -> tuple[tuple[str, str | None, str], ...]:
    """Return what stands before each field, the field's name and its format."""
    found = []
    for ours, name, spec, conversion in string.Formatter().parse(template):
        if conversion or (name is not None and not name.isidentifier()) or "{" in (spec or ""):
            raise ValueError(f"only plain fields are filled: {template}")
        found.append((ours, name, spec or ""))
    return tuple(found)


def spans(text: str) -> list[Span]:
    """Return the styled runs of a small Markdown text; unbalanced marks are literal."""
    found: list[Span] = []
    plain: list[str] = []
    at = 0
    while at < len(text):
        marked = _SPECIAL.search(text, at)
        if marked is None:
            plain.append(text[at:])
            break
        if marked.start() > at:
            plain.append(text[at : marked.start()])
            at = marked.start()
        if text[at] == "\\" and at + 1 < len(text) and text[at + 1] in "\\*`":
            plain.append(text[at + 1])
            at += 2
            continue
        styled = _styled_at(text, at)
        if styled is None:
            plain.append(text[at])
            at += 1
            continue
        if plain:
            found.append(Span("".join(plain)))
            plain = []
        span, at = styled
        found.append(span)
    if plain:
        found.append(Span("".join(plain)))
    return found


def literal(text: str) -> str:
    """Return a small Markdown text without its marks."""
    return "".join(span.text for span in spans(text))


_MARKS = (("**", Style.BOLD), ("*", Style.EMPHASIS), ("`", Style.CODE))


def _styled_at(text: str, at: int) -> tuple[Span, int] | None:
    for mark, style in _MARKS:
        if not text.startswith(mark, at):
            continue
        end = _closing(text, at + len(mark), mark)
        if end > at + len(mark):
            inner = re.sub(r"\\([\\*`])", r"\1", text[at + len(mark) : end])
            return Span(inner, style), end + len(mark)
    return None


def _closing(text: str, start: int, mark: str) -> int:
    at = start
    while marked := _SPECIAL.search(text, at):
        at = marked.start()
        if text[at] == "\\":
            at += 2
            continue
        if text.startswith(mark, at):
            return at
        at += 1
    return -1
