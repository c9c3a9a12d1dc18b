"""Small Markdown as Slack text objects.

Slack's mrkdwn has no escape for its own marks. Text whose marks could draw something is therefore sent as
`plain_text`, which draws nothing; the rest as `mrkdwn` with `verbatim`, so that no address becomes a link.
"""

import re
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache

from bot.cards.ink import Json
from bot.cards.moments import moments_in
from bot.cards.shorten import clip, utf16
from bot.cards.text import Span, Style

_AROUND = {Style.PLAIN: "", Style.BOLD: "*", Style.EMPHASIS: "_", Style.CODE: "`"}
_NAMED_EMOJI = re.compile(r":(?:[a-z+_\-][a-z0-9_+\-']*|100|1234|8ball|[123](?:st|nd|rd)_[a-z_]+):", re.I)
_QUOTE = re.compile(r"(?:^|\n)\s*>")
_BULLETS = re.compile(r"(?:^|\n)\s*(?:[-*•]|\d+[.)])\s")
# An underscore within a word, as in fx_trades, draws nothing.
_SHORT = 100
"""Texts up to here are remembered: names, labels and times come again on every card."""
_MARK = re.compile(r"[*~`]|(?<![^\W_])_|_(?![^\W_])")


def escaped(text: str) -> str:
    """Return text whose `<!channel>`, `<@U1>` and `<https://x|y>` are only characters."""
    if "&" in text or "<" in text or ">" in text:
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return text


def escaped_width(text: str) -> int:
    """Return the length that counts against Slack's limits."""
    if "&" in text or "<" in text or ">" in text:
        return utf16(text) + 4 * text.count("&") + 3 * (text.count("<") + text.count(">"))
    return utf16(text)


def plain_text(text: str, limit: int, fallback: str = "-") -> Json:
    """Return exact text that draws nothing; Slack refuses empty ones, so they read as the fallback."""
    return {"type": "plain_text", "text": clip(text, limit)[0].strip() or fallback, "emoji": False}


def text_object(runs: Sequence[Span], limit: int, now: datetime | None = None) -> Json:
    """Return a text object for runs that were already cut to fit; with `now`, also the reader's own times."""
    for drawn_at in (now, None):
        drawn = _drawn(runs, drawn_at)
        if drawn is not None and utf16(drawn) <= limit and drawn.strip():
            return {"type": "mrkdwn", "text": drawn, "verbatim": True}
    return plain_text("".join(run.text for run in runs), limit)


def code_object(text: str, limit: int) -> Json:
    """Return a block of exact text that was already cut to fit."""
    body = text.rstrip("\n")
    if "```" in body or not body.strip() or body.endswith("`"):
        return plain_text(text, limit)
    return {"type": "mrkdwn", "text": f"```\n{escaped(body)}\n```", "verbatim": True}


def link(address: str, label: str) -> str:
    """Return a mrkdwn link whose label draws nothing."""
    quiet = re.sub(r"[*_~`|<>&:\n]", " ", label).strip() or address
    return f"<{address.replace('&', '&amp;')}|{escaped(quiet)}>"


def _with_own_times(text: str, now: datetime | None) -> str:
    """Return drawn text whose moments Slack tells by the reader's clock as well."""
    parts, done = [], 0
    for told in moments_in(text, now) if now is not None else ():
        words = text[told.start : told.end]
        own = "{date_short_pretty} {time}" if told.has_day else "{time}"
        token = f"<!date^{int(told.at.timestamp())}^{words} ({own} your time)|{words}>"
        parts += [text[done : told.start], token]
        done = told.end
    return "".join([*parts, text[done:]])


def _drawn(runs: Sequence[Span], now: datetime | None) -> str | None:
    """Return the runs as mrkdwn, or None when outside text would draw something of its own."""
    whole = "".join(run.text for run in runs)
    if _QUOTE.search(whole) or _BULLETS.search(whole):
        return None
    parts: list[str] = []
    for at, run in enumerate(runs):
        before = runs[at - 1].text[-1:] if at else ""
        after = runs[at + 1].text[:1] if at + 1 < len(runs) else ""
        if run.style is Style.CODE:
            if "`" in run.text or "\n" in run.text or not run.text.strip():
                return None
        elif _draws(run.text):
            return None
        mark = _AROUND[run.style] if _holds(before, run.text, after) else ""
        words = escaped(run.text)
        if run.style is not Style.CODE:
            words = _with_own_times(words, now)
        parts.append(f"{mark}{words}{mark}")
    if _NAMED_EMOJI.search("".join(run.text for run in runs if run.style is not Style.CODE)):
        return None
    return "".join(parts)


def _draws(text: str) -> bool:
    """Return whether Slack would draw something else than these characters."""
    return _remembered_draws(text) if len(text) <= _SHORT else _looks_drawn(text)


def _looks_drawn(text: str) -> bool:
    return bool(_MARK.search(text) or _NAMED_EMOJI.search(text))


_remembered_draws = lru_cache(maxsize=5_000)(_looks_drawn)


def _holds(before: str, text: str, after: str) -> bool:
    """Return whether Slack draws a mark here: not inside a word, not around blanks or several lines."""
    return not (
        before.isalnum()
        or after.isalnum()
        or before == "_"
        or after == "_"
        or text != text.strip()
        or "\n" in text
    )
