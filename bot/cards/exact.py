"""Outside text as people may see it: what is hidden, or would break the encoding, is written out."""

import re

from bot.cards.text import Span, spans, visible

# Blank letters that look like spaces but are not, invisible operators beyond `visible`, and lone surrogates,
# which no platform can be sent.
_BLANK = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0\ufdd0-\ufdef\ufffe\uffff\ud800-\udfff]"
)
# More marks on one letter than any living script needs: they climb over the lines around them.
_TOWER = re.compile(
    "([\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff]{3})[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff]+"
)


# Most texts, and nothing in them could mislead.
_ORDINARY = re.compile("[ -~\t\n]*")


def shown(text: str) -> str:
    """Return the text with every hidden, blank or unsendable character as an escape such as `\\u202e`."""
    if _ORDINARY.fullmatch(text):
        return text
    escaped = _BLANK.sub(lambda match: f"\\u{ord(match.group()):04x}", visible(text.replace("\r\n", "\n")))
    return _TOWER.sub(r"\1\\u…", escaped)


def runs(text: str) -> list[Span]:
    """Return the styled runs of a small Markdown text, each made safe to show."""
    return [Span(shown(span.text), span.style) for span in spans(text)]


def flat(text: str) -> str:
    """Return a small Markdown text without marks on one line, for places without style."""
    return " ".join("".join(span.text for span in runs(text)).split())


def line(text: str) -> str:
    """Return exact text on one line."""
    return " ".join(shown(text).split())
