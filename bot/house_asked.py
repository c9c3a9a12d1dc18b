"""What people ask of the whole house in passing: is it frozen, is it safe to act, what did I miss.

Pure. A question that asks how something is done is none of these: the library answers it.
"""

import re
from collections.abc import Collection
from datetime import datetime, timedelta

from bot.feed_wishes import HAND_OVER, wish_in
from bot.named_feeds import without_names
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
    rf"why (?:is|are) {_BOARD} (?:so |all |still |suddenly )*{_STATES}(?: (?:now|today|again))*"
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
    if (_SAFE_FOR_FEEDS if feeds else _SAFE).fullmatch(lowered) or (not feeds and _FREEZE.fullmatch(lowered)):
        return Question(Topic.BEFORE_ACTING, feeds, window)
    if feeds:
        return _of_feeds(lowered, feeds, window, now)
    if _ALL_RED.fullmatch(lowered):
        return Question(Topic.WHICH, (), window, Wanted.URGENT)
    if _TEAMS.fullmatch(lowered):
        return Question(Topic.TEAMS)
    if _MUTED.fullmatch(lowered):
        return Question(Topic.COMMAND, command="muted")
    if _TO_APPROVE.fullmatch(lowered):
        return Question(Topic.COMMAND, (), window, command="waiting")
    if (ahead := _AHEAD.fullmatch(lowered)) is not None:
        return Question(Topic.COMMAND, command=f"what will break{ahead['when'] or ''}")
    if _ALERTS_OF_OLD.fullmatch(lowered):
        return Question(Topic.ALERTS, (), window or _back(now, _A_MONTH))
    if _PAST_INCIDENT.fullmatch(lowered):
        return Question(Topic.CHANGED, (), window or _back(now, _A_MONTH), kind="Incidents")
    if _is_only_when(_MISSED.fullmatch(lowered) or _WHO_DID.fullmatch(lowered), window):
        return Question(Topic.CHANGED, (), window)
    if _is_only_when(_WENT_OUT.fullmatch(lowered), window):
        return Question(Topic.CHANGED, (), window or _back(now, _A_WEEK))
    return None


def unknown_team(text: str, teams: Collection[str]) -> str:
    """Return the team that a question about feeds names and that is none, empty without one."""
    lowered = text.lower()
    found = _UNKNOWN_TEAM.search(lowered)
    named = next(filter(None, found.groups()), "") if found and _FEEDS.search(lowered) else ""
    return "" if not teams or named in _NO_TEAM or named in {one.lower() for one in teams} else named


def _of_feeds(said: str, feeds: tuple[str, ...], window: Window | None, now: datetime) -> Question | None:
    if _MAY.search(said):
        return Question(Topic.MAY_APPROVE, feeds)
    if COMPARED.search(said) or _AS_USUAL.search(said):
        return Question(Topic.RUNS, feeds, window, is_last=window is None)
    if _OPEN_INCIDENT.match(said):
        return Question(Topic.COMMAND, feeds, window, command=f"incident {feeds[0]}")
    if _ALERTS_OF_OLD.fullmatch(without_names(said, feeds).strip()):
        return Question(Topic.ALERTS, feeds, window or _back(now, _A_MONTH))
    if _INCIDENTS.search(said):
        return Question(Topic.CHANGED, feeds, window or _back(now, _A_MONTH), kind="Incidents")
    return None


def _is_only_when(found: re.Match[str] | None, window: Window | None) -> bool:
    """Tell whether nothing but a time stands behind what was asked, as in "what did anna change today"."""
    if found is None or not found["rest"]:
        return found is not None
    rest = found["rest"].replace(window.said, " ") if window is not None else found["rest"]
    return set(re.findall(r"[\w.]+", rest)) <= _AND_WHEN


def _back(now: datetime, days: int) -> Window:
    return Window(now - timedelta(days=days), now, f"in the last {days} days", "")
