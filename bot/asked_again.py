"""A command that a question stood for, asked again: of another day, or of another feed. Pure."""

import re
from dataclasses import replace

from bot.question_kinds import Question
from domain.clock.day_words import Window


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
