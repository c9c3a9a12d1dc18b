"""What people wish done with a feed and no command does so: quiet, a pause, another name, another owner.

Pure. Only what is said as an order counts: how something is done is for the library, and what was done is
asked of the feed's changes. An order that is said with a *don't* in front is one, too: to leave it as it is.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

_LONGEST = 12
"""Words beside the feeds that are listed: what is longer tells a story."""
_PAUSE = re.compile(
    r"(?:pause|suspend|skip|disable|deactivate|unwatch|switch off|turn off|don'?t watch|do not watch)"
    r" (?:the )?(?:(?:alerts?|alerting|watch|monitoring|predictions) (?:of|for|on|about) )?"
    r"(?:the )?(?:feeds? )?"
)
_WHOM = r"(?: (?:me|us|people|everybody|everyone|anybody|anyone))?(?: again)?(?: (?:on|about|of|for|over))?"
_HUSH = re.compile(
    r"(?:mute|silence|snooze|ignore|hush|quieten"
    r"|(?:be|keep|stay) (?:quiet|silent) (?:about|on)|shut up (?:about|on)"
    r"|stop (?:alerting|alerts|telling|warning|notifying|calling|paging|bothering|watching|monitoring)"
    rf"{_WHOM}"
    rf"|(?:don'?t|do not|never) (?:alert|tell|warn|notify|call|page|bother|ping){_WHOM})"
    r" (?:the )?(?:(?:alerts?|alarms?|warnings) (?:of|for|on|about) )?(?:the )?(?:feeds? )?"
)
_KEEP_QUIET = re.compile(r"(?:keep|leave) (?:the )?(?:feed )?(?=.{1,80} (?:quiet|silent|muted)\b)")
_NO_ORDER = re.compile(r"(?:don'?t|do not|never)\b")
_HOW_IT_IS = re.compile(r"(?:is|was|has|had|will|did|does|can't|fail\w*|broke\w*|late|down|missing)\b")
"""Behind the name: "don't tell me fx_trades failed again" asks how it is."""
_LEAVE = re.compile(
    r"(?:(?:no|nope|wait|stop|hold on|please)(?: ,)? ){0,3}(?:don'?t|do not|never)"
    r"(?: (?:ever|you|dare|just|even|please|yet|now))*(?: to)?"
    r" (?:(?:un)?(?:mute|silence|snooze)|ignore|hush|pause|suspend|skip|disable|deactivate|retire|delete"
    r"|remove|re-?start|re-?run|re-?try|re-?load|re-?play|backfill|repair|fix|mend|revert|undo|approve|reject|merge"
    r"|release|rename|resolve|stop|kill|change|edit|touch|deploy)\b"
)
_ASKS_TOO = re.compile(r"\b(?:why|what|when|who|how|which|tell|show|until|unless|instead|but|rather)\b")
"""Behind a *don't*: something else is wanted as well, which is read in its own right."""
_RENAME = re.compile(r"(?:rename|change the name of) (?:the )?(?:feed )?")
_HAND_OVER = re.compile(
    r"(?:hand|give|move|transfer|assign|reassign) (?:over )?(?:the )?(?:feed )?(?=.{1,80} to )"
    r"|change (?:the )?(?:owner|owning team|team|schedule|deadline|calendar) (?:of|for) (?:the )?(?:feed )?"
)
_LISTED = re.compile(r"(?:, and |, or |, |& |\+ |and |und |or |as well as )(?:the )?(?:feed )?")
_A_NAME = re.compile(r"[a-z][a-z0-9_.]{2,62}")
_SURELY_A_NAME = re.compile(r"[a-z][a-z0-9.]*_[a-z0-9_.]+")
_GOES_ON = re.compile(r"$|(?:for|until|till|til|through|over|overnight|today|tonight|please|pls|now|bis)\b")
_NO_NAME = frozenset(
    re.findall(
        r"\w+",
        "again all also ask both call everything fix now please restart rerun retry stop tell thanks then thx"
        " today tomorrow tonight wait for until till til",
    )
)
_MOST_FEEDS = 6
HUSH, PAUSE, RENAME, HAND_OVER, LEAVE = "hush", "pause", "rename", "hand over", "leave"
_WISHES = ((HUSH, _HUSH), (HUSH, _KEEP_QUIET), (PAUSE, _PAUSE), (RENAME, _RENAME), (HAND_OVER, _HAND_OVER))


@dataclass(frozen=True)
class Wish:
    """An order as it was understood.

    Attributes:
        feeds: Those that stand right behind it, one or a list: "mute a until b is done" says nothing of b.
        unknown: What stands in that list and is no feed.
        rest: What is said behind them, such as until when.
    """

    kind: str
    feeds: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    rest: str = ""


def wish_in(said: str, feeds: Sequence[str]) -> Wish | None:
    """Return what a text orders for a feed, None where it orders nothing.

    Args:
        said: The text without greetings.
        feeds: Those that it names.
    """
    lowered = " ".join(said.lower().replace("\u2019", "'").replace(",", " , ").split()).strip(" ?!.,;:")
    if len(lowered.split()) > _LONGEST + 2 * len(feeds):
        return None
    if (left := _LEAVE.match(lowered)) is not None:
        return None if _ASKS_TOO.search(lowered[left.end() :]) else Wish(LEAVE, tuple(feeds))
    for kind, pattern in _WISHES:
        found = pattern.match(lowered)
        wish = _listed(kind, lowered[found.end() :], feeds) if found is not None else None
        if wish is not None and not (_NO_ORDER.match(lowered) and _HOW_IT_IS.match(wish.rest)):
            return wish
    return None


def _listed(kind: str, text: str, feeds: Sequence[str]) -> Wish | None:
    named: list[str] = []
    unknown: list[str] = []
    rest, is_list = text, kind in (HUSH, PAUSE)
    while len(named) + len(unknown) < _MOST_FEEDS:
        ends = ((feed, behind) for feed in feeds if (behind := _behind(rest, feed)) is not None)
        feed, behind = max(ends, key=lambda one: len(one[0]), default=("", None))
        if behind is None and (feed := _unknown_in(rest)) and is_list:
            behind = rest[len(feed) :].strip()
            unknown.append(feed)
        elif behind is not None:
            named.append(feed)
        if behind is None:
            break
        rest, listed = behind, _LISTED.match(behind)
        if listed is None or not is_list:
            break
        rest = behind[listed.end() :]
    is_one = bool(named) or any(_SURELY_A_NAME.fullmatch(one) for one in unknown)
    return Wish(kind, tuple(named), tuple(unknown), rest) if is_one else None


def _unknown_in(text: str) -> str:
    """Return the word that a text begins with where it stands like a name in a list; empty for any other."""
    word, _, behind = text.replace("-", "_").partition(" ")
    stands = _LISTED.match(behind) or _GOES_ON.match(behind)
    return word if _A_NAME.fullmatch(word) and word not in _NO_NAME and stands else ""


def _behind(text: str, feed: str) -> str | None:
    """Return what stands behind a feed's name, None where the text does not begin with it."""
    words = text.replace("-", "_").split()
    ends = (length for length in range(1, feed.count("_") + 2) if "_".join(words[:length]) == feed)
    end = next(ends, None)
    return None if end is None else " ".join(words[end:])
