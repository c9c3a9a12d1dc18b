"""What people wish done with a feed and no command does so: quiet, a pause, another name, another owner.

Pure. Only what is said as an order counts: how something is done is for the library, and what was done is
asked of the feed's changes.
"""

import re
from collections.abc import Sequence

_LONGEST = 12
"""Words: what is longer tells a story."""
_PAUSE = re.compile(
    r"(?:pause|suspend|skip|disable|deactivate|unwatch|switch off|turn off|don'?t watch|do not watch)"
    r" (?:the )?(?:(?:alerts?|alerting|watch|monitoring|predictions) (?:of|for|on|about) )?"
    r"(?:the )?(?:feed )?"
)
_WHOM = r"(?: (?:me|us|people|everybody|everyone|anybody|anyone))?(?: again)?(?: (?:on|about|of|for|over))?"
_HUSH = re.compile(
    r"(?:mute|silence|snooze|ignore|hush|quieten"
    r"|stop (?:alerting|alerts|telling|warning|notifying|calling|paging|bothering|watching|monitoring)"
    rf"{_WHOM}"
    rf"|(?:don'?t|do not|never) (?:alert|tell|warn|notify|call|page|bother|ping){_WHOM})"
    r" (?:the )?(?:(?:alerts?|alarms?|warnings) (?:of|for|on|about) )?(?:the )?(?:feed )?"
)
_NO_ORDER = re.compile(r"(?:don'?t|do not|never)\b")
_HOW_IT_IS = re.compile(r"(?:is|was|has|had|will|did|does|can't|fail\w*|broke\w*|late|down|missing)\b")
"""Behind the name: "don't tell me fx_trades failed again" asks how it is."""
_RENAME = re.compile(r"(?:rename|change the name of) (?:the )?(?:feed )?")
_HAND_OVER = re.compile(
    r"(?:hand|give|move|transfer|assign|reassign) (?:over )?(?:the )?(?:feed )?(?=.{1,80} to )"
    r"|change (?:the )?(?:owner|owning team|team|schedule|deadline|calendar) (?:of|for) (?:the )?(?:feed )?"
)
_LISTED = re.compile(r"(?:, and |, or |, |& |\+ |and |und |or |as well as )(?:the )?(?:feed )?")
_MOST_FEEDS = 6
HUSH, PAUSE, RENAME, HAND_OVER = "hush", "pause", "rename", "hand over"
_WISHES = ((HUSH, _HUSH), (PAUSE, _PAUSE), (RENAME, _RENAME), (HAND_OVER, _HAND_OVER))


def wish_in(said: str, feed: str) -> str:
    """Return which wish a text orders for a feed: `hush`, `pause`, `rename`, `hand over`; empty for none.

    Args:
        said: The text without greetings.
        feed: The first feed that it names.
    """
    lowered = " ".join(said.lower().split()).strip(" ?!.,;:")
    if len(lowered.split()) > _LONGEST:
        return ""
    for wish, pattern in _WISHES:
        found = pattern.match(lowered)
        rest = _behind(lowered[found.end() :], feed) if found is not None else None
        if rest is not None and not (_NO_ORDER.match(lowered) and _HOW_IT_IS.match(rest)):
            return wish
    return ""


def wished_of(said: str, feeds: Sequence[str]) -> tuple[str, ...]:
    """Return of which feeds something is wished: the first, and those that are listed right behind it.

    "mute a until b is done" says nothing of b.
    """
    lowered = " ".join(said.lower().split())
    at = next((found.end() for _, one in _WISHES if (found := one.search(lowered))), 0)
    rest, named = _behind(lowered[at:], feeds[0]) or "", [feeds[0]]
    for feed in feeds[1:_MOST_FEEDS]:
        listed = _LISTED.match(rest)
        behind = _behind(rest[listed.end() :], feed) if listed else None
        if behind is None:
            break
        rest = behind
        named.append(feed)
    return tuple(named)


def _behind(text: str, feed: str) -> str | None:
    """Return what stands behind a feed's name, None where the text does not begin with it."""
    words = text.replace("-", "_").replace(",", " , ").split()
    ends = (length for length in range(1, feed.count("_") + 2) if "_".join(words[:length]) == feed)
    end = next(ends, None)
    return None if end is None else " ".join(words[end:])
