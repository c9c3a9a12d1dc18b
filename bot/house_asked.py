"""What people ask of the whole house in passing: is it frozen, is it safe to act, what did I miss.

Pure. A question that asks how something is done is none of these: the library answers it.
"""

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.alerts_asked import AlertsAsked
from bot.feed_wishes import HAND_OVER, wish_in
from bot.glossary_terms import MTTR
from bot.named_feeds import without_names
from bot.passing_words import CALLED, HOW_WE_DID, LOST_FILE, ON_IT, TO_REPAIR, WHAT_IS_ON
from bot.question_kinds import Question, Topic, Wanted
from bot.watch_asked import of_the_watch
from domain.clock.day_words import Window

_LONGEST = 14
"""Words: what is longer tells a story."""
_A_MONTH, _A_WEEK = 30, 7
_BOARD = r"(?:(?:the |our |my )?(?:board|dashboard|wall|overview)|(?:all |so many |most |the |our )+feeds)"
_STATES = r"(?:red|yellow|bad|in trouble|at risk|failing|late|down|broken|not green|grey|gray)"
_ALL_RED = re.compile(
    r"why is everything (?:so |suddenly |still )*(?:red|yellow|grey|gray)(?: (?:now|today|again))*|"
    rf"why (?:is|are) (?:we|{_BOARD}) (?:so |all |still |suddenly )*{_STATES}(?: (?:now|today|again))*"
)
_FREEZE = re.compile(
    r"(?:is|are|was|were) (?:in |there |we |everything |anything |things |the house |production |still )*"
    r"(?:an? |any )?(?:change |open |active )*(?:freeze|frozen)\b.{0,20}"
    r"|(?:who|when|why|what) .{0,20}\b(?:froze|frozen)\b.{0,20}|(?:the |change )?freeze (?:state|status)"
)
_ACT = (
    r"(?:re-?start|deploy|release|change|merge|re-?run|act|touch|upgrade|patch|reboot|roll ?out|ship"
    r"|go ahead|do it)"
)
_NOW = (
    r"(?: (?:it|this|that|now|right|today|tonight|tomorrow|again|here|any|anything|something|everything|the"
    r"|our|my|an?|all|new|next|on|in|to|before|after|during|prod|production|feeds?|loads?|jobs?|pipelines?|fix"
    r"|(?:re-?)?start|release|deployment|change|version|configurations?|weekend|week|month|morning|afternoon"
    r"|evening|night|\w{3,6}day))*"
)
"""Behind an act, what is of the house: "is it ok to change my password" is for the library."""
_IS_SAFE = (
    r"(?:is (?:it|this|now|that)(?: a)? (?:safe|ok|okay|fine|good time|bad time|all right|alright)"
    r"(?: (?:now|today|right|for (?:us|me)))*(?: to| for an?| if (?:i|we))?"
    rf"|(?:can|may|could|should) (?:i|we) safely) {_ACT}\w*"
)
_SAFE = re.compile(
    rf"{_IS_SAFE}{_NOW}|(?:(?:is|does|what|anything|is there anything) )+speaks? against{_NOW}"
    rf"(?: {_ACT}\w*{_NOW})?"
)
_SAFE_FOR_FEEDS = re.compile(rf"{_IS_SAFE}\b.{{0,40}}|.{{0,20}}\bspeaks? against\b.{{0,40}}")
_TEAMS = re.compile(
    r"(?:which|what) teams? (?:are there|is there|do we have|do you know|exist|own feeds|have feeds)"
    r"|(?:can i (?:get|see|have) )?(?:an? )?(?:list of )?(?:all )?(?:the )?(?:teams|owners)"
    r"|how many teams(?: (?:are there|do we have|exist|own feeds|have feeds))?"
)
_UNKNOWN_TEAM = re.compile(
    r"\b(?:of|from|by|for) team ([\w-]+)|\bteam ([\w-]+)['\u2019]s\b|\bthe ([\w-]+) team['\u2019]s\b"
)
_NO_TEAM = frozenset(
    re.findall(
        r"\w+",
        "is are was were has have had of the that which who does do did for and or in at to s member members"
        " lead leads leader leaders channel channels chat name names owner owners people whole entire other"
        " same own right wrong new old",
    )
)
_FEEDS = re.compile(r"\b(?:feeds?|loads|jobs|pipelines|alerts?|runs|failures)\b")
_MISSED = re.compile(
    r"(?:what|anything|something|did|have|has) .{0,12}\b(?:i|we) miss(?:ed)?\b(?P<rest>.{0,30})"
)
_WENT_OUT = re.compile(
    r"(?:who|what|which \w+|when)(?: (?:was|were|has|have|had|been|got|did|do|we|last|recently))*"
    r" (?:deploy|deployed|release|released|rolled out|ship|shipped|went live)\b(?P<rest>.{0,24})"
    r"|(?:(?:when|what|which) (?:was|were|is) )?(?:the )?(?:last|latest|recent|newest)"
    r" (?:deployments?|releases?)"
)
_WHO_DID = re.compile(
    r"what (?:did|has|have) (?!i\b|we\b|you\b|it\b|they\b|that\b|this\b|the\b)[a-z][\w.-]*"
    r" (?:do|done|change|changed)\b(?P<rest>.{0,24})"
)
_AND_WHEN = frozenset(
    re.findall(
        r"\w+",
        "last lately recently here today now so far already yet anything something all everything since for"
        " on in at the this and when while i we was were is are away out asleep off gone holiday lunch"
        " overnight over night weekend morning to prod production",
    )
)
"""What may stand behind a question of what happened, beside a span: all else asks of another thing."""
_AHEAD = re.compile(
    r"what (?:do you (?:think|expect|guess) )?(?:will|might|could|is going to) happen"
    r"(?P<when> (?:today|tonight|tomorrow|later|next|this (?:afternoon|evening)|in the next .{1,20}))*"
)
_INCIDENTS = re.compile(r"\bincidents?\b")
_OPEN_INCIDENT = re.compile(
    r"(?:open|start|create|raise|declare|file|begin|make|trigger) (?:an? |the )?(?:new )?incident"
    r" (?:for|about|on|because of|with) (?!all\b|every)"
)
_ALERTS_OF_OLD = re.compile(
    r"(?:the |all |any |list )*(?:(?:alerts?|alarms?) history|history of (?:the |all )?(?:alerts?|alarms?)"
    r"|(?:past|previous|earlier|recent|former) (?:alerts?|alarms?))(?: (?:of|for|on|about))?"
)
_PAST_INCIDENT = re.compile(r".{0,30}\b(?:last|latest|previous|recent|newest|past) incidents?\b.{0,24}")
_TO_APPROVE = re.compile(
    r"(?:what|which|anything|is (?:there )?anything|how many|are there|any)\b.{0,24}"
    r"\b(?:(?:wait(?:s|ing)?|pending|outstanding|open)(?: (?:for|on))?|still (?:has|have) to|need(?:s|ing)?)"
    r"(?: (?:an?|any|the|my|our|to|be))* (?:approv(?:e|al|als|ed)|decisions?|reviews?|sign[- ]?off)"
    r"(?: (?:now|today|yet|still|here|and|since|when|from|by|of|me|us))*"
    r"|who (?:still|yet) (?:has|have|needs?) to (?:approve|decide|review|sign off)\b.{0,24}"
    r"|(?:how many|which|what|any) (?:approvals|requests|decisions|reviews) (?:are |is )?(?:still |now )*"
    r"(?:pending|open|waiting|outstanding)\b.{0,24}"
)
_MUTED = re.compile(
    r"(?:is(?! an? )|are|what(?: is|'s| are| did| has| have)|which|who|anything|something|did)\b.{0,40}"
    r"\b(?:muted|mutes|silenced|snoozed|mute(?= (?:anything|something|it|this|that)$))"
    r"(?: (?:alerts?|feeds?|the|our|my|now|today|tonight|right|still|here"
    r"|and|since|until|when|by|whom|who|at the moment|currently|anything|something|it|this|that))*"
)
_MAY = re.compile(
    r"\bwho (?:can|may|could|must|has to|should|is allowed to|is able to|needs? to)\b.{0,30}\bapprov\w*"
    r".{0,20}\b(?:change|config\w*|pull request|version|plan)"
)
COMPARED = re.compile(
    r"(?i)\bcompar\w+\b.{0,40}\b(?:usual|normal\w*|average|typical\w*|before|history|yesterday"
    r"|last (?:week|month|time|run)s?)\b|\b(?:usual|normal|typical|average)\b.{0,40}\bcompar"
)
"""Asks how a feed's runs are beside what is usual: a source is not compared with its target for that."""
_AS_USUAL = re.compile(
    r"\b(?:missing|lost|lose|losing|too few|too many) (?:any |some |its )?(?:data|rows?|records?)\b|"
    r"\b(?:volumes?|sizes?|rows?|counts?|durations?|run ?times?|numbers?)\b.{0,40}"
    r"\b(?:normal|usual|unusual|typical|too (?:low|high|small|big|long)|(?:lower|higher|smaller) than)\b"
)


def of_the_house(said: str, feeds: tuple[str, ...], window: Window | None, now: datetime) -> Question | None:
    """Return what a text asks of the house, or of a feed beside its state; None for anything else.

    Args:
        said: The text without greetings.
    """
    lowered = " ".join(said.lower().split()).strip(" ?!.,;:")
    if (wish := wish_in(lowered, feeds)) is not None:
        if wish.kind == HAND_OVER:
            return Question(Topic.COMMAND, wish.feeds, command=f"config {wish.feeds[0]} edit settings")
        return Question(Topic.WISH, wish.feeds, wish=wish)
    if len(lowered.split()) > _LONGEST:
        return None
    if (watched := of_the_watch(lowered, feeds, window)) is not None:
        return watched
    if (_SAFE_FOR_FEEDS if feeds else _SAFE).fullmatch(lowered):
        return Question(Topic.BEFORE_ACTING, feeds, window)
    text = without_names(lowered, feeds).strip() if feeds else lowered
    for asks, question in _OF_FEEDS if feeds else _OF_ALL:
        if (found := asks(lowered) or asks(text)) is not None and _is_only_when(found, window):
            return question(_Asked(found, feeds, window, now))
    return None


def unknown_team(text: str, teams: Collection[str]) -> str:
    """Return the team that a question about feeds names and that is none, empty without one."""
    lowered = text.lower()
    found = _UNKNOWN_TEAM.search(lowered)
    named = next(filter(None, found.groups()), "") if found and _FEEDS.search(lowered) else ""
    return "" if not teams or named in _NO_TEAM or named in {one.lower() for one in teams} else named


def _is_only_when(found: re.Match[str], window: Window | None) -> bool:
    """Tell whether nothing but a time stands behind what was asked, as in "what did anna change today"."""
    rest = found.groupdict().get("rest") or ""
    rest = rest.replace(window.said, " ") if window is not None else rest
    return set(re.findall(r"[\w.]+", rest)) <= _AND_WHEN


def _back(now: datetime, days: int) -> Window:
    return Window(now - timedelta(days=days), now, f"in the last {days} days", "")


@dataclass(frozen=True)
class _Asked:
    """What was found, with what it is asked of."""

    found: re.Match[str]
    feeds: tuple[str, ...]
    window: Window | None
    now: datetime

    def back(self, days: int) -> Window:
        """Return the span that is named, the last days without one."""
        return self.window or _back(self.now, days)


_Rows = tuple[tuple[Callable[[str], re.Match[str] | None], Callable[[_Asked], Question]], ...]
_OF_ALL: _Rows = (
    (_FREEZE.fullmatch, lambda one: Question(Topic.BEFORE_ACTING, (), one.window)),
    (_ALL_RED.fullmatch, lambda one: Question(Topic.WHICH, (), one.window, Wanted.URGENT)),
    (WHAT_IS_ON.fullmatch, lambda one: Question(Topic.WHICH, wanted=Wanted.URGENT)),
    (_TEAMS.fullmatch, lambda one: Question(Topic.TEAMS)),
    (_MUTED.fullmatch, lambda one: Question(Topic.COMMAND, command="muted")),
    (_TO_APPROVE.fullmatch, lambda one: Question(Topic.COMMAND, (), one.window, command="waiting")),
    (LOST_FILE.fullmatch, lambda one: Question(Topic.COMMAND, command="waiting")),
    (
        _AHEAD.fullmatch,
        lambda one: Question(Topic.COMMAND, command=f"what will break{one.found['when'] or ''}"),
    ),
    (CALLED.fullmatch, lambda one: Question(Topic.ALERTS)),
    (ON_IT.fullmatch, lambda one: Question(Topic.ALERTS, alerts=AlertsAsked(is_taken=False))),
    (_ALERTS_OF_OLD.fullmatch, lambda one: Question(Topic.ALERTS, (), one.back(_A_MONTH))),
    (
        _PAST_INCIDENT.fullmatch,
        lambda one: Question(Topic.CHANGED, (), one.back(_A_MONTH), kind="Incidents"),
    ),
    (TO_REPAIR.fullmatch, lambda one: Question(Topic.TERM, kind=MTTR)),
    (
        HOW_WE_DID.fullmatch,
        lambda one: Question(Topic.WHICH, (), one.back(_A_MONTH), Wanted.FAILED, is_share=True),
    ),
    (_MISSED.fullmatch, lambda one: Question(Topic.CHANGED, (), one.window)),
    (_WHO_DID.fullmatch, lambda one: Question(Topic.CHANGED, (), one.window)),
    (_WENT_OUT.fullmatch, lambda one: Question(Topic.CHANGED, (), one.back(_A_WEEK))),
)
"""What is asked of no feed by its name, the first that fits."""
_OF_FEEDS: _Rows = (
    (_MAY.search, lambda one: Question(Topic.MAY_APPROVE, one.feeds)),
    (COMPARED.search, lambda one: _beside_usual(one)),
    (_AS_USUAL.search, lambda one: _beside_usual(one)),
    (
        _OPEN_INCIDENT.match,
        lambda one: Question(Topic.COMMAND, one.feeds, one.window, command=f"incident {one.feeds[0]}"),
    ),
    (_ALERTS_OF_OLD.fullmatch, lambda one: Question(Topic.ALERTS, one.feeds, one.back(_A_MONTH))),
    (
        _INCIDENTS.search,
        lambda one: Question(Topic.CHANGED, one.feeds, one.back(_A_MONTH), kind="Incidents"),
    ),
)
"""What is asked of feeds that are named."""


def _beside_usual(one: _Asked) -> Question:
    return Question(Topic.RUNS, one.feeds, one.window, is_last=one.window is None)
