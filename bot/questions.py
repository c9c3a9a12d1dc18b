"""What a question about feeds asks, read from plain words: its topic, its feeds, its days.

Pure: text, names and a moment in, a `Question` out. Nothing here knows where facts come from. A question that
asks how something is done is none of these: the library answers it.
"""

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from datetime import datetime

from bot.all_feeds import about_all, with_share
from bot.asked_again import asked_again
from bot.asked_days import AskedDays, only_day
from bot.compared import compared_in, compared_of_it
from bot.feed_commands import command_of, is_done_to
from bot.feeds_beside import feeds_beside_in
from bot.figures_asked import figure_in, says_only_a_figure
from bot.french_words import from_french
from bot.german_words import in_english
from bot.glossary import term_in
from bot.happenings import happening
from bot.house_asked import COMPARED, of_the_house, unknown_team
from bot.named_feeds import (
    comes_near,
    content_of,
    feeds_in,
    misspelt_in,
    pair_near_a_name,
    part_of_a_name,
    with_words_right,
    without_names,
)
from bot.question_kinds import OF_ONE_FEED, Question, Topic, Wanted
from bot.question_words import (
    ARTICLE,
    FOLLOWS,
    HOW_TO,
    MORE,
    OF_ONE,
    POINTS_BACK,
    POLITE,
    THANKS,
    TOPICS,
    WANTED,
    WHY,
    command_said,
    with_it_named,
    without_slips,
)
from bot.weekdays import of_every_week, on_other_days, weekdays_in
from domain.clock.day_words import Window, hours_ahead, later_day, said_window

_SHORT = 16
_LONGEST = 2000
"""Signs of a text that are read: what is pasted below a question asks nothing."""


def without_manners(text: str) -> str:
    """Return a text without greetings and "please show me the" in front."""
    said = " ".join(text.split())
    bare = ARTICLE.sub("", POLITE.sub("", said))
    return bare or said


def read(
    text: str,
    names: Collection[str],
    now: datetime,
    earlier: Sequence[str] = (),
    teams: Collection[str] = (),
    home: str = "UTC",
    zone_of: Callable[[str], str] = lambda feed: "",
    resources: Collection[str] = (),
) -> Question | None:
    """Return what a text asks about feeds, None when it is about something else.

    Args:
        names: Of every feed.
        earlier: What the same person said before, the newest first: "and yesterday?" goes on after it.
        teams: Names of every team.
        home: The zone of days that are named without a feed.
        zone_of: Returns the zone by whose clock a feed runs, empty where it is not known.
        resources: Names of sources, worker pools and databases.
    """
    days = AskedDays(now, home, zone_of, frozenset(resources))
    text = THANKS.sub("", _as_meant(text, names))
    if (term := term_in(without_manners(text))) is not None:
        return Question(Topic.TERM, kind=term.names[0])
    team = next((word for word in re.findall(r"[\w-]+", text) if word in teams), "")
    if team and _OF_TEAM.search(text) and not feeds_in(text, names) and not HOW_TO.search(text):
        bare = _about_all(text.replace(team, " "), days)
        is_which = bare is not None and bare.topic is Topic.WHICH
        return replace(bare if is_which and bare else Question(Topic.WHICH), team=team)
    of_team = rf"(?:\bteam )?\b{re.escape(team)}\b(?: team)?(?:['\u2019]s)?" if team else ""
    told = _about_all(re.sub(of_team, " ", text), days) if team and not feeds_in(text, names) else None
    if told is not None and told.topic is Topic.ALERTS and not HOW_TO.search(text):
        return replace(told, alerts=replace(told.alerts, team=team))
    if (unknown := unknown_team(text, teams)) and not feeds_in(text, names) and not HOW_TO.search(text):
        return Question(Topic.TEAMS, team=unknown)
    found = _read(text, names, days)
    before = (one for said in earlier if OF_ONE.search(text) and (one := _read(said, names, days)))
    it = next((one.feeds for one in before if one.feeds), ())
    if it and not feeds_in(text, names):
        as_named = with_it_named(text, it[0])
        named = _read(as_named, names, days)
        is_of_it = named is not None and named.feeds and is_done_to(named.command, as_named, it[0])
        if named is not None and is_of_it and named.topic in _ORDERED:
            return named
    if beside := _beside_it(with_it_named(text, it[0]), names, days) if it else None:
        return beside
    if found is not None and found.topic in _ALONE:
        return found
    if (of_it := compared_of_it(text, names, it, days.window)) is not None:
        return of_it
    goes_on = bool(FOLLOWS.match(text)) or _points_back(text, days.window(text, ()))
    if found is not None and not goes_on and (found.feeds or found.topic not in OF_ONE_FEED):
        return found
    return _went_on(text, found, names, days, earlier) or found


def _beside_it(as_named: str, names: Collection[str], days: AskedDays) -> Question | None:
    """Return what was named before beside another feed: "compare it with ref_data"."""
    said = without_manners(as_named).strip(" ?!.,;:")
    feeds = feeds_in(said, names)
    return feeds_beside_in(said, feeds, days.window(said, feeds))


def named_before(earlier: Sequence[str], names: Collection[str], now: datetime) -> str:
    """Return the feed that was asked about last, empty without one."""
    days = AskedDays(now, "UTC", lambda feed: "", frozenset())
    before = (one for said in earlier if (one := _read(said, names, days)))
    return next((one.feeds[0] for one in before if one.feeds), "")


def asked_of_a_part(text: str, names: Collection[str], now: datetime) -> Question | None:
    """Return what is asked of a feed by a part of its name, which stands in `misspelt`; None without one.

    Only where all that is left asks what one feed has: "how is ledger?", not "is the ledger team in?".
    """
    said = without_manners(_as_meant(text, names)).lower().strip(" ?!.,;:")
    window = said_window(said, now)
    if len(said.split()) > _SHORT or feeds_in(said, names) or HOW_TO.search(said):
        return None
    pair = pair_near_a_name(said, names)
    word = pair or part_of_a_name(sorted(content_of(said, (), window)), names)
    rest = re.sub(rf"\b{re.escape(word)}\b", " ", said) if word else said
    is_more = any(not _ANY_TOPIC.search(one) for one in content_of(rest, (), window) - {"will", "time"})
    found = None if is_more or not word else _about_feeds(rest, (), window)
    if found is None or found.topic not in OF_ONE_FEED:
        return None
    return replace(found, misspelt=re.sub(r"\W+", "_", word))


def _went_on(
    text: str, found: Question | None, names: Collection[str], days: AskedDays, earlier: Sequence[str]
) -> Question | None:
    """Return the question that a text completes by what was asked before it, None when it stands alone."""
    follows, said = bool(FOLLOWS.match(text)), FOLLOWS.sub("", text.strip(" ?!."))
    before = (one for text in earlier if (one := _read(text, names, days)))
    if (weekly := weekdays_in(said)) and not content_of(said.lower().replace(weekly.said, " "), (), None):
        was = next((one for one in before if _can_go_on(one, is_bare=True)), None)
        return on_other_days(was, weekly, days.now) if was is not None else None
    feeds = feeds_in(said, names)
    window = days.window(said, feeds)
    if (feeds and not follows) or (found is not None and found.misspelt):
        return None
    is_bare = bool(feeds or window) and not content_of(said, feeds, window)
    is_bare = is_bare or MORE.fullmatch(said) is not None
    if not is_bare:
        points_back = follows or _points_back(text, window) or _lacks_a_feed(said, window)
        found = _of_it(said, found, window, points_back=points_back)
        if found is None or feeds or found.topic not in OF_ONE_FEED:
            return None
    was = next((one for one in before if _can_go_on(one, is_bare=is_bare)), None)
    if was is None or is_bare or found is None:
        return asked_again(was, said, feeds, window, days) if was is not None else None
    if was.topic is Topic.WHICH:
        return was  # "who owns them?": the list says it of each
    window = days.window(said, was.feeds) if window is not None else None
    return replace(found, feeds=was.feeds, window=window or found.window)


def _of_it(said: str, found: Question | None, window: Window | None, *, points_back: bool) -> Question | None:
    """Return what is asked of something that was named before, as it was read or as of one feed."""
    if found is not None and found.topic is Topic.WHICH and OF_ONE.search(said):
        return _about_feeds(without_manners(said), (), window) or found
    if found is None and points_back and not HOW_TO.search(said):
        return _about_feeds(without_manners(said), (), window)
    return found


def _points_back(text: str, window: Window | None) -> bool:
    """Return whether a text speaks of something that was named before; "this week" does not."""
    return bool(POINTS_BACK.search(text.lower().replace(window.said, " ") if window else text))


def _lacks_a_feed(said: str, window: Window | None) -> bool:
    """Return whether a text asks only what a feed has, such as "how many rows yesterday", and names none."""
    left = content_of(said.lower(), (), window) - {"many"}
    return bool(left) and all(any(topic.search(word) for topic in _WHAT_ONE_HAS) for word in left)


def _can_go_on(was: Question, *, is_bare: bool) -> bool:
    """Return whether a text goes on after a question: a day alone, or what one feed has ("who owns it?").

    Alerts, changes and decisions have no owner: with these the feed is meant that was named before them.
    """
    of_all = (Topic.CHANGED, Topic.ALERTS, Topic.DECISIONS) if is_bare else ()
    return bool(was.feeds) or was.topic in (Topic.WHICH, *of_all)


def _read(text: str, names: Collection[str], days: AskedDays) -> Question | None:
    whole = _as_meant(text, names).strip()
    said = without_manners(whole).strip(" ?!.,;:")
    feeds = feeds_in(said, names)
    if (weekly := weekdays_in(said)) is not None and not HOW_TO.search(said):
        found = _read(re.sub(re.escape(weekly.said), " ", said, flags=re.IGNORECASE), names, days)
        if found is not None and (of_days := of_every_week(found, weekly, said, days.now)) is not None:
            return of_days
    window = days.window(said, feeds)
    beside = compared_in(said, feeds, days.window) or feeds_beside_in(said, feeds, window)
    if beside is not None:
        return beside
    asks_how = HOW_TO.search(said) and not (feeds and COMPARED.search(said))
    if not asks_how and (of_house := of_the_house(said, feeds, window, days.now)) is not None:
        return of_house
    if not feeds and (command := command_said(said)):
        if command == "incidents" and window is not None and window.words.partition(" (")[0] != "today":
            return Question(Topic.CHANGED, (), window, kind="Incidents")
        return Question(Topic.COMMAND, (), window, command=command)
    if not said or asks_how:
        return None
    if feeds:
        return _about_feeds(said, feeds, window)
    misspelt = "" if days.resources & set(said.split()) else misspelt_in(said, names)
    if misspelt:
        found = _about_feeds(said.lower().replace(misspelt, " "), (), window)
        is_near = comes_near(misspelt, names)  # in a long text, such as a pasted alert, nothing else is one
        if found and (is_near or (found.topic is not Topic.COMMAND and len(said.split()) <= _SHORT)):
            return replace(found, misspelt=misspelt)
        return None
    return _about_all(whole, days)


def _as_meant(text: str, names: Collection[str]) -> str:
    """Return a text in English words, with slips and names put right."""
    said = from_french(in_english(text[:_LONGEST], names), names)
    return with_words_right(without_slips(said, names), names)


def _about_feeds(said: str, feeds: tuple[str, ...], window: Window | None) -> Question | None:
    lowered = without_names(said.lower(), feeds)
    if feeds and _OF_ESTIMATE.search(lowered):
        return Question(Topic.STATE, feeds, window)
    if WHY.search(lowered):
        command = said if said.lower().startswith("why") else f"why {' '.join(feeds)}"
        return Question(Topic.COMMAND, feeds, window, command=command)
    if feeds and (told := happening(lowered, feeds, window, content_of(lowered, feeds, window))):
        return told
    if asked := command_of(lowered) if feeds else "":
        command = asked.format(feed=feeds[0])
        if command.startswith("reconcile ") and window is not None and (day := only_day(window)):
            command = f"{command} {day}"
        return Question(Topic.COMMAND, feeds, window, command=command)
    wanted = next((one for one, words in WANTED if words.search(lowered)), Wanted.ANY)
    topic = next((one for one, words in TOPICS if words.search(lowered)), None)
    figure = figure_in(lowered) if topic in (None, Topic.RUNS, Topic.STATE) else None
    if figure is not None and (topic or says_only_a_figure(content_of(lowered, feeds, window))):
        return Question(Topic.RUNS, feeds, window, figure=figure)
    if topic is None and not content_of(lowered, feeds, window):
        topic = Topic.STATE
    if topic is None:
        return None
    if topic is Topic.STATE and window is not None and wanted is not Wanted.LIKELY:
        topic = Topic.RUNS
    is_last = topic is Topic.RUNS and bool(_LAST.search(lowered))
    beyond = later_day(lowered) if wanted is Wanted.LIKELY and hours_ahead(lowered) is None else ""
    return Question(topic, feeds, window, wanted, is_last=is_last and window is None, beyond=beyond)


def _about_all(text: str, days: AskedDays) -> Question | None:
    said, window = without_manners(text).strip(" ?!.,;:"), days.window(text, ())
    found = about_all(said, text, window, days.now, days.home, days.resources)
    return with_share(found, said.lower(), days.now)


_OF_ESTIMATE = re.compile(r"\bwhy (?:do|did|would) you (?:think|expect|say|believe|predict)\b")
"""Asks what an estimate rests on, which a diagnosis of what has happened does not say."""
_LAST = re.compile(r"\b(?:last|when|latest|newest|wann|zuletzt)\b")
_OF_TEAM = re.compile(r"(?i)\b(?:feeds?|own(?:s|ed)?|belongs?|responsible)\b")
_ALONE = frozenset(
    {Topic.COMMAND, Topic.ON_CALL, Topic.MAY_APPROVE, Topic.DECISIONS, Topic.TEAMS, Topic.BEFORE_ACTING}
)
_ORDERED = frozenset({Topic.COMMAND, Topic.WISH, Topic.BEFORE_ACTING, Topic.WATCH})
"""What is asked or ordered of the feed that was named before as if it were named again: "mute it"."""
_ANY_TOPIC = re.compile("|".join(topic.pattern.removeprefix("(?i)") for _, topic in TOPICS), re.IGNORECASE)
_WHAT_ONE_HAS = tuple(words for topic, words in TOPICS if topic in OF_ONE_FEED - {Topic.STATE})
