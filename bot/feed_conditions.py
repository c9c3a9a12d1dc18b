"""What feeds have in common that a question asks for: without an owner, weekly, yours, due tonight.

Pure: words and a moment in, `Conditions` out. Which feeds meet them is looked up elsewhere.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.spans_ahead import Ahead, due_in, may_be_to_come, names_a_time
from domain.clock.day_words import Window


class Trait(StrEnum):
    """What a feed has or lacks."""

    OWNER = "owner"
    DEADLINE = "deadline"
    SCHEDULE = "schedule"
    CONFIGURATION = "configuration"
    RUNBOOK = "runbook"
    UPSTREAM = "upstream"
    READER = "reader"
    RUN = "run"
    ALERT = "open alert"


@dataclass(frozen=True)
class Conditions:
    """What every feed that is asked for meets; what is empty is not asked for.

    Attributes:
        rhythm: `hourly`, `daily`, `weekly` or `monthly`.
        criticality: `critical`, `high` (with critical ones), `normal` or `low`.
        uses: A source, worker pool or database.
        is_mine: Whether it belongs to a team of the one who asks.
        has_not_run: In the span that the question names, else today; `has_run` likewise.
    """

    lacks: Trait | None = None
    has: Trait | None = None
    rhythm: str = ""
    criticality: str = ""
    uses: str = ""
    is_mine: bool = False
    is_running: bool = False
    has_not_run: bool = False
    has_run: bool = False
    due: Ahead | None = None

    def __bool__(self) -> bool:
        return self != Conditions()


_OF_FEEDS = re.compile(
    r"\b(?:feeds|loads|jobs|pipelines)\b|\b(?:which|what|any|every|each|no|next|first"
    r"|how many) (?:\w+ )?feed\b|"
    r"^feed (?:with|that|whose)|"
    r"^(?:(?:how|where|when|why)(?:'s| is| was| did| does| will)?|is|was|did|has|will) my feed\b"
    r"(?: \S+){0,3}$|^my feed(?: (?:is|was))?(?: \S+)?$|"
    r"^(?:what|what's|which|everything|how many)\b|\b(?:anything|something)\b"
)
_NO = re.compile(
    r"\b(?:no|not|never|none|nobody|no one|nothing|without|lacks?|lacking|miss(?:es|ing)?|cannot|un(?=own))\b"
    r"|\b(?:do|does|did|is|are|was|were|has|have|had|ca|could|wo|would)n['\u2019]?t\b|\bun(?=owned|scheduled|configured|used)|\borphan"
)
_HAVE = re.compile(r"\b(?:with|have|has|having)\b|\b(?:is|are) (?:configured|scheduled|owned)\b")
_TRAITS = tuple(
    (trait, re.compile(rf"\b(?:un)?(?:{words})\b"))
    for trait, words in (
        (Trait.ALERT, r"(?:open |active )?alerts?"),
        (Trait.DEADLINE, r"deadlines?|slas?|due times?|promised? ?(?:times?)?|cut-?offs?"),
        (Trait.RUNBOOK, r"runbooks?|playbooks?"),
        (Trait.CONFIGURATION, r"config\w*"),
        (Trait.SCHEDULE, r"schedules?|scheduled|calendars?|timetables?|cron"),
        (Trait.READER, r"downstreams?|readers?|consumers?|used|reads"),
        (Trait.UPSTREAM, r"upstreams?|dependenc\w+"),
        (Trait.OWNER, r"owners?|own(?:s|ed)?|orphan\w*|teams?|responsible|contacts?"),
        (Trait.RUN, r"(?:ever|never) (?:ran|run|loaded|arrived|reported)|runs at all|any runs"),
    )
)
_RHYTHMS = (
    ("hourly", r"\bhourly\b|\bevery hour\b"),
    ("daily", r"\bdaily\b|\bevery day\b|\bnightly\b"),
    ("weekly", r"\bweekly\b|\bevery week\b"),
    ("monthly", r"\bmonthly\b|\bevery month\b|\bmonth[- ]end\b"),
)
_CRITICALITIES = (
    ("critical", r"(?<!most )\bcritical\b|\bbusiness[- ]critical\b"),
    ("high", r"\b(?:high|important)\b"),
    ("normal", r"\bnormal (?:criticality|priority)\b"),
    ("low", r"\blow (?:criticality|priority)\b|\bunimportant\b"),
)
_WITHOUT_FEEDS = frozenset(
    re.findall(
        r"[\w'-]+",
        "due next expected scheduled upcoming coming run runs running ran load loaded loads arrive"
        " arrived arrives come comes came start started starts finish finished report reported tonight"
        " tomorrow later soon hour hours minutes progress flight under way underway not no never without"
        " week month quarter weekend monday tuesday wednesday thursday friday saturday sunday"
        " nobody nothing didn didn't hasn hasn't haven't t yet anything something owner owned owns owners"
        " deadline deadlines schedule scheduled configuration config runbook if two three six",
    )
)
"""The only words beside small ones of a question about feeds that does not say so: "what runs tonight?"."""
_MINE = re.compile(r"\b(?:my|mine|i own|do i own|am i responsible)\b")
_RUNNING = re.compile(
    r"\b(?:(?:is|are|'s|feeds|jobs|loads) (?:currently |still |now )?running"
    r"|running (?:right )?now|under ?way|in progress|in flight)\b"
    r"(?! (?:late|behind|slow|out))"
)
_RAN = re.compile(r"\b(?:run|ran|runs|loaded|arrived?|come|came|delivered|finish(?:ed)?|started?|reported)\b")
_DID_RUN = re.compile(
    r"\b(?:feeds?|loads|jobs|pipelines) (?:(?:have|has) )?(?:already )?(?:ran|run)\b(?! (?:late|slow|long))"
)
_LONGEST = 16
"""Words: what is longer tells a story."""


def conditions_in(
    text: str,
    window: Window | None,
    content: Collection[str],
    now: datetime,
    zone: str,
    resources: Collection[str] = (),
) -> Conditions:
    """Return what a question about feeds asks of them, nothing of one that is about something else.

    Args:
        window: The past span that the text names.
        content: Its words that are neither small nor a time.
        zone: By whose clock "tonight" and "tomorrow" are meant.
        resources: Names of sources, worker pools and databases.
    """
    said = text.lower().strip(" ?!.,;:")
    is_of_feeds = bool(re.search(r"\b(?:feeds?|loads|jobs|pipelines)\b", said))
    if (
        len(said.split()) > _LONGEST
        or not _OF_FEEDS.search(said)
        or not (is_of_feeds or all(word.isdigit() or word in _WITHOUT_FEEDS for word in content))
    ):
        return Conditions()
    is_no = bool(_NO.search(said))
    has_not_run = is_no and bool(_RAN.search(said)) and not re.search(r"\bnever\b", said)
    trait, besides = _traits_in(said)
    if trait is Trait.RUN or (is_no and "never" in said and _RAN.search(said)):
        trait, is_no = Trait.RUN, True
    # "scheduled" alone says that a feed has a calendar, with a time when it is due.
    is_ahead = (window is None or may_be_to_come(window)) and (
        trait is not Trait.SCHEDULE or bool(names_a_time(said))
    )
    due = due_in(said, now, zone) if is_ahead and not (trait is Trait.SCHEDULE and is_no) else None
    # Of each feed the last run is known: of a span that is over it does not tell.
    reaches_now = window is not None and window.until >= now and due is None
    lacks = trait if is_no and not (has_not_run and trait is not Trait.RUN) else None
    return Conditions(
        lacks=lacks,
        has=(besides if is_no else trait) if is_of_feeds and _HAVE.search(said) else None,
        rhythm=_first(_RHYTHMS, said) if is_of_feeds else "",
        criticality=_first(_CRITICALITIES, said) if is_of_feeds else "",
        uses=next((word for word in re.findall(r"[\w.-]+", text) if word in resources), ""),
        is_mine=is_of_feeds and bool(_MINE.search(said)),
        is_running=bool(_RUNNING.search(said)),
        has_not_run=has_not_run,
        has_run=is_of_feeds and not is_no and reaches_now and bool(_DID_RUN.search(said)),
        due=due,
    )


def _traits_in(said: str) -> tuple[Trait | None, Trait | None]:
    """Return what is asked for, which is what a no stands before, and what feeds have besides."""
    found = [(one, [word.start() for word in words.finditer(said)]) for one, words in _TRAITS]
    named = [(one, places) for one, places in found if places]
    no = _NO.search(said)
    if re.search(
        r"\b(?:which|what) teams?\b", said
    ):  # whose feeds these are is asked for, not which have a team
        named = [(one, places) for one, places in named if one is not Trait.OWNER]
    after = [(at, one) for one, places in named for at in places if no is None or at >= no.start()]
    if not after or no is None:
        return (named[0][0] if named else None), None
    nearest = min(after, key=lambda place: place[0])[1]
    return nearest, next((one for one, places in named if max(places) < no.start()), None)


def _first(kinds: tuple[tuple[str, str], ...], said: str) -> str:
    return next((kind for kind, words in kinds if re.search(words, said)), "")
