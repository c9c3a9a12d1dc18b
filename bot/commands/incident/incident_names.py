"""What the words of a question or report name: a feed, a service, or something that nobody here knows."""

import asyncio
import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

from bot.commands.unknown_feeds import coming_feed, unknown_feed
from bot.question_words import HOW_TO, WHY
from bot.turn import Asked, Turn
from domain.clock.hour_words import PastTime, past_time, without
from domain.errors import NotFound
from domain.identity.access import Act, may
from domain.ids import FeedName
from domain.ports.transactions import Opening, UnitOfWork

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{1,62}")
_WITH_NAMESPACE = re.compile(r"(?=.{5,63}$)[A-Za-z][A-Za-z0-9._-]+/[A-Za-z][A-Za-z0-9._-]+")
"""As many systems call a service: `prod/checkout`. Neither `24/7` nor a path is one."""
_RESEMBLES, _NEAR_NAMES = 0.6, 3
_MOST_WORDS = 4
_LISTED = 6
_MOST_RUNS = 60
_LOOK_SECONDS = 5.0
_BEGAN = frozenset(
    re.findall(
        r"\w+",
        "deploy deploys deployed deployment deployments release releases released rollout rollback upgrade"
        " upgraded update updates updated change changes changed maintenance",
    )
)
"""With what a trouble may have begun: a service of such a name is meant where it is called one."""
_SMALL = frozenset(
    re.findall(
        r"[\w']+",
        "why what when how where which who is are was were did does do done has have had be been being will"
        " would can could should may might must the a an our your my their his her its this that these those"
        " it he she we i you they them us me so not in on at of to for from with and or but if than then as"
        " by about all any some both each every many much most more less few only feed feeds service"
        " services incident incidents system systems"
        " everything anything nothing something things thing stuff everyone everybody nobody someone"
        " somebody no none one ones there here now still yet again always never today yesterday tonight"
        " tomorrow night morning evening week just last next since until before after time times lately"
        " suddenly really please late early slow slower slowly fast down up broken failed failing fail fails"
        " failure failures failed wrong bad red yellow green stuck hanging hang hangs missing empty"
        " unavailable error errors break broke breaks breaking happen happens happened happening run runs"
        " running ran stop stopped stops start started starts crash crashed crashes load loaded loads"
        " loading take takes taking took long get gets got getting come comes came coming arrive arrived"
        " going gone went work works working worked looks look look like so don't doesn't didn't isn't",
    )
)

_IN_TROUBLE = re.compile(
    r"(?i)\b(?:cause|causes|causing|wrong|trouble|problems?|broke\w*|break\w*|down|fail\w*|"
    r"errors?|crash\w*|slow\w*|late|latency|hang\w*|stuck|time(?:s|d)? out|timeouts?|unavailable|5\d\ds?|"
    r"langsam|kaputt|verspätet)\b"
)
_ASKS_ELSE = re.compile(
    r"(?i)\b(?:runbooks?|playbooks?|articles?|docs?|documentation|handbooks?|guides?|polic(?:y|ies)|sl[oa]s?|"
    r"budgets?|meaning|means|steps|procedures?|feeds?|who|whom|whose|where (?:is|are|do|can)|"
    r"(?:settings?|thresholds?|values?) (?:of|for)|timeout (?:settings?|values?)|slow (?:quer\w+|logs?)|"
    r"error (?:codes?|pages?|messages?|logs?)|errors? (?:[a-z]+-?\d{3,}|\d{4,})|was tun|"
    r"wie \w+ (?:ich|wir|man))\b|"
    r"^\W*(?:(?:please|can|could|would|will|you|dogwatch)\s+)*(?:fix|restart|reboot|repair)\b|"
    r"\b(?:shut|scal|turn|bring|tak|spin|tear)(?:e|s|ing|ting)?(?: \S+){0,3} down\b|"
    r"\b(?:fixed|resolved|solved|recovered|(?:works?|working|fine|ok|okay|up|well|back) again)\b|"
    r"(?:\bnot|n['\u2019]t|\bno longer) (?:\w+ )?(?:down|slow\w*|late|broken|failing|stuck|wrong|in trouble)"
)
"""Asks for what is written down, for people or for an act, or says that the trouble is over."""
_SINCE = re.compile(r"(?i)\b(?:since|after)\b")
_EVERYTHING = frozenset({"everything", "system", "systems", "services"})


async def look_at_names(asked: Asked) -> object:
    """Bring the map up to date before the transaction, where words name something that is no feed."""
    tools = asked.tools
    named = [word for word in map(_bare, asked.words) if _may_name(word)]
    if tools.cartographer is None or not named or not may(asked.person, Act.SEE_FEEDS):
        return None
    if tools.reading is not None and _named_in(asked.words, await asyncio.to_thread(_read, tools.reading)):
        return None
    looking = asyncio.to_thread(tools.cartographer.around, named[0])
    try:
        await asyncio.wait_for(looking, _LOOK_SECONDS)
    except TimeoutError:
        return None  # what the map holds by now has to do
    return None


def about_of(turn: Turn, words: Sequence[str], *, guess: bool) -> str:
    """Return what some words are about, empty when they name nothing.

    With `guess` they have to: a service of which nothing is known is looked for where no name is known yet,
    or where people say that it is one.

    Raises:
        NotFound: With `guess`, what is named is neither a feed nor a service that we know.
    """
    known = known_names(turn)
    if found := _named_in(words, known):
        return found
    hours = past_time(" ".join(words), turn.now)
    names = [_bare(word) for word in without(" ".join(words), hours.said if hours else ()).split()]
    if len(names) > 1 and names[0].lower() == "service" and names[1].lower() in _BEGAN:
        return f"service/{names[1]}"  # as the hint says: `why service release`
    for before, name in pairwise(names):
        kind = before.lower()
        if kind not in ("feed", "service") or not _may_name(name):
            continue
        if kind == "feed" and guess:
            raise unknown_feed(turn, name.lower())
        return f"{kind}/{name.lower() if kind == 'feed' else name}"
    named = next((name for name in names if _may_name(name)), "") if guess else ""
    if named and means_everything(words) and _SINCE.search(" ".join(words).partition(named)[0]):
        named = ""  # "since the migration": with what it began
    if coming := coming_feed(turn, named.lower()):
        raise coming
    if named and known:
        raise _unknown(named, known)
    return f"service/{named}" if named else ""


async def why_of_service(asked: Asked, text: str) -> str:
    """Return the `why` that a text means which tells of trouble of a service on the map; empty otherwise.

    Of feeds plain questions are answered by what is known of them; of a service only a diagnosis knows.
    """
    cartographer = asked.tools.cartographer
    if cartographer is None or HOW_TO.search(text) or not may(asked.person, Act.SEE_FEEDS):
        return ""
    if not (WHY.search(text) or (_IN_TROUBLE.search(text) and not _ASKS_ELSE.search(text))):
        return ""
    if not cartographer.names():  # nobody asked for the map yet, as in a terminal that was just opened
        await look_at_names(replace(asked, words=tuple(text.split())))
    names = {name.lower(): name for name in cartographer.names()}
    found = await asyncio.to_thread(_named_in, text.split(), names)
    if not found:
        return ""
    if begins := re.match(r"(?i)\s*why\b[\s,:]*", text):
        return f"why {text[begins.end() :]}"
    hours = past_time(text.replace(found, " "), asked.incoming.at, asked.tools.zone)
    if hours is None:
        return f"why is {found} in trouble"
    # The day first: "between 2 and 3 2026-11-03" would be amounts.
    return f"why was {found} in trouble {' '.join(reversed(hours.said))}"


def means_everything(words: Sequence[str]) -> bool:
    """Return whether words that name nothing mean the system as a whole."""
    said = {_bare(word).lower() for word in words}
    return bool(said & _EVERYTHING) and not said & {"feed", "feeds"}


def hours_asked_about(turn: Turn, about: str) -> PastTime | None:
    """Return the hours that are asked about, by the feed's clock or that of the house; None: it is about now.

    Where an hour can mean two, of a feed it means the one with a run.
    """
    kind, _, name = about.partition("/")
    watched = turn.uow.watched.find(FeedName(name)) if kind == "feed" else None
    zone = watched.feed.schedule.zone if watched is not None else turn.tools.zone
    # A "night job" is no night.
    as_said = r"[\s._-]+".join(map(re.escape, filter(None, re.split(r"[\s._-]+", name))))
    text = re.sub(as_said, " ", " ".join(turn.words), flags=re.IGNORECASE) if as_said else ""
    asked = past_time(text or " ".join(turn.words), turn.now, zone)
    if asked is None or kind != "feed" or not asked.others:
        return asked
    runs = turn.uow.runs.of_feed(FeedName(name), _MOST_RUNS)
    meant = [one for one in (asked, *asked.others) if any(run.went_on(one.since, one.until) for run in runs)]
    if not meant or meant[0] is asked:
        return asked
    said = f"no run of {name} went on at {asked.words}"
    return replace(meant[0], doubts=(said,))


def known_names(turn: Turn) -> dict[str, str]:
    """Return every known name in lower case with the subject it stands for; feeds before services."""
    mapped = turn.tools.cartographer.names() if turn.tools.cartographer is not None else ()
    return {name.lower(): f"service/{name}" for name in mapped} | _feeds(turn.uow)


def _feeds(uow: UnitOfWork) -> dict[str, str]:
    names = {str(name) for name in uow.watched.names()}
    return {name: f"feed/{name}" for name in sorted(names | {feed.name for feed in uow.feeds.every()})}


def _read(reading: Opening) -> dict[str, str]:
    with reading() as uow:
        return _feeds(uow)


def _named_in(words: Sequence[str], known: Mapping[str, str]) -> str:
    """Return the first that words name, the longest of it; blanks and dashes count as underscores."""
    said = [_bare(word).lower() for word in words]
    plain = {_plain(name): about for name, about in known.items()}
    for at, one in enumerate(said):
        for length in range(min(_MOST_WORDS, len(said) - at), 1, -1):
            if found := plain.get(_plain("_".join(said[at : at + length]))):
                return found
        if found := known.get(one) or ("" if one in _SMALL | _BEGAN else plain.get(_plain(one))):
            return found
    return ""


def _unknown(named: str, known: Mapping[str, str]) -> NotFound:
    """Return the refusal of a name, with those that come near and the way to look for it all the same."""
    lowered = named.lower()
    near = difflib.get_close_matches(lowered, known, n=_NEAR_NAMES, cutoff=_RESEMBLES)
    near += [name for name in known if lowered in name and name not in near][: _NEAR_NAMES - len(near)]
    way = f"`why service {named[:60]}` looks for it in the telemetry all the same."
    if near:
        hint = f"Did you mean {' or '.join(near)}?"
    else:
        more = f" and {len(known) - _LISTED:,} more" if len(known) > _LISTED else ""
        hint = f"I know {', '.join(sorted(known)[:_LISTED])}{more}."
    return NotFound(
        f"{named[:60]!r} is neither feed nor service",
        say=f"I know no feed or service named {named[:80]}.",
        next_step=f"{hint} {way}",
    )


def _may_name(word: str) -> bool:
    if _WITH_NAMESPACE.fullmatch(word):
        return not _SMALL & set(word.lower().split("/"))  # "and/or", "slow/late"
    return bool(_NAME.fullmatch(word)) and word.lower() not in _SMALL | _BEGAN


def _bare(word: str) -> str:
    return word.strip("`*?!.,:;\"'()")


def _plain(name: str) -> str:
    return name.replace("-", "_").replace(" ", "_")
