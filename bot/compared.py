"""What a question compares: failures of this week with last week's, runs with the usual ones. Pure."""

import re
from collections.abc import Callable, Collection, Sequence
from datetime import timedelta

from bot.comparison import Compared, Measure
from bot.named_feeds import content_of, feeds_in, without_names
from bot.question_kinds import Question, Topic
from bot.question_words import HOW_TO
from domain.clock.day_words import Window

WindowOf = Callable[[str, Sequence[str]], Window | None]

_MARK = re.compile(
    r"\b(?:than|compared (?:to|with)|in comparison (?:to|with)|versus|vs|relative to)\b"
    r"|\bas (?:many|much|often|slow|long|bad|late)\b[^.?!]{0,40}?\bas\b"
)
_BEGINS = re.compile(r"^compare\b")
_WITH = re.compile(r"\b(?:with|to|and|against)\b")
_USUAL = re.compile(
    r"\s*(?:the |its |what is |what's |it )*(?:usual(?:ly)?|normal(?:ly)?|average|typical(?:ly)?|always)\b"
)
_TREND = re.compile(
    r"\b(?:(?:getting|becoming|turning|gotten|growing)(?: (?:any|ever|even|much))?"
    r" (?P<how>worse|better|slower|faster|longer|shorter|bigger|smaller)|increasing|rising|decreasing|falling"
    r"|going (?:up|down))(?: (?:lately|recently|these days|over time|again|this week))?$"
)
"""Asks where it goes, and names no second span: the week before, or what is usual for a run."""
_MEASURES = (
    (Measure.ALERTS, r"alerts?|alarms?"),
    (Measure.ROWS, r"rows?|records?|lines|volumes?|bigger|smaller|larger|sizes?"),
    (Measure.MINUTES, r"slow(?:er)?|fast(?:er)?|quicker|long(?:er)?|shorter|run ?times?|durations?|minutes"),
    (Measure.FAILED, r"fail\w*|errors?|crash\w*|br(?:eak|oke)\w*"),
    (Measure.LATE, r"late|delay\w*|overdue"),
    (Measure.TROUBLE, r"worse|better|trouble\w*|problems?|issues|bad"),
)
_MEASURES_SAID = tuple((one, re.compile(rf"\b(?:{words})\b")) for one, words in _MEASURES)
_OF_A_FEED = frozenset({Measure.MINUTES, Measure.ROWS})
_MORE = re.compile(
    r"\b(?:more|worse|slower|longer|higher|bigger|larger|increas\w*|ris(?:e|en|ing)|gone up|grown?)\b"
)
_LESS = re.compile(
    r"\b(?:fewer|less|better|faster|quicker|shorter|lower|smaller|decreas\w*|drop\w*|gone down|fallen)\b"
)
_BESIDE = frozenset(
    re.findall(
        r"\w+",
        "more fewer less many much often times number amount count total compared compare comparison with to"
        " run runs running ran take takes took get gets got getting have having had were being been going go"
        " gone up down higher lower increased increasing risen rising dropped grown week month day quarter"
        " year doing things feeds loads jobs we overall everything all as so far same time by"
        " deliver deliveries delivered load loaded loads one usual usually normal normally average typical"
        " any ever even much becoming turning gotten growing lately recently these days over again falling"
        " typically always last in did do was than versus vs before previous relative",
    )
)
_PREVIOUS = re.compile(
    r"^\W*(?:in |on )?(?:the )?(?:(?:week|day|one|month) before|previous (?:week|day|one|month))\b"
)
_NOW_FOR = {"yesterday": "today", "last week": "this week", "last month": "this month",
            "last quarter": "this quarter", "last year": "this year"}  # fmt: skip
_A_WEEK = timedelta(days=8)
_UNDER_WAY = re.compile(r"\b(?:running|taking)\b")
"""Asks of the run that is under way, not of the last one that ended."""


def compared_in(said: str, feeds: tuple[str, ...], window_of: WindowOf) -> Question | None:
    """Return the question that a text asks which compares; None where it compares nothing counted here.

    Args:
        feeds: Those that it names.
        window_of: Returns the past span that a text of some feeds names.
    """
    if HOW_TO.search(said):
        return None
    two = _compared(said.lower(), feeds, lambda text: window_of(text, feeds))
    return Question(Topic.COMPARED, feeds, compared=two) if two is not None else None


def compared_of_it(
    said: str, names: Collection[str], it: tuple[str, ...], window_of: WindowOf
) -> Question | None:
    """Return how what was named before is beside another time: "is it slower than usual?"."""
    return compared_in(said.strip(" ?!.,;:"), it, window_of) if it and not feeds_in(said, names) else None


def _compared(
    said: str, feeds: tuple[str, ...], window_of: Callable[[str], Window | None]
) -> Compared | None:
    whole = " ".join(said.split())
    said = " ".join(without_names(whole, feeds).split())
    if (trend := _TREND.search(said)) is not None and _mark(said) is None:
        is_of_a_run = bool(feeds) and trend["how"] not in (None, "worse", "better")
        whole += " than usual" if is_of_a_run else " than last week"
        said = " ".join(without_names(whole, feeds).split())
    mark = _mark(said)
    if mark is None or _has_feeds_on_both_sides(whole, feeds):
        return None
    left, right = f"{said[: mark.start()]} {mark.group()}", said[mark.end() :]
    measure = next((one for one, words in _MEASURES_SAID if words.search(f"{left} {right}")), None)
    if measure is None or (measure in _OF_A_FEED) != bool(feeds and measure in _OF_A_FEED):
        return None
    now, before = window_of(left), window_of(right)
    rest = content_of(left, (), now) | content_of(right, (), before)
    if any(word not in _BESIDE and not _is_said_by(measure, word) for word in rest):
        return None
    way = 1 if _MORE.search(left) else -1 if _LESS.search(left) else 0
    if _USUAL.match(right):
        is_of_a_run = measure in _OF_A_FEED and not _UNDER_WAY.search(said)
        return Compared(measure, way, now or before, None) if is_of_a_run else None
    if before is None and now is not None and _PREVIOUS.match(right):
        before = _one_before(now)
    if before is None:
        return None
    if now is None:
        now = window_of(_NOW_FOR.get(before.words.partition(" (")[0], ""))
    return Compared(measure, way, now, before) if now is not None and before.since < now.since else None


def _mark(said: str) -> re.Match[str] | None:
    """Return the word between what is compared."""
    return _MARK.search(said) or (_WITH.search(said) if _BEGINS.match(said) else None)


def _has_feeds_on_both_sides(said: str, feeds: tuple[str, ...]) -> bool:
    """Return whether feeds are compared with each other: "did a fail more than b last week?"."""
    mark = _mark(said) if len(feeds) > 1 else None
    return mark is not None and all(
        feeds_in(side, feeds) for side in (said[: mark.start()], said[mark.end() :])
    )


def _is_said_by(measure: Measure, word: str) -> bool:
    return any(words.fullmatch(word) for one, words in _MEASURES_SAID if one is measure or one in _OF_A_FEED)


def _one_before(now: Window) -> Window | None:
    """Return the span of the same length before a day or a week; a month before has another length."""
    length = now.until - now.since
    if length > _A_WEEK:
        return None
    named = "the day before" if length <= timedelta(days=1, hours=1) else "the week before"
    return Window(now.since - length, now.since, named, "")
