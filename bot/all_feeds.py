"""What a question that names no feed asks of all: which are late, have no owner, fail the most often."""

import re
from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, timedelta

from bot.feed_conditions import Conditions, conditions_in
from bot.figures_asked import figure_of_feeds
from bot.happenings import happening, is_about_asker
from bot.named_feeds import content_of
from bot.question_kinds import Question, Topic, Wanted
from bot.question_words import MANY, MAY_APPROVE, NEWS, ON_CALL, TOPICS, WANTED
from bot.times_asked import Times, times_in
from domain.clock.day_words import Window, hours_ahead, said_window

_A_MONTH = 30
_MOST = re.compile(
    r"\bmost (?:often|frequent\w*|failures?|errors|failed|late|problems|trouble|unreliable)|\bthe most$|"
    r"\bteams? (?:is|are) (?:the )?worst|\bworst team|"
    r"\b(?:has|have|had|having) (?:had )?(?:the|its|their) worst (?:day|week|month|time)\b|"
    r"\b(?:fails?|late|breaks?) (?:the )?most|\boften\b|\bleast (?:reliable|stable)|\bflak\w+"
)
_WORST_SPAN = re.compile(r"\bworst (day|week|month)\b")
_NEWS = re.compile(r"\b(?:what|what's|anything|changes?|was|news|summary|recap|digest|overview)\b")
_FEEDS = re.compile(r"(?i)\b(?:feeds?|loads?|jobs?|pipelines?)\b")
_SHARE = re.compile(
    r"(?:\b(?:percent(?:age)?|share|proportion|fraction)|%)(?: of (?:all |the |our )*(?:runs|loads|jobs))?"
    r"(?: (?:that|which|was|were|is|are|has|have|had))* (?:fail\w*|late|delayed|overdue|broke\w*|crash\w*)\b"
    r"|\b(?:failure|error) rates?\b(?! of (?!all\b|the runs\b|our runs\b|runs\b))"
)
"""Asks for a share of runs; a share price, exchange rates and the share of feeds are none."""
_FEW = 4
_HOW_WAS = re.compile(r"(?i)how (?:was|did)\b")
_HOW_ARE_ALL = re.compile(
    r"(?i)how(?:'s| is| are) (?:we|things|everything|it|all)(?: all)?(?: (?:doing|going|looking))?"
    r"(?: today| now| right now| this morning)?"
    r"|what(?:'s| is) (?:going on|happening|the (?:situation|state of (?:things|play)|general state))"
    r"(?: (?:right now|now|today|here))*"
    r"|(?:overall |general )?(?:status|state|health)(?: report| overview| of everything)?"
)
_ANY = frozenset({"anything", "something", "everything"})
_MINE = re.compile(r"\b(?:my|mine|i own)\b")
_STATE = dict(TOPICS)[Topic.STATE]


def with_share(found: Question | None, said: str, now: datetime) -> Question | None:
    """Return a question which feeds failed, or were late, as one for the share of all runs that it is."""
    if found is None or found.topic is not Topic.WHICH or not _SHARE.search(said):
        return found
    is_plain = found.times == Times() and not (found.only or found.figure or found.by_team)
    if not is_plain or found.wanted not in (Wanted.LATE, Wanted.FAILED):
        return found
    return replace(found, window=found.window or _last_month(now), is_share=True)


def about_all(
    said: str, text: str, window: Window | None, now: datetime, home: str, resources: Collection[str]
) -> Question | None:
    """Return what is asked of all feeds, of people, alerts or decisions; None for anything else.

    Args:
        said: The text without greetings and "please show me the" in front.
        window: The past span that it names.
        home: The zone of days that are named.
        resources: Names of sources, worker pools and databases.
    """
    times, lowered = times_in(said.lower())
    if times != Times() and (often := _so_often(lowered, times, window, now)) is not None:
        return often
    lowered = said.lower()
    # Of every feed the last run is known: of a span that is over it does not tell.
    is_of_last_runs = (window is None or window.until >= now) and not _MINE.search(text.lower())
    figure = figure_of_feeds(lowered, content_of(lowered, (), window)) if is_of_last_runs else None
    if figure is not None:
        return Question(Topic.WHICH, (), window, figure=figure)
    words_left = content_of(lowered, (), window)
    if ON_CALL.search(said):
        return Question(Topic.ON_CALL)
    if is_about_asker(text):  # "my role?": `said` lacks its "my"
        return Question(Topic.COMMAND, command="whoami")
    if (told := happening(said, (), window, words_left, text)) is not None:
        return told
    if MAY_APPROVE.search(said):
        return Question(Topic.MAY_APPROVE)
    wanted = next((one for one, words in WANTED if words.search(lowered)), Wanted.ANY)
    if only := conditions_in(text, window, words_left, now, home, resources):
        span = window or (_today(now, home) if only.has_not_run or only.has_run else None)
        span = None if only.due else span  # "this month" is then what is left of it
        return Question(Topic.WHICH, (), span, _of_those(wanted, only), only=only)
    if wanted is Wanted.GREY and _FEEDS.search(said) and len(words_left) <= _FEW:
        return Question(Topic.WHICH, (), window, wanted)
    if (most := _most(lowered, wanted, window, now, home)) is not None:
        return most
    if window is not None and _HOW_WAS.match(said) and not words_left - NEWS:
        return Question(Topic.CHANGED, (), window)
    if _NEWS.search(lowered) and words_left and not words_left - NEWS:
        return Question(Topic.CHANGED, (), window)
    return _as_wanted(lowered, words_left, wanted, window)


def _so_often(said: str, times: Times, window: Window | None, now: datetime) -> Question | None:
    """Return the question which feeds or teams were late or failed so often, or never; None for another."""
    wanted = next((one for one in (Wanted.LATE, Wanted.FAILED) if dict(WANTED)[one].search(said)), None)
    is_of_many = re.search(r"\b(?:feeds?|loads|jobs|pipelines|teams?|what|which|anything|everything)\b", said)
    if wanted is None or not is_of_many or len(content_of(said, (), window) - _ANY) > _FEW:
        return None
    span = window or _last_month(now)
    by_team = bool(re.search(r"\bteams?\b", said)) and not times.is_never
    return Question(Topic.WHICH, (), span, wanted, by_team=by_team, times=times)


def _last_month(now: datetime) -> Window:
    return Window(now - timedelta(days=_A_MONTH), now, f"in the last {_A_MONTH} days", "")


def _today(now: datetime, home: str) -> Window | None:
    """Return today by the clock of the house, as it is said."""
    found = said_window("today", now, home)
    return found if found is None or home == "UTC" else replace(found, words=f"today ({home})")


def _as_wanted(said: str, content: set[str], wanted: Wanted, window: Window | None) -> Question | None:
    """Return the question which feeds are late, failed or fine, or what will fail, None for another one."""
    is_of_many = MANY.search(said) or _says_only(wanted, content)
    if wanted not in (Wanted.ANY, Wanted.LIKELY) and is_of_many and len(content - _ANY) <= _FEW:
        return Question(Topic.WHICH, (), window, wanted)
    asks_state = wanted is Wanted.ANY and re.search(r"\bfeeds\b", said) and _STATE.search(said)
    if asks_state and len(content) <= _FEW:
        return Question(Topic.WHICH, (), window, Wanted.GOOD)
    if _HOW_ARE_ALL.fullmatch(said):
        return Question(Topic.WHICH, (), window, Wanted.GOOD)
    if re.fullmatch(r"(?:is|are) (?:everything|all|we|things) .{2,20}", said):
        return Question(Topic.WHICH, (), window, wanted if wanted is not Wanted.ANY else Wanted.GOOD)
    if hours_ahead(said) and wanted is Wanted.FAILED:
        return Question(Topic.COMMAND, command=f"what will break {said}")
    return None


def _of_those(wanted: Wanted, only: Conditions) -> Wanted:
    """Return how the feeds that meet conditions are asked to be, beside what meets them."""
    lasting = Conditions(
        is_mine=only.is_mine, criticality=only.criticality, rhythm=only.rhythm, uses=only.uses
    )
    if only == lasting:
        return Wanted.ANY if wanted in (Wanted.DONE, Wanted.LIKELY) else wanted
    return wanted if wanted in (Wanted.RED, Wanted.YELLOW) else Wanted.ANY


def _says_only(wanted: Wanted, words: Collection[str]) -> bool:
    """Return whether all that a text says is a trouble, such as "failures yesterday"."""
    pattern = dict(WANTED)[wanted] if wanted in (Wanted.LATE, Wanted.FAILED) else None
    return pattern is not None and bool(words) and all(pattern.fullmatch(word) for word in words)


def _most(said: str, wanted: Wanted, window: Window | None, now: datetime, home: str) -> Question | None:
    """Return the question which feeds, or teams, have trouble the most often; None for another one."""
    if not _MOST.search(said) or not re.search(r"\b(?:feeds?|teams?|what)\b", said):
        return None
    wanted = wanted if wanted in (Wanted.LATE, Wanted.FAILED) else Wanted.FAILED
    named = _WORST_SPAN.search(said)
    this = said_window("today" if named[1] == "day" else f"this {named[1]}", now, home) if named else None
    span = window or this or _last_month(now)
    return Question(Topic.WHICH, (), span, wanted, by_team=bool(re.search(r"\bteams?\b", said)))
