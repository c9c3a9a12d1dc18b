"""For how long a feed is kept quiet: twelve hours, or until when somebody says; a button carries it. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from domain.clock.until_words import said_until
from domain.clock.wall_clock import local, moment_in
from domain.errors import NotNow

UNTIL = "until"
"""The argument of a button that says when the quiet ends."""
_USUAL = timedelta(hours=12)
_LONGEST = timedelta(days=14)
"""What is off for longer is retired, or gets another schedule."""
_SOME_TIME = re.compile(
    r"\b(?:until|till|til|for \d|tomorrow|from|between|starting|next|unless|before|after"
    r"|(?:mon|tues|wednes|thurs|fri|satur|sun)day)\b"
)
_END = re.compile(r"\b(?:until|till|til|up to|through|bis)\b")
_BEGINS_LATER = re.compile(
    r"\b(?:(?:from|starting|beginning) (?!now\b|today\b|right\b)|between\b|tomorrow\b"
    r"|(?:on|next) (?:mon|tues|wednes|thurs|fri|satur|sun)day\b)"
)
"""Before an end: a quiet time begins with the press, so one that is said to begin later is none of these."""


@dataclass(frozen=True)
class QuietSpan:
    """Until when a feed is to be quiet, as it was understood.

    Attributes:
        until: None: twelve hours from the press on.
        is_cut: Whether it was said to be longer than anything may be quiet.
        is_unread: Whether a time was said that could not be read.
    """

    zone: str = "UTC"
    until: datetime | None = None
    is_cut: bool = False
    is_unread: bool = False

    @property
    def is_said(self) -> bool:
        """Return whether somebody said until when."""
        return self.until is not None

    @property
    def arguments(self) -> dict[str, str]:
        """Return what a button carries of it."""
        return {UNTIL: self.until.isoformat()} if self.until is not None else {}

    @property
    def words(self) -> str:
        """Return for how long that is, and what could not be taken as it was said."""
        words = f"until {self.moment(self.until)}" if self.until is not None else "for twelve hours"
        if self.is_cut:
            words += " (two weeks is the longest)"
        return words

    @property
    def doubt(self) -> str:
        """Return what to say where a time was said that could not be read; empty otherwise."""
        if not self.is_unread:
            return ""
        return (
            "I could not read until when, and a quiet time begins with the press: say it like"
            " *mute NAME for 3 hours* or *until monday 8:00*. "
        )

    def moment(self, at: datetime) -> str:
        """Return a moment with its day of the week."""
        return f"{local(self.zone, at):%a} {moment_in(self.zone, at)}"

    def label(self, said: str, usual: str) -> str:
        """Return a button's label: as it is with an end that was said, or as it always was."""
        end = (
            f"{said} until {local(self.zone, self.until):%a %d %b %H:%M}" if self.until is not None else usual
        )
        return end[:60]


def quiet_span(said: str, now: datetime, zone: str) -> QuietSpan:
    """Return until when a feed is to be quiet by what was said behind its name."""
    until, latest = said_until(said, now, zone), now + _LONGEST
    if until is None or _BEGINS_LATER.search(_END.split(said.lower(), maxsplit=1)[0]):
        return QuietSpan(zone, is_unread=bool(_SOME_TIME.search(said)))
    return QuietSpan(zone, min(until, latest), is_cut=until > latest)


def quiet_until(arguments: Mapping[str, str], now: datetime) -> datetime:
    """Return when the quiet ends that a pressed button began; raises `NotNow` where that is over."""
    if UNTIL not in arguments:
        return now + _USUAL
    until = datetime.fromisoformat(arguments[UNTIL]).astimezone(UTC)
    if until <= now:
        raise NotNow("the quiet time is over", say="The time that this button was for is over.",
                     next_step="Say again until when, such as `mute NAME for 3 hours`.")  # fmt: skip
    return until
