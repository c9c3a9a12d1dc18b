"""Questions about what was told and decided: alerts, and who said yes or no to what. Pure."""

import re

from bot.alerts_asked import alerts_asked_in
from bot.named_feeds import content_of
from bot.question_kinds import Question, Topic
from domain.clock.day_words import Window

_LONGEST = 14
"""Words: people ask for these in short, and what is longer tells a story."""
_ALERTS = re.compile(r"\b(?:alerts?|alarms?)\b")
_BESIDE_ALERTS = frozenset(
    re.findall(
        r"[\w'-]+",
        "open active alert alerts alarm alarms raised fired firing got get many acknowledged"
        " acknowledge acked ack unacknowledged took taken take over snoozed snooze who whose handles"
        " handling looking looks after come came happened were being list see count number went off"
        " we i us mine should must need to yet new latest last recent no nobody anyone anybody longer than"
        " more why am getting so close closed dismiss dismissed false real older old an hour hours"
        " minutes day days long since oldest",
    )
)
_FEEDS_WITHOUT = re.compile(
    r"\bfeeds?\b.{0,60}\b(?:no|without|not|never|lack(?:s|ing)?|(?:do|does|have|has)n['\u2019]?t)\b"
    r".{0,60}\balerts?\b"
)
"""Asks for feeds, not for alerts: for those of which nothing was told."""
_SUCH = r"\b(?:critical|important|unowned|unassigned)\b"
_SUCH_FEEDS = re.compile(rf"(?:{_SUCH}.{{0,30}}\bfeeds?\b|\bfeeds?\b.{{0,30}}{_SUCH}).{{0,60}}\balerts?\b")
"""Likewise: "do my critical feeds have alerts?"."""
_TO_ALERT = re.compile(r"\b(?:(?:should|must|can|could|do|shall|may) (?:i|we|you)|to) alert\b")
"""Asks whom to tell, not what was told."""
_HANDLED = re.compile(r"\b(?:un)?(?:ack|snooz|tak|took|handl)")
_DECISIONS = re.compile(r"\b(?:approvals|decisions|rejections)\b")
_BESIDE_DECISIONS = frozenset(
    re.findall(r"\w+", "approvals decisions rejections many given made were there list number total")
)
_PAST = r"(?:approved|rejected|declined|signed off|said (?:yes|no)|agreed|merged|decided)"
_BARE = r"(?:approve|reject|decline|sign off|say (?:yes|no)|agree|merge|decide)"
_DECIDED = re.compile(
    rf"\b(?:who|whom|what|which|anything|when|by whom)\b.*\b{_PAST}\b"
    rf"|\bdid \w+ (?:\w+ )?{_BARE}\b|\b(?:has|have) \w+ (?:\w+ )?{_PAST}\b"
)
_WHO_DID = re.compile(
    rf"\bdid ([a-z][\w.'-]*)(?: [a-z][\w.'-]+)? {_BARE}\b"
    rf"|\b(?:has|have|by|from) ([a-z][\w.'-]*)(?: [a-z][\w.'-]+)? {_PAST}\b|\b{_PAST} by ([a-z][\w.'-]+)"
)
_NOBODY = frozenset(
    re.findall(
        r"\w+",
        "anybody anyone we they you somebody someone people it been the a an all any anything something"
        " everything who what this that these those today yesterday already just not never ever also only"
        " recently lately now still yet last my our your his her their mistake",
    )
)
_OF_DATA = re.compile(
    r"\b(?:rows?|records?|files?|lines?|messages?|deliver(?:y|ies)|columns?|values?|parsers?|orders|payments?"
    r"|invoices?|branch|main|banks?|meetings?)\b"
)
"""What is rejected or approved of these is nobody's decision here, unless it is asked who decided."""
_OWED = re.compile(
    r"\b(?:wait\w*|pending) (?:for|on) (?:me|my)\b|"
    r"\b(?:need\w*|requir\w*|want\w*) my (?:approval|decision|yes|review|input)\b|"
    r"\b(?:do|must|should|have) i (?:have |need |anything |something |to |still )*"
    r"(?:approve|decide|review|sign)\b|"
    r"\b(?:anything|something|what(?:'s| is)?|is there|are there|things)\b.*\b(?:for me|my desk|my plate)\b|"
    r"\b(?:do|what do) i (?:have|need) (?:anything )?to do\b|\bassigned to me\b|"
    r"\bmy (?:open |pending )?(?:tasks|todos?|approvals|inbox|queue)\b|"
    r"\bmy\b(?! own\b)[\w ]{0,30}\b(?:change|request|pull request|pr|proposal|upload|sample|file)s?\b"
    r"(?! (?:the|a|an|my)\b)|"
    r"^(?:is|has|when (?:will|is)) my (?:new |first )?feed\b.{0,20}"
    r"\b(?:live|merged|approved|accepted|in production|deployed)\b"
)
_ABOUT_ME = re.compile(
    r"^who am i\b|^(?:what|which)(?:['\u2019]s| is| are)? my teams?\??$|\bwhat (?:may|can) i do\b|"
    r"\b(?:my|which|what) (?:roles?|rights?|permissions?)\b(?: (?:do|have) i\b| am i\b|$| here\b|\?)|"
    r"\bam i (?:an? )?(?:approver|engineer|lead|admin\w*|on[- ]call)\b|"
    r"\b(?:can(?:['\u2019]?t|not) i|(?:can|may) i not|i (?:can(?:['\u2019]?t|not)|may not)"
    r"|(?:am i|i['\u2019]?m|i am) not allowed)\b.{0,40}\b(?:approve|decide|press|merge)\b"
)


def is_about_asker(text: str) -> bool:
    """Return whether somebody asks who they are here and what they may do, or why they may not."""
    return bool(_ABOUT_ME.search(text.lower()))


def happening(
    said: str, feeds: tuple[str, ...], window: Window | None, content: set[str], text: str = ""
) -> Question | None:
    """Return what a text asks about alerts, decisions or the asker's own part, None for anything else.

    Args:
        text: As it was written, where `said` is without "show me my" in front.
        content: The words of the text that are neither small nor a feed nor a time.
    """
    lowered = said.lower()
    if len(said.split()) > _LONGEST:
        return None
    if not feeds and is_about_asker(said):
        return Question(Topic.COMMAND, command="whoami")
    is_of_feeds = not feeds and _FEEDS_WITHOUT.search(lowered) and not _HANDLED.search(lowered)
    is_told_of = _ALERTS.search(lowered) and not _TO_ALERT.search(lowered)
    if is_told_of and not is_of_feeds:
        asked, rest = alerts_asked_in(lowered, text or said, window)
        is_of_such = not feeds and not (asked.age or asked.before or _HANDLED.search(lowered))
        is_of_such = is_of_such and bool(_SUCH_FEEDS.search(lowered))
        if not is_of_such and not content & content_of(rest, feeds, window) - _BESIDE_ALERTS:
            return Question(Topic.ALERTS, feeds, None if asked.before else window, alerts=asked)
    if not feeds and _OWED.search(lowered):
        return Question(Topic.COMMAND, (), window, command="waiting")
    if window and not feeds and _DECISIONS.search(lowered) and not content - _BESIDE_DECISIONS:
        return Question(Topic.DECISIONS, feeds, window)
    is_of_data = _OF_DATA.search(lowered) and not re.search(r"\b(?:who|whom)\b", lowered)
    if _DECIDED.search(lowered) and not feeds and not is_of_data:
        found = _WHO_DID.search(lowered)
        person = next(filter(None, found.groups()), "") if found else ""
        return Question(Topic.DECISIONS, feeds, window, person="" if person in _NOBODY else person)
    return None
