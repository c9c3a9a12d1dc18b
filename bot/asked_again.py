"""A command that a question stood for, asked again: of another day, or of another feed. Pure."""

import re
from dataclasses import replace

from bot.asked_days import AskedDays
from bot.question_kinds import OF_ONE_FEED, Question, Topic, Wanted
from bot.question_words import MORE
from domain.clock.day_words import Window

_HAVE_NO_DAY = OF_ONE_FEED - {Topic.RUNS} | {Topic.COMPARED}
"""What is as it is now: of a day that is named afterwards, the runs are meant."""


def asked_again(
    was: Question, said: str, feeds: tuple[str, ...], window: Window | None, days: AskedDays
) -> Question:
    """Return a question asked of another feed or day, or for more of its answer."""
    if MORE.fullmatch(said):
        return replace(was, topic=Topic.STATE, wanted=Wanted.ANY) if was.feeds else was
    if feeds and was.topic is Topic.COMMAND:
        was = of_another(was, feeds[0])
    if window and was.topic is Topic.COMMAND:
        return why_then(was, window) or replace(was, topic=Topic.RUNS, command="", window=window)
    topic = Topic.RUNS if window and was.topic in _HAVE_NO_DAY else was.topic
    if feeds and topic in (Topic.WHICH, Topic.DECISIONS):
        is_of_runs = was.wanted in (Wanted.LATE, Wanted.FAILED, Wanted.DONE) and not was.only
        topic = Topic.RUNS if is_of_runs and (window or was.window) else Topic.STATE
    if window is not None and was.feeds and not feeds:
        window = days.window(said, was.feeds)
    asked = replace(was, compared=None, weekdays=frozenset()) if window else was
    return replace(asked, topic=topic, feeds=feeds or was.feeds, window=window or asked.window)


def why_then(was: Question, window: Window) -> Question | None:
    """Return a question for causes, asked of another day; None where something else was asked."""
    if not was.command.lower().startswith("why "):
        return None
    said = was.command
    if was.window:
        said = re.sub(re.escape(was.window.said), " ", said, flags=re.IGNORECASE)
    return replace(was, command=f"{' '.join(said.split())} {window.said}", window=window)


def of_another(was: Question, feed: str) -> Question:
    """Return what was asked of a feed, asked of another one."""
    command = was.command
    for name in was.feeds:
        command = re.sub(re.escape(name).replace("_", "[_ -]"), feed, command, flags=re.IGNORECASE)
    return replace(was, feeds=(feed,), command=command)
